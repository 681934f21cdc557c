//! Flyway's convention, as its community edition has it.

use super::*;

#[test]
fn versions_are_applied_by_their_parts_and_repeatables_last() {
    let project = Project::of(&[
        "db/V10__b.sql",
        "db/V9__a_b.sql",
        "db/deep/er/V13_10__c.sql",
        "db/V13.2__d.sql",
        "db/V2024.01.31.120000__e.sql",
        "db/R__z_views.sql",
        "db/R__a_functions.sql",
        "db/V14.sql",
        "db/U10__b.sql",
        "db/U11__gone.sql",
        "db/V1_x.sql",
        "db/v2__small.sql",
        "db/schema.sql",
    ]);
    let reading = project.reading(Convention::Flyway);
    assert_eq!(
        versions(&reading),
        [
            ("9", "a b"),
            ("10", "b"),
            ("13.2", "d"),
            ("13.10", "c"),
            ("14", ""),
            ("2024.01.31.120000", "e"),
            ("R__a functions", "a functions"),
            ("R__z views", "z views"),
        ]
    );
    assert_eq!(down(&reading.migrations[1]), Some("db/U10__b.sql"));
    assert_eq!(
        violated(&reading, "apply/unread"),
        [
            "db/U11__gone.sql",
            "db/V1_x.sql",
            "db/schema.sql",
            "db/v2__small.sql"
        ]
    );
}

#[test]
fn the_last_baseline_stands_for_what_is_before_it() {
    let project = Project::of(&[
        "db/V1__a.sql",
        "db/V2__b.sql",
        "db/V3__c.sql",
        "db/B1__old.sql",
        "db/B2__all.sql",
    ]);
    let reading = project.reading(Convention::Flyway);
    assert_eq!(files(&reading), ["db/B2__all.sql", "db/V3__c.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/B1__old.sql", "db/V1__a.sql", "db/V2__b.sql"]
    );
}

#[test]
fn classes_are_named_wherever_a_build_puts_them_beside_the_folder() {
    let project = Project::of(&["src/main/resources/db/migration/V1__a.sql"]);
    project
        .write("src/main/resources/db/migration/V3__c.sql", "select 1")
        .write("src/main/java/db/migration/V2__Fill.java", "class V2__Fill {}")
        .write("src/main/java/db/migration/Util.java", "class Util {}");
    let path = "src/main/resources/db/migration";
    let reading = project.read_at(path, Some(Convention::Flyway)).unwrap();
    let claims = messages(&reading, "apply/in-code");
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert!(claims[0].starts_with("src/main/java/db/migration/V2__Fill.java"));
    assert!(messages(&reading, "ledger/gap").is_empty());
}

#[test]
fn a_file_runs_in_a_transaction_unless_flyway_knows_better() {
    use TransactionRule::{Always, File};
    let project = Project::with(&[
        ("V1__a.sql", "select 1; -- vacuum;"),
        (
            "V2__b.sql",
            "create unique index concurrently i on t (a);\nvacuum t;",
        ),
        ("V3__c.sql", "select 1;\nvacuum t;"),
        ("V4__d.sql", "select 1;\nvacuum t;"),
        ("V4__d.sql.conf", "executeInTransaction = false\n"),
        ("V5__e.sql", "reindex index concurrently i;"),
    ]);
    let reading = project.reading(Convention::Flyway);
    let rules: Vec<_> = reading.migrations.iter().map(|m| m.transaction).collect();
    assert_eq!(rules, [Always, File, File, File, Always]);
    assert_eq!(violated(&reading, "apply/transaction"), ["db/V3__c.sql"]);
    let claim = reading
        .claims
        .iter()
        .find(|claim| claim.rule == "apply/transaction");
    assert_eq!(claim.unwrap().location.as_ref().unwrap().line, 2);
}

#[test]
fn placeholders_are_filled_in_everywhere_even_in_comments() {
    let project = Project::with(&[(
        "V1__a.sql",
        "-- ${x}\nselect '${X}', '${flyway:filename}', $1, '$x';",
    )]);
    let refusal = project.refusal(Convention::Flyway);
    assert!(refusal.contains("`${x}` in `db/V1__a.sql:1`"), "{refusal}");
    let placeholders = [("X".to_owned(), "y".to_owned())].into();
    let options = ReadOptions {
        convention: Some(Convention::Flyway),
        placeholders: Some(&placeholders),
        ..ReadOptions::default()
    };
    let reading = read(project.root(), "db".into(), &options).unwrap();
    assert_eq!(
        reading.migrations[0].up.text,
        "-- y\nselect 'y', 'V1__a.sql', $1, '$x';"
    );
}

#[test]
fn callbacks_run_around_the_migrations_and_those_of_other_commands_do_not() {
    let project = Project::of(&[
        "db/V1__a.sql",
        "db/V2__b.sql",
        "db/R__c.sql",
        "db/beforeMigrate.sql",
        "db/beforeEachMigrate__why.sql",
        "db/afterVersioned.sql",
        "db/sub/afterMigrate.sql",
        "db/beforeClean.sql",
        "db/afterMigrateError.sql",
    ]);
    let reading = project.reading(Convention::Flyway);
    let paths = |scripts: &[Script]| -> Vec<String> {
        scripts.iter().map(|script| script.path.to_string()).collect()
    };
    let [first, second, last] = &reading.migrations[..] else {
        panic!("{:?}", files(&reading))
    };
    assert_eq!(paths(&first.callbacks.before), ["db/beforeMigrate.sql"]);
    assert_eq!(paths(&second.callbacks.first), ["db/beforeEachMigrate__why.sql"]);
    assert_eq!(paths(&second.callbacks.after), ["db/afterVersioned.sql"]);
    assert_eq!(paths(&last.callbacks.after), ["db/sub/afterMigrate.sql"]);
    assert_eq!(violated(&reading, "apply/unread"), [""; 0]);
}

#[test]
fn two_files_of_one_version_are_an_error() {
    let reading = Project::of(&[
        "db/V1.1__a.sql",
        "db/V1_1__b.sql",
        "db/R__c.sql",
        "db/sub/R__c.sql",
    ])
    .reading(Convention::Flyway);
    let messages = messages(&reading, "ledger/duplicate");
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(
        messages
            .iter()
            .all(|message| message.ends_with(": Flyway stops before the first migration")),
        "{messages:?}"
    );
}

#[test]
fn settings_beside_or_above_the_folder_are_heeded() {
    let project = Project::of(&[
        "sql/main/M1.0-first.pgsql",
        "sql/main/O-views.pgsql",
        "sql/main/back1.0-first.pgsql",
        "sql/main/V2__other.sql",
        "sql/more/M2-more.pgsql",
        "sql/main/seeds/M3-not_there.pgsql",
    ]);
    project
        .write("sql/main/M4-d.pgsql", "select '#[who]#', '#[flyway:table]#', '${x}'; vacuum;")
        .write(
            "flyway.toml",
            "[flyway]\nlocations = [\"filesystem:sql/main\", \"filesystem:sql/more\", \"filesystem:nowhere\"]\n\
             sqlMigrationPrefix = 'M'\nrepeatableSqlMigrationPrefix = 'O'\nundoSqlMigrationPrefix = 'back'\n\
             sqlMigrationSeparator = '-'\nsqlMigrationSuffixes = ['.pgsql']\nplaceholderPrefix = '#['\n\
             placeholderSuffix = ']#'\nmixed = true\ntable = 'history'\n[flyway.placeholders]\nWHO = 'me'\n",
        );
    for path in ["sql/main", "sql", "."] {
        let reading = project.read_at(path, Some(Convention::Flyway)).unwrap();
        assert_eq!(
            files(&reading),
            [
                "sql/main/M1.0-first.pgsql",
                "sql/more/M2-more.pgsql",
                "sql/main/seeds/M3-not_there.pgsql",
                "sql/main/M4-d.pgsql",
                "sql/main/O-views.pgsql"
            ],
            "{path}"
        );
        assert_eq!(down(&reading.migrations[0]), Some("sql/main/back1.0-first.pgsql"));
        assert_eq!(
            reading.migrations[3].up.text,
            "select 'me', 'history', '${x}'; vacuum;"
        );
        assert!(
            !rules(&reading).contains(&"apply/transaction"),
            "{:?}",
            rules(&reading)
        );
        let scripts: Vec<&str> = reading
            .migrations
            .iter()
            .filter_map(|migration| migration.record["script"].as_str())
            .collect();
        assert_eq!(
            scripts[1..3],
            ["M2-more.pgsql", "seeds/M3-not_there.pgsql"],
            "{path}"
        );
    }
    assert_eq!(project.detect_at(".").unwrap(), Convention::Flyway);
    project.write("M9-outside.pgsql", "select 1;");
    let reading = project.read_at(".", None).unwrap();
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["M9-outside.pgsql", "sql/main/V2__other.sql"]
    );
    // Locations that have nothing to do with the folder are another project's.
    let elsewhere = Project::of(&["db/V1__a.sql"]);
    elsewhere.write(
        "flyway.conf",
        "flyway.locations=filesystem:sql\nflyway.placeholderReplacement=false\n",
    );
    elsewhere.write("db/V2__b.sql", "select '${x}';");
    let reading = elsewhere.reading(Convention::Flyway);
    assert_eq!(files(&reading), ["db/V1__a.sql", "db/V2__b.sql"]);
    // The environment's values are not known.
    elsewhere.write("flyway.conf", "flyway.placeholders.x=${X}\n");
    let refusal = elsewhere.refusal(Convention::Flyway);
    assert!(refusal.contains("`${x}` in `db/V2__b.sql:1`"), "{refusal}");
}

#[test]
fn a_group_is_one_transaction_where_no_file_refuses_it() {
    let project = Project::of(&["db/V1__a.sql", "db/V2__b.sql"]);
    project.write("db/flyway.conf", "flyway.group=true\n");
    let transactions = |project: &Project| -> Vec<TransactionRule> {
        let migrations = project.reading(Convention::Flyway).migrations;
        migrations.iter().map(|migration| migration.transaction).collect()
    };
    assert_eq!(transactions(&project), [TransactionRule::All; 2]);
    project.write("db/V2__b.sql", "vacuum;");
    assert_eq!(
        transactions(&project),
        [TransactionRule::Always, TransactionRule::File]
    );
    project.write("db/flyway.conf", "flyway.executeInTransaction=false\n");
    project.write("db/V1__a.sql.conf", "executeInTransaction=true\n");
    project.write("db/V2__b.sql", "select 1;");
    assert_eq!(
        transactions(&project),
        [TransactionRule::Always, TransactionRule::File]
    );
}
