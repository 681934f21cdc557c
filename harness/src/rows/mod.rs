//! Worlds: valid rows of tenants in every table that the catalogue shows, and the values in them that are
//! recognisable as one tenant's.
//!
//! ```text
//! Catalog ─┬─ table ──► order ──► plan ──► insert ──► finish ──► World
//! session ─┘            (keys)    │  ▲       │ refused: another plan
//!                                 │  └───────┘
//!                       value ────┤
//!                       solve ────┘ (checks, judged by the server)
//! ```
//!
//! Whether a candidate fits a constraint is never computed here: the server evaluates the constraint's own expression.
//! What is known of types and expressions only serves to have good candidates.
//!
//! Not here: who owns a table's rows (the caller says so), and any judgement of what a tenant sees.

mod adopt;
mod built;
mod change;
mod document;
mod expression;
mod finish;
mod insert;
mod make;
mod mention;
mod number;
mod order;
mod pattern;
mod plan;
mod scalar;
mod session;
mod solve;
mod table;
mod text;
mod time;
mod types;
mod value;

use std::collections::BTreeMap;

use sqlx::PgConnection;

use crate::catalog::{Catalog, Name, Oid, Relation};

/// Somebody whose rows are to be told from everybody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// `a`, `b` …
    pub label: char,
    /// The value of the tenant's key as text, such as a uuid.
    pub identity: String,
}

/// What tells whose a table's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// This column holds the tenant's identity.
    Column(String),
    /// A row is of the tenant that owns the rows of another table that it points to.
    Parent {
        /// The column of this table.
        column: String,
        /// The other table's row in `pg_class`.
        table: Oid,
        /// The other table's column.
        matched: String,
    },
    /// Shared, or nobody's.
    None,
}

/// What a world is to be made of.
pub struct Request<'a> {
    /// The schema.
    pub catalog: &'a Catalog,
    /// At least one.
    pub tenants: &'a [Tenant],
    /// Whose a table's rows are. A partition is never asked for: it follows its parent.
    pub owner: &'a dyn Fn(&Relation) -> Owner,
}

/// Why no world could be made at all. A table that can't be filled is no error, but [`Lacking`].
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The server refused a statement of ours, or went away.
    #[error("make rows: {0}")]
    Database(#[from] sqlx::Error),
    /// A row of the system catalogues is not of the shape that was asked for.
    #[error("understand the system catalogues while making rows")]
    Catalog(#[from] serde_json::Error),
}

/// Rows of tenants, as they are stored.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// By schema and name; a partitioned table has the rows of its partitions, and each of these its own.
    pub tables: Vec<TableRows>,
    /// What could not be filled, and why.
    pub lacking: Vec<Lacking>,
    canaries: Vec<Canary>,
}

/// The rows of a table.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// Schema and name.
    pub table: Name,
    /// In `pg_class`.
    pub oid: Oid,
    /// The columns that tell a row from all others: of the primary key, else of a unique index without NULLs, else none.
    pub key: Vec<String>,
    /// In the order of their key.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The label of the one tenant that owns it; `None` if it is shared, nobody's or several tenants'.
    pub tenant: Option<char>,
    /// Every column as text, as the server stores it; NULL is `None`.
    pub values: BTreeMap<String, Option<String>>,
}

/// What could not be filled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lacking {
    /// For people: `app.people`.
    pub table: String,
    /// What is lacking.
    pub what: Lack,
    /// The constraint, index, rule or trigger that stands in the way, where one does.
    pub constraint: Option<String>,
    /// Why, in the server's words where it said something.
    pub message: String,
}

/// What is lacking of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// Any row at all: of this tenant, or (`None`) of anybody.
    Rows(Option<char>),
    /// A row of this tenant with this value, on which a policy, view, function or constraint decides.
    Value {
        /// The tenant's label.
        tenant: char,
        /// The column.
        column: String,
        /// The value; `None` is NULL.
        value: Option<String>,
    },
    /// Nothing, but rows went in with triggers and rules off, since one of them refused.
    Triggers,
}

/// A value that is recognisable as one tenant's, one table's, one column's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Canary {
    /// The tenant's label.
    pub tenant: char,
    /// The table.
    pub table: Name,
    /// The column.
    pub column: String,
    /// What to look for: it stands in the column's text, and nowhere by chance.
    pub text: String,
}

impl World {
    /// What tells that something is this tenant's.
    pub fn canaries(&self, tenant: char) -> impl Iterator<Item = &Canary> {
        self.canaries.iter().filter(move |canary| canary.tenant == tenant)
    }

    /// Whether a value of a column of that name is one that stands nowhere by chance.
    #[must_use]
    pub fn is_canary(&self, column: &str, value: &str) -> bool {
        self.canaries
            .iter()
            .any(|canary| canary.column == column && value.contains(&canary.text))
    }

    /// The rows of a table.
    #[must_use]
    pub fn table(&self, schema: &str, name: &str) -> Option<&TableRows> {
        self.tables
            .iter()
            .find(|rows| rows.table.schema == schema && rows.table.name == name)
    }
}

impl TableRows {
    /// The rows of one tenant alone.
    pub fn of(&self, tenant: char) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.tenant == Some(tenant))
    }
}

/// Fills every table of the catalogue for every tenant.
///
/// The session has to be a superuser's. Outside a transaction everything is done in one, which is then committed;
/// inside one it becomes part of it, and constraints are IMMEDIATE after it. Triggers act as they would in production.
///
/// # Errors
/// The server went away. What a table refuses is no error: see [`World::lacking`].
pub async fn make(session: &mut PgConnection, request: &Request<'_>) -> Result<World, RowsError> {
    make_in(session, request, &|_| String::new()).await
}

/// The same for triggers that want to know who acts: before a tenant's rows go in, these statements are run, such as
/// `SELECT set_config('app.user_id', '…', true)`. They stay in force until the next tenant's turn or the transaction's
/// end, and must leave the session a superuser's.
///
/// # Errors
/// The server went away, or refused these statements.
pub async fn make_in(
    session: &mut PgConnection,
    request: &Request<'_>,
    context: &dyn Fn(&Tenant) -> String,
) -> Result<World, RowsError> {
    let own = session::begin(session).await?;
    let made = make::world(session, request, context).await;
    session::end(session, own, made.is_ok()).await?;
    made
}
