//! The way of a person's request: they ask and take back, the privacy team does the rest, and what is closed stays closed.

use pgproof::Database;
use rstest::rstest;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BERTA, database, row_of, run, workers, working_for};
use suites::consumers::statement;

const PRIVACY: &str = include_str!("../../../migrations/helios/consumers/privacy.sql");
const ASK: &str = statement(PRIVACY, "privacy: ask");
const TAKE_BACK: &str = statement(PRIVACY, "privacy: take back");
const ADVANCE: &str = statement(PRIVACY, "privacy: advance");

/// The number of the requests in `two_users.sql`.
const REQUESTS: u8 = 13;

async fn request(session: &mut PgConnection) -> Value {
    sqlx::query_scalar("SELECT to_jsonb(r) FROM privacy_requests AS r WHERE id = $1")
        .bind(row_of(ANNA, REQUESTS))
        .fetch_one(session)
        .await
        .unwrap()
}

async fn advance(session: &mut PgConnection, status: &str) -> Result<u64, sqlx::Error> {
    let outcome = sqlx::query(ADVANCE)
        .bind(row_of(ANNA, REQUESTS))
        .bind(status)
        .bind(None::<String>)
        .execute(session)
        .await;
    outcome.map(|done| done.rows_affected())
}

#[rstest]
#[tokio::test]
async fn what_is_asked_is_pending_and_due_in_a_month(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    sqlx::query(ASK)
        .bind("ERASURE")
        .bind("forget me")
        .execute(&mut *anna)
        .await
        .unwrap();
    let as_asked: bool = sqlx::query_scalar(
        "SELECT status = 'PENDING' AND closed_at IS NULL AND due_at = requested_at + INTERVAL '1 month' \
         FROM privacy_requests WHERE request_type = 'ERASURE'",
    )
    .fetch_one(&mut *anna)
    .await
    .unwrap();
    assert!(as_asked);
}

#[rstest]
#[case::served(&["VERIFIED", "IN_PROGRESS", "COMPLETED"])]
#[case::refused_at_once(&["REJECTED"])]
#[case::refused_once_verified(&["VERIFIED", "REJECTED"])]
#[case::refused_at_last(&["VERIFIED", "IN_PROGRESS", "REJECTED"])]
#[case::taken_back(&["VERIFIED", "CANCELLED"])]
#[tokio::test]
async fn a_request_goes_forward_until_it_is_closed_and_stays_so(
    #[future(awt)] database: Database,
    #[case] way: &[&str],
) {
    let mut session = database.connect().await.unwrap();
    let mut worker = workers(&mut session).await;
    for status in way {
        assert_eq!(request(&mut worker).await["closed_at"], Value::Null);
        assert_eq!(advance(&mut worker, status).await.unwrap(), 1, "{status}");
        assert_eq!(request(&mut worker).await["status"], *status);
    }
    assert_ne!(request(&mut worker).await["closed_at"], Value::Null);
    for status in [
        "PENDING",
        "VERIFIED",
        "IN_PROGRESS",
        "COMPLETED",
        "REJECTED",
        "CANCELLED",
    ] {
        if way.last() != Some(&status) {
            run(&mut worker, "SAVEPOINT closed").await;
            assert_eq!(sqlstate(&advance(&mut worker, status).await), "23514", "{status}");
            run(&mut worker, "ROLLBACK TO closed").await;
        }
    }
}

#[rstest]
#[case::not_verified("PENDING", "IN_PROGRESS")]
#[case::not_worked_on("PENDING", "COMPLETED")]
#[case::skipped("VERIFIED", "COMPLETED")]
#[case::back("VERIFIED", "PENDING")]
#[case::too_late("IN_PROGRESS", "CANCELLED")]
#[case::unknown("PENDING", "FORGOTTEN")]
#[tokio::test]
async fn no_step_is_left_out_or_taken_back(
    #[future(awt)] database: Database,
    #[case] from: &str,
    #[case] to: &str,
) {
    let mut session = database.connect().await.unwrap();
    let mut worker = workers(&mut session).await;
    let way = ["PENDING", "VERIFIED", "IN_PROGRESS"];
    let there = way.iter().position(|status| *status == from).unwrap();
    for status in &way[1..=there] {
        advance(&mut worker, status).await.unwrap();
    }
    assert_eq!(request(&mut worker).await["status"], from);
    assert_eq!(sqlstate(&advance(&mut worker, to).await), "23514");
}

#[rstest]
#[tokio::test]
async fn a_person_takes_back_the_own_request_and_no_other_s(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    for (owner, rows) in [(ANNA, 1), (BERTA, 0)] {
        let outcome = sqlx::query(TAKE_BACK)
            .bind(row_of(owner, REQUESTS))
            .execute(&mut *anna)
            .await;
        assert_eq!(outcome.unwrap().rows_affected(), rows);
    }
    assert_ne!(request(&mut anna).await["closed_at"], Value::Null);
}

#[rstest]
#[case::verified("UPDATE privacy_requests SET status = 'VERIFIED'")]
#[case::refused("UPDATE privacy_requests SET status = 'REJECTED'")]
#[case::answered("UPDATE privacy_requests SET response = 'done'")]
#[case::gone("DELETE FROM privacy_requests")]
#[case::born_done(
    "INSERT INTO privacy_requests (user_id, request_type, status) VALUES (get_current_user_id(), 'ACCESS', 'COMPLETED')"
)]
#[tokio::test]
async fn what_is_the_privacy_team_s_is_not_the_person_s(
    #[future(awt)] database: Database,
    #[case] statement: &str,
) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *anna)
        .await;
    assert_eq!(sqlstate(&outcome), "42501");
}
