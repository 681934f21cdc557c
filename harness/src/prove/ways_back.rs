//! `apply/down`: up, down and up again gives the same schema.

use std::sync::Arc;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::Options;
use crate::catalog::{Catalog, Difference};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::database::Template;
use crate::error::Error;
use crate::migrate::apply::{Plan, again, take_back};
use crate::migrate::{ApplyError, Migration, Script};
use crate::project::Project;

pub(super) const RULE: &str = "apply/down";

pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    let migrations = project.migrations();
    // The way back leads from the newest down to the first that has none.
    let reachable = migrations
        .iter()
        .rposition(|migration| migration.down.is_none())
        .map_or(0, |at| at + 1);
    let mut claims = unreachable(&migrations[..reachable]);
    let tried: Vec<(&Migration, &Script)> = migrations[reachable..]
        .iter()
        .filter_map(|migration| Some((migration, migration.down.as_ref()?)))
        .collect();
    if tried.is_empty() {
        return Ok(claims);
    }
    // Roles belong to the whole server and a way back may drop them, so it needs a server of its own.
    let own = Template::prepare(project, &options.settings).await?;
    let wanted = &template.applied().catalog;
    let outcome = round_trip(project, options, &own, &tried).await;
    match unless_lost(outcome, &own).await? {
        Ok(catalog) if catalog == *wanted => {
            claims.extend(tried.iter().map(|(migration, down)| proven(migration, down)));
        }
        Ok(catalog) => {
            claims.extend(find_fault(project, options, &tried, &catalog.differences(wanted)).await?);
        }
        Err(Trip::Down(migration, error)) => claims.push(failed(migration, &error, "the way back fails")),
        Err(Trip::Up(migration, error)) => {
            claims.push(failed(
                migration,
                &error,
                "after the way back the migration can't be applied again",
            ));
        }
        Err(Trip::Other(error)) => return Err(error),
    }
    Ok(claims)
}

/// Where a round trip ended early.
enum Trip<'a> {
    Down(&'a Migration, ApplyError),
    Up(&'a Migration, ApplyError),
    Other(Error),
}

impl From<Error> for Trip<'_> {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// The outcome, unless it is the server that has ended: that is no fault of a migration.
async fn unless_lost<'a>(
    outcome: Result<Catalog, Trip<'a>>,
    own: &Template,
) -> Result<Result<Catalog, Trip<'a>>, Error> {
    let (trip, error): (fn(_, _) -> _, _) = match outcome {
        Ok(catalog) => return Ok(Ok(catalog)),
        Err(Trip::Other(error)) => return Err(error.or_lost(own.server()).await),
        Err(Trip::Down(migration, error)) => (Trip::Down, (migration, error)),
        Err(Trip::Up(migration, error)) => (Trip::Up, (migration, error)),
    };
    let (migration, error) = error;
    match Error::Apply(error).or_lost(own.server()).await {
        Error::Apply(error) => Ok(Err(trip(migration, error))),
        lost => Err(lost),
    }
}

/// Everything down and everything up; the catalog after that.
async fn round_trip<'a>(
    project: &Project,
    options: &Options,
    own: &Arc<Template>,
    tried: &[(&'a Migration, &Script)],
) -> Result<Catalog, Trip<'a>> {
    let database = own.clone_database().await?;
    let mut session = migrating_session(project, &database).await?;
    let plan = plan(project, options);
    for (migration, down) in tried.iter().rev() {
        take_back(&plan, &mut session, migration, down)
            .await
            .map_err(|error| Trip::Down(migration, error))?;
    }
    for (migration, _) in tried {
        again(&plan, &mut session, migration)
            .await
            .map_err(|error| Trip::Up(migration, error))?;
    }
    session.close().await.map_err(Error::Database)?;
    Ok(database.catalog().await?)
}

/// Each migration alone, newest first: down and up again, and the catalog before and after. Slow, and only needed
/// where the whole trip gave another schema.
async fn find_fault(
    project: &Project,
    options: &Options,
    tried: &[(&Migration, &Script)],
    whole: &[Difference],
) -> Result<Vec<Claim>, Error> {
    let own = Template::prepare(project, &options.settings).await?;
    let database = own.clone_database().await?;
    let mut session = migrating_session(project, &database).await?;
    let plan = plan(project, options);
    let mut claims = Vec::new();
    for (migration, down) in tried.iter().rev() {
        let before = database.catalog().await?;
        take_back(&plan, &mut session, migration, down).await?;
        again(&plan, &mut session, migration).await?;
        let differences = database.catalog().await?.differences(&before);
        claims.push(if differences.is_empty() {
            proven(migration, down)
        } else {
            differs(migration, down, &differences)
        });
        take_back(&plan, &mut session, migration, down).await?;
    }
    if claims.iter().all(|claim| claim.verdict == Verdict::Proven)
        && let Some((migration, down)) = tried.first()
    {
        // Each alone leads back, all together do not: the whole chain is at fault.
        claims = vec![differs(migration, down, whole)];
    }
    Ok(claims)
}

async fn migrating_session(project: &Project, database: &crate::Database) -> Result<PgConnection, Error> {
    match project.role() {
        Some(role) => database.connect_as(role).await,
        None => database.connect().await,
    }
}

fn plan<'a>(project: &'a Project, options: &Options) -> Plan<'a> {
    Plan {
        preludes: &[],
        migrations: project.migrations(),
        ledger: project.ledger(),
        timeout: options.settings.timeout,
    }
}

fn proven(migration: &Migration, down: &Script) -> Claim {
    let message = format!(
        "{} leads back, and {} forward again to the same schema",
        down.path, migration.up.path
    );
    Claim::new(
        RULE,
        migration.up.path.as_str(),
        "",
        Verdict::Proven,
        Severity::Error,
        message,
    )
}

fn differs(migration: &Migration, down: &Script, differences: &[Difference]) -> Claim {
    let list: Vec<String> = differences.iter().map(ToString::to_string).collect();
    let message = format!(
        "{} and {} again give another schema: {}",
        down.path,
        migration.up.path,
        list.join("; ")
    );
    Claim::new(
        RULE,
        migration.up.path.as_str(),
        "",
        Verdict::Violated,
        Severity::Error,
        message,
    )
    .at(Some(Location {
        file: down.path.to_string(),
        line: 1,
        column: None,
    }))
    .expected("the same catalog as before", list.join("\n"))
}

fn failed(migration: &Migration, error: &ApplyError, what: &str) -> Claim {
    let reason = match error {
        ApplyError::Script(script) => script.diagnostic.message.clone(),
        other => other.to_string(),
    };
    Claim::new(
        RULE,
        migration.up.path.as_str(),
        "",
        Verdict::Violated,
        Severity::Error,
        format!("{what}: {reason}"),
    )
    .at(error.location())
}

/// What has no way back, and what lies before it.
fn unreachable(migrations: &[Migration]) -> Vec<Claim> {
    let claim = |object: &str, message: String| {
        Claim::new(RULE, object, "", Verdict::Unproven, Severity::Info, message)
    };
    if migrations.iter().all(|migration| migration.down.is_none()) {
        return migrations
            .last()
            .map(|last| {
                let message = match migrations.len() {
                    1 => format!("{} has no way back", last.up.path),
                    count => format!("{count} migrations have no way back"),
                };
                claim(last.up.path.as_str(), message)
            })
            .into_iter()
            .collect();
    }
    migrations
        .iter()
        .map(|migration| {
            let message = if migration.down.is_some() {
                format!(
                    "{} is not tried: a later migration has no way back",
                    migration.up.path
                )
            } else {
                format!("{} has no way back", migration.up.path)
            };
            claim(migration.up.path.as_str(), message)
        })
        .collect()
}
