//! The peers, one a file, each as its own documentation tells to use it.

pub(crate) mod bare;
pub(crate) mod container;
pub(crate) mod embedded;
pub(crate) mod pgtemp;
pub(crate) mod pgtestdb;
pub(crate) mod running;
pub(crate) mod sqlx_test;

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

/// Applies the sample as sqlx does, and asks the first query.
pub(crate) async fn migrate(options: &PgConnectOptions, sample: &Path) -> anyhow::Result<()> {
    let mut session = PgConnection::connect_with(options).await?;
    Migrator::new(sample).await?.run(&mut session).await?;
    first_query(&mut session).await?;
    session.close().await?;
    Ok(())
}

/// Asks the first query of every test.
pub(crate) async fn first_query(session: &mut PgConnection) -> anyhow::Result<()> {
    let rows: i64 = sqlx::query_scalar(crate::sample::FIRST_QUERY)
        .fetch_one(session)
        .await?;
    anyhow::ensure!(rows == 0, "a fresh database has {rows} rows");
    Ok(())
}

/// What every test of the rows with a thousand of them does: a write and a read.
pub(crate) async fn small_test(session: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::query("INSERT INTO t1 (tenant_id, name) VALUES (gen_random_uuid(), 'one')")
        .execute(&mut *session)
        .await?;
    let rows: i64 = sqlx::query_scalar(crate::sample::FIRST_QUERY)
        .fetch_one(session)
        .await?;
    anyhow::ensure!(rows == 1, "a test sees {rows} rows and has written one");
    Ok(())
}

/// Runs statements without parameters.
pub(crate) async fn run(session: &mut PgConnection, statements: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statements))
        .execute(session)
        .await
        .map(drop)
}
