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
mod psql;
mod recorded;
pub(crate) mod run;
pub mod script;
mod sent;
pub mod split;
mod statement;
mod token;
mod verification;
mod way;

use camino::{Utf8Path, Utf8PathBuf};

pub use apply::{Applied, ApplyError};
pub use class::FailureClass;
pub use convention::Convention;
pub use error::{Encoding, ReadError};
use folder::{Folder, has_suffix};
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
}

impl Migration {
    /// In what transaction one of its files runs: the tools that mark a file without one mark each way by itself.
    pub(crate) fn transaction_of(&self, script: &Script) -> TransactionRule {
        match self.transaction {
            TransactionRule::File => TransactionRule::File,
            TransactionRule::Always | TransactionRule::None => convention::sqlx::transaction(script),
        }
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
}

/// A folder of migrations that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The convention it was read by.
    pub convention: Convention,
    /// The folder, relative to the project's.
    pub folder: Utf8PathBuf,
    /// The migrations in the order in which they are applied; never empty.
    pub migrations: Vec<Migration>,
    /// What was found while reading.
    pub claims: Vec<Claim>,
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
}

/// Reads the migrations in the folder `path`, or the one in the file `path`, relative to the project's folder.
///
/// # Errors
/// There is no such folder, it holds no migration, a file cannot be read, or the convention is not known for sure:
/// see [`ReadError`].
pub fn read(root: &Utf8Path, path: &Utf8Path, options: &ReadOptions<'_>) -> Result<Reading, ReadError> {
    let folder = Folder::list(root, path, options)?;
    let convention = match options.convention {
        Some(convention) => convention,
        None => convention::detect(&folder)?,
    };
    let (migrations, mut claims) = convention.read(&folder)?;
    if migrations.is_empty() {
        return Err(empty(&folder, convention));
    }
    claims.extend(unread_below(&folder, &claims, &migrations));
    for migration in &migrations {
        claims.extend(empty_file(&migration.up));
    }
    claims.extend(numbering::claims(&folder.path, &migrations));
    let mut reading = Reading {
        convention,
        folder: folder.path,
        migrations,
        claims,
    };
    reading.sort_claims();
    Ok(reading)
}

impl Reading {
    /// Every file that is applied.
    pub(crate) fn scripts(&self) -> impl Iterator<Item = &Script> {
        self.migrations.iter().map(|migration| &migration.up)
    }

    /// Keeps some of the migrations, and what is to be said about these: two files of one version are no duplicate
    /// once one of them is left out.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&Migration) -> bool) {
        let (kept, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.migrations).into_iter().partition(wanted);
        self.claims.retain(|claim| {
            !numbering::RULES.contains(&claim.rule.as_str())
                && !gone.iter().any(|migration| claim.object == migration.up.path)
        });
        self.claims.extend(numbering::claims(&self.folder, &kept));
        self.migrations = kept;
        self.sort_claims();
    }

    fn sort_claims(&mut self) {
        self.claims
            .sort_by(|a, b| (&a.rule, &a.object, &a.location).cmp(&(&b.rule, &b.object, &b.location)));
    }
}

/// A file that looks like a migration, or a part of one, and is not read.
fn unread(path: &Utf8Path, reason: &str) -> Claim {
    let message = format!("{path} is not read: {reason}");
    Claim::new(
        "apply/unread",
        path.as_str(),
        "",
        Verdict::Violated,
        Severity::Warning,
        message,
    )
    .at(Some(first_line(path)))
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
fn unread_below(folder: &Folder, known: &[Claim], migrations: &[Migration]) -> Vec<Claim> {
    let read = |path: &Utf8Path| {
        migrations
            .iter()
            .any(|migration| migration.down.as_ref().is_some_and(|down| down.path == path))
            || known.iter().any(|claim| claim.object == path.as_str())
    };
    let mut claims = Vec::new();
    let looks_like_sql = |name: &str| OTHER_ENDINGS.iter().any(|ending| has_suffix(name, ending));
    for name in folder.files.iter().filter(|name| looks_like_sql(name)) {
        claims.push(unread(&folder.path_of(name), "its name does not end in `.sql`"));
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
        Claim::new(
            "apply/empty",
            up.path.as_str(),
            "",
            Verdict::Violated,
            Severity::Warning,
            message,
        )
        .at(Some(first_line(&up.path)))
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
