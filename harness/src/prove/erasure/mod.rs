//! Erasure: after one person is erased, nothing anywhere says who it was, and nobody else is touched.
//!
//! ```text
//! contract ─► subject: two persons live ─► bench: everything stored, before and after ─► vectors ─► claims
//!                                                        residue, others: what is judged ◄──┘
//! ```

mod bench;
mod birth;
mod others;
mod residue;
mod subject;
mod vectors;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Options;
use super::actor::{self, Actor};
use super::session::Session;
use super::shard::Share;
use super::world::Tenancy;
use crate::claim::{Claim, Severity, Verdict};
use crate::contract::Erasure;
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;

use bench::{Bench, NoBench};

const UNTRIED: &str = "erasure/untried";

/// An entry is one part of the work.
pub(super) fn unit(entry: &Erasure) -> String {
    format!("erasure: {}", entry.run)
}

/// Whether anything of it is to be proved.
pub(super) fn is_wanted(options: &Options) -> bool {
    let mut rules = vectors::ALL.iter().map(|vector| vector.rule).chain([UNTRIED]);
    rules.any(|rule| options.wants(rule))
}

/// Every claim that the contract's `[[erasure]]` asks for.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    if !is_wanted(options) {
        return Ok(claims);
    }
    let share = Share::of(project, options);
    let entries = project.contract().erasure.iter();
    for erasure in entries.filter(|entry| share.takes(&unit(entry))) {
        if let Some(why) = template.server().unproven_because() {
            claims.push(untried(erasure, &why));
            continue;
        }
        match entry(project, options, template, erasure).await {
            Ok(more) => claims.extend(more),
            Err(NoBench::Untried(why)) => claims.push(untried(erasure, &why)),
            Err(NoBench::Failed(error)) => return Err(error),
        }
    }
    Ok(claims)
}

async fn entry(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
    erasure: &Erasure,
) -> Result<Vec<Claim>, NoBench> {
    let catalog = &template.applied().catalog;
    let tenancy = Tenancy::of(project, catalog);
    let lived = template.clone_database().await?;
    let roles = roles(project, &tenancy, &lived).await?;
    let bench = Bench::new(template, &tenancy, erasure, roles, lived).await?;
    let mut claims = not_tried(&bench);
    for vector in vectors::ALL.iter().filter(|vector| options.wants(vector.rule)) {
        claims.extend((vector.run)(&bench).await?);
    }
    Ok(claims)
}

/// What nothing recognisable could be put into.
fn not_tried(bench: &Bench<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let table = bench.relation.name.to_string();
    for column in &bench.subject.untold {
        let message = format!(
            "copies of {column} were not looked for: nothing fits into it that is told from chance, of eight letters and \
             digits or more"
        );
        claims.push(Claim {
            severity: Severity::Warning,
            ..bench.claim(UNTRIED, &table, column, Verdict::Unproven, message)
        });
    }
    let posture = |subject: &str, message: String| Claim {
        severity: Severity::Info,
        ..bench.claim(UNTRIED, &table, subject, Verdict::Unproven, message)
    };
    let free = bench.free_columns();
    if !free.is_empty() {
        claims.push(posture(
            "other columns",
            format!(
                "the contract does not call these personal, so nothing was put there: {}",
                free.join(", ")
            ),
        ));
    }
    if bench.roles.is_empty() {
        let message = "whether a tenant may run the erasure was not tried: the contract names no role of the application";
        claims.push(posture("roles", message.to_owned()));
    }
    claims
}

/// The roles that the contract names for the application's sessions, as the first tenant's.
async fn roles(
    project: &Project,
    tenancy: &Tenancy<'_>,
    database: &crate::database::Database,
) -> Result<Vec<Actor>, Error> {
    let contract = project.contract();
    let mut names: BTreeSet<String> = BTreeSet::new();
    names.extend(contract.audit.iter().filter_map(|audit| audit.app_role.clone()));
    names.extend(
        contract
            .retention
            .iter()
            .filter_map(|entry| entry.app_role.clone()),
    );
    let mut actors = Vec::new();
    if let (Some(isolation), Some(identity)) = (tenancy.isolation, tenancy.identities.first()) {
        actors.extend(Actor::tenant(isolation, 0, identity));
        names.extend(isolation.anonymous.clone());
    }
    names.retain(|name| actors.iter().all(|actor: &Actor| actor.effective() != name));
    for name in names {
        let context = tenancy.isolation.zip(tenancy.identities.first());
        let context = context.map(|(isolation, identity)| actor::context(&isolation.context, identity));
        actors.push(Actor::role(&name).with_context(context.unwrap_or_default(), format!("role {name}")));
    }
    let session = Session::open(database).await?;
    let mut all = Vec::new();
    for actor in actors {
        let known = format!(
            "SELECT FROM pg_catalog.pg_roles WHERE rolname = {}",
            crate::sql::literal(actor.effective())
        );
        if !session.rows(&known).await?.is_empty() {
            all.push(actor.with_settings(&session, database.name()).await?);
        }
    }
    Ok(all)
}

fn untried(erasure: &Erasure, why: &str) -> Claim {
    Claim::new(
        UNTRIED,
        "[[erasure]]",
        erasure.run.clone(),
        Verdict::Unproven,
        Severity::Warning,
        format!("nothing was tried: {why}"),
    )
}

/// The vectors of a rule, for whoever explains it.
pub(super) fn vectors(rule: &str) -> impl Iterator<Item = super::rules::Way> {
    super::vector::ways(vectors::ALL, rule)
}
