//! Migrations: reading a tool's convention into an ordered list, and splitting files into statements.
//!
//! The way of the data: a [folder](read) → [`convention::Convention`], detected or given → [`Migration`]s in the order
//! in which the tool applies them, with [claims](crate::claim) about names → `apply`, which alone talks to a server,
//! with `run` for one script, `ledger` for what the tool writes down and `origin` for which line made what.

pub(crate) mod apply;
pub(crate) mod class;
pub mod convention;
mod error;
pub(crate) mod extension;
mod folder;
pub(crate) mod ledger;
mod numbering;
mod origin;
pub(crate) mod prelude;
pub(crate) mod psql;
mod recorded;
pub(crate) mod run;
pub mod script;
mod search_path;
mod sent;
pub mod split;
mod statement;
mod token;
mod verification;
mod way;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

pub use apply::{Applied, ApplyError};
pub use class::FailureClass;
pub use convention::Convention;
pub use error::{Encoding, ReadError};
use folder::{Folder, has_suffix};
use numbering::Number;
pub use origin::{Origin, Origins};
pub use run::ScriptError;
pub use script::{Position, Script};
use split::SegmentKind;

use crate::claim::{Claim, Location, Severity, Verdict};

/// One migration, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// What the tool's ledger calls it: the number as it is written in the file's name (`002`), or the name.
    pub version: String,
    /// The version as a number, where it is one and fits.
    pub number: Option<u64>,
    /// The rest of the file's name, without version and endings.
    pub name: String,
    /// The file that is applied.
    pub up: Script,
    /// The way back.
    pub down: Option<Script>,
    /// Statements that check what the migration did.
    pub verification: Option<Script>,
    /// In what transaction the tool applies it.
    pub transaction: TransactionRule,
    /// In what transaction the tool takes it back; the same where it is not given.
    pub transaction_back: Option<TransactionRule>,
    /// Scripts that the tool runs around it and does not write into its ledger.
    pub callbacks: Callbacks,
    /// Whether the tool opens a session for it, in which nothing of the files before is left.
    pub own_session: bool,
    /// What else the tool notes of it in its ledger and the file does not tell; null for most.
    pub record: Value,
}

/// Scripts that a tool runs around a migration, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callbacks {
    /// Before it, each in a transaction of its own.
    pub before: Vec<Script>,
    /// In its transaction, before its first statement.
    pub first: Vec<Script>,
    /// In its transaction, after its last statement.
    pub last: Vec<Script>,
    /// After it, each in a transaction of its own.
    pub after: Vec<Script>,
}

impl Migration {
    fn new(
        version: impl Into<String>,
        name: impl Into<String>,
        up: Script,
        transaction: TransactionRule,
    ) -> Self {
        let version = version.into();
        Self {
            number: Number::value(&version),
            version,
            name: name.into(),
            up,
            down: None,
            verification: None,
            transaction,
            transaction_back: None,
            callbacks: Callbacks::default(),
            own_session: false,
            record: Value::Null,
        }
    }

    /// Every script that is run when it is applied, in that order; what these take in is in them.
    pub fn applied(&self) -> impl Iterator<Item = &Script> {
        let Callbacks {
            before,
            first,
            last,
            after,
        } = &self.callbacks;
        let own = std::iter::once(&self.up);
        before
            .iter()
            .chain(first)
            .chain(own)
            .chain(last)
            .chain(after)
            .chain(&self.verification)
    }
}

/// In what transaction a migration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionRule {
    /// One around the whole file, whatever it holds: what the tool does.
    Always,
    /// One around the whole file where it allows it, since no tool says otherwise: not where the file begins or ends
    /// transactions itself, or PostgreSQL refuses one of its statements in a transaction.
    File,
    /// None: the file goes to the server as it is.
    None,
    /// None: each statement goes to the server by itself, as psql sends it.
    Statements,
    /// One around all migrations of a run.
    All,
    /// One around each of the script's messages, but for those that hold a statement that refuses it.
    Each,
    /// One around the statements up to one that PostgreSQL refuses in a transaction, which is sent alone, then another;
    /// none where the file begins or ends transactions itself.
    Batches,
}

/// A folder of migrations that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The convention it was read by.
    pub convention: Convention,
    /// What gave the convention away, where it was not given and is not `plain`.
    pub mark: Option<String>,
    /// The folder, relative to the project's.
    pub folder: Utf8PathBuf,
    /// The migrations in the order in which they are applied; never empty.
    pub migrations: Vec<Migration>,
    /// What was found while reading.
    pub claims: Vec<Claim>,
    /// The numbers of migrations that are no SQL, so that they are not taken for gaps.
    in_code: Vec<u64>,
    /// What the tool's own settings say of its ledger.
    ledger: ledger::Settings,
}

/// What a contract says about reading.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions<'a> {
    /// The convention; detected where there is none.
    pub convention: Option<Convention>,
    /// Patterns for paths relative to the migrations folder; `*` also matches `/`.
    pub exclude: &'a [String],
    /// Files and folders, relative to the project's folder, that are no migrations: prelude, consumers, fixtures.
    pub not_migrations: &'a [Utf8PathBuf],
    /// What stands for the placeholders that the tool knows.
    pub placeholders: Option<&'a BTreeMap<String, String>>,
}

/// The convention of the folder or file `path`, relative to the project's folder, and what gave it away.
///
/// # Errors
/// There is no such folder, or several tools may have made it: see [`ReadError`].
pub fn detect(
    root: &Utf8Path,
    path: &Utf8Path,
    options: &ReadOptions<'_>,
) -> Result<(Convention, Option<String>), ReadError> {
    convention::detect(&Folder::list(root, path, options)?)
}

/// Reads the migrations in the folder `path`, or the one in the file `path`, relative to the project's folder.
///
/// # Errors
/// There is no such folder, it holds no migration, a file cannot be read, or the convention is not known for sure:
/// see [`ReadError`].
pub fn read(root: &Utf8Path, path: &Utf8Path, options: &ReadOptions<'_>) -> Result<Reading, ReadError> {
    let folder = Folder::list(root, path, options)?;
    let (convention, mark) = match options.convention {
        Some(convention) => (convention, None),
        None => convention::detect(&folder)?,
    };
    let convention::Contents {
        migrations,
        mut claims,
        others,
        in_code,
        ledger,
    } = convention.read(&folder)?;
    if migrations.is_empty() {
        return Err(empty(&folder, convention));
    }
    claims.extend(unread_below(&folder, &claims, &migrations, &others));
    for migration in &migrations {
        claims.extend(empty_file(&migration.up));
    }
    let mut reading = Reading {
        convention,
        mark,
        folder: folder.path,
        migrations,
        claims,
        in_code,
        ledger,
    };
    let of_numbers = reading.of_numbers();
    reading.claims.extend(of_numbers);
    reading.sort_claims();
    Ok(reading)
}

impl Reading {
    /// Every script that is run, and those that it takes in.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = &Script> {
        self.migrations
            .iter()
            .flat_map(Migration::applied)
            .flat_map(Script::with_included)
    }

    /// Reads what the scripts take in, where they may be psql's: those files are no migrations of their own.
    pub(crate) fn take_in(&mut self, root: &Utf8Path) -> Result<(), ReadError> {
        if !self.convention.may_use_psql() {
            return Ok(());
        }
        let mut taken: Vec<Utf8PathBuf> = Vec::new();
        for migration in &mut self.migrations {
            psql::take_in(root, &mut migration.up)?;
            for script in migration.down.iter_mut().chain(&mut migration.verification) {
                psql::take_in(root, script)?;
            }
            let own = &migration.up.path;
            let included = migration.up.included();
            taken.extend(
                included
                    .iter()
                    .map(|script| script.path.clone())
                    .filter(|path| path != own),
            );
        }
        let is_taken = |path: &Utf8Path| taken.iter().any(|one| *one == crate::project::tidy(path));
        if self
            .migrations
            .iter()
            .any(|migration| is_taken(&migration.up.path))
        {
            self.keep(|migration| !is_taken(&migration.up.path));
        }
        self.claims
            .retain(|claim| !is_taken(Utf8Path::new(&claim.object)));
        Ok(())
    }

    /// Keeps some of the migrations, and what is to be said about these: two files of one version are no duplicate
    /// once one of them is left out.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&Migration) -> bool) {
        let before = self.of_numbers();
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.migrations).into_iter().partition(wanted);
        self.claims.retain(|claim| {
            !before.contains(claim) && !gone.iter().any(|migration| claim.object == migration.up.path)
        });
        self.migrations = kept;
        let now = self.of_numbers();
        self.claims.extend(now);
        self.sort_claims();
    }

    fn of_numbers(&self) -> Vec<Claim> {
        numbering::claims(self.convention, &self.folder, &self.migrations, &self.in_code)
    }

    fn sort_claims(&mut self) {
        self.claims
            .sort_by(|a, b| (&a.rule, &a.object, &a.location).cmp(&(&b.rule, &b.object, &b.location)));
    }
}

/// Whether the tool applies the migration's file in a transaction of its own.
pub(crate) fn runs_in_transaction(migration: &Migration) -> bool {
    way::Way::of(&migration.up, migration.transaction).begins
}

/// A file that looks like a migration, or a part of one, and is not read.
fn unread(path: &Utf8Path, reason: &str) -> Claim {
    let message = format!("{path} is not read: {reason}");
    finding("apply/unread", Severity::Warning, path, 1, message)
}

/// Something that is wrong with a file, or that its tool would stop at.
fn finding(rule: &str, severity: Severity, path: &Utf8Path, line: u32, message: impl Into<String>) -> Claim {
    Claim::new(
        rule,
        path.as_str(),
        "",
        Verdict::Violated,
        severity,
        message.into(),
    )
    .at(Some(Location {
        line,
        ..first_line(path)
    }))
}

/// What was looked at and is sound.
fn proven(rule: &str, path: &Utf8Path, severity: Severity, message: String) -> Claim {
    Claim::new(rule, path.as_str(), "", Verdict::Proven, severity, message)
}

fn first_line(path: &Utf8Path) -> Location {
    Location {
        file: path.to_string(),
        line: 1,
        column: None,
    }
}

/// Endings of SQL files that no convention reads.
const OTHER_ENDINGS: [&str; 8] = [
    ".psql", ".pgsql", ".ddl", ".sql.gz", ".sql.zip", ".sql.bz2", ".sql.xz", ".sql.zst",
];

/// The files that no convention reads: in folders below, and with endings of SQL other than `.sql`.
fn unread_below(
    folder: &Folder,
    claims: &[Claim],
    migrations: &[Migration],
    others: &[Utf8PathBuf],
) -> Vec<Claim> {
    let mut known: BTreeSet<&str> = claims.iter().map(|claim| claim.object.as_str()).collect();
    known.extend(others.iter().map(|path| path.as_str()));
    for migration in migrations {
        let scripts = migration.applied().chain(&migration.down);
        known.extend(scripts.map(|script| script.path.as_str()));
    }
    let read = |path: &Utf8Path| known.contains(path.as_str());
    let mut claims = Vec::new();
    let looks_like_sql = |name: &str| OTHER_ENDINGS.iter().any(|ending| has_suffix(name, ending));
    for name in folder.files.iter().filter(|name| looks_like_sql(name)) {
        let path = folder.path_of(name);
        if !read(&path) {
            claims.push(unread(&path, "its name does not end in `.sql`"));
        }
    }
    for path in &folder.below {
        let shown = folder.path_of(path);
        if (has_suffix(path.as_str(), ".sql") || looks_like_sql(path.as_str())) && !read(&shown) {
            claims.push(unread(&shown, "it lies in a folder below the migrations"));
        }
    }
    for (path, source) in &folder.closed {
        claims.push(unread(
            path,
            &format!("the folder cannot be looked into ({source})"),
        ));
    }
    claims
}

fn empty_file(up: &Script) -> Option<Claim> {
    let blank = up
        .segments()
        .iter()
        .all(|segment| segment.kind == SegmentKind::Blank);
    blank.then(|| {
        let message = format!("{} holds no statement", up.path);
        finding("apply/empty", Severity::Warning, &up.path, 1, message)
    })
}

fn empty(folder: &Folder, convention: Convention) -> ReadError {
    let below = folder
        .below
        .iter()
        .filter(|path| has_suffix(path.as_str(), ".sql"));
    let hint = match (below.clone().next(), folder.left_out) {
        (Some(first), _) => {
            let nearest = folder.path_of(first.parent().unwrap_or(Utf8Path::new("")));
            format!(
                "; {} lie in folders below, such as `{nearest}`",
                files(below.count())
            )
        }
        (None, 0) => String::new(),
        (None, count) => format!("; {} taken out by the contract", files(count)),
    };
    ReadError::Empty {
        folder: folder.path.clone(),
        convention: convention.name(),
        looked_for: convention.looks_for(),
        hint,
    }
}

fn files(count: usize) -> String {
    if count == 1 {
        "1 `.sql` file".to_owned()
    } else {
        format!("{count} `.sql` files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_convention_says_of_the_files_that_are_kept_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for name in ["1_a.sql", "1_a_verification.sql", "2_b.sql", "2_c.sql", "4_d.sql"] {
            std::fs::write(folder.path().join(name), "select 1;").unwrap();
        }
        let options = ReadOptions {
            convention: Some(Convention::Sqlx),
            ..ReadOptions::default()
        };
        let mut reading = read(root, ".".into(), &options).unwrap();
        let violated = |reading: &Reading| -> Vec<(String, String)> {
            let claims = reading.claims.iter();
            let violated = claims.filter(|claim| claim.verdict == Verdict::Violated);
            violated
                .map(|claim| (claim.rule.clone(), format!("{} {}", claim.object, claim.subject)))
                .collect()
        };
        let of_verification = ("ledger/duplicate".to_owned(), "1 verification".to_owned());
        let twice = ("ledger/duplicate".to_owned(), "2 ".to_owned());
        let gap = ("ledger/gap".to_owned(), "3 ".to_owned());
        assert_eq!(violated(&reading), [of_verification.clone(), twice, gap.clone()]);
        reading.keep(|migration| migration.name != "c");
        assert_eq!(violated(&reading), [of_verification.clone(), gap]);
        reading.keep(|migration| migration.version != "4");
        assert_eq!(violated(&reading), [of_verification]);
        let proven = reading
            .claims
            .iter()
            .filter(|claim| claim.verdict == Verdict::Proven);
        let proven: Vec<&str> = proven.map(|claim| claim.rule.as_str()).collect();
        assert_eq!(proven, ["ledger/duplicate", "ledger/gap"]);
    }
}
