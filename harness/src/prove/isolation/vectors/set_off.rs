//! What a write sets off: definer triggers, and rules, which run as the table's owner.

use super::copy::{self, Named};
use super::insert::take_away;
use super::{Vector, WRITE};
use crate::catalog::{Enabled, Function, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::calls::called;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::frozen::{Change, What};
use crate::prove::mention::Mentions;
use crate::rows::Row;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "trigger or rule",
    rule: WRITE,
    about: "A tenant writes its own rows with the other's keys in each column, where that sets off a rule or a definer \
            trigger, and puts definer trigger functions on temporary tables of its own. What these do with their owners' \
            rights must not reach the other's rows.",
    bad: include_str!("set_off.bad.sql"),
    good: include_str!("set_off.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Values a column.
const MOST: usize = 3;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for relation in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        let definers = definers(bench, relation);
        let rules = relation
            .rules
            .iter()
            .any(|rule| rule.enabled != Enabled::Disabled);
        if (rules || !definers.is_empty()) && bench.privileges.reaches(&relation.name) {
            outcomes.extend(fired(bench, relation, &definers).await?);
        }
    }
    let query = include_str!("set_off.sql").replace("$1", &literal(bench.attacker.effective()));
    let free = bench.session.rows(&query).await?;
    for oid in free.into_iter().flatten().flatten() {
        let function = bench
            .catalog
            .functions
            .iter()
            .find(|function| function.oid.0.to_string() == oid);
        if let Some(function) = function {
            outcomes.extend(put_elsewhere(bench, function).await?);
        }
    }
    Ok(outcomes)
}

/// The definer functions that writing to a table sets off.
fn definers<'a>(bench: &'a Bench<'_>, relation: &Relation) -> Vec<&'a Function> {
    let fires = |function: &&Function| {
        relation
            .triggers
            .iter()
            .any(|trigger| trigger.enabled != Enabled::Disabled && trigger.function == function.name)
    };
    let functions = bench.catalog.functions.iter();
    functions
        .filter(|function| function.security_definer)
        .filter(fires)
        .collect()
}

/// Changes of somebody else's rows in other tables; what happens to the table's own rows is judged by itself.
fn elsewhere<'a>(relation: &Relation, changes: &'a [Change]) -> Option<&'a Change> {
    changes
        .iter()
        .find(|change| !change.shared && change.table != relation.name)
}

async fn fired(
    bench: &Bench<'_>,
    relation: &Relation,
    definers: &[&Function],
) -> Result<Option<Outcome>, Error> {
    let attempts = attempts(bench, relation);
    for attempt in &attempts {
        let Verdict::Leak { changes, .. } = bench.attempt(attempt).await? else {
            continue;
        };
        let Some(change) = elsewhere(relation, &changes) else {
            continue;
        };
        let by = definers
            .iter()
            .find(|function| mentions(function).name(&change.table));
        let object = by.map_or_else(|| relation.name.to_string(), |function| function.signature());
        let observed = change.to_string();
        let message = format!(
            "what a tenant's write to {} sets off reaches beyond its own: {observed}",
            relation.name
        );
        return Ok(Some(Outcome::Found(
            VECTOR.finding(&object, message, observed, attempt),
        )));
    }
    let object = match definers.first() {
        Some(function) => function.signature(),
        None => relation.name.to_string(),
    };
    for attempt in &attempts {
        let owners = Attempt {
            actor: bench.victim.clone(),
            ..attempt.clone()
        };
        if let Verdict::Leak { changes, .. } = owners.judge(&bench.session, &bench.frozen).await?
            && elsewhere(relation, &changes).is_some()
        {
            return Ok(Some(Outcome::Held { object }));
        }
    }
    let touches = bench.owned_tables().any(|other| {
        other.name != relation.name
            && definers
                .iter()
                .any(|function| mentions(function).name(&other.name))
    });
    Ok(touches.then(|| blind(object)))
}

fn blind(object: String) -> Outcome {
    Outcome::Blind {
        object,
        severity: Severity::Info,
        why: "no row of another table changes, by the hand of the one whose rows they are neither".to_owned(),
    }
}

fn mentions(function: &Function) -> Mentions {
    Mentions::of(function.body.as_deref().unwrap_or_default())
}

/// Writes of the attacker's own rows with the other's values, and of the other's row as the other would.
fn attempts(bench: &Bench<'_>, relation: &Relation) -> Vec<Attempt> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let Some(rows) = bench.world.table(&relation.name.schema, &relation.name.name) else {
        return Vec::new();
    };
    let owner = bench
        .owners
        .tenant_column(bench.catalog, relation)
        .map(|(column, _)| column);
    let mut attempts = Vec::new();
    let mut insert = |taken: &Row, row: &Row, changed: &[&str]| {
        let mut inserts = Vec::new();
        for named in [Named::All, Named::WithoutDefaults] {
            let last = copy::insert(bench, relation, row, named, changed);
            if !inserts.contains(&last) {
                inserts.push(last);
            }
        }
        for last in inserts {
            let attempt = Attempt {
                world: vec![take_away(relation, taken)],
                ..Attempt::writing(&bench.attacker, &last)
            };
            let then = |last: String| Attempt {
                steps: vec![attempt.last.clone()],
                last,
                ..attempt.clone()
            };
            let deleted = then(format!("DELETE FROM {name}"));
            attempts.extend([attempt, deleted]);
        }
    };
    let mut updates = Vec::new();
    if let Some(mine) = rows.of('a').next() {
        let mut all: Vec<(&str, Option<String>)> = Vec::new();
        for column in &relation.columns {
            let column = column.name.as_str();
            if owner.as_deref() == Some(column) {
                continue;
            }
            for (at, value) in called(bench, column, 'b', MOST).into_iter().enumerate() {
                if mine.values.get(column) == Some(&Some(value.clone())) {
                    continue;
                }
                let row = copy::with(mine, &[(column, Some(value.clone()))]);
                insert(mine, &row, &[column]);
                updates.push(format!(
                    "UPDATE {name} SET {} = {}",
                    identifier(column),
                    literal(&value)
                ));
                if at == 0 {
                    all.push((column, Some(value)));
                }
            }
        }
        let columns: Vec<&str> = all.iter().map(|(column, _)| *column).collect();
        insert(mine, &copy::with(mine, &all), &columns);
    }
    for row in rows.of('b').take(MOST) {
        insert(row, row, &[]);
    }
    attempts.extend(
        updates
            .into_iter()
            .map(|sql| Attempt::writing(&bench.attacker, sql)),
    );
    attempts
}

/// A definer trigger function on a temporary table that is fed with the other's rows.
async fn put_elsewhere(bench: &Bench<'_>, function: &Function) -> Result<Option<Outcome>, Error> {
    let named = mentions(function);
    let fires_on = |relation: &&Relation| {
        relation.kind.is_table()
            && (relation
                .triggers
                .iter()
                .any(|trigger| trigger.function == function.name)
                || named.name(&relation.name))
    };
    for relation in bench.catalog.relations.iter().filter(fires_on) {
        let rows = bench.world.table(&relation.name.schema, &relation.name.name);
        for row in rows.into_iter().flat_map(|rows| rows.of('b')).take(MOST) {
            let columns: Vec<String> = relation
                .columns
                .iter()
                .map(|column| format!("{} {}", identifier(&column.name), column.data_type))
                .collect();
            let values: Vec<String> = relation
                .columns
                .iter()
                .map(|column| copy::value(row, &column.name))
                .collect();
            let feed = format!("pg_temp.{}", identifier(&relation.name.name));
            let steps = vec![
                format!(
                    "CREATE TEMP TABLE {} ({})",
                    identifier(&relation.name.name),
                    columns.join(", ")
                ),
                format!(
                    "CREATE TRIGGER feed BEFORE INSERT OR UPDATE OR DELETE ON {feed} FOR EACH ROW EXECUTE FUNCTION {}()",
                    qualified(&function.name.schema, &function.name.name)
                ),
            ];
            let attempt = Attempt {
                steps,
                ..Attempt::writing(
                    &bench.attacker,
                    format!(
                        "INSERT INTO {feed} VALUES ({}); DELETE FROM {feed}",
                        values.join(", ")
                    ),
                )
            };
            let Verdict::Leak {
                observed, changes, ..
            } = bench.attempt(&attempt).await?
            else {
                continue;
            };
            if changes.iter().all(|change| change.shared) {
                continue;
            }
            // Entries forged in the other's name are less than a change of what is there.
            let severity = if changes
                .iter()
                .any(|change| !change.shared && change.what == What::Lost)
            {
                Severity::Error
            } else if bench.isolation.hostile_sql {
                Severity::Warning
            } else {
                Severity::Info
            };
            let object = function.signature();
            let message = format!(
                "a tenant that may execute the trigger function {object} puts it on a table of its own and so reaches beyond \
                 its own: {observed}"
            );
            return Ok(Some(Outcome::Found(Finding {
                severity,
                ..VECTOR.finding(&object, message, observed, &attempt)
            })));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.count_visit()", "").await;
    }
}
