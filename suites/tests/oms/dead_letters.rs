//! An event that can't be stored is not lost: it goes to the dead letters, is counted there with its age, and comes to
//! the log later. Where not even that works, there is no change without a trace: it fails.

use pgproof::Database;
use rstest::rstest;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use suites::oms::metrics::Metrics;

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BILLING, KINDS, application, count, database, tried};

/// The log takes no event: its owner may not write it any more.
const CLOSED: &str = "REVOKE INSERT ON audit.events FROM oms_owner";
const OPEN: &str = "GRANT INSERT ON audit.events TO oms_owner";

/// It does not take events of orders.
const NARROWED: &str =
    "ALTER TABLE audit.events ADD CONSTRAINT no_orders CHECK (resource_type <> 'orders') NOT VALID";
const WIDENED: &str = "ALTER TABLE audit.events DROP CONSTRAINT no_orders";

/// Nor do the dead letters take any.
const FULL: &str = "REVOKE INSERT ON audit.dead_letters FROM oms_owner";

async fn owner(database: &Database, statement: &str) {
    let mut session = database.connect().await.unwrap();
    tried(&mut session, statement).await.unwrap();
    session.close().await.unwrap();
}

/// What the metrics say of that type: how many, and how old.
async fn queue(database: &Database, dlq_type: &str) -> (i64, f64) {
    let mut session = metrics_session(database).await;
    let metrics = Metrics::read(&mut session).await.unwrap();
    let (_, size, age) = metrics
        .dead_letters
        .into_iter()
        .find(|(name, ..)| name == dlq_type)
        .expect("each type is always there");
    (size, age)
}

async fn metrics_session(database: &Database) -> PgConnection {
    let mut session = database.connect().await.unwrap();
    session.execute("SET ROLE oms_metrics").await.unwrap();
    session
}

#[rstest]
#[tokio::test]
async fn a_change_goes_well_though_the_log_takes_nothing_and_its_event_is_kept(
    #[future(awt)] database: Database,
) {
    owner(&database, CLOSED).await;
    let before = count(&database, "audit", "events").await;
    for kind in KINDS {
        let mut session = application(&database, ANNA).await;
        tried(&mut session, &kind.insert()).await.unwrap();
        tried(&mut session, &kind.update()).await.unwrap();
        assert_eq!(count(&database, "public", kind.table).await, 2, "{}", kind.table);
    }
    assert_eq!(count(&database, "audit", "events").await, before);
    let mut session = database.connect().await.unwrap();
    let kept: Vec<(String, Value)> =
        sqlx::query_as("SELECT error_code, event FROM audit.dead_letters ORDER BY id")
            .fetch_all(&mut session)
            .await
            .unwrap();
    assert_eq!(kept.len(), 20);
    for ((code, event), (kind, action)) in kept
        .iter()
        .zip(KINDS.iter().flat_map(|kind| [(kind, "INSERT"), (kind, "UPDATE")]))
    {
        assert_eq!(code, "42501");
        assert_eq!(event["resource_type"], kind.table);
        assert_eq!(event["action"], action);
        assert_eq!(event["actor_id"], "u-anna");
        assert!(!event.to_string().contains("SECRET"), "{event}");
    }
    assert_eq!(queue(&database, "unavailable").await.0, 20);
    assert_eq!(queue(&database, "refused").await, (0, 0.0));
}

#[rstest]
#[tokio::test]
async fn an_event_that_alone_is_refused_goes_to_a_queue_of_its_own(#[future(awt)] database: Database) {
    owner(&database, NARROWED).await;
    let before = count(&database, "audit", "events").await;
    let mut session = application(&database, ANNA).await;
    for statement in ["UPDATE orders SET note = 'x'", "UPDATE quotes SET note = 'x'"] {
        tried(&mut session, statement).await.unwrap();
    }
    assert_eq!(count(&database, "audit", "events").await, before + 1);
    assert_eq!(queue(&database, "refused").await.0, 1);
    assert_eq!(queue(&database, "unavailable").await, (0, 0.0));
}

#[rstest]
#[tokio::test]
async fn the_age_of_the_oldest_is_counted_from_its_death(#[future(awt)] database: Database) {
    let insert = "INSERT INTO audit.dead_letters (dlq_type, died_at, event, error_code, error_message)
        SELECT 'unavailable', now() - make_interval(secs => age),
            '{\"action\":\"UPDATE\",\"resource_type\":\"orders\",\"actor_id\":\"u\",\"actor_is_service\":false}',
            '53100', 'could not extend file'
        FROM unnest(ARRAY[60, 4000, 10]) AS age";
    owner(&database, insert).await;
    let (size, age) = queue(&database, "unavailable").await;
    assert_eq!(size, 3);
    // What it takes to ask comes on top, whatever that is; the next oldest would be at 60.
    assert!(age >= 4000.0, "{age}");
    let (_, later) = queue(&database, "unavailable").await;
    assert!(later > age, "it grows: {age}, {later}");
}

#[rstest]
#[tokio::test]
async fn a_change_fails_where_its_event_can_be_kept_nowhere(#[future(awt)] database: Database) {
    owner(&database, CLOSED).await;
    owner(&database, FULL).await;
    let mut session = application(&database, ANNA).await;
    for kind in KINDS {
        for statement in [kind.insert(), kind.update()] {
            let refused = tried(&mut session, &statement).await;
            assert_eq!(sqlstate(&refused), "42501", "{statement}");
        }
        assert_eq!(count(&database, "public", kind.table).await, 1, "{}", kind.table);
    }
    let document: Value = sqlx::query_scalar("SELECT to_jsonb(t) FROM orders AS t")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(document["note"], Value::Null);
}

/// A dead event of a change that is rolled back goes with it.
#[rstest]
#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_no_dead_letter(#[future(awt)] database: Database) {
    owner(&database, CLOSED).await;
    let mut session = application(&database, ANNA).await;
    tried(&mut session, "BEGIN; UPDATE orders SET note = 'x'; ROLLBACK")
        .await
        .unwrap();
    assert_eq!(count(&database, "audit", "dead_letters").await, 0);
}

#[rstest]
#[case::once_the_log_is_open(CLOSED, OPEN, "unavailable")]
#[case::once_the_log_takes_orders(NARROWED, WIDENED, "refused")]
#[tokio::test]
async fn dead_letters_come_to_the_log_later(
    #[future(awt)] database: Database,
    #[case] breaking: &str,
    #[case] mending: &str,
    #[case] dlq_type: &str,
) {
    let store = "SELECT audit.store_dead_letters()";
    let before = count(&database, "audit", "events").await;
    owner(&database, breaking).await;
    let mut session = application(&database, BILLING).await;
    for note in ["x", "y"] {
        let update = format!("UPDATE orders SET note = '{note}'");
        tried(&mut session, &update).await.unwrap();
    }
    let mut operator = database.connect_as("oms_owner").await.unwrap();
    let stored: i64 = sqlx::query_scalar(store).fetch_one(&mut operator).await.unwrap();
    assert_eq!(stored, 0, "nothing is mended yet");
    assert_eq!(queue(&database, dlq_type).await.0, 2);

    owner(&database, mending).await;
    for expected in [2, 0] {
        let stored: i64 = sqlx::query_scalar(store).fetch_one(&mut operator).await.unwrap();
        assert_eq!(stored, expected);
        assert_eq!(queue(&database, dlq_type).await, (0, 0.0));
        assert_eq!(count(&database, "audit", "events").await, before + 2);
    }
    // Who changed what, and when, is as it was.
    let differing: i64 = sqlx::query_scalar(include_str!("stored_otherwise.sql"))
        .fetch_one(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    assert_eq!(differing, 0);
}

#[rstest]
#[case("DELETE FROM audit.dead_letters")]
#[case("TRUNCATE audit.dead_letters")]
#[case("UPDATE audit.dead_letters SET event = '{}'")]
#[case("UPDATE audit.dead_letters SET died_at = now()")]
#[tokio::test]
async fn not_even_the_owner_loses_a_dead_letter(#[future(awt)] database: Database, #[case] statement: &str) {
    owner(&database, CLOSED).await;
    tried(
        &mut application(&database, ANNA).await,
        "UPDATE orders SET note = 'x'",
    )
    .await
    .unwrap();
    let mut session = database.connect_as("oms_owner").await.unwrap();
    assert_eq!(
        sqlstate(&tried(&mut session, statement).await),
        "55000",
        "{statement}"
    );
    assert_eq!(queue(&database, "unavailable").await.0, 1);
}

/// A transaction that the server wants tried again is tried again: none of its events is dead.
#[rstest]
#[tokio::test]
async fn a_change_that_has_to_be_tried_again_leaves_no_dead_letter(#[future(awt)] database: Database) {
    let retry = "CREATE FUNCTION public.retry() RETURNS TRIGGER LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'could not serialize access' USING ERRCODE = 'serialization_failure'; END $$;
        CREATE TRIGGER retry BEFORE INSERT ON audit.events FOR EACH ROW EXECUTE FUNCTION public.retry();";
    owner(&database, retry).await;
    let mut session = application(&database, ANNA).await;
    let refused = tried(&mut session, "UPDATE orders SET note = 'x'").await;
    assert_eq!(sqlstate(&refused), "40001");
    assert_eq!(count(&database, "audit", "dead_letters").await, 0);
}
