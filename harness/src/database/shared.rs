//! A template whose server all processes of a run share: who comes first starts it, and a lease in the cache tells the
//! others where it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::pool::Naming;
use super::template::{Durations, MIGRATED, Notes, Place, Template, blocking, known, read, source};
use crate::error::Error;
use crate::project::{Project, Settings};
use crate::server::embedded::{Embedded, Use};
use crate::server::{Archive, Provider, Server};

/// Where a server is that processes share.
#[derive(Serialize, Deserialize)]
struct Lease {
    folder: PathBuf,
    notes: Notes,
}

impl Template {
    /// The same on a server that all processes of a run share: the first starts it, and it ends some seconds after the
    /// last has left. The run's name is what they have in common and no other run has.
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub(crate) async fn shared(
        project: &Project,
        settings: &Settings,
        run: &str,
    ) -> Result<Arc<Self>, Error> {
        Self::join_or_start(project, settings, run, Naming::Apart).await
    }

    /// The same for a command that leads the run: the first database has the name that the migrations saw, and the
    /// server ends at once when the last has left.
    ///
    /// # Errors
    /// No server can be had, or a migration fails.
    pub async fn for_run(project: &Project, settings: &Settings, run: &str) -> Result<Arc<Self>, Error> {
        Self::join_or_start(project, settings, run, Naming::AsMigrated).await
    }

    /// Has a server that is shared last for as long as that process runs, too.
    ///
    /// # Errors
    /// The server is gone, or is none of ours that can be shared.
    pub fn hold_while(&self, process: u32) -> Result<(), Error> {
        self.server.hold_while(process)
    }

    async fn join_or_start(
        project: &Project,
        settings: &Settings,
        run: &str,
        naming: Naming,
    ) -> Result<Arc<Self>, Error> {
        if !matches!(settings.provider, Provider::Embedded) {
            return Self::prepare(project, settings).await;
        }
        let place = Place::find(project, settings).await?;
        let Place { cache, name, .. } = &place;
        let lease = known(name, &format!("lease {run}"));
        // Of many that come at once one starts the server.
        let _lock = blocking({
            let (cache, name) = (cache.clone(), format!("lease-{name}"));
            move || Ok(cache.lock(&name))
        })
        .await?;
        if let Some(joined) = Self::join(&place, &lease).await? {
            return Ok(joined);
        }
        let cache = cache.clone();
        let by = match naming {
            Naming::Apart => Use::Shared,
            Naming::AsMigrated | Naming::Lent => Use::Led,
        };
        let template = Box::pin(Self::start(project, settings, place, by, naming)).await?;
        // The sessions by which processes show that they live stay in `postgres`: in `template1` they would be in the way.
        template.add_standard_databases().await?;
        let held = Lease {
            folder: PathBuf::from(template.server.host()),
            notes: template.notes.clone(),
        };
        let held = serde_json::to_vec(&held).map_err(|_| Error::Bug("a lease can't be written"))?;
        // Without it others start a server of their own.
        if let Ok(archive) = Archive::of_notes(&held) {
            blocking(move || {
                cache.write(&lease, &archive);
                Ok(())
            })
            .await?;
        }
        Ok(template)
    }

    /// Joins the server that a lease tells of, if it still runs.
    async fn join(place: &Place, lease: &str) -> Result<Option<Arc<Self>>, Error> {
        let started = Instant::now();
        let Some(archive) = read(&place.cache, lease).await? else {
            return Ok(None);
        };
        let held = archive.notes().ok();
        let Some(Lease { folder, notes }) = held.and_then(|held| serde_json::from_slice(&held).ok()) else {
            return Ok(None);
        };
        let version = place.installation.version.clone();
        let Some(server) = blocking(move || Ok(Embedded::join(folder, version).map(Server::from))).await?
        else {
            return Ok(None);
        };
        let durations = Durations {
            server: started.elapsed(),
            migrate: Duration::ZERO,
        };
        let memory = Some((place.cache.clone(), place.name.clone()));
        // The clone that the cluster came with is its starter's.
        let source = source(&server, MIGRATED, &notes, Naming::Apart, false);
        Ok(Some(Self::of(memory, server, notes, durations, source)))
    }
}
