//! The values on which something decides: constants that policies, views, functions, triggers, checks and partial
//! indexes compare a column with, labels, booleans, NULL, times before and after now.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::{self, Constant, Token};
use super::pattern;
use super::table::Table;
use super::types::Types;
use super::value::Stream;
use crate::catalog::{Catalog, ConstraintKind, Relation};

/// A column and a value that some row is to have there.
pub(super) type Variant = (usize, Option<String>);

/// Every text of the catalogue that may decide something, read once.
pub(super) struct Texts<'a> {
    catalog: &'a Catalog,
    read: BTreeMap<&'a str, Words>,
}

struct Words {
    tokens: Vec<Token>,
    /// The values of the tokens.
    values: BTreeSet<String>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        let functions = catalog.functions.iter();
        let texts = catalog.relations.iter().flat_map(of_relation).chain(
            functions.flat_map(|function| function.body.as_deref().into_iter().chain([&*function.arguments])),
        );
        let mut read = BTreeMap::new();
        for text in texts {
            read.entry(text).or_insert_with(|| {
                let tokens = expression::tokens(text);
                let values = tokens.iter().map(|token| token.value.clone()).collect();
                Words { tokens, values }
            });
        }
        Self { catalog, read }
    }

    fn tokens(&self, text: &str) -> &[Token] {
        self.read.get(text).map_or(&[], |words| &words.tokens)
    }

    fn names(&self, text: &str, name: &str) -> bool {
        self.read
            .get(text)
            .is_some_and(|words| words.values.contains(name))
    }
}

fn of_relation(relation: &Relation) -> impl Iterator<Item = &str> {
    let checks = relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::Check)
        .map(|constraint| constraint.definition.as_str());
    let predicates = relation
        .indexes
        .iter()
        .filter_map(|index| index.predicate.as_deref());
    let triggers = relation
        .triggers
        .iter()
        .map(|trigger| trigger.definition.as_str());
    let policies = relation
        .policies
        .iter()
        .flat_map(|policy| [policy.using.as_deref(), policy.with_check.as_deref()])
        .flatten();
    checks
        .chain(predicates)
        .chain(triggers)
        .chain(policies)
        .chain(relation.definition.as_deref())
}

/// A text that decides something about a table's rows.
struct Text<'t> {
    tokens: &'t [Token],
    /// Of a check: its numbers may be lengths, and its patterns are met anyhow.
    check: bool,
}

/// The values that a table's rows are to take, without doubles; and those of them that only its checks name, which need
/// not be possible.
pub(super) fn variants(
    all: &Texts<'_>,
    types: &Types,
    table: &Table<'_>,
) -> (Vec<Variant>, BTreeSet<Variant>) {
    let texts = texts(all, table.relation);
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let mut found: Vec<Variant> = Vec::new();
    let (mut of_checks, mut of_others) = (BTreeSet::new(), BTreeSet::new());
    for (at, column) in table.columns.iter().enumerate() {
        let mentions = texts
            .iter()
            .filter(|text| expression::places(text.tokens, column.name).next().is_some());
        let mut values = Vec::new();
        let mut mentioned = false;
        let mut only_checked = true;
        for text in mentions {
            mentioned = true;
            only_checked &= text.check;
            for constant in expression::compared(text.tokens, column.name, &columns) {
                let named = of_constant(types, column.type_oid, &constant, text.check);
                let origin = if text.check {
                    &mut of_checks
                } else {
                    &mut of_others
                };
                origin.extend(named.iter().map(|value| (at, Some(value.clone()))));
                values.extend(named);
            }
        }
        for constant in constants_below(all, table.relation, column.name) {
            mentioned = true;
            only_checked = false;
            values.extend(of_constant(types, column.type_oid, &constant, false));
        }
        // A number near a key's column is hardly ever a key.
        if table.keys.iter().any(|key| key.columns.contains(&at)) {
            values.retain(|value| value.parse::<f64>().is_err());
        }
        if table.identity.contains(&at) {
            values.clear();
        }
        if !mentioned || column.generated.is_some() {
            continue;
        }
        let base = types.undomained(column.type_oid, column.modifier).0;
        if let Some(known) = types.get(base) {
            values.extend(known.labels.iter().cloned());
            if known.plain == "bool" {
                values.extend(["true", "false"].map(str::to_owned));
            }
        }
        let null = column.nullable.then_some(None);
        for variant in values.into_iter().map(Some).chain(null).map(|value| (at, value)) {
            if only_checked {
                of_checks.insert(variant.clone());
            }
            if !found.contains(&variant) {
                found.push(variant);
            }
        }
    }
    (found, of_checks.difference(&of_others).cloned().collect())
}

/// Words that columns which point to this one are compared with: `role = 'admin'` needs such a role.
fn constants_below(all: &Texts<'_>, relation: &Relation, column: &str) -> Vec<Constant> {
    let mut found = Vec::new();
    for other in &all.catalog.relations {
        for constraint in &other.constraints {
            let Some(reference) = &constraint.references else {
                continue;
            };
            if reference.relation != relation.name {
                continue;
            }
            let pairs = constraint.columns.iter().zip(&reference.columns);
            for (below, _) in pairs.filter(|(_, matched)| *matched == column) {
                let columns: Vec<&str> = other.columns.iter().map(|column| column.name.as_str()).collect();
                for text in texts(all, other) {
                    let constants = expression::compared(text.tokens, below, &columns);
                    found.extend(
                        constants
                            .into_iter()
                            .filter(|constant| matches!(constant, Constant::Plain(_))),
                    );
                }
            }
        }
    }
    found
}

fn texts<'t>(all: &'t Texts<'_>, relation: &Relation) -> Vec<Text<'t>> {
    let mut texts = Vec::new();
    let mut add = |text: &str, check: bool| {
        texts.push(Text {
            tokens: all.tokens(text),
            check,
        });
    };
    for constraint in &relation.constraints {
        if constraint.kind == ConstraintKind::Check {
            add(&constraint.definition, true);
        }
    }
    for index in &relation.indexes {
        if let Some(predicate) = &index.predicate {
            add(predicate, false);
        }
    }
    for trigger in &relation.triggers {
        add(&trigger.definition, false);
    }
    let names = |text: &str| all.names(text, &relation.name.name);
    for other in &all.catalog.relations {
        let own = other.name == relation.name;
        for text in other
            .policies
            .iter()
            .flat_map(|policy| [&policy.using, &policy.with_check])
            .flatten()
        {
            if own || names(text) {
                add(text, false);
            }
        }
        if let Some(definition) = other.definition.as_ref().filter(|text| names(text)) {
            add(definition, false);
        }
    }
    for function in &all.catalog.functions {
        let fired = relation
            .triggers
            .iter()
            .any(|trigger| trigger.function == function.name);
        // `FUNCTION visible(d documents)` need not name the table again.
        let about = |body: &str| fired || names(body) || names(&function.arguments);
        if let Some(body) = function.body.as_ref().filter(|body| about(body)) {
            add(body, false);
        }
    }
    texts
}

/// What a constant says about a column of that type.
fn of_constant(types: &Types, oid: u32, constant: &Constant, check: bool) -> Vec<String> {
    let oid = types.undomained(oid, -1).0;
    let Some(known) = types.get(oid) else {
        return Vec::new();
    };
    if let Some(element) = known.element {
        return of_constant(types, element, constant, check)
            .into_iter()
            .map(|value| format!("{{\"{}\"}}", value.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
    }
    if known.kind == 'e' || known.plain == "bool" {
        return Vec::new();
    }
    match (constant, known.category) {
        (Constant::Now, 'D') => {
            let times: &[&str] = match known.plain.as_str() {
                "time" | "timetz" => &["00:00:00", "23:59:59.999999"],
                _ => &["2001-01-01", "2099-12-31", "infinity", "-infinity"],
            };
            times.iter().map(|time| (*time).to_owned()).collect()
        }
        (Constant::Number(number), 'N') => {
            let mut values = vec![number.clone()];
            if !check && let Ok(whole) = number.parse::<i64>() {
                values.extend(
                    [whole.saturating_add(1), whole.saturating_sub(1)].map(|value| value.to_string()),
                );
            }
            values
        }
        // In a check of text a number is a length.
        (Constant::Number(number), 'S') if !check => vec![number.clone()],
        (Constant::Plain(text), 'S') => vec![text.clone()],
        (Constant::Pattern(regex), 'S') if !check => {
            pattern::matching(regex, &mut Stream::new(&[regex]), None)
                .into_iter()
                .collect()
        }
        (Constant::Like(like), 'S') if !check => vec![pattern::like(like, &mut Stream::new(&[like]), None)],
        (Constant::Member(object), _) if known.plain.starts_with("json") => vec![object.clone()],
        (Constant::Plain(text), _) if known.plain.starts_with("json") => {
            let parses = serde_json::from_str::<serde_json::Value>(text).is_ok();
            parses.then(|| text.clone()).into_iter().collect()
        }
        (Constant::Plain(text), 'D' | 'N' | 'U' | 'I' | 'T') => vec![text.clone()],
        _ => Vec::new(),
    }
}
