//! Rows that are held.

use super::{Shown, TOO_EARLY, TOO_LONG, Vector, conclude};
use crate::catalog::{Column, TypeKind};
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::mention::Mentions;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::{KEY, Specimen, named, pointing};
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::kin::{self, RowId};
use crate::prove::retention::stage::Stage;
use crate::sql::{identifier, literal};

pub(super) const VECTOR: Vector = Vector {
    name: "hold",
    rules: &[TOO_EARLY, TOO_LONG],
    about: "Rows for which the predicate under `hold` is true stay however old they are. They are made by trying values in the \
            columns that it names, and rows in the tables that it names; the server says for which it holds. A row for \
            which it is NULL or false goes.",
    bad: include_str!("hold.bad.sql"),
    good: include_str!("hold.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// The most combinations of values that are tried.
const COMBINATIONS: usize = 60;
/// The most rows of a table that the predicate names that are made to point to a row.
const POINTING: usize = 6;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for (number, target) in bench.targets.iter().enumerate() {
        let Some(hold) = &target.rule.hold else {
            continue;
        };
        let mut stage = bench.stage(bench.zone()).await?;
        let specimens: Vec<Specimen> = combinations(bench, number, hold)
            .into_iter()
            .map(|values| {
                let mut specimen = bench.old(number);
                specimen.columns.extend(values);
                specimen.words = "too old by days, and may be held".to_owned();
                specimen
            })
            .collect();
        stage.make(number, &specimens).await?;
        point(bench, &mut stage, number, hold).await?;
        let performed = stage.perform().await?;
        stage.end().await?;
        if let Some(refusal) = &performed.ran.refused {
            let why = format!("the run fails where rows are held: {}", refusal.message);
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        let held = |row: &RowId| performed.fates.get(row).and_then(|known| known.held);
        if !performed.specimens_of(number).any(|row| held(row) == Some(true)) {
            let why = "no row could be made for which the predicate holds".to_owned();
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        let judgement = judge::of(bench, &performed);
        let mut faults = Vec::new();
        for fault in &judgement.faults {
            if fault.wrong == Wrong::TooEarly && held(&fault.row) == Some(true) {
                let mut fault = fault.clone();
                fault.words = fault.words.replace("may be held", "is held");
                faults.push(fault);
            }
        }
        let forever = judgement.faults.iter().find(|fault| {
            let is_null = || performed.fates.get(&fault.row).is_some_and(|known| known.held.is_none());
            fault.wrong == Wrong::TooLong && performed.labels.contains_key(&fault.row) && is_null()
        });
        match forever {
            Some(fault) if faults.is_empty() && bench.works(number).await? => {
                let object = bench.object(number);
                let words = fault.words.replace("and may be held", "and for which the hold is NULL");
                outcomes.push(Outcome::Found(
                    Finding::new(TOO_LONG, &object, format!("{object}: {words}")).expected("it goes, for nothing holds it", words),
                ));
            }
            _ => {
                let shown = if faults.is_empty() { Shown::Right } else { Shown::Wrong(faults) };
                outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, shown)]).await?);
            }
        }
    }
    Ok(outcomes)
}

/// Values for the columns that the predicate names, so that it may hold.
fn combinations(bench: &Bench<'_>, number: usize, hold: &str) -> Vec<Vec<(String, String)>> {
    let target = &bench.targets[number];
    let mentions = Mentions::of(hold);
    let named = target
        .relation
        .columns
        .iter()
        .filter(|column| column.name != target.age.name && column.generated.is_none());
    let mut combinations: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for column in named.filter(|column| {
        mentions.bare(&column.name) || qualified(hold, &column.name)
    }) {
        let values = values(bench, column, hold);
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
fn values(bench: &Bench<'_>, column: &Column, hold: &str) -> Vec<String> {
    let data_type = column.data_type.as_str();
    let strings: Vec<String> = hold.split('\'').skip(1).step_by(2).map(literal).collect();
    let numbers: Vec<String> = hold
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .filter_map(|part| part.parse::<i64>().ok())
        .flat_map(|number| [number, number + 1, number - 1])
        .map(|number| number.to_string())
        .collect();
    let mut values: Vec<String> = match data_type {
        "boolean" => vec!["true".to_owned(), "false".to_owned()],
        _ if data_type.starts_with("timestamp") || data_type == "date" => {
            vec!["now() + interval '1 year'".to_owned(), "now() - interval '1 year'".to_owned()]
        }
        "integer" | "bigint" | "smallint" | "numeric" => {
            let mut values = numbers;
            values.extend(["1".to_owned(), "0".to_owned()]);
            values
        }
        _ => {
            let label = bench
                .catalog
                .types
                .iter()
                .find(|known| known.kind == TypeKind::Enum && (known.name.to_string() == data_type || known.name.name == data_type));
            let labels = label.and_then(|known| known.labels.as_ref()).into_iter().flatten();
            let mut values: Vec<String> = labels.map(|label| literal(label)).collect();
            if values.is_empty() {
                values = strings;
            }
            values.push(format!("b.{}", identifier(&column.name)));
            values
        }
    };
    if !column.not_null {
        values.push("NULL".to_owned());
    }
    values
}

/// Rows of the tables that the predicate names, each pointing to a row of the target.
async fn point(
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
    for other in others {
        let rows: Vec<RowId> = images
            .0
            .iter()
            .filter(|(name, _)| kin::lineage(bench.catalog, name).contains(&other.name))
            .flat_map(|(name, rows)| rows.keys().map(|place| (name.clone(), place.clone())))
            .take(POINTING)
            .collect();
        for base in rows {
            let mut old = bench.old(number);
            old.words = "too old by days, and may be held".to_owned();
            let Some(Some(row)) = stage.make(number, &[old]).await?.pop() else {
                continue;
            };
            let mut specimen = Specimen::new("a hold");
            for key in kin::to(bench.catalog, target.relation) {
                if key.child.name == other.name {
                    specimen.columns.extend(pointing(&key, &row));
                }
            }
            if specimen.columns.is_empty() {
                let from = crate::sql::qualified(&row.0.schema, &row.0.name);
                for column in &other.columns {
                    let fits = |own: &&Column| {
                        own.data_type == column.data_type && (mentions.bare(&own.name) || qualified(hold, &own.name))
                    };
                    let is_named = mentions.bare(&column.name) || qualified(hold, &column.name);
                    if let Some(own) = target.relation.columns.iter().find(fits).filter(|_| is_named) {
                        let value = format!(
                            "(SELECT p.{} FROM ONLY {from} AS p WHERE p.ctid = {}) {KEY}",
                            identifier(&own.name),
                            literal(&row.1)
                        );
                        specimen.columns.insert(column.name.clone(), value);
                    }
                }
            }
            stage.make_of(other, &base, &[specimen]).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }
}
