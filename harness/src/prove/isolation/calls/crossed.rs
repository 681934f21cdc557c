//! Values of both tenants in one call: who checks only one of several keys lets the others through.

use super::fit::{Family, holds_secrets, is_key};
use super::{MOST_TABLES, Stock};
use crate::catalog::Relation;
use crate::prove::isolation::callable::{Argument, Given};

/// Columns that one argument's values are taken from.
const MOST_SOURCES: usize = 6;
const MOST_KEYS: usize = 4;

/// A column that an argument is likely to be compared with.
type Source<'a> = (&'a Relation, String);

impl<'a> Stock<'a> {
    /// Each argument the other's key while all the rest are one's own.
    pub(super) fn crossed(&self) -> Vec<Vec<Given>> {
        let lists = self.cross(&self.inputs());
        lists
            .into_iter()
            .map(|list| list.into_iter().map(Given::Value).collect())
            .collect()
    }

    /// Each array with what is one's own before and behind what is the other's.
    pub(super) fn arrays(&self) -> Vec<Vec<Given>> {
        let mut lists = Vec::new();
        for (number, argument) in self.inputs().into_iter().enumerate() {
            for value in self.mingled(argument) {
                lists.push(self.mixed(number, Given::Value(Some(value)), 'a'));
            }
        }
        lists
    }

    /// The same for any arguments or fields: the keys of one column first, then those of different ones.
    pub(super) fn cross(&self, arguments: &[&Argument]) -> Vec<Vec<Option<String>>> {
        if arguments.len() < 2 {
            return Vec::new();
        }
        let sources: Vec<Vec<Source<'a>>> = arguments.iter().map(|argument| self.sources(argument)).collect();
        let most = sources.iter().map(Vec::len).max().unwrap_or_default();
        let mut lists = Vec::new();
        for turn in 0..=most {
            for at in 0..most {
                for (number, argument) in arguments.iter().enumerate() {
                    let Some(column) = sources[number].get(at) else {
                        continue;
                    };
                    let Some(theirs) = self.one('b', column, argument) else {
                        continue;
                    };
                    let list = arguments.iter().enumerate().map(|(other, argument)| {
                        if other == number {
                            return Some(theirs.clone());
                        }
                        let own = own_source(&sources[other], column, turn);
                        own.and_then(|own| self.one('a', own, argument))
                            .or_else(|| self.likely('a', argument))
                    });
                    lists.push(list.collect());
                }
            }
        }
        lists
    }

    /// The columns of its name, else keys of its type and what the body compares.
    fn sources(&self, argument: &Argument) -> Vec<Source<'a>> {
        if argument.is_secret() || argument.table.is_some() {
            return Vec::new();
        }
        let called = self.tables.iter().filter_map(|relation| {
            let column = argument.column(relation)?;
            let data_type = &relation.column(&column)?.data_type;
            (argument.family() == Family::Text || argument.fits(data_type)).then_some((*relation, column))
        });
        let mut sources: Vec<Source<'a>> = called.collect();
        if sources.is_empty() {
            let near = self.tables.iter().take(self.named.max(MOST_TABLES));
            let mut keys: Vec<(bool, bool, Source<'a>)> = Vec::new();
            for (at, relation) in near.enumerate() {
                let primary = relation.primary_key().map(|key| key.columns.as_slice());
                for column in &relation.columns {
                    if argument.fits(&column.data_type) && is_key(relation, &column.name) {
                        let is_primary = primary.is_some_and(|columns| columns.contains(&column.name));
                        keys.push((at >= self.named, !is_primary, (*relation, column.name.clone())));
                    }
                }
            }
            keys.sort_by_key(|(unnamed, other, _)| (*unnamed, *other));
            sources.extend(keys.into_iter().map(|(_, _, source)| source));
            sources.truncate(MOST_KEYS);
            sources.extend(self.compared(argument));
        }
        sources.truncate(MOST_SOURCES);
        sources
    }

    /// The columns of its type that the body names, but for those that hold what nobody else knows.
    pub(super) fn compared(&self, argument: &Argument) -> Vec<Source<'a>> {
        let mut sources = Vec::new();
        for relation in self.tables.iter().take(self.named) {
            for column in &relation.columns {
                if argument.fits(&column.data_type)
                    && self.callable.mentions.column(&column.name)
                    && !holds_secrets(&column.name)
                {
                    sources.push((*relation, column.name.clone()));
                }
            }
        }
        sources
    }

    /// A value of that column and tenant.
    fn one(&self, tenant: char, (relation, column): &Source<'a>, argument: &Argument) -> Option<String> {
        let value = self.column(relation, column, tenant).into_iter().next()?;
        Some(argument.wrap(vec![value]))
    }

    /// What an array holds of both.
    fn mingled(&self, argument: &Argument) -> Vec<String> {
        let mut arrays = Vec::new();
        if argument.family() == Family::Json && argument.table.is_none() && !argument.array {
            for relation in self.tables.iter().take(self.named.clamp(1, 3)) {
                let [ours, theirs] = ['a', 'b'].map(|tenant| self.keys(relation, tenant));
                arrays.extend(joined(&ours, &theirs));
                let [ours, theirs] = ['a', 'b'].map(|tenant| self.objects(relation, tenant));
                arrays.extend(joined(&ours, &theirs));
            }
        } else if argument.array {
            for (relation, column) in self.sources(argument) {
                let [ours, theirs] =
                    ['a', 'b'].map(|tenant| self.column(relation, &column, tenant).into_iter().next());
                if let (Some(ours), Some(theirs)) = (ours, theirs) {
                    arrays.push(argument.wrap(vec![ours.clone(), theirs.clone()]));
                    arrays.push(argument.wrap(vec![theirs, ours]));
                }
            }
        }
        arrays
    }
}

/// Where one's own is taken from: first of all from the column that the other's is of, then from one after the other.
fn own_source<'s, 'a>(sources: &'s [Source<'a>], theirs: &Source<'a>, turn: usize) -> Option<&'s Source<'a>> {
    match turn.checked_sub(1) {
        None => sources
            .iter()
            .find(|(relation, column)| relation.name == theirs.0.name && *column == theirs.1)
            .or_else(|| sources.first()),
        Some(at) => sources.get(at),
    }
}

/// Two JSON arrays' first elements in both orders.
fn joined(ours: &[serde_json::Value], theirs: &[serde_json::Value]) -> Vec<String> {
    let (Some(ours), Some(theirs)) = (ours.first(), theirs.first()) else {
        return Vec::new();
    };
    [[ours, theirs], [theirs, ours]]
        .map(|both| serde_json::Value::from_iter(both.map(Clone::clone)).to_string())
        .to_vec()
}
