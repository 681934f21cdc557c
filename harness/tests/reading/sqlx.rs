//! sqlx's convention, as sqlx has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_numbers() {
    let reading = Project::of(&["db/10_b_c.sql", "db/9_a.sql", "db/+11_d.sql", "db/-1_e.sql"]).sqlx();
    assert_eq!(
        versions(&reading),
        [("-1", "e"), ("9", "a"), ("10", "b c"), ("11", "d")]
    );
    assert_eq!(reading.migrations[0].number, None);
    assert_eq!(reading.migrations[3].number, Some(11));
    assert!(violated(&reading, "ledger/order").is_empty());
}

#[test]
fn pairs_are_made_by_number_and_may_stand_beside_simple_files() {
    let reading = Project::of(&[
        "db/1_a.up.sql",
        "db/1_other.down.sql",
        "db/2_b.sql",
        "db/2_b.down.sql",
    ])
    .sqlx();
    assert_eq!(versions(&reading), [("1", "a"), ("2", "b")]);
    assert_eq!(
        reading.migrations.iter().map(down).collect::<Vec<_>>(),
        [Some("db/1_other.down.sql"), Some("db/2_b.down.sql")]
    );
}

#[test]
fn only_the_very_first_bytes_opt_out_of_the_transaction() {
    use TransactionRule::{Always, None};
    let project = Project::of(&["db/1_a.sql"]);
    project
        .write("db/2_b.sql", "-- no-transaction\nselect 1")
        .write("db/3_c.sql", "\n-- no-transaction\nselect 1")
        .write("db/4_d.sql", "\u{feff}-- no-transaction\nselect 1")
        .write("db/5_e.sql", "-- no-transaction, since …\nselect 1");
    let rules: Vec<_> = project.sqlx().migrations.iter().map(|m| m.transaction).collect();
    assert_eq!(rules, [Always, None, Always, Always, None]);
}

#[test]
fn a_prefix_that_is_no_integer_stops_reading() {
    for name in ["a_b.sql", "V1_a.sql", "99999999999999999999_a.sql", "1-2_a.sql"] {
        let project = Project::of(&["db/1_a.sql", &format!("db/{name}")]);
        let error = project.read_at("db", Some(Convention::Sqlx)).unwrap_err();
        assert!(
            matches!(&error, ReadError::Refused { path, .. } if *path == format!("db/{name}")),
            "{error}"
        );
    }
}

#[test]
fn names_that_sqlx_passes_over_are_named() {
    let reading = Project::of(&[
        "db/1_a.sql",
        "db/2_b.SQL",
        "db/schema.sql",
        "db/3_c.down.sql",
        "db/sub/4_d.sql",
        "db/README.md",
    ])
    .sqlx();
    assert_eq!(files(&reading), ["db/1_a.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/2_b.SQL", "db/3_c.down.sql", "db/schema.sql", "db/sub/4_d.sql"]
    );
}

#[test]
fn two_files_of_one_number_are_reported() {
    let reading = Project::of(&["db/1_a.sql", "db/1_b.up.sql", "db/01_c.sql"]).sqlx();
    assert_eq!(reading.migrations.len(), 3);
    assert_eq!(violated(&reading, "ledger/duplicate").len(), 1);
}

#[test]
fn a_verification_that_sqlx_would_apply_is_reported() {
    let reading = Project::of(&[
        "db/1_a.sql",
        "db/1_a_verification.sql",
        "db/2_email_verification.sql",
    ])
    .sqlx();
    assert_eq!(files(&reading), ["db/1_a.sql", "db/2_email_verification.sql"]);
    assert!(reading.migrations[0].verification.is_some());
    assert_eq!(violated(&reading, "ledger/duplicate"), ["1"]);
}

#[test]
fn what_only_psql_understands_is_reported() {
    let project = Project::of(&["db/1_a.sql"]);
    project
        .write("db/2_b.sql", "\u{feff}select 1;")
        .write("db/3_c.sql", "select 1;\ncopy t from stdin;\n1\n\\.\n")
        .write("db/4_d.sql", "select 1;\n\\echo x\n");
    let reading = project.sqlx();
    assert_eq!(
        violated(&reading, "apply/psql"),
        ["db/2_b.sql", "db/3_c.sql", "db/4_d.sql"]
    );
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.object == "db/4_d.sql")
        .unwrap();
    assert_eq!(claim.location.as_ref().unwrap().line, 2);
}

/// The figure is that of `sha384sum`.
#[test]
fn the_checksum_is_that_of_the_files_bytes() {
    let project = Project::of(&[]);
    project.write("db/1_a.sql", "\u{feff}select 1;\r\n");
    let sum = project.sqlx().migrations[0].up.sha384();
    let sum: Vec<String> = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    let sum = sum.concat();
    assert_eq!(
        sum,
        "5b551fd2ccf7546b8804de59f307ebe1afa3f11e3e1df20c84172ce7f232e926eefc8921776195660328551f7d08b429"
    );
}
