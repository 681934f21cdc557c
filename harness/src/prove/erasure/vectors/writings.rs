//! What a person wrote in rows of its own.

use std::collections::BTreeSet;

use super::{RESIDUE, Vector};
use crate::claim::{Claim, Severity, Verdict};
use crate::error::Error;
use crate::prove::erasure::bench::Bench;
use crate::prove::erasure::subject::{children, is_free_text};
use crate::prove::trace::Trace;
use crate::prove::value;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "writings",
    rule: RESIDUE,
    about: "Recognisable text is put into the JSON and free text of rows that point to the person, and the person is erased. \
            What stays is told for information, since the contract does not call these columns personal.",
    bad: include_str!("writings.bad.sql"),
    good: include_str!("writings.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    if bench.once().await?.seen.is_refused() {
        return Ok(Vec::new());
    }
    let erase = bench.statement(&bench.subject.key);
    let (mut statements, mut sought) = (Vec::new(), Vec::new());
    let mut written = BTreeSet::new();
    for child in children(bench.catalog, bench.relation) {
        let conditions: Vec<String> = child
            .columns
            .iter()
            .filter_map(|(column, matched)| {
                let value = bench.subject.value(matched)?;
                Some(format!("t.{}::text = {}", identifier(column), literal(value)))
            })
            .collect();
        let name = &child.relation.name;
        for column in &child.relation.columns {
            let json = column.data_type.starts_with("json");
            let named = bench.erasure.subject.pii.contains(&column.name) || column.generated.is_some();
            if named || !(json || is_free_text(&column.name, &column.data_type)) {
                continue;
            }
            let Some(telling) = value::candidates(&column.data_type, None).into_iter().next() else {
                continue;
            };
            sought.extend(Trace::of(&telling.sought));
            written.insert(name.to_string());
            statements.push(format!(
                "UPDATE {} AS t SET {} = {} WHERE {}",
                qualified(&name.schema, &name.name),
                identifier(&column.name),
                literal(&telling.text),
                conditions.join(" AND ")
            ));
        }
    }
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    statements.push(erase.clone());
    let ran = bench.run(&statements).await?;
    let Some(after) = ran.last().filter(|ran| !ran.seen.is_refused()) else {
        return Ok(Vec::new());
    };
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, rows) in &after.after.0 {
        for (column, value) in rows.values().flat_map(|row| row.iter()) {
            let told = value
                .as_ref()
                .is_some_and(|value| sought.iter().any(|trace| trace.found(value).is_some()));
            if told {
                found.insert((name.to_string(), column.clone()));
            }
        }
    }
    let mut claims: Vec<Claim> = found
        .iter()
        .map(|(relation, column)| {
            let message = format!("what the erased person wrote stays in {relation}.{column}");
            let subject = format!("{} in {column}", VECTOR.name);
            let observed = "the text that was put there";
            let claim = bench.claim(RESIDUE, relation, &subject, Verdict::Violated, message);
            Claim {
                severity: Severity::Info,
                ..claim.shown_by(bench.evidence(
                    "nothing that the person wrote",
                    observed,
                    &statements.join("; "),
                ))
            }
        })
        .collect();
    let clean = written
        .iter()
        .filter(|relation| !found.iter().any(|(known, _)| known == *relation));
    claims.extend(clean.map(|relation| {
        let message = "nothing stays of what the erased person wrote";
        bench.claim(RESIDUE, relation, VECTOR.name, Verdict::Proven, message)
    }));
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use crate::claim::{Claim, Severity, Verdict};

    fn told(claims: &[Claim]) -> Vec<&str> {
        let told = claims.iter().filter(|claim| {
            claim.subject.starts_with(super::VECTOR.name)
                && (claim.verdict, claim.severity) == (Verdict::Violated, Severity::Info)
        });
        told.map(|claim| claim.object.as_str()).collect()
    }

    #[tokio::test]
    async fn what_stays_of_it_is_told_until_it_is_mended() {
        assert_eq!(told(&claims(&[super::VECTOR.bad]).await), ["app.orders"]);
        assert!(told(&claims(&[super::VECTOR.bad, super::VECTOR.good]).await).is_empty());
    }
}
