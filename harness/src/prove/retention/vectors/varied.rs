//! Every row that there is, made too old.

use super::{Shown, TOO_LONG, Vector, by_target, conclude};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::fates::Fate;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::sql::identifier;

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
    let mut stage = bench.stage(bench.zone()).await?;
    for target in &bench.targets {
        let age = identifier(&target.age.name);
        let statement = format!(
            "UPDATE {} SET {age} = ({})::{}",
            target.sql(),
            target.old(),
            target.age.data_type
        );
        stage.set(&statement).await?;
    }
    let performed = stage.perform().await?;
    stage.end().await?;
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
    let judgement = judge::of(bench, &performed);
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
            if faults.is_empty() { Shown::Right } else { Shown::Wrong(faults) },
        ));
    }
    conclude(bench, TOO_LONG, shown).await
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_LONG).await;
    }
}
