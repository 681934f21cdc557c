//! `complete/query`: every statement that the application sends is prepared and planned as the role that sends it.

mod attempt;
mod plan;
mod read;

use std::time::Duration;

use attempt::{Outcome, attempt};
pub(super) use read::{Query, read};

use camino::Utf8Path;

use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::database::Database;
use crate::error::Error;
use crate::migrate::ScriptError;
use crate::project::Project;

const RULE: &str = "complete/query";

/// Tries each statement in a transaction that is rolled back.
pub(super) async fn prove(
    project: &Project,
    queries: &[Query],
    database: &Database,
    timeout: Duration,
) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::with_capacity(queries.len());
    let mut session = None;
    for (number, query) in queries.iter().enumerate() {
        let mut open = match session.take() {
            Some(open) => open,
            None => database.connect().await?,
        };
        // A prepared statement outlives the transaction, so each has a name of its own.
        let prepared_as = format!("pgproof_query_{number}");
        let (outcome, usable) =
            attempt(query, &prepared_as, &mut open, project.database_name(), timeout).await?;
        session = usable.then_some(open);
        claims.push(judge(project.root(), query, outcome));
    }
    Ok(claims)
}

/// The failure in its file, whose name is the one that a user can open.
fn drawn(root: &Utf8Path, failure: &ScriptError) -> String {
    let mut diagnostic = failure.diagnostic.clone();
    diagnostic.file = root.join(&diagnostic.file).into_string();
    diagnostic.to_string()
}

fn judge(root: &Utf8Path, query: &Query, outcome: Outcome) -> Claim {
    let here = query.location(None);
    let role = query.header.role.clone();
    let evidence = |observed: String| Evidence {
        role: role.clone(),
        sql: vec![query.statement().to_owned()],
        expected: "the server would run it".to_owned(),
        observed,
        ..Evidence::default()
    };
    let claim = |verdict, severity, message| Claim::new(RULE, &*query.name, "", verdict, severity, message);
    match outcome {
        Outcome::Planned => match &role {
            Some(role) => claim(
                Verdict::Proven,
                Severity::Error,
                format!("is planned as {role}: every name and privilege of its own is there"),
            )
            .at(Some(here)),
            None => claim(
                Verdict::Unproven,
                Severity::Warning,
                "every name is there, but no role is named, so privileges were not looked at; \
                 write -- pgproof: as = \"…\" above it"
                    .to_owned(),
            )
            .at(Some(here)),
        },
        Outcome::Refused(failure) => {
            let message = failure.diagnostic.message.clone();
            let message = role.as_ref().map_or_else(
                || message.clone(),
                |role| format!("can't run as {role}: {message}"),
            );
            claim(Verdict::Violated, Severity::Error, message)
                .at(Some(query.location(Some(failure.diagnostic.location()))))
                .shown_by(evidence(drawn(root, &failure)))
        }
        Outcome::NoRole(role) => claim(
            Verdict::Violated,
            Severity::Error,
            format!("the role {role}, which sends it, does not exist"),
        )
        .at(Some(here)),
        Outcome::Untried(why) => {
            claim(Verdict::Unproven, Severity::Warning, format!("not tried: {why}")).at(Some(here))
        }
    }
}
