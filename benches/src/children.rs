//! Processes that are measured from outside: from the start of the process to the line that it prints when its first
//! query is answered, with all that it takes to load, read and connect.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use pgproof::{Project, prove};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::runtime::Runtime;

use crate::arguments::Child;
use crate::peers::{self, container, embedded, pgtemp, sqlx_test};

/// Does a child's work.
pub(crate) fn run(child: &Child) -> anyhow::Result<()> {
    if let Child::SqlxTest { sample, name } = child {
        let migrator = Runtime::new()?.block_on(sqlx_test::migrator(Path::new(sample)))?;
        sqlx_test::small(migrator, name)?;
        answered();
        return Ok(());
    }
    Runtime::new()?.block_on(async {
        match child {
            Child::Pgproof { sample } => pgproof(sample).await,
            Child::Apply { project } => {
                let _database = Project::open(project)?.database().await?;
                answered();
                Ok(())
            }
            Child::Hold { sample } => {
                let _database = Project::open(sample)?.database().await?;
                answered();
                std::io::stdin().read_to_end(&mut Vec::new())?;
                Ok(())
            }
            Child::Embedded { sample, bin, run } => embedded::cold(sample.as_ref(), bin, run, answered).await,
            Child::Pgtemp { sample, bin, run } => pgtemp::cold(sample.as_ref(), bin, run, answered).await,
            Child::Container { sample, image } => container::cold(sample.as_ref(), image, answered).await,
            Child::Verify { project } => {
                let report =
                    prove::verify(&Project::open(project)?, &prove::Options::default(), &|_| {}).await;
                if let Some(error) = report.error {
                    anyhow::bail!("{}", error.message);
                }
                anyhow::ensure!(!report.claims.is_empty(), "{project} makes no claims");
                answered();
                Ok(())
            }
            Child::Connect { url } => {
                let mut session = PgConnection::connect(url).await?;
                peers::first_query(&mut session).await?;
                answered();
                Ok(session.close().await?)
            }
            Child::SqlxTest { .. } => Ok(()),
        }
    })
}

async fn pgproof(sample: &str) -> anyhow::Result<()> {
    let database = Project::open(sample)?.database().await?;
    let mut session = database.connect().await?;
    peers::first_query(&mut session).await?;
    answered();
    Ok(session.close().await?)
}

fn answered() {
    println!("answered");
    // A pipe is written to when a buffer is full.
    let _ = std::io::stdout().flush();
}

/// A command that runs this program for that child.
pub(crate) fn command(words: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("child")
        .args(words)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    Ok(command)
}

/// From the start of the process to its line; what it does afterwards is waited for and not measured.
pub(crate) fn time(mut command: Command) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut output = BufReader::new(child.stdout.take().context("a child has no output")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    let elapsed = started.elapsed();
    let ended = child.wait_with_output()?;
    anyhow::ensure!(
        ended.status.success() && line.trim() == "answered",
        "{}",
        String::from_utf8_lossy(&ended.stderr)
            .trim()
            .lines()
            .next_back()
            .unwrap_or("it said nothing")
    );
    Ok(elapsed)
}

/// Runs that many, two at a time, each to its end.
pub(crate) fn two_at_a_time(
    count: usize,
    command: impl Fn(usize) -> anyhow::Result<Command> + Sync,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    std::thread::scope(|scope| {
        let threads = [0, 1].map(|first| {
            let command = &command;
            scope.spawn(move || {
                (first..count)
                    .step_by(2)
                    .try_for_each(|number| time(command(number)?).map(drop))
            })
        });
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    Ok(started.elapsed())
}

/// A folder for one child.
pub(crate) fn folder(parent: &Path) -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new().prefix("run-").tempdir_in(parent)?)
}

/// A path as an argument.
pub(crate) fn word(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", PathBuf::from(path).display()))
}
