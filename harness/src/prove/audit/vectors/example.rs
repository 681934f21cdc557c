//! The test of every vector: its example is found, and found no more once it is mended.

use crate::claim::{Claim, Severity, Verdict};
use crate::prove::example::{accused, verified};

use super::Vector;

/// The audit claims of the example schema with further migrations and lines of the contract on top.
pub(in crate::prove::audit) async fn claims(migrations: &[&str], contract: &str) -> Vec<Claim> {
    let mut all = vec![include_str!("example.sql")];
    all.extend(migrations);
    claims_of(&all, &format!("{}{contract}", include_str!("example.toml"))).await
}

/// Those of any migrations with any contract.
pub(in crate::prove::audit) async fn claims_of(migrations: &[&str], contract: &str) -> Vec<Claim> {
    verified(migrations, contract, "audit").await.claims
}

/// Breaks the sound example, sees the finding on the object, mends it and sees none.
pub(in crate::prove::audit) async fn breaks_and_mends(vector: &Vector, rule: &str, object: &str) {
    breaks_and_mends_with(vector, [vector.bad, vector.good], rule, object).await;
}

/// The same with other examples, the bad and the good one.
pub(in crate::prove::audit) async fn breaks_and_mends_with(
    vector: &Vector,
    [bad, good]: [&str; 2],
    rule: &str,
    object: &str,
) {
    let broken = claims(&[bad], "").await;
    let found = accused(&broken);
    assert!(
        found
            .iter()
            .any(|claim| claim.rule == rule && claim.subject == vector.name && claim.object == object),
        "{} is not found on {object}: {found:#?}",
        vector.name
    );
    assert!(
        found
            .iter()
            .all(|claim| claim.object == object || claim.follows_from.is_some()),
        "something else is accused: {found:#?}"
    );
    let mended = claims(&[bad, good], "").await;
    assert!(
        accused(&mended).is_empty(),
        "still accused: {:#?}",
        accused(&mended)
    );
}

#[tokio::test]
async fn the_example_that_the_vectors_break_is_proven() {
    let claims = claims(&[], "").await;
    let others: Vec<&Claim> = claims
        .iter()
        .filter(|claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info)
        .collect();
    assert!(others.is_empty(), "{others:#?}");
    for vector in super::ALL {
        assert!(
            claims
                .iter()
                .any(|claim| claim.subject == vector.name && claim.verdict == Verdict::Proven),
            "{} is proven of nothing",
            vector.name
        );
    }
}
