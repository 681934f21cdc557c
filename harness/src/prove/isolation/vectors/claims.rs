//! Claims of a token that the user can change.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{CLAIM, Vector, update};
use crate::catalog::Relation;
use crate::contract::Context;
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::isolation::attempt::{self, Attempt, Look, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::levers::{Rows, look_at, readable, visible};
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "editable claims",
    rule: CLAIM,
    about: "Each claim that a user can edit, and each key below it that the schema reads, is given other values: the other \
            tenant's, its keys, role names, true. Nothing more may be seen or written by that.",
    bad: include_str!("claims.bad.sql"),
    good: include_str!("claims.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Values a key, and contexts in all.
const VALUES: usize = 24;
const MOST: usize = 200;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let Context::Setting {
        setting,
        claims: Some(template),
    } = &bench.isolation.context
    else {
        return Ok(Vec::new());
    };
    let actors = actors(bench, setting, template);
    if actors.is_empty() {
        return Ok(Vec::new());
    }
    let (relations, looks) = readable(bench);
    let base = visible(bench, &looks).await?;
    let mut outcomes = Vec::new();
    let mut found: Vec<String> = Vec::new();
    let writes: Vec<(&Relation, String)> = relations_written(bench);
    for actor in &actors {
        for (look, observed) in reads(bench, actor, &base).await? {
            if found.contains(&look.object) {
                continue;
            }
            let message = format!(
                "with a claim that it edited itself, a tenant sees other tenants' rows in {}",
                look.object
            );
            let attempt = Attempt::reading(actor, &look.sql);
            outcomes.push(Outcome::Found(VECTOR.finding(
                &look.object,
                message,
                observed,
                &attempt,
            )));
            found.push(look.object.clone());
        }
        for (relation, sql) in &writes {
            let object = relation.name.to_string();
            let attempt = Attempt::writing(actor, sql);
            if found.contains(&object) || !touches(bench, &attempt).await? {
                continue;
            }
            let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? else {
                continue;
            };
            if bench
                .attempt(&Attempt::writing(&bench.attacker, sql))
                .await?
                .is_leak()
            {
                continue;
            }
            let message = format!(
                "with a claim that it edited itself, a tenant writes other tenants' rows in {object}"
            );
            outcomes.push(Outcome::Found(
                VECTOR.finding(&object, message, observed, &attempt),
            ));
            found.push(object);
        }
    }
    for (relation, look) in relations.into_iter().zip(&looks) {
        if bench.frozen.hides(&relation.name)
            && !found.contains(&look.object)
            && let Some(actor) = actors.first()
            && bench.would_show(&Attempt::reading(actor, &look.sql)).await?
        {
            outcomes.push(Outcome::Held {
                object: look.object.clone(),
            });
        }
    }
    Ok(outcomes)
}

/// What is seen only with these claims, and comes of rows that must not be seen.
async fn reads(
    bench: &Bench<'_>,
    actor: &Actor,
    base: &[(Look, Rows)],
) -> Result<Vec<(Look, String)>, Error> {
    let looks: Vec<&Look> = base.iter().map(|(look, _)| look).collect();
    bench.session.run(attempt::BEGIN).await?;
    let now = look_at(&bench.session, actor, &looks).await?;
    bench.session.run("ROLLBACK").await?;
    let changed: Vec<Look> = base
        .iter()
        .zip(now)
        .filter(|((_, before), now)| now.as_ref().is_some_and(|now| now != before))
        .map(|((look, _), _)| look.clone())
        .collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let verdicts = bench.sweep(actor, &[], &changed).await?.unwrap_or_default();
    Ok(changed
        .into_iter()
        .zip(verdicts)
        .filter_map(|(look, verdict)| match verdict {
            Verdict::Leak { observed, .. } => Some((look, observed)),
            _ => None,
        })
        .collect())
}

/// Blind writes on tables of which a policy reads a claim.
fn relations_written<'a>(bench: &Bench<'a>) -> Vec<(&'a Relation, String)> {
    let mut found = Vec::new();
    let names: Vec<&str> = bench
        .isolation
        .user_editable_claims
        .iter()
        .map(String::as_str)
        .collect();
    let calling: BTreeSet<&str> = bench
        .catalog
        .functions
        .iter()
        .filter(|function| {
            let body = function.body.as_deref().unwrap_or_default();
            names.iter().any(|name| body.contains(name))
        })
        .map(|function| function.name.name.as_str())
        .collect();
    for relation in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| bench.frozen.hides(&relation.name))
    {
        let trusts = relation.policies.iter().any(|policy| {
            let mut texts = policy.using.iter().chain(&policy.with_check);
            texts.any(|text| names.iter().chain(&calling).any(|name| text.contains(name)))
        });
        if !trusts {
            continue;
        }
        let name = qualified(&relation.name.schema, &relation.name.name);
        if bench.privileges.may("DELETE", &relation.name) {
            found.push((relation, format!("DELETE FROM {name}")));
        }
        if let Some(column) = update::plain_columns(relation, &bench.privileges).next() {
            let updates = update::constants(bench, relation, column, 1);
            found.extend(updates.into_iter().map(|sql| (relation, sql)));
        }
    }
    found
}

async fn touches(bench: &Bench<'_>, attempt: &Attempt) -> Result<bool, Error> {
    bench.session.run(attempt::BEGIN).await?;
    let entered = bench.session.each(&attempt.actor.enter()).await?.is_ok();
    let answers = if entered {
        bench.session.each(&attempt.last).await?.ok()
    } else {
        None
    };
    bench.session.run("ROLLBACK").await?;
    Ok(answers.is_some_and(|answers| answers.iter().any(|answer| answer.touched > 0)))
}

/// The attacker with each of the claims that it could make up.
fn actors(bench: &Bench<'_>, setting: &str, template: &str) -> Vec<Actor> {
    let claims = |at: usize| -> Option<Map<String, Value>> {
        let text = actor::in_json(template, bench.identities.get(at)?);
        serde_json::from_str::<Value>(&text).ok()?.as_object().cloned()
    };
    let (Some(mine), Some(theirs)) = (claims(0), claims(1)) else {
        return Vec::new();
    };
    let paths = paths(bench);
    let values = values(bench);
    let mut tried: Vec<Map<String, Value>> = vec![mine.clone()];
    for claim in &bench.isolation.user_editable_claims {
        let mut add = |value: Value| {
            let mut claims = mine.clone();
            claims.insert(claim.clone(), value);
            if !tried.contains(&claims) && tried.len() < MOST {
                tried.push(claims);
            }
        };
        theirs.get(claim).cloned().into_iter().for_each(&mut add);
        let below: Vec<&[String]> = paths
            .iter()
            .map(|path| {
                let at = path.iter().position(|key| key == claim);
                at.map_or(path.as_slice(), |at| &path[at + 1..])
            })
            .collect();
        for value in &values {
            for path in &below {
                let own = mine.get(claim).cloned().unwrap_or(Value::Null);
                add(with(own, path, value));
            }
        }
    }
    tried
        .into_iter()
        .skip(1)
        .map(|claims| {
            let text = Value::Object(claims).to_string();
            let described = format!("tenant A with the claims {text}");
            bench
                .attacker
                .with_context(vec![actor::set_config(setting, &text)], described)
        })
        .collect()
}

/// The document with that value at the path.
fn with(document: Value, path: &[String], value: &Value) -> Value {
    let Some((key, rest)) = path.split_first() else {
        return value.clone();
    };
    let mut object = match document {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let below = object.get(key).cloned().unwrap_or(Value::Null);
    object.insert(key.clone(), with(below, rest, value));
    Value::Object(object)
}

/// The paths of keys that policies, views and functions read from documents.
fn paths(bench: &Bench<'_>) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for text in texts(bench) {
        for path in keys(text) {
            if !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found
}

/// `(x -> 'a') ->> 'b'` and `x #>> '{a,b}'` read the path a, b.
fn keys(text: &str) -> Vec<Vec<String>> {
    let plain = text.replace("::text[]", "").replace("::text", "");
    let plain: String = plain
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '(' && *c != ')')
        .collect();
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut rest = plain.as_str();
    let mut first = true;
    while let Some(at) = rest.find("->") {
        // What stands between ends one path and begins another.
        if !first && at > 0 {
            found.push(std::mem::take(&mut path));
        }
        first = false;
        rest = rest[at + 2..].trim_start_matches('>');
        let Some(quoted) = rest.strip_prefix('\'') else {
            continue;
        };
        let Some(end) = quoted.find('\'') else { break };
        path.push(quoted[..end].to_owned());
        rest = &quoted[end + 1..];
    }
    found.push(path);
    for part in plain.split("#>").skip(1) {
        let list = part
            .trim_start_matches('>')
            .strip_prefix("'{")
            .and_then(|list| list.split_once('}'));
        found.extend(list.map(|(keys, _)| keys.split(',').map(str::to_owned).collect()));
    }
    found.retain(|path| !path.is_empty());
    found
}

fn texts<'a>(bench: &Bench<'a>) -> impl Iterator<Item = &'a str> {
    let catalog = bench.catalog;
    let relations = catalog.relations.iter().flat_map(|relation| {
        let policies = relation
            .policies
            .iter()
            .flat_map(|policy| policy.using.iter().chain(&policy.with_check));
        policies.chain(&relation.definition)
    });
    let bodies = catalog
        .functions
        .iter()
        .filter_map(|function| function.body.as_ref());
    relations.chain(bodies).map(String::as_str)
}

/// The other tenant's identity and keys, true, and the words that the schema compares with.
fn values(bench: &Bench<'_>) -> Vec<Value> {
    let mut found: Vec<Value> = bench
        .identities
        .get(1)
        .map(|id| Value::from(id.as_str()))
        .into_iter()
        .collect();
    found.push(Value::Bool(true));
    let mut words: Vec<String> = Vec::new();
    for text in texts(bench) {
        for word in text.split('\'').skip(1).step_by(2) {
            let plain = !word.is_empty()
                && word.len() < 30
                && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            if plain && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
    }
    let mut keys: Vec<String> = Vec::new();
    for relation in bench
        .catalog
        .relations
        .iter()
        .filter(|relation| bench.frozen.hides(&relation.name))
    {
        let row = bench
            .world
            .table(&relation.name.schema, &relation.name.name)
            .and_then(|rows| rows.of('b').next());
        for column in relation
            .columns
            .iter()
            .filter(|column| column.name.ends_with("id"))
        {
            if let Some(Some(value)) = row.and_then(|row| row.values.get(&column.name))
                && !keys.contains(value)
            {
                keys.push(value.clone());
            }
        }
    }
    found.extend(keys.into_iter().take(VALUES / 2).map(Value::from));
    found.extend(words.into_iter().take(VALUES / 2).map(Value::from));
    let list: Vec<Value> = bench
        .identities
        .get(1)
        .map(|id| Value::from(id.as_str()))
        .into_iter()
        .collect();
    found.push(Value::Array(list));
    found
}

#[cfg(test)]
mod tests {
    use super::super::example::claims;
    use super::{VECTOR, keys};
    use crate::claim::Verdict;

    async fn accused(migrations: &[&str]) -> Vec<String> {
        let context = r#"context = { setting = "request.jwt.claims", claims = '{"sub":"$1","app":{"org":"$1"},"user":{"org":"$1","theme":"dark"}}' }
user_editable_claims = ["user"]"#;
        let contract =
            include_str!("example.toml").replace(r#"context = { setting = "app.tenant_id" }"#, context);
        let claims = super::super::example::claims_with(migrations, &contract).await;
        claims
            .into_iter()
            .filter(|claim| claim.verdict == Verdict::Violated && claim.rule == "isolation/claim")
            .map(|claim| claim.object)
            .collect()
    }

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        assert_eq!(accused(&[VECTOR.bad]).await, ["app.notes"]);
        assert!(accused(&[VECTOR.bad, VECTOR.good]).await.is_empty());
    }

    #[tokio::test]
    async fn a_flag_in_an_editable_claim_is_found_and_a_theme_is_not() {
        let flag = VECTOR.bad.replace(
            "->> 'org')::uuid = tenant_id",
            "->> 'staff')::boolean OR tenant_id = app.tenant()",
        );
        assert_eq!(accused(&[&flag]).await, ["app.notes"]);
        let theme = VECTOR.bad.replace(
            "->> 'org')::uuid = tenant_id",
            "->> 'theme') <> 'x' AND tenant_id = app.tenant()",
        );
        assert!(accused(&[&theme]).await.is_empty());
    }

    #[tokio::test]
    async fn without_editable_claims_nothing_is_said() {
        assert!(
            claims(&[], "")
                .await
                .iter()
                .all(|claim| claim.rule != "isolation/claim")
        );
    }

    #[test]
    fn paths_are_read_through_parentheses_and_casts() {
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            keys("(((auth.jwt() -> 'user'::text) ->> 'org'::text))::uuid = (y ->> 'z'::text)"),
            [path(&["user", "org"]), path(&["z"])]
        );
        assert_eq!(keys("x #>> '{a,b}'::text[]"), [path(&["a", "b"])]);
    }
}
