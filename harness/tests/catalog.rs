//! The catalogue of a schema that has one of everything: each change is seen and named, nothing else is, and servers
//! of different majors say the same.

#[path = "catalog/changes.rs"]
mod changes;
#[path = "catalog/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgproof::catalog::{Catalog, varies_by_version};
use sqlx::{Connection as _, PgConnection};

use self::server::{Server, run, try_to_run};

const RICH: &str = include_str!("catalog/rich.sql");

/// What may change a database's own settings and what cannot be in a transaction keeps the fixture from being sent
/// whole: it is sent statement by statement, cut where a line ends in a semicolon outside a body.
async fn migrate(connection: &mut PgConnection) {
    let mut statement = String::new();
    for line in RICH.lines() {
        statement.push_str(line);
        statement.push('\n');
        let inside = statement.matches("$$").count() % 2 == 1
            || (statement.contains("begin atomic") && !statement.ends_with("end;\n"));
        if line.ends_with(';') && !inside {
            run(connection, &statement).await;
            statement.clear();
        }
    }
    assert_eq!(statement.trim(), "", "the fixture's last statement is not ended");
}

/// A server with the fixture in it, made after `before` was run: that makes for other oids.
async fn rich(programs: &Path, before: &str) -> (Server, PgConnection) {
    let server = Server::start(programs);
    let mut postgres = server.connect("postgres").await;
    run(&mut postgres, before).await;
    run(&mut postgres, "create database rich template template0").await;
    let mut connection = server.connect("rich").await;
    migrate(&mut connection).await;
    (server, connection)
}

async fn first() -> (Server, PgConnection) {
    rich(&server::folders()[0], "").await
}

async fn read(connection: &mut PgConnection) -> Catalog {
    Catalog::read(connection).await.expect("a catalogue")
}

async fn text_of_setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("select current_setting($1)")
        .bind(name)
        .fetch_one(connection)
        .await
        .expect("a setting")
}

#[tokio::test]
async fn a_schema_read_twice_is_equal_and_survives_a_cache() {
    let (_server, mut connection) = first().await;
    let (once, twice) = (read(&mut connection).await, read(&mut connection).await);
    assert_eq!(once, twice);
    assert_eq!(once.differences(&twice), []);
    let kept: Catalog = serde_json::from_str(&serde_json::to_string(&once).unwrap()).unwrap();
    assert_eq!(kept, once);
    assert_eq!(kept.addresses(), once.addresses());
    assert_eq!(kept.snapshots(), once.snapshots());
}

#[tokio::test]
async fn a_reading_leaves_the_session_as_it_was_in_a_transaction_and_outside() {
    let (server, mut connection) = first().await;
    run(
        &mut connection,
        "set search_path = app; set timezone = 'Asia/Tokyo'; set datestyle = 'German'",
    )
    .await;
    let outside = read(&mut connection).await;
    run(&mut connection, "begin; set local search_path = public").await;
    let inside = read(&mut connection).await;
    assert_eq!(text_of_setting(&mut connection, "search_path").await, "public");
    run(
        &mut connection,
        "create table app.still_in_the_transaction (); rollback",
    )
    .await;
    assert_eq!(text_of_setting(&mut connection, "search_path").await, "app");
    assert_eq!(text_of_setting(&mut connection, "timezone").await, "Asia/Tokyo");
    assert_eq!(text_of_setting(&mut connection, "datestyle").await, "German, DMY");
    assert_eq!(inside, outside);
    let mut other_session = server.connect("rich").await;
    assert_eq!(read(&mut other_session).await, outside);
}

#[tokio::test]
async fn a_temporary_table_cannot_pose_as_a_catalogue() {
    let (_server, mut connection) = first().await;
    let before = read(&mut connection).await;
    run(
        &mut connection,
        "create temp table pg_policy as select * from pg_catalog.pg_policy limit 0",
    )
    .await;
    run(&mut connection, "create temp table people (id int)").await;
    assert_eq!(read(&mut connection).await, before);
}

#[tokio::test]
async fn the_text_is_the_one_that_was_accepted() {
    let (_server, mut connection) = first().await;
    let catalog = read(&mut connection).await.without_extension_versions(&[]);
    let files = catalog
        .snapshots()
        .into_iter()
        .filter(|(stem, _)| !varies_by_version(stem));
    let text = files
        .map(|(stem, text)| format!("==> {stem} <==\n{text}"))
        .collect::<Vec<_>>()
        .join("\n");
    let accepted = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/catalog/rich.txt");
    if std::env::var_os("PGPROOF_ACCEPT").is_some() {
        std::fs::write(&accepted, &text).unwrap();
    }
    assert_eq!(
        text,
        std::fs::read_to_string(accepted).unwrap(),
        "to accept: PGPROOF_ACCEPT=1"
    );
}

#[tokio::test]
async fn each_change_is_seen_in_the_text_and_named_as_a_difference_and_no_other_is() {
    let (_server, mut connection) = first().await;
    let before = read(&mut connection).await;
    let version = connection.server_version_num().unwrap();
    let mut failures = Vec::new();
    for change in changes::all().iter().filter(|change| version >= change.since) {
        let mut transaction = connection.begin().await.unwrap();
        if let Err(error) = try_to_run(&mut transaction, change.sql).await {
            failures.push(format!("{}\n{error}", change.sql));
            continue;
        }
        let after = read(&mut transaction).await;
        transaction.rollback().await.unwrap();

        let differences: Vec<String> = before
            .differences(&after)
            .iter()
            .map(ToString::to_string)
            .collect();
        if !differences
            .iter()
            .any(|difference| difference.contains(change.difference))
        {
            failures.push(format!(
                "{}\nis not named {:?} but {differences:#?}",
                change.sql, change.difference
            ));
        }
        let (old, new) = (before.snapshots(), after.snapshots());
        let stems: BTreeSet<&str> = old
            .keys()
            .chain(new.keys())
            .filter(|stem| old.get(*stem) != new.get(*stem))
            .map(String::as_str)
            .collect();
        if stems != change.stems.iter().copied().collect() {
            failures.push(format!(
                "{}\nchanges {stems:?} and not {:?}",
                change.sql, change.stems
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert_eq!(before.differences(&read(&mut connection).await), []);
}

#[tokio::test]
async fn what_changes_nothing_makes_no_difference() {
    let (_server, mut connection) = first().await;
    let before = read(&mut connection).await;
    for sql in changes::THAT_CHANGE_NOTHING {
        let mut transaction = connection.begin().await.unwrap();
        run(&mut transaction, sql).await;
        let after = read(&mut transaction).await;
        transaction.rollback().await.unwrap();
        assert_eq!(before.differences(&after), [], "{sql}");
        assert_eq!(before, after, "{sql}");
        assert_eq!(before.snapshots(), after.snapshots(), "{sql}");
    }
}

#[tokio::test]
async fn without_a_baseline_only_what_is_new_or_differs_is_left() {
    let (_server, mut connection) = first().await;
    let baseline = read(&mut connection).await;
    assert!(baseline.without(&baseline).snapshots().is_empty());
    run(
        &mut connection,
        "create table app.later (id integer); alter table app.people add column later text; drop view app.own_people",
    )
    .await;
    let left = read(&mut connection).await.without(&baseline);
    let stems: Vec<String> = left.snapshots().into_keys().collect();
    assert_eq!(stems, ["table.app.later", "table.app.people"]);
    assert!(
        left.relation("app", "people")
            .unwrap()
            .column("first_name")
            .is_some(),
        "what differs stays whole"
    );
}

#[tokio::test]
async fn addresses_are_those_that_postgresql_gives() {
    let (_server, mut connection) = first().await;
    let addresses = read(&mut connection).await.addresses();
    for address in addresses.iter().filter(|address| address.class != "pg_seclabel") {
        let found: Option<String> =
            sqlx::query_scalar("select (pg_identify_object($1::regclass, $2::int8::oid, $3)).identity")
                .bind(&address.class)
                .bind(i64::from(address.oid))
                .bind(i32::from(address.number))
                .fetch_one(&mut connection)
                .await
                .unwrap();
        // The first word of a part's name, or the whole of an object's, is in what PostgreSQL calls it.
        let name = address.object.split([' ', '(']).next().unwrap();
        let found = found.unwrap_or_else(|| panic!("nothing is at {address:?}"));
        assert!(
            address.class == "pg_default_acl" || found.contains(name),
            "{address:?} is {found}"
        );
    }
    let classes: BTreeSet<&str> = addresses.iter().map(|address| address.class.as_str()).collect();
    for class in [
        "pg_class",
        "pg_constraint",
        "pg_policy",
        "pg_trigger",
        "pg_proc",
        "pg_type",
        "pg_namespace",
        "pg_authid",
    ] {
        assert!(classes.contains(class), "{class}");
    }
    assert!(addresses.iter().any(|address| address.number > 0), "columns");
}

/// As many as `PGPROOF_TEST_PG` has folders; with one, two servers of it, whose oids differ.
#[tokio::test]
async fn servers_of_different_majors_say_the_same_of_the_same_schema() {
    let mut folders = server::folders();
    if folders.len() == 1 {
        folders.push(folders[0].clone());
    }
    let mut expected: Option<Catalog> = None;
    for (n, folder) in folders.into_iter().enumerate() {
        let before = if n == 0 {
            ""
        } else {
            "create role gone; drop role gone"
        };
        let (_server, mut connection) = rich(&folder, before).await;
        let found = read(&mut connection).await.without_extension_versions(&[]);
        if let Some(expected) = &expected {
            for (stem, text) in expected.snapshots() {
                if !varies_by_version(&stem) {
                    assert_eq!(
                        found.snapshots().get(&stem),
                        Some(&text),
                        "{stem} in {}",
                        folder.display()
                    );
                }
            }
            assert_eq!(
                found.snapshots().into_keys().collect::<Vec<_>>(),
                expected.snapshots().into_keys().collect::<Vec<_>>()
            );
            let differences: Vec<String> = expected
                .differences(&found)
                .iter()
                .filter(|difference| !(difference.kind.contains("view") && difference.aspect == "definition"))
                .map(ToString::to_string)
                .collect();
            assert_eq!(differences, Vec::<String>::new(), "{}", folder.display());
            let oids = |catalog: &Catalog| {
                catalog
                    .addresses()
                    .into_iter()
                    .map(|at| at.oid)
                    .collect::<Vec<_>>()
            };
            assert_ne!(oids(&found), oids(expected), "nothing is shown about oids");
        } else {
            expected = Some(found);
        }
    }
}
