//! A server from the programs on this machine, started from a copy of a cached cluster.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::account::Account;
use super::cache::Archive;
use super::cluster::no_room;
use super::find::{Installation, Version};
use super::lease::Lease;
use super::place::RunFolder;
use super::{ServerError, last_lines};

/// A start that takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running PostgreSQL that ends, with all its files, when this value is dropped or this process ends.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    version: Version,
    on_disk_because: Option<String>,
    lease: std::sync::Mutex<Lease>,
}

impl Server {
    /// Starts a server on a copy of the archived cluster. Blocks for some 50 ms.
    pub(crate) fn start(installation: &Installation, archive: &Archive) -> Result<Self, ServerError> {
        let account = Account::for_server()?;
        let folder = RunFolder::make(account, archive.len())?;
        let data = folder.path.join("data");
        let command = [
            installation.program("postgres").into_os_string(),
            "-D".into(),
            data.clone().into_os_string(),
            "-k".into(),
            folder.path.clone().into_os_string(),
        ];
        let mut lease = Lease::take(&folder.path, account, &command).map_err(|source| ServerError::Run {
            program: "/bin/sh".to_owned(),
            source,
        })?;
        archive
            .unpack(&folder.path, account)
            .map_err(no_room(&folder.path))?;
        lease.start().map_err(|source| ServerError::Run {
            program: "postgres".to_owned(),
            source,
        })?;
        let version = installation.version.clone();
        if let Err(reason) = wait_until_ready(&folder.path, &mut lease) {
            return Err(ServerError::Start {
                version,
                reason,
                log: log_tail(&folder.path),
            });
        }
        Ok(Self {
            folder: folder.path,
            version,
            on_disk_because: folder.on_disk_because,
            lease: std::sync::Mutex::new(lease),
        })
    }

    /// How to reach a database of this server as its superuser, `postgres`.
    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.folder.to_string_lossy())
            .port(5432)
            .username("postgres")
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// A URL of a database of this server, as libpq and other drivers read it.
    pub fn url(&self, database: &str) -> String {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        format!(
            "postgres://postgres@localhost:5432/{}?host={}&sslmode=disable",
            encode(database),
            encode(&self.folder.to_string_lossy())
        )
    }

    /// The folder in which the socket lies: libpq's `PGHOST`.
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// The server's version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Why the server's files lie on disk, where memory would have been faster but is too small.
    pub fn on_disk_because(&self) -> Option<&str> {
        self.on_disk_because.as_deref()
    }

    /// The error to report if the server has ended by itself, which explains any error of a connection.
    pub fn lost(&self) -> Option<ServerError> {
        let mut lease = self
            .lease
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let reason = lease.server_ended()?;
        Some(ServerError::Lost {
            version: self.version.clone(),
            reason,
            log: log_tail(&self.folder),
        })
    }

    /// Ends the server cleanly and returns its cluster, packed with the notes.
    pub(crate) fn into_archive(self, notes: &[u8]) -> Result<Archive, ServerError> {
        let data = self.folder.join("data");
        let pid = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let pid = pid.lines().next().and_then(|line| line.parse().ok());
        let failed = |reason: &str| ServerError::Start {
            version: self.version.clone(),
            reason: reason.to_owned(),
            log: log_tail(&self.folder),
        };
        let pid = pid.ok_or_else(|| failed("the server has no postmaster.pid to stop it by"))?;
        // SIGINT is PostgreSQL's fast shutdown: sessions end, a checkpoint is written.
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGINT)
            .map_err(|error| failed(error.desc()))?;
        let deadline = Instant::now() + PATIENCE;
        while !self.folder.join("exit").exists() {
            if Instant::now() > deadline {
                return Err(failed("it does not stop"));
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Archive::pack(&data, notes).map_err(no_room(&self.folder))
    }
}

fn wait_until_ready(folder: &Path, lease: &mut Lease) -> Result<(), String> {
    let started = Instant::now();
    let socket = folder.join(".s.PGSQL.5432");
    let pid_file = folder.join("data/postmaster.pid");
    loop {
        // The eighth line says when sessions are let in; the socket alone is there earlier.
        let ready = std::fs::read_to_string(&pid_file)
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"));
        if ready && UnixStream::connect(&socket).is_ok() {
            return Ok(());
        }
        if let Some(reason) = lease.server_ended() {
            return Err(reason);
        }
        if started.elapsed() > PATIENCE {
            return Err(format!("it lets nobody in after {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn log_tail(folder: &Path) -> String {
    let bytes = std::fs::read(folder.join("log")).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&bytes), 12)
}
