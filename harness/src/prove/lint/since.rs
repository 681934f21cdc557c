//! Which files are new since a revision of git: those that it does not have, and those that git does not know yet.

use std::collections::BTreeSet;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::Error;

/// Which files are linted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lint {
    /// All of them.
    All,
    /// These alone, relative to the project's folder.
    New(BTreeSet<Utf8PathBuf>),
}

impl Lint {
    /// Those below the folder that a revision does not have.
    ///
    /// # Errors
    /// git can't be run, the folder lies in no repository of its, or it knows no such revision.
    pub fn since(root: &Utf8Path, revision: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Usage(format!("find what is new since {revision}: {why}"));
        let named = format!("{revision}^{{commit}}");
        let commit = git(
            root,
            &["rev-parse", "--verify", "--quiet", "--end-of-options", &named],
        )
        .map_err(|source| wrong(&format!("git can't be run ({source})")))?
        .ok_or_else(|| wrong("git knows no such revision here"))?;
        let commit = commit.trim();
        let mut new = BTreeSet::new();
        for arguments in [
            &[
                "diff",
                "--name-only",
                "--diff-filter=A",
                "--no-renames",
                "--relative",
                "-z",
                commit,
                "--",
            ][..],
            &["ls-files", "--others", "--exclude-standard", "-z"],
        ] {
            let listed = git(root, arguments)
                .map_err(|source| wrong(&source.to_string()))?
                .ok_or_else(|| wrong("git can't list the files"))?;
            new.extend(
                listed
                    .split('\0')
                    .filter(|name| !name.is_empty())
                    .map(Utf8PathBuf::from),
            );
        }
        Ok(Self::New(new))
    }

    pub(super) fn takes(&self, path: &Utf8Path) -> bool {
        match self {
            Self::All => true,
            Self::New(files) => files.iter().any(|file| same(file, path)),
        }
    }
}

/// Whether two spellings of a relative path mean the same: `./db/a.sql`, `db/a.sql`.
fn same(one: &Utf8Path, other: &Utf8Path) -> bool {
    let plain = |path: &Utf8Path| -> Vec<String> {
        path.components()
            .map(|component| component.to_string())
            .filter(|component| component != ".")
            .collect()
    };
    plain(one) == plain(other)
}

/// What git prints, or nothing where it refuses.
fn git(root: &Utf8Path, arguments: &[&str]) -> Result<Option<String>, std::io::Error> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(output.status.success().then_some(printed))
}
