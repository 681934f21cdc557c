//! Once more over a real connection, logged in as the role, with real commits, in a clone of its own.

use super::attempt::{Attempt, Judged};
use super::bench::Bench;
use crate::database::Database;
use crate::error::Error;
use crate::prove::session::{Seen, Session};
use crate::sql::identifier;

/// How the attempt went there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Confirmation {
    Works,
    /// It does not, for this reason.
    Fails(String),
    /// Nobody can log in as the role, for this reason.
    NoLogin(String),
}

/// Makes an attempt that worked once more.
pub(super) async fn confirm(bench: &Bench<'_>, attempt: &Attempt) -> Result<Confirmation, Error> {
    let database = bench.own_clone().await?;
    let superuser = Session::open(&database).await?;
    let login = &attempt.actor.login;
    let could = superuser
        .rows(&format!(
            "SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = {}",
            crate::sql::literal(login)
        ))
        .await?;
    let lacks_login = could
        .first()
        .and_then(|row| row.first())
        .is_some_and(|flag| flag.as_deref() != Some("t"));
    if lacks_login {
        superuser
            .run(&format!("ALTER ROLE {} LOGIN", identifier(login)))
            .await?;
    }
    let confirmation = over_connection(bench, attempt, &database, &superuser).await;
    if lacks_login {
        superuser
            .run(&format!("ALTER ROLE {} NOLOGIN", identifier(login)))
            .await?;
    }
    confirmation
}

async fn over_connection(
    bench: &Bench<'_>,
    attempt: &Attempt,
    database: &Database,
    superuser: &Session,
) -> Result<Confirmation, Error> {
    if !attempt.world.is_empty() {
        superuser
            .run(&format!("BEGIN; {}; COMMIT", attempt.world.join(";\n")))
            .await?;
    }
    let frozen = bench.frozen(&attempt.actor);
    let before = frozen.state(superuser).await?;
    let session = match Session::login(database, &attempt.actor.login).await {
        Ok(session) => session,
        Err(Error::Attempt(error)) => return Ok(Confirmation::NoLogin(error.to_string())),
        Err(error) => return Err(error),
    };
    let seen = send(&session, attempt).await?;
    match attempt.judged {
        Judged::Writing => {
            let changes = frozen.changes(&before, &frozen.state(superuser).await?);
            let refused = seen
                .refused
                .map_or_else(|| "nothing changed".to_owned(), |refusal| refusal.message);
            Ok(if changes.is_empty() {
                Confirmation::Fails(refused)
            } else {
                Confirmation::Works
            })
        }
        Judged::Reading => {
            superuser
                .run(&format!("BEGIN; {}; COMMIT", frozen.removal()))
                .await?;
            // On the same connection a plan or a setting could be left over.
            let session = Session::login(database, &attempt.actor.login).await?;
            let repeated = Attempt {
                steps: committed(attempt),
                ..attempt.clone()
            };
            let alone = send(&session, &repeated).await?;
            Ok(if seen == alone {
                Confirmation::Fails("it sees the same without the others' rows".to_owned())
            } else {
                Confirmation::Works
            })
        }
    }
}

/// Steps that made something lasting are not made twice; what the session itself needs is.
fn committed(attempt: &Attempt) -> Vec<String> {
    let of_session = |statement: &&String| {
        let begins = statement.trim_start().to_ascii_uppercase();
        [
            "SET",
            "SELECT PG_CATALOG.SET_CONFIG",
            "CREATE TEMP",
            "CREATE OR REPLACE FUNCTION PG_TEMP",
            "CREATE FUNCTION PG_TEMP",
            "PREPARE",
            "INSERT INTO PG_TEMP",
        ]
        .iter()
        .any(|word| begins.starts_with(word))
    };
    attempt.steps.iter().filter(of_session).cloned().collect()
}

async fn send(session: &Session, attempt: &Attempt) -> Result<Seen, Error> {
    session
        .run("BEGIN; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'")
        .await?;
    for statement in attempt.actor.begin().iter().chain(&attempt.steps) {
        let seen = session.send(statement).await?;
        if seen.is_refused() {
            session.run("ROLLBACK").await?;
            return Ok(seen);
        }
    }
    // A look that also writes would move the rows that are to be removed before the second one.
    let seen = if attempt.is_reading() {
        session.look(&attempt.last).await?
    } else {
        session.send(&attempt.last).await?
    };
    let committed = session.send("COMMIT").await?;
    Ok(if committed.is_refused() { committed } else { seen })
}
