//! Ages without end.

use super::{Shown, TOO_EARLY, Vector, conclude};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};

pub(super) const VECTOR: Vector = Vector {
    name: "infinite age",
    rules: &[TOO_EARLY],
    about: "A row of `infinity` is never too old. That the run fails on it, or leaves one of `-infinity`, is told for \
            information.",
    bad: include_str!("infinite.bad.sql"),
    good: include_str!("infinite.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let mut stage = bench.stage(bench.zone()).await?;
    let mut made = Vec::new();
    for number in 0..bench.targets.len() {
        let specimens = [
            bench.aged(number, "of infinity", "'infinity'"),
            bench.aged(number, "of minus infinity", "'-infinity'"),
            bench.old(number),
        ];
        if let Some(Some(_)) = stage.make(number, &specimens).await?.first() {
            made.push(number);
        }
    }
    let performed = stage.perform().await?;
    stage.end().await?;
    let mut outcomes = Vec::new();
    if let Some(refusal) = &performed.ran.refused {
        let object = bench.object(0);
        let message = format!(
            "{object}: the run fails where an age is infinite: {}",
            refusal.message
        );
        outcomes.push(Outcome::Found(
            Finding::new(TOO_EARLY, object, message).weighing(Severity::Info),
        ));
        return Ok(outcomes);
    }
    let judgement = judge::of(bench, &performed);
    for number in made {
        let of = |wrong| {
            let faults = judgement.faults.iter();
            faults
                .filter(|fault| {
                    fault.wrong == wrong
                        && fault.target == Some(number)
                        && performed
                            .labels
                            .get(&fault.row)
                            .is_some_and(|label| label.ends_with("infinity"))
                })
                .cloned()
                .collect::<Vec<_>>()
        };
        let (early, late) = (of(Wrong::TooEarly), of(Wrong::TooLong));
        if !early.is_empty() {
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Wrong(early))]).await?);
        } else if let Some(fault) = late.first().filter(|_| {
            judgement
                .went
                .iter()
                .any(|row| bench.target_of(row) == Some(number))
        }) {
            let object = bench.object(number);
            let message = format!("{object}: {}", fault.words);
            outcomes.push(Outcome::Found(
                Finding::new(TOO_EARLY, object, message).weighing(Severity::Info),
            ));
        } else {
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Right)]).await?);
        }
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }
}
