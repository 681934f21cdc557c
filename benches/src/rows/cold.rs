//! A process starts, has a server and a migrated database, and asks its first query.

use std::path::Path;

use crate::children::{command, folder, time, word};
use crate::measure::{Contender, take_turns};
use crate::peers::container;
use crate::setting::Setting;
use crate::table::{Goal, Row};

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let (sample, bin) = (setting.sample.as_str(), word(&setting.installation.bin)?);
    let with_folder = |peer: &'static str, parent: &Path| {
        let folder = folder(parent)?;
        time(command(&[peer, sample, bin, word(folder.path())?])?)
    };
    let image = &setting.arguments.image;
    let container = match container::absent() {
        Some(why) => Contender::absent("testcontainers", why),
        None => Contender::new("testcontainers", || time(command(&["container", sample, image])?)),
    };
    // Filled by a first start that is not counted.
    time(command(&["pgproof", sample])?)?;
    let contenders = vec![
        Contender::new("pgproof", || time(command(&["pgproof", sample])?)),
        Contender::new("pgproof, empty cache", || {
            let cache = folder(&setting.disk)?;
            let mut command = command(&["pgproof", sample])?;
            command.env("PGPROOF_CACHE", cache.path());
            time(command)
        }),
        Contender::new("postgresql_embedded", || with_folder("embedded", &setting.memory)),
        Contender::new("pgtemp", || with_folder("pgtemp", &setting.memory)),
        container,
    ];
    let rounds = setting.count(15).max(3);
    let mut series = take_turns("cold start", rounds, contenders);
    let warm = Row::new(
        "cold start to the first query on the migrated database, cache warm",
        &series,
        1,
        &[
            ("postgresql_embedded", Goal::Faster(14.0)),
            ("pgtemp", Goal::Faster(14.0)),
            ("testcontainers", Goal::Faster(25.0)),
        ],
    );
    series.remove(0);
    series[0].name = "pgproof".to_owned();
    let empty = Row::new(
        "the same with an empty cache",
        &series,
        1,
        &[
            ("postgresql_embedded", Goal::Faster(1.0)),
            ("pgtemp", Goal::Faster(1.0)),
        ],
    );
    Ok(vec![warm, empty])
}
