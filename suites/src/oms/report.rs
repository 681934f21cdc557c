//! What the program reports, as JSON.

use serde::Serialize;

use super::backup::Backup;
use super::documents::Tables;

/// A run, planned or done.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What this is, and its version.
    pub schema: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it ended so, where that is not a good end.
    pub error: Option<String>,
    /// When it began.
    pub started_at: jiff::Timestamp,
    /// How long it took, in milliseconds; the answer to the question is not waited for in it.
    pub duration_ms: u64,
    /// How long the migrations are thought to take, in milliseconds: see [`estimate`](super::migrate::estimate).
    pub estimated_ms: u64,
    /// What was there before.
    pub before: Option<Tables>,
    /// What is to be applied, in order.
    pub pending: Vec<String>,
    /// The backup that was taken.
    pub backup: Option<Backup>,
    /// What was applied.
    pub applied: Vec<Applied>,
    /// What was found when all of it was applied.
    pub after: Option<Tables>,
}

/// A migration that was applied.
#[derive(Debug, Serialize)]
pub struct Applied {
    /// Its file.
    pub file: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was a dry run.
    Planned,
    /// Everything is applied and sound.
    Migrated,
    /// Everything was applied before, and is sound.
    Unchanged,
    /// Nobody said yes, and nothing was changed.
    Declined,
    /// A table lacks something although everything was applied. What this run had applied is rolled back.
    Unsound,
    /// A step failed, and nothing was changed.
    Failed,
}

impl Report {
    /// Of a run that begins now.
    pub fn begin() -> Self {
        Self {
            schema: "oms/report/v1",
            outcome: Outcome::Failed,
            error: None,
            started_at: jiff::Timestamp::now(),
            duration_ms: 0,
            estimated_ms: 0,
            before: None,
            pending: Vec::new(),
            backup: None,
            applied: Vec::new(),
            after: None,
        }
    }
}
