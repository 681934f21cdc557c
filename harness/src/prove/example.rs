//! What the tests of all vectors begin with: a project of an example's migrations, proved in one area.

use crate::claim::{Claim, Severity, Verdict};
use crate::project::Project;
use crate::prove::{Options, Snapshots};
use crate::report;

/// The report about these migrations with this contract, for the rules of one area alone.
pub(super) async fn verified(migrations: &[&str], contract: &str, area: &str) -> report::Project {
    let folder = tempfile::tempdir().unwrap();
    let root = camino::Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(root.join("pgproof.toml"), contract).unwrap();
    for (number, text) in (1..).zip(migrations) {
        std::fs::write(root.join(format!("{number:03}_example.sql")), text).unwrap();
    }
    let project = Project::open(root).unwrap();
    let options = Options {
        snapshots: Snapshots::Ignored,
        only: vec![
            globset::Glob::new(&format!("{area}/*"))
                .unwrap()
                .compile_matcher(),
        ],
        ..Options::default()
    };
    let report = crate::prove::verify(&project, &options, &|_| {}).await;
    assert_eq!(report.error, None);
    report
}

/// What is told for information is no accusation.
pub(super) fn accused(claims: &[Claim]) -> Vec<&Claim> {
    claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        .collect()
}
