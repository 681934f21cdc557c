//! The servers that a test is run on.

use std::path::PathBuf;

use pgproof::Project;
use pgproof::server::find::{self, Installation};

/// Those of `PGPROOF_TEST_PG` (a colon between folders); without it the one that the contract asks for.
pub(crate) fn installations(project: &Project) -> Vec<Installation> {
    match std::env::var_os("PGPROOF_TEST_PG") {
        Some(folders) => {
            let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
            let found = find::installations(&folders).unwrap();
            // Those that were asked for come first.
            found.into_iter().take(folders.len()).collect()
        }
        None => vec![find::choose(project.majors().first().copied(), &[]).unwrap()],
    }
}
