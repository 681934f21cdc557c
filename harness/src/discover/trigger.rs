//! What triggers do: on which commands they fire, and what their functions put into other tables, column by column.

use std::collections::{BTreeMap, BTreeSet};

use super::body;
use super::expression::{Expr, Query};
use super::owner::{self, Source};
use super::parse::Parser;
use crate::catalog::{Catalog, Function, Relation, Trigger};
use crate::contract::Operation;
use crate::sql::token::{Token, with_operators};

/// Variables in variables.
const DEEPEST: u8 = 4;

/// Functions that give the time.
const CLOCKS: [&str; 7] = [
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "current_timestamp",
    "localtimestamp",
    "timeofday",
];

/// The commands that change rows.
pub(super) const OPERATIONS: [Operation; 4] = [
    Operation::Insert,
    Operation::Update,
    Operation::Delete,
    Operation::Truncate,
];

/// What a value that is put into a column is made of.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that a value may be made of"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// The whole row before or after the change.
    pub(super) old: bool,
    pub(super) new: bool,
    /// A column of either.
    pub(super) fields: BTreeSet<String>,
    pub(super) operation: bool,
    pub(super) table: bool,
    pub(super) schema: bool,
    pub(super) clock: bool,
    /// A value of the session.
    pub(super) sources: BTreeSet<Source>,
    /// A string that it is.
    pub(super) constant: Option<String>,
}

/// A table that a function puts rows into, with what is put into each column.
#[derive(Debug, Clone)]
pub(super) struct Insert {
    pub(super) table: Vec<String>,
    pub(super) columns: Vec<(String, Made)>,
}

/// The commands that a trigger fires on, and the columns of UPDATE OF.
pub(super) fn events(trigger: &Trigger) -> (Vec<Operation>, Vec<String>) {
    let tokens = with_operators(&trigger.definition);
    let (mut operations, mut columns) = (Vec::new(), Vec::new());
    let fires = |token: &Token| {
        ["before", "after", "instead"]
            .iter()
            .any(|word| token.is_word(word))
    };
    let start = tokens.iter().position(fires).unwrap_or(0);
    let mut in_columns = false;
    for token in tokens[start..].iter().take_while(|token| !token.is_word("on")) {
        let operation = OPERATIONS
            .iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(&token.value));
        if let Some(operation) = operation.filter(|_| !in_columns || !token.is_name()) {
            operations.push(*operation);
        }
        in_columns = (in_columns || token.is_word("of")) && !token.is_word("or");
        if in_columns && token.is_name() && !token.is_word("of") {
            columns.push(token.value.clone());
        }
    }
    (operations, columns)
}

/// The tables that have a trigger which calls the function, each with its triggers.
pub(super) fn called_by<'c>(
    catalog: &'c Catalog,
    function: &Function,
) -> Vec<(&'c Relation, Vec<&'c Trigger>)> {
    let of = |relation: &'c Relation| {
        let calls = |trigger: &&Trigger| trigger.function == function.name && !trigger.from_parent;
        let triggers: Vec<&Trigger> = relation.triggers.iter().filter(calls).collect();
        (!triggers.is_empty() && relation.kind.is_table()).then_some((relation, triggers))
    };
    catalog.relations.iter().filter_map(of).collect()
}

/// Every INSERT in the body of a trigger's function.
pub(super) fn inserts(catalog: &Catalog, function: &Function) -> Vec<Insert> {
    let tokens = with_operators(function.body.as_deref().unwrap_or_default());
    let triggers: Vec<&Trigger> = called_by(catalog, function)
        .into_iter()
        .flat_map(|(_, triggers)| triggers)
        .collect();
    let reader = Reader {
        catalog,
        variables: body::assignments(&tokens),
        transitions: transitions(&triggers, &tokens),
        arguments: triggers.iter().flat_map(|trigger| arguments(trigger)).collect(),
    };
    let by_document = reader.by_document(&tokens);
    let starts =
        (1..tokens.len()).filter(|&at| tokens[at].is_word("into") && tokens[at - 1].is_word("insert"));
    starts
        .filter_map(|at| reader.insert(&tokens[at + 1..]))
        .chain(by_document)
        .collect()
}

struct Reader<'c> {
    catalog: &'c Catalog,
    variables: BTreeMap<String, Vec<Expr>>,
    /// The names of tables of all rows before or after a statement, and whether after.
    transitions: BTreeMap<String, bool>,
    /// What the triggers give the function.
    arguments: Vec<String>,
}

/// `REFERENCING OLD TABLE AS …`, with the names that the function gives these tables.
fn transitions(triggers: &[&Trigger], body: &[Token]) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    for trigger in triggers {
        let tokens = with_operators(&trigger.definition);
        for four in tokens.windows(4) {
            if four[1].is_word("table") && four[2].is_word("as") && four[3].is_name() {
                found.insert(four[3].value.clone(), four[0].is_word("new"));
            }
        }
    }
    let aliases = body
        .windows(3)
        .filter(|three| ["from", "join"].iter().any(|word| three[0].is_word(word)) || three[0].is(","));
    let aliases: Vec<(String, bool)> = aliases
        .filter(|three| three[1].is_name() && three[2].is_name())
        .filter_map(|three| Some((three[2].value.clone(), *found.get(&three[1].value)?)))
        .filter(|(alias, _)| !super::parse::ENDS.contains(&alias.as_str()))
        .collect();
    found.extend(aliases);
    found
}

/// The strings behind `EXECUTE FUNCTION f`.
fn arguments(trigger: &Trigger) -> Vec<String> {
    let tokens = with_operators(&trigger.definition);
    let start = tokens
        .iter()
        .position(|token| token.is_word("execute"))
        .unwrap_or(tokens.len());
    let strings = tokens[start..]
        .iter()
        .filter(|token| token.kind == crate::sql::token::Kind::String);
    strings.map(|token| token.value.clone()).collect()
}

impl Reader<'_> {
    fn insert(&self, tokens: &[Token]) -> Option<Insert> {
        let mut parser = Parser::new(tokens);
        let table = parser.qualified_name()?;
        if parser.skip_word("as") {
            parser.identifier()?;
        }
        let mut columns: Vec<String> = Vec::new();
        let lists = parser.peek()?.is("(") && !parser.ahead(1)?.is_word("select");
        if lists {
            parser.skip("(");
            for column in parser.list()? {
                let Expr::Name(mut name) = column else { return None };
                columns.push(name.pop()?);
            }
            parser.skip(")").then_some(())?;
        }
        let _ = parser.skip_words(&["overriding", "system", "value"])
            || parser.skip_words(&["overriding", "user", "value"]);
        let values = if parser.skip_word("values") {
            parser.skip("(").then_some(())?;
            parser.list()?
        } else {
            parser.skip("(");
            let Query { targets, .. } = parser.query()?;
            targets
        };
        if columns.is_empty() {
            let relation = owner::relation(self.catalog, &table)?;
            columns = relation
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect();
            // `VALUES (record.*)`: the record's fields have the columns' names.
            if let [Expr::Name(name)] = values.as_slice()
                && let [record, star] = name.as_slice()
                && star == "*"
            {
                let field = |column: &String| Expr::Name(vec![record.clone(), column.clone()]);
                let values = columns.iter().map(field).collect::<Vec<_>>();
                return Some(self.made(table, columns, &values));
            }
        }
        Some(self.made(table, columns, &values))
    }

    /// What another function puts into a table out of a JSON document that is made here, key by key.
    fn by_document(&self, body: &[Token]) -> Vec<Insert> {
        let mut keys: BTreeMap<String, Expr> = BTreeMap::new();
        for value in self.variables.values().flatten() {
            value.walk(&mut |part| {
                if let Expr::Call { name, arguments } = part
                    && name
                        .last()
                        .is_some_and(|name| name == "jsonb_build_object" || name == "json_build_object")
                {
                    for pair in arguments.chunks_exact(2) {
                        if let Expr::Constant(key) = &pair[0] {
                            keys.insert(key.clone(), pair[1].clone());
                        }
                    }
                }
            });
        }
        let is_called = |function: &&Function| {
            let mut calls = body.windows(2).filter(|pair| pair[1].is("("));
            calls.any(|pair| pair[0].is_name() && pair[0].value == function.name.name)
        };
        let mut found = Vec::new();
        for function in self
            .catalog
            .functions
            .iter()
            .filter(|_| !keys.is_empty())
            .filter(is_called)
        {
            let tokens = with_operators(function.body.as_deref().unwrap_or_default());
            let starts = (1..tokens.len())
                .filter(|&at| tokens[at].is_word("into") && tokens[at - 1].is_word("insert"));
            for insert in starts.filter_map(|at| self.insert(&tokens[at + 1..])) {
                let columns: Vec<String> = insert.columns.into_iter().map(|(column, _)| column).collect();
                if columns.iter().filter(|column| keys.contains_key(*column)).count() * 2 > columns.len() {
                    let nothing = Expr::Other(Vec::new());
                    let values: Vec<Expr> = columns
                        .iter()
                        .map(|column| keys.get(column).unwrap_or(&nothing).clone())
                        .collect();
                    found.push(self.made(insert.table, columns, &values));
                }
            }
        }
        found
    }

    fn made(&self, table: Vec<String>, columns: Vec<String>, values: &[Expr]) -> Insert {
        let made = columns.into_iter().zip(values).map(|(column, value)| {
            let mut made = Made::default();
            self.see(value, false, DEEPEST, &mut made);
            if let Expr::Constant(constant) = value {
                made.constant = Some(constant.clone());
            }
            (column, made)
        });
        Insert {
            table,
            columns: made.collect(),
        }
    }

    /// Notes what an expression is made of; `part` where only a part of a row is taken.
    fn see(&self, expression: &Expr, part: bool, depth: u8, made: &mut Made) {
        if let Some(source) = owner::context(self.catalog, expression) {
            made.sources.insert(source);
            return;
        }
        // `SELECT * INTO row FROM old_rows`
        if let Expr::Query(query) = expression
            && query.targets == [Expr::Other(Vec::new())]
            && let [from] = query.from.as_slice()
            && let Some(after) = from.name.last().and_then(|name| self.transitions.get(name))
        {
            Self::row(*after, part, made);
            return;
        }
        let parts: &[Expr] = match expression {
            Expr::Call { arguments: parts, .. } | Expr::Or(parts) | Expr::Other(parts) => parts,
            Expr::And(parts) => parts.last().map_or(&[], std::slice::from_ref),
            Expr::Query(query) => &query.targets,
            _ => &[],
        };
        for one in parts {
            self.see(one, part, depth, made);
        }
        match expression {
            Expr::Name(name) => self.name(name, part, depth, made),
            Expr::Call { name, .. } => {
                made.clock |= name.last().is_some_and(|name| CLOCKS.contains(&name.as_str()));
            }
            Expr::Binary {
                operator,
                left,
                right,
            } => match operator.as_str() {
                "->" | "->>" | "#>" | "#>>" => {
                    self.see(left, true, depth, made);
                    if let (Expr::Constant(key), false) = (&**right, made.fields.is_empty() && !part) {
                        made.fields.insert(key.clone());
                    }
                }
                // What is taken out of a row leaves the row.
                "-" => self.see(left, part, depth, made),
                "=" | "<>" | "!=" | "<" | ">" => {}
                _ => {
                    self.see(left, part, depth, made);
                    self.see(right, part, depth, made);
                }
            },
            _ => {}
        }
    }

    fn row(after: bool, part: bool, made: &mut Made) {
        if part {
            made.fields.insert(String::new());
        } else if after {
            made.new = true;
        } else {
            made.old = true;
        }
    }

    fn name(&self, name: &[String], part: bool, depth: u8, made: &mut Made) {
        let parts: Vec<&str> = name.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["tg_op"] => made.operation = true,
            ["tg_table_name" | "tg_relname" | "tg_relid"] => made.table = true,
            ["tg_table_schema"] => made.schema = true,
            ["tg_argv"] => {
                let all = |is: &dyn Fn(&str) -> bool| {
                    !self.arguments.is_empty() && self.arguments.iter().all(|argument| is(argument))
                };
                let is_table = |name: &str| {
                    let relations = &self.catalog.relations;
                    relations
                        .iter()
                        .any(|relation| relation.name.name == name || relation.name.to_string() == name)
                };
                made.operation |= all(&|name| {
                    OPERATIONS
                        .iter()
                        .any(|one| one.as_str().eq_ignore_ascii_case(name))
                });
                made.table |= all(&is_table);
            }
            [table] | [table, "*"] if self.transitions.contains_key(*table) => {
                Self::row(self.transitions[*table], part, made);
            }
            [table, field] if self.transitions.contains_key(*table) => {
                made.fields.insert((*field).to_owned());
            }
            // A column of these tables.
            [field] if !self.transitions.is_empty() && !self.variables.contains_key(*field) => {
                made.fields.insert((*field).to_owned());
            }
            ["old" | "new"] | ["old" | "new", "*"] if part => {
                made.fields.insert(String::new());
            }
            ["old"] | ["old", "*"] => made.old = true,
            ["new"] | ["new", "*"] => made.new = true,
            ["old" | "new", field] => {
                made.fields.insert((*field).to_owned());
            }
            _ if depth > 0 => {
                let values = self.variables.get(&name.join("."));
                for value in values.into_iter().flatten() {
                    self.see(value, part, depth - 1, made);
                }
            }
            _ => {}
        }
    }
}
