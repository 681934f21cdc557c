//! The database is down, or takes no entry: it goes to the file and is not lost, and the next one after the recovery goes
//! to the database again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use pgproof::Database;
use rstest::rstest;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use suites::grow::log::{Kept, NotTaken};
use uuid::Uuid;

use crate::fixtures::{Log, PATIENT, database, logged, violation};
use crate::line::Line;

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o7777
}

fn ids(log: &Log) -> Vec<String> {
    log.lines()
        .iter()
        .map(|line| line["id"].as_str().unwrap().to_owned())
        .collect()
}

fn is_in_database(kept: &Kept) -> bool {
    matches!(kept, Kept::InDatabase)
}

#[rstest]
#[tokio::test]
async fn while_the_database_is_down_violations_go_to_the_file_and_afterwards_to_the_database_again(
    #[future(awt)] database: Database,
) {
    let mut line = Line::to(&database);
    let log = Log::of(line.options(), PATIENT);
    assert!(is_in_database(&log.security.keep(&violation(1)).await.unwrap()));

    line.cut().await;
    for number in [2, 3] {
        let kept = log.security.keep(&violation(number)).await.unwrap();
        assert!(matches!(kept, Kept::InFile { .. }), "{kept:?}");
    }
    line.mend();
    assert!(is_in_database(&log.security.keep(&violation(4)).await.unwrap()));

    assert_eq!(logged(&database).await, [1, 4].map(Uuid::from_u128));
    assert_eq!(ids(&log), [2, 3].map(|id| Uuid::from_u128(id).to_string()));
    assert_eq!(mode(log.file()), 0o640);
}

#[rstest]
#[case::by_its_role(
    "REVOKE INSERT ON security_audit_logs FROM service_role",
    "GRANT INSERT ON security_audit_logs TO service_role"
)]
#[case::by_its_policy(
    "ALTER POLICY security_audit_service_only ON security_audit_logs WITH CHECK (false)",
    "ALTER POLICY security_audit_service_only ON security_audit_logs WITH CHECK (auth.role() = 'service_role')"
)]
#[case::by_a_constraint(
    "ALTER TABLE security_audit_logs ADD CONSTRAINT none CHECK (false) NOT VALID",
    "ALTER TABLE security_audit_logs DROP CONSTRAINT none"
)]
#[case::for_want_of_the_table(
    "ALTER TABLE security_audit_logs RENAME TO elsewhere",
    "ALTER TABLE elsewhere RENAME TO security_audit_logs"
)]
#[tokio::test]
async fn what_the_database_refuses_goes_to_the_file_and_the_next_after_the_mending_does_not(
    #[future(awt)] database: Database,
    #[case] fault: &'static str,
    #[case] mending: &'static str,
) {
    let mut operator = database.connect().await.unwrap();
    let log = Log::of(database.options(), PATIENT);
    assert!(is_in_database(&log.security.keep(&violation(1)).await.unwrap()));

    sqlx::raw_sql(fault).execute(&mut operator).await.unwrap();
    let kept = log.security.keep(&violation(2)).await.unwrap();
    assert!(
        matches!(
            kept,
            Kept::InFile {
                because: NotTaken::Database(sqlx::Error::Database(_))
            }
        ),
        "{kept:?}"
    );
    sqlx::raw_sql(mending).execute(&mut operator).await.unwrap();
    assert!(is_in_database(&log.security.keep(&violation(3)).await.unwrap()));

    assert_eq!(logged(&database).await, [1, 3].map(Uuid::from_u128));
    assert_eq!(ids(&log), [Uuid::from_u128(2).to_string()]);
    assert_eq!(mode(log.file()), 0o640);
}

#[rstest]
#[tokio::test]
async fn a_database_that_is_read_only_takes_nothing_and_nothing_is_lost(#[future(awt)] database: Database) {
    let read_only = [("default_transaction_read_only", "on")];
    let log = Log::of(database.options().options(read_only), PATIENT);
    log.security.keep(&violation(1)).await.unwrap();
    assert_eq!(ids(&log), [Uuid::from_u128(1).to_string()]);
}

#[rstest]
#[tokio::test]
async fn a_request_does_not_wait_for_a_database_that_hangs(#[future(awt)] database: Database) {
    let mut operator = database.connect().await.unwrap();
    let mut lock = operator.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE security_audit_logs")
        .execute(&mut *lock)
        .await
        .unwrap();
    let log = Log::of(database.options(), Duration::from_millis(300));
    let kept = log.security.keep(&violation(1)).await.unwrap();
    assert!(matches!(kept, Kept::InFile { .. }), "{kept:?}");
    lock.rollback().await.unwrap();
    assert_eq!(ids(&log), [Uuid::from_u128(1).to_string()]);
}

/// The answer is lost after the commit: the entry is in both, once in each, and known by its id.
#[rstest]
#[tokio::test]
async fn an_entry_that_comes_twice_is_one_row(#[future(awt)] database: Database) {
    let log = Log::of(database.options(), PATIENT);
    for _ in 0..2 {
        assert!(is_in_database(&log.security.keep(&violation(1)).await.unwrap()));
    }
    assert_eq!(logged(&database).await, [Uuid::from_u128(1)]);
}

/// A log that reaches no database at all.
fn off_line() -> Log {
    let nowhere = sqlx::postgres::PgConnectOptions::new_without_pgpass().socket("no/such/folder");
    Log::of(nowhere, PATIENT)
}

#[tokio::test]
async fn a_line_of_the_file_is_the_whole_violation_and_why_it_is_there() {
    let log = off_line();
    log.security.keep(&violation(1)).await.unwrap();
    let lines = log.lines();
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let mut line = line.clone();
    let why = line.as_object_mut().unwrap().remove("not_in_database").unwrap();
    assert!(!why.as_str().unwrap().is_empty());
    assert_eq!(
        line,
        json!({
            "id": "00000000-0000-0000-0000-000000000001",
            "event_type": "cross_restaurant_access",
            "user_id": "00000000-0000-0000-0000-00000000000a",
            "authenticated_restaurant_id": "00000000-0000-0000-0000-000000000001",
            "attempted_restaurant_id": "00000000-0000-0000-0000-000000000002",
            "session_id": "a \"session\"\nof two lines",
            "ip_address": "2001:db8::7",
            "user_agent": null,
            "severity": "CRITICAL",
            "created_at": "2025-11-11T10:15:00.123456Z",
        })
    );
}

#[tokio::test]
async fn a_file_that_was_open_to_all_is_closed() {
    let log = off_line();
    std::fs::write(log.file(), "{\"id\":\"earlier\"}\n").unwrap();
    std::fs::set_permissions(log.file(), std::fs::Permissions::from_mode(0o666)).unwrap();
    log.security.keep(&violation(1)).await.unwrap();
    assert_eq!(mode(log.file()), 0o640);
    assert_eq!(
        ids(&log),
        ["earlier".to_owned(), Uuid::from_u128(1).to_string()],
        "what was there stays"
    );
}

#[tokio::test]
async fn half_a_line_that_a_crash_has_left_does_not_spoil_the_next() {
    let log = off_line();
    std::fs::write(log.file(), "{\"id\":\"half").unwrap();
    log.security.keep(&violation(1)).await.unwrap();
    let text = std::fs::read_to_string(log.file()).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["id"], Uuid::from_u128(1).to_string());
}

/// Nothing of the service's role or claims goes back to the pool with the session.
#[rstest]
#[tokio::test]
async fn the_service_s_rights_end_with_the_transaction(#[future(awt)] database: Database) {
    let mut session: PgConnection = database.connect().await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    sqlx::raw_sql(include_str!("../../src/grow/as_service.sql"))
        .execute(&mut *transaction)
        .await
        .unwrap();
    let (during, claims): (String, String) = role_and_claims(&mut transaction).await;
    assert_eq!(
        (&*during, &*claims),
        ("service_role", r#"{"role":"service_role"}"#)
    );
    transaction.commit().await.unwrap();
    let (after, claims) = role_and_claims(&mut session).await;
    assert_ne!(after, "service_role");
    assert_eq!(claims, "");
}

async fn role_and_claims(session: &mut PgConnection) -> (String, String) {
    sqlx::query_as("SELECT current_user::text, current_setting('request.jwt.claims')")
        .fetch_one(session)
        .await
        .unwrap()
}
