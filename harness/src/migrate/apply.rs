//! Applying migrations from scratch: the prelude, the ledger, then file after file as the convention says.

use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::ledger::Ledger;
use super::origin::{Origins, Recorder};
use super::run::{ScriptError, Sending, run};
use super::script::Script;
use super::split::{SegmentKind, refuses_transaction, transaction_control};
use super::{Migration, TransactionRule, verification};
use crate::catalog::{Catalog, CatalogError};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::report::MigrationRun;

/// What is applied, in which order.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) preludes: &'a [Script],
    pub(crate) migrations: &'a [Migration],
    pub(crate) ledger: &'a Ledger,
    /// The longest that one statement may run.
    pub(crate) timeout: Duration,
}

/// What applying has made and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// The migrations, in the order in which they were applied.
    pub runs: Vec<MigrationRun>,
    /// Which line made which object.
    pub origins: Origins,
    /// What was there before the first migration: what the prelude and the ledger made.
    pub baseline: Catalog,
    /// What is there after the last.
    pub catalog: Catalog,
    /// What was noticed on the way.
    pub claims: Vec<Claim>,
}

/// Why the migrations could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A statement of a migration, prelude or way back failed.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The ledger refused the entry of a migration.
    #[error("failed to write {file} into the ledger {ledger}: {source}")]
    Ledger {
        /// The migration's file.
        file: String,
        /// The ledger's table.
        ledger: String,
        /// What the server said.
        source: sqlx::Error,
    },
    /// The catalog could not be read.
    #[error("failed to read the catalog: {0}")]
    Catalog(#[from] CatalogError),
    /// The server or the connection failed.
    #[error("failed to apply the migrations: {0}")]
    Database(#[from] sqlx::Error),
}

impl ApplyError {
    /// Puts the project's folder in front of the file's name.
    pub(crate) fn join_paths(&mut self, root: &Utf8Path) {
        match self {
            Self::Script(error) => error.diagnostic.file = root.join(&error.diagnostic.file).into_string(),
            Self::Ledger { file, .. } => *file = root.join(&*file).into_string(),
            Self::Catalog(_) | Self::Database(_) => {}
        }
    }

    /// The place in a file, where there is one.
    pub fn location(&self) -> Option<Location> {
        match self {
            Self::Script(error) => Some(error.diagnostic.location()),
            Self::Ledger { file, .. } => Some(Location {
                file: file.clone(),
                line: 1,
                column: None,
            }),
            Self::Catalog(_) | Self::Database(_) => None,
        }
    }
}

/// Applies everything over `session`; `superuser` is another connection to the same database, for what the migrating
/// role may not do.
pub(crate) async fn apply(
    plan: &Plan<'_>,
    superuser: &mut PgConnection,
    session: &mut PgConnection,
) -> Result<Applied, ApplyError> {
    for prelude in plan.preludes {
        run(superuser, prelude, Sending::ByStatement, plan.timeout).await?;
    }
    let ledger_error = |source, file: &str| ApplyError::Ledger {
        file: file.to_owned(),
        ledger: plan.ledger.table().unwrap_or_default(),
        source,
    };
    let baseline = Catalog::read(superuser).await?;
    plan.ledger
        .create(session)
        .await
        .map_err(|error| ledger_error(error, ""))?;
    let mut recorder = Recorder::install(superuser).await?;
    let mut runs = Vec::with_capacity(plan.migrations.len());
    let mut claims = Vec::new();
    for migration in plan.migrations {
        let started = Instant::now();
        let open = apply_one(plan, session, migration, &ledger_error).await?;
        let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        claims.extend(open);
        recorder.after(session, &migration.up).await?;
        if let Some(script) = &migration.verification {
            claims.push(verification::verify(session, migration, script, plan.timeout).await?);
        }
        runs.push(MigrationRun {
            version: migration.version.clone(),
            name: migration.name.clone(),
            file: migration.up.path.to_string(),
            checksum: blake3::hash(migration.up.text.as_bytes()).to_hex().to_string(),
            duration_ms,
        });
    }
    claims.extend(ledger_claim(plan, session).await?);
    let origins = recorder.remove(superuser).await?;
    let catalog = Catalog::read(superuser).await?;
    Ok(Applied {
        runs,
        origins,
        baseline,
        catalog,
        claims,
    })
}

async fn apply_one(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    migration: &Migration,
    ledger_error: &impl Fn(sqlx::Error, &str) -> ApplyError,
) -> Result<Option<Claim>, ApplyError> {
    let started = Instant::now();
    let file = migration.up.path.as_str();
    let way = Way::of(migration);
    if way.begins {
        execute(session, "BEGIN").await?;
    }
    run(session, &migration.up, way.sending, plan.timeout).await?;
    let mut claim = None;
    if !way.begins && in_transaction(session).await? {
        execute(session, "ROLLBACK").await?;
        claim = Some(open_transaction(migration));
    }
    plan.ledger
        .insert(session, migration, started.elapsed())
        .await
        .map_err(|e| ledger_error(e, file))?;
    if way.begins {
        execute(session, "COMMIT").await?;
    }
    Ok(claim)
}

/// How a file is sent: see `docs/conventions.md`.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    /// Whether the tool wraps the file in a transaction.
    begins: bool,
    sending: Sending,
}

impl Way {
    fn of(migration: &Migration) -> Self {
        let statements = statements(&migration.up);
        let controls = statements
            .iter()
            .any(|statement| transaction_control(statement).is_some());
        let refuses = statements
            .iter()
            .any(|statement| refuses_transaction(statement).is_some());
        match migration.transaction {
            // The tool sends such a file in one message and leaves the rest to the server.
            TransactionRule::None => Self {
                begins: false,
                sending: Sending::Whole,
            },
            TransactionRule::Always if controls => Self {
                begins: true,
                sending: Sending::Whole,
            },
            TransactionRule::Always => Self {
                begins: true,
                sending: Sending::ByStatement,
            },
            // As people do with psql: in one transaction where the file allows it.
            TransactionRule::File => Self {
                begins: !controls && !refuses,
                sending: Sending::ByStatement,
            },
        }
    }
}

fn statements(script: &Script) -> Vec<&str> {
    script
        .segments()
        .into_iter()
        .filter(|segment| segment.kind == SegmentKind::Statement)
        .map(|segment| &script.text[segment.span])
        .collect()
}

/// Runs a migration's way back as its tool would.
pub(crate) async fn take_back(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    migration: &Migration,
    down: &Script,
) -> Result<(), ApplyError> {
    let back = Migration {
        up: down.clone(),
        ..migration.clone()
    };
    let way = Way::of(&back);
    if way.begins {
        execute(session, "BEGIN").await?;
    }
    run(session, down, way.sending, plan.timeout).await?;
    plan.ledger.delete(session, migration).await?;
    if way.begins {
        execute(session, "COMMIT").await?;
    }
    Ok(())
}

/// Applies one migration again, without recording.
pub(crate) async fn again(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    migration: &Migration,
) -> Result<(), ApplyError> {
    let ledger_error = |source, file: &str| ApplyError::Ledger {
        file: file.to_owned(),
        ledger: plan.ledger.table().unwrap_or_default(),
        source,
    };
    apply_one(plan, session, migration, &ledger_error).await.map(drop)
}

pub(super) async fn execute(session: &mut PgConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(session).await.map(drop)
}

/// Outside a transaction each statement has a time of its own.
async fn in_transaction(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let began: Result<bool, sqlx::Error> =
        sqlx::query_scalar("SELECT pg_catalog.now() < pg_catalog.statement_timestamp()")
            .fetch_one(session)
            .await;
    match began {
        // 25P02: in a transaction that has failed.
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|e| e.code().as_deref() == Some("25P02")) =>
        {
            Ok(true)
        }
        other => other,
    }
}

fn open_transaction(migration: &Migration) -> Claim {
    let file = migration.up.path.to_string();
    Claim::new(
        "apply/open-transaction",
        file.clone(),
        "",
        Verdict::Violated,
        Severity::Error,
        format!("{file} begins a transaction and never ends it: what stands after its BEGIN is lost"),
    )
    .at(Some(Location {
        file,
        line: 1,
        column: None,
    }))
}

/// One row a file, and no other rows.
async fn ledger_claim(plan: &Plan<'_>, session: &mut PgConnection) -> Result<Vec<Claim>, ApplyError> {
    let Some(table) = plan.ledger.table() else {
        return Ok(Vec::new());
    };
    let expected: Vec<String> = plan
        .migrations
        .iter()
        .map(|migration| plan.ledger.entry(migration))
        .collect();
    let found = plan.ledger.entries(session).await?;
    let lacking: Vec<&str> = expected
        .iter()
        .filter(|e| !found.contains(e))
        .map(String::as_str)
        .collect();
    let extra: Vec<&str> = found
        .iter()
        .filter(|e| !expected.contains(e))
        .map(String::as_str)
        .collect();
    let claim = |verdict, message: String| {
        Claim::new(
            "ledger/complete",
            table.clone(),
            "",
            verdict,
            Severity::Error,
            message,
        )
        .expected(
            format!("{} entries, one a file", expected.len()),
            format!("{} entries", found.len()),
        )
    };
    if lacking.is_empty() && extra.is_empty() {
        let message = format!(
            "{table} has one entry for each of the {} migrations",
            expected.len()
        );
        return Ok(vec![claim(Verdict::Proven, message)]);
    }
    let mut message = format!("{table} does not hold one entry a file");
    for (what, entries) in [("lacking", lacking), ("unknown", extra)] {
        if !entries.is_empty() {
            message = format!("{message}; {what}: {}", entries.join(", "));
        }
    }
    Ok(vec![claim(Verdict::Violated, message)])
}

/// The database that migrations see, made empty and owned by the role that migrates.
pub(crate) async fn create_database(
    admin: &mut PgConnection,
    database: &str,
    role: Option<&str>,
) -> Result<(), sqlx::Error> {
    let owner = crate::sql::identifier(role.unwrap_or("postgres"));
    if role.is_some() {
        let statement = format!("CREATE ROLE {owner} LOGIN");
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *admin)
            .await?;
    }
    let statement = format!(
        "CREATE DATABASE {} OWNER {owner}",
        crate::sql::identifier(database)
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(admin)
        .await
        .map(drop)
}
