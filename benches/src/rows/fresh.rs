//! A test that is not the first asks for a database, and asks it its first query.

use std::time::Instant;

use sqlx::Connection as _;

use crate::measure::{Contender, take_turns};
use crate::peers::{self, pgtestdb, sqlx_test};
use crate::setting::Setting;
use crate::table::{Goal, Row};

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let project = setting.project()?;
    let migrator = setting
        .runtime
        .block_on(sqlx_test::migrator(setting.sample.as_std_path()))?;
    let take = || {
        setting.runtime.block_on(async {
            let started = Instant::now();
            let database = project.database().await?;
            let mut session = database.connect().await?;
            peers::first_query(&mut session).await?;
            let elapsed = started.elapsed();
            session.close().await?;
            Ok(elapsed)
        })
    };
    let begin = || {
        setting.runtime.block_on(async {
            let started = Instant::now();
            let mut transaction = project.transaction().await?;
            peers::first_query(&mut transaction).await?;
            Ok(started.elapsed())
        })
    };
    // The second who asks has databases made ahead.
    for _ in 0..2 {
        take()?;
        begin()?;
    }
    let (mut cloned, mut tested) = (0, 0);
    let contenders = vec![
        Contender::new("pgproof", take),
        Contender::new("pgproof, a transaction", begin),
        Contender::new("sqlx::test", || {
            tested += 1;
            sqlx_test::fresh(migrator, &format!("fresh::{tested}"))
        }),
        Contender::new("pgtestdb's way", || {
            cloned += 1;
            let name = format!("fresh_{cloned}");
            setting.runtime.block_on(pgtestdb::fresh(
                |database| setting.running.options(database),
                name,
            ))
        }),
    ];
    let series = take_turns("fresh database", setting.count(100), contenders);
    Ok(vec![Row::new(
        "a fresh migrated database for a test, to its first query",
        &series,
        1,
        &[
            ("sqlx::test", Goal::Faster(30.0)),
            ("pgtestdb's way", Goal::Faster(4.0)),
        ],
    )])
}
