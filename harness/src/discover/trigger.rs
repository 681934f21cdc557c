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
    let reader = Reader {
        catalog,
        variables: body::assignments(&tokens),
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

    fn name(&self, name: &[String], part: bool, depth: u8, made: &mut Made) {
        let parts: Vec<&str> = name.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["tg_op"] => made.operation = true,
            ["tg_table_name" | "tg_relname" | "tg_relid"] => made.table = true,
            ["tg_table_schema"] => made.schema = true,
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
