//! The cache folder: clusters that were made once, each in one file that is checked when it is read.
//!
//! A file is `<32 bytes of BLAKE3><tar>`, written beside its place and renamed into it, so a reader sees a whole
//! one or none. The folder's name bears [`FORMAT`]: another version of pgproof that writes another format uses
//! another folder, and the key of each file bears everything else that could differ.

use std::fs::{self, File};
use std::io::{self, Cursor, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ServerError;
use super::account::Account;

/// Raised whenever files that an older version made must not be used.
const FORMAT: u32 = 1;

/// Templates that nobody has used for so long are removed.
const KEPT: Duration = Duration::from_hours(14 * 24);

/// What is still not whole after so long was left by a killed process.
const HALF_WRITTEN_KEPT: Duration = Duration::from_hours(1);

/// All templates together may be this large; the least recently used go first.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

const HASH: usize = blake3::OUT_LEN;

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
        if let Some(archive) = self.read(name) {
            return Ok(archive);
        }
        let _lock = self.lock(name);
        if let Some(archive) = self.read(name) {
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

    /// The archive, if it is there and whole. A damaged one is removed, so that it is made again.
    pub(crate) fn read(&self, name: &str) -> Option<Archive> {
        let path = self.path(name);
        let read = || -> io::Result<(File, Vec<u8>)> {
            let mut file = File::open(&path)?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok((file, bytes))
        };
        let damage = match read() {
            Ok((file, bytes)) => match Archive::checked(bytes) {
                Some(archive) => {
                    // The time of the last use decides what is pruned; a cache that can't be written keeps its own.
                    let _ = file.set_modified(SystemTime::now());
                    return Some(archive);
                }
                None => "it is damaged".to_owned(),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => error.to_string(),
        };
        tracing::warn!("{} in the cache is made again: {damage}", path.display());
        // A folder where the file should be would be in the way for good.
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        None
    }

    /// Puts an archive in place, and removes what has not been used for long. Whoever has made it can go on without.
    pub(crate) fn write(&self, name: &str, archive: &Archive) {
        let path = self.path(name);
        let put = || -> io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(".making-")
                .tempfile_in(&self.folder)?;
            file.write_all(&archive.bytes)?;
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

    /// Removes templates that are old or too many, never `fresh`. Nothing here can fail a run.
    fn prune(&self, fresh: &Path) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
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

/// A cluster's files in memory, as they lie in the cache.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    bytes: Vec<u8>,
}

impl Archive {
    /// Packs a stopped cluster's folder; `notes` travel with it.
    pub(crate) fn pack(data: &Path, notes: &[u8]) -> io::Result<Self> {
        Self::packed(notes, |builder| {
            builder.follow_symlinks(false);
            builder.append_dir_all("data", data)
        })
    }

    fn packed(
        notes: &[u8],
        files: impl FnOnce(&mut tar::Builder<Vec<u8>>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut builder = tar::Builder::new(vec![0; HASH]);
        builder.mode(tar::HeaderMode::Deterministic);
        let mut header = tar::Header::new_gnu();
        header.set_size(notes.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, NOTES, notes)?;
        files(&mut builder)?;
        let mut bytes = builder.into_inner()?;
        let hash = blake3::hash(&bytes[HASH..]);
        bytes[..HASH].copy_from_slice(hash.as_bytes());
        Ok(Self { bytes })
    }

    /// Packs notes alone.
    pub(crate) fn of_notes(notes: &[u8]) -> io::Result<Self> {
        Self::packed(notes, |_| Ok(()))
    }

    fn checked(bytes: Vec<u8>) -> Option<Self> {
        let (hash, tar) = bytes.split_at_checked(HASH)?;
        (blake3::hash(tar).as_bytes() == hash).then_some(Self { bytes })
    }

    /// How many bytes the files take.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What was packed beside the files.
    pub(crate) fn notes(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Archive::new(Cursor::new(&self.bytes[HASH..]));
        let mut notes = Vec::new();
        if let Some(first) = archive.entries()?.next() {
            first?.read_to_end(&mut notes)?;
        }
        Ok(notes)
    }

    /// Writes the cluster to `folder/data`, owned by the server's user, but for what the server would remove when it
    /// starts: that is returned, to be put there once it runs.
    pub(crate) fn unpack(&self, folder: &Path, account: Account) -> io::Result<Vec<RelationCache>> {
        let mut caches = Vec::new();
        let mut archive = tar::Archive::new(Cursor::new(&self.bytes[HASH..]));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.into_owned();
            if name == Path::new(NOTES) {
                continue;
            }
            let path = folder.join(&name);
            if entry.header().entry_type().is_dir() {
                fs::DirBuilder::new().create(&path)?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
                account.own(&path)?;
            } else if name.ends_with(RelationCache::NAME) {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes)?;
                caches.push(RelationCache { path, bytes });
            } else {
                write_new(&path, &mut entry, account)?;
            }
        }
        Ok(caches)
    }
}

/// What a server has written down about the catalogues of one database, so that sessions need not read them at their
/// beginning. A start removes it, since a recovery may have made it wrong; but our clusters were stopped cleanly, and
/// one of a template is copied into its clones, which the server expects and allows for (`load_relcache_init_file`).
#[derive(Debug)]
pub(crate) struct RelationCache {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl RelationCache {
    const NAME: &str = "pg_internal.init";

    /// Puts it back into a server that runs and that nobody has joined yet.
    pub(crate) fn restore(&self, account: Account) -> io::Result<()> {
        write_new(&self.path, &mut &*self.bytes, account)
    }
}

fn write_new(path: &Path, from: &mut impl io::Read, account: Account) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    io::copy(from, &mut file)?;
    account.own_file(&file)
}

const NOTES: &str = "notes.json";

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache {
            folder: folder.path().to_owned(),
        };
        (folder, cache)
    }

    fn sample() -> Archive {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("base")).unwrap();
        fs::write(data.path().join("base/1"), vec![7; 20_000]).unwrap();
        Archive::pack(data.path(), b"{}").unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let (_folder, cache) = cache();
        cache.write("cluster-x", &sample());
        let archive = cache.read("cluster-x").unwrap();
        let out = tempfile::tempdir().unwrap();
        archive.unpack(out.path(), Account::Own).unwrap();
        assert_eq!(fs::read(out.path().join("data/base/1")).unwrap(), vec![7; 20_000]);
        assert_eq!(archive.notes().unwrap(), b"{}");
    }

    #[test]
    fn what_a_start_would_remove_is_put_back_after_it() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir(data.path().join("global")).unwrap();
        fs::write(data.path().join("global/pg_internal.init"), b"relations").unwrap();
        let archive = Archive::pack(data.path(), b"{}").unwrap();
        let out = tempfile::tempdir().unwrap();
        let caches = archive.unpack(out.path(), Account::Own).unwrap();
        let file = out.path().join("data/global/pg_internal.init");
        assert!(!file.exists());
        for cache in caches {
            cache.restore(Account::Own).unwrap();
        }
        assert_eq!(fs::read(file).unwrap(), b"relations");
    }

    #[test]
    fn a_damaged_archive_is_noticed_wherever_the_damage_is_and_made_again() {
        let (_folder, cache) = cache();
        let whole = sample();
        for at in [0, HASH, whole.bytes.len() / 2, whole.bytes.len() - 1] {
            cache.write("cluster-x", &whole);
            let mut bytes = fs::read(cache.path("cluster-x")).unwrap();
            bytes[at] ^= 1;
            fs::write(cache.path("cluster-x"), bytes).unwrap();
            assert!(
                cache.read("cluster-x").is_none(),
                "a flipped bit at {at} went unseen"
            );
        }
        fs::write(cache.path("cluster-x"), b"short").unwrap();
        let made = cache
            .get_or_make::<ServerError>("cluster-x", || Ok(sample()))
            .unwrap();
        assert_eq!(made.bytes, whole.bytes);
        assert!(cache.read("cluster-x").is_some());
    }

    #[test]
    fn an_old_template_is_pruned_and_a_cluster_is_not() {
        let (_folder, cache) = cache();
        for name in ["template-old", "cluster-old"] {
            cache.write(name, &sample());
            let file = File::options().write(true).open(cache.path(name)).unwrap();
            file.set_modified(SystemTime::now() - 2 * KEPT).unwrap();
        }
        cache.write("template-new", &sample());
        assert!(!cache.path("template-old").exists());
        assert!(cache.path("cluster-old").exists() && cache.path("template-new").exists());
    }
}
