//! Large objects, which have owners and grants, and no policies.

use super::{READ, Vector};
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt, act};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};

pub(super) const VECTOR: Vector = Vector {
    name: "large objects",
    rule: READ,
    about: "A tenant reads a large object that belongs to another role. With lo_compat_privileges no large object is \
            guarded at all.",
    bad: include_str!("large_object.bad.sql"),
    good: include_str!("large_object.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const PARAMETER: &str = "lo_compat_privileges";

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if !bench
        .catalog
        .settings
        .iter()
        .any(|setting| setting.name == PARAMETER)
    {
        return Ok(Vec::new());
    }
    bench.session.run(attempt::BEGIN).await?;
    let outcome = read(bench).await;
    bench.session.run("ROLLBACK").await?;
    Ok(vec![outcome?])
}

async fn read(bench: &Bench<'_>) -> Result<Outcome, Error> {
    let object = format!("parameter {PARAMETER}");
    let made = bench
        .session
        .rows("SELECT pg_catalog.lo_from_bytea(0, 'of another tenant')")
        .await?;
    let number = made
        .first()
        .and_then(|row| row.first())
        .cloned()
        .flatten()
        .unwrap_or_default();
    let last = format!("SELECT pg_catalog.convert_from(pg_catalog.lo_get({number}), 'UTF8')");
    let seen = act(&bench.session, &bench.attacker, &last).await?;
    if seen.is_refused() {
        return Ok(Outcome::Held { object });
    }
    let attempt = Attempt {
        world: vec!["SELECT pg_catalog.lo_from_bytea(0, 'of another tenant')".to_owned()],
        ..Attempt::reading(&bench.attacker, last)
    };
    let message = format!("{PARAMETER} lets every tenant read every large object, whoever made it");
    let finding = VECTOR.finding(&object, message, "of another tenant".to_owned(), &attempt);
    Ok(Outcome::Found(Finding {
        expected: "permission denied for the large object".to_owned(),
        replayable: false,
        ..finding
    }))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "parameter lo_compat_privileges", "").await;
    }
}
