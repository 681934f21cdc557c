//! Drizzle's convention.

use super::*;

const ENTRIES: &str = r#"{"version": "7", "dialect": "postgresql", "entries": [
  {"idx": 0, "version": "7", "when": 1700000000000, "tag": "0000_b", "breakpoints": true},
  {"idx": 1, "version": "7", "when": 1700000000001, "tag": "0001_a", "breakpoints": true}
]}"#;

fn project(journal: &str) -> Project {
    let project = Project::of(&["db/0001_a.sql", "db/0000_b.sql", "db/meta/0000_snapshot.json"]);
    project.write("db/meta/_journal.json", journal);
    project
}

#[test]
fn the_journal_says_which_files_there_are_and_in_which_order() {
    let reading = project(ENTRIES).read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Drizzle);
    assert_eq!(versions(&reading), [("0000_b", "b"), ("0001_a", "a")]);
    assert_eq!(rules(&reading), [""; 0]);
    assert!(proven(&reading).contains(&("ledger/journal", "db")));
    assert!(
        reading
            .migrations
            .iter()
            .all(|m| m.transaction == TransactionRule::All)
    );

    // The order of the entries counts, whatever they are called.
    let turned = ENTRIES
        .replace("0000_b", "9_x")
        .replace("0001_a", "0000_b")
        .replace("9_x", "0001_a");
    assert_eq!(
        files(&project(&turned).reading(Convention::Drizzle)),
        ["db/0001_a.sql", "db/0000_b.sql"]
    );
}

#[test]
fn an_entry_without_its_file_and_a_file_without_its_entry_are_found() {
    let journal = ENTRIES.replace("0001_a", "0001_lost");
    let reading = project(&journal).reading(Convention::Drizzle);
    assert_eq!(files(&reading), ["db/0000_b.sql"]);
    assert_eq!(violated(&reading, "ledger/journal"), ["db/0001_lost.sql"]);
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "ledger/journal")
        .unwrap();
    let location = claim.location.as_ref().unwrap();
    assert_eq!(
        (location.file.as_str(), location.line),
        ("db/meta/_journal.json", 3)
    );
    assert_eq!(violated(&reading, "apply/unread"), ["db/0001_a.sql"]);
    assert!(!proven(&reading).contains(&("ledger/journal", "db")));
}

#[test]
fn an_entry_that_is_not_later_never_comes_to_a_database_that_has_the_one_before() {
    for when in ["1600000000000", "1700000000000"] {
        let reading = project(&ENTRIES.replace("1700000000001", when)).reading(Convention::Drizzle);
        assert_eq!(violated(&reading, "ledger/order"), ["0001_a"]);
        assert_eq!(reading.migrations.len(), 2, "an empty database gets it");
    }
}

#[test]
fn a_file_is_sent_in_the_pieces_between_its_breakpoints() {
    let project = project(ENTRIES);
    let text =
        "create table a (id int)\n--> statement-breakpoint\r\ncreate table b (x text default '-- up');\n";
    project.write("db/0000_b.sql", text);
    let up = &project.reading(Convention::Drizzle).migrations[0].up;
    let pieces: Vec<&str> = up
        .messages
        .iter()
        .flatten()
        .map(|span| &up.text[span.clone()])
        .collect();
    assert_eq!(
        pieces,
        [
            "create table a (id int)\n",
            "\r\ncreate table b (x text default '-- up');\n"
        ]
    );
    assert_eq!(up.original(), text);
}

#[test]
fn a_journal_that_drizzle_can_t_use_is_refused() {
    let refusal = |journal: &str| project(journal).refusal(Convention::Drizzle);
    let message = refusal(&ENTRIES.replace("postgresql", "sqlite"));
    assert!(
        message.contains("_journal.json:1`") && message.contains("`sqlite`"),
        "{message}"
    );
    assert!(refusal("{\n\"entries\": [}").contains("_journal.json:2`"));
    let message = Project::of(&["db/a.sql"]).refusal(Convention::Drizzle);
    assert!(message.contains("drizzle-kit 1.0"), "{message}");
}

#[test]
fn folders_of_drizzle_kit_1_are_migrations_by_their_names() {
    let project = Project::of(&[
        "db/20240102000000_b/migration.sql",
        "db/20240102000000_b/snapshot.json",
        "db/20240101000000_a/migration.sql",
        "db/20240101000000_a/snapshot.json",
        "db/notes/readme.sql",
        "db/seed.sql",
    ]);
    let reading = project.read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Drizzle);
    assert_eq!(
        versions(&reading),
        [("20240101000000_a", "a"), ("20240102000000_b", "b")]
    );
    assert_eq!(reading.migrations[0].record["when"], 1_704_067_200_000_i64);
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/notes/readme.sql", "db/seed.sql"]
    );
    project.write("db/0000_init/migration.sql", "select 1;");
    let refusal = project.refusal(Convention::Drizzle);
    assert!(refusal.contains("`db/0000_init` as Drizzle does"), "{refusal}");
}
