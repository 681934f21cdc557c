//! The ledger: the table in which a tool writes down what it has applied, made the way that tool makes it.
//!
//! What is a tool's own stands in its file under `convention/`: the [`Table`], and what it puts into a row.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::split::{SegmentKind, keywords};
use super::{Convention, Migration};
use crate::contract;
use crate::sql;

/// A tool's own ledger. It is there before the first migration.
#[derive(Debug)]
pub(super) struct Table {
    /// The schema; where there is none, the table is where the session's `search_path` leads, which is `public`.
    pub(super) schema: Option<&'static str>,
    pub(super) name: &'static str,
    /// The column that tells one migration's row from another's.
    pub(super) version: &'static str,
    /// The statements that make it, with all that the tool makes beside it.
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

/// What a tool knows when it writes a row.
pub(super) struct Row<'a> {
    pub(super) migration: &'a Migration,
    /// Its place among all of the project's, from 0.
    pub(super) number: usize,
    pub(super) took: Duration,
}

/// The ledger of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ledger {
    /// The contract names none and the convention has none.
    None,
    /// As the convention's tool makes it.
    Tool(Convention),
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
    pub(crate) fn of(convention: Convention, named: Option<&contract::Ledger>) -> Self {
        match (convention.ledger(), named) {
            (Some(_), _) => Self::Tool(convention),
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
        }
    }

    fn of_tool(&self) -> Option<&'static Table> {
        match self {
            Self::Tool(convention) => convention.ledger(),
            Self::None | Self::Named { .. } => None,
        }
    }

    /// The table's name for people; `None` where there is no ledger.
    pub(crate) fn table(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Tool(_) => {
                let table = self.of_tool()?;
                Some(format!("{}.{}", table.schema.unwrap_or("public"), table.name))
            }
            Self::Named { table, .. } => Some(format!("{}.{}", table.0, table.1)),
        }
    }

    fn quoted(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Tool(_) => {
                let table = self.of_tool()?;
                let name = sql::identifier(table.name);
                Some(table.schema.map_or_else(
                    || name.clone(),
                    |schema| format!("{}.{name}", sql::identifier(schema)),
                ))
            }
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
            Self::Tool(convention) => match convention.ledger() {
                Some(table) => table.create.to_owned(),
                None => return Ok(()),
            },
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
            Self::Tool(convention) => {
                let row = Row {
                    migration,
                    number,
                    took,
                };
                convention.insert(session, &row).await
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
        if let Self::Tool(convention) = self {
            let entry = self.entry(&migrations[number]);
            convention.delete_beside(session, &entry).await?;
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
    pub(crate) fn before_each(&self) -> Option<&'static str> {
        match self {
            Self::Tool(convention) => convention.before_each(),
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
            Self::Tool(convention) => convention
                .ledger()
                .map_or_else(String::new, |table| (table.entry)(migration)),
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
            Self::Tool(_) => self.of_tool().map_or("version", |table| table.version),
            Self::Named { version, .. } => version,
        }
    }
}
