//! A rewritten, complete 001 for new installations makes the very schema that 001 to 009 made.

use pgproof::{Project, Settings};
use rstest::rstest;

use crate::fixtures::project;
use crate::servers::installations;

const COMPLETE: &str = "fixtures/aim/complete";

#[rstest]
#[tokio::test]
async fn the_complete_001_makes_the_same_schema_as_001_to_009_on_every_major_at_hand(project: Project) {
    for installation in installations(&project) {
        let version = installation.version.clone();
        let history = project.clone().on(Settings::of(&installation));
        let rewritten = history.clone().with_migrations(COMPLETE).unwrap();
        let (history, rewritten) = (
            history.database().await.unwrap(),
            rewritten.database().await.unwrap(),
        );
        assert_eq!(history.template().server().version(), &version);
        let (wanted, made) = (
            history.catalog().await.unwrap(),
            rewritten.catalog().await.unwrap(),
        );
        assert_eq!(made.differences(&wanted), [], "on PostgreSQL {version}");
        assert_eq!(
            wanted.relations.len(),
            13,
            "on PostgreSQL {version}: it is not two empty schemas"
        );
    }
}

/// What makes the test above worth something: a difference as small as they come is found.
#[rstest]
#[tokio::test]
async fn a_rewritten_history_that_forgets_a_default_is_found_out(project: Project) {
    let history = project.database().await.unwrap();
    let rewritten = project
        .with_migrations(COMPLETE)
        .unwrap()
        .database()
        .await
        .unwrap();
    let mut session = rewritten.connect().await.unwrap();
    sqlx::raw_sql("ALTER TABLE users ALTER COLUMN email_verified DROP DEFAULT")
        .execute(&mut session)
        .await
        .unwrap();
    let (wanted, made) = (
        history.catalog().await.unwrap(),
        rewritten.catalog().await.unwrap(),
    );
    let differences: Vec<String> = made
        .differences(&wanted)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        differences,
        ["table public.users, column email_verified: default: nothing here, false there"]
    );
}

/// A difference of data, not of schema: new installations begin with one entry.
#[rstest]
#[tokio::test]
async fn the_ledgers_differ_since_new_installations_have_one_migration(project: Project) {
    let rewritten = project.with_migrations(COMPLETE).unwrap();
    let database = rewritten.database().await.unwrap();
    let mut session = database.connect().await.unwrap();
    let entries = rewritten.ledger_entries(&mut session).await.unwrap();
    assert_eq!(entries, ["001_initial_schema.sql"]);
}
