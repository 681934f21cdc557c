//! Erasing nobody: without a key, and with one that nobody has.

use super::collateral::judged;
use super::{COLLATERAL, Vector};
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::others::losses;

pub(super) const VECTOR: Vector = Vector {
    name: "nobody",
    rule: COLLATERAL,
    about: "The erasure is run with NULL for a key, for each part of it and for all, and for somebody who is already gone. \
            It may refuse; it must not touch anybody.",
    bad: include_str!("nobody.bad.sql"),
    good: include_str!("nobody.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    // What can't erase anybody has nothing to show by sparing everybody.
    if bench.once().await?.seen.is_refused() {
        return Ok(Vec::new());
    }
    let key: Vec<String> = bench
        .subject
        .key
        .iter()
        .map(|value| crate::sql::literal(value))
        .collect();
    let mut keys = vec![vec!["NULL".to_owned(); key.len()]];
    if key.len() > 1 {
        for at in 0..key.len() {
            let mut some = key.clone();
            "NULL".clone_into(&mut some[at]);
            keys.push(some);
        }
    }
    let mut claims = Vec::new();
    for key in keys {
        let statement = bench.statement_with(&key);
        let ran = bench.run(std::slice::from_ref(&statement)).await?;
        let Some(ran) = ran.first() else { continue };
        let lost = losses(bench, None, &bench.before, &ran.after);
        claims.push(judged(bench, VECTOR.name, "erasing nobody", &lost, &statement));
    }
    claims.sort_by_key(|claim| claim.verdict == Verdict::Proven);
    claims.truncate(1);
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
