//! A length of time that is left to PostgreSQL to work out, but has to look like one.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::names::written_as_string;
use super::reader::{FromText, ValueError, nearest};

/// Text for PostgreSQL's type `interval`, such as `30 days` or `1 year 6 months`.
///
/// It is kept as text: what a month is depends on the day that it is taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    text: String,
}

impl Interval {
    /// The text to cast to `interval`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The units of PostgreSQL's interval input, as its manual and `datetime.c` have them.
const UNITS: &[&str] = &[
    "microsecond",
    "microseconds",
    "us",
    "usec",
    "usecs",
    "millisecond",
    "milliseconds",
    "ms",
    "msec",
    "msecs",
    "second",
    "seconds",
    "s",
    "sec",
    "secs",
    "minute",
    "minutes",
    "m",
    "min",
    "mins",
    "hour",
    "hours",
    "h",
    "hr",
    "hrs",
    "day",
    "days",
    "d",
    "week",
    "weeks",
    "w",
    "month",
    "months",
    "mon",
    "mons",
    "year",
    "years",
    "y",
    "yr",
    "yrs",
    "decade",
    "decades",
    "dec",
    "decs",
    "century",
    "centuries",
    "c",
    "cent",
    "millennium",
    "millennia",
    "mil",
    "mils",
];

impl FromText for Interval {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let read = Self {
            text: text.to_owned(),
        };
        let trimmed = text.trim();
        let place = |part: &str| {
            let start = part.as_ptr() as usize - text.as_ptr() as usize;
            start..start + part.len()
        };
        if is_iso8601(trimmed) || is_clock(trimmed) {
            return Ok(read);
        }
        if trimmed.chars().all(|c| c.is_ascii_digit()) {
            return Err(ValueError::new(format!("`{trimmed}` has no unit"))
                .labelled("PostgreSQL reads a bare number as seconds")
                .help(format!("`{trimmed} days`, perhaps")));
        }
        let mut rest = trimmed;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = &rest[..digits];
            if number.parse::<f64>().is_err() {
                let word = rest.split_whitespace().next().unwrap_or(rest);
                // `-1 day` and `1 day ago` are intervals, but no time that something can be kept for.
                let message = if word.starts_with('-') || word == "ago" {
                    "a time to keep something can't be negative".to_owned()
                } else {
                    format!("expected a number, found `{word}`")
                };
                return Err(ValueError::new(message)
                    .within(place(word))
                    .help("for example `30 days`"));
            }
            let after = rest[digits..].trim_start();
            let length = after
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(after.len());
            let unit = &after[..length];
            if !UNITS.contains(&unit.to_ascii_lowercase().as_str()) {
                if after.starts_with(':') && is_clock(rest) {
                    return Ok(read);
                }
                let error = ValueError::new(format!("`{unit}` is no unit of time"))
                    .within(if unit.is_empty() {
                        place(number)
                    } else {
                        place(unit)
                    })
                    .help("for example `30 days`; units are second, minute, hour, day, week, month, year");
                return Err(match nearest(unit, UNITS) {
                    Some(near) if !unit.is_empty() => error.labelled(format!("did you mean `{near}`?")),
                    _ => error,
                });
            }
            rest = after[length..].trim_start();
        }
        Ok(read)
    }
}

/// `04:05` or `04:05:06.7`.
fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts
            .iter()
            .all(|part| part.starts_with(|c: char| c.is_ascii_digit()) && part.parse::<f64>().is_ok())
}

/// `P1Y2M10DT2H30M`, without signs.
fn is_iso8601(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = rest.split_once('T').unwrap_or((rest, ""));
    let fits = |part: &str, units: &str| {
        part.split_inclusive(|c: char| c.is_ascii_alphabetic())
            .all(|piece| {
                piece.ends_with(|c| units.contains(c))
                    && piece[..piece.len() - 1].starts_with(|c: char| c.is_ascii_digit())
                    && piece[..piece.len() - 1].parse::<f64>().is_ok()
            })
    };
    rest.len() > 1 && !rest.ends_with('T') && fits(date, "YMWD") && fits(time, "HMS")
}

written_as_string! {
    Interval: "a length of time as PostgreSQL's interval takes it: 30 days",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_takes_as_an_interval_is_taken() {
        for text in [
            "30 days",
            "1 year 6 months",
            "1.5 hours",
            "90d",
            "2 WEEKS",
            "1 day 04:05:06",
            "12:30",
            "P1Y2M10DT2H30M",
            "P90D",
            "PT36H",
            "0 days",
        ] {
            assert_eq!(text.parse::<Interval>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_no_interval_is_refused_with_the_place() {
        for (text, message, place) in [
            ("30", "`30` has no unit", None),
            ("30 dais", "`dais` is no unit of time", Some(3..7)),
            ("a month", "expected a number, found `a`", Some(0..1)),
            ("-1 day", "a time to keep something can't be negative", Some(0..2)),
            (
                "1 day ago",
                "a time to keep something can't be negative",
                Some(6..9),
            ),
            ("1 day 2", "`` is no unit of time", Some(6..7)),
            ("P", "expected a number, found `P`", Some(0..1)),
            ("PT", "expected a number, found `PT`", Some(0..2)),
            ("1..5 days", "expected a number, found `1..5`", Some(0..4)),
            ("1 day; drop table x", "expected a number, found `;`", Some(5..6)),
        ] {
            let error = text.parse::<Interval>().unwrap_err();
            assert_eq!((error.message.as_str(), error.within), (message, place), "{text}");
        }
    }
}
