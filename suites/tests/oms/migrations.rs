//! The set as a whole: everything that the contract asks for on every major, all the way back, and forward again.

use pgproof::Project;
use rstest::rstest;

use crate::common::{findings, installations, proven, verify_on};
use crate::fixtures::{BEFORE, KINDS, project};

fn files(project: &Project) -> Vec<&str> {
    project
        .migrations()
        .iter()
        .map(|migration| migration.up.path.as_str())
        .collect()
}

/// A test a major, for one alone takes a good part of a minute. Without `PGPROOF_TEST_PG` there is only the first.
#[rstest]
#[tokio::test]
async fn on_every_major_everything_that_the_contract_asks_for_is_proven(
    project: Project,
    #[values(0, 1, 2, 3, 4)] number: usize,
) {
    let mut installations = installations(&project);
    assert!(installations.len() <= 5, "one more value is needed");
    if number >= installations.len() {
        return;
    }
    let report = verify_on(&project, &installations.remove(number)).await;
    let mut found = findings(&report);
    // What nobody may do at all leaves nothing to be logged: told for information.
    found.retain(|line| !line.contains("it is refused, so there is nothing to log"));
    assert_eq!(found, [] as [&str; 0]);
    assert_eq!(proven(&report, "apply/down"), files(&project));
    let queries = proven(&report, "complete/query");
    let logged = proven(&report, "audit/missing");
    for kind in KINDS {
        let table = format!("public.{}", kind.table);
        assert!(logged.contains(&table.as_str()), "{table}");
        let authors = format!("authors of {}", kind.table);
        assert!(queries.contains(&authors.as_str()), "{authors}");
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
            as_owner(&database, &migration.down.as_ref().unwrap().text).await;
        }
        let left = database.catalog().await.unwrap();
        assert_eq!(left.differences(&nothing), [], "back {round}");
        for migration in project.migrations() {
            as_owner(&database, &migration.up.text).await;
        }
        let there = database.catalog().await.unwrap();
        assert_eq!(there.differences(&everything), [], "forward {round}");
    }
}

/// What the superuser made would be the superuser's.
async fn as_owner(database: &pgproof::Database, script: &str) {
    let mut session = database.connect_as("oms_owner").await.unwrap();
    crate::fixtures::tried(&mut session, script).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn each_way_back_leads_to_the_schema_that_was_there_before(project: Project) {
    crate::ways_back::each_leads_back(&project).await;
}

/// What the documents hold besides is the same when their authors have come and gone.
#[tokio::test]
async fn coming_forward_and_going_back_leaves_every_document_as_it_was() {
    let database = crate::fixtures::before().await;
    let was = documents(&database).await;
    let project = project();
    let later: Vec<_> = project
        .migrations()
        .iter()
        .filter(|migration| migration.up.path.as_str() > BEFORE)
        .collect();
    for migration in &later {
        as_owner(&database, &migration.up.text).await;
    }
    assert_ne!(documents(&database).await, was);
    for migration in later.iter().rev() {
        as_owner(&database, &migration.down.as_ref().unwrap().text).await;
    }
    assert_eq!(documents(&database).await, was);
}

async fn documents(database: &pgproof::Database) -> Vec<serde_json::Value> {
    let mut session = database.connect().await.unwrap();
    let mut all = Vec::new();
    for kind in KINDS {
        let statement = format!("SELECT to_jsonb(t) FROM {} AS t", kind.table);
        let rows: Vec<serde_json::Value> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .fetch_all(&mut session)
            .await
            .unwrap();
        all.extend(rows);
    }
    all
}
