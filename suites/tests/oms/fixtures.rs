//! What the tests start from: the project, a database with one document of each kind, sessions with a token, the ten kinds
//! of documents.

use pgproof::sql::identifier;
use pgproof::{Database, Project, Settings};
use rstest::fixture;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::common::installations;

/// The migrations, seen from where cargo runs the tests of this crate.
pub(crate) const MIGRATIONS: &str = "../migrations/oms";

/// The last migration of the documents without authors.
pub(crate) const BEFORE: &str = "005_grant_to_application.sql";

/// What a person's token says.
pub(crate) const ANNA: &str = r#"{"sub":"u-anna","username":"Anna","roles":["clerk"]}"#;
pub(crate) const BERTA: &str = r#"{"sub":"u-berta","username":"Berta","roles":["clerk","lead"]}"#;
/// What a service's does.
pub(crate) const BILLING: &str = r#"{"sub":"svc_billing","username":"Billing","service_account":true}"#;

/// What somebody writes who would like to be another, at another time.
pub(crate) const FORGED: [(&str, &str); 6] = [
    ("_created_by", "'u-mallory'"),
    ("_created_by_username", "'Mallory'"),
    ("_created_at", "'1999-12-31 23:59:59+00'"),
    ("_updated_by", "'u-mallory'"),
    ("_updated_by_username", "'Mallory'"),
    ("_updated_at", "'2999-12-31 23:59:59+00'"),
];

/// A kind of document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) table: &'static str,
    /// The columns of its key.
    pub(crate) key: &'static str,
    /// The key of the document in `documents.sql`.
    pub(crate) first: &'static str,
    /// The columns and values of a second one.
    pub(crate) columns: &'static str,
    pub(crate) values: &'static str,
    /// A column that may be changed, and to what.
    pub(crate) set: &'static str,
    pub(crate) to: &'static str,
}

const fn kind(
    table: &'static str,
    (key, first): (&'static str, &'static str),
    (columns, values): (&'static str, &'static str),
    (set, to): (&'static str, &'static str),
) -> Kind {
    Kind {
        table,
        key,
        first,
        columns,
        values,
        set,
        to,
    }
}

macro_rules! id {
    ($number:literal) => {
        concat!("'00000000-0000-4000-8000-0000000000", $number, "'")
    };
}

/// All ten.
pub(crate) const KINDS: [Kind; 10] = [
    kind(
        "customers",
        ("id", id!("01")),
        ("id, number, name", concat!(id!("11"), ", 'C-2', 'Berta'")),
        ("name", "'Clara'"),
    ),
    kind(
        "products",
        ("id", id!("02")),
        ("id, sku, title", concat!(id!("12"), ", 'P-2', 'Table'")),
        ("title", "'Desk'"),
    ),
    kind(
        "prices",
        ("id", id!("03")),
        (
            "id, product_id, amount, valid_from",
            concat!(id!("13"), ", ", id!("02"), ", 55, '2030-01-01'"),
        ),
        ("amount", "60"),
    ),
    kind(
        "quotes",
        ("id", id!("04")),
        (
            "id, number, customer_id",
            concat!(id!("14"), ", 'Q-2', ", id!("01")),
        ),
        ("note", "'urgent'"),
    ),
    kind(
        "quote_lines",
        ("quote_id, line_number", concat!(id!("04"), ", 1")),
        (
            "quote_id, line_number, product_id, unit_price",
            concat!(id!("04"), ", 2, ", id!("02"), ", 40"),
        ),
        ("quantity", "7"),
    ),
    kind(
        "orders",
        ("id", id!("06")),
        (
            "id, number, customer_id",
            concat!(id!("16"), ", 'O-2', ", id!("01")),
        ),
        ("note", "'urgent'"),
    ),
    kind(
        "order_lines",
        ("order_id, line_number", concat!(id!("06"), ", 1")),
        (
            "order_id, line_number, product_id, unit_price",
            concat!(id!("06"), ", 2, ", id!("02"), ", 40"),
        ),
        ("quantity", "7"),
    ),
    kind(
        "shipments",
        ("id", id!("08")),
        (
            "id, order_id, carrier",
            concat!(id!("18"), ", ", id!("06"), ", 'Post'"),
        ),
        ("tracking_number", "'T-1'"),
    ),
    kind(
        "invoices",
        ("id", id!("09")),
        (
            "id, number, order_id, total",
            concat!(id!("19"), ", 'I-2', ", id!("06"), ", 20"),
        ),
        ("total", "21"),
    ),
    kind(
        "payments",
        ("id", id!("10")),
        (
            "id, invoice_id, amount, account_number",
            concat!(id!("20"), ", ", id!("09"), ", 20, 'DE00-SECRET-2'"),
        ),
        ("method", "'card'"),
    ),
];

impl Kind {
    /// The second document.
    pub(crate) fn insert(self) -> String {
        format!(
            "INSERT INTO {} AS t ({}) VALUES ({})",
            self.table, self.columns, self.values
        )
    }

    /// The same by somebody who writes down who they are.
    pub(crate) fn insert_forged(self) -> String {
        let (columns, values): (Vec<&str>, Vec<&str>) = FORGED.into_iter().unzip();
        format!(
            "INSERT INTO {} AS t ({}, {}) VALUES ({}, {})",
            self.table,
            self.columns,
            columns.join(", "),
            self.values,
            values.join(", ")
        )
    }

    /// A change of the first document.
    pub(crate) fn update(self) -> String {
        format!(
            "UPDATE {} AS t SET {} = {} WHERE ({}) = ({})",
            self.table, self.set, self.to, self.key, self.first
        )
    }

    /// The same by somebody who writes down who they are.
    pub(crate) fn update_forged(self) -> String {
        format!(
            "UPDATE {} AS t SET {} = {}, {} WHERE ({}) = ({})",
            self.table,
            self.set,
            self.to,
            forged_assignments(),
            self.key,
            self.first
        )
    }
}

/// `_created_by = 'u-mallory', …`.
pub(crate) fn forged_assignments() -> String {
    FORGED
        .map(|(column, value)| format!("{column} = {value}"))
        .join(", ")
}

/// The project with its contract, on the first server that is asked for.
#[fixture]
pub(crate) fn project() -> Project {
    let project = Project::open(MIGRATIONS).expect("migrations/oms is a project");
    let installation = installations(&project).remove(0);
    project.on(Settings::of(&installation))
}

/// A fresh database with one document of each kind.
#[fixture]
pub(crate) async fn database(project: Project) -> Database {
    with_documents(&project).await
}

/// The database of before the authors, with one document of each kind.
pub(crate) async fn before() -> Database {
    with_documents(&project().through(BEFORE).expect("the migration")).await
}

async fn with_documents(project: &Project) -> Database {
    let database = project.database().await.expect("the migrations apply");
    let mut session = database.connect().await.expect("the server is there");
    session
        .execute(include_str!("../../fixtures/oms/documents.sql"))
        .await
        .expect("each table takes a document");
    database
}

/// A session of the order service, with that token.
pub(crate) async fn application(database: &Database, claims: &str) -> PgConnection {
    let mut session = database.connect().await.expect("the server is there");
    sqlx::query("SELECT set_config('role', 'oms_app', false), set_config('request.jwt.claims', $1, false)")
        .bind(claims)
        .execute(&mut session)
        .await
        .expect("the role is there");
    session
}

/// The document that a statement returns.
pub(crate) async fn written(session: &mut PgConnection, statement: &str) -> Value {
    let returning = format!("{statement} RETURNING to_jsonb(t)");
    sqlx::query_scalar(AssertSqlSafe(returning))
        .fetch_one(session)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
}

/// What the server says to a statement.
pub(crate) async fn tried(session: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    session
        .execute(AssertSqlSafe(statement.to_owned()))
        .await
        .map(drop)
}

/// How many rows a table has.
pub(crate) async fn count(database: &Database, schema: &str, table: &str) -> i64 {
    let mut session = database.connect().await.expect("the server is there");
    let statement = format!(
        "SELECT count(*) FROM {}.{}",
        identifier(schema),
        identifier(table)
    );
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_one(&mut session)
        .await
        .expect("the table is there")
}
