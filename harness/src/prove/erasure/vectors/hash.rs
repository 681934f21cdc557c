//! Hashes of what a person was called.

use super::residue::left;
use super::{RESIDUE, Vector};
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::residue::Residue;
use crate::prove::trace::Form;

pub(super) const VECTOR: Vector = Vector {
    name: "hashes",
    rule: RESIDUE,
    about: "The same search for hashes without a secret (MD5, SHA-1, SHA-2) of the person's values: who has a list of \
            addresses finds out by them which one it was.",
    bad: include_str!("hash.bad.sql"),
    good: include_str!("hash.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let once = bench.once().await?;
    if once.seen.is_refused() || bench.subject.traces.is_empty() {
        return Ok(Vec::new());
    }
    let statement = bench.statement(&bench.subject.key);
    let mut claims = Vec::new();
    for (name, residues) in bench.left().await? {
        let hashes = residues
            .iter()
            .filter(|residue| matches!(residue.form, Form::Hashed(_)));
        let residues: Vec<Residue> = hashes.cloned().collect();
        if !residues.is_empty() {
            claims.extend(left(bench, VECTOR.name, name, &residues, &statement));
        }
    }
    if claims.is_empty() {
        let message = "no hash of the person's values is anywhere";
        claims.push(bench.claim(RESIDUE, &bench.object, VECTOR.name, Verdict::Proven, message));
    }
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
