//! How the cost grows: with the tables, with the migrations, and with the workers that take databases.

use std::time::{Duration, Instant};

use pgproof::catalog::Catalog;
use pgproof::{Project, Settings, Template};
use tokio::runtime::Builder;

use crate::peers;
use crate::sample::Shape;
use crate::setting::Setting;
use crate::table::Growth;

/// Each step is measured so often, in turns.
const ROUNDS: usize = 5;

pub(crate) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Growth>> {
    let most = if setting.arguments.quick { 100 } else { 1000 };
    let sizes: Vec<usize> = [10, 100, 1000].into_iter().filter(|size| *size <= most).collect();
    let tables = sizes.iter().map(|&tables| {
        (
            tables,
            Shape {
                tables,
                migrations: 40,
            },
        )
    });
    let migrations = sizes.iter().map(|&migrations| {
        (
            migrations,
            Shape {
                tables: 30,
                migrations,
            },
        )
    });
    let mut growths = shapes(setting, "tables, in 40 migrations", &tables.collect::<Vec<_>>())?;
    growths.extend(shapes(
        setting,
        "migrations, of 30 tables",
        &migrations.collect::<Vec<_>>(),
    )?);
    growths.push(workers(setting)?);
    Ok(growths)
}

/// What is measured of each shape.
const PARTS: [&str; 7] = [
    "reading the folder",
    "the first start, with an empty cache",
    "of that, applying",
    "a start from the cache",
    "a clone, none made ahead",
    "reading the catalogue",
    "its snapshots' text",
];

fn shapes(setting: &Setting<'_>, by: &str, shapes: &[(usize, Shape)]) -> anyhow::Result<Vec<Growth>> {
    let mut times = vec![vec![Vec::new(); shapes.len()]; PARTS.len()];
    for round in 0..ROUNDS {
        for (step, (size, shape)) in shapes.iter().enumerate() {
            eprintln!("{by}: {size}, round {} of {ROUNDS}", round + 1);
            let parts = setting.runtime.block_on(parts(setting, *shape, round))?;
            for (part, time) in parts.into_iter().enumerate() {
                times[part][step].push(time);
            }
        }
    }
    let growths = PARTS.iter().zip(times).map(|(part, steps)| Growth {
        of: (*part).to_owned(),
        by: by.to_owned(),
        unit: "ms",
        steps: shapes
            .iter()
            .zip(steps)
            .map(|((size, _), mut times)| {
                times.sort();
                (*size, times[times.len() / 2].as_secs_f64() * 1e3)
            })
            .collect(),
    });
    Ok(growths.collect())
}

async fn parts(setting: &Setting<'_>, shape: Shape, round: usize) -> anyhow::Result<[Duration; PARTS.len()]> {
    // Written once more, with something that is new in each round: the cache knows none of it.
    let root = setting.project_of(shape)?.root().to_owned();
    std::fs::write(root.join("00000_round.sql"), format!("SELECT {round};\n"))?;
    let settings = Settings::of(&setting.installation);
    let started = Instant::now();
    let project = Project::open(&root)?;
    let reading = started.elapsed();

    let started = Instant::now();
    let first = Template::prepare(&project, &settings).await?;
    let (first_start, applying) = (started.elapsed(), first.durations().migrate);
    tokio::task::spawn_blocking(move || drop(first)).await?;

    let started = Instant::now();
    let template = Template::prepare(&project, &settings).await?;
    let from_cache = started.elapsed();

    let started = Instant::now();
    let database = template.clone_database().await?;
    let cloning = started.elapsed();

    let mut session = database.connect().await?;
    let started = Instant::now();
    let catalog = Catalog::read(&mut session).await?;
    let reading_catalog = started.elapsed();
    let started = Instant::now();
    let texts = catalog.snapshots();
    let snapshots = started.elapsed();
    anyhow::ensure!(
        texts.len() > shape.tables,
        "{} snapshots of {} tables",
        texts.len(),
        shape.tables
    );
    tokio::task::spawn_blocking(move || drop((database, template))).await?;
    Ok([
        reading,
        first_start,
        applying,
        from_cache,
        cloning,
        reading_catalog,
        snapshots,
    ])
}

/// Databases a second, by how many threads ask for them.
fn workers(setting: &Setting<'_>) -> anyhow::Result<Growth> {
    let count = setting.count(200);
    let project = setting.project()?;
    setting.runtime.block_on(project.database())?;
    let numbers = [1, 2, 4, 8];
    let mut rates = vec![Vec::new(); numbers.len()];
    for round in 0..ROUNDS {
        eprintln!("workers: round {} of {ROUNDS}", round + 1);
        for (step, workers) in numbers.into_iter().enumerate() {
            let started = Instant::now();
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..workers)
                    .map(|_| scope.spawn(|| work(&project, count / workers)))
                    .collect();
                threads.into_iter().try_for_each(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
            })?;
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let done = (count / workers * workers) as f64;
            rates[step].push(done / started.elapsed().as_secs_f64());
        }
    }
    let steps = numbers.into_iter().zip(rates).map(|(workers, mut rates)| {
        rates.sort_by(f64::total_cmp);
        (workers, rates[rates.len() / 2])
    });
    Ok(Growth {
        of: "small tests, each with a database of its own".to_owned(),
        by: "workers".to_owned(),
        unit: "a second",
        steps: steps.collect(),
    })
}

fn work(project: &Project, count: usize) -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for _ in 0..count {
            let database = project.database().await?;
            let mut session = database.connect().await?;
            peers::small_test(&mut session).await?;
            sqlx::Connection::close(session).await?;
        }
        Ok(())
    })
}
