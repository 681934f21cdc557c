//! What a function is called with to make it give away or change what is another's: the other's keys, nothing, NULL,
//! patterns, pieces of SQL. Bounded: the most promising come first.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::bench::Bench;
use super::callable::{Argument, Callable, Given};
use super::ownership::Ownership;
use crate::catalog::{ConstraintKind, Name, Relation};
use crate::rows::Row;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) sql: String,
    /// The values that were given, without NULL.
    pub(super) given: Vec<String>,
    /// Whether one of them is a name or another text that can be guessed, rather than a number or a uuid.
    pub(super) guessable: bool,
    /// Whether one of them is a piece of SQL.
    pub(super) injects: bool,
}

/// Calls a function, and of each kind of call.
const MOST: usize = 48;
const MOST_OF_A_KIND: usize = 12;
/// Rows of a table whose values are given together, and tables that they are taken from.
const MOST_ROWS: usize = 4;
const MOST_TABLES: usize = 6;
/// Values of one argument.
const MOST_VALUES: usize = 10;

/// What an argument is good for, by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Text,
    Number,
    Boolean,
    Time,
    Uuid,
    Json,
    Other,
}

/// What there is to call one function with.
struct Stock<'a> {
    bench: &'a Bench<'a>,
    callable: &'a Callable<'a>,
    /// The tables with rows, those first that the function names.
    tables: Vec<&'a Relation>,
    named: usize,
    /// For each argument the values that are one's own, and the other's.
    ours: Vec<Vec<String>>,
    theirs: Vec<Vec<String>>,
}

/// The calls of a function, the most promising first.
pub(super) fn calls(bench: &Bench<'_>, callable: &Callable<'_>) -> Vec<Call> {
    let stock = Stock::new(bench, callable);
    let mut lists: Vec<Vec<Given>> = Vec::new();
    for kind in [
        stock.rows(),
        stock.theirs(),
        stock.omitted(),
        stock.nulls(),
        stock.texts(),
        stock.choices(),
        stock.extremes(),
    ] {
        let mut taken = 0;
        for list in kind {
            if taken < MOST_OF_A_KIND && !lists.contains(&list) {
                lists.push(list);
                taken += 1;
            }
        }
    }
    lists.truncate(MOST);
    lists.iter().map(|list| stock.call(list)).collect()
}

impl<'a> Stock<'a> {
    fn new(bench: &'a Bench<'a>, callable: &'a Callable<'a>) -> Self {
        let (mut tables, others): (Vec<&Relation>, Vec<&Relation>) = bench
            .catalog
            .relations
            .iter()
            .filter(|relation| {
                let rows = bench.world.table(&relation.name.schema, &relation.name.name);
                rows.is_some_and(|rows| !rows.rows.is_empty())
            })
            .partition(|relation| callable.mentions.name(&relation.name));
        // What tells whose a row is matters more than what is shared.
        tables.sort_by_key(|relation| !is_owned(bench, &relation.name));
        let named = tables.len();
        tables.extend(others);
        let mut stock = Self {
            bench,
            callable,
            tables,
            named,
            ours: Vec::new(),
            theirs: Vec::new(),
        };
        let all = |tenant| -> Vec<Vec<String>> {
            let inputs = callable.inputs();
            inputs.map(|argument| stock.values(tenant, argument)).collect()
        };
        (stock.ours, stock.theirs) = (all('a'), all('b'));
        stock
    }

    fn inputs(&self) -> Vec<&'a Argument> {
        self.callable.inputs().collect()
    }

    fn call(&self, list: &[Given]) -> Call {
        let mut given = Vec::new();
        let mut guessable = false;
        for (argument, value) in self.inputs().iter().zip(list) {
            if let Given::Value(Some(value)) = value {
                given.push(value.clone());
                guessable |= matches!(argument.family(), Family::Text | Family::Json)
                    && uuid::Uuid::try_parse(value).is_err()
                    && value.parse::<f64>().is_err();
            }
        }
        Call {
            sql: self.callable.call(list),
            injects: given.iter().any(|given| given.contains("OR true")),
            given,
            guessable,
        }
    }

    /// The values of one row of the other tenant, for the arguments that are called like its columns.
    fn rows(&self) -> Vec<Vec<Given>> {
        let inputs = self.inputs();
        let mut tables: Vec<(usize, &Relation)> = self
            .tables
            .iter()
            .enumerate()
            .map(|(at, relation)| {
                let fitting = inputs
                    .iter()
                    .filter(|argument| argument.column(relation).is_some())
                    .count();
                (fitting * 2 + usize::from(at < self.named), *relation)
            })
            .filter(|(fitting, _)| *fitting > 1)
            .collect();
        tables.sort_by_key(|(fitting, _)| std::cmp::Reverse(*fitting));
        let mut lists = Vec::new();
        for (_, relation) in tables.into_iter().take(MOST_TABLES) {
            for row in self.rows_of(relation, 'b').into_iter().take(MOST_ROWS) {
                let list = inputs.iter().enumerate().map(|(number, argument)| {
                    let value = argument
                        .column(relation)
                        .and_then(|column| row.values.get(&column).cloned());
                    match value {
                        Some(value) => Given::Value(value.map(|value| argument.wrap(vec![value]))),
                        None => self.first('b', number),
                    }
                });
                lists.push(list.collect());
            }
        }
        lists
    }

    /// The other's values one after the other: all arguments theirs; one theirs and the rest one's own.
    fn theirs(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let theirs = &self.theirs;
        let most = theirs.iter().map(Vec::len).max().unwrap_or_default();
        let mut lists = Vec::new();
        for at in 0..most {
            let pick = |number: usize| match theirs[number].get(at).or_else(|| theirs[number].first()) {
                Some(value) => Given::Value(Some(value.clone())),
                None => self.first('a', number),
            };
            lists.push((0..count).map(pick).collect());
        }
        for (number, values) in theirs.iter().enumerate() {
            for value in values.iter().take(3) {
                lists.push(self.mixed(number, Given::Value(Some(value.clone())), 'a'));
            }
        }
        lists
    }

    /// As few arguments as can be given.
    fn omitted(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let required = count.saturating_sub(self.callable.defaults);
        let with = |tenant| {
            let given = |number| {
                if number < required {
                    self.first(tenant, number)
                } else {
                    Given::Omitted
                }
            };
            (0..count).map(given).collect::<Vec<_>>()
        };
        vec![with('b'), with('a')]
    }

    /// All NULL, and each NULL while the rest is given.
    fn nulls(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let mut lists = vec![vec![Given::Value(None); count]];
        for number in 0..count {
            for tenant in ['a', 'b'] {
                lists.push(self.mixed(number, Given::Value(None), tenant));
            }
        }
        lists
    }

    /// Each text as a pattern, as a piece of SQL, as a name.
    fn texts(&self) -> Vec<Vec<Given>> {
        let mut texts = [
            "%",
            "' OR true --",
            "",
            "_",
            "*",
            "%' OR true --",
            "') OR true --",
            "true",
        ]
        .map(str::to_owned)
        .to_vec();
        if self.callable.mentions.any(&["execute", "format"]) {
            let owned = self.bench.owned_tables().take(3);
            texts.extend(owned.flat_map(|relation| [relation.name.to_string(), relation.name.name.clone()]));
        }
        let mut lists = Vec::new();
        for text in &texts {
            for (number, argument) in self.inputs().into_iter().enumerate() {
                if argument.family() == Family::Text && !argument.array {
                    lists.push(self.mixed(number, Given::Value(Some(text.clone())), 'a'));
                }
            }
        }
        lists
    }

    /// Each label, and true and false.
    fn choices(&self) -> Vec<Vec<Given>> {
        let mut lists = Vec::new();
        for (number, argument) in self.inputs().into_iter().enumerate() {
            let mut values = argument.labels.clone();
            if argument.family() == Family::Boolean {
                values.extend(["true", "false"].map(str::to_owned));
            }
            for value in values {
                for tenant in ['b', 'a'] {
                    let value = argument.wrap(vec![value.clone()]);
                    lists.push(self.mixed(number, Given::Value(Some(value)), tenant));
                }
            }
        }
        lists
    }

    /// Numbers and times where a range ends.
    fn extremes(&self) -> Vec<Vec<Given>> {
        let mut lists = Vec::new();
        for (number, argument) in self.inputs().into_iter().enumerate() {
            let values: &[&str] = match argument.family() {
                Family::Number => &["0", "-1", "30000"],
                Family::Time if argument.base.starts_with("time ") => &["00:00", "23:59"],
                Family::Time => &["-infinity", "infinity", "1900-01-01", "2100-01-01"],
                _ => &[],
            };
            for value in values {
                let value = argument.wrap(vec![(*value).to_owned()]);
                lists.push(self.mixed(number, Given::Value(Some(value)), 'a'));
            }
        }
        lists
    }

    /// One argument as given, the others that tenant's.
    fn mixed(&self, number: usize, given: Given, tenant: char) -> Vec<Given> {
        let count = self.inputs().len();
        let mut list: Vec<Given> = (0..count).map(|number| self.first(tenant, number)).collect();
        if let Some(place) = list.get_mut(number) {
            *place = given;
        }
        list
    }

    /// The likeliest value of that tenant's, else one that fits anybody.
    fn first(&self, tenant: char, number: usize) -> Given {
        let values = if tenant == 'b' { &self.theirs } else { &self.ours };
        let value = values.get(number).and_then(|values| values.first().cloned());
        Given::Value(value.or_else(|| self.inputs().get(number)?.anybodys()))
    }

    /// Values of that tenant's: of columns called like the argument, its identity, keys of the same type.
    fn values(&self, tenant: char, argument: &Argument) -> Vec<String> {
        if argument.is_secret() {
            return Vec::new();
        }
        if argument.table.is_some() || argument.family() == Family::Json {
            return self.documents(tenant, argument);
        }
        let mut values: Vec<String> = Vec::new();
        let mut add = |found: Vec<String>| {
            for value in found {
                if values.len() < MOST_VALUES && !values.contains(&value) {
                    values.push(value);
                }
            }
        };
        for relation in &self.tables {
            if let Some(column) = argument.column(relation) {
                add(self.column(relation, &column, tenant));
            }
        }
        if let Some(identity) = self.identity(tenant).filter(|identity| argument.takes(identity)) {
            add(vec![identity]);
        }
        let near = self.tables.iter().take(self.named.max(MOST_TABLES));
        for relation in near {
            for column in &relation.columns {
                if argument.base == plain(&column.data_type) && is_key(relation, &column.name) {
                    add(self.column(relation, &column.name, tenant));
                }
            }
        }
        if argument.array && !values.is_empty() {
            return vec![argument.wrap(values)];
        }
        values
    }

    /// Rows as JSON: one, many, and what the function takes out of it.
    fn documents(&self, tenant: char, argument: &Argument) -> Vec<String> {
        let of: Vec<&Relation> = match &argument.table {
            Some(name) => {
                let name = Name::from(name);
                self.tables
                    .iter()
                    .copied()
                    .filter(|relation| relation.name == name)
                    .collect()
            }
            None => self.tables.iter().copied().take(self.named.clamp(1, 3)).collect(),
        };
        let mut documents = Vec::new();
        for relation in of {
            let rows = self.rows_of(relation, tenant);
            let objects: Vec<Value> = rows.iter().map(|row| object(&row.values)).collect();
            documents.extend(objects.iter().take(MOST_ROWS).cloned());
            if argument.table.is_none() {
                let keys = self.keys(relation, tenant);
                documents.push(Value::Array(objects));
                documents.push(keys);
                documents.push(self.asked(tenant));
            }
        }
        if argument.array {
            let documents: Vec<String> = documents.iter().map(Value::to_string).collect();
            return documents
                .into_iter()
                .map(|document| argument.wrap(vec![document]))
                .collect();
        }
        documents.iter().map(Value::to_string).collect()
    }

    /// The keys of a table's rows as a JSON array.
    fn keys(&self, relation: &Relation, tenant: char) -> Value {
        let key = relation.primary_key().and_then(|key| key.columns.first());
        let values = key.map(|column| self.column(relation, column, tenant));
        Value::Array(
            values
                .unwrap_or_default()
                .into_iter()
                .map(Value::String)
                .collect(),
        )
    }

    /// An object with the keys that the function asks for.
    fn asked(&self, tenant: char) -> Value {
        let mut asked = Map::new();
        for key in self.callable.mentions.json_keys() {
            let found = self.tables.iter().find_map(|relation| {
                let column = column_called(&key, false, relation)?;
                self.column(relation, &column, tenant).into_iter().next()
            });
            let rows = || {
                let rows = self.tables.first().map(|relation| self.rows_of(relation, tenant));
                let rows = rows.into_iter().flatten().map(|row| object(&row.values));
                Value::Array(rows.collect())
            };
            asked.insert(key, found.map_or_else(rows, Value::String));
        }
        Value::Object(asked)
    }

    fn column(&self, relation: &Relation, column: &str, tenant: char) -> Vec<String> {
        let rows = self.rows_of(relation, tenant);
        rows.iter()
            .filter_map(|row| row.values.get(column).cloned().flatten())
            .collect()
    }

    fn rows_of(&self, relation: &Relation, tenant: char) -> Vec<&'a Row> {
        let rows = self.bench.world.table(&relation.name.schema, &relation.name.name);
        rows.into_iter().flat_map(|rows| rows.of(tenant)).collect()
    }

    fn identity(&self, tenant: char) -> Option<String> {
        let number = usize::from(tenant == 'b');
        self.bench.identities.get(number).cloned()
    }
}

impl Argument {
    fn family(&self) -> Family {
        match (self.category, self.base.as_str()) {
            (_, "uuid") => Family::Uuid,
            (_, "json" | "jsonb") => Family::Json,
            ('S' | 'P', _) => Family::Text,
            ('N', _) => Family::Number,
            ('B', _) => Family::Boolean,
            ('D', _) => Family::Time,
            _ => Family::Other,
        }
    }

    /// Whoever knows these is meant to get in.
    fn is_secret(&self) -> bool {
        let name = self.name.to_lowercase();
        ["password", "passwd", "secret", "token", "otp", "signature"]
            .iter()
            .any(|word| name.contains(word))
    }

    /// Values as the argument takes them: several make an array.
    fn wrap(&self, values: Vec<String>) -> String {
        if !self.array {
            return values.into_iter().next().unwrap_or_default();
        }
        let quoted = values
            .iter()
            .map(|value| format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
        format!("{{{}}}", quoted.collect::<Vec<_>>().join(","))
    }

    /// Whether that identity can be one of its values.
    fn takes(&self, identity: &str) -> bool {
        match self.family() {
            Family::Uuid => uuid::Uuid::try_parse(identity).is_ok(),
            Family::Number => identity.parse::<i64>().is_ok(),
            Family::Text => true,
            _ => false,
        }
    }

    /// The column of that table that it is called like.
    fn column(&self, relation: &Relation) -> Option<String> {
        if self.is_secret() {
            return None;
        }
        column_called(&self.name, self.array, relation)
    }

    /// A value that says nothing of anybody.
    pub(super) fn anybodys(&self) -> Option<String> {
        let value = match self.family() {
            _ if self.array => "{}",
            Family::Text => "x",
            Family::Number => "1",
            Family::Boolean => "true",
            Family::Time if self.base.starts_with("time ") => "12:00",
            Family::Time => "2030-01-01",
            Family::Uuid => "5a5a5a5a-0000-4000-8000-00000000005a",
            Family::Json => "{}",
            Family::Other => return self.labels.first().cloned(),
        };
        Some(value.to_owned())
    }
}

/// What a column called so may hold of that tenant's: values of columns of that name, keys of the table of that name.
pub(super) fn called(bench: &Bench<'_>, name: &str, tenant: char, most: usize) -> Vec<String> {
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
fn column_called(name: &str, several: bool, relation: &Relation) -> Option<String> {
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

/// The type without what is in its brackets.
fn plain(data_type: &str) -> &str {
    data_type.split('(').next().unwrap_or(data_type).trim_end()
}

/// Whether the column is of a key of any kind.
fn is_key(relation: &Relation, column: &str) -> bool {
    let keys = [
        ConstraintKind::PrimaryKey,
        ConstraintKind::Unique,
        ConstraintKind::ForeignKey,
        ConstraintKind::Exclude,
    ];
    relation.constrains(column, &keys)
}

fn object(values: &BTreeMap<String, Option<String>>) -> Value {
    let pairs = values
        .iter()
        .map(|(column, value)| (column.clone(), value.clone().map_or(Value::Null, Value::String)));
    Value::Object(pairs.collect())
}

fn is_owned(bench: &Bench<'_>, name: &Name) -> bool {
    bench
        .owners
        .find(name)
        .is_some_and(|table| matches!(table.ownership, Ownership::Tenants(_)))
}
