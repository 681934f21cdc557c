//! Removing rows blindly.

use super::{Vector, WRITE};
use crate::catalog::{ConstraintKind, Name, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "delete",
    rule: WRITE,
    about: "A tenant deletes all rows of a table, without WHERE and RETURNING, which would bring the SELECT policy to help. \
            Other tenants' rows must stay.",
    bad: include_str!("delete.bad.sql"),
    good: include_str!("delete.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.guarded_tables() {
        let object = relation.name.to_string();
        let attempts = attempts(bench, relation);
        let message =
            |observed: &str| format!("a tenant's DELETE on {object} reaches beyond its own: {observed}");
        outcomes.push(VECTOR.try_each(bench, &object, attempts, message).await?);
    }
    Ok(outcomes)
}

/// The statement in its forms, and in a world where nothing points to the table's rows.
pub(super) fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let statements = [
        format!("DELETE FROM {name}"),
        format!("DELETE FROM {name} WHERE true"),
        format!("DELETE FROM {name} RETURNING *"),
    ];
    let mut attempts: Vec<Attempt> = statements
        .iter()
        .map(|sql| Attempt::writing(&bench.attacker, sql))
        .collect();
    // Rows that others point to can't be deleted: the same in a world where nothing points to them.
    let world = without_children(bench, relation);
    if !world.is_empty() {
        attempts.push(Attempt {
            world: vec![world],
            ..Attempt::writing(&bench.attacker, &statements[0])
        });
    }
    attempts
}

/// Removes every row of the tables whose foreign keys lead to this one.
fn without_children(bench: &Bench<'_>, relation: &Relation) -> String {
    let deletes = children(bench, relation);
    if deletes.is_empty() {
        return deletes;
    }
    format!(
        "SET LOCAL session_replication_role = replica; {deletes}; SET LOCAL session_replication_role = origin"
    )
}

/// A DELETE for each table whose foreign keys lead to this one.
pub(super) fn children(bench: &Bench<'_>, relation: &Relation) -> String {
    let deletes: Vec<String> = descendants(bench, relation)
        .into_iter()
        .map(|name| format!("DELETE FROM {}", qualified(&name.schema, &name.name)))
        .collect();
    deletes.join("; ")
}

/// The other tables whose foreign keys lead to this one, be it by way of further tables.
pub(super) fn descendants<'a>(bench: &'a Bench<'_>, relation: &'a Relation) -> Vec<&'a Name> {
    let mut reached: Vec<&Name> = vec![&relation.name];
    let mut at = 0;
    while let Some(parent) = reached.get(at).copied() {
        for child in &bench.catalog.relations {
            let points = child.constraints.iter().any(|constraint| {
                constraint.kind == ConstraintKind::ForeignKey
                    && constraint
                        .references
                        .as_ref()
                        .is_some_and(|reference| reference.relation == *parent)
            });
            if points && !reached.contains(&&child.name) {
                reached.push(&child.name);
            }
        }
        at += 1;
    }
    reached.split_off(1)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
