//! A person who is forgotten leaves ids. Everything that is stored is searched for the rest.

use pgproof::Database;
use pgproof::sql::identifier;
use rstest::rstest;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use crate::fixtures::{
    ANNA, BERTA, database, entries, guarded, row_of, run, session_of, tables_that_tell, workers, working_for,
};

async fn forget(session: &mut PgConnection, user: Uuid) -> i64 {
    let mut worker = workers(session).await;
    let rows = sqlx::query_scalar("SELECT anonymize_user_data($1)")
        .bind(user)
        .fetch_one(&mut *worker)
        .await
        .unwrap();
    worker.commit().await.unwrap();
    rows
}

/// Puts the word into every text and document of the user that takes it, and returns into which columns it went.
async fn mark(session: &mut PgConnection, user: Uuid, word: &str) -> Vec<String> {
    let columns: Vec<(String, String, String)> = sqlx::query_as(include_str!("texts.sql"))
        .fetch_all(&mut *session)
        .await
        .unwrap();
    let mut marked = Vec::new();
    for (table, column, data_type) in columns {
        let owned = guarded().find(|owned| owned.name == table).unwrap();
        let value = match data_type.as_str() {
            "jsonb" => format!("'{{\"said\": \"{word}\"}}'"),
            "bytea" => format!("convert_to('{word}', 'UTF8')"),
            _ if column == "email" => format!("'{word}@example.org'"),
            _ => format!("'{word}'"),
        };
        let statement = format!(
            "UPDATE {} SET {} = {value} WHERE {} = '{}'",
            identifier(&table),
            identifier(&column),
            owned.owner,
            owned.key_of(user)
        );
        let mut attempt = session.begin().await.unwrap();
        // What a check refuses is a word of the application's.
        if sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *attempt)
            .await
            .is_ok()
        {
            attempt.commit().await.unwrap();
            marked.push(format!("{table}.{column}"));
        }
    }
    marked
}

#[rstest]
#[tokio::test]
async fn nothing_that_is_stored_tells_of_who_was_forgotten(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let marked = mark(&mut session, ANNA, "canary-7c3e19").await;
    assert!(marked.len() > 30, "{marked:?}");
    let mut anna = working_for(&mut session, ANNA).await;
    run(&mut anna, include_str!("told_of.sql")).await;
    anna.commit().await.unwrap();
    // Another word in their place: the first lives in the log alone, as the past of these rows …
    mark(&mut session, ANNA, "canary-later-0d").await;
    let told = tables_that_tell(&mut session, "canary-7c3e19").await;
    assert_eq!(
        told,
        [
            "audit.audit_log",
            "audit.data_access_log",
            "audit.security_violations"
        ]
    );
    // … and some of the rows are gone.
    let gone = format!("DELETE FROM tasks WHERE user_id = '{ANNA}'; DELETE FROM simple_chat_context");
    run(&mut session, &gone).await;

    assert!(forget(&mut session, ANNA).await > 0);
    for word in ["canary-7c3e19", "canary-later-0d", "anna"] {
        let told = tables_that_tell(&mut session, word).await;
        // Which collection a point is in and by which model has to be known until the point is gone.
        let expected: &[&str] = if word == "canary-later-0d" {
            &["public.unified_memory_vectors"]
        } else {
            &[]
        };
        assert_eq!(told, expected, "{word}");
    }
}

/// Its rows in all of its tables go with a session, and who they belonged to is known by the session's entries alone.
#[rstest]
#[tokio::test]
async fn what_belonged_to_a_session_that_is_gone_is_forgotten_too(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let statements = format!(
        "UPDATE simple_chat_context SET context_value = '\"canary-7c3e19\"';
         DELETE FROM chat_mode_sessions WHERE id = '{}'",
        session_of(ANNA)
    );
    run(&mut session, &statements).await;
    forget(&mut session, ANNA).await;
    let left = entries(&mut session, "simple_chat_context").await;
    let (of_anna, of_berta): (Vec<&Value>, Vec<&Value>) = left
        .iter()
        .partition(|entry| entry["record_id"] == row_of(ANNA, 5).to_string());
    assert!(of_anna.len() == 3 && of_anna.iter().all(|entry| !entry.to_string().contains("canary")));
    assert!(of_berta.iter().any(|entry| entry.to_string().contains("canary")));
}

#[rstest]
#[tokio::test]
async fn ids_stay_and_what_was_only_of_use_to_the_agents_goes(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let gone = [
        "simple_chat_context",
        "router_decision_log",
        "agent_context_states",
        "blackboard_events",
        "consensus_memory_nodes",
        "encrypted_fields",
        "qdrant_access_control",
    ];
    let mut before = Vec::new();
    for table in guarded() {
        before.push((table, table.row(&mut session, ANNA).await.unwrap()));
    }
    forget(&mut session, ANNA).await;
    for (table, before) in before {
        let after = table.row(&mut session, ANNA).await;
        assert_eq!(after.is_none(), gone.contains(&table.name), "{}", table.name);
        let Some(after) = after else { continue };
        for id in [
            "id",
            "user_id",
            "session_id",
            "document_id",
            "point_id",
            "created_at",
        ] {
            assert_eq!(after[id], before[id], "{}", table.name);
        }
        assert_ne!(after, before, "{}", table.name);
    }
}

#[rstest]
#[tokio::test]
async fn nobody_else_is_touched(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut before = Vec::new();
    for table in guarded() {
        before.push(table.row(&mut session, BERTA).await.unwrap());
    }
    let mine = |entries: Vec<Value>| -> Vec<Value> {
        let is_bertas = |entry: &Value| entry.to_string().contains("berta");
        entries.into_iter().filter(is_bertas).collect()
    };
    let logged = mine(entries(&mut session, "chat_messages").await);
    forget(&mut session, ANNA).await;
    for (table, before) in guarded().zip(before) {
        assert_eq!(
            table.row(&mut session, BERTA).await,
            Some(before),
            "{}",
            table.name
        );
    }
    assert_eq!(mine(entries(&mut session, "chat_messages").await), logged);
}

#[rstest]
#[tokio::test]
async fn who_is_forgotten_already_or_was_never_there_is_no_work(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    assert!(forget(&mut session, ANNA).await > 15);
    let users = entries(&mut session, "users").await;
    assert_eq!(forget(&mut session, ANNA).await, 0);
    assert_eq!(entries(&mut session, "users").await, users);
    assert_eq!(forget(&mut session, Uuid::from_u128(0)).await, 0);
}

/// The hash of a text that somebody can guess is that text.
#[rstest]
#[tokio::test]
async fn no_hash_of_a_document_is_left(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        "UPDATE documents SET content_hash = encode(sha256(convert_to(content, 'UTF8')), 'hex')",
    )
    .await;
    let hash: String = sqlx::query_scalar("SELECT content_hash FROM documents LIMIT 1")
        .fetch_one(&mut session)
        .await
        .unwrap();
    for user in [ANNA, BERTA] {
        forget(&mut session, user).await;
    }
    assert_eq!(tables_that_tell(&mut session, &hash).await, [] as [&str; 0]);
}
