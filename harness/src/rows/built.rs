//! Candidates for what is made of other types: arrays, rows, ranges.

use std::collections::BTreeSet;

use super::document;
use super::expression::{self, Constant};
use super::types::{Type, Types};
use super::value::{Candidate, Mark, Seed, candidates};

/// A field of an array, row or range as its input takes it.
fn field(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    })
}

/// What makes a value that another holds recognisable still does if it is printed as it was given.
fn held(mark: &Mark, text: Option<&str>) -> Mark {
    match (mark, text) {
        (Mark::Part(part), _) => Mark::Part(part.clone()),
        (Mark::Whole, Some(text)) => Mark::Part(text.to_owned()),
        _ => Mark::None,
    }
}

pub(super) fn arrays(
    types: &Types,
    element_type: u32,
    modifier: i32,
    seed: &Seed<'_>,
    hints: &[Constant],
) -> Vec<Candidate> {
    let elements = candidates(types, element_type, modifier, seed, hints);
    let one = |element: &Candidate| Candidate {
        text: Some(format!("{{{}}}", field(element.text.as_deref()))),
        mark: held(&element.mark, element.text.as_deref()),
        default: false,
        sure: element.sure && !types.has_domain(element_type),
    };
    let mut found: Vec<Candidate> = elements.iter().map(one).collect();
    if let [first, second, ..] = elements.as_slice() {
        let both = [first, second]
            .map(|element| field(element.text.as_deref()))
            .join(",");
        found.insert(
            found.len().min(1),
            Candidate {
                text: Some(format!("{{{both}}}")),
                ..one(first)
            },
        );
    }
    // Of as many elements as a check may want, then of all that it names.
    let counts = hints.iter().filter_map(|hint| match hint {
        Constant::Number(number) => number.parse::<usize>().ok(),
        _ => None,
    });
    let counts: BTreeSet<usize> = counts
        .flat_map(|count| [count.saturating_sub(1), count, count + 1])
        .filter(|count| (1..=ELEMENTS).contains(count))
        .collect();
    let mut several = |chosen: Vec<&Candidate>| {
        let fields: Vec<String> = chosen.iter().map(|of| field(of.text.as_deref())).collect();
        if let [first, ..] = chosen.as_slice() {
            found.push(Candidate {
                text: Some(format!("{{{}}}", fields.join(","))),
                sure: chosen.iter().all(|of| one(of).sure),
                ..one(first)
            });
        }
    };
    for count in counts {
        for skipped in [0, 1, 2, 4, 8] {
            let chosen: Vec<&Candidate> = elements.iter().skip(skipped).take(count).collect();
            let chosen = (0..count).filter_map(|at| chosen.get(at % chosen.len().max(1)).copied());
            several(chosen.collect());
        }
    }
    let named: Vec<Candidate> = hints
        .iter()
        .filter_map(|hint| match hint {
            Constant::Plain(text) => Some(Candidate::plain(text).unsure()),
            _ => None,
        })
        .collect();
    several(named.iter().collect());
    if let Some(first) = elements.first() {
        several(std::iter::once(first).chain(&named).collect());
    }
    found.push(Candidate::plain("{}"));
    found
}

/// The most elements of an array.
const ELEMENTS: usize = 100;

pub(super) fn composites(types: &Types, known: &Type, seed: &Seed<'_>) -> Vec<Candidate> {
    let columns: Vec<Vec<Candidate>> = known
        .attributes
        .iter()
        .map(|&(oid, modifier)| candidates(types, oid, modifier, seed, &domain_hints(types, oid)))
        .collect();
    let sure = !types.has_domain(known.oid);
    // The best of each, then the second of each, and so on: domains among them may refuse the best.
    (0..24)
        .map_while(|rank| {
            let row: Vec<Option<&Candidate>> = columns.iter().map(|of| of.get(rank).or(of.last())).collect();
            let beyond = columns.iter().all(|of| of.len() <= rank);
            (rank == 0 || !beyond).then(|| {
                let fields: Vec<String> = row
                    .iter()
                    .map(|one| field(one.and_then(|one| one.text.as_deref())))
                    .collect();
                let mark = row
                    .iter()
                    .flatten()
                    .map(|one| held(&one.mark, one.text.as_deref()))
                    .find(|mark| *mark != Mark::None);
                Candidate {
                    mark: mark.unwrap_or(Mark::None),
                    sure,
                    ..Candidate::plain(format!("({})", fields.join(",")))
                }
            })
        })
        .collect()
}

/// What the checks of a domain mention.
pub(super) fn domain_hints(types: &Types, oid: u32) -> Vec<Constant> {
    let inner = types.get(oid).and_then(|known| known.element).unwrap_or(oid);
    types
        .undomained(inner, -1)
        .2
        .iter()
        .flat_map(|check| {
            let tokens = expression::tokens(check);
            let asked = document::asked(&tokens, "value").map(|asked| Constant::Document(asked.to_string()));
            let mut constants = expression::constants(&tokens);
            constants.extend(asked);
            constants
        })
        .collect()
}

/// From a value to a later one: such as do not overlap with those of any other row, of several widths; then of one
/// value, half-bounded and empty.
pub(super) fn ranges(
    types: &Types,
    known: &Type,
    seed: &Seed<'_>,
    hints: &[Constant],
    open: &str,
    close: &str,
) -> Vec<Candidate> {
    let Some(of) = known.range else {
        return Vec::new();
    };
    let mut inner = domain_hints(types, of);
    inner.extend(hints.iter().flat_map(bounds));
    let values = candidates(types, of, -1, seed, &inner);
    let sure = !types.has_domain(of);
    let range = |value: &Candidate, written: String| Candidate {
        mark: held(&value.mark, value.text.as_deref()),
        sure: value.sure && sure,
        ..Candidate::plain(format!("{open}{written}{close}"))
    };
    let plain = types
        .get(types.undomained(of, -1).0)
        .map_or("", |of| of.plain.as_str());
    let mut found = Vec::new();
    for width in WIDTHS {
        for value in &values {
            let lower = value.text.as_deref();
            if let Some(upper) = lower.and_then(|text| later(plain, text, width)) {
                found.push(range(
                    value,
                    format!("[{},{})", field(lower), field(Some(&upper))),
                ));
            }
        }
    }
    // Which of two values of another type comes first only the server knows.
    if found.is_empty()
        && let [first, second, ..] = values.as_slice()
    {
        for (lower, upper) in [(first, second), (second, first)] {
            let bounds = [lower, upper].map(|value| field(value.text.as_deref()));
            found.push(range(lower, format!("[{})", bounds.join(","))).unsure());
        }
    }
    for hint in hints {
        if let Constant::Plain(text) = hint
            && text.starts_with(['[', '('])
        {
            found.push(Candidate::plain(format!("{open}{text}{close}")).unsure());
        }
    }
    for value in &values {
        let bound = field(value.text.as_deref());
        found.push(range(value, format!("[{bound},{bound}]")));
    }
    if let Some(first) = values.first() {
        let bound = field(first.text.as_deref());
        found.push(range(first, format!("[{bound},)")));
        found.push(range(first, format!("(,{bound})")));
    }
    found.push(Candidate::plain(if open.is_empty() { "empty" } else { "{}" }));
    found
}

/// How much later a range ends than it begins.
#[derive(Debug, Clone, Copy)]
struct Width {
    number: i64,
    hours: i64,
}

const WIDTHS: [Width; 4] = [
    Width { number: 5, hours: 24 },
    Width { number: 1, hours: 1 },
    Width {
        number: 60,
        hours: 24 * 30,
    },
    Width {
        number: 1000,
        hours: 24 * 400,
    },
];

/// A later value of a type that has numbers or times; nothing for others.
fn later(plain: &str, text: &str, width: Width) -> Option<String> {
    match plain {
        "int2" | "int4" | "int8" => text
            .parse::<i64>()
            .ok()?
            .checked_add(width.number)
            .map(|sum| sum.to_string()),
        "numeric" | "float4" | "float8" => {
            let number: f64 = text.parse().ok()?;
            // Of a number with more digits than these can hold, nothing might be added.
            #[expect(clippy::cast_precision_loss, reason = "widths are small")]
            let sum = number + width.number as f64;
            (sum > number).then(|| sum.to_string())
        }
        "date" => {
            let date: jiff::civil::Date = text.parse().ok()?;
            let days = (width.hours / 24).max(1);
            date.checked_add(jiff::Span::new().try_days(days).ok()?)
                .ok()
                .map(|later| later.to_string())
        }
        "timestamp" | "timestamptz" => {
            let (moment, zone) = match text.strip_suffix("+00") {
                Some(moment) => (moment, "+00"),
                None => (text, ""),
            };
            let moment: jiff::civil::DateTime = moment.parse().ok()?;
            let later = moment
                .checked_add(jiff::Span::new().try_hours(width.hours).ok()?)
                .ok()?;
            Some(format!("{}{zone}", later.strftime("%Y-%m-%d %H:%M:%S%.6f")))
        }
        _ => None,
    }
}

/// The bounds of a constant that is a range, as constants of what it is a range of; anything else as it is.
fn bounds(constant: &Constant) -> Vec<Constant> {
    let (Constant::Plain(text) | Constant::Number(text)) = constant else {
        return vec![constant.clone()];
    };
    text.trim_matches(|c: char| "[]()".contains(c))
        .split(',')
        .map(|bound| bound.trim().trim_matches('"'))
        .filter(|bound| !bound.is_empty())
        .map(|bound| Constant::Plain(bound.to_owned()))
        .collect()
}
