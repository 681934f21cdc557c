//! Measures pgproof and its peers on the same migrations in one run, and prints the tables of `docs/speed.md`.
//!
//! Absolute times drift from minute to minute, so whatever is compared takes turns, and what is told is the ratio of
//! medians. `peers` holds one file a peer, `rows` one file a row or group of rows, `scale` what grows with the work.

mod account;
mod arguments;
mod children;
mod machine;
mod measure;
mod peers;
mod rows;
mod sample;
mod scale;
mod setting;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Task};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.task {
        Some(Task::Child(child)) => children::run(child).map(|()| ExitCode::SUCCESS),
        None if account::is_prepared() => measure_all(&arguments).map(|()| ExitCode::SUCCESS),
        None => account::run_prepared(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn measure_all(arguments: &Arguments) -> anyhow::Result<()> {
    let setting = setting::Setting::prepare(arguments)?;
    let before = machine::Machine::look();
    let report = if arguments.scale {
        table::Report::of_scale(scale::measure(&setting)?, before)
    } else {
        table::Report::of_rows(rows::measure(&setting)?, before)
    };
    println!("{report}");
    if let Some(file) = account::json_file() {
        std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
