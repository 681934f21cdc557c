//! What the tests start from: the project, the twelve tables, two users with a row in each, and transactions of a user.

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

/// All twelve.
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
        .expect("the twelve tables take a row of each");
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
