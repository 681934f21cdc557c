//! A server from the programs on this machine, started from a copy of a cached cluster.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::account::Account;
use super::address::{APPLICATION, Address, Tls};
use super::archive::{Archive, Twins};
use super::cluster::no_room;
use super::find::{Installation, Version};
use super::lease::{Ended, Lease, Membership};
use super::place::RunFolder;
use super::{ServerError, last_lines};

/// The port that names the socket. Nothing listens on it, and it is not PostgreSQL's usual one: a client that overlooks
/// `host` in the URL must not end up at a server that runs on this machine.
pub const PORT: u16 = 54329;

/// A start that takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running PostgreSQL that ends, with all its files, when this value is dropped or this process ends.
#[derive(Debug)]
pub(crate) struct Embedded {
    folder: PathBuf,
    version: Version,
    on_disk_because: Option<String>,
    hold: std::sync::Mutex<Hold>,
}

/// What keeps the server alive.
#[derive(Debug)]
enum Hold {
    /// We have started it.
    Lease(Lease),
    /// Another process has.
    Membership(Membership),
}

impl Hold {
    fn ended(&mut self) -> Option<Ended> {
        match self {
            Self::Lease(lease) => lease.ended(),
            Self::Membership(membership) => membership.ended(),
        }
    }
}

/// Who may use a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// The process that starts it.
    Own,
    /// Whoever joins it, and some seconds more for those who are about to.
    Shared,
    /// Whoever joins it, until the last has left.
    Led,
}

impl Embedded {
    /// Starts a server on a copy of the archived cluster. Blocks for some 50 ms.
    pub(crate) fn start(
        installation: &Installation,
        archive: &Archive,
        by: Use,
    ) -> Result<Self, ServerError> {
        // The driver hands it to the server at every connection, and there is no way to tell it not to.
        if super::variable("PGOPTIONS").is_some() {
            return Err(ServerError::Environment);
        }
        let account = Account::for_server()?;
        let folder = RunFolder::choose(archive.len())?;
        if let Some(parent) = folder.path.parent() {
            let parent = parent.to_owned();
            // Nobody has to wait for it.
            std::thread::spawn(move || super::place::sweep(&parent, account));
        }
        let mut lease = Lease::take(
            &folder,
            account,
            // PostgreSQL's immediate shutdown: nothing is written that is thrown away anyway.
            Signal::SIGQUIT,
            &command(installation, &folder.path),
        )?;
        let mut caches = archive
            .unpack_head(&folder.path, account)
            .map_err(no_room(&folder.path))?;
        if by != Use::Own {
            lease
                .share(by == Use::Led)
                .map_err(|source| ServerError::RunFolder {
                    path: folder.path.clone(),
                    source,
                })?;
        }
        lease.start().map_err(|source| ServerError::Run {
            program: "postgres".to_owned(),
            source,
        })?;
        // It takes longer to boot than the databases take to be written, which it does not look at until a session asks
        // for one: this is a cluster that was stopped cleanly.
        let unpacked = archive
            .unpack_rest(&folder.path, account)
            .map_err(|source| match source.kind() {
                io::ErrorKind::InvalidData => ServerError::DamagedArchive(source),
                _ => no_room(&folder.path)(source),
            });
        caches.extend(unpacked?);
        let version = installation.version.clone();
        match wait_until_ready(&folder.path, &mut lease) {
            Start::Ready => {}
            Start::Ended(Ended::Closed) => return Err(lease.closed()),
            Start::Ended(ended) => {
                return Err(ServerError::Start {
                    version,
                    reason: ended.to_string(),
                    log: log_tail(&folder.path),
                });
            }
            Start::Silent => {
                return Err(ServerError::Start {
                    version,
                    reason: format!("it lets nobody in after {} s", PATIENCE.as_secs()),
                    log: log_tail(&folder.path),
                });
            }
        }
        for cache in &caches {
            cache.restore(account).map_err(no_room(&folder.path))?;
        }
        Ok(Self {
            folder: folder.path,
            version,
            on_disk_because: folder.on_disk_because,
            hold: std::sync::Mutex::new(Hold::Lease(lease)),
        })
    }

    /// Joins a shared server; `None` where it is gone or about to go.
    pub(crate) fn join(folder: PathBuf, version: Version) -> Option<Self> {
        let membership = Membership::join(&folder)?;
        Some(Self {
            folder,
            version,
            on_disk_because: None,
            hold: std::sync::Mutex::new(Hold::Membership(membership)),
        })
    }

    /// How it is reached as its superuser, `postgres`.
    pub(crate) fn address(&self) -> Address {
        Address {
            host: self.folder.to_string_lossy().into_owned(),
            port: PORT,
            user: "postgres".to_owned(),
            password: None,
            tls: Tls::OFF,
            application: APPLICATION.to_owned(),
            first_role: None,
        }
    }

    /// Has a shared server last for as long as that process runs, too.
    pub(crate) fn hold_while(&self, process: u32) -> Result<(), ServerError> {
        let hold = self
            .hold
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let membership = match &*hold {
            Hold::Lease(lease) => lease.membership(),
            Hold::Membership(membership) => Some(membership),
        };
        match membership.map(|membership| membership.hold_while(process)) {
            Some(Err(source)) => Err(ServerError::RunFolder {
                path: self.folder.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }

    /// The server's version.
    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    /// Why the server's files lie on disk, where memory would have been faster but is too small.
    pub(crate) fn on_disk_because(&self) -> Option<&str> {
        self.on_disk_because.as_deref()
    }

    /// The error to report if the server has ended by itself, which explains any error of a connection.
    pub(crate) fn lost(&self) -> Option<ServerError> {
        let mut hold = self
            .hold
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let reason = hold.ended()?.to_string();
        Some(ServerError::Lost {
            version: self.version.clone(),
            reason,
            log: log_tail(&self.folder),
        })
    }

    /// Ends the server cleanly and returns its cluster, packed with the notes.
    pub(crate) fn into_archive(self, notes: &[u8], twins: Option<Twins>) -> Result<Archive, ServerError> {
        let data = self.folder.join("data");
        let pid = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let pid = pid.lines().next().and_then(|line| line.parse().ok());
        let failed = |reason: &str| ServerError::Stop {
            version: self.version.clone(),
            reason: reason.to_owned(),
            log: log_tail(&self.folder),
        };
        let pid = pid.ok_or_else(|| failed("the server has no postmaster.pid to stop it by"))?;
        // SIGINT is PostgreSQL's fast shutdown: sessions end, a checkpoint is written.
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), Signal::SIGINT)
            .map_err(|error| failed(error.desc()))?;
        let mut hold = self
            .hold
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let Hold::Lease(lease) = &mut *hold else {
            return Err(failed("another process has started it"));
        };
        // Only a clean shutdown leaves files that a copy can be started from.
        match lease.wait(PATIENCE) {
            Some(Ended::Status(0)) => {}
            Some(ended) => return Err(failed(&ended.to_string())),
            None => return Err(failed("it does not stop")),
        }
        drop(hold);
        Archive::pack(&data, notes, twins).map_err(no_room(&self.folder))
    }
}

/// What is given here stands above `ALTER SYSTEM`, with which a migration could move the server or open it to others.
fn command(installation: &Installation, folder: &Path) -> Vec<OsString> {
    let mut command = vec![
        installation.program("postgres").into_os_string(),
        "-D".into(),
        folder.join("data").into(),
        "-k".into(),
        folder.into(),
    ];
    for setting in [
        "listen_addresses=",
        "port=54329",
        "unix_socket_permissions=0700",
        "log_destination=stderr",
        "logging_collector=off",
    ] {
        command.extend(["-c".into(), setting.into()]);
    }
    command
}

/// How a start went.
enum Start {
    Ready,
    Ended(Ended),
    /// It runs and lets nobody in.
    Silent,
}

fn wait_until_ready(folder: &Path, lease: &mut Lease) -> Start {
    let started = Instant::now();
    let pid_file = folder.join("data/postmaster.pid");
    loop {
        // The eighth line says when sessions are let in; the socket is there earlier. One that only looked would cost the
        // first real session the time of a process.
        let ready = std::fs::read_to_string(&pid_file)
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"));
        if ready {
            return Start::Ready;
        }
        if let Some(ended) = lease.ended() {
            return Start::Ended(ended);
        }
        if started.elapsed() > PATIENCE {
            return Start::Silent;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn log_tail(folder: &Path) -> String {
    let bytes = std::fs::read(folder.join("log")).unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&bytes), 12)
}
