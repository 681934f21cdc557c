//! What a function removes that is old: the tables whose rows it deletes, clears or moves by the time that they bear, and
//! which of them it leaves.

use super::change::has_word;
use super::clause::{Clause, Part, Verb};
use super::erasure::PII;
use super::expression::Expr;
use super::owner;
use super::period::{self, Period, Place};
use super::reading::{Reading, compared, is_time, outside_queries};
use super::rules;
use crate::catalog::{Column, Relation};

/// What becomes of rows that are too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate<'c> {
    Deleted,
    /// These columns are cleared.
    Anonymised(Vec<String>),
    Moved(&'c Relation),
}

/// One table, and what of it stays.
#[derive(Debug)]
pub(super) struct Kept<'c> {
    pub(super) relation: &'c Relation,
    pub(super) age: String,
    pub(super) period: Period,
    pub(super) fate: Fate<'c>,
    /// Conditions of rows that stay however old they are.
    pub(super) holds: Vec<String>,
    /// Times of children: a row stays while one of them is younger.
    pub(super) younger: Vec<String>,
    /// The column with the tenant's key, and the argument that the run is given it by.
    pub(super) tenant: Option<(String, usize)>,
}

/// Words in the names of functions that clear what rows say of somebody.
const CLEARING: [&str; 9] = [
    "anonymi",
    "pseudonym",
    "mask",
    "scrub",
    "redact",
    "forget",
    "clear",
    "wipe",
    "erase",
];

/// Words in the names of tables that old rows are moved to.
const ARCHIVES: [&str; 6] = ["archiv", "history", "cold", "old", "past", "backup"];

impl<'c> Reading<'c> {
    /// What it removes, table by table; `None` where it does something that is not understood.
    pub(super) fn kept(&self) -> Option<Vec<Kept<'c>>> {
        let changing: Vec<&Clause<'c>> = self
            .clauses
            .iter()
            .filter(|clause| clause.verb != Verb::Select)
            .collect();
        if changing.len() != self.changes() {
            return None;
        }
        let mut kept: Vec<Kept<'c>> = Vec::new();
        for clause in &changing {
            let one = self.of_change(clause)?;
            if kept.iter().any(|known| known.relation.name == one.relation.name) {
                return None;
            }
            kept.push(one);
        }
        if kept.is_empty() {
            kept.extend(self.only_copied());
        }
        (!kept.is_empty()).then_some(kept)
    }

    /// The same where rules say how long rows are kept: one table may be deleted from by one rule and cleared by another.
    pub(super) fn kept_by_rules(&self) -> Option<Vec<Kept<'c>>> {
        let mut kept: Vec<Kept<'c>> = Vec::new();
        for clause in self.clauses.iter().filter(|clause| clause.verb != Verb::Select) {
            let one = self.of_change(clause)?;
            match kept
                .iter_mut()
                .find(|known| known.relation.name == one.relation.name)
            {
                Some(known) if known.age == one.age => {
                    if matches!(one.fate, Fate::Anonymised(_)) {
                        known.fate = one.fate;
                    }
                }
                Some(_) => return None,
                None => kept.push(one),
            }
        }
        let by_rules = !kept.is_empty() && kept.iter().all(|kept| kept.period.variable.is_some());
        by_rules.then_some(kept)
    }

    /// Rows that are copied to where old ones go, and stay where they are.
    fn only_copied(&self) -> Option<Kept<'c>> {
        if !has_word(&self.name, &["archive", "move"]) {
            return None;
        }
        let [clause] = self.clauses.as_slice() else {
            return None;
        };
        let aged = self.aged(clause)?;
        let relation = aged.relation;
        let to = self.filled().into_iter().find(|to| is_archive(to, relation))?;
        let mut kept = Kept::new(aged, Fate::Moved(to));
        self.rest(clause, &mut kept)?;
        Some(kept)
    }

    fn of_change(&self, clause: &Clause<'c>) -> Option<Kept<'c>> {
        let relation = clause.sources.first()?.relation?;
        // Its own condition, or that of a query which chooses the rows.
        let choosing: Vec<&Clause<'c>> = self
            .clauses
            .iter()
            .filter(|other| other.verb == Verb::Select && !self.is_excluded(other))
            .filter(|other| {
                self.aged(other)
                    .is_some_and(|aged| aged.relation.name == relation.name)
            })
            .collect();
        let own = self
            .aged(clause)
            .filter(|aged| aged.relation.name == relation.name);
        let aged = own
            .or_else(|| choosing.first().and_then(|other| self.aged(other)))
            .or_else(|| self.day_by_day(clause, relation))?;
        let same = |other: &&Clause<'c>| {
            self.aged(other)
                .is_some_and(|other| other.column == aged.column && other.period == aged.period)
        };
        if !choosing.iter().all(same) {
            return None;
        }
        let fate = if clause.verb == Verb::Update {
            Fate::Anonymised(self.cleared(relation, &clause.sets)?)
        } else {
            match self.filled().into_iter().find(|to| is_archive(to, relation)) {
                Some(to) => Fate::Moved(to),
                None => Fate::Deleted,
            }
        };
        let mut kept = Kept::new(aged, fate);
        self.rest(clause, &mut kept)?;
        for other in choosing {
            self.rest(other, &mut kept)?;
        }
        kept.holds.extend(self.passed_over(relation));
        kept.holds.sort();
        kept.holds.dedup();
        Some(kept)
    }

    /// The one part of a condition that compares a time of a row with one that is some time ago.
    fn aged(&self, clause: &Clause<'c>) -> Option<Aged<'c>> {
        let mut found = clause
            .parts
            .iter()
            .filter_map(|part| self.aged_part(clause, part));
        let (only, None) = (found.next()?, found.next()) else {
            return None;
        };
        Some(only)
    }

    fn aged_part(&self, clause: &Clause<'c>, part: &Part) -> Option<Aged<'c>> {
        let expression = part.expression.as_ref()?;
        let (left, right) = compared(expression)?;
        let (relation, column) = Self::time(clause, &[left, right])?;
        let place = Place {
            arguments: &self.arguments,
            variables: &self.variables,
            tokens: &self.tokens,
        };
        let period = place.period(&[left, right])?;
        Some(Aged {
            relation,
            column,
            period,
        })
    }

    /// The one time of a row that expressions name.
    fn time(clause: &Clause<'c>, expressions: &[&Expr]) -> Option<(&'c Relation, String)> {
        let mut found: Vec<(&'c Relation, String)> = Vec::new();
        for expression in expressions {
            outside_queries(expression, &mut |part| {
                let Expr::Name(name) = part else { return };
                let column = clause.column(name).filter(|(_, column)| is_time(column));
                if let Some((relation, column)) = column {
                    found.push((relation, column.name.clone()));
                }
            });
        }
        found.dedup_by(|one, other| one.0.name == other.0.name && one.1 == other.1);
        let [only] = found.as_slice() else { return None };
        Some(only.clone())
    }

    /// A loop that goes from one cutoff to the next, up to the last.
    fn day_by_day(&self, clause: &Clause<'c>, relation: &'c Relation) -> Option<Aged<'c>> {
        let times = clause.parts.iter().filter_map(|part| {
            let (left, right) = compared(part.expression.as_ref()?)?;
            let (found, column) = Self::time(clause, &[left, right])?;
            (found.name == relation.name).then_some(column)
        });
        let mut times: Vec<String> = times.collect();
        times.dedup();
        let loops = self
            .tokens
            .iter()
            .any(|token| token.is_word("while") || token.is_word("loop"));
        let [column] = times.as_slice() else { return None };
        let place = Place {
            arguments: &self.arguments,
            variables: &self.variables,
            tokens: &self.tokens,
        };
        loops.then_some(())?;
        Some(Aged {
            relation,
            column: column.clone(),
            period: period::of_body(&place)?,
        })
    }

    /// By which time rows of that table are removed, too.
    fn removed(&self, relation: &Relation) -> Option<Aged<'c>> {
        let deletes = self.clauses.iter().filter(|clause| clause.verb == Verb::Delete);
        let mut found = deletes.filter_map(|clause| self.aged(clause));
        found.find(|aged| aged.relation.name == relation.name)
    }

    /// What the other parts of a condition leave: rows on hold, other tenants'; `None` where one can't be read.
    fn rest(&self, clause: &Clause<'c>, kept: &mut Kept<'c>) -> Option<()> {
        for part in &clause.parts {
            if self.aged_part(clause, part).is_some() || self.is_identity(clause, part, kept.relation) {
                continue;
            }
            let expression = part.expression.as_ref()?;
            let names_time = compared(expression)
                .and_then(|(left, right)| Self::time(clause, &[left, right]))
                .is_some_and(|(relation, column)| relation.name == kept.relation.name && column == kept.age);
            // The other end of a day in a loop. Beside an age it bounds that from below: then not all that is old goes.
            if names_time {
                self.aged(clause).is_none().then_some(())?;
                continue;
            }
            if let Some(tenant) = self.tenant(clause, expression, kept) {
                if kept.tenant.as_ref().is_some_and(|known| *known != tenant) {
                    return None;
                }
                kept.tenant = Some(tenant);
                continue;
            }
            self.hold(clause, part, expression, kept)?;
        }
        Some(())
    }

    fn hold(&self, clause: &Clause<'c>, part: &Part, expression: &Expr, kept: &mut Kept<'c>) -> Option<()> {
        let nested: Vec<&Clause<'c>> = self
            .clauses
            .iter()
            .filter(|other| part.range.contains(&other.range.start) && other.range != clause.range)
            .collect();
        if let [inner] = nested.as_slice() {
            // `NOT EXISTS (… younger than the cutoff)`
            let aged = self
                .aged(inner)
                .filter(|aged| aged.relation.name != kept.relation.name);
            if let Some(aged) = aged.filter(|_| self.is_excluded(inner)) {
                if aged.period == kept.period {
                    kept.younger.push(aged.as_column());
                    return Some(());
                }
                return None;
            }
            // Children that the same run removes by their own age: those that are left are younger.
            let child = inner.sources.first().and_then(|source| source.relation);
            if let Some(purged) = child.and_then(|child| self.removed(child)) {
                (self.is_excluded(inner) && purged.period == kept.period).then_some(())?;
                kept.younger.push(purged.as_column());
                return Some(());
            }
            let found = inner.sources.iter().all(|source| {
                source
                    .relation
                    .is_some_and(|relation| relation.name.schema == "public")
            });
            let plain = inner.parts.iter().all(|part| self.names_no_argument(part));
            if self.is_excluded(inner)
                && found
                && plain
                && part
                    .text
                    .get(..3)
                    .is_some_and(|word| word.eq_ignore_ascii_case("not"))
            {
                kept.holds.push(clause.told(part)[3..].trim().to_owned());
                return Some(());
            }
            return None;
        }
        let columns = self.columns(clause, expression)?;
        if columns.is_empty()
            || columns
                .iter()
                .any(|(relation, _)| relation.name != kept.relation.name)
        {
            return None;
        }
        let names: Vec<&str> = columns.iter().map(|(_, column)| column.name.as_str()).collect();
        let done =
            clause.verb == Verb::Update && names.iter().all(|name| clause.sets.iter().any(|set| set == name));
        let there = names.iter().all(|name| *name == kept.age);
        if !done && !there {
            kept.holds.push(opposite(&clause.told(part), expression));
        }
        Some(())
    }

    /// Whether a part only says that a row is one of those that were chosen.
    fn is_identity(&self, clause: &Clause<'c>, part: &Part, relation: &Relation) -> bool {
        let chosen = |other: &&Clause<'c>| {
            other.range != clause.range
                && part.range.contains(&other.range.start)
                && !self.is_excluded(other)
                && self
                    .aged(other)
                    .is_some_and(|aged| aged.relation.name == relation.name)
        };
        if self
            .clauses
            .iter()
            .filter(|other| other.verb == Verb::Select)
            .any(|other| chosen(&other))
        {
            return true;
        }
        // `id = one.id`, of a query of its own, or of the row that a loop is at.
        let Some(Expr::Binary {
            operator,
            left,
            right,
        }) = &part.expression
        else {
            return false;
        };
        let is_chosen = |side: &Expr| match side {
            Expr::Name(name) => match name.as_slice() {
                [table, _] => clause
                    .sources
                    .iter()
                    .find(|source| source.alias == *table)
                    .is_none_or(|source| source.relation.is_none()),
                _ => false,
            },
            _ => false,
        };
        operator == "=" && (is_chosen(left) || is_chosen(right))
    }

    /// The column that is compared with an argument, which is then the tenant's.
    fn tenant(&self, clause: &Clause<'c>, expression: &Expr, kept: &Kept<'c>) -> Option<(String, usize)> {
        let Expr::Binary { operator, .. } = expression else {
            return None;
        };
        if operator != "=" {
            return None;
        }
        let (mut columns, mut places) = (Vec::new(), Vec::new());
        outside_queries(expression, &mut |part| {
            let Expr::Name(name) = part else { return };
            let column = clause
                .column(name)
                .filter(|(relation, _)| relation.name == kept.relation.name);
            columns.extend(column.map(|(_, column)| column.name.clone()));
            places.extend(self.argument(name));
        });
        columns.dedup();
        places.sort_unstable();
        places.dedup();
        match (columns.as_slice(), places.as_slice()) {
            ([column], [place]) => Some((column.clone(), *place)),
            _ => None,
        }
    }

    /// The columns that an UPDATE clears, with those that say who somebody is and that it forgot.
    fn cleared(&self, relation: &Relation, sets: &[String]) -> Option<Vec<String>> {
        let told = |column: &&Column| {
            let plain = !is_time(column) && column.data_type != "boolean" && column.generated.is_none();
            plain && sets.contains(&column.name)
        };
        let personal =
            |column: &&Column| super::erasure::is_text(&column.data_type) && has_word(&column.name, &PII);
        let named = has_word(&self.name, &CLEARING);
        let by_rule = rules::rules(self).is_some();
        if !named
            && !by_rule
            && !relation
                .columns
                .iter()
                .filter(told)
                .any(|column| personal(&column))
        {
            return None;
        }
        let columns = relation
            .columns
            .iter()
            .filter(|column| told(column) || personal(column));
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        (!columns.is_empty()).then_some(columns)
    }
}

/// A time of a row that is compared with one that is some time ago.
struct Aged<'c> {
    relation: &'c Relation,
    column: String,
    period: Period,
}

impl Aged<'_> {
    fn as_column(&self) -> String {
        let name = owner::relation_name(&self.relation.name);
        format!("{name}.{}", crate::sql::identifier(&self.column))
    }
}

impl<'c> Kept<'c> {
    /// Of a table whose rows a rule removes.
    pub(super) fn by_rule(relation: &'c Relation, column: String) -> Self {
        let period = Period {
            keep: String::new(),
            argument: None,
            variable: None,
        };
        let aged = Aged {
            relation,
            column,
            period,
        };
        Self::new(aged, Fate::Deleted)
    }

    fn new(aged: Aged<'c>, fate: Fate<'c>) -> Self {
        Self {
            relation: aged.relation,
            age: aged.column,
            period: aged.period,
            fate,
            holds: Vec::new(),
            younger: Vec::new(),
            tenant: None,
        }
    }
}

/// Whether old rows of the one are meant to live on in the other.
fn is_archive(to: &Relation, from: &Relation) -> bool {
    let named = || {
        to.name.name == from.name.name
            || ARCHIVES
                .iter()
                .any(|word| to.name.name.contains(word) || to.name.schema.contains(word))
    };
    let key = from
        .primary_key()
        .map(|key| key.columns.as_slice())
        .unwrap_or_default();
    to.name != from.name
        && named()
        && !key.is_empty()
        && key.iter().all(|column| to.column(column).is_some())
        && from
            .columns
            .iter()
            .filter(|column| to.column(&column.name).is_some())
            .count()
            * 2
            > from.columns.len()
}

/// What is true of the rows that a condition leaves.
fn opposite(text: &str, expression: &Expr) -> String {
    match expression {
        // Nobody's flag is no flag.
        Expr::Not(_) if text.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not")) => {
            text[3..].trim().to_owned()
        }
        Expr::Binary {
            operator,
            left,
            right,
            ..
        } if ["<>", "!="].contains(&operator.as_str())
            && matches!((&**left, &**right), (Expr::Name(_), Expr::Constant(_))) =>
        {
            text.replacen(operator.as_str(), "=", 1)
        }
        _ => format!("({text}) IS NOT TRUE"),
    }
}
