//! What an argument is good for, and which columns it is likely to be compared with.

use crate::catalog::{ConstraintKind, Relation};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::callable::Argument;

/// What an argument is good for, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Boolean,
    Time,
    Uuid,
    Json,
    Range,
    Other,
}

impl Argument {
    pub(super) fn family(&self) -> Family {
        match (self.category, self.base.as_str()) {
            (_, "uuid") => Family::Uuid,
            (_, "json" | "jsonb") => Family::Json,
            ('S' | 'P', _) => Family::Text,
            ('N', _) => Family::Number,
            ('B', _) => Family::Boolean,
            ('D', _) => Family::Time,
            ('R', _) => Family::Range,
            _ => Family::Other,
        }
    }

    /// Whoever knows these is meant to get in.
    pub(super) fn is_secret(&self) -> bool {
        is_secret(&self.name)
    }

    /// Values as the argument takes them: several make an array.
    pub(super) fn wrap(&self, values: Vec<String>) -> String {
        if !self.array {
            return values.into_iter().next().unwrap_or_default();
        }
        let quoted = values
            .iter()
            .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
        format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
    }

    /// Whether that identity can be one of its values.
    pub(super) fn takes(&self, identity: &str) -> bool {
        match self.family() {
            Family::Uuid => uuid::Uuid::try_parse(identity).is_ok(),
            Family::Number => identity.parse::<i64>().is_ok(),
            Family::Text => true,
            _ => false,
        }
    }

    /// The column of that table that it is called like.
    pub(super) fn column(&self, relation: &Relation) -> Option<String> {
        if self.is_secret() {
            return None;
        }
        column_called(&self.name, self.array, relation)
    }

    /// A value that says nothing of anybody.
    pub(in crate::prove::isolation) fn anybodys(&self) -> Option<String> {
        let value = match self.family() {
            _ if self.array => "{}",
            Family::Text => "x",
            Family::Number => "1",
            Family::Boolean => "true",
            Family::Time if self.base.starts_with("time ") => "12:00",
            Family::Time => "2030-01-01",
            Family::Uuid => "5a5a5a5a-0000-4000-8000-00000000005a",
            Family::Json => "{}",
            Family::Range if self.is_multirange() => "{(,)}",
            Family::Range => "(,)",
            Family::Other if self.base == "interval" => "1 day",
            Family::Other if matches!(self.base.as_str(), "inet" | "cidr") => "192.0.2.1",
            Family::Other if self.base == "bytea" => "\\x00",
            Family::Other => return self.labels.first().cloned(),
        };
        Some(value.to_owned())
    }
}

/// What a column called so may hold of that tenant's: values of columns of that name, keys of the table of that name.
pub(in crate::prove::isolation) fn called(
    bench: &Bench<'_>,
    name: &str,
    tenant: char,
    most: usize,
) -> Vec<String> {
    let mut values = Vec::new();
    for rows in &bench.world.tables {
        let Some(relation) = bench.catalog.relation(&rows.table.schema, &rows.table.name) else {
            continue;
        };
        let Some(column) = column_called(name, false, relation) else {
            continue;
        };
        for row in rows.of(tenant) {
            if let Some(Some(value)) = row.values.get(&column)
                && values.len() < most
                && !values.contains(value)
            {
                values.push(value.clone());
            }
        }
    }
    values
}

/// The column of a table that something called so is likely to be compared with: `p_task_id`, `task_id` and `task` are
/// the key of `tasks`, `p_title` is its title; several things may have a plural.
pub(super) fn column_called(name: &str, several: bool, relation: &Relation) -> Option<String> {
    let lower = name.to_lowercase();
    let mut bare = lower.trim_matches('_');
    for prefix in ["p_", "in_", "arg_", "v_", "_", "the_", "target_", "new_"] {
        bare = bare.strip_prefix(prefix).unwrap_or(bare);
    }
    if bare.is_empty() {
        return None;
    }
    if let Some(column) = column_of(bare, relation) {
        return Some(column);
    }
    if several {
        return column_of(bare.strip_suffix('s')?, relation);
    }
    None
}

fn column_of(bare: &str, relation: &Relation) -> Option<String> {
    let same = |column: &&crate::catalog::Column| column.name.to_lowercase() == bare;
    if let Some(column) = relation.columns.iter().find(same) {
        return Some(column.name.clone());
    }
    let singular = singular(&relation.name.name.to_lowercase());
    let is_table = |word: &str| {
        !word.is_empty()
            && (word == singular
                || singular
                    .strip_suffix(word)
                    .is_some_and(|rest| rest.ends_with('_')))
    };
    let key = match relation.primary_key()?.columns.as_slice() {
        [only] => only,
        columns => columns.iter().find(|column| *column == "id")?,
    };
    let coded = bare
        .rsplit_once('_')
        .filter(|(_, last)| ["no", "nr", "num", "number", "ref", "key", "uuid", "code", "pk"].contains(last));
    let words = [
        Some(bare),
        coded.map(|(word, _)| word),
        bare.strip_suffix(&format!("_{key}")),
        bare.strip_suffix("_id"),
    ];
    words.into_iter().flatten().any(is_table).then(|| key.clone())
}

fn singular(name: &str) -> String {
    match (name.strip_suffix("ies"), name.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => name.to_owned(),
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "passwd", "secret", "token", "otp", "signature"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether who knows what the column holds, or what it is made of, is meant to get in.
pub(super) fn holds_secrets(column: &str) -> bool {
    let lower = column.to_lowercase();
    let words = ["hash", "digest", "apikey", "nonce", "invite", "pin"];
    is_secret(column) || lower.split('_').any(|word| words.contains(&word)) || lower.contains("api_key")
}

/// The type without what is in its brackets.
pub(super) fn plain(data_type: &str) -> &str {
    data_type.split('(').next().unwrap_or(data_type).trim_end()
}

/// Whether the column is of a key of any kind.
pub(super) fn is_key(relation: &Relation, column: &str) -> bool {
    let keys = [
        ConstraintKind::PrimaryKey,
        ConstraintKind::Unique,
        ConstraintKind::ForeignKey,
        ConstraintKind::Exclude,
    ];
    relation.constrains(column, &keys)
}
