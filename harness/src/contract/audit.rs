//! `[[audit]]`: what has to be logged, where, and what must never stand there.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::context::{Claims, SettingName};
use super::names::{RelationName, RelationPattern};
use super::reader::{FromToml, Problems, Table, Value, ValueError, words};

words! {
    /// A command that changes rows.
    pub enum Operation("operation") {
        /// INSERT.
        Insert = "INSERT",
        /// UPDATE.
        Update = "UPDATE",
        /// DELETE.
        Delete = "DELETE",
        /// TRUNCATE.
        Truncate = "TRUNCATE",
    }
}

words! {
    /// Which name of a partitioned table an entry bears.
    pub enum PartitionName("name of a partition") {
        /// The partitioned table's.
        Parent = "parent",
        /// The partition's.
        Child = "child",
    }
}

/// Changes that have to leave an entry in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Audit {
    /// The tables whose changes are logged.
    pub tables: Vec<RelationPattern>,
    /// The log.
    pub log: RelationName,
    /// Which of the log's columns holds what.
    #[schemars(default)]
    pub columns: AuditColumns,
    /// The commands that have to be logged. TRUNCATE requires an entry where it is named; else it must be captured or refused.
    #[schemars(default = "default_operations")]
    pub operations: Vec<Operation>,
    /// Whom an entry names as the one who acted.
    pub actor: Option<Actor>,
    /// Columns that never stand in the log in clear.
    #[schemars(default)]
    pub redact: Vec<String>,
    /// Columns whose change alone need not be logged.
    #[schemars(default)]
    pub ignore: Vec<String>,
    /// The application's role, which may not write, change, delete or forge entries.
    pub app_role: Option<String>,
    /// Columns, by table, whose changes are logged however they come about.
    #[schemars(default)]
    pub must_capture: BTreeMap<RelationName, Vec<String>>,
    /// The name that an entry about a partition bears. Left out: either.
    pub partitions: Option<PartitionName>,
}

fn default_operations() -> Vec<Operation> {
    vec![Operation::Insert, Operation::Update, Operation::Delete]
}

impl FromToml for Audit {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[[audit]]", problems)?;
        let tables: Option<Vec<RelationPattern>> = table.required("tables");
        let operations: Option<Vec<Operation>> = table.optional("operations");
        for (key, empty) in [
            ("tables", tables.as_ref().is_some_and(Vec::is_empty)),
            ("operations", operations.as_ref().is_some_and(Vec::is_empty)),
        ] {
            if empty {
                table.add(
                    key,
                    ValueError::new("an empty list: nothing would have to be logged"),
                );
            }
        }
        let log = table.required("log");
        let columns = table.or_default("columns");
        let actor = table.optional("actor");
        let redact = table.or_default("redact");
        let ignore = table.or_default("ignore");
        let app_role = table.optional("app_role");
        let must_capture = table.or_default("must_capture");
        let partitions = table.optional("partitions");
        table.close();
        Some(Self {
            tables: tables?,
            log: log?,
            columns,
            operations: operations.unwrap_or_else(default_operations),
            actor,
            redact,
            ignore,
            app_role,
            must_capture,
            partitions,
        })
    }
}

/// Which of the log's columns holds what. What is left out is not looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AuditColumns {
    /// The schema of the changed table.
    pub schema: Option<String>,
    /// The changed table.
    pub table: Option<String>,
    /// The command.
    pub op: Option<String>,
    /// The key of the changed row.
    pub row_id: Option<String>,
    /// The row before.
    pub old: Option<String>,
    /// The row after.
    pub new: Option<String>,
    /// Which columns changed.
    pub changed: Option<String>,
    /// Who acted.
    pub actor: Option<String>,
    /// When.
    pub at: Option<String>,
}

impl FromToml for AuditColumns {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`columns` of [[audit]]", problems)?;
        let read = Self {
            schema: table.optional("schema"),
            table: table.optional("table"),
            op: table.optional("op"),
            row_id: table.optional("row_id"),
            old: table.optional("old"),
            new: table.optional("new"),
            changed: table.optional("changed"),
            actor: table.optional("actor"),
            at: table.optional("at"),
        };
        table.close();
        Some(read)
    }
}

/// Whom an entry names as the one who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(untagged, deny_unknown_fields)]
pub enum Actor {
    /// The value of a setting.
    Setting {
        /// The setting.
        setting: String,
        /// Its value, where it is more than who acts: JSON, in which `$1` is who acts, escaped for JSON.
        #[serde(skip_serializing_if = "Option::is_none")]
        claims: Option<String>,
    },
    /// The role that acted.
    Role {
        /// Always true.
        #[schemars(extend("const" = true))]
        role: bool,
    },
}

impl FromToml for Actor {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`actor`", problems)?;
        let setting: Option<SettingName> = table.optional("setting");
        let claims: Option<Claims> = table.optional("claims");
        let role: Option<bool> = table.optional("role");
        let help = "{ setting = \"app.current_user_id\" } or { role = true }";
        match (table.has("setting"), table.has("role")) {
            (true, true) => table.add("role", ValueError::new("both `setting` and `role`").help(help)),
            (false, false) => table.add_here(ValueError::new("the actor is not named").help(help)),
            _ => {}
        }
        if table.has("claims") && !table.has("setting") {
            table.add("claims", ValueError::new("`claims` goes with `setting` only"));
        }
        if claims.as_ref().is_some_and(|claims| !claims.0.contains("$1")) {
            table.add(
                "claims",
                ValueError::new("`claims` does not mention $1, who acts: everybody would be the same")
                    .labelled("no $1"),
            );
        }
        if role == Some(false) {
            table.add("role", ValueError::new("`role` can only be true").help(help));
        }
        table.close();
        match (setting, role) {
            (Some(setting), None) => Some(Self::Setting {
                setting: setting.0,
                claims: claims.map(|claims| claims.0),
            }),
            (None, Some(true)) => Some(Self::Role { role: true }),
            _ => None,
        }
    }
}
