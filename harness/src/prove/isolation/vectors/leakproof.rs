//! Functions that are marked LEAKPROOF and are not.

use super::Vector;
use super::function::SOON;
use crate::catalog::{Function, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::callable::{Callable, Given};
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "leakproof",
    rule: "isolation/leakproof",
    about: "PostgreSQL applies LEAKPROOF functions to rows before the policies have said who may see them. A tenant filters \
            every guarded table by each such function of the application, and reads what it says of others' values.",
    bad: include_str!("leakproof.bad.sql"),
    good: include_str!("leakproof.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Filters a function.
const MOST: usize = 60;
/// The plans that are asked for.
const PLANS: &[&str] = &[
    "SET LOCAL enable_seqscan = on",
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = off",
];

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let marked: Vec<&Function> = bench
        .catalog
        .functions
        .iter()
        .filter(|function| function.leakproof)
        .collect();
    if marked.is_empty() {
        return Ok(outcomes);
    }
    let callables = bench.callables().await?;
    for function in marked {
        let callable = callables
            .iter()
            .find(|callable| callable.function.oid.0 == function.oid.0);
        let found = match callable {
            Some(callable) => leak(bench, callable).await?,
            None => None,
        };
        outcomes.push(Outcome::Found(found.unwrap_or_else(|| posture(bench, function))));
    }
    Ok(outcomes)
}

async fn leak(bench: &Bench<'_>, callable: &Callable<'_>) -> Result<Option<Finding>, Error> {
    let looks = looks(bench, callable);
    // The first value that an error names must not be the attacker's own.
    let world = [bench.victims.removal().to_owned()];
    for plan in PLANS {
        let steps = [SOON.to_owned(), (*plan).to_owned()];
        let (frozen, attacker) = (&bench.frozen, &bench.attacker);
        let verdicts = sweep(&bench.session, frozen, attacker, &world, &steps, &looks).await?;
        for (look, verdict) in looks.iter().zip(verdicts.into_iter().flatten()) {
            let Verdict::Leak { observed, .. } = verdict else {
                continue;
            };
            // What the table shows by itself is not the function's doing.
            if !super::barrier::is_quiet(bench, &look.object).await? {
                continue;
            }
            let object = callable.function.signature();
            let message = format!(
                "{object} is marked LEAKPROOF, so it is applied to other tenants' rows before the policies are, and tells what \
                 is in them"
            );
            let attempt = Attempt {
                world: world.to_vec(),
                steps: steps.to_vec(),
                ..Attempt::reading(&bench.attacker, &look.sql)
            };
            return Ok(Some(VECTOR.finding(&object, message, observed, &attempt)));
        }
    }
    Ok(None)
}

/// A filter by the function for each column that it takes; the object of each is what reads the table without one.
fn looks(bench: &Bench<'_>, callable: &Callable<'_>) -> Vec<Look> {
    let inputs: Vec<_> = callable.inputs().collect();
    let mut looks = Vec::new();
    for relation in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| is_guarded(relation))
    {
        let readable = relation
            .columns
            .iter()
            .filter(|column| bench.privileges.may_with("SELECT", &relation.name, &column.name));
        let name = qualified(&relation.name.schema, &relation.name.name);
        for column in readable {
            for (at, input) in inputs.iter().enumerate() {
                if !input.takes_column(&column.data_type) {
                    continue;
                }
                let column = format!("{name}.{}", identifier(&column.name));
                let given: Vec<Given> = inputs
                    .iter()
                    .enumerate()
                    .map(|(other, input)| {
                        if other == at {
                            Given::Column(column.clone())
                        } else {
                            Given::Value(input.anybodys())
                        }
                    })
                    .collect();
                looks.push(Look {
                    object: bench.privileges.select(relation),
                    sql: format!(
                        "SELECT FROM {name} WHERE {} IS NOT NULL",
                        callable.expression(&given)
                    ),
                });
            }
        }
    }
    looks.truncate(MOST);
    looks
}

/// Whether something stands between its rows and a tenant that a leakproof function would pass.
fn is_guarded(relation: &Relation) -> bool {
    let barrier = relation
        .options
        .iter()
        .flatten()
        .any(|option| option.starts_with("security_barrier="));
    relation.row_security || barrier
}

fn posture(bench: &Bench<'_>, function: &Function) -> Finding {
    let object = function.signature();
    let message = format!(
        "{object} is marked LEAKPROOF: PostgreSQL trusts that it shows nothing of its arguments, by no error, notice or \
         duration; nothing was seen to leak"
    );
    let attempt = Attempt::reading(
        &bench.attacker,
        format!("-- ALTER FUNCTION {object} NOT LEAKPROOF"),
    );
    Finding {
        severity: Severity::Info,
        replayable: false,
        ..VECTOR.finding(&object, message, "LEAKPROOF".to_owned(), &attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::{Severity, Verdict};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.length_of(text)", "").await;
    }

    #[tokio::test]
    async fn one_that_says_nothing_is_only_remarked_on() {
        let sound =
            "CREATE FUNCTION app.same(text) RETURNS text LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1';";
        let claims = claims(&[sound], "").await;
        let of_it: Vec<_> = claims
            .iter()
            .filter(|claim| claim.object == "app.same(text)")
            .collect();
        assert!(!of_it.is_empty());
        assert!(
            of_it
                .iter()
                .all(|claim| claim.verdict == Verdict::Proven || claim.severity == Severity::Info),
            "{of_it:#?}"
        );
    }
}
