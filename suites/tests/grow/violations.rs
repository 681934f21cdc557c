//! A user of one restaurant who asks for another's data is turned away, and a row says who tried what.

use pgproof::Database;
use rstest::rstest;
use sqlx::Row as _;
use suites::grow::gate::{Visitor, enter};
use suites::grow::log::Kept;
use uuid::Uuid;

use crate::fixtures::{Log, PATIENT, database, logged, service, visitor};

#[rstest]
#[tokio::test]
async fn a_cross_restaurant_attempt_is_blocked_and_a_row_says_who_tried_what(
    #[future(awt)] database: Database,
    visitor: Visitor,
) {
    let log = Log::of(database.options(), PATIENT);
    let theirs = Uuid::from_u128(0x2);
    let refused = enter(&log.security, &visitor, theirs).await.unwrap_err();
    assert!(matches!(refused.kept, Ok(Kept::InDatabase)), "{:?}", refused.kept);

    let row = sqlx::query(include_str!("latest.sql"))
        .fetch_one(&mut service(&database).await)
        .await
        .unwrap();
    let text = |column: &str| row.get::<String, _>(column);
    let id = |column: &str| row.get::<Uuid, _>(column);
    assert_eq!(id("id"), refused.violation.id);
    assert_eq!(text("event_type"), "cross_restaurant_access");
    assert_eq!(id("user_id"), visitor.user_id);
    assert_eq!(id("authenticated_restaurant_id"), visitor.restaurant_id);
    assert_eq!(id("attempted_restaurant_id"), theirs);
    assert_eq!(text("session_id"), "s-4711");
    assert_eq!(text("ip_address"), "203.0.113.7");
    assert_eq!(text("user_agent"), "Mozilla/5.0");
    assert_eq!(text("severity"), "ERROR");
    // To the microsecond, which is what the server keeps.
    let tried = refused.violation.created_at.as_microsecond();
    assert_eq!(row.get::<i64, _>("microseconds"), tried);
    assert!(log.lines().is_empty());
}

#[rstest]
#[tokio::test]
async fn a_visit_to_the_own_restaurant_is_let_in_and_leaves_no_row(
    #[future(awt)] database: Database,
    visitor: Visitor,
) {
    let log = Log::of(database.options(), PATIENT);
    enter(&log.security, &visitor, visitor.restaurant_id)
        .await
        .unwrap();
    assert!(logged(&database).await.is_empty());
}

#[rstest]
#[tokio::test]
async fn an_attempt_that_can_be_written_down_nowhere_is_blocked_all_the_same(
    #[future(awt)] database: Database,
    visitor: Visitor,
) {
    sqlx::raw_sql("DROP TABLE security_audit_logs")
        .execute(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    let log = Log::of(database.options(), PATIENT);
    std::fs::create_dir(log.file()).unwrap();
    let refused = enter(&log.security, &visitor, Uuid::from_u128(0x2))
        .await
        .unwrap_err();
    let error = refused.kept.unwrap_err().to_string();
    assert!(error.contains("violations.jsonl"), "{error}");
    assert!(
        error.contains(r#"relation "security_audit_logs" does not exist"#),
        "{error}"
    );
}
