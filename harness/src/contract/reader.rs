//! Reading a parsed TOML tree into the contract's types, so that every problem of a file is found in one go.
//!
//! A derived deserializer stops at the first problem and does not know what was meant. Here each table is opened, asked for its
//! keys, and closed: what nobody asked for is unknown, and the nearest key that was asked for is named.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, NoteKind};

/// A value with its place in the file.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// What is wrong with a value, without its place in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueError {
    /// What is wrong.
    pub message: String,
    /// A word for the place itself.
    pub label: String,
    /// What to write.
    pub help: Option<String>,
    /// Where in the text it is, in bytes, if it is at one place.
    pub within: Option<Range<usize>>,
}

impl ValueError {
    /// A problem with the whole of a value.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            label: String::new(),
            help: None,
            within: None,
        }
    }

    pub(super) fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn within(mut self, place: Range<usize>) -> Self {
        self.within = Some(place);
        self
    }
}

/// The problems found so far in one file.
pub(super) struct Problems<'i> {
    file: String,
    source: &'i str,
    found: Vec<Diagnostic>,
    /// Which keys each kind of table was asked for: the schema must know the same ones.
    #[cfg(test)]
    pub(super) asked: BTreeMap<String, std::collections::BTreeSet<&'static str>>,
}

impl<'i> Problems<'i> {
    pub(super) fn new(file: &str, source: &'i str) -> Self {
        Self {
            file: file.to_owned(),
            source,
            found: Vec::new(),
            #[cfg(test)]
            asked: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, span: Range<usize>, error: ValueError) {
        let span = self.narrow(span, error.within);
        let mut diagnostic =
            Diagnostic::new(&self.file, self.source, span, error.message).labelled(error.label);
        if let Some(help) = error.help {
            diagnostic = diagnostic.with(NoteKind::Help, help);
        }
        self.found.push(diagnostic);
    }

    /// The place inside a string's text as a place in the file, where the string is written as it reads: with an escape before
    /// the place, or over several lines, the whole string is shown.
    fn narrow(&self, span: Range<usize>, within: Option<Range<usize>>) -> Range<usize> {
        let Some(within) = within else { return span };
        let written = self.source.get(span.clone()).unwrap_or_default();
        if written.contains(['\\', '\n']) || !written.starts_with(['"', '\'']) {
            return span;
        }
        let end = span.start + 1 + within.end;
        if end < span.end {
            span.start + 1 + within.start..end
        } else {
            span.end - 1..span.end
        }
    }

    /// What was found, by its place in the file.
    pub(super) fn into_found(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.span.start);
        self.found
    }

    /// The line of a place, counted from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> u32 {
        Diagnostic::new("", self.source, span.clone(), "").location().line
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

/// A type that a TOML value can be read as. `None` means that a problem was added.
pub(super) trait FromToml: Sized {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self>;
}

/// A type that is written as a string.
pub(super) trait FromText: Sized {
    fn from_text(text: &str) -> Result<Self, ValueError>;
}

/// A type of a few words. Made by `words!`.
pub(super) trait Word: Copy + 'static {
    /// What it is, as in "unknown action".
    const WHAT: &'static str;
    const ALL: &'static [Self];
    fn word(self) -> &'static str;
}

impl<T: Word> FromText for T {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        if let Some(found) = T::ALL.iter().find(|candidate| candidate.word() == text) {
            return Ok(*found);
        }
        let words: Vec<&'static str> = T::ALL.iter().map(|candidate| candidate.word()).collect();
        let error = ValueError::new(format!("unknown {} `{text}`", T::WHAT));
        Err(match nearest(text, &words) {
            Some(near) => error.labelled(format!("did you mean `{near}`?")),
            None => error,
        }
        .help(format!("one of {}", words.join(", "))))
    }
}

impl FromText for String {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        Ok(text.to_owned())
    }
}

impl FromText for camino::Utf8PathBuf {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        Ok(Self::from(text))
    }
}

impl<T: FromText> FromToml for T {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let DeValue::String(text) = value.get_ref() else {
            wrong_type(value, "a string", problems);
            return None;
        };
        let read = if text.trim().is_empty() {
            Err(ValueError::new("an empty string says nothing here"))
        } else {
            T::from_text(text)
        };
        read.map_err(|error| problems.add(value.span(), error)).ok()
    }
}

impl FromToml for bool {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let DeValue::Boolean(yes) = value.get_ref() else {
            wrong_type(value, "true or false", problems);
            return None;
        };
        Some(*yes)
    }
}

impl FromToml for u64 {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let DeValue::Integer(digits) = value.get_ref() else {
            wrong_type(value, "a whole number", problems);
            return None;
        };
        let number = Self::from_str_radix(digits.as_str(), digits.radix()).ok();
        if number.is_none() {
            problems.add(
                value.span(),
                ValueError::new("expected a whole number that is not negative"),
            );
        }
        number
    }
}

impl<T: FromToml> FromToml for Vec<T> {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(value, "a list", problems);
            return None;
        };
        // Every item is read before one that failed ends it, so that each is reported.
        let read: Vec<Option<T>> = items.iter().map(|item| T::from_toml(item, problems)).collect();
        read.into_iter().collect()
    }
}

impl<K: FromText + Ord, T: FromToml> FromToml for BTreeMap<K, T> {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let DeValue::Table(entries) = value.get_ref() else {
            wrong_type(value, "a table", problems);
            return None;
        };
        let mut read = Self::new();
        for (key, value) in entries {
            let name = match K::from_text(key.get_ref()) {
                Ok(name) => Some(name),
                Err(error) => {
                    problems.add(key.span(), error);
                    None
                }
            };
            let value_span = value.span();
            if let (Some(name), Some(value)) = (name, T::from_toml(value, problems))
                && read.insert(name, value).is_some()
            {
                problems.add(
                    value_span,
                    ValueError::new(format!("`{}` is named twice", key.get_ref())),
                );
            }
        }
        Some(read)
    }
}

/// A table that is being read.
pub(super) struct Table<'a, 'i, 'p> {
    entries: &'a DeTable<'a>,
    span: Range<usize>,
    /// How a message names it: "`[isolation]`".
    shown: &'static str,
    asked: Vec<&'static str>,
    /// Keys that are needed and not there.
    lacking: Vec<&'static str>,
    pub(super) problems: &'p mut Problems<'i>,
}

impl<'a, 'i, 'p> Table<'a, 'i, 'p> {
    /// The table in `value`; anything else is a problem. `shown` is how messages call it.
    pub(super) fn open(
        value: &'a Value<'a>,
        shown: &'static str,
        problems: &'p mut Problems<'i>,
    ) -> Option<Self> {
        let DeValue::Table(entries) = value.get_ref() else {
            wrong_type(value, "a table", problems);
            return None;
        };
        Some(Self::root(entries, value.span(), shown, problems))
    }

    /// The whole file.
    pub(super) fn root(
        entries: &'a DeTable<'a>,
        span: Range<usize>,
        shown: &'static str,
        problems: &'p mut Problems<'i>,
    ) -> Self {
        Self {
            entries,
            span,
            shown,
            asked: Vec::new(),
            lacking: Vec::new(),
            problems,
        }
    }

    /// The value of a key that may be left out. A value that can't be read is a problem, and reads as left out.
    pub(super) fn optional<T: FromToml>(&mut self, key: &'static str) -> Option<T> {
        let value = self.value(key)?;
        T::from_toml(value, self.problems)
    }

    /// The value of a key, or the type's default where it is left out.
    pub(super) fn or_default<T: FromToml + Default>(&mut self, key: &'static str) -> T {
        self.optional(key).unwrap_or_default()
    }

    /// The value of a key that must be there.
    pub(super) fn required<T: FromToml>(&mut self, key: &'static str) -> Option<T> {
        if !self.has(key) {
            self.asked.push(key);
            self.lacking.push(key);
            return None;
        }
        self.optional(key)
    }

    /// The value itself, for what is written in more than one form.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Value<'a>> {
        self.asked.push(key);
        self.entries.get(key)
    }

    /// Whether the key is written, readable or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A problem with the value of a key, or with the table where the key is not there.
    pub(super) fn add(&mut self, key: &str, error: ValueError) {
        let span = self
            .entries
            .get(key)
            .map_or_else(|| self.span.clone(), Spanned::span);
        self.problems.add(span, error);
    }

    /// A problem with the table as a whole.
    pub(super) fn add_here(&mut self, error: ValueError) {
        self.problems.add(self.span.clone(), error);
    }

    /// The table's line in the file.
    pub(super) fn line(&self) -> u32 {
        self.problems.line(&self.span)
    }

    /// Reports the keys that nobody asked for, and those that are lacking. What is misspelt is not also called lacking.
    pub(super) fn close(mut self) {
        for (key, _) in self.entries {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let error = ValueError::new(format!("unknown key `{name}` in {}", self.shown));
            let error = match nearest(name, &self.asked) {
                Some(near) => {
                    self.lacking.retain(|key| *key != near);
                    error.labelled(format!("did you mean `{near}`?"))
                }
                None => error.labelled("not known here"),
            };
            self.problems.add(
                key.span(),
                error.help(format!("known here: {}", self.asked.join(", "))),
            );
        }
        for key in std::mem::take(&mut self.lacking) {
            self.add_here(ValueError::new(format!("{} needs `{key}`", self.shown)));
        }
        #[cfg(test)]
        self.problems
            .asked
            .entry(self.shown.to_owned())
            .or_default()
            .extend(self.asked);
    }
}

/// Says what was expected, what was found, and how it would be written.
pub(super) fn wrong_type(value: &Value<'_>, expected: &str, problems: &mut Problems<'_>) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let error =
        ValueError::new(format!("expected {expected}, found {found}")).labelled(format!("not {expected}"));
    let written = match (expected, value.get_ref()) {
        ("a string", DeValue::Integer(number)) => Some(format!("\"{number}\"")),
        ("a string", DeValue::Float(number)) => Some(format!("\"{number}\"")),
        ("a list", DeValue::String(text)) => Some(format!("[{text:?}]")),
        ("true or false", DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
            Some(text.to_string())
        }
        ("a whole number", DeValue::String(text)) if text.parse::<u64>().is_ok() => Some(text.to_string()),
        _ => None,
    };
    let error = match written {
        Some(written) => error.help(format!("write {written}")),
        None => error,
    };
    problems.add(value.span(), error);
}

/// The word that was probably meant.
pub(crate) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    let word = word.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let close = |candidate: &str| {
        let begins = |a: &str, b: &str| b.len() >= 3 && a.starts_with(b);
        distance(candidate) <= 1.max(candidate.len().max(word.len()) / 3)
            || begins(candidate, &word)
            || begins(&word, candidate)
    };
    known
        .iter()
        .copied()
        .filter(|candidate| close(candidate))
        .min_by_key(|candidate| distance(candidate))
}

/// An enum that is written as one of a few words.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident ($what:literal) { $( $(#[$doc:meta])* $variant:ident = $word:literal ),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
        pub enum $name { $( $(#[$doc])* #[serde(rename = $word)] $variant ),+ }

        impl $name {
            /// How it is written in a contract.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl $crate::contract::reader::Word for $name {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];
            fn word(self) -> &'static str { self.as_str() }
        }
    };
}
pub(super) use words;
