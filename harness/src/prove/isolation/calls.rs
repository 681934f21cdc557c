//! What a function is called with to make it give away or change what is another's: the other's keys, nothing, NULL,
//! patterns, pieces of SQL. Bounded: the most promising come first.

mod crossed;
mod fit;
mod shapes;
mod values;

use super::bench::Bench;
use super::callable::{Argument, Callable, Given};
use super::ownership::Ownership;
use crate::catalog::{Name, Relation};

use fit::Family;
pub(super) use fit::called;

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) sql: String,
    /// The values that were given, without NULL.
    pub(super) given: Vec<String>,
    /// Whether one of them is a name or another text that can be guessed, rather than a number or a uuid.
    pub(super) guessable: bool,
    /// Whether one of them is a piece of SQL.
    pub(super) injects: bool,
}

/// Calls a function, and of each kind of call.
const MOST: usize = 64;
const MOST_OF_A_KIND: usize = 12;
/// Rows of a table whose values are given together, and tables that they are taken from.
const MOST_ROWS: usize = 4;
const MOST_TABLES: usize = 6;
/// Values of one argument.
const MOST_VALUES: usize = 10;

/// What there is to call one function with.
struct Stock<'a> {
    bench: &'a Bench<'a>,
    callable: &'a Callable<'a>,
    /// The tables with rows, those first that the function names.
    tables: Vec<&'a Relation>,
    named: usize,
    /// For each argument the values that are one's own, and the other's.
    ours: Vec<Vec<String>>,
    theirs: Vec<Vec<String>>,
}

/// The first argument that has to be given and for which no value is known.
pub(super) fn unmade<'a>(bench: &Bench<'_>, callable: &'a Callable<'a>) -> Option<&'a Argument> {
    let stock = Stock::new(bench, callable);
    let required = callable.inputs().count().saturating_sub(callable.defaults);
    let mut required = callable.inputs().zip(&stock.theirs).take(required);
    let unmade =
        |(argument, values): &(&Argument, &Vec<String>)| values.is_empty() && argument.anybodys().is_none();
    required.find(unmade).map(|(argument, _)| argument)
}

/// The calls of a function, the most promising first.
pub(super) fn calls(bench: &Bench<'_>, callable: &Callable<'_>) -> Vec<Call> {
    let stock = Stock::new(bench, callable);
    let mut lists: Vec<Vec<Given>> = Vec::new();
    for kind in [
        stock.rows(),
        stock.theirs(),
        stock.crossed(),
        stock.arrays(),
        stock.omitted(),
        stock.nulls(),
        stock.texts(),
        stock.choices(),
        stock.extremes(),
    ] {
        let mut taken = 0;
        for list in kind {
            if taken < MOST_OF_A_KIND && !lists.contains(&list) {
                lists.push(list);
                taken += 1;
            }
        }
    }
    lists.truncate(MOST);
    lists.iter().map(|list| stock.call(list)).collect()
}

impl<'a> Stock<'a> {
    fn new(bench: &'a Bench<'a>, callable: &'a Callable<'a>) -> Self {
        let (mut tables, others): (Vec<&Relation>, Vec<&Relation>) = bench
            .catalog
            .relations
            .iter()
            .filter(|relation| {
                let rows = bench.world.table(&relation.name.schema, &relation.name.name);
                rows.is_some_and(|rows| !rows.rows.is_empty())
            })
            .partition(|relation| callable.mentions.name(&relation.name));
        // What tells whose a row is matters more than what is shared.
        tables.sort_by_key(|relation| !is_owned(bench, &relation.name));
        let named = tables.len();
        tables.extend(others);
        let mut stock = Self {
            bench,
            callable,
            tables,
            named,
            ours: Vec::new(),
            theirs: Vec::new(),
        };
        let all = |tenant| -> Vec<Vec<String>> {
            let inputs = callable.inputs();
            inputs.map(|argument| stock.values(tenant, argument)).collect()
        };
        (stock.ours, stock.theirs) = (all('a'), all('b'));
        stock
    }

    fn inputs(&self) -> Vec<&'a Argument> {
        self.callable.inputs().collect()
    }

    fn call(&self, list: &[Given]) -> Call {
        let mut given = Vec::new();
        let mut guessable = false;
        for (argument, value) in self.inputs().iter().zip(list) {
            if let Given::Value(Some(value)) = value {
                given.push(value.clone());
                guessable |= matches!(argument.family(), Family::Text | Family::Json)
                    && uuid::Uuid::try_parse(value).is_err()
                    && value.parse::<f64>().is_err();
            }
        }
        Call {
            sql: self.callable.call(list),
            injects: given.iter().any(|given| given.contains("OR true")),
            given,
            guessable,
        }
    }

    /// The values of one row of the other tenant, for the arguments that are called like its columns.
    fn rows(&self) -> Vec<Vec<Given>> {
        let inputs = self.inputs();
        let mut tables: Vec<(usize, &Relation)> = self
            .tables
            .iter()
            .enumerate()
            .map(|(at, relation)| {
                let fitting = inputs
                    .iter()
                    .filter(|argument| argument.column(relation).is_some())
                    .count();
                (fitting * 2 + usize::from(at < self.named), *relation)
            })
            .filter(|(fitting, _)| *fitting > 1)
            .collect();
        tables.sort_by_key(|(fitting, _)| std::cmp::Reverse(*fitting));
        let mut lists = Vec::new();
        for (_, relation) in tables.into_iter().take(MOST_TABLES) {
            for row in self.rows_of(relation, 'b').into_iter().take(MOST_ROWS) {
                let list = inputs.iter().enumerate().map(|(number, argument)| {
                    let value = argument
                        .column(relation)
                        .and_then(|column| row.values.get(&column).cloned());
                    match value {
                        Some(value) => Given::Value(value.map(|value| argument.wrap(vec![value]))),
                        None => self.first('b', number),
                    }
                });
                lists.push(list.collect());
            }
        }
        lists
    }

    /// The other's values one after the other: all arguments theirs; one theirs and the rest one's own.
    fn theirs(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let theirs = &self.theirs;
        let most = theirs.iter().map(Vec::len).max().unwrap_or_default();
        let mut lists = Vec::new();
        for at in 0..most {
            let pick = |number: usize| match theirs[number].get(at).or_else(|| theirs[number].first()) {
                Some(value) => Given::Value(Some(value.clone())),
                None => self.first('a', number),
            };
            lists.push((0..count).map(pick).collect());
        }
        for (number, values) in theirs.iter().enumerate() {
            for value in values.iter().take(3) {
                lists.push(self.mixed(number, Given::Value(Some(value.clone())), 'a'));
            }
        }
        lists
    }

    /// As few arguments as can be given.
    fn omitted(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let required = count.saturating_sub(self.callable.defaults);
        let with = |tenant| {
            let given = |number| {
                if number < required {
                    self.first(tenant, number)
                } else {
                    Given::Omitted
                }
            };
            (0..count).map(given).collect::<Vec<_>>()
        };
        vec![with('b'), with('a')]
    }

    /// All NULL, and each NULL while the rest is given.
    fn nulls(&self) -> Vec<Vec<Given>> {
        let count = self.inputs().len();
        let mut lists = vec![vec![Given::Value(None); count]];
        for number in 0..count {
            for tenant in ['a', 'b'] {
                lists.push(self.mixed(number, Given::Value(None), tenant));
            }
        }
        lists
    }

    /// Each text as a pattern, as a piece of SQL, as a name.
    fn texts(&self) -> Vec<Vec<Given>> {
        let mut texts = [
            "%",
            "' OR true --",
            "",
            "_",
            "*",
            "%' OR true --",
            "') OR true --",
            "true",
        ]
        .map(str::to_owned)
        .to_vec();
        if self.callable.mentions.any(&["execute", "format"]) {
            let owned = self.bench.owned_tables().take(3);
            texts.extend(owned.flat_map(|relation| [relation.name.to_string(), relation.name.name.clone()]));
        }
        let mut lists = Vec::new();
        for text in &texts {
            for (number, argument) in self.inputs().into_iter().enumerate() {
                if argument.family() == Family::Text && !argument.array {
                    lists.push(self.mixed(number, Given::Value(Some(text.clone())), 'a'));
                }
            }
        }
        lists
    }

    /// Each label, and true and false.
    fn choices(&self) -> Vec<Vec<Given>> {
        let mut lists = Vec::new();
        for (number, argument) in self.inputs().into_iter().enumerate() {
            let mut values = argument.labels.clone();
            if argument.family() == Family::Boolean {
                values.extend(["true", "false"].map(str::to_owned));
            }
            for value in values {
                for tenant in ['b', 'a'] {
                    let value = argument.wrap(vec![value.clone()]);
                    lists.push(self.mixed(number, Given::Value(Some(value)), tenant));
                }
            }
        }
        lists
    }

    /// Numbers and times where a range ends.
    fn extremes(&self) -> Vec<Vec<Given>> {
        let mut lists = Vec::new();
        for (number, argument) in self.inputs().into_iter().enumerate() {
            let values: &[&str] = match argument.family() {
                Family::Number => &["0", "-1", "30000"],
                Family::Time if argument.base.starts_with("time ") => &["00:00", "23:59"],
                Family::Other if argument.base == "interval" => &["0", "-100 years", "100 years"],
                Family::Time => &["-infinity", "infinity", "1900-01-01", "2100-01-01"],
                _ => &[],
            };
            for value in values {
                let value = argument.wrap(vec![(*value).to_owned()]);
                lists.push(self.mixed(number, Given::Value(Some(value)), 'a'));
            }
        }
        lists
    }

    /// One argument as given, the others that tenant's.
    fn mixed(&self, number: usize, given: Given, tenant: char) -> Vec<Given> {
        let count = self.inputs().len();
        let mut list: Vec<Given> = (0..count).map(|number| self.first(tenant, number)).collect();
        if let Some(place) = list.get_mut(number) {
            *place = given;
        }
        list
    }

    /// The likeliest value of that tenant's, else one that fits anybody.
    fn first(&self, tenant: char, number: usize) -> Given {
        let values = if tenant == 'b' { &self.theirs } else { &self.ours };
        let value = values.get(number).and_then(|values| values.first().cloned());
        Given::Value(value.or_else(|| self.inputs().get(number)?.anybodys()))
    }
}

fn is_owned(bench: &Bench<'_>, name: &Name) -> bool {
    bench
        .owners
        .find(name)
        .is_some_and(|table| matches!(table.ownership, Ownership::Tenants(_)))
}
