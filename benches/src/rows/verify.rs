//! `pgproof verify` with every check, against applying the same migrations from scratch and proving nothing, and against
//! the bare SQL on a server that runs already.

use std::time::Instant;

use camino::Utf8Path;
use pgproof::{Project, Settings, Template};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::children::{command, folder, time};
use crate::measure::{Contender, take_turns};
use crate::peers;
use crate::setting::Setting;
use crate::table::{Goal, Row};

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let helios = Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/helios"));
    let verify = Contender::new("pgproof", || time(command(&["verify", helios.as_str()])?));
    // A server made for it, as a throwaway one is.
    let scratch = Contender::new("applying from scratch", || {
        let cache = folder(&setting.disk)?;
        let mut command = command(&["apply", helios.as_str()])?;
        command.env("PGPROOF_CACHE", cache.path());
        time(command)
    });
    let bare = Contender::new("the bare SQL on a running server", || {
        setting.runtime.block_on(apply(setting, helios))
    });
    let series = take_turns("verify", setting.count(10).max(3), vec![verify, scratch, bare]);
    Ok(vec![Row::new(
        "verify of helios (fifteen tables with isolation, audit, retention and erasure), whole process",
        &series,
        1,
        &[("applying from scratch", Goal::Within(15.0))],
    )])
}

/// Each file sent whole over one session, as `psql -f` would, to a database on a server that runs.
async fn apply(setting: &Setting<'_>, folder: &Utf8Path) -> anyhow::Result<std::time::Duration> {
    let project = Project::open(folder)?;
    let empty = Project::open(
        Utf8Path::from_path(&setting.disk)
            .unwrap_or(Utf8Path::new("."))
            .join("empty"),
    )?;
    // Roles belong to the server, so each time has one of its own.
    let server = Template::prepare(&empty, &Settings::of(&setting.installation)).await?;
    let mut admin = PgConnection::connect_with(&server.server().options("template1")).await?;
    peers::run(
        &mut admin,
        format!("CREATE DATABASE {}", project.contract().database()),
    )
    .await?;
    admin.close().await?;
    let options = server.server().options(project.contract().database());
    let mut texts = vec![std::fs::read_to_string(folder.join("prelude.sql"))?];
    texts.extend(
        project
            .migrations()
            .iter()
            .map(|migration| migration.up.text.clone()),
    );
    let started = Instant::now();
    let mut session = PgConnection::connect_with(&options).await?;
    for text in texts {
        peers::run(&mut session, text).await?;
    }
    let elapsed = started.elapsed();
    session.close().await?;
    Ok(elapsed)
}
