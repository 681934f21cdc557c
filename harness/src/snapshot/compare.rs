//! Comparing a schema's texts with the accepted ones.
//!
//! The contract's first major, the base, owns `<stem>.snap`. Another major may print a text of a varying family (the
//! bodies of views) differently: then `<stem>@17.snap` holds it, and 17 is compared with that one. All else has to be
//! the same on each major, so that a major that is not the base never changes what the base owns.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::diff::{NOTHING, unified};
use super::file::{SnapshotFile, normalise};
use super::name::{ACCEPTED, PENDING, file_stem, variant, variant_major};
use super::{Accepted, SnapshotError};

/// The majors that a comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Majors {
    /// The one that printed the texts.
    pub this: u16,
    /// The contract's first.
    pub base: u16,
}

impl Majors {
    fn is_base(self) -> bool {
        self.this == self.base
    }

    /// Whether a run on this major may write or remove the file of this name.
    pub(super) fn owns(self, name: &str) -> bool {
        match variant_major(name) {
            Some(major) => major == self.this,
            None => self.is_base(),
        }
    }
}

/// How a text differs from the accepted ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing was accepted.
    New,
    /// Something else was accepted.
    Changed,
    /// It was accepted and is there no more.
    Gone,
}

/// A text that differs from the accepted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What the text is of: `table.public.users`. If it is gone, as the accepted file tells it.
    pub stem: String,
    /// The accepted file that is to change.
    pub file: Utf8PathBuf,
    /// The accepted file that the text was compared with; none if there is none. It is not `file` where a major begins
    /// to differ from the base.
    pub compared: Option<Utf8PathBuf>,
    /// The pending file to write; none where this major may not change `file`.
    pub pending: Option<Utf8PathBuf>,
    /// How it differs.
    pub kind: Kind,
    /// The accepted text; empty if there is none.
    pub old: String,
    /// The text found; empty if it is gone.
    pub new: String,
}

impl Difference {
    /// A unified diff from what was accepted to what was found, with three lines of context.
    #[must_use]
    pub fn diff(&self) -> String {
        let old_name = self.compared.as_deref().and_then(Utf8Path::file_name);
        let new_name = self.file.file_name().filter(|_| self.kind != Kind::Gone);
        let new_name = new_name.map_or_else(|| NOTHING.to_owned(), |name| format!("{name}.new"));
        unified(old_name.unwrap_or(NOTHING), &self.old, &new_name, &self.new)
    }
}

/// How the texts of one major compare with the accepted snapshots of a folder.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What differs, sorted by file. Empty: all texts are as accepted, and all that was accepted is there.
    pub differences: Vec<Difference>,
    pub(super) folder: Utf8PathBuf,
    pub(super) majors: Majors,
}

/// Compares the texts, by stem, with the accepted snapshots of a folder; one that is not there is empty. Nothing is
/// written.
///
/// `texts` are all that there are: what is accepted and not among them is gone. A text without contents is as none.
/// `varies` tells the stems of which another major than the base may have a file of its own. Compare, and
/// [write](Comparison::write), the base first: what is pending there is not asked for again.
pub fn compare(
    folder: &Utf8Path,
    texts: &BTreeMap<String, String>,
    majors: Majors,
    varies: &dyn Fn(&str) -> bool,
) -> Result<Comparison, SnapshotError> {
    let accepted = Accepted::read(folder)?;
    let mut named: BTreeMap<String, &str> = BTreeMap::new();
    let mut compared = BTreeSet::new();
    let mut differences = Vec::new();

    for (stem, text) in texts {
        let new = normalise(text);
        if new.is_empty() {
            continue;
        }
        let base_name = file_stem(stem);
        if let Some(first) = named.insert(base_name.clone(), stem) {
            return Err(SnapshotError::SameFile {
                first: first.to_owned(),
                second: stem.clone(),
                file: base_name,
            });
        }
        let own_name = variant(&base_name, majors.this);
        let may_vary = !majors.is_base() && varies(stem);
        let used = if may_vary && accepted.text(&own_name).is_some() {
            &own_name
        } else {
            &base_name
        };
        compared.insert(used.clone());
        let old = accepted.text(used);
        if old == Some(new.as_str()) {
            continue;
        }
        // Until the base's pending file is accepted, a major that prints the same has nothing to ask for.
        let awaits_base = used == &base_name && awaited(folder, &base_name).as_deref() == Some(new.as_str());
        let name = if may_vary && !awaits_base {
            &own_name
        } else {
            &base_name
        };
        differences.push(Difference {
            stem: stem.clone(),
            file: path(folder, name, ACCEPTED),
            compared: old.map(|_| path(folder, used, ACCEPTED)),
            pending: majors.owns(name).then(|| path(folder, name, PENDING)),
            kind: if old.is_some() { Kind::Changed } else { Kind::New },
            old: old.unwrap_or_default().to_owned(),
            new,
        });
    }

    for (name, snapshot) in accepted.iter() {
        let is_gone = match variant_major(name) {
            Some(major) => major == majors.this && !compared.contains(name),
            None => !named.contains_key(name),
        };
        if is_gone {
            let file = path(folder, name, ACCEPTED);
            differences.push(Difference {
                stem: stem_of(name, snapshot),
                compared: Some(file.clone()),
                file,
                pending: majors.owns(name).then(|| path(folder, name, PENDING)),
                kind: Kind::Gone,
                old: snapshot.contents.clone(),
                new: String::new(),
            });
        }
    }
    differences.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(Comparison {
        differences,
        folder: folder.to_owned(),
        majors,
    })
}

fn path(folder: &Utf8Path, name: &str, extension: &str) -> Utf8PathBuf {
    folder.join(format!("{name}{extension}"))
}

/// The text that waits for a review. One that can't be read is as none: it is written anew.
fn awaited(folder: &Utf8Path, name: &str) -> Option<String> {
    let pending = SnapshotFile::read(&path(folder, name, PENDING)).ok()?;
    Some(pending.contents)
}

/// The stem as the header tells it, if the file's name agrees; else the name.
fn stem_of(name: &str, snapshot: &SnapshotFile) -> String {
    let base_name = name.split_once('@').map_or(name, |(base, _)| base);
    let told = snapshot.header.expression.as_deref();
    told.filter(|stem| file_stem(stem) == base_name)
        .unwrap_or(name)
        .to_owned()
}
