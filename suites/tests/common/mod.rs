//! What the tests of several systems do alike.

mod servers;

use std::fs;

use camino::Utf8Path;
use globset::Glob;
use pgproof::claim::{Claim, Verdict};
use pgproof::prove::{self, Options, Snapshots};
use pgproof::server::Installation;
use pgproof::{Project, Settings, report};

pub(crate) use servers::installations;

/// Everything that pgproof says of a project on that PostgreSQL, accepted snapshots included.
pub(crate) async fn verify_on(project: &Project, installation: &Installation) -> report::Project {
    let options = Options {
        settings: Settings::of(installation),
        snapshots: Snapshots::Compared,
        majors: project.majors(),
        ..Options::default()
    };
    prove::verify(project, &options, &|_| {}).await
}

/// What is not proven, in a line each.
pub(crate) fn findings(report: &report::Project) -> Vec<String> {
    assert_eq!(report.error, None);
    // That the application's SQL can set the context is how it sets it: told for information, wherever there is one.
    let is_finding =
        |claim: &&Claim| claim.verdict != Verdict::Proven && claim.rule != "isolation/context-spoof";
    let line = |claim: &Claim| format!("{} {}: {}", claim.rule, claim.object, claim.message);
    report.claims.iter().filter(is_finding).map(line).collect()
}

/// The objects of the proven claims of a rule.
pub(crate) fn proven<'a>(report: &'a report::Project, rule: &str) -> Vec<&'a str> {
    let is_proven = |claim: &&Claim| claim.rule == rule && claim.verdict == Verdict::Proven;
    report
        .claims
        .iter()
        .filter(is_proven)
        .map(|claim| claim.object.as_str())
        .collect()
}

/// The SQLSTATE with which the server refused.
pub(crate) fn sqlstate<T: std::fmt::Debug>(outcome: &Result<T, sqlx::Error>) -> String {
    match outcome {
        Err(sqlx::Error::Database(error)) => error.code().unwrap_or_default().into_owned(),
        other => panic!("the server did not refuse: {other:?}"),
    }
}

/// What pgproof says of a copy of the system, by rules that match the glob, with that as its last migration.
pub(crate) async fn claims_after(system: &str, sql: &str, rules: &str) -> Vec<Claim> {
    let folder = tempfile::tempdir().unwrap();
    let copy = Utf8Path::from_path(folder.path()).unwrap();
    // The contract names the snapshots relative to itself.
    for part in ["migrations", "snapshots"] {
        let part = Utf8Path::new(part).join(system);
        copy_files(&Utf8Path::new("..").join(&part), &copy.join(&part));
    }
    let root = copy.join("migrations").join(system);
    fs::write(root.join("99999999_loosen.sql"), sql).unwrap();
    let options = Options {
        snapshots: Snapshots::Compared,
        only: vec![Glob::new(rules).unwrap().compile_matcher()],
        ..Options::default()
    };
    let report = prove::verify(&Project::open(root).unwrap(), &options, &|_| {}).await;
    assert_eq!(report.error, None, "{sql}");
    report.claims
}

fn copy_files(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_files(entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
