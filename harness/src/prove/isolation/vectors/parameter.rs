//! Parameters that a tenant's session may set although only a superuser should.

use super::{PRIVILEGE, Vector};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::literal;

pub(super) const VECTOR: Vector = Vector {
    name: "replica",
    rule: PRIVILEGE,
    about: "A session that may set session_replication_role turns off triggers and foreign keys, and rules: whatever they guard \
            is open. Only tried where the parameter was granted (GRANT SET ON PARAMETER, since 15).",
    bad: include_str!("parameter.bad.sql"),
    good: include_str!("parameter.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const OBJECT: &str = "parameter session_replication_role";

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.major() < 15 {
        return Ok(Vec::new());
    }
    let query = include_str!("parameter.sql").replace("$1", &literal(bench.attacker.effective()));
    if bench.session.rows(&query).await?.is_empty() {
        return Ok(Vec::new());
    }
    for relation in bench.guarded_tables() {
        let attempts = super::update::attempts(bench, relation)
            .into_iter()
            .chain(super::insert::attempts(bench, relation))
            .chain(super::delete::attempts(bench, relation));
        for attempt in attempts {
            let steps = vec!["SET LOCAL session_replication_role = replica".to_owned()];
            let armed = Attempt {
                steps,
                ..attempt.clone()
            };
            // What works without it is the table's own affair.
            if let Verdict::Leak { observed, .. } = bench.attempt(&armed).await?
                && !bench.attempt(&attempt).await?.is_leak()
            {
                let message = format!(
                    "{} may set session_replication_role, which opens {}",
                    bench.attacker.effective(),
                    relation.name
                );
                return Ok(vec![Outcome::Found(
                    VECTOR.finding(OBJECT, message, observed, &armed),
                )]);
            }
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::OBJECT, "").await;
    }
}
