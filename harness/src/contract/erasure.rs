//! `[[erasure]]`: forgetting one person, everywhere.

use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeValue;

use super::names::RelationName;
use super::reader::{FromToml, Problems, Table, Value, ValueError, wrong_type};

/// A statement that erases one person, and what must then be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Erasure {
    /// The statement; `$1`, `$2` … are the subject's key, in its order.
    pub run: String,
    /// Whose data goes.
    pub subject: Subject,
    /// Columns whose values other places may hold.
    #[schemars(default)]
    pub may_keep: Vec<String>,
    /// Whether a second run has to be without effect and without error.
    #[schemars(default)]
    pub idempotent: bool,
}

impl FromToml for Erasure {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[[erasure]]", problems)?;
        let run: Option<String> = table.required("run");
        let subject: Option<Subject> = table.required("subject");
        if let (Some(run), Some(subject)) = (&run, &subject)
            && let Some(error) = unfit_parameters(run, subject.key.len())
        {
            table.add("run", error);
        }
        let may_keep = table.or_default("may_keep");
        let idempotent = table.or_default("idempotent");
        table.close();
        Some(Self {
            run: run?,
            subject: subject?,
            may_keep,
            idempotent,
        })
    }
}

/// A statement that lacks a part of the key erases more than one person, or nobody.
fn unfit_parameters(run: &str, keys: usize) -> Option<ValueError> {
    let mut used: Vec<usize> = run
        .match_indices('$')
        .filter_map(|(at, _)| {
            let digits: String = run[at + 1..].chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        })
        .collect();
    used.sort_unstable();
    if let Some(unknown) = used.iter().find(|number| !(1..=keys).contains(*number)) {
        return Some(ValueError::new(format!(
            "${unknown} stands for nothing: the subject's key has {keys} column(s)"
        )));
    }
    let missing = (1..=keys).find(|number| !used.contains(number))?;
    Some(ValueError::new(format!(
        "the statement does not mention ${missing}: it would not know whom to erase"
    )))
}

/// The person's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Subject {
    /// The table of persons.
    pub table: RelationName,
    /// Its key: one column, or a list.
    #[schemars(with = "OneOrMore")]
    pub key: Vec<String>,
    /// The columns that say who it is.
    pub pii: Vec<String>,
}

/// The two forms that `key` is written in.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only the schema is made of it")]
enum OneOrMore {
    /// One column.
    One(String),
    /// Several, in the order of `$1`, `$2` …
    More(Vec<String>),
}

impl FromToml for Subject {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`subject`", problems)?;
        let name = table.required("table");
        let key = table.required("key").map(|Key(columns)| columns);
        let pii: Option<Vec<String>> = table.required("pii");
        for (name, list) in [("key", &key), ("pii", &pii)] {
            if list.as_ref().is_some_and(Vec::is_empty) {
                table.add(name, ValueError::new("no column is named"));
            }
        }
        table.close();
        Some(Self {
            table: name?,
            key: key?,
            pii: pii?,
        })
    }
}

/// One column or several.
struct Key(Vec<String>);

impl FromToml for Key {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(_) => FromToml::from_toml(value, problems).map(|column| Self(vec![column])),
            DeValue::Array(_) => FromToml::from_toml(value, problems).map(Self),
            _ => {
                wrong_type(value, "a string or a list", problems);
                None
            }
        }
    }
}
