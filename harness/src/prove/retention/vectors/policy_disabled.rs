//! Rules that are switched off.

use super::{POLICY, Vector};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge;
use crate::prove::retention::policies::Rule;

pub(super) const VECTOR: Vector = Vector {
    name: "disabled rule",
    rules: &[POLICY],
    about: "Every rule in the table of rules is disabled, and rows are too old: none of them may go.",
    bad: include_str!("policy_disabled.bad.sql"),
    good: include_str!("policy_disabled.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if !bench.rules.as_ref().is_some_and(super::super::policies::Rules::can_be_disabled) {
        return Ok(Vec::new());
    }
    let rules = bench
        .plain_rules()
        .into_iter()
        .map(|rule| Rule {
            enabled: false,
            ..rule
        })
        .collect();
    untouched(bench, rules, "a disabled rule").await
}

/// A run with rules by which nothing may go, while in every table something would.
pub(super) async fn untouched(
    bench: &Bench<'_>,
    rules: Vec<Rule>,
    what: &str,
) -> Result<Vec<Outcome>, Error> {
    let mut works = false;
    for number in 0..bench.targets.len() {
        works |= bench.works(number).await?;
    }
    let object = bench.object(0);
    if !works {
        return Ok(vec![Outcome::Blind {
            rule: POLICY,
            object,
            severity: crate::claim::Severity::Info,
            why: "no rule makes the run remove anything".to_owned(),
        }]);
    }
    let mut stage = bench.stage(bench.zone()).await?;
    for number in 0..bench.targets.len() {
        stage.make(number, &[bench.old(number), bench.young(number)]).await?;
    }
    stage.rules = Some(rules);
    let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
    stage.end().await?;
    // Refused, it did nothing; a rule that can't be put there does nothing either.
    if performed.ran.refused.is_some() || performed.no_rule.is_some() {
        return Ok(vec![Outcome::Held { rule: POLICY, object }]);
    }
    let judgement = judge::of(bench, &performed);
    Ok(vec![match judgement.went.iter().next() {
        Some(row) => {
            let words = judge::described(bench, &performed, row);
            let message = format!("{object}: by {what} {words} was removed");
            Outcome::Found(
                Finding::new(POLICY, object, message).expected("nothing goes", format!("{words} was removed")),
            )
        }
        None => Outcome::Held { rule: POLICY, object },
    }])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
