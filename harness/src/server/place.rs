//! Where a running server's files lie: in memory where there is room, else on disk.

use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::ServerError;
use super::account::Account;

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
    /// Makes a folder that only the server's user can enter, with room for a cluster of that many bytes.
    pub(crate) fn make(account: Account, cluster_bytes: u64) -> Result<Self, ServerError> {
        let (parent, on_disk_because) = choose_parent(cluster_bytes);
        let name = format!("pgproof-{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        let mut path = parent.join(&name);
        if path.join(".s.PGSQL.5432.lock").as_os_str().len() > LONGEST_SOCKET_PATH {
            path = Path::new("/tmp").join(&name);
        }
        let fail = |source| ServerError::RunFolder {
            path: path.clone(),
            source,
        };
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(fail)?;
        account.own(&path).map_err(fail)?;
        Ok(Self {
            path,
            on_disk_because,
        })
    }
}

fn choose_parent(cluster_bytes: u64) -> (PathBuf, Option<String>) {
    if let Some(asked) = std::env::var_os("PGPROOF_RUN_DIR") {
        return (PathBuf::from(asked), None);
    }
    let memory = Path::new("/dev/shm");
    let disk = std::env::temp_dir();
    // As root the server's user may not enter a TMPDIR of root's own.
    let disk = if open_to_all(&disk) {
        disk
    } else {
        PathBuf::from("/tmp")
    };
    if !memory.is_dir() {
        return (disk, None);
    }
    let needed = cluster_bytes * 4 + HEADROOM;
    match free_bytes(memory) {
        Some(free) if free >= needed => (memory.to_owned(), None),
        Some(free) => {
            let reason = format!(
                "/dev/shm has {} MB free and {} MB are wanted",
                free / 1_048_576,
                needed / 1_048_576
            );
            (disk, Some(reason))
        }
        None => (disk, Some("/dev/shm can't be asked for its size".to_owned())),
    }
}

fn open_to_all(folder: &Path) -> bool {
    !nix::unistd::Uid::effective().is_root()
        || std::fs::metadata(folder).is_ok_and(|meta| meta.permissions().mode() & 0o003 == 0o003)
}

/// The bytes that a file system still takes; `None` where it won't say.
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let stat = nix::sys::statvfs::statvfs(path).ok()?;
    // The fields' widths differ between Linux and macOS.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    Some(stat.blocks_available() as u64 * stat.fragment_size() as u64)
}
