//! The cache folder: clusters that were made once, each in one file that is checked when it is read.
//!
//! A file is an [`Archive`], written beside its place and renamed into it, so a reader sees a whole one or none. The
//! folder's name bears [`FORMAT`]: another version of pgproof that writes another format uses another folder, and the
//! key of each file bears everything else that could differ.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ServerError;
use super::archive::Archive;

/// Raised whenever files that an older version made must not be used.
const FORMAT: u32 = 2;

/// Templates that nobody has used for so long are removed.
const KEPT: Duration = Duration::from_hours(14 * 24);

/// What is still not whole after so long was left by a killed process.
const HALF_WRITTEN_KEPT: Duration = Duration::from_hours(1);

/// All templates together may be this large; the least recently used go first.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// The folder that holds clusters from run to run.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Opens the cache, and makes it where it is not there: `$PGPROOF_CACHE`, as root `/var/cache/pgproof`,
    /// else the user's cache folder. A folder that can't be written is replaced by one below the temporary
    /// folder, which serves as well but for its short life.
    pub(crate) fn open() -> Result<Self, ServerError> {
        let wanted = Self::wanted().join(format!("v{FORMAT}"));
        match usable(&wanted) {
            Ok(()) => Ok(Self { folder: wanted }),
            Err(source) if super::variable("PGPROOF_CACHE").is_none() => {
                // One folder and not two: in a temporary folder nobody else can put another in its place.
                let user = nix::unistd::Uid::effective();
                let spare = std::env::temp_dir().join(format!("pgproof-cache-{user}-v{FORMAT}"));
                tracing::debug!(%source, folder = %wanted.display(), "the cache folder can't be used");
                usable(&spare).map_err(|source| ServerError::Cache {
                    path: spare.clone(),
                    source,
                })?;
                Ok(Self { folder: spare })
            }
            Err(source) => Err(ServerError::Cache { path: wanted, source }),
        }
    }

    /// Where it is to be, whichever format it has.
    pub(super) fn wanted() -> PathBuf {
        if let Some(folder) = super::variable("PGPROOF_CACHE") {
            return PathBuf::from(folder);
        }
        if nix::unistd::Uid::effective().is_root() {
            return PathBuf::from("/var/cache/pgproof");
        }
        let home = super::variable("HOME").map_or_else(std::env::temp_dir, PathBuf::from);
        if cfg!(target_os = "macos") {
            return home.join("Library/Caches/pgproof");
        }
        super::variable("XDG_CACHE_HOME")
            .map_or_else(|| home.join(".cache"), PathBuf::from)
            .join("pgproof")
    }

    /// The archive of that name, made by `make` where it is missing or damaged. Of many processes that ask at
    /// once one makes it and the others wait.
    pub(crate) fn get_or_make<E: From<ServerError>>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<Archive, E>,
    ) -> Result<Archive, E> {
        if let Some(archive) = self.read_whole(name) {
            return Ok(archive);
        }
        let _lock = self.lock(name);
        if let Some(archive) = self.read_whole(name) {
            return Ok(archive);
        }
        let archive = make()?;
        self.write(name, &archive);
        Ok(archive)
    }

    /// Holds the name for one process until the file is dropped. Without it nothing is wrong: two may then make the
    /// same.
    pub(crate) fn lock(&self, name: &str) -> Option<File> {
        let path = self.folder.join(format!("{name}.lock"));
        let open = || -> io::Result<File> {
            let file = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&path)?;
            file.lock()?;
            Ok(file)
        };
        open()
            .inspect_err(|error| tracing::warn!("failed to lock {} in the cache: {error}", path.display()))
            .ok()
    }

    /// The archive, if it is there: what lies at its beginning is whole, and the rest is checked when it is unpacked. A
    /// damaged one is removed, so that it is made again.
    pub(crate) fn read(&self, name: &str) -> Option<Archive> {
        let path = self.path(name);
        let read = || {
            let file = File::open(&path)?;
            // The time of the last use decides what is pruned; a cache that can't be written keeps its own.
            let _ = file.set_modified(SystemTime::now());
            Archive::open(file)
        };
        match read() {
            Ok(archive) => Some(archive),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.remove(name, &error);
                None
            }
        }
    }

    fn read_whole(&self, name: &str) -> Option<Archive> {
        let archive = self.read(name)?;
        archive.whole().inspect_err(|error| self.remove(name, error)).ok()
    }

    /// Removes what is damaged, so that it is made again.
    pub(crate) fn remove(&self, name: &str, damage: &io::Error) {
        let path = self.path(name);
        tracing::warn!("{} in the cache is made again: {damage}", path.display());
        // A folder where the file should be would be in the way for good.
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
    }

    /// Puts an archive in place, and removes what has not been used for long. Whoever has made it can go on without.
    pub(crate) fn write(&self, name: &str, archive: &Archive) {
        let path = self.path(name);
        let put = || -> io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(".making-")
                .tempfile_in(&self.folder)?;
            archive.write(file.as_file_mut())?;
            file.persist(&path)?;
            Ok(())
        };
        match put() {
            Ok(()) => self.prune(&path),
            Err(error) => tracing::warn!(
                "failed to keep {} in the cache, so the next run makes it again: {error}",
                path.display()
            ),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.tar"))
    }

    /// This folder and those of other formats, whose version of pgproof may never run again.
    fn of_all_formats(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.clone()];
        // A folder below the temporary folder has others' folders beside it.
        if let (Some(_), Some(parent)) = (format_of(&self.folder), self.folder.parent()) {
            let entries = fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
            let others = entries.map(|entry| entry.path());
            folders.extend(others.filter(|folder| *folder != self.folder && format_of(folder).is_some()));
        }
        folders
    }

    /// Removes templates that are old or too many, never `fresh`. Nothing here can fail a run.
    fn prune(&self, fresh: &Path) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = self
            .of_all_formats()
            .iter()
            .filter_map(|folder| fs::read_dir(folder).ok())
            .flatten()
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let meta = entry.metadata().ok()?;
                Some((meta.modified().ok()?, meta.len(), entry.path()))
            })
            .filter(|(_, _, path)| path != fresh && is_prunable(path))
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (used, bytes, path) in files {
            let half_written = path.extension() != Some("tar".as_ref());
            let kept = if half_written { HALF_WRITTEN_KEPT } else { KEPT };
            if total > LARGEST || used.elapsed().is_ok_and(|age| age > kept) {
                let _ = fs::remove_file(&path);
                total -= bytes;
            }
        }
    }
}

/// The number in the name of a folder of this cache.
fn format_of(folder: &Path) -> Option<u32> {
    folder.file_name()?.to_str()?.strip_prefix('v')?.parse().ok()
}

/// Templates, what was found out about them, and what a killed process left half written. Lock files stay: removing one that somebody waits for
/// would let two in.
fn is_prunable(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let kind = ["template-", "known-"].iter().any(|kind| name.starts_with(kind));
    kind && name.ends_with(".tar") || name.starts_with(".making-")
}

fn usable(folder: &Path) -> io::Result<()> {
    usable_by(folder, 0o700)
}

pub(super) fn usable_by(folder: &Path, mode: u32) -> io::Result<()> {
    let parent = folder.parent().filter(|parent| !parent.exists());
    fs::create_dir_all(folder)?;
    if let Some(made) = parent {
        // Whatever our umask is: through it the server's user gets to the programs.
        fs::set_permissions(made, fs::Permissions::from_mode(0o755))?;
    }
    // A link that somebody else has laid in a temporary folder is not followed.
    let own = fs::symlink_metadata(folder)?;
    if !own.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is a link"));
    }
    if std::os::unix::fs::MetadataExt::uid(&own) != nix::unistd::Uid::effective().as_raw() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to another user",
        ));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
    // Permissions do not tell of a read-only file system; making a file does.
    tempfile::tempfile_in(folder).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::account::Account;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache {
            folder: folder.path().join("v2"),
        };
        fs::create_dir(&cache.folder).unwrap();
        (folder, cache)
    }

    fn sample() -> Archive {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join("base/1")).unwrap();
        fs::write(data.path().join("base/1/1259"), vec![7; 20_000]).unwrap();
        Archive::pack(data.path(), b"{}", None).unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let (_folder, cache) = cache();
        cache.write("cluster-x", &sample());
        let archive = cache.read("cluster-x").unwrap();
        let out = tempfile::tempdir().unwrap();
        archive.unpack_head(out.path(), Account::Own).unwrap();
        archive.unpack_rest(out.path(), Account::Own).unwrap();
        assert_eq!(
            fs::read(out.path().join("data/base/1/1259")).unwrap(),
            vec![7; 20_000]
        );
        assert_eq!(archive.notes().unwrap(), b"{}");
    }

    #[test]
    fn a_damaged_archive_is_noticed_wherever_the_damage_is_and_made_again() {
        let (_folder, cache) = cache();
        cache.write("cluster-x", &sample());
        let whole = fs::read(cache.path("cluster-x")).unwrap();
        for at in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(cache.path("cluster-x"), bytes).unwrap();
            assert!(
                cache.read_whole("cluster-x").is_none(),
                "a flipped bit at {at} went unseen"
            );
            assert!(!cache.path("cluster-x").exists());
        }
        fs::write(cache.path("cluster-x"), b"short").unwrap();
        let made = cache
            .get_or_make::<ServerError>("cluster-x", || Ok(sample()))
            .unwrap();
        assert_eq!(made.len(), sample().len());
        assert_eq!(fs::read(cache.path("cluster-x")).unwrap(), whole);
    }

    #[test]
    fn an_old_template_is_pruned_and_a_cluster_is_not() {
        let (folder, cache) = cache();
        let other = Cache {
            folder: folder.path().join("v1"),
        };
        fs::create_dir(&other.folder).unwrap();
        for cache in [&cache, &other] {
            for name in ["template-old", "cluster-old"] {
                cache.write(name, &sample());
                let file = File::options().write(true).open(cache.path(name)).unwrap();
                file.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
            }
        }
        cache.write("template-new", &sample());
        for cache in [&cache, &other] {
            assert!(!cache.path("template-old").exists());
            assert!(cache.path("cluster-old").exists());
        }
        assert!(cache.path("template-new").exists());
    }
}
