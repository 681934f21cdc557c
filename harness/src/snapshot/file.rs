//! One snapshot file, read and written as insta 1.49 does (its `src/snapshot.rs`).
//!
//! ```text
//! ---
//! source: migrations/helios
//! expression: table.public.users
//! ---
//! the contents
//! ```
//!
//! The header is YAML; of it pgproof reads and writes `source` and `expression` only. All that follows the second
//! `---` is contents, further `---` lines included.

use std::fmt::{self, Display, Formatter, Write};
use std::fs;

use camino::Utf8Path;

use super::SnapshotError;

/// A text as it is kept and compared: without white space at its end, and with `\n` for `\r\n`.
///
/// insta does the same to both sides before it compares. (It takes one `\r` away each time that it handles a text;
/// all that stand before a `\n` go here, so that what was written is equal to what is read.)
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut lines = text.trim_end().split('\n').peekable();
    let mut normal = String::with_capacity(text.len());
    while let Some(line) = lines.next() {
        if lines.peek().is_some() {
            normal.push_str(line.trim_end_matches('\r'));
            normal.push('\n');
        } else {
            normal.push_str(line);
        }
    }
    normal
}

/// What stands above the contents of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// What the snapshot was made from, relative to the workspace: `migrations/helios`.
    pub source: Option<String>,
    /// What gave the text: the stem.
    pub expression: Option<String>,
}

impl Header {
    /// Whether one of insta's macros made the file. A folder may be shared with such files; they are not ours.
    pub(super) fn is_of_a_rust_test(&self) -> bool {
        self.source
            .as_deref()
            .is_some_and(|source| Utf8Path::new(source).extension() == Some("rs"))
    }
}

/// One snapshot file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// What stands above the contents.
    pub header: Header,
    /// The text, [normalised](normalise). An accepted snapshot without contents counts as absent.
    pub contents: String,
}

impl SnapshotFile {
    /// Reads a file.
    pub fn read(path: &Utf8Path) -> Result<Self, SnapshotError> {
        let text = fs::read_to_string(path).map_err(|source| SnapshotError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| SnapshotError::Format {
            path: path.to_owned(),
            reason,
        })
    }

    /// Writes the file, and the folder where it is lacking.
    pub fn write(&self, path: &Utf8Path) -> Result<(), SnapshotError> {
        let failed = |source| SnapshotError::Write {
            path: path.to_owned(),
            source,
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(path, self.to_string()).map_err(failed)
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        if first.trim_end() != "---" {
            return Err("its first line is not `---`");
        }
        let mut header = Header::default();
        let mut contents_at = first.len();
        for line in lines {
            contents_at += line.len();
            if line.trim_end() == "---" {
                let contents = normalise(&text[contents_at..]);
                return Ok(Self { header, contents });
            }
            // insta leaves other white space bare, so that it may end a value.
            let line = line.trim_end_matches(['\r', '\n']);
            if let Some(value) = line.strip_prefix("source: ") {
                header.source = Some(scalar(value));
            } else if let Some(value) = line.strip_prefix("expression: ") {
                header.expression = Some(scalar(value));
            }
        }
        Err("no second line `---` ends its header")
    }
}

impl Display for SnapshotFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("---\n")?;
        if let Some(source) = &self.header.source {
            writeln!(f, "source: {}", quoted(source))?;
        }
        if let Some(expression) = &self.header.expression {
            writeln!(f, "expression: {}", quoted(expression))?;
        }
        writeln!(f, "---\n{}", normalise(&self.contents))
    }
}

/// A value as YAML has it: bare where it can be nothing but a string, else in double quotes, which are JSON's.
fn quoted(value: &str) -> String {
    let bare = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && !value.ends_with(' ')
        && value.contains(['.', '/', '_'])
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '(' | ')' | ' '));
    if bare {
        return value.to_owned();
    }
    // JSON leaves these as they are, and YAML takes some of them for the end of a line or refuses them.
    let json = serde_json::Value::from(value).to_string();
    json.chars()
        .fold(String::with_capacity(json.len()), |mut text, c| {
            if matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}') {
                // Writing to a String can't fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            } else {
                text.push(c);
            }
            text
        })
}

/// Reads what [`quoted`] or insta wrote.
fn scalar(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn snapshot(contents: &str) -> SnapshotFile {
        SnapshotFile {
            header: Header {
                source: Some("migrations/helios".to_owned()),
                expression: Some("table.public.users".to_owned()),
            },
            contents: contents.to_owned(),
        }
    }

    #[test]
    fn a_file_is_written_as_insta_writes_it() {
        assert_eq!(
            snapshot("one\ntwo\n\n").to_string(),
            "---\nsource: migrations/helios\nexpression: table.public.users\n---\none\ntwo\n"
        );
        assert_eq!(
            snapshot("").to_string(),
            "---\nsource: migrations/helios\nexpression: table.public.users\n---\n\n"
        );
    }

    #[test]
    fn a_file_that_insta_wrote_is_read() {
        let text = "---\nsource: tests/it.rs\nassertion_line: 7\nexpression: \"a[\\\"b\\\"]\"\ninfo:\n  \
                    source: no\n---\n\none\n---\ntwo\n";
        let read = SnapshotFile::parse(text).unwrap();
        assert_eq!(read.header.source.as_deref(), Some("tests/it.rs"));
        assert_eq!(read.header.expression.as_deref(), Some("a[\"b\"]"));
        assert_eq!(read.contents, "\none\n---\ntwo");
        assert!(read.header.is_of_a_rust_test());
        assert!(!snapshot("").header.is_of_a_rust_test());
    }

    #[test]
    fn a_file_with_windows_line_ends_says_the_same() {
        let text = snapshot("one\n---\ntwo").to_string().replace('\n', "\r\n");
        assert_eq!(SnapshotFile::parse(&text).unwrap(), snapshot("one\n---\ntwo"));
    }

    #[test]
    fn a_file_without_a_header_or_with_half_of_one_is_refused() {
        for text in [
            "",
            "one\n",
            "<<<<<<< HEAD\n---\n---\n",
            "---",
            "---\nsource: a\nexpression: b\none\n",
        ] {
            assert!(SnapshotFile::parse(text).is_err(), "{text:?}");
        }
        // Contents may be lacking altogether, also without the last newline.
        assert_eq!(SnapshotFile::parse("---\n---").unwrap().contents, "");
    }

    #[test]
    fn only_the_end_and_carriage_returns_before_a_newline_are_normalised() {
        assert_eq!(normalise("\n  a \r\n\r\r\nb\rc\t\r\n\n \u{a0}"), "\n  a \n\nb\rc");
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            prop::collection::vec(
                prop::sample::select(vec![
                    "---",
                    "\n",
                    "\r\n",
                    "\r",
                    " ",
                    "\t",
                    "a",
                    "source: x",
                    "é",
                    "\u{2028}",
                    "\0"
                ]),
                0..24
            )
            .prop_map(|parts| parts.concat()),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was_written(
            contents in texts(), source in texts(), expression in texts(),
        ) {
            let header = Header { source: Some(source), expression: Some(expression) };
            let written = SnapshotFile { header, contents };
            let read = SnapshotFile::parse(&written.to_string()).unwrap();
            prop_assert_eq!(&read.header, &written.header);
            prop_assert_eq!(&read.contents, &normalise(&written.contents));
            prop_assert_eq!(read.to_string(), written.to_string());
        }

        #[test]
        fn insta_and_pgproof_read_each_others_files(contents in texts(), source in texts(), expression in texts()) {
            let folder = tempfile::tempdir().unwrap();
            let path = Utf8Path::from_path(folder.path()).unwrap().join("a.snap");
            let header = Header { source: Some(source), expression: Some(expression) };
            let ours = SnapshotFile { header, contents: normalise(&contents) };
            ours.write(&path).unwrap();

            let theirs = insta::Snapshot::from_file(path.as_std_path()).unwrap();
            prop_assert_eq!(theirs.metadata().source(), ours.header.source.as_deref());
            prop_assert_eq!(theirs.metadata().expression(), ours.header.expression.as_deref());
            let insta::internals::SnapshotContents::Text(text) = theirs.contents() else { panic!("not a text") };
            prop_assert_eq!(text.to_string(), ours.contents.as_str());

            // What `cargo insta accept` does.
            theirs.save(path.as_std_path()).unwrap();
            prop_assert_eq!(SnapshotFile::read(&path).unwrap(), ours);
        }
    }
}
