//! The folder that fetched PostgreSQL programs are kept in, beside the cache's files.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use super::cache::{Cache, usable_by};

/// The folder that holds PostgreSQL's programs that were fetched. Others than we must be able to read it: as root the server
/// runs as another user.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
}

/// What a folder's name begins with while it is being filled.
const MAKING: &str = ".making-";

impl Programs {
    /// Opens it, and makes it where it is not there: beside the cache's files.
    pub(crate) fn open() -> Result<Self, (PathBuf, io::Error)> {
        let [wanted, spare] = Self::places();
        match usable_by(&wanted, 0o755) {
            Ok(()) => Ok(Self { folder: wanted }),
            Err(_) if super::variable("PGPROOF_CACHE").is_none() => match usable_by(&spare, 0o755) {
                Ok(()) => Ok(Self { folder: spare }),
                Err(source) => Err((spare, source)),
            },
            Err(source) => Err((wanted, source)),
        }
    }

    /// Where it is, or would be.
    pub(crate) fn there() -> impl Iterator<Item = Self> {
        Self::places().into_iter().map(|folder| Self { folder })
    }

    fn places() -> [PathBuf; 2] {
        let user = nix::unistd::Uid::effective();
        let spare = std::env::temp_dir().join(format!("pgproof-postgresql-{user}"));
        [Cache::wanted().join("postgresql"), spare]
    }

    /// What was fetched; nothing that is being made.
    pub(crate) fn installed(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        let own = |entry: &fs::DirEntry| {
            let mine = entry
                .metadata()
                .is_ok_and(|meta| meta.uid() == nix::unistd::Uid::effective().as_raw());
            mine && !entry.file_name().to_string_lossy().starts_with('.')
        };
        let mut folders: Vec<PathBuf> = entries.filter(own).map(|entry| entry.path()).collect();
        folders.sort();
        folders
    }

    /// A folder to fill that goes away with this value.
    pub(crate) fn stage(&self) -> io::Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix(MAKING)
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(&self.folder)
    }

    /// Removes what a killed process left half made. For whoever holds the lock.
    pub(crate) fn sweep(&self) {
        let entries = fs::read_dir(&self.folder)
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(MAKING)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
