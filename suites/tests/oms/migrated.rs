//! The program's real run: a yes, a backup, all of the migrations or none, and a look at what they led to.

use std::path::{Path, PathBuf};

use pgproof::Database;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::Executor as _;

use crate::fixtures::{KINDS, MIGRATIONS, before, database, project};
use crate::program::{Folder, Oms, PENDING, SYSTEM, kinds, state, tables};

#[rstest]
#[case::with_yes(true, "")]
#[case::with_a_yes_on_standard_input(false, "yes\n")]
#[tokio::test]
async fn a_real_run_takes_a_backup_applies_and_validates(#[case] yes: bool, #[case] answer: &'static str) {
    let database = before().await;
    let folder = Folder::new();
    let mut program = folder.migrate(&database, MIGRATIONS).answered(answer);
    if yes {
        program = program.with("--yes");
    }
    let ended = program.run().await.well();
    assert_eq!(ended.stderr.contains("Go on? [y/N]"), !yes, "{}", ended.stderr);
    let report = ended.report();
    assert_eq!(report["outcome"], "migrated");
    assert_eq!(report["error"], Value::Null);
    assert_eq!(report["backup"]["bytes"], 37);
    let applied: Vec<&str> = report["applied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|migration| migration["file"].as_str().unwrap())
        .collect();
    assert_eq!(applied, PENDING);
    assert_eq!(tables(&report, "after", "documents"), kinds());
    for table in report["after"]["documents"].as_array().unwrap() {
        for lacking in ["columns_lacking", "triggers_lacking"] {
            assert_eq!(table[lacking], json!([]), "{table}");
        }
    }
    assert_eq!(tables(&report, "after", "system"), SYSTEM);
    for table in report["after"]["system"].as_array().unwrap() {
        for too_many in ["columns_too_many", "triggers_too_many"] {
            assert_eq!(table[too_many], json!([]), "{table}");
        }
    }

    // It is what the migrations make from nothing.
    let (catalog, rows, ledger) = state(&database).await;
    let whole = project().database().await.unwrap();
    assert_eq!(catalog.differences(&whole.catalog().await.unwrap()), []);
    assert_eq!(ledger.len(), project().migrations().len());
    for kind in KINDS {
        assert!(
            rows.contains(&(format!("public.{}", kind.table), 1)),
            "{}",
            kind.table
        );
    }
}

#[rstest]
#[case::that_is_no("no\n")]
#[case::that_is_something_else("why?\n")]
#[case::that_is_empty("\n")]
#[case::that_never_comes("")]
#[tokio::test]
async fn an_answer_changes_nothing(#[case] answer: &'static str) {
    let database = before().await;
    let was = state(&database).await;
    let folder = Folder::new();
    let declined = folder.migrate(&database, MIGRATIONS).answered(answer).run().await;
    assert_eq!(declined.status, Some(1));
    assert!(
        declined.stderr.contains("where 10 kinds of documents lack"),
        "{}",
        declined.stderr
    );
    assert_eq!(declined.report()["outcome"], "declined");
    assert!(!folder.path("backup.sql").exists());
    assert_eq!(state(&database).await, was);
}

#[rstest]
#[tokio::test]
async fn a_second_run_asks_nothing_takes_no_backup_and_changes_nothing(#[future(awt)] database: Database) {
    let was = state(&database).await;
    let folder = Folder::new();
    let again = folder.migrate(&database, MIGRATIONS).run().await.well();
    let report = again.report();
    assert_eq!(
        (&report["outcome"], &report["backup"]),
        (&json!("unchanged"), &Value::Null)
    );
    assert_eq!(report["applied"], json!([]));
    assert_eq!(report["after"], report["before"]);
    assert_eq!(again.stderr, "");
    assert!(!folder.path("backup.sql").exists());
    assert_eq!(state(&database).await, was);
}

#[tokio::test]
async fn two_runs_at_once_apply_each_migration_once() {
    let database = before().await;
    let (one, other) = (Folder::new(), Folder::new());
    let run = |folder: &Folder| folder.migrate(&database, MIGRATIONS).with("--yes");
    let (one, other) = (run(&one), run(&other));
    let (one, other) = tokio::join!(one.run(), other.run());
    let mut outcomes = [one.report(), other.report()].map(|report| report["outcome"].clone().to_string());
    outcomes.sort();
    // The later finds nothing to do, or that it was overtaken between its look and its turn.
    assert!(
        outcomes == ["\"failed\"", "\"migrated\""] || outcomes == ["\"migrated\"", "\"unchanged\""],
        "{outcomes:?}: {} {}",
        one.stderr,
        other.stderr
    );
    assert_eq!(state(&database).await.2.len(), project().migrations().len());
}

#[rstest]
#[case::that_fails("echo 'no room' >&2; exit 1", "take the backup: no room")]
#[case::that_writes_nothing("true", "does not end as a backup of pg_dump does")]
#[case::that_is_not_there("", "name the program with --pg-dump")]
#[tokio::test]
async fn without_a_backup_nothing_is_changed(#[case] pg_dump: &str, #[case] why: &str) {
    let database = before().await;
    let was = state(&database).await;
    let folder = Folder::new();
    let (backup, program) = (folder.path("backup.sql"), folder.program(pg_dump));
    if pg_dump.is_empty() {
        std::fs::remove_file(&program).unwrap();
    }
    let failed = Oms::migrate(&database, Path::new(MIGRATIONS), &backup, &program)
        .with("--yes")
        .run()
        .await;
    assert_eq!(failed.status, Some(1));
    assert!(failed.stderr.contains(why), "{}", failed.stderr);
    assert_eq!(failed.report()["outcome"], "failed");
    assert!(!backup.exists(), "half a backup is left");
    assert_eq!(state(&database).await, was);
}

#[tokio::test]
async fn a_backup_of_before_is_never_written_over() {
    let database = before().await;
    let was = state(&database).await;
    let folder = Folder::new();
    std::fs::write(folder.path("backup.sql"), "the only one").unwrap();
    let failed = folder.migrate(&database, MIGRATIONS).with("--yes").run().await;
    assert_eq!(failed.status, Some(1));
    assert!(
        failed.stderr.contains("make the file of the backup"),
        "{}",
        failed.stderr
    );
    assert_eq!(
        std::fs::read_to_string(folder.path("backup.sql")).unwrap(),
        "the only one"
    );
    assert_eq!(state(&database).await, was);
}

/// The migrations with one more behind the last.
fn with_one_more(folder: &Folder, sql: &str) -> PathBuf {
    let copy = folder.path("migrations");
    std::fs::create_dir(&copy).unwrap();
    for migration in project().migrations() {
        let name = migration.up.path.as_str();
        std::fs::write(copy.join(name), &migration.up.text).unwrap();
    }
    std::fs::write(copy.join("010_one_more.sql"), sql).unwrap();
    copy
}

#[rstest]
#[case::a_document_without_authors(
    "CREATE TABLE returns (id INTEGER PRIMARY KEY)",
    "returns",
    "triggers_lacking"
)]
#[case::a_trigger_that_is_switched_off(
    "ALTER TABLE orders DISABLE TRIGGER zz_sign",
    "orders",
    "triggers_lacking"
)]
#[case::a_trigger_for_inserts_alone(
    "DROP TRIGGER zz_sign ON orders; CREATE TRIGGER zz_sign BEFORE INSERT ON orders
     FOR EACH ROW EXECUTE FUNCTION tracking.sign_document()",
    "orders",
    "triggers_lacking"
)]
#[case::a_trigger_for_some_rows(
    "DROP TRIGGER record ON orders; CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON orders
     FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit.record_change('id')",
    "orders",
    "triggers_lacking"
)]
#[case::a_column_that_may_be_empty(
    "ALTER TABLE prices ALTER _updated_by DROP NOT NULL",
    "prices",
    "columns_lacking"
)]
#[case::a_column_of_another_type(
    "ALTER TABLE prices ALTER _created_at TYPE TIMESTAMP",
    "prices",
    "columns_lacking"
)]
#[case::authors_of_the_system_s_own(
    "ALTER TABLE settings ADD _created_by TEXT",
    "settings",
    "columns_too_many"
)]
#[tokio::test]
async fn what_lacks_something_or_has_too_much_is_found_before_the_commit(
    #[case] sql: &str,
    #[case] table: &str,
    #[case] what: &str,
) {
    let database = before().await;
    let was = state(&database).await;
    let folder = Folder::new();
    let migrations = with_one_more(&folder, sql);
    let unsound = folder
        .migrate(&database, migrations.to_str().unwrap())
        .with("--yes")
        .run()
        .await;
    assert_eq!(unsound.status, Some(1), "{}", unsound.stderr);
    let report = unsound.report();
    assert_eq!(report["outcome"], "unsound");
    assert_eq!(report["applied"], json!([]), "it is rolled back");
    let found: Vec<&Value> = ["documents", "system"]
        .iter()
        .flat_map(|kind| report["after"][kind].as_array().unwrap())
        .filter(|table| {
            let lists = table.as_object().unwrap().values().filter_map(Value::as_array);
            lists.into_iter().any(|list| !list.is_empty())
        })
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["table"], table);
    assert_ne!(found[0][what], json!([]), "{found:?}");
    assert_eq!(state(&database).await, was);
}

/// The same of a database on which everything is applied: somebody's hand.
#[rstest]
#[tokio::test]
async fn what_was_loosened_later_is_found_by_the_next_run(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    session
        .execute("ALTER TABLE invoices DISABLE TRIGGER record")
        .await
        .unwrap();
    let unsound = Folder::new().migrate(&database, MIGRATIONS).run().await;
    assert_eq!(unsound.status, Some(1));
    let report = unsound.report();
    assert_eq!(report["outcome"], "unsound");
    let text = report["after"].to_string();
    assert_eq!(text.matches("audit.record_change").count(), 1, "{text}");
}

#[tokio::test]
async fn a_migration_that_fails_takes_those_before_it_with_it() {
    let database = before().await;
    let was = state(&database).await;
    let folder = Folder::new();
    let migrations = with_one_more(&folder, "SELECT 1 / 0");
    let failed = folder
        .migrate(&database, migrations.to_str().unwrap())
        .with("--yes")
        .run()
        .await;
    assert_eq!(failed.status, Some(1));
    assert!(
        failed.stderr.contains("apply 010_one_more.sql") && failed.stderr.contains("division by zero"),
        "{}",
        failed.stderr
    );
    assert!(folder.path("backup.sql").exists(), "the backup stays");
    assert_eq!(state(&database).await, was);
}
