//! Conventions: how each migration tool names, orders and applies its files. One file a convention.
//!
//! To add one: a variant, its arms in the `match`es below, its word in `contract/migrations.rs`, its marks in
//! `detect`, and a file with `read`, and with `LEDGER` and `insert` if the tool has a ledger.

mod atlas;
mod collation;
mod dbmate;
mod detect;
mod diesel;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod graphile;
mod json5;
mod node_pg_migrate;
mod placeholders;
mod plain;
mod pop;
mod postgres_migrations;
mod prisma;
mod refinery;
mod sqitch;
mod sqlx;
mod structure;
mod supabase;

use std::fmt;
use std::str::FromStr;

use ::sqlx::postgres::PgConnection;
use camino::{Utf8Path, Utf8PathBuf};
pub(super) use detect::detect;

use super::folder::Folder;
use super::ledger::{self, Row, Table};
use super::split::SegmentKind;
use super::{Migration, ReadError, Script, finding};
use crate::claim::{Claim, Severity, Verdict};

/// The migration tool whose rules a folder follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// No tool: all `.sql` files in the order of their names.
    Plain,
    /// The Supabase CLI (`supabase db push`, `supabase migration up`).
    Supabase,
    /// sqlx (`sqlx migrate`, `sqlx::migrate!`).
    Sqlx,
    /// golang-migrate.
    GolangMigrate,
    /// goose.
    Goose,
    /// dbmate.
    Dbmate,
    /// Flyway.
    Flyway,
    /// refinery.
    Refinery,
    /// node-pg-migrate.
    NodePgMigrate,
    /// Prisma Migrate.
    Prisma,
    /// Drizzle Kit and Drizzle ORM's migrator.
    Drizzle,
    /// Diesel.
    Diesel,
    /// sqitch.
    Sqitch,
    /// Atlas.
    Atlas,
    /// graphile-migrate.
    Graphile,
    /// pop (`soda`, Buffalo).
    Pop,
    /// postgres-migrations.
    PostgresMigrations,
    /// One file that `pg_dump` wrote, such as Rails' `structure.sql`.
    Structure,
}

/// What a convention makes of a folder.
pub(super) struct Contents {
    /// In the order in which they are applied.
    pub(super) migrations: Vec<Migration>,
    /// What there is to say about names and files.
    pub(super) claims: Vec<Claim>,
    /// Files that the tool knows and that are no migrations.
    pub(super) others: Vec<Utf8PathBuf>,
    /// The numbers of migrations that are code, not SQL.
    pub(super) in_code: Vec<u64>,
    /// What the tool's own settings say of its ledger.
    pub(super) ledger: ledger::Settings,
}

impl Contents {
    fn of(migrations: Vec<Migration>, claims: Vec<Claim>) -> Self {
        Self {
            migrations,
            claims,
            others: Vec::new(),
            in_code: Vec::new(),
            ledger: ledger::Settings::default(),
        }
    }
}

impl Convention {
    /// All conventions.
    pub const ALL: [Self; 18] = [
        Self::Plain,
        Self::Supabase,
        Self::Sqlx,
        Self::GolangMigrate,
        Self::Goose,
        Self::Dbmate,
        Self::Flyway,
        Self::Refinery,
        Self::NodePgMigrate,
        Self::Prisma,
        Self::Drizzle,
        Self::Diesel,
        Self::Sqitch,
        Self::Atlas,
        Self::Graphile,
        Self::Pop,
        Self::PostgresMigrations,
        Self::Structure,
    ];

    /// The name that a contract gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Supabase => "supabase",
            Self::Sqlx => "sqlx",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::Flyway => "flyway",
            Self::Refinery => "refinery",
            Self::NodePgMigrate => "node-pg-migrate",
            Self::Prisma => "prisma",
            Self::Drizzle => "drizzle",
            Self::Diesel => "diesel",
            Self::Sqitch => "sqitch",
            Self::Atlas => "atlas",
            Self::Graphile => "graphile",
            Self::Pop => "pop",
            Self::PostgresMigrations => "postgres-migrations",
            Self::Structure => "structure",
        }
    }

    /// Whether files are given to psql, or to something that may be psql: only psql reads the data below a
    /// `COPY … FROM stdin` and its own commands. A tool that sends files to the server fails at both.
    #[must_use]
    pub fn may_use_psql(self) -> bool {
        matches!(self, Self::Plain | Self::Sqitch | Self::Structure)
    }

    /// The names that it takes for migrations.
    pub(super) fn looks_for(self) -> &'static str {
        match self {
            Self::Plain => "files named `*.sql`",
            Self::Sqlx => "files named `<number>_<description>.sql`",
            Self::Supabase => "files named `<timestamp>_<name>.sql`",
            Self::GolangMigrate => "files named `<number>_<title>.up.sql`",
            Self::Goose | Self::NodePgMigrate => "files named `<number>_<name>.sql`",
            Self::Dbmate => "files named `<digits>_<name>.sql`",
            Self::Flyway => "files named `V<version>__<description>.sql` or `R__<description>.sql`",
            Self::Refinery => "files named `V<number>__<name>.sql`",
            Self::Pop => "files named `<digits>_<name>.up.sql`",
            Self::PostgresMigrations => "files named `<number>_<name>.sql` or `<number>-<name>.sql`",
            Self::Prisma => "files named `<folder>/migration.sql`",
            Self::Drizzle => "the files that `meta/_journal.json` names",
            Self::Diesel => "files named `<version>_<name>/up.sql`",
            Self::Sqitch => "the changes that `sqitch.plan` names, in `deploy/`",
            Self::Atlas => "files named `<version>_<description>.sql`",
            Self::Graphile => "files named `committed/<number>.sql`",
            Self::Structure => "`structure.sql`, or the one `.sql` file there is",
        }
    }

    /// What its tool does with the second file of a version, beginning with a separator; or empty.
    pub(super) fn at_duplicates(self) -> &'static str {
        match self {
            Self::Supabase => ": Supabase stops at the second, whose row the ledger refuses",
            Self::GolangMigrate => ": golang-migrate refuses the whole folder",
            Self::Goose => ": goose refuses the whole folder",
            Self::Dbmate => {
                ": dbmate stops at the second, whose row the ledger refuses, or passes it over where the first was \
                 applied before"
            }
            Self::Flyway => ": Flyway stops before the first migration",
            Self::Refinery => ": refinery stops at the second, whose row the ledger refuses",
            Self::PostgresMigrations => ": postgres-migrations refuses the whole folder",
            Self::Diesel => ": Diesel applies one of them, and which is left to chance",
            Self::Atlas => ": Atlas writes both into one row of its ledger",
            _ => "",
        }
    }

    /// The migrations of a folder in the order in which they are applied, and what there is to say about names.
    pub(super) fn read(self, folder: &Folder) -> Result<Contents, ReadError> {
        match self {
            Self::Plain => plain::read(folder),
            Self::Supabase => supabase::read(folder),
            Self::Sqlx => sqlx::read(folder),
            Self::GolangMigrate => golang_migrate::read(folder),
            Self::Goose => goose::read(folder),
            Self::Dbmate => dbmate::read(folder),
            Self::Flyway => flyway::read(folder),
            Self::Refinery => refinery::read(folder),
            Self::Pop => pop::read(folder),
            Self::PostgresMigrations => postgres_migrations::read(folder),
            Self::NodePgMigrate => node_pg_migrate::read(folder),
            Self::Prisma => prisma::read(folder),
            Self::Drizzle => drizzle::read(folder),
            Self::Diesel => diesel::read(folder),
            Self::Sqitch => sqitch::read(folder),
            Self::Atlas => atlas::read(folder),
            Self::Graphile => graphile::read(folder),
            Self::Structure => structure::read(folder),
        }
    }

    /// What its tool makes of the session before each file, so that nothing that a file has set lasts.
    pub(super) fn before_each(self) -> Option<&'static str> {
        match self {
            Self::Supabase => Some("RESET ALL"),
            Self::Flyway => Some("RESET ROLE; RESET search_path"),
            _ => None,
        }
    }

    /// Its tool's ledger, if it has one.
    pub(super) fn ledger(self) -> Option<&'static Table> {
        match self {
            Self::Supabase => Some(&supabase::LEDGER),
            Self::Sqlx => Some(&sqlx::LEDGER),
            Self::GolangMigrate => Some(&golang_migrate::LEDGER),
            Self::Goose => Some(&goose::LEDGER),
            Self::Dbmate => Some(&dbmate::LEDGER),
            Self::Flyway => Some(&flyway::LEDGER),
            Self::Refinery => Some(&refinery::LEDGER),
            Self::Pop => Some(&pop::LEDGER),
            Self::PostgresMigrations => Some(&postgres_migrations::LEDGER),
            Self::NodePgMigrate => Some(&node_pg_migrate::LEDGER),
            Self::Prisma => Some(&prisma::LEDGER),
            Self::Drizzle => Some(&drizzle::LEDGER),
            Self::Diesel => Some(&diesel::LEDGER),
            Self::Sqitch => Some(&sqitch::LEDGER),
            Self::Atlas => Some(&atlas::LEDGER),
            Self::Graphile => Some(&graphile::LEDGER),
            _ => None,
        }
    }

    /// Writes a row into its tool's ledger.
    pub(super) async fn insert(self, session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
        match self {
            Self::Supabase => supabase::insert(session, row).await,
            Self::Sqlx => sqlx::insert(session, row).await,
            Self::GolangMigrate => golang_migrate::insert(session, row).await,
            Self::Goose => goose::insert(session, row).await,
            Self::Dbmate => dbmate::insert(session, row).await,
            Self::Flyway => flyway::insert(session, row).await,
            Self::Refinery => refinery::insert(session, row).await,
            Self::Pop => pop::insert(session, row).await,
            Self::PostgresMigrations => postgres_migrations::insert(session, row).await,
            Self::NodePgMigrate => node_pg_migrate::insert(session, row).await,
            Self::Prisma => prisma::insert(session, row).await,
            Self::Drizzle => drizzle::insert(session, row).await,
            Self::Diesel => diesel::insert(session, row).await,
            Self::Sqitch => sqitch::insert(session, row).await,
            Self::Atlas => atlas::insert(session, row).await,
            Self::Graphile => graphile::insert(session, row).await,
            _ => Ok(()),
        }
    }

    /// Takes out what its tool's ledger has beside the row of an entry, before the row itself goes.
    pub(super) async fn delete_beside(
        self,
        session: &mut PgConnection,
        entry: &str,
    ) -> Result<(), ::sqlx::Error> {
        match self {
            Self::Sqitch => sqitch::delete_beside(session, entry).await,
            _ => Ok(()),
        }
    }
}

/// A migration that is a program, which pgproof does not run.
fn in_code(tool: &str, language: &str, path: &Utf8Path) -> Claim {
    let message = format!(
        "{path} is a migration of {tool} in {language}, which pgproof does not run: all that is said of this project is \
         said without what it makes; write it as SQL, or `exclude` it if it changes nothing that is proved"
    );
    let mut claim = finding("apply/in-code", Severity::Error, path, 1, message);
    claim.verdict = Verdict::Unproven;
    claim
}

/// What a file has that a tool sends as it is, and that only psql understands; a byte-order mark too.
fn refused_by_server(tool: &str, up: &Script) -> Option<Claim> {
    if up.byte_order_mark {
        return Some(refused_there(tool, up, 0, "a byte-order mark"));
    }
    psql_only(tool, up, &[SegmentKind::CopyData, SegmentKind::MetaCommand])
}

/// The same for a tool that takes the mark off, and those of the kinds that it does not understand itself.
fn psql_only(tool: &str, up: &Script, kinds: &[SegmentKind]) -> Option<Claim> {
    let mut segments = up.segments().into_iter();
    let segment = segments.find(|segment| kinds.contains(&segment.kind))?;
    let what = if segment.kind == SegmentKind::CopyData {
        "COPY data"
    } else {
        "a command of psql's"
    };
    Some(refused_there(tool, up, segment.span.start, what))
}

fn refused_there(tool: &str, up: &Script, byte: usize, what: &str) -> Claim {
    let message = format!(
        "{} has {what}, which {tool} sends to the server and the server refuses",
        up.path
    );
    let claim = finding("apply/psql", Severity::Error, &up.path, 1, message);
    claim.at(Some(up.location(byte)))
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a name is no convention that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseConventionError {
    /// No tool that is known.
    #[error("understand the convention `{name}`{}", nearest.map_or_else(String::new, |near| format!(": did you mean `{near}`?")))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
}

impl FromStr for Convention {
    type Err = ParseConventionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some(convention) = Self::ALL.into_iter().find(|convention| convention.name() == name) {
            return Ok(convention);
        }
        let nearest = Self::ALL
            .into_iter()
            .map(Self::name)
            .map(|known| (strsim::damerau_levenshtein(known, &name.to_lowercase()), known))
            .filter(|(distance, known)| *distance <= known.len() / 2)
            .min();
        Err(ParseConventionError::Unknown {
            name: name.to_owned(),
            nearest: nearest.map(|(_, known)| known),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_convention_that_is_read_answers_to_its_name() {
        for convention in Convention::ALL {
            assert_eq!(convention.to_string().parse(), Ok(convention));
        }
    }

    #[test]
    fn a_name_that_is_wrong_is_answered_with_the_one_most_like_it() {
        let error = "flywya".parse::<Convention>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "understand the convention `flywya`: did you mean `flyway`?"
        );
        let error = "xyz".parse::<Convention>().unwrap_err();
        assert_eq!(error.to_string(), "understand the convention `xyz`");
    }
}
