//! `lint/…`: what squawk says about locks and safety in the migrations' text.
//!
//! Of a folder whose history has long been applied, one claim a rule, for information: nobody changes those files any more.
//! Of files that are new, one claim a place, as a warning. squawk's rules of style are left to squawk itself, and its comments
//! `-- squawk-ignore RULE` are obeyed.

pub(crate) mod since;

use std::collections::BTreeMap;

use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::SourceFile;

use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::migrate::split::SegmentKind;
use crate::migrate::{self, Migration, Script};
use crate::project::Project;

pub use since::Lint;

/// The rules of squawk that are asked, as claims name them.
pub(super) const RULES: [&str; 26] = [
    "lint/adding-field-with-default",
    "lint/adding-foreign-key-constraint",
    "lint/adding-not-nullable-field",
    "lint/adding-required-field",
    "lint/adding-serial-primary-key-field",
    "lint/ban-alter-domain-with-add-constraint",
    "lint/ban-concurrent-index-creation-in-transaction",
    "lint/ban-drop-column",
    "lint/ban-drop-database",
    "lint/ban-drop-not-null",
    "lint/ban-drop-table",
    "lint/ban-duplicate-column-assignments",
    "lint/ban-truncate-cascade",
    "lint/ban-uncommitted-transaction",
    "lint/changing-column-type",
    "lint/constraint-missing-not-valid",
    "lint/disallowed-unique-constraint",
    "lint/identifier-too-long",
    "lint/renaming-column",
    "lint/renaming-table",
    "lint/require-concurrent-index-creation",
    "lint/require-concurrent-index-deletion",
    "lint/require-concurrent-partition-detach",
    "lint/require-concurrent-reindex",
    "lint/require-lock-timeout",
    "lint/transaction-nesting",
];

/// A finding with the migration that it is in.
struct Found<'m> {
    migration: &'m Migration,
    rule: &'static str,
    violation: Violation,
}

/// What is to be said about the project's files.
pub(super) fn prove(project: &Project, lint: &Lint, major: u16) -> Vec<Claim> {
    let mut found = Vec::new();
    for migration in project.migrations() {
        if lint.takes(&migration.up.path) {
            found.extend(lint_one(migration, major));
        }
    }
    match lint {
        Lint::All => by_rule(project, &found),
        Lint::New(_) => by_place(&found),
    }
}

fn lint_one(migration: &Migration, major: u16) -> Vec<Found<'_>> {
    let rules = RULES
        .iter()
        .filter_map(|name| Some((*name, name.strip_prefix("lint/")?.parse::<Rule>().ok()?)));
    let known: Vec<(&'static str, Rule)> = rules.collect();
    let mut linter = Linter::from(known.iter().map(|(_, rule)| *rule));
    linter.settings.assume_in_transaction = migrate::runs_in_transaction(migration);
    linter.settings.pg_version = major.to_string().parse().unwrap_or_default();
    let text = statements_alone(&migration.up);
    let violations = linter.lint(&SourceFile::parse(&text), &text);
    violations
        .into_iter()
        .filter_map(|violation| {
            let (rule, _) = known.iter().find(|(_, rule)| *rule == violation.code)?;
            Some(Found {
                migration,
                rule,
                violation,
            })
        })
        .collect()
}

/// The text with blanks in place of data and of psql's commands, so that places stay what they are.
fn statements_alone(script: &Script) -> String {
    let mut text = String::with_capacity(script.text.len());
    for segment in script.segments() {
        let piece = &script.text[segment.span];
        match segment.kind {
            SegmentKind::Statement | SegmentKind::Blank => text.push_str(piece),
            SegmentKind::CopyData | SegmentKind::MetaCommand => {
                text.extend(piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            }
        }
    }
    text
}

impl Found<'_> {
    fn byte(&self) -> usize {
        usize::from(self.violation.text_range.start())
    }

    /// What squawk said, with its help.
    fn message(&self) -> String {
        let said = self.violation.message.trim_end_matches('.');
        match &self.violation.help {
            Some(help) => format!("{said}. {help}"),
            None => said.to_owned(),
        }
    }

    /// The first line of what it is about.
    fn excerpt(&self) -> String {
        let text = &self.migration.up.text;
        let end = usize::from(self.violation.text_range.end()).min(text.len());
        let line = text.get(self.byte()..end).unwrap_or_default().lines().next();
        let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
        words.join(" ").chars().take(80).collect()
    }
}

/// One claim a rule.
fn by_rule(project: &Project, found: &[Found<'_>]) -> Vec<Claim> {
    let mut rules: BTreeMap<&str, Vec<&Found<'_>>> = BTreeMap::new();
    for one in found {
        rules.entry(one.rule).or_default().push(one);
    }
    let folder = project.contract().migrations.path.as_str();
    let claims = rules.into_iter().filter_map(|(rule, places)| {
        let first = places.first()?;
        let more = match places.len() {
            1 => String::new(),
            count => format!(" (the first of {count} places)"),
        };
        let message = format!("{}{more}", first.message());
        Some(
            Claim::new(rule, folder, "", Verdict::Violated, Severity::Info, message)
                .at(Some(first.migration.up.location(first.byte())))
                .shown_by(shown(first)),
        )
    });
    claims.collect()
}

/// One claim a place.
fn by_place(found: &[Found<'_>]) -> Vec<Claim> {
    let mut seen: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    let claims = found.iter().map(|one| {
        let file = one.migration.up.path.as_str();
        let excerpt = one.excerpt();
        let times = seen.entry((one.rule, file, excerpt.clone())).or_default();
        *times += 1;
        let subject = match *times {
            1 => excerpt,
            again => format!("{excerpt} ({again})"),
        };
        Claim::new(
            one.rule,
            file,
            subject,
            Verdict::Violated,
            Severity::Warning,
            one.message(),
        )
        .at(Some(one.migration.up.location(one.byte())))
        .shown_by(shown(one))
    });
    claims.collect()
}

fn shown(one: &Found<'_>) -> Evidence {
    Evidence {
        sql: vec![one.excerpt()],
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_one_of_squawks() {
        for name in RULES {
            let rule = name.strip_prefix("lint/").unwrap();
            assert_eq!(
                rule.parse::<Rule>().map(|rule| rule.to_string()).as_deref(),
                Ok(rule)
            );
        }
    }
}
