//! Clones of the template: a database of one's own in some 15 ms.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _};

use super::template::{Template, copy_strategy, wait_until_empty};
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
        self.clone_of(self.migrated()).await
    }

    async fn clone_of(self: &Arc<Self>, source: &str) -> Result<Database, Error> {
        let number = self.clones.fetch_add(1, Ordering::Relaxed);
        let (name, last) = match self.server().names() {
            Some((prefix, seen)) if number == 0 => (format!("{prefix}_first"), seen.to_owned()),
            Some((prefix, _)) => {
                let name = format!("{prefix}_{}", number + 1);
                (name.clone(), name)
            }
            None => {
                let name = clone_name(self.database(), number);
                (name.clone(), name)
            }
        };
        let made = async {
            self.make_clone(&name, source).await?;
            self.server().claim(&name, &last).await
        };
        if let Err(error) = made.await {
            return Err(Error::Database(error).or_lost(self.server()).await);
        }
        Ok(Database {
            template: Arc::clone(self),
            name: last,
        })
    }

    /// The template's own database under the name that the migrations saw. With no other database that has the same
    /// grants, roles can be dropped; and from now on there are no more clones.
    pub(crate) async fn take_database(self: &Arc<Self>) -> Result<Database, Error> {
        let name = self.database().to_owned();
        let mut admin =
            PgConnection::connect_with(&self.server().options(self.server().maintenance())).await?;
        let statement = format!(
            "ALTER DATABASE {migrated} ALLOW_CONNECTIONS true; ALTER DATABASE {migrated} RENAME TO {}",
            sql::identifier(&name),
            migrated = sql::identifier(self.migrated()),
        );
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
        admin.close().await?;
        Ok(Database {
            template: Arc::clone(self),
            name,
        })
    }

    async fn make_clone(&self, name: &str, source: &str) -> Result<(), sqlx::Error> {
        let mut admin =
            PgConnection::connect_with(&self.server().options(self.server().maintenance())).await?;
        self.drop_finished(&mut admin).await?;
        let statement = format!(
            "CREATE DATABASE {} OWNER {} TEMPLATE {}{}",
            sql::identifier(name),
            sql::identifier(self.owner()),
            sql::identifier(source),
            copy_strategy(self.server()),
        );
        if source != self.migrated() {
            wait_until_empty(&mut admin, source).await?;
        }
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
        // Without a superuser nothing is tried that they would change.
        if self.has_settings() && self.server().unproven_because().is_none() {
            sqlx::raw_sql("SET allow_system_table_mods = on")
                .execute(&mut admin)
                .await?;
            sqlx::query(include_str!("clone_settings.sql"))
                .bind(name)
                .bind(self.migrated())
                .execute(&mut admin)
                .await?;
        }
        admin.close().await
    }

    async fn drop_finished(&self, admin: &mut PgConnection) -> Result<(), sqlx::Error> {
        let finished = std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner));
        for name in finished {
            sqlx::query("SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1")
                .bind(&name)
                .execute(&mut *admin)
                .await?;
            wait_until_empty(admin, &name).await?;
            let statement = format!("DROP DATABASE IF EXISTS {}", sql::identifier(&name));
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut *admin)
                .await?;
        }
        Ok(())
    }
}

/// The most bytes that the server keeps of a name.
pub(crate) const LONGEST_NAME: usize = 63;

fn clone_name(database: &str, number: u32) -> String {
    if number == 0 {
        return database.to_owned();
    }
    let suffix = format!("_{}", number + 1);
    let kept = database.floor_char_boundary(LONGEST_NAME - suffix.len());
    format!("{}{suffix}", &database[..kept])
}

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
        self.template.clone_of(&self.name).await
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
        self.template
            .finished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(std::mem::take(&mut self.name));
    }
}
