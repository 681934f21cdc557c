//! What is tried: one file a vector, each with what it is about, an example whose log lies and one that does not, and the
//! statements. [`ALL`] is the registry.

mod actor;
mod captured;
mod cascade;
mod copy;
mod delete;
#[cfg(test)]
pub(super) mod example;
mod insert;
mod key_change;
mod keyless;
mod large;
mod many_rows;
mod merge;
mod partitions;
mod rewritten;
mod rollback;
mod truncate;
mod update;
mod upsert;

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
pub(super) type Vector = crate::prove::vector::Vector<for<'a> fn(&'a Bench<'_>) -> Running<'a>>;

/// What a vector's `run` gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, Error>> + 'a>>;

/// All of them, the plain ones first: what shows the same fault in another way follows from these.
pub(super) const ALL: &[Vector] = &[
    insert::VECTOR,
    update::VECTOR,
    delete::VECTOR,
    rewritten::VECTOR,
    key_change::VECTOR,
    keyless::VECTOR,
    large::VECTOR,
    many_rows::VECTOR,
    cascade::VECTOR,
    captured::VECTOR,
    partitions::VECTOR,
    upsert::VECTOR,
    merge::VECTOR,
    copy::VECTOR,
    truncate::VECTOR,
    rollback::VECTOR,
    actor::VECTOR,
];

impl Vector {
    /// The rules that it may find something against.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static str> {
        let matching = [MISSING, EXTRA, WRONG, ACTOR];
        let others = matching.contains(&self.rule).then_some(matching);
        std::iter::once(self.rule).chain(others.into_iter().flatten())
    }
}
