//! The test of every vector: its example is found, and found no more once it is mended.

use super::{POLICY, Vector};
use crate::claim::{Claim, Severity, Verdict};
use crate::project::Project;
use crate::prove::{Options, Snapshots};

/// The retention claims of the vector's sound schema with further migrations and lines of the contract on top.
pub(super) async fn claims(vector: Option<&Vector>, migrations: &[&str], contract: &str) -> Vec<Claim> {
    let rules = vector.is_some_and(|vector| vector.rules == [POLICY]);
    let (schema, head) = if rules {
        (include_str!("rules.sql"), include_str!("rules.toml"))
    } else {
        (include_str!("example.sql"), include_str!("example.toml"))
    };
    let folder = tempfile::tempdir().unwrap();
    let root = camino::Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(root.join("pgproof.toml"), format!("{head}{contract}")).unwrap();
    std::fs::write(root.join("001_example.sql"), schema).unwrap();
    for (number, text) in (2..).zip(migrations) {
        std::fs::write(root.join(format!("{number:03}_more.sql")), text).unwrap();
    }
    let project = Project::open(root).unwrap();
    let options = Options {
        snapshots: Snapshots::Ignored,
        only: vec![globset::Glob::new("retention/*").unwrap().compile_matcher()],
        ..Options::default()
    };
    let report = crate::prove::verify(&project, &options, &|_| {}).await;
    assert_eq!(report.error, None);
    report.claims
}

/// What is told for information is no accusation.
fn violated(claims: &[Claim]) -> Vec<&Claim> {
    claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        .collect()
}

/// Breaks the sound example, sees the finding on the function, mends it and sees none.
pub(super) async fn breaks_and_mends(vector: &Vector, rule: &str) {
    breaks_and_mends_on(vector, rule, &["retention.run()"], "").await;
}

/// The same on other objects, the first of which is what has to be mended.
pub(super) async fn breaks_and_mends_on(vector: &Vector, rule: &str, objects: &[&str], contract: &str) {
    let broken = claims(Some(vector), &[vector.bad], contract).await;
    let found = violated(&broken);
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
        violated(&mended).is_empty(),
        "still accused: {:#?}",
        violated(&mended)
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
    assert!(violated(&broken).is_empty(), "{:#?}", violated(&broken));
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
