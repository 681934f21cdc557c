//! For whom a transaction works: as `set_security_context` says, until it ends, and for nobody otherwise.

use pgproof::Database;
use rstest::rstest;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::common::sqlstate;
use crate::fixtures::{ANNA, TABLES, database, nobodys, seen, session_of, working_for};

async fn current_user(session: &mut PgConnection) -> Option<Uuid> {
    sqlx::query_scalar("SELECT get_current_user_id()")
        .fetch_one(session)
        .await
        .unwrap()
}

#[rstest]
#[tokio::test]
async fn who_was_set_is_read_back_with_the_session_and_the_service(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut anna = working_for(&mut session, ANNA).await;
    assert_eq!(current_user(&mut anna).await, Some(ANNA));
    let settings: (String, String, String) = sqlx::query_as(include_str!("settings.sql"))
        .fetch_one(&mut *anna)
        .await
        .unwrap();
    assert_eq!(
        settings,
        (ANNA.to_string(), session_of(ANNA).to_string(), "chat".to_owned())
    );
}

#[rstest]
#[tokio::test]
async fn where_nobody_was_ever_set_the_user_is_null(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut nobody = nobodys(&mut session).await;
    assert_eq!(current_user(&mut nobody).await, None);
}

#[rstest]
#[case::empty("SET LOCAL app.current_user_id = ''")]
#[case::null("SELECT set_security_context(NULL)")]
#[tokio::test]
async fn where_nothing_was_set_the_user_is_null_and_no_table_shows_a_row(
    #[future(awt)] database: Database,
    #[case] context: &'static str,
) {
    let mut session = database.connect().await.unwrap();
    let mut nobody = nobodys(&mut session).await;
    sqlx::raw_sql(context).execute(&mut *nobody).await.unwrap();
    assert_eq!(current_user(&mut nobody).await, None);
    for table in TABLES {
        assert_eq!(seen(&mut nobody, table).await, 0, "{}", table.name);
    }
}

/// A pool hands the session on to the next, who must not be taken for the last.
#[rstest]
#[tokio::test]
async fn the_context_ends_with_its_transaction(
    #[future(awt)] database: Database,
    #[values(true, false)] commits: bool,
) {
    let mut session = database.connect().await.unwrap();
    let anna = working_for(&mut session, ANNA).await;
    if commits {
        anna.commit().await.unwrap();
    } else {
        anna.rollback().await.unwrap();
    }
    let mut next = nobodys(&mut session).await;
    assert_eq!(current_user(&mut next).await, None);
    for table in TABLES {
        assert_eq!(seen(&mut next, table).await, 0, "{}", table.name);
    }
}

#[rstest]
#[tokio::test]
async fn a_context_that_is_no_uuid_is_an_error_and_shows_nothing(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let mut nobody = nobodys(&mut session).await;
    sqlx::raw_sql("SET LOCAL app.current_user_id = 'anna'")
        .execute(&mut *nobody)
        .await
        .unwrap();
    let read = sqlx::query("SELECT * FROM users").fetch_all(&mut *nobody).await;
    assert_eq!(sqlstate(&read), "22P02");
}

#[rstest]
#[tokio::test]
async fn the_application_s_role_can_t_log_in_owns_nothing_and_skips_no_policy(
    #[future(awt)] database: Database,
) {
    let catalog = database.catalog().await.unwrap();
    let role = catalog.roles.iter().find(|role| role.name == "app_user").unwrap();
    assert!(!role.login && !role.superuser && !role.bypass_rls, "{role:?}");
    let mut session = database.connect().await.unwrap();
    let owned: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_class WHERE relowner = 'app_user'::regrole")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(owned, 0);
}
