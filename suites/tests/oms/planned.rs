//! The program's dry run, and what it refuses before it looks at a database.

use rstest::rstest;
use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::fixtures::{MIGRATIONS, before};
use crate::program::{Folder, Oms, PENDING, SYSTEM, kinds, state, tables};

#[tokio::test]
async fn a_dry_run_lists_the_documents_without_authors_and_changes_nothing() {
    let database = before().await;
    database
        .connect()
        .await
        .unwrap()
        .execute("ANALYZE")
        .await
        .unwrap();
    let was = state(&database).await;
    let report = Oms::plan(&database).run().await.well().report();
    assert_eq!(state(&database).await, was);

    assert_eq!(report["schema"], "oms/report/v1");
    assert_eq!(report["outcome"], "planned");
    assert_eq!(report["pending"], json!(PENDING));
    assert_eq!(tables(&report, "before", "documents"), kinds());
    for table in report["before"]["documents"].as_array().unwrap() {
        assert_eq!(table["columns_lacking"].as_array().unwrap().len(), 6, "{table}");
        assert_eq!(table["triggers_lacking"].as_array().unwrap().len(), 3, "{table}");
        assert_eq!(table["rows"], 1, "{table}");
    }
    assert_eq!(tables(&report, "before", "system"), SYSTEM);
    assert!(report["estimated_ms"].as_u64().unwrap() > 0, "{report}");
    for nothing in ["backup", "after", "error"] {
        assert_eq!(report[nothing], Value::Null, "{nothing}");
    }
    assert_eq!(report["applied"], json!([]));
}

/// More rows take longer, as far as it is known how many there are.
#[tokio::test]
async fn the_estimate_grows_with_the_documents() {
    let database = before().await;
    let estimated = async || Oms::plan(&database).run().await.well().report()["estimated_ms"].as_u64();
    let few = estimated().await;
    let mut session = database.connect().await.unwrap();
    session
        .execute(
            "INSERT INTO customers (number, name) SELECT g::TEXT, 'x' FROM generate_series(1, 20000) AS g;
             ANALYZE customers",
        )
        .await
        .unwrap();
    let many = estimated().await;
    assert!(many > few, "{few:?}, {many:?}");
}

#[tokio::test]
async fn a_report_goes_where_it_is_wanted() {
    let database = before().await;
    let folder = Folder::new();
    let file = folder.path("report.json");
    let ended = Oms::plan(&database)
        .with("--report")
        .with(file.to_str().unwrap())
        .run()
        .await
        .well();
    assert_eq!(ended.stdout, "");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(report["outcome"], "planned");
}

#[rstest]
#[case::a_url_that_is_none("oms", MIGRATIONS, 2, "read the URL of --database-url")]
#[case::a_folder_that_is_not_there("postgres://o:a-secret@nowhere.invalid/oms", "no/such", 2, "no/such")]
#[case::a_folder_without_migrations(
    "postgres://o:a-secret@nowhere.invalid/oms",
    "../migrations/oms/consumers",
    2,
    "find a migration in"
)]
#[case::a_server_that_is_not_there(
    "postgres://o:a-secret@nowhere.invalid/oms",
    MIGRATIONS,
    1,
    "connect to the database of --database-url"
)]
#[tokio::test]
async fn what_can_t_be_used_is_refused(
    #[case] url: &str,
    #[case] migrations: &str,
    #[case] status: i32,
    #[case] why: &str,
) {
    let refused = Oms::new(["plan", "--database-url", url, "--migrations", migrations])
        .run()
        .await;
    assert_eq!(refused.status, Some(status), "{}", refused.stderr);
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert!(!(refused.stderr + &refused.stdout).contains("a-secret"));
}

#[tokio::test]
async fn another_system_s_database_is_refused() {
    let database = pgproof::database("../migrations/grow").await.unwrap();
    let refused = Oms::new([
        "plan",
        "--database-url",
        &database.url(),
        "--migrations",
        MIGRATIONS,
    ])
    .run()
    .await;
    assert_eq!(refused.status, Some(1));
    assert!(
        refused.stderr.contains("is it a database of the order service?"),
        "{}",
        refused.stderr
    );
}
