//! A stopped cluster in one file, in the order in which a start needs it.
//!
//! `<HASH><length of the head><head><HASH><rest>`: two tars, each with its BLAKE3 before it. The head has what `postgres`
//! reads while it boots; the rest, some ten times as much, has the databases, which are put in place meanwhile.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use super::account::Account;

const HASH: usize = blake3::OUT_LEN;

/// What stands before the head: its hash and its length.
const BEFORE_HEAD: usize = HASH + 8;

/// What was packed beside the files.
const NOTES: &str = "notes.json";

/// A cluster's files, in memory or as they lie in the cache.
#[derive(Debug)]
pub(crate) struct Archive {
    head: Vec<u8>,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Packed(Vec<u8>),
    /// Behind that many bytes of the file.
    InFile(File, usize),
}

/// Bytes with the hash that they are to have; what was never stored has none.
type Unchecked<'a> = (Option<[u8; HASH]>, Cow<'a, [u8]>);

/// Two databases of one cluster whose files are the same, so that one is packed and both are unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Twins {
    /// The object identifier of the database that is packed.
    pub(crate) of: u32,
    /// The object identifier of the other.
    pub(crate) to: u32,
}

impl Archive {
    /// Packs a stopped cluster's folder; `notes` travel with it.
    pub(crate) fn pack(data: &Path, notes: &[u8], twins: Option<Twins>) -> io::Result<Self> {
        let mut packing = Packing {
            head: builder(),
            rest: builder(),
            twins,
        };
        append_notes(&mut packing.head, notes)?;
        packing.folder(data, Path::new("data"))?;
        Ok(Self {
            head: packing.head.into_inner()?,
            rest: Rest::Packed(packing.rest.into_inner()?),
        })
    }

    /// Packs notes alone.
    pub(crate) fn of_notes(notes: &[u8]) -> io::Result<Self> {
        let mut head = builder();
        append_notes(&mut head, notes)?;
        Ok(Self {
            head: head.into_inner()?,
            rest: Rest::Packed(Vec::new()),
        })
    }

    /// Reads the head of a file and checks it.
    pub(super) fn open(mut file: File) -> io::Result<Self> {
        let mut before = [0; BEFORE_HEAD];
        file.read_exact(&mut before).map_err(|_| damaged())?;
        let (hash, length) = before.split_at(HASH);
        let length = u64::from_le_bytes(length.try_into().map_err(|_| damaged())?);
        if length > file.metadata()?.len() {
            return Err(damaged());
        }
        let mut head = vec![0; usize::try_from(length).map_err(|_| damaged())?];
        file.read_exact(&mut head).map_err(|_| damaged())?;
        check(hash, &head)?;
        let at = BEFORE_HEAD + head.len();
        Ok(Self {
            head,
            rest: Rest::InFile(file, at),
        })
    }

    pub(super) fn write(&self, file: &mut File) -> io::Result<()> {
        file.write_all(blake3::hash(&self.head).as_bytes())?;
        file.write_all(&(self.head.len() as u64).to_le_bytes())?;
        file.write_all(&self.head)?;
        let rest = self.rest()?;
        file.write_all(blake3::hash(&rest).as_bytes())?;
        file.write_all(&rest)
    }

    /// The same with all of it in memory and checked.
    pub(super) fn whole(self) -> io::Result<Self> {
        let rest = self.rest()?.into_owned();
        Ok(Self {
            head: self.head,
            rest: Rest::Packed(rest),
        })
    }

    fn rest(&self) -> io::Result<Cow<'_, [u8]>> {
        let (hash, bytes) = self.unchecked_rest()?;
        if let Some(hash) = hash {
            check(&hash, &bytes)?;
        }
        Ok(bytes)
    }

    fn unchecked_rest(&self) -> io::Result<Unchecked<'_>> {
        match &self.rest {
            Rest::Packed(bytes) => Ok((None, bytes.into())),
            Rest::InFile(file, at) => {
                let mut hash = [0; HASH];
                let mut file = file;
                file.seek(SeekFrom::Start(*at as u64))?;
                file.read_exact(&mut hash).map_err(|_| damaged())?;
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                Ok((Some(hash), bytes.into()))
            }
        }
    }

    /// How many bytes the files take; what is there twice is counted once.
    pub(crate) fn len(&self) -> u64 {
        let rest = match &self.rest {
            Rest::Packed(bytes) => bytes.len() as u64,
            Rest::InFile(file, at) => {
                let length = file.metadata().map_or(0, |meta| meta.len());
                length.saturating_sub((at + HASH) as u64)
            }
        };
        self.head.len() as u64 + rest
    }

    /// What was packed beside the files.
    pub(crate) fn notes(&self) -> io::Result<Vec<u8>> {
        let mut archive = tar::Archive::new(Cursor::new(&self.head));
        let mut notes = Vec::new();
        if let Some(first) = archive.entries()?.next() {
            first?.read_to_end(&mut notes)?;
        }
        Ok(notes)
    }

    /// Writes what a server reads while it boots to `folder/data`, owned by the server's user. What the server would
    /// remove at that is returned, to be put there once it runs.
    pub(crate) fn unpack_head(&self, folder: &Path, account: Account) -> io::Result<Vec<RelationCache>> {
        Unpacking::new(folder, account).all(&self.head)
    }

    /// Writes the databases: whoever starts a server has until its first session for that. They are checked meanwhile.
    pub(crate) fn unpack_rest(&self, folder: &Path, account: Account) -> io::Result<Vec<RelationCache>> {
        let (hash, bytes) = self.unchecked_rest()?;
        std::thread::scope(|scope| {
            let checked = scope.spawn(|| hash.map_or(Ok(()), |hash| check(&hash, &bytes)));
            let unpacked = Unpacking::new(folder, account).all(&bytes);
            checked
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            unpacked
        })
    }
}

fn check(hash: &[u8], bytes: &[u8]) -> io::Result<()> {
    if blake3::hash(bytes).as_bytes() == hash {
        Ok(())
    } else {
        Err(damaged())
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is damaged")
}

fn builder() -> tar::Builder<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.mode(tar::HeaderMode::Deterministic);
    builder.follow_symlinks(false);
    builder
}

fn append_notes(builder: &mut tar::Builder<Vec<u8>>, notes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(notes.len() as u64);
    header.set_mode(0o600);
    builder.append_data(&mut header, NOTES, notes)
}

struct Packing {
    head: tar::Builder<Vec<u8>>,
    rest: tar::Builder<Vec<u8>>,
    twins: Option<Twins>,
}

impl Packing {
    fn folder(&mut self, from: &Path, name: &Path) -> io::Result<()> {
        let is_databases = name == Path::new("data/base");
        let is_database = name.parent() == Some(Path::new("data/base"));
        if let (true, Some(Twins { of, to })) = (is_databases, self.twins) {
            // Ahead of the files that it tells of.
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::Link);
            header.set_size(0);
            let (of, to) = (name.join(of.to_string()), name.join(to.to_string()));
            self.rest.append_link(&mut header, to, of)?;
        }
        let builder = if is_database {
            &mut self.rest
        } else {
            &mut self.head
        };
        builder.append_dir(name, from)?;
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(from)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        if name == Path::new("data/pg_wal") {
            entries = without_unused_segments(entries)?;
        }
        for entry in entries {
            let (path, name) = (entry.path(), name.join(entry.file_name()));
            if self.is_second(&name) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.folder(&path, &name)?;
            } else {
                let builder = if is_database {
                    &mut self.rest
                } else {
                    &mut self.head
                };
                builder.append_path_with_name(path, name)?;
            }
        }
        Ok(())
    }

    fn is_second(&self, name: &Path) -> bool {
        self.twins
            .is_some_and(|twins| name == Path::new("data/base").join(twins.to.to_string()))
    }
}

/// Keeps the newest two segments that were written: the record of the last checkpoint, which alone a stopped cluster is
/// started from, may begin in the one and end in the other. The others are old, or old ones that were renamed for times
/// to come, which still begin with the address that they were written for.
fn without_unused_segments(entries: Vec<fs::DirEntry>) -> io::Result<Vec<fs::DirEntry>> {
    const KEPT: usize = 2;
    let (mut segments, mut kept) = (Vec::new(), Vec::new());
    for entry in entries {
        let Some(address) = address_by_name(&entry)? else {
            kept.push(entry);
            continue;
        };
        // Magic number, flags and timeline stand before it.
        let mut within = [0; size_of::<u64>()];
        File::open(entry.path())?.read_exact_at(&mut within, 8)?;
        if u64::from_ne_bytes(within) == address {
            segments.push(entry);
        }
    }
    kept.extend(segments.split_off(segments.len().saturating_sub(KEPT)));
    Ok(kept)
}

/// Where a segment of the write-ahead log begins, as its name has it: timeline, upper half, number of the segment.
fn address_by_name(entry: &fs::DirEntry) -> io::Result<Option<u64>> {
    let name = entry.file_name();
    let name = name.to_string_lossy();
    let part = |from: usize| u64::from_str_radix(name.get(from..from + 8)?, 16).ok();
    Ok(match (name.len(), part(0), part(8), part(16)) {
        (24, Some(_), Some(upper), Some(number)) => Some((upper << 32) + number * entry.metadata()?.len()),
        _ => None,
    })
}

struct Unpacking<'a> {
    folder: &'a Path,
    account: Account,
    /// Both as paths in the archive.
    twins: Option<(PathBuf, PathBuf)>,
    caches: Vec<RelationCache>,
}

impl<'a> Unpacking<'a> {
    fn new(folder: &'a Path, account: Account) -> Self {
        Self {
            folder,
            account,
            twins: None,
            caches: Vec::new(),
        }
    }

    fn all(mut self, tar: &[u8]) -> io::Result<Vec<RelationCache>> {
        for entry in tar::Archive::new(Cursor::new(tar)).entries()? {
            let entry = entry?;
            let name = entry.path()?.into_owned();
            if name == Path::new(NOTES) {
                continue;
            }
            let kind = entry.header().entry_type();
            if let (tar::EntryType::Link, Some(of)) = (kind, entry.link_name()?) {
                self.twins = Some((of.into_owned(), name));
                continue;
            }
            let bytes = contents(tar, &entry).ok_or_else(damaged)?;
            self.put(&name, kind, bytes)?;
            let copied = self
                .twins
                .as_ref()
                .and_then(|(of, to)| Some(to.join(name.strip_prefix(of).ok()?)));
            if let Some(name) = copied {
                self.put(&name, kind, bytes)?;
            }
        }
        Ok(self.caches)
    }

    fn put(&mut self, name: &Path, kind: tar::EntryType, bytes: &[u8]) -> io::Result<()> {
        // It may not have been checked yet, and must not lead elsewhere.
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged());
        }
        // A folder's own name joined to nothing would end in a slash.
        let path: PathBuf = self.folder.join(name).components().collect();
        if kind.is_dir() {
            fs::DirBuilder::new().create(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            self.account.own(&path)
        } else if name.ends_with(RelationCache::NAME) {
            self.caches.push(RelationCache {
                path,
                bytes: bytes.to_vec(),
            });
            Ok(())
        } else {
            write_new(&path, bytes, self.account)
        }
    }
}

/// The bytes of a file where they lie in the tar.
fn contents<'a>(tar: &'a [u8], entry: &tar::Entry<'_, impl io::Read>) -> Option<&'a [u8]> {
    let from = usize::try_from(entry.raw_file_position()).ok()?;
    tar.get(from..from + usize::try_from(entry.size()).ok()?)
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
        write_new(&self.path, &self.bytes, account)
    }
}

fn write_new(path: &Path, bytes: &[u8], account: Account) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    account.own_file(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: PathBuf, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn unpack(archive: &Archive, folder: &Path) -> Vec<RelationCache> {
        let mut caches = archive.unpack_head(folder, Account::Own).unwrap();
        caches.extend(archive.unpack_rest(folder, Account::Own).unwrap());
        caches
    }

    #[test]
    fn what_a_start_would_remove_is_put_back_after_it() {
        let data = tempfile::tempdir().unwrap();
        put(data.path().join("global/pg_internal.init"), b"relations");
        put(data.path().join("base/5/pg_internal.init"), b"more");
        let archive = Archive::pack(data.path(), b"{}", Some(Twins { of: 5, to: 6 })).unwrap();
        let out = tempfile::tempdir().unwrap();
        let caches = unpack(&archive, out.path());
        for (path, bytes) in [("global", "relations"), ("base/5", "more"), ("base/6", "more")] {
            let file = out.path().join("data").join(path).join("pg_internal.init");
            assert!(!file.exists());
            let cache = caches.iter().find(|cache| cache.path == file).unwrap();
            cache.restore(Account::Own).unwrap();
            assert_eq!(fs::read_to_string(file).unwrap(), bytes);
        }
    }

    #[test]
    fn a_database_that_is_the_same_as_another_is_packed_once_and_unpacked_twice() {
        let data = tempfile::tempdir().unwrap();
        for database in ["1", "5", "6"] {
            put(
                data.path().join("base").join(database).join("1259"),
                database.as_bytes(),
            );
        }
        let plain = Archive::pack(data.path(), b"{}", None).unwrap();
        let archive = Archive::pack(data.path(), b"{}", Some(Twins { of: 5, to: 6 })).unwrap();
        assert!(archive.len() < plain.len());
        let out = tempfile::tempdir().unwrap();
        unpack(&archive, out.path());
        let read = |database: &str| {
            fs::read_to_string(out.path().join("data/base").join(database).join("1259")).unwrap()
        };
        assert_eq!([read("1"), read("5"), read("6")], ["1", "5", "5"]);
    }

    #[test]
    fn segments_of_the_log_that_no_start_reads_are_left_out() {
        let data = tempfile::tempdir().unwrap();
        let segment = |number: u64, address: u64| {
            let mut bytes = vec![0; 64 * 1024];
            bytes[8..16].copy_from_slice(&address.to_ne_bytes());
            put(
                data.path().join(format!("pg_wal/00000001{:08X}{number:08X}", 2)),
                &bytes,
            );
        };
        let address = |number| (2 << 32) + number * 64 * 1024;
        for number in 3..=6 {
            segment(number, address(number));
        }
        // Renamed for times to come.
        segment(7, address(1));
        put(data.path().join("pg_wal/archive_status/x"), b"");
        let archive = Archive::pack(data.path(), b"{}", None).unwrap();
        let out = tempfile::tempdir().unwrap();
        unpack(&archive, out.path());
        let mut kept: Vec<String> = fs::read_dir(out.path().join("data/pg_wal"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        kept.sort();
        assert_eq!(
            kept,
            [
                "000000010000000200000005",
                "000000010000000200000006",
                "archive_status"
            ]
        );
    }
}
