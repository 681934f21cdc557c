//! Rules of other days than the usual.

use super::{POLICY, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, described};
use crate::prove::retention::policies::Rule;

pub(super) const VECTOR: Vector = Vector {
    name: "other days",
    rules: &[POLICY],
    about: "Rules of 7, 90, 400 and 4000 days: of two rows, a day older and a day younger than such a rule keeps them, the first has \
            to go and the second to stay. Days that the code knows by itself show here.",
    bad: include_str!("policy_keep.bad.sql"),
    good: include_str!("policy_keep.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

const DAYS: [&str; 4] = ["7", "90", "400", "4000"];

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.rules.is_none() {
        return Ok(Vec::new());
    }
    let object = bench.object(0);
    let mut tried = false;
    for number in 0..bench.targets.len() {
        if !bench.works(number).await? {
            continue;
        }
        for days in DAYS {
            match one(bench, number, days).await? {
                Tried::Wrong(words) => {
                    let message = format!("{object}: by a rule of {days} days {words}");
                    return Ok(vec![Outcome::Found(
                        Finding::new(POLICY, object, message).expected(
                            "what is older than the rule's days goes, and nothing else",
                            &words,
                        ),
                    )]);
                }
                Tried::Right => tried = true,
                Tried::Not => {}
            }
        }
    }
    Ok(vec![if tried {
        Outcome::Held { rule: POLICY, object }
    } else {
        Outcome::Blind {
            rule: POLICY,
            object,
            severity: Severity::Info,
            why: "no rule of other days could be tried".to_owned(),
        }
    }])
}

enum Tried {
    Wrong(String),
    Right,
    /// The rule or the rows could not be made, or the run failed.
    Not,
}

/// A rule of so many days, for one table alone.
async fn one(bench: &Bench<'_>, number: usize, days: &str) -> Result<Tried, Error> {
    let target = &bench.targets[number];
    let Some(rule) = bench.rules.as_ref().and_then(|rules| rules.of(target)) else {
        return Ok(Tried::Not);
    };
    let cutoff = target.cutoff_at(&format!("{days} days"));
    let day = "pg_catalog.interval '1 day'";
    let mut stage = bench.stage(bench.zone()).await?;
    let specimens = [
        bench.aged(number, "a day too old", &format!("({cutoff} - {day})")),
        bench.aged(
            number,
            "a day younger than it may be",
            &format!("({cutoff} + {day})"),
        ),
    ];
    let made = stage.make(number, &specimens).await?;
    stage.rules = Some(vec![Rule {
        keep_days: Some(days.to_owned()),
        ..rule
    }]);
    let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
    stage.end().await?;
    if performed.ran.refused.is_some() || performed.no_rule.is_some() {
        return Ok(Tried::Not);
    }
    let went = judge::of(bench, &performed).went;
    let held = |row| performed.fates.get(row).and_then(|known| known.held);
    let [old, young] = made.as_slice() else {
        return Ok(Tried::Not);
    };
    if let Some(row) = young {
        // What hangs on a row that went has no choice.
        if went.contains(row) && !performed.kin.hangs_on(row, &went) {
            return Ok(Tried::Wrong(format!(
                "{} went",
                described(bench, &performed, row)
            )));
        }
    }
    if let Some(row) = old
        && !went.contains(row)
        && held(row) != Some(true)
    {
        return Ok(Tried::Wrong(format!(
            "{} did not go",
            described(bench, &performed, row)
        )));
    }
    Ok(if old.is_some() && young.is_some() {
        Tried::Right
    } else {
        Tried::Not
    })
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
