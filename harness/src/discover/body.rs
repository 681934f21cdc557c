//! What a function answers, as one expression: of SQL's functions the last query, of plpgsql's what they return, with the
//! variables in it replaced by what they were given.

use std::collections::BTreeMap;

use super::expression::{Expr, Query};
use super::parse::Parser;
use crate::catalog::Function;
use crate::sql::token::{Token, with_operators};

/// Variables in variables.
const DEEPEST: u8 = 4;

/// The expression that a function's answer is; none where it has no body, or one that can't be read.
pub(super) fn answer(function: &Function) -> Option<Expr> {
    let tokens = with_operators(function.body.as_deref()?);
    match function.language.as_str() {
        "sql" => of_sql(&tokens),
        "plpgsql" => of_plpgsql(&tokens),
        _ => None,
    }
}

/// The names of the arguments that a caller gives, in their order; `None` is one without a name.
pub(super) fn parameters(function: &Function) -> Vec<Option<String>> {
    arguments(function)
        .into_iter()
        .map(|argument| argument.name)
        .collect()
}

/// An argument that a caller gives.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    pub(super) data_type: String,
    /// The text of its default.
    pub(super) default: Option<String>,
}

/// The arguments that a caller gives, in their order.
pub(super) fn arguments(function: &Function) -> Vec<Argument> {
    let tokens = with_operators(&function.arguments);
    let mut found: Vec<Argument> = Vec::new();
    let mut depth = 0_usize;
    for argument in tokens.split(|token| {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is(",")
    }) {
        let modes = ["in", "inout", "variadic"];
        let mut words = argument.iter().map(|token| token.value.as_str()).peekable();
        if words.peek() == Some(&"out") || argument.is_empty() {
            continue;
        }
        let given: Vec<&str> = words.skip_while(|word| modes.contains(word)).collect();
        let data_type = function.input_types.get(found.len()).map_or("", String::as_str);
        let is_type = given
            .first()
            .is_some_and(|first| data_type.split([' ', '.', '(', '[']).next() == Some(first));
        let name = given.first().filter(|_| !is_type && given.len() > 1);
        let default = argument
            .iter()
            .position(|token| token.is_word("default"))
            .and_then(|at| Some((argument.get(at + 1)?, argument.last()?)))
            .and_then(|(first, last)| function.arguments.get(first.span.start..last.span.end));
        found.push(Argument {
            name: name.map(|name| (*name).to_owned()),
            data_type: data_type.to_owned(),
            default: default.map(str::to_owned),
        });
    }
    found
}

fn of_sql(tokens: &[Token]) -> Option<Expr> {
    if tokens.first()?.is_word("return") {
        return Parser::new(&tokens[1..]).expression(0);
    }
    let starts = |at: &usize| {
        tokens[*at].is_word("select")
            && at
                .checked_sub(1)
                .is_none_or(|before| tokens[before].is(";") || tokens[before].is_word("atomic"))
    };
    let last = (0..tokens.len()).rev().find(starts)?;
    let query = Parser::new(&tokens[last..]).query()?;
    Some(Expr::Query(Box::new(query)))
}

/// Everything that is assigned to a variable, wherever.
pub(super) fn assignments(tokens: &[Token]) -> BTreeMap<String, Vec<Expr>> {
    let mut found: BTreeMap<String, Vec<Expr>> = BTreeMap::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.is(":=") || token.is_word("default") {
            // `name := …`, `name constant type := …`
            let opens = ["begin", "declare", "then", "else", "loop"];
            let start = tokens[..at]
                .iter()
                .rposition(|token| token.is(";") || opens.iter().any(|word| token.is_word(word)))
                .map_or(0, |before| before + 1);
            let value = Parser::new(&tokens[at + 1..]).expression(0);
            if let (Some(name), Some(value)) = (assigned(&tokens[start..at]), value) {
                found.entry(name).or_default().push(value);
            }
        } else if token.is_word("select")
            && let Some(query) = Parser::new(&tokens[at..]).query()
            && let Some(into) = query.into.clone()
        {
            found.entry(into).or_default().push(Expr::Query(Box::new(query)));
        }
    }
    found
}

/// The variable, or the field of one, that stands before its value.
fn assigned(tokens: &[Token]) -> Option<String> {
    match tokens {
        [record, point, field] if point.is(".") => Some(format!("{}.{}", record.value, field.value)),
        [name, ..] if name.is_name() => Some(name.value.clone()),
        _ => None,
    }
}

fn of_plpgsql(tokens: &[Token]) -> Option<Expr> {
    let (mut returned, mut performed) = (Vec::new(), None);
    for (at, token) in tokens.iter().enumerate() {
        if token.is_word("perform") {
            performed = Parser::new(&tokens[at..]).query().or(performed);
        } else if token.is_word("return")
            && let Some(next) = tokens.get(at + 1)
            && !next.is_word("next")
        {
            if next.is_word("query") {
                let query = Parser::new(&tokens[at + 2..]).query();
                returned.extend(query.map(|query| Expr::Query(Box::new(query))));
            } else {
                returned.extend(Parser::new(&tokens[at + 1..]).expression(0));
            }
        }
    }
    let constant = |answer: &Expr| matches!(answer, Expr::Constant(_) | Expr::Bool(_));
    let answer = returned.into_iter().find(|answer| !constant(answer))?;
    let is_found = |answer: &Expr| matches!(answer, Expr::Name(name) if name.as_slice() == ["found"]);
    if is_found(&answer) {
        return performed.map(|query| Expr::Exists(Box::new(query)));
    }
    let last = assignments(tokens)
        .into_iter()
        .filter_map(|(name, mut values)| Some((name, values.pop()?)));
    Some(replaced(answer, &last.collect(), DEEPEST))
}

/// The expression with its variables replaced.
fn replaced(expression: Expr, variables: &BTreeMap<String, Expr>, depth: u8) -> Expr {
    if depth == 0 {
        return expression;
    }
    let all = |parts: Vec<Expr>| -> Vec<Expr> {
        parts
            .into_iter()
            .map(|part| replaced(part, variables, depth))
            .collect()
    };
    let one = |part: Box<Expr>| Box::new(replaced(*part, variables, depth));
    let query = |query: Box<Query>| {
        Box::new(Query {
            targets: all(query.targets),
            conditions: all(query.conditions),
            ..*query
        })
    };
    match expression {
        Expr::Name(name) => match (name.as_slice(), name.last().and_then(|last| variables.get(last))) {
            ([_], Some(value)) => replaced(value.clone(), variables, depth - 1),
            _ => Expr::Name(name),
        },
        Expr::Call { name, arguments } => Expr::Call {
            name,
            arguments: all(arguments),
        },
        Expr::Binary {
            operator,
            left,
            right,
        } => Expr::Binary {
            operator,
            left: one(left),
            right: one(right),
        },
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Other(parts) => Expr::Other(all(parts)),
        Expr::Not(of) => Expr::Not(one(of)),
        Expr::In { left, right } => Expr::In {
            left: one(left),
            right: one(right),
        },
        Expr::IsNull { of, not } => Expr::IsNull { of: one(of), not },
        Expr::Query(inner) => Expr::Query(query(inner)),
        Expr::Exists(inner) => Expr::Exists(query(inner)),
        constant @ (Expr::Constant(_) | Expr::Bool(_)) => constant,
    }
}
