//! A small project, and how the command is run on it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Long enough for anything on a busy machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Tenants see their own notes alone.
const CONTRACT: &str = r#"name = "shop"
[migrations]
convention = "plain"
[isolation]
role = "shop_app"
context = { setting = "shop.tenant" }
tenant = "tenant"
[complete]
tables = ["notes"]
"#;

const MIGRATION: &str = "\
CREATE ROLE shop_app LOGIN;
CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, body text);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (tenant = current_setting('shop.tenant', true));
GRANT SELECT, UPDATE, DELETE ON notes TO shop_app;
";

pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self::of(MIGRATION)
    }

    /// One with this migration.
    pub(crate) fn of(migration: &str) -> Self {
        Self::with(CONTRACT, migration)
    }

    pub(crate) fn with(contract: &str, migration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pgproof.toml"), contract).unwrap();
        std::fs::write(folder.path().join("001_notes.sql"), migration).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgproof"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_remove("PGPROOF_SERVER")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Running {
        Running::of(&mut self.command(arguments))
    }
}

/// A command under way. A test that fails kills it.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self {
            child: command.spawn().unwrap(),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// The first line that it prints.
    pub(crate) fn first_line(&mut self) -> String {
        let stdout = self.child.stdout.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while stdout.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    pub(crate) fn wait(mut self) -> Outcome {
        wait_until("the command has ended", || {
            self.child.try_wait().unwrap().is_some()
        });
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

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: i32, words: &[&str]) {
        assert_eq!(self.status, Some(status), "{}", self.said());
        for word in words {
            assert!(self.said().contains(word), "no `{word}` in:\n{}", self.said());
        }
        assert!(!self.said().contains("panicked"), "{}", self.said());
    }

    /// The report's claims of an area: rule and verdict.
    pub(crate) fn claims(&self, area: &str) -> Vec<(String, String)> {
        let report: serde_json::Value = serde_json::from_str(&self.stdout).unwrap();
        let claims = report["projects"][0]["claims"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        claims
            .iter()
            .map(|claim| (text(&claim["rule"]), text(&claim["verdict"])))
            .filter(|(rule, _)| rule.starts_with(area))
            .collect()
    }

    pub(crate) fn provider(&self) -> String {
        let report: serde_json::Value = serde_json::from_str(&self.stdout).unwrap();
        report["projects"][0]["server"]["provider"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}
