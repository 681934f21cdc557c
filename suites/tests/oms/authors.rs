//! Every document is signed by the token of who writes it, in whatever way it is written.

use pgproof::Database;
use rstest::rstest;
use serde_json::Value;

use crate::fixtures::{ANNA, BERTA, BILLING, KINDS, application, before, database, project, tried, written};

/// What the authors' columns of a document say, and whether the two times are the same.
fn authors(document: &Value) -> [&str; 4] {
    [
        "_created_by",
        "_created_by_username",
        "_updated_by",
        "_updated_by_username",
    ]
    .map(|column| document[column].as_str().unwrap_or_default())
}

#[rstest]
#[case::a_person(ANNA, ["u-anna", "Anna", "u-anna", "Anna"])]
#[case::a_service(BILLING, ["svc_billing", "Billing", "svc_billing", "Billing"])]
#[tokio::test]
async fn a_new_document_of_each_kind_is_signed_by_who_makes_it(
    #[future(awt)] database: Database,
    #[case] claims: &str,
    #[case] expected: [&str; 4],
) {
    let mut session = application(&database, claims).await;
    for kind in KINDS {
        let document = written(&mut session, &kind.insert()).await;
        assert_eq!(authors(&document), expected, "{}", kind.table);
        assert!(
            document["_created_at"].is_string() && document["_created_at"] == document["_updated_at"],
            "{}: {document}",
            kind.table
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_change_is_signed_by_who_makes_it_and_leaves_who_made_the_document(
    #[future(awt)] database: Database,
) {
    for kind in KINDS {
        let first = written(&mut application(&database, ANNA).await, &kind.update()).await;
        let second = written(&mut application(&database, BERTA).await, &kind.update()).await;
        assert_eq!(
            authors(&second),
            ["svc_import", "import", "u-berta", "Berta"],
            "{}",
            kind.table
        );
        assert_eq!(second["_created_at"], first["_created_at"], "{}", kind.table);
        assert_ne!(second["_updated_at"], first["_updated_at"], "{}", kind.table);
    }
}

#[rstest]
#[tokio::test]
async fn an_upsert_is_signed_as_what_it_turns_out_to_be(#[future(awt)] database: Database) {
    for kind in KINDS {
        let upsert = format!(
            "{} ON CONFLICT ({}) DO UPDATE SET {} = {}",
            kind.insert(),
            kind.key,
            kind.set,
            kind.to
        );
        let made = written(&mut application(&database, ANNA).await, &upsert).await;
        assert_eq!(
            authors(&made),
            ["u-anna", "Anna", "u-anna", "Anna"],
            "{}",
            kind.table
        );
        let changed = written(&mut application(&database, BERTA).await, &upsert).await;
        assert_eq!(
            authors(&changed),
            ["u-anna", "Anna", "u-berta", "Berta"],
            "{}",
            kind.table
        );
        assert_eq!(changed["_created_at"], made["_created_at"], "{}", kind.table);
    }
}

/// What the server itself writes for a foreign key is signed by whose statement led to it.
#[rstest]
#[tokio::test]
async fn what_a_foreign_key_changes_is_signed_too(#[future(awt)] database: Database) {
    let mut session = application(&database, BERTA).await;
    tried(&mut session, "DELETE FROM quotes").await.unwrap();
    let (quote, by): (Option<String>, String) =
        sqlx::query_as("SELECT quote_id::TEXT, _updated_by FROM orders")
            .fetch_one(&mut session)
            .await
            .unwrap();
    assert_eq!((quote, by.as_str()), (None, "u-berta"));
}

#[tokio::test]
async fn a_document_of_before_is_signed_by_the_migration_with_its_own_time() {
    let database = before().await;
    for migration in project().migrations() {
        if migration.up.path.as_str() > crate::fixtures::BEFORE {
            database.run(&migration.up).await.unwrap();
        }
    }
    let mut session = database.connect().await.unwrap();
    for kind in KINDS {
        let document: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT to_jsonb(t) FROM {} AS t",
            kind.table
        )))
        .fetch_one(&mut session)
        .await
        .unwrap();
        let migration = ["svc_migration", "migration", "svc_migration", "migration"];
        assert_eq!(authors(&document), migration, "{}", kind.table);
        let own = match kind.table {
            "customers" => Some("2020-01-01"),
            "quotes" | "quote_lines" => Some("2020-01-04"),
            "orders" | "order_lines" => Some("2020-01-06"),
            "invoices" => Some("2020-01-09"),
            "payments" => Some("2020-01-10"),
            _ => None,
        };
        let made = document["_created_at"].as_str().unwrap();
        match own {
            Some(day) => assert!(made.starts_with(day), "{}: {made}", kind.table),
            None => assert_eq!(document["_created_at"], document["_updated_at"], "{}", kind.table),
        }
    }
}

/// A table that nobody signs needs nobody who is known.
#[rstest]
#[tokio::test]
async fn the_system_s_own_tables_have_no_authors_and_need_none(#[future(awt)] database: Database) {
    let mut session = application(&database, "").await;
    tried(
        &mut session,
        "INSERT INTO outbox (topic, payload) VALUES ('orders', '{}')",
    )
    .await
    .unwrap();
    let catalog = database.catalog().await.unwrap();
    let of_the_system = |table: &&pgproof::catalog::Relation| {
        table.kind.is_table() && KINDS.iter().all(|kind| kind.table != table.name.name)
    };
    let system: Vec<_> = catalog.relations.iter().filter(of_the_system).collect();
    let names: Vec<String> = system.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(
        names,
        [
            "audit.dead_letters",
            "audit.events",
            "public.outbox",
            "public.schema_migrations",
            "public.settings",
            "public.system_tables"
        ]
    );
    for table in system {
        let authors = table.columns.iter().filter(|column| column.name.starts_with('_'));
        assert_eq!(authors.count(), 0, "{}", table.name);
    }
}
