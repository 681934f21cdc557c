//! `apply/down`: each way back gives the schema that was there before its migration, and the migration again the same
//! as the first time.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::Connection as _;

use super::Options;
use crate::catalog::{Catalog, Difference};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::database::{Database, Template};
use crate::error::Error;
use crate::migrate::apply::{Plan, apply_one, take_back};
use crate::migrate::extension::stand_in;
use crate::migrate::{ApplyError, Migration, Script};
use crate::project::Project;
use crate::server::Provider;

pub(super) const RULE: &str = "apply/down";

/// What the ways back have shown. Going back and forward takes longer than everything else together and gives the same
/// each time, so what is proven is kept with the template.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Template,
) -> Result<Vec<Claim>, Error> {
    let about = about(project);
    if let Some(known) = template.recall(&about).await {
        return Ok(known);
    }
    let claims = Box::pin(go_all(project, options)).await?;
    if claims.iter().all(|claim| claim.verdict != Verdict::Violated) {
        template.keep(&about, &claims).await;
    }
    Ok(claims)
}

/// Everything that the claims depend on and the template's name does not tell: the files of the ways back.
fn about(project: &Project) -> String {
    let mut about = RULE.to_owned();
    for migration in project.migrations() {
        let down = migration
            .down
            .as_ref()
            .map(|down| (down.path.as_str(), down.text.as_str()));
        about = format!("{about}\n{} {down:?}", migration.up.path);
    }
    about
}

async fn go_all(project: &Project, options: &Options) -> Result<Vec<Claim>, Error> {
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
    if let Provider::External(_) = options.settings.provider {
        claims.extend(tried.iter().map(|(migration, down)| {
            let message = format!(
                "{} is not tried: the ways back drop roles, so they need a server of their own and not one that others \
                 run; --server embedded and --server container have one",
                down.path
            );
            claim(migration, Verdict::Unproven, Severity::Warning, message)
        }));
        return Ok(claims);
    }
    // Roles belong to the whole server and a way back may drop them, so it needs a server of its own, with no other
    // database on it that has grants to the same roles.
    let own = Template::prepare(project, &options.settings).await?;
    let database = own.take_database().await?;
    let mut superuser = database.connect().await?;
    let at_hand = stand_in::at_hand(&mut superuser).await?;
    let (project, stand_ins) = project
        .clone()
        .with_stand_ins(&at_hand, options.settings.stub_extensions);
    if !stand_ins.is_empty() {
        stand_in::install(&mut superuser).await?;
    }
    superuser.close().await?;
    let mut trip = Trip {
        project: &project,
        options,
        own: &own,
        database: &database,
        known: Vec::new(),
        findings: BTreeMap::new(),
        stopped: None,
    };
    let outcome = trip.run(reachable).await;
    if let Err(error) = outcome {
        return Err(error.or_lost(own.server()).await);
    }
    claims.extend(trip.claims(&tried, reachable));
    Ok(claims)
}

/// Everything down and everything up. On the way down each migration is also taken back and applied again by itself,
/// for what it leaves behind may go with the table that an older one drops.
struct Trip<'a> {
    project: &'a Project,
    options: &'a Options,
    own: &'a Arc<Template>,
    database: &'a Database,
    /// The differences that were blamed on a migration, which those before it see, too.
    known: Vec<Difference>,
    /// By the number of the migration.
    findings: BTreeMap<usize, Claim>,
    /// The migration at which the way down ended.
    stopped: Option<usize>,
}

/// Which way a migration goes.
#[derive(Clone, Copy)]
enum Way {
    Back,
    Forward,
}

/// How going ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Done,
    /// It failed, and the schema is as it was.
    Undone,
    /// It failed half-way.
    Lost,
}

impl Trip<'_> {
    async fn run(&mut self, reachable: usize) -> Result<(), Error> {
        let last = self.project.migrations().len();
        let mut lowest = reachable;
        for number in (reachable..last).rev() {
            match self.go(number, Way::Back).await? {
                Step::Done => self.compare(number, number).await?,
                step => {
                    self.stopped = Some(number);
                    if step == Step::Lost {
                        return Ok(());
                    }
                    lowest = number + 1;
                    break;
                }
            }
            match self.go(number, Way::Forward).await? {
                Step::Done => {
                    self.compare(number, number + 1).await?;
                    if self.go(number, Way::Back).await? != Step::Done {
                        self.stopped = Some(number);
                        return Ok(());
                    }
                }
                Step::Undone => {}
                Step::Lost => {
                    self.stopped = Some(number);
                    return Ok(());
                }
            }
        }
        for number in lowest..last {
            if self.go(number, Way::Forward).await? != Step::Done {
                return Ok(());
            }
        }
        let differences = self.differences(&self.own.applied().catalog).await?;
        if !differences.is_empty() && lowest < last {
            // Each alone leads back, all together do not.
            let claim = self.differs(
                lowest,
                "all ways back and all migrations again differ",
                &differences,
            );
            self.findings.entry(lowest).or_insert(claim);
        }
        Ok(())
    }

    /// Takes one migration back, or applies it again, in a session of its own.
    async fn go(&mut self, number: usize, way: Way) -> Result<Step, Error> {
        let migration = &self.project.migrations()[number];
        let mut session = match self.project.role() {
            Some(role) => self.database.connect_as(role).await?,
            None => self.database.connect().await?,
        };
        let plan = Plan {
            migrations: self.project.migrations(),
            ledger: self.project.ledger(),
            timeout: self.options.settings.timeout,
            recorded: true,
        };
        let (outcome, what, state) = match (way, &migration.down) {
            (Way::Back, Some(down)) => (
                take_back(&plan, &mut session, number, down).await,
                "the way back fails",
                number + 1,
            ),
            (Way::Back, None) => return Ok(Step::Undone),
            (Way::Forward, _) => (
                apply_one(&plan, &mut session, number).await.map(drop),
                "after the way back the migration can't be applied again",
                number,
            ),
        };
        let Err(error) = outcome else {
            session.close().await?;
            return Ok(Step::Done);
        };
        // A server that ends is no fault of the migration that is just under way.
        let error = match Error::Apply(error).or_lost(self.own.server()).await {
            Error::Apply(error) => error,
            lost => return Err(lost),
        };
        let reason = match &error {
            ApplyError::Script(script) => script.diagnostic.message.clone(),
            other => other.to_string(),
        };
        if self.findings.is_empty() {
            let claim = failed(migration, &error, &format!("{what}: {reason}"));
            self.findings.insert(number, claim);
        }
        // What it did before it failed may stay where it ran without a transaction; a statement that is too slow may
        // run still.
        let still_runs = matches!(&error, ApplyError::Script(script) if script.sqlstate.is_none());
        drop(session);
        if !still_runs && self.is_as(state).await? {
            Ok(Step::Undone)
        } else {
            Ok(Step::Lost)
        }
    }

    /// Whether the schema is as it was before the migration of that number, or after the last.
    async fn is_as(&self, number: usize) -> Result<bool, Error> {
        let applied = self.own.applied();
        let now = self.database.catalog().await?;
        Ok(match applied.steps.get(number) {
            Some(step) => now.fingerprint() == *step,
            None => now.differences(&applied.catalog).is_empty(),
        })
    }

    /// Compares the schema with what was there before the migration `state` was first applied, and blames `number`.
    async fn compare(&mut self, number: usize, state: usize) -> Result<(), Error> {
        if self.is_as(state).await? {
            return Ok(());
        }
        let applied = self.own.applied();
        let reference;
        let wanted = if state == 0 {
            &applied.start
        } else if state == self.project.migrations().len() {
            &applied.catalog
        } else {
            let before = self.project.clone().up_to(state);
            reference = Template::prepare(&before, &self.options.settings).await?;
            &reference.applied().catalog
        };
        let differences = self.differences(wanted).await?;
        if !differences.is_empty() {
            let what = if state == number {
                "does not lead back"
            } else {
                "and the migration again give another schema"
            };
            let down = self.project.migrations()[number].down.as_ref();
            let what = format!("{} {what}", down.map_or("", |down| down.path.as_str()));
            let claim = self.differs(number, &what, &differences);
            self.findings.entry(number).or_insert(claim);
            self.known.extend(differences);
        }
        Ok(())
    }

    /// What differs and is not blamed yet. No way back can put a column where it was.
    async fn differences(&self, wanted: &Catalog) -> Result<Vec<Difference>, Error> {
        let now = self.database.catalog().await?;
        let mut differences = now.differences(wanted);
        differences.retain(|difference| {
            !difference.aspect.starts_with("order of columns") && !self.known.contains(difference)
        });
        Ok(differences)
    }

    fn differs(&self, number: usize, what: &str, differences: &[Difference]) -> Claim {
        let migration = &self.project.migrations()[number];
        let list: Vec<String> = differences.iter().map(ToString::to_string).collect();
        claim(
            migration,
            Verdict::Violated,
            Severity::Error,
            format!("{what}: {}", list.join("; ")),
        )
        .at(migration.down.as_ref().map(|down| Location {
            file: down.path.to_string(),
            line: 1,
            column: None,
        }))
        .expected("the same catalog as before", list.join("\n"))
    }

    fn claims(self, tried: &[(&Migration, &Script)], reachable: usize) -> Vec<Claim> {
        let Self {
            mut findings,
            stopped,
            ..
        } = self;
        let cause = findings.values().next().cloned();
        let verdict = |(at, (migration, down)): (usize, &(&Migration, &Script))| {
            let number = reachable + at;
            if let Some(finding) = findings.remove(&number) {
                return finding;
            }
            if stopped.is_some_and(|end| number <= end) {
                let why = cause.as_ref().map_or("", |cause| cause.object.as_str());
                let message = format!("{} is not tried to its end, for the fault of {why}", down.path);
                let mut claim = claim(migration, Verdict::Unproven, Severity::Info, message);
                claim.follows_from = cause.as_ref().map(|cause| cause.fingerprint.clone());
                return claim;
            }
            let message = format!(
                "{} leads back to the schema before, and {} forward again to the same",
                down.path, migration.up.path
            );
            claim(migration, Verdict::Proven, Severity::Error, message)
        };
        tried.iter().enumerate().map(verdict).collect()
    }
}

fn claim(migration: &Migration, verdict: Verdict, severity: Severity, message: String) -> Claim {
    Claim::new(RULE, migration.up.path.as_str(), "", verdict, severity, message)
}

fn failed(migration: &Migration, error: &ApplyError, message: &str) -> Claim {
    claim(migration, Verdict::Violated, Severity::Error, message.to_owned()).at(error.location())
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
