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
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::error::Error;

/// One way to make a log lie.
pub(super) struct Guard {
    /// In a few words; the subject of its claims.
    pub(super) name: &'static str,
    /// The rule under which it is reported.
    pub(super) rule: &'static str,
    /// What it is about, for people: one or two sentences.
    pub(super) about: &'static str,
    /// Statements on top of the vectors' `example.sql` that open the way.
    pub(super) bad: &'static str,
    /// Statements on top of those that close it.
    pub(super) good: &'static str,
    /// Tries it.
    pub(super) run: for<'a> fn(&'a Bench<'_>) -> Running<'a>,
}

/// What [`Guard::run`] gives.
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

/// All of them.
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
    recursion::GUARD,
];

/// Whether entries make entries without end: to be known first.
pub(super) async fn recursion(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    (recursion::GUARD.run)(bench).await
}

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
