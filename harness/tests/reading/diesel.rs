//! Diesel's convention.

use super::*;

#[test]
fn versions_are_ordered_without_their_hyphens() {
    let reading = Project::of(&[
        "db/2024-01-01-000000_b/up.sql",
        "db/2024-01-01-000000_b/down.sql",
        "db/20230101000000_c/up.sql",
        "db/00000000000000_diesel_initial_setup/up.sql",
    ])
    .read_at("db", None)
    .unwrap();
    assert_eq!(reading.convention, Convention::Diesel);
    assert_eq!(
        versions(&reading),
        [
            ("00000000000000", "diesel_initial_setup"),
            ("20230101000000", "c"),
            ("20240101000000", "b")
        ]
    );
    assert_eq!(
        down(&reading.migrations[2]),
        Some("db/2024-01-01-000000_b/down.sql")
    );
    assert_eq!(rules(&reading), [""; 0]);
}

#[test]
fn metadata_says_whether_there_is_a_transaction() {
    use TransactionRule::{Always, None};
    let project = Project::of(&["db/1_a/up.sql", "db/2_b/up.sql", "db/3_c/up.sql"]);
    project
        .write("db/1_a/metadata.toml", "run_in_transaction = false\n")
        .write("db/2_b/metadata.toml", "author = \"me\"\n");
    let reading = project.reading(Convention::Diesel);
    let rules: Vec<_> = reading.migrations.iter().map(|m| m.transaction).collect();
    assert_eq!(rules, [None, None, Always]);
}

#[test]
fn what_diesel_stops_at_is_found() {
    let project = Project::of(&[
        "db/1_a/up.sql",
        "db/01_x/up.sql",
        "db/1-_b/up.sql",
        "db/3_lost/down.sql",
    ]);
    project
        .write("db/4_empty/up.sql", "")
        .write("db/note.sql", "select 1;");
    let reading = project.reading(Convention::Diesel);
    assert_eq!(violated(&reading, "ledger/journal"), ["db/3_lost"]);
    assert_eq!(violated(&reading, "apply/empty"), ["db/4_empty/up.sql"; 2]);
    assert!(violated(&reading, "apply/unread").contains(&"db/note.sql"));
    let message = messages(&reading, "ledger/duplicate")[0];
    assert!(message.contains("left to chance"), "{message}");
}
