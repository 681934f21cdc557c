//! Somebody else of the same name.

use super::collateral::judged;
use super::{COLLATERAL, Vector};
use crate::claim::{Claim, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::birth;
use crate::prove::erasure::others::Loss;
use crate::prove::erasure::subject::Subject;
use crate::prove::value::Telling;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "namesakes",
    rule: COLLATERAL,
    about: "Another person has the same value in a personal column, one that begins or ends with it, or a key that begins with \
            the person's. Who erases by name, or by what is like it, and not by key erases both.",
    bad: include_str!("namesake.bad.sql"),
    good: include_str!("namesake.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let erase = bench.statement(&bench.subject.key);
    let mut claims = Vec::new();
    for (like, somebody, key) in somebodies(bench) {
        let ran = bench.run(&[somebody.clone(), erase.clone()]).await?;
        let [before, after] = ran.as_slice() else {
            continue;
        };
        if before.seen.is_refused() || after.seen.is_refused() {
            continue;
        }
        let there = |images| {
            let mut rows = bench.persons(images);
            let person = Subject::with_key(key.clone());
            rows.find(|row| person.has(bench.erasure, row)).cloned()
        };
        let Some(row) = there(&before.after) else { continue };
        let mut lost = Vec::new();
        if there(&after.after) != Some(row) {
            lost.push(Loss {
                table: bench.relation.name.clone(),
                anothers: true,
                what: format!("the row of somebody with {like} was changed or is gone"),
            });
        }
        let statement = format!("{somebody}; {erase}");
        claims.push(judged(
            bench,
            VECTOR.name,
            "erasing one person",
            &lost,
            &statement,
        ));
    }
    // One claim: the worst.
    claims.sort_by_key(|claim| claim.verdict == Verdict::Proven);
    claims.truncate(1);
    Ok(claims)
}

/// Others who are like the person: how, the statement that makes them so, and their key.
fn somebodies(bench: &Bench<'_>) -> Vec<(String, String, Vec<String>)> {
    let name = qualified(&bench.relation.name.schema, &bench.relation.name.name);
    let mut all = Vec::new();
    for column in &bench.erasure.subject.pii {
        let mark = bench.subject.traces.iter().rfind(|mark| mark.column == *column);
        let Some(mark) = mark else { continue };
        let values = [
            (format!("the same {column}"), mark.value.clone()),
            (format!("a {column} that begins so"), format!("{}x", mark.value)),
            (format!("a {column} that ends so"), format!("x{}", mark.value)),
        ];
        for (like, value) in values {
            let update = format!(
                "UPDATE {name} AS t SET {} = {} WHERE {}",
                identifier(column),
                literal(&value),
                bench.other.is_row(bench.erasure)
            );
            all.push((like, update, bench.other.key.clone()));
        }
    }
    let models = birth::models(&bench.before, &bench.own);
    let model = models
        .iter()
        .find(|model| bench.other.has(bench.erasure, &model.image));
    for (at, column) in bench.erasure.subject.key.iter().enumerate() {
        let Some((model, known)) = model.zip(bench.relation.column(column)) else {
            continue;
        };
        let longer = match known.data_type.as_str() {
            "text" | "character varying" => vec!["2", "_2"],
            "integer" | "bigint" | "numeric" => vec!["0", "1"],
            _ => continue,
        };
        for end in longer {
            let mut key = bench.subject.key.clone();
            key[at].push_str(end);
            let columns = bench.erasure.subject.key.iter().cloned();
            let given = columns.zip(key.iter().cloned().map(Telling::whole)).collect();
            let insert = birth::statement(bench.relation, model, &given, false);
            all.push((format!("a {column} that begins so"), insert, key));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.erase(bigint)").await;
    }
}
