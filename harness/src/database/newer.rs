//! Whether migrations that fail would apply on a newer PostgreSQL that is at hand.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::fill::{Names, fill};
use super::template::blocking;
use crate::diagnostic::NoteKind;
use crate::error::Error;
use crate::migrate::{ApplyError, FailureClass, ScriptError};
use crate::project::{Project, Settings};
use crate::server::cache::Cache;
use crate::server::embedded::{Embedded, Use};
use crate::server::{self, Installation, Server, find};

/// What an older server says of something that it does not know yet.
const MAY_BE_OLD: [&str; 8] = [
    "42601", // syntax
    "42883", // function
    "42704", // type, setting
    "22023", // option
    "0A000", // feature
    "42P01", // view of the system
    "42703", // column of the system
    "42P13", // kind of function
];

/// The longest that the statement may run in an empty database.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says in an error of applying which newer major at hand the migrations apply on, if there is one.
pub(super) async fn explain(
    error: Error,
    project: &Project,
    settings: &Settings,
    cache: &Cache,
    here: &Installation,
) -> Error {
    let Error::Apply(ApplyError::Script(mut script)) = error else {
        return error;
    };
    let is_candidate = script.class == Some(FailureClass::Project)
        && script
            .sqlstate
            .as_deref()
            .is_some_and(|state| MAY_BE_OLD.contains(&state));
    if is_candidate && let Some(major) = applies_on(&script, project, settings, cache, here).await {
        script.class = Some(FailureClass::NewerPostgresql);
        let majors = project.majors();
        let help = if majors.is_empty() {
            format!(
                "--pg {major} proves it there; `postgres = [\"{major}\"]` under [server] in pgproof.toml says so for good"
            )
        } else {
            format!("--pg {major} proves it there; [server] in pgproof.toml has to begin with no older major")
        };
        let note = format!(
            "up to this file, the migrations apply on PostgreSQL {major}: this is {}",
            here.version
        );
        script.diagnostic.notes.push((NoteKind::Note, note));
        script.diagnostic.notes.push((NoteKind::Help, help));
    }
    Error::Apply(ApplyError::Script(script))
}

/// The oldest of the newer majors on which the migrations apply as far as the one that failed.
async fn applies_on(
    error: &ScriptError,
    project: &Project,
    settings: &Settings,
    cache: &Cache,
    here: &Installation,
) -> Option<u16> {
    let asked = settings.pg_bin.clone();
    let mut newer = blocking(move || Ok(find::installations(&asked)?)).await.ok()?;
    newer.retain(|other| {
        other.version.major > here.version.major && find::SUPPORTED.contains(&other.version.major)
    });
    newer.sort_by_key(|other| other.version.major);
    newer.dedup_by_key(|other| other.version.major);
    let file = &error.diagnostic.file;
    let failed = project
        .migrations()
        .iter()
        .position(|migration| migration.up.path == *file)?;
    let before = project.clone().up_to(failed + 1);
    // What fails on the newest fails on all of them.
    let newest = newer.pop()?;
    if !applies(error, &before, settings, cache, &newest).await {
        return None;
    }
    for other in newer {
        if applies(error, &before, settings, cache, &other).await {
            return Some(other.version.major);
        }
    }
    Some(newest.version.major)
}

async fn applies(
    error: &ScriptError,
    project: &Project,
    settings: &Settings,
    cache: &Cache,
    installation: &Installation,
) -> bool {
    let started = blocking({
        let (cache, installation) = (cache.clone(), installation.clone());
        move || {
            let base = server::base(&cache, &installation)?;
            Ok(Server::from(Embedded::start(&installation, &base, Use::Own)?))
        }
    })
    .await;
    let Ok(server) = started else { return false };
    !fails_alike(error, &server).await
        && fill(&server, project, settings, &Names::usual(project))
            .await
            .is_ok()
}

/// Whether the statement that failed fails in an empty database with the same words: then no more has to be tried.
async fn fails_alike(error: &ScriptError, server: &Server) -> bool {
    let Some(statement) = error.statement() else {
        return false;
    };
    let Ok(mut session) = PgConnection::connect_with(&server.options(server.maintenance())).await else {
        return false;
    };
    let text = statement.to_owned();
    let tried = async {
        sqlx::raw_sql("BEGIN").execute(&mut session).await?;
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut session).await
    };
    let alike = match tokio::time::timeout(PATIENCE, tried).await {
        Ok(Err(sqlx::Error::Database(refusal))) => error.diagnostic.message.starts_with(refusal.message()),
        _ => false,
    };
    let _ = session.close().await;
    alike
}
