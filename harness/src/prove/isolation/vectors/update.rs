//! Changing rows blindly.

use super::{Vector, WRITE};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "update",
    rule: WRITE,
    about: "A tenant sets each column to a constant, without WHERE and RETURNING, which would bring the SELECT policy to \
            help. Other tenants' rows must stay, and none of its own may become theirs.",
    bad: include_str!("update.bad.sql"),
    good: include_str!("update.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Values that are tried a column.
const MOST: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for relation in bench.owned_tables() {
        let object = relation.name.to_string();
        let message =
            |observed: &str| format!("a tenant's UPDATE of {object} reaches beyond its own: {observed}");
        outcomes.push(
            VECTOR
                .try_each(bench, &object, attempts(bench, relation), message)
                .await?,
        );
    }
    Ok(outcomes)
}

fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let mut statements = updates(bench, relation);
    let with_clauses = statements
        .first()
        .map(|first| [format!("{first} WHERE true"), format!("{first} RETURNING *")]);
    statements.extend(with_clauses.into_iter().flatten());
    statements
        .into_iter()
        .map(|sql| Attempt::writing(&bench.attacker, sql))
        .collect()
}

/// Each column that the attacker may write, set to each kind of value that some row has there.
pub(super) fn updates(bench: &Bench<'_>, relation: &Relation) -> Vec<String> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let writable = |column: &&crate::catalog::Column| {
        column.generated.is_none() && column.identity.as_deref() != Some("always")
    };
    let granted: Vec<&crate::catalog::Column> = relation
        .columns
        .iter()
        .filter(writable)
        .filter(|column| bench.privileges.may_with("UPDATE", &relation.name, &column.name))
        .collect();
    // With no grant at all the attempts still show that the judge would see them.
    let columns = if granted.is_empty() {
        relation.columns.iter().filter(writable).collect()
    } else {
        granted
    };
    let mut statements = Vec::new();
    for column in columns {
        for value in bench.values(relation, &column.name).into_iter().take(MOST) {
            let value = value.as_deref().map_or_else(|| "NULL".to_owned(), literal);
            statements.push(format!(
                "UPDATE {name} SET {} = {value}",
                identifier(&column.name)
            ));
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
