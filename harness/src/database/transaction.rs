//! Transactions on a database that all of them share, for tests that need no commit.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::Postgres;
use sqlx::postgres::{PgConnection, PgPoolOptions};

use super::Template;
use crate::error::Error;

/// A session in a transaction that is rolled back when this value is dropped. What it begins by sqlx is a savepoint; a
/// `COMMIT` that it sends as text is seen by all others and breaks them.
#[derive(Debug)]
pub struct Transaction {
    transaction: sqlx::Transaction<'static, Postgres>,
    _template: Arc<Template>,
}

impl Template {
    /// A transaction on a clone that all transactions of this server share.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn transaction(self: &Arc<Self>) -> Result<Transaction, Error> {
        match self.begin().await {
            Ok(transaction) => Ok(Transaction {
                transaction,
                _template: Arc::clone(self),
            }),
            Err(error) => Err(Error::Database(error).or_lost(self.server()).await),
        }
    }

    async fn begin(&self) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
        let name = self.pool.common();
        // A pool, since only that gives a transaction that owns its session. It has this one and never another.
        let sessions = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.server().options(&name));
        match sessions.begin().await {
            // 3D000: nobody has made it yet.
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("3D000") => {}
            other => return other,
        }
        match self.pool.make(name).await {
            // 42P04 and 23505: somebody else was faster.
            Err(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("42P04" | "23505")) => {}
            made => {
                self.claimed(made?).await?;
            }
        }
        sessions.begin().await
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}
