//! `postgresql_embedded`, with the programs that are on this machine instead of an archive that it would fetch first.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use postgresql_embedded::{PostgreSQL, Settings};

/// Sets a server up, starts it, migrates a database and asks the first query.
pub(crate) async fn cold(
    sample: &Path,
    bin: &Path,
    run: &Path,
    answered: impl FnOnce(),
) -> anyhow::Result<()> {
    let settings = Settings {
        installation_dir: bin.parent().context("the programs lie in no folder")?.to_owned(),
        trust_installation_dir: true,
        data_dir: run.join("data"),
        password_file: run.join("password"),
        // Debian's default folder is not open to all.
        socket_dir: Some(run.join("socket")),
        timeout: Some(Duration::from_mins(1)),
        ..Settings::default()
    };
    let mut server = PostgreSQL::new(settings);
    server.setup().await?;
    server.start().await?;
    server.create_database("sample").await?;
    let options = server.settings().url("sample").parse()?;
    super::migrate(&options, sample).await?;
    answered();
    Ok(server.stop().await?)
}
