//! Rows for which a hold's predicate is true: by values in the columns that it names, and by rows in the tables that it
//! names. Whether it holds for one of them is for the server to say.

use super::bench::Bench;
use super::copy::{KEY, Specimen, named, pointing};
use super::kin;
use super::stage::Stage;
use crate::catalog::{Column, Relation, TypeKind};
use crate::error::Error;
use crate::prove::image::{Images, key as key_columns};
use crate::prove::mention::Mentions;
use crate::sql::{identifier, literal};

/// The most combinations of values that are tried.
pub(super) const COMBINATIONS: usize = 60;
/// The most rows of a table that the predicate names that are made to point to a row.
const POINTING: usize = 6;

/// Values for the columns that the predicate names, so that it may hold: with keys that are made new, and after that with
/// those that the predicate may ask for. Of either no more than so many.
pub(super) fn combinations(
    bench: &Bench<'_>,
    relation: &Relation,
    not: &[&str],
    hold: &str,
    most: usize,
) -> Vec<Vec<(String, String)>> {
    let own_key = key_columns(relation);
    let but_keys: Vec<&str> = own_key
        .iter()
        .map(String::as_str)
        .chain(not.iter().copied())
        .collect();
    let mut combinations = crossed(bench, relation, &but_keys, hold);
    combinations.truncate(most);
    let with_keys = crossed(bench, relation, not, hold);
    combinations.extend(with_keys.into_iter().take(most));
    combinations.dedup();
    combinations
}

fn crossed(bench: &Bench<'_>, relation: &Relation, not: &[&str], hold: &str) -> Vec<Vec<(String, String)>> {
    let mentions = Mentions::of(hold);
    let named = relation
        .columns
        .iter()
        .filter(|column| !not.contains(&column.name.as_str()) && column.generated.is_none());
    let mut combinations: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for column in named.filter(|column| mentions.bare(&column.name) || qualified(hold, &column.name)) {
        let values = values(bench, relation, column, hold);
        let mut more = Vec::new();
        for known in &combinations {
            for value in &values {
                let mut next = known.clone();
                next.push((column.name.clone(), value.clone()));
                more.push(next);
            }
        }
        more.truncate(COMBINATIONS);
        combinations = more;
    }
    combinations
}

/// Whether the column stands behind a point.
fn qualified(hold: &str, column: &str) -> bool {
    hold.contains(&format!(".{column}")) || hold.contains(&format!(".{}", identifier(column)))
}

/// Values that a predicate may hold for.
fn values(bench: &Bench<'_>, relation: &Relation, column: &Column, hold: &str) -> Vec<String> {
    let data_type = column.data_type.as_str();
    // Who is pointed to may be what is held.
    let pointed = kin::keys(bench.catalog).find_map(|key| {
        let is_own = key.child.name == relation.name && key.constraint.columns == [column.name.clone()];
        let matched = key.reference.columns.first().filter(|_| is_own)?;
        Some((key.reference.relation.clone(), matched.clone()))
    });
    if let Some((parent, matched)) = pointed {
        let values = (0..POINTING).map(|at| {
            format!(
                "(SELECT p.{0} FROM {1} AS p ORDER BY p.ctid DESC OFFSET {at} LIMIT 1)",
                identifier(&matched),
                crate::sql::qualified(&parent.schema, &parent.name)
            )
        });
        return values.collect();
    }
    let strings: Vec<String> = hold.split('\'').skip(1).step_by(2).map(literal).collect();
    let is_time = data_type.starts_with("timestamp") || data_type == "date";
    let numbers: Vec<String> = hold
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse::<i64>().ok())
        .flat_map(|number| [number, number + 1, number - 1])
        .map(|number| number.to_string())
        .collect();
    let mut values: Vec<String> = match data_type {
        "boolean" => vec!["true".to_owned(), "false".to_owned()],
        _ if is_time => {
            vec![
                "now() + interval '1 year'".to_owned(),
                "now() - interval '1 year'".to_owned(),
            ]
        }
        "integer" | "bigint" | "smallint" | "numeric" => {
            let mut values = numbers;
            values.extend(["1".to_owned(), "0".to_owned()]);
            values
        }
        _ => {
            let label = bench.catalog.types.iter().find(|known| {
                known.kind == TypeKind::Enum
                    && (known.name.to_string() == data_type || known.name.name == data_type)
            });
            let labels = label
                .and_then(|known| known.labels.as_ref())
                .into_iter()
                .flatten();
            let mut values: Vec<String> = labels.map(|label| literal(label)).collect();
            if values.is_empty() {
                values = strings;
            }
            values.push(format!("b.{}", identifier(&column.name)));
            values
        }
    };
    if !column.not_null {
        // What has an end is held, as a rule, while that is open.
        let place = if is_time { 0 } else { values.len() };
        values.insert(place, "NULL".to_owned());
    }
    values
}

/// Parents of every kind that the predicate names, and theirs before them, for rows of the target to point to.
pub(super) async fn vary_parents(
    bench: &Bench<'_>,
    stage: &mut Stage<'_, '_>,
    number: usize,
    hold: &str,
) -> Result<(), Error> {
    let named = named(bench.catalog, hold);
    let mut parents: Vec<&Relation> = vec![bench.targets[number].relation];
    let mut seen = 0;
    while let Some(child) = parents.get(seen).copied() {
        seen += 1;
        for key in kin::keys(bench.catalog).filter(|key| key.child.name == child.name) {
            let parent = named
                .iter()
                .copied()
                .find(|parent| parent.name == key.reference.relation);
            if let Some(parent) =
                parent.filter(|parent| parents.iter().all(|known| known.name != parent.name))
            {
                parents.push(parent);
            }
        }
    }
    // The target's own rows are made by whoever asks.
    parents.remove(0);
    if parents.is_empty() {
        return Ok(());
    }
    let images = Images::read(stage.session(), bench.catalog).await?;
    for parent in parents.into_iter().rev() {
        let key = key_columns(parent);
        let not: Vec<&str> = key.iter().map(String::as_str).collect();
        let specimens: Vec<Specimen> = combinations(bench, parent, &not, hold, POINTING)
            .into_iter()
            .map(|values| Specimen {
                words: "a parent that may be held".to_owned(),
                columns: values.into_iter().collect(),
            })
            .collect();
        if let Some(base) = bench.any_row(&images, parent) {
            stage.make_of(parent, &base, &specimens).await?;
        }
    }
    Ok(())
}

/// Rows of the tables that the predicate names, each pointing to a row of the target.
pub(super) async fn point(
    bench: &Bench<'_>,
    stage: &mut Stage<'_, '_>,
    number: usize,
    hold: &str,
) -> Result<(), Error> {
    let target = &bench.targets[number];
    let others: Vec<_> = named(bench.catalog, hold)
        .into_iter()
        .filter(|relation| relation.name != target.relation.name)
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let images = Images::read(stage.session(), bench.catalog).await?;
    let mentions = Mentions::of(hold);
    let mut serial = 0_u32;
    for other in others {
        let Some(base) = bench.any_row(&images, other) else {
            continue;
        };
        // By which columns a row of the one belongs to a row of the other.
        let key = kin::to(bench.catalog, target.relation)
            .into_iter()
            .find(|key| key.child.name == other.name);
        let is_named = |name: &str| mentions.bare(name) || qualified(hold, name);
        let own_keys: Vec<&str> = kin::keys(bench.catalog)
            .filter(|key| key.child.name == target.relation.name)
            .flat_map(|key| key.constraint.columns.iter().map(String::as_str))
            .collect();
        let pairs: Vec<(&Column, &Column)> = other
            .columns
            .iter()
            .filter(|column| is_named(&column.name))
            .filter_map(|column| {
                let of = |same_name: bool| {
                    target.relation.columns.iter().find(|own| {
                        own.data_type == column.data_type
                            && is_named(&own.name)
                            && own.name != target.age.name
                            && !own_keys.contains(&own.name.as_str())
                            && (!same_name || own.name == column.name)
                    })
                };
                Some((column, of(true).or_else(|| of(false))?))
            })
            .take(1)
            .collect();
        let linking: Vec<&str> = match &key {
            Some(key) => key.constraint.columns.iter().map(String::as_str).collect(),
            None => pairs.iter().map(|(column, _)| column.name.as_str()).collect(),
        };
        if linking.is_empty() {
            continue;
        }
        for values in combinations(bench, other, &linking, hold, POINTING) {
            serial += 1;
            let mut old = bench.old(number);
            "too old by days, and may be held".clone_into(&mut old.words);
            if key.is_none() {
                // One of its own, so that a hold is of this row alone.
                for (_, own) in &pairs {
                    if let Some(value) = own_value(&own.data_type, serial) {
                        old = old.with(&own.name, format!("{value} {KEY}"));
                    }
                }
            }
            let Some(Some(row)) = stage.make(number, &[old]).await?.pop() else {
                continue;
            };
            let mut specimen = Specimen::new("a hold");
            specimen.columns.extend(values);
            if let Some(key) = &key {
                specimen.columns.extend(pointing(key, &row));
            } else {
                let from = crate::sql::qualified(&row.0.schema, &row.0.name);
                specimen.columns.extend(pairs.iter().map(|(column, own)| {
                    let value = format!(
                        "(SELECT p.{} FROM ONLY {from} AS p WHERE p.ctid = {}) {KEY}",
                        identifier(&own.name),
                        literal(&row.1)
                    );
                    (column.name.clone(), value)
                }));
            }
            stage.make_of(other, &base, &[specimen]).await?;
        }
    }
    Ok(())
}

/// A value for a column that rows are held by.
fn own_value(data_type: &str, serial: u32) -> Option<String> {
    let bare = data_type.split('(').next().unwrap_or_default();
    match bare {
        "uuid" => Some(format!("pg_catalog.md5('pgproof hold {serial}')::uuid")),
        "integer" | "bigint" | "numeric" => Some(format!("{}", 800_000_000 + serial)),
        "smallint" => Some(format!("{}", 30_000 + serial)),
        "text" | "character varying" => Some(literal(&format!("hold{serial}"))),
        _ => None,
    }
}
