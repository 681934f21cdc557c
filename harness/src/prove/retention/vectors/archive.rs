//! Rows that move to an archive.

use super::{ARCHIVE, Shown, Vector, by_target, conclude};
use crate::contract::Action;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Wrong};

pub(super) const VECTOR: Vector = Vector {
    name: "archive",
    rules: &[ARCHIVE],
    about: "A row that is too old has to be in the table under `archive_to`, with the same values in every column that both \
            have, before it is gone.",
    bad: include_str!("archive.bad.sql"),
    good: include_str!("archive.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let performed = bench.plain().await?;
    if performed.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let judgement = judge::of(bench, performed);
    let mut shown = Vec::new();
    for (number, faults) in by_target(bench, &judgement.faults, |fault| fault.wrong == Wrong::Unarchived) {
        if bench.targets[number].rule.action == Action::Archive {
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
