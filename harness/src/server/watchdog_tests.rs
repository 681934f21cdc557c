//! The watchdog's script under every shell that is `/bin/sh` somewhere, with `sleep` in the place of a server.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rstest::rstest;

const PATIENCE: Duration = Duration::from_secs(30);

/// A watchdog over `run/it` in a folder of its own.
struct Watched {
    folder: tempfile::TempDir,
    hold: Option<UnixStream>,
    watchdog: Child,
}

impl Watched {
    /// `None` where there is no such shell.
    fn new(
        shell: &str,
        signal: &str,
        program: impl FnOnce(&Path) -> String,
        change: impl FnOnce(&Path, &mut Command),
    ) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run dir").join("it");
        std::fs::create_dir_all(&run).unwrap();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut command = Command::new(shell);
        // By this name bash and busybox do as /bin/sh does.
        command.arg0("sh");
        command
            .args(["-c", include_str!("watchdog.sh"), "watchdog"])
            .arg(&run)
            .arg(signal)
            .args(["/bin/sh", "-c", &program(folder.path())])
            .stdin(Stdio::null())
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(Stdio::null())
            .process_group(0);
        change(folder.path(), &mut command);
        let Ok(watchdog) = command.spawn() else {
            eprintln!("skipped: there is no {shell}");
            return None;
        };
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(Self {
            folder,
            hold: Some(ours),
            watchdog,
        })
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join("run dir/it")
    }

    fn start(&mut self) {
        self.hold.as_mut().unwrap().write_all(b"start\n").unwrap();
    }

    /// The next line that it says.
    fn says(&mut self) -> String {
        let hold = self.hold.as_mut().unwrap();
        let (mut line, mut byte) = (Vec::new(), [0]);
        while hold.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    /// Waits for the mark that the program makes when it runs.
    fn wait_for_mark(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.folder.path().join("mark").exists() {
            assert!(Instant::now() < deadline, "the program does not run");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets go and waits until the watchdog and the group that it leads are gone.
    fn let_go(&mut self) {
        self.hold = None;
        let deadline = Instant::now() + PATIENCE;
        while self.watchdog.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the watchdog does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!self.run().exists(), "the folder is left");
        while killpg(self.group(), None).is_ok() {
            assert!(Instant::now() < deadline, "a process is left");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(self.watchdog.id().try_into().unwrap())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = killpg(self.group(), Signal::SIGKILL);
        let _ = self.watchdog.wait();
    }
}

fn no_change(_: &Path, _: &mut Command) {}

/// A program that makes its mark and then does the rest.
fn marked(rest: &str) -> impl FnOnce(&Path) -> String {
    move |folder| format!(": >'{}/mark'; {rest}", folder.display())
}

/// Puts a program of that name, which runs the script, first in the watchdog's PATH.
fn replaced(name: &str, script: &str) -> impl FnOnce(&Path, &mut Command) {
    let script = format!("#!/bin/sh\n{script}\n");
    move |folder, command| {
        let path = folder.join(name);
        std::fs::write(&path, script.replace("FOLDER", folder.to_str().unwrap())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    }
}

#[rstest]
#[case::sh("/bin/sh")]
#[case::dash("dash")]
#[case::bash("bash")]
#[case::busybox("busybox")]
#[case::mksh("mksh")]
fn every_shell_does_the_same(#[case] shell: &str) {
    // Nothing was started.
    let Some(mut watched) = Watched::new(shell, "KILL", |_| "exit".to_owned(), no_change) else {
        return;
    };
    watched.let_go();

    // A program that runs is ended; signals to the watchdog change nothing.
    let mut watched = Watched::new(shell, "KILL", marked("exec sleep 600"), no_change).unwrap();
    watched.start();
    watched.wait_for_mark();
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        kill(watched.group(), signal).unwrap();
    }
    std::thread::sleep(Duration::from_millis(50));
    assert!(watched.watchdog.try_wait().unwrap().is_none());
    watched.let_go();

    // A program that ends by itself: its status is told, and its log stays until we let go.
    for (end, status) in [("exit 3", "3"), ("kill -KILL $$", "137")] {
        let script = format!("echo a last word; {end}");
        let mut watched = Watched::new(shell, "KILL", marked(&script), no_change).unwrap();
        watched.start();
        assert_eq!(watched.says(), status);
        let log = std::fs::read_to_string(watched.run().join("log")).unwrap();
        assert!(log.contains("a last word"), "{log}");
        watched.let_go();
    }

    // A program that will not end is killed, also where `sleep` knows whole seconds alone.
    let whole_seconds = replaced("sleep", "case $1 in *.*) exit 1 ;; esac; exec /bin/sleep \"$1\"");
    let stubborn = marked("trap '' QUIT; while :; do /bin/sleep 0.1; done");
    let mut watched = Watched::new(shell, "QUIT", stubborn, whole_seconds).unwrap();
    watched.start();
    watched.wait_for_mark();
    watched.let_go();

    // A server that was killed has left its shared memory.
    let segment = replaced("ipcrm", "echo \"$@\" >FOLDER/removed");
    let mut watched = Watched::new(shell, "KILL", marked("exit"), segment).unwrap();
    std::fs::create_dir(watched.run().join("data")).unwrap();
    let text = "1234\n/data\n1700000000\n5432\n/socket\n\n  1048576        17\nready   \n";
    std::fs::write(watched.run().join("data/postmaster.pid"), text).unwrap();
    watched.start();
    watched.says();
    watched.let_go();
    let removed = std::fs::read_to_string(watched.folder.path().join("removed"));
    assert_eq!(removed.unwrap(), "-m 17\n");

    // No variable is needed, and a folder that can't be written is told.
    let mut watched = Watched::new(shell, "KILL", marked("exit"), |folder, command| {
        let run = folder.join("run dir/it");
        std::fs::remove_dir(&run).unwrap();
        command.env_clear();
    })
    .unwrap();
    watched.start();
    assert_eq!(watched.says(), "closed");
    watched.let_go();
}
