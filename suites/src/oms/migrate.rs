//! Applying what is pending: in one transaction, with what it leads to looked at before the commit. All of it, or
//! nothing.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::backup::{self, BackupError};
use super::documents::Tables;
use super::files::{self, FilesError, MigrationFile};
use super::report::{Applied, Outcome, Report};

/// Two runs at once would apply the same files: the later waits at this lock. The number is the program's own.
const LOCK: i64 = 0x6f6d_735f_6d69;

/// What a file costs, whatever is in the tables.
const PER_FILE: Duration = Duration::from_millis(50);

/// What an old row costs, which gets its authors: half a million took 8 µs each on two cores; a disk that is waited for
/// takes longer.
const PER_ROW: Duration = Duration::from_micros(16);

/// What to do, and to what.
#[derive(Debug)]
pub struct Run {
    /// How to reach the database.
    pub options: PgConnectOptions,
    /// The same as text, for `pg_dump`.
    pub url: String,
    /// The migrations.
    pub files: Vec<MigrationFile>,
    /// The file that the backup goes to.
    pub backup: PathBuf,
    /// The program that takes it.
    pub pg_dump: PathBuf,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// What is to be applied is not known.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Without a backup nothing is changed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A file was refused.
    #[error("apply {file}")]
    File {
        /// Which.
        file: String,
        /// What the server said.
        source: sqlx::Error,
    },
    /// Another run was faster.
    #[error("apply what was asked about: somebody else has migrated the database meanwhile")]
    Overtaken,
    /// Another step failed.
    #[error("{step}")]
    Step {
        /// What was tried.
        step: &'static str,
        /// What the server said.
        source: sqlx::Error,
    },
    /// The question could not be put.
    #[error("ask before migrating")]
    Ask(#[from] std::io::Error),
}

/// Adds what a failed step was about.
trait During<T> {
    fn during(self, step: &'static str) -> Result<T, MigrateError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, step: &'static str) -> Result<T, MigrateError> {
        self.map_err(|source| MigrateError::Step { step, source })
    }
}

/// How long the migrations are thought to take: so much a file, and so much an old row of a document that lacks its
/// authors. It is known to the order of magnitude, which is what tells a coffee break from a night.
pub fn estimate(pending: &[MigrationFile], tables: &Tables) -> Duration {
    if pending.is_empty() {
        return Duration::ZERO;
    }
    let lacking = tables
        .documents
        .iter()
        .filter(|table| !table.columns_lacking.is_empty());
    let rows: i64 = lacking.map(|table| table.rows).sum();
    let files = u32::try_from(pending.len()).unwrap_or(u32::MAX);
    PER_FILE.saturating_mul(files) + PER_ROW.saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX))
}

/// Looks at the database and changes nothing: the transaction is one that the server lets nothing be changed in.
///
/// # Errors
/// The database can't be reached or read, or its ledger does not fit the files.
pub async fn plan(
    options: &PgConnectOptions,
    files: &[MigrationFile],
    report: &mut Report,
) -> Result<(), MigrateError> {
    let started = Instant::now();
    let mut session = connect(options).await?;
    let mut transaction = session
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .during("begin the transaction")?;
    let pending = files::pending(&mut transaction, files).await?;
    let tables = Tables::read(&mut transaction).await.during("read the tables")?;
    transaction.rollback().await.during("end the transaction")?;
    report.estimated_ms = milliseconds(estimate(pending, &tables));
    report.pending = pending.iter().map(|file| file.name.clone()).collect();
    report.before = Some(tables);
    report.outcome = Outcome::Planned;
    report.duration_ms = milliseconds(started.elapsed());
    Ok(())
}

impl Run {
    /// Plans, asks, and on a yes takes the backup and applies. What was done so far is in the report also where an
    /// error is returned.
    ///
    /// # Errors
    /// A step failed; nothing is changed then.
    pub async fn go(
        &self,
        ask: impl FnOnce(&Report) -> std::io::Result<bool>,
        report: &mut Report,
    ) -> Result<(), MigrateError> {
        report.outcome = Outcome::Failed;
        plan(&self.options, &self.files, report).await?;
        if report.pending.is_empty() {
            report.after.clone_from(&report.before);
            report.outcome = if report.after.as_ref().is_some_and(Tables::is_sound) {
                Outcome::Unchanged
            } else {
                Outcome::Unsound
            };
            return Ok(());
        }
        report.outcome = Outcome::Failed;
        if !ask(report)? {
            report.outcome = Outcome::Declined;
            return Ok(());
        }
        let started = Instant::now();
        report.backup = Some(backup::take(&self.pg_dump, &self.url, &self.backup).await?);
        let outcome = self.apply(report).await;
        report.duration_ms += milliseconds(started.elapsed());
        report.outcome = outcome?;
        Ok(())
    }

    async fn apply(&self, report: &mut Report) -> Result<Outcome, MigrateError> {
        let mut session = connect(&self.options).await?;
        let mut transaction = session.begin().await.during("begin the transaction")?;
        sqlx::query("SELECT pg_catalog.pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .execute(&mut *transaction)
            .await
            .during("wait for other runs")?;
        // A statement that waits for a table holds up everybody who comes after it.
        sqlx::raw_sql("SET LOCAL lock_timeout = '10s'")
            .execute(&mut *transaction)
            .await
            .during("limit the waiting for locks")?;
        let pending = files::pending(&mut transaction, &self.files).await?;
        if pending.iter().map(|file| &file.name).ne(&report.pending) {
            return Err(MigrateError::Overtaken);
        }
        let mut applied = Vec::new();
        for file in pending {
            let began = Instant::now();
            apply_one(&mut transaction, file)
                .await
                .map_err(|source| MigrateError::File {
                    file: file.name.clone(),
                    source,
                })?;
            applied.push(Applied {
                file: file.name.clone(),
                duration_ms: milliseconds(began.elapsed()),
            });
        }
        let tables = Tables::read(&mut transaction).await.during("read the tables")?;
        let is_sound = tables.is_sound();
        report.after = Some(tables);
        if !is_sound {
            transaction.rollback().await.during("roll back")?;
            return Ok(Outcome::Unsound);
        }
        transaction.commit().await.during("commit")?;
        report.applied = applied;
        Ok(Outcome::Migrated)
    }
}

async fn apply_one(transaction: &mut PgConnection, file: &MigrationFile) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(file.text.clone()))
        .execute(&mut *transaction)
        .await?;
    sqlx::query("INSERT INTO public.schema_migrations (version) VALUES ($1)")
        .bind(&file.name)
        .execute(transaction)
        .await
        .map(drop)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, MigrateError> {
    PgConnection::connect_with(options)
        .await
        .during("connect to the database of --database-url")
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
