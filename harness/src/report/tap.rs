//! The report as TAP, version 14 (<https://testanything.org/tap-version-14-specification.html>): a line a claim.

use std::io;

use super::model::{Outcome, Report, details, headline, place};
use crate::claim::Verdict;

/// Writes the report. What may be unproven is skipped; what fails the run is `not ok`, with its details below.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let count: usize = report
        .projects
        .iter()
        .map(|project| project.claims.len() + usize::from(project.error.is_some()))
        .sum();
    writeln!(out, "TAP version 14")?;
    writeln!(out, "1..{count}")?;
    let mut number = 0;
    for project in &report.projects {
        let title = line(&project.title());
        if let Some(error) = &project.error {
            number += 1;
            writeln!(out, "not ok {number} - {title}: could not be proved")?;
            let at = error.location.as_ref().map(|location| ("at", place(location)));
            let entries = [
                ("message", error.message.clone()),
                ("exit", error.code.to_string()),
            ];
            yaml(out, &entries.into_iter().chain(at).collect::<Vec<_>>())?;
        }
        for claim in &project.claims {
            number += 1;
            let outcome = report.rules.outcome(claim);
            let ok = if outcome == Outcome::Failed {
                "not ok"
            } else {
                "ok"
            };
            write!(out, "{ok} {number} - {title}: {}", line(&headline(claim)))?;
            if outcome == Outcome::Skipped {
                write!(out, " # SKIP {}", line(&claim.message))?;
            }
            writeln!(out)?;
            if claim.verdict != Verdict::Proven && outcome != Outcome::Skipped {
                let mut entries = vec![("message", claim.message.clone())];
                entries.push(("severity", format!("{:?}", claim.severity).to_lowercase()));
                entries.extend(details(claim));
                entries.push(("fingerprint", claim.fingerprint.clone()));
                yaml(out, &entries)?;
            }
        }
    }
    Ok(())
}

/// A text within a test line: one line, and no `#` that would begin a directive.
fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '#' | '\\' => safe.extend(['\\', c]),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A block of details. A JSON string is a YAML string, whatever stands in it.
fn yaml(out: &mut dyn io::Write, entries: &[(&str, String)]) -> io::Result<()> {
    writeln!(out, "  ---")?;
    for (name, text) in entries {
        writeln!(
            out,
            "  {}: {}",
            name.replace(' ', "_"),
            serde_json::to_string(text)?
        )?;
    }
    writeln!(out, "  ...")
}

#[cfg(test)]
mod tests {
    use super::super::model::ExitRules;
    use super::super::sample;
    use super::*;

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_claim_is_a_line_and_the_plan_counts_them() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn no_text_can_forge_a_line_or_a_directive() {
        let mut projects = sample::projects();
        projects[0].claims[1].object = "x # SKIP\nok 99 - forged".to_owned();
        projects[0].claims[1].message = "y\nnot ok 100\n  ...\n".to_owned();
        let text = written(&Report::new(projects, ExitRules::default()));
        let results = text
            .lines()
            .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "))
            .count();
        assert!(text.contains(&format!("\n1..{results}\n")), "{text}");
        assert!(text.contains(r"x \# SKIP ok 99 - forged"), "{text}");
    }
}
