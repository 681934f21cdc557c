//! The functions and procedures that the attacker may call, and how a call is written. What to call them with is
//! not here.

use serde::Deserialize;

use super::bench::Bench;
use crate::catalog::{Function, FunctionKind, Name};
use crate::contract::Context;
use crate::error::Error;
use crate::prove::mention::Mentions;
use crate::sql::{literal, qualified};

/// A function that a tenant may call.
pub(super) struct Callable<'a> {
    pub(super) function: &'a Function,
    pub(super) arguments: Vec<Argument>,
    /// How many of the last arguments have a default.
    pub(super) defaults: usize,
    /// What its body names.
    pub(super) mentions: Mentions,
}

/// An argument, in or out.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Argument {
    /// Empty if it has none.
    pub(super) name: String,
    mode: String,
    /// As SQL, whatever the search path is.
    #[serde(rename = "type")]
    sql_type: String,
    /// The type, or of an array its elements', of a domain what it is on; for people.
    pub(super) base: String,
    /// That type's category in `pg_type`.
    pub(super) category: char,
    kind: char,
    pub(super) array: bool,
    pub(super) labels: Vec<String>,
    /// The table whose row it is.
    pub(super) table: Option<Table>,
    /// What a range is of.
    pub(super) subtype: Option<String>,
    /// The fields of a composite type that is no table's.
    #[serde(default)]
    pub(super) fields: Vec<Argument>,
}

/// A table's name as JSON has it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Table {
    schema: String,
    name: String,
}

impl From<&Table> for Name {
    fn from(table: &Table) -> Self {
        Name::new(table.schema.clone(), table.name.clone())
    }
}

/// What is given for an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    /// A value as text; `None` is NULL.
    Value(Option<String>),
    /// A column, as SQL.
    Column(String),
    /// Nothing: its default.
    Omitted,
}

impl Bench<'_> {
    /// What the attacker's role may call, but for what makes the contract's context.
    pub(super) async fn callables(&self) -> Result<Vec<Callable<'_>>, Error> {
        let query = include_str!("callable.sql").replace("$1", &literal(self.attacker.effective()));
        let mut callables = Vec::new();
        for row in self.session.rows(&query).await? {
            let [Some(oid), Some(defaults), Some(arguments)] = row.as_slice() else {
                continue;
            };
            let function = self
                .catalog
                .functions
                .iter()
                .find(|function| function.oid.0.to_string() == *oid);
            // Members of extensions are not in the catalogue.
            let (Some(function), Ok(arguments)) = (function, serde_json::from_str(arguments)) else {
                continue;
            };
            if self.is_context(&function.name) {
                continue;
            }
            callables.push(Callable {
                function,
                arguments,
                defaults: defaults.parse().unwrap_or_default(),
                mentions: Mentions::of(function.body.as_deref().unwrap_or_default()),
            });
        }
        Ok(callables)
    }

    /// Whether the contract's context is made by calling it.
    fn is_context(&self, name: &Name) -> bool {
        let Context::Sql { sql } = &self.isolation.context else {
            return false;
        };
        sql.iter().any(|text| Mentions::of(text).name(name))
    }
}

impl Callable<'_> {
    /// The arguments that a caller gives.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().filter(|argument| argument.mode != "o")
    }

    /// Whether anything can come back.
    pub(super) fn answers(&self) -> bool {
        match self.function.kind {
            FunctionKind::Procedure => self.arguments.iter().any(|argument| argument.mode != "i"),
            _ => self.function.result.as_deref() != Some("void"),
        }
    }

    /// Whether it may write without help of another function.
    pub(super) fn is_volatile(&self) -> bool {
        self.function.volatility == "volatile"
    }

    /// The statement that calls it; what is omitted must come last.
    pub(super) fn call(&self, given: &[Given]) -> String {
        let called = self.expression(given);
        let result = self.function.result.as_deref().unwrap_or_default();
        if self.function.kind == FunctionKind::Procedure {
            format!("CALL {called}")
        } else if result == "void" || result.contains("record") {
            format!("SELECT {called}")
        } else {
            format!("SELECT * FROM {called}")
        }
    }

    /// The call itself.
    pub(super) fn expression(&self, given: &[Given]) -> String {
        let mut given = given.iter();
        let procedure = self.function.kind == FunctionKind::Procedure;
        let mut values = Vec::new();
        for argument in &self.arguments {
            if argument.mode == "o" {
                if procedure {
                    values.push("NULL".to_owned());
                }
                continue;
            }
            match given.next() {
                Some(Given::Value(value)) => values.push(argument.written(value.as_deref())),
                Some(Given::Column(column)) => values.push(argument.cast(column)),
                Some(Given::Omitted) | None => {}
            }
        }
        let name = qualified(&self.function.name.schema, &self.function.name.name);
        format!("{name}({})", values.join(", "))
    }

    /// What makes it run with its caller's rights.
    pub(super) fn as_invoker(&self) -> String {
        format!(
            "ALTER ROUTINE {}({}) SECURITY INVOKER",
            qualified(&self.function.name.schema, &self.function.name.name),
            self.function.identity_arguments
        )
    }
}

impl Argument {
    /// Whether a column of that type can be given for it.
    pub(super) fn takes_column(&self, data_type: &str) -> bool {
        !self.array && self.table.is_none() && (self.kind == 'p' || self.fits(data_type))
    }

    /// Whether what a column of that type holds can be its value, or an element of it.
    pub(super) fn fits(&self, data_type: &str) -> bool {
        let plain = data_type.split('(').next().unwrap_or(data_type).trim_end();
        let is_text = |name: &str| {
            matches!(
                name,
                "text" | "character varying" | "character" | "name" | "citext"
            )
        };
        self.base == plain || is_text(&self.base) && is_text(plain)
    }

    /// Whether it takes several ranges in one value.
    pub(super) fn is_multirange(&self) -> bool {
        self.kind == 'm'
    }

    fn cast(&self, column: &str) -> String {
        if self.kind == 'p' {
            column.to_owned()
        } else {
            format!("{column}::{}", self.sql_type)
        }
    }

    /// A row is given as JSON.
    fn written(&self, value: Option<&str>) -> String {
        let variadic = if self.mode == "v" { "VARIADIC " } else { "" };
        match (value, self.kind) {
            (None, 'p') => "NULL".to_owned(),
            (None, _) => format!("{variadic}NULL::{}", self.sql_type),
            // A type that follows from the argument.
            (Some(value), 'p') => format!("{variadic}{}::pg_catalog.text", literal(value)),
            (Some(value), _) if self.table.is_some() && !self.array => format!(
                "pg_catalog.jsonb_populate_record(NULL::{}, {})",
                self.sql_type,
                literal(value)
            ),
            (Some(value), _) => format!("{variadic}{}::{}", literal(value), self.sql_type),
        }
    }
}
