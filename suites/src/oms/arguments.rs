//! The command line of the program `oms`. Of the environment only libpq's own variables count, where the URL leaves
//! something open (`PGPASSWORD`).

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Brings the documents of an order service to author tracking, and shows how their audit is.
#[derive(Debug, Parser)]
#[command(name = "oms", version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at a database and say what would be applied: changes nothing
    Plan {
        /// Which database, and to what.
        #[command(flatten)]
        target: Target,
    },
    /// Take a backup, apply what is pending and check it
    Migrate {
        /// Which database, and to what.
        #[command(flatten)]
        target: Target,
        /// The file that the backup goes to; must not be there yet
        #[arg(long, value_name = "FILE")]
        backup: PathBuf,
        /// The program that takes it
        #[arg(long, value_name = "FILE", default_value = "pg_dump")]
        pg_dump: PathBuf,
        /// Do not ask before changing anything
        #[arg(long)]
        yes: bool,
    },
    /// Print the audit's metrics as Prometheus reads them
    Metrics {
        /// The URL of the database, as libpq reads it
        #[arg(long, value_name = "URL")]
        database_url: String,
    },
}

/// Which database, and to what.
#[derive(Debug, Args)]
pub struct Target {
    /// The URL of the database, as libpq reads it
    #[arg(long, value_name = "URL")]
    pub database_url: String,
    /// The folder with the migrations
    #[arg(long, value_name = "DIR")]
    pub migrations: PathBuf,
    /// The file that the JSON report goes to; standard output where it is left out
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_flags_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }
}
