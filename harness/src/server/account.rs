//! Whom the server runs as: PostgreSQL refuses root, so a harness that is root steps down to another user.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use super::ServerError;

/// The user that owns the server's files and processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// The user who runs pgproof.
    Own,
    /// Another one, since pgproof runs as root.
    Other {
        /// Its user id.
        uid: u32,
        /// Its group id.
        gid: u32,
    },
}

impl Account {
    /// `postgres` where there is such a user, else `nobody`; our own user unless that is root.
    pub(crate) fn for_server() -> Result<Self, ServerError> {
        if !Uid::effective().is_root() {
            return Ok(Self::Own);
        }
        for name in ["postgres", "nobody"] {
            if let Ok(Some(user)) = User::from_name(name) {
                return Ok(Self::Other {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                });
            }
        }
        Err(ServerError::NoAccount)
    }

    /// A command that will run as this user.
    pub(crate) fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        // Where we were started may be closed to that user or gone, and then even `postgres --version` complains.
        command.current_dir("/");
        // PGPORT would move the socket, PGDATESTYLE and a locale change what SQL gives.
        for (name, _) in std::env::vars_os().filter(|(name, _)| changes_a_server(name)) {
            command.env_remove(name);
        }
        // Else initdb compares every time zone there is with this machine's.
        command.env("TZ", "UTC");
        command
    }

    /// Its name, for messages.
    pub(crate) fn name(self) -> String {
        let uid = match self {
            Self::Own => Uid::effective(),
            Self::Other { uid, .. } => Uid::from_raw(uid),
        };
        match User::from_uid(uid) {
            Ok(Some(user)) => user.name,
            _ => uid.to_string(),
        }
    }

    /// Whether a path, itself and not what it leads to, is this user's.
    pub(crate) fn owns(self, path: &Path) -> bool {
        let uid = match self {
            Self::Own => Uid::effective().as_raw(),
            Self::Other { uid, .. } => uid,
        };
        std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir() && meta.uid() == uid)
    }

    /// Gives an open file to this user.
    pub(crate) fn own_file(self, file: &std::fs::File) -> std::io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => std::os::unix::fs::fchown(file, Some(uid), Some(gid)),
        }
    }

    /// Gives a path to this user.
    pub(crate) fn own(self, path: &Path) -> std::io::Result<()> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => {
                nix::unistd::chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
                Ok(())
            }
        }
    }
}

/// Whether PostgreSQL's programs look at a variable of that name.
fn changes_a_server(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("PG") || name.starts_with("LC_") || ["LANG", "LANGUAGE", "TZ"].contains(&&*name)
}
