//! A fresh database in one line, plainly and as a fixture, for its test alone.

use pgproof::Database;
use rstest::rstest;

use crate::fixtures::{MIGRATIONS, count, database, organization};

#[tokio::test]
async fn a_plain_test_gets_a_fresh_database_in_one_line() {
    let database = pgproof::database(MIGRATIONS).await.unwrap();
    let mut session = database.connect().await.unwrap();
    assert_eq!(count(&mut session, "organizations").await, 0);
    organization(&mut session, "acme.example").await;
    assert_eq!(count(&mut session, "organizations").await, 1);
}

/// Both cases write the same row and see no other, in whichever order they run, and in one process or in two.
#[rstest]
#[case::one("acme.example")]
#[case::and_another("acme.example")]
#[tokio::test]
async fn a_test_with_a_fixture_gets_a_fresh_database_too(
    #[future(awt)] database: Database,
    #[case] domain: &str,
) {
    let mut session = database.connect().await.unwrap();
    assert_eq!(count(&mut session, "organizations").await, 0);
    organization(&mut session, domain).await;
    assert_eq!(count(&mut session, "organizations").await, 1);
}

#[rstest]
#[tokio::test]
async fn what_is_written_in_one_database_is_not_seen_in_another(
    #[future(awt)]
    #[from(database)]
    one: Database,
    #[future(awt)]
    #[from(database)]
    another: Database,
) {
    let (mut here, mut there) = (one.connect().await.unwrap(), another.connect().await.unwrap());
    organization(&mut here, "acme.example").await;
    sqlx::raw_sql("DROP TABLE alerts")
        .execute(&mut here)
        .await
        .unwrap();
    assert_eq!(count(&mut there, "organizations").await, 0);
    assert_eq!(count(&mut there, "alerts").await, 0, "the table is still there");
    let later = pgproof::database(MIGRATIONS).await.unwrap();
    let mut session = later.connect().await.unwrap();
    assert_eq!(count(&mut session, "organizations").await, 0);
    assert_eq!(count(&mut session, "alerts").await, 0);
    assert_ne!(one.name(), another.name());
}
