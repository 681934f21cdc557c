//! The convention of no tool: `.sql` files in the order of names.

use super::*;

#[test]
fn both_files_of_one_number_apply_in_the_order_of_names_and_are_reported() {
    let project = Project::of(&[
        "db/001_initial_schema.sql",
        "db/001_initial_schema.down.sql",
        "db/002_fix_alerts_schema.up.sql",
        "db/002_fix_alerts_schema.down.sql",
        "db/002_add_missing_user_columns.sql",
        "db/002_add_missing_user_columns.down.sql",
        "db/003_x.sql",
    ]);
    let reading = project.plain();
    assert_eq!(
        versions(&reading),
        [
            ("001", "initial_schema"),
            ("002", "add_missing_user_columns"),
            ("002", "fix_alerts_schema"),
            ("003", "x")
        ]
    );
    assert_eq!(
        reading.migrations.iter().map(down).collect::<Vec<_>>(),
        [
            Some("db/001_initial_schema.down.sql"),
            Some("db/002_add_missing_user_columns.down.sql"),
            Some("db/002_fix_alerts_schema.down.sql"),
            None
        ]
    );
    assert!(
        reading
            .migrations
            .iter()
            .all(|m| m.transaction == TransactionRule::File)
    );
    let duplicate = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "ledger/duplicate")
        .unwrap();
    assert_eq!(
        (duplicate.object.as_str(), duplicate.verdict, duplicate.severity),
        ("002", Verdict::Violated, Severity::Error)
    );
    assert!(
        duplicate.message.contains("db/002_add_missing_user_columns.sql"),
        "{}",
        duplicate.message
    );
    assert!(
        duplicate.message.contains("db/002_fix_alerts_schema.up.sql"),
        "{}",
        duplicate.message
    );
    let location = duplicate.location.as_ref().unwrap();
    assert_eq!(
        (location.file.as_str(), location.line),
        ("db/002_fix_alerts_schema.up.sql", 1)
    );
    assert_eq!(proven(&reading), [("ledger/gap", "db")]);
    assert_eq!(reading.claims.len(), 2);
}

#[test]
fn sound_numbers_are_proven() {
    let reading = Project::of(&["db/001_a.sql", "db/002_b.sql", "db/003-c.SQL"]).plain();
    assert_eq!(versions(&reading), [("001", "a"), ("002", "b"), ("003", "c")]);
    assert_eq!(
        proven(&reading),
        [("ledger/duplicate", "db"), ("ledger/gap", "db")]
    );
    assert_eq!(reading.claims.len(), 2);
}

#[rstest]
#[case("down/001_a.sql")]
#[case("down/001_a.down.sql")]
#[case("rollback/001_a.sql")]
#[case("rollback/001_a_rollback.sql")]
#[case("001_a_down.sql")]
#[case("001_a_rollback.sql")]
#[case("001_a.rollback.sql")]
#[case("001_a.undo.sql")]
#[case("001_a.DOWN.sql")]
#[case("../rollback/001_a.sql")]
fn a_way_back_is_known_by_ending_or_folder(#[case] file: &str) {
    for up in ["001_a.sql", "001_a.up.sql"] {
        if up == "001_a.up.sql" && file.starts_with("..") {
            continue; // Beside the folder, the whole name has to be the same.
        }
        let reading = Project::of(&[&format!("db/{up}"), &format!("db/{file}")]).plain();
        assert_eq!(files(&reading), [format!("db/{up}")], "{file}");
        let expected = format!("db/{file}").replace("db/../", "");
        assert_eq!(down(&reading.migrations[0]), Some(expected.as_str()), "{file}");
        assert!(violated(&reading, "apply/unread").is_empty(), "{file}");
    }
}

#[test]
fn up_and_down_may_be_told_by_an_underscore() {
    let reading = Project::of(&[
        "db/001_up.sql",
        "db/001_down.sql",
        "db/002_b_up.sql",
        "db/002_b_down.sql",
    ])
    .plain();
    assert_eq!(files(&reading), ["db/001_up.sql", "db/002_b_up.sql"]);
    assert_eq!(down(&reading.migrations[0]), Some("db/001_down.sql"));
    assert_eq!(down(&reading.migrations[1]), Some("db/002_b_down.sql"));
}

#[test]
fn a_way_back_belongs_to_the_file_that_is_marked_as_its_other_half() {
    let reading = Project::of(&["db/001_a.sql", "db/001_a.up.sql", "db/001_a.down.sql"]).plain();
    assert_eq!(files(&reading), ["db/001_a.sql", "db/001_a.up.sql"]);
    assert_eq!(
        reading.migrations.iter().map(down).collect::<Vec<_>>(),
        [None, Some("db/001_a.down.sql")]
    );
}

#[test]
fn a_migration_may_be_named_like_a_way_back_or_a_verification() {
    let project = Project::of(&["db/001_take_down.sql", "db/002_rollback.sql"]);
    project.write(
        "db/003_add_email_verification.sql",
        "alter table users add email_verified boolean;",
    );
    let reading = project.plain();
    assert_eq!(reading.migrations.len(), 3);
    assert!(violated(&reading, "apply/unread").is_empty());
}

#[rstest]
#[case("20251111_a_verification.sql")]
#[case("20251111_a.verify.sql")]
#[case("20251111_a.verification.sql")]
fn a_verification_belongs_to_its_migration(#[case] file: &str) {
    let reading = Project::of(&["db/20251111_a.sql", &format!("db/{file}")]).plain();
    assert_eq!(files(&reading), ["db/20251111_a.sql"]);
    let verification = reading.migrations[0].verification.as_ref().unwrap();
    assert_eq!(verification.path, format!("db/{file}"));
    assert_eq!(
        proven(&reading),
        [("ledger/duplicate", "db")],
        "a date has no successor"
    );
}

#[test]
fn files_that_are_not_read_are_named() {
    let project = Project::of(&[
        "db/001_a.sql",
        "db/001_a.down.sql",
        "db/001_a.undo.sql",
        "db/002_b.down.sql",
        "db/002_c_verification.sql",
        "db/002_d.verify.sql",
        "db/e.psql",
        "db/f.PGSQL",
        "db/g.ddl",
        "db/h.sql.gz",
        "db/old/001_i.sql",
        "db/down/003_j.sql",
        "db/notes.txt",
        "db/001_a.sql.bak",
        "db/001_a.sql~",
        "db/.hidden/k.sql",
        "db/node_modules/x/l.sql",
        "db/other/pgproof.toml",
        "db/other/m.sql",
    ]);
    let reading = project.plain();
    assert_eq!(files(&reading), ["db/001_a.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        [
            "db/001_a.undo.sql",
            "db/002_b.down.sql",
            "db/002_c_verification.sql",
            "db/002_d.verify.sql",
            "db/down/003_j.sql",
            "db/e.psql",
            "db/f.PGSQL",
            "db/g.ddl",
            "db/h.sql.gz",
            "db/old/001_i.sql",
        ]
    );
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.object == "db/old/001_i.sql")
        .unwrap();
    assert_eq!(claim.severity, Severity::Warning);
    assert_eq!(claim.location.as_ref().unwrap().file, "db/old/001_i.sql");
}

#[test]
fn what_the_contract_takes_out_is_neither_read_nor_reported() {
    let project = Project::of(&[
        "prelude.sql",
        "consumers/a.sql",
        "drafts/b.sql",
        "drafts/deep/c.sql",
        "001_a.sql",
        "002_old.sql",
    ]);
    let exclude = ["drafts/*".to_owned(), "*_old.sql".to_owned()];
    let not_migrations = ["./prelude.sql".into(), Utf8PathBuf::from("consumers")];
    let options = ReadOptions {
        convention: None,
        exclude: &exclude,
        not_migrations: &not_migrations,
        ..ReadOptions::default()
    };
    let reading = read(project.root(), ".".into(), &options).unwrap();
    assert_eq!(files(&reading), ["001_a.sql"]);
    assert!(violated(&reading, "apply/unread").is_empty());
}

#[test]
fn numbers_that_names_put_out_of_order_are_reported() {
    let reading = Project::of(&["db/9_a.sql", "db/10_b.sql", "db/11_c.sql"]).plain();
    assert_eq!(files(&reading), ["db/10_b.sql", "db/11_c.sql", "db/9_a.sql"]);
    assert_eq!(violated(&reading, "ledger/order"), ["db/9_a.sql"]);
    assert_eq!(
        proven(&reading),
        [("ledger/duplicate", "db"), ("ledger/gap", "db")]
    );
}

#[rstest]
#[case(&["001_a", "003_b", "007_c"], &["002", "004"])]
#[case(&["1_a", "3_b"], &["2"])]
#[case(&["005_a", "006_b"], &[])]
#[case(&["010_a", "020_b", "040_c"], &[])]
#[case(&["001_a", "002_b", "100_c", "101_d"], &[])]
#[case(&["001_a", "205_b"], &[])]
#[case(&["20240115_a", "20240117_b"], &[])]
#[case(&["20240101000000_a", "20240301000000_b"], &[])]
#[case(&["001_a", "002_b", "20240301_b"], &[])]
#[case(&["240115_a", "240203_b"], &[])]
#[case(&["202401_a", "202403_b"], &[])]
#[case(&["2024-01-15_a", "2024-01-17_b"], &[])]
#[case(&["1.1_a", "1.3_b"], &[])]
#[case(&["a", "b"], &[])]
fn a_missing_number_is_reported_where_numbers_follow_one_another(
    #[case] stems: &[&str],
    #[case] missing: &[&str],
) {
    let names: Vec<String> = stems.iter().map(|stem| format!("db/{stem}.sql")).collect();
    let reading = Project::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).plain();
    assert_eq!(violated(&reading, "ledger/gap"), missing);
    assert!(violated(&reading, "ledger/duplicate").is_empty());
}

#[test]
fn a_gap_of_several_numbers_is_one_claim_beside_the_file_after_it() {
    let reading = Project::of(&["db/003_a.sql", "db/007_b.sql"]).plain();
    let gap = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "ledger/gap")
        .unwrap();
    assert_eq!(gap.severity, Severity::Warning);
    assert!(gap.message.contains("004 to 006"), "{}", gap.message);
    assert_eq!(gap.location.as_ref().unwrap().file, "db/007_b.sql");
}

#[test]
fn one_number_in_two_widths_is_a_duplicate() {
    let reading = Project::of(&["db/002_a.sql", "db/2_b.sql"]).plain();
    assert_eq!(violated(&reading, "ledger/duplicate"), ["002"]);
}

#[test]
fn numbers_too_wide_for_a_machine_are_compared_all_the_same() {
    let wide = "9".repeat(40);
    let reading = Project::of(&[&format!("db/{wide}_a.sql"), &format!("db/0{wide}_b.sql")]).plain();
    assert_eq!(reading.migrations[0].number, None);
    assert_eq!(violated(&reading, "ledger/duplicate"), [format!("0{wide}")]);
}

#[test]
fn a_file_without_a_statement_is_reported() {
    let project = Project::of(&["db/001_a.sql"]);
    project
        .write("db/002_b.sql", "")
        .write("db/003_c.sql", "\u{feff}-- nothing\r\n/* yet */ ;\n");
    assert_eq!(
        violated(&project.plain(), "apply/empty"),
        ["db/002_b.sql", "db/003_c.sql"]
    );
}

#[test]
fn a_single_file_is_one_migration() {
    let project = Project::of(&["db/structure.sql", "db/x.sql"]);
    let reading = project.read_at("db/structure.sql", None).unwrap();
    assert_eq!(reading.convention, Convention::Plain);
    assert_eq!(
        (files(&reading), versions(&reading)),
        (vec!["db/structure.sql"], vec![("structure", "structure")])
    );
}
