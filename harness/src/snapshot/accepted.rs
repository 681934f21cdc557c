//! The accepted snapshots of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::SnapshotError;
use super::file::SnapshotFile;
use super::name::ACCEPTED;

/// The accepted snapshots of a folder. A folder that is not there has none.
#[derive(Debug, Clone)]
pub struct Accepted {
    folder: Utf8PathBuf,
    /// By file name without its extension.
    files: BTreeMap<String, SnapshotFile>,
}

impl Accepted {
    /// Reads each `.snap` of the folder, not of the folders in it. Other files are left alone.
    pub fn read(folder: &Utf8Path) -> Result<Self, SnapshotError> {
        let mut files = BTreeMap::new();
        for name in names(folder, ACCEPTED)? {
            let file = SnapshotFile::read(&folder.join(format!("{name}{ACCEPTED}")))?;
            files.insert(name, file);
        }
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// The snapshots by file name without its extension, sorted. Those without contents, which count as absent, and
    /// those that insta's macros made are left out.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SnapshotFile)> {
        self.files
            .iter()
            .filter(|(_, file)| !file.contents.is_empty() && !file.header.is_of_a_rust_test())
            .map(|(name, file)| (name.as_str(), file))
    }

    /// The accepted text, or none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.files
            .get(name)
            .map(|file| file.contents.as_str())
            .filter(|contents| !contents.is_empty())
    }
}

/// The names, without it, of the folder's files that end with this extension: sorted, and none if there is no folder.
pub(super) fn names(folder: &Utf8Path, extension: &str) -> Result<Vec<String>, SnapshotError> {
    let failed = |source| SnapshotError::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let file_name = entry.map_err(failed)?.file_name();
        // A name that is not UTF-8 is none that we gave.
        if let Some(name) = file_name.to_str().and_then(|name| name.strip_suffix(extension)) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}
