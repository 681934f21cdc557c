//! What the tests start from: the project, the users' tables, two users with a row in each, transactions of a user and of
//! what forgets, and a search of everything that is stored.

use pgproof::sql::identifier;
use pgproof::{Database, Project};
use rstest::fixture;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Transaction};
use uuid::{Uuid, uuid};

/// The migrations, seen from where cargo runs the tests of this crate.
pub(crate) const MIGRATIONS: &str = "../migrations/helios";

pub(crate) const ANNA: Uuid = uuid!("aaaaaaaa-0000-4000-8000-000000000001");
pub(crate) const BERTA: Uuid = uuid!("bbbbbbbb-0000-4000-8000-000000000002");

/// A table with rows of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) name: &'static str,
    /// The column that says whose a row is, or in whose session.
    pub(crate) owner: &'static str,
    /// A column that the application may write.
    pub(crate) writable: &'static str,
}

const fn owned(name: &'static str, owner: &'static str, writable: &'static str) -> Owned {
    Owned {
        name,
        owner,
        writable,
    }
}

/// The one whose rows the application neither makes nor removes.
pub(crate) const USERS: Owned = owned("users", "id", "display_name");

/// The twelve that the application works on.
pub(crate) const TABLES: [Owned; 12] = [
    USERS,
    owned("user_profiles", "user_id", "bio"),
    owned("chat_mode_sessions", "user_id", "title"),
    owned("chat_messages", "user_id", "content"),
    owned("simple_chat_context", "session_id", "context_key"),
    owned("router_decision_log", "session_id", "reason"),
    owned("documents", "user_id", "title"),
    owned("unified_memory_vectors", "user_id", "content"),
    owned("consensus_memory_nodes", "user_id", "node_key"),
    owned("tasks", "user_id", "title"),
    owned("agent_context_states", "user_id", "agent_name"),
    owned("blackboard_events", "user_id", "topic"),
];

/// Those of privacy: the application writes them by a way of their own, or not at all.
pub(crate) const PRIVATE: [Owned; 3] = [
    owned("privacy_requests", "user_id", "details"),
    owned("encrypted_fields", "user_id", "field_name"),
    owned("qdrant_access_control", "user_id", "collection"),
];

/// Every table with rows of users.
pub(crate) fn guarded() -> impl Iterator<Item = Owned> {
    TABLES.into_iter().chain(PRIVATE)
}

/// The numbers of `two_users.sql`.
const SESSIONS: u8 = 3;

impl Owned {
    /// Whether its rows belong to whoever the session belongs to.
    pub(crate) fn is_by_session(self) -> bool {
        self.owner == "session_id"
    }

    /// What the owner column holds in that user's row.
    pub(crate) fn key_of(self, user: Uuid) -> Uuid {
        if self.is_by_session() {
            session_of(user)
        } else {
            user
        }
    }

    /// The user's row, as the superuser sees it.
    pub(crate) async fn row(self, session: &mut PgConnection, user: Uuid) -> Option<Value> {
        let Self { name, owner, .. } = self;
        let statement = format!(
            "SELECT to_jsonb(t) FROM {} AS t WHERE {owner} = $1",
            identifier(name)
        );
        sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(self.key_of(user))
            .fetch_optional(session)
            .await
            .expect("the table is there")
    }
}

/// A user's row of `two_users.sql`, by the number of its table there.
pub(crate) fn row_of(user: Uuid, number: u8) -> Uuid {
    let mut bytes = *user.as_bytes();
    // The numbers are written as decimals.
    bytes[5] = number / 10 * 16 + number % 10;
    Uuid::from_bytes(bytes)
}

/// The user's chat session.
pub(crate) fn session_of(user: Uuid) -> Uuid {
    row_of(user, SESSIONS)
}

/// The project with its contract.
#[fixture]
pub(crate) fn project() -> Project {
    Project::open(MIGRATIONS).expect("migrations/helios is a project")
}

/// A fresh database with two users.
#[fixture]
pub(crate) async fn database() -> Database {
    let database = pgproof::database(MIGRATIONS).await.expect("the migrations apply");
    let mut session = database.connect().await.expect("the server is there");
    sqlx::raw_sql(include_str!("../../fixtures/helios/two_users.sql"))
        .execute(&mut session)
        .await
        .expect("each table takes a row of each");
    database
}

/// A transaction of the application that works for nobody yet.
pub(crate) async fn nobodys(session: &mut PgConnection) -> Transaction<'_, Postgres> {
    let mut transaction = session.begin().await.expect("the server is there");
    sqlx::raw_sql("SET LOCAL ROLE app_user")
        .execute(&mut *transaction)
        .await
        .expect("the prelude makes the role");
    transaction
}

/// A transaction of the application that works for a user.
pub(crate) async fn working_for(session: &mut PgConnection, user: Uuid) -> Transaction<'_, Postgres> {
    let mut transaction = nobodys(session).await;
    sqlx::query("SELECT set_security_context($1, $2, $3)")
        .bind(user)
        .bind(session_of(user))
        .bind("chat")
        .execute(&mut *transaction)
        .await
        .expect("005 makes the function");
    transaction
}

/// How many rows the session sees in the table.
pub(crate) async fn seen(session: &mut PgConnection, table: Owned) -> i64 {
    let statement = format!("SELECT count(*) FROM {}", identifier(table.name));
    sqlx::query_scalar(AssertSqlSafe(statement))
        .fetch_one(session)
        .await
        .expect("the application may read each table")
}

/// A transaction of what forgets.
pub(crate) async fn workers(session: &mut PgConnection) -> Transaction<'_, Postgres> {
    let mut transaction = session.begin().await.expect("the server is there");
    become_worker(&mut transaction).await;
    transaction
}

/// From here on the transaction is that of what forgets, until `RESET ROLE`.
pub(crate) async fn become_worker(session: &mut PgConnection) {
    sqlx::raw_sql("SET LOCAL ROLE privacy_worker")
        .execute(session)
        .await
        .expect("the prelude makes the role");
}

/// Sends statements that have to go through.
pub(crate) async fn run(session: &mut PgConnection, statements: &str) {
    let outcome = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(session)
        .await;
    outcome.unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// As PostgreSQL writes bytes.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The tables, logs included, of which a row says that as text, in whatever case, or holds its bytes.
pub(crate) async fn tables_that_tell(session: &mut PgConnection, told: &str) -> Vec<String> {
    let tables: Vec<(String, String)> = sqlx::query_as(include_str!("every_table.sql"))
        .fetch_all(&mut *session)
        .await
        .expect("the catalog is there");
    assert!(tables.len() > 20, "{tables:?}");
    let bytes = hexadecimal(told.as_bytes());
    let mut found = Vec::new();
    for (schema, name) in tables {
        let statement = format!(
            "SELECT EXISTS (SELECT FROM {}.{} AS t WHERE strpos(lower(t::text), lower($1)) > 0 OR strpos(t::text, $2) > 0)",
            identifier(&schema),
            identifier(&name),
        );
        let tells: bool = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(told)
            .bind(&bytes)
            .fetch_one(&mut *session)
            .await
            .expect("every row has a text");
        if tells {
            found.push(format!("{schema}.{name}"));
        }
    }
    found
}

/// The entries of the audit log about a table, in their order, as JSON.
pub(crate) async fn entries(session: &mut PgConnection, table: &str) -> Vec<Value> {
    sqlx::query_scalar(
        "SELECT to_jsonb(entry) FROM audit.audit_log AS entry WHERE table_name = $1 ORDER BY id",
    )
    .bind(table)
    .fetch_all(session)
    .await
    .expect("008 makes the log")
}
