//! One try: a statement in a savepoint, and what the server says when it refuses.

use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::{AssertSqlSafe, PgConnection};

use super::RowsError;

/// Whether the transaction is ours to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    Ours,
    Callers,
}

/// Begins a transaction unless the caller has one. Only the server knows: sqlx counts no `BEGIN` sent as text.
pub(super) async fn begin(session: &mut PgConnection) -> Result<Transaction, RowsError> {
    const NO_ACTIVE_TRANSACTION: &str = "25P01";
    match sqlx::raw_sql("SAVEPOINT pgproof_rows")
        .execute(&mut *session)
        .await
    {
        Ok(_) => Ok(Transaction::Callers),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_ACTIVE_TRANSACTION) => {
            sqlx::raw_sql("BEGIN").execute(session).await?;
            Ok(Transaction::Ours)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end(
    session: &mut PgConnection,
    transaction: Transaction,
    keep: bool,
) -> Result<(), RowsError> {
    let statement = match (transaction, keep) {
        (Transaction::Ours, true) => "COMMIT",
        (Transaction::Ours, false) => "ROLLBACK",
        (Transaction::Callers, true) => "RELEASE SAVEPOINT pgproof_rows",
        (Transaction::Callers, false) => "ROLLBACK TO SAVEPOINT pgproof_rows",
    };
    sqlx::raw_sql(statement).execute(session).await?;
    Ok(())
}

/// What the server said when it refused a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) constraint: Option<String>,
    /// Where in functions it happened: empty unless one was running.
    pub(super) context: String,
}

impl Refusal {
    /// One of ours: nothing was sent.
    pub(super) fn ours(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// Whether code that somebody wrote refused, or failed.
    pub(super) fn is_of_code(&self) -> bool {
        self.context.contains("function") || self.code.starts_with("P0")
    }
}

/// Opens the savepoint that each [`attempt`] is made in and, when it went well, sets anew: one message each.
pub(super) async fn open(session: &mut PgConnection) -> Result<(), RowsError> {
    sqlx::raw_sql("SAVEPOINT pgproof_try").execute(session).await?;
    Ok(())
}

/// Leaves it again.
pub(super) async fn close(session: &mut PgConnection) -> Result<(), RowsError> {
    sqlx::raw_sql("RELEASE SAVEPOINT pgproof_try")
        .execute(session)
        .await?;
    Ok(())
}

/// Runs statements as one message in the savepoint of [`open`]. A refusal leaves no trace.
pub(super) async fn attempt(
    session: &mut PgConnection,
    sql: String,
) -> Result<Result<Vec<PgRow>, Refusal>, RowsError> {
    let message = format!("{sql};\nRELEASE SAVEPOINT pgproof_try; SAVEPOINT pgproof_try");
    match sqlx::raw_sql(AssertSqlSafe(message))
        .fetch_all(&mut *session)
        .await
    {
        Ok(rows) => Ok(Ok(rows)),
        Err(sqlx::Error::Database(error)) => {
            sqlx::raw_sql("ROLLBACK TO SAVEPOINT pgproof_try")
                .execute(session)
                .await?;
            let error = error.downcast_ref::<PgDatabaseError>();
            Ok(Err(Refusal {
                code: error.code().to_owned(),
                message: error.message().to_owned(),
                constraint: error.constraint().map(str::to_owned),
                context: error.r#where().unwrap_or_default().to_owned(),
            }))
        }
        Err(error) => Err(error.into()),
    }
}
