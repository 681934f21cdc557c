//! How long rows are kept: what a condition, an argument, a name or a comment says of it.

use std::collections::{BTreeMap, BTreeSet};

use super::body::Argument;
use super::expression::Expr;
use crate::contract::Interval;
use crate::sql::token::{self, Token};

/// How long rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) keep: String,
    /// The argument that says it, by its place, with the value that says that.
    pub(super) argument: Option<(usize, String)>,
    /// The variable that says it, which is no argument: read from a table of rules, say.
    pub(super) variable: Option<String>,
}

/// Functions and key words that say what time it is.
const CLOCKS: [&str; 8] = [
    "now",
    "current_timestamp",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "localtimestamp",
    "current_date",
    "timezone",
];

/// Units, with how many of them a run is tried with.
const UNITS: [(&str, &str); 7] = [
    ("year", "2"),
    ("month", "3"),
    ("week", "4"),
    ("day", "30"),
    ("hour", "48"),
    ("minute", "90"),
    ("second", "172800"),
];

/// Variables in variables.
const DEEPEST: u8 = 3;

/// What a function is that has the condition in it.
pub(super) struct Place<'f> {
    pub(super) arguments: &'f [Argument],
    pub(super) variables: &'f BTreeMap<String, Vec<Expr>>,
    pub(super) tokens: &'f [Token],
}

/// What an expression that rows' times are compared with is made of.
#[derive(Debug, Default)]
struct Made {
    clock: bool,
    arguments: BTreeSet<usize>,
    variables: BTreeSet<String>,
    intervals: BTreeSet<String>,
    numbers: BTreeSet<String>,
    words: BTreeSet<String>,
}

impl Place<'_> {
    /// How long ago the time is that these expressions are made of; `None` where that is not one length of time.
    pub(super) fn period(&self, expressions: &[&Expr]) -> Option<Period> {
        let mut made = Made::default();
        for expression in expressions {
            self.see(expression, DEEPEST, &mut made);
        }
        let arguments: Vec<usize> = made.arguments.iter().copied().collect();
        if let [place] = arguments.as_slice() {
            return self.by_argument(*place, &made);
        }
        if !made.clock || !arguments.is_empty() {
            return None;
        }
        let fixed = |keep: String| Period {
            keep,
            argument: None,
            variable: None,
        };
        let variables: Vec<&String> = made.variables.iter().collect();
        match (variables.as_slice(), made.intervals.len(), made.numbers.len()) {
            ([variable], 0 | 1, 0) => Some(Period {
                variable: Some((*variable).clone()),
                ..fixed(String::new())
            }),
            ([], 1, 0) => made.intervals.pop_first().map(fixed),
            // `90 * interval '1 day'`, `make_interval(days => 90)`
            ([], _, 1) => {
                let number = made.numbers.pop_first()?;
                Some(fixed(format!("{number} {}s", self.unit(&made)?)))
            }
            _ => None,
        }
    }

    fn by_argument(&self, place: usize, made: &Made) -> Option<Period> {
        let argument = self.arguments.get(place)?;
        let told = |keep: String, value: String| {
            Some(Period {
                keep,
                argument: Some((place, value)),
                variable: None,
            })
        };
        match argument.data_type.as_str() {
            "interval" if made.clock => told("30 days".to_owned(), "'30 days'".to_owned()),
            // The time itself, up to which rows go.
            "timestamp with time zone" if !made.clock => {
                told("30 days".to_owned(), "now() - interval '30 days'".to_owned())
            }
            "integer" | "bigint" | "smallint" | "numeric" | "double precision" if made.clock => {
                let name = argument.name.as_deref().unwrap_or_default();
                let unit = unit_in(name).or_else(|| self.unit(made)).or_else(|| {
                    // A date less a number.
                    let of_days = made.words.contains("current_date");
                    of_days.then_some("day")
                })?;
                let (_, count) = UNITS.iter().find(|(known, _)| *known == unit)?;
                told(format!("{count} {unit}s"), (*count).to_owned())
            }
            _ => None,
        }
    }

    fn see(&self, expression: &Expr, depth: u8, made: &mut Made) {
        match expression {
            Expr::Name(name) => {
                let Some(last) = name.last() else { return };
                let numbered = last
                    .strip_prefix('$')
                    .and_then(|number| number.parse::<usize>().ok());
                let place = numbered.map(|number| number.saturating_sub(1)).or_else(|| {
                    self.arguments
                        .iter()
                        .position(|argument| argument.name.as_ref() == Some(last))
                });
                let values = self.variables.get(last).map(Vec::as_slice);
                match (place, values) {
                    (Some(place), None) => {
                        made.arguments.insert(place);
                    }
                    (_, Some([value])) if depth > 0 && !matches!(value, Expr::Query(_)) => {
                        self.see(value, depth - 1, made);
                    }
                    (_, Some(_)) => {
                        made.variables.insert(last.clone());
                    }
                    // A column.
                    (None, None) => {}
                }
            }
            Expr::Call { name, arguments } => {
                if let Some(last) = name.last() {
                    made.clock |= CLOCKS.contains(&last.as_str());
                    made.words.insert(last.clone());
                }
                for one in arguments {
                    self.see(one, depth, made);
                }
            }
            Expr::Constant(constant) => {
                if constant.parse::<f64>().is_ok() {
                    made.numbers.insert(constant.clone());
                } else if let Some(unit) = ["1 ", " ", ""]
                    .iter()
                    .find_map(|one| constant.strip_prefix(one))
                    .and_then(unit_of)
                {
                    made.words.insert(unit.to_owned());
                } else if constant.parse::<Interval>().is_ok() {
                    made.intervals.insert(constant.clone());
                }
            }
            Expr::Binary { left, right, .. } | Expr::In { left, right } => {
                self.see(left, depth, made);
                self.see(right, depth, made);
            }
            Expr::And(parts) | Expr::Or(parts) | Expr::Other(parts) => {
                for one in parts {
                    self.see(one, depth, made);
                }
            }
            Expr::Not(of) | Expr::IsNull { of, .. } => self.see(of, depth, made),
            Expr::Bool(_) | Expr::Query(_) | Expr::Exists(_) => {}
        }
    }

    /// The unit that a number is in: `interval '1 day'`, `make_interval(days => …)`, seconds since an epoch.
    fn unit(&self, made: &Made) -> Option<&'static str> {
        let told: BTreeSet<&'static str> = made.words.iter().filter_map(|word| unit_of(word)).collect();
        let named = self.tokens.windows(2).filter(|pair| pair[1].is("=>"));
        let named: BTreeSet<&'static str> = named.filter_map(|pair| unit_of(&pair[0].value)).collect();
        let epoch = || self.tokens.iter().any(|token| token.is_word("epoch"));
        for units in [told, named] {
            match units.len() {
                0 => {}
                1 => return units.into_iter().next(),
                _ => return None,
            }
        }
        epoch().then_some("second")
    }
}

/// The unit that a word is: `day`, `days`, `secs`.
fn unit_of(word: &str) -> Option<&'static str> {
    let word = word.trim().to_lowercase();
    let stem = word.strip_suffix('s').unwrap_or(&word);
    let long = match stem {
        "min" => "minute",
        "sec" => "second",
        stem => stem,
    };
    UNITS.iter().map(|(unit, _)| *unit).find(|unit| *unit == long)
}

/// The unit in a name such as `keep_days`.
fn unit_in(name: &str) -> Option<&'static str> {
    name.split('_').find_map(unit_of)
}

/// How long a text says that rows are kept: `removes events older than 90 days`, `purge_events_90d`.
pub(super) fn stated(text: &str) -> Option<String> {
    const MARKS: [&str; 9] = [
        "older",
        "after",
        "keep",
        "kept",
        "retain",
        "retention",
        "purge",
        "expire",
        "last",
    ];
    let text = text.to_lowercase();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let digits = word.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = word.split_at(digits);
        let unit = match (number, rest) {
            ("", _) => None,
            (_, "") => words.get(at + 1).copied().and_then(unit_of),
            (_, "d") => Some("day"),
            (_, "y") => Some("year"),
            (_, "h") => Some("hour"),
            (_, rest) => unit_of(rest),
        };
        found.extend(unit.map(|unit| format!("{number} {unit}s")));
    }
    match found.len() {
        1 => found.pop_first(),
        _ => None,
    }
}

/// Whether two lengths of time differ by what is meant, not by how long a month is.
pub(super) fn of_one_kind(one: &str, other: &str) -> bool {
    let of_months = |text: &str| {
        let units: BTreeSet<bool> = text
            .split(|c: char| !c.is_alphabetic())
            .filter_map(unit_of)
            .map(|unit| unit == "month" || unit == "year")
            .collect();
        (units.len() == 1).then(|| units.contains(&true))
    };
    of_months(one).is_some() && of_months(one) == of_months(other)
}

/// The period of a whole body, where a loop goes from cutoff to cutoff: the one argument that tells a length of time.
pub(super) fn of_body(place: &Place<'_>) -> Option<Period> {
    let clock = place
        .tokens
        .iter()
        .any(|token| CLOCKS.contains(&token.value.as_str()));
    let used = |argument: &Argument| {
        let name = argument.name.as_deref();
        place
            .tokens
            .iter()
            .any(|token| token.kind == token::Kind::Word && Some(token.value.as_str()) == name)
    };
    let telling = |argument: &Argument| {
        argument.data_type == "interval"
            || argument
                .name
                .as_deref()
                .is_some_and(|name| unit_in(name).is_some())
    };
    let mut told =
        (0..place.arguments.len()).filter(|&at| telling(&place.arguments[at]) && used(&place.arguments[at]));
    let (only, None) = (told.next()?, told.next()) else {
        return None;
    };
    let made = Made {
        clock,
        ..Made::default()
    };
    place.by_argument(only, &made)
}
