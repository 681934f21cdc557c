//! goose's convention, as version 3 has it.

use super::*;

const AWKWARD: &str = "\
-- +goose Up
-- a comment; with a semicolon;
CREATE TABLE é (
    a text DEFAULT 'x;y' -- no end;
);   -- the end
SELECT 2; SELECT 3;

-- +goose StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    RETURN 1;
END $$;
-- +goose StatementEnd

-- +goose DOWN
DROP TABLE é;
--+goose statementbegin
DROP FUNCTION f()
--  +goose statementend
";

#[test]
fn a_file_holds_both_ways_and_statements_end_with_their_line() {
    for text in [AWKWARD.to_owned(), AWKWARD.replace('\n', "\r\n")] {
        let project = Project::with(&[("00001_a_b.sql", &text)]);
        let reading = project.reading(Convention::Goose);
        assert_eq!(versions(&reading), [("00001", "a_b")]);
        let up = &reading.migrations[0].up;
        let messages = sent(up);
        assert_eq!(messages.len(), 3, "{messages:?}");
        assert!(messages[0].starts_with("CREATE TABLE é (") && messages[0].ends_with("-- the end"));
        assert_eq!(messages[1], "SELECT 2; SELECT 3;");
        assert!(messages[2].starts_with("CREATE FUNCTION") && messages[2].ends_with("END $$;"));
        assert_eq!(up.position(up.text.find("SELECT 2").unwrap()).line, 6);
        assert!(!up.text.contains('\r'), "goose sends line feeds alone");
        assert!(!up.text.contains("DROP"), "the way back is not in the way forth");
        let down = reading.migrations[0].down.as_ref().unwrap();
        assert_eq!(sent(down), ["DROP TABLE é;", "DROP FUNCTION f()"]);
        assert_eq!(down.position(down.text.find("DROP TABLE").unwrap()).line, 16);
        assert_eq!(
            reading.migrations[0].transaction,
            TransactionRule::Always,
            "one transaction around all"
        );
    }
}

#[test]
fn no_transaction_counts_wherever_it_stands_and_for_both_ways() {
    let project = Project::with(&[(
        "1_a.sql",
        "-- +goose Up\nVACUUM;\n-- +goose Down\n-- +goose no TRANSACTION\nVACUUM;\n",
    )]);
    let reading = project.reading(Convention::Goose);
    let migration = &reading.migrations[0];
    assert_eq!(
        (migration.transaction, migration.transaction_back),
        (TransactionRule::None, None)
    );
}

#[rstest]
#[case::no_up("select 1;", "1_a.sql:1", "must begin with `-- +goose Up`")]
#[case::down_first("-- +goose Down\nselect 1;", "1_a.sql:1", "must follow `-- +goose Up`")]
#[case::up_twice("-- +goose Up\nselect 1;\n-- +goose up\n", "1_a.sql:3", "a second")]
#[case::indented(" -- +goose Up\nselect 1;", "1_a.sql:1", "nothing may stand before")]
#[case::unknown("-- +goose Up\n-- +goose Upp\n", "1_a.sql:2", "no annotation `upp`")]
#[case::no_semicolon(
    "-- +goose Up\n\nselect 1\n-- more\n-- +goose Down\n",
    "1_a.sql:3",
    "does not end in a line with `;`"
)]
#[case::function(
    "-- +goose Up\ncreate function f()\n$$ begin end $$",
    "1_a.sql:2",
    "StatementBegin"
)]
#[case::no_end(
    "-- +goose Up\n-- +goose StatementBegin\nselect 1;\n",
    "1_a.sql:3",
    "`-- +goose StatementEnd` is missing"
)]
#[case::end_alone("-- +goose Up\n-- +goose StatementEnd\n", "1_a.sql:2", "must follow")]
#[case::byte_order_mark("\u{feff}-- +goose Up\nselect 1;", "1_a.sql:1", "byte-order mark")]
fn what_goose_stops_at_is_shown_by_its_line(#[case] text: &str, #[case] place: &str, #[case] why: &str) {
    let project = Project::with(&[("1_a.sql", text)]);
    let error = project.read_at("db", Some(Convention::Goose)).unwrap_err();
    let location = error.location().unwrap();
    assert_eq!(
        format!("{}:{}", location.file, location.line),
        format!("db/{place}")
    );
    let message = error.to_string();
    assert!(
        message.contains(place) && message.contains(why) && message.contains("as goose does"),
        "{message}"
    );
}

#[rstest]
#[case("a.sql", "without `_`")]
#[case("0_a.sql", "greater than zero")]
#[case("v1_a.sql", "no integer")]
fn a_name_that_is_no_number_stops_it(#[case] name: &str, #[case] why: &str) {
    let message = Project::with(&[(name, "-- +goose Up\n")]).refusal(Convention::Goose);
    assert!(message.contains(why) && message.contains(name), "{message}");
}

#[test]
fn a_way_back_that_goose_can_t_run_is_found() {
    let project = Project::with(&[("1_a.sql", "-- +goose Up\nselect 1;\n-- +goose Down\nselect 2\n")]);
    let reading = project.reading(Convention::Goose);
    assert_eq!(violated(&reading, "apply/down"), ["db/1_a.sql"]);
    assert!(reading.migrations[0].down.is_none());
    project.write(
        "db/1_a.sql",
        "-- +goose Up\nselect 1;\n-- +goose Down\n-- nothing\n",
    );
    let reading = project.reading(Convention::Goose);
    assert!(violated(&reading, "apply/down").is_empty());
}

#[test]
fn migrations_in_go_are_named_and_leave_no_gap() {
    let project = Project::with(&[
        ("00001_a.sql", "-- +goose Up\nselect 1;"),
        ("00002_b.go", "package migrations"),
        ("00002_b_test.go", "package migrations"),
        ("embed.go", "package migrations"),
        ("00003_c.sql", "-- +goose Up\nselect 1;"),
        ("00005_d.sql", "-- +goose Up\nselect 1;"),
    ]);
    let reading = project.reading(Convention::Goose);
    let claims: Vec<_> = reading
        .claims
        .iter()
        .filter(|claim| claim.rule == "apply/in-code")
        .collect();
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert_eq!(
        (claims[0].object.as_str(), claims[0].verdict),
        ("db/00002_b.go", Verdict::Unproven)
    );
    assert_eq!(violated(&reading, "ledger/gap"), ["00004"]);
}

#[test]
fn placeholders_are_filled_in_where_they_are_switched_on() {
    let project = Project::with(&[(
        "1_a.sql",
        "-- +goose Up\nselect '$A';\n-- +goose ENVSUB ON\nselect '${A}', '$A', '${B:-b}', '${B-}', $$ x $$, $1;\n\
         -- +goose ENVSUB OFF\nselect '${C}';\n",
    )]);
    let refusal = project.refusal(Convention::Goose);
    assert!(
        refusal.contains("`${A}` in `db/1_a.sql:4`") && refusal.contains("placeholders = { \"A\" = "),
        "{refusal}"
    );
    let placeholders = [("A".to_owned(), "long value".to_owned())].into();
    let options = ReadOptions {
        convention: Some(Convention::Goose),
        placeholders: Some(&placeholders),
        ..ReadOptions::default()
    };
    let reading = read(project.root(), "db".into(), &options).unwrap();
    assert_eq!(
        sent(&reading.migrations[0].up),
        [
            "select '$A';",
            "select 'long value', 'long value', 'b', '', $$ x $$, $1;",
            "select '${C}';"
        ]
    );
    assert!(reading.migrations[0].up.original().contains("${B:-b}"));
    // What is given and empty is not what is not given.
    let project = Project::with(&[(
        "1_a.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nselect '${B:-b}', '${B-b}', '$B';\n",
    )]);
    let placeholders = [("B".to_owned(), String::new())].into();
    let options = ReadOptions {
        placeholders: Some(&placeholders),
        ..options
    };
    let reading = read(project.root(), "db".into(), &options).unwrap();
    assert_eq!(sent(&reading.migrations[0].up), ["select 'b', '', '';"]);
}

#[test]
fn two_files_of_one_number_are_an_error() {
    let project = Project::with(&[("1_a.sql", "-- +goose Up\n"), ("01_b.sql", "-- +goose Up\n")]);
    let reading = project.reading(Convention::Goose);
    let messages = messages(&reading, "ledger/duplicate");
    assert!(
        messages[0].ends_with(": goose refuses the whole folder"),
        "{messages:?}"
    );
}
