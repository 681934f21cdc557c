//! node-pg-migrate's convention.

use super::*;

fn of(names: &[&str]) -> Reading {
    Project::of(names).reading(Convention::NodePgMigrate)
}

#[test]
fn numbers_order_the_files_of_which_seventeen_digits_are_a_time() {
    let reading = of(&[
        "db/20240101000000000_c.sql",
        "db/1704067200001_d.sql",
        "db/1600000000000_b.sql",
        "db/002_z.sql",
        "db/002_a10.sql",
        "db/002_a9.sql",
        "db/.hidden.sql",
    ]);
    let names: Vec<_> = versions(&reading).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["a9", "a10", "z", "b", "c", "d"]);
    assert_eq!(rules(&reading), [""; 0], "several files may have one number");
    assert!(
        reading
            .migrations
            .iter()
            .all(|m| m.transaction == TransactionRule::All)
    );
}

#[test]
fn a_file_holds_both_ways_and_each_stays_in_its_lines() {
    let project = Project::of(&["db/3_c.sql"]);
    project
        .write(
            "db/1_a.sql",
            "-- Up Migration\r\nselect '-- Down Migration';\r\n-- Down Migration\r\nselect 2;\r\n",
        )
        .write(
            "db/2_b.sql",
            "-- DOWN migration\nselect 2;\n\n--up migration\nselect 1;",
        );
    let reading = project.reading(Convention::NodePgMigrate);
    let [first, second, third] = &reading.migrations[..] else {
        panic!()
    };
    let (up, back) = (&first.up, first.down.as_ref().unwrap());
    assert!(up.text.contains("select '-- Down Migration';") && !up.text.contains("select 2"));
    assert_eq!(back.position(back.text.find("select 2").unwrap()).line, 4);
    assert_eq!(second.up.text.trim(), "--up migration\nselect 1;");
    assert_eq!(
        second.down.as_ref().unwrap().text.trim(),
        "-- DOWN migration\nselect 2;"
    );
    assert_eq!(third.down, None);
    assert_eq!(rules(&reading), [""; 0]);
}

#[test]
fn a_way_back_without_a_way_forth_is_applied_and_reported() {
    let project = Project::of(&[]);
    project.write(
        "db/1_a.sql",
        "create table a ();\n-- Down Migration\ndrop table a;\n",
    );
    let reading = project.reading(Convention::NodePgMigrate);
    assert!(
        reading.migrations[0].up.text.contains("drop table"),
        "as node-pg-migrate has it"
    );
    assert_eq!(violated(&reading, "apply/section"), ["db/1_a.sql"]);
    project.write("db/1_a.sql", "create table a ();\n-- Down Migration\n");
    assert_eq!(rules(&project.reading(Convention::NodePgMigrate)), [""; 0]);
}

#[test]
fn migrations_in_code_are_named() {
    let reading = of(&["db/1_a.sql", "db/2_b.js", "db/3_c.d.ts", "db/README.md"]);
    let in_code = reading
        .claims
        .iter()
        .filter(|claim| claim.rule == "apply/in-code");
    let in_code: Vec<_> = in_code
        .map(|claim| (claim.object.as_str(), claim.verdict))
        .collect();
    assert_eq!(
        in_code,
        [
            ("db/2_b.js", Verdict::Unproven),
            ("db/3_c.d.ts", Verdict::Unproven)
        ]
    );
    assert_eq!(files(&reading), ["db/1_a.sql"]);
}

#[test]
fn pairs_and_names_without_a_number() {
    let reading = of(&["db/1_a.up.sql", "db/1_a.down.sql", "db/2_b.down.sql"]);
    assert_eq!(versions(&reading), [("1_a", "a")]);
    assert_eq!(down(&reading.migrations[0]), Some("db/1_a.down.sql"));
    assert_eq!(violated(&reading, "apply/unread"), ["db/2_b.down.sql"]);
    let message = Project::of(&["db/a.sql"]).refusal(Convention::NodePgMigrate);
    assert!(message.contains("begins with no number"), "{message}");
}
