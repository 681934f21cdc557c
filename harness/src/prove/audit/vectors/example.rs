//! The test of every vector: its example is found, and found no more once it is mended.

use crate::claim::{Claim, Severity, Verdict};
use crate::project::Project;
use crate::prove::{Options, Snapshots};

use super::Vector;

/// The audit claims of the example schema with further migrations and lines of the contract on top.
pub(in crate::prove::audit) async fn claims(migrations: &[&str], contract: &str) -> Vec<Claim> {
    let mut all = vec![include_str!("example.sql")];
    all.extend(migrations);
    claims_of(&all, &format!("{}{contract}", include_str!("example.toml"))).await
}

/// Those of any migrations with any contract.
pub(in crate::prove::audit) async fn claims_of(migrations: &[&str], contract: &str) -> Vec<Claim> {
    let folder = tempfile::tempdir().unwrap();
    let root = camino::Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(root.join("pgproof.toml"), contract).unwrap();
    for (number, text) in (1..).zip(migrations) {
        std::fs::write(root.join(format!("{number:03}_example.sql")), text).unwrap();
    }
    let project = Project::open(root).unwrap();
    let options = Options {
        snapshots: Snapshots::Ignored,
        only: vec![globset::Glob::new("audit/*").unwrap().compile_matcher()],
        ..Options::default()
    };
    let report = crate::prove::verify(&project, &options, &|_| {}).await;
    assert_eq!(report.error, None);
    report.claims
}

fn violated(claims: &[Claim]) -> Vec<&Claim> {
    claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        // The guards of the log have tests of their own.
        .filter(|claim| {
            super::ALL
                .iter()
                .any(|vector| vector.rules().any(|rule| rule == claim.rule))
        })
        .collect()
}

/// Breaks the sound example, sees the finding on the object, mends it and sees none.
pub(in crate::prove::audit) async fn breaks_and_mends(vector: &Vector, rule: &str, object: &str) {
    let broken = claims(&[vector.bad], "").await;
    let found = violated(&broken);
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
    let mended = claims(&[vector.bad, vector.good], "").await;
    assert!(
        violated(&mended).is_empty(),
        "still accused: {:#?}",
        violated(&mended)
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
