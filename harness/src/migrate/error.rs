//! Why a folder of migrations could not be read. Messages complete "failed to …".

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::claim::Location;

/// Why a folder of migrations could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing at the path.
    #[error("find the migrations: there is neither a folder nor a file `{path}`")]
    Missing {
        /// The path as it was given.
        path: Utf8PathBuf,
    },
    /// The path is a file, but not a `.sql` one.
    #[error("read `{path}` as a migration: it is neither a folder nor a `.sql` file")]
    NotSql {
        /// The path as it was given.
        path: Utf8PathBuf,
    },
    /// The operating system refuses to read a file or a folder; the source says why.
    #[error("read `{path}`")]
    Unreadable {
        /// The file or folder.
        path: Utf8PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The folder holds no migration.
    #[error("find a migration in `{folder}`: {convention} reads {looked_for}{hint}")]
    Empty {
        /// The folder.
        folder: Utf8PathBuf,
        /// The convention by which names were judged.
        convention: &'static str,
        /// The names that would have been migrations.
        looked_for: &'static str,
        /// What is there instead, beginning with a separator; or empty.
        hint: String,
    },
    /// A file is not in UTF-8.
    #[error(
        "read `{path}` as UTF-8: the byte 0x{byte:02x} at line {line}, column {column} is not valid; \
         convert the file (`iconv -f LATIN1 -t UTF-8`, if it is Latin-1)"
    )]
    NotUtf8 {
        /// The file.
        path: Utf8PathBuf,
        /// The first byte that does not fit.
        byte: u8,
        /// Its line, counted from 1.
        line: u32,
        /// Its column in characters, counted from 1.
        column: u32,
    },
    /// A file is in another Unicode encoding.
    #[error("read `{path}` as UTF-8: it is {encoding}; save it as UTF-8")]
    Encoding {
        /// The file.
        path: Utf8PathBuf,
        /// What it is instead.
        encoding: Encoding,
    },
    /// A file holds a NUL character, which PostgreSQL can not be sent.
    #[error("read `{path}`: there is a NUL character at line {line}, column {column}; it is no SQL text")]
    Nul {
        /// The file.
        path: Utf8PathBuf,
        /// Its line, counted from 1.
        line: u32,
        /// Its column in characters, counted from 1.
        column: u32,
    },
    /// A file's name is not UTF-8.
    #[error("read `{path}`: its name is not UTF-8 (shown with `\u{fffd}`); rename it")]
    NotUtf8Name {
        /// The path, with U+FFFD for what does not fit.
        path: String,
    },
    /// A pattern of `exclude` is not a glob.
    #[error("understand the pattern `{pattern}` of `exclude`")]
    Glob {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// A name, or a line of a file, on which the convention's own tool stops.
    #[error("read `{path}{}` as {tool} does: {reason}", line.map_or_else(String::new, |line| format!(":{line}")))]
    Refused {
        /// The file.
        path: Utf8PathBuf,
        /// The line at fault, counted from 1; not given where it is the name.
        line: Option<u32>,
        /// The tool.
        tool: &'static str,
        /// Why the tool stops.
        reason: String,
    },
    /// A placeholder whose value the contract does not give.
    #[error(
        "fill in `{placeholder}` in `{path}:{line}`: give its value in pgproof.toml, as in\n\n[migrations]\n\
         placeholders = {{ \"{name}\" = \"…\" }}"
    )]
    Placeholder {
        /// The file.
        path: Utf8PathBuf,
        /// The line, counted from 1.
        line: u32,
        /// The placeholder as it is written.
        placeholder: String,
        /// Its key under `placeholders`.
        name: String,
    },
    /// The contract names a ledger that the tool can't have.
    #[error("keep the ledger that `ledger` of [migrations] names: {reason}")]
    Ledger {
        /// What the tool's ledger is.
        reason: String,
    },
    /// Several conventions read the folder, each in its own way.
    #[error(
        "tell which tool applies `{folder}`: its files fit {}; {difference}; set `convention` in a pgproof.toml \
         beside them, which needs no more than\n\n[migrations]\nconvention = \"{}\"", candidates.join(", "), candidates[0]
    )]
    Ambiguous {
        /// The folder.
        folder: Utf8PathBuf,
        /// The conventions that fit.
        candidates: Vec<&'static str>,
        /// In what they differ for these files.
        difference: String,
    },
}

impl ReadError {
    /// Puts the project's folder in front of the folder of the migrations, where that is all that the message names.
    pub(crate) fn join_folder(&mut self, root: &Utf8Path) {
        if let Self::Ambiguous { folder, .. } | Self::Empty { folder, .. } = self {
            *folder = super::folder::normal(&root.join(&*folder));
        }
    }

    /// The place in a file, where there is one.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        let (path, line, column) = match self {
            Self::NotUtf8 {
                path, line, column, ..
            }
            | Self::Nul { path, line, column } => (path, *line, Some(*column)),
            Self::Placeholder { path, line, .. } => (path, *line, None),
            Self::Refused { path, line, .. } => (path, line.unwrap_or(1), None),
            Self::Encoding { path, .. } => (path, 1, None),
            _ => return None,
        };
        Some(Location {
            file: path.to_string(),
            line,
            column,
        })
    }
}

/// An encoding that is not UTF-8 and was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Low byte first, as Windows tools write it.
    Utf16LittleEndian,
    /// High byte first.
    Utf16BigEndian,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16LittleEndian => "UTF-16 (little-endian)",
            Self::Utf16BigEndian => "UTF-16 (big-endian)",
        })
    }
}
