//! Pending snapshots: writing them, and what a review does with them.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::accepted::names;
use super::compare::{Comparison, Kind};
use super::diff::{NOTHING, unified};
use super::file::{Header, SnapshotFile};
use super::name::{ACCEPTED, PENDING};
use super::{SnapshotError, Update};

impl Comparison {
    /// Writes the differences as `update` allows, and removes pending files of earlier runs on this major that no
    /// difference is left for. Returns the files that hold what is new: pending ones to review, or accepted ones
    /// (also those removed) where `update` asks for no review.
    ///
    /// `source` is what a review names as the origin: the project's folder relative to the workspace, such as
    /// `migrations/helios`. With [`Update::No`] no file is touched.
    pub fn write(&self, source: &str, update: Update) -> Result<Vec<Utf8PathBuf>, SnapshotError> {
        let mut written = Vec::new();
        if update == Update::No {
            return Ok(written);
        }
        for difference in &self.differences {
            let Some(pending) = &difference.pending else {
                continue;
            };
            let reviewed = match update {
                Update::Always => false,
                Update::Unseen => difference.kind != Kind::New,
                Update::New | Update::No => true,
            };
            let path = if reviewed { pending } else { &difference.file };
            if !reviewed && difference.kind == Kind::Gone {
                remove(path)?;
            } else {
                let header = Header {
                    source: Some(source.to_owned()),
                    expression: Some(difference.stem.clone()),
                };
                let contents = difference.new.clone();
                SnapshotFile { header, contents }.write(path)?;
            }
            written.push(path.clone());
        }
        self.remove_stale(&written)?;
        Ok(written)
    }

    fn remove_stale(&self, written: &[Utf8PathBuf]) -> Result<(), SnapshotError> {
        let written: BTreeSet<&Utf8PathBuf> = written.iter().collect();
        for name in names(&self.folder, PENDING)? {
            let path = self.folder.join(format!("{name}{PENDING}"));
            if self.majors.owns(&name) && !written.contains(&path) && !is_of_a_rust_test(&path) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn is_of_a_rust_test(path: &Utf8Path) -> bool {
    SnapshotFile::read(path).is_ok_and(|file| file.header.is_of_a_rust_test())
}

/// A snapshot that waits for a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The pending file.
    pub path: Utf8PathBuf,
    /// The accepted file that it is to replace.
    pub accepted: Utf8PathBuf,
    /// What is accepted; empty if nothing is.
    pub old: String,
    /// What waits. Without contents, the accepted file is to be removed.
    pub new: SnapshotFile,
}

/// The pending snapshots of a folder, sorted by file; those of insta's macros are left to cargo-insta. A folder that is
/// not there has none.
pub fn pending(folder: &Utf8Path) -> Result<Vec<Pending>, SnapshotError> {
    let mut all = Vec::new();
    for name in names(folder, PENDING)? {
        let path = folder.join(format!("{name}{PENDING}"));
        let accepted = folder.join(format!("{name}{ACCEPTED}"));
        let new = SnapshotFile::read(&path)?;
        if new.header.is_of_a_rust_test() {
            continue;
        }
        let old = match SnapshotFile::read(&accepted) {
            Ok(file) => file.contents,
            Err(SnapshotError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                String::new()
            }
            Err(error) => return Err(error),
        };
        all.push(Pending {
            path,
            accepted,
            old,
            new,
        });
    }
    Ok(all)
}

impl Pending {
    /// How it differs from what is accepted.
    #[must_use]
    pub fn kind(&self) -> Kind {
        if self.new.contents.is_empty() {
            Kind::Gone
        } else if self.old.is_empty() {
            Kind::New
        } else {
            Kind::Changed
        }
    }

    /// A unified diff from what is accepted to what waits, with three lines of context.
    #[must_use]
    pub fn diff(&self) -> String {
        let kind = self.kind();
        let old_name = self.accepted.file_name().filter(|_| kind != Kind::New);
        let new_name = self.path.file_name().filter(|_| kind != Kind::Gone);
        unified(
            old_name.unwrap_or(NOTHING),
            &self.old,
            new_name.unwrap_or(NOTHING),
            &self.new.contents,
        )
    }

    /// Makes what was read here the accepted snapshot, or removes that if it is gone, and removes the pending file.
    pub fn accept(self) -> Result<(), SnapshotError> {
        if self.kind() == Kind::Gone {
            remove(&self.accepted)?;
        } else {
            self.new.write(&self.accepted)?;
        }
        remove(&self.path)
    }

    /// Removes the pending file.
    pub fn reject(self) -> Result<(), SnapshotError> {
        remove(&self.path)
    }
}

/// Removes a file; that it is gone already, by another review perhaps, is as good.
fn remove(path: &Utf8Path) -> Result<(), SnapshotError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(SnapshotError::Write {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
