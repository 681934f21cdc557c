//! Candidates for columns of dates and points in time.

use super::expression::Constant;
use super::value::{Candidate, Mark, Seed};

/// The past, with microseconds that do not occur by chance; then around each constant, and around now.
pub(super) fn candidates(plain: &str, seed: &Seed<'_>, hints: &[Constant]) -> Vec<Candidate> {
    let mut stream = seed.stream("time");
    let zone = if plain == "timestamptz" { "+00" } else { "" };
    let mut at = |from: i64, to: i64| {
        let (year, month, day) = (
            stream.between(from, to),
            1 + stream.below(12),
            1 + stream.below(28),
        );
        let date = format!("{year:04}-{month:02}-{day:02}");
        if plain == "date" {
            return Candidate::plain(date);
        }
        let (hour, minute, second) = (stream.below(24), stream.below(60), stream.below(60));
        Candidate::whole(format!(
            "{date} {hour:02}:{minute:02}:{second:02}.{}{zone}",
            // A trailing 0 would not be printed.
            stream.of(b"123456789", 6)
        ))
    };
    let mut found = vec![at(2001, 2019)];
    found.extend(anchored(plain, seed));
    if plain == "date" {
        // No date of these is in use, and it is rare enough that one is shown.
        found.insert(0, at(1700, 1890));
        found[0].mark = Mark::Whole;
    }
    let late = [
        at(2060, 2070),
        at(2071, 2080),
        at(2100, 2110),
        at(1970, 1999),
        at(2020, 2025),
        at(2026, 2059),
    ];
    for hint in hints {
        if let Constant::Plain(literal) = hint
            && literal.starts_with(|first: char| first.is_ascii_digit())
        {
            found.push(Candidate::plain(literal).unsure());
            for offset in nearby(literal) {
                found.push(Candidate::plain(offset).unsure());
            }
        }
    }
    found.extend(late);
    found.extend(["infinity", "-infinity"].map(Candidate::plain));
    found
}

/// Of times that all columns of a row have in common, so that one may be a little later than another.
fn anchored(plain: &str, seed: &Seed<'_>) -> Vec<Candidate> {
    let row = Seed { column: "", ..*seed };
    let mut stream = row.stream("anchor");
    let Ok(date) = jiff::civil::Date::new(
        i16::try_from(stream.between(2001, 2019)).unwrap_or(2001),
        i8::try_from(1 + stream.below(12)).unwrap_or(1),
        i8::try_from(1 + stream.below(28)).unwrap_or(1),
    ) else {
        return Vec::new();
    };
    let time = format!(
        "{:02}:{:02}.{}",
        stream.below(60),
        stream.below(60),
        stream.of(b"123456789", 6)
    );
    // Days, and the hour of the day.
    [(0, 9), (0, 10), (1, 9), (7, 9), (60, 9), (400, 9), (-1, 9)]
        .iter()
        .filter_map(|&(days, hour)| {
            let later = date.checked_add(jiff::Span::new().days(days)).ok()?;
            Some(match plain {
                "date" => Candidate::plain(later.to_string()),
                "timestamptz" => Candidate::whole(format!("{later} {hour:02}:{time}+00")),
                _ => Candidate::whole(format!("{later} {hour:02}:{time}")),
            })
        })
        .collect()
}

/// The same month's other days and the last day before, of a constant that begins with a date.
fn nearby(literal: &str) -> Vec<String> {
    let Some(date) = literal
        .get(..10)
        .and_then(|date| date.parse::<jiff::civil::Date>().ok())
    else {
        return Vec::new();
    };
    [1, -1, 7, 20]
        .iter()
        .filter_map(|&days| date.checked_add(jiff::Span::new().days(days)).ok())
        .map(|date| date.to_string())
        .collect()
}
