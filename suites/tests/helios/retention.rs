//! What is older than its policy says goes, and what is exactly as old stays; what goes lives on nowhere, and no rule that
//! was slipped in removes anything else.

use pgproof::Database;
use rstest::rstest;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};

use crate::common::sqlstate;
use crate::fixtures::{
    ANNA, BERTA, become_worker, database, entries, run, session_of, tables_that_tell, workers, working_for,
};

/// A row of each table that has a policy, as old as `$age` says, but for the log itself.
const AGED: &str = include_str!("aged.sql");

async fn clean_up(session: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT audit.cleanup_old_data()")
        .fetch_one(session)
        .await
}

/// A transaction in which nothing is old but what the statements make so, as the one who forgets.
async fn after<'a>(session: &'a mut PgConnection, statements: &str) -> Transaction<'a, Postgres> {
    let mut transaction = session.begin().await.unwrap();
    run(&mut transaction, statements).await;
    become_worker(&mut transaction).await;
    transaction
}

async fn count(session: &mut PgConnection, of: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {of}")))
        .fetch_one(session)
        .await
        .unwrap()
}

/// Ages that were set in the transaction are exact: `now()` stands still in it.
#[rstest]
#[case::the_log("audit.audit_log", "created_at", 2555)]
#[case::accesses("audit.data_access_log", "created_at", 1095)]
#[case::violations("audit.security_violations", "created_at", 1095)]
#[case::metrics("audit.security_metrics", "measured_at", 90)]
#[case::events("blackboard_events", "created_at", 365)]
#[case::decisions("router_decision_log", "created_at", 365)]
#[tokio::test]
async fn what_is_exactly_as_old_as_its_policy_says_stays_and_what_is_older_goes(
    #[future(awt)] database: Database,
    #[case] table: &str,
    #[case] age: &str,
    #[case] days: i32,
) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, AGED).await;
    let rows = count(&mut session, table).await;
    assert!(rows > 0);
    for (older, gone) in [("0", 0), ("1 microsecond", rows)] {
        let statement =
            format!("UPDATE {table} SET {age} = now() - INTERVAL '{days} days' - INTERVAL '{older}'");
        let mut worker = after(&mut session, &statement).await;
        assert_eq!(clean_up(&mut worker).await.unwrap(), gone, "{older}");
        let left = if table == "audit.audit_log" {
            // What the cleaning itself has changed is young.
            count(&mut worker, "audit.audit_log WHERE created_at < now()").await
        } else {
            count(&mut worker, table).await
        };
        assert_eq!(left, rows - gone, "{older}");
    }
}

async fn contents(session: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("SELECT content FROM chat_messages ORDER BY user_id")
        .fetch_all(session)
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn a_message_that_is_older_than_1095_days_stays_and_says_nothing_any_more(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let statements = format!(
        "UPDATE chat_messages SET created_at = now() - INTERVAL '1095 days' WHERE user_id = '{ANNA}';
         UPDATE chat_messages SET created_at = now() - INTERVAL '1095 days 1 microsecond' WHERE user_id = '{BERTA}'"
    );
    let mut worker = after(&mut session, &statements).await;
    assert_eq!(clean_up(&mut worker).await.unwrap(), 1);
    assert_eq!(contents(&mut worker).await, ["anna says", "[anonymized]"]);
}

#[rstest]
#[case::anonymized("chat_messages SET content", 1096)]
#[case::removed("router_decision_log SET reason", 366)]
#[case::removed_json("blackboard_events SET topic", 366)]
#[tokio::test]
async fn what_went_lives_on_in_no_table_and_not_in_the_log(
    #[future(awt)] database: Database,
    #[case] place: &str,
    #[case] days: i32,
) {
    let mut session = database.connect().await.unwrap();
    let statement = format!("UPDATE {place} = 'canary-2f61b0', created_at = now() - INTERVAL '{days} days'");
    run(&mut session, &statement).await;
    assert_eq!(tables_that_tell(&mut session, "canary-2f61b0").await.len(), 2);
    let mut worker = workers(&mut session).await;
    assert_eq!(clean_up(&mut worker).await.unwrap(), 2);
    worker.commit().await.unwrap();
    assert_eq!(
        tables_that_tell(&mut session, "canary-2f61b0").await,
        [] as [&str; 0]
    );
}

/// That it went, and whose it was, stays known.
#[rstest]
#[tokio::test]
async fn the_log_still_tells_which_row_went_and_whose_it_was(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "UPDATE blackboard_events SET created_at = now() - INTERVAL '366 days'",
    )
    .await;
    let mut worker = workers(&mut session).await;
    clean_up(&mut worker).await.unwrap();
    worker.commit().await.unwrap();
    let gone = entries(&mut session, "blackboard_events").await;
    let gone: Vec<&Value> = gone
        .iter()
        .filter(|entry| entry["operation"] == "DELETE")
        .collect();
    assert_eq!(gone.len(), 2);
    for entry in gone {
        let image = entry["old_values"].as_object().unwrap();
        assert_eq!(image.keys().collect::<Vec<_>>(), ["id", "task_id", "user_id"]);
        assert_eq!(entry["record_id"], image["id"]);
    }
}

/// A message that its user removed has left its words in the log, which is kept for longer than messages are.
#[rstest]
#[tokio::test]
async fn what_a_user_removed_is_kept_in_the_log_no_longer_than_it_would_have_been_kept(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    run(
        &mut anna,
        "UPDATE chat_messages SET content = 'canary-2f61b0'; DELETE FROM chat_messages",
    )
    .await;
    anna.commit().await.unwrap();
    for (days, told) in [(1095, vec!["audit.audit_log"]), (1096, vec![])] {
        let statement = format!(
            "UPDATE audit.audit_log SET created_at = now() - INTERVAL '{days} days' WHERE table_name = 'chat_messages'"
        );
        let mut worker = after(&mut session, &statement).await;
        assert_eq!(clean_up(&mut worker).await.unwrap(), 0);
        run(&mut worker, "RESET ROLE").await;
        assert_eq!(tables_that_tell(&mut worker, "canary-2f61b0").await, told);
    }
}

#[rstest]
#[tokio::test]
async fn however_many_there_are_they_all_go_at_once_and_a_second_run_finds_none(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let statement = format!(
        "INSERT INTO chat_messages (user_id, session_id, role, content, created_at)
         SELECT '{ANNA}', '{}', 'user', 'old', now() - INTERVAL '2000 days' FROM generate_series(1, 2500)",
        session_of(ANNA)
    );
    let mut worker = after(&mut session, &statement).await;
    assert_eq!(clean_up(&mut worker).await.unwrap(), 2500);
    let logged = "audit.audit_log";
    let before = count(&mut worker, logged).await;
    assert_eq!(clean_up(&mut worker).await.unwrap(), 0);
    assert_eq!(count(&mut worker, logged).await, before);
}

#[rstest]
#[tokio::test]
async fn a_policy_that_is_switched_off_removes_nothing(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let statements = "UPDATE chat_messages SET created_at = '2001-01-01';
         UPDATE data_retention_policies SET is_enabled = FALSE WHERE table_name = 'chat_messages'";
    let mut worker = after(&mut session, statements).await;
    assert_eq!(clean_up(&mut worker).await.unwrap(), 0);
    assert_eq!(contents(&mut worker).await, ["anna says", "berta says"]);
}

#[rstest]
#[case::no_table("'no_such', 'created_at', 1, 'DELETE'", "42P01")]
#[case::a_condition("'chat_messages WHERE TRUE --', 'created_at', 1, 'DELETE'", "42P01")]
#[case::a_second_statement("'users; DROP TABLE users', 'created_at', 1, 'DELETE'", "42P01")]
#[case::another_case("'Chat_Messages', 'created_at', 1, 'ANONYMIZE'", "42P01")]
#[case::quoted("'\"tasks\"', 'created_at', 1, 'DELETE'", "42P01")]
#[case::a_view_or_what_else("'idx_tasks_open', 'created_at', 1, 'DELETE'", "42P01")]
#[case::no_column("'public.blackboard_events', 'created_at) OR (TRUE', 1, 'DELETE'", "42703")]
#[case::a_column_without_age("'public.blackboard_events', 'topic', 1, 'DELETE'", "42883")]
#[case::a_table_that_is_not_its_to_remove_from("'users', 'created_at', 1, 'DELETE'", "42501")]
#[case::one_of_the_catalog("'pg_catalog.pg_class', 'relname', 1, 'DELETE'", "42883")]
#[case::nothing_says_how("'documents', 'created_at', 1, 'ANONYMIZE'", "0A000")]
#[tokio::test]
async fn a_rule_that_can_t_be_meant_is_an_error_and_removes_nothing(
    #[future(awt)] database: Database,
    #[case] rule: &str,
    #[case] expected: &str,
) {
    let mut session = database.connect().await.unwrap();
    let rule = format!(
        "INSERT INTO data_retention_policies (table_name, age_column, retention_period_days, policy_type) VALUES ({rule})"
    );
    let mut worker = after(&mut session, &rule).await;
    assert_eq!(sqlstate(&clean_up(&mut worker).await), expected);
}

#[rstest]
#[case::an_unknown_kind("'tasks', 1, 'FORGET'")]
#[case::no_time_at_all("'tasks', 0, 'DELETE'")]
#[case::less("'tasks', -1, 'DELETE'")]
#[tokio::test]
async fn a_rule_that_says_nothing_is_not_taken(#[future(awt)] database: Database, #[case] rule: &str) {
    let mut session = database.connect().await.unwrap();
    let rule = format!(
        "INSERT INTO data_retention_policies (table_name, retention_period_days, policy_type) VALUES ({rule})"
    );
    let outcome = sqlx::raw_sql(AssertSqlSafe(rule)).execute(&mut session).await;
    assert_eq!(sqlstate(&outcome), "23514");
}

/// An owner that row level security is forced on sees no rows, and would report that none was too old.
#[rstest]
#[case::cleanup("SELECT audit.cleanup_old_data()")]
#[case::erasure("SELECT anonymize_user_data('aaaaaaaa-0000-4000-8000-000000000001')")]
#[tokio::test]
async fn whom_policies_hide_rows_from_is_told_so_and_not_that_there_was_nothing(
    #[future(awt)] database: Database,
    #[case] call: &str,
) {
    let mut session = database.connect().await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    run(&mut transaction, include_str!("forced_owner.sql")).await;
    let outcome = sqlx::raw_sql(AssertSqlSafe(call.to_owned()))
        .execute(&mut *transaction)
        .await;
    assert_eq!(sqlstate(&outcome), "42501");
    let message = outcome.unwrap_err().to_string();
    assert!(
        message.contains("query would be affected by row-level security policy"),
        "{message}"
    );
}
