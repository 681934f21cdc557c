//! graphile-migrate's convention.

use super::*;

/// Written by graphile-migrate 1.4.
const FILES: [(&str, &str); 3] = [
    (
        "000001.sql",
        "--! Previous: -\n--! Hash: sha1:c07edebc713041ee3fd08c665354a86bd9636d68\n\n\
         create table a (who text default ':ADMIN');\n",
    ),
    (
        "000002-more.sql",
        "--! Previous: sha1:c07edebc713041ee3fd08c665354a86bd9636d68\n\
         --! Hash: sha1:2f585411d9dfdb158144c3153cf617674ceb5cdb\n--! Message: more\n\n\
         --! no-transaction\ncreate index concurrently a_who on a (who);\n",
    ),
    (
        "000003.sql",
        "--! Previous: sha1:2f585411d9dfdb158144c3153cf617674ceb5cdb\n\
         --! Hash: sha1:5b4320edb96a3d058b412db26cd3bfe575bb6c25\n\n\
         create table :ADMIN_b (id int); select 1::text;\n",
    ),
];

fn project() -> Project {
    let project = Project::of(&[]);
    for (name, text) in FILES {
        project.write(&format!("db/committed/{name}"), text);
    }
    project.write(
        ".gmrc",
        "{\n  // settings\n  placeholders: { ':ADMIN': \"boss\", \":SECRET\": '!ENV', },\n}\n",
    );
    project
}

#[test]
fn committed_files_are_read_with_their_placeholders_filled_in() {
    let project = project();
    let reading = project.read_at("db", None).unwrap();
    assert_eq!(reading.convention, Convention::Graphile);
    assert_eq!(
        versions(&reading),
        [("000001", ""), ("000002", "more"), ("000003", "")]
    );
    let up = &reading.migrations[0].up;
    assert_eq!(up.text.trim(), "create table a (who text default 'boss');");
    assert_eq!(up.position(up.text.find("create").unwrap()).line, 4);
    assert!(
        reading.migrations[2]
            .up
            .text
            .contains("create table :ADMIN_b (id int); select 1::text;")
    );
    let transactions: Vec<_> = reading.migrations.iter().map(|m| m.transaction).collect();
    assert_eq!(
        transactions,
        [
            TransactionRule::Always,
            TransactionRule::None,
            TransactionRule::Always
        ]
    );
    assert_eq!(rules(&reading), [""; 0]);
    assert!(proven(&reading).contains(&("ledger/checksum", "db")));
    assert_eq!(
        files(&project.read_at("db/committed", None).unwrap()),
        files(&reading)
    );
}

#[test]
fn an_edited_file_and_a_broken_chain_are_found() {
    let project = project();
    project.write("db/committed/000001.sql", FILES[0].1.replace("text", "varchar"));
    assert_eq!(
        violated(&project.reading(Convention::Graphile), "ledger/checksum"),
        ["db/committed/000001.sql"]
    );
    // Line ends and space around the body don't count.
    project.write(
        "db/committed/000001.sql",
        FILES[0].1.replace("\n\ncreate", "\n\n\n  create"),
    );
    assert_eq!(rules(&project.reading(Convention::Graphile)), [""; 0]);
    fs::remove_file(project.root().join("db/committed/000002-more.sql")).unwrap();
    let reading = project.reading(Convention::Graphile);
    assert_eq!(violated(&reading, "ledger/checksum"), ["db/committed/000003.sql"]);
    assert!(messages(&reading, "ledger/checksum")[0].contains("comes after sha1:2f58"));
}

#[test]
fn a_checksum_that_need_not_fit_has_to_be_another() {
    let project = project();
    let allowed = FILES[2].1.replace("25\n", "25\n--! AllowInvalidHash\n");
    project.write("db/committed/000003.sql", &allowed);
    assert_eq!(
        violated(&project.reading(Convention::Graphile), "ledger/checksum").len(),
        1
    );
    project.write("db/committed/000003.sql", allowed.replace("id int", "id bigint"));
    assert_eq!(rules(&project.reading(Convention::Graphile)), [""; 0]);
}

#[test]
fn a_placeholder_of_the_environment_needs_a_value_in_the_contract() {
    let project = project();
    project.write(
        "db/committed/000003.sql",
        FILES[2]
            .1
            .replace("25\n", "25\n--! AllowInvalidHash\n")
            .replace("select 1", "\nselect :SECRET"),
    );
    let message = project.refusal(Convention::Graphile);
    assert!(
        message.contains("`:SECRET` in `db/committed/000003.sql:6`"),
        "{message}"
    );
    let given = std::collections::BTreeMap::from([("SECRET".to_owned(), "7".to_owned())]);
    let options = ReadOptions {
        placeholders: Some(&given),
        ..ReadOptions::default()
    };
    let reading = read(project.root(), "db".into(), &options).unwrap();
    assert!(reading.migrations[2].up.text.contains("select 7::text"));
}

#[test]
fn what_is_not_committed_is_named() {
    let project = project();
    project
        .write("db/current.sql", "-- Enter migration here\n")
        .write("db/committed/0004_x.sql", "select 1;");
    assert_eq!(
        violated(&project.reading(Convention::Graphile), "apply/unread"),
        ["db/committed/0004_x.sql"]
    );
    project.write("db/current.sql", "select 1;\n");
    assert_eq!(
        violated(&project.reading(Convention::Graphile), "apply/unread"),
        ["db/committed/0004_x.sql", "db/current.sql"]
    );
}

#[test]
fn files_that_are_run_around_the_migrations_come_along() {
    let project = project();
    project
        .write("db/first.sql", "create role :ADMIN;")
        .write("db/hooks/last.sql", "select 1;")
        .write(
            ".gmrc",
            "{ placeholders: { ':ADMIN': 'boss' }, afterReset: ['!first.sql', { _: 'command', command: 'x' }],\n\
             afterAllMigrations: { _: 'sql', file: 'hooks/last.sql' } }",
        );
    let reading = project.reading(Convention::Graphile);
    assert_eq!(rules(&reading), [""; 0]);
    let before = &reading.migrations[0].callbacks.before;
    assert_eq!(before[0].text, "create role boss;");
    let after = &reading.migrations[2].callbacks.after;
    assert_eq!(after[0].path, "db/hooks/last.sql");
    assert_eq!(
        reading.migrations[1].callbacks,
        pgproof::migrate::Callbacks::default()
    );
    project.write(".gmrc", "{ afterReset: 'lost.sql' }");
    assert!(project.refusal(Convention::Graphile).contains("db/lost.sql"));
}

#[test]
fn a_head_that_graphile_migrate_can_t_read_is_refused() {
    for (head, reason) in [
        ("create table a ();", "an empty line"),
        ("--! Hash: sha1:0\n\nselect 1;", "no `--! Previous"),
        ("--! Previous: -\n\nselect 1;", "no `--! Hash"),
        ("--! Previous: -\n--! Previous: -\n\n", "there twice"),
        ("--! Previous: -\n--! Hash: x\nselect 1;", "an empty line"),
    ] {
        let project = project();
        project.write("db/committed/000001.sql", head);
        let message = project.refusal(Convention::Graphile);
        assert!(message.contains(reason), "{head}: {message}");
    }
}

#[test]
fn settings_are_found_above_a_folder_that_is_the_project_s_own() {
    let project = project();
    project.write("db/setup.sql", "select ':ADMIN';\n").write(
        ".gmrc",
        "{ placeholders: { ':ADMIN': 'boss' }, afterReset: 'setup.sql' }",
    );
    for (root, path) in [
        ("db/committed", "."),
        ("db", "."),
        ("db/committed", "../committed"),
    ] {
        let options = ReadOptions {
            convention: Some(Convention::Graphile),
            ..ReadOptions::default()
        };
        let reading = read(&project.root().join(root), path.into(), &options)
            .unwrap_or_else(|error| panic!("{root} {path}: {error}"));
        let first = &reading.migrations[0];
        assert!(first.up.text.contains("default 'boss'"), "{root} {path}");
        let [setup] = &first.callbacks.before[..] else {
            panic!("{root} {path}: {first:?}")
        };
        assert_eq!(setup.text, "select 'boss';\n", "{root} {path}");
    }
}
