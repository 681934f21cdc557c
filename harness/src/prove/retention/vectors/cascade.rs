//! Old parents with young children.

use super::{Shown, TOO_EARLY, TOO_LONG, Vector, conclude};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::{Specimen, pointing};
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::kin::{self, Key};
use crate::prove::retention::target;

pub(super) const VECTOR: Vector = Vector {
    name: "cascade",
    rules: &[TOO_EARLY, TOO_LONG],
    about: "A row that is too old, with rows below it that are not. What the contract keeps for itself stays, so the parent \
            may stay, too, unless the foreign key lets go of it; under `keep_while_younger` it has to. Rows of tables that the \
            contract does not name go with their parent: the schema's own ON DELETE CASCADE says so.",
    bad: include_str!("cascade.bad.sql"),
    good: include_str!("cascade.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    let mut outcomes = Vec::new();
    for number in 0..bench.targets.len() {
        for chain in chains(bench, bench.targets[number].relation) {
            outcomes.extend(below(bench, number, &chain).await?);
        }
    }
    Ok(outcomes)
}

/// How many foreign keys may lie between a row and one that hangs on it.
const DEEPEST: usize = 3;

/// The ways down from a table: to each that hangs on it, and on to those that the contract speaks of.
fn chains<'a>(bench: &Bench<'a>, relation: &'a Relation) -> Vec<Vec<Key<'a>>> {
    let speaks = |child: &Relation| {
        bench.targets.iter().any(|target| {
            let younger = target.rule.keep_while_younger.iter();
            target.relation.name == child.name
                || younger
                    .map(|younger| target::name(&younger.relation))
                    .any(|name| name == child.name)
        })
    };
    let mut found: Vec<Vec<Key<'a>>> = Vec::new();
    let mut open: Vec<Vec<Key<'a>>> = kin::to(bench.catalog, relation)
        .into_iter()
        .map(|key| vec![key])
        .collect();
    while let Some(chain) = open.pop() {
        let Some(last) = chain.last() else {
            continue;
        };
        if chain.len() < DEEPEST && last.child.name != relation.name {
            for key in kin::to(bench.catalog, last.child) {
                if chain.iter().all(|known| known.child.name != key.child.name) {
                    let mut longer = chain.clone();
                    longer.push(key);
                    open.push(longer);
                }
            }
        }
        if chain.len() == 1 || speaks(last.child) {
            found.push(chain);
        }
    }
    found.sort_by_key(Vec::len);
    found
}

async fn below(bench: &Bench<'_>, number: usize, chain: &[Key<'_>]) -> Result<Vec<Outcome>, Error> {
    let Some((key, between)) = chain.split_last() else {
        return Ok(Vec::new());
    };
    let target = &bench.targets[number];
    let child = key.child;
    let own = bench
        .targets
        .iter()
        .position(|target| target.relation.name == child.name);
    let keeps: Vec<_> = target
        .rule
        .keep_while_younger
        .iter()
        .filter(|younger| target::name(&younger.relation) == child.name)
        .collect();
    let mut stage = bench.stage(bench.zone()).await?;
    let images = Images::read(stage.session(), bench.catalog).await?;
    let Some(base) = bench.any_row(&images, child) else {
        stage.end().await?;
        if own.is_none() && keeps.is_empty() {
            return Ok(Vec::new());
        }
        let why = format!("{} has no row to hang on one that is too old", child.name);
        return conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await;
    };
    // A child of that age: by its own rule, and by that of its parent.
    let with_age = |mut specimen: Specimen, young: bool| {
        if let Some(own) = own {
            let aged = if young { bench.young(own) } else { bench.old(own) };
            specimen.columns.extend(aged.columns);
        }
        for keep in &keeps {
            let age = if young { target.young() } else { target.old() };
            if own.is_none_or(|own| bench.targets[own].age.name != keep.column) || young {
                specimen = specimen.with(&keep.column, age);
            }
        }
        specimen
    };
    let families = [
        ("too old by days, with a young row below it", true, true),
        ("too old by days, with an old row below it", true, false),
        ("half as old as it may be, with an old row below it", false, false),
    ];
    let mut made = Vec::new();
    for (words, old, young_child) in families {
        let parent = if old {
            bench.old(number)
        } else {
            bench.young(number)
        };
        let parent = Specimen {
            words: words.to_owned(),
            ..parent
        };
        let Some(Some(row)) = stage.make(number, &[parent]).await?.pop() else {
            continue;
        };
        // What lies between, whose rows have no age that counts.
        let mut above = row.clone();
        for step in between {
            let mut specimen = Specimen::new("between the two");
            specimen.columns.extend(pointing(step, &above));
            let made = match bench.any_row(&images, step.child) {
                Some(base) => stage
                    .make_of(step.child, &base, &[specimen])
                    .await?
                    .pop()
                    .flatten(),
                None => None,
            };
            if let Some(row) = made {
                above = row;
            }
        }
        let below = if young_child {
            "young, below one that is too old"
        } else {
            "old, below another"
        };
        let mut specimen = Specimen::new(below);
        specimen.columns.extend(pointing(key, &above));
        let specimen = with_age(specimen, young_child);
        if let Some(Some(child)) = stage.make_of(child, &base, &[specimen]).await?.pop() {
            made.push(row);
            made.push(child);
        }
    }
    let performed = stage.perform().await?;
    let lacking = stage.lacking.first().cloned();
    stage.end().await?;
    if made.is_empty() {
        if own.is_none() && keeps.is_empty() {
            return Ok(Vec::new());
        }
        let why = lacking.unwrap_or_else(|| format!("no row of {} could be hung on one", child.name));
        return conclude(bench, TOO_EARLY, vec![(number, Shown::Unseen(why))]).await;
    }
    if let Some(refusal) = &performed.ran.refused {
        let object = bench.object(number);
        let message = format!(
            "{object}: nothing goes, since the run fails where a row of {} that is too old has rows of {} below it: {}",
            target.relation.name, child.name, refusal.message
        );
        return Ok(vec![Outcome::Found(
            Finding::new(TOO_LONG, object, message)
                .expected("the other rows that are too old go", &refusal.message),
        )]);
    }
    let judgement = judge::of(bench, &performed);
    let early: Vec<_> = judgement
        .faults
        .iter()
        .filter(|fault| fault.wrong == Wrong::TooEarly && made.contains(&fault.row))
        .cloned()
        .collect();
    let late: Vec<_> = judgement
        .faults
        .iter()
        .filter(|fault| fault.wrong == Wrong::TooLong && made.contains(&fault.row))
        .cloned()
        .collect();
    let mut outcomes = Vec::new();
    if !late.is_empty() && bench.works(number).await? {
        outcomes.extend(conclude(bench, TOO_LONG, vec![(number, Shown::Wrong(late))]).await?);
    }
    let went_along = early
        .iter()
        .any(|fault| kin::lineage(bench.catalog, &fault.row.0).contains(&child.name));
    if early.is_empty() {
        outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Right)]).await?);
        return Ok(outcomes);
    }
    let first = early.clone();
    outcomes.extend(conclude(bench, TOO_EARLY, vec![(number, Shown::Wrong(early))]).await?);
    // Where the key itself takes the child along, the table that has it is told as well.
    if went_along && key.reference.on_delete == "cascade" && bench.function.is_some() {
        let object = child.name.to_string();
        let words = first.first().map_or("", |fault| fault.words.as_str());
        let message = format!("{object}: {words}, by {} ON DELETE CASCADE", key.constraint.name);
        outcomes.push(Outcome::Found(
            Finding::new(TOO_EARLY, object, message).following(bench.object(number)),
        ));
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
