//! What is accepted under `snapshots/` can be read, and each file of it is looked at by some project's run.
//!
//! The file lies here because cargo-insta looks for snapshots around test targets only: with it, `cargo insta review`
//! finds what `pgproof verify` leaves pending.

use std::collections::BTreeMap;
use std::{env, fs};

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::snapshot::{Accepted, file_stem};

/// The majors that a project proves, the base first; none if its contract leaves them open.
type Majors = Vec<String>;

#[test]
fn every_accepted_snapshot_can_be_read() {
    for folder in folders(&root().join("snapshots")) {
        if let Err(error) = Accepted::read(&folder) {
            panic!("failed to {error}");
        }
    }
}

#[test]
fn every_folder_of_snapshots_is_named_by_a_contract() {
    let projects = projects();
    for folder in folders(&root().join("snapshots")) {
        let is_named = projects.contains_key(&folder);
        assert!(
            is_named || files(&folder).is_empty(),
            "no pgproof.toml has {folder} for its snapshots"
        );
    }
}

#[test]
fn every_accepted_snapshot_is_one_that_a_run_looks_at() {
    for (folder, majors) in projects() {
        for (name, snapshot) in Accepted::read(&folder).unwrap().iter() {
            let (stem, major) = name
                .split_once('@')
                .map_or((name, None), |(stem, major)| (stem, Some(major)));
            let told = snapshot.header.expression.as_deref().unwrap_or_default();
            assert_eq!(
                file_stem(told),
                stem,
                "{folder}/{name}.snap is not named by its expression"
            );
            if let (Some(major), Some((_base, others))) = (major, majors.split_first()) {
                assert!(
                    others.iter().any(|one| one == major),
                    "{folder}/{name}.snap: {major} is not proved"
                );
            }
        }
    }
}

#[test]
fn nothing_waits_for_a_review_in_a_ci() {
    let is_ci = env::var("CI").is_ok_and(|ci| !matches!(ci.as_str(), "" | "0" | "false"));
    for folder in folders(&root().join("snapshots")) {
        for file in files(&folder) {
            assert!(
                !is_ci || !file.as_str().ends_with(".snap.new"),
                "{file} waits for a review"
            );
        }
    }
}

fn root() -> Utf8PathBuf {
    let suites = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    suites.parent().unwrap().to_owned()
}

/// The folder of snapshots of each project under `migrations/`, with the majors that it proves.
fn projects() -> BTreeMap<Utf8PathBuf, Majors> {
    let mut projects = BTreeMap::new();
    for project in folders(&root().join("migrations")) {
        let Ok(text) = fs::read_to_string(project.join("pgproof.toml")) else {
            continue;
        };
        let contract: toml::Table = text
            .parse()
            .unwrap_or_else(|error| panic!("{project}/pgproof.toml: {error}"));
        let path = contract
            .get("snapshots")
            .and_then(|it| it.get("path")?.as_str())
            .unwrap_or("snapshots");
        let majors = contract
            .get("server")
            .and_then(|it| it.get("postgres")?.as_array());
        let majors = majors
            .into_iter()
            .flatten()
            .filter_map(|major| major.as_str().map(str::to_owned));
        // A project that has no snapshots yet has no folder.
        if let Ok(folder) = project.join(path).canonicalize_utf8() {
            projects.insert(folder, majors.collect());
        }
    }
    projects
}

/// The folders below a folder, at any depth and sorted; none if it is not there.
fn folders(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            found.extend(folders(&path));
            found.push(path);
        }
    }
    found.sort();
    found
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    entries(folder)
        .into_iter()
        .filter(|path| path.is_file())
        .collect()
}

fn entries(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(folder) = folder.canonicalize_utf8() else {
        return Vec::new();
    };
    folder
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .collect()
}
