//! The cluster that every server starts from: made by `initdb` once for each build of PostgreSQL and each version of
//! our settings, kept small, and copied ever after.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;

use super::ServerError;
use super::account::Account;
use super::archive::Archive;
use super::cache::Cache;
use super::find::Installation;
use super::lease::{Ended, Lease};
use super::place::RunFolder;
use super::settings::postgresql_conf;

/// Locales to try, best first: text is compared by code point on every machine, and case rules know Unicode where
/// the system has `C.UTF-8`.
const CHARACTER_TYPES: [&str; 2] = ["C.UTF-8", "C"];

/// An `initdb` that takes longer has failed. It takes a second or two.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the base cluster's bytes depend on, as a name.
pub(crate) fn key(installation: &Installation) -> Result<String, ServerError> {
    let program = installation.program("postgres");
    let meta = program.metadata().map_err(|source| ServerError::Run {
        program: program.display().to_string(),
        source,
    })?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(program.as_os_str().as_encoded_bytes());
    hasher.update(installation.version.to_string().as_bytes());
    hasher.update(format!("{} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec()).as_bytes());
    hasher.update(postgresql_conf(installation.version.major).as_bytes());
    hasher.update(SLIM.as_bytes());
    hasher.update(MAPS.concat().as_bytes());
    Ok(hasher.finalize().to_hex()[..24].to_owned())
}

/// The base cluster, from the cache or newly made.
pub(crate) fn base(cache: &Cache, installation: &Installation) -> Result<Archive, ServerError> {
    cache.get_or_make(&format!("cluster-{}", key(installation)?), || make(installation))
}

fn make(installation: &Installation) -> Result<Archive, ServerError> {
    let mut outcome = try_make(installation, CHARACTER_TYPES[0]);
    for ctype in &CHARACTER_TYPES[1..] {
        if matches!(outcome, Err(ServerError::Initdb { .. })) {
            outcome = try_make(installation, ctype);
        }
    }
    outcome
}

fn try_make(installation: &Installation, ctype: &str) -> Result<Archive, ServerError> {
    let account = Account::for_server()?;
    let folder = RunFolder::choose(64 * 1024 * 1024)?;
    let data = folder.path.join("data");
    // It is killed when we are, lest it go on writing; nothing else ends it in time.
    let mut lease = Lease::take(
        &folder,
        account,
        Signal::SIGKILL,
        &initdb(installation, ctype, &data),
    )?;
    lease.start().map_err(|source| ServerError::Run {
        program: "initdb".to_owned(),
        source,
    })?;
    match lease.wait(PATIENCE) {
        Some(Ended::Status(0)) => {}
        Some(Ended::Closed) => return Err(lease.closed()),
        ended => {
            let log = std::fs::read(folder.path.join("log")).unwrap_or_default();
            let mut said = telling_lines(&String::from_utf8_lossy(&log));
            if said.is_empty() {
                said = ended.map_or("nothing, and it does not end".to_owned(), |ended| {
                    format!("nothing; {ended}")
                });
            }
            return Err(failed(installation, &folder.path, said));
        }
    }
    let conf = postgresql_conf(installation.version.major);
    std::fs::write(data.join("postgresql.conf"), conf).map_err(no_room(&data))?;
    slim(installation, account, &data)?;
    remove_maps(&data).map_err(no_room(&data))?;
    Archive::pack(&data, b"{}", None).map_err(no_room(&data))
}

fn initdb(installation: &Installation, ctype: &str, data: &Path) -> Vec<OsString> {
    let mut command = vec![
        installation.program("initdb").into_os_string(),
        "--pgdata".into(),
        data.into(),
    ];
    command.extend(
        [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
            "--wal-segsize=1",
            "--no-instructions",
            // What it has started may die with its memory unfreed, whose number stands in a file there.
            "--no-clean",
            "--locale=C",
        ]
        .map(OsString::from),
    );
    command.push(format!("--lc-ctype={ctype}").into());
    // Else a server that dies while the cluster is made leaves a file in /dev/shm. Older ones can't be told.
    if installation.version.major >= 16 {
        command.extend(["-c", "dynamic_shared_memory_type=mmap"].map(OsString::from));
    }
    // 18 switches page checksums on, which cost a little at every page and guard nothing here.
    if installation.version.major >= 18 {
        command.push("--no-data-checksums".into());
    }
    command
}

fn failed(installation: &Installation, folder: &Path, said: String) -> ServerError {
    ServerError::Initdb {
        bin: installation.bin.clone(),
        folder: folder.parent().unwrap_or(folder).to_owned(),
        free: super::place::free_bytes(folder),
        said,
    }
}

/// Removes the databases that nothing here uses: a third of the files at every copy. `up` and `exec` make
/// `postgres` again for the tools that connect to it.
const SLIM: &str = "DROP DATABASE postgres\n\
                    UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'\n\
                    DROP DATABASE template0\n";

fn slim(installation: &Installation, account: Account, data: &Path) -> Result<(), ServerError> {
    let run = || -> io::Result<Output> {
        let mut child = account
            .command(installation.program("postgres"))
            .arg("--single")
            .arg("-D")
            .arg(data)
            .args(["-c", "log_min_messages=error", "template1"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(SLIM.as_bytes())?;
        }
        child.wait_with_output()
    };
    let output = run().map_err(|source| ServerError::Run {
        program: "postgres --single".to_owned(),
        source,
    })?;
    if !output.status.success() || String::from_utf8_lossy(&output.stderr).contains("ERROR") {
        return Err(failed(installation, data, both(&output)));
    }
    Ok(())
}

/// Removes the maps of free space and of visibility, a quarter of the files that every start and every clone copies: the
/// server makes them again where it needs them.
fn remove_maps(data: &Path) -> io::Result<()> {
    let mut folders = vec![data.join("global")];
    for entry in std::fs::read_dir(data.join("base"))? {
        folders.push(entry?.path());
    }
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path
                .to_str()
                .is_some_and(|name| MAPS.iter().any(|map| name.ends_with(map)))
            {
                std::fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

const MAPS: [&str; 2] = ["_fsm", "_vm"];

/// The lines that tell what went wrong: after them a log may repeat long statements.
fn telling_lines(log: &str) -> String {
    let tells = |line: &&str| {
        [
            "ERROR:", "FATAL:", "PANIC:", "DETAIL:", "HINT:", "error:", "detail:", "hint:",
        ]
        .iter()
        .any(|word| line.contains(word))
    };
    let telling: Vec<&str> = log.lines().filter(tells).take(6).collect();
    if telling.is_empty() {
        return super::last_lines(log, 12);
    }
    super::last_lines(&telling.join("\n"), 6)
}

fn both(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat();
    telling_lines(&text)
}

/// An error of writing below `path`, which is nearly always a full disk.
pub(crate) fn no_room(path: &Path) -> impl Fn(io::Error) -> ServerError {
    move |source| ServerError::Write {
        path: path.to_owned(),
        free: super::place::free_bytes(path),
        source,
    }
}
