//! `pgproof exec` and `pgproof up`: a fresh migrated database for any program.

use std::ffi::OsStr;
use std::io::{IsTerminal as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;

use camino::Utf8PathBuf;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use pgproof::{Database, Error, Project, Template};

use super::arguments::{ExecOptions, ProjectOptions, ServerOptions, UpOptions};
use super::console::Console;
use super::interrupt::{INTERRUPTED, Signals, interrupted, unless_interrupted};
use super::{KEPT_PGOPTIONS, USAGE};

pub(super) async fn exec(options: &ExecOptions, console: &Console) -> u8 {
    // Of its own, also below another `exec`.
    let run = fresh_run();
    let made = make(
        options.path.as_ref(),
        &options.project,
        &options.server,
        &run,
        console,
    );
    let database = match made.await {
        Ok(database) => database,
        Err(status) => return status,
    };
    let Some((program, arguments)) = options.command.split_first() else {
        return USAGE;
    };
    let mut command = tokio::process::Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os().filter(|(name, _)| leads_elsewhere(name)) {
        command.env_remove(name);
    }
    if let Some(options) = std::env::var_os(KEPT_PGOPTIONS) {
        command.env_remove(KEPT_PGOPTIONS).env("PGOPTIONS", options);
    }
    let mut signals = Signals::new();
    let mut child = match command.envs(environment(&database, &run)).spawn() {
        Ok(child) => child,
        Err(error) => {
            console.error(&format!("failed to run {}: {error}", program.to_string_lossy()));
            // As a shell has it: 127 not found, 126 found and not to be run.
            return if error.kind() == std::io::ErrorKind::NotFound {
                127
            } else {
                126
            };
        }
    };
    // A terminal sends Ctrl-C to the command as well; twice would mean another thing to many.
    let has_terminal = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signal = signals.next() => {
                let process = child.id().and_then(|pid| i32::try_from(pid).ok());
                if let (Some(pid), false) = (process, has_terminal && signal == Signal::SIGINT) {
                    // The command decides when to end; a process that has just ended can't be told.
                    let _ = nix::sys::signal::kill(Pid::from_raw(pid), signal);
                }
            }
        }
    };
    if let Some(error) = database.template().server().lost() {
        console.error(&error.to_string());
    }
    match status {
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .or_else(|| status.signal().and_then(|signal| u8::try_from(128 + signal).ok()))
            .unwrap_or(70),
        Err(error) => {
            console.error(&format!(
                "failed to wait for {}: {error}",
                program.to_string_lossy()
            ));
            70
        }
    }
}

pub(super) async fn up(options: &UpOptions, console: &Console) -> u8 {
    let run = match options.lasting {
        Some(_) => pgproof::database::run_name().unwrap_or_else(fresh_run),
        None => fresh_run(),
    };
    let made = make(
        options.path.as_ref(),
        &options.project,
        &options.server,
        &run,
        console,
    );
    let database = match made.await {
        Ok(database) => database,
        Err(status) => return status,
    };
    if let Some(process) = options.lasting {
        return leave_behind(database, process, &run, console);
    }
    console.print(&database.url());
    let server = database.template().server();
    console.note(&format!(
        "PostgreSQL {} is running; psql -h {} -p {} -U {} {}; Ctrl-C ends it",
        server.version(),
        server.host(),
        server.port(),
        server.user(),
        database.name()
    ));
    tokio::select! {
        () = interrupted() => 0,
        error = lost(&database) => {
            console.error(&error.to_string());
            6
        }
    }
}

/// Tells what clients need, and leaves the server to the process.
fn leave_behind(database: Database, process: u32, run: &str, console: &Console) -> u8 {
    if let Err(error) = database.template().hold_while(process) {
        console.failure(&error);
        return error.exit();
    }
    let mut lines = String::new();
    for (name, value) in environment(&database, run) {
        lines.extend([name, "=", &value, "\n"]);
    }
    // The database is not ours to take back.
    std::mem::forget(database);
    let Some(file) = std::env::var_os("NEXTEST_ENV").filter(|file| !file.is_empty()) else {
        console.print(lines.trim_end());
        return 0;
    };
    let added = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(lines.as_bytes()));
    match added {
        Ok(()) => 0,
        Err(error) => {
            console.error(&format!(
                "failed to write {}, which NEXTEST_ENV names: {error}",
                file.to_string_lossy()
            ));
            USAGE
        }
    }
}

fn fresh_run() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Returns when the server has ended by itself.
async fn lost(database: &Database) -> pgproof::server::ServerError {
    loop {
        if let Some(error) = database.template().server().lost() {
            return error;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

/// The database, or the exit status of a run that was interrupted or has failed.
async fn make(
    path: Option<&Utf8PathBuf>,
    project: &ProjectOptions,
    server: &ServerOptions,
    run: &str,
    console: &Console,
) -> Result<Database, u8> {
    let made = async {
        let paths: Vec<Utf8PathBuf> = path.cloned().into_iter().collect();
        let mut projects = pgproof::contract::projects::find(&paths, project.config.as_deref())?;
        let (Some(found), true) = (projects.pop(), projects.is_empty()) else {
            return Err(Error::Usage(
                "several projects are there; name one of their folders".to_owned(),
            ));
        };
        let project = Project::read(found)?;
        let majors: Vec<u16> = project.majors();
        let major = server.majors(&majors).into_iter().next().flatten();
        let template = Template::for_run(&project, &server.settings(major), run).await?;
        template.clone_database().await
    };
    match unless_interrupted(Box::pin(made)).await {
        None => Err(INTERRUPTED),
        Some(made) => made.map_err(|error| {
            console.failure(&error);
            error.exit()
        }),
    }
}

/// What libpq, and most drivers, look at, and our own library.
fn environment(database: &Database, run: &str) -> Vec<(&'static str, String)> {
    let mut variables = database.template().server().variables(database.name());
    // Tests that use the library join the server by this.
    variables.push(("PGPROOF_RUN", run.to_owned()));
    variables
}

/// Whether a variable would lead libpq to another server, or have it ask for what this one does not have: all that
/// [`environment`] does not set anew and that a session's own settings are not.
fn leads_elsewhere(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    ["PGSSL", "PGGSS", "PGREQUIRE", "PGSERVICE", "PGPASS"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || [
            "PGHOSTADDR",
            "PGCHANNELBINDING",
            "PGKRBSRVNAME",
            "PGTARGETSESSIONATTRS",
            "PGLOADBALANCEHOSTS",
        ]
        .contains(&&*name)
}
