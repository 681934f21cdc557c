//! sqitch's convention.

use super::*;

fn project() -> Project {
    let project = Project::of(&[
        "db/deploy/schema.sql",
        "db/deploy/users@v2.sql",
        "db/deploy/users.sql",
        "db/deploy/functions/hello.sql",
        "db/deploy/items.sql",
        "db/revert/users.sql",
        "db/revert/users@v2.sql",
        "db/verify/schema.sql",
        "db/verify/functions/hello.sql",
    ]);
    project
        .write("sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = db\n")
        .write("db/sqitch.plan", include_str!("sqitch.plan"));
    project
}

#[test]
fn the_plan_orders_the_changes_and_a_reworked_one_has_files_of_its_own() {
    let project = project();
    let reading = project.read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Sqitch);
    assert_eq!(
        files(&reading),
        [
            "db/deploy/schema.sql",
            "db/deploy/users@v2.sql",
            "db/deploy/functions/hello.sql",
            "db/deploy/items.sql",
            "db/deploy/users.sql",
        ]
    );
    assert_eq!(down(&reading.migrations[1]), Some("db/revert/users@v2.sql"));
    assert_eq!(down(&reading.migrations[4]), Some("db/revert/users.sql"));
    let verified: Vec<bool> = reading
        .migrations
        .iter()
        .map(|m| m.verification.is_some())
        .collect();
    assert_eq!(verified, [true, false, true, false, false]);
    assert!(
        reading
            .migrations
            .iter()
            .all(|m| m.transaction == TransactionRule::Statements)
    );
    assert_eq!(rules(&reading), [""; 0]);
    assert!(proven(&reading).contains(&("ledger/journal", "db")));
    for path in [".", "db/deploy"] {
        let again = project.read_at(path, Some(Convention::Sqitch)).unwrap();
        assert_eq!(files(&again), files(&reading), "{path}");
    }
}

#[test]
fn the_configuration_says_where_things_are() {
    let project = Project::of(&["db/d/a.ddl"]);
    project
        .write(
            "db/sqitch.conf",
            "[core]\nengine = pg\nextension = ddl\n[engine \"pg\"]\nplan_file = my.plan\ndeploy_dir = d\n",
        )
        .write("db/my.plan", "%project=p\n\na 2024-01-31T12:00:00Z A <a@b.c>\n");
    assert_eq!(files(&project.read_at("db", None).unwrap()), ["db/d/a.ddl"]);
    project.write("db/sqitch.conf", "[core]\nengine = mysql\n");
    let message = project.refusal(Convention::Sqitch);
    assert!(message.contains("the engine `mysql`"), "{message}");
}

#[test]
fn a_change_without_its_file_and_a_file_without_its_change_are_found() {
    let project = project();
    fs::remove_file(project.root().join("db/deploy/items.sql")).unwrap();
    project.write("db/deploy/stray.sql", "select 1;");
    let reading = project.reading(Convention::Sqitch);
    assert_eq!(violated(&reading, "ledger/journal"), ["db/deploy/items.sql"]);
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "ledger/journal")
        .unwrap();
    let location = claim.location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("db/sqitch.plan", 12));
    assert_eq!(violated(&reading, "apply/unread"), ["db/deploy/stray.sql"]);
    assert_eq!(reading.migrations.len(), 4);
}

#[test]
fn what_a_conflict_or_another_project_stops_is_found() {
    let project = Project::of(&["db/deploy/a.sql", "db/deploy/b.sql"]);
    let by = "2024-01-31T12:00:00Z A <a@b.c>";
    project.write("db/sqitch.plan", format!("%project=p\n\na {by}\nb [!a] {by}\n"));
    let reading = project.reading(Convention::Sqitch);
    assert_eq!(violated(&reading, "ledger/journal"), ["b"]);
    assert_eq!(
        reading.claims.iter().find(|c| c.object == "b").unwrap().severity,
        Severity::Error
    );
    project.write(
        "db/sqitch.plan",
        format!("%project=p\n\na [q:x] {by}\nb [p:a] {by}\n"),
    );
    let reading = project.reading(Convention::Sqitch);
    assert_eq!(violated(&reading, "ledger/journal"), ["a"]);
    assert_eq!(
        reading.claims.iter().find(|c| c.object == "a").unwrap().severity,
        Severity::Warning
    );
}

#[test]
fn a_plan_that_sqitch_can_t_read_is_refused_by_its_line() {
    let project = project();
    project.write("db/sqitch.plan", "%project=p\n\na\n");
    assert_eq!(
        project.refusal(Convention::Sqitch),
        "read `db/sqitch.plan:3` as sqitch does: `a` has no time, as in `2024-01-31T12:00:00Z`"
    );
}
