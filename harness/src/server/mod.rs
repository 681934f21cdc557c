//! Throwaway PostgreSQL servers: found, made, started, and gone when the last who uses them is gone.
//!
//! The embedded provider starts the programs that are on this machine. It is the only one so far; containers and
//! external servers get a file each beside it.

mod account;
pub(crate) mod cache;
mod cluster;
mod embedded;
mod error;
pub mod find;
pub mod install;
mod lease;
mod place;
mod programs;
mod settings;

pub(crate) use cluster::{base, key};
pub(crate) use embedded::Use;
pub use embedded::{PORT, Server};
pub use error::ServerError;
pub use find::{Installation, Version};

/// The last lines of a text that came from a program, each as far as people read: a log repeats whole statements.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    const WIDEST: usize = 300;
    let shorten = |line: &str| match line.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(count)..]
        .iter()
        .map(|line| shorten(line));
    last.collect::<Vec<_>>().join("\n")
}

/// A variable of the environment; set to nothing is as good as not set.
fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod watchdog_tests;
