//! The process that measures: an ordinary user's, in a folder of its own, with nothing of the caller's environment that a
//! peer might read.
//!
//! PostgreSQL and most peers refuse to run as root. As root the program therefore starts a copy of itself as `postgres`
//! or `nobody`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use nix::unistd::{Uid, User};

use crate::arguments::Arguments;

/// Where servers run: in memory, where the machine has it.
const MEMORY: &str = "PGPROOF_BENCH_MEMORY";
/// Where caches lie: on disk, as the users' do.
const DISK: &str = "PGPROOF_BENCH_DISK";

/// Whether this process was started by [`run_prepared`].
pub(crate) fn is_prepared() -> bool {
    std::env::var_os(MEMORY).is_some()
}

/// The folder in memory.
pub(crate) fn memory() -> anyhow::Result<PathBuf> {
    folder(MEMORY)
}

/// The folder on disk.
pub(crate) fn disk() -> anyhow::Result<PathBuf> {
    folder(DISK)
}

fn folder(name: &str) -> anyhow::Result<PathBuf> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} is not set"))
}

/// Where the report is left for whoever started this process.
pub(crate) fn json_file() -> Option<PathBuf> {
    memory().ok().map(|folder| folder.join("report.json"))
}

/// Starts this program again as it should run, waits for it, and takes its report.
pub(crate) fn run_prepared(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let user = Uid::effective().is_root().then(unprivileged).transpose()?;
    let parent = Path::new("/dev/shm");
    let parent = if parent.is_dir() {
        parent.to_owned()
    } else {
        std::env::temp_dir()
    };
    let make = |parent: &Path| -> anyhow::Result<tempfile::TempDir> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(parent)?;
        fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        if let Some(user) = &user {
            chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        Ok(folder)
    };
    let (memory, disk) = (make(&parent)?, make(&std::env::temp_dir())?);
    // The user may not be able to enter the folder of the build.
    let program = disk.path().join("benches");
    fs::copy(std::env::current_exe()?, &program)?;
    let mut command = Command::new(program);
    command
        .args(std::env::args_os().skip(1))
        .env(MEMORY, memory.path())
        .env(DISK, disk.path())
        .env("PGPROOF_CACHE", disk.path().join("cache"))
        .env("HOME", memory.path())
        .env("TMPDIR", memory.path())
        .current_dir(memory.path());
    for name in [
        "DATABASE_URL",
        "PGPROOF_RUN",
        "PGPROOF_RUN_DIR",
        "NEXTEST_RUN_ID",
        "PGOPTIONS",
        "PGHOST",
        "PGPORT",
        "PGUSER",
    ] {
        command.env_remove(name);
    }
    if let Some(user) = &user {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    let status = command.status()?;
    let report = memory.path().join("report.json");
    if let Some(file) = &arguments.json
        && report.exists()
    {
        fs::copy(report, file).with_context(|| format!("failed to write {}", file.display()))?;
    }
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn unprivileged() -> anyhow::Result<User> {
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(user);
        }
    }
    anyhow::bail!("failed to find a user who is not root: there is neither postgres nor nobody")
}
