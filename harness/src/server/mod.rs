//! Throwaway PostgreSQL servers: found, made, started, and gone when the last who uses them is gone.
//!
//! Three providers give them: embedded starts the programs that are on this machine, container asks an engine for one,
//! and external works on one that is there, in databases of its own.

mod account;
mod address;
mod archive;
pub(crate) mod cache;
mod cluster;
#[cfg(feature = "container")]
mod container;
pub(crate) mod embedded;
#[cfg(feature = "tls")]
mod encrypted;
#[cfg(feature = "container")]
mod engine;
mod error;
mod external;
pub mod find;
pub mod install;
mod lease;
pub(crate) mod line;
mod place;
mod programs;
mod running;
mod settings;
mod worker;

pub(crate) use archive::{Archive, Twins};
pub(crate) use cluster::{base, key};
pub use embedded::PORT;
pub use error::ServerError;
pub(crate) use external::Reach;
pub use external::{Target, TargetError};
pub use find::{Installation, Version};
pub use running::{Provider, Server};

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
