//! What the log of violations costs: how long its migration takes, and an insert with the policy beside one without.
//!
//! `cargo bench -p suites --bench grow_insert` prints the figures and fails where they are beyond what was promised: the
//! migration under five seconds, an insert under 10 ms and under 20 % more than without row level security. Both kinds of
//! insert are measured in turn in one run, in batches whose order changes, and their medians compared, so that whatever
//! else the machine does falls on both. A throwaway server does not wait for the disk, so the share is larger than it is
//! in production. No test asserts a time: this is not one, and no check of CI runs it.

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use pgproof::{Database, Project};
use sqlx::postgres::PgConnection;

const MIGRATION: Duration = Duration::from_secs(5);
const MORE: Duration = Duration::from_millis(10);
const MORE_IN_PERCENT: f64 = 20.0;

/// Batches of each kind, and inserts in each, of which each is a transaction of its own, as the log's are.
const BATCHES: u32 = 40;
const INSERTS: u32 = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: failed to measure: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<bool, Box<dyn Error>> {
    let project = Project::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/grow"))?;
    let migration = time_of_migration(&project).await?;
    println!("migration: {migration:.1?}, promised under {MIGRATION:?}");

    let (with, without) = (project.database().await?, project.database().await?);
    let mut off = without.connect().await?;
    sqlx::raw_sql("ALTER TABLE security_audit_logs DISABLE ROW LEVEL SECURITY")
        .execute(&mut off)
        .await?;
    let mut sessions = [service(&with).await?, service(&without).await?];
    let mut times = [Vec::new(), Vec::new()];
    for batch in 0..BATCHES {
        let order = if batch % 2 == 0 { [0, 1] } else { [1, 0] };
        for kind in order {
            for _ in 0..INSERTS {
                times[kind].push(time_of_insert(&mut sessions[kind]).await?);
            }
        }
    }
    let [with, without] = times.map(median);
    let more = with.saturating_sub(without);
    let percent = (with.as_secs_f64() / without.as_secs_f64() - 1.0) * 100.0;
    println!("insert: {with:.1?} with row level security, {without:.1?} without");
    println!("more: {more:.1?}, promised under {MORE:?}; {percent:.1} %, promised under {MORE_IN_PERCENT} %");
    Ok(migration < MIGRATION && more < MORE && percent < MORE_IN_PERCENT)
}

/// On the platform's database as it is before, so that no cache has anything to say.
async fn time_of_migration(project: &Project) -> Result<Duration, Box<dyn Error>> {
    let before = project.clone().without(&["20251111"])?.database().await?;
    let started = Instant::now();
    for migration in project.migrations() {
        before.run(&migration.up).await?;
    }
    Ok(started.elapsed())
}

/// A session with the service's key.
async fn service(database: &Database) -> Result<PgConnection, Box<dyn Error>> {
    let mut session = database.connect().await?;
    sqlx::raw_sql(
        r#"SET ROLE service_role; SELECT set_config('request.jwt.claims', '{"role":"service_role"}', false)"#,
    )
    .execute(&mut session)
    .await?;
    Ok(session)
}

async fn time_of_insert(session: &mut PgConnection) -> Result<Duration, sqlx::Error> {
    let started = Instant::now();
    sqlx::query(include_str!("grow_insert.sql"))
        .execute(session)
        .await?;
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
