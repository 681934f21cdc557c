//! The report for people who read it on a forge: a comment on a change, or the summary of a job.

use std::io;

use super::model::{Outcome, Project, Report, details};
use super::reach::rows as matrix_rows;
use crate::claim::{Claim, Severity, Verdict};

/// Writes the report: a table of projects, then what is violated, what could not be tried, and what is only noted.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = report.summary;
    let verdict = if summary.exit == 0 { "passed" } else { "failed" };
    writeln!(out, "# pgproof: {verdict}\n")?;
    writeln!(
        out,
        "{} proven, {} violated, {} unproven; exit status {}.\n",
        summary.proven, summary.violated, summary.unproven, summary.exit
    )?;
    writeln!(
        out,
        "| project | server | migrations | proven | violated | unproven | status |"
    )?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
    for project in &report.projects {
        let count = |verdict| {
            project
                .claims
                .iter()
                .filter(|claim| claim.verdict == verdict)
                .count()
        };
        let server = project.server.as_ref().map_or_else(String::new, |server| {
            format!("{} {}", server.provider, server.version)
        });
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            inline(&project.name),
            inline(&server),
            project.migrations.len(),
            count(Verdict::Proven),
            count(Verdict::Violated),
            count(Verdict::Unproven),
            project.exit(report.rules)
        )?;
    }
    for project in &report.projects {
        one(project, report, out)?;
    }
    Ok(())
}

fn one(project: &Project, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let findings: Vec<&Claim> = project.claims.iter().filter(|claim| claim.is_finding()).collect();
    if findings.is_empty() && project.error.is_none() && project.matrix.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {}", inline(&project.title()))?;
    if let Some(error) = &project.error {
        writeln!(out, "\nCould not be proved (exit status {}):\n", error.code)?;
        let at = error
            .location
            .as_ref()
            .map(|location| ("at", super::model::place(location)));
        fenced(out, "", &error.message, "")?;
        if let Some((name, text)) = at {
            writeln!(out, "\n{name}: {}", code(&text))?;
        }
    }
    let sections = [
        ("Violated", Verdict::Violated, false),
        ("Unproven", Verdict::Unproven, false),
        ("Noted", Verdict::Violated, true),
        ("Noted as not tried", Verdict::Unproven, true),
    ];
    for (title, verdict, noted) in sections {
        let claims: Vec<&&Claim> = findings
            .iter()
            .filter(|claim| claim.verdict == verdict && (claim.severity == Severity::Info) == noted)
            .collect();
        if claims.is_empty() {
            continue;
        }
        writeln!(out, "\n### {title}\n")?;
        for claim in claims {
            finding(claim, report, out)?;
        }
    }
    matrix(project, out)
}

fn matrix(project: &Project, out: &mut dyn io::Write) -> io::Result<()> {
    if project.matrix.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n### What each role reached\n")?;
    writeln!(
        out,
        "| role | table | SELECT | INSERT | UPDATE | DELETE | TRUNCATE |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- | --- |")?;
    for (role, relation, cells) in matrix_rows(&project.matrix) {
        writeln!(
            out,
            "| {} | {} | {} |",
            inline(role),
            inline(relation),
            cells.join(" | ")
        )?;
    }
    Ok(())
}

fn finding(claim: &Claim, report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let severity = match claim.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let fails = if report.rules.outcome(claim) == Outcome::Failed {
        "**fails** "
    } else {
        ""
    };
    let subject = if claim.subject.is_empty() {
        String::new()
    } else {
        format!(", {}", inline(&claim.subject))
    };
    writeln!(
        out,
        "- {fails}{severity} {} on {}{subject}: {}",
        code(&claim.rule),
        code(&claim.object),
        inline(&claim.message)
    )?;
    for (name, text) in details(claim) {
        match name {
            "sql" | "fix" => {
                writeln!(out, "  - {name}:\n")?;
                fenced(out, "sql", &text, "    ")?;
                writeln!(out)?;
            }
            _ => writeln!(out, "  - {name}: {}", code(&text))?,
        }
    }
    Ok(())
}

/// Text in a line or a cell: what Markdown or HTML would act on is escaped, and it stays one line.
fn inline(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => safe.extend(['\\', c]),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // `@name` would notify somebody.
            '@' => safe.push_str("&#64;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// Text as code within a line, fenced by more backticks than it holds.
fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn fenced(out: &mut dyn io::Write, language: &str, text: &str, indent: &str) -> io::Result<()> {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    writeln!(out, "{indent}{fence}{language}")?;
    for line in text.lines() {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        writeln!(out, "{indent}{line}")?;
    }
    writeln!(out, "{indent}{fence}")
}

/// How many backticks stand in a row at most.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
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
    fn findings_stand_below_the_numbers_with_what_shows_them() {
        insta::assert_snapshot!(written(&sample::report()));
    }

    #[test]
    fn no_text_can_become_markup() {
        let mut projects = sample::projects();
        let claim = &mut projects[0].claims[1];
        claim.message = "<img src=x> | **b** @team\n# title".to_owned();
        claim.object = "a``b`".to_owned();
        if let Some(evidence) = &mut claim.evidence {
            evidence.sql = vec!["select '```';\n# no title".to_owned()];
        }
        let text = written(&Report::new(projects, ExitRules::default()));
        assert!(
            text.contains(r"&lt;img src=x&gt; \| \*\*b\*\* &#64;team \# title"),
            "{text}"
        );
        assert!(text.contains("``` a``b` ```"), "{text}");
        assert!(
            text.contains("    ````sql\n    select '```';\n    # no title\n    ````"),
            "{text}"
        );
    }
}
