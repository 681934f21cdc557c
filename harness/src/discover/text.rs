//! The text of a `pgproof.toml`, section by section, with why each value stands there.

use std::fmt::Write as _;

/// Lines of TOML.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// Comment lines; each line of `text` is one.
    pub(super) fn comment(&mut self, text: &str) -> &mut Self {
        for line in text.lines() {
            // Writing to a string never fails.
            let _ = writeln!(self.0, "# {}", one_line(line));
        }
        self
    }

    pub(super) fn line(&mut self, line: &str) -> &mut Self {
        self.0.push_str(line);
        self.0.push('\n');
        self
    }

    /// A header, with a blank line before it.
    pub(super) fn section(&mut self, header: &str) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.line(header)
    }

    pub(super) fn blank(&mut self) -> &mut Self {
        self.line("")
    }

    /// `key = "value"`.
    pub(super) fn string(&mut self, key: &str, value: &str) -> &mut Self {
        self.line(&format!("{key} = {}", string(value)))
    }

    /// `key = ["a", "b"]`.
    pub(super) fn list<S: AsRef<str>>(&mut self, key: &str, values: &[S]) -> &mut Self {
        self.line(&format!("{key} = {}", list(values)))
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.0.push_str(&other.0);
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

/// Nothing that PostgreSQL takes as a name may end a comment.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A TOML string.
pub(super) fn string(value: &str) -> String {
    if !value.contains(['\'', '\n']) && value.contains(['"', '\\']) && !value.chars().any(char::is_control) {
        return format!("'{value}'");
    }
    toml::Value::String(value.to_owned()).to_string()
}

/// A TOML list of strings.
pub(super) fn list<S: AsRef<str>>(values: &[S]) -> String {
    let values: Vec<String> = values.iter().map(|value| string(value.as_ref())).collect();
    format!("[{}]", values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_comes_back_as_it_was() {
        for value in [
            "plain",
            "with \"quotes\"",
            "it's",
            "a\nb",
            "both ' and \"",
            "back\\slash",
            "\u{7}",
        ] {
            let text = format!("key = {}", string(value));
            let read: toml::Table = text.parse().unwrap();
            assert_eq!(read["key"].as_str(), Some(value), "{text}");
        }
    }
}
