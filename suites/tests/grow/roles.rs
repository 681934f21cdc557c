//! Who writes and reads the log: the service, and nobody else, whatever their token claims.

use pgproof::Database;
use rstest::rstest;
use sqlx::PgConnection;

use crate::common::sqlstate;
use crate::fixtures::{database, logged, service, session};

const INSERT: &str = "INSERT INTO security_audit_logs (event_type) VALUES ('forged')";

async fn read(session: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM security_audit_logs")
        .fetch_one(session)
        .await
        .expect("no policy makes reading an error")
}

async fn one_entry(database: &Database) {
    sqlx::query(INSERT)
        .execute(&mut service(database).await)
        .await
        .unwrap();
}

#[rstest]
#[tokio::test]
async fn the_service_inserts_and_reads(#[future(awt)] database: Database) {
    one_entry(&database).await;
    assert_eq!(read(&mut service(&database).await).await, 1);
}

#[rstest]
#[case::nobody("anon", Some(r#"{"role":"anon"}"#))]
#[case::nobody_without_a_token("anon", None)]
#[case::a_user(
    "authenticated",
    Some(r#"{"role":"authenticated","sub":"00000000-0000-0000-0000-00000000000a"}"#)
)]
#[case::a_user_with_forged_claims("authenticated", Some(r#"{"role":"service_role"}"#))]
#[case::the_service_without_its_token("service_role", None)]
#[case::the_service_with_a_user_s_token("service_role", Some(r#"{"role":"authenticated"}"#))]
#[tokio::test]
async fn whoever_is_not_the_service_neither_inserts_nor_reads_nor_changes(
    #[future(awt)] database: Database,
    #[case] role: &str,
    #[case] claims: Option<&str>,
) {
    one_entry(&database).await;
    let before = logged(&database).await;
    let mut other = session(&database, role, claims).await;
    assert_eq!(read(&mut other).await, 0);
    let inserted = sqlx::query(INSERT).execute(&mut other).await;
    assert_eq!(sqlstate(&inserted), "42501");
    for statement in [
        "UPDATE security_audit_logs SET severity = 'INFO'",
        "DELETE FROM security_audit_logs",
    ] {
        let changed = sqlx::query(statement).execute(&mut other).await.unwrap();
        assert_eq!(changed.rows_affected(), 0, "{statement}");
    }
    assert_eq!(logged(&database).await, before);
}

/// No policy is asked about TRUNCATE, so the migration takes away what the platform has granted.
#[rstest]
#[tokio::test]
async fn nobody_empties_the_log_past_the_policy(
    #[future(awt)] database: Database,
    #[values("anon", "authenticated", "service_role")] role: &str,
) {
    one_entry(&database).await;
    let mut other = session(&database, role, Some(r#"{"role":"service_role"}"#)).await;
    let emptied = sqlx::query("TRUNCATE security_audit_logs")
        .execute(&mut other)
        .await;
    assert_eq!(sqlstate(&emptied), "42501");
    assert_eq!(logged(&database).await.len(), 1);
}

/// What keeps the others out is the policy, and not that they lack a privilege: with row level security off they read.
#[rstest]
#[tokio::test]
async fn without_row_level_security_everybody_reads(#[future(awt)] database: Database) {
    one_entry(&database).await;
    sqlx::raw_sql("ALTER TABLE security_audit_logs DISABLE ROW LEVEL SECURITY")
        .execute(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    let mut nobody = session(&database, "anon", None).await;
    assert_eq!(read(&mut nobody).await, 1);
}
