//! What came of a vector on a table.

use super::problem::Problem;
use crate::claim::Severity;

/// What one vector has to say of one table.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The log does not say what happened.
    Found(Finding),
    /// It does, and would have been found out otherwise.
    Held { object: String },
    /// It could not be tried, or not so that a fault would have been seen.
    Blind {
        object: String,
        severity: Severity,
        why: String,
    },
}

/// A fault, and the statement that showed it.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    /// The vector's name.
    pub(super) subject: &'static str,
    pub(super) problem: Problem,
    /// The role that acted.
    pub(super) role: String,
    /// In whose name, in words.
    pub(super) context: String,
    /// What replays it.
    pub(super) sql: Vec<String>,
}
