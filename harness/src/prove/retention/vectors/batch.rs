//! Many rows that are too old.

use super::{Shown, TOO_LONG, Vector, conclude};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::stage::Performed;

pub(super) const VECTOR: Vector = Vector {
    name: "many rows",
    rules: &[TOO_LONG],
    about: "In each table lie 1,050 rows that are too old. One run has to remove all of them: one that works in batches and \
            stops after the first leaves a rest.",
    bad: include_str!("batch.bad.sql"),
    good: include_str!("batch.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// More than a batch of a thousand.
pub(super) const MANY: u32 = 1_050;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let (performed, made) = many(bench, MANY).await?;
    bench.many.set(Some(performed.ran.took));
    let judgement = judge::of(bench, &performed);
    let mut outcomes = Vec::new();
    for (number, made) in made.into_iter().enumerate() {
        if !bench.works(number).await? {
            continue;
        }
        if made == 0 {
            let why = format!(
                "many rows of {} could not be made",
                bench.targets[number].relation.name
            );
            outcomes.extend(conclude(bench, TOO_LONG, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        if let Some(refusal) = &performed.ran.refused {
            let why = format!("the run of many rows fails: {}", refusal.message);
            outcomes.extend(conclude(bench, TOO_LONG, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        let left = judgement
            .faults
            .iter()
            .filter(|fault| fault.wrong == Wrong::TooLong && fault.target == Some(number))
            .filter(|fault| performed.labels.contains_key(&fault.row))
            .count();
        if left == 0 {
            outcomes.extend(conclude(bench, TOO_LONG, vec![(number, Shown::Right)]).await?);
        } else {
            let object = bench.object(number);
            let table = &bench.targets[number].relation.name;
            let message =
                format!("{object}: of {made} rows of {table} that are too old, one run leaves {left}");
            outcomes.push(Outcome::Found(
                Finding::new(TOO_LONG, object, message)
                    .expected("all of them go", format!("{} went", made.saturating_sub(left))),
            ));
        }
    }
    Ok(Outcome::worst(outcomes))
}

/// A run with so many rows that are too old in each table; how many could be made in each.
pub(super) async fn many(bench: &Bench<'_>, number: u32) -> Result<(Performed, Vec<usize>), Error> {
    let mut stage = bench.stage(bench.zone()).await?;
    let mut made = Vec::new();
    for target in 0..bench.targets.len() {
        made.push(stage.make_many(target, &bench.old(target), number).await?);
    }
    let performed = stage.perform().await?;
    stage.end().await?;
    Ok((performed, made))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_LONG).await;
    }
}
