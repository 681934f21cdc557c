//! The statements in a function's body that change or remove rows.

use super::expression::Expr;
use super::owner;
use super::parse::Parser;
use crate::catalog::{Catalog, Function, FunctionKind, Relation};
use crate::sql::token::{Token, with_operators};

/// A DELETE or an UPDATE.
#[derive(Debug)]
pub(super) struct Change<'c> {
    pub(super) relation: &'c Relation,
    /// The columns that an UPDATE sets; none of a DELETE.
    pub(super) sets: Vec<String>,
    pub(super) condition: Expr,
}

/// What a function does to tables.
#[derive(Debug)]
pub(super) struct Changes<'c> {
    pub(super) all: Vec<Change<'c>>,
    /// Whether it does what can't be read here: EXECUTE, TRUNCATE, calls.
    pub(super) more: bool,
}

/// What the body of a function does to tables.
pub(super) fn changes<'c>(catalog: &'c Catalog, function: &Function) -> Changes<'c> {
    let tokens = with_operators(function.body.as_deref().unwrap_or_default());
    let mut found = Changes {
        all: Vec::new(),
        more: false,
    };
    for (at, token) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        let next = |word: &str| rest.first().is_some_and(|next| next.is_word(word));
        let change = if token.is_word("delete") && next("from") {
            delete(catalog, &rest[1..])
        } else if token.is_word("update") && starts(&tokens[..at]) {
            update(catalog, rest)
        } else {
            found.more |= ["execute", "truncate", "call", "merge", "drop"]
                .iter()
                .any(|word| token.is_word(word));
            continue;
        };
        match change {
            Some(change) => found.all.push(change),
            None => found.more = true,
        }
    }
    found
}

/// Whether a statement starts here: `FOR UPDATE` and `DO UPDATE` are parts of others.
fn starts(before: &[Token]) -> bool {
    before
        .last()
        .is_none_or(|last| !last.is_word("for") && !last.is_word("do"))
}

fn delete<'c>(catalog: &'c Catalog, tokens: &[Token]) -> Option<Change<'c>> {
    let mut parser = Parser::new(tokens);
    let relation = target(catalog, &mut parser)?;
    // What it is joined with decides, too.
    if parser.peek().is_some_and(|token| token.is_word("using")) {
        return None;
    }
    Some(Change {
        relation,
        sets: Vec::new(),
        condition: condition(&mut parser)?,
    })
}

fn update<'c>(catalog: &'c Catalog, tokens: &[Token]) -> Option<Change<'c>> {
    let mut parser = Parser::new(tokens);
    let relation = target(catalog, &mut parser)?;
    parser.skip_word("set").then_some(())?;
    let mut sets = Vec::new();
    loop {
        sets.push(parser.identifier()?);
        parser.skip("=").then_some(())?;
        parser.expression(0)?;
        if !parser.skip(",") {
            break;
        }
    }
    Some(Change {
        relation,
        sets,
        condition: condition(&mut parser)?,
    })
}

fn target<'c>(catalog: &'c Catalog, parser: &mut Parser<'_>) -> Option<&'c Relation> {
    parser.skip_word("only");
    let name = parser.qualified_name()?;
    let relation = owner::relation(catalog, &name)?;
    if parser.skip_word("as")
        || parser.peek().is_some_and(|token| {
            token.is_name()
                && !["where", "set", "using", "returning", "from"]
                    .iter()
                    .any(|word| token.is_word(word))
        })
    {
        parser.identifier()?;
    }
    Some(relation)
}

/// The condition behind WHERE, `true` where there is none; `None` where it can't be read.
fn condition(parser: &mut Parser<'_>) -> Option<Expr> {
    if !parser.skip_word("where") {
        return Some(Expr::Bool(true));
    }
    let condition = parser.expression(0)?;
    let after = ["returning", "loop", "end"];
    let ends = parser
        .peek()
        .is_none_or(|token| token.is(";") || token.is(")") || after.iter().any(|word| token.is_word(word)));
    ends.then_some(condition)
}

/// `select schema.f($1)`, or `call`.
pub(super) fn call(function: &Function, arguments: &[String]) -> String {
    let verb = if function.kind == FunctionKind::Procedure {
        "call"
    } else {
        "select"
    };
    let name = crate::contract::RelationName {
        schema: function.name.schema.clone(),
        name: function.name.name.clone(),
    };
    format!("{verb} {name}({})", arguments.join(", "))
}

/// Whether a name has one of these words in it.
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}
