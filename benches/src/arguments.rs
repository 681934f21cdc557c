//! What the program can be told.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Measures pgproof and its peers on the same migrations in one run.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Write what was measured to this file, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Measure these rows alone.
    #[arg(long, value_name = "ROW", value_delimiter = ',')]
    pub(crate) only: Vec<RowName>,

    /// A tenth of the work: good for trying the program, not for quoting.
    #[arg(long)]
    pub(crate) quick: bool,

    /// Measure how the cost grows with tables, migrations and workers instead.
    #[arg(long)]
    pub(crate) scale: bool,

    /// An image of PostgreSQL for testcontainers, at hand on the engine.
    #[arg(long, value_name = "NAME:TAG", default_value = "postgres:15")]
    pub(crate) image: String,

    #[command(subcommand)]
    pub(crate) task: Option<Task>,
}

/// The rows, or groups of rows that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowName {
    Cold,
    Fresh,
    Thousand,
    Mutants,
    Processes,
    Verify,
}

/// What the program runs itself for.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    #[command(hide = true, subcommand)]
    Child(Child),
}

/// A process that is measured from outside. It prints a line when its first query is answered.
#[derive(Debug, Subcommand)]
pub(crate) enum Child {
    /// A fresh migrated database by pgproof.
    Pgproof { sample: String },
    /// The same of any project, without a query.
    Apply { project: String },
    /// The same, held until standard input ends.
    Hold { sample: String },
    /// A server, migrations and a query by `postgresql_embedded`.
    Embedded {
        sample: String,
        bin: PathBuf,
        run: PathBuf,
    },
    /// The same by pgtemp.
    Pgtemp {
        sample: String,
        bin: PathBuf,
        run: PathBuf,
    },
    /// The same by testcontainers.
    Container { sample: String, image: String },
    /// A test by `#[sqlx::test]`'s own code. `DATABASE_URL` stands in `.env`.
    SqlxTest { sample: String, name: String },
    /// Every check of a project, as `pgproof verify` makes them.
    Verify { project: String },
    /// A connection to a database that is there, and a query.
    Connect { url: String },
}
