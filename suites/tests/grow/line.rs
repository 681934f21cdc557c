//! The line to the server: cut, nobody reaches it any more and whoever was connected is not; mended, it is as before.
//! The server at its other end is real and stays up, since other tests of the process use it.

use std::io;
use std::path::PathBuf;

use pgproof::Database;
use pgproof::server::PORT;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

pub(crate) struct Line {
    folder: TempDir,
    server: PathBuf,
    options: PgConnectOptions,
    up: Option<JoinSet<io::Result<()>>>,
}

impl Line {
    /// A line that is up.
    pub(crate) fn to(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut line = Self {
            server: PathBuf::from(database.template().server().host()).join(socket()),
            options: database.options().socket(folder.path()),
            folder,
            up: None,
        };
        line.mend();
        line
    }

    /// How to reach the database over the line.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    pub(crate) async fn cut(&mut self) {
        std::fs::remove_file(self.folder.path().join(socket())).unwrap();
        if let Some(mut up) = self.up.take() {
            up.shutdown().await;
        }
    }

    pub(crate) fn mend(&mut self) {
        let listener = UnixListener::bind(self.folder.path().join(socket())).unwrap();
        let server = self.server.clone();
        let mut up = JoinSet::new();
        up.spawn(async move {
            // With the listener the connections end, too.
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await?;
                let mut server = UnixStream::connect(&server).await?;
                connections
                    .spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await });
            }
        });
        self.up = Some(up);
    }
}

fn socket() -> String {
    format!(".s.PGSQL.{PORT}")
}
