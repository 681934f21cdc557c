//! sqitch's convention, as `lib/App/Sqitch/{Plan,Target,Engine}.pm`, `Engine/pg.pm` and `Role/DBIEngine.pm` (1.3) have it.
//!
//! `sqitch.plan` says which changes there are and in which order; each has `deploy/NAME.sql`, `revert/NAME.sql` and
//! `verify/NAME.sql`. A change that comes again is reworked: the files of its earlier instance are called
//! `NAME@TAG.sql`, by the first tag since then whose file is there. psql runs each file in a session of its own, with no
//! transaction but the file's.

mod config;
mod plan;
mod variables;

use std::collections::BTreeSet;

use ::sqlx::postgres::PgConnection;
use ::sqlx::types::Json;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::super::folder::{Folder, above, normal};
use super::super::ledger::{Keeps, Row, Table};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, proven, unread};
use super::Contents;
use crate::checksum::hex;
use crate::claim::{Claim, Severity};
use config::Config;
use plan::{Change, Depend, Plan};

const TOOL: &str = "sqitch";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let place = Place::of(folder)?;
    let script = Script::read(&folder.root, &place.plan)?;
    let plan = plan::parse(&script.text).map_err(|refused| ReadError::Refused {
        path: place.plan.clone(),
        line: Some(refused.line),
        tool: TOOL,
        reason: refused.reason,
    })?;
    let mut variables = place.config.variables();
    variables.insert("registry", "sqitch");
    for (name, value) in &folder.placeholders {
        variables.insert(name, value);
    }
    let script_at = |path: &Utf8Path| variables::fill(Script::read(&folder.root, path)?, &variables);
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let mut read = BTreeSet::new();
    for (at, change) in plan.changes.iter().enumerate() {
        contents.claims.extend(unmet(&place, &plan, at));
        let file = place.file_of(folder, change);
        let deploy = place.deploy.join(&file);
        read.insert(deploy.clone());
        if !folder.root.join(&deploy).is_file() {
            contents.claims.push(without_file(&place, change, &deploy));
            continue;
        }
        let mut migration = migration(&plan, at, script_at(&deploy)?);
        for (within, script) in [
            (&place.revert, &mut migration.down),
            (&place.verify, &mut migration.verification),
        ] {
            let path = within.join(&file);
            if folder.root.join(&path).is_file() {
                *script = Some(script_at(&path)?);
            }
            read.insert(path);
        }
        contents.migrations.push(migration);
    }
    if contents.claims.is_empty() {
        let message = format!(
            "{} has {} changes, and their files are there",
            place.plan,
            plan.changes.len()
        );
        contents
            .claims
            .push(proven("ledger/journal", &folder.path, Severity::Error, message));
    }
    for path in folder.below.iter().map(|path| folder.path_of(path)) {
        let ours = [&place.deploy, &place.revert, &place.verify]
            .iter()
            .any(|within| path.starts_with(within));
        if ours && path.extension() == Some(place.extension.as_str()) && !read.contains(&path) {
            let reason = format!("{} does not name it", place.plan);
            contents.claims.push(unread(&path, &reason));
        }
    }
    Ok(contents)
}

/// Where the parts of a project are, relative to the project's folder.
struct Place {
    plan: Utf8PathBuf,
    deploy: Utf8PathBuf,
    revert: Utf8PathBuf,
    verify: Utf8PathBuf,
    extension: String,
    config: Config,
}

impl Place {
    /// The folder given has `sqitch.conf` or `sqitch.plan`; or one of the two lies beside it, where it is `deploy/`.
    fn of(folder: &Folder) -> Result<Self, ReadError> {
        const PLAN: &str = "sqitch.plan";
        const CONF: &str = "sqitch.conf";
        let has = |at: &Utf8Path, name: &str| folder.root.join(at).join(name).is_file();
        let beside = above(&folder.path);
        let base = [&folder.path, &beside]
            .into_iter()
            .find(|at| has(at, PLAN) || has(at, CONF))
            .unwrap_or(&folder.path);
        // The configuration is where sqitch is called, which may be above the folder with the plan.
        let over = above(base);
        let conf_at = [base, &over].into_iter().find(|at| has(at, CONF));
        let (config, conf_at) = match conf_at {
            Some(at) => {
                let script = Script::read(&folder.root, &normal(&at.join(CONF)))?;
                let config = Config::parse(&script.text);
                of_postgresql(&config, &script.path)?;
                (config, at)
            }
            None => (Config::default(), base),
        };
        let within = |top: &Utf8Path, key: &str, default: &str| match config.of_engine(key) {
            Some(given) => normal(&conf_at.join(given)),
            None => normal(&top.join(default)),
        };
        let top = within(conf_at, "top_dir", ".");
        // A plan that lies in the folder given is the one that is meant.
        let top = if config.of_engine("top_dir").is_none() && has(base, PLAN) {
            base.clone()
        } else {
            top
        };
        let deploy = within(&top, "deploy_dir", "deploy");
        let resolved = |path: &Utf8Path| std::fs::canonicalize(folder.root.join(path)).ok();
        let is_given = resolved(&deploy).is_some_and(|path| resolved(&folder.path) == Some(path));
        Ok(Self {
            plan: within(&top, "plan_file", PLAN),
            deploy: if is_given { folder.path.clone() } else { deploy },
            revert: within(&top, "revert_dir", "revert"),
            verify: within(&top, "verify_dir", "verify"),
            extension: config.of_engine("extension").unwrap_or("sql").to_owned(),
            config,
        })
    }

    /// A change's file below each of the folders.
    fn file_of(&self, folder: &Folder, change: &Change) -> Utf8PathBuf {
        let name = &change.planned.name;
        let named = |tag: &String| Utf8PathBuf::from(format!("{name}@{tag}.{}", self.extension));
        let mut tagged = change.rework_tags.iter().map(named);
        let first = change.rework_tags.first().map(named);
        tagged
            .find(|file| folder.root.join(self.deploy.join(file)).is_file())
            .or(first)
            .unwrap_or_else(|| Utf8PathBuf::from(format!("{name}.{}", self.extension)))
    }
}

fn of_postgresql(config: &Config, path: &Utf8Path) -> Result<(), ReadError> {
    match config.get("core.engine") {
        None | Some("pg" | "") => Ok(()),
        Some(engine) => Err(ReadError::Refused {
            path: path.to_owned(),
            line: None,
            tool: TOOL,
            reason: format!("the changes are made for the engine `{engine}`, not for `pg`"),
        }),
    }
}

fn migration(plan: &Plan, at: usize, script: Script) -> Migration {
    let change = &plan.changes[at];
    let planned = &change.planned;
    let is_last = plan.changes[at + 1..]
        .iter()
        .all(|later| later.planned.name != planned.name);
    // A name that comes again is told apart by the tag that its files bear.
    let version = if is_last {
        planned.name.clone()
    } else {
        let tag = change.rework_tags.first().map_or("", String::as_str);
        format!("{}@{tag}", planned.name)
    };
    let record = record(plan, at, &script);
    Migration {
        number: None,
        own_session: true,
        record,
        ..Migration::new(version, planned.note.clone(), script, TransactionRule::Statements)
    }
}

/// What sqitch writes down of a change.
fn record(plan: &Plan, at: usize, script: &Script) -> Value {
    let change = &plan.changes[at];
    let planned = &change.planned;
    let names =
        |depends: &[Depend]| -> Vec<String> { depends.iter().map(|depend| plan.shown(depend)).collect() };
    let ids: Vec<Option<&str>> = change
        .requires
        .iter()
        .map(|depend| plan.find(depend, at).map(|change| change.planned.id.as_str()))
        .collect();
    let tags: Vec<Value> = change
        .tags
        .iter()
        .map(|tag| {
            json!({
                "id": tag.id, "tag": format!("@{}", tag.name), "note": tag.note, "planned_at": tag.at,
                "planner_name": tag.planner_name, "planner_email": tag.planner_email,
            })
        })
        .collect();
    json!({
        "project": plan.project, "uri": plan.uri,
        "id": planned.id, "change": planned.name, "note": planned.note, "planned_at": planned.at,
        "script_hash": hex(Sha1::digest(script.file_text())),
        "planner_name": planned.planner_name, "planner_email": planned.planner_email,
        "requires": names(&change.requires), "requires_ids": ids,
        "conflicts": names(&change.conflicts), "tags": tags,
    })
}

fn without_file(place: &Place, change: &Change, deploy: &Utf8Path) -> Claim {
    let message = format!(
        "{} names the change `{}`, but there is no {deploy}: sqitch stops here; put the file back or take the line away",
        place.plan, change.planned.name
    );
    at_line(
        place,
        change,
        finding("ledger/journal", Severity::Error, deploy, 1, message),
    )
}

fn at_line(place: &Place, change: &Change, claim: Claim) -> Claim {
    claim.at(Some(crate::claim::Location {
        file: place.plan.to_string(),
        line: change.planned.line,
        column: None,
    }))
}

/// Dependencies that sqitch does not find met on an empty database, and conflicts that it finds.
fn unmet(place: &Place, plan: &Plan, at: usize) -> Vec<Claim> {
    let change = &plan.changes[at];
    let name = Utf8Path::new(&change.planned.name);
    let mut claims = Vec::new();
    for depend in change
        .requires
        .iter()
        .filter(|depend| plan.is_of_another_project(depend))
    {
        let message = format!(
            "the change `{name}` requires `{}` of another project: sqitch applies it only where that one is; name what it \
             makes under [migrations] prelude",
            plan.shown(depend)
        );
        claims.push(at_line(
            place,
            change,
            finding("ledger/journal", Severity::Warning, name, 1, message),
        ));
    }
    for depend in &change.conflicts {
        if plan.find(depend, at).is_some() {
            let message = format!(
                "the change `{name}` conflicts with `{}`, which is applied before it: sqitch stops here",
                plan.shown(depend)
            );
            claims.push(at_line(
                place,
                change,
                finding("ledger/journal", Severity::Error, name, 1, message),
            ));
        }
    }
    claims
}

/// As sqitch's registry 1.1 makes it.
pub(super) const LEDGER: Table = Table {
    schema: Some("sqitch"),
    name: "changes",
    may_be_named: false,
    version: "change_id",
    create: include_str!("sqitch.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry,
};

fn entry(migration: &Migration) -> String {
    migration.record["id"].as_str().unwrap_or_default().to_owned()
}

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    row.write(session, include_str!("sqitch_insert.sql"), |query| {
        query.bind(Json(&row.migration.record))
    })
    .await
}

/// The tags of a change hold its row.
pub(super) async fn delete_beside(session: &mut PgConnection, entry: &str) -> Result<(), ::sqlx::Error> {
    ::sqlx::query("DELETE FROM sqitch.tags WHERE change_id = $1")
        .persistent(false)
        .bind(entry)
        .execute(session)
        .await
        .map(drop)
}
