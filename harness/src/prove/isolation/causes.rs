//! One root cause, one error: what each finding comes from, which others only follow from it, and whether it holds over
//! a real connection.

use super::bench::Bench;
use super::confirm::{Confirmation, confirm};
use super::finding::{Finding, Outcome};
use super::mend::{Mended, closes, mend};
use crate::claim::Severity;
use crate::error::Error;

/// A finding with what was found out about it.
#[derive(Debug)]
pub(super) struct Explained {
    pub(super) finding: Finding,
    pub(super) mended: Option<Mended>,
    /// The number of the finding that this one follows from.
    pub(super) follows: Option<usize>,
    pub(super) confirmation: Option<Confirmation>,
}

/// Causes are looked for, and confirmed over connections of their own, for so many findings; a schema with more has
/// other worries.
const MOST: usize = 60;

pub(super) async fn explain(bench: &Bench<'_>, findings: Vec<Finding>) -> Result<Vec<Explained>, Error> {
    let mut all: Vec<Explained> = findings
        .into_iter()
        .map(|finding| Explained {
            finding,
            mended: None,
            follows: None,
            confirmation: None,
        })
        .collect();
    let mut looked = 0;
    for at in 0..all.len() {
        let (before, rest) = all.split_at_mut(at + 1);
        let Some(one) = before.last_mut() else { continue };
        if one.follows.is_some() || !is_accusation(&one.finding) || looked >= MOST {
            continue;
        }
        looked += 1;
        one.mended = mend(bench, &one.finding).await?;
        one.confirmation = Some(confirm(bench, &one.finding.attempt).await?);
        let Some(mended) = &one.mended else { continue };
        for other in rest
            .iter_mut()
            .filter(|other| other.follows.is_none() && is_accusation(&other.finding))
        {
            let same = other.finding.object == one.finding.object;
            // An error is not to hide behind a warning.
            let as_grave =
                one.finding.severity == Severity::Error || other.finding.severity != Severity::Error;
            let may_follow =
                as_grave && (same || mended.harmless && depends(bench, mended, &other.finding.object));
            if may_follow && closes(bench, &other.finding.attempt, &mended.sql).await? {
                other.follows = Some(at);
            }
        }
    }
    Ok(all)
}

/// Whether it is a finding that may follow from another.
pub(super) fn has_cause(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Found(finding) if is_accusation(finding))
}

fn is_accusation(finding: &Finding) -> bool {
    finding.replayable && finding.severity != Severity::Info
}

/// Whether a leak of the object may come from there: a role's powers open all, and a table's rows are reached through
/// views, functions and partitions.
fn depends(bench: &Bench<'_>, mended: &Mended, object: &str) -> bool {
    let is_plain_table = bench.catalog.relations.iter().any(|relation| {
        relation.kind.is_table()
            && relation.parents.iter().flatten().next().is_none()
            && relation.name.to_string() == object
    });
    mended.cause.class == "pg_authid" || mended.cause.class == "pg_proc" || !is_plain_table
}
