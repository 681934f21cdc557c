//! A thousand small tests on two threads, each with a runtime of its own, as the test harness has it.

use std::time::{Duration, Instant};

use pgproof::Project;
use sqlx::Connection as _;
use tokio::runtime::{Builder, Runtime};

use super::CHUNK;
use crate::measure::{Contender, take_turns};
use crate::peers::{self, bare, pgtestdb, sqlx_test};
use crate::setting::Setting;
use crate::table::{Goal, Row};

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let (count, rounds) = (setting.count(CHUNK), 5);
    let project = setting.project()?;
    let migrator = setting
        .runtime
        .block_on(sqlx_test::migrator(setting.sample.as_std_path()))?;
    setting.runtime.block_on(async {
        project.database().await?;
        project.transaction().await.map(drop)
    })?;
    let contenders = vec![
        Contender::new("pgproof", || databases(&project, count)),
        Contender::new("pgproof, nine in ten in a transaction", || {
            two_threads(count, |number, runtime| {
                runtime.block_on(async {
                    if number % 10 == 0 {
                        return test(&project).await;
                    }
                    let mut transaction = project.transaction().await?;
                    peers::small_test(&mut transaction).await
                })
            })
        }),
        Contender::new("CREATE DATABASE alone, eight at once", || {
            setting.runtime.block_on(bare::clones(&setting.running, count))
        }),
        Contender::new("a bare loop with the same test in each, eight at once", || {
            setting.runtime.block_on(bare::tests(&setting.running, count))
        }),
        Contender::new("sqlx::test", || {
            two_threads(count, |number, _| {
                sqlx_test::small(migrator, &format!("thousand::{number}"))
            })
        }),
        Contender::new("pgtestdb's way", || {
            two_threads(count, |number, runtime| {
                runtime.block_on(async {
                    let options = |database: &str| setting.running.options(database);
                    let mut clone = pgtestdb::Clone::make(options, format!("thousand_{number}")).await?;
                    peers::small_test(&mut clone.session).await?;
                    clone.drop().await
                })
            })
        }),
    ];
    let mut series = take_turns("a thousand tests", rounds, contenders);
    let own = Row::new(
        "one of 1,000 tests, each with a database of its own, on two threads",
        &series,
        count,
        &[
            ("a bare loop with the same test in each, eight at once", Goal::Within(1.3)),
            ("sqlx::test", Goal::Faster(6.0)),
        ],
    );
    series.remove(0);
    series[0].name = "pgproof".to_owned();
    let shared = Row::new(
        "one of 1,000 tests of which nine in ten need no commit",
        &series,
        count,
        &[("sqlx::test", Goal::Faster(30.0))],
    );
    Ok(vec![own, shared])
}

/// That many tests by pgproof, each with a database of its own.
pub(super) fn databases(project: &Project, count: usize) -> anyhow::Result<Duration> {
    two_threads(count, |_, runtime| runtime.block_on(test(project)))
}

async fn test(project: &Project) -> anyhow::Result<()> {
    let database = project.database().await?;
    let mut session = database.connect().await?;
    peers::small_test(&mut session).await?;
    Ok(session.close().await?)
}

fn two_threads(
    count: usize,
    test: impl Fn(usize, &Runtime) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Duration> {
    let started = Instant::now();
    std::thread::scope(|scope| {
        let threads = [0, 1].map(|first| {
            let test = &test;
            scope.spawn(move || {
                (first..count).step_by(2).try_for_each(|number| {
                    // As `#[tokio::test]` does.
                    let runtime = Builder::new_current_thread().enable_all().build()?;
                    test(number, &runtime)
                })
            })
        });
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    Ok(started.elapsed())
}
