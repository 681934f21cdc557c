//! What people read: findings in full, what is proven in numbers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8Path;
use owo_colors::OwoColorize as _;
use pgproof::claim::{Claim, Location, Severity, Verdict};
use pgproof::discover::{Discovered, Guess};
use pgproof::report::{self, Command, ExitRules, Outcome, Project, Report, matrix_rows};

use super::coloured_diff;
use crate::cli::plan::{Additions, AtHand, Planned, ProjectPlan};

/// The most lines of a diff that are shown.
const LONGEST: usize = 40;

/// One project: its findings, then what is proven.
pub(in crate::cli) fn one_project(project: &Project, rules: ExitRules) -> String {
    let mut text = heading(&project.title(), &project.path, applied(project).as_deref());
    if let Some(convention) = &project.convention {
        let _ = writeln!(text, "  read as {convention}");
    }
    if let Some(error) = &project.error {
        text.push_str(&indented(&super::errors_text(&error.message)));
        return text;
    }
    if let Some(discovered) = &project.discovered {
        text.push_str(&guessed(discovered, &project.path));
    }
    let (new, others): (Vec<&Claim>, Vec<&Claim>) = project
        .claims
        .iter()
        .filter(|claim| claim.is_finding())
        .partition(|claim| is_new_snapshot(claim));
    for claim in others.iter().filter(|claim| cause_of(claim, &others).is_none()) {
        text.push_str(&finding(claim, &project.path, rules));
        let followers: Vec<String> = others
            .iter()
            .filter(|other| cause_of(other, &others).is_some_and(|cause| std::ptr::eq(cause, *claim)))
            .map(|other| named(other))
            .collect();
        if !followers.is_empty() {
            text.push_str(&indented(&format!("and so {}", followers.join(", "))));
        }
    }
    if !new.is_empty() {
        let _ = writeln!(
            text,
            "  {} snapshot/differs {} new: `pgproof snapshot accept {}` accepts them, `review` shows them first",
            "violated".red().bold(),
            if new.len() == 1 {
                "1 snapshot is".to_owned()
            } else {
                format!("{} snapshots are", new.len())
            },
            project.path
        );
    }
    for (rule, count) in proven(&project.claims) {
        let _ = writeln!(
            text,
            "  {} {rule} {}",
            "proven".green(),
            format!("×{count}").dimmed()
        );
    }
    text.push_str(&matrix(project));
    let took = &project.durations_ms;
    let migrations = match took.migrate {
        0 => "from the cache".to_owned(),
        milliseconds => format!("{milliseconds} ms"),
    };
    let areas: Vec<String> = took
        .areas
        .iter()
        .map(|(area, milliseconds)| format!("{area} {milliseconds} ms"))
        .collect();
    let areas = match areas.as_slice() {
        [] => String::new(),
        areas => format!(" ({})", areas.join(", ")),
    };
    let _ = write!(
        text,
        "  {}",
        format!(
            "server {} ms, migrations {migrations}, proofs {} ms{areas}",
            took.server, took.prove
        )
        .dimmed()
    );
    text
}

/// The most objects that a guess names.
const MOST_NAMED: usize = 4;

/// What was taken for meant where there is no contract, briefly.
fn guessed(discovered: &Discovered, path: &str) -> String {
    let mut text = if discovered.guesses.is_empty() {
        "  no pgproof.toml, and nothing here tells what is promised\n".to_owned()
    } else {
        format!("  no pgproof.toml: what is proved is guessed (`pgproof init {path}` writes it down)\n")
    };
    let mut lines: Vec<(&Guess, Vec<&str>)> = Vec::new();
    for guess in &discovered.guesses {
        match lines.iter_mut().find(|(known, _)| {
            (&known.area, &known.what, known.sureness) == (&guess.area, &guess.what, guess.sureness)
        }) {
            Some((_, objects)) => objects.push(&guess.object),
            None => lines.push((guess, vec![&guess.object])),
        }
    }
    for (guess, objects) in lines {
        let mut of = objects[..objects.len().min(MOST_NAMED)].join(", ");
        if objects.len() > MOST_NAMED {
            of = format!("{of} and {} more", objects.len() - MOST_NAMED);
        }
        let of = if of.is_empty() { of } else { format!(": {of}") };
        let _ = writeln!(
            text,
            "    {} {}{of}",
            format!("{:<6}", guess.sureness.to_string()).dimmed(),
            guess.what
        );
    }
    text
}

/// Where the majors of one project end differently; `None`: nowhere.
pub(in crate::cli) fn majors_that_differ(majors: &[Project]) -> Option<String> {
    let differences = report::differences(majors);
    let name = &majors.first().filter(|_| !differences.is_empty())?.name;
    let mut text = format!("{}\n", format!("{name}: differs between majors").bold());
    for difference in differences {
        let subject = if difference.subject.is_empty() {
            String::new()
        } else {
            format!(" ({})", difference.subject)
        };
        let verdicts: Vec<String> = difference
            .verdicts
            .iter()
            .map(|(version, verdict)| {
                let word = match verdict {
                    Some(Verdict::Proven) => "proven".green().to_string(),
                    Some(Verdict::Violated) => "violated".red().to_string(),
                    Some(Verdict::Unproven) => "unproven".yellow().to_string(),
                    None => "not tried".dimmed().to_string(),
                };
                format!("{word} on {version}")
            })
            .collect();
        let _ = writeln!(
            text,
            "  {} {}{subject}: {}",
            difference.rule,
            difference.object.bold(),
            verdicts.join(", ")
        );
    }
    Some(text.trim_end().to_owned())
}

/// What each role reached, a row a table.
fn matrix(project: &Project) -> String {
    if project.matrix.is_empty() {
        return String::new();
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let commands = Command::ALL.map(|command| command.to_string());
    let mut header = vec![" role".to_owned(), "table".to_owned()];
    header.extend(commands);
    table.set_header(header);
    for (role, relation, cells) in matrix_rows(&project.matrix) {
        let mut row = vec![format!(" {role}"), relation.to_owned()];
        row.extend(cells);
        table.add_row(row);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
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
    let count = |verdict, severities: &[Severity]| {
        claims()
            .filter(|claim| claim.verdict == verdict && severities.contains(&claim.severity))
            .filter(|claim| claim.follows_from.is_none())
            .count()
    };
    let mut parts = vec![
        format!("{} proven", summary.proven),
        format!("{} violated", count(Verdict::Violated, &[Severity::Error])),
        format!(
            "{} unproven",
            count(Verdict::Unproven, &[Severity::Error, Severity::Warning])
        ),
    ];
    let warnings = count(Verdict::Violated, &[Severity::Warning]);
    if warnings > 0 {
        parts.push(super::count(warnings, "warning"));
    }
    let information = claims()
        .filter(|c| c.is_finding() && c.severity == Severity::Info)
        .count();
    if information > 0 {
        parts.push(format!("{information} for information"));
    }
    if failed > 0 {
        parts.push(format!("{} not proved at all", super::count(failed, "project")));
    }
    let part = report
        .shard
        .as_ref()
        .map_or_else(String::new, |part| format!("shard {}: ", part.shard));
    let text = format!("{part}{} (exit status {})", parts.join(", "), summary.exit);
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
        plan.error
            .is_none()
            .then(|| super::count(plan.migrations.len(), "migration"))
            .as_deref(),
    );
    if let Some(error) = &plan.error {
        text.push_str(&indented(&super::errors_text(&error.message)));
        return text;
    }
    let mark = plan.convention_mark.as_ref();
    let _ = writeln!(
        text,
        "  database {}, convention {}{}",
        plan.database,
        plan.convention,
        mark.map_or_else(String::new, |mark| format!(": {mark}"))
    );
    if !plan.prelude.is_empty() {
        let _ = writeln!(text, "  prelude {}", plan.prelude.join(", "));
    }
    let _ = writeln!(text, "  ledger {}", plan.ledger.as_deref().unwrap_or("none"));
    if plan.server.is_none() {
        for migration in &plan.migrations {
            let _ = writeln!(text, "    {}", migration.file);
        }
        let _ = write!(
            text,
            "  read and not applied, since no pgproof.toml is here; `pgproof verify {}` tries them",
            plan.path
        );
        return text;
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["  file", "ms", "way back", "makes", "changes", "adds"]);
    for migration in &plan.migrations {
        table.add_row([
            format!("  {}", migration.file),
            format!("{:.1}", migration.duration_ms),
            if migration.down.is_some() { "yes" } else { "no" }.to_owned(),
            super::count(migration.makes.len(), "object"),
            super::count(migration.changes.len(), "object"),
            additions(&migration.adds),
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
    if let Some(at_hand) = &plan.at_hand {
        text.push_str(&pending(plan, at_hand));
    }
    for claim in &plan.lacking {
        text.push_str(&finding(claim, &plan.path, ExitRules::default()));
    }
    text.trim_end().to_owned()
}

/// `2 relations, 1 column`, as far as there are any.
fn additions(adds: &Additions) -> String {
    let parts = [(adds.relations.len(), "relation"), (adds.columns.len(), "column")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| super::count(number, what))
        .collect();
    parts.join(", ")
}

/// What is lacking now, and which migrations mend it.
fn pending(plan: &ProjectPlan, at_hand: &AtHand) -> String {
    let mut text = format!("  applied up to {}; pending:\n", at_hand.applied);
    let pending: Vec<&Planned> = plan
        .migrations
        .iter()
        .filter(|migration| migration.pending)
        .collect();
    if pending.is_empty() {
        text = format!("  applied up to {}; nothing is pending\n", at_hand.applied);
    } else {
        for migration in pending {
            let _ = writeln!(text, "    {}", migration.file);
        }
        let _ = writeln!(
            text,
            "  {:.0} ms of these on an empty database",
            plan.estimated_ms
        );
    }
    if !at_hand.lacking.is_empty() {
        text.push_str("  lacking as it is now:\n");
    }
    for claim in &at_hand.lacking {
        text.push_str(&finding(claim, &plan.path, ExitRules::default()));
    }
    text
}

fn heading(title: &str, path: &str, more: Option<&str>) -> String {
    let path = more.map_or_else(|| path.to_owned(), |more| format!("{path}: {more}"));
    format!("{}  {}\n", title.bold(), path.dimmed())
}

/// The finding that this one only follows from, if it is among these.
fn cause_of<'c>(claim: &Claim, all: &[&'c Claim]) -> Option<&'c Claim> {
    let cause = claim.follows_from.as_ref()?;
    all.iter().copied().find(|other| other.fingerprint == *cause)
}

/// `isolation/write app.tasks (delete)`.
fn named(claim: &Claim) -> String {
    if claim.subject.is_empty() {
        format!("{} {}", claim.rule, claim.object)
    } else {
        format!("{} {} ({})", claim.rule, claim.object, claim.subject)
    }
}

/// How many migrations there are, once that is known.
fn applied(project: &Project) -> Option<String> {
    let count = project.migrations.len();
    (count > 0).then(|| super::count(count, "migration"))
}

fn proven(claims: &[Claim]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for claim in claims.iter().filter(|claim| claim.verdict == Verdict::Proven) {
        *counts.entry(claim.rule.as_str()).or_default() += 1;
    }
    counts
}

/// A snapshot that nothing was accepted for: on a first run that is every one.
fn is_new_snapshot(claim: &Claim) -> bool {
    let observed = claim.evidence.as_ref().map(|evidence| evidence.observed.as_str());
    claim.severity == Severity::Error
        && claim.rule.starts_with("snapshot/")
        && observed.is_some_and(|observed| observed.starts_with("--- /dev/null"))
}

fn finding(claim: &Claim, root: &str, rules: ExitRules) -> String {
    let word = match (claim.verdict, claim.severity) {
        (Verdict::Violated, Severity::Error) => "violated".red().bold().to_string(),
        (Verdict::Violated, Severity::Warning) => "warning".yellow().bold().to_string(),
        (Verdict::Unproven, Severity::Error | Severity::Warning) => "unproven".yellow().bold().to_string(),
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
    let observed = claim
        .evidence
        .as_ref()
        .map(|evidence| evidence.observed.trim_end())
        .unwrap_or_default();
    let drawn = observed.contains('\n') && rules.outcome(claim) == Outcome::Failed;
    // A drawing begins with the message that the server gave.
    if !(drawn && observed.starts_with("error:")) {
        text.push_str(&indented(&claim.message));
    }
    if drawn {
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
    if let Some(shown) = shown(claim) {
        text.push_str(&indented(&shown));
    }
    if let Some(cause) = &claim.cause {
        let at = cause
            .location
            .as_ref()
            .map(|at| format!(", {}", self::place(root, at)))
            .unwrap_or_default();
        text.push_str(&indented(&format!("comes from {}{at}", cause.object)));
    }
    if let Some(fix) = &claim.fix {
        text.push_str(&indented(&format!("mend it with: {}", fix.sql)));
    }
    text
}

/// Who sent what and saw what, for an attempt that somebody made.
fn shown(claim: &Claim) -> Option<String> {
    let evidence = claim
        .evidence
        .as_ref()
        .filter(|_| claim.verdict == Verdict::Violated)?;
    let (role, last) = (evidence.role.as_ref()?, evidence.sql.last()?);
    let context = evidence
        .context
        .as_deref()
        .map(|context| format!(", {context}"))
        .unwrap_or_default();
    let observed = evidence.observed.lines().next().unwrap_or_default();
    Some(format!("as {role}{context}: {last}\n  {observed}"))
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
