//! Secrets in the log.

use super::attempt::leaves;
use super::{Guard, SECRET, Shown};
use crate::catalog::Relation;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::audit::course::{Course, Judging, Step};
use crate::prove::audit::workload;
use crate::prove::image::Images;
use crate::prove::trace::{Form, Trace};
use crate::prove::value;
use crate::rows::Row;
use crate::sql::{identifier, literal};

pub(super) const GUARD: Guard = Guard {
    name: "secrets",
    rule: SECRET,
    about: "Recognisable values are put into each column that the contract says to redact: by INSERT, by UPDATE of the column, \
            with an UPDATE of another column, and with a DELETE. Then every column of the log is searched for them.",
    bad: include_str!("secret.bad.sql"),
    good: include_str!("secret.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let log = bench.log.relation.name.to_string();
    let mut claims: Vec<Claim> = Vec::new();
    for &table in &bench.terms.tables {
        let secrets = table
            .columns
            .iter()
            .filter(|column| bench.terms.is_redacted(table, &column.name) && column.generated.is_none());
        for column in secrets {
            let name = format!("{}.{}", table.name, column.name);
            let mut claim = match told(bench, table, &column.name).await? {
                Told::Nowhere => GUARD.held(&log, format!("{name} is not told, and was there to be told")),
                Told::Untried => GUARD.blind(
                    &log,
                    Severity::Warning,
                    format!("no recognisable value could be put into {name}"),
                ),
                Told::Found { column, sql, who } => {
                    let message = format!("{log}.{column} tells {name} in clear");
                    let shown = Shown {
                        who: &who,
                        prepared: &[],
                        sql: &sql,
                        expected: "the value nowhere in the log",
                        observed: &message,
                    };
                    match GUARD.found(std::slice::from_ref(&log), &message, &shown).pop() {
                        Some(claim) => claim,
                        None => continue,
                    }
                }
            };
            claim = Claim {
                evidence: claim.evidence,
                ..Claim::new(
                    claim.rule.as_str(),
                    claim.object.as_str(),
                    format!("{}: {name}", GUARD.name),
                    claim.verdict,
                    claim.severity,
                    claim.message,
                )
            };
            claims.push(claim);
        }
    }
    Ok(claims)
}

enum Told {
    Nowhere,
    Untried,
    Found {
        column: String,
        sql: String,
        who: Box<Who>,
    },
}

async fn told(bench: &Bench<'_>, table: &Relation, column: &str) -> Result<Told, Error> {
    let Some(known) = table.column(column) else {
        return Ok(Told::Untried);
    };
    let mut outcome = Told::Untried;
    let mut course = Course::begin(bench).await?;
    let children = workload::without_children(bench.terms.catalog, table);
    'rows: for row in bench.rows(table).into_iter().take(3) {
        let now = row.values.get(column).and_then(Option::as_deref);
        let first = value::candidates(&known.data_type, now);
        let second = value::candidates(&known.data_type, now);
        for (first, second) in first.into_iter().zip(second) {
            let traces: Vec<Trace> = [&first.sought, &second.sought]
                .into_iter()
                .filter_map(|sought| Trace::of(sought))
                .collect();
            course.back().await?;
            let cleared = children.is_empty() || course.prepare(&children).await?;
            if traces.len() < 2 || !cleared || !course.prepare(&workload::take_away(table, row)).await? {
                continue;
            }
            let mut secret: Row = row.clone();
            secret.values.insert(column.to_owned(), Some(first.text));
            let sql = workload::sql(table);
            let quoted = identifier(column);
            let condition = workload::is_row(table, row);
            let mut statements = vec![
                workload::insert(table, &secret, true),
                format!(
                    "UPDATE {sql} SET {quoted} = {} WHERE {condition}",
                    literal(&second.text)
                ),
            ];
            statements.extend(
                another(table, row, column).map(|set| format!("UPDATE {sql} SET {set} WHERE {condition}")),
            );
            statements.push(format!("DELETE FROM {sql} WHERE {condition}"));
            let mut done = 0;
            for statement in statements {
                let mut who = &bench.one;
                let mut step = course.step(who, &statement, Judging::default()).await?;
                if matches!(step, Step::Refused(_)) {
                    who = &bench.owner;
                    step = course.step(who, &statement, Judging::default()).await?;
                }
                if matches!(step, Step::Refused(_)) {
                    continue;
                }
                let family = bench.terms.family(table);
                let mut stored = family.iter().flat_map(|leaf| course.images.rows(&leaf.name));
                let there = stored.any(|image| is_in(&traces, image.values()));
                done += usize::from(there);
                if let Some(column) = search(bench, &traces).await? {
                    outcome = Told::Found {
                        column,
                        sql: statement,
                        who: Box::new(who.clone()),
                    };
                    break 'rows;
                }
            }
            if done > 0 {
                outcome = Told::Nowhere;
                break 'rows;
            }
        }
    }
    course.end().await?;
    Ok(outcome)
}

/// Sets another column to what it is.
fn another(table: &Relation, row: &Row, secret: &str) -> Option<String> {
    let column = table
        .columns
        .iter()
        .find(|column| column.name != secret && column.generated.is_none() && column.identity.is_none())?;
    let value = row.values.get(&column.name)?.as_ref()?;
    Some(format!("{} = {}", identifier(&column.name), literal(value)))
}

/// The column of the log that tells one of them.
async fn search(bench: &Bench<'_>, traces: &[Trace]) -> Result<Option<String>, Error> {
    let images = Images::of(&bench.session, &leaves(bench)).await?;
    let rows = images.0.values().flat_map(|rows| rows.values());
    for row in rows {
        for (column, value) in row.iter() {
            if is_in(traces, std::iter::once(value)) {
                return Ok(Some(column.clone()));
            }
        }
    }
    Ok(None)
}

/// A hash is not in clear.
fn is_in<'v>(traces: &[Trace], values: impl Iterator<Item = &'v Option<String>>) -> bool {
    values.flatten().any(|value| {
        traces
            .iter()
            .filter_map(|trace| trace.found(value))
            .any(|form| !matches!(form, Form::Hashed(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.log", "redact = [\"token\"]\n").await;
    }
}
