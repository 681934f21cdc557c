//! Two steps: rows of one's own that decide what somebody else sees.

use super::{Vector, WRITE};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::levers;

pub(super) const VECTOR: Vector = Vector {
    name: "denial",
    rule: WRITE,
    about: "A tenant writes whatever it may into rows of its own, makes and removes such rows, and calls every function that \
            changes something. After each, the other tenants must still see all of their own.",
    bad: include_str!("denial.bad.sql"),
    good: include_str!("denial.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let pulled = bench.pulled.get_or_try_init(|| levers::pull(bench)).await?;
    let outcomes = pulled.iter().map(|pulled| {
        let object = pulled.object.clone();
        if let Some(shown) = &pulled.denial {
            let mut steps = shown.steps.clone();
            steps.push("RESET SESSION AUTHORIZATION".to_owned());
            steps.extend(bench.victim.replay());
            let attempt = Attempt {
                steps,
                ..Attempt::writing(&bench.attacker, &shown.look.sql)
            };
            let message = format!(
                "by what a tenant may do with {object}, another loses sight of its own rows in {}",
                shown.look.object
            );
            let mut finding = VECTOR.finding(&object, message, String::new(), &attempt);
            "the other tenant sees its own rows as before".clone_into(&mut finding.expected);
            finding.observed = format!("no longer seen: {}", shown.observed);
            // Two act in it, one after the other.
            finding.replayable = false;
            return Outcome::Found(finding);
        }
        let why = if pulled.victim_sees {
            pulled.unseen.clone()
        } else {
            Some("the other tenant sees no rows of its own that it could lose".to_owned())
        };
        match why {
            None => Outcome::Held { object },
            Some(why) => Outcome::Blind {
                object,
                severity: Severity::Info,
                why,
            },
        }
    });
    Ok(outcomes.collect())
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.blocks", "").await;
    }
}
