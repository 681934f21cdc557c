//! Everything that can end a run early, and the exit status it gives.

use crate::catalog::CatalogError;
use crate::claim::Location;
use crate::contract::{ContractError, ProjectError};
use crate::migrate::{ApplyError, ReadError};
use crate::server::ServerError;
use crate::snapshot::SnapshotError;

/// Why something could not be done. A finding is no error: it is a [`Claim`](crate::claim::Claim).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The contract or the arguments are wrong.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// No project is where it was looked for.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The migrations can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A migration fails.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// No server can be had, or it went away.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The catalog can't be read.
    #[error("failed to read the catalog: {0}")]
    Catalog(#[from] CatalogError),
    /// Snapshots can't be read or written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The server refused something of ours.
    #[error("failed to work with the database: {0}")]
    Database(#[from] sqlx::Error),
    /// Something that a user asked for does not fit.
    #[error("{0}")]
    Usage(String),
    /// A file or a program can't be used.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A state that pgproof should never be in.
    #[error("{0}: this is a bug in pgproof")]
    Bug(&'static str),
}

impl Error {
    /// The exit status of the command, as README.md lists them.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Contract(_) | Self::Project(_) | Self::Read(_) | Self::Usage(_) | Self::Snapshot(_) | Self::Io { .. } => 2,
            Self::Apply(_) => 5,
            Self::Server(_) | Self::Database(_) => 6,
            Self::Catalog(_) | Self::Bug(_) => 70,
        }
    }

    /// The place in a file of the project, where there is one.
    pub fn location(&self) -> Option<Location> {
        match self {
            Self::Apply(error) => error.location(),
            Self::Contract(error) => error.problems.first().map(crate::diagnostic::Diagnostic::location),
            _ => None,
        }
    }
}
