//! Rules whose days make no sense.

use super::{POLICY, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge;
use crate::prove::retention::policies::Rule;

pub(super) const VECTOR: Vector = Vector {
    name: "odd days",
    rules: &[POLICY],
    about: "Rules of NULL, negative and zero days. That young rows go by them is told for information: a constraint of the table \
            of rules would keep such rules out.",
    bad: include_str!("policy_days.bad.sql"),
    good: include_str!("policy_days.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.rules.is_none() {
        return Ok(Vec::new());
    }
    let object = bench.object(0);
    for days in [None, Some("-1"), Some("0")] {
        let rules = bench
            .plain_rules()
            .into_iter()
            .map(|rule| Rule {
                keep_days: days.map(str::to_owned),
                ..rule
            })
            .collect();
        let mut stage = bench.stage(bench.zone()).await?;
        for number in 0..bench.targets.len() {
            stage.make(number, &[bench.young(number)]).await?;
        }
        stage.rules = Some(rules);
        let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
        stage.end().await?;
        if performed.ran.refused.is_some() || performed.no_rule.is_some() {
            continue;
        }
        if let Some(row) = judge::of(bench, &performed).went.iter().next() {
            let message = format!(
                "{object}: by a rule of {} days {} was removed",
                days.unwrap_or("NULL"),
                judge::described(bench, &performed, row)
            );
            return Ok(vec![Outcome::Found(
                Finding::new(POLICY, object, message).weighing(Severity::Info),
            )]);
        }
    }
    Ok(vec![Outcome::Held { rule: POLICY, object }])
}

#[cfg(test)]
mod tests {
    use super::super::example::told;

    #[tokio::test]
    async fn the_example_is_told_until_it_is_mended() {
        told(&super::VECTOR, super::POLICY).await;
    }
}
