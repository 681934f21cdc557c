//! The server that runs already, for those peers that expect one: with pgproof's own settings, in memory, so that they
//! miss nothing that a tuned server could give them.

use std::sync::Arc;

use camino::Utf8Path;
use pgproof::server::Installation;
use pgproof::{Project, Settings, Template};
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

/// A server with the databases that clients expect, and one of the sample as a template.
pub(crate) struct Running {
    server: Arc<Template>,
}

/// The migrated database from which others are cloned.
pub(crate) const TEMPLATE: &str = "sample_template";

impl Running {
    pub(crate) async fn start(
        folder: &Utf8Path,
        sample: &Utf8Path,
        installation: &Installation,
    ) -> anyhow::Result<Self> {
        let empty = folder.join("empty");
        std::fs::create_dir_all(&empty)?;
        std::fs::write(empty.join("001_nothing.sql"), "SELECT 1;\n")?;
        std::fs::write(
            empty.join("pgproof.toml"),
            "[migrations]\nconvention = \"plain\"\ndatabase = \"nothing\"\n",
        )?;
        let server = Template::prepare(&Project::open(&empty)?, &Settings::of(installation)).await?;
        server.add_standard_databases().await?;
        let running = Self { server };
        let mut admin = PgConnection::connect_with(&running.options("postgres")).await?;
        super::run(&mut admin, format!("CREATE DATABASE {TEMPLATE}")).await?;
        super::migrate(&running.options(TEMPLATE), sample.as_std_path()).await?;
        // Marked last, as pgtestdb does.
        super::run(&mut admin, format!("ALTER DATABASE {TEMPLATE} IS_TEMPLATE true")).await?;
        admin.close().await?;
        Ok(running)
    }

    pub(crate) fn options(&self, database: &str) -> PgConnectOptions {
        self.server.server().options(database)
    }

    pub(crate) fn url(&self, database: &str) -> String {
        self.server.server().url(database)
    }
}
