//! The ledger: as its tool writes it, wherever it is and whoever makes it.

use pgproof::claim::Verdict;
use rstest::rstest;

use super::{Folder, text};

#[rstest]
#[case::file("file", "001_a.sql,002_b.sql")]
#[case::stem("stem", "001_a,002_b")]
#[case::number("number", "001,002")]
#[tokio::test]
async fn a_ledger_of_one_s_own_has_one_entry_a_file(#[case] value: &str, #[case] entries: &str) {
    let folder = Folder::plain(
        &format!(
            "ledger = {{ table = 'ops.\"Ledger\"', version = \"Version\", at = \"at\", value = \"{value}\" }}"
        ),
        &[("001_a.sql", "SELECT 1;"), ("002_b.sql", "SELECT 1;")],
    );
    let database = folder.database().await;
    let all = "SELECT string_agg(\"Version\", ',' ORDER BY at, \"Version\") FROM ops.\"Ledger\"";
    assert_eq!(text(&database, all).await, entries);
    assert_eq!(folder.claims_of("ledger/complete").await[0].1, Verdict::Proven);
}

#[tokio::test]
async fn two_files_of_one_number_are_refused_where_the_ledger_holds_numbers() {
    let folder = Folder::plain(
        "ledger = { table = \"ledger\", version = \"version\", value = \"number\" }",
        &[("001_a.sql", "SELECT 1;"), ("001_b.sql", "SELECT 1;")],
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("001_b.sql")
            && error
                .message
                .contains("has the entry 001 of db/001_a.sql already"),
        "{}",
        error.message
    );
    assert!(
        error
            .message
            .ends_with("duplicate key value violates unique constraint \"ledger_pkey\""),
        "{}",
        error.message
    );
    assert_eq!(error.location.unwrap().file, "db/001_b.sql");
}

#[rstest]
#[case::plainly("CREATE TABLE ledger (version text PRIMARY KEY, who text DEFAULT current_user);")]
#[case::if_not_exists(
    "CREATE TABLE IF NOT EXISTS public.ledger (version text PRIMARY KEY, who text DEFAULT current_user);"
)]
#[case::quoted("create table \"ledger\" (version text, who text default current_user);")]
#[tokio::test]
async fn a_migration_may_make_the_ledger_itself(#[case] sql: &str) {
    let ledger = "ledger = { table = \"ledger\", version = \"version\" }";
    for first in ["000_first.sql", "002_later.sql"] {
        let folder = Folder::plain(
            ledger,
            &[
                ("001_a.sql", "SELECT 1;"),
                (first, sql),
                ("003_b.sql", "SELECT 1;"),
            ],
        );
        let database = folder.database().await;
        assert_eq!(
            text(&database, "SELECT count(*)::text || count(who) FROM ledger").await,
            "33"
        );
        assert_eq!(folder.claims_of("ledger/complete").await[0].1, Verdict::Proven);
    }
}

#[tokio::test]
async fn a_migration_that_empties_the_ledger_is_found() {
    let folder = Folder::plain(
        "ledger = { table = \"ledger\", version = \"version\" }",
        &[
            ("001_a.sql", "SELECT 1;"),
            (
                "002_b.sql",
                "DELETE FROM ledger; INSERT INTO ledger VALUES ('x');",
            ),
        ],
    );
    let claims = folder.claims_of("ledger/complete").await;
    assert_eq!(claims[0].1, Verdict::Violated);
    assert!(
        claims[0].2.contains("001_a.sql") && claims[0].2.contains("unknown: x"),
        "{claims:?}"
    );
    folder.write(
        "db/002_b.sql",
        "ALTER TABLE ledger ADD COLUMN by text DEFAULT current_user;",
    );
    assert_eq!(folder.claims_of("ledger/complete").await[0].1, Verdict::Proven);
    folder.write("db/002_b.sql", "DROP TABLE ledger;");
    let error = folder.refusal().await;
    assert!(
        error.message.contains("002_b.sql") && error.message.contains("ledger"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_file_that_leaves_a_role_or_a_path_behind_is_named_where_the_ledger_can_t_be_written() {
    let folder = Folder::sqlx(
        "",
        &[
            ("1_a.sql", "CREATE ROLE weak; CREATE SCHEMA s;"),
            ("2_b.sql", "SET ROLE weak;"),
            ("3_c.sql", "SELECT 1;"),
        ],
    );
    for setting in ["SET ROLE weak;", "SET search_path = s;"] {
        folder.write("db/2_b.sql", setting);
        let error = folder.refusal().await;
        assert!(
            error.message.contains("_sqlx_migrations")
                && error.message.contains(setting)
                && error.message.contains("2_b.sql"),
            "{}",
            error.message
        );
    }
    folder.write("db/2_b.sql", "SET ROLE weak; RESET ROLE;");
    folder.database().await;
}

/// Compared with what `sqlx::migrate::Migrator` 0.9 writes for the same files.
#[tokio::test]
async fn the_ledger_of_sqlx_is_as_sqlx_writes_it() {
    let folder = Folder::sqlx(
        "",
        &[
            ("1_first_thing.sql", "CREATE TABLE a (id int);\r\nSELECT 1;\r\n"),
            (
                "0002_index.up.sql",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (id);",
            ),
            ("-9_x.sql", "SELECT 1;"),
        ],
    );
    let database = folder.database().await;
    let rows = "SELECT string_agg(concat_ws('|', version, description, success, left(encode(checksum, 'hex'), 8)), \
                E'\n' ORDER BY version) FROM _sqlx_migrations WHERE execution_time > 0";
    assert_eq!(
        text(&database, rows).await,
        "-9|x|t|26e71cc3\n1|first thing|t|1866ca0a\n2|index|t|a9c70b65"
    );
}

#[tokio::test]
async fn a_ledger_that_several_files_ask_for_is_made_by_the_first() {
    let make = "CREATE TABLE IF NOT EXISTS ledger (version text PRIMARY KEY);";
    let folder = Folder::plain(
        "ledger = { table = \"ledger\", version = \"version\" }",
        &[("001_a.sql", make), ("002_b.sql", make)],
    );
    assert_eq!(folder.claims_of("ledger/complete").await[0].1, Verdict::Proven);
}
