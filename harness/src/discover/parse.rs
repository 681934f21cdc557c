//! Reading expressions: as much of SQL as policies and the bodies of small functions are written in. What is not understood
//! is [`Expr::Other`], with its parts where they are.

use super::expression::{Expr, closes_at};
use crate::sql::token::{Kind, Token};

/// Words that end an expression.
pub(super) const ENDS: [&str; 34] = [
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "offset",
    "union",
    "intersect",
    "except",
    "window",
    "for",
    "fetch",
    "as",
    "then",
    "else",
    "end",
    "when",
    "asc",
    "desc",
    "into",
    "using",
    "on",
    "join",
    "left",
    "right",
    "inner",
    "cross",
    "full",
    "natural",
    "loop",
    "returning",
    "strict",
    "set",
];

/// Key words that are values without parentheses.
const VALUES: [&str; 9] = [
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_date",
    "current_timestamp",
    "localtimestamp",
    "current_database",
    "current_schema",
];

/// How tightly operators bind; see PostgreSQL's documentation, "Operator Precedence".
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const MATCH: u8 = 5;
const ANY_OTHER: u8 = 6;
const ADD: u8 = 7;
const MULTIPLY: u8 = 8;

/// Steps through tokens. Whatever can't be read ends the reading with `None`.
pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    pub(super) at: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn ahead(&self, by: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + by)
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn skip(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(symbol));
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip_words(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(by, word)| self.ahead(by).is_some_and(|token| token.is_word(word)));
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Everything up to the parenthesis that closes the one before.
    pub(super) fn skip_to_close(&mut self) -> Option<()> {
        let close = closes_at(self.tokens, self.at - 1)?;
        self.at = close + 1;
        Some(())
    }

    /// An expression whose operators bind tighter than `floor`.
    pub(super) fn expression(&mut self, floor: u8) -> Option<Expr> {
        let mut left = self.operand()?;
        while let Some(token) = self.peek() {
            let next = match token.kind {
                Kind::Word => self.word_operator(left.clone(), floor),
                Kind::Symbol => self.symbol_operator(left.clone(), floor),
                _ => None,
            };
            match next {
                Some(next) => left = next,
                None => break,
            }
        }
        Some(left)
    }

    fn symbol_operator(&mut self, left: Expr, floor: u8) -> Option<Expr> {
        let token = self.peek()?;
        if matches!(token.value.as_str(), ")" | "," | "]" | ";" | "(" | ":=" | ".") {
            return None;
        }
        if token.value == "::" {
            self.at += 1;
            self.type_name()?;
            return Some(left);
        }
        if token.value == "[" {
            self.at += 1;
            let index = self.expression(0)?;
            self.skip("]").then_some(())?;
            return Some(Expr::Other(vec![left, index]));
        }
        let binds = match token.value.as_str() {
            "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" => COMPARISON,
            "+" | "-" => ADD,
            "*" | "/" | "%" => MULTIPLY,
            _ => ANY_OTHER,
        };
        if binds <= floor {
            return None;
        }
        let operator = token.value.clone();
        self.at += 1;
        for quantifier in ["any", "some", "all"] {
            let quantified =
                self.peek()?.is_word(quantifier) && self.ahead(1).is_some_and(|next| next.is("("));
            if !quantified {
                continue;
            }
            self.at += 2;
            let right = if self.peek()?.is_word("select") {
                Expr::Query(Box::new(self.query()?))
            } else {
                self.expression(0)?
            };
            self.skip(")").then_some(())?;
            return Some(if operator == "=" && quantifier != "all" {
                Expr::In {
                    left: Box::new(left),
                    right: Box::new(right),
                }
            } else {
                Expr::Other(vec![left, right])
            });
        }
        let right = self.expression(binds)?;
        Some(Expr::Binary {
            operator,
            left: Box::new(left),
            right: Box::new(right),
        })
    }

    fn word_operator(&mut self, left: Expr, floor: u8) -> Option<Expr> {
        let before = self.at;
        let found = self.word_operator_at(left, floor);
        if found.is_none() {
            self.at = before;
        }
        found
    }

    fn word_operator_at(&mut self, left: Expr, floor: u8) -> Option<Expr> {
        for (word, binds) in [("or", OR), ("and", AND)] {
            if self.peek()?.is_word(word) {
                if binds <= floor {
                    return None;
                }
                let mut parts = vec![left];
                while self.skip_word(word) {
                    parts.push(self.expression(binds)?);
                }
                return Some(if word == "or" {
                    Expr::Or(parts)
                } else {
                    Expr::And(parts)
                });
            }
        }
        if self.skip_words(&["at", "time", "zone"]) {
            return Some(Expr::Other(vec![left, self.expression(ANY_OTHER)?]));
        }
        if self.skip_word("collate") {
            self.qualified_name()?;
            return Some(left);
        }
        if self.skip_words(&["is", "not", "distinct", "from"]) {
            let right = Box::new(self.expression(COMPARISON)?);
            return Some(Expr::Binary {
                operator: "=".to_owned(),
                left: Box::new(left),
                right,
            });
        }
        if self.skip_words(&["is", "distinct", "from"]) {
            let right = Box::new(self.expression(COMPARISON)?);
            return Some(Expr::Binary {
                operator: "<>".to_owned(),
                left: Box::new(left),
                right,
            });
        }
        if self.skip_word("is") {
            let not = self.skip_word("not");
            let word = self.peek()?.value.clone();
            self.at += 1;
            return Some(match word.as_str() {
                "null" => Expr::IsNull {
                    of: Box::new(left),
                    not,
                },
                "true" if !not => left,
                "false" if !not => Expr::Not(Box::new(left)),
                _ => Expr::Other(vec![left]),
            });
        }
        let not = self.skip_word("not");
        let found = if self.skip_word("in") {
            self.list_or_query(left)?
        } else if self.skip_word("between") {
            let low = self.expression(MATCH)?;
            self.skip_word("and").then_some(())?;
            Expr::Other(vec![left, low, self.expression(MATCH)?])
        } else if self.skip_word("like") || self.skip_word("ilike") || self.skip_words(&["similar", "to"]) {
            Expr::Binary {
                operator: "~~".to_owned(),
                left: Box::new(left),
                right: Box::new(self.expression(MATCH)?),
            }
        } else {
            return None;
        };
        Some(if not { Expr::Not(Box::new(found)) } else { found })
    }

    fn list_or_query(&mut self, left: Expr) -> Option<Expr> {
        self.skip("(").then_some(())?;
        if self.peek()?.is_word("select") {
            let query = self.query()?;
            self.skip(")").then_some(())?;
            return Some(Expr::In {
                left: Box::new(left),
                right: Box::new(Expr::Query(Box::new(query))),
            });
        }
        let mut parts = self.list()?;
        self.skip(")").then_some(())?;
        if parts.len() == 1 {
            return Some(Expr::In {
                left: Box::new(left),
                right: Box::new(parts.remove(0)),
            });
        }
        parts.insert(0, left);
        Some(Expr::Other(parts))
    }

    pub(super) fn list(&mut self) -> Option<Vec<Expr>> {
        let mut parts = Vec::new();
        if self.peek()?.is(")") || self.peek()?.is("]") {
            return Some(parts);
        }
        loop {
            self.skip_word("distinct");
            self.skip_word("variadic");
            // `f(name => value)`
            if self.ahead(1).is_some_and(|next| next.is("=>")) {
                self.at += 2;
            }
            parts.push(self.expression(0)?);
            if self.skip_words(&["order", "by"]) {
                self.list()?;
                let _ = self.skip_word("desc") || self.skip_word("asc");
            }
            if !self.skip(",") {
                return Some(parts);
            }
        }
    }

    fn operand(&mut self) -> Option<Expr> {
        let token = self.peek()?;
        match token.kind {
            Kind::String | Kind::Number => {
                self.at += 1;
                Some(Expr::Constant(token.value.clone()))
            }
            Kind::Parameter => {
                self.at += 1;
                Some(Expr::Name(vec![token.value.clone()]))
            }
            Kind::Symbol => self.symbol_operand(),
            Kind::Word => self.word_operand(),
            Kind::Quoted => self.name(),
        }
    }

    fn symbol_operand(&mut self) -> Option<Expr> {
        if self.skip("*") {
            return Some(Expr::Other(Vec::new()));
        }
        if self.skip("-") || self.skip("+") || self.skip("~") || self.skip("@") {
            return Some(Expr::Other(vec![self.expression(MULTIPLY)?]));
        }
        self.skip("(").then_some(())?;
        if self.peek()?.is_word("select") || self.peek()?.is_word("with") {
            let query = self.query()?;
            self.skip(")").then_some(())?;
            return Some(Expr::Query(Box::new(query)));
        }
        let mut parts = self.list()?;
        self.skip(")").then_some(())?;
        // `(row).field`
        if self.skip(".") {
            self.at += 1;
            return Some(Expr::Other(parts));
        }
        Some(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Expr::Other(parts)
        })
    }

    fn word_operand(&mut self) -> Option<Expr> {
        let token = self.peek()?;
        let value = token.value.as_str();
        if ENDS.contains(&value) && !self.ahead(1).is_some_and(|next| next.is("(")) {
            return None;
        }
        match value {
            "not" => {
                self.at += 1;
                Some(Expr::Not(Box::new(self.expression(NOT)?)))
            }
            "true" | "false" => {
                self.at += 1;
                Some(Expr::Bool(value == "true"))
            }
            "null" => {
                self.at += 1;
                Some(Expr::Constant(String::new()))
            }
            "exists" => {
                self.at += 1;
                self.skip("(").then_some(())?;
                let query = self.query()?;
                self.skip(")").then_some(())?;
                Some(Expr::Exists(Box::new(query)))
            }
            "case" => self.case(),
            "array" => {
                self.at += 1;
                if self.skip("(") {
                    let query = self.query()?;
                    self.skip(")").then_some(())?;
                    return Some(Expr::Query(Box::new(query)));
                }
                self.skip("[").then_some(())?;
                let mut parts = self.list()?;
                self.skip("]").then_some(())?;
                Some(if parts.len() == 1 {
                    parts.remove(0)
                } else {
                    Expr::Other(parts)
                })
            }
            "row" if self.ahead(1)?.is("(") => {
                self.at += 2;
                let parts = self.list()?;
                self.skip(")").then_some(())?;
                Some(Expr::Other(parts))
            }
            "cast" if self.ahead(1)?.is("(") => {
                self.at += 2;
                let of = self.expression(0)?;
                self.skip_word("as").then_some(())?;
                self.type_name()?;
                self.skip(")").then_some(())?;
                Some(of)
            }
            "extract" if self.ahead(1).is_some_and(|next| next.is("(")) => {
                // `extract(epoch from now() - at)`
                self.at += 3;
                self.skip_word("from").then_some(())?;
                let of = self.expression(0)?;
                self.skip(")").then_some(())?;
                Some(Expr::Other(vec![of]))
            }
            _ if VALUES.contains(&value)
                && !self.ahead(1).is_some_and(|next| next.is("(") || next.is(".")) =>
            {
                self.at += 1;
                Some(Expr::Call {
                    name: vec![value.to_owned()],
                    arguments: Vec::new(),
                })
            }
            // A constant with its type before it: `interval '30 days'`.
            _ if self.ahead(1).is_some_and(|next| next.kind == Kind::String) => {
                self.at += 2;
                Some(Expr::Constant(self.tokens[self.at - 1].value.clone()))
            }
            _ => self.name(),
        }
    }

    /// As what it amounts to where it is a condition: each result where it applies.
    fn case(&mut self) -> Option<Expr> {
        self.at += 1;
        let of = if self.peek()?.is_word("when") {
            None
        } else {
            Some(self.expression(0)?)
        };
        let mut ways = Vec::new();
        while self.skip_word("when") {
            let when = self.expression(0)?;
            let when = match &of {
                Some(of) => Expr::Binary {
                    operator: "=".to_owned(),
                    left: Box::new(of.clone()),
                    right: Box::new(when),
                },
                None => when,
            };
            self.skip_word("then").then_some(())?;
            ways.push(Expr::And(vec![when, self.expression(0)?]));
        }
        if self.skip_word("else") {
            ways.push(self.expression(0)?);
        }
        self.skip_word("end").then_some(Expr::Or(ways))
    }

    pub(super) fn qualified_name(&mut self) -> Option<Vec<String>> {
        let mut name = vec![self.identifier()?];
        while self.peek().is_some_and(|token| token.is(".")) {
            self.at += 1;
            if self.skip("*") {
                name.push("*".to_owned());
                break;
            }
            name.push(self.identifier()?);
        }
        Some(name)
    }

    pub(super) fn identifier(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.is_name())?;
        self.at += 1;
        Some(token.value.clone())
    }

    fn name(&mut self) -> Option<Expr> {
        let name = self.qualified_name()?;
        if !self.skip("(") {
            return Some(Expr::Name(name));
        }
        if self.peek()?.is_word("select") {
            let query = self.query()?;
            self.skip(")").then_some(())?;
            return Some(Expr::Call {
                name,
                arguments: vec![Expr::Query(Box::new(query))],
            });
        }
        let open = self.at - 1;
        let arguments = self.list();
        let arguments = match arguments {
            Some(arguments) if self.skip(")") => arguments,
            // `substring(a from 1)`, `f(x => 1)`: what it is called with is not told apart.
            _ => {
                self.at = closes_at(self.tokens, open)? + 1;
                Vec::new()
            }
        };
        for clause in ["filter", "over"] {
            if self.peek().is_some_and(|token| token.is_word(clause))
                && self.ahead(1).is_some_and(|next| next.is("("))
            {
                self.at += 2;
                self.skip_to_close()?;
            }
        }
        Some(Expr::Call { name, arguments })
    }

    fn type_name(&mut self) -> Option<()> {
        let name = self.qualified_name()?;
        let more: &[&str] = match name.last()?.as_str() {
            "double" => &["precision"],
            "character" | "bit" => &["varying"],
            _ => &[],
        };
        if !more.is_empty() {
            self.skip_words(more);
        }
        if self.skip("(") {
            self.skip_to_close()?;
        }
        let _ = self.skip_words(&["with", "time", "zone"]) || self.skip_words(&["without", "time", "zone"]);
        while self.skip("[") {
            if !self.skip("]") {
                self.at += 1;
                self.skip("]").then_some(())?;
            }
        }
        Some(())
    }
}
