//! Views that let a caller's condition run before their own.

use super::Vector;
use crate::catalog::{Relation, RelationKind};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "view without barrier",
    rule: "isolation/barrier",
    about: "A tenant filters a view by a function of its own that costs next to nothing, and by casts that fail: without \
            security_barrier PostgreSQL may apply them to rows that the view is there to hide.",
    bad: include_str!("barrier.bad.sql"),
    good: include_str!("barrier.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Says what it is given, and is so cheap that it comes before any other condition.
pub(super) const PEEK: &str = "CREATE FUNCTION pg_temp.peek(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 \
                               AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'";

/// What a text column is cast to so that it fails.
const CASTS: &[&str] = &["integer", "uuid", "date", "jsonb"];
/// Columns of a view.
const MOST: usize = 12;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for view in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| may_leak(relation))
    {
        let columns: Vec<_> = view
            .columns
            .iter()
            .filter(|column| bench.privileges.may_with("SELECT", &view.name, &column.name))
            .take(MOST)
            .collect();
        // What the view shows by itself is no matter of order.
        if columns.is_empty() || !is_quiet(bench, &bench.privileges.select(view)).await? {
            continue;
        }
        let name = qualified(&view.name.schema, &view.name.name);
        let attempts = columns.iter().flat_map(|column| {
            let column = identifier(&column.name);
            let peek = Attempt {
                steps: vec![PEEK.to_owned()],
                ..Attempt::reading(
                    &bench.attacker,
                    format!("SELECT FROM {name} WHERE pg_temp.peek({column}::text)"),
                )
            };
            let casts = CASTS.iter().map(move |cast| (column.clone(), cast));
            let casts: Vec<Attempt> = casts
                .map(|(column, cast)| Attempt {
                    // The first value that does not fit is told: it must not be the attacker's own.
                    world: vec![bench.victims.removal().to_owned()],
                    ..Attempt::reading(
                        &bench.attacker,
                        format!("SELECT FROM {name} WHERE {column}::text::{cast} IS NOT NULL"),
                    )
                })
                .collect();
            std::iter::once(peek).chain(casts)
        });
        if let Some(finding) = first(bench, view, attempts.collect()).await? {
            outcomes.push(Outcome::Found(finding));
        }
    }
    Ok(outcomes)
}

/// A view of its owner's rights that promises no order. With its caller's rights the tables' policies hold, and these
/// are barriers.
fn may_leak(relation: &Relation) -> bool {
    let is_on = |option: &str| {
        relation.options.iter().flatten().any(|set| {
            set.split_once('=')
                .is_some_and(|(name, value)| name == option && matches!(value, "true" | "on" | "1" | "yes"))
        })
    };
    relation.kind == RelationKind::View && !is_on("security_barrier") && !is_on("security_invoker")
}

pub(super) async fn is_quiet(bench: &Bench<'_>, look: &str) -> Result<bool, Error> {
    let plain = Attempt::reading(&bench.attacker, look);
    Ok(matches!(bench.attempt(&plain).await?, Verdict::Held(_)))
}

async fn first(bench: &Bench<'_>, view: &Relation, attempts: Vec<Attempt>) -> Result<Option<Finding>, Error> {
    let object = view.name.to_string();
    for attempt in attempts {
        if let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? {
            let message = format!(
                "a tenant's own condition is applied to rows that {object} hides, and tells what is in them: the view has no \
                 security_barrier"
            );
            return Ok(Some(VECTOR.finding(&object, message, observed, &attempt)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::Verdict;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.my_tasks", "").await;
    }

    #[tokio::test]
    async fn a_failing_cast_needs_no_temporary_objects() {
        let revoked = "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;";
        let claims = claims(&[super::VECTOR.bad, revoked], "").await;
        let found = claims.iter().any(|claim| {
            claim.verdict == Verdict::Violated
                && (claim.rule.as_str(), claim.object.as_str()) == (super::VECTOR.rule, "app.my_tasks")
        });
        assert!(found, "{claims:#?}");
    }
}
