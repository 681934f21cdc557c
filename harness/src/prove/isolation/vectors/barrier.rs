//! Views that let a caller's condition run before their own.

use super::Vector;
use crate::catalog::{Relation, RelationKind};
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Look, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
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
    let views: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| may_leak(relation) && bench.privileges.reaches(&relation.name))
        .collect();
    if views.is_empty() {
        return Ok(outcomes);
    }
    // What a view shows by itself is no matter of order.
    let plain = super::select::looks(bench, &views);
    let shown = bench.sweep(&bench.attacker, &[], &plain).await?;
    let quiet = views
        .iter()
        .zip(shown.into_iter().flatten())
        .filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)))
        .map(|(view, _)| *view);
    let (mut peeks, mut casts) = (Vec::new(), Vec::new());
    for view in quiet {
        let name = qualified(&view.name.schema, &view.name.name);
        let readable = view
            .columns
            .iter()
            .filter(|column| bench.privileges.may_with("SELECT", &view.name, &column.name));
        for column in readable.take(MOST) {
            let text = format!("{}::text", identifier(&column.name));
            let look = |condition: String| Look {
                object: view.name.to_string(),
                sql: format!("SELECT FROM {name} WHERE {condition}"),
            };
            peeks.push(look(format!("pg_temp.peek({text})")));
            casts.extend(
                CASTS
                    .iter()
                    .map(|cast| look(format!("{text}::{cast} IS NOT NULL"))),
            );
        }
    }
    // The first value that does not fit is told: it must not be the attacker's own.
    let without_own = vec![bench.victims.removal().to_owned()];
    let mut found: Vec<String> = Vec::new();
    for (world, steps, looks) in [
        (Vec::new(), vec![PEEK.to_owned()], peeks),
        (without_own, Vec::new(), casts),
    ] {
        let (frozen, attacker) = (&bench.frozen, &bench.attacker);
        let swept = sweep(&bench.session, frozen, attacker, &world, &steps, &looks).await?;
        for (look, verdict) in looks.iter().zip(swept.into_iter().flatten()) {
            let Verdict::Leak { observed, .. } = verdict else {
                continue;
            };
            if found.contains(&look.object) {
                continue;
            }
            found.push(look.object.clone());
            let attempt = Attempt {
                world: world.clone(),
                steps: steps.clone(),
                ..Attempt::reading(attacker, &look.sql)
            };
            let message = format!(
                "a tenant's own condition is applied to rows that {} hides, and tells what is in them: the view has no \
                 security_barrier",
                look.object
            );
            outcomes.push(Outcome::Found(VECTOR.finding(
                &look.object,
                message,
                observed,
                &attempt,
            )));
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
