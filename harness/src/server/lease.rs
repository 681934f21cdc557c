//! How long a server lives: as long as somebody holds its FIFO, however they end.
//!
//! The watchdog is a `/bin/sh` in a process group of its own, so Ctrl-C does not reach it. It is the server's parent
//! and the FIFO's reader; at end-of-file it ends the server and removes the folder. The kernel closes our end when we
//! end, killed or not, and children that we start do not inherit it (close-on-exec).

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::account::Account;

/// The watchdog of one server's folder, and our hold on it.
#[derive(Debug)]
pub(crate) struct Lease {
    folder: PathBuf,
    hold: Option<File>,
    watchdog: Child,
}

impl Lease {
    /// Puts a watchdog on the folder. From here on the folder goes away when we do.
    pub(crate) fn take(folder: &Path, account: Account, server: &[std::ffi::OsString]) -> io::Result<Self> {
        let fifo = folder.join("lease");
        nix::unistd::mkfifo(
            &fifo,
            nix::sys::stat::Mode::S_IRUSR | nix::sys::stat::Mode::S_IWUSR,
        )?;
        account.own(&fifo)?;
        // Opened for both, since opening one end alone waits for the other.
        let hold = OpenOptions::new().read(true).write(true).open(&fifo)?;
        let reader = File::open(&fifo)?;
        let watchdog = account
            .command("/bin/sh")
            .args(["-c", include_str!("watchdog.sh"), "pgproof-watchdog"])
            .arg(folder)
            .args(server)
            .current_dir("/")
            .stdin(Stdio::from(reader))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Self {
            folder: folder.to_owned(),
            hold: Some(hold),
            watchdog,
        })
    }

    /// Tells the watchdog to start the server.
    pub(crate) fn start(&mut self) -> io::Result<()> {
        match &mut self.hold {
            Some(hold) => hold.write_all(b"start\n"),
            None => Ok(()),
        }
    }

    /// What the server exited with, once it has.
    pub(crate) fn server_ended(&mut self) -> Option<String> {
        match std::fs::read_to_string(self.folder.join("exit")) {
            Ok(status) if !status.trim().is_empty() => Some(format!("exit status {}", status.trim())),
            _ => match self.watchdog.try_wait() {
                Ok(Some(status)) => Some(format!("its watchdog ended with {status}")),
                _ => None,
            },
        }
    }

    /// Lets go, and waits until the server and its folder are gone, five seconds at the most.
    pub(crate) fn release(&mut self) {
        self.hold = None;
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline && matches!(self.watchdog.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}
