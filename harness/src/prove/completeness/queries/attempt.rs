//! One try of one statement: as the role, planned or, where only that shows anything, run, and rolled back.
//!
//! PREPARE alone looks at names and types; privileges are looked at when the plan is started, which EXPLAIN EXECUTE
//! does without running it. What it leaves out is in `plan`.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use super::plan;
use super::read::Query;
use crate::error::Error;
use crate::migrate::run::{ScriptError, failure_behind, refusal, set_timeout};
use crate::migrate::split::{keywords, refuses_transaction, transaction_control};
use crate::sql::identifier;

/// How an attempt ended.
pub(super) enum Outcome {
    /// The server would run it.
    Planned,
    /// The server refused it.
    Refused(ScriptError),
    /// The role that the header names is not there.
    NoRole(String),
    /// It was not tried, and why.
    Untried(String),
}

/// Tries a statement; beside the outcome, whether the session can be used for another.
pub(super) async fn attempt(
    query: &Query,
    prepared_as: &str,
    session: &mut PgConnection,
    database: &str,
    settings: Settings,
    timeout: Duration,
) -> Result<(Outcome, bool), Error> {
    let statement = query.statement();
    if transaction_control(statement).is_some() {
        let why = "it controls the transaction".to_owned();
        return Ok((Outcome::Untried(why), true));
    }
    if let Some(what) = refuses_transaction(statement) {
        let why = format!("{what} can't run inside a transaction, so it can't be taken back");
        return Ok((Outcome::Untried(why), true));
    }
    execute(session, "BEGIN".to_owned()).await?;
    if let Some(role) = &query.header.role {
        become_role(session, role, database, settings).await?;
    }
    // The server ends what runs too long, so that the session can go on; where it can't, we do.
    set_timeout(session, timeout).await?;
    let too_long = || Outcome::Untried(format!("it still ran after {} s", timeout.as_secs_f32()));
    let sent = tokio::time::timeout(timeout * 2, send(query, prepared_as, session)).await;
    let Ok(sent) = sent else {
        return Ok((too_long(), false));
    };
    let (behind, error) = match sent {
        Ok((outcome, usable)) => {
            if usable {
                execute(session, "ROLLBACK".to_owned()).await?;
            }
            return Ok((outcome, usable));
        }
        Err(Failure::Statement { behind, error }) => (behind, error),
        Err(Failure::Ours(error)) => return Err(error.into()),
    };
    let sqlx::Error::Database(_) = &error else {
        return Err(error.into());
    };
    execute(session, "ROLLBACK".to_owned()).await?;
    let failure = failure_behind(&query.script, query.span.clone(), error, behind);
    let outcome = match failure.sqlstate.as_deref() {
        Some("57014") => too_long(),
        // A driver may give the types that the text alone does not tell.
        Some("42P18" | "42P08") if behind > 0 => Outcome::Untried(format!(
            "{}; a cast such as $1::text tells the type",
            failure.diagnostic.message
        )),
        Some("42704") if reads_unset_setting(&failure.diagnostic.message) => Outcome::Untried(format!(
            "a session of the application may set what this one has not: {}",
            failure.diagnostic.message
        )),
        // Statements that PREPARE does not take are sent as text.
        Some("42P02") if behind == 0 => {
            Outcome::Untried("it has parameters, and only the driver knows what it puts there".to_owned())
        }
        _ => Outcome::Refused(failure),
    };
    Ok((outcome, true))
}

/// Whether it is for a setting of an application's own, whose name bears a dot: a policy that reads
/// `current_setting('app.user')` is refused where nobody has set it.
fn reads_unset_setting(message: &str) -> bool {
    message
        .strip_prefix("unrecognized configuration parameter ")
        .is_some_and(|name| name.contains('.'))
}

/// Which settings a role's session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settings {
    /// The role's own, the database's and everyone's.
    OfLogin,
    /// The role's own do not count: the session became the role by SET ROLE.
    OfSetRole,
}

/// What the server refused.
pub(super) enum Failure {
    /// The application's statement, with so many characters of ours in front of it.
    Statement { behind: usize, error: sqlx::Error },
    /// Something that we asked, which is no fault of the statement's.
    Ours(sqlx::Error),
}

impl Failure {
    pub(super) fn of_statement(error: sqlx::Error) -> Self {
        Self::Statement { behind: 0, error }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error)
    }
}

async fn send(
    query: &Query,
    prepared_as: &str,
    session: &mut PgConnection,
) -> Result<(Outcome, bool), Failure> {
    let statement = query.statement();
    if let Some(direction) = copies(statement) {
        let text = statement.trim_end().trim_end_matches(';');
        return match direction {
            // The server has begun to send: it looked at the privileges, and the session is lost to us.
            Copies::Out => {
                drop(session.copy_out_raw(text).await.map_err(Failure::of_statement)?);
                Ok((Outcome::Planned, false))
            }
            Copies::In => {
                drop(session.copy_in_raw(text).await.map_err(Failure::of_statement)?);
                let why = "rows would be taken, but none were sent, so defaults and triggers were not tried";
                Ok((Outcome::Untried(why.to_owned()), false))
            }
        };
    }
    if !is_preparable(statement) {
        let run = execute(session, statement.to_owned()).await;
        run.map_err(Failure::of_statement)?;
        return Ok((Outcome::Planned, true));
    }
    let prefix = format!("PREPARE {prepared_as} AS ");
    execute(session, format!("{prefix}{statement}"))
        .await
        .map_err(|error| Failure::Statement {
            behind: prefix.len(),
            error,
        })?;
    let plan = plan::of(session, prepared_as, statement).await?;
    let outcome = match plan::lacks(session, &plan).await? {
        None => Outcome::Planned,
        Some(plan::Lack::Refused { message, sqlstate }) => {
            Outcome::Refused(refusal(&query.script, query.span.clone(), &message, sqlstate))
        }
        Some(plan::Lack::Unknown(why)) => Outcome::Untried(why),
    };
    Ok((outcome, true))
}

/// Which way a COPY between server and client goes.
enum Copies {
    In,
    Out,
}

fn copies(statement: &str) -> Option<Copies> {
    if keywords(statement).first().is_none_or(|word| word != "COPY") {
        return None;
    }
    let mut words = statement.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.find_map(|word| match word.to_ascii_uppercase().as_str() {
        "STDIN" => Some(Copies::In),
        "STDOUT" => Some(Copies::Out),
        _ => None,
    })
}

/// Whether the server has the role, and whether it has settings that it can never log in with.
pub(super) async fn settings_without_login(
    session: &mut PgConnection,
    role: &str,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar(include_str!("role.sql"))
        .persistent(false)
        .bind(role)
        .fetch_optional(session)
        .await
}

/// Takes the role on, with the settings that it would have after logging in, or after SET ROLE.
async fn become_role(
    session: &mut PgConnection,
    role: &str,
    database: &str,
    settings: Settings,
) -> Result<(), sqlx::Error> {
    // A role that it is given at log-in would be lost with SET SESSION AUTHORIZATION, so it comes after that.
    let settings: Vec<(String, String)> = sqlx::query_as(include_str!("role_settings.sql"))
        .persistent(false)
        .bind(role)
        .bind(database)
        .bind(settings == Settings::OfLogin)
        .fetch_all(&mut *session)
        .await?;
    execute(
        session,
        format!("SET LOCAL SESSION AUTHORIZATION {}", identifier(role)),
    )
    .await?;
    if let Some((_, other)) = settings.iter().rfind(|(name, _)| name == "role") {
        execute(session, format!("SET LOCAL ROLE {}", identifier(other))).await?;
    }
    Ok(())
}

/// Whether PREPARE takes the statement.
fn is_preparable(statement: &str) -> bool {
    let first = keywords(statement);
    // `(SELECT …) UNION …` begins with a parenthesis and has no leading keyword.
    first.first().is_none_or(|word| {
        [
            "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH", "TABLE",
        ]
        .contains(&word.as_str())
    })
}

pub(super) async fn execute(session: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(session)
        .await
        .map(drop)
}
