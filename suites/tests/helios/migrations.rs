//! The set as a whole: everything that the contract asks for on every major, all the way back, and forward again.

use pgproof::Project;
use pgproof::claim::{Claim, Severity, Verdict};
use rstest::rstest;

use crate::common::{findings, installations, proven, verify_on};
use crate::fixtures::{guarded, project};

fn files(project: &Project) -> Vec<&str> {
    project
        .migrations()
        .iter()
        .map(|migration| migration.up.path.as_str())
        .collect()
}

/// Whether it is worth a look: not what is only told for information, as that a function which writes nothing but a log can't be
/// seen to show a user something.
fn counts(claim: &Claim) -> bool {
    claim.verdict == Verdict::Proven || claim.severity != Severity::Info
}

#[rstest]
#[tokio::test]
async fn on_every_major_everything_that_the_contract_asks_for_is_proven(project: Project) {
    for installation in installations(&project) {
        let mut report = verify_on(&project, &installation).await;
        report.claims.retain(counts);
        assert_eq!(
            findings(&report),
            [] as [&str; 0],
            "on PostgreSQL {}",
            installation.version
        );
        assert_eq!(proven(&report, "apply/down"), files(&project));
        for rule in [
            "isolation/context",
            "isolation/read",
            "isolation/write",
            "audit/missing",
            "audit/swallowed",
        ] {
            // Beside them the rules are about functions, too.
            let found = proven(&report, rule);
            for table in guarded().map(|table| format!("public.{}", table.name)) {
                assert!(found.contains(&table.as_str()), "{rule} of {table}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn the_whole_set_rolls_back_and_comes_forward_to_the_same_schema(project: Project) {
    let nothing = project.clone().without(&files(&project)).unwrap();
    let nothing = nothing.database().await.unwrap().catalog().await.unwrap();
    let database = project.database().await.unwrap();
    let everything = database.catalog().await.unwrap();
    for round in ["once", "twice"] {
        for migration in project.migrations().iter().rev() {
            database.run(migration.down.as_ref().unwrap()).await.unwrap();
        }
        let left = database.catalog().await.unwrap();
        assert_eq!(left.differences(&nothing), [], "back {round}");
        for migration in project.migrations() {
            database.run(&migration.up).await.unwrap();
        }
        let there = database.catalog().await.unwrap();
        assert_eq!(there.differences(&everything), [], "forward {round}");
    }
}

#[rstest]
#[tokio::test]
async fn each_way_back_leads_to_the_schema_that_was_there_before(project: Project) {
    crate::ways_back::each_leads_back(&project).await;
}
