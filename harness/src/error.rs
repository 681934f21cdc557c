//! Everything that can end a run early, and the exit status it gives.

use std::fmt;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use crate::catalog::CatalogError;
use crate::claim::Location;
use crate::contract::ContractError;
use crate::contract::projects::ProjectError;
use crate::migrate::convention::ParseConventionError;
use crate::migrate::{ApplyError, ReadError};
use crate::report::ProjectError as ReportedError;
use crate::server::{Server, ServerError};
use crate::snapshot::SnapshotError;

/// Why something could not be done. A finding is no error: it is a [`Claim`](crate::claim::Claim).
#[derive(thiserror::Error)]
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
    /// The contract names a convention that is not read yet.
    #[error(transparent)]
    Convention(#[from] ParseConventionError),
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
    /// The same, on a connection that attempts are made on.
    #[error("failed to make an attempt: {0}")]
    Attempt(#[from] tokio_postgres::Error),
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
            Self::Contract(_)
            | Self::Project(_)
            | Self::Read(_)
            | Self::Convention(_)
            | Self::Usage(_)
            | Self::Snapshot(_)
            | Self::Io { .. } => 2,
            Self::Apply(_) => 5,
            Self::Server(_) | Self::Database(_) | Self::Attempt(_) => 6,
            Self::Catalog(_) | Self::Bug(_) => 70,
        }
    }

    /// This error, or why the server ended where that explains it: a connection breaks before anybody knows why.
    pub(crate) async fn or_lost(self, server: &Server) -> Self {
        if !self.broke_connection() {
            return self;
        }
        let deadline = Instant::now() + Duration::from_secs(1);
        loop {
            if let Some(lost) = server.lost() {
                return Self::Server(lost);
            }
            if Instant::now() > deadline {
                return self;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether the server, or the way to it, may be gone.
    fn broke_connection(&self) -> bool {
        if let Self::Attempt(error) = self {
            return error.code().is_none_or(|code| code.code().starts_with("57P"));
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            match driver_error(error) {
                // Class 57P is "operator intervention": the server shuts down, or a session was ended.
                Some(sqlx::Error::Database(refusal)) => {
                    return refusal.code().is_some_and(|code| code.starts_with("57P"));
                }
                Some(_) => return true,
                None => cause = error.source(),
            }
        }
        false
    }

    /// How a report tells it: the drawing names files as seen from where the command runs, the location as seen from
    /// the project's folder.
    pub fn in_report(mut self, root: &Utf8Path) -> ReportedError {
        let location = self.location();
        let class = match &self {
            Self::Apply(error) => error.class(),
            _ => None,
        };
        match &mut self {
            Self::Apply(error) => error.join_paths(root),
            Self::Read(error) => error.join_folder(root),
            _ => {}
        }
        ReportedError {
            code: self.exit(),
            message: self.message(),
            location,
            class,
        }
    }

    /// What happened and why, with every cause, in one text.
    pub fn message(&self) -> String {
        let mut message = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            // The driver's own words around the server's message say nothing to a user, nor do those below it.
            let server = match driver_error(error) {
                Some(sqlx::Error::Database(server)) => Some(server.message()),
                _ => None,
            };
            let text = server.map_or_else(|| error.to_string(), str::to_owned);
            // Messages that already show their cause do not show it twice.
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source().filter(|_| server.is_none());
        }
        message
    }

    /// The place in a file of the project, where there is one.
    pub fn location(&self) -> Option<Location> {
        match self {
            Self::Apply(error) => error.location(),
            Self::Read(error) => error.location(),
            Self::Contract(error) => error
                .problems
                .first()
                .map(crate::diagnostic::Diagnostic::location),
            _ => None,
        }
    }
}

/// As people read it, since this is what `unwrap` in a test shows.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// The driver's error, boxed or not.
fn driver_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e sqlx::Error> {
    error
        .downcast_ref::<sqlx::Error>()
        .or_else(|| error.downcast_ref::<Box<sqlx::Error>>().map(|boxed| &**boxed))
}
