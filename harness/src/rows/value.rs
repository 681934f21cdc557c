//! Candidates for a column of any type, best first: the best is a value that only this tenant, table and column has.

use super::expression::Constant;
use super::types::Types;
use super::{built, scalar};

/// A value that may fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// As the type's input takes it; NULL is `None`.
    pub(super) text: Option<String>,
    /// What makes it recognisable.
    pub(super) mark: Mark,
    /// The column's default in place of a value.
    pub(super) default: bool,
    /// Whether it is certain that the type takes it.
    pub(super) sure: bool,
}

/// What makes a value recognisable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// The whole value, as the server prints it.
    Whole,
    /// This part of it.
    Part(String),
}

impl Candidate {
    pub(super) const NULL: Self = Self {
        text: None,
        mark: Mark::None,
        default: false,
        sure: true,
    };
    pub(super) const DEFAULT: Self = Self {
        default: true,
        ..Self::NULL
    };

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::NULL
        }
    }

    pub(super) fn marked(text: &str, marker: &str) -> Self {
        Self {
            mark: Mark::Part(marker.to_owned()),
            ..Self::plain(text)
        }
    }

    pub(super) fn whole(text: impl Into<String>) -> Self {
        Self {
            mark: Mark::Whole,
            ..Self::plain(text)
        }
    }

    pub(super) fn unsure(self) -> Self {
        Self { sure: false, ..self }
    }
}

/// What makes values differ: of two seeds, no value that is recognisable is the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed<'a> {
    pub(super) tenant: char,
    pub(super) table: &'a str,
    pub(super) column: &'a str,
    /// Another one for each row and each try.
    pub(super) number: u32,
}

impl Seed<'_> {
    pub(super) fn stream(&self, purpose: &str) -> Stream {
        Stream::new(&[
            self.tenant.encode_utf8(&mut [0; 4]),
            self.table,
            self.column,
            &self.number.to_string(),
            purpose,
        ])
    }
}

/// Random-looking and always the same for the same seed, so that what a run finds is found again.
pub(super) struct Stream(blake3::OutputReader);

impl Stream {
    pub(super) fn new(parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        Self(hasher.finalize_xof())
    }

    fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Less than `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).unwrap_or_default()
    }

    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.next() % high.abs_diff(low).max(1)).unwrap_or_default()
    }

    pub(super) fn of(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(alphabet[self.below(alphabet.len())]))
            .collect()
    }

    /// Without vowels, so that no word comes about.
    pub(super) fn letters(&mut self, length: usize) -> String {
        self.of(b"bcdfghjkmnpqrstvwxz", length)
    }

    /// The first is no 0.
    pub(super) fn digits(&mut self, length: usize) -> String {
        let mut digits = self.of(b"123456789", length.min(1));
        digits.push_str(&self.of(b"0123456789", length.saturating_sub(1)));
        digits
    }

    pub(super) fn hex(&mut self, length: usize) -> String {
        self.of(b"0123456789abcdef", length)
    }

    pub(super) fn uuid(&mut self) -> String {
        format!(
            "{}-{}-4{}-8{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.hex(3),
            self.hex(12)
        )
    }

    /// Whether a text is more than one character over and over.
    pub(super) fn varied(text: &str) -> bool {
        let mut chars: Vec<char> = text.chars().collect();
        chars.sort_unstable();
        chars.dedup();
        chars.len() >= 5
    }
}

/// Values for a type, best first. Labels, booleans and constants begin with another one in each row.
pub(super) fn candidates(
    types: &Types,
    oid: u32,
    modifier: i32,
    seed: &Seed<'_>,
    hints: &[Constant],
) -> Vec<Candidate> {
    let Some(known) = types.get(oid) else {
        return Vec::new();
    };
    match known.kind {
        'e' => {
            let mut labels: Vec<_> = known.labels.iter().map(Candidate::plain).collect();
            rotate(&mut labels, seed);
            labels
        }
        'd' => {
            let (base, modifier, _) = types.undomained(oid, modifier);
            candidates(types, base, modifier, seed, hints)
        }
        'c' => built::composites(types, known, seed),
        'r' => built::ranges(types, known, seed, hints, "", ""),
        'm' => {
            let range = known.range.and_then(|oid| types.get(oid));
            range.map_or_else(Vec::new, |range| {
                built::ranges(types, range, seed, hints, "{", "}")
            })
        }
        _ => match known.element {
            Some(element) => built::arrays(types, element, modifier, seed, hints),
            None => scalar::candidates(known, modifier, seed, hints),
        },
    }
}

pub(super) fn rotate(candidates: &mut [Candidate], seed: &Seed<'_>) {
    if !candidates.is_empty() {
        let middle = seed.number as usize % candidates.len();
        candidates.rotate_left(middle);
    }
}
