//! `[complete]`: what has to be there after the last migration.

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Serialize;

use super::files::FileGlob;
use super::names::{RelationName, TableName};
use super::reader::{FromToml, Problems, Table, Value, ValueError};

/// What the migrated database has to hold, and what has to run on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Complete {
    /// Tables that have to be there.
    #[schemars(default)]
    pub tables: Vec<TableName>,
    /// Whether there may be no others.
    #[schemars(default)]
    pub exact: bool,
    /// Files of queries that an application ships.
    #[schemars(default)]
    pub queries: Vec<FileGlob>,
    /// The folder in which sqlx keeps an application's queries.
    #[schemars(with = "Option<String>")]
    pub sqlx_cache: Option<Utf8PathBuf>,
    /// Rows that have to be there.
    #[schemars(default)]
    pub rows: Vec<Rows>,
}

impl FromToml for Complete {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[complete]", problems)?;
        let read = Self {
            tables: table.or_default("tables"),
            exact: table.or_default("exact"),
            queries: table.or_default("queries"),
            sqlx_cache: table.optional("sqlx_cache"),
            rows: table.or_default("rows"),
        };
        if read.exact && !table.has("tables") {
            table.add(
                "exact",
                ValueError::new("`exact` is about `tables`, which are not named"),
            );
        }
        table.close();
        Some(read)
    }
}

/// How many rows a table has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rows {
    /// The table.
    pub table: RelationName,
    /// Exactly that many. Either this or `at_least`.
    pub count: Option<u64>,
    /// That many or more.
    pub at_least: Option<u64>,
}

impl FromToml for Rows {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[[complete.rows]]", problems)?;
        let name = table.required("table");
        let count = table.optional("count");
        let at_least = table.optional("at_least");
        match (table.has("count"), table.has("at_least")) {
            (true, true) => table.add("at_least", ValueError::new("both `count` and `at_least`")),
            (false, false) => {
                table.add_here(ValueError::new("[[complete.rows]] needs `count` or `at_least`"));
            }
            _ => {}
        }
        table.close();
        Some(Self {
            table: name?,
            count,
            at_least,
        })
    }
}
