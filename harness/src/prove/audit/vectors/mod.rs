//! What is tried: one file a vector, each with what it is about, an example whose log lies and one that does not, and the
//! statements. [`ALL`] is the registry.

mod delete;
#[cfg(test)]
pub(super) mod example;
mod insert;
mod update;

use std::future::Future;
use std::pin::Pin;

use super::bench::Bench;
use super::finding::Outcome;
use crate::error::Error;

/// A change leaves no entry.
pub(super) const MISSING: &str = "audit/missing";
/// An entry tells of what did not happen.
pub(super) const EXTRA: &str = "audit/extra";
/// A field of an entry is not what it has to be.
pub(super) const WRONG: &str = "audit/wrong";
/// Somebody else is named as the one who acted.
pub(super) const ACTOR: &str = "audit/actor";

/// One way for a log not to say what happened.
pub(super) struct Vector {
    /// In a few words; the subject of its claims.
    pub(super) name: &'static str,
    /// The rule under which it is proven, and explained.
    pub(super) rule: &'static str,
    /// What it is about, for people: one or two sentences.
    pub(super) about: &'static str,
    /// Statements on top of `example.sql` that make the log lie.
    pub(super) bad: &'static str,
    /// Statements on top of those that mend it.
    pub(super) good: &'static str,
    /// Tries the statements.
    pub(super) run: for<'a> fn(&'a Bench<'_>) -> Running<'a>,
}

/// What [`Vector::run`] gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, Error>> + 'a>>;

/// All of them, the plain ones first: what shows the same fault in another way follows from these.
pub(super) const ALL: &[Vector] = &[insert::VECTOR, update::VECTOR, delete::VECTOR];

impl Vector {
    /// The rules that it may find something against.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static str> {
        let matching = [MISSING, EXTRA, WRONG, ACTOR];
        let others = matching.contains(&self.rule).then_some(matching);
        std::iter::once(self.rule).chain(others.into_iter().flatten())
    }
}
