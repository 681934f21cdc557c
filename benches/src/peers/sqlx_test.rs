//! `#[sqlx::test(migrations = "…")]`, by the code that the macro calls: `sqlx::testing::TestFn::run_test`.
//!
//! Each test creates its database, applies the migrations, runs, and drops the database, on the server of `DATABASE_URL`.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::testing::{TestArgs, TestFn as _};

/// Loads the migrations, which the macro embeds when it is compiled.
pub(crate) async fn migrator(sample: &Path) -> anyhow::Result<&'static Migrator> {
    Ok(Box::leak(Box::new(Migrator::new(sample).await?)))
}

thread_local! {
    /// When the first query was answered: a test of sqlx is a plain function.
    static ANSWERED: Cell<Option<Instant>> = const { Cell::new(None) };
}

async fn first_query(pool: PgPool) -> anyhow::Result<()> {
    super::first_query(&mut *pool.acquire().await?).await?;
    ANSWERED.set(Some(Instant::now()));
    Ok(())
}

async fn small_test(pool: PgPool) -> anyhow::Result<()> {
    super::small_test(&mut *pool.acquire().await?).await
}

/// From the beginning of a test to the answer of its first query. Blocks: a test has a runtime of its own.
pub(crate) fn fresh(migrator: &'static Migrator, name: &str) -> anyhow::Result<Duration> {
    let started = Instant::now();
    run(first_query, migrator, name)?;
    ANSWERED
        .take()
        .map(|answered| answered - started)
        .ok_or_else(|| anyhow::anyhow!("the test did not run"))
}

/// A test with a write and a read, from its beginning to its end.
pub(crate) fn small(migrator: &'static Migrator, name: &str) -> anyhow::Result<()> {
    run(small_test, migrator, name)
}

fn run<F>(test: fn(PgPool) -> F, migrator: &'static Migrator, name: &str) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    // The macro gives the test's path, which is a literal.
    let mut args = TestArgs::new(Box::leak(name.to_owned().into_boxed_str()));
    args.migrator(migrator);
    test.run_test(args)
}
