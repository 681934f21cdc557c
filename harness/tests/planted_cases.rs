//! The planted cases: what is flawed is found on the object that has to be mended, what is sound is proven and not
//! accused. They lie in `isolation/cases`, `audit/cases` and `retention/cases`, whose `README.md` says what a case is.

use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::Project;
use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::prove::{self, Options, Snapshots};
use rstest::rstest;

/// What `expect.toml` says.
#[derive(serde::Deserialize)]
struct Expected {
    verdict: String,
    object: String,
    #[serde(default)]
    accept: Vec<String>,
    severity: Severity,
    /// Where it is not so on every major.
    #[serde(default)]
    majors: Vec<u16>,
}

/// What the areas have to say; None on a major on which it is not so.
async fn claims(folder: &Utf8Path, areas: &[&str], majors: &[u16]) -> Option<Vec<Claim>> {
    let project = Project::open(folder).unwrap();
    let only = areas.iter().map(|area| format!("{area}/*"));
    let options = Options {
        snapshots: Snapshots::Ignored,
        only: only
            .map(|glob| globset::Glob::new(&glob).unwrap().compile_matcher())
            .collect(),
        ..Options::default()
    };
    let template = match project.template().await {
        // What not every major has may stand in the schema itself.
        Err(_) if !majors.is_empty() => return None,
        template => template.unwrap(),
    };
    if !majors.is_empty() && !majors.contains(&template.server().version().major) {
        return None;
    }
    Some(prove::claims(&project, &options, &template).await.unwrap())
}

fn is_accusation(claim: &Claim) -> bool {
    claim.verdict == Verdict::Violated
        && claim.severity != Severity::Info
        && claim.rule != "isolation/unclassified"
}

fn is_doubt(claim: &Claim) -> bool {
    claim.verdict == Verdict::Unproven && claim.severity != Severity::Info
}

fn listed(claims: &[&Claim]) -> String {
    let lines = claims.iter().map(|c| {
        format!(
            "{:?} {} {} ({}): {}\n",
            c.severity, c.rule, c.object, c.subject, c.message
        )
    });
    lines.collect()
}

/// `public.f(text, integer)` is meant by `public.f`.
fn is(object: &str, meant: &str) -> bool {
    let bare = |text: &str| text.split('(').next().unwrap_or_default().replace('"', "");
    bare(object) == bare(meant)
}

async fn holds(file: PathBuf, areas: &[&str]) {
    let file = Utf8PathBuf::try_from(file).unwrap();
    let expected: Expected = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let Some(claims) = claims(file.parent().unwrap(), areas, &expected.majors).await else {
        return;
    };
    let accused: Vec<&Claim> = claims.iter().filter(|claim| is_accusation(claim)).collect();
    if expected.verdict == "flawed" {
        let found = accused.iter().any(|claim| {
            claim.severity == expected.severity
                && std::iter::once(&expected.object)
                    .chain(&expected.accept)
                    .any(|object| is(&claim.object, object))
        });
        assert!(found, "not found on {}:\n{}", expected.object, listed(&accused));
    } else {
        assert!(accused.is_empty(), "wrongly accused:\n{}", listed(&accused));
        let doubts: Vec<&Claim> = claims.iter().filter(|claim| is_doubt(claim)).collect();
        assert!(doubts.is_empty(), "not proven:\n{}", listed(&doubts));
        assert!(
            claims.iter().any(|claim| claim.verdict == Verdict::Proven),
            "nothing is proven"
        );
    }
}

#[rstest]
#[tokio::test]
async fn isolation_is_judged_rightly(#[files("tests/isolation/cases/*/expect.toml")] file: PathBuf) {
    holds(file, &["isolation"]).await;
}

#[rstest]
#[tokio::test]
async fn an_audit_log_is_judged_rightly(#[files("tests/audit/cases/*/expect.toml")] file: PathBuf) {
    holds(file, &["audit"]).await;
}

#[rstest]
#[tokio::test]
async fn retention_and_erasure_are_judged_rightly(
    #[files("tests/retention/cases/*/expect.toml")] file: PathBuf,
) {
    holds(file, &["retention", "erasure"]).await;
}
