//! What a run found, and the formats that others read it in. A format gets a [`Report`] and a writer, and knows nothing else.

mod json;
mod junit;
mod majors;
mod markdown;
mod merge;
mod model;
mod reach;
mod sarif;
mod tap;
mod target;

pub use json::write as write_json;
pub use junit::write as write_junit;
pub use majors::{MajorDifference, differences};
pub use markdown::write as write_markdown;
pub use merge::{Held, MergeError, Part, merge, read_shard};
pub use model::{
    Durations, ExitRules, MigrationRun, Outcome, Project, ProjectError, Report, SCHEMA, Server, Summary,
    Tool, exit,
};
pub use reach::{Command, Reach, Reached, rows as matrix_rows};
pub use sarif::write as write_sarif;
pub use tap::write as write_tap;
pub use target::{ReportKind, ReportTarget, TargetError};

#[cfg(test)]
mod sample;
