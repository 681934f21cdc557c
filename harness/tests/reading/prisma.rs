//! Prisma Migrate's convention.

use super::*;

fn project() -> Project {
    let project = Project::of(&["db/20240102030405_b_c/migration.sql", "db/0_init/migration.sql"]);
    project.write(
        "db/migration_lock.toml",
        "# made by Prisma\nprovider = \"postgresql\"\n",
    );
    project
}

#[test]
fn each_folder_is_a_migration_without_a_transaction_of_the_tools() {
    let project = project();
    project.write("db/20240102030405_b_c/down.sql", "select 2;");
    let reading = project.read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Prisma);
    assert_eq!(
        versions(&reading),
        [("0_init", "init"), ("20240102030405_b_c", "b_c")]
    );
    assert_eq!(reading.migrations[1].number, Some(20_240_102_030_405));
    assert_eq!(
        down(&reading.migrations[1]),
        Some("db/20240102030405_b_c/down.sql")
    );
    assert_eq!(reading.migrations[0].transaction, TransactionRule::None);
    assert_eq!(rules(&reading), [""; 0]);
}

#[test]
fn folders_are_ordered_as_javascript_orders_names() {
    let reading = Project::of(&[
        "db/1_B/migration.sql",
        "db/1_a/migration.sql",
        "db/1-b/migration.sql",
        "db/10_a/migration.sql",
    ])
    .reading(Convention::Prisma);
    let names: Vec<_> = versions(&reading)
        .into_iter()
        .map(|(version, _)| version)
        .collect();
    assert_eq!(names, ["1_a", "1_B", "1-b", "10_a"]);
}

#[test]
fn a_folder_without_its_file_is_what_prisma_stops_at() {
    let project = project();
    project.write("db/20240103000000_lost/notes.md", "");
    fs::create_dir(project.root().join("db/20240104000000_empty")).unwrap();
    let reading = project.reading(Convention::Prisma);
    assert_eq!(
        violated(&reading, "ledger/journal"),
        ["db/20240103000000_lost", "db/20240104000000_empty"]
    );
    assert!(messages(&reading, "ledger/journal")[0].contains("P3015"));
    assert_eq!(reading.migrations.len(), 2);
}

#[test]
fn other_files_are_not_read_and_named() {
    let project = project();
    project
        .write("db/seed.sql", "select 1;")
        .write("db/0_init/other.sql", "select 1;")
        .write("db/0_init/sub/migration.sql", "select 1;");
    assert_eq!(
        violated(&project.reading(Convention::Prisma), "apply/unread"),
        [
            "db/0_init/other.sql",
            "db/0_init/sub/migration.sql",
            "db/seed.sql"
        ]
    );
}

#[test]
fn migrations_for_another_database_are_refused() {
    let project = project();
    project.write("db/migration_lock.toml", "\nprovider = \"mysql\"\n");
    assert_eq!(
        project.refusal(Convention::Prisma),
        "read `db/migration_lock.toml:2` as Prisma does: the migrations are made for `mysql`, not for `postgresql`"
    );
}

#[test]
fn what_only_psql_understands_is_reported() {
    let project = project();
    project
        .write("db/0_init/migration.sql", "\u{feff}select 1;")
        .write("db/1_x/migration.sql", "select '\\.';\n\\restrict x\n");
    assert_eq!(
        violated(&project.reading(Convention::Prisma), "apply/psql"),
        ["db/0_init/migration.sql", "db/1_x/migration.sql"]
    );
}

#[test]
fn a_lock_file_may_have_comments() {
    let project = project();
    let lock = "# made by Prisma\nprovider = \"postgresql\" # e.g. \"mysql\"\n";
    project.write("db/migration_lock.toml", lock);
    assert!(!project.reading(Convention::Prisma).migrations.is_empty());
}
