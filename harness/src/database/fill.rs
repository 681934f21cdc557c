//! Applying a project's migrations on a server that has none of it yet, and making a template of what they made.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::template::{MIGRATED, Notes, wait_until_empty};
use crate::error::Error;
use crate::migrate::apply::{self, Plan};
use crate::migrate::extension::stand_in::{self, StandIn};
use crate::migrate::{ApplyError, Script, class};
use crate::project::{Project, Settings};
use crate::server::Server;
use crate::sql;

/// What databases are called while the migrations are applied and afterwards.
pub(super) struct Names {
    /// At first.
    pub(super) made_as: String,
    /// The name that the migrations see.
    pub(super) seen: String,
    /// The template's.
    pub(super) template: String,
}

impl Names {
    /// On a server of our own.
    pub(super) fn usual(project: &Project) -> Self {
        Self {
            made_as: project.database_name().to_owned(),
            seen: project.database_name().to_owned(),
            template: MIGRATED.to_owned(),
        }
    }
}

pub(super) async fn fill(
    server: &Server,
    project: &Project,
    settings: &Settings,
    names: &Names,
) -> Result<Notes, Error> {
    match apply_all(server, project, settings, names).await {
        Err(Error::Apply(ApplyError::Script(mut error))) => {
            let scripts: Vec<&Script> = project.scripts().collect();
            class::judge(&mut error, &scripts, server.version().major);
            Err(Error::Apply(ApplyError::Script(error)))
        }
        outcome => outcome,
    }
}

async fn apply_all(
    server: &Server,
    project: &Project,
    settings: &Settings,
    names: &Names,
) -> Result<Notes, Error> {
    let mut admin = PgConnection::connect_with(&server.options(server.maintenance())).await?;
    let (database, role) = (names.seen.as_str(), project.role());
    if let ("container", "postgres") = (server.provider(), database) {
        // An embedded server has none of that name either.
        sqlx::raw_sql("DROP DATABASE postgres")
            .execute(&mut admin)
            .await?;
    }
    apply::create_database(&mut admin, &names.made_as, server.new_database()).await?;
    server.claim(&names.made_as, database).await?;
    if let Some(role) = role {
        let preludes: Vec<&Script> = project.preludes().collect();
        apply::create_role(&mut admin, role, &preludes).await?;
        if server.unproven_because().is_some() {
            // Only members may give things to a role.
            let grant = format!("GRANT {} TO CURRENT_USER", sql::identifier(role));
            sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut admin).await?;
        }
    }
    let options = server.options(database);
    let stand_ins;
    let with_stand_ins;
    let project = if server.unproven_because().is_some() {
        // Only a superuser can enter an extension.
        stand_ins = Vec::new();
        project
    } else {
        let at_hand = stand_in::at_hand(&mut admin).await?;
        (with_stand_ins, stand_ins) = project.clone().with_stand_ins(&at_hand, settings.stub_extensions);
        &with_stand_ins
    };
    if !stand_ins.is_empty() {
        let mut superuser = PgConnection::connect_with(&options).await?;
        stand_in::install(&mut superuser).await?;
        superuser.close().await?;
    }
    for script in project.preludes() {
        // Each has a session of its own, as with psql.
        let mut session = PgConnection::connect_with(&options).await?;
        apply::prelude(script, &mut session, settings.timeout).await?;
        session.close().await?;
    }
    if let Some(role) = role {
        let statement = format!(
            "ALTER DATABASE {} OWNER TO {}",
            sql::identifier(database),
            sql::identifier(role)
        );
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut admin)
            .await?;
    }
    let mut superuser = PgConnection::connect_with(&options).await?;
    let mut session = server.login(role.unwrap_or(server.user()), database).await?;
    let recorded = server.unproven_because().is_none();
    let plan = Plan::new(project.migrations(), project.ledger(), settings.timeout, recorded);
    let mut applied = apply::apply(&plan, &mut superuser, &mut session).await?;
    if !stand_ins.is_empty() {
        applied.stand_ins = used(stand_ins, project, &mut superuser).await?;
        stand_in::remove(&mut superuser).await?;
    }
    session.close().await?;
    superuser.close().await?;
    leave_relation_cache(server, options).await;
    wait_until_empty(&mut admin, database).await?;
    let (owner, settings): (String, bool) = sqlx::query_as(include_str!("has_settings.sql"))
        .bind(database)
        .fetch_one(&mut admin)
        .await?;
    let template = format!(
        "ALTER DATABASE {database} RENAME TO {template};\
         ALTER DATABASE {template} ALLOW_CONNECTIONS false;",
        database = sql::identifier(database),
        template = sql::identifier(&names.template),
    );
    sqlx::raw_sql(AssertSqlSafe(template)).execute(&mut admin).await?;
    admin.close().await?;
    Ok(Notes {
        database: database.to_owned(),
        owner,
        settings,
        applied,
    })
}

/// The stand-ins that mean something to the project: of those that only a prelude of ours asks for, those whose schema the
/// migrations name or whose members something of theirs depends on.
async fn used(
    mut stand_ins: Vec<StandIn>,
    project: &Project,
    superuser: &mut PgConnection,
) -> Result<Vec<StandIn>, Error> {
    stand_in::find_dependents(&mut stand_ins, superuser).await?;
    let is_named = |stand_in: &StandIn| {
        let schema = stand_in.schema.as_ref().map(|schema| format!("{schema}."));
        let asks = project
            .preludes()
            .all(|prelude| prelude.path != stand_in.location.file);
        asks || !stand_in.dependents.is_empty()
            || project.migrations().iter().any(|migration| {
                schema
                    .as_ref()
                    .is_some_and(|schema| migration.up.text.contains(schema))
            })
    };
    stand_ins.retain(is_named);
    Ok(stand_ins)
}

/// A session that begins after the last change leaves in a file what all others then need not read from the catalogues.
/// Without it they are slower and nothing else.
async fn leave_relation_cache(server: &Server, mut options: PgConnectOptions) {
    if server.version().major >= 17 {
        // A migration may have made one that writes down who logs in.
        options = options.options([("event_triggers", "off")]);
    }
    if let Ok(session) = PgConnection::connect_with(&options).await {
        let _ = session.close().await;
    }
}
