//! `pgproof exec` and `pgproof up`: a fresh migrated database for any program.

use std::ffi::OsStr;
use std::io::IsTerminal as _;
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
    let making = make(options.path.as_ref(), &options.project, &options.server, console);
    let database = match unless_interrupted(making).await {
        None => return INTERRUPTED,
        Some(Err(status)) => return status,
        Some(Ok(database)) => database,
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
    let mut child = match command
        .envs(database.template().server().variables(database.name()))
        .spawn()
    {
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
    let making = make(options.path.as_ref(), &options.project, &options.server, console);
    let database = match unless_interrupted(making).await {
        None => return INTERRUPTED,
        Some(Err(status)) => return status,
        Some(Ok(database)) => database,
    };
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

/// Returns when the server has ended by itself.
async fn lost(database: &Database) -> pgproof::server::ServerError {
    loop {
        if let Some(error) = database.template().server().lost() {
            return error;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn make(
    path: Option<&Utf8PathBuf>,
    project: &ProjectOptions,
    server: &ServerOptions,
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
        let template = Template::prepare(&project, &server.settings(major)).await?;
        template.add_standard_databases().await?;
        template.clone_database().await
    };
    made.await.map_err(|error| {
        console.failure(&error);
        error.exit()
    })
}

/// Whether a variable would lead libpq to another server, or have it ask for what this one does not have: all that
/// [`variables`](pgproof::Server::variables) does not set anew and that a session's own settings are not.
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
