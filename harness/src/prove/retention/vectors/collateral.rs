//! What the contract does not name.

use super::boundary::edges;
use super::{COLLATERAL, Vector, finding};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::image::tables;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::kin;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "collateral",
    rules: &[COLLATERAL],
    about: "In every run of all vectors each table is compared with what it was. Rows of tables that the contract does not name \
            may not be lost or changed, nor rows that stay be changed; new rows, such as a log of the run, are fine, and so are \
            rows that went with the row that they hang on. That numbers and times were changed, as counters are, is told \
            for information.",
    bad: include_str!("collateral.bad.sql"),
    good: include_str!("collateral.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    edges(bench).await?;
    let object = bench.object(0);
    let passing: Vec<_> = bench
        .passing
        .borrow()
        .iter()
        .filter(|fault| matches!(fault.wrong, Wrong::Beside | Wrong::Changed | Wrong::Counted))
        .cloned()
        .collect();
    let lost: Vec<_> = passing
        .iter()
        .filter(|fault| fault.wrong != Wrong::Counted)
        .cloned()
        .collect();
    if !lost.is_empty() {
        return Ok(vec![Outcome::Found(finding(COLLATERAL, &object, &lost))]);
    }
    if !passing.is_empty() {
        return Ok(vec![Outcome::Found(
            finding(COLLATERAL, &object, &passing).weighing(Severity::Info),
        )]);
    }
    let seen = sees(bench).await?;
    Ok(vec![if seen {
        Outcome::Held {
            rule: COLLATERAL,
            object,
        }
    } else {
        Outcome::Blind {
            rule: COLLATERAL,
            object,
            severity: Severity::Info,
            why: "no table beside the contract's has rows that could be lost".to_owned(),
        }
    }])
}

/// Whether the loss of another table's rows would be seen.
async fn sees(bench: &Bench<'_>) -> Result<bool, Error> {
    let mut stage = bench.stage(bench.zone()).await?;
    let deletes: Vec<String> = tables(bench.catalog)
        .filter(|relation| {
            let lineage = kin::lineage(bench.catalog, &relation.name);
            !bench
                .targets
                .iter()
                .any(|target| lineage.contains(&target.relation.name))
        })
        .map(|relation| {
            format!(
                "DELETE FROM {}",
                qualified(&relation.name.schema, &relation.name.name)
            )
        })
        .collect();
    let statement = format!("SET session_replication_role = replica; {}", deletes.join("; "));
    let performed = stage.perform_as(None, &statement).await?;
    stage.end().await?;
    Ok(judge::of(bench, &performed)
        .faults
        .iter()
        .any(|fault| fault.wrong == Wrong::Beside))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::COLLATERAL).await;
    }
}
