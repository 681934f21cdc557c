//! The ledger: the table in which a tool writes down what it has applied, made the way that tool makes it.
//!
//! What is a tool's own stands in its file under `convention/`: the [`Table`], and what it puts into a row.

use std::fmt;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgArguments, PgConnection, Postgres};
use sqlx::query::Query;

use super::split::{SegmentKind, keywords};
use super::{Convention, Migration, ReadError, Reading};
use crate::contract;
use crate::sql;

/// A tool's own ledger. It is there before the first migration.
pub(super) struct Table {
    /// The schema; where there is none, the table is where the session's `search_path` leads, which is `public`.
    pub(super) schema: Option<&'static str>,
    pub(super) name: &'static str,
    /// Whether the tool can be told another table.
    pub(super) may_be_named: bool,
    /// The column that tells one migration's row from another's.
    pub(super) version: &'static str,
    /// The statements that make it, with all that the tool makes beside it. Like those that write a row they call it
    /// `:ledger` where it may be named, and its bare name `:name`.
    pub(super) create: &'static str,
    /// What stands in the column `version` before the first migration.
    pub(super) first: &'static [&'static str],
    pub(super) keeps: Keeps,
    /// What stands in the column `version` for a migration.
    pub(super) entry: fn(&Migration) -> String,
}

/// What a ledger keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    /// A row for each file.
    EachFile,
    /// One row, of the last file that was applied.
    LastFile,
}

impl fmt::Debug for Table {
    /// Without the function, which is at another address in each run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("version", &self.version)
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.create == other.create
    }
}

impl Eq for Table {}

/// The version, for ledgers that hold it.
pub(super) fn by_version(migration: &Migration) -> String {
    migration.version.clone()
}

/// The number, for ledgers that hold it.
pub(super) fn by_number(migration: &Migration) -> String {
    migration.number.unwrap_or_default().to_string()
}

/// A tool's ledger, as the project's own settings of the tool have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Another form of the table than the usual one.
    pub(super) form: Option<&'static Table>,
    pub(super) schema: Option<String>,
    pub(super) name: Option<String>,
    /// What the tool makes of its session before each file, if not the usual.
    pub(super) before_each: Option<String>,
}

/// A tool's ledger in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    convention: Convention,
    form: &'static Table,
    schema: Option<String>,
    name: String,
    before_each: Option<String>,
}

impl Tool {
    fn of(
        convention: Convention,
        usual: &'static Table,
        settings: Settings,
        named: Option<&contract::Ledger>,
    ) -> Result<Self, ReadError> {
        let form = settings.form.unwrap_or(usual);
        let mut tool = Self {
            convention,
            form,
            schema: settings.schema.or(form.schema.map(str::to_owned)),
            name: settings.name.unwrap_or_else(|| form.name.to_owned()),
            before_each: settings
                .before_each
                .or(convention.before_each().map(str::to_owned)),
        };
        let Some(named) = named else { return Ok(tool) };
        let reason = if !form.may_be_named {
            format!("{convention} always has it in {}", tool.table())
        } else if named.version != form.version {
            format!(
                "that of {convention} has its versions in the column `{}`",
                form.version
            )
        } else {
            tool.schema = named.table.schema.clone().or(tool.schema);
            tool.name.clone_from(&named.table.name);
            return Ok(tool);
        };
        Err(ReadError::Ledger { reason })
    }

    fn table(&self) -> String {
        format!("{}.{}", self.schema.as_deref().unwrap_or("public"), self.name)
    }

    pub(super) fn quoted(&self) -> String {
        let name = sql::identifier(&self.name);
        match &self.schema {
            Some(schema) => format!("{}.{name}", sql::identifier(schema)),
            None => name,
        }
    }

    /// Whether it is somewhere else than where the session's `search_path` leads.
    pub(super) fn has_schema(&self) -> bool {
        self.schema.is_some()
    }

    /// A statement with the table's name in it.
    pub(super) fn statement(&self, text: &str) -> String {
        text.replace(":ledger", &self.quoted())
            .replace(":name", &self.name.replace('"', "\"\""))
    }

    fn create(&self) -> String {
        let schema = self
            .schema
            .as_deref()
            .filter(|schema| self.form.may_be_named && *schema != "public")
            .map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {};\n", sql::identifier(schema)));
        schema.unwrap_or_default() + &self.statement(self.form.create)
    }
}

/// What a tool knows when it writes a row.
pub(super) struct Row<'a> {
    pub(super) ledger: &'a Tool,
    pub(super) migration: &'a Migration,
    /// Its place among all of the project's, from 0.
    pub(super) number: usize,
    pub(super) took: Duration,
}

/// A statement whose parameters are being given.
pub(super) type Bound<'q> = Query<'q, Postgres, PgArguments>;

impl<'a> Row<'a> {
    /// Runs a statement about the row.
    pub(super) async fn write(
        &self,
        session: &mut PgConnection,
        statement: &str,
        bind: impl FnOnce(Bound<'a>) -> Bound<'a>,
    ) -> Result<(), sqlx::Error> {
        let statement = self.ledger.statement(statement);
        bind(sqlx::query(AssertSqlSafe(statement)).persistent(false))
            .execute(session)
            .await
            .map(drop)
    }

    /// The migration's number as ledgers hold it.
    pub(super) fn version(&self) -> i64 {
        i64::try_from(self.migration.number.unwrap_or_default()).unwrap_or(i64::MAX)
    }
}

/// The ledger of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ledger {
    /// The contract names none and the convention has none.
    None,
    /// As the convention's tool makes it.
    Tool(Tool),
    /// As the contract says.
    Named {
        /// Schema and table, as they are in the catalog.
        table: (String, String),
        /// The column that names the migration.
        version: String,
        /// The column that says when, if there is one.
        at: Option<String>,
        /// What stands in `version`.
        value: contract::LedgerValue,
    },
}

impl Ledger {
    /// The ledger that the convention and the contract ask for.
    pub(crate) fn of(reading: &Reading, named: Option<&contract::Ledger>) -> Result<Self, ReadError> {
        Ok(match (reading.convention.ledger(), named) {
            (Some(usual), _) => Self::Tool(Tool::of(
                reading.convention,
                usual,
                reading.ledger.clone(),
                named,
            )?),
            (None, None) => Self::None,
            (None, Some(ledger)) => Self::Named {
                table: (
                    ledger.table.schema.clone().unwrap_or_else(|| "public".to_owned()),
                    ledger.table.name.clone(),
                ),
                version: ledger.version.clone(),
                at: ledger.at.clone(),
                value: ledger.value,
            },
        })
    }

    fn of_tool(&self) -> Option<&'static Table> {
        match self {
            Self::Tool(tool) => Some(tool.form),
            Self::None | Self::Named { .. } => None,
        }
    }

    /// The table's name for people; `None` where there is no ledger.
    pub(crate) fn table(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Tool(tool) => Some(tool.table()),
            Self::Named { table, .. } => Some(format!("{}.{}", table.0, table.1)),
        }
    }

    fn quoted(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Tool(tool) => Some(tool.quoted()),
            Self::Named { table, .. } => Some(format!(
                "{}.{}",
                sql::identifier(&table.0),
                sql::identifier(&table.1)
            )),
        }
    }

    /// The number of the first of the migrations that makes the table itself, if one does.
    pub(crate) fn maker(&self, migrations: &[Migration]) -> Option<usize> {
        let Self::Named { table, .. } = self else {
            return None;
        };
        let makes = |statement: &str| {
            let words = keywords(statement);
            let at = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["CREATE", "TABLE", "IF", "NOT", "EXISTS", ..] => 5,
                ["CREATE", "TABLE", ..] => 2,
                _ => return false,
            };
            let is = |word: &String, name: &str| match word.strip_prefix('"') {
                Some(quoted) => quoted.trim_end_matches('"') == name,
                None => word.to_lowercase() == name,
            };
            match &words[at..] {
                // `keywords` gives at most eight words, and the table's name is the last of them that counts.
                [schema, name, ..] if is(schema, &table.0) => is(name, &table.1),
                [name, ..] => is(name, &table.1),
                [] => false,
            }
        };
        migrations.iter().position(|migration| {
            let script = &migration.up;
            script
                .segments()
                .into_iter()
                .any(|segment| segment.kind == SegmentKind::Statement && makes(&script.text[segment.span]))
        })
    }

    /// Whether the table is there.
    pub(crate) async fn exists(&self, session: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let Some(table) = self.quoted() else {
            return Ok(false);
        };
        sqlx::query_scalar("SELECT pg_catalog.to_regclass($1) IS NOT NULL")
            .persistent(false)
            .bind(table)
            .fetch_one(session)
            .await
    }

    /// What is said where the ledger refuses a migration: an earlier one may bear the same version.
    pub(crate) fn twice(&self, earlier: &[Migration], migration: &Migration) -> String {
        let entry = self.entry(migration);
        earlier
            .iter()
            .find(|earlier| self.entry(earlier) == entry)
            .map_or_else(String::new, |earlier| {
                format!(", which has the entry {entry} of {} already", earlier.up.path)
            })
    }

    /// Makes the table, unless a prelude has.
    pub(crate) async fn create(&self, session: &mut PgConnection) -> Result<(), sqlx::Error> {
        let statement = match self {
            Self::None => return Ok(()),
            Self::Tool(tool) => tool.create(),
            Self::Named {
                table, version, at, ..
            } => {
                let at = at.as_ref().map_or_else(String::new, |column| {
                    format!(", {} timestamptz NOT NULL DEFAULT now()", sql::identifier(column))
                });
                format!(
                    "CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE IF NOT EXISTS {} ({} text PRIMARY KEY{at})",
                    sql::identifier(&table.0),
                    self.quoted().unwrap_or_default(),
                    sql::identifier(version),
                )
            }
        };
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(session).await?;
        Ok(())
    }

    /// Writes down that the migration of that number was applied.
    pub(crate) async fn insert(
        &self,
        session: &mut PgConnection,
        migrations: &[Migration],
        number: usize,
        took: Duration,
    ) -> Result<(), sqlx::Error> {
        let migration = &migrations[number];
        match self {
            Self::None => Ok(()),
            Self::Tool(ledger) => {
                let row = Row {
                    ledger,
                    migration,
                    number,
                    took,
                };
                ledger.convention.insert(session, &row).await
            }
            Self::Named { version, .. } => {
                let statement = format!(
                    "INSERT INTO {} ({}) VALUES ($1)",
                    self.quoted().unwrap_or_default(),
                    sql::identifier(version)
                );
                sqlx::query(AssertSqlSafe(statement))
                    .persistent(false)
                    .bind(self.entry(migration))
                    .execute(session)
                    .await?;
                Ok(())
            }
        }
    }

    /// Takes the entry out again when the migration of that number was taken back.
    pub(crate) async fn delete(
        &self,
        session: &mut PgConnection,
        migrations: &[Migration],
        number: usize,
    ) -> Result<(), sqlx::Error> {
        let (Some(table), column) = (self.quoted(), self.version_column()) else {
            return Ok(());
        };
        if let Self::Tool(tool) = self {
            let entry = self.entry(&migrations[number]);
            tool.convention.delete_beside(session, &entry).await?;
        }
        let statement = format!("DELETE FROM {table} WHERE {}::text = $1", sql::identifier(column));
        sqlx::query(AssertSqlSafe(statement))
            .persistent(false)
            .bind(self.entry(&migrations[number]))
            .execute(&mut *session)
            .await?;
        match number.checked_sub(1) {
            Some(before) if self.keeps() == Keeps::LastFile => {
                self.insert(session, migrations, before, Duration::ZERO).await
            }
            _ => Ok(()),
        }
    }

    /// What the tool makes of its session before each file.
    pub(crate) fn before_each(&self) -> Option<&str> {
        match self {
            Self::Tool(tool) => tool.before_each.as_deref(),
            Self::None | Self::Named { .. } => None,
        }
    }

    fn keeps(&self) -> Keeps {
        self.of_tool().map_or(Keeps::EachFile, |table| table.keeps)
    }

    /// What it holds when these migrations were applied.
    pub(crate) fn expected(&self, migrations: &[Migration]) -> Vec<String> {
        let first = self.of_tool().map_or(&[][..], |table| table.first);
        let skipped = match self.keeps() {
            Keeps::EachFile => 0,
            Keeps::LastFile => migrations.len().saturating_sub(1),
        };
        let entries = migrations[skipped..]
            .iter()
            .map(|migration| self.entry(migration));
        first
            .iter()
            .map(|entry| (*entry).to_owned())
            .chain(entries)
            .collect()
    }

    /// What the ledger holds, in its own order of versions.
    pub(crate) async fn entries(&self, session: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
        let Some(table) = self.quoted() else {
            return Ok(Vec::new());
        };
        let column = sql::identifier(self.version_column());
        let statement = format!("SELECT {column}::text FROM {table} ORDER BY {column}");
        sqlx::query_scalar(AssertSqlSafe(statement))
            .persistent(false)
            .fetch_all(session)
            .await
    }

    /// What stands in the ledger for a migration.
    pub(crate) fn entry(&self, migration: &Migration) -> String {
        match self {
            Self::None => String::new(),
            Self::Tool(tool) => (tool.form.entry)(migration),
            Self::Named { value, .. } => match value {
                contract::LedgerValue::File => migration.up.path.file_name().unwrap_or_default().to_owned(),
                contract::LedgerValue::Stem => migration.up.path.file_stem().unwrap_or_default().to_owned(),
                contract::LedgerValue::Number => migration.version.clone(),
            },
        }
    }

    fn version_column(&self) -> &str {
        match self {
            Self::None => "version",
            Self::Tool(tool) => tool.form.version,
            Self::Named { version, .. } => version,
        }
    }
}
