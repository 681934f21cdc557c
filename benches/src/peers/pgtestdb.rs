//! What Go's pgtestdb does, in Rust: the template is made once for each hash of the migrations; each test opens a session
//! to the server, clones the template as the server does by default, connects, and drops the clone at the end.
//! An equivalent, since the original is a library of Go.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::running::TEMPLATE;

/// A test's database and the session that made it.
pub(crate) struct Clone {
    admin: PgConnection,
    pub(crate) session: PgConnection,
    name: String,
}

impl Clone {
    pub(crate) async fn make(
        options: impl Fn(&str) -> sqlx::postgres::PgConnectOptions,
        name: String,
    ) -> anyhow::Result<Self> {
        let mut admin = PgConnection::connect_with(&options("postgres")).await?;
        super::run(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await?;
        let session = PgConnection::connect_with(&options(&name)).await?;
        Ok(Self { admin, session, name })
    }

    pub(crate) async fn drop(mut self) -> anyhow::Result<()> {
        self.session.close().await?;
        super::run(&mut self.admin, format!("DROP DATABASE {}", self.name)).await?;
        Ok(self.admin.close().await?)
    }
}

/// From asking for a database to the answer of its first query.
pub(crate) async fn fresh(
    options: impl Fn(&str) -> sqlx::postgres::PgConnectOptions,
    name: String,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut clone = Clone::make(options, name).await?;
    super::first_query(&mut clone.session).await?;
    let elapsed = started.elapsed();
    clone.drop().await?;
    Ok(elapsed)
}
