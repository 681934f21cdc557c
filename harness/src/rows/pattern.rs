//! Strings that fit a regular expression or a LIKE pattern, with as much randomness in them as it allows.
//!
//! PostgreSQL's regular expressions are read as if they were Rust's: where they differ, the server refuses the string,
//! which is no harm.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::value::Stream;

/// How often what may be repeated without end is repeated at least: enough for a canary.
const REPEATED: u32 = 12;

/// A string that fits, or nothing if the pattern is none.
pub(super) fn matching(pattern: &str, stream: &mut Stream, repeated: Option<u32>) -> Option<String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .ok()?;
    let mut bytes = Vec::new();
    write(&hir, stream, repeated.unwrap_or(REPEATED), &mut bytes);
    String::from_utf8(bytes).ok()
}

/// A string that fits and is of that length, if repeating what may be repeated comes to it.
pub(super) fn of_length(pattern: &str, stream: &mut Stream, length: usize) -> Option<String> {
    let mut of = |repeated: usize| {
        let text = matching(pattern, stream, u32::try_from(repeated).ok())?;
        Some((text.chars().count(), text))
    };
    let (one, two) = (of(1)?.0, of(2)?.0);
    let step = two.checked_sub(one).filter(|step| *step > 0)?;
    let times = 1 + length.checked_sub(one)? / step;
    let (count, text) = of(times)?;
    (count == length).then_some(text)
}

fn write(hir: &Hir, stream: &mut Stream, repeated: u32, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(class) => out.push(one_of(class, stream)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or_else(|| repetition.min.max(repeated));
            let times = most.min(repetition.min.max(repeated));
            for _ in 0..times {
                write(&repetition.sub, stream, repeated, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, stream, repeated, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, stream, repeated, out)),
        HirKind::Alternation(ways) => write(&ways[stream.below(ways.len())], stream, repeated, out),
    }
}

/// A letter or digit of the class if it has one, else anything of it that prints.
fn one_of(class: &Class, stream: &mut Stream) -> u8 {
    let has = |byte: u8| match class {
        Class::Bytes(bytes) => bytes
            .ranges()
            .iter()
            .any(|range| range.start() <= byte && byte <= range.end()),
        Class::Unicode(chars) => chars
            .ranges()
            .iter()
            .any(|range| range.start() <= char::from(byte) && char::from(byte) <= range.end()),
    };
    for kind in [
        (|byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit()) as fn(u8) -> bool,
        |byte| byte.is_ascii_uppercase(),
        |byte| byte.is_ascii_graphic(),
    ] {
        let fitting: Vec<u8> = (0..128).filter(|&byte| kind(byte) && has(byte)).collect();
        if !fitting.is_empty() {
            return fitting[stream.below(fitting.len())];
        }
    }
    b' '
}

/// A string that fits a LIKE pattern, of that length if it can be.
pub(super) fn like(pattern: &str, stream: &mut Stream, length: Option<usize>) -> String {
    let signs = pattern.chars().filter(|c| !"%\\".contains(*c)).count();
    let wild = pattern.chars().filter(|c| *c == '%').count().max(1);
    let (most, mut rest) = match length {
        Some(length) => (
            length.saturating_sub(signs) / wild,
            length.saturating_sub(signs) % wild,
        ),
        None => (REPEATED as usize, 0),
    };
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push_str(&stream.letters(most + std::mem::take(&mut rest))),
            '_' => out.push_str(&stream.letters(1)),
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_met() {
        let mut stream = Stream::new(&["a"]);
        let fits = |pattern: &str, stream: &mut Stream| matching(pattern, stream, None).unwrap();
        let code = fits("^[A-Z]{3}-[0-9]{2,4}$", &mut stream);
        assert!(code.len() == 8 && code.as_bytes()[3] == b'-', "{code}");
        assert!(code[..3].bytes().all(|b| b.is_ascii_uppercase()), "{code}");
        let slug = fits("^[a-z]+(-[a-z]+)*$", &mut stream);
        assert!(
            slug.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{slug}"
        );
        assert!(slug.len() >= 12, "{slug} is too short for a canary");
        assert_eq!(fits("^(on|on)$", &mut stream), "on");
        assert_eq!(matching("(", &mut stream, None), None);
    }

    #[test]
    fn like_patterns_are_met() {
        let value = like("sk\\_%_", &mut Stream::new(&["a"]), None);
        assert!(value.starts_with("sk_") && value.len() == 16, "{value}");
    }
}
