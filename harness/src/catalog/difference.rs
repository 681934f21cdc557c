//! What differs between two catalogues, named: object by object, and in it field by field.
//!
//! The comparison goes over the serialised model, so a field that is added to the model is compared without a word
//! here.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Catalog;
use super::name::readable;

/// One thing that is not the same in two databases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// `table`, `function`, `role` …
    pub kind: String,
    /// The object, schema-qualified; a function has its argument types.
    pub object: String,
    /// What differs about it: `column email: default`. Empty where only one side has the object.
    pub aspect: String,
    /// What this side has; `None` where it has nothing of the kind.
    pub this: Option<String>,
    /// What the other side has.
    pub other: Option<String>,
}

/// `table app.people, column email: default: 'x' here, nothing there`, in one line.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = if self.object.is_empty() {
            String::new()
        } else {
            format!(" {}", self.object)
        };
        let aspect = if self.aspect.is_empty() {
            String::new()
        } else {
            format!(", {}", self.aspect)
        };
        let (this, other) = telling_lines(self.this.as_deref(), self.other.as_deref());
        write!(f, "{}{object}{aspect}: {this} here, {other} there", self.kind)
    }
}

/// What is shown of two texts in one line: of many lines the first that differ.
fn telling_lines(this: Option<&str>, other: Option<&str>) -> (String, String) {
    let first = |text: Option<&str>| match text {
        None => "nothing".to_owned(),
        Some(text) => text.trim().lines().next().unwrap_or("empty").to_owned(),
    };
    let (Some(left), Some(right)) = (this, other) else {
        return (first(this), first(other));
    };
    let pair = left.split('\n').zip(right.split('\n')).find(|(a, b)| a != b);
    match pair {
        Some((a, b)) if a.trim() != b.trim() => (first(Some(a)), first(Some(b))),
        Some((a, b)) => (format!("{a:?}"), format!("{b:?}")),
        None => {
            let length = |text: &str| format!("a text of {}", text.split('\n').count());
            (length(left) + " lines", length(right))
        }
    }
}

impl Catalog {
    /// What differs, sorted; nothing exactly where the two are equal.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let (mut these, mut others) = (self.objects(), other.objects());
        let mut found = Vec::new();
        for (key, this) in std::mem::take(&mut these) {
            match others.remove(&key) {
                None => found.push(this.only(true)),
                Some(other) if this.value == other.value => {}
                Some(other) => {
                    compare(
                        String::new(),
                        &this.value,
                        &other.value,
                        &mut |aspect, left, right| {
                            found.push(Difference {
                                kind: this.kind.clone(),
                                object: key.1.clone(),
                                aspect,
                                this: left,
                                other: right,
                            });
                        },
                    );
                }
            }
        }
        found.extend(others.into_values().map(|other| other.only(false)));
        found.sort();
        found
    }

    /// A hash that is the same for two catalogues exactly where nothing differs.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for ((class, name), object) in self.objects() {
            for part in [class, &name, &object.value.to_string()] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Every object by a name for its class and its own.
    fn objects(&self) -> BTreeMap<(&'static str, String), Object> {
        let mut objects = BTreeMap::new();
        let mut add = |class: &'static str, kind: String, name: String, value: serde_json::Result<Value>| {
            let value =
                comparable(value.unwrap_or_else(|error| unreachable!("the model is plain data: {error}")));
            objects.insert((class, name.clone()), Object { kind, name, value });
        };
        macro_rules! add_each {
            ($field:ident, $class:literal, |$of:ident| $name:expr) => {
                add_each!($field, $class, |$of| $name, $class.to_owned())
            };
            ($field:ident, $class:literal, |$of:ident| $name:expr, $kind:expr) => {
                for $of in &self.$field {
                    add($class, $kind, $name, serde_json::to_value($of));
                }
            };
        }
        if let Some(database) = &self.database {
            add(
                "database",
                "database".to_owned(),
                String::new(),
                serde_json::to_value(database),
            );
        }
        add_each!(schemas, "schema", |schema| readable(&schema.name));
        add_each!(extensions, "extension", |extension| readable(&extension.name));
        add_each!(roles, "role", |role| readable(&role.name));
        add_each!(memberships, "membership", |of| format!(
            "of {} in {}",
            readable(&of.member),
            readable(&of.role)
        ));
        add_each!(settings, "setting", |setting| format!(
            "{} of {}",
            setting.name,
            setting.scope()
        ));
        add_each!(default_privileges, "default privileges", |privileges| privileges
            .to_string());
        add_each!(types, "type", |of| of.name.to_string(), of.kind.to_string());
        add_each!(sequences, "sequence", |sequence| sequence.name.to_string());
        add_each!(
            relations,
            "relation",
            |of| of.name.to_string(),
            of.kind.to_string()
        );
        add_each!(functions, "function", |of| of.signature(), of.kind.to_string());
        add_each!(
            others,
            "other",
            |other| format!("{} {}", other.kind, other.name),
            other.kind.clone()
        );
        add_each!(
            system_objects,
            "system",
            |of| format!("{} {}", of.kind, of.name),
            of.kind.clone()
        );
        objects
    }
}

/// An object as it is compared.
struct Object {
    kind: String,
    name: String,
    value: Value,
}

impl Object {
    fn only(self, here: bool) -> Difference {
        let summary = Some(summary(&self.value));
        let (this, other) = if here { (summary, None) } else { (None, summary) };
        Difference {
            kind: self.kind,
            object: self.name,
            aspect: String::new(),
            this,
            other,
        }
    }
}

/// Without what the model's types hold equal always (see [`super::Oid`], [`super::AttributeNumber`], [`super::Owner`]),
/// nothing as nothing whether it is written or not.
fn comparable(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.get("usual") == Some(&Value::Bool(true)) => Value::Null,
        Value::Object(fields) if fields.contains_key("usual") => fields["role"].clone(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(name, _)| !matches!(name.as_str(), "oid" | "relation_oid" | "number"))
                .map(|(name, value)| (name, comparable(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(comparable).collect()),
        plain => plain,
    }
}

fn compare(
    path: String,
    this: &Value,
    other: &Value,
    found: &mut impl FnMut(String, Option<String>, Option<String>),
) {
    let nothing = &Value::Null;
    match (this, other) {
        _ if this == other => {}
        (Value::Object(left), Value::Object(right)) => {
            for name in union(left, right) {
                let inner = joined(&path, &name.replace('_', " "));
                compare(
                    inner,
                    left.get(name).unwrap_or(nothing),
                    right.get(name).unwrap_or(nothing),
                    found,
                );
            }
        }
        (Value::Array(left), Value::Array(right)) if left.iter().chain(right).all(Value::is_object) => {
            let (left_keys, right_keys) = (keyed(left), keyed(right));
            let (inner, order) = (
                singular(&path),
                format!("order of {}", path.trim_start_matches(": ")),
            );
            for key in union(&left_keys, &right_keys) {
                let path = format!("{inner} {key}");
                match (left_keys.get(key), right_keys.get(key)) {
                    // All else about a grant is in its key.
                    (Some(left), Some(right)) if left.get("privileges").is_some() => {
                        if left != right {
                            found(path, granted(left), granted(right));
                        }
                    }
                    (Some(left), Some(right)) => compare(path, left, right, found),
                    (left, right) => found(path, left.map(summary), right.map(summary)),
                }
            }
            let in_both = |items: &[Value], others: &Map<String, Value>| -> Vec<String> {
                items
                    .iter()
                    .map(key)
                    .filter(|key| others.contains_key(key))
                    .collect()
            };
            let (left_order, right_order) = (in_both(left, &right_keys), in_both(right, &left_keys));
            if left_order != right_order {
                found(order, Some(left_order.join(", ")), Some(right_order.join(", ")));
            }
        }
        _ => found(path, said(this), said(other)),
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}: {name}")
    }
}

/// The names of both, sorted.
fn union<'a>(left: &'a Map<String, Value>, right: &'a Map<String, Value>) -> Vec<&'a String> {
    let mut names: Vec<&String> = left.keys().chain(right.keys()).collect();
    names.sort();
    names.dedup();
    names
}

/// What tells an element of a list from the others: its name, or for a grant who has it from whom.
fn key(item: &Value) -> String {
    let field = |name: &str| item.get(name).and_then(Value::as_str);
    if item.get("privileges").is_some() {
        let mut key = format!("to {}", field("grantee").map_or("PUBLIC".to_owned(), readable));
        if item.get("grantable") == Some(&Value::Bool(true)) {
            key.push_str(" with grant option");
        }
        if let Some(grantor) = field("grantor") {
            key = format!("{key} granted by {}", readable(grantor));
        }
        return key;
    }
    let schema = field("schema")
        .map(|schema| format!("{}.", readable(schema)))
        .unwrap_or_default();
    format!("{schema}{}", readable(field("name").unwrap_or_default()))
}

fn keyed(items: &[Value]) -> Map<String, Value> {
    items.iter().map(|item| (key(item), item.clone())).collect()
}

/// `columns` → `column`.
fn singular(path: &str) -> String {
    let (before, last) = path
        .rsplit_once(": ")
        .map_or(("", path), |(before, last)| (before, last));
    let last = match last {
        "indexes" => "index",
        "policies" => "policy",
        "statistics" => "statistics",
        plural => plural.strip_suffix('s').unwrap_or(plural),
    };
    joined(before, last)
}

/// What a grant gives: `ALL but TRUNCATE`.
fn granted(grant: &Value) -> Option<String> {
    let privileges = said(grant.get("privileges")?)?;
    match said(grant.get("except")?).filter(|except| !except.is_empty()) {
        Some(except) => Some(format!("{privileges} but {except}")),
        None => Some(privileges),
    }
}

/// A whole object or part in few words.
fn summary(value: &Value) -> String {
    granted(value)
        .or_else(|| {
            ["definition", "type", "body", "value", "using"]
                .iter()
                .find_map(|name| said(value.get(name)?))
        })
        .unwrap_or_else(|| "present".to_owned())
}

/// A value for people; `None` is nothing.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(
            items
                .iter()
                .map(|item| said(item).unwrap_or_else(|| "an expression".to_owned()))
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Value::Object(_) => Some(summary(value)),
        plain => Some(plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_in_a_long_text_is_told_by_the_first_line_that_differs() {
        let told = |this, other| telling_lines(Some(this), Some(other));
        assert_eq!(
            told("begin\n  one;\nend", "begin\n  two;\nend"),
            ("one;".to_owned(), "two;".to_owned())
        );
        assert_eq!(told("a", "a "), ("\"a\"".to_owned(), "\"a \"".to_owned()));
        assert_eq!(
            told("a\nb", "a"),
            ("a text of 2 lines".to_owned(), "a text of 1".to_owned())
        );
        assert_eq!(told("", "x"), ("empty".to_owned(), "x".to_owned()));
        assert_eq!(
            telling_lines(None, Some("")),
            ("nothing".to_owned(), "empty".to_owned())
        );
    }
}
