//! The ways in: one file a vector, each with what it is about, an example that leaks and one that does not, and the
//! attempts. [`ALL`] is the registry.

mod availability;
mod barrier;
mod branch;
mod claims;
mod copy;
mod delete;
mod denial;
#[cfg(test)]
pub(super) mod example;
mod foreign_key;
mod function;
mod function_write;
pub(super) mod insert;
mod internal;
mod large_object;
mod later_table;
mod leakproof;
mod leftover;
mod lever;
mod lock;
mod nobody;
mod nobody_writes;
mod notify;
mod owner;
mod parameter;
mod plan;
mod pooled;
mod prefix;
mod references;
mod role_beyond;
pub(super) mod role_meant;
mod role_tenant;
mod roles;
mod search_path;
mod select;
mod set_off;
mod spoof;
mod trigger;
mod truncate;
mod unique;
mod update;
mod upsert;
mod view;

use std::future::Future;
use std::pin::Pin;

use super::attempt::{Attempt, Verdict};
use super::bench::Bench;
use super::finding::{Finding, Outcome};
use crate::claim::Severity;
use crate::error::Error;

/// What the tenants' rows must not show to others.
pub(super) const READ: &str = "isolation/read";
/// What tenants must not change.
pub(super) const WRITE: &str = "isolation/write";
/// What a session that is no tenant's must not see.
pub(super) const CONTEXT: &str = "isolation/context";
/// What tenants' sessions must not be able to become.
pub(super) const ROLE: &str = "isolation/role";
/// Privileges that tenants' sessions must not have.
pub(super) const PRIVILEGE: &str = "isolation/privilege";
/// What a user can change of its own token must decide nothing.
pub(super) const CLAIM: &str = "isolation/claim";
/// Who can say whose session it is.
pub(super) const SPOOF: &str = "isolation/context-spoof";
/// What other roles are for, and what not.
pub(super) const ROLES: &str = "isolation/roles";

/// One way in.
pub(super) type Vector = crate::prove::vector::Vector<for<'a> fn(&'a Bench<'_>) -> Running<'a>>;

/// What a vector's `run` gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, Error>> + 'a>>;

/// All of them, in the order in which causes are looked for: what a table's own defence lets through comes before what
/// goes around it.
pub(super) const ALL: &[Vector] = &[
    select::VECTOR,
    insert::VECTOR,
    update::VECTOR,
    delete::VECTOR,
    truncate::VECTOR,
    upsert::VECTOR,
    lock::VECTOR,
    nobody::VECTOR,
    nobody_writes::VECTOR,
    internal::VECTOR,
    function::VECTOR,
    function_write::VECTOR,
    view::VECTOR,
    set_off::VECTOR,
    search_path::VECTOR,
    barrier::VECTOR,
    leakproof::VECTOR,
    lever::VECTOR,
    denial::VECTOR,
    prefix::VECTOR,
    foreign_key::VECTOR,
    unique::VECTOR,
    claims::VECTOR,
    spoof::VECTOR,
    plan::VECTOR,
    leftover::VECTOR,
    availability::VECTOR,
    notify::VECTOR,
    large_object::VECTOR,
    branch::VECTOR,
    roles::VECTOR,
    owner::VECTOR,
    parameter::VECTOR,
    references::VECTOR,
    trigger::VECTOR,
    later_table::VECTOR,
    role_meant::VECTOR,
    role_beyond::VECTOR,
    role_tenant::VECTOR,
];

/// Rows that the attacker has, once more: what it may insert.
pub(super) fn own_inserts(bench: &Bench<'_>, relation: &crate::catalog::Relation) -> Vec<String> {
    insert::own(bench, relation)
}

impl Vector {
    /// Makes attempts of the same kind on one object until one works; if none does, looks for one that would be seen to.
    pub(super) async fn try_each(
        &self,
        bench: &Bench<'_>,
        object: &str,
        attempts: Vec<Attempt>,
        message: impl Fn(&str) -> String,
    ) -> Result<Outcome, Error> {
        let mut why = String::from("no attempt could be made");
        for attempt in &attempts {
            match bench.attempt(attempt).await? {
                // What a trigger of the application does to shared rows is its own affair.
                Verdict::Leak {
                    observed, changes, ..
                } if changes
                    .iter()
                    .all(|change| change.shared && change.table.to_string() != object)
                    && !changes.is_empty() =>
                {
                    why = observed;
                }
                Verdict::Leak { observed, .. } => {
                    return Ok(Outcome::Found(self.finding(
                        object,
                        message(&observed),
                        observed,
                        attempt,
                    )));
                }
                Verdict::Inconclusive(reason) => why = reason,
                Verdict::Held(_) => {}
            }
        }
        for attempt in &attempts {
            if bench.would_show(attempt).await? {
                return Ok(Outcome::Held {
                    object: object.to_owned(),
                });
            }
            why = String::from("it would not have been seen with the defences gone either");
        }
        Ok(Outcome::Blind {
            object: object.to_owned(),
            severity: Severity::Warning,
            why,
        })
    }

    /// A finding of this vector's.
    pub(super) fn finding(
        &self,
        object: &str,
        message: String,
        observed: String,
        attempt: &Attempt,
    ) -> Finding {
        let expected = if attempt.is_reading() {
            "the same as without the others' rows"
        } else {
            "the others' rows as before"
        };
        Finding {
            rule: self.rule,
            object: object.to_owned(),
            subject: self.name,
            severity: Severity::Error,
            message,
            expected: expected.to_owned(),
            observed,
            attempt: attempt.clone(),
            replayable: true,
        }
    }
}
