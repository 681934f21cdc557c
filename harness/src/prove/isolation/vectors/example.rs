//! The test of every vector: its example is found, and found no more once it is mended.

use crate::claim::{Claim, Severity, Verdict};
use crate::prove::example::{self, accused};
use crate::report::Reach;

use super::Vector;

/// The isolation claims of the example schema with further migrations and lines of the contract on top.
pub(super) async fn claims(migrations: &[&str], contract: &str) -> Vec<Claim> {
    claims_with(migrations, &format!("{}{contract}", include_str!("example.toml"))).await
}

/// The same with a contract of its own.
pub(super) async fn claims_with(migrations: &[&str], contract: &str) -> Vec<Claim> {
    verified(migrations, contract).await.claims
}

/// What each role reaches in the example with further migrations and lines of the contract.
pub(in crate::prove::isolation) async fn matrix(migrations: &[&str], contract: &str) -> Vec<Reach> {
    let contract = format!("{}{contract}", include_str!("example.toml"));
    verified(migrations, &contract).await.matrix
}

async fn verified(migrations: &[&str], contract: &str) -> crate::report::Project {
    let mut all = vec![include_str!("example.sql")];
    all.extend(migrations);
    example::verified(&all, contract, "isolation").await
}

/// Breaks the sound example, sees the finding on the object, mends it and sees none.
pub(super) async fn breaks_and_mends(vector: &Vector, object: &str, contract: &str) {
    let broken = claims(&[vector.bad], contract).await;
    let found = accused(&broken);
    assert!(
        found
            .iter()
            .any(|claim| claim.rule == vector.rule && claim.subject == vector.name && claim.object == object),
        "{} is not found on {object}: {found:#?}",
        vector.name
    );
    assert!(
        found.iter().all(|claim| claim.object == object),
        "something else is accused: {found:#?}"
    );
    let mended = claims(&[vector.bad, vector.good], contract).await;
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
    assert!(
        claims
            .iter()
            .any(|claim| claim.object == "app.tasks" && claim.subject == "delete")
    );
}
