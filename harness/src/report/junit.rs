//! The report for CI systems that read `JUnit` XML: a suite a project, a case a claim.

use std::io;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::model::{Outcome, Project, Report, details, failed, headline, place};
use crate::claim::{Claim, Verdict};

/// Writes the report. A finding that fails the run is a failure, one that could not be tried and may be is skipped, and any other
/// passes with what was found as its output. A project that could not be proved has one case, with an error.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites = quick_junit::Report::new("pgproof");
    for project in &report.projects {
        suites.add_test_suite(suite(project, report));
    }
    let text = suites.to_string().map_err(failed)?;
    out.write_all(text.as_bytes())
}

fn suite(project: &Project, report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(xml(&project.title()));
    suite.set_time(Duration::from_millis(project.durations_ms.total));
    suite.add_property(("path", xml(&project.path).as_str()));
    if let Some(error) = &project.error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let at = error
            .location
            .as_ref()
            .map_or_else(String::new, |location| format!("{}: ", place(location)));
        let message = xml(&format!("{at}{}", error.message));
        status.set_description(message.as_str());
        status.set_message(message);
        status.set_type(format!("exit {}", error.code));
        suite.add_test_case(TestCase::new(
            "migrations apply and the project can be proved",
            status,
        ));
    }
    for claim in &project.claims {
        suite.add_test_case(case(claim, report));
    }
    suite
}

fn case(claim: &Claim, report: &Report) -> TestCase {
    let message = xml(&claim.message);
    let outcome = report.rules.outcome(claim);
    let mut status = match outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Outcome::Skipped => TestCaseStatus::skipped(),
    };
    if outcome != Outcome::Passed {
        status.set_message(message.as_str());
        status.set_type(if claim.verdict == Verdict::Unproven {
            "unproven"
        } else {
            "violated"
        });
    }
    let described = described(claim);
    if outcome == Outcome::Failed {
        status.set_description(described.as_str());
    }
    let mut case = TestCase::new(xml(&headline(claim)), status);
    case.set_classname(xml(&claim.rule));
    if outcome == Outcome::Passed && claim.verdict != Verdict::Proven {
        case.set_system_out(described);
    }
    case
}

fn described(claim: &Claim) -> String {
    let mut lines = vec![claim.message.clone()];
    lines.extend(
        details(claim)
            .into_iter()
            .map(|(name, text)| format!("{name}: {text}")),
    );
    lines.push(format!("fingerprint: {}", claim.fingerprint));
    xml(&lines.join("\n"))
}

/// XML 1.0 has no way at all to write most control characters, and a value that leaked may hold any: they are shown by their
/// pictures, so that the file can be read and nothing is lost.
fn xml(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER),
            '\u{7f}' => '␡',
            '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use quick_junit::TestCaseStatus;

    use super::super::model::{ExitRules, Report};
    use super::super::sample;
    use super::*;
    use crate::claim::Severity;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn read(report: &Report) -> quick_junit::Report {
        let text = written(report);
        quick_junit::Report::deserialize_from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn word(status: &TestCaseStatus) -> &'static str {
        match status {
            TestCaseStatus::Success { .. } => "success",
            TestCaseStatus::NonSuccess {
                kind: NonSuccessKind::Failure,
                ..
            } => "failure",
            TestCaseStatus::NonSuccess { .. } => "error",
            TestCaseStatus::Skipped { .. } => "skipped",
        }
    }

    #[test]
    fn a_project_is_a_suite_and_a_claim_a_case() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn cases_end_as_the_rules_of_the_run_say() {
        let words = |rules| {
            let report = Report::new(sample::projects(), rules);
            let statuses = read(&report).test_suites[0]
                .test_cases
                .iter()
                .map(|case| word(&case.status))
                .collect::<Vec<_>>();
            assert_eq!(statuses.len(), report.projects[0].claims.len());
            statuses.join(" ")
        };
        let claims = &sample::projects()[0].claims;
        let (errors, warnings) = (Severity::Error, Severity::Warning);
        assert_eq!(
            claims.iter().map(|claim| claim.severity).collect::<Vec<_>>()[..4],
            [errors, errors, warnings, warnings]
        );
        assert_eq!(
            words(ExitRules::default()),
            "success failure success failure success skipped"
        );
        assert_eq!(
            words(ExitRules {
                allow_unproven: true,
                strict: false
            }),
            "success failure success skipped success skipped"
        );
        assert_eq!(
            words(ExitRules {
                allow_unproven: false,
                strict: true
            }),
            "success failure failure failure success skipped"
        );
    }

    #[test]
    fn a_project_that_could_not_be_proved_has_an_error() {
        let report = read(&sample::report());
        assert_eq!(word(&report.test_suites[1].test_cases[0].status), "error");
    }

    #[test]
    fn characters_that_xml_does_not_have_do_not_break_the_file() {
        let all: String = (0..=0x2ff)
            .chain([0xfffe, 0xffff, 0x1_f600])
            .filter_map(char::from_u32)
            .collect();
        let all = format!("{all} ]]> <a b=\"c\"> &amp;");
        let mut projects = sample::projects();
        let claim = &mut projects[0].claims[1];
        claim.message.clone_from(&all);
        claim.object.clone_from(&all);
        claim.subject.clone_from(&all);
        if let Some(evidence) = &mut claim.evidence {
            evidence.observed.clone_from(&all);
        }
        projects[1].name.clone_from(&all);
        let report = Report::new(projects, ExitRules::default());
        let text = written(&report);
        let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(allowed));
        let case = &read(&report).test_suites[0].test_cases[1];
        let TestCaseStatus::NonSuccess {
            message: Some(message),
            ..
        } = &case.status
        else {
            panic!("no failure")
        };
        assert!(message.as_str().contains("␛") && message.as_str().contains("]]> <a b=\"c\"> &amp;"));
    }
}
