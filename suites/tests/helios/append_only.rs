//! The application can't read, change, forge or empty a log: it adds to it by functions, for the user of the context alone.

use pgproof::Database;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BERTA, database, entries, nobodys, row_of, run, session_of, working_for};

/// How the server refuses the application's statement.
async fn refusal(session: &mut PgConnection, statement: &str) -> String {
    let mut anna = working_for(session, ANNA).await;
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *anna)
        .await;
    sqlstate(&outcome)
}

#[rstest]
#[case::read("SELECT FROM {log}")]
#[case::added_to("INSERT INTO {log} DEFAULT VALUES")]
#[case::changed("UPDATE {log} SET user_id = NULL")]
#[case::thinned("DELETE FROM {log}")]
#[case::emptied("TRUNCATE {log}")]
#[tokio::test]
async fn no_log_can_be_got_at_by_the_application(#[future(awt)] database: Database, #[case] statement: &str) {
    let mut session = database.connect().await.unwrap();
    for log in [
        "audit_log",
        "security_violations",
        "data_access_log",
        "security_metrics",
    ] {
        let statement = statement.replace("{log}", &format!("audit.{log}"));
        let statement = match log {
            "security_metrics" => statement.replace("user_id", "metric_name"),
            _ => statement,
        };
        assert_eq!(refusal(&mut session, &statement).await, "42501", "{log}");
    }
}

/// On a table of the caller's own that bears an audited table's name, it would write whatever the caller likes.
#[rstest]
#[tokio::test]
async fn the_trigger_function_can_t_be_put_on_a_table_of_the_caller_s(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let statement = "CREATE TEMPORARY TABLE users (id UUID); \
                     CREATE TRIGGER forge AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION audit.log_change()";
    assert_eq!(refusal(&mut session, statement).await, "42501");
}

/// What is looked up by name is looked up in `pg_catalog` alone.
#[rstest]
#[tokio::test]
async fn a_table_of_the_caller_s_named_like_the_log_catches_no_entry(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let before = entries(&mut session, "user_profiles").await.len();
    let mut anna = working_for(&mut session, ANNA).await;
    run(
        &mut anna,
        "CREATE TEMPORARY TABLE audit_log (id INTEGER); CREATE TEMPORARY TABLE users (id UUID)",
    )
    .await;
    run(
        &mut anna,
        "SET LOCAL search_path = pg_temp, audit, public; UPDATE user_profiles SET bio = 'x'",
    )
    .await;
    anna.commit().await.unwrap();
    assert_eq!(entries(&mut session, "user_profiles").await.len(), before + 1);
}

#[rstest]
#[tokio::test]
async fn a_vector_operation_is_logged_and_can_t_be_taken_for_a_table_s(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let point = row_of(ANNA, 80);
    let mut anna = working_for(&mut session, ANNA).await;
    let statement = format!(
        "SELECT audit.log_vector_operation('{ANNA}', 'DELETE', 'users', ARRAY['{point}']::UUID[], '{{\"k\": 1}}')"
    );
    run(&mut anna, &statement).await;
    anna.commit().await.unwrap();
    let entry = entries(&mut session, "users").await.pop().unwrap();
    assert_eq!(
        (&entry["operation"], &entry["table_schema"]),
        (&json!("VECTOR_DELETE"), &json!("qdrant"))
    );
    assert_eq!(
        entry["new_values"],
        json!({"point_ids": [point], "metadata": {"k": 1}})
    );
    assert_eq!(
        (&entry["user_id"], &entry["session_id"]),
        (&json!(ANNA), &json!(session_of(ANNA)))
    );
    assert_eq!(
        (&entry["old_values"], &entry["record_id"]),
        (&Value::Null, &Value::Null)
    );
}

#[rstest]
#[case::for_another_user(format!("'{BERTA}'"), "SEARCH", "42501")]
#[case::for_nobody("NULL".to_owned(), "SEARCH", "42501")]
#[case::of_a_kind_that_is_none(format!("'{ANNA}'"), "INSERT", "23514")]
#[tokio::test]
async fn no_vector_operation_is_logged(
    #[future(awt)] database: Database,
    #[case] user: String,
    #[case] operation: &str,
    #[case] expected: &str,
) {
    let mut session = database.connect().await.unwrap();
    let statement = format!("SELECT audit.log_vector_operation({user}, '{operation}', 'notes', '{{}}')");
    assert_eq!(refusal(&mut session, &statement).await, expected);
    // Where nobody has set the context there is no user to log for.
    let mut nobody = nobodys(&mut session).await;
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut *nobody)
        .await;
    assert_eq!(sqlstate(&outcome), "42501");
}

#[rstest]
#[tokio::test]
async fn accesses_and_violations_are_those_of_the_user_of_the_context(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    run(
        &mut anna,
        "SELECT audit.log_data_access('READ', 'documents', 7, TRUE, 'by title')",
    )
    .await;
    run(
        &mut anna,
        "SELECT audit.log_security_violation('prompt injection', 'HIGH', '{\"rule\": 3}', TRUE)",
    )
    .await;
    anna.commit().await.unwrap();
    for log in ["data_access_log", "security_violations"] {
        let row: Value =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT to_jsonb(t) FROM audit.{log} AS t")))
                .fetch_one(&mut session)
                .await
                .unwrap();
        assert_eq!(row["user_id"], json!(ANNA), "{log}");
        assert_eq!(row["session_id"], json!(session_of(ANNA)), "{log}");
        assert_eq!(row["service_name"], "chat", "{log}");
    }
}

#[rstest]
#[case("SELECT audit.cleanup_old_data()")]
#[case("SELECT anonymize_user_data(NULL)")]
#[case("SELECT audit.without_content('{}')")]
#[case("SELECT audit.without_secrets('{}')")]
#[tokio::test]
async fn what_works_on_the_logs_is_not_the_application_s_to_call(
    #[future(awt)] database: Database,
    #[case] statement: &str,
) {
    let mut session = database.connect().await.unwrap();
    assert_eq!(refusal(&mut session, statement).await, "42501");
}
