//! What people read: findings in full, what is proven in numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;
use owo_colors::OwoColorize as _;
use pgproof::claim::{Claim, Location, Severity, Verdict};
use pgproof::report::{ExitRules, Outcome, Project, Report};

use super::coloured_diff;
use crate::cli::plan::ProjectPlan;

/// The most lines of a diff that are shown.
const LONGEST: usize = 40;

/// One project: its findings, then what is proven.
pub(in crate::cli) fn one_project(project: &Project, rules: ExitRules) -> String {
    let mut text = heading(&project.title(), &project.path, &applied(project));
    if let Some(error) = &project.error {
        text.push_str(&indented(&super::errors_text(&error.message)));
        return text;
    }
    for claim in project.claims.iter().filter(|claim| claim.is_finding()) {
        text.push_str(&finding(claim, &project.path, rules));
    }
    for (rule, count) in proven(&project.claims) {
        let _ = writeln!(
            text,
            "  {} {rule} {}",
            "proven".green(),
            format!("×{count}").dimmed()
        );
    }
    let took = project.durations_ms;
    let _ = write!(
        text,
        "  {}",
        format!(
            "server {} ms, migrations {} ms, proofs {} ms",
            took.server, took.migrate, took.prove
        )
        .dimmed()
    );
    text
}

/// The last line.
pub(in crate::cli) fn summary(report: &Report) -> String {
    let summary = report.summary;
    let failed = report
        .projects
        .iter()
        .filter(|project| project.error.is_some())
        .count();
    let claims = || report.projects.iter().flat_map(|project| &project.claims);
    // What is accepted or mere posture fails nothing, so it is not counted among what may.
    let weighing = |verdict| {
        claims()
            .filter(|c| c.verdict == verdict && c.severity != Severity::Info)
            .count()
    };
    let mut parts = vec![
        format!("{} proven", summary.proven),
        format!("{} violated", weighing(Verdict::Violated)),
        format!("{} unproven", weighing(Verdict::Unproven)),
    ];
    let information = claims()
        .filter(|c| c.is_finding() && c.severity == Severity::Info)
        .count();
    if information > 0 {
        parts.push(format!("{information} for information"));
    }
    if failed > 0 {
        parts.push(format!("{} not proved at all", super::count(failed, "project")));
    }
    let text = format!("{} (exit status {})", parts.join(", "), summary.exit);
    if summary.exit == 0 {
        text.green().bold().to_string()
    } else {
        text.red().bold().to_string()
    }
}

/// What would be applied.
pub(in crate::cli) fn one_plan(plan: &ProjectPlan) -> String {
    let title = plan.server.as_ref().map_or_else(
        || plan.name.clone(),
        |v| format!("{} (PostgreSQL {v})", plan.name),
    );
    let mut text = heading(
        &title,
        &plan.path,
        &super::count(plan.migrations.len(), "migration"),
    );
    if let Some(error) = &plan.error {
        text.push_str(&indented(&super::errors_text(&error.message)));
        return text;
    }
    let _ = writeln!(
        text,
        "  database {}, convention {}",
        plan.database, plan.convention
    );
    if !plan.prelude.is_empty() {
        let _ = writeln!(text, "  prelude {}", plan.prelude.join(", "));
    }
    let _ = writeln!(text, "  ledger {}", plan.ledger.as_deref().unwrap_or("none"));
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["  file", "ms", "way back", "makes", "changes"]);
    for migration in &plan.migrations {
        table.add_row([
            format!("  {}", migration.file),
            format!("{:.1}", migration.duration_ms),
            if migration.down.is_some() { "yes" } else { "no" }.to_owned(),
            super::count(migration.makes.len(), "object"),
            super::count(migration.changes.len(), "object"),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    let _ = writeln!(text, "{}", lines.join("\n"));
    let total: f64 = plan
        .migrations
        .iter()
        .map(|migration| migration.duration_ms)
        .sum();
    let _ = writeln!(text, "  {total:.0} ms on an empty database");
    for claim in &plan.lacking {
        text.push_str(&finding(claim, &plan.path, ExitRules::default()));
    }
    text.trim_end().to_owned()
}

fn heading(title: &str, path: &str, more: &str) -> String {
    format!("{}  {}\n", title.bold(), format!("{path}: {more}").dimmed())
}

fn applied(project: &Project) -> String {
    super::count(project.migrations.len(), "migration")
}

fn proven(claims: &[Claim]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.verdict == Verdict::Proven) {
        *counts.entry(claim.rule.as_str()).or_default() += 1;
    }
    counts
}

fn finding(claim: &Claim, root: &str, rules: ExitRules) -> String {
    let word = match (claim.verdict, claim.severity) {
        (Verdict::Violated, Severity::Error) => "violated".red().bold().to_string(),
        (Verdict::Violated, Severity::Warning) => "warning".yellow().bold().to_string(),
        (Verdict::Unproven, Severity::Error | Severity::Warning) => "unproven".yellow().bold().to_string(),
        (Verdict::Unproven, Severity::Info) => "unproven".dimmed().to_string(),
        (_, Severity::Info) | (Verdict::Proven, _) => "info".dimmed().to_string(),
    };
    let subject = if claim.subject.is_empty() {
        String::new()
    } else {
        format!(" ({})", claim.subject)
    };
    let place = claim
        .location
        .as_ref()
        .map(|at| format!("  {}", place(root, at).dimmed()))
        .unwrap_or_default();
    let mut text = format!(
        "  {word} {} {}{subject}{place}\n",
        claim.rule,
        claim.object.bold()
    );
    text.push_str(&indented(&claim.message));
    let observed = claim
        .evidence
        .as_ref()
        .map(|evidence| evidence.observed.trim_end())
        .unwrap_or_default();
    // What the message already says in one line is not said again, and a new file is no difference to look at.
    if observed.contains('\n')
        && rules.outcome(claim) == Outcome::Failed
        && !observed.starts_with("--- /dev/null")
    {
        let lines: Vec<&str> = observed.lines().collect();
        let mut shown = lines[..lines.len().min(LONGEST)].join("\n");
        if observed.starts_with("---") {
            shown = coloured_diff(&shown);
        }
        text.push_str(&indented(&shown));
        if lines.len() > LONGEST {
            text.push_str(&indented(&format!(
                "… and {} more",
                super::count(lines.len() - LONGEST, "line")
            )));
        }
    }
    if let Some(fix) = &claim.fix {
        text.push_str(&indented(&format!("mend it with: {}", fix.sql)));
    }
    text
}

/// The place as seen from where the command runs.
fn place(root: &str, location: &Location) -> String {
    let file = Utf8Path::new(root).join(&location.file);
    let file = file.strip_prefix("./").unwrap_or(&file);
    match location.column {
        Some(column) => format!("{file}:{}:{column}", location.line),
        None => format!("{file}:{}", location.line),
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    {line}").trim_end().to_owned() + "\n")
        .collect()
}
