//! Bad input: one clear error, the right exit status, nothing on stdout that was not asked for.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rstest::rstest;

use super::running::{CONTRACT, Outcome, Place, is_root};

fn table() -> Place {
    Place::new().migration("CREATE TABLE first (id int);")
}

#[rstest]
#[case::misspelt_option(&["verify", "--no-snapshot"], &["--no-snapshot", "--no-snapshots"])]
#[case::misspelt_command(&["verfy"], &["verfy", "verify"])]
#[case::report_kind(&["verify", "--report", "xml=a.xml"], &["xml", "junit"])]
#[case::report_without_file(&["verify", "--report", "junit"], &["junit"])]
#[case::timeout(&["verify", "--timeout", "soon"], &["--timeout", "30s"])]
#[case::major(&["verify", "--pg", "9"], &["`9` is no major from 14 to 18"])]
#[case::glob(&["verify", "--only", "a[b"], &["--only", "a[b"])]
#[case::provider(&["verify", "--server", "contaner"], &["--server", "embedded"])]
#[case::rule(&["explain", "ledger/gapp"], &["there is no rule `ledger/gapp`", "did you mean"])]
fn what_is_typed_wrong_is_named(#[case] arguments: &[&str], #[case] words: &[&str]) {
    let outcome = table().run(arguments);
    outcome.expect(2, words);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_folder_that_is_not_there_is_told_with_the_nearest() {
    let place = Place::new()
        .file("project/migrations/001_first.sql", "SELECT 1;")
        .file("project/migrations/pgproof.toml", CONTRACT);
    place
        .run(&["verify", "migratoins"])
        .expect(2, &["migratoins", "did you mean", "migrations"]);
    place
        .run(&["exec", "migratoins", "--", "true"])
        .expect(2, &["migratoins", "did you mean"]);
}

#[rstest]
#[case::empty(&[], &["holds no pgproof.toml", "no migrations"])]
#[case::nothing_to_apply(&[("project/notes.txt", &b"hello"[..])], &["holds no pgproof.toml", "no migrations"])]
#[case::latin(&[("project/001_first.sql", &b"SELECT 'caf\xe9';\n"[..])], &["001_first.sql", "UTF-8", "0xe9", "line 1, column 12"])]
#[case::utf16(&[("project/001_first.sql", &b"\xff\xfeS\0E\0"[..])], &["001_first.sql", "UTF-16"])]
#[case::nul(&[("project/001_first.sql", &b"SELECT 1;\0\n"[..])], &["001_first.sql", "NUL"])]
#[case::a_typo_in_the_contract(
    &[("project/pgproof.toml", &b"name = \"x\"\n[migrations]\nconvnetion = \"plain\"\n"[..])],
    &["pgproof.toml:3:1", "convnetion", "^^^^^^^^^^", "`convention`"]
)]
#[case::broken_toml(&[("project/pgproof.toml", &b"name = \"x\n"[..])], &["pgproof.toml:1"])]
#[case::a_prelude_that_is_missing(
    &[
        ("project/001_first.sql", &b"SELECT 1;"[..]),
        ("project/pgproof.toml", &b"name = \"x\"\n[migrations]\nconvention = \"plain\"\nprelude = [\"roles.sql\"]\n"[..]),
    ],
    &["roles.sql"]
)]
fn what_cannot_be_read_is_told(#[case] files: &[(&str, &[u8])], #[case] words: &[&str]) {
    let place = files
        .iter()
        .fold(Place::new(), |place, (name, content)| place.file(name, content));
    for arguments in [&["verify"][..], &["plan"], &["exec", "--", "true"], &["up"]] {
        let outcome = place.run(arguments);
        outcome.expect(2, words);
        assert_eq!(outcome.said().matches("error").count(), 1, "{}", outcome.said());
    }
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let place = table();
    fs::set_permissions(place.path("project/001_first.sql"), Permissions::from_mode(0o000)).unwrap();
    let mut command = place.pgproof(&["verify"]);
    if is_root() {
        // Root may read everything.
        let program = place.path("pgproof");
        fs::copy(env!("CARGO_BIN_EXE_pgproof"), &program).unwrap();
        command = Command::new(program);
        command
            .arg("verify")
            .current_dir(place.path("project"))
            .env("PGPROOF_CACHE", place.path("cache"))
            .uid(65534)
            .gid(65534);
    }
    place
        .run_command(&mut command)
        .expect(2, &["001_first.sql", "Permission denied"]);
}

#[test]
fn a_postgresql_that_is_absent_or_wrong_is_told() {
    let place = table();
    let absent = ["14", "15", "16", "17", "18"].into_iter().find(|major| {
        let found = pgproof::server::find::installations(&[]).unwrap();
        found.iter().all(|one| one.version.major.to_string() != **major)
    });
    if let Some(major) = absent {
        let mut command = place.pgproof(&["verify", "--pg", major]);
        place
            .run_command(command.env("PATH", "").env_remove("PGPROOF_PG_BIN"))
            .expect(
                6,
                &[
                    &format!("failed to find PostgreSQL {major}"),
                    "--pg-bin",
                    "PGPROOF_PG_BIN",
                ],
            );
    }
    fs::create_dir(place.path("empty")).unwrap();
    place.run(&["verify", "--pg-bin", &place.text("empty")]).expect(
        6,
        &[
            "failed to use",
            "holds no `postgres` and `initdb`",
            &place.text("empty"),
        ],
    );
    // One that says it is too old.
    for (name, says) in [("postgres", "postgres (PostgreSQL) 9.6.24"), ("initdb", "initdb")] {
        let path = place.path("empty").join(name);
        fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    place
        .run(&["verify", "--pg-bin", &place.text("empty")])
        .expect(6, &["failed to use PostgreSQL 9.6.24", "14 to 18"]);
    // One whose initdb fails.
    let path = place.path("empty/postgres");
    fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 15.99'\n").unwrap();
    fs::write(
        place.path("empty/initdb"),
        "#!/bin/sh\necho 'initdb: error: no luck today' >&2; exit 1\n",
    )
    .unwrap();
    place
        .run(&["verify", "--pg-bin", &place.text("empty")])
        .expect(6, &["failed to make a cluster", "no luck today"]);
}

#[rstest]
#[case::a_missing_folder(&["verify", "nowhere"], 2)]
#[case::a_missing_folder_to_plan(&["plan", "nowhere"], 2)]
#[case::no_server(&["verify", "--pg-bin", "/nowhere"], 6)]
#[case::no_server_to_plan(&["plan", "--pg-bin", "/nowhere"], 6)]
#[case::a_timeout(&["verify", "--timeout", "300ms", "slow"], 5)]
#[case::a_timeout_of_a_plan(&["plan", "--timeout", "300ms", "slow"], 5)]
#[case::a_contract(&["verify", "bad"], 2)]
#[case::all_is_well(&["verify", "--no-snapshots"], 0)]
fn json_is_printed_whatever_happens(#[case] arguments: &[&str], #[case] status: i32) {
    let place = table()
        .file("project/slow/001_first.sql", "SELECT pg_sleep(600);")
        .file("project/slow/pgproof.toml", CONTRACT)
        .file("project/bad/pgproof.toml", "nam = 1");
    let mut command = place.pgproof(arguments);
    if arguments.len() < 3 && status == 0 {
        command.arg(place.path("project"));
        fs::remove_dir_all(place.path("project/slow")).unwrap();
        fs::remove_dir_all(place.path("project/bad")).unwrap();
    }
    let outcome = place.run_command(command.args(["--format", "json"]));
    outcome.expect(status, &[]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let code = &report["projects"][0]["error"]["code"];
    assert_eq!(
        code.as_i64().unwrap_or(0),
        i64::from(status),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.said().contains('\u{1b}'), "colours went into a file");
}

#[test]
fn progress_is_for_terminals() {
    let place = table();
    let outcome = place.run(&["verify", "--no-snapshots"]);
    outcome.expect(0, &[]);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let place = table();
    let inner = place.pgproof(&[]);
    for rest in [
        "verify --no-snapshots",
        "verify --no-snapshots --format json",
        "rules",
        "schema",
        "explain ledger/gap",
    ] {
        let script = format!("{{ \"$0\" {rest}; echo $? >\"$1\"; }} | head -c 1");
        let output = Command::new("sh")
            .args(["-c", &script])
            .arg(inner.get_program())
            .arg(place.path("marks/status"))
            .current_dir(place.path("project"))
            .env("PGPROOF_CACHE", &place.cache)
            .env("PGPROOF_RUN_DIR", place.run_folder())
            .output()
            .unwrap();
        let outcome = Outcome::of(&output);
        assert_eq!(outcome.stderr, "", "{rest}");
        assert_eq!(
            fs::read_to_string(place.path("marks/status")).unwrap(),
            "0\n",
            "{rest}"
        );
    }
    place.assert_nothing_left();
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    table()
        .run(&[
            "verify",
            "--no-snapshots",
            "--report",
            "junit=001_first.sql/report.xml",
        ])
        .expect(2, &["failed to write 001_first.sql/report.xml: File exists"]);
}
