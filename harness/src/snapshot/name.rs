//! The name of a snapshot's file: readable for ordinary names, safe and unique for all others.
//!
//! A name is made from the stem alone and not from its neighbours, so that a new object never renames the file of
//! another. It is unique where file systems ignore case, and never holds `@` but before the major of a variant.

use std::fmt::Write;

/// What an accepted snapshot's name ends with.
pub(super) const ACCEPTED: &str = ".snap";
/// What a pending snapshot's name ends with.
pub(super) const PENDING: &str = ".snap.new";

/// Leaves room for the hash, the major and the extension, also where an encrypting file system allows 143 bytes.
const LONGEST: usize = 110;

/// The file name, without its extension, under which the text of this stem is kept.
///
/// Letters and digits of ASCII and `_ - . ( ) , [ ]` stand for themselves, other bytes are `%` and two hexadecimal
/// digits. A stem with upper-case letters, or one too long for a file name, ends with `~` and a hash of it.
#[must_use]
pub fn file_stem(stem: &str) -> String {
    let mut name = String::with_capacity(stem.len());
    for (at, byte) in stem.bytes().enumerate() {
        match byte {
            // A leading dot would hide the file, from cargo-insta too; a leading dash looks like an option.
            b'.' | b'-' if at == 0 => push_escaped(&mut name, byte),
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'_'
            | b'-'
            | b'.'
            | b'('
            | b')'
            | b','
            | b'['
            | b']' => {
                name.push(char::from(byte));
            }
            _ => push_escaped(&mut name, byte),
        }
    }
    if name.is_empty() {
        // Unique, since a percent sign of a stem is escaped.
        name.push('%');
    }
    let too_long = name.len() > LONGEST;
    if too_long {
        // Not within an escape: it is three bytes long.
        let cut = (LONGEST - 2..=LONGEST)
            .find(|&at| name.as_bytes()[at] == b'%')
            .unwrap_or(LONGEST);
        name.truncate(cut);
    }
    if too_long || stem.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let hash = blake3::hash(stem.as_bytes()).to_hex();
        name.push('~');
        name.push_str(&hash[..8]);
    }
    name
}

fn push_escaped(name: &mut String, byte: u8) {
    // Writing to a String can't fail.
    let _ = write!(name, "%{byte:02x}");
}

/// The name of the variant that only this major prints so.
pub(super) fn variant(name: &str, major: u16) -> String {
    format!("{name}@{major}")
}

/// The major of a variant's name; none for the name that the base owns, and for what is no name of ours.
pub(super) fn variant_major(name: &str) -> Option<u16> {
    name.rsplit_once('@')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_names_are_left_as_they_are() {
        for stem in [
            "table.public.users",
            "function.app.begin_request(uuid,text[])",
            "roles",
            "table.public.a-b",
        ] {
            assert_eq!(file_stem(stem), stem);
        }
    }

    #[test]
    fn what_is_unsafe_in_a_file_name_is_escaped() {
        assert_eq!(
            file_stem("table.public.a/b\\c:d e\n"),
            "table.public.a%2fb%5cc%3ad%20e%0a"
        );
        assert_eq!(file_stem("view.public.v@17"), "view.public.v%4017");
        assert_eq!(file_stem("100%~"), "100%25%7e");
        assert_eq!(file_stem("ü"), "%c3%bc");
        assert_eq!(file_stem(".hidden"), "%2ehidden");
        assert_eq!(file_stem("-rf"), "%2drf");
        assert_eq!(file_stem(""), "%");
    }

    #[test]
    fn names_that_differ_by_case_only_are_kept_apart() {
        assert_eq!(file_stem("table.public.user"), "table.public.user");
        let upper = file_stem("table.public.User");
        assert!(upper.starts_with("table.public.User~"), "{upper}");
        let names = ["User", "uSer", "USER", "user"].map(|stem| file_stem(stem).to_lowercase());
        assert_eq!(std::collections::BTreeSet::from(names).len(), 4);
    }

    #[test]
    fn long_names_are_cut_between_escapes_and_kept_apart() {
        for shift in 0..3 {
            let long = format!("{}{}", "a".repeat(shift), "é".repeat(200));
            let (one, other) = (file_stem(&format!("{long}1")), file_stem(&format!("{long}2")));
            assert_ne!(one, other);
            assert!(one.len() + "@17.snap.new".len() < 143, "{one}");
            let (readable, _) = one.rsplit_once('~').unwrap();
            let escapes = readable.trim_start_matches('a');
            assert!(
                escapes.len().is_multiple_of(3),
                "{readable} ends within an escape"
            );
        }
        // The longest that needs no cut is not cut.
        assert_eq!(file_stem(&"a".repeat(LONGEST)), "a".repeat(LONGEST));
    }

    #[test]
    fn the_major_of_a_variant_is_read_back() {
        assert_eq!(
            variant_major(&variant(&file_stem("view.public.v@9"), 17)),
            Some(17)
        );
        assert_eq!(variant_major(&file_stem("view.public.v@9")), None);
    }

    proptest! {
        #[test]
        fn two_stems_never_share_a_file(stems in prop::collection::vec("[aA@%~./ é]{0,4}|\\PC{0,60}", 1..20)) {
            let mut seen: BTreeMap<String, &str> = BTreeMap::new();
            for stem in &stems {
                let name = file_stem(stem);
                prop_assert!(name.is_ascii() && !name.contains(['/', '\\', ':', '@', ' ']));
                if let Some(other) = seen.insert(name.to_lowercase(), stem) {
                    prop_assert_eq!(other, stem);
                }
            }
        }
    }
}
