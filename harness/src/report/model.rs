//! The JSON report, version 1: consumers depend on its names, its order and that no field is ever missing but the
//! matrix, which only a project with tenants has, and the class of an error, which only a migration that fails has.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::merge::{Held, Part};
use super::reach::Reach;
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::discover::Discovered;
use crate::migrate::FailureClass;
use crate::prove::Shard;

/// The format's name and version.
pub const SCHEMA: &str = "pgproof/report/v1";

/// What a run found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// What made it.
    pub tool: Tool,
    /// Which part of a run it is; left out where it is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Part>,
    /// One entry a project and PostgreSQL major.
    pub projects: Vec<Project>,
    /// The whole in numbers.
    pub summary: Summary,
    /// By which rules the run was judged; the other formats need to know what counts as a failure.
    #[serde(skip)]
    pub rules: ExitRules,
}

impl Report {
    /// The report of `projects`, with its summary.
    pub fn new(projects: Vec<Project>, rules: ExitRules) -> Self {
        let summary = Summary::of(&projects, rules);
        let tool = Tool {
            name: "pgproof".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Self {
            schema: SCHEMA.to_owned(),
            tool,
            shard: None,
            projects,
            summary,
            rules,
        }
    }

    /// The same for the part of a run.
    pub fn of_shard(mut projects: Vec<Project>, rules: ExitRules, shard: Shard) -> Self {
        let held = projects
            .iter_mut()
            .map(|project| std::mem::take(&mut project.held))
            .collect();
        let part = Part {
            shard,
            strict: rules.strict,
            allow_unproven: rules.allow_unproven,
            projects: held,
        };
        Self {
            shard: Some(part),
            ..Self::new(projects, rules)
        }
    }
}

/// What made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `pgproof`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// One project on one PostgreSQL major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The contract's name for it.
    pub name: String,
    /// Its folder, as the user named it.
    pub path: String,
    /// The server it was proved on; null where none could be had.
    pub server: Option<Server>,
    /// What was applied, in order.
    pub migrations: Vec<MigrationRun>,
    /// What was proved, or not; none where there is an error.
    pub claims: Vec<Claim>,
    /// What each role was seen to reach of each table; left out where nothing of it was tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matrix: Vec<Reach>,
    /// What was guessed to be meant where there is no contract; left out where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered: Option<Discovered>,
    /// Whose convention the files were taken to follow, and by what, where no contract says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<String>,
    /// Why it could not be proved.
    pub error: Option<ProjectError>,
    /// How long it took.
    pub durations_ms: Durations,
    /// Of a shard: what the report says of it elsewhere.
    #[serde(skip)]
    pub held: Held,
}

impl Project {
    /// A project of which nothing is known yet but its name and folder.
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            server: None,
            migrations: Vec::new(),
            claims: Vec::new(),
            matrix: Vec::new(),
            discovered: None,
            convention: None,
            error: None,
            durations_ms: Durations::default(),
            held: Held::default(),
        }
    }

    /// The exit status of this project alone.
    pub fn exit(&self, rules: ExitRules) -> u8 {
        if let Some(error) = &self.error {
            // A status that nobody has defined must not pass as "all is well".
            return if PRECEDENCE.contains(&error.code) {
                error.code
            } else {
                70
            };
        }
        let failing: Vec<&Claim> = self
            .claims
            .iter()
            .filter(|claim| rules.outcome(claim) == Outcome::Failed)
            .collect();
        match failing.as_slice() {
            [] => 0,
            claims if claims.iter().all(|claim| is_snapshot_difference(claim)) => 3,
            _ => 1,
        }
    }

    /// The name with the server's version, so that one project on two majors can be told apart.
    pub fn title(&self) -> String {
        match &self.server {
            Some(server) => format!("{} (PostgreSQL {})", self.name, server.version),
            None => self.name.clone(),
        }
    }
}

/// The server that a project was proved on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `embedded`, `container` or `external`.
    pub provider: String,
    /// The version in full: `15.18`.
    pub version: String,
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MigrationRun {
    /// As the convention has it.
    pub version: String,
    /// As the convention has it.
    pub name: String,
    /// Relative to the project's folder.
    pub file: String,
    /// As the convention computes it.
    pub checksum: String,
    /// In milliseconds.
    pub duration_ms: f64,
}

/// Why a project could not be proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectError {
    /// The exit status it stands for: 2, 5, 6, 70 or 130.
    pub code: u8,
    /// What happened and what to do.
    pub message: String,
    /// Where, if it is at one place.
    pub location: Option<Location>,
    /// Of a migration that fails to apply: whose fault that is. Left out elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<FailureClass>,
}

/// How long the parts of a run took, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// Until the server answered.
    pub server: u64,
    /// Until the last migration was applied.
    pub migrate: u64,
    /// Proving.
    pub prove: u64,
    /// Of proving, each area; they run side by side as far as there are cores for. Left out where there were none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub areas: BTreeMap<String, u64>,
    /// All of it.
    pub total: u64,
}

/// A run in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Claims that hold.
    pub proven: usize,
    /// Claims that do not, accepted ones included.
    pub violated: usize,
    /// Claims that could not be tried, accepted ones included.
    pub unproven: usize,
    /// The exit status.
    pub exit: u8,
}

impl Summary {
    /// Counts the claims and works out the exit status.
    pub fn of(projects: &[Project], rules: ExitRules) -> Self {
        let count = |verdict| {
            projects
                .iter()
                .flat_map(|project| &project.claims)
                .filter(|claim| claim.verdict == verdict)
                .count()
        };
        Self {
            proven: count(Verdict::Proven),
            violated: count(Verdict::Violated),
            unproven: count(Verdict::Unproven),
            exit: exit(projects, rules),
        }
    }
}

/// What counts as a failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExitRules {
    /// `--allow-unproven`: what could not be tried does not fail the run.
    pub allow_unproven: bool,
    /// `--strict`: a violated warning fails the run.
    pub strict: bool,
}

/// What a claim means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Proven, or a finding that fails nothing.
    Passed,
    /// It fails the run.
    Failed,
    /// It was not tried, and that fails nothing.
    Skipped,
}

impl ExitRules {
    /// What a claim means for the run: an error violated fails it, and so does an error or warning that is unproven.
    /// A snapshot that differs fails it whatever it weighs, unless it is accepted.
    pub fn outcome(self, claim: &Claim) -> Outcome {
        let fails = match (claim.verdict, claim.severity) {
            (Verdict::Proven, _) | (_, Severity::Info) => false,
            (Verdict::Violated, Severity::Error) => true,
            (Verdict::Violated, Severity::Warning) => self.strict || is_snapshot_difference(claim),
            (Verdict::Unproven, Severity::Error | Severity::Warning) => !self.allow_unproven,
        };
        match claim.verdict {
            _ if fails => Outcome::Failed,
            Verdict::Unproven => Outcome::Skipped,
            Verdict::Proven | Verdict::Violated => Outcome::Passed,
        }
    }
}

fn is_snapshot_difference(claim: &Claim) -> bool {
    claim.verdict == Verdict::Violated && claim.rule.starts_with("snapshot/")
}

/// Which status wins where projects end differently: a bug of ours tells most, a snapshot that differs least.
const PRECEDENCE: [u8; 7] = [70, 130, 2, 6, 5, 1, 3];

/// How little a status tells: the smaller, the sooner it is the run's.
pub(super) fn precedence(status: u8) -> usize {
    PRECEDENCE.iter().position(|known| *known == status).unwrap_or(0)
}

/// The exit status of a run.
pub fn exit(projects: &[Project], rules: ExitRules) -> u8 {
    let occurred: Vec<u8> = projects.iter().map(|project| project.exit(rules)).collect();
    PRECEDENCE
        .into_iter()
        .find(|status| occurred.contains(status))
        .unwrap_or(0)
}

/// What the formats say about a claim in one line: the rule, the object and what of it.
pub(super) fn headline(claim: &Claim) -> String {
    let mut line = format!("{} {}", claim.rule, claim.object);
    if !claim.subject.is_empty() {
        line.push_str(": ");
        line.push_str(&claim.subject);
    }
    line
}

/// What the formats say below it: each line with its name, only where there is something to say.
pub(super) fn details(claim: &Claim) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mut add = |name: &'static str, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            lines.push((name, text));
        }
    };
    add("at", claim.location.as_ref().map(place));
    if let Some(evidence) = &claim.evidence {
        add("role", evidence.role.clone());
        add("context", evidence.context.clone());
        add("sql", Some(evidence.sql.join("\n")));
        add("expected", Some(evidence.expected.clone()));
        add("observed", Some(evidence.observed.clone()));
    }
    add(
        "fix",
        claim.fix.as_ref().map(|fix| {
            if fix.tried {
                format!("{} -- tried", fix.sql)
            } else {
                fix.sql.clone()
            }
        }),
    );
    add(
        "cause",
        claim.cause.as_ref().map(|cause| match &cause.location {
            Some(location) => format!("{}, {}", cause.object, place(location)),
            None => cause.object.clone(),
        }),
    );
    add("follows from", claim.follows_from.clone());
    lines
}

/// `file:line` or `file:line:column`.
pub(super) fn place(location: &Location) -> String {
    match location.column {
        Some(column) => format!("{}:{}:{column}", location.file, location.line),
        None => format!("{}:{}", location.file, location.line),
    }
}

/// A format that could not be made of a report, as an error of writing.
pub(super) fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
