//! From a condition to whose the rows are that it lets through: what a row's columns are compared with, over tables and
//! functions, until a value of the session is met.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::body;
use super::expression::{Expr, Query};
use crate::catalog::{Catalog, Function, Name, Relation};
use crate::contract::{RelationName, TenantPath, TenantStep};

/// The most functions that are read into one another.
const DEEPEST: u8 = 6;

/// A value that says who is asking.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    /// The setting that holds it; `None` is the session's role.
    pub(super) setting: Option<String>,
    /// The keys that lead to it where the setting holds JSON.
    pub(super) path: Vec<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.setting {
            Some(setting) => formatter.write_str(setting)?,
            None => formatter.write_str("current_user")?,
        }
        self.path.iter().try_for_each(|key| write!(formatter, " → {key}"))
    }
}

/// Whose a row is, by one condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pub(super) path: TenantPath,
    pub(super) source: Source,
}

/// What an expression stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// A column of the n-th table.
    Column(usize, String),
    Context(Source),
    Unknown,
}

/// What a name means where it stands.
#[derive(Debug, Clone)]
enum Bound {
    Table(usize),
    /// The rows of a function: whichever column.
    Rows(Value),
}

/// The names that can be used at a place.
#[derive(Debug, Default)]
struct Scope<'s> {
    tables: Vec<(String, Bound)>,
    parameters: BTreeMap<String, Value>,
    outer: Option<&'s Scope<'s>>,
}

/// Tables and what is equal between them; the first is the one that the condition is about.
struct System<'c> {
    catalog: &'c Catalog,
    tables: Vec<Option<&'c Relation>>,
    equations: Vec<(Value, Value)>,
    /// Tables that a function reads with its owner's rights.
    as_owner: BTreeSet<usize>,
    /// How many functions we are in, and whether one has its owner's rights.
    depth: u8,
    definer: bool,
    /// How many tables' policies we are in.
    nested: u8,
}

impl<'c> System<'c> {
    fn new(catalog: &'c Catalog, tables: Vec<Option<&'c Relation>>) -> Self {
        Self {
            catalog,
            tables,
            equations: Vec::new(),
            as_owner: BTreeSet::new(),
            depth: 0,
            definer: false,
            nested: 0,
        }
    }
}

/// Whose rows of the relation a condition lets through; nobody's in particular where it is empty.
pub(super) fn owners(catalog: &Catalog, relation: &Relation, condition: &Expr) -> BTreeSet<Owner> {
    let mut system = System::new(catalog, vec![Some(relation)]);
    system.take(condition, &Scope::of(relation));
    system.paths()
}

/// The value of the session that an expression without a table stands for.
pub(super) fn context(catalog: &Catalog, expression: &Expr) -> Option<Source> {
    let mut system = System::new(catalog, Vec::new());
    match system.value(expression, &Scope::default()) {
        Value::Context(source) => Some(source),
        _ => None,
    }
}

/// The column and the value of the session that a condition compares in a way of its own: `starts_with`, `?`, `ANY` of a list.
/// An order is no such comparison.
pub(super) fn loosely(catalog: &Catalog, relation: &Relation, condition: &Expr) -> Option<Owner> {
    let (mut columns, mut sources, mut other) = (BTreeSet::new(), BTreeSet::new(), false);
    condition.walk(&mut |part| match part {
        Expr::Name(name) => {
            columns.extend(
                name.last()
                    .filter(|name| relation.column(name).is_some())
                    .cloned(),
            );
        }
        Expr::Binary { operator, .. } => {
            other |= ["<", ">", "<=", ">=", "<>", "!="].contains(&operator.as_str());
        }
        Expr::Query(_) | Expr::Exists(_) | Expr::Not(_) | Expr::Or(_) | Expr::And(_) => other = true,
        Expr::Call { name, .. } => {
            let source = context(catalog, part);
            other |= source.is_none() && function(catalog, name).is_some();
            sources.extend(source);
        }
        _ => {}
    });
    // The setting itself is in whatever takes a part out of it.
    let longest = sources.iter().map(|source: &Source| source.path.len()).max()?;
    sources.retain(|source| source.path.len() == longest);
    let (Some(column), Some(source)) = (columns.pop_first(), sources.pop_first()) else {
        return None;
    };
    (columns.is_empty() && sources.is_empty() && !other).then_some(Owner {
        path: TenantPath {
            column,
            steps: Vec::new(),
        },
        source,
    })
}

/// The function of that name; of several the first.
pub(super) fn function<'c>(catalog: &'c Catalog, name: &[String]) -> Option<&'c Function> {
    catalog.functions.iter().find(|function| match name {
        [schema, name] => function.name.schema == *schema && function.name.name == *name,
        [name] => function.name.name == *name,
        _ => false,
    })
}

/// The relation that a text means: with its schema, in `public`, or in whatever schema has one of that name.
pub(super) fn relation<'c>(catalog: &'c Catalog, name: &[String]) -> Option<&'c Relation> {
    match name {
        [schema, name] => catalog.relation(schema, name),
        [name] => catalog.relation("public", name).or_else(|| {
            catalog
                .relations
                .iter()
                .find(|relation| relation.name.name == *name)
        }),
        _ => None,
    }
}

impl Scope<'_> {
    /// Where a policy of the relation stands.
    fn of(relation: &Relation) -> Self {
        Self {
            tables: vec![(relation.name.name.clone(), Bound::Table(0))],
            ..Self::default()
        }
    }

    fn find(&self, system: &System<'_>, name: &[String]) -> Value {
        let has = |table: usize, column: &str| {
            system.tables[table].is_some_and(|relation| relation.column(column).is_some())
        };
        let found = match name {
            [column] => self.tables.iter().find_map(|(alias, bound)| match bound {
                Bound::Table(table) if has(*table, column) => Some(Value::Column(*table, column.clone())),
                Bound::Rows(value) if alias == column => Some(value.clone()),
                _ => None,
            }),
            [.., table, column] => self.tables.iter().find_map(|(alias, bound)| match bound {
                Bound::Table(number) if alias == table && has(*number, column) => {
                    Some(Value::Column(*number, column.clone()))
                }
                Bound::Rows(value) if alias == table => Some(value.clone()),
                _ => None,
            }),
            [] => None,
        };
        found
            .or_else(|| self.parameters.get(name.last()?).cloned())
            .or_else(|| Some(self.outer?.find(system, name)))
            .unwrap_or(Value::Unknown)
    }
}

impl System<'_> {
    /// Takes in a condition that holds.
    fn take(&mut self, condition: &Expr, scope: &Scope<'_>) {
        match condition {
            Expr::And(parts) => parts.iter().for_each(|part| self.take(part, scope)),
            // A pattern made of the session's value is meant to find the tenant's rows, whatever else it finds.
            Expr::Binary {
                operator,
                left,
                right,
            } if operator == "=" || operator == "~~" => {
                self.equal(left, right, scope);
            }
            Expr::In { left, right } => self.equal(left, right, scope),
            Expr::Exists(query) => {
                self.query(query, scope, |_, _| Value::Unknown);
            }
            Expr::Query(query) => {
                self.query(query, scope, |system, scope| {
                    query.targets.iter().for_each(|target| system.take(target, scope));
                    Value::Unknown
                });
            }
            Expr::Call { name, arguments } => {
                self.call(name, arguments, scope, |system, answer, scope| {
                    system.take(answer, scope);
                    Value::Unknown
                });
            }
            _ => {}
        }
    }

    fn equal(&mut self, left: &Expr, right: &Expr, scope: &Scope<'_>) {
        let pair = (self.value(left, scope), self.value(right, scope));
        self.equations.push(pair);
    }

    /// Takes in a query's tables and conditions; `then` says what it stands for.
    fn query(
        &mut self,
        query: &Query,
        scope: &Scope<'_>,
        then: impl FnOnce(&mut Self, &Scope<'_>) -> Value,
    ) -> Value {
        let mut inner = Scope {
            outer: Some(scope),
            ..Scope::default()
        };
        for from in &query.from {
            let Some(name) = from.alias.as_ref().or(from.name.last()) else {
                continue;
            };
            let bound = if let Some(arguments) = &from.arguments {
                let (name, arguments) = (from.name.clone(), arguments.clone());
                Bound::Rows(self.value(&Expr::Call { name, arguments }, scope))
            } else {
                let table = relation(self.catalog, &from.name).filter(|relation| relation.kind.is_table());
                self.tables.push(table);
                let number = self.tables.len() - 1;
                if self.definer {
                    self.as_owner.insert(number);
                }
                Bound::Table(number)
            };
            inner.tables.push((name.clone(), bound));
        }
        for condition in &query.conditions {
            self.take(condition, &inner);
        }
        then(self, &inner)
    }

    /// Reads a function of the project as if its body stood where it is called.
    fn call(
        &mut self,
        name: &[String],
        arguments: &[Expr],
        scope: &Scope<'_>,
        then: impl FnOnce(&mut Self, &Expr, &Scope<'_>) -> Value,
    ) -> Value {
        let Some(function) = function(self.catalog, name).filter(|_| self.depth < DEEPEST) else {
            return Value::Unknown;
        };
        let Some(answer) = body::answer(function) else {
            return Value::Unknown;
        };
        let mut inner = Scope::default();
        for (number, (parameter, argument)) in
            body::parameters(function).into_iter().zip(arguments).enumerate()
        {
            let value = self.value(argument, scope);
            inner
                .parameters
                .extend(parameter.map(|name| (name, value.clone())));
            inner.parameters.insert(format!("${}", number + 1), value);
        }
        self.depth += 1;
        let before = self.definer;
        self.definer |= function.security_definer;
        let value = then(self, &answer, &inner);
        self.definer = before;
        self.depth -= 1;
        value
    }

    fn value(&mut self, expression: &Expr, scope: &Scope<'_>) -> Value {
        match expression {
            Expr::Name(name) => scope.find(self, name),
            Expr::Call { name, arguments } => self.of_call(name, arguments, scope),
            Expr::Binary {
                operator,
                left,
                right,
            } => match (operator.as_str(), &**right) {
                ("->" | "->>", Expr::Constant(key)) => self.within(left, vec![key.clone()], scope),
                ("#>" | "#>>", Expr::Constant(path)) => {
                    let keys = path.trim_matches(['{', '}']).split(',');
                    self.within(left, keys.map(str::to_owned).collect(), scope)
                }
                ("||", _) => {
                    let sides = [self.value(left, scope), self.value(right, scope)];
                    let is_context = |value: &Value| matches!(value, Value::Context(_));
                    sides.into_iter().find(is_context).unwrap_or(Value::Unknown)
                }
                _ => Value::Unknown,
            },
            Expr::Query(query) => self.query(query, scope, |system, scope| match query.targets.first() {
                Some(target) => system.value(target, scope),
                None => Value::Unknown,
            }),
            // CASE: what one of its results is.
            Expr::And(parts) => parts
                .last()
                .map_or(Value::Unknown, |last| self.value(last, scope)),
            Expr::Other(parts) | Expr::Or(parts) => {
                let values: Vec<Value> = parts.iter().map(|part| self.value(part, scope)).collect();
                let is_context = |value: &Value| matches!(value, Value::Context(_));
                values.into_iter().find(is_context).unwrap_or(Value::Unknown)
            }
            _ => Value::Unknown,
        }
    }

    fn within(&mut self, document: &Expr, keys: Vec<String>, scope: &Scope<'_>) -> Value {
        match self.value(document, scope) {
            Value::Context(mut source) => {
                source.path.extend(keys);
                Value::Context(source)
            }
            _ => Value::Unknown,
        }
    }

    fn of_call(&mut self, name: &[String], arguments: &[Expr], scope: &Scope<'_>) -> Value {
        let is_ours = function(self.catalog, name).is_some();
        let built_in = match name {
            [schema, name] if schema == "pg_catalog" => name,
            [name] if !is_ours => name,
            _ => "",
        };
        match (built_in, arguments) {
            ("current_setting", [Expr::Constant(setting), ..]) => Value::Context(Source {
                setting: Some(setting.clone()),
                path: Vec::new(),
            }),
            ("current_user" | "session_user" | "user" | "current_role", _) => Value::Context(Source {
                setting: None,
                path: Vec::new(),
            }),
            (
                "jsonb_extract_path_text" | "json_extract_path_text" | "jsonb_extract_path",
                [document, keys @ ..],
            ) => {
                let keys = keys.iter().filter_map(|key| match key {
                    Expr::Constant(key) => Some(key.clone()),
                    _ => None,
                });
                self.within(document, keys.collect(), scope)
            }
            (
                "nullif" | "btrim" | "trim" | "lower" | "upper" | "string_to_array" | "unnest" | "text"
                | "uuid",
                [of, ..],
            ) => self.value(of, scope),
            ("coalesce", parts) => {
                let mut values: Vec<Value> = parts.iter().map(|part| self.value(part, scope)).collect();
                values.retain(|value| *value != Value::Unknown);
                // A value that is looked for in two settings: JSON is what its gateway writes today.
                let in_json =
                    |value: &Value| matches!(value, Value::Context(source) if !source.path.is_empty());
                let at = values.iter().position(in_json).unwrap_or(0);
                values.into_iter().nth(at).unwrap_or(Value::Unknown)
            }
            _ => self.call(name, arguments, scope, |system, answer, scope| {
                system.value(answer, scope)
            }),
        }
    }

    /// Every way from the first table to a value of the session; where there is none, to a table whose own policies know one,
    /// for they hold in a policy's query, too.
    fn paths(&self) -> BTreeSet<Owner> {
        let mut found = BTreeSet::new();
        for guarded in [false, true] {
            if found.is_empty() {
                self.follow(guarded, &mut vec![0], &mut Vec::new(), &mut found);
            }
        }
        found
    }

    /// Whose the rows are that a query of a policy sees of that table.
    fn seen(&self, table: usize) -> BTreeSet<Owner> {
        let guarded = self
            .tables
            .get(table)
            .copied()
            .flatten()
            .filter(|relation| relation.row_security);
        let Some(relation) = guarded.filter(|_| self.nested < 2 && !self.as_owner.contains(&table)) else {
            return BTreeSet::new();
        };
        let reading = relation
            .policies
            .iter()
            .filter(|policy| policy.permissive && policy.command != "INSERT");
        let mut common: Option<BTreeSet<Owner>> = None;
        for policy in reading.filter(|policy| policy.command == "SELECT" || policy.command == "ALL") {
            let condition = policy.using.as_deref().and_then(Expr::parse);
            let owners = condition.map_or_else(BTreeSet::new, |condition| {
                let mut system = System::new(self.catalog, vec![Some(relation)]);
                system.nested = self.nested + 1;
                system.take(&condition, &Scope::of(relation));
                system.paths()
            });
            common = Some(common.map_or(owners.clone(), |common| &common & &owners));
        }
        common.unwrap_or_default()
    }

    /// `visited` ends with the table where we are; `links` says by which columns we came.
    fn follow(
        &self,
        guarded: bool,
        visited: &mut Vec<usize>,
        links: &mut Vec<(String, usize, String)>,
        found: &mut BTreeSet<Owner>,
    ) {
        let here = visited.last().copied().unwrap_or(0);
        if guarded && here != 0 {
            for owner in self.seen(here) {
                if let Some(mut whole) = self.owner(links, &owner.path.column, &owner.source) {
                    whole.path.steps.extend(owner.path.steps);
                    found.insert(whole);
                }
            }
        }
        let both = self
            .equations
            .iter()
            .flat_map(|(left, right)| [(left, right), (right, left)]);
        for (from, to) in both {
            let Value::Column(table, column) = from else {
                continue;
            };
            if *table != here {
                continue;
            }
            match to {
                Value::Context(source) => found.extend(self.owner(links, column, source)),
                Value::Column(next, matched) if !visited.contains(next) && visited.len() < 4 => {
                    visited.push(*next);
                    links.push((column.clone(), *next, matched.clone()));
                    self.follow(guarded, visited, links, found);
                    links.pop();
                    visited.pop();
                }
                _ => {}
            }
        }
    }

    fn owner(&self, links: &[(String, usize, String)], last: &str, source: &Source) -> Option<Owner> {
        let columns = links.iter().map(|(column, ..)| column.as_str()).chain([last]);
        let columns: Vec<&str> = columns.collect();
        let mut steps = Vec::new();
        let mut from = self.tables.first().copied().flatten()?;
        for ((column, table, matched), next) in links.iter().zip(&columns[1..]) {
            let relation = self.tables.get(*table).copied().flatten()?;
            let told = from
                .points_to(column, &relation.name)
                .is_some_and(|told| told == *matched);
            steps.push(TenantStep {
                relation: relation_name(&relation.name),
                matched: (!told).then(|| matched.clone()),
                column: (*next).to_owned(),
            });
            from = relation;
        }
        Some(Owner {
            path: TenantPath {
                column: columns[0].to_owned(),
                steps,
            },
            source: source.clone(),
        })
    }
}

pub(super) fn relation_name(name: &Name) -> RelationName {
    RelationName {
        schema: name.schema.clone(),
        name: name.name.clone(),
    }
}
