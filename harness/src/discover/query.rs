//! Reading queries.

use super::expression::{Expr, From, Query};
use super::parse::{ENDS, Parser};
use crate::sql::token::Token;

impl Parser<'_> {
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
            self.sources(&mut query)?;
        }
        if self.skip_word("where") {
            query.conditions.push(self.expression(0)?);
        }
        if self.peek().is_some_and(|token| {
            token.is_word("union") || token.is_word("intersect") || token.is_word("except")
        }) {
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

    fn sources(&mut self, query: &mut Query) -> Option<()> {
        loop {
            self.join_tree(query)?;
            if !self.skip(",") {
                return Some(());
            }
        }
    }

    fn join_tree(&mut self, query: &mut Query) -> Option<()> {
        self.source(query)?;
        loop {
            let before = self.at;
            for word in ["natural", "inner", "left", "right", "full", "cross", "outer"] {
                self.skip_word(word);
            }
            if !self.skip_word("join") {
                self.at = before;
                return Some(());
            }
            self.source(query)?;
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

    fn source(&mut self, query: &mut Query) -> Option<()> {
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
            let next = self
                .peek()
                .filter(|token| token.is_name() && !ENDS.contains(&token.value.as_str()));
            next.and_then(|_| self.identifier())
        };
        // The names of a function's columns.
        if self.skip("(") {
            self.skip_to_close()?;
        }
        query.from.push(From {
            name,
            alias,
            arguments,
        });
        Some(())
    }
}
