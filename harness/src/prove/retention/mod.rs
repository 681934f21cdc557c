//! Retention: what is too old goes, by the contract's own reckoning, and nothing else does.
//!
//! ```text
//! contract ─► targets ─► cutoffs as SQL ─┐
//! catalog ──► rows ────► bench ──► stage ┴► fates ─► the run ─► judge ─► outcomes ─► claims
//!                                 (rows of every age)          (all tables, row by row)
//! ```
//!
//! Which rows have to go is worked out by the server before the run, from the contract alone, with the same `now()` and
//! in the zone of the session. Then every table is compared with what it was.

mod bench;
mod control;
mod copy;
mod fates;
mod finding;
mod held;
mod judge;
mod kin;
mod policies;
mod stage;
mod target;
mod tenant;
mod vectors;

use std::sync::Arc;

use super::actor::Actor;
use super::shard::Share;
use super::world::Tenancy;
use super::{Options, run};
use crate::catalog::Catalog;
use crate::claim::{Claim, Severity, Verdict};
use crate::contract::{Action, RelationName, RetainedTable, Retention};
use crate::database::{Database, Template};
use crate::error::Error;
use crate::project::Project;
use crate::rows::World;

use bench::{Bench, Parts};
use finding::Outcome;
use target::Target;

const UNTRIED: &str = "retention/untried";

/// All of it is one part of the work: some vectors judge what all others ran, and entries share claims.
pub(super) const UNIT: &str = "retention";

/// Whether anything of it is to be proved.
pub(super) fn is_wanted(options: &Options) -> bool {
    let rules = vectors::ALL.iter().flat_map(|vector| vector.rules).copied();
    rules.chain([UNTRIED]).any(|rule| options.wants(rule))
}

/// Every claim that the contract's `[[retention]]` asks for.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    let entries = &project.contract().retention;
    if entries.is_empty() || !is_wanted(options) || !Share::of(project, options).takes(UNIT) {
        return Ok(Vec::new());
    }
    if let Some(why) = template.server().unproven_because() {
        return Ok((1..=entries.len()).map(|number| untried(number, &why)).collect());
    }
    let catalog = &template.applied().catalog;
    let pristine = template.clone_database().await?;
    let tenancy = Tenancy::of(project, catalog);
    let world = match tenancy.populate(&pristine, catalog).await? {
        Ok(world) => world,
        Err(error) => {
            let why = format!("no rows could be made to try with: {error}");
            return Ok((1..=entries.len()).map(|number| untried(number, &why)).collect());
        }
    };
    let ground = Ground {
        project,
        options,
        template,
        catalog,
        pristine,
        world,
        identities: tenancy.identities,
    };
    let mut claims: Vec<Claim> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let mut found = Vec::new();
        for action in actions(entry) {
            found.extend(ground.entry(number, entry, action).await?);
        }
        for claim in found {
            // Two entries that run the same function can come to the same claim.
            match claims
                .iter_mut()
                .find(|known| known.fingerprint == claim.fingerprint)
            {
                Some(known) if weight(known) < weight(&claim) => *known = claim,
                Some(_) => {}
                None => claims.push(claim),
            }
        }
    }
    Ok(claims)
}

/// The actions that the tables of rules know and the contract's tables can take, beside what these say of themselves:
/// rules may say either.
fn actions(entry: &Retention) -> Vec<Option<Action>> {
    let mut actions = vec![None];
    if let Some(policies) = &entry.policies {
        for action in [Action::Anonymise, Action::Archive] {
            let others = entry
                .tables
                .values()
                .any(|rule| rule.action != action && can(rule, action));
            if others && policies.actions.values().any(|known| *known == action) {
                actions.push(Some(action));
            }
        }
    }
    actions
}

/// Whether the contract says how that is done to the table.
fn can(rule: &RetainedTable, action: Action) -> bool {
    match action {
        Action::Delete => true,
        Action::Anonymise => !rule.anonymise.is_empty(),
        Action::Archive => rule.archive_to.is_some(),
    }
}

fn weight(claim: &Claim) -> (u8, u8) {
    let verdict = match claim.verdict {
        Verdict::Proven => 0,
        Verdict::Unproven => 1,
        Verdict::Violated => 2,
    };
    let severity = match claim.severity {
        Severity::Info => 0,
        Severity::Warning => 1,
        Severity::Error => 2,
    };
    (if severity == 0 { 0 } else { verdict }, severity)
}

/// What all entries have in common.
struct Ground<'g> {
    project: &'g Project,
    options: &'g Options,
    template: &'g Arc<Template>,
    catalog: &'g Catalog,
    pristine: Database,
    world: World,
    identities: Vec<String>,
}

impl Ground<'_> {
    async fn entry(
        &self,
        number: usize,
        entry: &Retention,
        action: Option<Action>,
    ) -> Result<Vec<Claim>, Error> {
        let catalog = self.catalog;
        let function = run::function(catalog, &entry.run);
        let run_zone = function
            .and_then(|function| function.settings.as_ref())
            .into_iter()
            .flatten()
            .find_map(|setting| {
                let (name, value) = setting.split_once('=')?;
                name.eq_ignore_ascii_case("timezone")
                    .then(|| value.trim_matches('"').to_owned())
            });
        let mut claims = Vec::new();
        let mut targets = Vec::new();
        for (name, mut rule) in self.wanted(entry) {
            if let Some(action) = action {
                if !can(&rule, action) {
                    continue;
                }
                rule.action = action;
            }
            let age = rule.age.clone().unwrap_or_default();
            let keep = match (&rule.keep, &entry.policies) {
                (Some(keep), _) => keep.to_string(),
                (None, _) => format!("{} days", policies::KEEP_DAYS),
            };
            match Target::find(catalog, &name, &rule, &age, &keep, run_zone.clone()) {
                Ok(target) => targets.push(target),
                Err(why) => claims.push(untried(number, &why)),
            }
        }
        let actor = match entry.run_as.as_deref() {
            Some(role) if !catalog.roles.iter().any(|known| known.name == role) => {
                claims.push(untried(number, &self.no_role(role)));
                return Ok(claims);
            }
            role => role.map(Actor::role),
        };
        if targets.is_empty() {
            if claims.is_empty() {
                claims.push(untried(
                    number,
                    "no table has a column that an age could be counted from",
                ));
            }
            return Ok(claims);
        }
        let bench = Bench::new(Parts {
            catalog,
            entry,
            isolation: self.project.contract().isolation.as_ref(),
            identities: &self.identities,
            world: &self.world,
            function,
            targets,
            actor,
            pristine: &self.pristine,
        })
        .await?;
        let mut bench = match bench {
            Ok(bench) => bench,
            Err(why) => {
                claims.push(untried(number, &why));
                return Ok(claims);
            }
        };
        if let Some(why) = bench.settle().await? {
            claims.push(untried(number, &why));
            return Ok(claims);
        }
        for vector in vectors::ALL
            .iter()
            .filter(|vector| vector.rules.iter().any(|rule| self.options.wants(rule)))
        {
            let outcomes = Outcome::worst((vector.run)(&bench).await?);
            claims.extend(
                outcomes
                    .into_iter()
                    .map(|outcome| finding::claim(&bench, vector, outcome, self.template)),
            );
        }
        Ok(claims)
    }

    /// The tables of the entry; where it names none, those that a rule could be for.
    fn wanted(&self, entry: &Retention) -> Vec<(RelationName, RetainedTable)> {
        if !entry.tables.is_empty() {
            let tables = entry.tables.iter();
            return tables.map(|(name, rule)| (name.clone(), rule.clone())).collect();
        }
        let Some(policies) = &entry.policies else {
            return Vec::new();
        };
        let ledger = self.project.ledger_table();
        self.catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table() && !relation.is_partition())
            .filter(|relation| {
                let name = format!("{}.{}", relation.name.schema, relation.name.name);
                name != format!("{}.{}", policies.table.schema, policies.table.name)
                    && ledger.as_deref() != Some(&name)
                    && ledger.as_deref() != Some(&relation.name.name)
            })
            .filter_map(|relation| {
                let age = policies::time_column(self.catalog, relation)?;
                let name = RelationName {
                    schema: relation.name.schema.clone(),
                    name: relation.name.name.clone(),
                };
                let rule = RetainedTable {
                    age: Some(age),
                    ..RetainedTable::default()
                };
                Some((name, rule))
            })
            .collect()
    }

    fn no_role(&self, role: &str) -> String {
        let known: Vec<&str> = self.catalog.roles.iter().map(|role| role.name.as_str()).collect();
        format!(
            "no migration or prelude makes the role {role}{}",
            target::meant(role, &known)
        )
    }
}

fn untried(number: usize, why: &str) -> Claim {
    Claim::new(
        UNTRIED,
        "[[retention]]",
        format!("entry {number}: {why}"),
        Verdict::Unproven,
        Severity::Warning,
        format!("nothing was tried: {why}"),
    )
}

/// The vectors of a rule, for whoever explains it.
pub(super) fn vectors(rule: &str) -> impl Iterator<Item = super::rules::Way> {
    vectors::ALL
        .iter()
        .filter(move |vector| vector.rules.contains(&rule))
        .map(|vector| super::rules::Way {
            name: vector.name,
            about: vector.about,
            bad: vector.bad,
            good: vector.good,
        })
}
