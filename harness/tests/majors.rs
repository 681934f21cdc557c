//! Several majors in one run, with the real command.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pgproof::server::find;

/// One before 17 and one from there on: only these have MERGE … RETURNING.
fn two_majors() -> Option<(PathBuf, [u16; 2])> {
    let asked = std::env::var_os("PGPROOF_TEST_PG").unwrap_or_default();
    let asked: Vec<PathBuf> = std::env::split_paths(&asked).collect();
    let there = find::installations(&asked).unwrap();
    let old = there.iter().find(|one| (14..17).contains(&one.version.major));
    let new = there.iter().find(|one| (17..=18).contains(&one.version.major));
    if old.is_none() || new.is_none() {
        eprintln!("SKIPPED: PGPROOF_TEST_PG names no two majors of which one is older than 17");
    }
    let (old, new) = (old?, new?);
    let folders = std::env::join_paths([&old.bin, &new.bin]).unwrap();
    Some((PathBuf::from(folders), [old.version.major, new.version.major]))
}

#[test]
fn what_only_a_newer_major_knows_is_told_with_that_major() {
    let Some((folders, [old, new])) = two_majors() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "pgproof.toml",
        "name = \"shop\"\n[migrations]\nconvention = \"plain\"\n",
    );
    let run = |major: u16| {
        let output = Command::new(env!("CARGO_BIN_EXE_pgproof"))
            .args([
                "verify",
                "--no-snapshots",
                "--offline",
                "--format",
                "json",
                "--pg",
                &major.to_string(),
            ])
            .current_dir(folder.path())
            .env("PGPROOF_PG_BIN", &folders)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["projects"][0]["error"].clone()
    };
    let merge = "CREATE TABLE first (id int PRIMARY KEY);\n\
                 CREATE FUNCTION m() RETURNS SETOF int BEGIN ATOMIC MERGE INTO first USING (VALUES (1)) AS s (i) ON first.id = s.i \
                 WHEN NOT MATCHED THEN INSERT VALUES (i) RETURNING first.id; END;\n";
    write("001_first.sql", merge);
    assert!(run(new).is_null());
    let error = run(old);
    assert_eq!(error["class"], "newer-postgresql", "{error}");
    assert!(
        error["message"].as_str().unwrap().contains("apply on PostgreSQL"),
        "{error}"
    );
    // What fails everywhere is the project's own fault.
    write("002_second.sql", "CREATE TABEL second (id int);");
    write("001_first.sql", "CREATE TABLE first (id int PRIMARY KEY);");
    assert_eq!(run(old)["class"], "project");
}

#[test]
fn majors_are_shown_base_first_with_what_differs_however_many_run_at_once() {
    let Some((folders, [old, new])) = two_majors() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("001_first.sql", "CREATE TABLE first (id int PRIMARY KEY, v int);");
    write(
        "merge.sql",
        "-- pgproof: as = \"postgres\", name = \"merge\"\n\
         MERGE INTO first USING (VALUES (1)) AS s (i) ON first.id = s.i\n\
         WHEN MATCHED THEN UPDATE SET v = 1 RETURNING first.id;\n",
    );
    write(
        "pgproof.toml",
        &format!(
            "name = \"shop\"\n[migrations]\nconvention = \"plain\"\n[server]\npostgres = [\"{old}\", \"{new}\"]\n\
             [complete]\nqueries = [\"merge.sql\"]\n"
        ),
    );
    for jobs in ["1", "2"] {
        // The base is named last and goes first all the same: the other waits for its snapshots.
        let majors = format!("{new},{old}");
        let output = Command::new(env!("CARGO_BIN_EXE_pgproof"))
            .args(["verify", "--pg", &majors, "--jobs", jobs, "--offline"])
            .current_dir(folder.path())
            .env("PGPROOF_PG_BIN", &folders)
            .env("CI", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        let at = |what: &str| {
            text.find(what)
                .unwrap_or_else(|| panic!("no `{what}` in:\n{text}"))
        };
        let first = at(&format!("shop (PostgreSQL {old}"));
        let second = at(&format!("shop (PostgreSQL {new}"));
        let differs = at("shop: differs between majors\n  complete/query merge: violated on ");
        assert!(first < second && second < differs, "{text}");
        assert!(text[differs..].contains(&format!("proven on {new}.")), "{text}");
    }
}
