//! Isolation between tenants, by real attempts.
//!
//! ```text
//! contract ─► ownership ─┐
//! catalog ───► rows ─────┴► a world ─► bench (clones of it) ─► vectors ─► outcomes ─► claims
//!                                        frozen: whose each row is       │
//!                                        attempt: made and judged ◄──────┘
//! ```
//!
//! Intent comes from the contract, never from a policy. *Reading* is judged by difference: what the attacker sees must
//! be the same in a world without the others' private rows. *Writing* is judged by what a superuser sees of the rows that
//! are not the attacker's. Nothing is called proven before the same attempt was seen to work with the defence gone.

mod attempt;
mod bench;
mod callable;
mod calls;
mod causes;
mod claims;
mod confirm;
mod finding;
mod frozen;
mod given;
mod levers;
mod matrix;
mod mend;
mod ownership;
mod privileges;
mod reachable;
mod replay;
mod vectors;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::actor::Actor;
use super::session::Session;
use super::shard::Share;
use super::{Options, world};
use crate::catalog::Relation;
use crate::claim::{Claim, Severity, Verdict};
use crate::contract::nearest;
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;
use crate::report::Reach;
use crate::sql::{identifier, qualified};

use bench::{Bench, Parts};
use finding::{Finding, Outcome};
pub(super) use ownership::Owners;
use ownership::Ownership;

const UNTRIED: &str = "isolation/untried";
const UNCLASSIFIED: &str = "isolation/unclassified";

/// The part of the work that the matrix needs, and with it what is about no vector.
const COMMANDS: &str = "isolation: commands";

/// What came of the contract's `[isolation]`.
#[derive(Debug, Default)]
pub(super) struct Proof {
    pub(super) claims: Vec<Claim>,
    /// What each role reached.
    pub(super) matrix: Vec<Reach>,
}

/// Nothing could be tried.
impl From<Vec<Claim>> for Proof {
    fn from(claims: Vec<Claim>) -> Self {
        Self {
            claims,
            matrix: Vec::new(),
        }
    }
}

/// Whether anything of it is to be proved.
pub(super) fn is_wanted(options: &Options) -> bool {
    let rules = vectors::ALL.iter().map(|vector| vector.rule);
    rules
        .chain([UNTRIED, UNCLASSIFIED])
        .any(|rule| options.wants(rule))
}

/// Every claim that the contract's `[isolation]` asks for, and the matrix.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Proof, Error> {
    let Some(isolation) = &project.contract().isolation else {
        return Ok(Proof::default());
    };
    let share = Share::of(project, options);
    if !is_wanted(options) || !share.takes_any("isolation") {
        return Ok(Proof::default());
    }
    if let Some(why) = template.server().unproven_because() {
        return Ok(vec![untried(&why)].into());
    }
    let catalog = &template.applied().catalog;
    let owners = match Owners::of(catalog, isolation, project.ledger_table().as_deref()) {
        Ok(owners) => owners,
        Err(wrong) => {
            let claims: Vec<Claim> = wrong.into_iter().map(|message| untried(&message)).collect();
            return Ok(claims.into());
        }
    };
    let identities = world::identities(catalog, isolation, &owners);
    let actors = [0, 1].map(|number| Actor::tenant(isolation, number, &identities[number]));
    let [Some(attacker), Some(victim)] = actors else {
        return Ok(vec![untried(
            "the contract names no role that tenants' sessions run as",
        )]
        .into());
    };
    let missing = |role: &&str| !catalog.roles.iter().any(|known| known.name == **role);
    let needed = [attacker.login.as_str(), attacker.effective(), victim.effective()];
    if let Some(role) = needed.iter().find(|role| missing(role)) {
        let known: Vec<&str> = catalog.roles.iter().map(|known| known.name.as_str()).collect();
        let meant =
            nearest(role, &known).map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        return Ok(vec![untried(&format!(
            "no migration or prelude makes the role {role}{meant}"
        ))]
        .into());
    }
    let pristine = template.clone_database().await?;
    let session = Session::open(&pristine).await?;
    let catalog = &reachable::catalog(&session, catalog, isolation, &[&attacker, &victim]).await?;
    drop(session);
    let owner = |relation: &Relation| owners.owner(relation);
    let context = Some(&isolation.context);
    let world = match world::populate(&pristine, catalog, &owner, context, &identities).await? {
        Ok(world) => world,
        Err(error) => {
            return Ok(vec![untried(&format!("no rows could be made to try with: {error}"))].into());
        }
    };
    let parts = Parts {
        catalog,
        owners: &owners,
        isolation,
        world,
        identities,
        actors: [attacker, victim],
        pristine,
    };
    let bench = Bench::new(parts).await?;
    let mut claims = claims::unclassified(&bench, template);
    let mut findings: Vec<Finding> = Vec::new();
    for (vector, outcomes) in tried(&bench, options, &share).await? {
        for outcome in outcomes {
            match outcome {
                Outcome::Found(finding) => {
                    if !findings.iter().any(|known| known.is_same(&finding)) {
                        findings.push(finding);
                    }
                }
                other => claims.extend(claims::unfound(&bench, vector, other, template)),
            }
        }
    }
    let matrix = if share.takes(COMMANDS) {
        matrix::observe(&bench, &findings).await?
    } else {
        Vec::new()
    };
    let explained = causes::explain(&bench, findings).await?;
    let found = claims::found(&explained, template);
    if let Some(folder) = &options.replay {
        for (claim, one) in found.iter().zip(&explained) {
            if !share.reports(claim)? {
                continue;
            }
            replay::write(folder, project, &bench, &one.finding, claim)?;
        }
    }
    claims.extend(found);
    given::leave_out(&mut claims, project, isolation, template.applied());
    Ok(Proof { claims, matrix })
}

/// What came of the vectors that this run takes, in the order of the registry. Whoever finds something goes through all: what
/// it follows from can't be told from a part.
async fn tried<'v>(
    bench: &Bench<'_>,
    options: &Options,
    share: &Share,
) -> Result<Vec<(&'v vectors::Vector, Vec<Outcome>)>, Error> {
    let wanted: Vec<(usize, &vectors::Vector)> = (0..)
        .zip(vectors::ALL)
        .filter(|(_, vector)| options.wants(vector.rule))
        .collect();
    let mut outcomes: BTreeMap<usize, Vec<Outcome>> = BTreeMap::new();
    for all in [false, true] {
        for (number, vector) in &wanted {
            let takes = || unit(vector.name).is_some_and(|unit| share.takes(&unit));
            if !outcomes.contains_key(number) && (all || takes()) {
                outcomes.insert(*number, (vector.run)(bench).await?);
            }
        }
        if !outcomes.values().flatten().any(causes::has_cause) {
            break;
        }
    }
    let tried = wanted
        .into_iter()
        .filter_map(|(number, vector)| Some((vector, outcomes.remove(&number)?)));
    Ok(tried.collect())
}

/// The part of the work that claims of that subject come from.
pub(super) fn unit(subject: &str) -> Option<String> {
    match subject {
        "" | "unclassified" | "select" | "insert" | "update" | "delete" | "truncate" => {
            Some(COMMANDS.to_owned())
        }
        // Both are seen by pulling the same levers.
        "denial" => unit("two steps"),
        _ => {
            let known = vectors::ALL.iter().any(|vector| vector.name == subject);
            known.then(|| format!("isolation: {subject}"))
        }
    }
}

/// All parts of the work.
pub(super) fn units(options: &Options) -> Vec<String> {
    let mut units = vec![COMMANDS.to_owned()];
    let wanted = vectors::ALL.iter().filter(|vector| options.wants(vector.rule));
    for unit in wanted.filter_map(|vector| unit(vector.name)) {
        if !units.contains(&unit) {
            units.push(unit);
        }
    }
    units
}

/// The vectors of a rule, for whoever explains it.
pub(super) fn vectors(rule: &str) -> impl Iterator<Item = super::rules::Way> {
    super::vector::ways(vectors::ALL, rule)
}

fn untried(message: &str) -> Claim {
    let message = format!("nothing was tried: {message}");
    Claim::new(
        UNTRIED,
        "[isolation]",
        "",
        Verdict::Unproven,
        Severity::Warning,
        message,
    )
}

impl Bench<'_> {
    /// The tables and partitions whose rows are tenants'.
    fn owned_tables(&self) -> impl Iterator<Item = &Relation> {
        self.catalog
            .relations
            .iter()
            .filter(|relation| self.is_owned(relation))
    }

    /// Whether a table has claims of its own. A partition that the tenant's role has no privilege on has not: its rows
    /// are reached through the parent alone.
    fn is_owned(&self, relation: &Relation) -> bool {
        let reached = || !relation.is_partition() || self.privileges.reaches(&relation.name);
        relation.kind.is_table()
            && self
                .owners
                .find(&relation.name)
                .is_some_and(|table| matches!(table.ownership, Ownership::Tenants(_)))
            && reached()
    }

    /// Those, and the tables that all tenants share.
    fn guarded_tables(&self) -> impl Iterator<Item = &Relation> {
        self.catalog.relations.iter().filter(|relation| {
            let shared = || {
                self.owners
                    .find(&relation.name)
                    .is_some_and(|table| table.ownership == Ownership::Shared)
            };
            self.is_owned(relation) || relation.kind.is_table() && shared()
        })
    }

    /// The values that some row has in that column, those of B first, without doubles.
    fn values(&self, relation: &Relation, column: &str) -> Vec<Option<String>> {
        let rows = self
            .world
            .table(&relation.name.schema, &relation.name.name)
            .map(|table| &table.rows);
        let mut rows: Vec<_> = rows.into_iter().flatten().collect();
        rows.sort_by_key(|row| row.tenant != Some('b'));
        let mut values = Vec::new();
        for row in rows {
            if let Some(value) = row.values.get(column)
                && !values.contains(value)
            {
                values.push(value.clone());
            }
        }
        values
    }

    /// Those columns of the rows that are B's and that A must not see, without doubles; at most so many.
    async fn private_rows(
        &self,
        relation: &Relation,
        columns: &[&str],
        most: usize,
    ) -> Result<Vec<Vec<Option<String>>>, Error> {
        let table = self.owners.find(&relation.name);
        let [attacker, victim] =
            [0, 1].map(|number| self.identities.get(number).cloned().unwrap_or_default());
        let Some(private) = table.and_then(|table| frozen::private(table, &attacker, &[victim])) else {
            return Ok(Vec::new());
        };
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("t.{}::text", identifier(column)))
            .collect();
        let columns = columns.join(", ");
        let name = qualified(&relation.name.schema, &relation.name.name);
        let query = format!(
            "SELECT {columns} FROM {name} AS t WHERE {private} GROUP BY {columns} ORDER BY {columns} LIMIT {most}"
        );
        self.session.rows(&query).await
    }
}
