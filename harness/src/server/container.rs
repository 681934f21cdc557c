//! A server in a container, by Docker or Podman.
//!
//! The container has a name of ours before it is made, and a watchdog that removes it by that name: so nothing is left
//! when we are killed at any moment.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use testcontainers::bollard::models::PortBinding;
use testcontainers::core::IntoContainerPort as _;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt as _};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::address::{APPLICATION, Address, Tls};
use super::engine::{Engine, Hold};
use super::find::{SUPPORTED, Version};
use super::settings::safe_arguments;
use super::worker::Worker;
use super::{ServerError, last_lines};

/// A server in a container that lets nobody in for so long has failed; the image's pull does not count.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running container. It is removed when this value is dropped or this process ends.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) address: Address,
    pub(crate) version: Version,
    /// What the server is made of: two containers of the same behave the same.
    pub(crate) image: String,
    worker: Worker<Ask>,
}

/// Asks whether the container has ended by itself, and for the end of its log then.
type Ask = mpsc::Sender<Option<String>>;

/// What the task tells of a server that is ready.
struct Ready {
    address: Address,
    version: Version,
    image: String,
}

impl Container {
    /// Starts a container of the image, or of the official one of that major, and waits until it answers.
    pub(crate) async fn start(image: Option<&str>, major: Option<u16>) -> Result<Self, ServerError> {
        let image = match image {
            Some(image) => image.to_owned(),
            None => format!("postgres:{}", major.unwrap_or(*SUPPORTED.end())),
        };
        let engine = Engine::find()?;
        let (say_ready, ready) = oneshot::channel();
        // From here on whoever drops this future has it all removed.
        let worker =
            Worker::start(move |asked| async move { hold(&engine, &image, asked, say_ready).await })?;
        let Ready {
            address,
            version,
            image,
        } = ready.await.map_err(|_| ServerError::Engine {
            engine: "its socket".to_owned(),
            reason: "the task that speaks with it has ended".to_owned(),
        })??;
        Ok(Self {
            address,
            version,
            image,
            worker,
        })
    }

    /// Why the container has ended by itself, if so: the end of its log.
    pub(crate) fn lost(&self) -> Option<ServerError> {
        let (say, answer) = mpsc::channel();
        self.worker.ask(say)?;
        let log = answer.recv_timeout(Duration::from_secs(2)).ok()??;
        Some(ServerError::Lost {
            version: self.version.clone(),
            reason: "its container has ended".to_owned(),
            log,
        })
    }
}

/// Starts the container, answers who asks for it, and removes it when nobody does any more.
async fn hold(
    engine: &Engine,
    image: &str,
    mut asked: UnboundedReceiver<Ask>,
    say_ready: oneshot::Sender<Result<Ready, ServerError>>,
) {
    let name = format!("pgproof-{}", uuid::Uuid::new_v4().simple());
    let mut hold = None;
    let started = tokio::select! {
        // Nobody asks before it is ready: whoever waited for it has gone away. The watchdog removes what there is.
        _ = asked.recv() => None,
        started = start(engine, image, &name, &mut hold) => Some(started),
    };
    let container = match started {
        Some(Ok((container, ready))) => {
            // Nobody there any more: it is removed below.
            let _ = say_ready.send(Ok(ready));
            container
        }
        Some(Err(error)) => {
            let_go(hold).await;
            let _ = say_ready.send(Err(error));
            return;
        }
        None => return let_go(hold).await,
    };
    while let Some(say) = asked.recv().await {
        let log = match container.is_running().await {
            Ok(false) => Some(log(&container).await),
            _ => None,
        };
        let _ = say.send(log);
    }
    if container.rm().await.is_ok()
        && let Some(hold) = &mut hold
    {
        hold.removed();
    }
    let_go(hold).await;
}

/// Waits until the watchdog has done its work.
async fn let_go(hold: Option<Hold>) {
    let _ = tokio::task::spawn_blocking(move || drop(hold)).await;
}

async fn start(
    engine: &Engine,
    image: &str,
    name: &str,
    hold: &mut Option<Hold>,
) -> Result<(ContainerAsync<GenericImage>, Ready), ServerError> {
    let failed = |reason: String| ServerError::Container {
        image: image.to_owned(),
        reason,
        log: String::new(),
    };
    let made_of = Image::of(engine, image).await?;
    // Two of them: 244 random bits.
    let password = [(); 2]
        .map(|()| uuid::Uuid::new_v4().simple().to_string())
        .concat();
    let request = made_of.request(engine, name, &password);
    *hold = Some(Hold::take(engine, name)?);
    let container = request.start().await.map_err(|error| failed(error.to_string()))?;
    if let Some(hold) = hold {
        hold.made();
    }
    let host = container
        .get_host()
        .await
        .map_err(|error| failed(error.to_string()))?;
    let host = match host.to_string() {
        // The port is open on 127.0.0.1 alone, and a name may mean ::1 as well.
        host if host == "localhost" => "127.0.0.1".to_owned(),
        host => host,
    };
    let port = match container.get_host_port_ipv4(5432.tcp()).await {
        Ok(port) => port,
        Err(error) => {
            // A container that has ended has no ports.
            let reason = if matches!(container.is_running().await, Ok(false)) {
                "it ended at once".to_owned()
            } else {
                error.to_string()
            };
            return Err(ServerError::Container {
                image: image.to_owned(),
                reason,
                log: log(&container).await,
            });
        }
    };
    let address = Address {
        host,
        port,
        user: "postgres".to_owned(),
        password: Some(password),
        tls: Tls::OFF,
        application: APPLICATION.to_owned(),
        first_role: None,
    };
    let version = wait_until_ready(&container, &address, image).await?;
    let ready = Ready {
        address,
        version,
        image: format!("{} {:?}", made_of.id, made_of.arguments),
    };
    Ok((container, ready))
}

/// An image that is there.
struct Image<'a> {
    name: &'a str,
    id: String,
    /// What the container is started with.
    arguments: Vec<String>,
}

impl<'a> Image<'a> {
    /// Pulled if need be.
    async fn of(engine: &Engine, name: &'a str) -> Result<Self, ServerError> {
        let unreachable = |reason: String| ServerError::Engine {
            engine: engine.url.clone(),
            reason: format!("{reason}; start Docker or Podman, or name its socket with DOCKER_HOST"),
        };
        let client = docker_client_instance()
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        client
            .ping()
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        let mut found = client.inspect_image(name).await;
        if found.is_err() {
            let pulled = generic(name).pull_image().await;
            pulled.map(drop).map_err(|error| ServerError::Container {
                image: name.to_owned(),
                reason: format!("the image is not there and can't be pulled: {error}"),
                log: String::new(),
            })?;
            found = client.inspect_image(name).await;
        }
        let image = found.map_err(|error| unreachable(error.to_string()))?;
        let config = image.config.unwrap_or_default();
        Ok(Self {
            name,
            id: image.id.unwrap_or_default(),
            arguments: arguments(config.cmd.unwrap_or_default()),
        })
    }

    fn request(&self, engine: &Engine, name: &str, password: &str) -> ContainerRequest<GenericImage> {
        let local = engine.is_local();
        let mut request = generic(self.name)
            .with_container_name(name)
            // For people who wonder whose it is.
            .with_label("org.pgproof.version", env!("CARGO_PKG_VERSION"))
            .with_label("org.pgproof.process", std::process::id().to_string())
            .with_env_var("POSTGRES_USER", "postgres")
            .with_env_var("POSTGRES_PASSWORD", password)
            .with_env_var(
                "POSTGRES_INITDB_ARGS",
                "--no-sync --encoding=UTF8 --locale=C --lc-ctype=C.UTF-8",
            )
            .with_startup_timeout(PATIENCE)
            .with_host_config_modifier(move |host| {
                // Parallel queries and sorts of large tables need more than an engine's usual 64 MB.
                host.shm_size = Some(256 * 1024 * 1024);
                // Spelled out, since Podman otherwise reports an empty address, which is not understood.
                let port = PortBinding {
                    host_ip: Some(if local { "127.0.0.1" } else { "0.0.0.0" }.to_owned()),
                    host_port: None,
                };
                host.publish_all_ports = Some(false);
                host.port_bindings = Some([("5432/tcp".to_owned(), Some(vec![port]))].into());
            });
        if !self.arguments.is_empty() {
            request = request.with_cmd(&self.arguments);
        }
        request
    }
}

/// As testcontainers has it: what follows the last colon is the tag, a digest's as well.
fn generic(image: &str) -> GenericImage {
    let (name, tag) = match image.rsplit_once(':') {
        // A colon before a slash is a registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    };
    GenericImage::new(name, tag).with_exposed_port(5432.tcp())
}

/// The image's own command with our settings, where it is one of PostgreSQL's: what else an image starts takes other
/// arguments, and is left alone.
fn arguments(command: Vec<String>) -> Vec<String> {
    let is_server = command
        .first()
        .is_some_and(|first| first.starts_with('-') || first.rsplit('/').next() == Some("postgres"));
    if !is_server {
        return Vec::new();
    }
    // None of the settings depends on the major.
    let safe = safe_arguments(*SUPPORTED.start());
    command.into_iter().chain(safe).collect()
}

/// Waits for a session that answers. Images start the server twice, at first without TCP, and engines accept
/// connections for servers that do not listen yet: so neither a log line nor an open port says anything.
async fn wait_until_ready(
    container: &ContainerAsync<GenericImage>,
    address: &Address,
    image: &str,
) -> Result<Version, ServerError> {
    let started = Instant::now();
    loop {
        let error = match ask_version(address).await {
            Ok(version) => {
                return version.ok_or_else(|| ServerError::Container {
                    image: image.to_owned(),
                    reason: "what answers there is no PostgreSQL".to_owned(),
                    log: String::new(),
                });
            }
            Err(error) => error,
        };
        let reason = match container.is_running().await {
            Ok(true) if started.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Ok(true) => format!("it lets nobody in after {} s: {error}", PATIENCE.as_secs()),
            Ok(false) => "it ended before it let anybody in".to_owned(),
            Err(error) => error.to_string(),
        };
        return Err(ServerError::Container {
            image: image.to_owned(),
            reason,
            log: log(container).await,
        });
    }
}

async fn ask_version(address: &Address) -> Result<Option<Version>, sqlx::Error> {
    let ask = async {
        let mut session = PgConnection::connect_with(&address.options("template1")).await?;
        let version: String = sqlx::query_scalar("SHOW server_version")
            .fetch_one(&mut session)
            .await?;
        session.close().await?;
        Ok(Version::parse(&version))
    };
    tokio::time::timeout(Duration::from_secs(10), ask)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::PoolTimedOut))
}

/// The end of what the server wrote.
async fn log(container: &ContainerAsync<GenericImage>) -> String {
    let bytes = container.stderr_to_vec().await.unwrap_or_default();
    last_lines(&String::from_utf8_lossy(&bytes), 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_added_to_the_command_of_a_server_alone() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let added = arguments(words("postgres -D /etc/postgresql")).join(" ");
        assert!(
            added.starts_with("postgres -D /etc/postgresql -c fsync=off -c "),
            "{added}"
        );
        assert!(added.contains("-c timezone=UTC"), "{added}");
        assert!(arguments(words("/usr/bin/supervisord -n")).is_empty());
        assert!(arguments(Vec::new()).is_empty());
    }

    #[test]
    fn an_image_is_named_as_engines_name_it() {
        let split = |image| {
            let request = ContainerRequest::from(generic(image));
            request.descriptor()
        };
        assert_eq!(split("postgres:17"), "postgres:17");
        assert_eq!(split("postgis"), "postgis:latest");
        assert_eq!(split("host:5000/postgres"), "host:5000/postgres:latest");
        assert_eq!(split("postgres@sha256:0a1b"), "postgres@sha256:0a1b");
    }
}
