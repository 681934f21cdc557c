//! From outcomes to claims.

use super::bench::Bench;
use super::finding::{Finding, Outcome};
use super::problem::What;
use super::vectors::{ACTOR, EXTRA, MISSING, Vector, WRONG};
use super::writers;
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::database::Template;
use crate::prove::location;

/// The claim of a vector that found nothing, or could not be tried.
pub(super) fn unfound(
    bench: &Bench<'_>,
    vector: &Vector,
    outcome: Outcome,
    template: &Template,
) -> Option<Claim> {
    match outcome {
        Outcome::Found(_) => None,
        Outcome::Held { object } => {
            let log = &bench.log.relation.name;
            let message = format!(
                "{}: {log} says what happened, and without the entries it would have been found out",
                vector.name
            );
            Some(vector.proven(template, object, message))
        }
        Outcome::Blind {
            object,
            severity,
            why,
        } => Some(vector.untried(template, bench.world, object, severity, why)),
    }
}

/// The claims of what was found, in the order in which it was: one a rule, object and vector. What shows the same fault
/// again follows from the first that did.
pub(super) fn found(bench: &Bench<'_>, findings: &[Finding], template: &Template) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    let mut firsts: Vec<String> = Vec::new();
    for (number, finding) in findings.iter().enumerate() {
        let first = findings[..number]
            .iter()
            .position(|known| known.problem.is_like(&finding.problem))
            .and_then(|at| firsts.get(at).cloned());
        let mut cause = first;
        for (object, rule) in objects(bench, finding) {
            let mut claim = violated(finding, rule, &object, template);
            claim.follows_from.clone_from(&cause);
            cause = cause.or_else(|| Some(claim.fingerprint.clone()));
            // Another table may show the same of the same log.
            match claims.iter().find(|known| known.fingerprint == claim.fingerprint) {
                Some(known) => {
                    cause = Some(
                        known
                            .follows_from
                            .clone()
                            .unwrap_or_else(|| known.fingerprint.clone()),
                    );
                }
                None => claims.push(claim),
            }
        }
        firsts.push(cause.unwrap_or_default());
    }
    claims
}

/// What has to be mended, what says so first.
fn objects(bench: &Bench<'_>, finding: &Finding) -> Vec<(String, &'static str)> {
    let problem = &finding.problem;
    let log = bench.log.relation.name.to_string();
    let table = problem.table.as_ref();
    let field = match problem.what {
        What::Actor => Some("actor"),
        What::Wrong(field) => Some(field),
        _ => None,
    };
    let column = field.and_then(|field| bench.log.column(field));
    let mut writers = column.map_or_else(Vec::new, |column| writers::rewriting(bench, column));
    if let Some(table) = table {
        writers.extend(writers::of(bench, table, problem.operation));
    }
    let (first, rule) = match problem.what {
        What::Missing => return vec![(table.map_or(log, ToString::to_string), MISSING)],
        What::Extra => (table.map_or(log, ToString::to_string), EXTRA),
        What::Wrong(_) | What::Unclear => (log, WRONG),
        What::Actor => {
            return if writers.is_empty() {
                vec![(log, ACTOR)]
            } else {
                writers.into_iter().map(|writer| (writer, ACTOR)).collect()
            };
        }
    };
    std::iter::once(first)
        .chain(writers)
        .map(|object| (object, rule))
        .collect()
}

fn violated(finding: &Finding, rule: &'static str, object: &str, template: &Template) -> Claim {
    let problem = &finding.problem;
    let operation = problem.operation.map_or_else(
        || "a change".to_owned(),
        |operation| article(&operation.to_string()),
    );
    let table = problem
        .table
        .as_ref()
        .map_or_else(String::new, |table| format!(" of {table}"));
    let columns = match problem.columns.as_slice() {
        [] => String::new(),
        columns => format!(" ({})", columns.join(", ")),
    };
    let (expected, observed) = (&problem.expected, &problem.observed);
    let message = match problem.what {
        What::Missing => format!("{operation}{table}{columns} leaves no entry in the log"),
        What::Extra => format!("the log tells of {operation}{table} that did not happen: {observed}"),
        What::Wrong(field) => format!(
            "the entry of {operation}{table}{columns} has a wrong `{field}`: expected {expected}, found {observed}"
        ),
        What::Actor => {
            format!("the entry of {operation}{table} names {observed} as its actor instead of {expected}")
        }
        What::Unclear => format!("the entry of {operation}{table} can't be understood: {observed}"),
    };
    let evidence = Evidence {
        role: Some(finding.role.clone()),
        context: Some(finding.context.clone()),
        sql: finding
            .sql
            .iter()
            .map(|statement| format!("{statement};"))
            .collect(),
        expected: expected.clone(),
        observed: observed.clone(),
    };
    Claim::new(
        rule,
        object,
        finding.subject,
        Verdict::Violated,
        Severity::Error,
        message,
    )
    .at(location::of(template, object))
    .shown_by(evidence)
}

fn article(operation: &str) -> String {
    let article = if operation.starts_with(['I', 'U']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {operation}")
}
