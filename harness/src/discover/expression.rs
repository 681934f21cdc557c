//! Reading expressions and queries: as much of SQL as policies and the bodies of small functions are written in. What is
//! not understood is [`Expr::Other`], with its parts where they are.

use std::ops::Range;

use super::token::{Kind, Token, tokens};

/// An expression. Casts, collations and parentheses are gone: they do not change whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    /// A column, a parameter or a variable, with what stands before it.
    Name(Vec<String>),
    /// `f(a, b)`; key words that read like one, such as `current_user`, without arguments.
    Call { name: Vec<String>, arguments: Vec<Expr> },
    /// A string, a number, NULL.
    Constant(String),
    Bool(bool),
    /// `a = b` and the like.
    Binary { operator: String, left: Box<Expr>, right: Box<Expr> },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// `a = ANY (b)` and `a IN (…)`, where it is a query or one value.
    In { left: Box<Expr>, right: Box<Expr> },
    IsNull { of: Box<Expr>, not: bool },
    /// A query that stands for its value, or its rows.
    Query(Box<Query>),
    Exists(Box<Query>),
    /// CASE, lists, and whatever else has parts.
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
        let tokens = tokens(text);
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
                parts.iter().for_each(|part| part.walk(see));
            }
            Self::Binary { left, right, .. } | Self::In { left, right } => {
                left.walk(see);
                right.walk(see);
            }
            Self::Not(of) | Self::IsNull { of, .. } => of.walk(see),
            Self::Query(query) | Self::Exists(query) => {
                let arguments = query.from.iter().flat_map(|from| from.arguments.iter().flatten());
                let parts = query.targets.iter().chain(&query.conditions).chain(arguments);
                parts.for_each(|part| part.walk(see));
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
    let tokens = tokens(text);
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
        let (Some(first), Some(last)) = (tokens.get(part.start), tokens.get(part.end.saturating_sub(1))) else {
            return Vec::new();
        };
        let Some(inner) = text.get(first.span.start..last.span.end) else {
            return Vec::new();
        };
        if cuts.is_empty() { vec![inner] } else { disjuncts(inner) }
    };
    let starts = std::iter::once(range.start).chain(cuts.iter().map(|cut| cut + 1));
    let ends = cuts.iter().copied().chain([range.end]);
    starts.zip(ends).flat_map(|(start, end)| between(start..end)).collect()
}

/// Where the parenthesis that opens at `open` closes.
fn closes_at(tokens: &[Token], open: usize) -> Option<usize> {
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

/// Words that end an expression.
const ENDS: [&str; 34] = [
    "from", "where", "group", "having", "order", "limit", "offset", "union", "intersect", "except", "window", "for",
    "fetch", "as", "then", "else", "end", "when", "asc", "desc", "into", "using", "on", "join", "left", "right",
    "inner", "cross", "full", "natural", "loop", "returning", "strict", "set",
];

/// Key words that are values without parentheses.
const VALUES: [&str; 9] = [
    "current_user", "session_user", "user", "current_role", "current_date", "current_timestamp", "localtimestamp",
    "current_database", "current_schema",
];

/// How tightly operators bind; see PostgreSQL's documentation, "Operator Precedence".
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const MATCH: u8 = 5;
const ANY_OTHER: u8 = 6;

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

    fn ahead(&self, by: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + by)
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn skip(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(symbol));
        self.at += usize::from(found);
        found
    }

    fn skip_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(found);
        found
    }

    fn skip_words(&mut self, words: &[&str]) -> bool {
        let found = words
            .iter()
            .enumerate()
            .all(|(by, word)| self.ahead(by).is_some_and(|token| token.is_word(word)));
        self.at += if found { words.len() } else { 0 };
        found
    }

    /// Everything up to the parenthesis that closes the one before.
    fn skip_to_close(&mut self) -> Option<()> {
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
        let binds = if matches!(token.value.as_str(), "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=") {
            COMPARISON
        } else {
            ANY_OTHER
        };
        if binds <= floor {
            return None;
        }
        let operator = token.value.clone();
        self.at += 1;
        for quantifier in ["any", "some", "all"] {
            let quantified = self.peek()?.is_word(quantifier) && self.ahead(1).is_some_and(|next| next.is("("));
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
                Expr::In { left: Box::new(left), right: Box::new(right) }
            } else {
                Expr::Other(vec![left, right])
            });
        }
        let right = self.expression(binds)?;
        Some(Expr::Binary { operator, left: Box::new(left), right: Box::new(right) })
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
                return Some(if word == "or" { Expr::Or(parts) } else { Expr::And(parts) });
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
            return Some(Expr::Binary { operator: "=".to_owned(), left: Box::new(left), right });
        }
        if self.skip_words(&["is", "distinct", "from"]) {
            let right = Box::new(self.expression(COMPARISON)?);
            return Some(Expr::Binary { operator: "<>".to_owned(), left: Box::new(left), right });
        }
        if self.skip_word("is") {
            let not = self.skip_word("not");
            let word = self.peek()?.value.clone();
            self.at += 1;
            return Some(match word.as_str() {
                "null" => Expr::IsNull { of: Box::new(left), not },
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
            return Some(Expr::In { left: Box::new(left), right: Box::new(Expr::Query(Box::new(query))) });
        }
        let mut parts = self.list()?;
        self.skip(")").then_some(())?;
        if parts.len() == 1 {
            return Some(Expr::In { left: Box::new(left), right: Box::new(parts.remove(0)) });
        }
        parts.insert(0, left);
        Some(Expr::Other(parts))
    }

    fn list(&mut self) -> Option<Vec<Expr>> {
        let mut parts = Vec::new();
        if self.peek()?.is(")") || self.peek()?.is("]") {
            return Some(parts);
        }
        loop {
            self.skip_word("distinct");
            self.skip_word("variadic");
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
            Kind::String => {
                self.at += 1;
                Some(Expr::Constant(token.value.clone()))
            }
            Kind::Number => {
                self.at += 1;
                Some(if token.value.starts_with('$') {
                    Expr::Name(vec![token.value.clone()])
                } else {
                    Expr::Constant(token.value.clone())
                })
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
            return Some(Expr::Other(vec![self.expression(ANY_OTHER)?]));
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
        Some(if parts.len() == 1 { parts.remove(0) } else { Expr::Other(parts) })
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
                Some(if parts.len() == 1 { parts.remove(0) } else { Expr::Other(parts) })
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
                self.at += 2;
                self.skip_to_close()?;
                Some(Expr::Other(Vec::new()))
            }
            _ if VALUES.contains(&value) && !self.ahead(1).is_some_and(|next| next.is("(") || next.is(".")) => {
                self.at += 1;
                Some(Expr::Call { name: vec![value.to_owned()], arguments: Vec::new() })
            }
            // A constant with its type before it: `interval '30 days'`.
            _ if self.ahead(1).is_some_and(|next| next.kind == Kind::String) => {
                self.at += 2;
                Some(Expr::Constant(self.tokens[self.at - 1].value.clone()))
            }
            _ => self.name(),
        }
    }

    fn case(&mut self) -> Option<Expr> {
        self.at += 1;
        let mut parts = Vec::new();
        while !self.skip_word("end") {
            let _ = self.skip_word("when") || self.skip_word("then") || self.skip_word("else");
            parts.push(self.expression(0)?);
        }
        Some(Expr::Other(parts))
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

    fn identifier(&mut self) -> Option<String> {
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
            return Some(Expr::Call { name, arguments: vec![Expr::Query(Box::new(query))] });
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
            if self.peek().is_some_and(|token| token.is_word(clause)) && self.ahead(1).is_some_and(|next| next.is("(")) {
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

    /// `SELECT …`, or a plpgsql `PERFORM …`, up to what closes it.
    pub(super) fn query(&mut self) -> Option<Query> {
        (self.skip_word("select") || self.skip_word("perform")).then_some(())?;
        let mut query = Query::default();
        self.skip_word("all");
        if self.skip_word("distinct") && self.skip_word("on") {
            self.skip("(").then_some(())?;
            self.skip_to_close()?;
        }
        let begins_from = |token: &Token| token.is_word("from") || token.is_word("into") || token.is(")");
        if self.peek().is_some_and(|token| !begins_from(token)) {
            query.targets = self.targets()?;
        }
        if self.skip_word("into") {
            self.skip_word("strict");
            query.into = self.qualified_name()?.pop();
            while self.skip(",") {
                self.qualified_name()?;
            }
        }
        if self.skip_word("from") {
            self.from_list(&mut query)?;
        }
        if self.skip_word("where") {
            query.conditions.push(self.expression(0)?);
        }
        if self.peek().is_some_and(|token| token.is_word("union") || token.is_word("intersect") || token.is_word("except")) {
            return None;
        }
        // What groups, sorts or limits does not change whose the rows are.
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            } else if token.is(";") {
                break;
            }
            self.at += 1;
        }
        Some(query)
    }

    fn targets(&mut self) -> Option<Vec<Expr>> {
        let mut targets = Vec::new();
        loop {
            targets.push(self.expression(0)?);
            if self.skip_word("as") {
                self.identifier()?;
            } else if let Some(token) = self.peek()
                && token.is_name()
                && !ENDS.contains(&token.value.as_str())
            {
                self.at += 1;
            }
            if !self.skip(",") {
                return Some(targets);
            }
        }
    }

    fn from_list(&mut self, query: &mut Query) -> Option<()> {
        loop {
            self.join_tree(query)?;
            if !self.skip(",") {
                return Some(());
            }
        }
    }

    fn join_tree(&mut self, query: &mut Query) -> Option<()> {
        self.from_item(query)?;
        loop {
            let before = self.at;
            for word in ["natural", "inner", "left", "right", "full", "cross", "outer"] {
                self.skip_word(word);
            }
            if !self.skip_word("join") {
                self.at = before;
                return Some(());
            }
            self.from_item(query)?;
            if self.skip_word("on") {
                query.conditions.push(self.expression(0)?);
            } else if self.skip_word("using") {
                self.skip("(").then_some(())?;
                let columns = self.list()?;
                self.skip(")").then_some(())?;
                let [.., left, right] = query.from.as_slice() else {
                    return None;
                };
                for column in columns {
                    let Expr::Name(name) = column else { return None };
                    let of = |from: &From| {
                        let table = from.alias.clone().or_else(|| from.name.last().cloned());
                        Expr::Name(table.into_iter().chain(name.iter().cloned()).collect())
                    };
                    query.conditions.push(Expr::Binary {
                        operator: "=".to_owned(),
                        left: Box::new(of(left)),
                        right: Box::new(of(right)),
                    });
                }
            }
        }
    }

    fn from_item(&mut self, query: &mut Query) -> Option<()> {
        self.skip_word("only");
        self.skip_word("lateral");
        if self.skip("(") {
            if self.peek()?.is_word("select") {
                return None;
            }
            self.join_tree(query)?;
            return self.skip(")").then_some(());
        }
        let name = self.qualified_name()?;
        let arguments = if self.skip("(") {
            let arguments = self.list()?;
            self.skip(")").then_some(())?;
            Some(arguments)
        } else {
            None
        };
        let alias = if self.skip_word("as") {
            Some(self.identifier()?)
        } else {
            let next = self.peek().filter(|token| token.is_name() && !ENDS.contains(&token.value.as_str()));
            next.and_then(|_| self.identifier())
        };
        // The names of a function's columns.
        if self.skip("(") {
            self.skip_to_close()?;
        }
        query.from.push(From { name, alias, arguments });
        Some(())
    }
}
