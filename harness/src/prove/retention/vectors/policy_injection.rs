//! Rules whose names of tables and columns are SQL.

use super::{POLICY, Vector};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::policies::{Rule, Rules};
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "hostile name",
    rules: &[POLICY],
    about: "A rule names as its table `t WHERE true --` or `t; DELETE FROM t --`, or as its column a condition that is always \
            true; or has such SQL in any other column of text. The run has to fail, or to do nothing to rows that are young: names belong into format('%I').",
    bad: include_str!("policy_injection.bad.sql"),
    good: include_str!("policy_injection.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let Some(rules) = &bench.rules else {
        return Ok(Vec::new());
    };
    let object = bench.object(0);
    let mut tried = false;
    for (number, target) in bench.targets.iter().enumerate() {
        let Some(rule) = rules.of(target) else {
            continue;
        };
        if !bench.works(number).await? {
            continue;
        }
        tried = true;
        for hostile in hostile(bench, rules, number, &rule) {
            let mut stage = bench.stage(bench.zone()).await?;
            stage.make(number, &[bench.young(number)]).await?;
            stage.rules = Some(vec![hostile.clone()]);
            let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
            stage.end().await?;
            if performed.ran.refused.is_some() || performed.no_rule.is_some() {
                continue;
            }
            let judgement = judge::of(bench, &performed);
            let lost = judgement
                .faults
                .iter()
                // What a run notes in the rules themselves is not lost.
                .filter(|fault| fault.row.0 != *rules.table())
                .find(|fault| matches!(fault.wrong, Wrong::TooEarly | Wrong::Beside));
            if let Some(fault) = lost {
                let others: Vec<String> = hostile
                    .others
                    .iter()
                    .map(|(column, text)| format!(" with {text:?} in {column}"))
                    .collect();
                let others = others.concat();
                let message = format!(
                    "{object}: by a rule for the table {:?} and the column {:?}{others} {}",
                    hostile.table, hostile.age, fault.words
                );
                return Ok(vec![Outcome::Found(
                    Finding::new(POLICY, object, message).expected("an error, or nothing goes", &fault.words),
                )]);
            }
        }
        // What is seen of one table is seen of all: the rules are read by the same code.
        if number >= 2 {
            break;
        }
    }
    Ok(vec![if tried {
        Outcome::Held { rule: POLICY, object }
    } else {
        Outcome::Blind {
            rule: POLICY,
            object,
            severity: crate::claim::Severity::Info,
            why: "no rule makes the run remove anything".to_owned(),
        }
    }])
}

/// Rules that are SQL where a name is meant.
fn hostile(bench: &Bench<'_>, rules: &Rules<'_>, number: usize, rule: &Rule) -> Vec<Rule> {
    let target = &bench.targets[number];
    let table = &rule.table;
    let whole = qualified(&target.relation.name.schema, &target.relation.name.name);
    let mut tables = vec![
        format!("{table} WHERE true --"),
        format!("{table} WHERE true OR ''=''"),
        format!("{table}; DELETE FROM {whole}; --"),
        format!("{table}\"; DELETE FROM {whole}; --"),
        format!("{table}'; DELETE FROM {whole}; --"),
        format!("{table} AS t WHERE true OR true --"),
    ];
    // Actions other than DELETE are written otherwise.
    if target.is_anonymised() {
        let column = target.rule.anonymise.first().cloned().unwrap_or_default();
        tables.push(format!(
            "{table} SET {} = NULL --",
            crate::sql::identifier(&column)
        ));
    }
    let mut found: Vec<Rule> = tables
        .into_iter()
        .map(|table| Rule {
            table,
            ..rule.clone()
        })
        .collect();
    if rules.name_the_age() {
        let age = &rule.age;
        found.extend(
            [
                format!("{age} IS NOT NULL OR {age}"),
                format!("{age} IS NOT NULL --"),
                format!("{age}\" IS NOT NULL OR \"{age}"),
                format!("{age} < now() OR true OR {age}"),
            ]
            .into_iter()
            .map(|age| Rule { age, ..rule.clone() }),
        );
    }
    let days = rule.keep_days.as_deref().unwrap_or_default();
    for column in rules.texts() {
        let texts = [
            // Where a schema is meant, or a table.
            format!("{whole} WHERE true --"),
            format!("{whole}; --"),
            // Where days are meant, in quotes or not.
            format!("{days}' OR true --"),
            format!("{days}') OR true --"),
            format!("{days} OR true --"),
            format!("{days}) OR true --"),
            format!("{days}'; DELETE FROM {whole}; --"),
            format!("{days}\"; DELETE FROM {whole}; --"),
            format!("{days}; DELETE FROM {whole}; --"),
        ];
        found.extend(texts.into_iter().map(|text| Rule {
            others: [(column.to_owned(), text)].into(),
            ..rule.clone()
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
