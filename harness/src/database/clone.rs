//! Clones of the template: a database of one's own in some 15 ms.

use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _};

use super::template::Template;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::migrate::Script;
use crate::migrate::run::{Sending, run};
use crate::sql;

/// A database with every migration applied and nothing else in it, for its holder alone.
///
/// The server that it lies on ends when the last who uses it is gone. Roles belong to the whole server: a test that
/// changes a role changes it for the other tests of the same process.
#[derive(Debug)]
pub struct Database {
    template: Arc<Template>,
    name: String,
}

impl Template {
    /// A new clone. The first bears the name that the migrations saw, so that what depends on it works.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn clone_database(self: &Arc<Self>) -> Result<Database, Error> {
        let made = self.pool.take().await;
        self.holder_of(made).await
    }

    async fn holder_of(self: &Arc<Self>, made: Result<String, sqlx::Error>) -> Result<Database, Error> {
        match made {
            Ok(name) => Ok(Database {
                template: Arc::clone(self),
                name,
            }),
            Err(error) => Err(Error::Database(error).or_lost(self.server()).await),
        }
    }

    /// The only database, under the name that the migrations saw. With no other that has the same grants, roles can be
    /// dropped; and from now on there are no more clones.
    pub(crate) async fn take_database(self: &Arc<Self>) -> Result<Database, Error> {
        let database = self.clone_database().await?;
        let mut admin =
            PgConnection::connect_with(&self.server().options(self.server().maintenance())).await?;
        let statement = format!("DROP DATABASE {}", sql::identifier(self.migrated()));
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
        admin.close().await?;
        Ok(database)
    }
}

/// The most bytes that the server keeps of a name.
pub(crate) const LONGEST_NAME: usize = 63;

impl Database {
    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How to reach it as the superuser. On an embedded server, which asks for no password,
    /// `.username("app_user")` makes it a session of another role; [`connect_as`](Self::connect_as) does on any.
    pub fn options(&self) -> PgConnectOptions {
        self.template.server().options(&self.name)
    }

    /// Its URL, as libpq and other drivers read it.
    pub fn url(&self) -> String {
        self.template.server().url(&self.name)
    }

    /// The template it is a clone of.
    pub fn template(&self) -> &Arc<Template> {
        &self.template
    }

    /// A session as the superuser.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn connect(&self) -> Result<PgConnection, Error> {
        self.connect_as(self.template.server().user()).await
    }

    /// A session as another role of the server.
    ///
    /// # Errors
    /// The server refused or is gone; the role has to be allowed to log in.
    pub async fn connect_as(&self, role: &str) -> Result<PgConnection, Error> {
        match self.template.server().login(role, &self.name).await {
            Ok(session) => Ok(session),
            Err(error) => Err(Error::Database(error).or_lost(self.template.server()).await),
        }
    }

    /// A pool of at most that many sessions as the superuser, opened as they are needed.
    pub fn pool(&self, most: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(most)
            .connect_lazy_with(self.options())
    }

    /// Runs a script as psql would, and shows where it failed.
    ///
    /// # Errors
    /// A statement failed, or the server is gone.
    pub async fn run(&self, script: &Script) -> Result<(), Error> {
        let mut session = self.connect().await?;
        run(
            &mut session,
            script,
            Sending::ByStatement,
            crate::project::Settings::default().timeout,
        )
        .await
        .map_err(|error| Error::Apply(error.into()))?;
        Ok(session.close().await?)
    }

    /// A clone of this database as it is now, rows and all. Nobody may be connected to it meanwhile: who is about to
    /// leave is waited for.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn duplicate(&self) -> Result<Self, Error> {
        let made = self.template.pool.duplicate(self.name.clone()).await;
        self.template.holder_of(made).await
    }

    /// What the database holds.
    ///
    /// # Errors
    /// The server is gone.
    pub async fn catalog(&self) -> Result<Catalog, Error> {
        let mut session = self.connect().await?;
        let catalog = Catalog::read(&mut session).await?;
        session.close().await?;
        Ok(catalog)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.template.pool.finished(std::mem::take(&mut self.name));
    }
}
