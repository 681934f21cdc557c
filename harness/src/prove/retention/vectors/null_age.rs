//! Rows without an age.

use super::{Shown, TOO_EARLY, TOO_LONG, Vector, conclude};
use crate::contract::NullAge;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge;

pub(super) const VECTOR: Vector = Vector {
    name: "no age",
    rules: &[TOO_EARLY, TOO_LONG],
    about: "A row whose age is NULL, such as a case that is still open: it stays or goes as `null_age` says. COALESCE with \
            the epoch makes it the oldest of all.",
    bad: include_str!("null_age.bad.sql"),
    good: include_str!("null_age.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for (number, target) in bench.targets.iter().enumerate() {
        let Some(wanted) = target.rule.null_age else {
            continue;
        };
        if target.age.not_null {
            continue;
        }
        let rule = match wanted {
            NullAge::Keep => TOO_EARLY,
            NullAge::Expire => TOO_LONG,
        };
        let mut stage = bench.stage(bench.zone()).await?;
        let specimens = [bench.aged(number, "without an age", "NULL"), bench.old(number)];
        let rows = stage.make(number, &specimens).await?;
        let performed = stage.perform().await?;
        let lacking = stage.lacking.first().cloned();
        stage.end().await?;
        let shown = if let Some(refusal) = &performed.ran.refused {
            Shown::Unseen(format!(
                "the run fails where a row has no age: {}",
                refusal.message
            ))
        } else if let Some(row) = rows.first().cloned().flatten() {
            let faults: Vec<_> = judge::of(bench, &performed)
                .faults
                .into_iter()
                .filter(|fault| fault.row == row)
                .collect();
            if faults.is_empty() {
                Shown::Right
            } else {
                Shown::Wrong(faults)
            }
        } else {
            Shown::Unseen(lacking.unwrap_or_else(|| "no row without an age could be made".to_owned()))
        };
        outcomes.extend(conclude(bench, rule, vec![(number, shown)]).await?);
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
