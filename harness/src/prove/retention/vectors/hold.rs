//! Rows that are held.

use super::{Shown, TOO_EARLY, TOO_LONG, Vector, conclude};
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::Specimen;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::held;
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::kin::RowId;
use crate::prove::retention::stage::Performed;

pub(super) const VECTOR: Vector = Vector {
    name: "hold",
    rules: &[TOO_EARLY, TOO_LONG],
    about: "Rows for which the predicate under `hold` is true stay however old they are. They are made by trying values in the \
            columns that it names, and rows in the tables that it names; the server says for which it holds. A row for \
            which it is NULL or false goes.",
    bad: include_str!("hold.bad.sql"),
    good: include_str!("hold.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for (number, target) in bench.targets.iter().enumerate() {
        let Some(hold) = &target.rule.hold else {
            continue;
        };
        let mut stage = bench.stage(bench.zone()).await?;
        held::vary_parents(bench, &mut stage, number, hold).await?;
        let specimens: Vec<Specimen> = held::combinations(
            bench,
            target.relation,
            &[&target.age.name],
            hold,
            held::COMBINATIONS,
        )
        .into_iter()
        .map(|values| {
            let mut specimen = bench.old(number);
            specimen.columns.extend(values);
            "too old by days, and may be held".clone_into(&mut specimen.words);
            specimen
        })
        .collect();
        stage.make(number, &specimens).await?;
        held::point(bench, &mut stage, number, hold).await?;
        let performed = stage.perform().await?;
        stage.end().await?;
        if let Some(refusal) = &performed.ran.refused {
            let why = format!("the run fails where rows are held: {}", refusal.message);
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        let is_held = |row: &RowId| performed.fates.get(row).and_then(|known| known.held);
        if !performed
            .specimens_of(number)
            .any(|row| is_held(row) == Some(true))
        {
            let why = "no row could be made for which the predicate holds".to_owned();
            outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await?);
            continue;
        }
        outcomes.extend(behind_many(bench, number, hold, &performed).await?);
        let judgement = judge::of(bench, &performed);
        let mut faults = Vec::new();
        for fault in &judgement.faults {
            if fault.wrong == Wrong::TooEarly && is_held(&fault.row) == Some(true) {
                let mut fault = fault.clone();
                fault.words = fault.words.replace("may be held", "is held");
                faults.push(fault);
            }
        }
        let forever = judgement.faults.iter().find(|fault| {
            let is_null = || {
                performed
                    .fates
                    .get(&fault.row)
                    .is_some_and(|known| known.held.is_none())
            };
            fault.wrong == Wrong::TooLong && performed.labels.contains_key(&fault.row) && is_null()
        });
        match forever {
            Some(fault) if faults.is_empty() && bench.works(number).await? => {
                let object = bench.object(number);
                let words = fault
                    .words
                    .replace("and may be held", "and for which the hold is NULL");
                outcomes.push(Outcome::Found(
                    Finding::new(TOO_LONG, &object, format!("{object}: {words}"))
                        .expected("it goes, for nothing holds it", words),
                ));
            }
            _ => {
                let shown = if faults.is_empty() {
                    Shown::Right
                } else {
                    Shown::Wrong(faults)
                };
                outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, shown)]).await?);
            }
        }
    }
    Ok(outcomes)
}

/// One row that is to go behind so many older ones that are held that a batch is full of them.
async fn behind_many(
    bench: &Bench<'_>,
    number: usize,
    hold: &str,
    performed: &Performed,
) -> Result<Vec<Outcome>, Error> {
    let target = &bench.targets[number];
    // The values of a row that was held, tried in the same order.
    let mut older = None;
    for values in held::combinations(
        bench,
        target.relation,
        &[&target.age.name],
        hold,
        held::COMBINATIONS,
    ) {
        let mut specimen = bench.aged(
            number,
            "too old by months, and held",
            &format!("({} - interval '3 months')", target.old()),
        );
        specimen.columns.extend(values);
        let mut stage = bench.stage(bench.zone()).await?;
        held::vary_parents(bench, &mut stage, number, hold).await?;
        let row = stage
            .make(number, std::slice::from_ref(&specimen))
            .await?
            .pop()
            .flatten();
        let images = Images::read(stage.session(), bench.catalog).await?;
        let (fates, _) = bench.fates(stage.session(), &images).await?;
        stage.end().await?;
        if row.is_some_and(|row| fates.get(&row).is_some_and(|known| known.held == Some(true))) {
            older = Some(specimen);
            break;
        }
    }
    let Some(older) = older.filter(|_| performed.ran.refused.is_none()) else {
        return Ok(Vec::new());
    };
    let mut stage = bench.stage(bench.zone()).await?;
    held::vary_parents(bench, &mut stage, number, hold).await?;
    stage.make_many(number, &older, super::batch::MANY).await?;
    let row = stage.make(number, &[bench.old(number)]).await?.pop().flatten();
    let performed = stage.perform().await?;
    stage.end().await?;
    let faults: Vec<_> = judge::of(bench, &performed)
        .faults
        .into_iter()
        .filter(|fault| fault.wrong == Wrong::TooLong && Some(&fault.row) == row.as_ref())
        .collect();
    if faults.is_empty() || !bench.works(number).await? {
        return Ok(Vec::new());
    }
    let mut finding = super::finding(TOO_LONG, &bench.object(number), &faults);
    finding.message = format!(
        "{}, where {} older rows are held",
        finding.message,
        super::batch::MANY
    );
    Ok(vec![Outcome::Found(finding)])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }
}
