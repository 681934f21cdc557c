//! `complete/query`: every statement that the application sends is prepared and planned as the role that sends it.

mod attempt;
mod plan;
mod read;

use std::time::Duration;

use attempt::{Outcome, Settings, attempt, settings_without_login};
pub(super) use read::{Query, read};

use camino::Utf8Path;
use sqlx::postgres::PgConnection;

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
    if let Some(why) = database.template().server().unproven_because() {
        let untried = |query| judge(project.root(), query, Outcome::Untried(why.clone()));
        return Ok(queries.iter().map(untried).collect());
    }
    let mut session = None;
    for query in queries {
        let mut ways = vec![Settings::OfLogin];
        let mut outcome = Outcome::Planned;
        if let Some(role) = &query.header.role {
            let mut open = usable(&mut session, database).await?;
            match settings_without_login(&mut open, role).await? {
                None => {
                    outcome = Outcome::NoRole(role.clone());
                    ways.clear();
                }
                // Whoever becomes such a role may apply its settings or not: PostgREST does, SET ROLE does not.
                Some(true) => ways.push(Settings::OfSetRole),
                Some(false) => {}
            }
            session = Some(open);
        }
        for (again, settings) in [false, true].into_iter().zip(ways) {
            let mut open = usable(&mut session, database).await?;
            // A prepared statement outlives the transaction, so each has a name of its own.
            let prepared_as = format!("pgproof_query_{}", claims.len() * 2 + usize::from(again));
            let tried = attempt(
                query,
                &prepared_as,
                &mut open,
                project.database_name(),
                settings,
                timeout,
            );
            let (found, still_usable) = tried.await?;
            session = still_usable.then_some(open);
            outcome = match (settings, found) {
                (Settings::OfSetRole, Outcome::Refused(failure)) => Outcome::Untried(format!(
                    "it runs only with the role's own settings, which count for a log-in, and the role has none: {}",
                    failure.diagnostic.message
                )),
                (_, found) => found,
            };
            if !matches!(outcome, Outcome::Planned) {
                break;
            }
        }
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

/// The session that the last statement left, or a new one.
async fn usable(session: &mut Option<PgConnection>, database: &Database) -> Result<PgConnection, Error> {
    match session.take() {
        Some(open) => Ok(open),
        None => database.connect().await,
    }
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
