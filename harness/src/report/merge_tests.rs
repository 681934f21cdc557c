//! What can be wrong with the reports that are to be merged.

use super::super::sample;
use super::*;
use crate::claim::{Severity, Verdict};

/// The sample's report as that shard would have it: a share of the claims.
fn shard(index: u32, count: u32) -> (String, Report) {
    let mut projects = sample::projects();
    for project in &mut projects {
        let mut number = 0;
        project.claims.retain(|_| {
            number += 1;
            number % count == index - 1
        });
        if index > 1 {
            project.matrix.clear();
        }
    }
    let shard = Shard::new(index, count).unwrap();
    (
        format!("{index}.json"),
        Report::of_shard(projects, ExitRules::default(), shard),
    )
}

fn read_back((file, report): (String, Report)) -> (String, Report) {
    let text = serde_json::to_string(&report).unwrap();
    let report = read_shard(&file, &text).unwrap();
    (file, report)
}

fn error(reports: Vec<(String, Report)>) -> String {
    merge(reports).unwrap_err().to_string()
}

#[test]
fn the_shards_make_the_whole_in_whatever_order_they_come() {
    let mut whole = sample::report();
    for project in &mut whole.projects {
        project.claims.sort_by(Claim::in_report);
    }
    for count in [1, 2, 3, 7] {
        let mut reports: Vec<_> = (1..=count).map(|index| read_back(shard(index, count))).collect();
        reports.reverse();
        assert_eq!(merge(reports).unwrap(), whole);
    }
}

#[test]
fn an_allow_is_unused_only_if_no_shard_uses_it() {
    let about = |object: &str| {
        Claim::new(
            "lint/unused-allow",
            object,
            "a/*",
            Verdict::Violated,
            Severity::Warning,
            "unused",
        )
    };
    let mut reports = vec![shard(1, 2), shard(2, 2)];
    for ((_, report), unused) in reports.iter_mut().zip([vec!["one", "two"], vec!["two"]]) {
        let held = &mut report.shard.as_mut().unwrap().projects[0];
        held.unused_allows = unused.into_iter().map(about).collect();
    }
    let merged = merge(reports).unwrap();
    let lint = merged.projects[0]
        .claims
        .iter()
        .filter(|claim| claim.rule.starts_with("lint/"));
    assert_eq!(
        lint.map(|claim| claim.object.as_str()).collect::<Vec<_>>(),
        ["two"]
    );
}

#[test]
fn a_shard_that_is_missing_or_there_twice_is_named() {
    assert_eq!(
        error(vec![shard(2, 4), shard(4, 4)]),
        "the reports of these shards are missing: 1/4, 3/4"
    );
    assert_eq!(
        error(vec![shard(1, 2), shard(1, 2), shard(2, 2)]),
        "1.json and 1.json are both shard 1/2"
    );
    assert!(error(vec![shard(1, 2), shard(2, 3)]).contains("one of 3 shards, not of 2"));
}

#[test]
fn parts_of_different_runs_are_refused() {
    type Change = fn(&mut Report);
    let changes: [(&str, Change); 7] = [
        ("by pgproof 9.9.9", |report| {
            "9.9.9".clone_into(&mut report.tool.version);
        }),
        ("the migrations of helios", |report| {
            "other".clone_into(&mut report.projects[0].migrations[0].checksum);
        }),
        ("on PostgreSQL 17.1", |report| {
            "17.1".clone_into(&mut report.projects[0].server.as_mut().unwrap().version);
        }),
        ("the contract or the options", |report| {
            "other".clone_into(&mut report.shard.as_mut().unwrap().projects[0].inputs);
        }),
        ("--strict", |report| report.rules.strict = true),
        ("it is about helios, not helios, oms", |report| {
            report.projects.pop();
        }),
        ("one of them was interrupted", |report| {
            report.projects.pop();
            report.projects[0].error = Some(ProjectError {
                code: 130,
                message: "interrupted".to_owned(),
                location: None,
                class: None,
            });
        }),
    ];
    for (says, change) in changes {
        let (file, mut report) = shard(2, 2);
        change(&mut report);
        let error = error(vec![shard(1, 2), (file, report)]);
        assert!(
            error.starts_with("2.json does not belong to 1.json: ") && error.contains(says),
            "{error}"
        );
    }
}

#[test]
fn what_could_not_be_proved_on_one_shard_has_no_claims() {
    let (file, mut report) = shard(2, 2);
    report.projects[0].error = Some(ProjectError {
        code: 6,
        message: "the server is gone".to_owned(),
        location: None,
        class: None,
    });
    let merged = merge(vec![shard(1, 2), (file, report)]).unwrap();
    assert!(merged.projects[0].claims.is_empty());
    assert_eq!(
        merged.summary.exit, 6,
        "a shard without a server outweighs a migration that fails"
    );
}

#[test]
fn what_is_no_shards_report_is_refused_with_a_reason() {
    let whole = serde_json::to_string(&sample::report()).unwrap();
    let (_, part) = shard(1, 2);
    let part = serde_json::to_string(&part).unwrap();
    let refused = |text: &str| read_shard("x.json", text).unwrap_err().to_string();
    assert!(refused(&whole).contains("make it with --shard"));
    assert!(refused(&part[..part.len() / 2]).contains("EOF"));
    assert!(refused("").contains("EOF"));
    assert!(refused("[1]").contains("no `schema`"));
    assert!(refused(&part.replace("report/v1", "report/v9")).contains("pgproof/report/v9"));
    assert!(refused(&part.replace("\"index\":1", "\"index\":3")).contains("no shard 3/2"));
}
