//! The areas of proof side by side, as many as there are cores for: each thread has a server to itself, since roles belong
//! to the whole server and what one area does to a role must not be seen by another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::shard::Share;
use super::{Options, audit, erasure, isolation, retention};
use crate::claim::Claim;
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;
use crate::report::Reach;
use crate::server::Provider;

/// What the contract may ask for, in the order in which it is begun and reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Isolation,
    Audit,
    Retention,
    Erasure,
}

const ALL: [Area; 4] = [Area::Isolation, Area::Audit, Area::Retention, Area::Erasure];

/// What came of one area.
#[derive(Debug)]
pub(super) struct Proved {
    pub(super) name: &'static str,
    pub(super) claims: Vec<Claim>,
    /// What each role reached; of isolation alone.
    pub(super) matrix: Vec<Reach>,
    pub(super) took: Duration,
}

impl Area {
    fn name(self) -> &'static str {
        match self {
            Self::Isolation => "isolation",
            Self::Audit => "audit",
            Self::Retention => "retention",
            Self::Erasure => "erasure",
        }
    }

    /// Whether the contract and the options ask for anything of it.
    fn is_asked(self, project: &Project, options: &Options) -> bool {
        let contract = project.contract();
        match self {
            Self::Isolation => contract.isolation.is_some() && isolation::is_wanted(options),
            Self::Audit => !contract.audit.is_empty() && audit::is_wanted(options),
            Self::Retention => !contract.retention.is_empty() && retention::is_wanted(options),
            Self::Erasure => !contract.erasure.is_empty() && erasure::is_wanted(options),
        }
    }

    async fn prove(
        self,
        project: &Project,
        options: &Options,
        template: &Arc<Template>,
    ) -> Result<Proved, Error> {
        let begun = Instant::now();
        let mut matrix = Vec::new();
        let claims = match self {
            Self::Isolation => {
                let proof = Box::pin(isolation::prove(project, options, template)).await?;
                matrix = proof.matrix;
                proof.claims
            }
            Self::Audit => Box::pin(audit::prove(project, options, template)).await?,
            Self::Retention => Box::pin(retention::prove(project, options, template)).await?,
            Self::Erasure => Box::pin(erasure::prove(project, options, template)).await?,
        };
        Ok(Proved {
            name: self.name(),
            claims,
            matrix,
            took: begun.elapsed(),
        })
    }
}

/// Proves what is asked for. Dropped early, the threads end at their next step.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Proved>, Error> {
    let share = Share::of(project, options);
    let asked: Vec<Area> = ALL
        .into_iter()
        .filter(|area| area.is_asked(project, options) && share.takes_any(area.name()))
        .collect();
    // A server that is not ours to start is one for all.
    let is_alone = !matches!(options.settings.provider, Provider::Embedded);
    let of_use = if is_alone {
        0
    } else {
        asked.len().saturating_sub(1)
    };
    let helpers = Helpers::take(&HELPING, of_use, options.threads());
    let work = Arc::new(Work {
        project: project.clone(),
        options: options.clone(),
        next: AtomicUsize::new(helpers.number + 1),
        asked,
    });
    let mut all = Vec::new();
    if is_alone {
        work.take_turns(0, Some(Arc::clone(template)), &mut all).await;
        return all.into_iter().map(|(_, outcome)| outcome).collect();
    }
    let (_until_dropped, stop) = watch::channel(());
    let threads: Vec<_> = (0..=helpers.number)
        .map(|number| {
            let (work, stop) = (Arc::clone(&work), stop.clone());
            // The first goes on where the caller has begun.
            let template = (number == 0).then(|| Arc::clone(template));
            tokio::task::spawn_blocking(move || work.on_this_thread(number, template, stop))
        })
        .collect();
    for thread in threads {
        match thread.await {
            Ok(proved) => all.extend(proved),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}

/// What the threads share.
struct Work {
    project: Project,
    options: Options,
    asked: Vec<Area>,
    /// The next that nobody has begun: each thread begins with the area of its own number.
    next: AtomicUsize,
}

impl Work {
    /// With a runtime of its own, so that an answer of the server wakes no other thread: that would cost more than most
    /// statements do.
    fn on_this_thread(
        &self,
        number: usize,
        template: Option<Arc<Template>>,
        mut stop: watch::Receiver<()>,
    ) -> Vec<(usize, Result<Proved, Error>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(source) => {
                let what = "failed to begin a thread to prove on".to_owned();
                return vec![(number, Err(Error::Io { what, source }))];
            }
        };
        runtime.block_on(async {
            let mut proved = Vec::new();
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                () = self.take_turns(number, template, &mut proved) => {}
            }
            proved
        })
    }

    async fn take_turns(
        &self,
        first: usize,
        template: Option<Arc<Template>>,
        proved: &mut Vec<(usize, Result<Proved, Error>)>,
    ) {
        let template = match template {
            Some(template) => Ok(template),
            None => self.another().await,
        };
        let template = match template {
            Ok(template) => template,
            Err(error) => return proved.push((first, Err(error))),
        };
        let mut turn = first;
        while let Some(area) = self.asked.get(turn) {
            let mut outcome = area.prove(&self.project, &self.options, &template).await;
            if let Err(error) = outcome {
                outcome = Err(error.or_lost(template.server()).await);
                // Nobody begins another.
                self.next.store(self.asked.len(), Ordering::Relaxed);
            }
            proved.push((turn, outcome));
            turn = self.next.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A server like the caller's.
    async fn another(&self) -> Result<Arc<Template>, Error> {
        let template = Template::prepare(&self.project, &self.options.settings).await?;
        // Its first clone bears the name that the migrations saw, which is for whoever comes first on the caller's.
        template.clone_database().await?;
        Ok(template)
    }
}

/// Threads beside the first, of all projects that this process proves at the moment.
static HELPING: AtomicUsize = AtomicUsize::new(0);

/// So many threads may help; given back when dropped.
struct Helpers {
    busy: &'static AtomicUsize,
    number: usize,
}

impl Helpers {
    /// As many as are of use, and as are left of so many threads at once.
    fn take(busy: &'static AtomicUsize, of_use: usize, at_once: usize) -> Self {
        let spare = at_once.saturating_sub(1);
        let mut number = 0;
        // The closure gives a value each time, so this never fails.
        let _ = busy.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |busy| {
            number = of_use.min(spare.saturating_sub(busy));
            Some(busy + number)
        });
        Self { busy, number }
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        self.busy.fetch_sub(self.number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::prove::{Snapshots, claims};

    const SCHEMA: &str = "
        CREATE ROLE app_user;
        CREATE TABLE notes (id int PRIMARY KEY, tenant text NOT NULL, line text);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes USING (tenant = current_setting('app.tenant', true));
        GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app_user;
        CREATE TABLE log (number bigint GENERATED ALWAYS AS IDENTITY, relation text, op text, row_id text);
        CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
        BEGIN
            INSERT INTO log (relation, op, row_id) VALUES (TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id));
            RETURN NULL;
        END $$;
        CREATE TRIGGER logged AFTER INSERT OR UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION logged();
        CREATE TABLE visits (id int PRIMARY KEY, at timestamptz NOT NULL);
    ";

    const CONTRACT: &str = "
        name = \"three areas\"
        [isolation]
        role = \"app_user\"
        context = { setting = \"app.tenant\" }
        tenant = \"tenant\"
        shared = [\"public.visits\"]
        internal = [\"public.log\"]
        [[audit]]
        tables = [\"public.notes\"]
        log = \"public.log\"
        columns = { table = \"relation\", op = \"op\", row_id = \"row_id\" }
        app_role = \"app_user\"
        [[retention]]
        run = \"DELETE FROM visits WHERE at < now() - interval '30 days'\"
        [retention.tables.\"public.visits\"]
        age = \"at\"
        keep = \"30 days\"
    ";

    #[tokio::test]
    async fn what_is_claimed_does_not_depend_on_how_many_areas_are_proved_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = camino::Utf8Path::from_path(folder.path()).unwrap();
        std::fs::write(root.join("pgproof.toml"), CONTRACT).unwrap();
        std::fs::write(root.join("001_example.sql"), SCHEMA).unwrap();
        let project = Project::open(root).unwrap();
        let template = project.template().await.unwrap();
        let mut all = Vec::new();
        for at_once in [1, 3] {
            let options = Options {
                snapshots: Snapshots::Ignored,
                at_once: NonZeroUsize::new(at_once),
                ..Options::default()
            };
            all.push(claims(&project, &options, &template).await.unwrap());
        }
        for area in ["isolation/", "audit/", "retention/"] {
            assert!(all[0].iter().any(|claim| claim.rule.starts_with(area)), "{area}");
        }
        assert_eq!(all[0], all[1]);
    }

    #[test]
    fn no_more_threads_help_than_are_asked_for_whoever_asks() {
        static BUSY: AtomicUsize = AtomicUsize::new(0);
        let take = |of_use, at_once| Helpers::take(&BUSY, of_use, at_once);
        let first = take(3, 3);
        assert_eq!(first.number, 2);
        assert_eq!(take(3, 3).number, 0);
        drop(first);
        assert_eq!(take(1, 3).number, 1);
        assert_eq!(take(3, 1).number, 0);
    }
}
