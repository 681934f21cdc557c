//! Where a running server's files lie: in memory where there is room, else on disk.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::unistd::AccessFlags;

use super::ServerError;
use super::account::Account;
use super::lease::SOCKET;

/// What a server needs beside its cluster: WAL, clones, sort files.
const HEADROOM: u64 = 256 * 1024 * 1024;

/// A socket's path may be this long on Linux (108 with its end mark) and a little less on macOS (104).
const LONGEST_SOCKET_PATH: usize = 103;

/// The folder of one running server, and whether it lies in memory.
#[derive(Debug)]
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
    /// Why it is on disk, where that is not the platform's only choice.
    pub(crate) on_disk_because: Option<String>,
}

impl RunFolder {
    /// Decides on a folder with room for a cluster of that many bytes, and makes nothing yet.
    pub(crate) fn choose(cluster_bytes: u64) -> Result<Self, ServerError> {
        let name = format!("pgproof-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        if let Some(asked) = super::variable("PGPROOF_RUN_DIR") {
            let path = std::path::absolute(&asked)
                .unwrap_or_else(|_| PathBuf::from(&asked))
                .join(&name);
            if let Some(reason) = unfit_for_sockets(&path) {
                return Err(ServerError::RunFolder {
                    path,
                    source: std::io::Error::new(std::io::ErrorKind::InvalidInput, reason),
                });
            }
            return Ok(Self {
                path,
                on_disk_because: None,
            });
        }
        let (parent, on_disk_because) = choose_parent(cluster_bytes);
        let mut path = parent.join(&name);
        if unfit_for_sockets(&path).is_some() {
            path = Path::new("/tmp").join(&name);
        }
        if let Some(reason) = &on_disk_because {
            tracing::warn!("PostgreSQL runs on disk, which is slower: {reason}");
        }
        Ok(Self {
            path,
            on_disk_because,
        })
    }

    /// Makes the folder, which only the server's user can enter.
    pub(crate) fn make(&self, account: Account) -> Result<(), ServerError> {
        let fail = |source| ServerError::RunFolder {
            path: self.path.clone(),
            source,
        };
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&self.path)
            .map_err(fail)?;
        account.own(&self.path).map_err(fail)
    }
}

/// Removes what was left where even the watchdog was killed: by the end of a container, say. Only folders of the server's
/// user are looked at, and only such as have been there for a while and in which nothing answers.
pub(crate) fn sweep(parent: &Path, account: Account) {
    const AGE: Duration = Duration::from_mins(2);
    let Ok(entries) = std::fs::read_dir(parent) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let folder = entry.path();
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .and_then(|name| name.strip_prefix("pgproof-"))
            .is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let is_old = |path: &Path| {
            let modified = std::fs::symlink_metadata(path).and_then(|meta| meta.modified());
            modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > AGE))
        };
        if is_ours && account.owns(&folder) && is_old(&folder) && !is_alive(&folder) {
            tracing::debug!(folder = %folder.display(), "what a killed run has left is removed");
            remove_segment(&folder);
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

/// Whether the watchdog of that folder lives, or a server whose watchdog is out of our sight.
fn is_alive(folder: &Path) -> bool {
    let watchdog = std::fs::read_to_string(folder.join("alive")).unwrap_or_default();
    let lives = watchdog.trim().parse().is_ok_and(|pid| {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(nix::errno::Errno::ESRCH)
    });
    lives || UnixStream::connect(folder.join(SOCKET)).is_ok()
}

/// The shared memory segment of a killed server, whose number is in the seventh line.
fn remove_segment(folder: &Path) {
    let text = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    if let Some(segment) = text
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
    {
        let _ = std::process::Command::new("ipcrm")
            .args(["-m", segment])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// Why no client would find a socket in that folder, if so.
fn unfit_for_sockets(folder: &Path) -> Option<String> {
    let length = folder.join(format!("{SOCKET}.lock")).as_os_str().len();
    match folder.to_str() {
        None => Some("its name is not UTF-8".to_owned()),
        // libpq reads a comma as the end of one host and the beginning of the next.
        Some(name) if name.contains(',') => Some("its name has a comma".to_owned()),
        Some(_) if length > LONGEST_SOCKET_PATH => Some(format!(
            "its name is too long for a socket by {} characters",
            length - LONGEST_SOCKET_PATH
        )),
        Some(_) => None,
    }
}

fn choose_parent(cluster_bytes: u64) -> (PathBuf, Option<String>) {
    let memory = Path::new("/dev/shm");
    let disk = std::path::absolute(std::env::temp_dir()).unwrap_or_else(|_| PathBuf::from("/tmp"));
    // As root the server's user may not enter a TMPDIR of root's own.
    let disk = if open_to_all(&disk) {
        disk
    } else {
        PathBuf::from("/tmp")
    };
    if !memory.is_dir() {
        return (disk, None);
    }
    if nix::unistd::access(memory, AccessFlags::W_OK | AccessFlags::X_OK).is_err() {
        return (disk, Some("/dev/shm can't be written".to_owned()));
    }
    let needed = cluster_bytes * 4 + HEADROOM;
    match free_bytes(memory) {
        Some(free) if free >= needed => (memory.to_owned(), None),
        Some(free) => {
            let free = free / 1_048_576;
            (disk, Some(format!("/dev/shm has only {free} MB free")))
        }
        None => (disk, Some("/dev/shm can't be asked for its size".to_owned())),
    }
}

/// Whether any user can write there, and enter every folder on the way.
fn open_to_all(folder: &Path) -> bool {
    let allows =
        |path: &Path, bits| std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & bits == bits);
    !nix::unistd::Uid::effective().is_root()
        || (allows(folder, 0o003) && folder.ancestors().all(|above| allows(above, 0o001)))
}

/// The bytes that a file system still takes; `None` where it won't say.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(path).ok()?;
    // The fields' widths differ between Linux and macOS.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    Some(stat.blocks_available() as u64 * stat.fragment_size() as u64)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_nobody_watches_over_is_swept_and_nothing_else() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str, alive: &str, age: Duration| {
            let folder = parent.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("alive"), alive).unwrap();
            File::open(&folder)
                .unwrap()
                .set_modified(SystemTime::now() - age)
                .unwrap();
            folder
        };
        let hour = Duration::from_hours(1);
        // No process has a number as large.
        let dead = make("pgproof-0123456789ab", "2147483646\n", hour);
        let ended = make("pgproof-0123456789ac", "", hour);
        let young = make("pgproof-0123456789ad", "2147483646\n", Duration::ZERO);
        let watched = make("pgproof-0123456789ae", &format!("{}\n", std::process::id()), hour);
        let strange = make("pgproof-notes", "", hour);
        let answering = make("pgproof-0123456789af", "2147483646\n", Duration::ZERO);
        let _server = std::os::unix::net::UnixListener::bind(answering.join(SOCKET)).unwrap();
        File::open(&answering)
            .unwrap()
            .set_modified(SystemTime::now() - hour)
            .unwrap();
        sweep(parent.path(), Account::Own);
        for gone in [dead, ended] {
            assert!(!gone.exists(), "{}", gone.display());
        }
        for kept in [young, watched, strange, answering] {
            assert!(kept.exists(), "{}", kept.display());
        }
    }
}
