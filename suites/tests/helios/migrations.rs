//! The set as a whole: everything that the contract asks for on every major, all the way back, and forward again.

use pgproof::claim::{Severity, Verdict};
use pgproof::{Project, report};
use rstest::rstest;

use crate::common::{installations, proven, verify_on};
use crate::fixtures::{guarded, project};

fn files(project: &Project) -> Vec<&str> {
    project
        .migrations()
        .iter()
        .map(|migration| migration.up.path.as_str())
        .collect()
}

/// What is not proven, in a line each, but for what is only told for information: that a function which writes nothing but a log
/// shows a user nothing can't be seen to fail.
fn findings(report: &report::Project) -> Vec<String> {
    assert_eq!(report.error, None);
    let claims = report.claims.iter();
    claims
        .filter(|claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info)
        .map(|claim| format!("{} {}: {}", claim.rule, claim.object, claim.message))
        .collect()
}

#[rstest]
#[tokio::test]
async fn on_every_major_everything_that_the_contract_asks_for_is_proven(project: Project) {
    for installation in installations(&project) {
        let report = verify_on(&project, &installation).await;
        assert_eq!(
            findings(&report),
            [] as [&str; 0],
            "on PostgreSQL {}",
            installation.version
        );
        assert_eq!(proven(&report, "apply/down"), files(&project));
        for rule in ["isolation/context", "isolation/read", "isolation/write"] {
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
