//! The backup that is taken before anything is changed: plain SQL of `pg_dump`, which `psql` restores.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Serialize;
use tokio::process::Command;

/// It holds every document, so nobody else reads it.
const MODE: u32 = 0o600;

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file can't be made; one that is there is never written over.
    #[error("make the file of the backup, {}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The program can't be run.
    #[error("run {}: name the program with --pg-dump", program.display())]
    Program {
        /// Which.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("take the backup: {0}")]
    Refused(String),
    /// It ended well, and yet what it wrote does not end as a backup does.
    #[error("take the backup: {} does not end as a backup of pg_dump does", .0.display())]
    Incomplete(PathBuf),
}

/// What the last lines of a whole backup hold.
const END: &str = "PostgreSQL database dump complete";

/// Takes one of the whole database. What of the URL is left open, the password above all, `pg_dump` takes from the
/// environment, as this program does.
///
/// # Errors
/// The file is there already, or `pg_dump` failed; then there is no file.
pub async fn take(program: &Path, url: &str, file: &Path) -> Result<Backup, BackupError> {
    let failed = |source| BackupError::File {
        file: file.to_owned(),
        source,
    };
    let mut target = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(file)
        .map_err(failed)?;
    let outcome = match dump(program, url, target.try_clone().map_err(failed)?).await {
        Ok(()) => match is_whole(&mut target) {
            Ok(true) => Ok(Backup {
                file: file.to_owned(),
                bytes: target.metadata().map_err(failed)?.len(),
            }),
            Ok(false) => Err(BackupError::Incomplete(file.to_owned())),
            Err(source) => Err(failed(source)),
        },
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        // Half a backup is worse than none.
        drop(std::fs::remove_file(file));
    }
    outcome
}

/// Whether it is on the disk, to its end.
fn is_whole(target: &mut File) -> std::io::Result<bool> {
    const LAST: u64 = 1024;
    target.sync_all()?;
    let bytes = target.metadata()?.len();
    target.seek(SeekFrom::Start(bytes.saturating_sub(LAST)))?;
    let mut end = Vec::new();
    target.read_to_end(&mut end)?;
    Ok(end.windows(END.len()).any(|window| window == END.as_bytes()))
}

async fn dump(program: &Path, url: &str, target: File) -> Result<(), BackupError> {
    let failed = |source| BackupError::Program {
        program: program.to_owned(),
        source,
    };
    let running = Command::new(program)
        .args(["--format=plain", "--no-password", "--dbname", url])
        .stdin(Stdio::null())
        .stdout(target)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let output = running.wait_with_output().await.map_err(failed)?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(BackupError::Refused(said.trim().to_owned()))
    }
}
