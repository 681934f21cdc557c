//! What a value leaves behind: the forms under which it may live on somewhere else, and looking for them in text.
//!
//! A salted or keyed hash leaves no trace here: without the salt nobody gets from it to the value.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::Digest as _;

use super::needles::Needles;
use crate::checksum::hex;

/// Below so many letters and digits a value may stand somewhere by chance.
const LEAST: usize = 8;
/// So much of a hash is looked for: some keep only its beginning.
const HASH: usize = 16;

/// How a value lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// As it was, in other case, or the part of it that tells.
    Plain,
    /// Backwards.
    Reversed,
    /// As base64 or hexadecimal digits, from which anybody gets it back.
    Encoded(&'static str),
    /// By a hash without a secret: whoever guesses the value can tell that it was this one.
    Hashed(&'static str),
}

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    /// In lower case, for texts in lower case.
    folded: Sought,
    /// As it is.
    exact: Sought,
}

/// What stands for the value, and how.
#[derive(Debug, Clone, Default)]
struct Sought {
    forms: Vec<Form>,
    needles: Needles,
}

impl Sought {
    fn push(&mut self, form: Form, text: String) {
        self.forms.push(form);
        self.needles.push(text);
    }

    fn found(&self, text: &str) -> Option<Form> {
        self.forms.get(self.needles.first_in(text)?).copied()
    }
}

impl Trace {
    /// Of a value; none if it is too short to be told from chance.
    pub(super) fn of(value: &str) -> Option<Self> {
        let letters: String = value.chars().filter(|c| c.is_alphanumeric()).collect();
        if letters.chars().count() < LEAST {
            return None;
        }
        let lower = value.to_lowercase();
        let mut trace = Self {
            folded: Sought::default(),
            exact: Sought::default(),
        };
        trace.folded.push(Form::Plain, lower.clone());
        trace.folded.push(Form::Plain, letters.to_lowercase());
        let run = lower
            .split(|c: char| !c.is_alphanumeric())
            .max_by_key(|run| run.chars().count())
            .filter(|run| run.chars().count() >= LEAST);
        if let Some(run) = run {
            trace.folded.push(Form::Plain, run.to_owned());
            trace.folded.push(Form::Reversed, run.chars().rev().collect());
        }
        for part in [Some(value), run].into_iter().flatten() {
            trace.encode(part);
        }
        let upper = value.to_uppercase();
        let known = [value, &lower, &upper, &letters, run.unwrap_or(value)];
        for part in known {
            trace.hash(part.as_bytes());
        }
        Some(trace)
    }

    /// The same, and hashes of a longer value that it is a part of.
    #[must_use]
    pub(super) fn inside(mut self, whole: &str) -> Self {
        for whole in [whole.to_owned(), whole.to_lowercase(), whole.to_uppercase()] {
            self.hash(whole.as_bytes());
        }
        self
    }

    /// How the value lives on in that text, if it does.
    pub(super) fn found(&self, text: &str) -> Option<Form> {
        let folded = self.folded.found(&text.to_lowercase());
        folded.or_else(|| self.exact.found(text))
    }

    fn encode(&mut self, text: &str) {
        self.folded.push(Form::Encoded("hex"), hex(text.as_bytes()));
        // Where in a longer text it begins decides which characters it becomes; the outer ones depend on the neighbours.
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend(text.as_bytes());
            bytes.truncate(bytes.len() / 3 * 3);
            for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
                let inner = if before == 0 { &encoded[..] } else { &encoded[4..] };
                if inner.len() >= LEAST {
                    self.exact.push(Form::Encoded("base64"), inner.to_owned());
                }
            }
        }
    }

    fn hash(&mut self, bytes: &[u8]) {
        let hashes: [(&'static str, Vec<u8>); 6] = [
            ("md5", md5::Md5::digest(bytes).to_vec()),
            ("sha1", sha1::Sha1::digest(bytes).to_vec()),
            ("sha224", sha2::Sha224::digest(bytes).to_vec()),
            ("sha256", sha2::Sha256::digest(bytes).to_vec()),
            ("sha384", sha2::Sha384::digest(bytes).to_vec()),
            ("sha512", sha2::Sha512::digest(bytes).to_vec()),
        ];
        for (name, hash) in hashes {
            self.folded
                .push(Form::Hashed(name), hex(&hash)[..HASH].to_owned());
            for encoded in [STANDARD_NO_PAD.encode(&hash), URL_SAFE_NO_PAD.encode(&hash)] {
                self.exact.push(Form::Hashed(name), encoded[..HASH].to_owned());
            }
        }
    }
}

/// For people, behind the name of the place: `as it was`.
impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain => f.write_str("as it was"),
            Self::Reversed => f.write_str("backwards"),
            Self::Encoded(name) => write!(f, "as {name}"),
            Self::Hashed(name) => write!(f, "as its {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "Kq7w2mzx9b@pgproof.example";

    fn found(text: &str) -> Option<Form> {
        Trace::of(VALUE).unwrap().found(text)
    }

    #[test]
    fn a_value_is_found_in_any_case_and_inside_of_other_text() {
        assert_eq!(
            found("wrote from KQ7W2MZX9B@PGPROOF.EXAMPLE yesterday"),
            Some(Form::Plain)
        );
        assert_eq!(found("{\"name\": \"kq7w2mzx9b\"}"), Some(Form::Plain));
        assert_eq!(found("b9xzm2w7qk"), Some(Form::Reversed));
        assert_eq!(found("k***@pgproof.example"), None);
    }

    #[test]
    fn what_is_encoded_is_found_wherever_it_begins() {
        for before in ["", "a", "ab", "abc"] {
            let text = STANDARD_NO_PAD.encode(format!("{before}{VALUE}, and more"));
            assert_eq!(found(&text), Some(Form::Encoded("base64")), "{before}");
        }
        assert_eq!(
            found(&format!("\\x{}", hex(VALUE.as_bytes()))),
            Some(Form::Encoded("hex"))
        );
    }

    #[test]
    fn a_hash_without_a_secret_is_found_and_a_salted_one_is_not() {
        let hash = hex(md5::Md5::digest(VALUE.to_lowercase()));
        assert_eq!(found(&hash.to_uppercase()), Some(Form::Hashed("md5")));
        assert_eq!(found(&hash[..20]), Some(Form::Hashed("md5")));
        assert_eq!(found(&hex(sha2::Sha256::digest("salt".to_owned() + VALUE))), None);
    }

    #[test]
    fn what_might_stand_there_by_chance_has_no_trace() {
        assert!(Trace::of("Smith").is_none() && Trace::of("12-34").is_none());
        assert!(Trace::of("1911-03-07").is_some());
    }
}
