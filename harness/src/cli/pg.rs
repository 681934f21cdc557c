//! `pgproof pg`: the PostgreSQL versions at hand.

use pgproof::server::find::{self, SUPPORTED};

use super::arguments::PgCommand;
use super::console::Console;

pub(super) fn run(command: &PgCommand, console: &Console) -> u8 {
    let PgCommand::List { server } = command;
    match find::installations(&server.settings(None).pg_bin) {
        Ok(found) => {
            for installation in &found {
                let note = if SUPPORTED.contains(&installation.version.major) {
                    ""
                } else {
                    "  (not supported)"
                };
                console.print(&format!(
                    "{:<8} {}  [{}]{note}",
                    installation.version.to_string(),
                    installation.bin.display(),
                    installation.found
                ));
            }
            if found.is_empty() {
                console.error(&pgproof::server::ServerError::NoPostgres { found: Vec::new() }.to_string());
                return 6;
            }
            0
        }
        Err(error) => {
            console.error(&error.to_string());
            6
        }
    }
}
