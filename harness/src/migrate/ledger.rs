//! The ledger: the table in which a tool writes down what it has applied, made the way that tool makes it.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::split::{SegmentKind, keywords};
use super::{Convention, Migration};
use crate::contract;
use crate::sql;

/// The ledger of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ledger {
    /// The contract names none and the convention has none.
    None,
    /// As sqlx's migrator makes it.
    Sqlx,
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
        match (convention, named) {
            (Convention::Sqlx, _) => Self::Sqlx,
            (_, None) => Self::None,
            (_, Some(ledger)) => Self::Named {
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

    /// The table's name for people; `None` where there is no ledger.
    pub(crate) fn table(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Sqlx => Some("public._sqlx_migrations".to_owned()),
            Self::Named { table, .. } => Some(format!("{}.{}", table.0, table.1)),
        }
    }

    fn quoted(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Sqlx => Some("_sqlx_migrations".to_owned()),
            Self::Named { table, .. } => Some(format!(
                "{}.{}",
                sql::identifier(&table.0),
                sql::identifier(&table.1)
            )),
        }
    }

    /// Whether one of the migrations makes the table itself.
    pub(crate) fn is_made_by(&self, migrations: &[Migration]) -> bool {
        let Self::Named { table, .. } = self else {
            return false;
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
        migrations.iter().any(|migration| {
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
            Self::Sqlx => include_str!("ledger_sqlx.sql").to_owned(),
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

    /// Writes down that a migration was applied.
    pub(crate) async fn insert(
        &self,
        session: &mut PgConnection,
        migration: &Migration,
        took: std::time::Duration,
    ) -> Result<(), sqlx::Error> {
        match self {
            Self::None => Ok(()),
            Self::Sqlx => {
                let number = self.entry(migration).parse::<i64>().unwrap_or_default();
                // Prepared and kept, as sqlx does: a migration that throws it away ends sqlx's run, too.
                sqlx::query(
                    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES ($1, $2, TRUE, $3, $4)",
                )
                .bind(number)
                .bind(&migration.name)
                .bind(migration.up.sha384().to_vec())
                .bind(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX))
                .execute(session)
                .await?;
                Ok(())
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

    /// Takes the entry out again when a migration was taken back.
    pub(crate) async fn delete(
        &self,
        session: &mut PgConnection,
        migration: &Migration,
    ) -> Result<(), sqlx::Error> {
        let (Some(table), column) = (self.quoted(), self.version_column()) else {
            return Ok(());
        };
        let statement = format!("DELETE FROM {table} WHERE {}::text = $1", sql::identifier(column));
        sqlx::query(AssertSqlSafe(statement))
            .persistent(false)
            .bind(self.entry(migration))
            .execute(session)
            .await?;
        Ok(())
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
            Self::Sqlx => migration
                .number
                .map_or_else(|| migration.version.clone(), |number| number.to_string()),
            Self::Named { value, .. } => match value {
                contract::LedgerValue::File => migration.up.path.file_name().unwrap_or_default().to_owned(),
                contract::LedgerValue::Stem => migration.up.path.file_stem().unwrap_or_default().to_owned(),
                contract::LedgerValue::Number => migration.version.clone(),
            },
        }
    }

    fn version_column(&self) -> &str {
        match self {
            Self::None | Self::Sqlx => "version",
            Self::Named { version, .. } => version,
        }
    }
}
