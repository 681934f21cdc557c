//! Each change of a document leaves one event, out of the application's reach.

use pgproof::Database;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::common::sqlstate;
use crate::fixtures::{ANNA, KINDS, application, count, database, tried, written};

/// The events since that many, without what differs from run to run.
async fn events(database: &Database, since: i64) -> Vec<Value> {
    sqlx::query_scalar(
        "SELECT to_jsonb(e) - '{id,occurred_at,transaction_id}'::TEXT[] FROM audit.events AS e
         ORDER BY id OFFSET $1",
    )
    .bind(since)
    .fetch_all(&mut database.connect().await.unwrap())
    .await
    .unwrap()
}

#[rstest]
#[tokio::test]
async fn each_way_to_change_a_document_of_each_kind_leaves_one_event(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    for kind in KINDS {
        let before = count(&database, "audit", "events").await;
        let made = written(&mut session, &kind.insert()).await;
        let changing = format!("UPDATE {} AS t SET {} = {}", kind.table, kind.set, kind.to);
        let key: Vec<&str> = kind.key.split(", ").collect();
        let id = key
            .iter()
            .map(|column| match &made[column] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect::<Vec<_>>();
        let values = id.iter().map(|value| format!("'{value}'")).collect::<Vec<_>>();
        let is_second = format!("({}) = ({})", kind.key, values.join(", "));
        let changed = written(&mut session, &format!("{changing} WHERE {is_second}")).await;
        let delete = format!("DELETE FROM {} AS t WHERE {is_second}", kind.table);
        written(&mut session, &delete).await;

        let [inserted, updated, deleted] = &events(&database, before).await[..] else {
            panic!("{}: not three events", kind.table)
        };
        // What never leaves its table.
        let logged = |document: &Value| {
            let mut document = document.clone();
            document.as_object_mut().unwrap().remove("account_number");
            document
        };
        for (event, action) in [(inserted, "INSERT"), (updated, "UPDATE"), (deleted, "DELETE")] {
            assert_eq!(event["action"], action, "{}", kind.table);
            assert_eq!(event["resource_type"], kind.table);
            assert_eq!(event["resource_id"], id.join(":"), "{}", kind.table);
            assert_eq!(event["actor_id"], "u-anna", "{}", kind.table);
        }
        assert_eq!(
            (&inserted["old_values"], &inserted["new_values"]),
            (&Value::Null, &logged(&made))
        );
        assert_eq!(
            (&updated["old_values"], &updated["new_values"]),
            (&logged(&made), &logged(&changed))
        );
        assert_eq!(
            (&deleted["old_values"], &deleted["new_values"]),
            (&logged(&changed), &Value::Null)
        );
        assert_eq!(
            updated["changed_fields"],
            json!(["_updated_at", kind.set]),
            "{}",
            kind.table
        );
    }
}

#[rstest]
#[tokio::test]
async fn what_a_foreign_key_deletes_leaves_its_events(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    let before = count(&database, "audit", "events").await;
    tried(&mut session, "DELETE FROM quotes").await.unwrap();
    let mut seen: Vec<(String, String)> = events(&database, before)
        .await
        .iter()
        .map(|event| {
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            (text("action"), text("resource_type"))
        })
        .collect();
    seen.sort();
    let expected = [
        ("DELETE", "quote_lines"),
        ("DELETE", "quotes"),
        ("UPDATE", "orders"),
    ]
    .map(|(a, b)| (a.into(), b.into()));
    assert_eq!(seen, expected);
}

/// An account's number is seen to have changed, and never what it was or is.
#[rstest]
#[tokio::test]
async fn the_payer_s_account_stands_nowhere_in_the_log(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    tried(
        &mut session,
        "UPDATE payments SET account_number = 'DE00-SECRET-3'",
    )
    .await
    .unwrap();
    let text = Value::from(events(&database, 0).await).to_string();
    assert!(text.contains(r#""account_number""#), "{text}");
    assert!(!text.contains("SECRET"), "{text}");
}

#[rstest]
#[case::reads_them("SELECT FROM audit.events")]
#[case::writes_one(
    "INSERT INTO audit.events (occurred_at, action, resource_type, resource_id, actor_id, actor_username, \
     actor_is_service, actor_roles, changed_fields, transaction_id) \
     VALUES (now(), 'DELETE', 'orders', '1', 'u-anna', 'Anna', FALSE, '{}', '{}', pg_current_xact_id())"
)]
#[case::changes_them("UPDATE audit.events SET actor_id = 'u-mallory'")]
#[case::deletes_them("DELETE FROM audit.events")]
#[case::empties_the_log("TRUNCATE audit.events")]
#[case::deletes_dead_letters("DELETE FROM audit.dead_letters")]
#[case::stores_one_of_its_own("SELECT audit.store('{}')")]
#[case::stores_dead_letters("SELECT audit.store_dead_letters()")]
#[tokio::test]
async fn the_application_neither(#[future(awt)] database: Database, #[case] statement: &str) {
    let mut session = application(&database, ANNA).await;
    assert_eq!(sqlstate(&tried(&mut session, statement).await), "42501");
}

/// The owner and the superuser would have to take the triggers away first.
#[rstest]
#[case("UPDATE audit.events SET actor_id = 'u-mallory'")]
#[case("DELETE FROM audit.events")]
#[case("TRUNCATE audit.events")]
#[tokio::test]
async fn not_even_the_owner_rewrites_an_event(#[future(awt)] database: Database, #[case] statement: &str) {
    let before = events(&database, 0).await;
    let mut session = database.connect_as("oms_owner").await.unwrap();
    assert_eq!(
        sqlstate(&tried(&mut session, statement).await),
        "55000",
        "{statement}"
    );
    assert_eq!(events(&database, 0).await, before);
}

#[rstest]
#[tokio::test]
async fn a_truncate_of_documents_is_refused_even_to_the_owner(#[future(awt)] database: Database) {
    let mut session = database.connect_as("oms_owner").await.unwrap();
    for kind in KINDS {
        // With CASCADE, or the foreign keys alone would refuse some.
        let statement = format!("TRUNCATE {} CASCADE", kind.table);
        assert_eq!(
            sqlstate(&tried(&mut session, &statement).await),
            "55000",
            "{statement}"
        );
        assert_eq!(count(&database, "public", kind.table).await, 1, "{}", kind.table);
    }
}

/// What is rolled back did not happen.
#[rstest]
#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_no_event(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    let before = count(&database, "audit", "events").await;
    for kind in KINDS {
        tried(&mut session, &format!("BEGIN; {}; ROLLBACK", kind.insert()))
            .await
            .unwrap();
    }
    assert_eq!(count(&database, "audit", "events").await, before);
}

/// No function of the set is for everybody, and none that works as its owner looks for names where a caller says.
#[rstest]
#[tokio::test]
async fn every_function_is_closed_and_keeps_its_own_search_path(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let open: Vec<String> = sqlx::query_scalar(AssertSqlSafe(include_str!("open_functions.sql")))
        .fetch_all(&mut session)
        .await
        .unwrap();
    assert_eq!(open, [] as [&str; 0]);
    tried(
        &mut session,
        "GRANT EXECUTE ON FUNCTION audit.store_dead_letters() TO PUBLIC;
         ALTER FUNCTION tracking.sign_document() RESET search_path",
    )
    .await
    .unwrap();
    let open: Vec<String> = sqlx::query_scalar(include_str!("open_functions.sql"))
        .fetch_all(&mut session)
        .await
        .unwrap();
    assert_eq!(open, ["audit.store_dead_letters()", "tracking.sign_document()"]);
}
