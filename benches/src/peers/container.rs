//! testcontainers with an image that the engine has already, as its own module for PostgreSQL waits for it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{GenericImage, ImageExt as _};

const READY: &str = "database system is ready to accept connections";

/// Why there is no engine to ask, if so.
pub(crate) fn absent() -> Option<&'static str> {
    let socket = Path::new("/var/run/docker.sock").exists();
    (std::env::var_os("DOCKER_HOST").is_none() && !socket).then_some(
        "there is no container engine: DOCKER_HOST is not set, and there is no /var/run/docker.sock",
    )
}

/// Starts a container, migrates its database and asks the first query.
pub(crate) async fn cold(sample: &Path, image: &str, answered: impl FnOnce()) -> anyhow::Result<()> {
    let (name, tag) = image.rsplit_once(':').context("an image is given as NAME:TAG")?;
    // The entry point starts the server twice; only the second says so on standard error alone.
    let container = GenericImage::new(name, tag)
        .with_exposed_port(5432.tcp())
        .with_wait_for(WaitFor::message_on_stderr(READY))
        .with_wait_for(WaitFor::message_on_stdout(READY))
        .with_env_var("POSTGRES_PASSWORD", "postgres")
        .with_cmd(["-c", "fsync=off"])
        .start()
        .await?;
    let host = container.get_host().await?;
    let port = container.get_host_port_ipv4(5432).await?;
    let options = PgConnectOptions::new_without_pgpass()
        .host(&host.to_string())
        .port(port)
        .username("postgres")
        .password("postgres")
        .database("postgres");
    let deadline = Instant::now() + Duration::from_mins(1);
    while let Err(error) = super::migrate(&options, sample).await {
        anyhow::ensure!(Instant::now() < deadline, "the container lets nobody in: {error}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    answered();
    Ok(container.rm().await?)
}
