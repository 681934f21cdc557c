//! Roles beside the contract's `role` whose sessions are tenants', too.

use std::collections::BTreeMap;

use super::role_meant::{Other, count, is_meant, others, writes};
use super::{ROLES, Vector};
use crate::catalog::{Relation, RelationKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};

pub(super) const VECTOR: Vector = Vector {
    name: "another role of tenants",
    rule: ROLES,
    about: "Each role below [isolation.roles] with a context that tells tenants apart is one tenant: it reads and writes every \
            table and reads every view that the contract does not name for it. It must see and change nothing of another \
            tenant's.",
    bad: include_str!("role_tenant.bad.sql"),
    good: include_str!("role_tenant.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// What was seen of one object: by which roles, and what of the first.
type Found = BTreeMap<String, (Vec<String>, Finding)>;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let (mut found, mut outcomes) = (Found::new(), Vec::new());
    for other in others(bench).await? {
        let Some(tenant) = other.tenant.clone() else {
            continue;
        };
        outcomes.extend(reads(bench, &other, &tenant, &mut found).await?);
        for relation in bench.owned_tables() {
            if other.privileges.reaches(&relation.name) && !is_meant(bench, &other.said.writes, relation) {
                write(bench, &other, &tenant, relation, &mut found).await?;
            }
        }
    }
    let found = found.into_values().map(|(roles, mut finding)| {
        if let [_, more @ ..] = roles.as_slice()
            && !more.is_empty()
        {
            finding.message = format!("{}; so does role {}", finding.message, more.join(", role "));
        }
        Outcome::Found(finding)
    });
    let found: Vec<Outcome> = found.collect();
    Ok(worst_of_each(found.into_iter().chain(outcomes)))
}

async fn reads(
    bench: &Bench<'_>,
    other: &Other<'_>,
    tenant: &Actor,
    found: &mut Found,
) -> Result<Vec<Outcome>, Error> {
    let is_read = |relation: &&Relation| {
        let view = matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView);
        (view || bench.is_owned(relation))
            && other.privileges.reaches(&relation.name)
            && !is_meant(bench, &other.said.reads, relation)
            // Who writes a table may have to see what it writes.
            && !is_meant(bench, &other.said.writes, relation)
    };
    let relations: Vec<&Relation> = bench.catalog.relations.iter().filter(is_read).collect();
    let looks: Vec<Look> = relations
        .iter()
        .map(|relation| Look {
            object: relation.name.to_string(),
            sql: other.privileges.select(relation),
        })
        .collect();
    let verdicts = bench.sweep(tenant, &[], &looks).await?.unwrap_or_default();
    let unguarded = bench
        .sweep_unguarded(tenant, &[], &looks)
        .await?
        .unwrap_or_default();
    let mut outcomes = Vec::new();
    for (at, (relation, verdict)) in relations.into_iter().zip(verdicts).enumerate() {
        let object = relation.name.to_string();
        let attempt = Attempt::reading(tenant, &looks[at].sql);
        match verdict {
            Verdict::Leak { observed, .. } => {
                let message = format!(
                    "{} reads what is others' in {object}, though its sessions are a tenant's",
                    tenant.described
                );
                let mut finding = VECTOR.finding(&object, message, observed, &attempt);
                "no private rows of others".clone_into(&mut finding.expected);
                note(found, &tenant.login, finding);
            }
            Verdict::Held(_) if !bench.is_owned(relation) => {}
            Verdict::Held(seen) if seen.is_refused() || count(bench, &attempt).await? > 0 => {
                if unguarded.get(at).is_some_and(Verdict::is_leak) {
                    outcomes.push(Outcome::Held { object });
                }
            }
            Verdict::Held(_) => outcomes.push(Outcome::Blind {
                why: format!(
                    "{} did not even see a tenant's own rows of {object}, so that nothing is shown by not seeing others'",
                    tenant.described
                ),
                object,
                severity: Severity::Info,
            }),
            Verdict::Inconclusive(why) => outcomes.push(Outcome::Blind {
                object,
                severity: Severity::Info,
                why,
            }),
        }
    }
    Ok(outcomes)
}

async fn write(
    bench: &Bench<'_>,
    other: &Other<'_>,
    tenant: &Actor,
    relation: &Relation,
    found: &mut Found,
) -> Result<(), Error> {
    for attempt in writes(bench, tenant, &other.privileges, relation) {
        if let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? {
            let object = relation.name.to_string();
            let message = format!(
                "{} changes what is others' in {object}, though its sessions are a tenant's",
                tenant.described
            );
            let mut finding = VECTOR.finding(&object, message, observed, &attempt);
            "permission denied, or only its own rows written".clone_into(&mut finding.expected);
            note(found, &tenant.login, finding);
            break;
        }
    }
    Ok(())
}

fn note(found: &mut Found, role: &str, finding: Finding) {
    let (roles, _) = found
        .entry(finding.object.clone())
        .or_insert_with(|| (Vec::new(), finding));
    if !roles.iter().any(|known| known == role) {
        roles.push(role.to_owned());
    }
}

/// One outcome an object.
fn worst_of_each(outcomes: impl Iterator<Item = Outcome>) -> Vec<Outcome> {
    let mut by_object: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        let object = match &outcome {
            Outcome::Found(finding) => finding.object.clone(),
            Outcome::Held { object } | Outcome::Blind { object, .. } => object.clone(),
        };
        by_object.entry(object).or_default().push(outcome);
    }
    by_object.into_values().filter_map(Outcome::worst).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let contract = "[isolation.roles.support]\ncontext = { setting = \"app.tenant_id\" }";
        breaks_and_mends(&super::VECTOR, "app.tasks", contract).await;
    }
}
