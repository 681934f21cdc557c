//! The log of violations: the table, and where the database does not take an entry, a file of JSON lines.
//!
//! An entry may be in both: where the database took it and the answer was lost. Its id tells.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::violation::Violation;
use crate::consumers::statement;

const INSERT: &str = statement(
    include_str!("../../../migrations/grow/consumers/security_audit.sql"),
    "violation: log",
);

const AS_SERVICE: &str = include_str!("as_service.sql");

/// The owner reads and writes, the operators' group reads, others do neither.
const MODE: u32 = 0o640;

/// Where violations are written down.
#[derive(Debug, Clone)]
pub struct SecurityLog {
    pool: PgPool,
    file: PathBuf,
    patience: Duration,
}

/// Where an entry is.
#[derive(Debug)]
pub enum Kept {
    /// In the table.
    InDatabase,
    /// In the file.
    InFile {
        /// Why not in the table.
        because: NotTaken,
    },
}

/// Why the database did not take an entry.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It can't be reached, or refused.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// It did not answer.
    #[error("the database did not answer within {0:?}")]
    Late(Duration),
}

/// Neither the database nor the file took the entry.
#[derive(Debug, thiserror::Error)]
#[error("keep a violation in {}, after the database did not take it ({because})", file.display())]
pub struct LogError {
    /// The file.
    pub file: PathBuf,
    /// Why not the database.
    pub because: NotTaken,
    /// Why not the file.
    pub source: io::Error,
}

/// A line of the file: the entry, and why it is there.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    violation: &'a Violation,
    not_in_database: String,
}

impl SecurityLog {
    /// A log in that database, with that file beside it. `patience` is how long a request waits for the database; the
    /// server itself gives up then, too, so that no session stays behind.
    pub fn new(options: PgConnectOptions, file: impl Into<PathBuf>, patience: Duration) -> Self {
        let options = options.options([("statement_timeout", patience.as_millis().to_string())]);
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(patience)
            .connect_lazy_with(options);
        Self {
            pool,
            file: file.into(),
            patience,
        }
    }

    /// Writes an entry into the table, or else into the file.
    ///
    /// # Errors
    /// Neither took it.
    pub async fn keep(&self, violation: &Violation) -> Result<Kept, LogError> {
        let because = match tokio::time::timeout(self.patience, self.insert(violation)).await {
            Ok(Ok(())) => return Ok(Kept::InDatabase),
            Ok(Err(error)) => NotTaken::Database(error),
            Err(_) => NotTaken::Late(self.patience),
        };
        let line = Line {
            violation,
            not_in_database: because.to_string(),
        };
        match append(&self.file, &line) {
            Ok(()) => Ok(Kept::InFile { because }),
            Err(source) => Err(LogError {
                file: self.file.clone(),
                because,
                source,
            }),
        }
    }

    async fn insert(&self, violation: &Violation) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query(AS_SERVICE).execute(&mut *transaction).await?;
        sqlx::query(INSERT)
            .bind(violation.id)
            .bind(&violation.event_type)
            .bind(violation.user_id)
            .bind(violation.authenticated_restaurant_id)
            .bind(violation.attempted_restaurant_id)
            .bind(&violation.session_id)
            .bind(violation.ip_address.map(|address| address.to_string()))
            .bind(&violation.user_agent)
            .bind(violation.severity.as_str())
            // Cut to the server's microseconds, which it would else round into the future.
            .bind(format!("{:.6}", violation.created_at))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}

/// Adds a line that is on the disk when this returns. It goes out in one write, so that lines of several processes
/// don't mix; half a line that a crash has left stays by itself.
fn append(path: &Path, line: &Line<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(MODE)
        .open(path)?;
    let mut text = serde_json::to_string(line)?;
    text.push('\n');
    if !ends_with_line_break(&mut file)? {
        text.insert(0, '\n');
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    // After the write, for an entry counts more: the umask may have closed the file to the operators, and whoever made
    // it before us may have left it open.
    if file.metadata()?.permissions().mode() & 0o7777 != MODE {
        file.set_permissions(Permissions::from_mode(MODE))?;
    }
    Ok(())
}

/// Also of an empty file.
fn ends_with_line_break(file: &mut std::fs::File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
