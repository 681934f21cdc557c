//! `pgproof report merge`: one report out of the shards' reports.

use std::io::Read as _;

use pgproof::report::{self, MergeError, Report};

use super::USAGE;
use super::arguments::{MergeOptions, ReportCommand};
use super::console::Console;
use super::verify;

pub(super) fn run(command: &ReportCommand, console: &Console) -> u8 {
    let ReportCommand::Merge(options) = command;
    match merged(options) {
        Ok(report) => {
            verify::show_all(&report.projects, &options.output, report.rules, console);
            verify::finish(&options.output, &report, console)
        }
        Err(error) => {
            console.error(&error.to_string());
            USAGE
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("failed to read {file}: {source}")]
    Read { file: String, source: std::io::Error },
    #[error("failed to merge: {0}")]
    Merge(#[from] MergeError),
}

fn merged(options: &MergeOptions) -> Result<Report, Failure> {
    let mut reports = Vec::new();
    for file in &options.files {
        let read = || {
            let mut text = String::new();
            if file == "-" {
                std::io::stdin().read_to_string(&mut text)?;
            } else {
                text = std::fs::read_to_string(file)?;
            }
            Ok(text)
        };
        let text = read().map_err(|source| Failure::Read {
            file: file.to_string(),
            source,
        })?;
        reports.push((file.to_string(), report::read_shard(file.as_str(), &text)?));
    }
    Ok(report::merge(reports)?)
}
