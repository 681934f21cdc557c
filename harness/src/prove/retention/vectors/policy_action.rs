//! Rules with an action that nobody knows.

use super::policy_disabled::each_and_all;
use super::{POLICY, Vector};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::policies::Rule;

pub(super) const VECTOR: Vector = Vector {
    name: "unknown action",
    rules: &[POLICY],
    about: "Every rule has an action that is none of the contract's. The run may fail or pass it over; it may not take it for a \
            DELETE.",
    bad: include_str!("policy_action.bad.sql"),
    good: include_str!("policy_action.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if !bench
        .rules
        .as_ref()
        .is_some_and(super::super::policies::Rules::name_the_action)
    {
        return Ok(Vec::new());
    }
    let unknown = |rule: Rule| Rule {
        action: Some("review".to_owned()),
        ..rule
    };
    each_and_all(
        bench,
        &unknown,
        "the action 'review', which the contract does not know,",
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
