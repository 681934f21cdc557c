//! What tries showed, and the claims that come of it.

use super::bench::Bench;
use super::vectors::Vector;
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::database::Template;
use crate::prove::actor::Actor;
use crate::prove::location;
use crate::sql::literal;

/// What one vector has to say of one object.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It does wrong.
    Found(Finding),
    /// It was tried, nothing was wrong, and it would have been seen.
    Held { rule: &'static str, object: String },
    /// It could not be tried.
    Blind {
        rule: &'static str,
        object: String,
        severity: Severity,
        why: String,
    },
}

/// Something that a run does wrong.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) rule: &'static str,
    /// What has to be mended.
    pub(super) object: String,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) observed: String,
    /// What was done, in order, where it is not the contract's run.
    pub(super) sql: Option<Vec<String>>,
    /// Who did it, where it is not whom the contract names.
    pub(super) role: Option<String>,
    /// The session's zone.
    pub(super) zone: String,
    /// The object whose finding of the same rule and vector this one follows from.
    pub(super) follows: Option<String>,
}

impl Finding {
    pub(super) fn new(rule: &'static str, object: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            rule,
            object: object.into(),
            severity: Severity::Error,
            message: message.into(),
            expected: String::new(),
            observed: String::new(),
            sql: None,
            role: None,
            zone: "UTC".to_owned(),
            follows: None,
        }
    }

    #[must_use]
    pub(super) fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    #[must_use]
    pub(super) fn expected(mut self, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        self.expected = expected.into();
        self.observed = observed.into();
        self
    }

    #[must_use]
    pub(super) fn following(mut self, object: impl Into<String>) -> Self {
        self.follows = Some(object.into());
        self
    }
}

impl Outcome {
    /// Whether both would be the same claim.
    pub(super) fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Found(finding) => (finding.rule, &finding.object),
            Self::Held { rule, object } | Self::Blind { rule, object, .. } => (rule, object),
        }
    }

    /// Of several that would be the same claim the one that weighs most says it.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::Held { .. } => 0,
            Self::Blind {
                severity: Severity::Info,
                ..
            } => 1,
            Self::Found(finding) if finding.severity == Severity::Info => 2,
            Self::Blind { .. } => 3,
            Self::Found(finding) if finding.severity == Severity::Warning => 4,
            Self::Found(_) => 5,
        }
    }

    /// One outcome for each claim.
    pub(super) fn worst(outcomes: Vec<Self>) -> Vec<Self> {
        let mut worst: Vec<Self> = Vec::new();
        for outcome in outcomes {
            match worst.iter_mut().find(|known| known.key() == outcome.key()) {
                Some(known) if known.weight() < outcome.weight() => *known = outcome,
                Some(_) => {}
                None => worst.push(outcome),
            }
        }
        worst
    }
}

/// The claim of an outcome.
pub(super) fn claim(bench: &Bench<'_>, vector: &Vector, outcome: Outcome, template: &Template) -> Claim {
    match outcome {
        Outcome::Found(finding) => found(bench, vector, &finding, template),
        Outcome::Held { rule, object } => {
            let message = format!(
                "{}: as the contract wants it, and anything else would have been seen",
                vector.name
            );
            let at = location::of(template, &object);
            Claim::new(
                rule,
                object,
                vector.name,
                Verdict::Proven,
                Severity::Error,
                message,
            )
            .at(at)
        }
        Outcome::Blind {
            rule,
            object,
            severity,
            why,
        } => {
            let message = format!("{} could not be tried on {object}: {why}", vector.name);
            let at = location::of(template, &object);
            Claim::new(rule, object, vector.name, Verdict::Unproven, severity, message).at(at)
        }
    }
}

fn found(bench: &Bench<'_>, vector: &Vector, finding: &Finding, template: &Template) -> Claim {
    let sql = finding.sql.clone().unwrap_or_else(|| {
        let mut sql = vec![
            "BEGIN".to_owned(),
            format!("SET LOCAL TimeZone = {}", literal(&finding.zone)),
        ];
        sql.extend(bench.actor.as_ref().into_iter().flat_map(Actor::replay));
        sql.push(bench.run.clone());
        sql
    });
    let evidence = Evidence {
        role: Some(finding.role.clone().unwrap_or_else(|| bench.described())),
        context: None,
        sql: sql
            .into_iter()
            .map(|statement| format!("{};", statement.trim_end().trim_end_matches(';')))
            .collect(),
        expected: finding.expected.clone(),
        observed: finding.observed.clone(),
    };
    let mut claim = Claim::new(
        finding.rule,
        &finding.object,
        vector.name,
        Verdict::Violated,
        finding.severity,
        &finding.message,
    )
    .at(location::of(template, &finding.object))
    .shown_by(evidence);
    if let Some(first) = &finding.follows {
        let first = Claim::new(
            finding.rule,
            first,
            vector.name,
            Verdict::Violated,
            finding.severity,
            "",
        );
        claim.follows_from = Some(first.fingerprint);
    }
    claim
}
