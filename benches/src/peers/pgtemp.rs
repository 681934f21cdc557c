//! pgtemp: a server for each test.

use std::path::Path;

use pgtemp::PgTempDB;

/// Makes a server, migrates its database and asks the first query.
pub(crate) async fn cold(
    sample: &Path,
    bin: &Path,
    run: &Path,
    answered: impl FnOnce(),
) -> anyhow::Result<()> {
    let server = PgTempDB::builder()
        .with_bin_path(bin)
        .with_data_dir_prefix(run)
        .start_async()
        .await;
    super::migrate(&server.connection_uri().parse()?, sample).await?;
    answered();
    tokio::task::spawn_blocking(move || server.shutdown()).await?;
    Ok(())
}
