//! Versions as numbers: what a file's name begins with, and what is wrong with the numbers of a set.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{Convention, Migration, first_line, proven};
use crate::claim::{Claim, Severity, Verdict};

/// A version's number, of any size: `002`, `20240131`, `2024-01-31`, `1.10.2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Digits without leading zeros, most significant part first; zero is empty.
    parts: Vec<String>,
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |number: &Self| -> Vec<(usize, String)> {
            number
                .parts
                .iter()
                .map(|digits| (digits.len(), digits.clone()))
                .collect()
        };
        key(self).cmp(&key(other))
    }
}

impl Number {
    /// The number as text that a file's name begins with, and what follows it.
    ///
    /// One run of digits; or several, where they are a date (`2024-01-31`, `2024_01_31_120000`) or are joined by
    /// dots (`1.10.2`): `001_2024_report` is number 1, and `002_2fa` number 2.
    pub(super) fn split(name: &str) -> (&str, &str) {
        let first = digits(name);
        let mut end = first;
        let date = is_year(&name[..first]);
        let mut part = 1;
        while end > 0 {
            let Some(separator) = name[end..].chars().next() else {
                break;
            };
            let next = digits(&name[end + separator.len_utf8()..]);
            let after = end + separator.len_utf8() + next;
            // `2fa` is a word.
            let whole = !name[after..].starts_with(|c: char| c.is_alphanumeric());
            let belongs = match separator {
                '.' => true,
                '-' | '_' if date && part <= 2 => next == 2 && in_calendar(&name[after - 2..after], part),
                '-' | '_' if date && part == 3 => next == 4 || next == 6,
                _ => false,
            };
            if next == 0 || !whole || !belongs {
                break;
            }
            (end, part) = (after, part + 1);
        }
        // A year alone, or a year and something that is no month, is a plain number.
        if part == 2 && !name[first..end].starts_with('.') && next_is_no_month(&name[first..end]) {
            end = first;
        }
        name.split_at(end)
    }

    /// The number that a version is.
    pub(super) fn parse(version: &str) -> Option<Self> {
        let (number, rest) = Self::split(version);
        (!number.is_empty() && rest.is_empty()).then(|| Self {
            parts: number
                .split(|c: char| !c.is_ascii_digit())
                .map(|digits| digits.trim_start_matches('0').to_owned())
                .collect(),
        })
    }

    /// The number where it has one part, or is a date, and fits.
    pub(super) fn value(version: &str) -> Option<u64> {
        let number = Self::parse(version)?;
        if number.parts.len() > 1 && (version.contains('.') || !is_year(&number.parts[0])) {
            return None;
        }
        let digits: String = version.chars().filter(char::is_ascii_digit).collect();
        digits.parse().ok()
    }
}

/// How many digits a text begins with.
pub(super) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether it is digits and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && digits(text) == text.len()
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

/// Whether two digits are a month (part 1) or a day (part 2).
fn in_calendar(digits: &str, part: usize) -> bool {
    let most = if part == 1 { 12 } else { 31 };
    digits
        .parse::<u32>()
        .is_ok_and(|value| (1..=most).contains(&value))
}

fn next_is_no_month(separator_and_digits: &str) -> bool {
    !in_calendar(&separator_and_digits[1..], 1)
}

/// What is to be said about the numbers of a set in the order in which it is applied.
pub(super) fn claims(
    convention: Convention,
    folder: &Utf8Path,
    migrations: &[Migration],
    in_code: &[u64],
) -> Vec<Claim> {
    let mut claims = duplicates(convention, folder, migrations);
    claims.extend(gaps(folder, migrations, in_code));
    claims.extend(out_of_order(migrations));
    claims
}

fn duplicates(convention: Convention, folder: &Utf8Path, migrations: &[Migration]) -> Vec<Claim> {
    // Numbers are compared, not their text: `2` and `002` are one version.
    let mut same: BTreeMap<(Option<Number>, &str), Vec<&Migration>> = BTreeMap::new();
    for migration in migrations {
        let number = Number::parse(&migration.version);
        let text = if number.is_some() {
            ""
        } else {
            migration.version.as_str()
        };
        same.entry((number, text)).or_default().push(migration);
    }
    let mut claims = Vec::new();
    for (_, files) in same.iter().filter(|(_, files)| files.len() > 1) {
        let (first, second) = (files[0], files[1]);
        let names: Vec<&str> = files.iter().map(|migration| migration.up.path.as_str()).collect();
        let message = format!(
            "version {} is that of {}{}",
            first.version,
            names.join(" and of "),
            convention.at_duplicates()
        );
        claims.push(
            Claim::new(
                "ledger/duplicate",
                &first.version,
                "",
                Verdict::Violated,
                Severity::Error,
                message,
            )
            .at(Some(first_line(&second.up.path)))
            .expected("one file a version", names.join(", ")),
        );
    }
    if claims.is_empty() {
        let message = format!("each of {} migrations has a version of its own", migrations.len());
        claims.push(proven("ledger/duplicate", folder, Severity::Error, message));
    }
    claims
}

/// Numbers from this on are dates and times, which have no successor.
const TIMESTAMPS: u64 = 10_000_000;

/// A leap over more numbers than this begins a new series.
const LONGEST_GAP: u64 = 100;

fn gaps(folder: &Utf8Path, migrations: &[Migration], in_code: &[u64]) -> Vec<Claim> {
    let mut numbered: Vec<(u64, &Migration)> = migrations
        .iter()
        .filter(|migration| migration.version.bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|migration| Some((migration.number?, migration)))
        .filter(|(number, _)| *number < TIMESTAMPS)
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.dedup_by_key(|(number, _)| *number);
    let numbers: Vec<u64> = numbered.iter().map(|(number, _)| *number).collect();
    if numbers.len() < 2 || are_spaced(&numbers) || are_dates(&numbers) {
        return Vec::new();
    }
    let mut claims = Vec::new();
    for pair in numbered.windows(2) {
        let [(before, earlier), (after, later)] = pair else {
            continue;
        };
        let missing = after - before - 1;
        if (before + 1..*after).any(|number| in_code.contains(&number)) {
            continue;
        }
        let new_series = missing > LONGEST_GAP || (missing >= 9 && after % 100 == 0);
        if missing == 0 || new_series {
            continue;
        }
        let width = earlier.version.len();
        let first = format!("{:0width$}", before + 1);
        let message = if missing == 1 {
            format!(
                "number {first} is missing between {} and {}",
                earlier.up.path, later.up.path
            )
        } else {
            let last = format!("{:0width$}", after - 1);
            format!(
                "numbers {first} to {last} are missing between {} and {}",
                earlier.up.path, later.up.path
            )
        };
        claims.push(
            Claim::new(
                "ledger/gap",
                first,
                "",
                Verdict::Violated,
                Severity::Warning,
                message,
            )
            .at(Some(first_line(&later.up.path))),
        );
    }
    if claims.is_empty() {
        let message = format!("no number is missing among {} migrations", numbers.len());
        claims.push(proven("ledger/gap", folder, Severity::Warning, message));
    }
    claims
}

/// Steps of five, ten or a hundred, with room left on purpose.
fn are_spaced(numbers: &[u64]) -> bool {
    numbers.iter().all(|number| number % 5 == 0)
}

/// `YYMMDD` or `YYYYMM`.
fn are_dates(numbers: &[u64]) -> bool {
    let date = |number: u64| {
        let (month, day) = (number / 100 % 100, number % 100);
        let year_month_day = (1..=12).contains(&month) && (1..=31).contains(&day);
        let year_month = (1900..=2099).contains(&(number / 100)) && (1..=12).contains(&day);
        number > 99_999 && number < 1_000_000 && (year_month_day || year_month)
    };
    numbers.iter().all(|&number| date(number))
}

fn out_of_order(migrations: &[Migration]) -> Vec<Claim> {
    let numbered: Vec<(Number, &Migration)> = migrations
        .iter()
        .filter_map(|migration| Some((Number::parse(&migration.version)?, migration)))
        .collect();
    let mut claims = Vec::new();
    for pair in numbered.windows(2) {
        let [(before, earlier), (after, later)] = pair else {
            continue;
        };
        if after < before {
            let path = &later.up.path;
            let message = format!(
                "{path} is applied after {}: in the order of names {} comes after {}; pad the numbers with zeros",
                earlier.up.path, later.version, earlier.version
            );
            claims.push(
                Claim::new(
                    "ledger/order",
                    path.as_str(),
                    "",
                    Verdict::Violated,
                    Severity::Warning,
                    message,
                )
                .at(Some(first_line(path))),
            );
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_number_a_date_or_a_dotted_version() {
        for (name, version) in [
            ("001_init", "001"),
            ("1", "1"),
            ("12-b", "12"),
            ("002_2fa", "002"),
            ("001_2024_report", "001"),
            ("2024_report", "2024"),
            ("2024_13_x", "2024"),
            ("2024-01_x", "2024-01"),
            ("2024-01-31_x", "2024-01-31"),
            ("2024_01_31_120000_x", "2024_01_31_120000"),
            ("2024_01_31_99999_x", "2024_01_31"),
            ("20240131_x", "20240131"),
            ("1.10.2_x", "1.10.2"),
            ("1.x", "1"),
            ("init", ""),
            ("é1", ""),
            ("1é", "1"),
        ] {
            assert_eq!(Number::split(name).0, version, "{name}");
        }
    }

    #[test]
    fn numbers_compare_by_value_whatever_their_width() {
        let number = |version| Number::parse(version).unwrap();
        assert_eq!(number("002"), number("2"));
        assert!(number("9") < number("10"));
        assert!(number("1.9") < number("1.10"));
        assert!(number("99999999999999999999998") < number("99999999999999999999999"));
        assert_eq!(Number::value("99999999999999999999999"), None);
        assert_eq!(Number::value("0012"), Some(12));
        assert_eq!(Number::value("2024-01-31"), Some(20_240_131));
        assert_eq!(Number::value("1.2"), None);
        assert_eq!(Number::value("x"), None);
        assert_eq!(Number::value("-3"), None);
    }
}
