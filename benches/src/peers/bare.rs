//! No peer but the limit of the machine: `CREATE DATABASE … TEMPLATE … STRATEGY file_copy`, eight at once, and nothing
//! else, or with a test in each.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::task::JoinSet;

use super::running::{Running, TEMPLATE};

const AT_ONCE: usize = 8;

/// Makes that many clones, and drops them after the clock has been stopped.
pub(crate) async fn clones(running: &Running, count: usize) -> anyhow::Result<Duration> {
    let mut sessions = Vec::new();
    for _ in 0..AT_ONCE {
        sessions.push(PgConnection::connect_with(&running.options("postgres")).await?);
    }
    let started = Instant::now();
    let sessions = each(sessions, count, |number| {
        format!("CREATE DATABASE bare_{number} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    })
    .await?;
    let elapsed = started.elapsed();
    each(sessions, count, |number| format!("DROP DATABASE bare_{number}")).await?;
    Ok(elapsed)
}

/// Makes that many clones, runs the small test over a session of each, and drops it.
pub(crate) async fn tests(running: &Running, count: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut workers = JoinSet::new();
    for first in 0..AT_ONCE {
        let admin = running.options("postgres");
        let names: Vec<(String, PgConnectOptions)> = (first..count)
            .step_by(AT_ONCE)
            .map(|number| format!("bare_{number}"))
            .map(|name| (name.clone(), running.options(&name)))
            .collect();
        workers.spawn(async move {
            let mut admin = PgConnection::connect_with(&admin).await?;
            for (name, options) in names {
                let make = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy");
                super::run(&mut admin, make).await?;
                let mut session = PgConnection::connect_with(&options).await?;
                super::small_test(&mut session).await?;
                session.close().await?;
                wait_until_left(&mut admin, &name).await?;
                super::run(&mut admin, format!("DROP DATABASE {name}")).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    Ok(started.elapsed())
}

/// A server that finds a session left when it drops a database sleeps for a tenth of a second.
async fn wait_until_left(admin: &mut PgConnection, database: &str) -> anyhow::Result<()> {
    loop {
        let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE datname = $1")
            .bind(database)
            .fetch_one(&mut *admin)
            .await?;
        if sessions == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

/// The sessions share out the numbers evenly, and send a statement for each.
async fn each(
    sessions: Vec<PgConnection>,
    count: usize,
    statement: impl Fn(usize) -> String + Copy + Send + 'static,
) -> anyhow::Result<Vec<PgConnection>> {
    let mut running = JoinSet::new();
    for (first, mut session) in sessions.into_iter().enumerate() {
        running.spawn(async move {
            for number in (first..count).step_by(AT_ONCE) {
                super::run(&mut session, statement(number)).await?;
            }
            Ok::<_, sqlx::Error>(session)
        });
    }
    let mut sessions = Vec::new();
    while let Some(done) = running.join_next().await {
        sessions.push(done??);
    }
    Ok(sessions)
}
