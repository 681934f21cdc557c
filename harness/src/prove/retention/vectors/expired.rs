//! The plainest run: what is days too old goes.

use super::{Shown, TOO_LONG, Vector, by_target, conclude};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::fates::Fate;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::stage::Performed;
use crate::prove::retention::target::Target;

pub(super) const VECTOR: Vector = Vector {
    name: "too old by days",
    rules: &[TOO_LONG],
    about: "In each table of the contract lies a row that is three days older than it may be, and one that is half as old. \
            The first has to go. It stays where the run fails, forgets a table, or can't see the row: row level security \
            that is forced on a function's owner hides rows from it, and it returns 0 without an error.",
    bad: include_str!("expired.bad.sql"),
    good: include_str!("expired.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let performed = bench.plain().await?;
    let mut outcomes = Vec::new();
    for target in 0..bench.targets.len() {
        if !is_due(performed, target) {
            let relation = bench.targets[target].relation;
            let lacking = bench
                .world
                .lacking
                .iter()
                .find(|lacking| lacking.table == relation.name.to_string());
            let stays = if performed.specimens_of(target).any(|_| true) {
                "no row could be made too old"
            } else {
                "no row could be given an age"
            };
            let why = lacking.map_or(stays, |lacking| lacking.message.as_str());
            outcomes.extend(
                conclude(
                    bench,
                    TOO_LONG,
                    vec![(target, Shown::Unseen(format!("{}: {why}", relation.name)))],
                )
                .await?,
            );
        }
    }
    if let Some(refusal) = &performed.ran.refused {
        let object = bench.object(0);
        let late = refusal.sqlstate == "57014" || refusal.sqlstate == "28000";
        outcomes.push(if performed.overflowed() {
            Outcome::Blind {
                rule: TOO_LONG,
                object,
                severity: crate::claim::Severity::Warning,
                why: format!(
                    "the run fails, which may be for the values that its rows were made with: {}",
                    refusal.message
                ),
            }
        } else if late {
            Outcome::Blind {
                rule: TOO_LONG,
                object,
                severity: crate::claim::Severity::Warning,
                why: refusal.message.clone(),
            }
        } else {
            let message = format!(
                "{object}: nothing goes, since the run fails as {}: {}",
                bench.described(),
                refusal.message
            );
            Outcome::Found(
                Finding::new(TOO_LONG, object, message)
                    .expected("what is too old goes", refusal.message.clone()),
            )
        });
        return Ok(Outcome::worst(outcomes));
    }
    let judgement = judge::of(bench, performed);
    let late = by_target(bench, &judgement.faults, |fault| {
        fault.wrong == Wrong::TooLong && performed.labels.contains_key(&fault.row)
    });
    for (target, mut faults) in late {
        if !is_due(performed, target) {
            continue;
        }
        if faults.is_empty() {
            outcomes.extend(conclude(bench, TOO_LONG, vec![(target, Shown::Right)]).await?);
            continue;
        }
        let hidden = hidden(bench, &bench.targets[target]);
        for fault in &mut faults {
            fault.words.push_str(&hidden);
            if let Some(why) = &performed.no_rule {
                fault.words = format!("{}; its rule was refused: {why}", fault.words);
            }
        }
        outcomes.extend(conclude(bench, TOO_LONG, vec![(target, Shown::Wrong(faults))]).await?);
    }
    Ok(Outcome::worst(outcomes))
}

/// Whether one of the rows that were made has to go. A trigger may have given them all another age.
fn is_due(performed: &Performed, target: usize) -> bool {
    performed.specimens_of(target).any(|row| {
        performed
            .fates
            .get(row)
            .is_some_and(|known| known.fate == Fate::Go)
    })
}

/// Why the run may not have seen the rows.
fn hidden(bench: &Bench<'_>, target: &Target<'_>) -> String {
    let relation = target.relation;
    if !relation.row_security {
        return String::new();
    }
    let definer = bench.function.filter(|function| function.security_definer);
    let acting = definer.map_or_else(
        || bench.actor.as_ref().map(|actor| actor.effective().to_owned()),
        |function| (!function.owner.usual).then(|| function.owner.role.clone()),
    );
    let Some(acting) = acting else {
        return String::new();
    };
    let skips = bench
        .catalog
        .roles
        .iter()
        .any(|role| role.name == acting && (role.superuser || role.bypass_rls));
    let is_owner = relation.owner.role == acting;
    if skips || is_owner && !relation.force_row_security {
        return String::new();
    }
    let forced = if is_owner {
        ", which is forced on its owner"
    } else {
        ""
    };
    format!(
        "; it acts as {acting}, from whom row level security on {}{forced} hides rows that no policy gives it",
        relation.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_LONG).await;
    }
}
