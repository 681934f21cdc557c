//! The same rows in sessions of other zones.

use std::collections::BTreeSet;

use super::boundary::{ages, edges};
use super::{Shown, Vector, ZONE, conclude};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::Specimen;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Fault, Wrong};
use crate::prove::retention::stage::Performed;
use crate::prove::retention::target::AgeType;

pub(super) const VECTOR: Vector = Vector {
    name: "session zone",
    rules: &[ZONE],
    about: "The same rows in sessions of UTC, Tokyo and New York. Where ages are `timestamp without time zone`, or the contract \
            names a zone, what goes may not depend on the session's: its `timestamp` means the contract's zone (UTC where \
            none is named). A `timestamptz` is an instant, and is judged in the \
            session's own zone, by rows that are hours away from the one that decides.",
    bad: include_str!("zone.bad.sql"),
    good: include_str!("zone.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const ZONES: [&str; 3] = ["UTC", "Asia/Tokyo", "America/New_York"];

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let depends: Vec<usize> = bench
        .targets
        .iter()
        .enumerate()
        .filter(|(_, target)| target.age_type != AgeType::Day || target.rule.zone.is_some())
        .map(|(number, _)| number)
        .collect();
    if depends.is_empty() {
        return Ok(Vec::new());
    }
    let here = edges(bench).await?;
    if here.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    // What is wrong in the zone that the contract means is the boundary's.
    let known: BTreeSet<(usize, String)> = wrongs(bench, here).into_iter().map(|(key, _)| key).collect();
    let mut shown = Vec::new();
    for &number in &depends {
        if !bench.works(number).await? {
            continue;
        }
        let mut faults = Vec::new();
        let mut failed = None;
        for zone in ZONES.iter().filter(|zone| **zone != bench.zone()) {
            let mut stage = bench.stage(zone).await?;
            stage.make(number, &around(bench, number)).await?;
            let performed = stage.perform().await?;
            stage.end().await?;
            if let Some(refusal) = &performed.ran.refused {
                failed = Some(format!(
                    "the run fails in a session of {zone}: {}",
                    refusal.message
                ));
            }
            for (key, mut fault) in wrongs(bench, &performed) {
                if !known.contains(&key) {
                    fault.words = format!(
                        "{} in a session of {zone}, and not in one of {}",
                        fault.words,
                        bench.zone()
                    );
                    faults.push(fault);
                }
            }
        }
        shown.push((
            number,
            match failed {
                _ if !faults.is_empty() => Shown::Wrong(faults),
                Some(why) => Shown::Unseen(why),
                None => Shown::Right,
            },
        ));
    }
    conclude(bench, ZONE, shown).await
}

/// Rows around the one that is too old: of an instant so far from it that no clock change between then and now matters.
fn around(bench: &Bench<'_>, number: usize) -> Vec<Specimen> {
    let target = &bench.targets[number];
    if target.age_type != AgeType::Instant || target.rule.zone.is_some() {
        return ages(bench, number, bench.zone());
    }
    let cutoff = target.cutoff();
    vec![
        bench.aged(
            number,
            "three hours younger than it may be",
            &format!("{cutoff} + interval '3 hours'"),
        ),
        bench.aged(
            number,
            "three hours too old",
            &format!("{cutoff} - interval '3 hours'"),
        ),
    ]
}

/// What went wrong with the rows that were made, by target and what they are.
fn wrongs(bench: &Bench<'_>, performed: &Performed) -> Vec<((usize, String), Fault)> {
    judge::of(bench, performed)
        .faults
        .into_iter()
        .filter(|fault| matches!(fault.wrong, Wrong::TooEarly | Wrong::TooLong))
        .filter_map(|fault| {
            let label = performed.labels.get(&fault.row)?.clone();
            Some(((fault.target?, label), fault))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::ZONE).await;
    }
}
