//! golang-migrate's convention, as version 4 has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_numbers_whatever_ends_their_names() {
    let project = Project::of(&[
        "db/10_b.up.sql",
        "db/9_a_b.up.sql",
        "db/009_a_b.down.sql",
        "db/11_c.up.sql.bak",
        "db/12_d.down.up.pgsql",
    ]);
    let reading = project.reading(Convention::GolangMigrate);
    assert_eq!(
        versions(&reading),
        [("9", "a b"), ("10", "b"), ("11", "c"), ("12", "d.down")]
    );
    assert_eq!(down(&reading.migrations[0]), Some("db/009_a_b.down.sql"));
    assert!(
        reading
            .migrations
            .iter()
            .all(|m| m.transaction == TransactionRule::None)
    );
}

#[test]
fn names_that_golang_migrate_passes_over_are_named() {
    let project = Project::of(&[
        "db/1_a.up.sql",
        "db/2_b.sql",
        "db/x_c.up.sql",
        "db/99999999999999999999_d.up.sql",
        "db/3_e.down.sql",
        "db/sub/4_f.up.sql",
    ]);
    let reading = project.reading(Convention::GolangMigrate);
    assert_eq!(files(&reading), ["db/1_a.up.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        [
            "db/2_b.sql",
            "db/3_e.down.sql",
            "db/99999999999999999999_d.up.sql",
            "db/sub/4_f.up.sql",
            "db/x_c.up.sql"
        ]
    );
}

#[test]
fn two_files_of_one_way_and_number_are_an_error() {
    let project = Project::of(&[
        "db/1_a.up.sql",
        "db/01_b.up.sql",
        "db/1_a.down.sql",
        "db/1_b.down.sql",
    ]);
    let reading = project.reading(Convention::GolangMigrate);
    let messages = messages(&reading, "ledger/duplicate");
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages
            .iter()
            .all(|message| message.contains("golang-migrate refuses the whole folder")),
        "{messages:?}"
    );
}
