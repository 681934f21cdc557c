//! Atlas's convention.

use super::*;

const FILES: [(&str, &str); 3] = [
    ("db/20240101_users.sql", "CREATE TABLE users (id int);\n"),
    (
        "db/20240102_index.sql",
        "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON users (id);\n",
    ),
    (
        "db/20240103.sql",
        "SELECT ';';\r\nALTER TABLE users ADD x int;\r\n",
    ),
];

/// Made by the algorithm of `NewHashFile`, which was tried on a folder of Atlas's own tests.
const SUM: &str = "h1:r/HvhqESw9jTlm42wiC4mp8qUMplLqJhiCjo1fuWYAM=\n\
                   20240101_users.sql h1:93/8Fd65mo9ffFX3sokZqZoMpi9UErmps5uTVMgSVs0=\n\
                   20240102_index.sql h1:LtgA/HJTrmuG8Q3sMB8NMS/oiQfNPSe8wlABxFBXGVU=\n\
                   20240103.sql h1:SyTLICYQv/gtaCShIftQXaY3amMJPm3tE+SJsB0KJP4=\n";

fn project() -> Project {
    let project = Project::of(&[]);
    for (name, text) in FILES {
        project.write(name, text);
    }
    project.write("db/atlas.sum", SUM);
    project
}

#[test]
fn a_folder_that_fits_its_sum_is_read_and_said_to_fit() {
    use TransactionRule::{Always, Statements};
    let reading = project().read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Atlas);
    assert_eq!(
        versions(&reading),
        [("20240101", "users"), ("20240102", "index"), ("20240103", "")]
    );
    let transactions: Vec<_> = reading.migrations.iter().map(|m| m.transaction).collect();
    assert_eq!(transactions, [Always, Statements, Always]);
    assert_eq!(rules(&reading), [""; 0]);
    assert!(proven(&reading).contains(&("ledger/checksum", "db")));
}

#[test]
fn an_edited_file_is_named_and_those_after_it_are_not() {
    let project = project();
    project.write("db/20240102_index.sql", "SELECT 1;");
    let reading = project.reading(Convention::Atlas);
    assert_eq!(violated(&reading, "ledger/checksum"), ["db/20240102_index.sql"]);
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "ledger/checksum")
        .unwrap();
    let location = claim.location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("db/atlas.sum", 3));
    assert_eq!(claim.severity, Severity::Error);
}

#[test]
fn a_file_more_or_less_a_changed_total_and_no_sum_are_found() {
    let found = |change: &dyn Fn(&Project)| {
        let project = project();
        change(&project);
        let reading = project.reading(Convention::Atlas);
        let found = violated(&reading, "ledger/checksum");
        found.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        found(&|project| {
            project.write("db/20240104_x.sql", "SELECT 1;");
        }),
        ["db/20240104_x.sql"]
    );
    let lost = found(&|project| fs::remove_file(project.root().join("db/20240103.sql")).unwrap());
    assert_eq!(lost, ["db/20240103.sql"]);
    assert_eq!(
        found(&|project| {
            project.write("db/atlas.sum", SUM.replace("h1:r/H", "h1:R/H"));
        }),
        ["db/atlas.sum"]
    );
    let none = found(&|project| fs::remove_file(project.root().join("db/atlas.sum")).unwrap());
    assert_eq!(none, ["db/atlas.sum"]);
    let project = project();
    project.write("db/atlas.sum", "h1:x\nno sum\n");
    assert!(project.refusal(Convention::Atlas).contains("atlas.sum:2`"));
}

#[test]
fn an_empty_database_begins_at_the_last_checkpoint() {
    let project = project();
    project.write(
        "db/20240102_index.sql",
        "-- atlas:checkpoint\n\nCREATE TABLE users (id int);\n",
    );
    let reading = project.reading(Convention::Atlas);
    assert_eq!(files(&reading), ["db/20240102_index.sql", "db/20240103.sql"]);
    assert_eq!(violated(&reading, "apply/unread"), ["db/20240101_users.sql"]);
}

#[test]
fn folders_in_other_tools_formats_are_asked_about() {
    for (file, text, tool) in [
        ("db/1_a.sql", "-- +goose Up\nselect 1;\n", "goose"),
        ("db/V1__a.sql", "select 1;", "flyway"),
        ("db/1_a.up.sql", "select 1;", "golang-migrate"),
    ] {
        let project = Project::of(&[]);
        project.write(file, text).write("db/atlas.sum", "");
        let error = project.detect().unwrap_err();
        assert!(
            matches!(&error, ReadError::Ambiguous { candidates, .. } if candidates[..] == ["atlas", tool]),
            "{error}"
        );
    }
}
