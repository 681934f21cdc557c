//! No peer but the limit of the machine: `CREATE DATABASE … TEMPLATE … STRATEGY file_copy`, eight at once, and nothing else.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
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
