//! What lies in a folder of migrations: names, not contents, and nothing about any tool's convention.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::ReadOptions;
use super::error::ReadError;
use super::script::Script;

/// The names in a folder of migrations, without those that the contract takes out; sorted by their bytes.
#[derive(Debug)]
pub(super) struct Folder {
    /// The project's folder.
    pub(super) root: Utf8PathBuf,
    /// The folder, relative to the project's; `.` if it is the same.
    pub(super) path: Utf8PathBuf,
    /// The files directly in it.
    pub(super) files: Vec<String>,
    /// The folders directly in it, with the same left out as below.
    pub(super) folders: Vec<String>,
    /// The files further below, relative to the folder. Hidden folders, folders of packages and of build results
    /// and other projects' folders are left out.
    pub(super) below: Vec<Utf8PathBuf>,
    /// Folders below that could not be looked into, and why.
    pub(super) closed: Vec<(Utf8PathBuf, io::Error)>,
    /// How many files with `.sql` in their name the contract takes out.
    pub(super) left_out: usize,
    /// Whether the path given is a single file.
    pub(super) single_file: bool,
    /// What the contract gives for placeholders.
    pub(super) placeholders: BTreeMap<String, String>,
}

impl Folder {
    /// Lists the folder `path`, or the folder of the one file `path`, relative to `root`.
    pub(super) fn list(
        root: &Utf8Path,
        path: &Utf8Path,
        options: &ReadOptions<'_>,
    ) -> Result<Self, ReadError> {
        let path = normal(path);
        let metadata = std::fs::metadata(root.join(&path)).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ReadError::Missing { path: path.clone() },
            _ => ReadError::Unreadable {
                path: path.clone(),
                source,
            },
        })?;
        let mut folder = Self {
            root: root.to_owned(),
            path: path.clone(),
            files: Vec::new(),
            folders: Vec::new(),
            below: Vec::new(),
            closed: Vec::new(),
            left_out: 0,
            single_file: !metadata.is_dir(),
            placeholders: options.placeholders.cloned().unwrap_or_default(),
        };
        if folder.single_file {
            let name = path.file_name().filter(|name| has_suffix(name, ".sql"));
            let name = name.ok_or_else(|| ReadError::NotSql { path: path.clone() })?;
            folder.files.push(name.to_owned());
            folder.path = normal(path.parent().unwrap_or(Utf8Path::new("")));
            return Ok(folder);
        }
        let not_migrations = options.not_migrations.iter().map(|path| normal(path)).collect();
        let filter = Filter {
            exclude: globs(options.exclude)?,
            not_migrations,
        };
        let mut seen = BTreeSet::new();
        folder.walk(Utf8Path::new(""), &filter, &mut seen)?;
        folder.files.sort();
        folder.folders.sort();
        folder.below.sort();
        folder.closed.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(folder)
    }

    /// The path of a file of the folder, as a user would type it.
    pub(super) fn path_of(&self, name: impl AsRef<Utf8Path>) -> Utf8PathBuf {
        normal(&self.path.join(name))
    }

    /// The files directly in it whose names end in `.sql`, in capitals or not.
    pub(super) fn sql_files(&self) -> impl Iterator<Item = &String> {
        self.files.iter().filter(|name| has_suffix(name, ".sql"))
    }

    /// Reads a file of the folder.
    pub(super) fn script(&self, name: impl AsRef<Utf8Path>) -> Result<Script, ReadError> {
        Script::read(&self.root, &self.path_of(name))
    }

    /// Whether there is such a file or folder beside the folder's own files.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.root.join(&self.path).join(name).exists()
    }

    fn walk(
        &mut self,
        within: &Utf8Path,
        filter: &Filter,
        seen: &mut BTreeSet<PathBuf>,
    ) -> Result<(), ReadError> {
        let here = self.root.join(&self.path).join(within);
        let shown = self.path_of(within);
        let unreadable = |source| ReadError::Unreadable {
            path: shown.clone(),
            source,
        };
        // A link to a folder above would be walked for ever.
        if !seen.insert(std::fs::canonicalize(&here).map_err(unreadable)?) {
            return Ok(());
        }
        for entry in std::fs::read_dir(&here).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let name = name.to_string_lossy();
                if has_suffix(&name, ".sql") {
                    return Err(ReadError::NotUtf8Name {
                        path: format!("{shown}/{name}"),
                    });
                }
                continue;
            };
            let path = within.join(name);
            if filter.takes_out(&self.path_of(&path), &path) {
                self.left_out += usize::from(has_suffix(name, ".sql"));
                continue;
            }
            let metadata = match std::fs::metadata(entry.path()) {
                Ok(metadata) => metadata,
                // A link that leads nowhere matters only where a migration should be.
                Err(source) if has_suffix(name, ".sql") => {
                    return Err(ReadError::Unreadable {
                        path: self.path_of(&path),
                        source,
                    });
                }
                Err(_) => continue,
            };
            if metadata.is_dir() {
                if is_foreign(&here.join(name), name) {
                    continue;
                }
                if within.as_str().is_empty() {
                    self.folders.push(name.to_owned());
                }
                match self.walk(&path, filter, seen) {
                    Err(ReadError::Unreadable { path, source }) if !has_suffix(path.as_str(), ".sql") => {
                        self.closed.push((path, source));
                    }
                    other => other?,
                }
            } else if within.as_str().is_empty() {
                self.files.push(name.to_owned());
            } else {
                self.below.push(path);
            }
        }
        Ok(())
    }
}

/// What the contract says is no migration.
struct Filter {
    exclude: GlobSet,
    not_migrations: Vec<Utf8PathBuf>,
}

impl Filter {
    fn takes_out(&self, from_root: &Utf8Path, from_folder: &Utf8Path) -> bool {
        self.exclude.is_match(from_folder)
            || self.not_migrations.iter().any(|path| from_root.starts_with(path))
    }
}

/// Folders that hold something else than this project's migrations.
fn is_foreign(path: &Utf8Path, name: &str) -> bool {
    name.starts_with('.')
        || name == "node_modules"
        || path.join("CACHEDIR.TAG").exists()
        || path.join("pgproof.toml").exists()
}

fn globs(patterns: &[String]) -> Result<GlobSet, ReadError> {
    let error = |pattern: &str| {
        let pattern = pattern.to_owned();
        move |source| ReadError::Glob { pattern, source }
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        set.add(Glob::new(pattern).map_err(error(pattern))?);
    }
    set.build().map_err(error(&patterns.join(" ")))
}

/// A path without `.` and doubled slashes; `.` itself where nothing else is left.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let path: Utf8PathBuf = path
        .components()
        .filter(|part| *part != Utf8Component::CurDir)
        .collect();
    if path.as_str().is_empty() {
        Utf8PathBuf::from(".")
    } else {
        path
    }
}

/// The folder above.
pub(super) fn above(path: &Utf8Path) -> Utf8PathBuf {
    if path == "." || path.ends_with("..") {
        normal(&path.join(".."))
    } else {
        normal(path.parent().unwrap_or(Utf8Path::new("")))
    }
}

/// Whether a name ends in `suffix`, in capitals or not.
pub(super) fn has_suffix(name: &str, suffix: &str) -> bool {
    without_suffix(name, suffix).is_some()
}

/// The name without `suffix`, which may be in capitals.
pub(super) fn without_suffix<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(suffix.len())?;
    name.get(at..)?.eq_ignore_ascii_case(suffix).then(|| &name[..at])
}
