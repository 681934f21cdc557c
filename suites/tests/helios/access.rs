//! Who may do what in a collection of Qdrant, and which service at which: what is not said is no.

use pgproof::Database;
use rstest::rstest;
use sqlx::{AssertSqlSafe, PgConnection};
use suites::consumers::statement;

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BERTA, database, nobodys, run, tables_that_tell, working_for};

const ACCESS: &str = include_str!("../../../migrations/helios/consumers/access.sql");
const MAY_THEY: &str = statement(ACCESS, "qdrant: may they");
const MAY_IT: &str = statement(ACCESS, "services: may it");

async fn may(
    session: &mut PgConnection,
    user: uuid::Uuid,
    collection: &str,
    permission: &str,
    attributes: Option<serde_json::Value>,
) -> bool {
    sqlx::query_scalar(MAY_THEY)
        .bind(user)
        .bind(collection)
        .bind(permission)
        .bind(attributes)
        .fetch_one(session)
        .await
        .unwrap()
}

#[rstest]
#[case::read("READ", &["READ"])]
#[case::write("WRITE", &["WRITE"])]
#[case::delete("DELETE", &["DELETE"])]
#[case::admin("ADMIN", &["READ", "WRITE", "DELETE", "ADMIN"])]
#[tokio::test]
async fn a_permission_is_for_itself_and_admin_for_all(
    #[future(awt)] database: Database,
    #[case] granted: &str,
    #[case] allowed: &[&str],
) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        &format!("UPDATE qdrant_access_control SET permission = '{granted}'"),
    )
    .await;
    let mut anna = working_for(&mut session, ANNA).await;
    for permission in ["READ", "WRITE", "DELETE", "ADMIN", "read", "OTHER"] {
        let expected = allowed.contains(&permission);
        assert_eq!(
            may(&mut anna, ANNA, "notes", permission, None).await,
            expected,
            "{permission}"
        );
        assert!(
            !may(&mut anna, ANNA, "Notes", permission, None).await,
            "another collection"
        );
        assert!(
            !may(&mut anna, BERTA, "notes", permission, None).await,
            "another user"
        );
    }
    drop(anna);
    let mut nobody = nobodys(&mut session).await;
    assert!(
        !may(&mut nobody, ANNA, "notes", granted, None).await,
        "without a context"
    );
}

#[rstest]
#[case::never("NULL", true)]
#[case::later("now() + INTERVAL '1 microsecond'", true)]
#[case::now("now()", false)]
#[case::earlier("now() - INTERVAL '1 microsecond'", false)]
#[tokio::test]
async fn a_permission_ends_when_it_says(
    #[future(awt)] database: Database,
    #[case] expires_at: &str,
    #[case] expected: bool,
) {
    let mut session = database.connect().await.unwrap();
    // In one transaction, in which now() stands still.
    run(&mut session, "BEGIN").await;
    run(
        &mut session,
        &format!("UPDATE qdrant_access_control SET expires_at = {expires_at}"),
    )
    .await;
    assert_eq!(may(&mut session, ANNA, "notes", "READ", None).await, expected);
}

#[rstest]
#[case::none("{}", None, true)]
#[case::met(r#"{"team": "a"}"#, Some(r#"{"team": "a", "more": 1}"#), true)]
#[case::other(r#"{"team": "a"}"#, Some(r#"{"team": "b"}"#), false)]
#[case::half(r#"{"team": "a", "mfa": true}"#, Some(r#"{"team": "a"}"#), false)]
#[case::lacking(r#"{"team": "a"}"#, None, false)]
#[case::no_object(r#"{"team": "a"}"#, Some("\"team\""), false)]
#[tokio::test]
async fn a_permission_is_worth_something_where_all_its_conditions_are_met(
    #[future(awt)] database: Database,
    #[case] conditions: &str,
    #[case] attributes: Option<&str>,
    #[case] expected: bool,
) {
    let mut session = database.connect().await.unwrap();
    run(
        &mut session,
        &format!("UPDATE qdrant_access_control SET conditions = '{conditions}'"),
    )
    .await;
    let attributes = attributes.map(|text| serde_json::from_str(text).unwrap());
    let mut anna = working_for(&mut session, ANNA).await;
    assert_eq!(may(&mut anna, ANNA, "notes", "READ", attributes).await, expected);
}

const SHOWN: [&str; 5] = ["the token", "chat", "memory", "read", "notes"];

async fn may_it(session: &mut PgConnection, shown: [Option<&str>; 5]) -> bool {
    let mut query = sqlx::query_scalar(MAY_IT);
    for argument in shown {
        query = query.bind(argument);
    }
    query.fetch_one(session).await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_service_may_what_its_token_says_and_nothing_where_any_of_it_is_another(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("service_token.sql")).await;
    let mut service = nobodys(&mut session).await;
    assert!(may_it(&mut service, SHOWN.map(Some)).await);
    for at in 0..SHOWN.len() {
        for other in [None, Some(""), Some("another")] {
            let mut shown = SHOWN.map(Some);
            shown[at] = other;
            assert!(!may_it(&mut service, shown).await, "{shown:?}");
        }
    }
}

#[rstest]
#[case::expired("expires_at = now()")]
#[case::revoked("revoked_at = now()")]
#[case::with_fewer_permissions("permissions = '{write}'")]
#[tokio::test]
async fn a_token_that_is_not_worth_it_any_more_is_worth_nothing(
    #[future(awt)] database: Database,
    #[case] change: &str,
) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("service_token.sql")).await;
    run(
        &mut session,
        &format!("UPDATE cross_service_auth SET created_at = '2001-01-01', {change}"),
    )
    .await;
    assert!(!may_it(&mut session, SHOWN.map(Some)).await);
}

/// Who reads the table, or a backup, holds nothing that opens anything.
#[rstest]
#[tokio::test]
async fn a_token_is_nowhere_and_its_hash_opens_nothing(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("service_token.sql")).await;
    assert_eq!(tables_that_tell(&mut session, "the token").await, [] as [&str; 0]);
    for shown in [
        "token_hash::TEXT",
        "encode(token_hash, 'hex')",
        "encode(token_hash, 'base64')",
    ] {
        let hash: String =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT {shown} FROM cross_service_auth")))
                .fetch_one(&mut session)
                .await
                .unwrap();
        let mut attempt = SHOWN.map(Some);
        attempt[0] = Some(&hash);
        assert!(!may_it(&mut session, attempt).await, "{shown}");
    }
}

#[rstest]
#[case("SELECT * FROM cross_service_auth")]
#[case("UPDATE cross_service_auth SET revoked_at = NULL")]
#[case(
    "INSERT INTO qdrant_access_control (user_id, collection, permission) VALUES (get_current_user_id(), 'x', 'ADMIN')"
)]
#[tokio::test]
async fn nobody_gives_themselves_access(#[future(awt)] database: Database, #[case] statement: &str) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    let outcome = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *anna)
        .await;
    assert_eq!(sqlstate(&outcome), "42501");
}
