//! Rows that move to an archive.

use super::boundary::edges;
use super::varied::varied;
use super::{ARCHIVE, Shown, Vector, by_target, conclude};
use crate::contract::Action;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::Wrong;
use crate::prove::retention::target::Target;

pub(super) const VECTOR: Vector = Vector {
    name: "archive",
    rules: &[ARCHIVE],
    about: "In every run a row that is too old has to be in the table under `archive_to`, with the same values in every column that both \
            have, before it is gone.",
    bad: include_str!("archive.bad.sql"),
    good: include_str!("archive.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let moves = |target: &Target<'_>| target.rule.action == Action::Archive;
    if !bench.targets.iter().any(moves) {
        return Ok(Vec::new());
    }
    edges(bench).await?;
    varied(bench).await?;
    let passing = bench.passing.borrow().clone();
    let mut shown = Vec::new();
    for (number, faults) in by_target(bench, &passing, |fault| fault.wrong == Wrong::Unarchived) {
        if moves(&bench.targets[number]) {
            shown.push((
                number,
                if faults.is_empty() {
                    Shown::Right
                } else {
                    Shown::Wrong(faults)
                },
            ));
        }
    }
    conclude(bench, ARCHIVE, shown).await
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::ARCHIVE).await;
    }
}
