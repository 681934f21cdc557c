//! Copies of what a person was called.

use super::{RESIDUE, Vector};
use crate::catalog::Name;
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::residue::{self, Residue};
use crate::prove::trace::Form;

pub(super) const VECTOR: Vector = Vector {
    name: "copies",
    rule: RESIDUE,
    about: "A person gets recognisable values in every personal column, twice, so that there is a past, and mentions them in \
            its own JSON and free text. After the erasure every stored value in every table is searched for them: as they \
            were, in other case, backwards, as base64 and as hexadecimal digits.",
    bad: include_str!("residue.bad.sql"),
    good: include_str!("residue.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// RAISE EXCEPTION.
const RAISED: &str = "P0001";

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let once = bench.once().await?;
    let statement = bench.statement(&bench.subject.key);
    if let Some(refusal) = &once.seen.refused {
        // What the project itself raises may be a condition that the person did not meet.
        let verdict = if refusal.sqlstate == RAISED {
            Verdict::Unproven
        } else {
            Verdict::Violated
        };
        let message = format!(
            "erasing a person fails, and nothing is erased: {}",
            refusal.message
        );
        let claim = bench.claim(RESIDUE, &bench.object, VECTOR.name, verdict, message);
        return Ok(vec![claim.shown_by(bench.evidence(
            "the person is erased",
            &refusal.message,
            &statement,
        ))]);
    }
    let before = residue::find(bench, &bench.before);
    let mut after = bench.left().await?.clone();
    for residues in after.values_mut() {
        residues.retain(|residue| !matches!(residue.form, Form::Hashed(_)));
    }
    after.retain(|_, residues| !residues.is_empty());
    let mut claims: Vec<Claim> = before
        .keys()
        .filter(|name| !after.contains_key(name))
        .map(|name| {
            let message = "nothing is left of the person, and there was something before";
            bench.claim(RESIDUE, &name.to_string(), VECTOR.name, Verdict::Proven, message)
        })
        .collect();
    for (name, residues) in &after {
        claims.extend(left(bench, VECTOR.name, name, residues, &statement));
    }
    claims.extend(unchanged(bench).await?);
    if !claims
        .iter()
        .any(|claim| claim.object == bench.object && claim.rule == RESIDUE)
    {
        let message = "the search of everything that is stored finds the person before and not after";
        let verdict = if before.is_empty() {
            Verdict::Unproven
        } else {
            Verdict::Proven
        };
        claims.push(bench.claim(RESIDUE, &bench.object, VECTOR.name, verdict, message));
    }
    Ok(claims)
}

/// Personal columns that nothing recognisable fits into: there at least the person's own value must be gone.
async fn unchanged(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let after = &bench.once().await?.after;
    let own = |images| {
        let mut rows = bench.persons(images);
        rows.find(|row| bench.subject.has(bench.erasure, row)).cloned()
    };
    let (Some(before), Some(after)) = (own(&bench.before), own(after)) else {
        return Ok(Vec::new());
    };
    let table = bench.relation.name.to_string();
    let other = bench
        .persons(&bench.before)
        .find(|row| bench.other.has(bench.erasure, row))
        .cloned()
        .unwrap_or_default();
    let kept = bench.subject.untold.iter().filter(|column| {
        let value = before.get(*column).cloned().flatten();
        // What others have as well may be what is written over what is erased.
        let shared = value == other.get(*column).cloned().flatten();
        value.is_some() && !shared && value == after.get(*column).cloned().flatten()
    });
    Ok(kept
        .map(|column| {
            let message = format!("{column} of the erased person is what it was");
            bench.claim(RESIDUE, &table, column, Verdict::Violated, message)
        })
        .collect())
}

/// What stays in the person's own table is the erasure's fault; what stays elsewhere is to be seen there first.
pub(super) fn left(
    bench: &Bench<'_>,
    subject: &str,
    name: &Name,
    residues: &[Residue],
    statement: &str,
) -> Vec<Claim> {
    let listed: Vec<String> = residues.iter().map(ToString::to_string).collect();
    let observed = listed.join("; ");
    let relation = name.to_string();
    let message = format!("after the erasure {relation}.{observed}");
    let mut objects = vec![relation];
    if objects[0] != bench.object {
        objects.push(bench.object.clone());
    }
    // A hash in the person's own row was put there by the erasure.
    if bench.own.contains(name) && residues.iter().all(|one| matches!(one.form, Form::Hashed(_))) {
        objects.reverse();
    }
    let mut claims: Vec<Claim> = Vec::new();
    for object in objects {
        let subject = if object == bench.object {
            format!("{subject} in {name}")
        } else {
            subject.to_owned()
        };
        let mut claim = bench
            .claim(RESIDUE, &object, &subject, Verdict::Violated, &message)
            .shown_by(bench.evidence("nothing of the person", &observed, statement));
        claim.follows_from = claims.first().map(|first| first.fingerprint.clone());
        claims.push(claim);
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.audit_log").await;
    }
}
