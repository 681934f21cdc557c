//! Somebody else of the same name.

use super::collateral::judged;
use super::{COLLATERAL, Vector};
use crate::claim::Claim;
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::others::losses;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "namesakes",
    rule: COLLATERAL,
    about: "Another person has the same values in the personal columns that need not be unique, one column at a time. Who \
            erases by name and not by key erases both.",
    bad: include_str!("namesake.bad.sql"),
    good: include_str!("namesake.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let name = qualified(&bench.relation.name.schema, &bench.relation.name.name);
    let erase = bench.statement(&bench.subject.key);
    let mut claims = Vec::new();
    for column in &bench.erasure.subject.pii {
        let mark = bench.subject.traces.iter().rfind(|mark| mark.column == *column);
        let Some(mark) = mark else { continue };
        let same = format!(
            "UPDATE {name} AS t SET {} = {} WHERE {}",
            identifier(column),
            literal(&mark.value),
            bench.other.is_row(bench.erasure)
        );
        let ran = bench.run(&[same.clone(), erase.clone()]).await?;
        let [namesake, erased] = ran.as_slice() else {
            continue;
        };
        if namesake.seen.is_refused() || erased.seen.is_refused() {
            continue;
        }
        // Only the namesake's own row: what else bears the name is anybody's.
        let mut lost = losses(bench, Some(&bench.subject), &namesake.after, &erased.after);
        let other = |images| {
            let mut rows = bench.persons(images);
            rows.find(|row| bench.other.has(bench.erasure, row)).cloned()
        };
        if lost.is_empty() && other(&namesake.after) != other(&erased.after) {
            lost.push(crate::prove::erasure::others::Loss {
                table: bench.relation.name.clone(),
                anothers: true,
                what: format!("the row of somebody with the same {column} was changed"),
            });
        }
        let statement = format!("{same}; {erase}");
        claims.push(judged(
            bench,
            VECTOR.name,
            "erasing a namesake",
            &lost,
            &statement,
        ));
    }
    // One claim: the worst.
    claims.sort_by_key(|claim| claim.verdict == crate::claim::Verdict::Proven);
    claims.truncate(1);
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
