//! A place for one test: its project, its cache, its run folder, and how the command is run there.

use std::fs::{self, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

/// What a user is promised: five seconds after the end nothing is left.
const PROMISED: Duration = Duration::from_secs(5);

/// A contract that leaves nothing to be guessed.
pub(crate) const CONTRACT: &str = "name = \"faults\"\n[migrations]\nconvention = \"plain\"\n";

/// Long enough for anything on a busy machine; only a test that fails waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Place {
    folder: TempDir,
    /// The one that all tests share, for speed.
    pub(crate) cache: PathBuf,
}

impl Place {
    /// A place with the shared cache.
    pub(crate) fn new() -> Self {
        // Short, since sockets lie in it, and in memory where there is some.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory
        } else {
            Path::new("/tmp")
        };
        let folder = tempfile::Builder::new()
            .prefix("faults-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .unwrap();
        // The server's user has to enter the one and writes markers into the other.
        for name in ["run", "marks", "project"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o777)).unwrap();
        }
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        Self { folder, cache }
    }

    /// A place whose cache is empty.
    pub(crate) fn with_own_cache() -> Self {
        let mut place = Self::new();
        place.cache = place.path("cache");
        place
    }

    /// The same with this one migration, of which nothing is lacking that a run could find.
    pub(crate) fn migration(self, sql: impl AsRef<[u8]>) -> Self {
        self.file("project/001_first.sql", sql)
            .file("project/001_first.down.sql", "DROP TABLE first;")
            .file("project/pgproof.toml", CONTRACT)
    }

    /// The same with one more file.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as text, for SQL and arguments.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Where the servers of this test lie.
    pub(crate) fn run_folder(&self) -> PathBuf {
        self.path("run")
    }

    /// The command in the project's folder, in a process group of its own as from a shell.
    pub(crate) fn pgproof(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgproof"));
        command
            .args(arguments)
            .current_dir(self.path("project"))
            .env("PGPROOF_CACHE", &self.cache)
            .env("PGPROOF_RUN_DIR", self.run_folder())
            .env("PGPROOF_OFFLINE", "1")
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// Runs it to its end and sees that nothing is left.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_command(&mut self.pgproof(arguments))
    }

    pub(crate) fn run_command(&self, command: &mut Command) -> Outcome {
        let outcome = Outcome::of(&command.output().unwrap());
        self.assert_nothing_left();
        outcome
    }

    /// Starts it and goes on.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        Running::of(&mut self.pgproof(arguments))
    }

    /// SQL that leaves a mark once it runs and then runs for long.
    pub(crate) fn mark_and_sleep(&self) -> String {
        format!(
            "COPY (SELECT 1) TO '{}'; SELECT pg_sleep(600);",
            self.text("marks/here")
        )
    }

    pub(crate) fn wait_for_mark(&self) {
        wait_until("the mark is there", || self.path("marks/here").exists());
    }

    /// What lies in the run folder, and the processes that work in it.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = fs::read_dir(self.run_folder())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        left.extend(processes_in(&self.run_folder()));
        left
    }

    pub(crate) fn assert_nothing_left(&self) {
        let deadline = Instant::now() + PROMISED;
        while !self.left().is_empty() {
            assert!(Instant::now() < deadline, "left behind: {:#?}", self.left());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The folder of the one server that runs.
    pub(crate) fn server_folder(&self) -> PathBuf {
        let folders: Vec<PathBuf> = fs::read_dir(self.run_folder())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders[0].clone()
    }
}

/// The process id of the server in that folder.
pub(crate) fn postmaster(folder: &Path) -> Pid {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

/// Processes that name the folder in their command line, or work in it, as sessions of a server do.
fn processes_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok) {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let works_in = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
        if line.contains(folder.to_str().unwrap()) || works_in.starts_with(folder) {
            found.push(format!("{} {line}", entry.file_name().display()));
        }
    }
    found
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A command under way. A test that fails kills it.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn of(command: &mut Command) -> Self {
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    /// To the process alone.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// To all of the group, as a terminal does.
    pub(crate) fn signal_group(&self, signal: Signal) {
        killpg(self.pid(), signal).unwrap();
    }

    /// The first line that it prints.
    pub(crate) fn first_line(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().unwrap();
        let mut line = Vec::new();
        let mut byte = [0];
        while stdout.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn wait(mut self) -> Outcome {
        wait_until("the command has ended", || !self.is_running());
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_end(&mut stdout)
            .unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_end(&mut stderr)
            .unwrap();
        let status = self.child.wait().unwrap();
        Outcome::of(&Output {
            status,
            stdout,
            stderr,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// As a shell has it.
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: &Output) -> Self {
        let status = output.status;
        Self {
            status: status.code().unwrap_or_else(|| 128 + status.signal().unwrap()),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// Both, since `verify` shows what goes wrong where it shows everything.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, status, "{}", self.said());
        for word in words {
            assert!(self.said().contains(word), "no `{word}` in:\n{}", self.said());
        }
        assert!(!self.said().contains("panicked"), "{}", self.said());
    }
}

/// Says why a test does nothing here.
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

pub(crate) fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// The folder of the programs that pgproof would choose here.
pub(crate) fn programs() -> PathBuf {
    pgproof::server::find::choose(None, &[]).unwrap().bin
}

/// A folder of programs that do the same as the real ones, after each start of `initdb` was written down in the marks.
pub(crate) fn counting_programs(place: &Place) -> PathBuf {
    let (bin, real) = (place.path("bin"), programs());
    fs::create_dir(&bin).unwrap();
    let count = format!("echo started >>'{}'", place.text("marks/initdb"));
    for (name, first) in [("postgres", ":"), ("initdb", count.as_str())] {
        let script = format!(
            "#!/bin/sh\n{first}\nexec '{}' \"$@\"\n",
            real.join(name).display()
        );
        fs::write(bin.join(name), script).unwrap();
        fs::set_permissions(bin.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    bin
}

/// How often `initdb` of [`counting_programs`] was started.
pub(crate) fn initdb_runs(place: &Place) -> usize {
    fs::read_to_string(place.path("marks/initdb"))
        .unwrap_or_default()
        .lines()
        .count()
}
