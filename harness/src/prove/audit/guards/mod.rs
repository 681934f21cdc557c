//! What keeps a log trustworthy: who can change it, forge it, get around it or read secrets in it. One file a guard, each
//! with what it is about, an example that breaks it and one that mends it, and the tries. [`ALL`] is the registry.

mod attach;
mod depth;
mod forge;
mod function;
mod mutable;
mod recursion;
mod replica;
mod role;
mod secret;
mod shadow;
mod swallowed;
mod switch;

mod attempt;
#[cfg(test)]
mod example;
pub(super) mod plain;

use std::future::Future;
use std::pin::Pin;

use super::bench::{Bench, Who};
use super::writers;
use crate::catalog::Relation;
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::error::Error;

/// One way to make a log lie.
pub(super) type Guard = crate::prove::vector::Vector<for<'a> fn(&'a Bench<'_>) -> Running<'a>>;

/// What a guard's `run` gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Claim>, Error>> + 'a>>;

/// What is written stays.
pub(super) const MUTABLE: &str = "audit/mutable";
/// Only what happened is written.
pub(super) const FORGEABLE: &str = "audit/forgeable";
/// Nothing happens without being written.
pub(super) const BYPASS: &str = "audit/bypass";
/// What can't be written does not happen.
pub(super) const SWALLOWED: &str = "audit/swallowed";
/// Secrets are not written.
pub(super) const SECRET: &str = "audit/secret";

/// All others.
pub(super) const ALL: &[Guard] = &[
    mutable::GUARD,
    forge::GUARD,
    function::GUARD,
    attach::GUARD,
    swallowed::GUARD,
    switch::GUARD,
    role::GUARD,
    depth::GUARD,
    replica::GUARD,
    shadow::GUARD,
    secret::GUARD,
];

/// Whether entries make entries without end: to be known before anything else is tried.
pub(super) const RECURSION: Guard = recursion::GUARD;

impl Guard {
    fn claim(&self, object: &str, verdict: Verdict, severity: Severity, message: impl Into<String>) -> Claim {
        Claim::new(self.rule, object, self.name, verdict, severity, message)
    }

    /// It was tried, and would have been seen.
    fn held(&self, object: &str, message: impl Into<String>) -> Claim {
        self.claim(object, Verdict::Proven, Severity::Error, message)
    }

    /// It could not be tried.
    fn blind(&self, object: &str, severity: Severity, why: impl Into<String>) -> Claim {
        let message = format!("{} could not be tried: {}", self.name, why.into());
        self.claim(object, Verdict::Unproven, severity, message)
    }

    /// The same of every audited table that nothing was said of yet.
    fn blind_elsewhere(&self, bench: &Bench<'_>, claims: &mut Vec<Claim>, why: &str) {
        for table in &bench.terms.tables {
            let object = table.name.to_string();
            if !claims.iter().any(|claim| claim.object == object) {
                claims.push(self.blind(&object, Severity::Info, why));
            }
        }
    }

    /// It worked: on the objects that have to be mended, what says so first.
    fn found(&self, objects: &[String], message: &str, shown: &Shown<'_>) -> Vec<Claim> {
        let mut claims: Vec<Claim> = Vec::new();
        for object in objects {
            let mut claim = self
                .claim(object, Verdict::Violated, Severity::Error, message)
                .shown_by(shown.evidence());
            claim.follows_from = claims.first().map(|first| first.fingerprint.clone());
            claims.push(claim);
        }
        claims
    }
}

/// The function that writes the log for the table, as far as one does, and the table.
fn to_blame(bench: &Bench<'_>, table: &Relation) -> Vec<String> {
    let writer = writers::of(bench, &table.name, None).into_iter().take(1);
    writer.chain([table.name.to_string()]).collect()
}

/// What was done, and what came of it.
struct Shown<'s> {
    who: &'s Who,
    prepared: &'s [String],
    sql: &'s str,
    expected: &'s str,
    observed: &'s str,
}

impl Shown<'_> {
    fn evidence(&self) -> Evidence {
        let mut sql = vec!["BEGIN".to_owned()];
        sql.extend(self.prepared.iter().cloned());
        sql.extend(self.who.actor.replay());
        sql.push(self.sql.to_owned());
        Evidence {
            role: Some(self.who.actor.effective().to_owned()),
            context: Some(self.who.actor.described.clone()),
            sql: sql.into_iter().map(|statement| format!("{statement};")).collect(),
            expected: self.expected.to_owned(),
            observed: self.observed.to_owned(),
        }
    }
}
