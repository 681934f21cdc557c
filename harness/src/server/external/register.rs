//! What a run has made on a server that others run, written down there, and how it is taken away again.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::{Opened, Reach, Target};
use crate::server::ServerError;
use crate::server::find::Version;
use crate::sql::{identifier, literal};

/// The number of the advisory lock under which runs look whether they collide.
const LOCK: i64 = 0x7067_7072_6f6f_66;

/// A register that is open.
pub(super) struct Register {
    /// In the database that others are made from.
    admin: PgConnection,
    /// In the register; while it is open the run lives.
    session: PgConnection,
    name: String,
}

/// Who logged in.
struct Login {
    version: Version,
    name: String,
    superuser: bool,
}

impl Register {
    /// Looks around and opens one.
    pub(super) async fn open(
        target: &Target,
        reach: &Reach,
        seen: &str,
    ) -> Result<(Self, Opened), ServerError> {
        let refuse = |reason: String| ServerError::External {
            server: format!("{target:?}"),
            reason,
        };
        let failed = |error: sqlx::Error| refuse(error.to_string());
        if target.address.tls.is_needed() && !cfg!(feature = "tls") {
            return Err(refuse(format!(
                "sslmode={} needs a pgproof with encryption: install a released one, or build it with `--features tls`",
                target.address.tls.word()
            )));
        }
        if crate::server::variable("PGOPTIONS").is_some() {
            return Err(ServerError::Environment);
        }
        let mut admin = PgConnection::connect_with(&target.address.options(&target.database))
            .await
            .map_err(failed)?;
        let login = login(&mut admin).await.map_err(failed)?.map_err(refuse)?;
        // Who comes later sees what we are about to make. It goes with the session, too.
        sqlx::query("SELECT pg_catalog.pg_advisory_lock($1)")
            .bind(LOCK)
            .execute(&mut admin)
            .await
            .map_err(failed)?;
        sweep(target, &mut admin).await.map_err(failed)?;
        let seen_is_taken = collide(target, &mut admin, reach, seen)
            .await
            .map_err(failed)?
            .map_err(refuse)?;
        let name = format!("pgproof_{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        let (session, first_role) = make(target, &mut admin, &name, reach, &login)
            .await
            .map_err(failed)?;
        sqlx::query("SELECT pg_catalog.pg_advisory_unlock($1)")
            .bind(LOCK)
            .execute(&mut admin)
            .await
            .map_err(failed)?;
        let mut address = target.address.clone();
        address.first_role = Some(first_role);
        let opened = Opened {
            address,
            version: login.version,
            superuser: login.superuser,
            seen: if seen_is_taken {
                format!("{name}_seen")
            } else {
                seen.to_owned()
            },
            prefix: name.clone(),
        };
        Ok((Self { admin, session, name }, opened))
    }

    /// Writes a database down and gives it another name. It has one of ours at first, so it can't be lost in between.
    pub(super) async fn claim(&mut self, from: &str, to: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO public.made (kind, name, oid) \
             SELECT 'database', $1, oid FROM pg_catalog.pg_database WHERE datname = $1 ON CONFLICT DO NOTHING",
        )
        .bind(from)
        .execute(&mut self.session)
        .await?;
        if from != to {
            let rename = format!("ALTER DATABASE {} RENAME TO {}", identifier(from), identifier(to));
            run(&mut self.admin, &rename).await?;
        }
        Ok(())
    }

    /// Writes down which of the roles that the migrations name are there by now.
    pub(super) async fn note_roles(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(include_str!("note_roles.sql"))
            .execute(&mut self.session)
            .await
            .map(drop)
    }

    /// Drops everything, the register last.
    pub(super) async fn close(mut self) {
        let _ = self.note_roles().await;
        let name = self.name.clone();
        match drop_all(&mut self.admin, self.session, &name).await {
            Ok(left) if left.is_empty() => {}
            Ok(left) => tracing::warn!(
                "these roles could not be dropped and are left on the server: {}; the next run tries again",
                left.join(", ")
            ),
            Err(error) => tracing::warn!(
                "what this run made on the server is left there, in databases that begin with {name}: {error}; the next run \
                 drops it"
            ),
        }
    }
}

async fn login(admin: &mut PgConnection) -> Result<Result<Login, String>, sqlx::Error> {
    let (version, name, superuser, makes_databases, _makes_roles): (String, String, bool, bool, bool) =
        sqlx::query_as(include_str!("login.sql")).fetch_one(admin).await?;
    let Some(version) = Version::parse(&version) else {
        return Ok(Err(format!(
            "it says that its version is {version}, which is no PostgreSQL's"
        )));
    };
    if !makes_databases {
        return Ok(Err(format!(
            "{name} may not make databases: ALTER ROLE {} CREATEDB, or log in as another role",
            identifier(&name)
        )));
    }
    Ok(Ok(Login {
        version,
        name,
        superuser,
    }))
}

/// Drops what runs have left that were killed.
async fn sweep(target: &Target, admin: &mut PgConnection) -> Result<(), sqlx::Error> {
    let abandoned: Vec<String> = sqlx::query_scalar(include_str!("abandoned.sql"))
        .fetch_all(&mut *admin)
        .await?;
    for name in abandoned {
        // Others sweep, too, where they log in to another database.
        let Ok(session) = PgConnection::connect_with(&target.address.options(&name)).await else {
            continue;
        };
        match drop_all(admin, session, &name).await {
            Ok(left) if left.is_empty() => {
                tracing::warn!("dropped what a killed run has left on the server: {name}")
            }
            Ok(left) => tracing::warn!(
                "a killed run has left roles on the server that can't be dropped: {}",
                left.join(", ")
            ),
            Err(error) => {
                tracing::warn!("what a killed run has left on the server can't be dropped: {name}: {error}")
            }
        }
    }
    Ok(())
}

/// Why the migrations can't be applied on a server that others use, too, if so; else whether somebody has a database
/// of the name that they see.
async fn collide(
    target: &Target,
    admin: &mut PgConnection,
    reach: &Reach,
    seen: &str,
) -> Result<Result<bool, String>, sqlx::Error> {
    if let Some(what) = reach.whole.first() {
        return Ok(Err(format!(
            "a migration has {what}, which changes the whole server; such migrations need a server of their own"
        )));
    }
    let roles: BTreeSet<String> =
        sqlx::query_scalar("SELECT rolname::text FROM pg_catalog.pg_roles ORDER BY rolname")
            .fetch_all(&mut *admin)
            .await?
            .into_iter()
            .collect();
    if let Some(role) = reach.makes.iter().find(|role| roles.contains(*role)) {
        return Ok(Err(format!(
            "the migrations make the role {role}, and it has one that is not ours (another run of pgproof may be using it \
             at the moment)"
        )));
    }
    if let Some(role) = reach.changes.iter().find(|role| roles.contains(*role)) {
        return Ok(Err(format!(
            "the migrations change the role {role}, which is there and not ours"
        )));
    }
    if let Some(role) = reach.acts_as.iter().find(|role| roles.contains(*role)) {
        return Ok(Err(format!(
            "the contract names the role {role}, which is there and not ours: pgproof acts only as roles that the \
             migrations make"
        )));
    }
    for (granted, members) in &reach.grants {
        let [granted, member] =
            [granted, members].map(|names| names.iter().find(|name| roles.contains(*name)));
        if let (Some(granted), Some(member)) = (granted, member) {
            return Ok(Err(format!(
                "the migrations change the membership of {member} in {granted}, which are there and not ours"
            )));
        }
    }
    let databases: BTreeSet<String> =
        sqlx::query_scalar("SELECT datname::text FROM pg_catalog.pg_database ORDER BY datname")
            .fetch_all(&mut *admin)
            .await?
            .into_iter()
            .collect();
    if let Some(database) = reach.databases.iter().find(|name| databases.contains(*name)) {
        return Ok(Err(format!(
            "the migrations name the database {database}, which is there and not ours"
        )));
    }
    for name in databases.iter().filter(|name| is_register(name)) {
        // Another login's can't be read, and then its roles are not seen before they are made.
        let Ok(mut session) = PgConnection::connect_with(&target.address.options(name)).await else {
            continue;
        };
        let made: Vec<String> =
            sqlx::query_scalar("SELECT name FROM public.made WHERE kind = 'role' ORDER BY name")
                .fetch_all(&mut session)
                .await
                .unwrap_or_default();
        if let Some(role) = made.iter().find(|role| reach.makes.contains(*role)) {
            return Ok(Err(format!(
                "another run of pgproof makes the role {role} there at the moment"
            )));
        }
        session.close().await?;
    }
    Ok(Ok(databases.contains(seen)))
}

fn is_register(name: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    name.strip_prefix("pgproof_")
        .is_some_and(|run| run.len() == 12 && run.chars().all(hex))
}

/// Makes the register and returns its session, and the oid of what is made from now on.
async fn make(
    target: &Target,
    admin: &mut PgConnection,
    name: &str,
    reach: &Reach,
    login: &Login,
) -> Result<(PgConnection, u32), sqlx::Error> {
    run(
        admin,
        &format!("CREATE DATABASE {} TEMPLATE template0", identifier(name)),
    )
    .await?;
    let mut session = PgConnection::connect_with(&target.address.options(name)).await?;
    // Should this machine vanish, the server notices.
    sqlx::raw_sql(
        "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3",
    )
    .execute(&mut session)
    .await?;
    run(&mut session, include_str!("register.sql")).await?;
    for role in reach.makes.iter().filter(|role| **role != login.name) {
        sqlx::query("INSERT INTO public.made (kind, name) VALUES ('role', $1)")
            .bind(role)
            .execute(&mut session)
            .await?;
    }
    // The mark comes last: a register that bears it has somebody connected to it, or is abandoned.
    let comment = format!(
        "COMMENT ON DATABASE {} IS {}",
        identifier(name),
        literal(&format!(
            "register of pgproof run {}",
            name.trim_start_matches("pgproof_")
        ))
    );
    run(&mut session, &comment).await?;
    let oid: i64 =
        sqlx::query_scalar("SELECT oid::int8 FROM pg_catalog.pg_database WHERE datname = current_database()")
            .fetch_one(&mut session)
            .await?;
    Ok((session, u32::try_from(oid).unwrap_or(u32::MAX)))
}

/// Drops what a register names, and the register where nothing is left. The roles that could not be dropped.
async fn drop_all(
    admin: &mut PgConnection,
    mut session: PgConnection,
    name: &str,
) -> Result<Vec<String>, sqlx::Error> {
    let databases: Vec<String> = sqlx::query_scalar(include_str!("databases.sql"))
        .bind(format!("{name}_"))
        .fetch_all(&mut session)
        .await?;
    for database in databases {
        run(
            admin,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(&database)),
        )
        .await?;
    }
    let mut left = roles(&mut session).await?;
    // One may have to wait for another that was granted by it.
    for _ in 0..left.len() {
        for role in &left {
            let role = identifier(role);
            // What it was granted on the server as a whole.
            let _ = run(&mut session, &format!("DROP OWNED BY {role} CASCADE")).await;
            let _ = run(&mut session, &format!("DROP ROLE IF EXISTS {role}")).await;
        }
        left = roles(&mut session).await?;
        if left.is_empty() {
            break;
        }
    }
    session.close().await?;
    if left.is_empty() {
        run(
            admin,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name)),
        )
        .await?;
    }
    Ok(left)
}

async fn roles(session: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(include_str!("roles.sql"))
        .fetch_all(session)
        .await
}

async fn run(session: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(session)
        .await
        .map(drop)
}
