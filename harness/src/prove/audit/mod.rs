//! Audit: a known workload on every audited table, matched one to one with what the log says.
//!
//! ```text
//! contract ─► terms (tables, columns) ─┐
//! catalog ──► log (query) ─────────────┴► bench (a clone of the world; who acts)
//!                                           │ vectors: statements
//!                                           ▼
//!                        course: a transaction ─► images ─► happened ─┐
//!                                              └► entries ────────────┴► matching ─► problems ─► claims
//! ```
//!
//! What happened is told by the tables themselves, as a superuser sees them before and after, never by the log or by what
//! a statement says that it did. Nothing is called proven but what would have been found out without its entries.

mod bench;
mod claims;
mod course;
mod entry;
mod finding;
mod guards;
mod happened;
mod images;
mod log;
mod matching;
mod problem;
mod tally;
mod terms;
mod values;
mod vectors;
mod workload;
mod writers;

use std::sync::Arc;

use super::shard::Share;
use super::world::Tenancy;
use super::{Options, location, vector};
use crate::claim::{Claim, Severity, Verdict};
use crate::contract::{Audit, nearest};
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;

use bench::Bench;
use finding::{Finding, Outcome};
use log::Log;
use terms::Terms;

const UNTRIED: &str = "audit/untried";

/// Whether anything of it is to be proved.
pub(super) fn is_wanted(options: &Options) -> bool {
    vectors::ALL
        .iter()
        .flat_map(vectors::Vector::rules)
        .chain(guards::ALL.iter().map(|guard| guard.rule))
        .chain([UNTRIED])
        .any(|rule| options.wants(rule))
}

/// The part of the work that is about no vector and no guard.
const ENTRIES: &str = "audit: entries";

/// Every claim that the contract's `[[audit]]` asks for.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    let share = Share::of(project, options);
    if !share.takes_any("audit") {
        return Ok(Vec::new());
    }
    let claims = tried(project, options, template, &|name| {
        unit(name).is_some_and(|unit| share.takes(&unit))
    })
    .await?;
    let found = claims.iter().any(|claim| claim.verdict == Verdict::Violated);
    if share.is_whole() || !found {
        return Ok(claims);
    }
    // What a finding follows from can't be told from a part.
    tried(project, options, template, &|_| true).await
}

/// Tries the vectors and guards of these names.
async fn tried(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
    takes: &dyn Fn(&str) -> bool,
) -> Result<Vec<Claim>, Error> {
    let entries = &project.contract().audit;
    if entries.is_empty() || !is_wanted(options) {
        return Ok(Vec::new());
    }
    if let Some(why) = template.server().unproven_because() {
        return Ok((1..=entries.len()).map(|number| untried(number, &why)).collect());
    }
    let catalog = &template.applied().catalog;
    let ledger = project.ledger_table();
    let logs: Vec<&Audit> = entries.iter().collect();
    let tenancy = Tenancy::of(project, catalog);
    let pristine = template.clone_database().await?;
    let world = match tenancy.populate(&pristine, catalog).await? {
        Ok(world) => world,
        Err(error) => {
            let why = format!("no rows could be made to try with: {error}");
            return Ok((1..=entries.len()).map(|number| untried(number, &why)).collect());
        }
    };
    let mut claims = Vec::new();
    for (number, audit) in (1..).zip(entries) {
        let terms = Terms::new(catalog, audit, ledger.as_deref(), &logs);
        let log = match Log::of(catalog, audit).and_then(|log| check(&terms).map(|()| log)) {
            Ok(log) => log,
            Err(why) => {
                claims.push(untried(number, &why));
                continue;
            }
        };
        let bench = Bench::new(terms, log, &world, &tenancy, &pristine).await?;
        let recursion = (guards::RECURSION.run)(&bench).await?;
        let ends = !recursion.iter().any(|claim| claim.verdict == Verdict::Violated);
        claims.extend(recursion.into_iter().map(|claim| placed(claim, template)));
        if !ends {
            // Nothing can be changed, so there is nothing else to try.
            continue;
        }
        let mut findings: Vec<Finding> = Vec::new();
        for vector in vectors::ALL
            .iter()
            .filter(|vector| vector.rules().any(|rule| options.wants(rule)) && takes(vector.name))
        {
            for outcome in (vector.run)(&bench).await? {
                match outcome {
                    Outcome::Found(finding) => findings.push(finding),
                    other => claims.extend(claims::unfound(&bench, vector, other, template)),
                }
            }
        }
        claims.extend(claims::found(&bench, &findings, template));
        for guard in guards::ALL
            .iter()
            .filter(|guard| options.wants(guard.rule) && takes(guard.name))
        {
            for claim in (guard.run)(&bench).await? {
                // Another table may show the same of the same function.
                if !claims
                    .iter()
                    .any(|known: &Claim| known.fingerprint == claim.fingerprint)
                {
                    claims.push(placed(claim, template));
                }
            }
        }
    }
    follow(&mut claims);
    Ok(claims)
}

/// The part of the work that claims of that subject come from.
pub(super) fn unit(subject: &str) -> Option<String> {
    if subject == guards::RECURSION.name || subject.starts_with("entry ") {
        return Some(ENTRIES.to_owned());
    }
    let vectors = vectors::ALL.iter().map(|vector| vector.name);
    let mut names = vectors.chain(guards::ALL.iter().map(|guard| guard.name));
    // A guard may say of what: `secrets: api_key`.
    let is = |name: &&str| {
        subject
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
    };
    names.find(is).map(|name| format!("audit: {name}"))
}

/// All parts of the work.
pub(super) fn units(options: &Options) -> Vec<String> {
    let vectors = vectors::ALL
        .iter()
        .filter(|vector| vector.rules().any(|rule| options.wants(rule)))
        .map(|vector| vector.name);
    let guards = guards::ALL
        .iter()
        .filter(|guard| options.wants(guard.rule))
        .map(|guard| guard.name);
    let named = vectors.chain(guards).filter_map(unit);
    std::iter::once(ENTRIES.to_owned()).chain(named).collect()
}

/// A way around the log on a table whose changes are not all logged anyhow shows the same fault once more.
fn follow(claims: &mut [Claim]) {
    let is = |claim: &Claim, rule| claim.rule == rule && claim.verdict == Verdict::Violated;
    let missing: Vec<(String, String)> = claims
        .iter()
        .filter(|claim| is(claim, vectors::MISSING))
        .map(|claim| (claim.object.clone(), claim.fingerprint.clone()))
        .collect();
    let mut follows: Vec<(String, String)> = Vec::new();
    for claim in claims.iter().filter(|claim| is(claim, guards::BYPASS)) {
        let known = missing.iter().find(|(object, _)| *object == claim.object);
        if let Some((_, cause)) = known {
            let first = claim.follows_from.as_ref().unwrap_or(&claim.fingerprint);
            follows.push((first.clone(), cause.clone()));
        }
    }
    for claim in claims.iter_mut().filter(|claim| claim.follows_from.is_none()) {
        let cause = follows.iter().find(|(first, _)| *first == claim.fingerprint);
        claim.follows_from = cause.map(|(_, cause)| cause.clone());
    }
}

/// With the line of the migrations that it is about.
fn placed(claim: Claim, template: &Template) -> Claim {
    let at = location::of(template, &claim.object);
    claim.at(at)
}

/// What the contract says has to be in the catalog.
fn check(terms: &Terms<'_>) -> Result<(), String> {
    let audit = terms.audit;
    let matches_none = audit.tables.iter().find(|pattern| {
        let matches = |relation: &&crate::catalog::Relation| {
            pattern.matches(&relation.name.schema, &relation.name.name)
        };
        !terms.catalog.relations.iter().any(|relation| matches(&relation))
    });
    if let Some(pattern) = matches_none {
        return Err(format!("no migration makes a table that {pattern} matches"));
    }
    if terms.tables.is_empty() {
        return Err("its patterns match no table whose changes could be logged".to_owned());
    }
    if let Some(role) = &audit.app_role
        && !terms.catalog.roles.iter().any(|known| known.name == *role)
    {
        let known: Vec<&str> = terms
            .catalog
            .roles
            .iter()
            .map(|known| known.name.as_str())
            .collect();
        let meant =
            nearest(role, &known).map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        return Err(format!("no migration or prelude makes the role {role}{meant}"));
    }
    Ok(())
}

fn untried(number: usize, why: &str) -> Claim {
    Claim::new(
        UNTRIED,
        "[[audit]]",
        format!("entry {number}"),
        Verdict::Unproven,
        Severity::Warning,
        format!("nothing was tried: {why}"),
    )
}

/// The vectors of a rule, for whoever explains it.
pub(super) fn vectors(rule: &str) -> impl Iterator<Item = super::rules::Way> {
    let first = std::slice::from_ref(&guards::RECURSION);
    vector::ways(vectors::ALL, rule)
        .chain(vector::ways(guards::ALL, rule))
        .chain(vector::ways(first, rule))
}
