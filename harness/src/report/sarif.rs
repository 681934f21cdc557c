//! The report as SARIF 2.1.0, as GitHub's code scanning reads it
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::model::{Outcome, Project, Report, details, headline, place};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::contract::FILE_NAME;

/// Writes the report: a result for each finding. What is proven is no result, so that an alert closes when it is mended.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let (mut results, mut seen) = (Vec::new(), BTreeSet::new());
    for project in &report.projects {
        for claim in project.claims.iter().filter(|claim| claim.is_finding()) {
            // The same finding on two majors of PostgreSQL is one alert.
            if seen.insert((&project.name, &claim.fingerprint)) {
                rules
                    .entry(&claim.rule)
                    .or_insert_with(|| json!({ "id": claim.rule }));
                results.push(result(project, claim, report));
            }
        }
    }
    let rules: Vec<Value> = rules.into_values().collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": report.tool.name, "version": report.tool.version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(report)],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

/// Whether the run could do its work. A finding is no failure of the tool; a migration that does not apply is.
fn invocation(report: &Report) -> Value {
    let notifications: Vec<Value> = report
        .projects
        .iter()
        .filter_map(|project| {
            let error = project.error.as_ref()?;
            let mut notification =
                json!({ "level": "error", "message": { "text": format!("{}: {}", project.title(), error.message) } });
            if let Some(location) = &error.location {
                notification["locations"] = json!([{ "physicalLocation": physical(project, location) }]);
            }
            Some(notification)
        })
        .collect();
    json!({
        "executionSuccessful": notifications.is_empty(),
        "exitCode": report.summary.exit,
        "toolExecutionNotifications": notifications,
    })
}

fn result(project: &Project, claim: &Claim, report: &Report) -> Value {
    let level = match (report.rules.outcome(claim), claim.severity) {
        (_, Severity::Info) => "note",
        (Outcome::Failed, Severity::Error) if claim.verdict == Verdict::Violated => "error",
        (Outcome::Failed, _) | (_, Severity::Error | Severity::Warning) => "warning",
    };
    let unproven = if claim.verdict == Verdict::Unproven {
        "unproven: "
    } else {
        ""
    };
    let mut text = vec![format!("{}: {unproven}{}", headline(claim), claim.message)];
    text.extend(
        details(claim)
            .into_iter()
            .map(|(name, text)| format!("{name}: {text}")),
    );
    // Code scanning shows only results with a place; what has none is a matter of the contract.
    let nowhere = Location {
        file: FILE_NAME.to_owned(),
        line: 1,
        column: None,
    };
    let location = claim
        .location
        .as_ref()
        .or(claim.cause.as_ref().and_then(|cause| cause.location.as_ref()))
        .unwrap_or(&nowhere);
    // Code scanning tells alerts apart by `primaryLocationLineHash` alone; its own hash, of the line's text, would make one
    // alert of all findings at one line.
    let fingerprint = blake3::hash(format!("{}:{}", project.name, claim.fingerprint).as_bytes()).to_hex();
    let fingerprint = &fingerprint.as_str()[..16];
    let mut result = json!({
        "ruleId": claim.rule,
        "level": level,
        "message": { "text": text.join("\n") },
        "locations": [{
            "physicalLocation": physical(project, location),
            "logicalLocations": [{ "fullyQualifiedName": claim.object }],
        }],
        "partialFingerprints": { "pgproof/v1": fingerprint, "primaryLocationLineHash": format!("{fingerprint}:1") },
        "properties": { "project": project.name, "verdict": claim.verdict, "subject": claim.subject },
    });
    if let Some(cause) = &claim.cause
        && let Some(location) = &cause.location
    {
        result["relatedLocations"] = json!([{
            "id": 1,
            "message": { "text": format!("comes from {}, {}", cause.object, place(location)) },
            "physicalLocation": physical(project, location),
        }]);
    }
    result
}

fn physical(project: &Project, location: &Location) -> Value {
    let mut region = json!({ "startLine": location.line.max(1) });
    if let Some(column) = location.column {
        region["startColumn"] = json!(column.max(1));
    }
    json!({ "artifactLocation": { "uri": uri(&project.path, &location.file) }, "region": region })
}

/// What may not stand in the path of a URI as it is.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'\\');

/// A file of the project as seen from where the command ran: for code scanning that is the root of the repository.
fn uri(project: &str, file: &str) -> String {
    let joined = if file.starts_with('/') {
        file.to_owned()
    } else {
        format!("{project}/{file}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let path = utf8_percent_encode(&path, ESCAPED);
    if joined.starts_with('/') {
        format!("file:///{path}")
    } else {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::ExitRules;
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> Value {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn findings_are_results_and_what_is_proven_is_none() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&written(&sample::report())).unwrap());
    }

    #[test]
    fn one_finding_on_two_majors_is_one_result() {
        let mut projects = sample::projects();
        let single = written(&Report::new(projects.clone(), ExitRules::default()));
        projects.push(projects[0].clone());
        let both = written(&Report::new(projects, ExitRules::default()));
        assert_eq!(single["runs"][0]["results"], both["runs"][0]["results"]);
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_the_line() {
        let mut projects = sample::projects();
        let prints = |projects: &[Project]| {
            let log = written(&Report::new(projects.to_vec(), ExitRules::default()));
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results
                .into_iter()
                .map(|result| result["partialFingerprints"].clone())
                .collect::<Vec<_>>()
        };
        let before = prints(&projects);
        projects[0].claims[1].location = Some(Location {
            file: "003_tasks.sql".into(),
            line: 99,
            column: Some(4),
        });
        assert_eq!(prints(&projects), before);
    }

    #[test]
    fn files_are_named_from_where_the_command_ran() {
        assert_eq!(uri("migrations/aim", "001.sql"), "migrations/aim/001.sql");
        assert_eq!(uri(".", "./a b#1.sql"), "a%20b%231.sql");
        assert_eq!(
            uri("migrations/aim", "../shared/é.sql"),
            "migrations/shared/%C3%A9.sql"
        );
        assert_eq!(uri("../other", "x.sql"), "../other/x.sql");
        assert_eq!(uri("/srv/app", "x.sql"), "file:///srv/app/x.sql");
    }
}
