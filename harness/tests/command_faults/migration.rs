//! Migrations that fail, each in its own way: one clear error with file and line, exit status 5, nothing left.

use rstest::rstest;

use super::running::{CONTRACT, Place};

#[rstest]
#[case::syntax(
    "CREATE TABLE first (id int);\n\nCREATE TABEL second (id int);\n",
    &["error: syntax error at or near \"TABEL\" (SQLSTATE 42601)", "001_first.sql:3:8", "CREATE TABEL second", "^^^^^"]
)]
#[case::detail_and_hint(
    "CREATE TABLE first (id int PRIMARY KEY);\nINSERT INTO first VALUES (1), (1);\n",
    &["duplicate key value", "(SQLSTATE 23505)", "001_first.sql:2:1", "Key (id)=(1) already exists."]
)]
#[case::hint(
    "CREATE TABLE first (id int);\nSELECT idd FROM first;\n",
    &["column \"idd\" does not exist", "001_first.sql:2:8", "Perhaps you meant to reference the column \"first.id\""]
)]
#[case::do_block(
    "DO $$\nBEGIN\n  PERFORM 1;\n  RAISE EXCEPTION 'no good' USING HINT = 'try again';\nEND $$;\n",
    &["no good (SQLSTATE P0001)", "001_first.sql:4:", "RAISE EXCEPTION", "try again"]
)]
#[case::meta_command("\\connect other\nSELECT 1;\n", &["`\\connect other` is not done", "001_first.sql:1:1"])]
#[case::copy(
    "CREATE TABLE first (id int);\nCOPY first FROM stdin;\n1\ntwo\n\\.\n",
    &["invalid input syntax for type integer: \"two\"", "001_first.sql:2:1", "COPY first, line 2"]
)]
#[case::role_that_exists("CREATE ROLE postgres;\n", &["role \"postgres\" already exists", "001_first.sql:1:1", "roles belong to the whole server"])]
#[case::extension(
    "CREATE TABLE first (id int);\nCREATE EXTENSION IF NOT EXISTS pgproof_nowhere;\n",
    &[
        "the extension pgproof_nowhere is not installed beside this PostgreSQL", "001_first.sql:2:1", "--stub-extensions",
        "no fault of theirs",
    ]
)]
#[case::role_of_a_platform(
    "CREATE TABLE first (id int);\nGRANT SELECT ON first TO authenticated;\n",
    &["role \"authenticated\" does not exist", "001_first.sql:2:1", "prelude = [\"supabase\"]"]
)]
#[case::role_of_nobody(
    "CREATE TABLE first (id int);\nGRANT SELECT ON first TO reader;\n",
    &["role \"reader\" does not exist", "001_first.sql:2:1", "prelude = [\"roles\"]"]
)]
#[case::own_database("DROP DATABASE faults;\n", &["cannot drop the currently open database", "001_first.sql:1:1"])]
#[case::own_session(
    "SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());\n",
    &["terminating connection due to administrator command", "001_first.sql:2:1"]
)]
#[case::every_session(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity;\n",
    &["001_first.sql:1:1"]
)]
#[case::transaction("BEGIN;\nSELECT 1/0;\nCOMMIT;\n", &["division by zero", "001_first.sql:2:1"])]
fn a_migration_that_fails_is_shown_where_it_fails(#[case] sql: &str, #[case] words: &[&str]) {
    let place = Place::new().migration(sql);
    let outcome = place.run(&["verify"]);
    outcome.expect(5, words);
    assert_eq!(outcome.said().matches("error:").count(), 1, "{}", outcome.said());
    // The same from where only the error is shown.
    place.run(&["exec", "--", "true"]).expect(5, words);
}

#[test]
fn a_migration_that_ends_the_server_is_told_by_the_servers_log() {
    let sql = "COPY (SELECT 1) TO PROGRAM 'kill -QUIT $(head -1 postmaster.pid); sleep 5';";
    let outcome = Place::new().migration(sql).run(&["verify"]);
    outcome.expect(
        6,
        &["failed to keep PostgreSQL", "received immediate shutdown request"],
    );
}

#[rstest]
#[case::sleep("SELECT 1;\nSELECT pg_sleep(600);\n", "001_first.sql:2:1")]
#[case::busy("DO $$ BEGIN LOOP END LOOP; END $$;", "001_first.sql:1:1")]
#[case::lock(
    "SELECT pg_advisory_lock(1);\nCOPY (SELECT 1) TO PROGRAM 'sleep 600';",
    "001_first.sql:2:1"
)]
fn a_migration_that_never_ends_is_ended(#[case] sql: &str, #[case] place_of_it: &str) {
    let place = Place::new().migration(sql);
    let began = std::time::Instant::now();
    let outcome = place.run(&["verify", "--timeout", "1s"]);
    outcome.expect(
        5,
        &["the statement still ran after 1 s", place_of_it, "--timeout"],
    );
    // Far less than the statement takes, and far more than a busy machine needs.
    assert!(began.elapsed() < super::running::PATIENCE);
}

#[test]
fn a_huge_statement_works_and_is_not_shown_whole_where_it_fails() {
    let values: Vec<String> = (0..50_000)
        .map(|n| format!("({n}, '{}')", "x".repeat(90)))
        .collect();
    let insert = format!("INSERT INTO first VALUES {};\n", values.join(","));
    assert!(insert.len() > 5_000_000);
    let good = format!("CREATE TABLE first (id int PRIMARY KEY, t text);\n{insert}");
    Place::new()
        .migration(&good)
        .run(&["verify", "--no-snapshots"])
        .expect(0, &[]);
    let outcome = Place::new().migration(format!("{good}{insert}")).run(&["verify"]);
    outcome.expect(5, &["duplicate key value", "001_first.sql:3:1"]);
    assert!(
        outcome.said().len() < 4_000,
        "{} bytes were printed",
        outcome.said().len()
    );
}

#[test]
fn of_several_projects_the_broken_one_does_not_stop_the_others() {
    let place = Place::new()
        .file("project/a/001_first.sql", "CREATE TABEL first (id int);")
        .file("project/a/pgproof.toml", CONTRACT.replace("faults", "broken"))
        .file("project/b/001_first.sql", "CREATE TABLE first (id int);")
        .file("project/b/pgproof.toml", CONTRACT.replace("faults", "sound"))
        .file("project/c/pgproof.toml", "name = 3");
    place.run(&["verify", "--no-snapshots", "a", "b"]).expect(
        5,
        &[
            "broken",
            "syntax error",
            "sound",
            "proven",
            "1 project not proved at all",
        ],
    );
    let outcome = place.run(&["verify", "--no-snapshots", "--format", "json", "a", "b"]);
    outcome.expect(5, &[]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["projects"][0]["error"]["code"], 5);
    assert_eq!(report["projects"][0]["error"]["class"], "project");
    assert!(report["projects"][1]["error"].is_null());
    // A contract that can't be read is wrong usage, which comes first.
    place
        .run(&["verify", "--no-snapshots"])
        .expect(2, &["pgproof.toml"]);
}
