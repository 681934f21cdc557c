//! Functions that find an attacker's table under the name that they look for.

use super::Vector;
use super::function::SOON;
use crate::catalog::{Function, Name, Relation};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::callable::Callable;
use crate::prove::isolation::calls::calls;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::mention::Mentions;
use crate::rows::Row;
use crate::sql::{identifier, literal, literal_or_null, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "search path",
    rule: "isolation/search-path",
    about: "A tenant makes temporary tables, or tables in a schema that it may create in, under the names that a function \
            mentions without a schema, and fills them with rows that give it rights. Then it reads what the function guards, \
            and calls the function.",
    bad: include_str!("search_path.bad.sql"),
    good: include_str!("search_path.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of the other tenant that are made one's own, calls of a function, forms of a shadow.
const MOST_ROWS: usize = 4;
const MOST_CALLS: usize = 12;
const MOST_FORMS: usize = 4;

/// A function that mentions tables without their schema.
struct Candidate<'a> {
    function: &'a Function,
    /// Tables that it mentions so.
    tables: Vec<&'a Relation>,
    /// What would change if it were fooled.
    looks: Vec<Look>,
}

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let places = places(bench).await?;
    if places.is_empty() {
        return Ok(outcomes);
    }
    let callables = bench.callables().await?;
    let candidates = candidates(bench, &callables);
    for candidate in &candidates {
        outcomes.extend(tried(bench, candidate, &candidates, &places).await?);
    }
    Ok(outcomes)
}

/// The schemas in which the attacker may make tables.
async fn places(bench: &Bench<'_>) -> Result<Vec<String>, Error> {
    let query = include_str!("search_path.sql").replace("$1", &literal(bench.attacker.effective()));
    let rows = bench.session.rows(&query).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

fn candidates<'a>(bench: &'a Bench<'_>, callables: &[Callable<'_>]) -> Vec<Candidate<'a>> {
    let functions: Vec<(&Function, Mentions)> = bench
        .catalog
        .functions
        .iter()
        .filter_map(|function| Some((function, Mentions::of(function.body.as_deref()?))))
        .collect();
    let mut found = Vec::new();
    for (function, mentions) in &functions {
        // A body that is kept parsed has found its tables already.
        let parsed = function.body.as_deref().is_some_and(|body| {
            let body = body.trim_start();
            function.language == "sql" && (body.starts_with("BEGIN ATOMIC") || body.starts_with("RETURN "))
        });
        let tables: Vec<&Relation> = bench
            .catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table() && mentions.bare(&relation.name.name))
            .collect();
        if parsed || tables.is_empty() {
            continue;
        }
        let looks = looks(bench, callables, &callers(function, &functions));
        if !looks.is_empty() {
            found.push(Candidate {
                function,
                tables,
                looks,
            });
        }
    }
    found
}

/// The function and those that call it, over any number of others.
fn callers<'a>(function: &'a Function, all: &[(&'a Function, Mentions)]) -> Vec<&'a Function> {
    let mut found = vec![function];
    let mut at = 0;
    while let Some(called) = found.get(at).copied() {
        for (caller, mentions) in all {
            if mentions.name(&called.name) && found.iter().all(|known| known.oid.0 != caller.oid.0) {
                found.push(caller);
            }
        }
        at += 1;
    }
    found
}

/// What the functions decide about: relations whose policies or queries call them, and what they answer.
fn looks(bench: &Bench<'_>, callables: &[Callable<'_>], functions: &[&Function]) -> Vec<Look> {
    let asks = |text: &Option<String>| {
        text.as_deref().is_some_and(|text| {
            let mentions = Mentions::of(text);
            functions.iter().any(|function| mentions.name(&function.name))
        })
    };
    let guarded: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| {
            asks(&relation.definition)
                || relation
                    .policies
                    .iter()
                    .any(|policy| asks(&policy.using) || asks(&policy.with_check))
        })
        .collect();
    let through = |relation: &&Relation| {
        relation.definition.as_deref().is_some_and(|text| {
            let mentions = Mentions::of(text);
            guarded.iter().any(|guarded| mentions.name(&guarded.name))
        })
    };
    let mut relations = guarded.clone();
    relations.extend(bench.catalog.relations.iter().filter(through));
    relations.retain(|relation| bench.privileges.reaches(&relation.name));
    let mut looks = super::select::looks(bench, &relations);
    for callable in callables {
        if functions
            .iter()
            .any(|function| function.oid.0 == callable.function.oid.0)
        {
            let calls = calls(bench, callable).into_iter().take(MOST_CALLS);
            looks.extend(calls.map(|call| Look {
                object: callable.function.signature(),
                sql: call.sql,
            }));
        }
    }
    looks
}

async fn tried(
    bench: &Bench<'_>,
    candidate: &Candidate<'_>,
    all: &[Candidate<'_>],
    places: &[String],
) -> Result<Option<Outcome>, Error> {
    let object = candidate.function.signature();
    let mut control = None;
    // One that names temporary tables last needs no more than a look whether that is so.
    let names_them_last = search_path(candidate.function).is_some_and(|path| path.ends_with("pg_temp"));
    let most = if names_them_last { 1 } else { usize::MAX };
    for place in places {
        for steps in shadows(bench, &candidate.tables, place).into_iter().take(most) {
            for attempt in widened(bench, candidate, &steps, &[]).await? {
                if is_to_blame(bench, candidate, all, &attempt).await? {
                    return Ok(Some(Outcome::Found(found(&object, &attempt))));
                }
            }
            control.get_or_insert(steps);
        }
    }
    // What defends it is that it names temporary tables last: without that it has to be fooled.
    if let (Some(open), Some(steps)) = (opened(candidate.function), control)
        && !widened(bench, candidate, &steps, &[open]).await?.is_empty()
    {
        return Ok(Some(Outcome::Held { object }));
    }
    Ok(None)
}

/// What makes a function that looks for temporary tables last look for them first.
fn opened(function: &Function) -> Option<String> {
    let path: Vec<&str> = search_path(function)?
        .split(',')
        .map(str::trim)
        .filter(|schema| !matches!(*schema, "pg_temp" | "\"\""))
        .collect();
    let path = if path.is_empty() {
        "pg_catalog".to_owned()
    } else {
        path.join(", ")
    };
    Some(format!(
        "ALTER ROUTINE {} SET search_path = {path}",
        written(function)
    ))
}

fn search_path(function: &Function) -> Option<&str> {
    let mut settings = function.settings.iter().flatten();
    settings.find_map(|setting| setting.strip_prefix("search_path="))
}

fn found(object: &str, attempt: &Attempt) -> Finding {
    let message = format!(
        "{object} mentions tables without their schema, and takes a temporary table of a tenant's for the real one: the \
         tenant so sees what is another's"
    );
    let observed = attempt.last.clone();
    VECTOR.finding(object, message, format!("more in: {observed}"), attempt)
}

/// The looks that show something of the other's after the steps, and nothing without them.
async fn widened(
    bench: &Bench<'_>,
    candidate: &Candidate<'_>,
    steps: &[String],
    world: &[String],
) -> Result<Vec<Attempt>, Error> {
    let mut sent = vec![SOON.to_owned()];
    sent.extend(steps.iter().cloned());
    let attempt = |look: &Look| Attempt {
        world: world.to_vec(),
        steps: sent.clone(),
        ..Attempt::reading(&bench.attacker, &look.sql)
    };
    let sweep = |steps, looks| {
        crate::prove::isolation::attempt::sweep(
            &bench.session,
            &bench.frozen,
            &bench.attacker,
            world,
            steps,
            looks,
        )
    };
    let verdicts = sweep(&sent, &candidate.looks).await?.unwrap_or_default();
    let leaking: Vec<Look> = candidate
        .looks
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| verdict.is_leak())
        .map(|(look, _)| look.clone())
        .collect();
    if leaking.is_empty() {
        return Ok(Vec::new());
    }
    let before = sweep(&sent[..1], &leaking).await?.unwrap_or_default();
    let widened = leaking
        .iter()
        .zip(before)
        .filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)))
        .map(|(look, _)| attempt(look));
    Ok(widened.collect())
}

/// Whether it is this function that was fooled, and not another that mentions the same tables.
async fn is_to_blame(
    bench: &Bench<'_>,
    candidate: &Candidate<'_>,
    all: &[Candidate<'_>],
    attempt: &Attempt,
) -> Result<bool, Error> {
    let others: Vec<&Candidate<'_>> = all
        .iter()
        .filter(|other| {
            other.function.oid.0 != candidate.function.oid.0
                && other
                    .tables
                    .iter()
                    .any(|table| candidate.tables.iter().any(|own| own.name == table.name))
        })
        .collect();
    if others.is_empty() {
        return Ok(true);
    }
    let with = |world: Vec<String>| Attempt {
        world,
        ..attempt.clone()
    };
    let mended = others.iter().map(|other| mended(bench, other.function)).collect();
    if bench.attempt(&with(mended)).await?.is_leak() {
        return Ok(true);
    }
    let alone = with(vec![self::mended(bench, candidate.function)]);
    Ok(!bench.attempt(&alone).await?.is_leak())
}

/// What makes a function look for temporary tables last.
fn mended(bench: &Bench<'_>, function: &Function) -> String {
    let set = search_path(function).filter(|path| !path.is_empty() && *path != "\"\"");
    let path = set.map_or_else(
        || {
            let schemas = bench
                .catalog
                .schemas
                .iter()
                .map(|schema| identifier(&schema.name));
            schemas.collect::<Vec<_>>().join(", ")
        },
        |path| path.replace("pg_temp", "pg_catalog"),
    );
    format!(
        "ALTER ROUTINE {} SET search_path = {path}, pg_temp",
        written(function)
    )
}

fn written(function: &Function) -> String {
    format!(
        "{}({})",
        qualified(&function.name.schema, &function.name.name),
        function.identity_arguments
    )
}

/// The steps that put tables of the attacker's before those tables: full of rows, and with one row each.
fn shadows(bench: &Bench<'_>, tables: &[&Relation], place: &str) -> Vec<Vec<String>> {
    let rows: Vec<Vec<Vec<Option<String>>>> = tables.iter().map(|relation| rights(bench, relation)).collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or_default();
    let mut forms = vec![rows.clone()];
    // A query that wants one row fails of many.
    for at in 0..most.min(MOST_FORMS) {
        let single = |rows: &Vec<Vec<Option<String>>>| -> Vec<Vec<Option<String>>> {
            rows.get(at)
                .or_else(|| rows.first())
                .cloned()
                .into_iter()
                .collect()
        };
        let form = rows.iter().map(single).collect();
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    let temporary = place == "pg_temp";
    forms
        .iter()
        .map(|form| {
            let mut steps = Vec::new();
            if !temporary {
                steps.push(format!("SET LOCAL search_path = {}", identifier(place)));
            }
            let mut made: Vec<&Name> = Vec::new();
            for (relation, rows) in tables.iter().zip(form) {
                // Two tables of one name in two schemas have one shadow.
                let known = made.iter().any(|name| name.name == relation.name.name);
                if !known && (temporary || relation.name.schema != place) {
                    steps.extend(shadow(relation, rows, place));
                    made.push(&relation.name);
                }
            }
            if made.is_empty() { Vec::new() } else { steps }
        })
        .filter(|steps| !steps.is_empty())
        .collect()
}

fn shadow(relation: &Relation, rows: &[Vec<Option<String>>], place: &str) -> Vec<String> {
    let name = if place == "pg_temp" {
        format!("pg_temp.{}", identifier(&relation.name.name))
    } else {
        qualified(place, &relation.name.name)
    };
    let columns: Vec<String> = relation
        .columns
        .iter()
        .map(|column| format!("{} {}", identifier(&column.name), column.data_type))
        .collect();
    let mut steps = vec![
        format!("CREATE TABLE {name} ({})", columns.join(", ")),
        format!("GRANT ALL ON {name} TO PUBLIC"),
    ];
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().map(|cell| literal_or_null(cell.as_deref()));
            format!("({})", cells.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if !values.is_empty() {
        steps.push(format!("INSERT INTO {name} VALUES {}", values.join(", ")));
    }
    steps
}

/// Rows that would give the attacker what is the other's: the other's with one thing of the attacker's in each, its
/// identity first of all.
fn rights(bench: &Bench<'_>, relation: &Relation) -> Vec<Vec<Option<String>>> {
    let Some(rows) = bench.world.table(&relation.name.schema, &relation.name.name) else {
        return Vec::new();
    };
    let (ours, theirs) = (bench.identities.first(), bench.identities.get(1));
    let cell = |row: &Row, column: &str| row.values.get(column).cloned().flatten();
    let mut rights: Vec<Vec<Option<String>>> = Vec::new();
    let mut add = |right: Vec<Option<String>>| {
        if !rights.contains(&right) {
            rights.push(right);
        }
    };
    let others: Vec<&Row> = rows
        .rows
        .iter()
        .filter(|row| row.tenant != Some('a'))
        .take(MOST_ROWS)
        .collect();
    for row in &others {
        let swapped = relation.columns.iter().map(|column| {
            let value = cell(row, &column.name);
            if value.is_some() && value.as_ref() == theirs {
                ours.cloned()
            } else {
                value
            }
        });
        add(swapped.collect());
    }
    let Some(own) = rows.of('a').next() else {
        return rights;
    };
    for row in &others {
        for column in &relation.columns {
            let mixed = relation.columns.iter().map(|other| {
                let from = if other.name == column.name { own } else { *row };
                cell(from, &other.name)
            });
            add(mixed.collect());
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::Verdict;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.is_member(bigint)", "").await;
    }

    #[tokio::test]
    async fn a_function_that_looks_for_temporary_tables_last_is_proven() {
        let claims = claims(&[super::VECTOR.bad, super::VECTOR.good], "").await;
        let claim = claims
            .iter()
            .find(|claim| claim.rule == super::VECTOR.rule && claim.object == "app.is_member(bigint)");
        assert_eq!(
            claim.map(|claim| claim.verdict),
            Some(Verdict::Proven),
            "{claims:#?}"
        );
    }
}
