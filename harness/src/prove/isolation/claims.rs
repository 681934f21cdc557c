//! From outcomes to claims.

use super::UNCLASSIFIED;
use super::bench::Bench;
use super::finding::{Finding, Outcome};
use super::ownership::Ownership;
use super::vectors::Vector;
use crate::claim::{Claim, Evidence, Location, Severity, Verdict};
use crate::database::Template;

/// One claim for each outcome of a vector.
pub(super) fn of(
    bench: &Bench<'_>,
    vector: &Vector,
    outcomes: Vec<Outcome>,
    template: &Template,
) -> Vec<Claim> {
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Found(finding) => violated(bench, &finding, template),
            Outcome::Held { object } => {
                let message = format!(
                    "{}: nothing came through, and it would have been seen to",
                    vector.name
                );
                Claim::new(
                    vector.rule,
                    &object,
                    vector.name,
                    Verdict::Proven,
                    Severity::Error,
                    message,
                )
                .at(location(bench, template, &object))
            }
            Outcome::Blind {
                object,
                severity,
                why,
            } => {
                let lacking = bench.world.lacking.iter().find(|lacking| lacking.table == object);
                let why = lacking.map_or(why, |lacking| {
                    format!("not every row to try with could be made: {}", lacking.message)
                });
                let message = format!("{} could not be tried on {object}: {why}", vector.name);
                Claim::new(
                    vector.rule,
                    &object,
                    vector.name,
                    Verdict::Unproven,
                    severity,
                    message,
                )
                .at(location(bench, template, &object))
            }
        })
        .collect()
}

fn violated(bench: &Bench<'_>, finding: &Finding, template: &Template) -> Claim {
    let attempt = &finding.attempt;
    let mut sql = vec!["BEGIN".to_owned()];
    sql.extend(attempt.world.iter().cloned());
    sql.extend(attempt.actor.replay());
    sql.extend(attempt.steps.iter().cloned());
    sql.push(attempt.last.clone());
    let evidence = Evidence {
        role: Some(attempt.actor.effective().to_owned()),
        context: Some(attempt.actor.described.clone()),
        sql: sql.into_iter().map(|statement| format!("{statement};")).collect(),
        expected: finding.expected.clone(),
        observed: finding.observed.clone(),
    };
    Claim::new(
        finding.rule,
        &finding.object,
        finding.subject,
        Verdict::Violated,
        finding.severity,
        &finding.message,
    )
    .at(location(bench, template, &finding.object))
    .shown_by(evidence)
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
            let at = location(bench, template, &object);
            let message = format!(
                "neither the contract nor a foreign key tells whose the rows of {object} are: name it below \
                 [isolation.tables], in `shared` or in `internal`"
            );
            let untried = "not tried, since nothing tells whose the rows are".to_owned();
            [
                Claim::new(
                    UNCLASSIFIED,
                    &object,
                    "",
                    Verdict::Violated,
                    Severity::Warning,
                    message,
                )
                .at(at.clone()),
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

/// The line that made or last changed the object.
pub(super) fn location(bench: &Bench<'_>, template: &Template, object: &str) -> Option<Location> {
    let address = bench
        .catalog
        .addresses()
        .into_iter()
        .find(|address| address.object == object)?;
    template
        .applied()
        .origins
        .find(&address.class, address.oid)
        .map(|origin| origin.changed.clone())
}
