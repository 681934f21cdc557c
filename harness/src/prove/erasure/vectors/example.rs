//! The test of every vector: its example is found, and found no more once it is mended.

use super::Vector;
use crate::claim::{Claim, Severity, Verdict};
use crate::prove::example::{accused, verified};

/// The erasure's claims about the example schema with further migrations on top.
pub(super) async fn claims(migrations: &[&str]) -> Vec<Claim> {
    let mut all = vec![include_str!("example.sql")];
    all.extend(migrations);
    verified(&all, include_str!("example.toml"), "erasure")
        .await
        .claims
}

/// Breaks the sound example, sees the finding on the object, mends it and sees none.
pub(super) async fn breaks_and_mends(vector: &Vector, object: &str) {
    let broken = claims(&[vector.bad]).await;
    let found = accused(&broken);
    assert!(
        found
            .iter()
            .any(|claim| claim.rule == vector.rule && claim.object == object),
        "{} is not found on {object}: {found:#?}",
        vector.name
    );
    assert!(
        found.iter().all(|claim| claim.rule == vector.rule),
        "something else is accused: {found:#?}"
    );
    let mended = claims(&[vector.bad, vector.good]).await;
    assert!(
        accused(&mended).is_empty(),
        "still accused: {:#?}",
        accused(&mended)
    );
}

#[tokio::test]
async fn the_example_that_the_vectors_break_is_proven() {
    let claims = claims(&[]).await;
    let others: Vec<&Claim> = claims
        .iter()
        .filter(|claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info)
        .collect();
    assert!(others.is_empty(), "{others:#?}");
    for vector in super::ALL {
        let of_it = |claim: &&Claim| claim.rule == vector.rule && claim.verdict == Verdict::Proven;
        assert!(claims.iter().any(|claim| of_it(&claim)), "{}", vector.name);
    }
}
