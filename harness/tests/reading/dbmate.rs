//! dbmate's convention, as dbmate 2.37 showed it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_names_and_numbered_by_their_digits() {
    let text = "-- migrate:up\nselect 1;\n-- migrate:down\n";
    let project = Project::with(&[
        ("10_c.sql", text),
        ("9_d.sql", text),
        ("2.sql", text),
        ("1a.sql", text),
        ("foo.sql", text),
        ("3_e.SQL", text),
        ("sub/4_f.sql", text),
    ]);
    let reading = project.reading(Convention::Dbmate);
    assert_eq!(
        versions(&reading),
        [("10", "c"), ("1", "a"), ("2", ""), ("9", "d")]
    );
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/3_e.SQL", "db/foo.sql", "db/sub/4_f.sql"]
    );
    assert!(
        reading
            .migrations
            .iter()
            .all(|migration| migration.down.is_none()),
        "an empty section is no way back"
    );
}

#[test]
fn sections_are_marked_and_each_says_whether_it_has_a_transaction() {
    let text = "-- first\r\n\r\n--migrate:up transaction:false\r\nselect ';';\r\nselect 2;\r\n\
                -- migrate:down\r\nselect 3;\r\n";
    let reading = Project::with(&[("1_a.sql", text)]).reading(Convention::Dbmate);
    let migration = &reading.migrations[0];
    assert_eq!(sent(&migration.up), ["select ';';\r\nselect 2;"]);
    assert_eq!(sent(migration.down.as_ref().unwrap()), ["select 3;"]);
    assert_eq!(
        (migration.transaction, migration.transaction_back),
        (TransactionRule::None, Some(TransactionRule::Always))
    );
    let up = &migration.up;
    assert_eq!(up.position(up.text.find("select").unwrap()).line, 4);
}

#[test]
fn several_pairs_of_sections_are_taken_back_in_reverse() {
    let text = "-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;\n\
                -- migrate:up transaction:false\nvacuum;\n-- migrate:down\nselect 4;\n";
    let project = Project::with(&[("1_a.sql", text)]);
    let reading = project.reading(Convention::Dbmate);
    let migration = &reading.migrations[0];
    assert_eq!(sent(&migration.up), ["select 1;", "vacuum;"]);
    assert_eq!(sent(migration.down.as_ref().unwrap()), ["select 4;", "select 2;"]);
    assert_eq!(migration.transaction, TransactionRule::Each);
    assert!(violated(&reading, "apply/transaction").is_empty());
    project.write("db/1_a.sql", text.replace(" transaction:false", ""));
    assert_eq!(
        violated(&project.reading(Convention::Dbmate), "apply/transaction"),
        ["db/1_a.sql"]
    );
}

#[rstest]
#[case::no_up("select 1;", "1_a.sql:1", "asks for a line `-- migrate:up`")]
#[case::indented(" -- migrate:up\n-- migrate:down\n", "1_a.sql:2", "asks for a line")]
#[case::capitals("-- Migrate:Up\n", "1_a.sql:1", "asks for a line")]
#[case::no_down("\n-- migrate:up\nselect 1;", "1_a.sql:2", "that section may be empty")]
#[case::up_twice(
    "-- migrate:up\n-- migrate:up\n-- migrate:down\n",
    "1_a.sql:2",
    "needs a `-- migrate:down`"
)]
#[case::down_in_a_string(
    "-- migrate:up\nselect $$\n-- migrate:down\n$$;\n-- migrate:down\n",
    "1_a.sql:5",
    "needs a `-- migrate:up`"
)]
#[case::before(
    "\nselect 1;\n-- migrate:up\n-- migrate:down\n",
    "1_a.sql:2",
    "no statement before"
)]
#[case::byte_order_mark("\u{feff}-- migrate:up\n-- migrate:down\n", "1_a.sql:1", "byte-order mark")]
fn what_dbmate_stops_at_is_shown_by_its_line(#[case] text: &str, #[case] place: &str, #[case] why: &str) {
    let message = Project::with(&[("1_a.sql", text)]).refusal(Convention::Dbmate);
    assert!(
        message.contains(place) && message.contains(why) && message.contains("as dbmate does"),
        "{message}"
    );
}
