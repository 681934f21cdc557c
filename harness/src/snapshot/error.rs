//! Why snapshots could not be read or written.

use std::io;

use camino::Utf8PathBuf;

/// Why snapshots could not be read or written. Each message completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The folder or one of its files can't be read.
    #[error("read {path}: {source}")]
    Read {
        /// The folder or file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can't be written or removed.
    #[error("write {path}: {source}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not a snapshot.
    #[error(
        "read {path} as a snapshot: {reason}; mend it (a merge conflict?), or delete it and accept what is found anew"
    )]
    Format {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two texts would be kept in the same file.
    #[error("keep `{first}` and `{second}` apart: both would be the file {file}; exclude one of them")]
    SameFile {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// The name of the file.
        file: String,
    },
    /// `INSTA_UPDATE` says something that insta does not know either.
    #[error("obey INSTA_UPDATE={0}: it is one of auto, always, new, unseen, no and force")]
    Update(String),
}
