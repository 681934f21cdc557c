//! A connection over which notices and notifications are heard, for sessions that attack.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};

use super::address::{Address, FIRST_ROLE};
#[cfg(feature = "tls")]
use super::encrypted;
use super::running::Server;
use crate::error::Error;

/// Notices, warnings and notifications, in order.
pub(crate) type Heard = Arc<Mutex<Vec<String>>>;

/// An open connection; it closes when the client is dropped.
pub(crate) struct Line {
    pub(crate) client: Client,
    pub(crate) heard: Heard,
}

/// Logs in as a role.
pub(crate) async fn line(server: &Server, role: &str, database: &str) -> Result<Line, Error> {
    let address = server.address_of(role);
    match open(&address, database).await {
        Err(Error::Attempt(error)) if server.lacks_password(role, error.code().map(|code| code.code())) => {
            server.give_password(role).await?;
            open(&address, database).await
        }
        other => other,
    }
}

async fn open(address: &Address, database: &str) -> Result<Line, Error> {
    let mut config = Config::new();
    config
        .port(address.port)
        .user(&address.user)
        .dbname(database)
        .application_name("pgproof");
    match address.socket_folder() {
        Some(folder) => config.host_path(folder),
        None => config.host(&address.host),
    };
    if let Some(password) = &address.password {
        config.password(password);
    }
    if let Some(first) = address.first_role {
        config.options(format!("-c {FIRST_ROLE}={first}"));
    }
    #[cfg(feature = "tls")]
    if address.socket_folder().is_none() {
        // What is asked for here is done already, or not wanted.
        config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        let stream = encrypted::connect(address).await.map_err(|source| Error::Io {
            what: format!("failed to connect to {address:?}"),
            source,
        })?;
        return Ok(match stream {
            encrypted::Asked::Encrypted(stream) => {
                let (client, connection) = config.connect_raw(*stream, NoTls).await?;
                listen(client, connection)
            }
            encrypted::Asked::Plain(stream) => {
                let (client, connection) = config.connect_raw(stream, NoTls).await?;
                listen(client, connection)
            }
        });
    }
    let (client, connection) = config.connect(NoTls).await?;
    Ok(listen(client, connection))
}

fn listen<S, T>(client: Client, mut connection: Connection<S, T>) -> Line
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsStream + Unpin + Send + 'static,
{
    let heard = Heard::default();
    let listener = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            let text = match message {
                AsyncMessage::Notice(notice) => notice.message().to_owned(),
                AsyncMessage::Notification(note) => format!("{}: {}", note.channel(), note.payload()),
                _ => continue,
            };
            listener.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    });
    Line { client, heard }
}
