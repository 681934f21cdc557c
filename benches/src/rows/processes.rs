//! A process for each test, as nextest has it: two at a time, on a server that they share.

use std::process::{Child, Stdio};

use anyhow::Context as _;

use super::thousand;
use crate::children::{command, two_at_a_time};
use crate::measure::{Contender, take_turns};
use crate::setting::Setting;
use crate::table::{Goal, Row};

/// Few enough for a round of sqlx's to end in time.
const COUNT: usize = 100;

pub(super) fn measure(setting: &Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let count = setting.count(COUNT).max(20);
    let sample = setting.sample.as_str();
    let project = setting.project()?;
    setting.runtime.block_on(project.database())?;
    let url = setting.running.url(crate::peers::running::TEMPLATE);
    let run = format!("bench-{}", std::process::id());
    let member = |word: &str| {
        let mut command = command(&[word, sample])?;
        command.env("PGPROOF_RUN", &run);
        anyhow::Ok(command)
    };
    // The server is there, as it is for all tests of a run but the first.
    let mut holder = member("hold")?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    wait_for_line(&mut holder)?;
    let contenders = vec![
        Contender::new("pgproof", || two_at_a_time(count, |_| member("pgproof"))),
        Contender::new("pgproof, all tests in one process", || {
            thousand::databases(&project, count)
        }),
        Contender::new("processes that only connect and ask", || {
            two_at_a_time(count, |_| command(&["connect", &url]))
        }),
        Contender::new("sqlx::test", || {
            two_at_a_time(count, |number| {
                command(&["sqlx-test", sample, &format!("processes::{number}")])
            })
        }),
    ];
    let series = take_turns("a process a test", 5, contenders);
    drop(holder.stdin.take());
    holder.wait()?;
    Ok(vec![Row::new(
        "one of 1,000 tests, each in a process of its own with a database of its own, two at a time",
        &series,
        count,
        &[("pgproof, all tests in one process", Goal::Within(2.0))],
    )])
}

fn wait_for_line(child: &mut Child) -> anyhow::Result<()> {
    use std::io::BufRead as _;
    let output = child.stdout.take().context("a child has no output")?;
    let mut line = String::new();
    std::io::BufReader::new(output).read_line(&mut line)?;
    anyhow::ensure!(
        line.trim() == "answered",
        "the holder of the server says {line:?}"
    );
    Ok(())
}
