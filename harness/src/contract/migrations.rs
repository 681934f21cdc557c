//! `[migrations]`: where they are, whose conventions they follow, and what is there before the first.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;

use super::files::FileGlob;
use super::names::TableName;
use super::reader::{FromToml, Problems, Table, Value, words};

words! {
    /// Whose conventions the migrations' names, order, transactions and ledger follow.
    #[derive(Default)]
    pub enum Convention("convention") {
        /// Told from the files.
        #[default]
        Auto = "auto",
        /// The Supabase CLI.
        Supabase = "supabase",
        /// sqlx.
        Sqlx = "sqlx",
        /// golang-migrate.
        GolangMigrate = "golang-migrate",
        /// goose.
        Goose = "goose",
        /// dbmate.
        Dbmate = "dbmate",
        /// Flyway.
        Flyway = "flyway",
        /// refinery.
        Refinery = "refinery",
        /// node-pg-migrate.
        NodePgMigrate = "node-pg-migrate",
        /// Prisma Migrate.
        Prisma = "prisma",
        /// Drizzle Kit.
        Drizzle = "drizzle",
        /// Diesel.
        Diesel = "diesel",
        /// sqitch.
        Sqitch = "sqitch",
        /// Atlas.
        Atlas = "atlas",
        /// graphile-migrate.
        Graphile = "graphile",
        /// pop (Buffalo's `soda`).
        Pop = "pop",
        /// postgres-migrations.
        PostgresMigrations = "postgres-migrations",
        /// One file that `pg_dump` wrote, such as Rails' `structure.sql`.
        Structure = "structure",
        /// Files of SQL in the order of their names, and a runner of one's own.
        Plain = "plain",
    }
}

words! {
    /// What of a file the ledger holds as its version.
    #[derive(Default)]
    pub enum LedgerValue("ledger value") {
        /// The file's name.
        #[default]
        File = "file",
        /// The file's name without its endings.
        Stem = "stem",
        /// The number that the name begins with.
        Number = "number",
    }
}

/// Where the migrations are and how they are applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Migrations {
    /// The folder of the migrations, relative to the contract.
    #[schemars(with = "String", default = "default_path")]
    pub path: Utf8PathBuf,
    /// The name of the database that migrations see. Left out: the project's name.
    pub database: Option<String>,
    /// Whose conventions the files follow.
    #[schemars(default)]
    pub convention: Convention,
    /// What the platform gives before the first migration: roles, schemas, functions. Files, or the name of what pgproof
    /// knows: `supabase`, `postgrest`, `hasura`, or `roles` for the roles that migrations name and never make.
    #[schemars(with = "Vec<String>", default)]
    pub prelude: Vec<Utf8PathBuf>,
    /// Values of the placeholders in the files, for the tools that have such: `${name}`, `:NAME`.
    #[schemars(default)]
    pub placeholders: BTreeMap<String, String>,
    /// Files that are not migrations. Ways back (down files) are known by convention.
    #[schemars(default)]
    pub exclude: Vec<FileGlob>,
    /// The ledger of a runner of one's own, for the convention `plain`; for a tool's, another table than the usual one.
    pub ledger: Option<Ledger>,
    /// The role that applies the migrations, made if it is absent. Left out: the superuser.
    pub role: Option<String>,
}

fn default_path() -> Utf8PathBuf {
    ".".into()
}

impl Default for Migrations {
    fn default() -> Self {
        Self {
            path: default_path(),
            database: None,
            convention: Convention::default(),
            prelude: Vec::new(),
            placeholders: BTreeMap::new(),
            exclude: Vec::new(),
            ledger: None,
            role: None,
        }
    }
}

impl FromToml for Migrations {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[migrations]", problems)?;
        let read = Self {
            path: table.optional("path").unwrap_or_else(default_path),
            database: table.optional("database"),
            convention: table.or_default("convention"),
            prelude: table.or_default("prelude"),
            placeholders: table.or_default("placeholders"),
            exclude: table.or_default("exclude"),
            ledger: table.optional("ledger"),
            role: table.optional("role"),
        };
        table.close();
        Some(read)
    }
}

/// The table in which a runner notes what it applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ledger {
    /// The table.
    pub table: TableName,
    /// Its column that holds the version.
    pub version: String,
    /// Its column that holds the time.
    pub at: Option<String>,
    /// What of a file's name is its version.
    #[schemars(default)]
    pub value: LedgerValue,
}

impl FromToml for Ledger {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`ledger`", problems)?;
        let name = table.required("table");
        let version = table.required("version");
        let at = table.optional("at");
        let value = table.or_default("value");
        table.close();
        Some(Self {
            table: name?,
            version: version?,
            at,
            value,
        })
    }
}
