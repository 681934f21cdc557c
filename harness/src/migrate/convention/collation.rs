//! The order of names that JavaScript's `localeCompare` gives, which tools written in it sort by.
//!
//! It is the root order of Unicode's collation: punctuation before digits before letters, capitals only where nothing
//! else differs. Written out for ASCII, which file names of migrations are; other characters come after, by code point.

use std::cmp::Ordering;

/// ASCII's punctuation and symbols as the root collation orders them.
const PUNCTUATION: &str = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// `a.localeCompare(b)`.
pub(super) fn locale_compare(a: &str, b: &str) -> Ordering {
    primary(a)
        .cmp(&primary(b))
        .then_with(|| capitals(a).cmp(&capitals(b)))
}

/// `a.localeCompare(b, undefined, { numeric: true, ignorePunctuation: true })`.
pub(super) fn locale_compare_numerically(a: &str, b: &str) -> Ordering {
    words(a)
        .cmp(&words(b))
        .then_with(|| capitals_of_letters(a).cmp(&capitals_of_letters(b)))
}

/// Class and rank of each character, whatever its case.
fn primary(text: &str) -> Vec<(u8, usize)> {
    text.chars()
        .map(|c| match PUNCTUATION.find(c) {
            Some(rank) => (0, rank),
            None if c.is_ascii_digit() => (1, c as usize),
            None if c.is_ascii_alphabetic() => (2, c.to_ascii_lowercase() as usize),
            None => (3, c as usize),
        })
        .collect()
}

fn capitals(text: &str) -> Vec<bool> {
    text.chars().map(|c| c.is_ascii_uppercase()).collect()
}

fn capitals_of_letters(text: &str) -> Vec<bool> {
    let letters = text.chars().filter(|c| c.is_alphabetic());
    letters.map(|c| c.is_ascii_uppercase()).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| !PUNCTUATION.contains(*c)).collect()
}

/// Runs of digits by their value, and the other characters, without punctuation.
fn words(text: &str) -> Vec<(u8, usize, String)> {
    let text = letters(text);
    let mut words: Vec<(u8, usize, String)> = Vec::new();
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() => digits.push(c),
            other => {
                if !digits.is_empty() {
                    let value = digits.trim_start_matches('0').to_owned();
                    words.push((1, value.len(), value));
                    digits.clear();
                }
                if let Some(c) = other {
                    words.push((2, 0, c.to_lowercase().collect()));
                }
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with Node's.
    #[test]
    fn names_are_ordered_as_javascript_orders_them() {
        let mut all: Vec<String> = PUNCTUATION
            .chars()
            .chain("10BbaA".chars())
            .map(String::from)
            .collect();
        all.sort_by(|a, b| locale_compare(a, b));
        assert_eq!(all.concat(), format!("{PUNCTUATION}01aAbB"));
        for (a, b, order) in [
            ("a_b", "ab", Ordering::Less),
            ("a-b", "a_b", Ordering::Greater),
            ("Add", "add", Ordering::Greater),
            ("add_x", "Add", Ordering::Greater),
            ("1_a", "10_a", Ordering::Less),
            ("ab", "Aa", Ordering::Greater),
            ("a", "a", Ordering::Equal),
        ] {
            assert_eq!(locale_compare(a, b), order, "{a} {b}");
        }
    }

    #[test]
    fn digits_compare_by_value_where_punctuation_is_passed_over() {
        for (a, b, order) in [
            ("1_a-b", "1_ab", Ordering::Equal),
            ("1_a10", "1_a9", Ordering::Greater),
            ("1_a_b", "1_aa", Ordering::Greater),
            ("001_a", "1_a", Ordering::Equal),
            ("1_A", "1_a", Ordering::Greater),
        ] {
            assert_eq!(locale_compare_numerically(a, b), order, "{a} {b}");
        }
    }
}
