//! A function's body, taken apart, and what can be said of it without knowing what it is for.

use std::collections::BTreeMap;

use super::body::{self, Argument};
use super::clause::{Clause, Part, clauses};
use super::expression::Expr;
use super::owner;
use super::parse::Parser;
use crate::catalog::{Catalog, Column, Function, Relation};
use crate::sql::token::{Token, with_operators};

/// A function's body, taken apart.
pub(super) struct Reading<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) name: String,
    pub(super) tokens: Vec<Token>,
    pub(super) arguments: Vec<Argument>,
    pub(super) clauses: Vec<Clause<'c>>,
    pub(super) variables: BTreeMap<String, Vec<Expr>>,
    body: String,
}

impl<'c> Reading<'c> {
    pub(super) fn of(catalog: &'c Catalog, function: &Function) -> Self {
        let body = function.body.clone().unwrap_or_default();
        let tokens = with_operators(&body);
        Self {
            catalog,
            name: function.name.to_string(),
            arguments: body::arguments(function),
            clauses: clauses(catalog, &body),
            variables: body::assignments(&tokens),
            tokens,
            body,
        }
    }

    /// Whether it does what can't be read in its text.
    pub(super) fn does_more(&self) -> bool {
        let words = ["execute", "truncate", "call", "merge", "drop", "alter"];
        self.tokens
            .iter()
            .any(|token| words.iter().any(|word| token.is_word(word)))
    }

    /// The materialized views that it refreshes, which are then meant to hold nothing of what it removed.
    pub(super) fn refreshed(&self) -> Vec<&'c Relation> {
        let starts = (2..self.tokens.len()).filter(|&at| {
            self.tokens[at].is_word("view")
                && self.tokens[at - 1].is_word("materialized")
                && self.tokens[at - 2].is_word("refresh")
        });
        starts
            .filter_map(|at| {
                let mut parser = Parser::new(&self.tokens[at + 1..]);
                parser.skip_word("concurrently");
                owner::relation(self.catalog, &parser.qualified_name()?)
            })
            .collect()
    }

    /// The tables that rows are put into.
    pub(super) fn filled(&self) -> Vec<&'c Relation> {
        let into = (1..self.tokens.len())
            .filter(|&at| self.tokens[at].is_word("into") && self.tokens[at - 1].is_word("insert"));
        into.filter_map(|at| {
            let name = Parser::new(&self.tokens[at + 1..]).qualified_name()?;
            owner::relation(self.catalog, &name)
        })
        .filter(|relation| relation.kind.is_table())
        .collect()
    }

    /// How many statements change or remove rows, with a condition or without.
    pub(super) fn changes(&self) -> usize {
        let starts = |&at: &usize| {
            let token = &self.tokens[at];
            let before = at.checked_sub(1).map(|at| &self.tokens[at]);
            let after_for = before.is_some_and(|before| before.is_word("for") || before.is_word("do"));
            token.is_word("delete") && self.tokens.get(at + 1).is_some_and(|next| next.is_word("from"))
                || token.is_word("update") && !after_for
        };
        (0..self.tokens.len()).filter(starts).count()
    }

    /// Whether a query stands below NOT EXISTS.
    pub(super) fn is_excluded(&self, clause: &Clause<'_>) -> bool {
        let start = clause.range.start;
        let before = |steps: usize| start.checked_sub(steps).map(|at| &self.tokens[at]);
        before(1).is_some_and(|token| token.is("("))
            && before(2).is_some_and(|token| token.is_word("exists"))
            && before(3).is_some_and(|token| token.is_word("not"))
    }

    pub(super) fn argument(&self, name: &[String]) -> Option<usize> {
        let [name] = name else { return None };
        if let Some(number) = name
            .strip_prefix('$')
            .and_then(|number| number.parse::<usize>().ok())
        {
            return number.checked_sub(1);
        }
        self.arguments
            .iter()
            .position(|argument| argument.name.as_ref() == Some(name))
    }

    pub(super) fn names_no_argument(&self, part: &Part) -> bool {
        let mut found = part.expression.is_some();
        part.expression.iter().for_each(|expression| {
            expression.walk(&mut |part| {
                if let Expr::Name(name) = part {
                    found &= self.argument(name).is_none()
                        && !(name.len() == 1 && self.variables.contains_key(&name[0]));
                }
            });
        });
        found
    }

    /// The columns that an expression names; `None` where it names something else.
    pub(super) fn columns(
        &self,
        clause: &Clause<'c>,
        expression: &Expr,
    ) -> Option<Vec<(&'c Relation, &'c Column)>> {
        let (mut found, mut all) = (Vec::new(), true);
        expression.walk(&mut |part| match part {
            Expr::Name(name) => match clause.column(name) {
                Some(column) => found.push(column),
                None => all = false,
            },
            Expr::Query(_) | Expr::Exists(_) => all = false,
            Expr::Call { name, .. } => all &= owner::function(self.catalog, name).is_none(),
            _ => {}
        });
        all.then_some(found)
    }

    /// `CONTINUE WHEN one.held`: rows that a loop passes over.
    pub(super) fn passed_over(&self, relation: &Relation) -> Option<String> {
        let tokens = &self.tokens;
        let at =
            (1..tokens.len()).find(|&at| tokens[at - 1].is_word("continue") && tokens[at].is_word("when"))?;
        let end = (at..tokens.len()).find(|&end| tokens[end].is(";"))?;
        let text = self
            .body
            .get(tokens.get(at + 1)?.span.start..tokens[end].span.start)?;
        let Expr::Name(name) = Expr::parse(text)? else {
            return None;
        };
        let [_, column] = name.as_slice() else { return None };
        relation.column(column)?;
        Some(crate::sql::identifier(column))
    }
}

/// The sides of a comparison by size, also where its truth is asked for.
pub(super) fn compared(expression: &Expr) -> Option<(&Expr, &Expr)> {
    match expression {
        Expr::Binary {
            operator,
            left,
            right,
        } if ["<", "<=", ">", ">="].contains(&operator.as_str()) => Some((left, right)),
        Expr::Other(parts) => match parts.as_slice() {
            [only] => compared(only),
            _ => None,
        },
        Expr::Not(of) => compared(of),
        _ => None,
    }
}

/// Every expression in it but those of queries.
pub(super) fn outside_queries(expression: &Expr, see: &mut dyn FnMut(&Expr)) {
    see(expression);
    match expression {
        Expr::Call { arguments: parts, .. } | Expr::And(parts) | Expr::Or(parts) | Expr::Other(parts) => {
            for part in parts {
                outside_queries(part, see);
            }
        }
        Expr::Binary { left, right, .. } | Expr::In { left, right } => {
            outside_queries(left, see);
            outside_queries(right, see);
        }
        Expr::Not(of) | Expr::IsNull { of, .. } => outside_queries(of, see),
        _ => {}
    }
}

pub(super) fn is_time(column: &Column) -> bool {
    column.data_type.starts_with("timestamp") || column.data_type == "date"
}
