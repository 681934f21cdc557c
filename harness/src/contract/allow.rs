//! `[[allow]]`: findings that are accepted on purpose, and what becomes of an acceptance that is no longer needed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeValue;

use super::names::Pattern;
use super::reader::{FromToml, Problems, Table, Value, ValueError, wrong_type};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::prove::rules;

/// The rule of an allow that no finding needs.
pub(crate) const UNUSED_ALLOW: &str = "lint/unused-allow";

/// A finding that is accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Allow {
    /// The rule, or a pattern of rules.
    pub rule: Pattern,
    /// The object, or a pattern of objects.
    pub object: Pattern,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it is accepted.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
    /// Where it stands in the contract.
    #[serde(skip)]
    #[schemars(skip)]
    pub location: Location,
}

impl FromToml for Allow {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[[allow]]", problems)?;
        let rule = table.required("rule");
        let object = table.required("object");
        let reason = table.required("reason");
        let until = table.optional("until").map(|Day(date)| date);
        let location = Location {
            file: table.problems.file().to_owned(),
            line: table.line(),
            column: None,
        };
        table.close();
        Some(Self {
            rule: rule?,
            object: object?,
            reason: reason?,
            until,
            location,
        })
    }
}

/// A date, as a string or as TOML's own.
struct Day(Date);

impl FromToml for Day {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => {
                wrong_type(value, "a date", problems);
                return None;
            }
        };
        // Jiff would also take a date with a time; a time would be forgotten in silence.
        let date = text
            .parse::<Date>()
            .ok()
            .filter(|_| text.len() == "2027-06-30".len());
        if date.is_none() {
            let error = ValueError::new(format!("`{text}` is no date"))
                .help("year-month-day, such as \"2027-06-30\"");
            problems.add(value.span(), error);
        }
        date.map(Day)
    }
}

/// Accepts what the contract accepts, and says which acceptances have expired or are not needed.
///
/// A finding that an allow matches stays in the list as violated or unproven, as information. So does what only follows from it.
/// `claims` has to be all that the contract's proofs can find: where only some were made (`--only`, `--shard`), an allow
/// without its finding says nothing, and [`apply_to_some`] is right.
pub fn apply(allows: &[Allow], claims: &mut Vec<Claim>, today: Date) {
    let used = accept(allows, claims, today);
    for (allow, used) in allows.iter().zip(used) {
        if !used && !is_expired(allow, today) {
            let known = rules::RULES.iter().any(|rule| allow.rule.matches(rule.name));
            let message = format!(
                "the contract allows `{}` on `{}`, and no finding needs it{}",
                allow.rule,
                allow.object,
                if known {
                    ""
                } else {
                    ": this version of pgproof has no such rule"
                }
            );
            claims.push(about(allow, UNUSED_ALLOW, Severity::Warning, message).expected(
                "every allow in the contract matches a finding",
                "none matched; remove the allow, or mend its rule or object",
            ));
        }
    }
}

/// The same where not all proofs were made: says nothing about allows that matched nothing.
pub fn apply_to_some(allows: &[Allow], claims: &mut Vec<Claim>, today: Date) {
    accept(allows, claims, today);
}

/// Accepts claims, adds a claim for each expired allow, and returns which allows matched a finding.
fn accept(allows: &[Allow], claims: &mut Vec<Claim>, today: Date) -> Vec<bool> {
    let mut used = vec![false; allows.len()];
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for claim in claims.iter_mut().filter(|claim| claim.verdict != Verdict::Proven) {
        let mut reason = None;
        for (allow, used) in allows.iter().zip(&mut used) {
            if !is_expired(allow, today)
                && allow.rule.matches(&claim.rule)
                && allow.object.matches(&claim.object)
            {
                *used = true;
                reason.get_or_insert(&allow.reason);
            }
        }
        if let Some(reason) = reason {
            accept_one(claim, "accepted", reason);
            reasons.insert(claim.fingerprint.clone(), reason.clone());
        }
    }
    accept_followers(claims, &mut reasons);
    for allow in allows.iter().filter(|allow| is_expired(allow, today)) {
        let until = allow.until.map_or_else(String::new, |day| day.to_string());
        let message = format!("`{}` on `{}` was allowed until {until}", allow.rule, allow.object);
        claims.push(
            about(allow, "lint/expired-allow", Severity::Error, message).expected(
                "an allow that has not expired",
                format!("today is {today}; mend the finding, or decide anew"),
            ),
        );
    }
    used
}

/// What only follows from an accepted finding is accepted with it, however long the chain.
fn accept_followers(claims: &mut [Claim], reasons: &mut BTreeMap<String, String>) {
    loop {
        let mut changed = false;
        for claim in claims.iter_mut() {
            if claim.verdict == Verdict::Proven || reasons.contains_key(&claim.fingerprint) {
                continue;
            }
            let Some(reason) = claim
                .follows_from
                .as_ref()
                .and_then(|cause| reasons.get(cause))
                .cloned()
            else {
                continue;
            };
            accept_one(claim, "accepted with its cause", &reason);
            reasons.insert(claim.fingerprint.clone(), reason);
            changed = true;
        }
        if !changed {
            return;
        }
    }
}

fn accept_one(claim: &mut Claim, how: &str, reason: &str) {
    claim.severity = Severity::Info;
    claim.message = format!("{} ({how}: {reason})", claim.message);
}

fn is_expired(allow: &Allow, today: Date) -> bool {
    allow.until.is_some_and(|last| last < today)
}

fn about(allow: &Allow, rule: &str, severity: Severity, message: String) -> Claim {
    Claim::new(
        rule,
        allow.object.as_str(),
        allow.rule.as_str(),
        Verdict::Violated,
        severity,
        message,
    )
    .at(Some(allow.location.clone()))
}

#[cfg(test)]
#[path = "allow_tests.rs"]
mod tests;
