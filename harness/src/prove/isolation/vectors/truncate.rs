//! TRUNCATE, which no policy stops.

use super::{Vector, WRITE};
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "truncate",
    rule: WRITE,
    about: "A tenant truncates a table. Row level security does not apply to TRUNCATE: whoever has the privilege empties \
            the table for all tenants.",
    bad: include_str!("truncate.bad.sql"),
    good: include_str!("truncate.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.guarded_tables() {
        let object = relation.name.to_string();
        let name = qualified(&relation.name.schema, &relation.name.name);
        let attempts = [format!("TRUNCATE {name}"), format!("TRUNCATE {name} CASCADE")]
            .map(|sql| Attempt::writing(&bench.attacker, sql))
            .to_vec();
        let message = |_: &str| format!("a tenant may TRUNCATE {object}, which empties it for all tenants");
        outcomes.push(VECTOR.try_each(bench, &object, attempts, message).await?);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
