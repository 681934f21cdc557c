//! A unified diff of two texts: plain, the same on every run, and harmless to a terminal.

use similar::TextDiff;

/// What stands for a side that is not there.
pub(super) const NOTHING: &str = "/dev/null";

/// A unified diff with three lines of context. Control characters are shown as Rust escapes them.
pub(super) fn unified(old_name: &str, old: &str, new_name: &str, new: &str) -> String {
    let (old, new) = (shown(old), shown(new));
    TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .header(old_name, new_name)
        .to_string()
}

/// With the newline at its end that a file has, and with what would move the cursor or turn the writing round made visible.
fn shown(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut shown = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        let direction =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if direction || (c.is_control() && !matches!(c, '\n' | '\t')) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('\n');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_has_three_lines_of_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
        assert_eq!(
            unified("a", old, "b", &old.replace('5', "five")),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn a_new_text_is_all_added() {
        assert_eq!(
            unified(NOTHING, "", "b", "1"),
            "--- /dev/null\n+++ b\n@@ -0,0 +1 @@\n+1\n"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(
            unified("a", "x", "b", "x\u{1b}[2J\r\u{202e}"),
            "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\\u{1b}[2J\\r\\u{202e}\n"
        );
    }
}
