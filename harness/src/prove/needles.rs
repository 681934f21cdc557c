//! Many texts that are looked for at once in another: with some hundred of them and thousands of rows, one after the
//! other took longer than all statements.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// What is looked for, in an order that counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Needles {
    texts: Vec<String>,
    /// Made when something is looked for; none where they are too many for it.
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Needles {
    pub(super) fn push(&mut self, text: String) {
        self.texts.push(text);
        self.automaton = OnceLock::new();
    }

    /// The first of them that stands in the text, by its number.
    pub(super) fn first_in(&self, text: &str) -> Option<usize> {
        match self.automaton() {
            Some(automaton) => automaton
                .find_overlapping_iter(text)
                .map(|found| found.pattern().as_usize())
                .min(),
            None => self.texts.iter().position(|needle| text.contains(needle)),
        }
    }

    /// Whether one of them stands in the text and in none of the others.
    pub(super) fn any_in(&self, text: &str, others: &[String]) -> bool {
        let is_meant = |needle: &String| !others.iter().any(|other| other.contains(needle));
        match self.automaton() {
            Some(automaton) => automaton
                .find_overlapping_iter(text)
                .filter_map(|found| self.texts.get(found.pattern().as_usize()))
                .any(is_meant),
            None => self
                .texts
                .iter()
                .any(|needle| text.contains(needle) && is_meant(needle)),
        }
    }

    fn automaton(&self) -> Option<&AhoCorasick> {
        self.automaton
            .get_or_init(|| AhoCorasick::new(&self.texts).ok())
            .as_ref()
    }
}

impl FromIterator<String> for Needles {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self {
            texts: texts.into_iter().collect(),
            automaton: OnceLock::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles() -> Needles {
        ["cde", "b", "bcd", "b"].map(str::to_owned).into_iter().collect()
    }

    #[test]
    fn the_first_of_those_that_overlap_is_found_and_not_the_one_that_ends_first() {
        assert_eq!(needles().first_in("abcdef"), Some(0));
        assert_eq!(needles().first_in("abcd"), Some(1));
        assert_eq!(needles().first_in("acdf"), None);
    }

    #[test]
    fn what_stands_in_the_others_as_well_does_not_count() {
        assert!(needles().any_in("abcd", &["b".to_owned()]));
        assert!(!needles().any_in("abc", &["b".to_owned()]));
        assert!(!needles().any_in("acd", &[]));
    }

    #[test]
    fn what_was_added_later_is_found_too() {
        let mut needles = needles();
        assert_eq!(needles.first_in("xyz"), None);
        needles.push("y".to_owned());
        assert_eq!(needles.first_in("xyz"), Some(4));
    }
}
