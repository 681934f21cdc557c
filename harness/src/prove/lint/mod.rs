//! `lint/…`: what squawk says about locks and safety in the migrations' text.
//!
//! Of a folder whose history has long been applied, one claim a rule, for information: nobody changes those files any more.
//! Of files that are new, one claim a place, as a warning. squawk's rules of style are left to squawk itself, and its comments
//! `-- squawk-ignore RULE` are obeyed.

mod created;
pub(crate) mod since;

use std::collections::BTreeMap;
use std::ops::Range;

use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::{Parse, SourceFile};

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

/// Those about locks that others wait for.
const ABOUT_LOCKS: [Rule; 5] = [
    Rule::AddingForeignKeyConstraint,
    Rule::ConstraintMissingNotValid,
    Rule::DisallowedUniqueConstraint,
    Rule::RequireConcurrentIndexCreation,
    Rule::RequireLockTimeout,
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
        Lint::All => by_rule(&found),
        Lint::New(_) => by_place(&found),
    }
}

fn lint_one(migration: &Migration, major: u16) -> Vec<Found<'_>> {
    let rules = RULES
        .iter()
        .filter_map(|name| Some((*name, name.strip_prefix("lint/")?.parse::<Rule>().ok()?)));
    let known: Vec<(&'static str, Rule)> = rules.collect();
    let lint = |file: &Parse<SourceFile>, text: &str| {
        // Another one each time, since it remembers what it has found.
        let mut linter = Linter::from(known.iter().map(|(_, rule)| *rule));
        linter.settings.assume_in_transaction = migrate::runs_in_transaction(migration);
        linter.settings.pg_version = major.to_string().parse().unwrap_or_default();
        linter.lint(file, text)
    };
    let text = statements_alone(&migration.up);
    let file = SourceFile::parse(&text);
    let mut violations = lint(&file, &text);
    let created = created::on_created_tables(&file.tree());
    if !created.is_empty() {
        let others = blanked(&text, created);
        violations.retain(|violation| !ABOUT_LOCKS.contains(&violation.code));
        let about_locks = lint(&SourceFile::parse(&others), &others);
        violations.extend(
            about_locks
                .into_iter()
                .filter(|violation| ABOUT_LOCKS.contains(&violation.code)),
        );
        violations.sort_by_key(|violation| violation.text_range.start());
    }
    violations.retain(|violation| !is_signed_number(violation, &text));
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

/// `DEFAULT -1`, which squawk takes for something that has to be computed for each row.
fn is_signed_number(violation: &Violation, text: &str) -> bool {
    let default = text.get(Range::<usize>::from(violation.text_range));
    violation.code == Rule::AddingFieldWithDefault
        && default.is_some_and(|text| {
            let number = text.strip_prefix(['-', '+']).map(str::trim);
            number.is_some_and(|number| number.parse::<f64>().is_ok())
        })
}

/// The text without data and psql's commands.
fn statements_alone(script: &Script) -> String {
    let not_sql = script.segments().into_iter().filter_map(|segment| {
        let is_sql = matches!(segment.kind, SegmentKind::Statement | SegmentKind::Blank);
        (!is_sql).then_some(segment.span)
    });
    blanked(&script.text, not_sql)
}

/// The text with blanks at these places, so that all others stay what they are.
fn blanked(text: &str, places: impl IntoIterator<Item = Range<usize>>) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        blanked.push_str(&text[end..place.start]);
        let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
        blanked.extend(text[place.clone()].bytes().map(blank));
        end = place.end;
    }
    blanked.push_str(&text[end..]);
    blanked
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
fn by_rule(found: &[Found<'_>]) -> Vec<Claim> {
    let mut rules: BTreeMap<&str, Vec<&Found<'_>>> = BTreeMap::new();
    for one in found {
        rules.entry(one.rule).or_default().push(one);
    }
    let claims = rules.into_iter().filter_map(|(rule, places)| {
        let first = places.first()?;
        let more = match places.len() {
            1 => String::new(),
            count => format!(" (the first of {count} places)"),
        };
        let message = format!("{}{more}", first.message());
        Some(
            Claim::new(
                rule,
                first.migration.up.path.as_str(),
                "",
                Verdict::Violated,
                Severity::Info,
                message,
            )
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
