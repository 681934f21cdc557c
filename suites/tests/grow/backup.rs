//! A backup taken before the way back: it is no empty file, and restored it gives the same schema and the same entries.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use pgproof::migrate::Script;
use pgproof::server::Installation;
use pgproof::{Database, Project, Settings};
use rstest::rstest;

use crate::common::installations;
use crate::fixtures::{count, logged, project};

/// Less than that is no backup of a database that is in use, whatever `pg_dump` says.
const SMALLEST: usize = 10 * 1024;

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

/// Everything, in plain SQL.
fn backup(database: &Database, pg_dump: PathBuf, options: &[&str]) -> String {
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

async fn in_use(project: &Project) -> (Database, Installation, PathBuf) {
    let (installation, pg_dump) = with_pg_dump(project);
    let project = project.clone().on(Settings::of(&installation));
    let database = project.database().await.unwrap();
    sqlx::raw_sql(include_str!("../../fixtures/grow/entries.sql"))
        .execute(&mut database.connect().await.unwrap())
        .await
        .unwrap();
    (database, installation, pg_dump)
}

/// Restores into an empty database, of a server that has the roles and nothing else.
async fn restored(backup: &str, installation: &Installation) -> Database {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "pgproof.toml",
        "name = 'grow'\n[migrations]\nconvention = 'plain'\nprelude = ['roles.sql']\n",
    );
    write("roles.sql", include_str!("../../fixtures/grow/roles.sql"));
    write("backup.sql", backup);
    let project = Project::open(folder.path().to_str().unwrap()).unwrap();
    project.on(Settings::of(installation)).database().await.unwrap()
}

#[rstest]
#[tokio::test]
async fn a_backup_is_over_ten_kilobytes_and_restores_to_the_same_schema_and_entries(project: Project) {
    let (database, installation, pg_dump) = in_use(&project).await;
    let backup = backup(&database, pg_dump, &[]);
    assert!(backup.len() > SMALLEST, "{} bytes", backup.len());

    let restored = restored(&backup, &installation).await;
    let (here, there) = (
        database.catalog().await.unwrap(),
        restored.catalog().await.unwrap(),
    );
    assert_eq!(there.differences(&here), []);
    assert_eq!(logged(&restored).await, logged(&database).await);
    assert_eq!(count(&restored).await, 60);
}

/// What the size is good for: the backup of a database whose log is gone already is far smaller.
#[rstest]
#[tokio::test]
async fn a_backup_that_comes_too_late_is_told_by_its_size(project: Project) {
    let (database, _, pg_dump) = in_use(&project).await;
    let way_back = project.migrations()[0].down.as_ref().unwrap();
    database.run(way_back).await.unwrap();
    let backup = backup(&database, pg_dump, &[]);
    assert!(backup.len() < SMALLEST, "{} bytes", backup.len());
}

/// A backup holds the privileges that there were, and not that there were no others: restored over the database that was
/// rolled back, the table is born with the platform's default privileges, TRUNCATE among them. The verification says so.
#[rstest]
#[tokio::test]
async fn a_backup_that_is_restored_over_the_platform_s_defaults_is_found_to_be_looser(project: Project) {
    let (database, _, pg_dump) = in_use(&project).await;
    let backup = backup(&database, pg_dump, &["--clean", "--if-exists"]);
    let migration = &project.migrations()[0];
    database.run(migration.down.as_ref().unwrap()).await.unwrap();
    database.run(&Script::new("backup.sql", backup)).await.unwrap();
    assert_eq!(count(&database).await, 60, "nothing of the entries is lacking");

    let verification = migration.verification.as_ref().unwrap();
    let error = database.run(verification).await.unwrap_err().to_string();
    assert!(
        error.contains("it lacks: nothing; it has instead: REFERENCES for anon"),
        "{error}"
    );
    assert!(error.contains("TRUNCATE for anon"), "{error}");
}
