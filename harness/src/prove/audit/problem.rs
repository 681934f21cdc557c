//! What is wrong between what happened and what the log says.

use crate::catalog::Name;
use crate::contract::Operation;

/// The kind of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// A change has no entry.
    Missing,
    /// An entry tells of what did not happen.
    Extra,
    /// A field of an entry, by the contract's name for it, is not what it has to be.
    Wrong(&'static str),
    /// Somebody else is named as the one who acted.
    Actor,
    /// The entry can't be understood.
    Unclear,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) what: What,
    /// The audited table; None where the entry names none.
    pub(super) table: Option<Name>,
    /// Of the change, or of an entry too many.
    pub(super) operation: Option<Operation>,
    /// The columns that the change, or the wrong image, is about.
    pub(super) columns: Vec<String>,
    pub(super) expected: String,
    pub(super) observed: String,
}

impl Problem {
    /// Whether both show the same fault, so that the later one follows from the first.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let columns_meet = self.columns.is_empty()
            || other.columns.is_empty()
            || self.columns.iter().any(|column| other.columns.contains(column));
        (self.what, &self.table, self.operation) == (other.what, &other.table, other.operation)
            && columns_meet
    }
}
