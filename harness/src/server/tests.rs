//! A real server is started, used and ended.

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::archive::Archive;
use super::cache::Cache;
use super::embedded::{Embedded, Use};
use super::{Server, ServerError, base, find};

fn any_installation() -> find::Installation {
    find::choose(None, &[]).unwrap()
}

#[tokio::test]
async fn a_server_answers_and_leaves_nothing_behind() {
    let installation = any_installation();
    let archive = base(&Cache::open().unwrap(), &installation).unwrap();
    let server = Server::from(Embedded::start(&installation, &archive, Use::Own).unwrap());
    let mut connection = PgConnection::connect_with(&server.options("template1"))
        .await
        .unwrap();
    let answer: i32 = sqlx::query_scalar("select 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(answer, 1);
    let folder = std::path::PathBuf::from(server.host());
    drop(connection);
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn a_server_that_cannot_start_shows_the_end_of_its_log() {
    let installation = any_installation();
    let archive = base(&Cache::open().unwrap(), &installation).unwrap();
    let data = tempfile::tempdir().unwrap();
    for unpack in [Archive::unpack_head, Archive::unpack_rest] {
        unpack(&archive, data.path(), super::account::Account::Own).unwrap();
    }
    let conf = data.path().join("data/postgresql.conf");
    let text = std::fs::read_to_string(&conf).unwrap();
    std::fs::write(&conf, text + "no_such_setting = on\n").unwrap();
    let broken = Archive::pack(&data.path().join("data"), b"", None).unwrap();
    match Embedded::start(&installation, &broken, Use::Own).unwrap_err() {
        ServerError::Start { log, .. } => assert!(log.contains("no_such_setting"), "{log}"),
        other => panic!("{other}"),
    }
}
