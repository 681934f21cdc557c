//! The test of every vector: its example is found, and found no more once it is mended.

use super::{POLICY, Vector};
use crate::claim::{Claim, Severity, Verdict};
use crate::prove::example::{accused, verified};

/// The retention claims of the vector's sound schema with further migrations and lines of the contract on top.
pub(super) async fn claims(vector: Option<&Vector>, migrations: &[&str], contract: &str) -> Vec<Claim> {
    let rules = vector.is_some_and(|vector| vector.rules == [POLICY]);
    let (schema, head) = if rules {
        (include_str!("rules.sql"), include_str!("rules.toml"))
    } else {
        (include_str!("example.sql"), include_str!("example.toml"))
    };
    let mut all = vec![schema];
    all.extend(migrations);
    verified(&all, &format!("{head}{contract}"), "retention")
        .await
        .claims
}

/// Breaks the sound example, sees the finding on the function, mends it and sees none.
pub(super) async fn breaks_and_mends(vector: &Vector, rule: &str) {
    breaks_and_mends_on(vector, rule, &["retention.run()"], "").await;
}

/// The same on other objects, the first of which is what has to be mended.
pub(super) async fn breaks_and_mends_on(vector: &Vector, rule: &str, objects: &[&str], contract: &str) {
    let broken = claims(Some(vector), &[vector.bad], contract).await;
    let found = accused(&broken);
    assert!(
        found
            .iter()
            .any(|claim| claim.rule == rule && claim.subject == vector.name && claim.object == objects[0]),
        "{} is not found: {found:#?}",
        vector.name
    );
    assert!(
        found
            .iter()
            .all(|claim| objects.contains(&claim.object.as_str()) || claim.follows_from.is_some()),
        "something else is accused: {found:#?}"
    );
    let mended = claims(Some(vector), &[vector.bad, vector.good], contract).await;
    assert!(
        accused(&mended).is_empty(),
        "still accused: {:#?}",
        accused(&mended)
    );
}

/// The same for what is only told.
pub(super) async fn told(vector: &Vector, rule: &str) {
    let tells = |claims: &[Claim]| {
        claims.iter().any(|claim| {
            claim.verdict == Verdict::Violated && claim.rule == rule && claim.subject == vector.name
        })
    };
    let broken = claims(Some(vector), &[vector.bad], "").await;
    assert!(tells(&broken), "{broken:#?}");
    assert!(accused(&broken).is_empty(), "{:#?}", accused(&broken));
    assert!(!tells(
        &claims(Some(vector), &[vector.bad, vector.good], "").await
    ));
}

#[tokio::test]
async fn the_examples_that_the_vectors_break_are_proven() {
    let with_rules = super::policy_days::VECTOR;
    for vector in [None, Some(&with_rules)] {
        let claims = claims(vector, &[], "").await;
        let others: Vec<&Claim> = claims
            .iter()
            .filter(|claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info)
            .collect();
        assert!(others.is_empty(), "{others:#?}");
        assert!(
            claims
                .iter()
                .any(|claim| claim.subject == "boundary" && claim.verdict == Verdict::Proven)
        );
    }
}
