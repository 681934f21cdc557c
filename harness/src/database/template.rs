//! The template: a server whose cluster holds the migrated database, made once for each set of migrations and kept
//! in the cache.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use super::fill::{Names, fill};
use super::newer;
use super::pool::{self, Naming, Pool, Source};
use crate::error::Error;
use crate::migrate::apply::Applied;
use crate::project::{Project, Settings};
use crate::server::cache::Cache;
use crate::server::embedded::{Embedded, Use};
use crate::server::{self, Archive, Installation, Provider, Server, ServerError, Twins, find, install};

/// Tells this build from others: how migrations are applied, and what is packed beside a template, depend on it.
const BUILD: &str = env!("PGPROOF_SOURCES");

/// The database that clones are made from; nobody can connect to it.
pub(crate) const MIGRATED: &str = "pgproof_template";

/// A running server with the migrated database in it, from which clones are made.
#[derive(Debug)]
pub struct Template {
    /// Where what was found out about it is kept, and what it is called there; nothing for a server that may be
    /// another one tomorrow.
    memory: Option<(Cache, String)>,
    pub(super) server: Server,
    /// The database that clones are made from; nobody can connect to it.
    migrated: String,
    pub(super) notes: Notes,
    durations: Durations,
    pub(super) pool: Pool,
}

/// What is packed beside the cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Notes {
    /// The name that the migrations saw.
    pub(super) database: String,
    /// The role that owns it.
    pub(super) owner: String,
    /// Whether the database has settings or grants of its own, which clones must be given.
    pub(super) settings: bool,
    pub(super) applied: Applied,
}

/// Where the time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Durations {
    /// Finding PostgreSQL and starting the server.
    pub server: Duration,
    /// Applying the migrations; nothing where the cache has the template.
    pub migrate: Duration,
}

impl Template {
    /// Starts a server that holds the project's migrated database: from the cache, or by applying the migrations.
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub async fn prepare(project: &Project, settings: &Settings) -> Result<Arc<Self>, Error> {
        match &settings.provider {
            Provider::Embedded => {
                let place = Place::find(project, settings).await?;
                Box::pin(Self::start(
                    project,
                    settings,
                    place,
                    Use::Own,
                    Naming::AsMigrated,
                ))
                .await
            }
            Provider::Container { image } => {
                let started = Instant::now();
                let major = settings.major.or(project.first_major());
                let server = Box::pin(Server::container(image.as_deref(), major)).await?;
                let name = image.as_deref().unwrap_or("the image");
                check_major(project, settings, &server, name)?;
                Box::pin(Self::elsewhere(project, settings, server, started)).await
            }
            Provider::External(target) => {
                let started = Instant::now();
                let opening = Server::external(target, project.reach(), project.database_name());
                let server = Box::pin(opening).await?;
                check_major(project, settings, &server, &format!("{target:?}"))?;
                Box::pin(Self::elsewhere(project, settings, server, started)).await
            }
        }
    }

    pub(super) async fn start(
        project: &Project,
        settings: &Settings,
        place: Place,
        by: Use,
        naming: Naming,
    ) -> Result<Arc<Self>, Error> {
        let (mut archive, mut migrate) = Self::archive(project, settings, &place).await?;
        let mut started = boot(&place, archive, by).await;
        if let Err(Error::Server(ServerError::DamagedArchive(damage))) = &started {
            place.cache.remove(&place.name, damage);
            let took;
            (archive, took) = Self::archive(project, settings, &place).await?;
            migrate += took;
            started = boot(&place, archive, by).await;
        }
        let (server, notes) = started?;
        let durations = Durations {
            server: place.since.elapsed().saturating_sub(migrate),
            migrate,
        };
        let source = source(&server, MIGRATED, &notes, naming, true);
        let memory = Some((place.cache, place.name));
        Ok(Self::of(memory, server, notes, durations, source))
    }

    /// The migrated cluster, from the cache or newly made, and how long the making took.
    async fn archive(
        project: &Project,
        settings: &Settings,
        place: &Place,
    ) -> Result<(Archive, Duration), Error> {
        let Place {
            installation,
            cache,
            name,
            ..
        } = place;
        if let Some(archive) = read(cache, name).await? {
            return Ok((archive, Duration::ZERO));
        }
        // Of many processes that need the same template one makes it, and the others find it after waiting.
        let _lock = blocking({
            let (cache, name) = (cache.clone(), name.clone());
            move || Ok(cache.lock(&name))
        })
        .await?;
        if let Some(archive) = read(cache, name).await? {
            return Ok((archive, Duration::ZERO));
        }
        let began = Instant::now();
        let made = match make(project, settings, cache, installation).await {
            Err(error) => {
                let error = newer::explain(error, project, settings, cache, installation);
                return Err(Box::pin(error).await);
            }
            Ok(made) => made,
        };
        let took = began.elapsed();
        let (cache, name) = (cache.clone(), name.clone());
        blocking(move || {
            cache.write(&name, &made);
            Ok((made, took))
        })
        .await
    }

    pub(super) fn of(
        memory: Option<(Cache, String)>,
        server: Server,
        notes: Notes,
        durations: Durations,
        source: Source,
    ) -> Arc<Self> {
        Arc::new(Self {
            memory,
            server,
            migrated: source.migrated.clone(),
            notes,
            durations,
            pool: Pool::new(source),
        })
    }

    /// On a server that no other template uses: roles belong to the whole of it.
    async fn elsewhere(
        project: &Project,
        settings: &Settings,
        server: Server,
        started: Instant,
    ) -> Result<Arc<Self>, Error> {
        let cache = blocking(|| Ok(Cache::open().ok())).await?;
        let began = Instant::now();
        let names = match server.names() {
            Some((prefix, seen)) => Names {
                made_as: format!("{prefix}_migrated"),
                seen: seen.to_owned(),
                template: format!("{prefix}_template"),
            },
            None => Names::usual(project),
        };
        let notes = match fill(&server, project, settings, &names).await {
            Ok(notes) => notes,
            Err(error) => return Err(error.or_lost(&server).await),
        };
        server.applied();
        let migrate = began.elapsed();
        let memory = server.made_of().zip(cache).map(|(made_of, cache)| {
            let key = blake3::hash(format!("{BUILD} {made_of} {}", key(project, settings)).as_bytes());
            (cache, format!("template-{}", &key.to_hex()[..24]))
        });
        let durations = Durations {
            server: started.elapsed().saturating_sub(migrate),
            migrate,
        };
        let naming = match server.names() {
            Some(_) => Naming::Lent,
            None => Naming::AsMigrated,
        };
        let source = source(&server, &names.template, &notes, naming, false);
        Ok(Self::of(memory, server, notes, durations, source))
    }

    /// What an earlier run has found out about these migrations on this PostgreSQL. `about` says what, and what else it
    /// depends on.
    pub(crate) async fn recall<T: DeserializeOwned>(&self, about: &str) -> Option<T> {
        let (cache, name) = self.place_of(about)?;
        let archive = read(&cache, &name).await.ok()??;
        serde_json::from_slice(&archive.notes().ok()?).ok()
    }

    /// Keeps something for the next run to [`recall`](Self::recall). A cache that can't be written costs that run time.
    pub(crate) async fn keep<T: Serialize + Sync>(&self, about: &str, value: &T) {
        let packed = serde_json::to_vec(value)
            .map_err(Into::into)
            .and_then(|notes| Archive::of_notes(&notes));
        let (Ok(archive), Some((cache, name))) = (packed, self.place_of(about)) else {
            return;
        };
        let _ = tokio::task::spawn_blocking(move || cache.write(&name, &archive)).await;
    }

    fn place_of(&self, about: &str) -> Option<(Cache, String)> {
        let (cache, name) = self.memory.as_ref()?;
        Some((cache.clone(), known(name, about)))
    }

    /// What applying the migrations has made and shown.
    pub fn applied(&self) -> &Applied {
        &self.notes.applied
    }

    /// The server that holds it.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Makes the databases that tools expect on any server and that a slim cluster lacks: `postgres`, which clients
    /// connect to in order to make others, and `template0`, which those of another locale are made from. Other servers
    /// have them.
    ///
    /// # Errors
    /// The server is gone.
    pub async fn add_standard_databases(&self) -> Result<(), Error> {
        if self.server.provider() != "embedded" {
            return Ok(());
        }
        let mut admin = PgConnection::connect_with(&self.server.options(self.server.maintenance())).await?;
        let strategy = copy_strategy(&self.server);
        for statement in [
            "CREATE DATABASE postgres",
            "CREATE DATABASE template0 IS_TEMPLATE true ALLOW_CONNECTIONS false",
        ] {
            let made = sqlx::raw_sql(AssertSqlSafe(format!("{statement}{strategy}")))
                .execute(&mut admin)
                .await;
            match made {
                // 42P04: the project's own database is called so.
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P04") => {}
                other => {
                    other?;
                }
            }
        }
        Ok(admin.close().await?)
    }

    /// Where the time went.
    pub fn durations(&self) -> Durations {
        self.durations
    }

    /// The database that clones are made from.
    pub(super) fn migrated(&self) -> &str {
        &self.migrated
    }
}

/// What the clones of a template are made from.
pub(super) fn source(
    server: &Server,
    migrated: &str,
    notes: &Notes,
    naming: Naming,
    has_first: bool,
) -> Source {
    let maintenance = match naming {
        Naming::Apart => "postgres",
        Naming::AsMigrated | Naming::Lent => server.maintenance(),
    };
    Source {
        admin: server.options(maintenance),
        migrated: migrated.to_owned(),
        database: match server.names() {
            Some((prefix, _)) => prefix.to_owned(),
            None => notes.database.clone(),
        },
        owner: notes.owner.clone(),
        strategy: copy_strategy(server),
        // Without a superuser nothing is tried that they would change.
        has_settings: notes.settings && server.unproven_because().is_none(),
        naming,
        // The one that is connected to can't be given another name.
        has_first: has_first && maintenance != notes.database,
    }
}

/// Starts a server on a copy of the archived cluster.
async fn boot(place: &Place, archive: Archive, by: Use) -> Result<(Server, Notes), Error> {
    let installation = place.installation.clone();
    blocking(move || {
        std::thread::scope(|scope| {
            let notes = scope.spawn(|| {
                let notes = archive.notes().ok()?;
                serde_json::from_slice::<Notes>(&notes).ok()
            });
            let server = Server::from(Embedded::start(&installation, &archive, by)?);
            // The key covers our sources, so this is a bug and not a state of the user's machine.
            let notes = notes.join().ok().flatten();
            Ok((
                server,
                notes.ok_or(Error::Bug("a template's notes can't be read"))?,
            ))
        })
    })
    .await
}

/// How a database is best made from another. Copying files is several times faster than writing WAL; 14 knows no
/// other way.
pub(super) fn copy_strategy(server: &Server) -> &'static str {
    // It takes a checkpoint, for which others would have to wait.
    let is_lent = server.names().is_some();
    if server.version().major >= 15 && !is_lent {
        " STRATEGY file_copy"
    } else {
        ""
    }
}

/// What the cache calls something that is known about a template.
pub(super) fn known(template: &str, about: &str) -> String {
    let hash = blake3::hash(format!("{template} {about}").as_bytes());
    format!("known-{}", &hash.to_hex()[..24])
}

/// The programs to start, and what the template is called in the cache.
pub(super) struct Place {
    pub(super) installation: Installation,
    pub(super) cache: Cache,
    pub(super) name: String,
    /// When the search for them began.
    since: Instant,
}

impl Place {
    pub(super) async fn find(project: &Project, settings: &Settings) -> Result<Self, Error> {
        let (major, asked) = (settings.major.or(project.first_major()), settings.pg_bin.clone());
        let key = key(project, settings);
        let since = Instant::now();
        let installation = install::choose(major, asked, settings.offline).await?;
        blocking(move || {
            let cache = Cache::open()?;
            let name = format!("template-{}", template_key(&installation, &key)?);
            Ok(Self {
                installation,
                cache,
                name,
                since,
            })
        })
        .await
    }
}

/// What the template depends on, but for the server.
fn key(project: &Project, settings: &Settings) -> String {
    let stand_ins = if settings.stub_extensions {
        " with stand-ins"
    } else {
        ""
    };
    format!("{}{stand_ins}", project.key())
}

fn template_key(installation: &Installation, project: &str) -> Result<String, Error> {
    let base = server::key(installation)?;
    Ok(blake3::hash(format!("{BUILD} {base} {project}").as_bytes()).to_hex()[..24].to_owned())
}

pub(super) async fn read(cache: &Cache, name: &str) -> Result<Option<Archive>, Error> {
    let (cache, name) = (cache.clone(), name.to_owned());
    blocking(move || Ok(cache.read(&name))).await
}

/// Applies the migrations on a server of their own and packs its cluster.
async fn make(
    project: &Project,
    settings: &Settings,
    cache: &Cache,
    installation: &Installation,
) -> Result<Archive, Error> {
    let (cache, installation) = (cache.clone(), installation.clone());
    let server = blocking(move || {
        let base = server::base(&cache, &installation)?;
        Ok(Server::from(Embedded::start(&installation, &base, Use::Own)?))
    })
    .await?;
    let made = async {
        let notes = fill(&server, project, settings, &Names::usual(project)).await?;
        let twins = first_clone(&server, &notes).await?;
        Ok::<_, Error>((notes, twins))
    };
    match made.await {
        Ok((notes, twins)) => {
            let notes =
                serde_json::to_vec(&notes).map_err(|_| Error::Bug("a template's notes can't be written"))?;
            blocking(move || server.into_archive(&notes, Some(twins))).await
        }
        // A connection that broke has its reason in the server's log.
        Err(error) => Err(error.or_lost(&server).await),
    }
}

/// Makes the clone that nearly every run begins with, so that it need not be made at each start.
async fn first_clone(server: &Server, notes: &Notes) -> Result<Twins, Error> {
    let source = source(server, MIGRATED, notes, Naming::AsMigrated, false);
    let mut admin = PgConnection::connect_with(&source.admin).await?;
    pool::clone(&mut admin, &source, &source.migrated, &notes.database).await?;
    let (of, to): (i64, i64) = sqlx::query_as(
        "SELECT of.oid::bigint, other.oid::bigint FROM pg_catalog.pg_database AS of, pg_catalog.pg_database AS other \
         WHERE of.datname = $1 AND other.datname = $2",
    )
    .bind(&source.migrated)
    .bind(&notes.database)
    .fetch_one(&mut admin)
    .await?;
    admin.close().await?;
    let oid =
        |oid| u32::try_from(oid).map_err(|_| Error::Bug("an object identifier is no number of 32 bits"));
    Ok(Twins {
        of: oid(of)?,
        to: oid(to)?,
    })
}

/// A server that others chose must be of a major that was asked for.
fn check_major(project: &Project, settings: &Settings, server: &Server, name: &str) -> Result<(), Error> {
    let version = server.version();
    let wanted = match (settings.major, project.majors()) {
        (Some(major), _) if major != version.major => format!("PostgreSQL {major} was asked for"),
        (None, majors) if !majors.is_empty() && !majors.contains(&version.major) => {
            let majors: Vec<String> = majors.iter().map(u16::to_string).collect();
            format!("the contract names {} alone", majors.join(", "))
        }
        _ if !find::SUPPORTED.contains(&version.major) => {
            format!(
                "pgproof works with {} to {}",
                find::SUPPORTED.start(),
                find::SUPPORTED.end()
            )
        }
        _ => return Ok(()),
    };
    Err(Error::Server(ServerError::OtherMajor {
        version: version.clone(),
        server: name.to_owned(),
        wanted,
    }))
}

/// Waits until the sessions that were closed are gone: a server that finds one left waits a tenth of a second by
/// itself before it looks again.
pub(super) async fn wait_until_empty(admin: &mut PgConnection, database: &str) -> Result<(), sqlx::Error> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let sessions: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = $1")
                .bind(database)
                .fetch_one(&mut *admin)
                .await?;
        if sessions == 0 || Instant::now() > deadline {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

/// Runs what blocks beside the tasks that must go on.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
