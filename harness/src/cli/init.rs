//! `pgproof init`: a `pgproof.toml` out of what the migrated catalog tells.

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::contract::{FILE_NAME, projects};
use pgproof::discover::{self, Discovered};
use pgproof::{Error, Project};

use super::arguments::InitOptions;
use super::console::Console;
use super::interrupt::{INTERRUPTED, unless_interrupted};

pub(super) async fn run(options: &InitOptions, console: &Console) -> u8 {
    match unless_interrupted(write(options, console)).await {
        None => INTERRUPTED,
        Some(Ok((file, discovered))) => {
            console.print(&format!("{file}: {}", told(&discovered)));
            0
        }
        Some(Err(error)) => {
            console.failure(&error);
            error.exit()
        }
    }
}

async fn write(options: &InitOptions, console: &Console) -> Result<(Utf8PathBuf, Discovered), Error> {
    let path = options.path.clone().unwrap_or_else(|| Utf8PathBuf::from("."));
    let mut found = projects::find(std::slice::from_ref(&path), None)?;
    let (Some(found), true) = (found.pop(), found.is_empty()) else {
        return Err(Error::Usage(format!(
            "write a contract for {path}: it holds several projects, name one of them"
        )));
    };
    let file = found
        .contract_file
        .clone()
        .unwrap_or_else(|| found.root.join(FILE_NAME));
    if file.exists() && !options.force {
        return Err(Error::Usage(format!(
            "write {file}: it is there already; --force writes it anew"
        )));
    }
    let project = Project::read(found)?;
    let major = options
        .server
        .majors(&project.majors())
        .into_iter()
        .next()
        .flatten();
    let discovered = {
        let _progress = console.progress(format!("{}: applying", project.name()));
        discover::discover(&project, &options.server.settings(major)).await?
    };
    save(&file, &discovered.toml)?;
    Ok((file, discovered))
}

fn save(file: &Utf8Path, text: &str) -> Result<(), Error> {
    std::fs::write(file, text).map_err(|source| Error::Io {
        what: format!("failed to write {file}"),
        source,
    })
}

/// What was guessed, in one line.
fn told(discovered: &Discovered) -> String {
    let mut areas: Vec<&str> = discovered
        .guesses
        .iter()
        .map(|guess| guess.area.as_str())
        .collect();
    areas.dedup();
    if areas.is_empty() {
        return "written; nothing here tells what is promised, so it says only how the migrations are applied".to_owned();
    }
    format!(
        "written, with what was guessed of {}; correct what is wrong, and `pgproof verify` proves it",
        areas.join(", ")
    )
}
