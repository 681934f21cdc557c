//! Large objects, which have owners and grants, and no policies.

use super::{READ, Vector};
use crate::catalog::{Function, FunctionKind};
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt, act};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "large objects",
    rule: READ,
    about: "A tenant reads a large object that belongs to another role. With lo_compat_privileges no large object is \
            guarded at all, and a function with other rights hands out any whose number it is given.",
    bad: include_str!("large_object.bad.sql"),
    good: include_str!("large_object.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const PARAMETER: &str = "lo_compat_privileges";

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if bench
        .catalog
        .settings
        .iter()
        .any(|setting| setting.name == PARAMETER)
    {
        bench.session.run(attempt::BEGIN).await?;
        let outcome = read(bench).await;
        bench.session.run("ROLLBACK").await?;
        outcomes.push(outcome?);
    }
    let takes_number = |function: &&Function| {
        function.security_definer
            && function.kind == FunctionKind::Function
            && function.input_types.iter().any(|name| name == "oid")
    };
    for function in bench.catalog.functions.iter().filter(takes_number) {
        bench.session.run(attempt::BEGIN).await?;
        let outcome = call(bench, function).await;
        bench.session.run("ROLLBACK").await?;
        outcomes.extend(outcome?);
    }
    Ok(outcomes)
}

/// What is in the object, and how bytea shows it.
const CONTENT: [&str; 2] = ["of another tenant", "6f6620616e6f746865722074656e616e74"];

/// A function with other rights that is given the number of an object that no row of the tenant's names.
async fn call(bench: &Bench<'_>, function: &Function) -> Result<Option<Outcome>, Error> {
    let number = make(bench).await?;
    let arguments: Vec<String> = function
        .input_types
        .iter()
        .map(|name| {
            if name == "oid" {
                number.clone()
            } else {
                format!("NULL::{name}")
            }
        })
        .collect();
    let name = qualified(&function.name.schema, &function.name.name);
    let last = format!("SELECT * FROM {name}({})", arguments.join(", "));
    let seen = act(&bench.session, &bench.attacker, &last).await?;
    if !seen
        .texts()
        .any(|text| CONTENT.iter().any(|content| text.contains(content)))
    {
        return Ok(None);
    }
    let object = function.signature();
    let attempt = Attempt {
        world: vec![MAKE.to_owned()],
        ..Attempt::reading(&bench.attacker, last)
    };
    let message = format!("{object} reads whatever large object it is given for a tenant");
    let finding = VECTOR.finding(&object, message, CONTENT[0].to_owned(), &attempt);
    Ok(Some(Outcome::Found(Finding {
        expected: "nothing of an object that no row of the tenant's names".to_owned(),
        replayable: false,
        ..finding
    })))
}

const MAKE: &str = "SELECT pg_catalog.lo_from_bytea(0, 'of another tenant')";

/// A large object of the superuser's; its number.
async fn make(bench: &Bench<'_>) -> Result<String, Error> {
    let made = bench.session.rows(MAKE).await?;
    Ok(made
        .first()
        .and_then(|row| row.first())
        .cloned()
        .flatten()
        .unwrap_or_default())
}

async fn read(bench: &Bench<'_>) -> Result<Outcome, Error> {
    let object = format!("parameter {PARAMETER}");
    let number = make(bench).await?;
    let last = format!("SELECT pg_catalog.convert_from(pg_catalog.lo_get({number}), 'UTF8')");
    let seen = act(&bench.session, &bench.attacker, &last).await?;
    if seen.is_refused() {
        return Ok(Outcome::Held { object });
    }
    let attempt = Attempt {
        world: vec![MAKE.to_owned()],
        ..Attempt::reading(&bench.attacker, last)
    };
    let message = format!("{PARAMETER} lets every tenant read every large object, whoever made it");
    let finding = VECTOR.finding(&object, message, CONTENT[0].to_owned(), &attempt);
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
