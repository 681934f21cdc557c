//! `pgproof plan`: what would be applied, what it would make, how long it takes and what would be lacking; with
//! `--applied` also what is lacking now, where that migration is the last that was.
//!
//! It is found out on throwaway servers, so nothing of the user's changes: no snapshot is looked at or written.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use globset::Glob;
use pgproof::catalog::Address;
use pgproof::claim::{Claim, Verdict};
use pgproof::contract::projects;
use pgproof::migrate::Applied;
use pgproof::prove::{self, Options, Snapshots};
use pgproof::report::ProjectError;
use pgproof::server::Provider;
use pgproof::{Error, Project, Settings, Template};
use serde::Serialize;

use super::arguments::{Format, PlanOptions};
use super::console::{self, Console};
use super::interrupt::{INTERRUPTED, unless_interrupted};

/// `--format json` of `plan`, version 1.
#[derive(Debug, Serialize)]
struct Plan {
    schema: &'static str,
    projects: Vec<ProjectPlan>,
}

/// What applying a project's migrations would do.
#[derive(Debug, Default, Serialize)]
pub(super) struct ProjectPlan {
    /// The project's name.
    pub(super) name: String,
    /// Its folder.
    pub(super) path: String,
    /// The database that the migrations see.
    pub(super) database: String,
    /// How the folder is read.
    pub(super) convention: String,
    /// What gave the convention away, where the contract does not name it.
    pub(super) convention_mark: Option<String>,
    /// The version of PostgreSQL that it was tried on.
    pub(super) server: Option<String>,
    /// What is applied before the first migration.
    pub(super) prelude: Vec<String>,
    /// The ledger's table.
    pub(super) ledger: Option<String>,
    /// In the order in which they are applied.
    pub(super) migrations: Vec<Planned>,
    /// How long those that are pending took on an empty database, in milliseconds.
    pub(super) estimated_ms: f64,
    /// Claims that are violated or unproven.
    pub(super) lacking: Vec<Claim>,
    /// The database without those that are pending, where `--applied` says what it has.
    pub(super) at_hand: Option<AtHand>,
    /// Why it can't be planned.
    pub(super) error: Option<ProjectError>,
}

/// What a database has that the pending migrations are not applied to yet.
#[derive(Debug, Serialize)]
pub(super) struct AtHand {
    /// The file of the last migration that it has.
    pub(super) applied: String,
    /// What the contract asks for to be complete, and that is violated or unproven there: tables, rows, queries.
    pub(super) lacking: Vec<Claim>,
}

/// What a migration adds to what was there before, in the final schema.
#[derive(Debug, Default, Serialize)]
pub(super) struct Additions {
    /// Tables, views and the like, in the order in which they were made.
    pub(super) relations: Vec<String>,
    /// Columns of relations that an earlier migration made.
    pub(super) columns: Vec<String>,
}

/// One migration.
#[derive(Debug, Serialize)]
pub(super) struct Planned {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) file: String,
    /// How long it took on an empty database, in milliseconds.
    pub(super) duration_ms: f64,
    /// Whether the database at hand lacks it.
    pub(super) pending: bool,
    /// The way back, if there is one.
    pub(super) down: Option<String>,
    /// The objects of the final schema that it made.
    pub(super) makes: Vec<String>,
    /// Those that it was the last to change.
    pub(super) changes: Vec<String>,
    /// The relations, and the columns of relations, among what it made.
    pub(super) adds: Additions,
}

pub(super) async fn run(options: &PlanOptions, console: &Console) -> u8 {
    let plans = match unless_interrupted(plans(options, console)).await {
        None => vec![ProjectPlan {
            error: Some(ProjectError {
                code: INTERRUPTED,
                message: "interrupted".to_owned(),
                location: None,
                class: None,
            }),
            ..ProjectPlan::default()
        }],
        Some(Ok(plans)) => plans,
        Some(Err(error)) => vec![refused(error, "")],
    };
    let codes: Vec<u8> = plans
        .iter()
        .filter_map(|plan| plan.error.as_ref())
        .map(|error| error.code)
        .collect();
    match options.format {
        Format::Human => {
            for plan in &plans {
                console.print(&console::one_plan(plan));
            }
        }
        Format::Json => {
            let plan = Plan {
                schema: "pgproof/plan/v1",
                projects: plans,
            };
            match serde_json::to_string_pretty(&plan) {
                Ok(text) => console.print(&text),
                Err(error) => console.error(&format!("failed to write the plan: {error}")),
            }
        }
    }
    [70, INTERRUPTED, 2, 6, 5]
        .into_iter()
        .find(|code| codes.contains(code))
        .unwrap_or(0)
}

async fn plans(options: &PlanOptions, console: &Console) -> Result<Vec<ProjectPlan>, Error> {
    let mut plans = Vec::new();
    for found in projects::find(&options.paths, options.project.config.as_deref())? {
        let (name, path) = (found.contract.name.clone(), found.root.to_string());
        let outcome = match Project::read(found) {
            Ok(project) => Box::pin(plan(&project, options, console)).await,
            Err(error) => Err(error),
        };
        let mut planned = outcome.unwrap_or_else(|error| refused(error, &path));
        (planned.name, planned.path) = (name, path);
        plans.push(planned);
    }
    Ok(plans)
}

fn refused(error: Error, path: &str) -> ProjectPlan {
    ProjectPlan {
        error: Some(error.in_report(Utf8Path::new(path))),
        ..ProjectPlan::default()
    }
}

async fn plan(project: &Project, options: &PlanOptions, console: &Console) -> Result<ProjectPlan, Error> {
    let _progress = console.progress(format!("{}: planning", project.name()));
    let major = options
        .server
        .majors(&project.majors())
        .into_iter()
        .next()
        .flatten();
    let settings = options.server.settings(major);
    if let (Provider::External(_), Some(_)) = (&settings.provider, &options.applied) {
        return Err(Error::Usage(
            "--applied needs two servers, since both states of the project make the same roles; use --server embedded \
             or --server container"
                .to_owned(),
        ));
    }
    let template = Template::prepare(project, &settings).await?;
    let lacking = lacking(project, &settings, &template, &[]).await?;
    let at_hand = match &options.applied {
        Some(last) => Some(at_hand(project, last, &settings).await?),
        None => None,
    };
    let applied = template.applied();
    let mut objects = objects_by_file(applied);
    let last_applied = project.migrations().iter().rposition(|migration| {
        at_hand
            .as_ref()
            .is_some_and(|at_hand| migration.up.path == at_hand.applied)
    });
    let planned: Vec<Planned> = project
        .migrations()
        .iter()
        .zip(&applied.runs)
        .enumerate()
        .map(|(number, (migration, run))| {
            let objects = objects.remove(&run.file).unwrap_or_default();
            Planned {
                version: run.version.clone(),
                name: run.name.clone(),
                file: run.file.clone(),
                duration_ms: run.duration_ms,
                pending: last_applied.is_none_or(|last| number > last),
                down: migration.down.as_ref().map(|down| down.path.to_string()),
                makes: objects.makes,
                changes: objects.changes,
                adds: objects.adds,
            }
        })
        .collect();
    Ok(ProjectPlan {
        database: project.database_name().to_owned(),
        convention: project.convention().to_string(),
        convention_mark: project.convention_mark().map(str::to_owned),
        server: Some(template.server().version().to_string()),
        prelude: project.prelude_names(),
        ledger: project.ledger_table(),
        estimated_ms: planned
            .iter()
            .filter(|migration| migration.pending)
            .map(|migration| migration.duration_ms)
            .sum(),
        migrations: planned,
        lacking,
        at_hand,
        ..ProjectPlan::default()
    })
}

/// The claims about rules that match one of the patterns, or about all, which are not proven.
async fn lacking(
    project: &Project,
    settings: &Settings,
    template: &Arc<Template>,
    only: &[globset::GlobMatcher],
) -> Result<Vec<Claim>, Error> {
    let wanted = Options {
        settings: settings.clone(),
        snapshots: Snapshots::Ignored,
        only: only.to_vec(),
        ..Options::default()
    };
    let mut claims = prove::claims(project, &wanted, template).await?;
    claims.retain(|claim| claim.verdict != Verdict::Proven);
    Ok(claims)
}

/// The same project with nothing after that migration. Only what the contract asks for as complete is looked at: its
/// other sections speak of the schema as it is to be.
async fn at_hand(project: &Project, last: &str, settings: &Settings) -> Result<AtHand, Error> {
    let before = project.clone().through(last)?;
    let template = Template::prepare(&before, settings).await?;
    let complete = Glob::new("complete/*")
        .map_err(|_| Error::Bug("the pattern of the rules on completeness is none"))?;
    Ok(AtHand {
        applied: before
            .migrations()
            .last()
            .map(|migration| migration.up.path.to_string())
            .unwrap_or_default(),
        lacking: lacking(&before, settings, &template, &[complete.compile_matcher()]).await?,
    })
}

/// What one file did to the final schema.
#[derive(Debug, Default)]
struct Objects {
    makes: Vec<String>,
    changes: Vec<String>,
    adds: Additions,
}

fn objects_by_file(applied: &Applied) -> BTreeMap<String, Objects> {
    let mut files: BTreeMap<String, Objects> = BTreeMap::new();
    let relations: Vec<u32> = applied
        .catalog
        .relations
        .iter()
        .map(|relation| relation.oid.0)
        .collect();
    let is_relation = |address: &Address| address.class == "pg_class" && relations.contains(&address.oid);
    for address in applied.catalog.addresses() {
        let Some(origin) = applied.origins.of(&address) else {
            continue;
        };
        let made = files.entry(origin.made.file.clone()).or_default();
        if address.number != 0 {
            // Those that a relation was made with are told by the relation: a list of every column hides them.
            let relation = applied.origins.find(&address.class, address.oid);
            if relation.is_some_and(|relation| relation.made.file != origin.made.file) {
                made.adds.columns.push(address.object);
            }
            continue;
        }
        if is_relation(&address) {
            made.adds.relations.push(address.object.clone());
        }
        made.makes.push(address.object.clone());
        if origin.changed.file != origin.made.file {
            files
                .entry(origin.changed.file.clone())
                .or_default()
                .changes
                .push(address.object);
        }
    }
    files
}
