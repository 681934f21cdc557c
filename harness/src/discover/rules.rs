//! Tables that rules of retention live in: which column holds what, by names and by what a function does with them.

use std::collections::{BTreeMap, BTreeSet};

use super::change::has_word;
use super::owner;
use super::parse::Parser;
use super::reading::{Reading, is_time};
use crate::catalog::{Catalog, Column, Relation, Type, TypeKind};
use crate::sql::token::{self, with_operators};

/// A table of rules, and the tables that they are for.
#[derive(Debug)]
pub(super) struct Rules<'c> {
    pub(super) relation: &'c Relation,
    pub(super) table: String,
    pub(super) age: Option<String>,
    pub(super) keep_days: String,
    pub(super) action: Option<String>,
    pub(super) enabled: Option<String>,
    /// The rules' words for what is done to rows, with the contract's.
    pub(super) actions: BTreeMap<String, &'static str>,
}

const TABLES: [&str; 8] = [
    "table", "relation", "target", "tab", "tbl", "entity", "relname", "dataset",
];
const DAYS: [&str; 4] = ["day", "keep", "retention", "retain"];
const AGES: [&str; 6] = ["column", "col", "field", "timestamp", "clock", "ts_"];
const ACTIONS: [&str; 8] = [
    "action",
    "type",
    "what",
    "mode",
    "kind",
    "method",
    "policy",
    "operation",
];
const SWITCHES: [&str; 3] = ["enabled", "active", "switched_on"];

/// Stems of words for what is done to rows.
const STEMS: [(&str, &str); 9] = [
    ("delete", "delete"),
    ("erase", "delete"),
    ("purge", "delete"),
    ("remove", "delete"),
    ("drop", "delete"),
    ("anonymi", "anonymise"),
    ("pseudonym", "anonymise"),
    ("mask", "anonymise"),
    ("redact", "anonymise"),
];

/// The table of rules that a function reads; `None` where it reads none, or one that is not understood.
pub(super) fn rules<'c>(reading: &Reading<'c>) -> Option<Rules<'c>> {
    let froms = reading
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_word("from"));
    let mut found = froms.filter_map(|(at, _)| {
        let name = Parser::new(&reading.tokens[at + 1..]).qualified_name()?;
        of_table(
            reading.catalog,
            owner::relation(reading.catalog, &name).filter(|relation| relation.kind.is_table())?,
        )
    });
    let mut rules = found.next()?;
    if found.any(|other| other.relation.name != rules.relation.name) {
        return None;
    }
    // One that the function does not look at decides nothing; `SELECT *` alone is no look.
    let looked_at = |column: &String| reading.tokens.iter().any(|token| token.value == *column);
    rules.action = rules.action.filter(looked_at);
    if let Some(action) = &rules.action {
        rules.actions = words(reading, rules.relation, action);
        if !rules.actions.values().any(|meant| *meant == "delete") {
            return None;
        }
    }
    Some(rules)
}

fn of_table<'c>(catalog: &Catalog, relation: &'c Relation) -> Option<Rules<'c>> {
    let text = |column: &&Column| {
        ["text", "name", "regclass"].contains(&column.data_type.as_str())
            || column.data_type.starts_with("character varying")
    };
    let number = |column: &&Column| ["integer", "smallint", "bigint"].contains(&column.data_type.as_str());
    let texts = || relation.columns.iter().filter(text);
    let pick = |words: &[&str], but: &[Option<&String>]| {
        texts()
            .find(|column| has_word(&column.name, words) && !but.contains(&Some(&column.name)))
            .map(|column| column.name.clone())
    };
    let keep_days = relation
        .columns
        .iter()
        .filter(number)
        .find(|column| has_word(&column.name, &DAYS))?;
    let age = pick(&AGES, &[]);
    let table = pick(&TABLES, &[age.as_ref()])?;
    let by_default = || {
        let one_of_some = |column: &&Column| text(column) || is_enum(catalog, &column.data_type);
        let default = |column: &&Column| {
            let tokens = with_operators(column.default.as_deref().unwrap_or_default());
            tokens
                .iter()
                .any(|token| token.kind == token::Kind::String && meant(&token.value).is_some())
        };
        let mut columns = relation.columns.iter().filter(one_of_some).filter(default);
        columns.next().map(|column| column.name.clone())
    };
    let action = pick(&ACTIONS, &[age.as_ref(), Some(&table)]).or_else(by_default);
    let enabled = relation
        .columns
        .iter()
        .find(|column| column.data_type == "boolean" && has_word(&column.name, &SWITCHES));
    Some(Rules {
        relation,
        table,
        age,
        keep_days: keep_days.name.clone(),
        action,
        enabled: enabled.map(|column| column.name.clone()),
        actions: BTreeMap::new(),
    })
}

/// What rules may say is to be done, by the function, the column's default and its checks.
fn words(reading: &Reading<'_>, relation: &Relation, action: &str) -> BTreeMap<String, &'static str> {
    let default = relation
        .column(action)
        .and_then(|column| column.default.as_deref());
    let checks = relation
        .constraints
        .iter()
        .map(|constraint| constraint.definition.as_str())
        .filter(|definition| definition.contains(action));
    let tokens = default.into_iter().chain(checks).flat_map(with_operators);
    let strings = tokens
        .chain(reading.tokens.iter().cloned())
        .filter(|token| token.kind == token::Kind::String)
        .filter(|token| token.value.chars().all(|c| c.is_alphanumeric() || c == '_'));
    strings
        .filter_map(|token| Some((token.value.clone(), meant(&token.value)?)))
        .collect()
}

/// What a rule's word means for rows.
fn meant(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    STEMS
        .iter()
        .find(|(stem, _)| word.starts_with(stem))
        .map(|(_, meant)| *meant)
}

fn is_enum(catalog: &Catalog, data_type: &str) -> bool {
    let named = |one: &Type| data_type == one.name.to_string() || data_type == one.name.name;
    catalog
        .types
        .iter()
        .any(|one| one.kind == TypeKind::Enum && named(one))
}

/// The tables that a statement which is put together may be for, each with the time that a row's age is counted from.
pub(super) fn tables<'c>(reading: &Reading<'c>, rules: &Rules<'c>) -> Vec<(&'c Relation, String)> {
    let strings: Vec<&str> = reading
        .tokens
        .iter()
        .filter(|token| token.kind == token::Kind::String)
        .map(|token| token.value.as_str())
        .collect();
    let schemas: BTreeSet<&str> = strings
        .iter()
        .filter_map(|text| schema_in(reading.catalog, text))
        .collect();
    let candidates = reading.catalog.relations.iter().filter(|relation| {
        let plain =
            relation.kind.is_table() && !relation.is_partition() && relation.name != rules.relation.name;
        let schema = relation.name.schema.as_str();
        plain
            && if schemas.is_empty() {
                schema != rules.relation.name.schema
            } else {
                schemas.contains(schema)
            }
    });
    let mut found: Vec<(&'c Relation, String)> = candidates
        .filter_map(|relation| Some((relation, age(relation, rules, &strings)?)))
        .collect();
    // Where the function lists them, those.
    let listed = |(relation, _): &(&'c Relation, String)| strings.contains(&relation.name.name.as_str());
    if found.iter().any(listed) {
        found.retain(listed);
    }
    found
}

/// `delete from public.%I`
fn schema_in<'t>(catalog: &Catalog, text: &'t str) -> Option<&'t str> {
    let at = text.to_lowercase().find("from ")?;
    let (schema, _) = text.get(at + 5..)?.trim_start().split_once('.')?;
    catalog
        .schemas
        .iter()
        .any(|known| known.name == schema)
        .then_some(schema)
}

/// The first time of a row that a rule can name, or that the statement does.
fn age(relation: &Relation, rules: &Rules<'_>, strings: &[&str]) -> Option<String> {
    let mut times = relation.columns.iter().filter(|column| is_time(column));
    let is_named = |column: &&Column| {
        rules.age.is_some()
            || strings.iter().any(|text| {
                with_operators(text)
                    .iter()
                    .any(|token| token.value == column.name)
            })
    };
    times.find(is_named).map(|column| column.name.clone())
}
