//! `[[retention]]`: what goes when it is old, what stays, and what runs to make it so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeValue;

use super::interval::Interval;
use super::names::{ColumnName, RelationName, RelationPattern};
use super::reader::{FromText, FromToml, Problems, Table, Value, ValueError, Word, words, wrong_type};

words! {
    /// What `run` returns.
    pub enum Returns("return value") {
        /// How many rows of the contract's tables were removed or anonymised.
        Count = "count",
        /// Nothing that is looked at.
        None = "none",
    }
}

words! {
    /// What happens to a row that is too old.
    #[derive(Default)]
    pub enum Action("action") {
        /// It is removed.
        #[default]
        Delete = "delete",
        /// The columns under `anonymise` are cleared.
        Anonymise = "anonymise",
        /// It is moved to the table under `archive_to`.
        Archive = "archive",
    }
}

words! {
    /// What happens to a row without an age.
    pub enum NullAge("rule for rows without an age") {
        /// It stays.
        Keep = "keep",
        /// It goes like one that is too old.
        Expire = "expire",
    }
}

/// One statement that removes what is old, and what it has to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retention {
    /// The statement.
    pub run: String,
    /// What it returns. Left out: not looked at.
    pub returns: Option<Returns>,
    /// The role that runs it. Left out: the superuser.
    pub run_as: Option<String>,
    /// The application's role, which must not be able to run it.
    pub app_role: Option<String>,
    /// Relations in which nothing that was removed may live on.
    #[schemars(default)]
    pub no_copies_in: Vec<RelationPattern>,
    /// Columns whose values may live on there.
    #[schemars(default)]
    pub may_keep: Vec<String>,
    /// What has to go, table by table. May be left out where `policies` is there.
    #[schemars(default)]
    pub tables: BTreeMap<RelationName, RetainedTable>,
    /// The table that the rules live in, where they do.
    pub policies: Option<Policies>,
}

impl FromToml for Retention {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[[retention]]", problems)?;
        let run = table.required("run");
        let returns = table.optional("returns");
        let run_as = table.optional("run_as");
        let app_role = table.optional("app_role");
        let no_copies_in = table.or_default("no_copies_in");
        let may_keep = table.or_default("may_keep");
        let policies = table.optional("policies");
        if !table.has("policies") {
            if table.has("tables") {
                needs_of_tables(&mut table);
            } else {
                let error = ValueError::new(
                    "[[retention]] needs `tables` or `policies`: nothing says what has to go",
                );
                table.add_here(error.help("[retention.tables.\"public.events\"] with age and keep"));
            }
        }
        let tables = table.or_default("tables");
        table.close();
        Some(Self {
            run: run?,
            returns,
            run_as,
            app_role,
            no_copies_in,
            may_keep,
            tables,
            policies,
        })
    }
}

/// Without a table of policies, which rows are too old has to stand in the contract.
fn needs_of_tables(table: &mut Table<'_, '_, '_>) {
    let Some(DeValue::Table(entries)) = table.value("tables").map(toml::Spanned::get_ref) else {
        return;
    };
    for (name, value) in entries {
        let DeValue::Table(keys) = value.get_ref() else {
            continue;
        };
        for key in ["age", "keep"] {
            if !keys.contains_key(key) {
                let error = ValueError::new(format!("the retention of {} needs `{key}`", name.get_ref()));
                table.problems.add(value.span(), error);
            }
        }
    }
}

/// What goes from one table, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RetainedTable {
    /// The column that a row's age is counted from. Needed without `policies`.
    pub age: Option<String>,
    /// How long a row is kept: exactly that old stays, strictly older goes. Needed without `policies`.
    pub keep: Option<Interval>,
    /// What happens to a row that is too old.
    #[schemars(default)]
    pub action: Action,
    /// What happens to a row whose age is NULL. Left out: not looked at.
    pub null_age: Option<NullAge>,
    /// A predicate: rows that stay however old they are.
    pub hold: Option<String>,
    /// The time zone of ages that are `timestamp without time zone`.
    pub zone: Option<String>,
    /// Columns of tables below this one: a row stays while one of its children is younger than `keep`.
    #[schemars(default)]
    pub keep_while_younger: Vec<ColumnName>,
    /// The column with the tenant's key, where the run is for one tenant.
    pub tenant: Option<String>,
    /// The columns that the action `anonymise` clears.
    #[schemars(default)]
    pub anonymise: Vec<String>,
    /// The table that the action `archive` moves rows to.
    pub archive_to: Option<RelationName>,
}

impl FromToml for RetainedTable {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "a table of [retention.tables]", problems)?;
        let read = Self {
            age: table.optional("age"),
            keep: table.optional("keep"),
            action: table.or_default("action"),
            null_age: table.optional("null_age"),
            hold: table.optional("hold"),
            zone: table.optional("zone"),
            keep_while_younger: table.or_default("keep_while_younger"),
            tenant: table.optional("tenant"),
            anonymise: table.or_default("anonymise"),
            archive_to: table.optional("archive_to"),
        };
        let lacks = match read.action {
            Action::Anonymise if !table.has("anonymise") => {
                Some(("anonymise", "the columns that are cleared"))
            }
            Action::Archive if !table.has("archive_to") => {
                Some(("archive_to", "the table that rows move to"))
            }
            _ => None,
        };
        if let Some((key, what)) = lacks {
            let error = ValueError::new(format!("action `{}` needs `{key}`: {what}", read.action));
            table.add("action", error.labelled(format!("no `{key}`")));
        }
        if read.action == Action::Anonymise && table.has("anonymise") && read.anonymise.is_empty() {
            table.add(
                "anonymise",
                ValueError::new("no column is named: the action would clear nothing"),
            );
        }
        table.close();
        Some(read)
    }
}

/// Rules of retention that live in a table. pgproof puts rules of its own there, in its transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Policies {
    /// The table of the rules.
    pub table: RelationName,
    /// Which of its columns holds what.
    pub columns: PolicyColumns,
    /// The rules' words for actions, with ours: a map, or a list where the words are ours. Left out: only `delete`.
    #[schemars(with = "ActionWords", default = "only_delete")]
    pub actions: BTreeMap<String, Action>,
}

fn only_delete() -> BTreeMap<String, Action> {
    BTreeMap::from([("delete".to_owned(), Action::Delete)])
}

/// The two forms that `actions` is written in.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema is made of it")]
enum ActionWords {
    /// Words that are ours, in any case.
    Ours(Vec<String>),
    /// Words and what they mean.
    Map(BTreeMap<String, Action>),
}

impl FromToml for Policies {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`policies`", problems)?;
        let name = table.required("table");
        let columns = table.required("columns");
        let actions = match table.value("actions") {
            Some(value) => action_words(value, table.problems),
            None => Some(only_delete()),
        };
        if actions.as_ref().is_some_and(BTreeMap::is_empty) {
            table.add("actions", ValueError::new("no action is named"));
        }
        table.close();
        Some(Self {
            table: name?,
            columns: columns?,
            actions: actions?,
        })
    }
}

fn action_words(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<BTreeMap<String, Action>> {
    match value.get_ref() {
        DeValue::Array(_) => {
            let words: Vec<OurWord> = FromToml::from_toml(value, problems)?;
            Some(
                words
                    .into_iter()
                    .map(|OurWord(word, action)| (word, action))
                    .collect(),
            )
        }
        DeValue::Table(_) => FromToml::from_toml(value, problems),
        _ => {
            wrong_type(value, "a list or a map to our words", problems);
            None
        }
    }
}

/// A rule's word for an action that is ours but for its case.
struct OurWord(String, Action);

impl FromText for OurWord {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        match Action::ALL
            .iter()
            .find(|action| action.as_str().eq_ignore_ascii_case(text))
        {
            Some(action) => Ok(Self(text.to_owned(), *action)),
            None => Err(ValueError::new(format!("`{text}` is none of our actions"))
                .labelled("what does it do?")
                .help(format!(
                    "say it with a map: actions = {{ {text} = \"delete\" }}; delete, anonymise or archive"
                ))),
        }
    }
}

/// Which column of the rules' table holds what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PolicyColumns {
    /// The name of the table that the rule is for.
    pub table: String,
    /// The name of the column that the age is counted from. Left out: it is the `age` of the contract's tables.
    pub age: Option<String>,
    /// How many days a row is kept.
    pub keep_days: String,
    /// What happens to a row that is too old. Left out: it is removed.
    pub action: Option<String>,
    /// Whether the rule applies. Left out: it does.
    pub enabled: Option<String>,
}

impl FromToml for PolicyColumns {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`columns` of `policies`", problems)?;
        let name = table.required("table");
        let age = table.optional("age");
        let keep_days = table.required("keep_days");
        let action = table.optional("action");
        let enabled = table.optional("enabled");
        table.close();
        Some(Self {
            table: name?,
            age,
            keep_days: keep_days?,
            action,
            enabled,
        })
    }
}
