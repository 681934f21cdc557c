//! A server that runs, whoever gave it, and which one was asked for.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::ServerError;
use super::address::Address;
use super::archive::{Archive, Twins};
#[cfg(feature = "container")]
use super::container::Container;
use super::embedded::Embedded;
use super::external::{External, Reach, Target};
use super::find::Version;
use crate::error::Error;
use crate::sql::{identifier, literal};

/// Which server to use.
#[derive(Debug, Clone, Default)]
pub enum Provider {
    /// Programs on this machine.
    #[default]
    Embedded,
    /// A container, by Docker or Podman.
    Container {
        /// The image; PostgreSQL's official one of the right major where it is `None`.
        image: Option<String>,
    },
    /// A server that others run. Whoever gives it here allows pgproof to make databases and roles there, which it drops
    /// again.
    External(Target),
}

impl Provider {
    /// The word for it in reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Container { .. } => "container",
            Self::External(_) => "external",
        }
    }
}

/// A running PostgreSQL. It ends, or is left as it was found, when this value is dropped or this process ends.
#[derive(Debug)]
pub struct Server {
    address: Address,
    /// The password of the roles that log in, where the server wants one: theirs is set when it is needed.
    roles_password: Option<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Embedded(Embedded),
    #[cfg(feature = "container")]
    Container(Container),
    External(External),
}

impl From<Embedded> for Server {
    fn from(embedded: Embedded) -> Self {
        Self {
            address: embedded.address(),
            roles_password: None,
            kind: Kind::Embedded(embedded),
        }
    }
}

#[cfg(feature = "container")]
impl From<Container> for Server {
    fn from(container: Container) -> Self {
        Self {
            address: container.address.clone(),
            // It is as secret as the superuser's, who may become anybody.
            roles_password: container.address.password.clone(),
            kind: Kind::Container(container),
        }
    }
}

impl From<External> for Server {
    fn from(external: External) -> Self {
        Self {
            address: external.address.clone(),
            // Two of them: 244 random bits.
            roles_password: Some(
                [(); 2]
                    .map(|()| uuid::Uuid::new_v4().simple().to_string())
                    .concat(),
            ),
            kind: Kind::External(external),
        }
    }
}

impl Server {
    /// Opens a register on a server that others run, for migrations that do this to a server as a whole.
    pub(crate) async fn external(target: &Target, reach: Reach, seen: &str) -> Result<Self, ServerError> {
        Ok(External::start(target, reach, seen).await?.into())
    }

    /// On a server that others run: what the names of our databases begin with, and the name that migrations see.
    pub(crate) fn names(&self) -> Option<(&str, &str)> {
        let Kind::External(external) = &self.kind else {
            return None;
        };
        Some((&external.prefix, &external.seen))
    }

    /// Makes a database of ours known as that, and gives it the name that it is to have.
    pub(crate) async fn claim(&self, from: &str, to: &str) -> Result<(), sqlx::Error> {
        let Kind::External(external) = &self.kind else {
            return Ok(());
        };
        external.claim(from, to).await
    }

    /// The migrations are applied.
    pub(crate) fn applied(&self) {
        if let Kind::External(external) = &self.kind {
            external.applied();
        }
    }

    /// Why nothing can be tried here as somebody else, if so.
    pub(crate) fn unproven_because(&self) -> Option<String> {
        match &self.kind {
            Kind::External(external) if !external.superuser => Some(format!(
                "{} is no superuser of the server, and to act as others and to see what they changed takes one",
                self.address.user
            )),
            _ => None,
        }
    }

    /// Starts a container.
    #[cfg(feature = "container")]
    pub(crate) async fn container(image: Option<&str>, major: Option<u16>) -> Result<Self, ServerError> {
        if super::variable("PGOPTIONS").is_some() {
            return Err(ServerError::Environment);
        }
        Ok(Container::start(image, major).await?.into())
    }

    /// Says that this build has no containers.
    #[cfg(not(feature = "container"))]
    #[expect(clippy::unused_async, reason = "the same as where it starts one")]
    pub(crate) async fn container(_: Option<&str>, _: Option<u16>) -> Result<Self, ServerError> {
        Err(ServerError::WithoutContainers)
    }

    /// What it is made of, where that says how it behaves.
    pub(crate) fn made_of(&self) -> Option<&str> {
        match &self.kind {
            #[cfg(feature = "container")]
            Kind::Container(container) => Some(&container.image),
            Kind::Embedded(_) | Kind::External(_) => None,
        }
    }

    /// Who gave it, as reports have it: `embedded`, `container` or `external`.
    pub fn provider(&self) -> &'static str {
        match &self.kind {
            Kind::Embedded(_) => "embedded",
            #[cfg(feature = "container")]
            Kind::Container(_) => "container",
            Kind::External(_) => "external",
        }
    }

    /// How to reach a database of this server as its superuser, or as the login that was given.
    pub fn options(&self, database: &str) -> PgConnectOptions {
        self.address.options(database)
    }

    /// A URL of a database of this server, as libpq and other drivers read it. It holds the password, where there is
    /// one.
    pub fn url(&self, database: &str) -> String {
        self.address.url(database)
    }

    /// The variables with which libpq, and most drivers, find a database of this server; `DATABASE_URL` among them.
    pub fn variables(&self, database: &str) -> Vec<(&'static str, String)> {
        self.address.variables(database)
    }

    /// Where it listens, as libpq's `PGHOST` has it: the folder of its socket, or a name.
    pub fn host(&self) -> &str {
        &self.address.host
    }

    /// The port, or the number in the name of the socket.
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// Whom pgproof works as: the superuser, or the login that was given.
    pub fn user(&self) -> &str {
        &self.address.user
    }

    /// The server's version.
    pub fn version(&self) -> &Version {
        match &self.kind {
            Kind::Embedded(embedded) => embedded.version(),
            #[cfg(feature = "container")]
            Kind::Container(container) => &container.version,
            Kind::External(external) => &external.version,
        }
    }

    /// Why the server's files lie on disk, where memory would have been faster but is too small.
    pub fn on_disk_because(&self) -> Option<&str> {
        match &self.kind {
            Kind::Embedded(embedded) => embedded.on_disk_because(),
            #[cfg(feature = "container")]
            Kind::Container(_) => None,
            Kind::External(_) => None,
        }
    }

    /// The error to report if the server has ended by itself, which explains any error of a connection.
    pub fn lost(&self) -> Option<ServerError> {
        match &self.kind {
            Kind::Embedded(embedded) => embedded.lost(),
            #[cfg(feature = "container")]
            Kind::Container(container) => container.lost(),
            Kind::External(external) => external.lost(),
        }
    }

    /// How the database that migrations see is made, best first: in the locale of an embedded server's, so that the
    /// answers are the same.
    pub(crate) fn new_database(&self) -> &'static [&'static str] {
        match (&self.kind, self.version().major) {
            (Kind::Embedded(_), ..15) => &[""],
            // With the files comes what the first session has found out about the catalogues.
            (Kind::Embedded(_), _) => &[" STRATEGY file_copy"],
            (_, ..15) => &[
                " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
                " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            ],
            _ => &[
                " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
                " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'",
            ],
        }
    }

    /// The database from which others are made.
    pub(crate) fn maintenance(&self) -> &str {
        match &self.kind {
            Kind::Embedded(_) => "template1",
            #[cfg(feature = "container")]
            Kind::Container(_) => "template1",
            Kind::External(external) => &external.maintenance,
        }
    }

    /// How a role reaches it.
    pub(crate) fn address_of(&self, role: &str) -> Address {
        if role == self.address.user {
            return self.address.clone();
        }
        self.address.of(role, self.roles_password.clone())
    }

    /// A session as a role.
    pub(crate) async fn login(&self, role: &str, database: &str) -> Result<PgConnection, sqlx::Error> {
        let options = self.address_of(role).options(database);
        match Box::pin(PgConnection::connect_with(&options)).await {
            Err(sqlx::Error::Database(error)) if self.lacks_password(role, error.code().as_deref()) => {
                Box::pin(self.give_password(role)).await?;
                Box::pin(PgConnection::connect_with(&options)).await
            }
            other => other,
        }
    }

    /// Whether a login was refused for a password that this server has not been told yet.
    pub(crate) fn lacks_password(&self, role: &str, sqlstate: Option<&str>) -> bool {
        self.roles_password.is_some() && role != self.address.user && sqlstate == Some("28P01")
    }

    /// Gives a role the password that its sessions use. Only roles of this run come here, and they go with it.
    pub(crate) async fn give_password(&self, role: &str) -> Result<(), sqlx::Error> {
        let Some(password) = &self.roles_password else {
            return Ok(());
        };
        let mut admin = PgConnection::connect_with(&self.options(self.maintenance())).await?;
        if let Some(first) = self.address.first_role {
            let ours: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1 AND oid::int8 >= $2)",
            )
            .bind(role)
            .bind(i64::from(first))
            .fetch_one(&mut admin)
            .await?;
            if !ours {
                return admin.close().await;
            }
        }
        let statement = format!("ALTER ROLE {} PASSWORD {}", identifier(role), literal(password));
        // XX000: somebody else changes the role at this moment.
        let mut tries = 0;
        loop {
            tries += 1;
            match sqlx::raw_sql(AssertSqlSafe(statement.clone()))
                .execute(&mut admin)
                .await
            {
                Err(sqlx::Error::Database(error))
                    if tries < 20 && error.code().as_deref() == Some("XX000") =>
                {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                outcome => {
                    outcome?;
                    return admin.close().await;
                }
            }
        }
    }

    /// Has a shared server last for as long as that process runs, too.
    pub(crate) fn hold_while(&self, process: u32) -> Result<(), Error> {
        if let Kind::Embedded(embedded) = &self.kind {
            return Ok(embedded.hold_while(process)?);
        }
        Err(Error::Usage(
            "a server can be left to another process only where it is embedded: use --server embedded"
                .to_owned(),
        ))
    }

    /// Ends an embedded server cleanly and returns its cluster, packed with the notes.
    pub(crate) fn into_archive(self, notes: &[u8], twins: Option<Twins>) -> Result<Archive, Error> {
        match self.kind {
            Kind::Embedded(embedded) => Ok(embedded.into_archive(notes, twins)?),
            #[cfg(feature = "container")]
            Kind::Container(_) => Err(Error::Bug("a container was to be packed")),
            Kind::External(_) => Err(Error::Bug("a server that others run was to be packed")),
        }
    }
}
