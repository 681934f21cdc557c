//! Persons of whom not everything is known.

use super::residue::left;
use super::{RESIDUE, Vector};
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::residue;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "incomplete persons",
    rule: RESIDUE,
    about: "One personal column after the other is NULL before the person is erased: who has no address must not be taken for \
            erased already.",
    bad: include_str!("incomplete.bad.sql"),
    good: include_str!("incomplete.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    // What stays of a whole person stays of an incomplete one, too.
    if bench.once().await?.seen.is_refused() || !bench.left().await?.is_empty() {
        return Ok(Vec::new());
    }
    let name = qualified(&bench.relation.name.schema, &bench.relation.name.name);
    let erase = bench.statement(&bench.subject.key);
    let mut tried = false;
    for column in &bench.erasure.subject.pii {
        let unset = format!(
            "UPDATE {name} AS t SET {} = NULL WHERE {}",
            identifier(column),
            bench.subject.is_row(bench.erasure)
        );
        let ran = bench.run(&[unset.clone(), erase.clone()]).await?;
        let [incomplete, erased] = ran.as_slice() else {
            continue;
        };
        if incomplete.seen.is_refused() || erased.seen.is_refused() {
            continue;
        }
        tried = true;
        if let Some((name, residues)) = residue::find(bench, &erased.after).into_iter().next() {
            let statement = format!("{unset}; {erase}");
            return Ok(left(bench, VECTOR.name, &name, &residues, &statement));
        }
    }
    let message = "whoever has no value in one of the personal columns is erased as well";
    Ok(if tried {
        vec![bench.claim(RESIDUE, &bench.object, VECTOR.name, Verdict::Proven, message)]
    } else {
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.audit_log").await;
    }
}
