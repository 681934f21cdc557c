//! The package clients: which are there, and running one to its end, or to ours.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{TryError, log};
use crate::server::last_lines;
use crate::server::place::free_bytes;

/// A client that may be there, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    Npm,
    /// With the program that runs it.
    Pip(Pip),
}

/// How pip is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pip {
    /// `pip3`
    Three,
    /// `pip`
    Plain,
    /// `python3 -m pip`
    Module,
}

impl Client {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pip(_) => "pip",
        }
    }
}

/// The clients that are there.
pub(super) fn there() -> Vec<Client> {
    let answers = |mut command: Command| {
        command
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
            .current_dir("/")
            .status()
            .is_ok_and(|status| status.success())
    };
    let npm = answers(Command::new("npm")).then_some(Client::Npm);
    let pip = [Pip::Three, Pip::Plain, Pip::Module]
        .into_iter()
        .find(|pip| answers(pip.command()));
    npm.into_iter().chain(pip.map(Client::Pip)).collect()
}

impl Pip {
    pub(super) fn command(self) -> Command {
        match self {
            Self::Three => Command::new("pip3"),
            Self::Plain => Command::new("pip"),
            Self::Module => {
                let mut command = Command::new("python3");
                command.args(["-m", "pip"]);
                command
            }
        }
    }
}

/// A client at work, in a process group of its own; dropped, it ends with all that it has started.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let (Ok(None), Ok(pid)) = (self.0.try_wait(), i32::try_from(self.0.id())) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
            // Until it is gone it may still write where we are about to remove everything.
            let _ = self.0.wait();
        }
    }
}

/// Runs it in the folder and gives what it wrote to stdout.
pub(super) async fn run(client: Client, mut command: Command, stage: &Path) -> Result<String, TryError> {
    let name = client.name();
    let failed = |source| TryError::Run { client: name, source };
    let (out, out_path) = log(stage, "stdout").map_err(failed)?;
    let (err, err_path) = log(stage, "stderr").map_err(failed)?;
    command
        .current_dir(stage)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0);
    let mut running = Running(command.spawn().map_err(failed)?);
    let status = loop {
        if let Some(status) = running.0.try_wait().map_err(failed)? {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let read = |path: &Path| -> io::Result<String> {
        Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
    };
    let said = read(&out_path).map_err(failed)?;
    if status.success() {
        return Ok(said);
    }
    Err(failure(name, status, &read(&err_path).map_err(failed)?, stage))
}

fn failure(client: &'static str, status: ExitStatus, said: &str, stage: &Path) -> TryError {
    let is_full = ["ENOSPC", "No space left", "EDQUOT", "Disk quota"]
        .iter()
        .any(|word| said.contains(word));
    let room = match free_bytes(stage) {
        Some(bytes) if is_full => format!(", with {} MB free in {}", bytes / 1_048_576, stage.display()),
        _ => String::new(),
    };
    let telling: Vec<&str> = said.lines().filter(|line| tells(line)).collect();
    TryError::Failed {
        client,
        status: status.to_string(),
        room,
        said: last_lines(&telling.join("\n"), 8),
    }
}

/// What says nothing about a failure: remarks on the user's settings, on a newer version, on where the log is.
fn tells(line: &str) -> bool {
    let noise = [
        "npm warn",
        "npm WARN",
        "npm notice",
        "WARNING:",
        "[notice]",
        "npm error A complete log",
    ];
    !noise.iter().any(|noise| line.starts_with(noise))
}
