//! Rows of every age around the one that is too old.

use super::{Shown, TOO_EARLY, TOO_LONG, Vector, by_target, conclude, refused};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::Specimen;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Fault, Wrong};
use crate::prove::retention::stage::Performed;
use crate::prove::retention::target::AgeType;
use crate::sql::literal;

pub(super) const VECTOR: Vector = Vector {
    name: "boundary",
    rules: &[TOO_EARLY, TOO_LONG],
    about: "Rows that are exactly as old as the contract keeps them, a microsecond younger and older, of the first and the \
            last moment of that day, of the far past and of the future. The server works out in the same transaction, with \
            the same now() and the same arithmetic of days and months, which of them are strictly older.",
    bad: include_str!("boundary.bad.sql"),
    good: include_str!("boundary.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// A function that reads the clock itself is later than `now()` by the time that the run takes; never by so much.
const SECOND: &str = "a second younger than it may be";
const MINUTE: &str = "a minute younger than it may be";
const EXACT: &str = "exactly as old as it may be";
const MICROSECOND: &str = "a microsecond younger than it may be";

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let performed = edges(bench).await?;
    let mut outcomes = Vec::new();
    for target in 0..bench.targets.len() {
        for rule in [TOO_EARLY, TOO_LONG] {
            outcomes.extend(refused(bench, rule, target, performed, Severity::Info));
        }
    }
    if !outcomes.is_empty() {
        return Ok(outcomes);
    }
    let judgement = judge::of(bench, performed);
    let ours = |fault: &Fault| performed.labels.contains_key(&fault.row);
    let early = by_target(bench, &judgement.faults, |fault| {
        fault.wrong == Wrong::TooEarly && ours(fault)
    });
    let late = by_target(bench, &judgement.faults, |fault| {
        fault.wrong == Wrong::TooLong && ours(fault)
    });
    for (target, mut faults) in early {
        let label = |fault: &Fault| performed.labels.get(&fault.row).cloned().unwrap_or_default();
        let near = |fault: &Fault| [EXACT, MICROSECOND].contains(&label(fault).as_str());
        if faults.iter().any(|fault| label(fault) == MICROSECOND)
            && faults.iter().all(near)
            && reads_the_clock(bench, target).await?
        {
            faults.clear();
            outcomes.push(Outcome::Blind {
                rule: TOO_EARLY,
                object: bench.object(target),
                severity: Severity::Info,
                why: "it goes by the clock, not by when its transaction began, so that the exact instant can't be met; \
                      a second before and after it is right"
                    .to_owned(),
            });
        }
        let tried = tried(
            performed,
            target,
            &[MICROSECOND, SECOND, MINUTE, "a day younger than it may be"],
        );
        outcomes.extend(conclude(bench, TOO_EARLY, vec![(target, shown(faults, tried))]).await?);
    }
    for (target, faults) in late {
        if !bench.works(target).await? {
            continue;
        }
        let tried = tried(
            performed,
            target,
            &["a microsecond too old", "a second too old", "a day too old"],
        );
        outcomes.extend(conclude(bench, TOO_LONG, vec![(target, shown(faults, tried))]).await?);
    }
    Ok(outcomes)
}

fn shown(faults: Vec<Fault>, tried: bool) -> Shown {
    if !faults.is_empty() {
        Shown::Wrong(faults)
    } else if tried {
        Shown::Right
    } else {
        Shown::Unseen("no row could be given an age close to the one that decides".to_owned())
    }
}

/// Whether a row of one of these ages could be made.
fn tried(performed: &Performed, target: usize, labels: &[&str]) -> bool {
    performed.specimens_of(target).any(|row| {
        performed
            .labels
            .get(row)
            .is_some_and(|label| labels.contains(&label.as_str()))
    })
}

/// The run on rows of every age, made once.
pub(super) async fn edges<'b>(bench: &'b Bench<'_>) -> Result<&'b Performed, Error> {
    bench
        .edges
        .get_or_try_init(|| async {
            // Whether the run ends transactions itself has to be known.
            bench.plain().await?;
            let mut stage = bench.stage(bench.zone()).await?;
            for target in 0..bench.targets.len() {
                let specimens = ages(bench, target, bench.zone());
                stage.make(target, &specimens).await?;
            }
            let performed = stage.perform().await?;
            stage.end().await?;
            Ok(performed)
        })
        .await
}

/// Rows of every age that tells something.
pub(super) fn ages(bench: &Bench<'_>, number: usize, zone: &str) -> Vec<Specimen> {
    let target = &bench.targets[number];
    let cutoff = target.cutoff();
    let of = |words: &str, age: String| bench.aged(number, words, &age);
    let mut ages = Vec::new();
    match target.age_type {
        AgeType::Day => {
            ages.push(of(
                "of the very day that is as old as it may be",
                format!("{cutoff}::date"),
            ));
            ages.push(of("a day younger than it may be", format!("{cutoff}::date + 1")));
            ages.push(of("a day too old", format!("{cutoff}::date - 1")));
        }
        AgeType::Instant | AgeType::Local => {
            // A run that commits has a now() of its own, later than that of the setting up.
            if !bench.commits.get() {
                ages.push(of(EXACT, cutoff.clone()));
                ages.push(of(MICROSECOND, format!("{cutoff} + interval '1 microsecond'")));
                ages.push(of(SECOND, format!("{cutoff} + interval '1 second'")));
                for zone in ["UTC", zone] {
                    let words =
                        format!("of the last moment of the day that is as old as it may be, in {zone}");
                    ages.push(of(
                        &words,
                        day_in(&cutoff, zone, target.age_type, "1 day -1 microsecond"),
                    ));
                }
            }
            ages.push(of(MINUTE, format!("{cutoff} + interval '1 minute'")));
            ages.push(of(
                "a microsecond too old",
                format!("{cutoff} - interval '1 microsecond'"),
            ));
            ages.push(of("a second too old", format!("{cutoff} - interval '1 second'")));
            for zone in ["UTC", zone] {
                let words = format!("of the first moment of the day that is as old as it may be, in {zone}");
                ages.push(of(&words, day_in(&cutoff, zone, target.age_type, "0")));
            }
        }
    }
    ages.push(of("of the future", format!("{cutoff} + interval '100 years'")));
    ages.push(of("of the far past", "'1970-01-01 00:00:00'".to_owned()));
    ages
}

/// The day of the cutoff in a zone, and so much later.
fn day_in(cutoff: &str, zone: &str, age_type: AgeType, later: &str) -> String {
    let later = format!("interval {}", literal(later));
    if age_type == AgeType::Local {
        return format!("pg_catalog.date_trunc('day', {cutoff}) + {later}");
    }
    let zone = literal(zone);
    format!("(pg_catalog.date_trunc('day', {cutoff} AT TIME ZONE {zone}) + {later}) AT TIME ZONE {zone}")
}

/// Whether rows that become too old while the transaction lasts go: a second passes between its beginning and the run.
async fn reads_the_clock(bench: &Bench<'_>, target: usize) -> Result<bool, Error> {
    let cutoff = bench.targets[target].cutoff();
    let mut stage = bench.stage(bench.zone()).await?;
    let specimens = [
        bench.aged(target, SECOND, &format!("{cutoff} + interval '1 second'")),
        bench.aged(target, MINUTE, &format!("{cutoff} + interval '1 minute'")),
    ];
    let rows = stage.make(target, &specimens).await?;
    stage.pause = Some("SELECT pg_catalog.pg_sleep(1.1)");
    let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
    stage.end().await?;
    let judgement = judge::of(bench, &performed);
    let went = |row: &Option<_>| row.as_ref().is_some_and(|row| judgement.went.contains(row));
    let [second, minute] = rows.as_slice() else {
        return Ok(false);
    };
    Ok(went(second) && !went(minute))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }
}
