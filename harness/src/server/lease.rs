//! How long a server lives: as long as somebody holds its lease, however they end.
//!
//! The watchdog is a `/bin/sh` in a process group of its own, so Ctrl-C does not reach it. It is the server's parent
//! and has one end of a socket pair; at end-of-file it ends the server and removes the folder. The kernel closes our
//! end when we end, killed or not, and children that we start do not inherit it (close-on-exec). The other way it
//! tells how the server ended, which needs no room on a disk.
//!
//! Where several processes share a server, each holds a FIFO in its folder instead.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::ServerError;
use super::account::Account;
use super::place::RunFolder;

/// The watchdog of one folder and of the program that runs in it, and our hold on it.
#[derive(Debug)]
pub(crate) struct Lease {
    folder: PathBuf,
    account: Account,
    hold: Option<UnixStream>,
    watchdog: Child,
    said: String,
    /// Our hold where others share the server.
    membership: Option<Membership>,
    /// Whether the server ends with the last that holds it.
    brief: bool,
}

/// A hold on a server that several processes share.
#[derive(Debug)]
pub(crate) struct Membership {
    folder: PathBuf,
    /// Only written to.
    hold: File,
}

impl Membership {
    /// Joins those who hold the server in that folder; `None` where it is gone or about to go.
    pub(crate) fn join(folder: &Path) -> Option<Self> {
        const PATIENCE: Duration = Duration::from_secs(2);
        let membership = Self::hold(folder).ok()?;
        let name = format!("join-{}", uuid::Uuid::new_v4().simple());
        (&membership.hold)
            .write_all(format!("{name}\n").as_bytes())
            .ok()?;
        let answer = folder.join(name);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && membership.ended().is_none() {
            // Who may not see into the folder is no member.
            if std::fs::remove_file(&answer).is_ok() {
                return Some(membership);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        None
    }

    /// Has the server last for as long as that process runs, too.
    pub(crate) fn hold_while(&self, process: u32) -> io::Result<()> {
        (&self.hold).write_all(format!("while-{process}\n").as_bytes())
    }

    /// Opened for reading, too, so that it never waits for the watchdog.
    fn hold(folder: &Path) -> io::Result<Self> {
        let hold = File::options()
            .read(true)
            .write(true)
            .custom_flags(nix::libc::O_NONBLOCK)
            .open(folder.join(HOLD))?;
        Ok(Self {
            folder: folder.to_owned(),
            hold,
        })
    }

    /// How the server ended, once it has.
    pub(crate) fn ended(&self) -> Option<Ended> {
        // Made before the server, emptied when it has ended, removed with all the rest.
        let runs = std::fs::metadata(self.folder.join("alive")).is_ok_and(|alive| alive.len() > 0);
        (!runs).then(|| {
            let status = std::fs::read_to_string(self.folder.join("ended")).ok();
            status
                .and_then(|status| status.trim().parse().ok())
                .map_or(Ended::Unwatched, Ended::Status)
        })
    }
}

/// The server's socket.
pub(super) const SOCKET: &str = ".s.PGSQL.54329";

/// The FIFO that those hold who share a server.
const HOLD: &str = "hold";

/// How a program under a lease ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As the shell has it: 128 more than the number of a signal that ended it.
    Status(i32),
    /// It was not started: its user can't write in its folder or the one above.
    Closed,
    /// Nobody knows: the watchdog itself was ended.
    Unwatched,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => match Signal::try_from(status - 128) {
                Ok(signal) => write!(f, "it was ended by {signal}"),
                Err(_) => write!(f, "it ended with exit status {status}"),
            },
            Self::Closed => f.write_str("its user can't write in its folder"),
            Self::Unwatched => f.write_str("the shell that watches over it was ended"),
        }
    }
}

impl Lease {
    /// Makes the folder under a watchdog, which is there first: whenever we are killed, the folder goes away.
    ///
    /// # Errors
    /// The folder can't be made, or there is no `/bin/sh`.
    pub(crate) fn take(
        folder: &RunFolder,
        account: Account,
        ended_by: Signal,
        program: &[OsString],
    ) -> Result<Self, ServerError> {
        let mut lease =
            Self::watch(&folder.path, account, ended_by, program).map_err(|source| ServerError::Run {
                program: "/bin/sh".to_owned(),
                source,
            })?;
        if let Err(error) = folder.make(account) {
            lease.release();
            return Err(error);
        }
        Ok(lease)
    }

    fn watch(folder: &Path, account: Account, ended_by: Signal, program: &[OsString]) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let watchdog = account
            .command("/bin/sh")
            .args(["-c", include_str!("watchdog.sh"), "pgproof-watchdog"])
            .arg(folder)
            .arg(ended_by.as_str().trim_start_matches("SIG"))
            .args(program)
            .stdin(Stdio::null())
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            folder: folder.to_owned(),
            account,
            hold: Some(ours),
            watchdog,
            said: String::new(),
            membership: None,
            brief: false,
        })
    }

    /// Lets others join. To be called before the start. It lasts for some seconds after the last has left, or ends at
    /// once.
    pub(crate) fn share(&mut self, brief: bool) -> io::Result<()> {
        let path = self.folder.join(HOLD);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::from_bits_truncate(0o600))?;
        self.account.own(&path)?;
        let membership = Membership::hold(&self.folder)?;
        let words: &[u8] = if brief {
            b"join-first\nbrief\n"
        } else {
            b"join-first\n"
        };
        (&membership.hold).write_all(words)?;
        self.membership = Some(membership);
        self.brief = brief;
        Ok(())
    }

    /// Our membership, where the server is shared.
    pub(crate) fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }

    /// Tells the watchdog to start the program.
    pub(crate) fn start(&mut self) -> io::Result<()> {
        match &mut self.hold {
            Some(hold) => hold.write_all(b"start\n"),
            None => Ok(()),
        }
    }

    /// How the program ended, once it has.
    pub(crate) fn ended(&mut self) -> Option<Ended> {
        let mut bytes = [0; 64];
        let unwatched = matches!(self.watchdog.try_wait(), Ok(Some(_)) | Err(_));
        let gone = match self.hold.as_mut().map(|hold| hold.read(&mut bytes)) {
            Some(Ok(count)) => {
                self.said.push_str(&String::from_utf8_lossy(&bytes[..count]));
                count == 0
            }
            Some(Err(error)) => !matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ),
            None => true,
        };
        match self.said.split_once('\n') {
            Some(("closed", _)) => Some(Ended::Closed),
            Some((status, _)) => Some(status.parse().map_or(Ended::Unwatched, Ended::Status)),
            None => (gone || unwatched).then_some(Ended::Unwatched),
        }
    }

    /// Waits until the program has ended; `None` after that long.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<Ended> {
        let deadline = Instant::now() + patience;
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() > deadline {
                return ended;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }

    /// The error of a program whose user can't use its folder.
    pub(crate) fn closed(&self) -> ServerError {
        let user = self.account.name();
        let above = self.folder.parent().unwrap_or(&self.folder).display();
        ServerError::RunFolder {
            path: self.folder.clone(),
            source: io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("PostgreSQL runs as the user {user}, who can't write in {above}"),
            ),
        }
    }

    /// Whether a server that was shared ends now that we have let go, and only what is left of it has to be removed.
    fn ends_soon(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(1);
        let socket = self.folder.join(SOCKET);
        while self.brief && Instant::now() < deadline {
            if !matches!(self.watchdog.try_wait(), Ok(None)) && UnixStream::connect(&socket).is_err() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    }

    /// Lets go, and waits until the program and its folder are gone, five seconds at the most. Others who share the
    /// server keep it.
    pub(crate) fn release(&mut self) {
        self.hold = None;
        let is_shared = self.membership.take().is_some();
        if is_shared && !self.ends_soon() {
            // Others go on with it, and then the watchdog sees to it.
            return;
        }
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.watchdog.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // What a watchdog could not do that was ended itself, or whose user may not remove the folder. A half of it
        // is left then, which ends the server.
        let socket = self.folder.join(SOCKET);
        while UnixStream::connect(&socket).is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let deadline = Instant::now() + Duration::from_secs(1);
        while self.folder.exists()
            && std::fs::remove_dir_all(&self.folder).is_err()
            && Instant::now() < deadline
        {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}
