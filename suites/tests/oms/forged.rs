//! A client that writes down itself who it is, and when, is overruled, in whatever way it tries.

use pgproof::Database;
use rstest::rstest;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::common::sqlstate;
use crate::fixtures::{
    ANNA, BERTA, FORGED, KINDS, Kind, application, database, forged_assignments, tried, written,
};

/// The names and the years that are forged.
const LIES: [&str; 4] = ["u-mallory", "Mallory", "1999-12-31", "2999-12-31"];

fn assert_true(document: &Value, what: &str) {
    let text = document.to_string();
    for lie in LIES {
        assert!(!text.contains(lie), "{what}: {text}");
    }
}

/// A document as it stands in the table, and not as a statement returns it.
async fn standing(session: &mut PgConnection, kind: Kind, key: &str) -> Value {
    let statement = format!(
        "SELECT to_jsonb(t) FROM {} AS t WHERE ({}) = ({key})",
        kind.table, kind.key
    );
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_one(session)
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", kind.table))
}

/// The key of the second document: the first of its values, as many as the key has columns.
fn second(kind: Kind) -> String {
    let columns = kind.key.split(", ").count();
    kind.values
        .split(", ")
        .take(columns)
        .collect::<Vec<_>>()
        .join(", ")
}

#[rstest]
#[tokio::test]
async fn a_forged_insert_is_overruled_in_each_table(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    for kind in KINDS {
        written(&mut session, &kind.insert_forged()).await;
        let document = standing(&mut session, kind, &second(kind)).await;
        assert_true(&document, kind.table);
        assert_eq!(document["_created_by"], "u-anna", "{}", kind.table);
    }
}

#[rstest]
#[tokio::test]
async fn a_forged_update_is_overruled_in_each_table(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    for kind in KINDS {
        let was = standing(&mut session, kind, kind.first).await;
        written(&mut session, &kind.update_forged()).await;
        let document = standing(&mut session, kind, kind.first).await;
        assert_true(&document, kind.table);
        for column in ["_created_by", "_created_by_username", "_created_at"] {
            assert_eq!(document[column], was[column], "{}", kind.table);
        }
        assert_eq!(document["_updated_by"], "u-anna", "{}", kind.table);
    }
}

/// Each column by itself, for a rule that lets one through might see to the others.
#[rstest]
#[tokio::test]
async fn a_forged_column_alone_is_overruled_in_each_table(#[future(awt)] database: Database) {
    let mut session = application(&database, ANNA).await;
    for kind in KINDS {
        for (column, value) in FORGED {
            let statement = format!("UPDATE {} AS t SET {column} = {value}", kind.table);
            written(&mut session, &statement).await;
            let document = standing(&mut session, kind, kind.first).await;
            assert_true(&document, &statement);
        }
    }
}

#[rstest]
#[tokio::test]
async fn a_forged_upsert_is_overruled_in_each_table(#[future(awt)] database: Database) {
    for kind in KINDS {
        let excluded = FORGED.map(|(column, _)| format!("{column} = EXCLUDED.{column}"));
        for assignments in [excluded.join(", "), forged_assignments()] {
            let upsert = format!(
                "{} ON CONFLICT ({}) DO UPDATE SET {assignments}",
                kind.insert_forged(),
                kind.key
            );
            for claims in [ANNA, BERTA] {
                let mut session = application(&database, claims).await;
                written(&mut session, &upsert).await;
                let document = standing(&mut session, kind, &second(kind)).await;
                assert_true(&document, &upsert);
                assert_eq!(document["_created_by"], "u-anna", "{upsert}");
            }
        }
    }
}

#[rstest]
#[tokio::test]
async fn forged_rows_of_copy_are_overruled_in_each_table(#[future(awt)] database: Database) {
    let mut superuser = database.connect().await.unwrap();
    let mut session = application(&database, ANNA).await;
    let (columns, values): (Vec<&str>, Vec<&str>) = FORGED.into_iter().unzip();
    for kind in KINDS {
        // None of these values holds a tab, so this is the row as COPY reads it.
        let row = format!("SELECT concat_ws(E'\\t', {}, {})", kind.values, values.join(", "));
        let row: String = sqlx::query_scalar(AssertSqlSafe(row))
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        let into = format!(
            "COPY {} ({}, {}) FROM STDIN",
            kind.table,
            kind.columns,
            columns.join(", ")
        );
        let mut sink = session.copy_in_raw(&into).await.unwrap();
        sink.send(row.as_bytes()).await.unwrap();
        assert_eq!(sink.finish().await.unwrap(), 1, "{into}");
        let document = standing(&mut session, kind, &second(kind)).await;
        assert_true(&document, &into);
        assert_eq!(document["_updated_by"], "u-anna", "{into}");
    }
}

#[rstest]
#[tokio::test]
async fn what_is_forged_through_a_view_is_overruled(#[future(awt)] database: Database) {
    let orders = KINDS.into_iter().find(|kind| kind.table == "orders").unwrap();
    let through = |statement: String| statement.replace(" orders ", " open_orders ");
    let mut session = application(&database, ANNA).await;
    written(&mut session, &through(orders.insert_forged())).await;
    written(&mut session, &through(orders.update_forged())).await;
    for key in [orders.first.to_owned(), second(orders)] {
        let document = standing(&mut session, orders, &key).await;
        assert_true(&document, &key);
        assert_eq!(document["_updated_by"], "u-anna", "{key}");
    }
}

#[rstest]
#[tokio::test]
async fn a_forged_merge_is_overruled(#[future(awt)] database: Database) {
    let orders = KINDS.into_iter().find(|kind| kind.table == "orders").unwrap();
    let (columns, values): (Vec<&str>, Vec<&str>) = FORGED.into_iter().unzip();
    let merge = format!(
        "MERGE INTO orders AS t USING (VALUES (1)) AS s (x) ON t.number = 'O-2'
         WHEN MATCHED THEN UPDATE SET {}
         WHEN NOT MATCHED THEN INSERT ({}, {}) VALUES ({}, {})",
        forged_assignments(),
        orders.columns,
        columns.join(", "),
        orders.values,
        values.join(", ")
    );
    for claims in [ANNA, BERTA] {
        let mut session = application(&database, claims).await;
        tried(&mut session, &merge).await.unwrap();
        let document = standing(&mut session, orders, &second(orders)).await;
        assert_true(&document, claims);
        assert_eq!(document["_created_by"], "u-anna");
    }
}

/// The other ways to be rid of the trigger are the owner's and the superuser's.
#[rstest]
#[case::by_switching_it_off("ALTER TABLE orders DISABLE TRIGGER zz_sign", "42501")]
#[case::by_dropping_it("DROP TRIGGER zz_sign ON orders", "42501")]
#[case::by_posing_as_a_replica("SET session_replication_role = replica", "42501")]
#[case::by_another_default("ALTER TABLE orders ALTER _created_by SET DEFAULT 'u-mallory'", "42501")]
#[case::by_calling_its_function("SELECT tracking.sign_document()", "42501")]
#[case::by_emptying_the_table("TRUNCATE orders CASCADE", "42501")]
#[tokio::test]
async fn the_application_is_not_rid_of_the_trigger(
    #[future(awt)] database: Database,
    #[case] statement: &str,
    #[case] code: &str,
) {
    let mut session = application(&database, ANNA).await;
    assert_eq!(
        sqlstate(&tried(&mut session, statement).await),
        code,
        "{statement}"
    );
}

/// Functions of the client's own that come first on the path are not those that are called.
#[rstest]
#[tokio::test]
async fn a_search_path_of_one_s_own_leads_nowhere(#[future(awt)] database: Database) {
    let mut superuser = database.connect().await.unwrap();
    tried(&mut superuser, "CREATE SCHEMA mine AUTHORIZATION oms_app")
        .await
        .unwrap();
    let mut session = application(&database, ANNA).await;
    let statements = "
        GRANT USAGE ON SCHEMA mine TO PUBLIC;
        CREATE FUNCTION mine.clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql RETURN '1999-12-31'::TIMESTAMPTZ;
        CREATE FUNCTION mine.current_setting(TEXT, BOOLEAN) RETURNS TEXT LANGUAGE sql
            RETURN '{\"sub\":\"u-mallory\",\"username\":\"Mallory\"}';
        SET search_path = mine, pg_catalog, public;";
    tried(&mut session, statements).await.unwrap();
    for kind in KINDS {
        let document = written(&mut session, &kind.insert()).await;
        assert_true(&document, kind.table);
    }
}
