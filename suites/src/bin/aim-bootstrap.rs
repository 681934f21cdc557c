//! `aim-bootstrap`: arguments → confirmation → [`Bootstrap::run`] → exit status.
//!
//! 0: everything is there; 1: the database refused, or nobody said yes; 2: the input is wrong, and no database was
//! connected to.

use std::error::Error;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use suites::aim::arguments::Arguments;
use suites::aim::bootstrap::{Bootstrap, BootstrapError, Made, Outcome};
use suites::aim::password::{self, PasswordError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let is_set = |variable: &str| std::env::var_os(variable).is_some();
    let arguments = match Arguments::read(std::env::args_os(), is_set) {
        Ok(arguments) => arguments,
        // Prints and ends the program: with 2, or with 0 after --help.
        Err(error) => error.exit(),
    };
    match run(arguments).await {
        Ok(outcome) => {
            print!("{}", said(&outcome));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: failed to {}", with_causes(&failure));
            ExitCode::from(failure.exit())
        }
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Password(#[from] PasswordError),
    // The URL may hold a password, so it is not shown.
    #[error("read the URL of --database-url")]
    Url(#[source] sqlx::Error),
    #[error("ask before writing: standard input is no terminal; pass --yes")]
    NobodyToAsk,
    #[error("ask before writing")]
    Ask(#[source] std::io::Error),
    #[error("go on: the answer was not yes, and nothing was changed")]
    Declined,
    #[error("connect to the database of --database-url")]
    Connect(#[source] sqlx::Error),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
}

impl Failure {
    fn exit(&self) -> u8 {
        match self {
            Self::Ask(_)
            | Self::Declined
            | Self::Password(PasswordError::Hash(_))
            | Self::Connect(_)
            | Self::Bootstrap(_) => 1,
            Self::Password(_) | Self::Url(_) | Self::NobodyToAsk => 2,
        }
    }
}

async fn run(arguments: Arguments) -> Result<Outcome, Failure> {
    let options: PgConnectOptions = arguments.database_url.parse().map_err(Failure::Url)?;
    let password = password::read(&arguments.admin_password_file)?;
    if !arguments.yes {
        confirm(&arguments, &options)?;
    }
    let bootstrap = Bootstrap {
        password_hash: password::hash(&password)?,
        organization: arguments.organization,
        domain: arguments.domain,
        admin_email: arguments.admin_email,
        admin_name: arguments.admin_name,
    };
    let options = options
        .application_name("aim-bootstrap")
        .disable_statement_logging();
    let mut session = PgConnection::connect_with(&options)
        .await
        .map_err(Failure::Connect)?;
    let outcome = bootstrap.run(&mut session).await?;
    // It is committed: that a farewell does not arrive changes nothing.
    drop(session.close().await);
    Ok(outcome)
}

fn confirm(arguments: &Arguments, options: &PgConnectOptions) -> Result<(), Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || arguments.admin_password_file == Path::new("-") {
        return Err(Failure::NobodyToAsk);
    }
    eprint!(
        "Make {} ({}) with the administrator {} in the database {} at {}? [y/N] ",
        arguments.organization,
        arguments.domain,
        arguments.admin_email,
        options.get_database().unwrap_or(options.get_username()),
        options.get_host(),
    );
    std::io::stderr().flush().map_err(Failure::Ask)?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(Failure::Ask)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::Declined),
    }
}

fn said(outcome: &Outcome) -> String {
    let made = |made: &Made| if made.is_new { "made" } else { "was there" };
    format!(
        "organization {}: {}\nadministrator {}: {}\n{} administrators, {} settings, {} policies\n",
        outcome.organization.id,
        made(&outcome.organization),
        outcome.administrator.id,
        made(&outcome.administrator),
        outcome.administrators,
        outcome.settings,
        outcome.policies,
    )
}

fn with_causes(failure: &Failure) -> String {
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
