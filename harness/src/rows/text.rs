//! Candidates for columns of text.

use super::expression::Constant;
use super::pattern;
use super::value::{Candidate, Seed, Stream};

/// The fewest random characters that do not occur by chance.
const MARKED: usize = 8;

/// Values for a column of at most `most` characters, best first.
///
/// What the column's constraints mention comes early; after that what often is asked for (addresses, upper case,
/// digits), so that a constraint that nobody can read here is met all the same.
pub(super) fn candidates(seed: &Seed<'_>, hints: &[Constant], most: Option<usize>) -> Vec<Candidate> {
    let mut texts = Texts {
        most,
        found: Vec::new(),
    };
    let marker = seed.stream("marker").letters(12);
    let column = seed.column.to_lowercase();
    let (email, url) = (
        format!("{}.{marker}@example.com", seed.tenant),
        format!("https://{marker}.example/"),
    );
    if column.contains("mail") {
        texts.marked(&email, &marker);
    } else if column.contains("url") || column.contains("uri") {
        texts.marked(&url, &marker);
    }
    texts.marked(&format!("{}_{column}_{marker}", seed.tenant), &marker);
    texts.marked(&marker, &marker);
    let short: String = marker.chars().take(most.unwrap_or(12)).collect();
    texts.random(&short);
    of_hints(seed, hints, &marker, &mut texts);
    texts.marked(&email, &marker);
    texts.marked(&url, &marker);
    usual(seed, &marker, &mut texts);
    texts.found
}

fn of_hints(seed: &Seed<'_>, hints: &[Constant], marker: &str, texts: &mut Texts) {
    let mut stream = seed.stream("hints");
    let mut literals = Vec::new();
    let lengths: Vec<usize> = hints
        .iter()
        .filter_map(|hint| match hint {
            Constant::Number(number) => number.parse().ok().filter(|length| *length <= 1000),
            _ => None,
        })
        .collect();
    for hint in hints {
        match hint {
            Constant::Pattern(regex) => {
                for repeated in [None, Some(3), Some(1), Some(24)] {
                    if let Some(text) = pattern::matching(regex, &mut stream, repeated) {
                        texts.random(&text);
                    }
                }
                for &length in lengths.iter().filter(|&&length| length <= 300) {
                    if let Some(text) = pattern::of_length(regex, &mut stream, length) {
                        texts.random(&text);
                    }
                }
            }
            Constant::Like(like) => {
                texts.random(&pattern::like(like, &mut stream, None));
                for &length in &lengths {
                    texts.random(&pattern::like(like, &mut stream, Some(length)));
                }
            }
            Constant::Number(number) => {
                literals.push(number.as_str());
                if let Ok(length) = number.parse::<usize>()
                    && length <= 10_000
                {
                    for length in [length, length.saturating_sub(1), length + 1] {
                        texts.random(&stream.letters(length));
                        texts.random(&stream.digits(length));
                        texts.random(&stream.letters(length).to_uppercase());
                    }
                }
            }
            Constant::Plain(literal) => literals.push(literal.as_str()),
            Constant::Member(_) | Constant::Document(_) | Constant::Now => {}
        }
    }
    // Each row begins with another one, so that the rows of a table take different ones.
    if !literals.is_empty() {
        let middle = seed.number as usize % literals.len();
        literals.rotate_left(middle);
    }
    for literal in &literals {
        texts.plain(literal);
    }
    for literal in literals {
        texts.marked(&format!("{literal}{marker}"), marker);
        texts.marked(&format!("{marker}{literal}"), marker);
    }
}

fn usual(seed: &Seed<'_>, marker: &str, texts: &mut Texts) {
    let mut stream = seed.stream("usual");
    texts.marked(&marker.to_uppercase(), &marker.to_uppercase());
    texts.random(&stream.digits(10));
    texts.random(&stream.uuid());
    texts.random(&stream.hex(64));
    texts.random(&format!("+1{}", stream.digits(10)));
    texts.random(&format!("#{}", stream.hex(6)));
    texts.marked(&format!("{{\"canary\": \"{marker}\"}}"), marker);
    let address = format!(
        "10.{}.{}.{}",
        stream.below(256),
        stream.below(256),
        stream.below(256)
    );
    texts.plain(&address);
    texts.plain(&format!(
        "{}.{}.{}",
        stream.below(90),
        stream.below(90),
        stream.below(90)
    ));
    texts.plain(&format!(
        "20{:02}-0{}-1{}",
        stream.below(90),
        1 + stream.below(9),
        stream.below(10)
    ));
    for length in [3, 2, 1] {
        texts.plain(&stream.letters(length).to_uppercase());
        texts.plain(&stream.letters(length));
        texts.plain(&stream.digits(length));
    }
    for word in ["en", "USD", "UTC", "true", "1", "0", "A", ""] {
        texts.plain(word);
    }
}

struct Texts {
    most: Option<usize>,
    found: Vec<Candidate>,
}

impl Texts {
    fn fits(&self, text: &str) -> bool {
        self.most.is_none_or(|most| text.chars().count() <= most)
            && !self.found.iter().any(|known| known.text.as_deref() == Some(text))
    }

    fn plain(&mut self, text: &str) {
        if self.fits(text) {
            self.found.push(Candidate::plain(text));
        }
    }

    /// A text in which the marker makes it recognisable.
    fn marked(&mut self, text: &str, marker: &str) {
        if self.fits(text) {
            self.found.push(Candidate::marked(text, marker));
        }
    }

    /// A text that is random as a whole: recognisable if it is long enough.
    fn random(&mut self, text: &str) {
        if text.len() >= MARKED && Stream::varied(text) {
            self.marked(text, text);
        } else {
            self.plain(text);
        }
    }
}
