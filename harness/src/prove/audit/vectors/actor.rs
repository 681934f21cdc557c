//! Who acted.

use super::{ACTOR, Vector, update};
use crate::catalog::Relation;
use crate::contract;
use crate::error::Error;
use crate::prove::actor;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::bench::{People, Who};
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::session::Session;
use crate::rows::Row;
use crate::sql::{identifier, literal};

pub(super) const VECTOR: Vector = Vector {
    name: "actor",
    rule: ACTOR,
    about: "Rows are changed as the application's role in the name of one actor, then of another in the same session, then with \
            another's name in the columns that say who changed the row, and at last with no actor set. The entry has to name \
            who acted, and where nobody is known to say so.",
    bad: include_str!("actor.bad.sql"),
    good: include_str!("actor.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if bench.terms.audit.actor.is_none() || bench.log.column("actor").is_none() {
        return Ok(outcomes);
    }
    let mut course = Course::begin(bench).await?;
    // A backend on which no actor was ever set: a setting that was is '' afterwards, and no more NULL.
    let fresh = Session::open(&bench.database).await?;
    let nobody = nobody(bench);
    for table in bench.terms.tables.iter().copied() {
        let Some(row) = bench.rows(table).into_iter().next() else {
            continue;
        };
        let mut tally = Tally::new(&VECTOR, table);
        for people in &bench.people {
            tally.acting(people, true);
            each_command(bench, &mut course, &mut tally, table, row).await?;
        }
        // What happens in nobody's name alone says nothing of whom the log names.
        if !tally.has_seen() {
            tally.lacks("no change of it in an actor's name leaves an entry");
        }
        tally.acting(&bench.people[0], true);
        forged(bench, &mut course, &mut tally, table, row).await?;
        if let Some([unset, _]) = &nobody {
            // The rows that this one has written stay locked until it has gone back.
            course.back().await?;
            let mut course = Course::begin_on(bench, &fresh).await?;
            tally.acting(unset, true);
            update::any_column(bench, &mut course, &mut tally, table, row).await?;
            course.end().await?;
        }
        if let Some([_, empty]) = &nobody {
            tally.acting(empty, true);
            each_command(bench, &mut course, &mut tally, table, row).await?;
        }
        // That nothing may be changed while nobody is known is as good.
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    Ok(outcomes)
}

async fn each_command(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    row: &Row,
) -> Result<(), Error> {
    course.back().await?;
    update::any_column(bench, course, tally, table, row).await?;
    course.back().await?;
    let children = workload::without_children(bench.terms.catalog, table);
    let delete = workload::take_away(table, row);
    // Together with what goes by cascade.
    if tally.step(bench, course, &delete).await?.is_none()
        && !children.is_empty()
        && course.prepare(&children).await?
    {
        tally.step(bench, course, &delete).await?;
    }
    course.back().await?;
    if course.prepare(&delete).await? {
        let insert = workload::insert(table, row, true);
        tally.step(bench, course, &insert).await?;
    }
    Ok(())
}

/// Another column is changed, and those that say who did are set to somebody else.
async fn forged(
    bench: &Bench<'_>,
    course: &mut Course<'_, '_>,
    tally: &mut Tally<'_, '_>,
    table: &Relation,
    row: &Row,
) -> Result<(), Error> {
    let Some(somebody) = bench.people[1].people[0].names.first() else {
        return Ok(());
    };
    for column in update::columns(table).filter(|column| says_who(&column.name)) {
        course.back().await?;
        let Some(target) = update::target(course, table, row).await? else {
            continue;
        };
        let update = format!(
            "UPDATE {} SET {} = {} {target}",
            workload::sql(table),
            identifier(&column.name),
            literal(somebody)
        );
        tally.step(bench, course, &update).await?;
    }
    Ok(())
}

/// Whether a column of that name may say who changed the row.
fn says_who(column: &str) -> bool {
    let name = column.to_ascii_lowercase();
    name.ends_with("_by")
        || ["actor", "author", "editor", "user", "owner"]
            .iter()
            .any(|word| name.contains(word))
}

/// The application's role without an actor: never set, and set to nothing. None: the actor is a role.
fn nobody(bench: &Bench<'_>) -> Option<[People; 2]> {
    let Some(contract::Actor::Setting { setting, .. }) = &bench.terms.audit.actor else {
        return None;
    };
    let without = |context: Vec<String>, described: &str| {
        bench.people[0].clone().map(|who| Who {
            names: vec![who.actor.effective().to_owned(), who.actor.login.clone()],
            actor: who.actor.as_nobody(context.clone(), described),
            nobody: true,
        })
    };
    Some([
        without(Vec::new(), "nobody, as no actor was ever set"),
        without(vec![actor::set_config(setting, "")], "nobody, as the actor is ''"),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::ACTOR, "audit.sign()").await;
    }
}
