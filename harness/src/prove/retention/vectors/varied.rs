//! Every row that there is, made too old.

use super::{Shown, TOO_LONG, Vector, by_target, conclude};
use crate::catalog::{ConstraintKind, TypeKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::Specimen;
use crate::prove::retention::fates::Fate;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::stage::Performed;
use crate::sql::{identifier, literal, literal_or_null};

pub(super) const VECTOR: Vector = Vector {
    name: "rows of every kind",
    rules: &[TOO_LONG],
    about: "Every row of the contract's tables is made too old: those with each label and boolean that the schema knows, with \
            rows that hang on them and without. What the contract does not hold has to go. It stays where the run asks for \
            a status that the contract does not speak of, or where a foreign key stops it.",
    bad: include_str!("varied.bad.sql"),
    good: include_str!("varied.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let performed = varied(bench).await?;
    if performed.overflowed() {
        let blind = super::refused(bench, TOO_LONG, 0, performed, Severity::Warning);
        return Ok(blind.into_iter().collect());
    }
    if let Some(refusal) = &performed.ran.refused {
        let object = bench.object(0);
        let message = format!(
            "{object}: nothing goes, since the run fails where every row is too old: {}",
            refusal.message
        );
        return Ok(vec![Outcome::Found(
            Finding::new(TOO_LONG, object, message).expected("what is too old goes", refusal.message.clone()),
        )]);
    }
    let judgement = judge::of(bench, performed);
    let mut shown = Vec::new();
    for (target, faults) in by_target(bench, &judgement.faults, |fault| fault.wrong == Wrong::TooLong) {
        let any = performed
            .fates
            .values()
            .any(|known| known.target == target && known.fate == Fate::Go);
        if !bench.works(target).await? || !any {
            continue;
        }
        shown.push((
            target,
            if faults.is_empty() {
                Shown::Right
            } else {
                Shown::Wrong(faults)
            },
        ));
    }
    conclude(bench, TOO_LONG, shown).await
}

/// The run on rows of every kind that all are too old, made once.
pub(super) async fn varied<'b>(bench: &'b Bench<'_>) -> Result<&'b Performed, Error> {
    bench.varied.get_or_try_init(|| too_old(bench)).await
}

async fn too_old(bench: &Bench<'_>) -> Result<Performed, Error> {
    let mut stage = bench.stage(bench.zone()).await?;
    for (number, target) in bench.targets.iter().enumerate() {
        // The one that copies are made of stays where it lies.
        let base = bench.bases.get(number).and_then(Option::as_ref);
        let place = base.map_or("(0,0)", |base| base.1.as_str());
        let marks = bench.marks(number).await?;
        let mut sets = vec![format!(
            "{} = ({})::{}",
            identifier(&target.age.name),
            target.old(),
            target.age.data_type
        )];
        sets.extend(marks.iter().map(|(column, value)| {
            format!("{} = {}", identifier(column), literal_or_null(value.as_deref()))
        }));
        let statement = format!(
            "UPDATE {} SET {} WHERE ctid <> {}",
            target.sql(),
            sets.join(", "),
            literal(place)
        );
        stage.set(&statement).await?;
        let mut kinds = kinds(bench, number, "too old by days", &target.old());
        kinds.retain(|specimen| {
            let varied = |column: &String| specimen.words.contains(&format!("with {column} "));
            !marks.keys().any(varied)
        });
        stage.make(number, &kinds).await?;
    }
    let performed = stage.perform().await?;
    stage.end().await?;
    Ok(performed)
}

/// The most rows that are made for their kind.
const KINDS: usize = 40;

/// Rows of an age, each with another value where the schema knows few: booleans, labels, what checks name, NULL.
pub(super) fn kinds(bench: &Bench<'_>, number: usize, about: &str, age: &str) -> Vec<Specimen> {
    let target = &bench.targets[number];
    let relation = target.relation;
    let keys = [ConstraintKind::PrimaryKey, ConstraintKind::Unique];
    let mut specimens = Vec::new();
    for column in &relation.columns {
        let is_free = column.generated.is_none()
            && column.name != target.age.name
            && target.rule.tenant.as_ref() != Some(&column.name)
            && !relation.constrains(&column.name, &keys);
        let points = relation.constrains(&column.name, &[ConstraintKind::ForeignKey]);
        if !is_free {
            continue;
        }
        let label = bench.catalog.types.iter().find(|known| {
            known.kind == TypeKind::Enum
                && (known.name.to_string() == column.data_type || known.name.name == column.data_type)
        });
        let mut values: Vec<String> = match label {
            // Nothing else is known that it could point to.
            _ if points => Vec::new(),
            Some(label) => label
                .labels
                .iter()
                .flatten()
                .map(|label| literal(label))
                .collect(),
            None if column.data_type == "boolean" => vec!["true".to_owned(), "false".to_owned()],
            None => relation
                .constraints
                .iter()
                .filter(|check| check.kind == ConstraintKind::Check && check.columns.contains(&column.name))
                .flat_map(|check| check.definition.split('\'').skip(1).step_by(2))
                .map(literal)
                .collect(),
        };
        if !column.not_null && !target.rule.anonymise.contains(&column.name) {
            values.push("NULL".to_owned());
        }
        specimens.extend(values.into_iter().map(|value| {
            let words = format!("{about}, with {} {value}", column.name);
            bench.aged(number, words, age).with(&column.name, value)
        }));
    }
    specimens.truncate(KINDS);
    specimens
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_LONG).await;
    }
}
