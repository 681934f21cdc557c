//! The way back by the backup that the program took: restored, it is the schema of before, with every document.

use std::path::{Path, PathBuf};
use std::process::Command;

use pgproof::catalog::Catalog;
use pgproof::{Database, sql};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use crate::common::installations;
use crate::fixtures::{KINDS, MIGRATIONS, before, project};
use crate::program::{Folder, Oms};

/// `pg_dump` and `psql` of the PostgreSQL that the tests are run on; some builds consist of the server alone.
fn clients() -> Option<(PathBuf, PathBuf)> {
    let installation = installations(&project()).remove(0);
    let programs = ["pg_dump", "psql"].map(|name| installation.program(name));
    if programs.iter().any(|program| !program.is_file()) {
        eprintln!("skipped: PostgreSQL {} has no pg_dump here", installation.version);
        return None;
    }
    let [pg_dump, psql] = programs;
    Some((pg_dump, psql))
}

/// The documents without their authors, as text.
async fn documents(session: &mut PgConnection) -> Vec<String> {
    let mut all = Vec::new();
    for kind in KINDS {
        let statement = format!(
            "SELECT (to_jsonb(t) - '{{_created_by,_created_by_username,_created_at,_updated_by,_updated_by_username,_updated_at}}'::TEXT[])::TEXT
             FROM {} AS t ORDER BY 1",
            kind.table
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement))
            .fetch_all(&mut *session)
            .await
            .unwrap();
        assert_eq!(rows.len(), 1, "{}", kind.table);
        all.extend(rows);
    }
    all
}

/// An empty database on the same server, with the backup in it.
async fn restored(database: &Database, psql: &Path, backup: &Path) -> PgConnection {
    let name = format!("{}_restored", database.name());
    let mut admin = database.connect().await.unwrap();
    admin
        .execute(AssertSqlSafe(format!(
            "CREATE DATABASE {} OWNER oms_owner TEMPLATE template1",
            sql::identifier(&name)
        )))
        .await
        .unwrap();
    let url = database.template().server().url(&name);
    let output = Command::new(psql)
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname",
            &url,
        ])
        .arg("--file")
        .arg(backup)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    PgConnection::connect_with(&database.options().database(&name))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_backup_that_a_run_took_restores_to_the_schema_and_the_documents_of_before() {
    let Some((pg_dump, psql)) = clients() else {
        return;
    };
    let database = before().await;
    let mut session = database.connect().await.unwrap();
    let was = (
        database.catalog().await.unwrap(),
        documents(&mut session).await,
        project().ledger_entries(&mut session).await.unwrap(),
    );
    let folder = Folder::new();
    let backup = folder.path("backup.sql");
    Oms::migrate(&database, Path::new(MIGRATIONS), &backup, &pg_dump)
        .with("--yes")
        .run()
        .await
        .well();
    let migrated = database.catalog().await.unwrap();
    assert_ne!(migrated.differences(&was.0), []);

    let mut restored = restored(&database, &psql, &backup).await;
    let there = Catalog::read(&mut restored).await.unwrap();
    assert_eq!(there.differences(&was.0), []);
    assert_eq!(documents(&mut restored).await, was.1);
    assert_eq!(project().ledger_entries(&mut restored).await.unwrap(), was.2);
}

#[tokio::test]
async fn nobody_else_reads_the_backup() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some((pg_dump, _)) = clients() else {
        return;
    };
    let database = before().await;
    let folder = Folder::new();
    let backup = folder.path("backup.sql");
    let ended = Oms::migrate(&database, Path::new(MIGRATIONS), &backup, &pg_dump)
        .with("--yes")
        .run()
        .await
        .well();
    let metadata = std::fs::metadata(&backup).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(ended.report()["backup"]["bytes"], metadata.len());
    assert!(metadata.len() > 10 * 1024, "{} bytes", metadata.len());
}

/// A backup of the migrated database holds authors, events and dead letters, and restores though no token is there: the
/// triggers come after the rows.
#[tokio::test]
async fn a_backup_of_the_migrated_database_restores_too() {
    let Some((pg_dump, psql)) = clients() else {
        return;
    };
    let database = crate::fixtures::database(project()).await;
    let folder = Folder::new();
    let backup = folder.path("backup.sql");
    let dumped = Command::new(pg_dump)
        .arg("--file")
        .arg(&backup)
        .args(["--dbname", &database.url()])
        .status()
        .unwrap();
    assert!(dumped.success());
    let mut restored = restored(&database, &psql, &backup).await;
    let there = Catalog::read(&mut restored).await.unwrap();
    assert_eq!(there.differences(&database.catalog().await.unwrap()), []);
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM audit.events")
        .fetch_one(&mut restored)
        .await
        .unwrap();
    assert_eq!(events, 10);
    assert_eq!(documents(&mut restored).await.len(), KINDS.len());
}
