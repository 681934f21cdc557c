//! A migration's own verification script, run right after the migration and taken back.
//!
//! An error is the only way for a script to say no: what it prints is for people.

use std::time::Duration;

use sqlx::postgres::PgConnection;

use super::apply::execute;
use super::run::{send, set_timeout};
use super::script::Script;
use super::split::{SegmentKind, TransactionControl, transaction_control};
use super::{ApplyError, Migration};
use crate::claim::{Claim, Severity, Verdict};

/// Runs the script and says whether it raised an error. Its own BEGIN and COMMIT are passed over, since nothing that
/// it does may stay.
pub(super) async fn verify(
    session: &mut PgConnection,
    migration: &Migration,
    script: &Script,
    timeout: Duration,
) -> Result<Claim, ApplyError> {
    execute(session, "BEGIN").await?;
    // The server itself ends what runs too long: a session that is left waiting could not be used any more.
    set_timeout(session, timeout).await?;
    execute(session, "SAVEPOINT pgproof_verification").await?;
    let outcome = statements(session, script, timeout).await;
    execute(session, "ROLLBACK").await?;
    let object = migration.up.path.to_string();
    let claim = |verdict, message| {
        Claim::new(
            "apply/verification",
            object.clone(),
            "",
            verdict,
            Severity::Error,
            message,
        )
    };
    Ok(match outcome {
        Ok(0) => claim(Verdict::Unproven, format!("{} holds no statement", script.path)),
        Ok(count) => claim(
            Verdict::Proven,
            format!("{} ran its {count} statements without an error", script.path),
        ),
        Err(error) => claim(
            Verdict::Violated,
            format!("{} failed: {}", script.path, error.diagnostic.message),
        )
        .at(Some(error.diagnostic.location())),
    })
}

async fn statements(
    session: &mut PgConnection,
    script: &Script,
    timeout: Duration,
) -> Result<usize, super::run::ScriptError> {
    let mut count = 0;
    for segment in script.segments() {
        if segment.kind != SegmentKind::Statement {
            continue;
        }
        match transaction_control(&script.text[segment.span.clone()]) {
            Some(TransactionControl::Rollback | TransactionControl::RollbackAndChain) => {
                let back = sqlx::raw_sql("ROLLBACK TO SAVEPOINT pgproof_verification")
                    .execute(&mut *session)
                    .await;
                back.map_err(|error| super::run::failure(script, segment.span, error))?;
            }
            Some(_) => {}
            None => {
                send(session, script, segment.span, timeout * 2).await?;
                count += 1;
            }
        }
    }
    Ok(count)
}
