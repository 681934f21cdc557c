//! One entry of a log, and what its fields say: which operation, which table, which row.

use serde_json::Value;

use super::happened::{Change, Stored};
use super::terms::Terms;
use crate::catalog::{Name, Relation};
use crate::contract::Operation;
use crate::prove::image::Image;

/// What a log's column holds of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recorded {
    /// NULL, or an object without fields.
    Nothing,
    Row(Image),
    /// What has to be read by the table's type first.
    Text(String),
}

/// An entry that a step left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it lies in the log.
    pub(super) place: String,
    /// What the contract names, by the contract's names: `op`, `table` … as text.
    pub(super) fields: Image,
    pub(super) old: Recorded,
    pub(super) new: Recorded,
    /// Whether its time is between the transaction's begin and now. None: it is not known.
    pub(super) timely: Option<bool>,
}

/// Whether a field says what it has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// The contract names no such column.
    Unsaid,
    /// It does not tell two rows apart.
    Ambiguous,
    /// Nothing that is understood.
    Strange,
}

impl Entry {
    /// The text of a field; None where it is NULL or the contract does not name it.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_deref()
    }

    /// For people: `UPDATE of app.tasks 5`.
    pub(super) fn described(&self) -> String {
        let op = self.field("op").unwrap_or("an entry");
        let table = self.field("table").map(|table| format!(" of {table}"));
        let row = self.field("row_id").map(|row| format!(" {row}"));
        format!("{op}{}{}", table.unwrap_or_default(), row.unwrap_or_default())
    }

    /// Which command it is about. Err: a word that is none.
    pub(super) fn operation(&self) -> Result<Option<Operation>, &str> {
        match self.fields.get("op") {
            None => Ok(None),
            Some(None) => Err("NULL"),
            Some(Some(text)) => operation(text).map(Some).ok_or(text),
        }
    }

    /// Whether it is about that table, by the partition's name or the parent's as the contract has it.
    pub(super) fn fits_table(&self, terms: &Terms<'_>, table: &Relation, leaves: &[&Relation]) -> Fit {
        let Some(text) = self.fields.get("table") else {
            return Fit::Unsaid;
        };
        let Some(text) = text else { return Fit::No };
        let schema = self.fields.get("schema").map(|schema| schema.as_deref());
        let names = std::iter::once(table)
            .filter(|_| terms.takes_parent() || leaves.contains(&table))
            .chain(leaves.iter().copied().filter(|_| terms.takes_partition()));
        let fits = |relation: &Relation| {
            let schema_fits = schema.is_none_or(|schema| {
                schema.is_some_and(|schema| unquoted(schema) == relation.name.schema || is_oid(schema))
            });
            schema_fits && names_relation(text, relation)
        };
        for relation in names {
            if fits(relation) {
                return Fit::Yes;
            }
        }
        Fit::No
    }

    /// Whether it is about a row of that image.
    pub(super) fn fits_key(&self, table: &Relation, key: &[String], row: &Image) -> Fit {
        let Some(text) = self.fields.get("row_id") else {
            return Fit::Unsaid;
        };
        if key.is_empty() {
            return Fit::Unsaid;
        }
        let Some(text) = text.as_deref().filter(|text| !text.is_empty()) else {
            return Fit::Ambiguous;
        };
        if holds_key(text, key, row) {
            return Fit::Yes;
        }
        // Other columns may tell rows apart just as well.
        let unique = table.constraints.iter().filter(|constraint| {
            constraint.kind == crate::catalog::ConstraintKind::Unique && !constraint.columns.is_empty()
        });
        if unique
            .into_iter()
            .any(|constraint| holds_key(text, &constraint.columns, row))
        {
            return Fit::Yes;
        }
        let is_part = |column: &String| {
            row.get(column)
                .is_some_and(|value| value.as_deref() == Some(text))
        };
        if key.len() > 1 && key.iter().any(is_part) {
            return Fit::Ambiguous;
        }
        Fit::Strange
    }

    /// The same of a change: its key before or after.
    pub(super) fn fits_change(&self, table: &Relation, key: &[String], change: &Change) -> Fit {
        let fits = |stored: &Option<Stored>| {
            stored
                .as_ref()
                .map(|stored| self.fits_key(table, key, &stored.image))
        };
        match (fits(&change.old), fits(&change.new)) {
            (Some(Fit::Yes), _) | (_, Some(Fit::Yes)) => Fit::Yes,
            (Some(fit), _) | (None, Some(fit)) => fit,
            (None, None) => Fit::No,
        }
    }

    /// The columns that it says were changed. None: it says nothing that is understood.
    pub(super) fn changed(&self) -> Option<Vec<String>> {
        let text = self.field("changed")?.trim();
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(name) => Some(name),
                    _ => None,
                })
                .collect(),
            Ok(Value::Object(fields)) => Some(fields.into_iter().map(|(name, _)| name).collect()),
            Ok(Value::Null) => Some(Vec::new()),
            _ => {
                let inner = text
                    .strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
                    .unwrap_or(text);
                Some(
                    inner
                        .split([',', ';'])
                        .map(|name| unquoted(name.trim()))
                        .filter(|name| !name.is_empty())
                        .collect(),
                )
            }
        }
    }
}

/// `INSERT`, `insert`, `I` … and what else logs call it.
fn operation(text: &str) -> Option<Operation> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "insert" | "i" | "inserted" | "ins" | "create" | "created" | "add" | "added" | "+" => {
            Operation::Insert
        }
        "update" | "u" | "updated" | "upd" | "change" | "changed" | "modify" | "modified" => {
            Operation::Update
        }
        "delete" | "d" | "deleted" | "del" | "remove" | "removed" | "-" => Operation::Delete,
        "truncate" | "t" | "truncated" => Operation::Truncate,
        _ => return None,
    })
}

/// Whether the text is that relation's name: bare, with its schema, quoted or not; or its number.
pub(super) fn names_relation(text: &str, relation: &Relation) -> bool {
    let text = text.trim();
    if text.parse() == Ok(relation.oid.0) {
        return true;
    }
    let Name { schema, name } = &relation.name;
    let spellings = |name: &str| [name.to_owned(), format!("\"{}\"", name.replace('"', "\"\""))];
    spellings(name).iter().any(|name| {
        text == name
            || spellings(schema).iter().any(|schema| {
                text.strip_prefix(schema.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
                    == Some(name)
            })
    })
}

fn is_oid(text: &str) -> bool {
    text.parse::<u32>().is_ok()
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// Whether the text holds the values of all these columns, in this order or by their names.
fn holds_key(text: &str, key: &[String], row: &Image) -> bool {
    let values: Option<Vec<&str>> = key
        .iter()
        .map(|column| row.get(column).and_then(|value| value.as_deref()))
        .collect();
    let Some(values) = values else { return false };
    if let [only] = values.as_slice()
        && same(text, only)
    {
        return true;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(fields)) => {
            return key
                .iter()
                .zip(&values)
                .all(|(column, value)| fields.get(column).is_some_and(|field| same(&plain(field), value)));
        }
        Ok(Value::Array(items)) => return all_same(items.iter().map(plain), &values),
        Ok(Value::String(inner)) => return holds_key(&inner, key, row),
        _ => {}
    }
    let text = text.trim();
    let inner = [('(', ')'), ('{', '}'), ('[', ']')]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))
        .unwrap_or(text);
    [",", ":", "|", ";", "/", "-", "_", " "].iter().any(|between| {
        let joined = values.join(between);
        same(inner, &joined)
            || all_same(inner.split(between).map(|part| unquoted(part.trim())), &values)
            || all_same(
                inner
                    .split(between)
                    .zip(key)
                    .map(|(part, column)| named(part.trim(), column)),
                &values,
            )
    })
}

/// The value in `column=value`.
fn named(part: &str, column: &str) -> String {
    let value = part
        .strip_prefix(column)
        .and_then(|rest| rest.trim_start().strip_prefix(['=', ':']));
    unquoted(value.unwrap_or(part).trim())
}

fn all_same(parts: impl Iterator<Item = String>, values: &[&str]) -> bool {
    let parts: Vec<String> = parts.collect();
    parts.len() == values.len() && parts.iter().zip(values).all(|(part, value)| same(part, value))
}

/// Equal as text, or as the uuid that is written in either case, or as a time that is written with a blank.
fn same(text: &str, value: &str) -> bool {
    text == value || text.eq_ignore_ascii_case(value) && uuid::Uuid::parse_str(value).is_ok()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[(&str, &str)]) -> Image {
        values
            .iter()
            .map(|(column, value)| ((*column).to_owned(), Some((*value).to_owned())))
            .collect()
    }

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_operation_is_known_in_any_case_and_by_its_first_letter() {
        assert_eq!(operation("UPDATE"), Some(Operation::Update));
        assert_eq!(operation("d"), Some(Operation::Delete));
        assert_eq!(operation("Insert "), Some(Operation::Insert));
        assert_eq!(operation("something"), None);
    }

    #[test]
    fn a_key_is_read_as_text_json_list_or_row() {
        let row = row(&[("tenant", "t1"), ("id", "5"), ("title", "x")]);
        let key = columns(&["tenant", "id"]);
        for text in [
            "t1,5",
            "t1:5",
            "t1|5",
            "(t1,5)",
            "{\"tenant\": \"t1\", \"id\": 5}",
            "[\"t1\", 5]",
            "{\"tenant\": \"t1\", \"id\": 5, \"title\": \"x\"}",
            "tenant=t1,id=5",
        ] {
            assert!(holds_key(text, &key, &row), "{text}");
        }
        for text in ["5", "t1", "t1,6", "5,t1", "{\"id\": 5}", ""] {
            assert!(!holds_key(text, &key, &row), "{text}");
        }
        assert!(holds_key("5", &columns(&["id"]), &row));
    }
}
