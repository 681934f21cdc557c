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
mod lease;
mod place;
mod settings;

pub(crate) use cluster::{base, key};
pub use embedded::Server;
pub use error::ServerError;
pub use find::{Installation, Version};

/// The last lines of a text that came from a program.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests;
