//! Expressions and queries, as far as it matters for whose the rows are that they let through.

use std::ops::Range;

use super::parse::Parser;
use crate::sql::token::{Token, with_operators};

/// An expression. Casts, collations and parentheses are gone: they do not change whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    /// A column, a parameter or a variable, with what stands before it.
    Name(Vec<String>),
    /// `f(a, b)`; key words that read like one, such as `current_user`, without arguments.
    Call {
        name: Vec<String>,
        arguments: Vec<Expr>,
    },
    /// A string, a number, NULL.
    Constant(String),
    Bool(bool),
    /// `a = b` and the like.
    Binary {
        operator: String,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// `a = ANY (b)` and `a IN (…)`, where it is a query or one value.
    In {
        left: Box<Expr>,
        right: Box<Expr>,
    },
    IsNull {
        of: Box<Expr>,
        not: bool,
    },
    /// A query that stands for its value, or its rows.
    Query(Box<Query>),
    Exists(Box<Query>),
    /// Lists, and whatever else has parts.
    Other(Vec<Expr>),
}

/// `SELECT targets FROM from WHERE conditions`; the conditions of joins are among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) targets: Vec<Expr>,
    pub(super) from: Vec<From>,
    pub(super) conditions: Vec<Expr>,
    /// The variable that gets the first target.
    pub(super) into: Option<String>,
}

/// What a query reads from: a table, or a function's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct From {
    pub(super) name: Vec<String>,
    pub(super) alias: Option<String>,
    pub(super) arguments: Option<Vec<Expr>>,
}

impl Expr {
    /// The expression that a whole text is.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = with_operators(text);
        let mut parser = Parser::new(&tokens);
        let expression = parser.expression(0)?;
        parser.at_end().then_some(expression)
    }

    /// Every expression in it, itself first.
    pub(super) fn walk(&self, see: &mut dyn FnMut(&Self)) {
        see(self);
        match self {
            Self::Name(_) | Self::Constant(_) | Self::Bool(_) => {}
            Self::Call { arguments: parts, .. } | Self::And(parts) | Self::Or(parts) | Self::Other(parts) => {
                for part in parts {
                    part.walk(see);
                }
            }
            Self::Binary { left, right, .. } | Self::In { left, right } => {
                left.walk(see);
                right.walk(see);
            }
            Self::Not(of) | Self::IsNull { of, .. } => of.walk(see),
            Self::Query(query) | Self::Exists(query) => {
                let arguments = query.from.iter().flat_map(|from| from.arguments.iter().flatten());
                let parts = query.targets.iter().chain(&query.conditions).chain(arguments);
                for part in parts {
                    part.walk(see);
                }
            }
        }
    }

    /// The parts that AND joins; itself where it joins none.
    pub(super) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }
}

/// The parts of an expression's text that OR joins at its top, as they stand there.
pub(super) fn disjuncts(text: &str) -> Vec<&str> {
    let tokens = with_operators(text);
    let (mut range, mut depth, mut cuts, mut case) = (0..tokens.len(), 0_usize, Vec::new(), 0_usize);
    // Parentheses around the whole are no part of it.
    while range.len() >= 2 && closes_at(&tokens, range.start) == Some(range.end - 1) {
        range = range.start + 1..range.end - 1;
    }
    for at in range.clone() {
        let token = &tokens[at];
        if token.is("(") || token.is("[") {
            depth += 1;
        } else if token.is(")") || token.is("]") {
            depth = depth.saturating_sub(1);
        } else if token.is_word("case") {
            case += 1;
        } else if token.is_word("end") {
            case = case.saturating_sub(1);
        } else if depth == 0 && case == 0 && token.is_word("or") {
            cuts.push(at);
        }
    }
    let between = |part: Range<usize>| -> Vec<&str> {
        let (Some(first), Some(last)) = (tokens.get(part.start), tokens.get(part.end.saturating_sub(1)))
        else {
            return Vec::new();
        };
        let Some(inner) = text.get(first.span.start..last.span.end) else {
            return Vec::new();
        };
        if cuts.is_empty() {
            vec![inner]
        } else {
            disjuncts(inner)
        }
    };
    let starts = std::iter::once(range.start).chain(cuts.iter().map(|cut| cut + 1));
    let ends = cuts.iter().copied().chain([range.end]);
    starts
        .zip(ends)
        .flat_map(|(start, end)| between(start..end))
        .collect()
}

/// Where the parenthesis that opens at `open` closes.
pub(super) fn closes_at(tokens: &[Token], open: usize) -> Option<usize> {
    if !tokens.get(open)?.is("(") {
        return None;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}
