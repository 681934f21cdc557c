//! What the runbook asks: two of its queries as they were could run nowhere, which is found before anybody needs them; those that the
//! set ships give the answers that they promise.

use std::fs;

use camino::Utf8Path;
use globset::Glob;
use pgproof::claim::{Claim, Verdict};
use pgproof::prove::{self, Options};
use pgproof::{Database, Project};
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use suites::consumers::statement;

use crate::fixtures::{ANNA, BERTA, MIGRATIONS, database, guarded, run, working_for};

const RUNBOOK: &str = include_str!("../../../migrations/helios/consumers/runbook.sql");
const VIOLATIONS: &str = statement(RUNBOOK, "violations of the last 24 hours by severity");
const ACCESSES: &str = statement(RUNBOOK, "more than 50 sensitive accesses in an hour");
const GAPS: &str = statement(RUNBOOK, "gaps between accesses");
const HEALTH: &str = statement(RUNBOOK, "audit health");
const TRIGGERS: &str = statement(RUNBOOK, "trigger status");
const SIZES: &str = statement(RUNBOOK, "sizes");
const CONNECTIONS: &str = statement(RUNBOOK, "connections");
const METRICS: &str = statement(RUNBOOK, "metrics: keep the counts of the last hour");

/// The runbook as it was, in place of what the set's programs send.
async fn claims_of_the_old_runbook() -> Vec<Claim> {
    let folder = tempfile::tempdir().unwrap();
    let copy = Utf8Path::from_path(folder.path()).unwrap();
    for entry in Utf8Path::new(MIGRATIONS).read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
        }
    }
    fs::create_dir(copy.join("consumers")).unwrap();
    let old = include_str!("../../fixtures/helios/runbook_as_it_was.sql");
    fs::write(copy.join("consumers/runbook.sql"), old).unwrap();
    let options = Options {
        only: vec![Glob::new("complete/query").unwrap().compile_matcher()],
        ..Options::default()
    };
    let report = prove::verify(&Project::open(copy).unwrap(), &options, &|_| {}).await;
    assert_eq!(report.error, None);
    report.claims
}

#[tokio::test]
async fn both_queries_that_can_run_nowhere_are_found() {
    let claims = claims_of_the_old_runbook().await;
    let told: Vec<(&str, &str)> = claims
        .iter()
        .map(|claim| (claim.object.as_str(), claim.message.as_str()))
        .collect();
    assert_eq!(claims.len(), 2, "{told:?}");
    for (claim, (name, why)) in claims.iter().zip([
        (
            "gaps between accesses",
            "aggregate function calls cannot contain window function calls",
        ),
        ("trigger status", "column \"status\" does not exist"),
    ]) {
        assert_eq!(claim.verdict, Verdict::Violated);
        assert!(claim.object.contains(name), "{told:?}");
        assert!(claim.message.contains(why), "{told:?}");
        assert_eq!(claim.location.as_ref().unwrap().file, "consumers/runbook.sql");
    }
}

/// What the watching role is answered, a row each, as JSON.
async fn answers(session: &mut PgConnection, query: &str) -> Vec<Value> {
    let mut transaction = session.begin().await.unwrap();
    run(&mut transaction, "SET LOCAL ROLE security_monitor").await;
    let query = query.trim().strip_suffix(';').unwrap();
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT to_jsonb(answer) FROM ({query}) AS answer"
    )))
    .fetch_all(&mut *transaction)
    .await
    .unwrap()
}

#[rstest]
#[tokio::test]
async fn violations_are_those_of_a_day_the_worst_first(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "INSERT INTO audit.security_violations (violation_type, severity, blocked, created_at)
         VALUES ('a', 'LOW', TRUE, now()), ('b', 'CRITICAL', FALSE, now()), ('a', 'LOW', FALSE, now()),
             ('c', 'HIGH', TRUE, now() - INTERVAL '25 hours'), ('d', 'MEDIUM', TRUE, now() - INTERVAL '23 hours')",
    )
    .await;
    assert_eq!(
        answers(&mut session, VIOLATIONS).await,
        [
            json!({"severity": "CRITICAL", "violation_type": "b", "violations": 1, "not_blocked": 1}),
            json!({"severity": "MEDIUM", "violation_type": "d", "violations": 1, "not_blocked": 0}),
            json!({"severity": "LOW", "violation_type": "a", "violations": 2, "not_blocked": 1}),
        ]
    );
}

/// All in the hour that the query was made for: an hour ago, at its full hour.
#[rstest]
#[tokio::test]
async fn fifty_sensitive_accesses_in_an_hour_are_as_they_should_be_and_one_more_is_told(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    for (user, sensitive, number) in [(ANNA, true, 50), (BERTA, true, 51), (ANNA, false, 70)] {
        let statement = format!(
            "INSERT INTO audit.data_access_log (access_type, table_name, row_count, is_sensitive, user_id, created_at)
             SELECT 'READ', 'documents', 2, {sensitive}, '{user}', date_trunc('hour', now()) - INTERVAL '1 hour'
             FROM generate_series(1, {number})"
        );
        run(&mut session, &statement).await;
    }
    let told = answers(&mut session, ACCESSES).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["user_id"], json!(BERTA));
    assert_eq!(
        (&told[0]["accesses"], &told[0]["rows_read"]),
        (&json!(51), &json!(102))
    );
}

#[rstest]
#[tokio::test]
async fn the_longest_gap_between_accesses_is_each_user_s_own(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let accesses = [(ANNA, 1), (ANNA, 4), (ANNA, 24), (BERTA, 2)].map(|(user, minutes)| {
        format!(
            "INSERT INTO audit.data_access_log (access_type, table_name, row_count, is_sensitive, user_id, created_at)
             VALUES ('READ', 'documents', 1, TRUE, '{user}', now() - INTERVAL '{minutes} minutes');"
        )
    });
    // In one transaction, in which now() stands still.
    run(&mut session, &accesses.concat()).await;
    let told = answers(&mut session, GAPS).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(
        (&told[0]["user_id"], &told[0]["accesses"]),
        (&json!(ANNA), &json!(3))
    );
    assert_eq!(told[0]["longest_gap"], "00:20:00");
    assert_eq!(
        (&told[1]["user_id"], &told[1]["longest_gap"]),
        (&json!(BERTA), &Value::Null)
    );
}

#[rstest]
#[tokio::test]
async fn the_log_s_health_tells_of_entries_that_name_nobody(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let before = answers(&mut session, HEALTH).await.remove(0);
    assert_eq!(
        before["entries"], before["without_user"],
        "the fixtures are nobody's"
    );
    assert_eq!(before["tables"], guarded().count());
    let mut anna = working_for(&mut session, ANNA).await;
    run(&mut anna, "UPDATE user_profiles SET bio = 'x'").await;
    anna.commit().await.unwrap();
    let after = answers(&mut session, HEALTH).await.remove(0);
    assert_eq!(
        after["entries"].as_i64(),
        before["entries"].as_i64().map(|entries| entries + 1)
    );
    assert_eq!(after["without_user"], before["without_user"]);
}

#[rstest]
#[case::switched_off("ALTER TABLE tasks DISABLE TRIGGER audit_trigger_tasks", json!("audit_trigger_tasks"))]
#[case::dropped("DROP TRIGGER audit_trigger_tasks ON tasks", Value::Null)]
#[case::for_replication_only("ALTER TABLE tasks ENABLE REPLICA TRIGGER audit_trigger_tasks", json!("audit_trigger_tasks"))]
#[tokio::test]
async fn a_table_without_a_working_audit_trigger_is_told_first(
    #[future(awt)] database: Database,
    #[case] fault: &str,
    #[case] trigger: Value,
) {
    let mut session = database.connect().await.unwrap();
    let sound = answers(&mut session, TRIGGERS).await;
    assert_eq!(sound.len(), 17);
    assert!(sound.iter().all(|table| table["is_enabled"] == true), "{sound:?}");
    run(&mut session, fault).await;
    let told = answers(&mut session, TRIGGERS).await;
    assert_eq!(
        told[0],
        json!({"table_schema": "public", "table_name": "tasks", "trigger_name": trigger, "is_enabled": false})
    );
    assert_eq!(told[1]["is_enabled"], true);
}

#[rstest]
#[tokio::test]
async fn sizes_and_connections_are_told(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let sizes = answers(&mut session, SIZES).await;
    assert_eq!(sizes.len(), 22);
    assert!(sizes.iter().any(|table| table["table_name"] == "audit_log"));
    let connections = answers(&mut session, CONNECTIONS).await;
    assert!(
        connections
            .iter()
            .any(|found| found["connections"].as_i64() >= Some(1)),
        "{connections:?}"
    );
}

#[rstest]
#[tokio::test]
async fn the_counts_of_the_last_hour_are_kept(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("aged.sql")).await;
    run(&mut session, "DELETE FROM audit.security_metrics").await;
    let mut transaction = session.begin().await.unwrap();
    run(&mut transaction, "SET LOCAL ROLE security_monitor").await;
    sqlx::query(METRICS).execute(&mut *transaction).await.unwrap();
    let kept: Vec<(String, f64)> =
        sqlx::query_as("SELECT metric_name, metric_value FROM audit.security_metrics ORDER BY metric_name")
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
    assert_eq!(kept.len(), 3);
    assert_eq!(kept[1], ("sensitive_accesses_per_hour".to_owned(), 2.0));
    assert_eq!(kept[2], ("violations_per_hour".to_owned(), 2.0));
    assert!(kept[0].1 >= 30.0, "{kept:?}");
}
