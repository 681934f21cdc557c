//! Supabase's convention, as its command line has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_their_versions_as_text() {
    let project = Project::of(&[
        "db/20260420_b.sql",
        "db/20260420010000_a.sql",
        "db/1_x_y.sql",
        "db/10_z.sql",
        "db/2_.sql",
    ]);
    let reading = project.reading(Convention::Supabase);
    assert_eq!(
        versions(&reading),
        [
            ("1", "x_y"),
            ("10", "z"),
            ("2", ""),
            ("20260420", "b"),
            ("20260420010000", "a")
        ]
    );
    assert_eq!(violated(&reading, "ledger/order"), ["db/2_.sql"]);
}

#[test]
fn names_that_supabase_skips_are_named() {
    let project = Project::of(&[
        "db/20200101000000_init.sql",
        "db/20260101000000_init.sql",
        "db/20260102000000_b.SQL",
        "db/2026-01-03_c.sql",
        "db/schema.sql",
        "db/20260104000000_d/up.sql",
        "db/README.md",
    ]);
    let reading = project.reading(Convention::Supabase);
    assert_eq!(files(&reading), ["db/20260101000000_init.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        [
            "db/20200101000000_init.sql",
            "db/2026-01-03_c.sql",
            "db/20260102000000_b.SQL",
            "db/20260104000000_d/up.sql",
            "db/schema.sql",
        ]
    );
    let late = Project::of(&["db/1_a.sql", "db/20200101000000_init.sql"]);
    assert_eq!(late.reading(Convention::Supabase).migrations.len(), 2);
}

#[test]
fn two_files_of_one_version_are_an_error_that_says_what_supabase_does() {
    let project = Project::of(&["db/20260101000000_a.sql", "db/20260101000000_b.sql"]);
    let reading = project.reading(Convention::Supabase);
    let messages = messages(&reading, "ledger/duplicate");
    assert!(
        messages[0].contains("Supabase stops at the second"),
        "{messages:?}"
    );
}

#[test]
fn only_the_first_line_takes_the_transaction_away() {
    let project = Project::with(&[
        (
            "1_a.sql",
            "-- pg-delta: transaction=false\r\nselect 1; select ';';",
        ),
        ("2_b.sql", "-- x\n-- pg-delta: transaction=false\nselect 1;"),
    ]);
    let reading = project.reading(Convention::Supabase);
    assert_eq!(
        reading
            .migrations
            .iter()
            .map(|m| m.transaction)
            .collect::<Vec<_>>(),
        [TransactionRule::None, TransactionRule::Batches]
    );
    assert_eq!(sent(&reading.migrations[0].up), ["select 1;", "select ';';"]);
}

#[test]
fn what_only_psql_reads_is_an_error() {
    let project = Project::with(&[
        ("1_a.sql", "select 1;\n\\restrict x\n"),
        ("2_b.sql", "\u{feff}select 1;"),
        ("3_c.sql", "COPY t FROM stdin;\n1\n\\.\n"),
        ("4_d.sql", "select '\\x';"),
    ]);
    let reading = project.reading(Convention::Supabase);
    assert_eq!(violated(&reading, "apply/psql"), ["db/1_a.sql", "db/3_c.sql"]);
}
