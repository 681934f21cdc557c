//! Where the container engine is, and the watchdog that removes a container when we end, however we end.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{ServerError, variable};

/// Where testcontainers looks where `DOCKER_HOST` is not set: below a folder that a variable names, or at the root.
const SOCKETS: [(&str, &str); 4] = [
    ("", "/var/run/docker.sock"),
    ("XDG_RUNTIME_DIR", ".docker/run/docker.sock"),
    ("HOME", ".docker/run/docker.sock"),
    ("HOME", ".docker/desktop/docker.sock"),
];

/// Where other engines listen, of which it does not know.
const OTHERS: [(&str, &str); 4] = [
    ("XDG_RUNTIME_DIR", "podman/podman.sock"),
    ("", "/run/podman/podman.sock"),
    ("XDG_RUNTIME_DIR", "docker.sock"),
    ("HOME", ".colima/default/docker.sock"),
];

/// The first that is there.
fn first(sockets: &[(&str, &str)]) -> Option<PathBuf> {
    sockets.iter().find_map(|(folder, socket)| {
        let path = if folder.is_empty() {
            PathBuf::from(socket)
        } else {
            Path::new(&variable(folder)?).join(socket)
        };
        path.exists().then_some(path)
    })
}

/// A container engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Engine {
    /// `unix://PATH`, `tcp://HOST:PORT` or `https://HOST:PORT`.
    pub(crate) url: String,
}

impl Engine {
    /// The one that `DOCKER_HOST` names, or the first whose socket is there.
    pub(crate) fn find() -> Result<Self, ServerError> {
        let text = |name| variable(name).map(|value| value.to_string_lossy().into_owned());
        if let Some(url) = text("DOCKER_HOST") {
            let known = ["unix://", "tcp://", "http://", "https://"];
            if !known.iter().any(|scheme| url.starts_with(scheme)) {
                return Err(ServerError::Engine {
                    engine: url,
                    reason: "DOCKER_HOST must begin with unix://, tcp:// or https://".to_owned(),
                });
            }
            let encrypted =
                url.starts_with("https://") || text("DOCKER_TLS_VERIFY").is_some_and(|value| value == "1");
            if encrypted && !url.starts_with("unix://") {
                if variable("DOCKER_CERT_PATH").is_none() {
                    return Err(ServerError::Engine {
                        engine: url,
                        reason: "an encrypted engine needs DOCKER_CERT_PATH, the folder of ca.pem, cert.pem and key.pem"
                            .to_owned(),
                    });
                }
                let (_, place) = url.split_once("://").unwrap_or_default();
                return Ok(Self {
                    url: format!("https://{place}"),
                });
            }
            return Ok(Self { url });
        }
        if let Some(path) = first(&SOCKETS) {
            return Ok(Self {
                url: format!("unix://{}", path.display()),
            });
        }
        let reason = match first(&OTHERS) {
            Some(path) => format!(
                "there is none; one listens elsewhere: set DOCKER_HOST=unix://{}",
                path.display()
            ),
            None => "there is none; start Docker or Podman, or name its socket with DOCKER_HOST".to_owned(),
        };
        Err(ServerError::Engine {
            engine: SOCKETS[0].1.to_owned(),
            reason,
        })
    }

    /// Whether it runs on this machine, so that what listens there need not be open to others.
    pub(crate) fn is_local(&self) -> bool {
        // In a container the engine's machine is another one, though its socket is here.
        self.url.starts_with("unix://")
            && !["/.dockerenv", "/run/.containerenv"]
                .iter()
                .any(|mark| Path::new(mark).exists())
    }
}

/// Our hold on a watchdog, which removes the container of a name once we let go. As with an embedded server it is a
/// `/bin/sh` in a process group of its own, which the kernel tells of our end.
#[derive(Debug)]
pub(crate) struct Hold {
    socket: Option<UnixStream>,
    watchdog: Child,
}

impl Hold {
    /// Before the container is made.
    pub(crate) fn take(engine: &Engine, container: &str) -> Result<Self, ServerError> {
        let start = || {
            let (ours, theirs) = UnixStream::pair()?;
            let watchdog = Command::new("/bin/sh")
                .args(["-c", include_str!("container.sh"), "pgproof-watchdog"])
                .args([container, &engine.url])
                .stdin(Stdio::from(OwnedFd::from(theirs)))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()?;
            Ok(Self {
                socket: Some(ours),
                watchdog,
            })
        };
        start().map_err(|source| ServerError::Run {
            program: "/bin/sh".to_owned(),
            source,
        })
    }

    /// The container is there.
    pub(crate) fn made(&mut self) {
        self.say("made\n");
    }

    /// The container is gone, and there is nothing left to do.
    pub(crate) fn removed(&mut self) {
        self.say("removed\n");
    }

    fn say(&mut self, word: &str) {
        if let Some(socket) = &mut self.socket {
            // A watchdog that was ended hears nothing, and we go on without it.
            let _ = socket.write_all(word.as_bytes());
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.socket = None;
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline && matches!(self.watchdog.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}
