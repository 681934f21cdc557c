//! `oms`: arguments → [`plan`], [`Run::go`] or [`Metrics::read`] → report → exit status.
//!
//! 0: everything is as it should be; 1: the database refused, nobody said yes, or a table lacks something; 2: the input
//! is wrong, and no database was connected to.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use suites::oms::arguments::{Arguments, Command, Target};
use suites::oms::files::{self, FilesError};
use suites::oms::metrics::Metrics;
use suites::oms::migrate::{MigrateError, Run, plan};
use suites::oms::report::{Outcome, Report};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("error: failed to {}", with_causes(&failure));
            ExitCode::from(failure.exit())
        }
    }
}

/// Why the program ends without a report, or without anywhere to put it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    // The URL may hold a password, so it is not shown.
    #[error("read the URL of --database-url")]
    Url(#[source] sqlx::Error),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error("read the metrics")]
    Metrics(#[source] sqlx::Error),
    #[error("write the report to {}", file.display())]
    Report { file: PathBuf, source: std::io::Error },
}

impl Failure {
    fn exit(&self) -> u8 {
        match self {
            Self::Url(_) | Self::Files(_) => 2,
            Self::Metrics(_) | Self::Report { .. } => 1,
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Metrics { database_url } => {
            let options = options(&database_url)?;
            print!("{}", metrics(&options).await.map_err(Failure::Metrics)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Plan { target } => {
            let options = options(&target.database_url)?;
            let files = files::read(&target.migrations)?;
            let mut report = Report::begin();
            let ended = plan(&options, &files, &mut report).await;
            finish(report, ended, &target)
        }
        Command::Migrate {
            target,
            backup,
            pg_dump,
            yes,
        } => {
            let run = Run {
                options: options(&target.database_url)?,
                url: target.database_url.clone(),
                files: files::read(&target.migrations)?,
                backup,
                pg_dump,
            };
            let mut report = Report::begin();
            let ask = |report: &Report| if yes { Ok(true) } else { confirm(&run, report) };
            let ended = run.go(ask, &mut report).await;
            finish(report, ended, &target)
        }
    }
}

fn options(url: &str) -> Result<PgConnectOptions, Failure> {
    let options: PgConnectOptions = url.parse().map_err(Failure::Url)?;
    Ok(options.application_name("oms").disable_statement_logging())
}

async fn metrics(options: &PgConnectOptions) -> Result<String, sqlx::Error> {
    let mut session = PgConnection::connect_with(options).await?;
    let metrics = Metrics::read(&mut session).await?;
    session.close().await?;
    Ok(metrics.text())
}

/// Asks on standard input, terminal or not: where it ends without an answer, that is a no.
fn confirm(run: &Run, report: &Report) -> std::io::Result<bool> {
    let lacking = report.before.iter().flat_map(|tables| &tables.documents);
    let lacking = lacking.filter(|table| !table.columns_lacking.is_empty()).count();
    eprint!(
        "{} to apply to the database {} at {}, where {lacking} kinds of documents lack their authors.\n\
         It may take {} ms, and they can't be used meanwhile. The backup goes to {}. Go on? [y/N] ",
        report.pending.join(", "),
        run.options.get_database().unwrap_or(run.options.get_username()),
        run.options.get_host(),
        report.estimated_ms,
        run.backup.display(),
    );
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Writes the report, whatever it tells.
fn finish(mut report: Report, ended: Result<(), MigrateError>, target: &Target) -> Result<ExitCode, Failure> {
    report.error = match (ended, report.outcome) {
        (Err(error), _) => Some(format!("failed to {}", with_causes(&error))),
        (Ok(()), Outcome::Declined) => Some("the answer was not yes, and nothing was changed".to_owned()),
        (Ok(()), Outcome::Unsound) => Some("a table lacks something, or has too much".to_owned()),
        (Ok(()), _) => None,
    };
    write(&report, target.report.as_deref())?;
    match &report.error {
        None => Ok(ExitCode::SUCCESS),
        Some(error) => {
            eprintln!("error: {error}");
            Ok(ExitCode::from(1))
        }
    }
}

fn write(report: &Report, file: Option<&Path>) -> Result<(), Failure> {
    let failed = |source: std::io::Error| Failure::Report {
        file: file.map_or_else(|| PathBuf::from("standard output"), Path::to_owned),
        source,
    };
    let text = serde_json::to_string_pretty(report).map_err(|error| failed(error.into()))? + "\n";
    match file {
        Some(file) => std::fs::write(file, text),
        None => std::io::stdout().write_all(text.as_bytes()),
    }
    .map_err(failed)
}

fn with_causes(failure: &dyn Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // The driver's errors show their cause themselves.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
