//! The only place that prints: stdout gets what was asked for, stderr everything else.

mod notes;
mod report;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use anstream::AutoStream;
use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::OwoColorize as _;
use pgproof::Error;

use super::arguments::When;

pub(super) use report::{majors_that_differ, one_plan, one_project, summary};

/// Where everything is printed.
#[derive(Clone)]
pub(super) struct Console {
    colour: anstream::ColorChoice,
    progress: bool,
}

impl Console {
    pub(super) fn new(colour: When, progress: When) -> Self {
        let colour = match colour {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        };
        let progress = match progress {
            // A log is no place for a line that is drawn again and again.
            When::Auto => std::io::stderr().is_terminal() && std::env::var_os("CI").is_none(),
            When::Always => true,
            When::Never => false,
        };
        Self { colour, progress }
    }

    /// Shows what the library warns of from now on.
    pub(super) fn show_warnings(&self) {
        // It fails where somebody listens already, and there is nobody else in this program.
        let _ = tracing::subscriber::set_global_default(notes::Notes::new(self.clone()));
    }

    /// What was asked for, to stdout. A reader that has gone away (`| head`) is no error.
    pub(super) fn print(&self, text: &str) {
        let mut stdout = AutoStream::new(std::io::stdout().lock(), self.colour);
        let _ = writeln!(stdout, "{text}");
        let _ = stdout.flush();
    }

    /// Bytes as they are, to stdout.
    pub(super) fn print_bytes(&self, bytes: &[u8]) {
        let mut stdout = AutoStream::new(std::io::stdout().lock(), self.colour);
        let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
    }

    /// Something that is good to know, to stderr.
    pub(super) fn note(&self, text: &str) {
        self.to_stderr(text);
    }

    /// The same while a progress line may stand there, which is drawn again below.
    fn note_beside_progress(&self, text: &str) {
        let clear_line = if self.progress { "\r\x1b[2K" } else { "" };
        self.to_stderr(&format!("{clear_line}{text}"));
    }

    /// Why a command ends early, to stderr.
    pub(super) fn error(&self, text: &str) {
        self.to_stderr(&format!("{}{} {text}", "error".red().bold(), ":".bold()));
    }

    /// The same for an error of the library, which may bring its own drawing.
    pub(super) fn failure(&self, error: &Error) {
        self.message(&error.message());
    }

    /// The same for the text of one.
    pub(super) fn message(&self, message: &str) {
        self.to_stderr(&errors_text(message));
    }

    /// A line that moves while something is under way; gone when it is dropped.
    pub(super) fn progress(&self, text: String) -> Progress {
        if !self.progress {
            return Progress {
                bar: ProgressBar::hidden(),
            };
        }
        let bar = ProgressBar::new_spinner().with_message(text);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress { bar }
    }

    /// Asks a question on the terminal and returns the first letter of the answer; `None` where nobody can answer.
    pub(super) fn ask(&self, question: &str) -> Option<char> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let mut stderr = AutoStream::new(std::io::stderr().lock(), self.colour);
        let _ = write!(stderr, "{question} ");
        let _ = stderr.flush();
        let mut line = String::new();
        match std::io::stdin().read_line(&mut line) {
            Ok(count) if count > 0 => Some(line.trim().chars().next().unwrap_or('\n').to_ascii_lowercase()),
            _ => None,
        }
    }

    fn to_stderr(&self, text: &str) {
        let mut stderr = AutoStream::new(std::io::stderr().lock(), self.colour);
        let _ = writeln!(stderr, "{text}");
    }
}

/// An error's text with the word in front that tells it is one; a drawing brings its own.
fn errors_text(message: &str) -> String {
    if message.starts_with("error") {
        message.to_owned()
    } else {
        format!("{}{} {message}", "error".red().bold(), ":".bold())
    }
}

/// `1 migration`, `2 migrations`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A line that shows what is under way.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Says what is under way now.
    pub(super) fn set(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Prints something while the line is out of the way.
    pub(super) fn above(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A diff with the colours that people know.
pub(super) fn coloured_diff(diff: &str) -> String {
    let line = |line: &str| match line.as_bytes().first() {
        _ if line.starts_with("+++") || line.starts_with("---") => line.bold().to_string(),
        Some(b'+') => line.green().to_string(),
        Some(b'-') => line.red().to_string(),
        Some(b'@') => line.cyan().to_string(),
        _ => line.to_owned(),
    };
    diff.lines().map(line).collect::<Vec<_>>().join("\n")
}
