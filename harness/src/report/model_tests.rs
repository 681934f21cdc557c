//! The rules of the exit status.

use super::*;
use crate::report::sample;

fn claim(rule: &str, verdict: Verdict, severity: Severity) -> Claim {
    Claim::new(rule, "public.x", "", verdict, severity, "m")
}

fn project(claims: Vec<Claim>) -> Project {
    Project {
        claims,
        error: None,
        ..sample::projects().remove(1)
    }
}

fn failed_with(code: u8) -> Project {
    Project {
        error: Some(ProjectError {
            code,
            message: "m".into(),
            location: None,
            class: None,
        }),
        ..project(Vec::new())
    }
}

const DEFAULT: ExitRules = ExitRules {
    allow_unproven: false,
    strict: false,
};
const ALLOW_UNPROVEN: ExitRules = ExitRules {
    allow_unproven: true,
    strict: false,
};
const STRICT: ExitRules = ExitRules {
    allow_unproven: false,
    strict: true,
};

#[test]
fn a_claim_fails_the_run_by_its_verdict_its_severity_and_the_options() {
    use {Severity::*, Verdict::*};
    // verdict, severity: exit status by default, with --allow-unproven, with --strict
    for (verdict, severity, expected) in [
        (Proven, Error, [0, 0, 0]),
        (Proven, Warning, [0, 0, 0]),
        (Violated, Error, [1, 1, 1]),
        (Violated, Warning, [0, 0, 1]),
        (Violated, Info, [0, 0, 0]),
        (Unproven, Error, [1, 0, 1]),
        (Unproven, Warning, [1, 0, 1]),
        (Unproven, Info, [0, 0, 0]),
    ] {
        let projects = [project(vec![claim("isolation/read", verdict, severity)])];
        let found = [DEFAULT, ALLOW_UNPROVEN, STRICT].map(|rules| exit(&projects, rules));
        assert_eq!(found, expected, "{verdict:?} {severity:?}");
    }
}

#[test]
fn a_snapshot_that_differs_and_nothing_else_is_status_3() {
    let snapshot = claim("snapshot/table", Verdict::Violated, Severity::Error);
    let warning = claim("isolation/oracle", Verdict::Violated, Severity::Warning);
    let error = claim("isolation/read", Verdict::Violated, Severity::Error);
    let untried = claim("snapshot/table", Verdict::Unproven, Severity::Error);
    let accepted = Claim {
        severity: Severity::Info,
        ..snapshot.clone()
    };
    let status =
        |claims: &[&Claim], rules| exit(&[project(claims.iter().copied().cloned().collect())], rules);
    assert_eq!(status(&[&snapshot], DEFAULT), 3);
    assert_eq!(status(&[&snapshot, &warning], DEFAULT), 3);
    assert_eq!(status(&[&snapshot, &warning], STRICT), 1);
    assert_eq!(status(&[&snapshot, &error], DEFAULT), 1);
    assert_eq!(status(&[&untried], DEFAULT), 1);
    assert_eq!(status(&[&accepted], DEFAULT), 0);
    assert_eq!(
        status(
            &[&Claim {
                severity: Severity::Warning,
                ..snapshot.clone()
            }],
            DEFAULT
        ),
        3
    );
}

#[test]
fn of_several_projects_the_status_that_tells_most_wins() {
    let snapshot = project(vec![claim("snapshot/table", Verdict::Violated, Severity::Error)]);
    let violated = project(vec![claim("isolation/read", Verdict::Violated, Severity::Error)]);
    let mut projects = vec![project(Vec::new())];
    assert_eq!(exit(&projects, DEFAULT), 0);
    for (next, status) in [
        (snapshot, 3),
        (violated, 1),
        (failed_with(5), 5),
        (failed_with(6), 6),
        (failed_with(2), 2),
        (failed_with(130), 130),
        (failed_with(70), 70),
    ] {
        projects.push(next);
        assert_eq!(exit(&projects, DEFAULT), status);
        projects.rotate_right(1);
    }
}

#[test]
fn an_undefined_status_is_a_bug_and_never_success() {
    assert_eq!(exit(&[failed_with(4)], DEFAULT), 70);
    assert_eq!(
        exit(
            &[Project {
                error: Some(ProjectError {
                    code: 0,
                    message: "m".into(),
                    location: None,
                    class: None,
                }),
                ..project(Vec::new())
            }],
            DEFAULT
        ),
        70
    );
}

#[test]
fn the_summary_counts_claims_by_verdict() {
    let summary = sample::report().summary;
    assert_eq!(
        summary,
        Summary {
            proven: 1,
            violated: 3,
            unproven: 2,
            exit: 5
        }
    );
}
