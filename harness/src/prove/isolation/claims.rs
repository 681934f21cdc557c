//! From outcomes to claims.

use super::UNCLASSIFIED;
use super::bench::Bench;
use super::causes::Explained;
use super::confirm::Confirmation;
use super::finding::Outcome;
use super::ownership::Ownership;
use super::vectors::Vector;
use crate::claim::{Cause, Claim, Evidence, Fix, Severity, Verdict};
use crate::database::Template;
use crate::prove::location;

/// The claim of an attempt that nothing came of, or that could not be made.
pub(super) fn unfound(
    bench: &Bench<'_>,
    vector: &Vector,
    outcome: Outcome,
    template: &Template,
) -> Option<Claim> {
    match outcome {
        Outcome::Found(_) => None,
        Outcome::Held { object } => {
            let message = format!(
                "{}: nothing came through, and it would have been seen to",
                vector.name
            );
            Some(vector.proven(template, object, message))
        }
        Outcome::Blind {
            object,
            severity,
            why,
        } => Some(vector.untried(template, &bench.world, object, severity, why)),
    }
}

/// The claims of what was found: each with its cause, and those that only follow from another saying so.
pub(super) fn found(explained: &[Explained], template: &Template) -> Vec<Claim> {
    let claims: Vec<Claim> = explained.iter().map(|one| violated(one, template)).collect();
    let fingerprints: Vec<String> = claims.iter().map(|claim| claim.fingerprint.clone()).collect();
    let causes: Vec<Option<Cause>> = claims.iter().map(|claim| claim.cause.clone()).collect();
    claims
        .into_iter()
        .zip(explained)
        .map(|(mut claim, one)| {
            // What is not so over a real connection takes what follows from it along.
            let first = one.follows.and_then(|at| explained.get(at)).unwrap_or(one);
            if let Some(Confirmation::Fails(why)) = &first.confirmation {
                claim.verdict = Verdict::Unproven;
                claim.message = format!("{}, but not over a real connection: {why}", claim.message);
            }
            if let Some(at) = one.follows {
                claim.follows_from = fingerprints.get(at).cloned();
                claim.cause = causes.get(at).cloned().flatten();
            }
            claim
        })
        .collect()
}

fn violated(explained: &Explained, template: &Template) -> Claim {
    let Explained {
        finding,
        mended,
        confirmation,
        ..
    } = explained;
    let attempt = &finding.attempt;
    let mut sql = vec!["BEGIN".to_owned()];
    sql.extend(attempt.world.iter().cloned());
    sql.extend(attempt.actor.replay());
    sql.extend(attempt.steps.iter().cloned());
    sql.push(attempt.last.clone());
    let confirmed = match confirmation {
        Some(Confirmation::Works) => format!(
            " (the same over a connection logged in as {})",
            attempt.actor.login
        ),
        Some(Confirmation::NoLogin(why)) => format!(
            " (nobody could log in as {} to confirm it: {why})",
            attempt.actor.login
        ),
        Some(Confirmation::Fails(_)) | None => String::new(),
    };
    let evidence = Evidence {
        role: Some(attempt.actor.effective().to_owned()),
        context: Some(attempt.actor.described.clone()),
        sql: sql.into_iter().map(|statement| format!("{statement};")).collect(),
        expected: finding.expected.clone(),
        observed: format!("{}{confirmed}", finding.observed),
    };
    let mut claim = Claim::new(
        finding.rule,
        &finding.object,
        finding.subject,
        Verdict::Violated,
        finding.severity,
        &finding.message,
    )
    .at(location::of(template, &finding.object))
    .shown_by(evidence);
    if let Some(mended) = mended {
        claim.fix = mended.harmless.then(|| Fix {
            sql: format!("{};", mended.sql),
            tried: true,
        });
    }
    if let Some(mended) = mended
        .as_ref()
        .filter(|mended| mended.cause.object != finding.object)
    {
        let origin = template
            .applied()
            .origins
            .find(mended.cause.class, mended.cause.oid);
        claim.cause = Some(Cause {
            object: mended.cause.object.clone(),
            location: origin.map(|origin| origin.changed.clone()),
        });
    }
    claim
}

fn is_undecided(bench: &Bench<'_>, name: &crate::catalog::Name) -> bool {
    bench
        .isolation
        .undecided
        .iter()
        .any(|pattern| pattern.matches(&name.schema, &name.name))
}

/// Tables that a tenant reaches and nobody has said whose they are.
pub(super) fn unclassified(bench: &Bench<'_>, template: &Template) -> Vec<Claim> {
    let unknown = bench
        .owners
        .tables
        .iter()
        .filter(|table| table.ownership == Ownership::Unknown);
    unknown
        .filter(|table| bench.privileges.reaches(&table.name))
        .flat_map(|table| {
            let object = table.name.to_string();
            let at = location::of(template, &object);
            let message = format!(
                "neither the contract nor a foreign key tells whose the rows of {object} are: name it below \
                 [isolation.tables], in `shared` or in `internal`"
            );
            let untried = "not tried, since nothing tells whose the rows are".to_owned();
            // Who has written that it is not decided need not be told to decide, but what is not tried is said.
            let (verdict, severity) = if is_undecided(bench, &table.name) {
                (Verdict::Unproven, Severity::Info)
            } else {
                (Verdict::Violated, Severity::Warning)
            };
            [
                Claim::new(UNCLASSIFIED, &object, "", verdict, severity, message).at(at.clone()),
                Claim::new(
                    super::vectors::READ,
                    &object,
                    "unclassified",
                    Verdict::Unproven,
                    Severity::Info,
                    untried,
                )
                .at(at),
            ]
        })
        .collect()
}
