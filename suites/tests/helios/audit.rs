//! What the log says: every row that came, changed or went, as it was stored, with whom the transaction worked for.

use pgproof::Database;
use pgproof::sql::identifier;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use uuid::Uuid;

use crate::fixtures::{ANNA, Owned, database, entries, guarded, run, session_of, working_for};

/// What the statement adds to what the log says of the table.
async fn added(session: &mut PgConnection, table: Owned, statement: &str) -> Vec<Value> {
    let before = entries(&mut *session, table.name).await.len();
    run(&mut *session, statement).await;
    entries(session, table.name).await.split_off(before)
}

#[rstest]
#[tokio::test]
async fn every_table_but_the_ledger_has_a_trigger_of_its_name_for_each_row_and_operation(
    #[future(awt)] database: Database,
) {
    let lacking: Vec<String> = sqlx::query_scalar(include_str!("without_audit_trigger.sql"))
        .fetch_all(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    assert_eq!(lacking, ["schema_migrations"]);
}

#[rstest]
#[tokio::test]
async fn a_row_that_goes_comes_and_changes_is_logged_as_it_was_stored(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in guarded() {
        let mut transaction = session.begin().await.unwrap();
        let (name, owner, key) = (identifier(table.name), table.owner, table.key_of(ANNA));
        let row = table.row(&mut transaction, ANNA).await.unwrap();
        let id = row.get("id").unwrap_or(&row["user_id"]);

        let gone = format!("DELETE FROM {name} WHERE {owner} = '{key}'");
        let gone = added(&mut transaction, table, &gone).await;
        assert_eq!(gone.len(), 1, "{name}");
        assert_eq!(gone[0]["operation"], "DELETE");
        assert_eq!(
            (&gone[0]["table_schema"], &gone[0]["record_id"]),
            (&json!("public"), id)
        );
        assert_eq!(gone[0]["new_values"], Value::Null);

        let come = row.to_string().replace('\'', "''");
        let come = format!("INSERT INTO {name} SELECT (jsonb_populate_record(NULL::{name}, '{come}')).*");
        let come = added(&mut transaction, table, &come).await;
        assert_eq!(come.len(), 1, "{name}");
        assert_eq!(come[0]["operation"], "INSERT");
        assert_eq!(
            (&come[0]["record_id"], &come[0]["old_values"]),
            (id, &Value::Null)
        );
        assert_eq!(come[0]["new_values"], gone[0]["old_values"]);

        let change = format!(
            "UPDATE {name} SET {} = 'changed' WHERE {owner} = '{key}'",
            table.writable
        );
        let change = added(&mut transaction, table, &change).await;
        assert_eq!(change.len(), 1, "{name}");
        assert_eq!(change[0]["operation"], "UPDATE");
        assert_eq!(change[0]["record_id"], *id);
        assert_eq!(change[0]["changed_fields"], json!([table.writable]));
        assert_eq!(change[0]["old_values"], come[0]["new_values"]);

        let stored = table.row(&mut transaction, ANNA).await.unwrap();
        for (before, after) in [(&row, &come[0]), (&stored, &change[0])] {
            for (column, value) in before.as_object().unwrap() {
                let secret = ["ciphertext", "nonce", "key_salt"].contains(&column.as_str());
                let expected = if secret { &json!("[redacted]") } else { value };
                assert_eq!(after["new_values"][column], *expected, "{name}.{column}");
            }
        }
        transaction.rollback().await.unwrap();
    }
}

#[rstest]
#[case::comes("NULL", "'x'", 1)]
#[case::goes("'x'", "NULL", 1)]
#[case::changes("'x'", "'y'", 1)]
#[case::stays("'x'", "'x'", 0)]
#[case::stays_null("NULL", "NULL", 0)]
#[tokio::test]
async fn a_value_that_comes_or_goes_is_a_change_and_one_that_stays_is_none(
    #[future(awt)] database: Database,
    #[case] from: &str,
    #[case] to: &str,
    #[case] changes: usize,
) {
    let mut session = database.connect().await.unwrap();
    let profiles = guarded().find(|table| table.name == "user_profiles").unwrap();
    let set = |value| format!("UPDATE user_profiles SET avatar_url = {value} WHERE user_id = '{ANNA}'");
    run(&mut session, &set(from)).await;
    let logged = added(&mut session, profiles, &set(to)).await;
    assert_eq!(logged.len(), changes);
    assert!(
        logged
            .iter()
            .all(|entry| entry["changed_fields"] == json!(["avatar_url"]))
    );
}

#[rstest]
#[tokio::test]
async fn a_statement_leaves_an_entry_for_each_row_that_it_changed_and_none_for_others(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let profiles = guarded().find(|table| table.name == "user_profiles").unwrap();
    let both = added(
        &mut session,
        profiles,
        "UPDATE user_profiles SET bio = bio || '!'",
    )
    .await;
    assert_eq!(both.len(), 2);
    let nothing = format!("INSERT INTO user_profiles (user_id) VALUES ('{ANNA}') ON CONFLICT DO NOTHING");
    assert_eq!(added(&mut session, profiles, &nothing).await, [] as [Value; 0]);
    let taken_back = "BEGIN; UPDATE user_profiles SET bio = 'x'; ROLLBACK";
    assert_eq!(added(&mut session, profiles, taken_back).await, [] as [Value; 0]);
}

#[rstest]
#[tokio::test]
async fn what_goes_with_a_session_is_logged_row_by_row(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        &format!("DELETE FROM chat_mode_sessions WHERE user_id = '{ANNA}'"),
    )
    .await;
    for table in [
        "chat_messages",
        "simple_chat_context",
        "router_decision_log",
        "tasks",
        "blackboard_events",
    ] {
        let logged = entries(&mut session, table).await;
        let last = logged.last().unwrap();
        assert_eq!(last["operation"], "DELETE", "{table}");
    }
}

#[rstest]
#[tokio::test]
async fn an_entry_says_for_whom_in_which_session_by_which_service_and_transaction(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    run(&mut anna, "UPDATE user_profiles SET bio = 'changed'").await;
    let transaction: i64 = sqlx::query_scalar("SELECT pg_current_xact_id()::TEXT::BIGINT")
        .fetch_one(&mut *anna)
        .await
        .unwrap();
    anna.commit().await.unwrap();

    let entry = entries(&mut session, "user_profiles").await.pop().unwrap();
    assert_eq!(entry["user_id"], json!(ANNA));
    assert_eq!(entry["session_id"], json!(session_of(ANNA)));
    assert_eq!(entry["service_name"], "chat");
    assert_eq!(entry["transaction_id"], transaction);
    assert_eq!(entry["database_role"], "postgres", "what had logged in");
}

#[rstest]
#[tokio::test]
async fn where_nobody_has_said_for_whom_an_entry_says_nobody(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    working_for(&mut session, ANNA).await.commit().await.unwrap();
    // The settings of the last transaction are empty now, and not unset.
    run(&mut session, "UPDATE users SET is_active = FALSE").await;
    for entry in entries(&mut session, "users").await {
        for context in ["user_id", "session_id", "service_name"] {
            assert_eq!(entry[context], Value::Null, "{context}");
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_secret_is_told_to_be_there_and_to_have_changed_and_no_more(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("service_token.sql")).await;
    run(
        &mut session,
        "UPDATE cross_service_auth SET token_hash = sha256('another')",
    )
    .await;
    let logged = entries(&mut session, "cross_service_auth").await;
    assert_eq!(logged.len(), 2);
    assert_eq!(logged[0]["new_values"]["token_hash"], "[redacted]");
    assert_eq!(logged[1]["old_values"]["token_hash"], "[redacted]");
    assert_eq!(logged[1]["changed_fields"], json!(["token_hash"]));
}

/// There is none in the set; one that a migration to come adds is taken care of.
#[rstest]
#[tokio::test]
async fn a_password_hash_never_stands_in_the_log(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, "ALTER TABLE users ADD password_hash TEXT").await;
    run(&mut session, "UPDATE users SET password_hash = '$2b$12$canary'").await;
    let entry = entries(&mut session, "users").await.pop().unwrap();
    assert_eq!(entry["old_values"]["password_hash"], Value::Null);
    assert_eq!(entry["new_values"]["password_hash"], "[redacted]");
}

#[rstest]
#[tokio::test]
async fn what_can_t_be_logged_is_not_done(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "ALTER TABLE audit.audit_log ADD CHECK (operation <> 'UPDATE')",
    )
    .await;
    for table in guarded() {
        let statement = format!(
            "UPDATE {} SET {} = 'changed'",
            identifier(table.name),
            table.writable
        );
        let outcome = sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut session)
            .await;
        assert_eq!(crate::common::sqlstate(&outcome), "23514", "{}", table.name);
        assert_ne!(
            table.row(&mut session, ANNA).await.unwrap()[table.writable],
            "changed"
        );
    }
}

/// A column that is compared byte by byte, since its type has no equality; and one that is stored out of line.
#[rstest]
#[tokio::test]
async fn what_is_large_or_can_t_be_compared_is_logged_whole(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "ALTER TABLE documents ADD place POINT, ADD note JSON DEFAULT '{\"a\": 1}'",
    )
    .await;
    let documents = guarded().find(|table| table.name == "documents").unwrap();
    let large = "UPDATE documents SET content = (SELECT string_agg(md5(n::TEXT), '') FROM generate_series(1, 1000) AS n)";
    run(&mut session, &format!("{large} WHERE user_id = '{ANNA}'")).await;
    let statement = format!("UPDATE documents SET place = '(1,2)' WHERE user_id = '{ANNA}'");
    let logged = added(&mut session, documents, &statement).await;
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0]["changed_fields"], json!(["place"]));
    assert_eq!(
        logged[0]["new_values"],
        documents.row(&mut session, ANNA).await.unwrap()
    );
    assert_eq!(logged[0]["new_values"]["content"].as_str().unwrap().len(), 32_000);
}

/// Whoever changes a key changes the row of that key.
#[rstest]
#[tokio::test]
async fn an_entry_about_a_changed_key_names_the_row_by_the_key_that_it_had(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let tasks = guarded()
        .find(|table| table.name == "router_decision_log")
        .unwrap();
    let was = tasks.row(&mut session, ANNA).await.unwrap()["id"].clone();
    let new = Uuid::from_u128(7);
    let statement = format!(
        "UPDATE router_decision_log SET id = '{new}' WHERE session_id = '{}'",
        session_of(ANNA)
    );
    let logged = added(&mut session, tasks, &statement).await;
    assert_eq!((logged.len(), &logged[0]["record_id"]), (1, &was));
    assert_eq!(logged[0]["new_values"]["id"], json!(new));
}
