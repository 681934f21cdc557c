//! The schema is broken in a transaction, five queries look at it as the application's role, and it is rolled back.

use std::time::Instant;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::measure::{Contender, take_turns};
use crate::peers;
use crate::setting::Setting;
use crate::table::{Goal, Row};

const BREAK: [&str; 4] = [
    "ALTER TABLE t1 DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY everybody ON t1 USING (true)",
    "ALTER POLICY tenant ON t1 USING (true)",
    "DROP TRIGGER log ON t1",
];

const QUERIES: [&str; 5] = [
    "SELECT count(*) FROM t1",
    "SELECT id FROM t1 WHERE tenant_id = 'aaaaaaaa-0000-4000-8000-000000000001'",
    "SELECT name FROM t1 ORDER BY created_at",
    "INSERT INTO t1 (tenant_id, name) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'a')",
    "UPDATE t1 SET name = 'b'",
];

const CONTEXT: &str = "SELECT set_config('app.tenant_id', 'aaaaaaaa-0000-4000-8000-000000000001', true)";

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let count = setting.count(1000);
    let project = setting.project()?;
    let runtime = &setting.runtime;
    // Where the transaction ends, too.
    let _context = runtime.enter();
    let database = runtime.block_on(project.database())?;
    let mut plain = runtime.block_on(database.connect())?;
    let mut batched = runtime.block_on(database.connect())?;
    let mut transaction = runtime.block_on(project.transaction())?;
    let contenders = vec![
        Contender::new("pgproof, a batch for each mutant", || {
            runtime.block_on(async {
                let started = Instant::now();
                for number in 0..count {
                    batch(&mut batched, number).await?;
                }
                Ok(started.elapsed())
            })
        }),
        Contender::new("a savepoint in Project::transaction()", || {
            runtime.block_on(async {
                let started = Instant::now();
                for number in 0..count {
                    step_by_step(&mut transaction, number).await?;
                }
                Ok(started.elapsed())
            })
        }),
        Contender::new("a transaction, statement by statement", || {
            runtime.block_on(async {
                let started = Instant::now();
                for number in 0..count {
                    step_by_step(&mut plain, number).await?;
                }
                Ok(started.elapsed())
            })
        }),
    ];
    let series = take_turns("mutants", 5, contenders);
    Ok(vec![Row::new(
        "a mutant: break, five queries as a role, roll back; one connection",
        &series,
        count,
        &[("pgproof, a batch for each mutant", Goal::Below(1.0))],
    )])
}

async fn step_by_step(session: &mut PgConnection, number: usize) -> anyhow::Result<()> {
    let mut attempt = session.begin().await?;
    for statement in [BREAK[number % BREAK.len()], "SET LOCAL ROLE bench_app", CONTEXT]
        .iter()
        .chain(&QUERIES)
    {
        sqlx::query(*statement).execute(&mut *attempt).await?;
    }
    Ok(attempt.rollback().await?)
}

async fn batch(session: &mut PgConnection, number: usize) -> anyhow::Result<()> {
    let mut text = format!(
        "BEGIN; {}; SET LOCAL ROLE bench_app; {CONTEXT};",
        BREAK[number % BREAK.len()]
    );
    for query in QUERIES {
        text.push_str(query);
        text.push(';');
    }
    text.push_str("ROLLBACK");
    Ok(peers::run(session, text).await?)
}
