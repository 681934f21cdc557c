//! The cache: shared by all, damaged, closed, full.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;

use super::place::Small;
use super::running::{Place, counting_programs, initdb_runs, is_root, skip};

fn table() -> Place {
    Place::with_own_cache().migration("CREATE TABLE first (id int);")
}

/// The files of that kind in the place's cache.
pub(crate) fn archives(place: &Place, kind: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(place.cache.join("v2"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with(kind) && path.extension() == Some("tar".as_ref())
        })
        .collect();
    files.sort();
    files
}

fn flip_a_byte(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    fs::write(file, bytes).unwrap();
}

fn truncate(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
}

fn empty(file: &Path) {
    fs::write(file, "").unwrap();
}

fn replace_by_a_folder(file: &Path) {
    fs::remove_file(file).unwrap();
    fs::create_dir(file).unwrap();
    fs::write(file.join("something"), "").unwrap();
}

#[rstest]
fn damage_is_noticed_told_and_mended(
    #[values("cluster-", "template-")] kind: &str,
    #[values(flip_a_byte, truncate, empty, replace_by_a_folder)] damage: fn(&Path),
) {
    let place = table();
    let bin = counting_programs(&place);
    let arguments = ["exec", "--pg-bin", bin.to_str().unwrap(), "--", "true"];
    place.run(&arguments).expect(0, &[]);
    let file = archives(&place, kind)[0].clone();
    damage(&file);
    if kind == "cluster-" {
        // It is read only where a template has to be made.
        fs::remove_file(&archives(&place, "template-")[0]).unwrap();
    }
    let name = file.file_name().unwrap().to_str().unwrap();
    place
        .run(&arguments)
        .expect(0, &["note: ", name, "is made again"]);
    assert_eq!(initdb_runs(&place), if kind == "cluster-" { 2 } else { 1 });
    let quiet = place.run(&arguments);
    quiet.expect(0, &[]);
    assert_eq!(quiet.stderr, "", "it was mended for good");
}

#[test]
fn an_unreadable_file_is_told_and_mended() {
    if !is_root() {
        return skip("another user is needed");
    }
    let place = table();
    let program = place.path("pgproof");
    fs::copy(env!("CARGO_BIN_EXE_pgproof"), &program).unwrap();
    fs::create_dir(&place.cache).unwrap();
    std::os::unix::fs::chown(&place.cache, Some(65534), Some(65534)).unwrap();
    let run = || {
        let mut command = Command::new(&program);
        command
            .args(["exec", "--", "true"])
            .current_dir(place.path("project"))
            .env("PGPROOF_CACHE", &place.cache)
            .env("PGPROOF_RUN_DIR", place.run_folder())
            .uid(65534)
            .gid(65534);
        place.run_command(&mut command)
    };
    run().expect(0, &[]);
    fs::set_permissions(&archives(&place, "template-")[0], Permissions::from_mode(0o000)).unwrap();
    run().expect(0, &["is made again", "Permission denied"]);
    assert_eq!(run().stderr, "");
}

#[test]
fn a_lock_file_that_a_dead_process_left_stops_nobody() {
    let place = table();
    place.run(&["exec", "--", "true"]).expect(0, &[]);
    for kind in ["cluster-", "template-"] {
        let file = &archives(&place, kind)[0];
        assert!(file.with_extension("lock").exists());
        fs::remove_file(file).unwrap();
    }
    place.run(&["exec", "--", "true"]).expect(0, &[]);
}

#[test]
fn other_versions_of_pgproof_and_of_postgresql_share_the_folder() {
    let place = table()
        .file("cache/v0/cluster-old.tar", "of an older version")
        .file("cache/v3/cluster-new.tar", "of a newer version")
        .file("cache/v3/cluster-new.lock", "");
    let majors = ["14", "15", "16", "17", "18"];
    let mut worked = 0;
    // PGPROOF_PG_BIN may name more than this machine's packages have.
    for round in 0..2 {
        for major in majors {
            let outcome = place.run(&["exec", "--pg", major, "--", "true"]);
            if outcome.status == 6 && outcome.stderr.contains("failed to find PostgreSQL") {
                continue;
            }
            outcome.expect(0, &[]);
            worked += usize::from(round == 0);
        }
    }
    assert!(worked > 0);
    assert_eq!(archives(&place, "cluster-").len(), worked);
    assert_eq!(archives(&place, "template-").len(), worked);
    for (name, content) in [
        ("v0/cluster-old.tar", "of an older version"),
        ("v3/cluster-new.tar", "of a newer version"),
    ] {
        assert_eq!(fs::read_to_string(place.cache.join(name)).unwrap(), content);
    }
}

#[test]
fn a_full_disk_costs_time_and_nothing_else() {
    let place = table();
    let Some(_small) = Small::mount(place.cache.clone(), "1m") else {
        return;
    };
    for _ in 0..2 {
        let outcome = place.run(&["verify", "--no-snapshots"]);
        outcome.expect(0, &["note: failed to keep", "No space left on device"]);
    }
    let kept = fs::read_dir(place.cache.join("v2"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    // What was found out takes a few kilobytes and may well fit.
    let fits = |path: &PathBuf| {
        let known = path.file_name().unwrap().to_str().unwrap().starts_with("known-");
        known || path.extension() == Some("lock".as_ref())
    };
    let left: Vec<PathBuf> = kept.filter(|path| !fits(path)).collect();
    assert!(left.is_empty(), "half a file is left: {left:?}");
}

#[test]
fn a_cache_that_was_asked_for_and_cannot_be_used_is_told() {
    let place = table().file("file", "");
    fs::create_dir(place.path("theirs")).unwrap();
    let mut cases = vec![(place.path("file"), "Not a directory")];
    if is_root() {
        fs::create_dir(place.path("theirs/v2")).unwrap();
        std::os::unix::fs::chown(place.path("theirs/v2"), Some(65534), None).unwrap();
        cases.push((place.path("theirs"), "belongs to another user"));
    } else {
        fs::set_permissions(place.path("theirs"), Permissions::from_mode(0o555)).unwrap();
        cases.push((place.path("theirs"), "Permission denied"));
    }
    for (cache, why) in cases {
        let mut command = place.pgproof(&["verify"]);
        place.run_command(command.env("PGPROOF_CACHE", &cache)).expect(
            6,
            &[
                "failed to use the cache",
                cache.to_str().unwrap(),
                why,
                "PGPROOF_CACHE names",
            ],
        );
    }
}

#[test]
fn a_read_only_cache_is_told_and_one_that_nobody_asked_for_is_replaced() {
    let place = table();
    let Some(small) = Small::mount(place.path("home"), "1m") else {
        return;
    };
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(place.path("home"))
        .status();
    assert!(remounted.unwrap().success());
    let mut command = place.pgproof(&["verify"]);
    place
        .run_command(command.env("PGPROOF_CACHE", place.path("home")))
        .expect(6, &["failed to use the cache", "Read-only file system"]);
    // Root's own is elsewhere, so an ordinary user tries.
    let program = place.path("pgproof");
    fs::copy(env!("CARGO_BIN_EXE_pgproof"), &program).unwrap();
    fs::create_dir(place.path("temporary")).unwrap();
    fs::set_permissions(place.path("temporary"), Permissions::from_mode(0o777)).unwrap();
    let mut command = Command::new(program);
    command
        .args(["exec", "--", "true"])
        .current_dir(place.path("project"))
        .env_remove("PGPROOF_CACHE")
        .env_remove("XDG_CACHE_HOME")
        .env("HOME", place.path("home"))
        .env("TMPDIR", place.path("temporary"))
        .env("PGPROOF_RUN_DIR", place.run_folder())
        .uid(65534)
        .gid(65534);
    place.run_command(&mut command).expect(0, &[]);
    assert!(place.path("temporary/pgproof-cache-65534-v2").is_dir());
    drop(small);
}

#[test]
fn a_link_in_the_place_of_a_cache_folder_is_not_followed() {
    let place = table();
    fs::create_dir(&place.cache).unwrap();
    fs::create_dir(place.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(place.path("elsewhere"), place.cache.join("v2")).unwrap();
    place
        .run(&["verify"])
        .expect(6, &["failed to use the cache", "it is a link"]);
    assert_eq!(fs::read_dir(place.path("elsewhere")).unwrap().count(), 0);
}
