//! The values that one argument is called with: whose they are, and where they are taken from.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::fit::{Family, column_called, is_key, plain};
use super::{MOST_ROWS, MOST_TABLES, MOST_VALUES, Stock};
use crate::catalog::{Name, Relation};
use crate::prove::isolation::callable::Argument;
use crate::rows::Row;

impl<'a> Stock<'a> {
    /// The likeliest value of that tenant's, else one that fits anybody.
    pub(super) fn likely(&self, tenant: char, argument: &Argument) -> Option<String> {
        let first = self.values(tenant, argument).into_iter().next();
        first.or_else(|| argument.anybodys())
    }

    /// Values of that tenant's: of columns called like the argument, its identity, keys of the same type.
    pub(super) fn values(&self, tenant: char, argument: &Argument) -> Vec<String> {
        if argument.is_secret() {
            return Vec::new();
        }
        if !argument.fields.is_empty() {
            return self.composites(tenant, argument);
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
            if let Some(column) = argument.column(relation)
                && (argument.family() != Family::Range || is_of(relation, &column, argument))
            {
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
        for (relation, column) in self.compared(argument) {
            add(self.column(relation, &column, tenant));
        }
        add(self.shapes(tenant, argument));
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
            let objects = self.objects(relation, tenant);
            documents.extend(objects.iter().take(MOST_ROWS).cloned());
            if argument.table.is_none() {
                let keys = self.keys(relation, tenant);
                documents.push(Value::Array(objects));
                documents.push(Value::Array(keys));
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

    /// The keys of a table's rows as JSON.
    pub(super) fn keys(&self, relation: &Relation, tenant: char) -> Vec<Value> {
        let key = relation.primary_key().and_then(|key| key.columns.first());
        let values = key.map(|column| self.column(relation, column, tenant));
        values.into_iter().flatten().map(Value::String).collect()
    }

    /// A table's rows as JSON.
    pub(super) fn objects(&self, relation: &Relation, tenant: char) -> Vec<Value> {
        let rows = self.rows_of(relation, tenant);
        rows.iter().map(|row| object(&row.values)).collect()
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
                let first = self.tables.first();
                Value::Array(
                    first
                        .map(|relation| self.objects(relation, tenant))
                        .unwrap_or_default(),
                )
            };
            asked.insert(key, found.map_or_else(rows, Value::String));
        }
        Value::Object(asked)
    }

    pub(super) fn column(&self, relation: &Relation, column: &str, tenant: char) -> Vec<String> {
        let rows = self.rows_of(relation, tenant);
        rows.iter()
            .filter_map(|row| row.values.get(column).cloned().flatten())
            .collect()
    }

    pub(super) fn rows_of(&self, relation: &Relation, tenant: char) -> Vec<&'a Row> {
        let rows = self.bench.world.table(&relation.name.schema, &relation.name.name);
        rows.into_iter().flat_map(|rows| rows.of(tenant)).collect()
    }

    fn identity(&self, tenant: char) -> Option<String> {
        let number = usize::from(tenant == 'b');
        self.bench.identities.get(number).cloned()
    }
}

fn object(values: &BTreeMap<String, Option<String>>) -> Value {
    let pairs = values
        .iter()
        .map(|(column, value)| (column.clone(), value.clone().map_or(Value::Null, Value::String)));
    Value::Object(pairs.collect())
}

fn is_of(relation: &Relation, column: &str, argument: &Argument) -> bool {
    relation
        .column(column)
        .is_some_and(|column| argument.fits(&column.data_type))
}
