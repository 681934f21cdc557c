//! The statements that a system's programs send, cut by name from the files that its consumer contract names.
//!
//! What pgproof proves and what the program sends is the same text, so the two can't drift apart: a statement that is
//! renamed or removed there does not compile here.

/// The statement below the header `-- pgproof: … name = "…"`, up to the next header.
///
/// # Panics
/// The file has no such statement; in a constant that is an error of the compiler.
pub const fn statement(file: &'static str, name: &str) -> &'static str {
    let bytes = file.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // A header ends with the name, so the closing quote and the line's end are part of what is looked for.
        let opening = at + b"name = \"".len();
        let closing = opening + name.len();
        if holds(bytes, at, b"name = \"")
            && holds(bytes, opening, name.as_bytes())
            && holds(bytes, closing, b"\"\n")
        {
            let start = closing + b"\"\n".len();
            return file
                .split_at(start)
                .1
                .split_at(next_header(bytes, start) - start)
                .0;
        }
        at += 1;
    }
    panic!("there is no statement of that name in the file")
}

const fn next_header(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !holds(bytes, at, b"\n-- pgproof:") {
        at += 1;
    }
    at
}

/// Whether these bytes stand at that place. `starts_with` can't be had in a constant.
const fn holds(bytes: &[u8], at: usize, wanted: &[u8]) -> bool {
    let mut index = 0;
    while index < wanted.len() {
        if at + index >= bytes.len() || bytes[at + index] != wanted[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_ends_where_the_next_header_begins() {
        const FILE: &str = "-- pgproof: name = \"a b\"\nSELECT 1;\n\n-- pgproof: as = \"x\", name = \"a\"\n-- $1\nSELECT 2;\n";
        assert_eq!(statement(FILE, "a b").trim(), "SELECT 1;");
        assert_eq!(statement(FILE, "a").trim(), "-- $1\nSELECT 2;");
    }

    #[test]
    #[should_panic(expected = "no statement of that name")]
    fn a_name_that_is_only_the_beginning_of_another_is_not_found() {
        statement("-- pgproof: name = \"sign in again\"\nSELECT 1;\n", "sign in");
    }
}
