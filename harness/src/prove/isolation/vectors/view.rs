//! Writing through views.

use super::copy::nullable;
use super::insert::take_away;
use super::{Vector, WRITE};
use crate::catalog::{Name, Relation, RelationKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::mention::Mentions;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "write through a view",
    rule: WRITE,
    about: "A tenant inserts the other's rows into every view that takes rows, and blindly updates and empties it. A view \
            with its owner's rights goes around the tables' policies, and without a check option it takes rows that it \
            does not show.",
    bad: include_str!("view.bad.sql"),
    good: include_str!("view.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of the other's a table, and values a column.
const MOST: usize = 3;
/// Attempts that a detector is looked for with.
const MOST_CONTROLS: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for row in bench.session.rows(include_str!("view.sql")).await? {
        let [Some(schema), Some(name), Some(events)] = row.as_slice() else {
            continue;
        };
        let view = bench
            .catalog
            .relation(schema, name)
            .filter(|relation| relation.kind == RelationKind::View);
        if let (Some(view), Ok(events)) = (view, events.parse()) {
            outcomes.extend(tried(bench, view, events).await?);
        }
    }
    Ok(outcomes)
}

async fn tried(bench: &Bench<'_>, view: &Relation, events: u32) -> Result<Option<Outcome>, Error> {
    let attempts = attempts(bench, view, events);
    if attempts.is_empty() {
        return Ok(None);
    }
    let object = view.name.to_string();
    for attempt in &attempts {
        if let Verdict::Leak { observed, .. } = bench.attempt(attempt).await? {
            let object = to_mend(bench, view, &attempt.last);
            let message = format!(
                "a tenant that writes to the view {} reaches beyond its own: {observed}",
                view.name
            );
            return Ok(Some(Outcome::Found(
                VECTOR.finding(&object, message, observed, attempt),
            )));
        }
    }
    for attempt in &attempts {
        let owners = Attempt {
            actor: bench.victim.clone(),
            ..attempt.clone()
        };
        if owners.judge(&bench.session, &bench.frozen).await?.is_leak() {
            return Ok(Some(Outcome::Held { object }));
        }
    }
    for attempt in attempts.iter().take(MOST_CONTROLS) {
        if bench.would_show(attempt).await? {
            return Ok(Some(Outcome::Held { object }));
        }
    }
    Ok(Some(Outcome::Blind {
        object,
        severity: Severity::Info,
        why: "no row of a tenant's changes, by the hand of the one whose rows they are neither".to_owned(),
    }))
}

/// The definer function that a trigger calls instead of the statement, else the view.
fn to_mend(bench: &Bench<'_>, view: &Relation, statement: &str) -> String {
    let verb = statement.split(' ').next().unwrap_or_default();
    let instead = view
        .triggers
        .iter()
        .filter(|trigger| trigger.definition.contains("INSTEAD OF") && trigger.definition.contains(verb));
    let mut functions = instead.filter_map(|trigger| {
        bench
            .catalog
            .functions
            .iter()
            .find(|function| function.name == trigger.function && function.security_definer)
    });
    functions
        .next()
        .map_or_else(|| view.name.to_string(), crate::catalog::Function::signature)
}

fn attempts(bench: &Bench<'_>, view: &Relation, events: u32) -> Vec<Attempt> {
    let name = qualified(&view.name.schema, &view.name.name);
    let tables = tables(bench, view);
    let may = |privilege: &str, column: &str| bench.privileges.may_with(privilege, &view.name, column);
    let mut attempts = Vec::new();
    for relation in &tables {
        let rows = bench.world.table(&relation.name.schema, &relation.name.name);
        for row in rows.into_iter().flat_map(|rows| rows.of('b')).take(MOST) {
            if events & 8 == 0 {
                continue;
            }
            for with_defaults in [true, false] {
                let columns: Vec<&str> = view
                    .columns
                    .iter()
                    .map(|column| column.name.as_str())
                    .filter(|column| row.values.contains_key(*column) && may("INSERT", column))
                    .filter(|column| {
                        let column = relation.column(column);
                        column.is_some_and(|column| {
                            column.generated.is_none()
                                && (with_defaults || column.default.is_none() && column.identity.is_none())
                        })
                    })
                    .collect();
                if columns.is_empty() {
                    continue;
                }
                let values: Vec<String> = columns
                    .iter()
                    .map(|column| nullable(row.values.get(*column).and_then(Option::as_deref)))
                    .collect();
                let columns: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
                let last = format!(
                    "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
                    columns.join(", "),
                    values.join(", ")
                );
                for world in [vec![take_away(relation, row)], Vec::new()] {
                    attempts.push(Attempt {
                        world,
                        ..Attempt::writing(&bench.attacker, &last)
                    });
                }
            }
        }
    }
    if events & 4 != 0 {
        for column in view.columns.iter().filter(|column| may("UPDATE", &column.name)) {
            let values = tables
                .iter()
                .flat_map(|relation| bench.values(relation, &column.name))
                .take(MOST);
            attempts.extend(values.map(|value| {
                let set = format!("{} = {}", identifier(&column.name), nullable(value.as_deref()));
                Attempt::writing(&bench.attacker, format!("UPDATE {name} SET {set}"))
            }));
        }
    }
    if events & 16 != 0 && bench.privileges.may("DELETE", &view.name) {
        attempts.push(Attempt::writing(&bench.attacker, format!("DELETE FROM {name}")));
    }
    attempts
}

/// The tables that a view is made of, through other views and what its triggers call.
fn tables<'a>(bench: &'a Bench<'_>, view: &Relation) -> Vec<&'a Relation> {
    let text = |relation: &Relation| {
        let mut text = relation.definition.clone().unwrap_or_default();
        for trigger in &relation.triggers {
            let called = bench.catalog.functions.iter();
            for function in called.filter(|function| function.name == trigger.function) {
                text.push('\n');
                text.push_str(function.body.as_deref().unwrap_or_default());
            }
        }
        Mentions::of(&text)
    };
    let mut seen: Vec<&Name> = Vec::new();
    let mut tables: Vec<&Relation> = Vec::new();
    let mut open = vec![text(view)];
    while let Some(mentions) = open.pop() {
        for relation in &bench.catalog.relations {
            if !mentions.name(&relation.name) || seen.contains(&&relation.name) {
                continue;
            }
            seen.push(&relation.name);
            if relation.kind.is_table() {
                tables.push(relation);
            } else {
                open.push(text(relation));
            }
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.my_projects", "").await;
    }
}
