//! The planted cases of retention: what is flawed is found on the object that has to be mended, what is sound is proven and not
//! accused. `cases/README.md` says what a case is.

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

async fn claims(folder: &Utf8Path) -> (u16, Vec<Claim>) {
    let project = Project::open(folder).unwrap();
    let options = Options {
        snapshots: Snapshots::Ignored,
        only: vec![globset::Glob::new("retention/*").unwrap().compile_matcher()],
        ..Options::default()
    };
    let template = project.template().await.unwrap();
    let claims = prove::claims(&project, &options, &template).await.unwrap();
    (template.server().version().major, claims)
}

fn is_accusation(claim: &Claim) -> bool {
    claim.verdict == Verdict::Violated && claim.severity != Severity::Info
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

#[rstest]
#[tokio::test]
async fn a_flaw_is_found_where_it_is_and_what_is_sound_is_proven(
    #[files("tests/retention/cases/*/expect.toml")] file: PathBuf,
) {
    let file = Utf8PathBuf::try_from(file).unwrap();
    let expected: Expected = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let folder = file.parent().unwrap();
    // Erasure has a prover of its own.
    let contract = std::fs::read_to_string(folder.join("pgproof.toml")).unwrap();
    if !contract.contains("[[retention]]") {
        return;
    }
    let (major, claims) = claims(folder).await;
    if !expected.majors.is_empty() && !expected.majors.contains(&major) {
        return;
    }
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
