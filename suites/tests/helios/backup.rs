//! A backup in two parts: the schema alone gives the same schema, and the data alone, put into it, the same rows, those of the logs
//! included and none of them twice.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use pgproof::migrate::Script;
use pgproof::server::Installation;
use pgproof::sql::identifier;
use pgproof::{Database, Project, Settings};
use rstest::rstest;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::common::installations;
use crate::fixtures::{ANNA, entries, project, run, working_for};

/// A PostgreSQL at hand that has `pg_dump`: some builds consist of the server alone.
fn with_pg_dump(project: &Project) -> (Installation, PathBuf) {
    let mut found = installations(project).into_iter().map(|installation| {
        let pg_dump = installation.program("pg_dump");
        (installation, pg_dump)
    });
    found
        .find(|(_, pg_dump)| pg_dump.is_file())
        .expect("a PostgreSQL with pg_dump: the package postgresql-client has it")
}

fn backup(database: &Database, pg_dump: &PathBuf, options: &[&str]) -> String {
    let output = Command::new(pg_dump)
        .args(options)
        .arg("--dbname")
        .arg(database.url())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// An empty database, but for the roles, into which the schema was restored.
async fn restored(schema: &str, installation: &Installation) -> Database {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "pgproof.toml",
        "name = 'helios'\n[migrations]\nconvention = 'plain'\nprelude = ['prelude.sql']\n",
    );
    write(
        "prelude.sql",
        include_str!("../../../migrations/helios/prelude.sql"),
    );
    write("schema.sql", schema);
    let project = Project::open(folder.path().to_str().unwrap()).unwrap();
    project.on(Settings::of(installation)).database().await.unwrap()
}

/// All rows, table by table.
async fn rows(session: &mut PgConnection) -> Vec<(String, Value)> {
    let tables: Vec<(String, String)> = sqlx::query_as(include_str!("every_table.sql"))
        .fetch_all(&mut *session)
        .await
        .unwrap();
    let mut all = Vec::new();
    for (schema, name) in tables {
        let statement = format!(
            "SELECT COALESCE(jsonb_agg(to_jsonb(t) ORDER BY t::TEXT), '[]') FROM {}.{} AS t",
            identifier(&schema),
            identifier(&name)
        );
        let rows = sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_one(&mut *session)
            .await
            .unwrap();
        all.push((format!("{schema}.{name}"), rows));
    }
    all
}

#[rstest]
#[tokio::test]
async fn schema_and_data_are_restored_one_after_the_other(project: Project) {
    let (installation, pg_dump) = with_pg_dump(&project);
    let database = project.on(Settings::of(&installation)).database().await.unwrap();
    let mut session = database.connect().await.unwrap();
    run(&mut session, include_str!("../../fixtures/helios/two_users.sql")).await;
    let mut anna = working_for(&mut session, ANNA).await;
    run(
        &mut anna,
        "UPDATE user_profiles SET bio = 'it''s me'; DELETE FROM blackboard_events",
    )
    .await;
    anna.commit().await.unwrap();

    let schema = backup(&database, &pg_dump, &["--schema-only"]);
    let there = restored(&schema, &installation).await;
    let (here_is, there_is) = (database.catalog().await.unwrap(), there.catalog().await.unwrap());
    assert_eq!(there_is.differences(&here_is), []);
    let mut other = there.connect().await.unwrap();
    assert!(
        rows(&mut other)
            .await
            .iter()
            .all(|(_, rows)| rows.as_array().unwrap().is_empty())
    );

    // Triggers off: the log comes with the data and is not written a second time, and keys within a table need no order.
    let data = backup(&database, &pg_dump, &["--data-only", "--disable-triggers"]);
    there.run(&Script::new("data.sql", data)).await.unwrap();
    let (here_are, there_are) = (rows(&mut session).await, rows(&mut other).await);
    assert!(here_are.len() > 20);
    assert_eq!(there_are, here_are);

    // And on it goes: the triggers are on again, and an entry's number is one that no entry has.
    let before = entries(&mut other, "user_profiles").await.len();
    let mut anna = working_for(&mut other, ANNA).await;
    run(&mut anna, "UPDATE user_profiles SET bio = 'still me'").await;
    anna.commit().await.unwrap();
    assert_eq!(entries(&mut other, "user_profiles").await.len(), before + 1);
    assert_eq!(there.catalog().await.unwrap().differences(&here_is), []);
}
