//! What the tests start from: the project, a database, sessions as the platform opens them, and the log.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgproof::{Database, Project};
use rstest::fixture;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use suites::grow::gate::Visitor;
use suites::grow::log::SecurityLog;
use suites::grow::violation::{Severity, Violation};
use tempfile::TempDir;
use uuid::Uuid;

/// The migrations, seen from where cargo runs the tests of this crate.
pub(crate) const MIGRATIONS: &str = "../migrations/grow";

/// Longer than the slowest machine needs, so that only what really hangs is late.
pub(crate) const PATIENT: Duration = Duration::from_mins(1);

/// The project with its contract.
#[fixture]
pub(crate) fn project() -> Project {
    Project::open(MIGRATIONS).expect("migrations/grow is a project")
}

/// A fresh database with the migration applied.
#[fixture]
pub(crate) async fn database() -> Database {
    pgproof::database(MIGRATIONS)
        .await
        .expect("the migration applies")
}

/// The platform's database before the migration.
pub(crate) async fn before() -> Database {
    let project = project().without(&["20251111"]).expect("the migration");
    project.database().await.expect("the prelude applies")
}

/// A session as the gateway opens it: the role, and the claims of the token where there is one.
pub(crate) async fn session(database: &Database, role: &str, claims: Option<&str>) -> PgConnection {
    let mut session = database.connect().await.expect("the server is there");
    sqlx::query("SELECT set_config('role', $1, false), set_config('request.jwt.claims', $2, false)")
        .bind(role)
        .bind(claims.unwrap_or_default())
        .execute(&mut session)
        .await
        .expect("the platform's roles are there");
    session
}

/// A session with the service's key.
pub(crate) async fn service(database: &Database) -> PgConnection {
    session(database, "service_role", Some(r#"{"role":"service_role"}"#)).await
}

/// Somebody who works for a restaurant.
#[fixture]
pub(crate) fn visitor() -> Visitor {
    Visitor {
        user_id: Uuid::from_u128(0xa),
        restaurant_id: Uuid::from_u128(0x1),
        session_id: "s-4711".to_owned(),
        ip_address: IpAddr::from([203, 0, 113, 7]),
        user_agent: "Mozilla/5.0".to_owned(),
    }
}

/// An attempt of some user.
pub(crate) fn violation(number: u128) -> Violation {
    Violation {
        id: Uuid::from_u128(number),
        event_type: "cross_restaurant_access".to_owned(),
        user_id: Some(Uuid::from_u128(0xa)),
        authenticated_restaurant_id: Some(Uuid::from_u128(0x1)),
        attempted_restaurant_id: Some(Uuid::from_u128(0x2)),
        session_id: Some("a \"session\"\nof two lines".to_owned()),
        ip_address: Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7])),
        user_agent: None,
        severity: Severity::Critical,
        created_at: "2025-11-11T10:15:00.123456Z".parse().expect("a time"),
    }
}

/// A log with the file that it writes to where the database takes nothing.
pub(crate) struct Log {
    pub(crate) security: SecurityLog,
    file: PathBuf,
    _folder: TempDir,
}

impl Log {
    pub(crate) fn of(options: sqlx::postgres::PgConnectOptions, patience: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("violations.jsonl");
        Self {
            security: SecurityLog::new(options, &file, patience),
            file,
            _folder: folder,
        }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The file's lines, each of them JSON; none where there is no file.
    pub(crate) fn lines(&self) -> Vec<Value> {
        match std::fs::read_to_string(&self.file) {
            Ok(text) => text
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The ids in the table, in order.
pub(crate) async fn logged(database: &Database) -> Vec<Uuid> {
    let mut session = database.connect().await.expect("the server is there");
    sqlx::query_scalar("SELECT id FROM security_audit_logs ORDER BY id")
        .fetch_all(&mut session)
        .await
        .expect("the table is there")
}

/// How many entries there are.
pub(crate) async fn count(database: &Database) -> i64 {
    let mut session = database.connect().await.expect("the server is there");
    sqlx::query_scalar("SELECT count(*) FROM security_audit_logs")
        .fetch_one(&mut session)
        .await
        .expect("the table is there")
}
