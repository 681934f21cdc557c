//! Reading every relation.

use super::{READ, Vector};
use crate::catalog::{Relation, RelationKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;

pub(super) const VECTOR: Vector = Vector {
    name: "select",
    rule: READ,
    about: "A tenant reads every table, partition, view and materialised view that it can name. What it sees must be the \
            same whether or not the other tenants have any private rows.",
    bad: include_str!("select.bad.sql"),
    good: include_str!("select.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let relations: Vec<&Relation> = bench.catalog.relations.iter().collect();
    let looks = looks(bench, &relations);
    let Some(verdicts) = bench.sweep(&bench.attacker, &[], &looks).await? else {
        return Ok(outcomes);
    };
    for ((relation, look), verdict) in relations.iter().zip(&looks).zip(verdicts) {
        let attempt = Attempt::reading(&bench.attacker, &look.sql);
        let owned = bench.is_owned(relation);
        match verdict {
            Verdict::Leak { observed, .. } => {
                let message = format!("a tenant sees other tenants' rows in {}", look.object);
                outcomes.push(Outcome::Found(VECTOR.finding(
                    &look.object,
                    message,
                    observed,
                    &attempt,
                )));
            }
            Verdict::Held(_) if owned || is_view(relation) => {
                if bench.would_show(&attempt).await? {
                    outcomes.push(Outcome::Held {
                        object: look.object.clone(),
                    });
                } else if owned {
                    outcomes.push(blind(
                        look,
                        "no row that could leak is seen with the defences gone either",
                    ));
                }
            }
            Verdict::Inconclusive(why) if owned => outcomes.push(blind(look, &why)),
            Verdict::Held(_) | Verdict::Inconclusive(_) => {}
        }
    }
    Ok(outcomes)
}

/// One look at each relation.
pub(super) fn looks(bench: &Bench<'_>, relations: &[&Relation]) -> Vec<Look> {
    relations
        .iter()
        .map(|relation| Look {
            object: relation.name.to_string(),
            sql: bench.privileges.select(relation),
        })
        .collect()
}

fn is_view(relation: &Relation) -> bool {
    matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView)
}

fn blind(look: &Look, why: &str) -> Outcome {
    Outcome::Blind {
        object: look.object.clone(),
        severity: Severity::Warning,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
