//! Rows of every kind that are young, and young rows that share a part of their key with one that is too old.

use super::varied::kinds;
use super::{Shown, TOO_EARLY, Vector, by_target, conclude, refused};
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::Specimen;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::kin::RowId;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "young rows of every kind",
    rules: &[TOO_EARLY],
    about: "Young rows with each label and boolean that the schema knows, and with NULL, have to stay: the contract does not say \
            that some kinds go sooner. So do young rows that share one column of a key of several with a row that is too old.",
    bad: include_str!("young.bad.sql"),
    good: include_str!("young.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let mut stage = bench.stage(bench.zone()).await?;
    for (number, target) in bench.targets.iter().enumerate() {
        let old = stage.make(number, &[bench.old(number)]).await?.pop().flatten();
        let mut specimens = kinds(bench, number, "half as old as it may be", &target.young());
        if let Some(old) = old {
            specimens.extend(relatives(bench, number, &old));
        }
        stage.make(number, &specimens).await?;
    }
    let performed = stage.perform().await?;
    stage.end().await?;
    let blind: Vec<Outcome> = (0..bench.targets.len())
        .filter_map(|target| refused(bench, TOO_EARLY, target, &performed, Severity::Warning))
        .collect();
    if !blind.is_empty() {
        return Ok(blind);
    }
    let judgement = judge::of(bench, &performed);
    let early = by_target(bench, &judgement.faults, |fault| {
        fault.wrong == Wrong::TooEarly && performed.labels.contains_key(&fault.row)
    });
    let mut shown = Vec::new();
    for (target, faults) in early {
        if !faults.is_empty() {
            shown.push((target, Shown::Wrong(faults)));
        } else if performed.specimens_of(target).count() > 1 {
            shown.push((target, Shown::Right));
        }
    }
    conclude(bench, TOO_EARLY, shown).await
}

/// Young rows that share one column of a key of several with that row.
fn relatives(bench: &Bench<'_>, number: usize, old: &RowId) -> Vec<Specimen> {
    let target = &bench.targets[number];
    let relation = target.relation;
    let from = qualified(&old.0.schema, &old.0.name);
    relation
        .columns
        .iter()
        .filter(|column| column.name != target.age.name && is_shared(relation, column))
        .filter(|column| bench.tenant.is_none() || target.rule.tenant.as_ref() != Some(&column.name))
        .map(|column| {
            let words = format!(
                "half as old as it may be, of the same {} as one too old",
                column.name
            );
            let same = format!(
                "SELECT p.{} FROM ONLY {from} AS p WHERE p.ctid = {}",
                identifier(&column.name),
                literal(&old.1)
            );
            bench
                .aged(number, words, &target.young())
                .with(&column.name, format!("({same})"))
        })
        .collect()
}

/// Whether two rows may have the same in a column of a key: neither is it a key alone, nor made to be in one row only.
fn is_shared(relation: &Relation, column: &Column) -> bool {
    let keys = [ConstraintKind::PrimaryKey, ConstraintKind::Unique];
    let mut own = relation
        .constraints
        .iter()
        .filter(|constraint| keys.contains(&constraint.kind) && constraint.columns.contains(&column.name))
        .peekable();
    let points = relation.constrains(&column.name, &[ConstraintKind::ForeignKey]);
    let is_made = column.identity.is_some()
        || column
            .default
            .as_ref()
            .is_some_and(|default| default.contains('('));
    own.peek().is_some()
        && own.all(|key| key.columns.len() > 1)
        && !is_made
        && (points || column.data_type != "uuid")
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }
}
