//! The conditions in a function's body: which tables each is about, and the parts that AND joins, as they stand there.

use std::ops::Range;

use super::expression::Expr;
use super::owner;
use super::parse::Parser;
use crate::catalog::{Catalog, Column, Relation};
use crate::sql::token::{Token, with_operators};

/// What a condition chooses rows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Delete,
    Update,
    Select,
}

/// What stands behind one WHERE.
#[derive(Debug)]
pub(super) struct Clause<'c> {
    pub(super) verb: Verb,
    /// The tables that it is about; the first is the one that is changed.
    pub(super) sources: Vec<Source<'c>>,
    /// The columns that an UPDATE sets.
    pub(super) sets: Vec<String>,
    pub(super) parts: Vec<Part>,
    /// The tokens of its statement, up to the end of the condition.
    pub(super) range: Range<usize>,
}

/// A table by the name that it has in a statement.
#[derive(Debug)]
pub(super) struct Source<'c> {
    pub(super) alias: String,
    /// `None`: a query of the statement's own, or no table of the project's.
    pub(super) relation: Option<&'c Relation>,
}

/// One part of a condition.
#[derive(Debug)]
pub(super) struct Part {
    /// Its tokens.
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// `None` where it can't be read.
    pub(super) expression: Option<Expr>,
}

/// What may stand behind a condition.
const AFTER: [&str; 17] = [
    "returning",
    "loop",
    "order",
    "group",
    "limit",
    "offset",
    "fetch",
    "for",
    "on",
    "union",
    "except",
    "intersect",
    "then",
    "window",
    "having",
    "into",
    "using",
];

/// Every condition of a body, in the order in which they stand there.
pub(super) fn clauses<'c>(catalog: &'c Catalog, body: &str) -> Vec<Clause<'c>> {
    let tokens = with_operators(body);
    let wheres = (0..tokens.len()).filter(|&at| tokens[at].is_word("where"));
    wheres
        .filter_map(|at| {
            let start = starts(&tokens, at)?;
            let verb = match tokens[start].value.as_str() {
                "delete" => Verb::Delete,
                "update" => Verb::Update,
                _ => Verb::Select,
            };
            let end = ends(&tokens, at + 1);
            let head = &tokens[start..at];
            Some(Clause {
                verb,
                sources: sources(catalog, verb, head),
                sets: if verb == Verb::Update {
                    sets(head)
                } else {
                    Vec::new()
                },
                parts: parts(body, &tokens, at + 1..end),
                range: start..end,
            })
        })
        .collect()
}

/// Where the statement starts that this WHERE is a part of.
fn starts(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for before in (0..at).rev() {
        let token = &tokens[before];
        if token.is(")") {
            depth += 1;
        } else if token.is("(") {
            depth = depth.checked_sub(1)?;
        } else if token.is(";") && depth == 0 {
            return None;
        } else if depth == 0
            && ["select", "update", "delete", "perform"]
                .iter()
                .any(|word| token.is_word(word))
        {
            let of_another = before
                .checked_sub(1)
                .is_some_and(|at| tokens[at].is_word("do") || tokens[at].is_word("for"));
            return (!of_another).then_some(before);
        }
    }
    None
}

/// Where a condition ends that begins there.
fn ends(tokens: &[Token], start: usize) -> usize {
    let (mut depth, mut case) = (0_usize, 0_usize);
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            if depth == 0 {
                return at;
            }
            depth -= 1;
        } else if token.is(";") {
            return at;
        } else if depth > 0 {
        } else if token.is_word("case") {
            case += 1;
        } else if token.is_word("end") {
            if case == 0 {
                return at;
            }
            case -= 1;
        } else if case == 0 && AFTER.iter().any(|word| token.is_word(word)) {
            return at;
        }
    }
    tokens.len()
}

/// The tables that a statement names before its condition.
fn sources<'c>(catalog: &'c Catalog, verb: Verb, head: &[Token]) -> Vec<Source<'c>> {
    let mut depth = 0_usize;
    let mut found = Vec::new();
    let mut reads = verb == Verb::Update;
    for (at, token) in head.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 {
            continue;
        }
        reads |= ["from", "using", "join"].iter().any(|word| token.is_word(word));
        reads &= !token.is_word("set") && !token.is_word("on");
        let begins = ["from", "using", "join", "update"]
            .iter()
            .any(|word| token.is_word(word));
        if reads && (begins || token.is(",")) {
            found.extend(source(catalog, &head[at + 1..]));
        }
    }
    found
}

fn source<'c>(catalog: &'c Catalog, tokens: &[Token]) -> Option<Source<'c>> {
    let mut parser = Parser::new(tokens);
    let _ = parser.skip_word("only") || parser.skip_word("lateral");
    let name = parser.qualified_name()?;
    let ends = [
        "set", "using", "where", "join", "inner", "left", "right", "full", "cross", "on", "natural",
    ];
    parser.skip_word("as");
    let alias = parser
        .peek()
        .filter(|token| token.is_name() && !ends.iter().any(|word| token.is_word(word)))
        .map(|token| token.value.clone());
    Some(Source {
        alias: alias.or_else(|| name.last().cloned())?,
        relation: owner::relation(catalog, &name).filter(|relation| relation.kind.is_table()),
    })
}

/// The columns that an UPDATE gives values.
fn sets(head: &[Token]) -> Vec<String> {
    let start = head
        .iter()
        .position(|token| token.is_word("set"))
        .map_or(head.len(), |at| at + 1);
    let (mut depth, mut found, mut begins) = (0_usize, Vec::new(), true);
    for token in &head[start..] {
        if depth == 0 && token.is_word("from") {
            break;
        }
        if begins && token.is_name() {
            found.push(token.value.clone());
        }
        // `SET (a, b) = (1, 2)`
        begins = depth == 0 && token.is(",")
            || begins && (token.is("(") || token.is_name() && depth > 0 || token.is(","));
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        }
    }
    found
}

/// The parts that AND joins, without parentheses around the whole.
fn parts(body: &str, tokens: &[Token], mut range: Range<usize>) -> Vec<Part> {
    while range.len() >= 2 && super::expression::closes_at(tokens, range.start) == Some(range.end - 1) {
        range = range.start + 1..range.end - 1;
    }
    let (mut depth, mut case, mut between) = (0_usize, 0_usize, false);
    let (mut cuts, mut or) = (Vec::new(), false);
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
        } else if depth > 0 || case > 0 {
        } else if token.is_word("between") {
            between = true;
        } else if token.is_word("or") {
            or = true;
        } else if token.is_word("and") {
            if between {
                between = false;
            } else {
                cuts.push(at);
            }
        }
    }
    // OR binds weaker: the whole is one part.
    if or || cuts.is_empty() {
        return part(body, tokens, range).into_iter().collect();
    }
    let starts = std::iter::once(range.start).chain(cuts.iter().map(|cut| cut + 1));
    let ends = cuts.iter().copied().chain([range.end]);
    starts
        .zip(ends)
        .flat_map(|(start, end)| parts(body, tokens, start..end))
        .collect()
}

fn part(body: &str, tokens: &[Token], range: Range<usize>) -> Option<Part> {
    let (first, last) = (tokens.get(range.start)?, tokens.get(range.end.checked_sub(1)?)?);
    let text = body.get(first.span.start..last.span.end)?;
    Some(Part {
        range,
        expression: Expr::parse(text),
        text: text.to_owned(),
    })
}

impl<'c> Clause<'c> {
    /// The column of the statement's tables that a name means.
    pub(super) fn column(&self, name: &[String]) -> Option<(&'c Relation, &'c Column)> {
        let (last, before) = name.split_last()?;
        let named = self.sources.iter().filter(|source| {
            before.last().is_none_or(|table| {
                source.alias == *table
                    || source
                        .relation
                        .is_some_and(|relation| relation.name.name == *table)
            })
        });
        named
            .filter_map(|source| source.relation)
            .find_map(|relation| Some((relation, relation.column(last)?)))
    }

    /// The text of a part with the names that the statement gave its tables taken back.
    pub(super) fn told(&self, part: &Part) -> String {
        let mut text = part.text.clone();
        let tokens = with_operators(&part.text);
        for at in (1..tokens.len()).rev().filter(|&at| tokens[at].is(".")) {
            let alias = &tokens[at - 1];
            let source = self
                .sources
                .iter()
                .find(|source| alias.is_name() && source.alias == alias.value);
            if let Some(relation) = source.and_then(|source| source.relation) {
                text.replace_range(alias.span.clone(), &crate::sql::identifier(&relation.name.name));
            }
        }
        text
    }
}
