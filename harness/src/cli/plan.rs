//! `pgproof plan`: what would be applied, what it would make, how long it takes and what would be lacking.
//!
//! It is found out on a throwaway server, so nothing of the user's changes: no snapshot is looked at or written.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pgproof::claim::{Claim, Verdict};
use pgproof::contract::projects;
use pgproof::prove::{self, Options, Snapshots};
use pgproof::report::ProjectError;
use pgproof::{Error, Project, Template};
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
    /// The version of PostgreSQL that it was tried on.
    pub(super) server: Option<String>,
    /// What is applied before the first migration.
    pub(super) prelude: Vec<String>,
    /// The ledger's table.
    pub(super) ledger: Option<String>,
    /// In the order in which they are applied.
    pub(super) migrations: Vec<Planned>,
    /// Claims that are violated or unproven.
    pub(super) lacking: Vec<Claim>,
    /// Why it can't be planned.
    pub(super) error: Option<ProjectError>,
}

/// One migration.
#[derive(Debug, Serialize)]
pub(super) struct Planned {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) file: String,
    /// How long it took on an empty database, in milliseconds.
    pub(super) duration_ms: f64,
    /// The way back, if there is one.
    pub(super) down: Option<String>,
    /// The objects of the final schema that it made.
    pub(super) makes: Vec<String>,
    /// Those that it was the last to change.
    pub(super) changes: Vec<String>,
}

pub(super) async fn run(options: &PlanOptions, console: &Console) -> u8 {
    let plans = match unless_interrupted(plans(options, console)).await {
        None => vec![ProjectPlan {
            error: Some(ProjectError {
                code: INTERRUPTED,
                message: "interrupted".to_owned(),
                location: None,
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
    let template = Template::prepare(project, &settings).await?;
    let wanted = Options {
        settings,
        snapshots: Snapshots::Ignored,
        ..Options::default()
    };
    let lacking = prove::claims(project, &wanted, &template).await?;
    let applied = template.applied();
    let mut makes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // Columns are told by their table: a list of every column hides the tables.
    for address in applied
        .catalog
        .addresses()
        .into_iter()
        .filter(|address| address.number == 0)
    {
        if let Some(origin) = applied.origins.find(&address.class, address.oid) {
            if origin.changed.file != origin.made.file {
                changes
                    .entry(origin.changed.file.clone())
                    .or_default()
                    .push(address.object.clone());
            }
            makes
                .entry(origin.made.file.clone())
                .or_default()
                .push(address.object);
        }
    }
    let planned = project
        .migrations()
        .iter()
        .zip(&applied.runs)
        .map(|(migration, run)| Planned {
            version: run.version.clone(),
            name: run.name.clone(),
            file: run.file.clone(),
            duration_ms: run.duration_ms,
            down: migration.down.as_ref().map(|down| down.path.to_string()),
            makes: makes.remove(&run.file).unwrap_or_default(),
            changes: changes.remove(&run.file).unwrap_or_default(),
        });
    Ok(ProjectPlan {
        database: project.contract().database().to_owned(),
        convention: project.convention().to_string(),
        server: Some(template.server().version().to_string()),
        prelude: project
            .contract()
            .migrations
            .prelude
            .iter()
            .map(ToString::to_string)
            .collect(),
        ledger: project.ledger_table(),
        migrations: planned.collect(),
        lacking: lacking
            .into_iter()
            .filter(|claim| claim.verdict != Verdict::Proven)
            .collect(),
        ..ProjectPlan::default()
    })
}
