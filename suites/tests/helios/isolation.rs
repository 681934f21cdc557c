//! Each of the users' tables, with the statements of a curious user: the own rows are theirs, and the other user's are not
//! there at all.

use pgproof::Database;
use pgproof::sql::identifier;
use rstest::rstest;
use serde_json::Value;
use sqlx::postgres::{PgConnection, PgQueryResult};
use sqlx::{AssertSqlSafe, Connection as _};
use uuid::Uuid;

use crate::common::sqlstate;
use crate::fixtures::{
    ANNA, BERTA, Owned, PRIVATE, TABLES, USERS, database, guarded, nobodys, seen, working_for,
};

/// Sends a statement about the table with one value for `$1`.
async fn send<'q, T>(
    session: &mut PgConnection,
    statement: &str,
    value: T,
) -> Result<PgQueryResult, sqlx::Error>
where
    T: sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + 'q,
{
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .bind(value)
        .execute(session)
        .await
}

#[rstest]
#[tokio::test]
async fn in_every_table_a_user_sees_the_own_rows_and_no_others(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in guarded() {
        assert_eq!(
            seen(&mut session, table).await,
            2,
            "{}: one of each user",
            table.name
        );
        for user in [ANNA, BERTA] {
            let mut own = working_for(&mut session, user).await;
            assert_eq!(seen(&mut own, table).await, 1, "{}", table.name);
            assert!(table.row(&mut own, user).await.is_some(), "{}", table.name);
        }
    }
}

#[rstest]
#[tokio::test]
async fn in_no_table_somebody_without_a_context_sees_a_row(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in guarded() {
        let mut nobody = nobodys(&mut session).await;
        assert_eq!(seen(&mut nobody, table).await, 0, "{}", table.name);
    }
}

#[rstest]
#[tokio::test]
async fn in_every_table_an_update_reaches_the_own_row_and_no_other(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in TABLES {
        let theirs = table.row(&mut session, BERTA).await;
        let (name, column) = (identifier(table.name), table.writable);
        let mut anna = working_for(&mut session, ANNA).await;
        let blind = send(&mut anna, &format!("UPDATE {name} SET {column} = $1"), "changed").await;
        assert_eq!(blind.unwrap().rows_affected(), 1, "{name}");
        let aimed = format!("UPDATE {name} SET {column} = {column} WHERE {} = $1", table.owner);
        let aimed = send(&mut anna, &aimed, table.key_of(BERTA)).await;
        assert_eq!(aimed.unwrap().rows_affected(), 0, "{name}");
        anna.commit().await.unwrap();
        assert_eq!(table.row(&mut session, BERTA).await, theirs, "{name}");
        let own = table.row(&mut session, ANNA).await.unwrap();
        assert_eq!(own[column], "changed", "{name}");
    }
}

#[rstest]
#[tokio::test]
async fn in_every_table_a_delete_reaches_the_own_row_and_no_other(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in TABLES {
        let name = identifier(table.name);
        let mut anna = working_for(&mut session, ANNA).await;
        let aimed = format!("DELETE FROM {name} WHERE {} = $1", table.owner);
        let aimed = send(&mut anna, &aimed, table.key_of(BERTA)).await;
        if table == USERS {
            assert_eq!(sqlstate(&aimed), "42501", "accounts are the identity service's");
            continue;
        }
        assert_eq!(aimed.unwrap().rows_affected(), 0, "{name}");
        let blind = sqlx::query(AssertSqlSafe(format!("DELETE FROM {name}")))
            .execute(&mut *anna)
            .await;
        assert_eq!(blind.unwrap().rows_affected(), 1, "{name}");
        anna.rollback().await.unwrap();
        assert!(table.row(&mut session, BERTA).await.is_some());
    }
}

/// The row is one that was there a moment ago, so that nothing but its owner can be wrong with it.
async fn insert_of(database: &Database, table: Owned, owner: Uuid) -> Result<PgQueryResult, sqlx::Error> {
    let mut session = database.connect().await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    let row: Value = table.row(&mut transaction, owner).await.unwrap();
    let name = identifier(table.name);
    let removal = format!("DELETE FROM {name} WHERE {} = $1", table.owner);
    send(&mut transaction, &removal, table.key_of(owner))
        .await
        .unwrap();
    sqlx::query("SELECT set_config('role', 'app_user', true), set_security_context($1)")
        .bind(ANNA)
        .execute(&mut *transaction)
        .await
        .unwrap();
    let statement = format!("INSERT INTO {name} SELECT (jsonb_populate_record(NULL::{name}, $1)).*");
    send(&mut transaction, &statement, row).await
}

#[rstest]
#[tokio::test]
async fn in_every_table_an_own_row_can_be_inserted_and_another_s_can_not(#[future(awt)] database: Database) {
    for table in TABLES {
        let own = insert_of(&database, table, ANNA).await;
        if table == USERS {
            assert_eq!(sqlstate(&own), "42501", "accounts are the identity service's");
        } else {
            assert_eq!(own.unwrap().rows_affected(), 1, "{}", table.name);
        }
        let theirs = insert_of(&database, table, BERTA).await;
        assert_eq!(sqlstate(&theirs), "42501", "{}", table.name);
    }
}

#[rstest]
#[tokio::test]
async fn in_every_table_an_own_row_can_t_be_made_another_s(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in TABLES {
        let mut anna = working_for(&mut session, ANNA).await;
        let statement = format!("UPDATE {} SET {} = $1", identifier(table.name), table.owner);
        let given = send(&mut anna, &statement, table.key_of(BERTA)).await;
        assert_eq!(sqlstate(&given), "42501", "{}", table.name);
    }
}

/// A request is asked and taken back, a field is made and removed, and what one may do in Qdrant is read: never changed.
#[rstest]
#[tokio::test]
async fn what_is_not_the_user_s_to_change_can_t_be_changed(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for Owned { name, writable, .. } in PRIVATE {
        let mut anna = working_for(&mut session, ANNA).await;
        let changed = send(
            &mut anna,
            &format!("UPDATE {name} SET {writable} = $1"),
            "changed",
        )
        .await;
        assert_eq!(sqlstate(&changed), "42501", "{name}");
    }
}

/// No policy is asked about TRUNCATE.
#[rstest]
#[tokio::test]
async fn no_table_can_be_emptied_past_its_policy(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    for table in guarded() {
        let mut anna = working_for(&mut session, ANNA).await;
        let statement = format!("TRUNCATE {} CASCADE", identifier(table.name));
        let emptied = sqlx::query(AssertSqlSafe(statement)).execute(&mut *anna).await;
        assert_eq!(sqlstate(&emptied), "42501", "{}", table.name);
    }
}
