//! What is asked of an erasure: one file a vector, each with what it is about, an example that fails and one that does
//! not, and the tries. [`ALL`] is the registry.

mod collateral;
mod hash;
mod incomplete;
mod namesake;
mod nobody;
mod privilege;
mod residue;
mod twice;
mod writings;

#[cfg(test)]
mod example;

use std::future::Future;
use std::pin::Pin;

use super::bench::Bench;
use crate::claim::Claim;
use crate::error::Error;

/// One thing that is asked.
pub(super) type Vector = crate::prove::vector::Vector<for<'a> fn(&'a Bench<'_>) -> Running<'a>>;

/// What a vector's `run` gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Claim>, Error>> + 'a>>;

/// What is left of the person.
pub(super) const RESIDUE: &str = "erasure/residue";
/// What others lose.
pub(super) const COLLATERAL: &str = "erasure/collateral";
/// The second time.
pub(super) const IDEMPOTENT: &str = "erasure/idempotent";
/// Who may do it.
pub(super) const PRIVILEGE: &str = "erasure/privilege";

/// All of them.
pub(super) const ALL: &[Vector] = &[
    residue::VECTOR,
    hash::VECTOR,
    incomplete::VECTOR,
    collateral::VECTOR,
    namesake::VECTOR,
    nobody::VECTOR,
    twice::VECTOR,
    privilege::VECTOR,
    writings::VECTOR,
];
