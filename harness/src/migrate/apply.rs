//! Applying migrations from scratch: the preludes, the ledger, then file after file as the convention says.

use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::class::FailureClass;
use super::extension::stand_in::StandIn;
use super::ledger::Ledger;
use super::origin::{self, Origins, Recorder};
use super::run::{self, ScriptError, Sending, run};
use super::script::Script;
use super::split::{keywords, refuses_transaction, transaction_control};
use super::way::{Way, statements};
use super::{Migration, TransactionRule, search_path, verification};
use crate::catalog::{Catalog, CatalogError};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::diagnostic::NoteKind;
use crate::report::MigrationRun;

/// What is applied, in which order.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) migrations: &'a [Migration],
    pub(crate) ledger: &'a Ledger,
    /// The longest that one statement may run.
    pub(crate) timeout: Duration,
    /// Whether which statement made what can be recorded: that takes a superuser.
    pub(crate) recorded: bool,
    /// The number of the migration that makes the ledger's table, where one of them does.
    ledger_made_by: Option<usize>,
}

impl<'a> Plan<'a> {
    /// For these migrations and this ledger.
    pub(crate) fn new(
        migrations: &'a [Migration],
        ledger: &'a Ledger,
        timeout: Duration,
        recorded: bool,
    ) -> Self {
        Self {
            migrations,
            ledger,
            timeout,
            recorded,
            ledger_made_by: ledger.maker(migrations),
        }
    }

    /// Whether the tool runs all of them in one transaction.
    fn is_one_transaction(&self) -> bool {
        let mut migrations = self.migrations.iter();
        !self.migrations.is_empty()
            && migrations.all(|migration| migration.transaction == TransactionRule::All)
    }
}

/// What applying has made and shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// The migrations, in the order in which they were applied.
    pub runs: Vec<MigrationRun>,
    /// Which line made which object.
    pub origins: Origins,
    /// What was there before the first migration: what the preludes made.
    pub baseline: Catalog,
    /// The same with the ledger: where the first migration begins.
    pub start: Catalog,
    /// What was there before each migration that has a way back, as a fingerprint; empty for the others.
    pub steps: Vec<String>,
    /// What is there after the last.
    pub catalog: Catalog,
    /// What was noticed on the way.
    pub claims: Vec<Claim>,
    /// The extensions that the server lacks and something else took the place of.
    #[serde(default)]
    pub stand_ins: Vec<StandIn>,
}

/// Why the migrations could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A statement of a migration, prelude or way back failed.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The ledger refused the entry of a migration.
    #[error("failed to write {file} into the ledger {ledger}{hint}")]
    Ledger {
        /// The migration's file.
        file: String,
        /// The ledger's table.
        ledger: String,
        /// What may have led to it, beginning with a separator; or empty.
        hint: String,
        /// What the server said.
        source: sqlx::Error,
    },
    /// The ledger's table could not be made.
    #[error("failed to make the ledger {ledger}")]
    NoLedger {
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
            Self::NoLedger { .. } | Self::Catalog(_) | Self::Database(_) => {}
        }
    }

    /// Whose fault it is, where that is known.
    pub fn class(&self) -> Option<FailureClass> {
        match self {
            Self::Script(error) => error.class,
            Self::Ledger { .. } | Self::NoLedger { .. } | Self::Catalog(_) | Self::Database(_) => None,
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
            Self::NoLedger { .. } | Self::Catalog(_) | Self::Database(_) => None,
        }
    }
}

/// Runs what the platform gives before the first migration, over a session of its own.
pub(crate) async fn prelude(
    script: &Script,
    superuser: &mut PgConnection,
    timeout: Duration,
) -> Result<(), ApplyError> {
    let ours = |error: ScriptError| {
        error.with(
            NoteKind::Note,
            "this is a prelude of [migrations], which runs before the first migration",
        )
    };
    run(superuser, script, Sending::ByStatement, timeout)
        .await
        .map_err(ours)?;
    if in_transaction(superuser).await? {
        return Err(ours(run::never_ends(script)).into());
    }
    Ok(())
}

/// Applies everything over `session`; `superuser` is another connection to the same database, for what the migrating
/// role may not do. The preludes have run.
pub(crate) async fn apply(
    plan: &Plan<'_>,
    superuser: &mut PgConnection,
    session: &mut PgConnection,
) -> Result<Applied, ApplyError> {
    let baseline = Catalog::read(superuser).await?;
    if plan.ledger_made_by.is_none() {
        plan.ledger
            .create(session)
            .await
            .map_err(|source| ApplyError::NoLedger {
                ledger: plan.ledger.table().unwrap_or_default(),
                source,
            })?;
    }
    let start = match plan.ledger.table() {
        Some(_) => Catalog::read(superuser).await?,
        None => baseline.clone(),
    };
    let mut recorder = Recorder::install(superuser, plan.recorded).await?;
    let mut runs = Vec::with_capacity(plan.migrations.len());
    let mut claims = Vec::new();
    let mut steps = Vec::new();
    // Nobody else sees what is made before the transaction ends.
    let in_one = plan.is_one_transaction();
    if in_one {
        execute(session, "BEGIN").await?;
    }
    for (number, migration) in plan.migrations.iter().enumerate() {
        if migration.down.is_some() {
            let mut catalog = Catalog::read(if in_one { &mut *session } else { &mut *superuser }).await?;
            catalog
                .others
                .retain(|other| other.name != Recorder::EVENT_TRIGGER);
            steps.push(catalog.fingerprint());
        } else {
            steps.push(String::new());
        }
        let callbacks = &migration.callbacks;
        around(plan, superuser, session, &mut recorder, &callbacks.before).await?;
        let started = Instant::now();
        let open = if in_one {
            apply_within(plan, session, number).await?;
            None
        } else {
            apply_one(plan, session, number).await?
        };
        let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        claims.extend(open);
        let observer = (!in_one).then_some(&mut *superuser);
        recorder.after(observer, session, &migration.up).await?;
        around(plan, superuser, session, &mut recorder, &callbacks.after).await?;
        if let Some(script) = &migration.verification {
            claims.push(verification::verify(session, migration, script, plan.timeout).await?);
        }
        for claim in search_path::missing(session, migration).await? {
            // Where each file says it, the first is enough.
            if !claims
                .iter()
                .any(|known: &Claim| known.fingerprint == claim.fingerprint)
            {
                claims.push(claim);
            }
        }
        runs.push(MigrationRun {
            version: migration.version.clone(),
            name: migration.name.clone(),
            file: migration.up.path.to_string(),
            checksum: blake3::hash(migration.up.text.as_bytes()).to_hex().to_string(),
            duration_ms,
        });
    }
    if let (true, Some(last)) = (in_one, plan.migrations.last()) {
        commit(session, &last.up).await?;
    }
    claims.extend(ledger_claim(plan, superuser).await?);
    let origins = recorder.remove(superuser).await?;
    let catalog = Catalog::read(superuser).await?;
    Ok(Applied {
        runs,
        origins,
        baseline,
        start,
        steps,
        catalog,
        claims,
        stand_ins: Vec::new(),
    })
}

/// Runs callbacks that have a transaction each, where there is not one around everything.
async fn around(
    plan: &Plan<'_>,
    superuser: &mut PgConnection,
    session: &mut PgConnection,
    recorder: &mut Recorder,
    callbacks: &[Script],
) -> Result<(), ApplyError> {
    let in_one = plan.is_one_transaction();
    for script in callbacks {
        let alone = |statement: &&str| {
            transaction_control(statement).is_some() || refuses_transaction(statement).is_some()
        };
        let begins = !in_one && !statements(script).iter().any(alone);
        before_each(plan, session).await?;
        if begins {
            execute(session, "BEGIN").await?;
        }
        run(session, script, Sending::ByStatement, plan.timeout).await?;
        if begins {
            commit(session, script).await?;
        }
        let observer = (!in_one).then_some(&mut *superuser);
        recorder.after(observer, session, script).await?;
    }
    Ok(())
}

/// Applies the migration of that number and writes it into the ledger.
pub(crate) async fn apply_one(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    number: usize,
) -> Result<Option<Claim>, ApplyError> {
    let migration = &plan.migrations[number];
    let started = Instant::now();
    let way = Way::of(&migration.up, migration.transaction);
    before_each(plan, session).await?;
    if way.begins {
        execute(session, "BEGIN").await?;
    }
    for script in &migration.callbacks.first {
        run(session, script, Sending::ByStatement, plan.timeout).await?;
    }
    run(session, &migration.up, way.sending, plan.timeout).await?;
    for script in &migration.callbacks.last {
        run(session, script, Sending::ByStatement, plan.timeout).await?;
    }
    let mut claim = None;
    if !way.begins && in_transaction(session).await? {
        execute(session, "ROLLBACK").await?;
        claim = Some(open_transaction(migration));
    }
    end_session(migration, session).await?;
    write_entries(plan, session, number, started.elapsed()).await?;
    if way.begins {
        commit(session, &migration.up).await?;
    }
    Ok(claim)
}

/// Does what the tool does to its session before each file.
async fn before_each(plan: &Plan<'_>, session: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Some(statement) = plan.ledger.before_each() else {
        return Ok(());
    };
    let statement = AssertSqlSafe(statement.to_owned());
    sqlx::raw_sql(statement).execute(session).await.map(drop)
}

/// Forgets what a file left in the session, where its tool gives each file a session of its own.
async fn end_session(migration: &Migration, session: &mut PgConnection) -> Result<(), sqlx::Error> {
    if migration.own_session {
        let record = origin::record(session).await;
        execute(session, include_str!("own_session.sql")).await?;
        // What was noted of the file's own statements is not the file's to lose; nothing was, where it may not be noted.
        if let Ok(record) = record {
            origin::put_back(session, &record).await?;
        }
    }
    Ok(())
}

/// Applies the migration of that number in a transaction that has begun already.
async fn apply_within(plan: &Plan<'_>, session: &mut PgConnection, number: usize) -> Result<(), ApplyError> {
    let migration = &plan.migrations[number];
    let started = Instant::now();
    let sending = Way::of(&migration.up, migration.transaction).sending;
    before_each(plan, session).await?;
    let callbacks = &migration.callbacks;
    for script in &callbacks.first {
        run(session, script, Sending::ByStatement, plan.timeout).await?;
    }
    run(session, &migration.up, sending, plan.timeout).await?;
    for script in &callbacks.last {
        run(session, script, Sending::ByStatement, plan.timeout).await?;
    }
    write_entries(plan, session, number, started.elapsed()).await
}

/// Writes a migration into the ledger, and those before it that came before the ledger's own table.
async fn write_entries(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    number: usize,
    took: Duration,
) -> Result<(), ApplyError> {
    let mut due = number..=number;
    if let Some(maker) = plan.ledger_made_by {
        if !plan.ledger.exists(session).await? {
            return Ok(());
        }
        if maker == number {
            due = 0..=number;
        }
    }
    for number in due {
        let migration = &plan.migrations[number];
        if let Err(source) = plan.ledger.insert(session, plan.migrations, number, took).await {
            return Err(ApplyError::Ledger {
                file: migration.up.path.to_string(),
                ledger: plan.ledger.table().unwrap_or_default(),
                hint: plan.ledger.twice(&plan.migrations[..number], migration)
                    + &left_behind(&plan.migrations[..=number]),
                source,
            });
        }
    }
    Ok(())
}

/// The last setting that a file left in the session which may be why the ledger can't be written: the tool's own
/// statement runs under it, too.
fn left_behind(migrations: &[Migration]) -> String {
    let leaves = |statement: &&str| {
        let words = keywords(statement);
        matches!(
            words.iter().map(String::as_str).collect::<Vec<_>>()[..],
            ["SET", "ROLE" | "SEARCH_PATH", ..]
                | ["SET", "SESSION", "ROLE" | "SEARCH_PATH" | "AUTHORIZATION", ..]
        )
    };
    let found = migrations.iter().rev().find_map(|migration| {
        let statement = statements(&migration.up).into_iter().rfind(leaves)?;
        Some(format!(
            "; the session still is as `{}` in {} left it",
            statement.trim_end(),
            migration.up.path
        ))
    });
    found.unwrap_or_default()
}

/// What was put off until the end of the transaction may fail there.
async fn commit(session: &mut PgConnection, script: &Script) -> Result<(), ApplyError> {
    match execute(session, "COMMIT").await {
        Err(error @ sqlx::Error::Database(_)) => Err(run::at_commit(script, error).into()),
        other => Ok(other?),
    }
}

/// Runs the way back of the migration of that number as its tool would.
pub(crate) async fn take_back(
    plan: &Plan<'_>,
    session: &mut PgConnection,
    number: usize,
    down: &Script,
) -> Result<(), ApplyError> {
    let migration = &plan.migrations[number];
    let way = Way::of(down, migration.transaction_back.unwrap_or(migration.transaction));
    before_each(plan, session).await?;
    if way.begins {
        execute(session, "BEGIN").await?;
    }
    run(session, down, way.sending, plan.timeout).await?;
    if !way.begins && in_transaction(session).await? {
        return Err(run::never_ends(down).into());
    }
    end_session(migration, session).await?;
    if plan.ledger.exists(session).await? {
        plan.ledger.delete(session, plan.migrations, number).await?;
    }
    if way.begins {
        commit(session, down).await?;
    }
    Ok(())
}

pub(super) async fn execute(session: &mut PgConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(session).await.map(drop)
}

/// Outside a transaction each message has a time of its own. In one message: of a prepared statement, preparing and
/// running have two.
async fn in_transaction(session: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let answer =
        sqlx::raw_sql("SELECT pg_catalog.now() OPERATOR(pg_catalog.<) pg_catalog.statement_timestamp()")
            .fetch_one(session)
            .await;
    match answer {
        // 25P02: in a transaction that has failed.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("25P02") => Ok(true),
        other => other?.try_get(0),
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
    let expected = plan.ledger.expected(plan.migrations);
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
        let count = plan.migrations.len();
        let message = if expected.len() < count {
            format!("{table} has the entry of the last of the {count} migrations")
        } else {
            format!("{table} has one entry for each of the {count} migrations")
        };
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

/// The database that migrations see, made empty in the first of these ways whose locale the server knows.
pub(crate) async fn create_database(
    admin: &mut PgConnection,
    database: &str,
    ways: &[&str],
) -> Result<(), sqlx::Error> {
    let mut ways = ways.iter().peekable();
    while let Some(way) = ways.next() {
        let statement = format!("CREATE DATABASE {}{way}", crate::sql::identifier(database));
        match sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *admin).await {
            // 42809, and 22023 from 16 on: it has no such locale.
            Err(sqlx::Error::Database(error))
                if ways.peek().is_some() && matches!(error.code().as_deref(), Some("42809" | "22023")) => {}
            other => return other.map(drop),
        }
    }
    Ok(())
}

/// The role that migrates: made, unless a prelude makes it.
pub(crate) async fn create_role(
    admin: &mut PgConnection,
    role: &str,
    preludes: &[&Script],
) -> Result<(), sqlx::Error> {
    let makes = |statement: &&str| {
        let words = keywords(statement);
        matches!(words.first().map(String::as_str), Some("CREATE"))
            && matches!(words.get(1).map(String::as_str), Some("ROLE" | "USER"))
            && words
                .get(2)
                .is_some_and(|word| word.trim_matches('"').eq_ignore_ascii_case(role))
    };
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)")
            .bind(role)
            .fetch_one(&mut *admin)
            .await?;
    if there || preludes.iter().any(|script| statements(script).iter().any(makes)) {
        return Ok(());
    }
    let statement = format!("CREATE ROLE {} LOGIN", crate::sql::identifier(role));
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(admin)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_migrations_are_no_transaction() {
        let is_one = |rules: &[TransactionRule]| {
            let migration =
                |rule: &TransactionRule| Migration::new("1", "a", Script::new("1_a.sql", ""), *rule);
            let migrations: Vec<Migration> = rules.iter().map(migration).collect();
            Plan::new(&migrations, &Ledger::None, Duration::ZERO, false).is_one_transaction()
        };
        assert!(!is_one(&[]));
        assert!(is_one(&[TransactionRule::All, TransactionRule::All]));
        assert!(!is_one(&[TransactionRule::All, TransactionRule::Always]));
    }
}
