//! Columns that are cleared.

use super::boundary::edges;
use super::varied::varied;
use super::{ANONYMISE, Shown, Vector, by_target, conclude};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Fault, Wrong, described};
use crate::prove::retention::target::Target;
use crate::prove::session::short;
use crate::sql::literal;

pub(super) const VECTOR: Vector = Vector {
    name: "anonymise",
    rules: &[ANONYMISE],
    about: "In every run each column under `anonymise` of a row that is too old has to hold something else than before: not the value, nor \
            a text that contains it, nor a plain MD5 or SHA of it, which whoever knows the value can make again.",
    bad: include_str!("anonymise.bad.sql"),
    good: include_str!("anonymise.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if !bench.targets.iter().any(Target::is_anonymised) {
        return Ok(Vec::new());
    }
    let performed = bench.plain().await?;
    if performed.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    edges(bench).await?;
    varied(bench).await?;
    let passing = bench.passing.borrow().clone();
    let hashed = hashed(bench).await?;
    let mut shown = Vec::new();
    for (number, mut faults) in by_target(bench, &passing, |fault| {
        matches!(fault.wrong, Wrong::Uncleared | Wrong::Removed)
    }) {
        let target = &bench.targets[number];
        if !target.is_anonymised() {
            continue;
        }
        faults.extend(
            hashed
                .iter()
                .filter(|fault| fault.target == Some(number))
                .cloned(),
        );
        let empty = |column: &&String| {
            performed.specimens_of(number).all(|row| {
                let image = performed.before.0.get(&row.0).and_then(|rows| rows.get(&row.1));
                image
                    .and_then(|image| image.get(*column))
                    .is_none_or(Option::is_none)
            })
        };
        let shown_now = if !faults.is_empty() {
            Shown::Wrong(faults)
        } else if let Some(column) = target.rule.anonymise.iter().find(empty) {
            Shown::Unseen(format!(
                "no row of {} has anything in {column}",
                target.relation.name
            ))
        } else {
            Shown::Right
        };
        shown.push((number, shown_now));
    }
    conclude(bench, ANONYMISE, shown).await
}

/// Columns that hold a hash of what was in them.
async fn hashed(bench: &Bench<'_>) -> Result<Vec<Fault>, Error> {
    let performed = bench.plain().await?;
    let mut faults = Vec::new();
    for change in judge::changes(bench, performed) {
        let (Some(place), Some(old), Some(new)) = (&change.place, &change.old, &change.new) else {
            continue;
        };
        let row = (change.table.clone(), place.clone());
        let Some(number) = bench.target_of(&row) else {
            continue;
        };
        for column in &bench.targets[number].rule.anonymise {
            let (Some(was), Some(now)) = (judge::value(old, column), judge::value(new, column)) else {
                continue;
            };
            if was == now {
                continue;
            }
            if let Some(hash) = hash_in(bench, was, now).await? {
                faults.push(Fault {
                    wrong: Wrong::Uncleared,
                    row: row.clone(),
                    target: Some(number),
                    words: format!(
                        "{} has in {column} the {hash} of what was there: {:?}",
                        described(bench, performed, &row),
                        short(now)
                    ),
                    zone: performed.zone.clone(),
                });
            }
        }
    }
    Ok(faults)
}

/// The hash of one value that another contains.
async fn hash_in(bench: &Bench<'_>, was: &str, now: &str) -> Result<Option<String>, Error> {
    let query = include_str!("hashes.sql")
        .replace("$was", &literal(was))
        .replace("$now", &literal(now));
    let rows = bench.session.rows(&query).await?;
    if let Some(name) = rows.first().and_then(|row| row.first().cloned().flatten()) {
        return Ok(Some(name));
    }
    // SHA-1 is only there where pgcrypto is.
    let digest = "SELECT n.nspname FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
                  WHERE p.proname = 'digest' AND pg_catalog.pg_get_function_identity_arguments(p.oid) = 'text, text' ORDER BY 1";
    let Some(schema) = bench
        .session
        .rows(digest)
        .await?
        .first()
        .and_then(|row| row.first().cloned().flatten())
    else {
        return Ok(None);
    };
    let query = format!(
        "SELECT 'SHA-1' WHERE pg_catalog.strpos(pg_catalog.lower({now}), pg_catalog.encode({schema}.digest({was}, 'sha1'), 'hex')) > 0",
        now = literal(now),
        was = literal(was),
        schema = crate::sql::identifier(&schema),
    );
    let rows = bench.session.ask(&query).await?.unwrap_or_default();
    Ok(rows.first().and_then(|row| row.first().cloned().flatten()))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::ANONYMISE).await;
    }
}
