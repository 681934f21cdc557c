//! The command line: one file a command. What is printed goes through [`console`].

mod arguments;
mod at_once;
mod console;
mod database_commands;
mod explain;
mod init;
mod interrupt;
mod merge;
mod pg;
mod plan;
mod snapshot;
mod verify;

use std::os::unix::process::CommandExt as _;
use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command, ServerOptions};
use console::Console;

/// The exit status of wrong usage, which is also clap's.
const USAGE: u8 = 2;

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::new(arguments.global.color, arguments.global.progress);
    begin_again_without_pgoptions();
    console.show_warnings();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            console.error(&format!("failed to start: {error}"));
            return ExitCode::from(70);
        }
    };
    let status = runtime.block_on(run(arguments, &console));
    // A thread that still waits for a program of PostgreSQL must not keep us: the watchdogs clean up behind us.
    runtime.shutdown_background();
    ExitCode::from(status)
}

/// Where PGOPTIONS is kept for the command of `exec`.
const KEPT_PGOPTIONS: &str = "PGPROOF_KEPT_PGOPTIONS";

/// The driver hands PGOPTIONS to the server at every connection and can't be told not to. What it says is meant for
/// psql and would change what is proven.
fn begin_again_without_pgoptions() {
    let Some(options) = std::env::var_os("PGOPTIONS").filter(|options| !options.is_empty()) else {
        return;
    };
    if let Ok(program) = std::env::current_exe() {
        // It returns only if it fails, and then the server's start tells what is wrong.
        let _ = std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .env_remove("PGOPTIONS")
            .env(KEPT_PGOPTIONS, options)
            .exec();
    }
}

async fn run(arguments: Arguments, console: &Console) -> u8 {
    interrupt::listen();
    if let Some(Err(wrong)) = arguments.command.server().map(ServerOptions::provider) {
        console.error(&wrong);
        return USAGE;
    }
    match arguments.command {
        Command::Verify(options) => verify::run(&options, console),
        Command::Init(options) => Box::pin(init::run(&options, console)).await,
        Command::Plan(options) => Box::pin(plan::run(&options, console)).await,
        Command::Snapshot(command) => snapshot::run(&command, console),
        Command::Exec(options) => Box::pin(database_commands::exec(&options, console)).await,
        Command::Up(options) => Box::pin(database_commands::up(&options, console)).await,
        Command::Pg(command) => pg::run(&command, console).await,
        Command::Report(command) => merge::run(&command, console),
        Command::Explain { rule } => explain::explain(&rule, console),
        Command::Rules => explain::rules(console),
        Command::Schema => explain::schema(console),
    }
}
