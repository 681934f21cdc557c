//! Sessions that are no tenant's.

use super::{CONTEXT, Vector};
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::contract::Context;
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::isolation::attempt::{Attempt, Verdict, sweep};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;

pub(super) const VECTOR: Vector = Vector {
    name: "no tenant",
    rule: CONTEXT,
    about: "A session whose context was never set, is empty, is malformed or names a stranger reads every relation. It must \
            see no tenant's private rows; an error is as good as nothing.",
    bad: include_str!("nobody.bad.sql"),
    good: include_str!("nobody.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    // Where each tenant logs in as a role of its own, there is no session that is nobody's.
    if matches!(bench.isolation.context, Context::Roles { login: None, .. })
        && bench.isolation.anonymous.is_none()
    {
        return Ok(outcomes);
    }
    let relations: Vec<&Relation> = bench.catalog.relations.iter().collect();
    let looks = super::select::looks(bench, &relations);
    // On a new backend nothing was ever set; this has to come first.
    let session = bench.fresh_session().await?;
    let mut found: Vec<&str> = Vec::new();
    for actor in nobodies(bench) {
        let Some(verdicts) = sweep(&session, &bench.nobodys, &actor, &[], &[], &looks).await? else {
            continue;
        };
        for (look, verdict) in looks.iter().zip(verdicts) {
            if let Verdict::Leak { observed, seen, .. } = verdict
                && !seen.is_refused()
                && !found.contains(&look.object.as_str())
            {
                let attempt = Attempt::reading(&actor, &look.sql);
                let message = format!(
                    "a session that is no tenant's ({}) sees tenants' rows in {}",
                    actor.described, look.object
                );
                let mut finding = VECTOR.finding(&look.object, message, observed, &attempt);
                "no tenant's rows".clone_into(&mut finding.expected);
                outcomes.push(Outcome::Found(finding));
                found.push(&look.object);
            }
        }
    }
    for relation in bench.owned_tables() {
        let object = relation.name.to_string();
        let unset = unset(bench);
        if !found.contains(&object.as_str()) {
            let attempt = Attempt::reading(&unset, bench.privileges.select(relation));
            outcomes.push(if bench.would_show(&attempt).await? {
                Outcome::Held { object }
            } else {
                let why = "no row that could leak is seen with the defences gone either".to_owned();
                Outcome::Blind {
                    object,
                    severity: Severity::Warning,
                    why,
                }
            });
        }
    }
    Ok(outcomes)
}

/// The session that never said whose it is: it has set no context, or become no tenant's role.
fn unset(bench: &Bench<'_>) -> Actor {
    let nobody = bench.attacker.as_nobody(Vec::new(), "context never set");
    match &bench.isolation.context {
        Context::Roles { login: Some(_), .. } => Actor {
            becomes: Vec::new(),
            ..nobody
        },
        _ => nobody,
    }
}

/// Whoever is no tenant, the one without any context first.
pub(super) fn nobodies(bench: &Bench<'_>) -> Vec<Actor> {
    let mut all = Vec::new();
    if !matches!(bench.isolation.context, Context::Roles { login: None, .. }) {
        all.push(unset(bench));
    }
    let attacker = &bench.attacker;
    let context = &bench.isolation.context;
    if let Context::Setting { setting, claims } = context {
        let values = if claims.is_some() {
            vec![
                "",
                "{}",
                "null",
                "[]",
                "no json",
                r#"{"sub":null}"#,
                r#"{"sub":""}"#,
            ]
        } else {
            vec!["", " ", "null", "0", "%", "no identity"]
        };
        all.extend(values.into_iter().map(|value| {
            let described = format!("{setting} = '{value}'");
            attacker.as_nobody(vec![actor::set_config(setting, value)], described)
        }));
    }
    if !matches!(context, Context::Roles { .. }) {
        let mut strangers = vec![String::new(), "%".to_owned(), stranger(&bench.identities)];
        strangers.extend(prefixes(&bench.identities));
        all.extend(strangers.iter().map(|identity| {
            attacker.as_nobody(
                actor::context(context, identity),
                format!("a stranger, '{identity}'"),
            )
        }));
    }
    all.extend(bench.isolation.anonymous.as_deref().map(|role| Actor {
        described: "the anonymous role".to_owned(),
        ..Actor::role(role)
    }));
    all
}

/// An identity of the same form that nobody has.
pub(super) fn stranger(identities: &[String]) -> String {
    let first = identities.first().map_or("", String::as_str);
    if uuid::Uuid::try_parse(first).is_ok() {
        return "5a5a5a5a-0000-4000-8000-00000000005a".to_owned();
    }
    if first.parse::<i64>().is_ok() {
        return "987654321".to_owned();
    }
    "somebody-else".to_owned()
}

/// Identities that a tenant's begins with, and one that begins with it: a comparison by prefix takes them for the tenant.
pub(super) fn prefixes(identities: &[String]) -> Vec<String> {
    let begins = |identity: &String| {
        let length = identity.chars().count();
        [1, length / 2, length.saturating_sub(1)]
            .map(|count| identity.chars().take(count).collect::<String>())
    };
    let mut all: Vec<String> = identities.iter().flat_map(begins).collect();
    all.extend(identities.iter().map(|identity| format!("{identity}0")));
    all.retain(|prefix| !prefix.is_empty() && !identities.contains(prefix));
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }
}
