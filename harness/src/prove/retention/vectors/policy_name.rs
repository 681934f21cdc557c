//! Rules whose table is called nearly like another one.

use super::{POLICY, Vector};
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};
use crate::prove::retention::judge::{self, Wrong};
use crate::prove::retention::policies::Rule;
use crate::prove::session::Session;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "similar name",
    rules: &[POLICY],
    about: "Tables are made whose names differ from another one's by case or by schema alone, and a rule names one of them. \
            Only that one may lose rows: unquoted, `Events` is `events`; and a schema that is cut off, or not looked at, leads to \
            another table.",
    bad: include_str!("policy_name.bad.sql"),
    good: include_str!("policy_name.good.sql"),
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
        let name = &target.relation.name;
        // In the same schema with a capital, and of the same name in another schema.
        let capital = capital(&name.name);
        let cases = [
            (
                name.schema.clone(),
                capital.clone(),
                rules.name_like(name, &crate::catalog::Name::new(name.schema.clone(), capital)),
            ),
            (
                "pgproof_twin".to_owned(),
                name.name.clone(),
                rules.qualified_name(&crate::catalog::Name::new("pgproof_twin", name.name.clone())),
            ),
        ];
        for (schema, twin, table) in cases {
            let mut stage = bench.stage(bench.zone()).await?;
            stage
                .make(number, &[bench.old(number), bench.young(number)])
                .await?;
            let made = make(stage.session(), bench, number, &schema, &twin).await?;
            if made {
                stage.rules = Some(vec![Rule {
                    table: table.clone(),
                    ..rule.clone()
                }]);
                let performed = stage.perform_as(bench.actor.as_ref(), &bench.run).await?;
                let lost = if performed.ran.refused.is_none() && performed.no_rule.is_none() {
                    let judgement = judge::of(bench, &performed);
                    let words = |row| format!("{} was removed", judge::described(bench, &performed, row));
                    let beside = judgement.faults.iter().find(|fault| fault.wrong == Wrong::Beside);
                    judgement
                        .went
                        .iter()
                        .next()
                        .map(words)
                        .or_else(|| beside.map(|fault| fault.words.clone()))
                } else {
                    None
                };
                stage.end().await?;
                if let Some(words) = lost {
                    let message = format!("{object}: by a rule for the table {table:?} alone {words}");
                    return Ok(vec![Outcome::Found(
                        Finding::new(POLICY, object, message).expected(
                            format!("rows of {} go, or none", qualified(&schema, &twin)),
                            words,
                        ),
                    )]);
                }
            } else {
                stage.end().await?;
            }
        }
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

/// A table like the target, and with its rows.
async fn make(
    session: &Session,
    bench: &Bench<'_>,
    number: usize,
    schema: &str,
    twin: &str,
) -> Result<bool, Error> {
    let target = &bench.targets[number];
    let (table, name) = (qualified(schema, twin), target.sql());
    let mut statements = vec!["SAVEPOINT twin".to_owned()];
    if !bench.catalog.schemas.iter().any(|known| known.name == schema) && schema != "public" {
        statements.push(format!("CREATE SCHEMA {}", identifier(schema)));
        statements.push(format!("GRANT USAGE ON SCHEMA {} TO PUBLIC", identifier(schema)));
    }
    statements.push(format!("CREATE TABLE {table} AS SELECT * FROM {name}"));
    statements.push(format!("GRANT ALL ON {table} TO PUBLIC"));
    if !target.relation.owner.usual {
        statements.push(format!(
            "ALTER TABLE {table} OWNER TO {}",
            identifier(&target.relation.owner.role)
        ));
    }
    let sent = session.send(&statements.join("; ")).await?;
    if sent.is_refused() {
        session.run("ROLLBACK TO SAVEPOINT twin").await?;
    }
    Ok(!sent.is_refused())
}

/// The name with its first letter in the other case.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        let turned = if first.is_uppercase() {
            first.to_lowercase().to_string()
        } else {
            first.to_uppercase().to_string()
        };
        format!("{turned}{}", letters.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::POLICY).await;
    }
}
