//! Clones on a real server.

use std::path::Path;

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, query_scalar};

use crate::project::{Project, Settings};

use super::Template;

/// A project that no cache knows.
fn new_project() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("001_notes.sql"),
        format!(
            "CREATE TABLE notes (id bigint PRIMARY KEY); -- {}",
            uuid::Uuid::new_v4()
        ),
    )
    .unwrap();
    std::fs::write(
        folder.path().join("pgproof.toml"),
        "[migrations]\nconvention = \"plain\"\n",
    )
    .unwrap();
    let project = Project::open(camino::Utf8Path::from_path(folder.path()).unwrap()).unwrap();
    (folder, project)
}

#[tokio::test]
async fn sessions_of_clones_begin_with_what_the_template_knows_of_its_catalogues() {
    let (_folder, project) = new_project();
    // Newly made, and then from the cache.
    for _ in 0..2 {
        let template = Template::prepare(&project, &Settings::default()).await.unwrap();
        let clone = template.clone_database().await.unwrap();
        let mut admin = PgConnection::connect_with(&template.server().options("template1"))
            .await
            .unwrap();
        let oid: String = query_scalar("SELECT oid::text FROM pg_database WHERE datname = $1")
            .bind(clone.name())
            .fetch_one(&mut admin)
            .await
            .unwrap();
        let file = Path::new(template.server().host())
            .join("data/base")
            .join(oid)
            .join("pg_internal.init");
        assert!(
            file.exists(),
            "nobody has connected yet, and {} is not there",
            file.display()
        );
        admin.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_clone_whose_catalogues_move_is_read_where_they_are_and_others_are_left_alone() {
    let (_folder, project) = new_project();
    let template = Template::prepare(&project, &Settings::default()).await.unwrap();
    let moved = template.clone_database().await.unwrap();
    let mut session = moved.connect().await.unwrap();
    for statement in [
        "VACUUM FULL pg_catalog.pg_class",
        "VACUUM FULL pg_catalog.pg_attribute",
        "VACUUM FULL pg_catalog.pg_trigger",
        "CREATE TABLE more (id bigint)",
    ] {
        sqlx::query(statement).execute(&mut session).await.unwrap();
    }
    session.close().await.unwrap();
    let other = template.clone_database().await.unwrap();
    for (database, tables) in [(&moved, 2_i64), (&other, 1)] {
        let mut session = database.connect().await.unwrap();
        let found: i64 = query_scalar(
            "SELECT count(*) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
             WHERE relname IN ('notes', 'more') AND attname = 'id' AND relkind = 'r'",
        )
        .fetch_one(&mut session)
        .await
        .unwrap();
        assert_eq!(found, tables);
    }
}
