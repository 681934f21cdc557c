//! Copies of what was removed.

use std::collections::BTreeSet;

use super::{RESIDUE, Vector};
use crate::catalog::{Relation, RelationKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, strings};
use crate::prove::retention::kin::{self, RowId};
use crate::prove::retention::stage::Performed;
use crate::prove::session::short;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "residue",
    rules: &[RESIDUE],
    about: "Rows that went in as the application puts them in, triggers and all, are made too old and removed. Nothing that was \
            in them may live on in the relations under `no_copies_in`, be it from then or written by the removal itself: as \
            text in any case, base64 or hexadecimal digits. Values that other rows have, too, and columns under \
            `may_keep` are left out.",
    bad: include_str!("residue.bad.sql"),
    good: include_str!("residue.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Shorter values stand elsewhere by chance.
const TELLING: usize = 8;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.entry.no_copies_in.is_empty() || bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let searched: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| relation.kind != RelationKind::ForeignTable && !relation.is_partition())
        .filter(|relation| {
            bench
                .entry
                .no_copies_in
                .iter()
                .any(|pattern| pattern.matches(&relation.name.schema, &relation.name.name))
        })
        .filter(|relation| {
            !bench
                .targets
                .iter()
                .any(|target| target.relation.name == relation.name)
        })
        .collect();
    let object = bench.object(0);
    let blind = |why: String| {
        vec![Outcome::Blind {
            rule: RESIDUE,
            object: object.clone(),
            severity: Severity::Warning,
            why,
        }]
    };
    if searched.is_empty() {
        return Ok(blind("no relation is of a name under no_copies_in".to_owned()));
    }
    let mut stage = bench.stage(bench.zone()).await?;
    for (number, target) in bench.targets.iter().enumerate() {
        let Some(Some(base)) = bench.bases.get(number) else {
            continue;
        };
        let statement = format!(
            "UPDATE ONLY {} SET {} = ({})::{} WHERE ctid = {}",
            qualified(&base.0.schema, &base.0.name),
            identifier(&target.age.name),
            target.old(),
            target.age.data_type,
            literal(&base.1)
        );
        stage.set(&statement).await?;
    }
    let performed = stage.perform().await?;
    let outcomes = search(bench, &stage, &performed, &searched).await;
    stage.end().await?;
    if let Some(refusal) = &performed.ran.refused {
        return Ok(blind(format!("the run fails: {}", refusal.message)));
    }
    Ok(match outcomes? {
        Some(outcomes) => outcomes,
        None => blind("nothing that was removed has a value that could be told from all others".to_owned()),
    })
}

/// A value that was removed.
struct Needle {
    text: String,
    column: String,
    row: RowId,
}

async fn search(
    bench: &Bench<'_>,
    stage: &crate::prove::retention::stage::Stage<'_, '_>,
    performed: &Performed,
    searched: &[&Relation],
) -> Result<Option<Vec<Outcome>>, Error> {
    let needles = needles(bench, performed, searched);
    if performed.ran.refused.is_some() || needles.is_empty() {
        return Ok(None);
    }
    let object = bench.object(0);
    let mut outcomes = Vec::new();
    for relation in searched {
        for needle in &needles {
            let query = include_str!("residue.sql")
                .replace("$needle", &literal(&needle.text))
                .replace(
                    "$relation",
                    &qualified(&relation.name.schema, &relation.name.name),
                );
            let rows = stage.session().ask(&query).await?.unwrap_or_default();
            let Some(form) = rows.first().and_then(|row| row.first().cloned().flatten()) else {
                continue;
            };
            let there = performed
                .before
                .0
                .iter()
                .filter(|(name, _)| kin::lineage(bench.catalog, name).contains(&relation.name))
                .flat_map(|(_, rows)| rows.values())
                .any(|image| image.values().flatten().any(|value| value.contains(&needle.text)));
            let origin = if there { "still" } else { "since the run" };
            let table = bench.target_of(&needle.row).map_or_else(
                || needle.row.0.to_string(),
                |number| bench.targets[number].object(),
            );
            let words = format!(
                "{} of a row that was removed from {table} is {origin} in {} ({form}): {:?}",
                needle.column,
                relation.name,
                short(&needle.text)
            );
            let expected = "nothing of what was removed";
            outcomes.push(Outcome::Found(
                Finding::new(RESIDUE, relation.name.to_string(), words.clone())
                    .expected(expected, words.clone()),
            ));
            outcomes.push(Outcome::Found(
                Finding::new(RESIDUE, &object, format!("{object}: {words}"))
                    .expected(expected, words)
                    .following(relation.name.to_string()),
            ));
            break;
        }
    }
    if outcomes.is_empty() {
        outcomes.push(Outcome::Held {
            rule: RESIDUE,
            object,
        });
    }
    Ok(Some(outcomes))
}

/// What was in rows that went, or in columns that were cleared, and is in no row that is left.
fn needles(bench: &Bench<'_>, performed: &Performed, searched: &[&Relation]) -> Vec<Needle> {
    let went = judge::of(bench, performed).went;
    let mut left: BTreeSet<&str> = BTreeSet::new();
    for (name, rows) in &performed.after.0 {
        let lineage = kin::lineage(bench.catalog, name);
        if !searched.iter().any(|relation| lineage.contains(&relation.name)) {
            left.extend(
                rows.values()
                    .flat_map(|image| image.values())
                    .flatten()
                    .map(String::as_str),
            );
        }
    }
    let mut found: Vec<Needle> = Vec::new();
    for row in &went {
        let Some(image) = performed.before.0.get(&row.0).and_then(|rows| rows.get(&row.1)) else {
            continue;
        };
        let Some(number) = bench.target_of(row) else {
            continue;
        };
        let target = &bench.targets[number];
        let may = &bench.entry.may_keep;
        let kept: Vec<&String> = may
            .iter()
            .filter_map(|column| judge::value(image, column))
            .collect();
        for column in &target.relation.columns {
            let points = kin::keys(bench.catalog).any(|key| {
                key.child.name == target.relation.name && key.constraint.columns.contains(&column.name)
            });
            let cleared = !target.is_anonymised() || target.rule.anonymise.contains(&column.name);
            let is_tenant = target.rule.tenant.as_ref() == Some(&column.name);
            if may.contains(&column.name) || points || !cleared || is_tenant || !tells(&column.data_type) {
                continue;
            }
            let Some(value) = judge::value(image, &column.name) else {
                continue;
            };
            if left.contains(value.as_str()) {
                continue;
            }
            for text in strings(value) {
                let text = text.strip_prefix("\\x").map(str::to_owned).unwrap_or(text);
                let known = kept.iter().any(|kept| kept.contains(&text))
                    || found.iter().any(|needle| needle.text == text);
                if text.chars().count() >= TELLING && !known && !left.contains(text.as_str()) {
                    found.push(Needle {
                        text,
                        column: column.name.clone(),
                        row: row.clone(),
                    });
                }
            }
        }
    }
    found
}

/// Whether values of the type are told from others.
fn tells(data_type: &str) -> bool {
    let numbers = [
        "integer",
        "bigint",
        "smallint",
        "numeric",
        "real",
        "double",
        "boolean",
        "timestamp",
        "date",
        "time",
        "interval",
    ];
    !numbers.iter().any(|number| data_type.starts_with(number))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends_on;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends_on(
            &super::VECTOR,
            super::RESIDUE,
            &["audit.log", "retention.run()"],
            "",
        )
        .await;
    }
}
