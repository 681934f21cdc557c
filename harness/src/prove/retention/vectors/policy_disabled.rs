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
    if !bench
        .rules
        .as_ref()
        .is_some_and(super::super::policies::Rules::can_be_disabled)
    {
        return Ok(Vec::new());
    }
    let off = |rule: Rule| Rule {
        enabled: false,
        ..rule
    };
    each_and_all(bench, &off, "a disabled rule").await
}

/// The most targets whose rule alone is changed.
const EACH: usize = 4;

/// Runs in which nothing may go by changed rules: all of them, and each one among others that are as they should be.
pub(super) async fn each_and_all(
    bench: &Bench<'_>,
    changed: &dyn Fn(Rule) -> Rule,
    what: &str,
) -> Result<Vec<Outcome>, Error> {
    let object = bench.object(0);
    let plain = bench.plain_rules();
    let mut works = Vec::new();
    for number in 0..bench.targets.len() {
        if bench.works(number).await? {
            works.push(number);
        }
    }
    if works.is_empty() || plain.len() != bench.targets.len() {
        return Ok(vec![Outcome::Blind {
            rule: POLICY,
            object,
            severity: crate::claim::Severity::Info,
            why: "no rule makes the run remove anything".to_owned(),
        }]);
    }
    let mut tries: Vec<(Vec<usize>, Vec<Rule>)> =
        vec![(works.clone(), plain.iter().cloned().map(changed).collect())];
    if plain.len() > 1 {
        for &number in works.iter().take(EACH) {
            let mut rules = plain.clone();
            rules[number] = changed(rules[number].clone());
            tries.push((vec![number], rules));
        }
    }
    for (numbers, rules) in tries {
        if let Some(words) = touched(bench, rules, &numbers).await? {
            let message = format!("{object}: by {what} {words}");
            return Ok(vec![Outcome::Found(
                Finding::new(POLICY, object, message).expected("its rows stay as they are", words),
            )]);
        }
    }
    Ok(vec![Outcome::Held { rule: POLICY, object }])
}

/// What became of rows of these targets in a run with these rules. Refused, it did nothing; a rule that can't be put there
/// does nothing either.
async fn touched(bench: &Bench<'_>, rules: Vec<Rule>, numbers: &[usize]) -> Result<Option<String>, Error> {
    let mut stage = bench.stage(bench.zone()).await?;
    for number in 0..bench.targets.len() {
        stage
            .make(number, &[bench.old(number), bench.young(number)])
            .await?;
    }
    stage.rules = Some(rules);
    let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
    stage.end().await?;
    if performed.ran.refused.is_some() || performed.no_rule.is_some() {
        return Ok(None);
    }
    let changes = judge::changes(bench, &performed);
    Ok(changes.into_iter().find_map(|change| {
        let row = (change.table.clone(), change.place.clone()?);
        let is_meant = bench
            .target_of(&row)
            .is_some_and(|number| numbers.contains(&number));
        (is_meant && change.old != change.new).then(|| {
            let what = if change.new.is_none() {
                "was removed"
            } else {
                "was changed"
            };
            format!("{} {what}", judge::described(bench, &performed, &row))
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
