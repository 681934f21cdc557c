//! What pgproof says: a claim is one rule about one object with a verdict and what shows it.
//!
//! These types are the JSON report's, so their field names are an interface (see DESIGN.md, "The JSON report").

use serde::{Deserialize, Serialize};

/// How a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every attempt of the catalogue was made and failed, and a control showed that it could have worked.
    Proven,
    /// An attempt worked: the claim is false, and the evidence shows it.
    Violated,
    /// Something could not be tried; the message says what and why. Never counted as proven.
    Unproven,
}

/// What a claim weighs when it is not proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A leak, a loss or a lack was shown.
    Error,
    /// An oracle or a weak point was shown.
    Warning,
    /// Posture; never fails a run.
    Info,
}

/// A place in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// The file's path as a user would type it: relative to the project's folder.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// What was done, what should have happened and what did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The role that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The tenant's context, as it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The statements that replay the attempt, in order.
    #[serde(default)]
    pub sql: Vec<String>,
    /// What the contract asks for.
    #[serde(default)]
    pub expected: String,
    /// What happened.
    #[serde(default)]
    pub observed: String,
}

/// A statement that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The statement.
    pub sql: String,
    /// Whether it was applied, the attempt repeated, and nothing else found broken.
    pub tried: bool,
}

/// What a finding comes from, where that is another object than the one it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The object.
    pub object: String,
    /// Where it was made or last changed.
    pub location: Option<Location>,
}

/// One rule about one object, judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The rule, its area first: `ledger/duplicate`.
    pub rule: String,
    /// What has to be mended, schema-qualified; a file where the rule is about files.
    pub object: String,
    /// The aspect of the object that the claim is about; empty where there is only one.
    pub subject: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What it weighs.
    pub severity: Severity,
    /// One sentence for people.
    pub message: String,
    /// Stays the same from run to run: a hash of rule, object and subject.
    pub fingerprint: String,
    /// The line of the migration that made the object, or where the fault is.
    pub location: Option<Location>,
    /// What shows it.
    pub evidence: Option<Evidence>,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// What it comes from.
    pub cause: Option<Cause>,
    /// The fingerprint of the finding that this one only follows from.
    pub follows_from: Option<String>,
}

impl Claim {
    /// A claim about `object`; the other fields are added by the `with_…` functions.
    ///
    /// ```
    /// use pgproof::claim::{Claim, Severity, Verdict};
    /// let claim = Claim::new("ledger/gap", "003", "", Verdict::Violated, Severity::Warning, "number 003 is missing");
    /// assert_eq!(claim.fingerprint.len(), 16);
    /// ```
    pub fn new(
        rule: &str,
        object: impl Into<String>,
        subject: impl Into<String>,
        verdict: Verdict,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        let (object, subject) = (object.into(), subject.into());
        let fingerprint = fingerprint(rule, &object, &subject);
        Self {
            rule: rule.to_owned(),
            object,
            subject,
            verdict,
            severity,
            message: message.into(),
            fingerprint,
            location: None,
            evidence: None,
            fix: None,
            cause: None,
            follows_from: None,
        }
    }

    /// The same claim with the place it is about.
    #[must_use]
    pub fn at(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }

    /// The same claim with what shows it.
    #[must_use]
    pub fn shown_by(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(evidence);
        self
    }

    /// The same claim with what was asked for and what was there.
    #[must_use]
    pub fn expected(self, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        self.shown_by(Evidence {
            expected: expected.into(),
            observed: observed.into(),
            ..Evidence::default()
        })
    }

    /// The order of a report: findings after what is proven, then by severity, rule, object and subject.
    pub(crate) fn in_report(&self, other: &Self) -> std::cmp::Ordering {
        let key = |claim: &'_ Self| (claim.verdict, claim.severity);
        key(self)
            .cmp(&key(other))
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.object.cmp(&other.object))
            .then_with(|| self.subject.cmp(&other.subject))
    }

    /// Whether it is neither proven nor mere posture that failed.
    pub fn is_finding(&self) -> bool {
        self.verdict != Verdict::Proven
    }
}

/// 16 hexadecimal digits that depend on rule, object and subject alone, so that a finding keeps its name
/// when lines move.
fn fingerprint(rule: &str, object: &str, subject: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [rule, object, subject] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
