//! Which functions can have a say in what a session of a tenant does. What an operator alone may call decides nothing
//! there: its texts need no rows of their own, and nothing depends on what they name.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Function};
use crate::contract::Isolation;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::mention::Mentions;
use crate::prove::session::Session;
use crate::sql::literal;

/// The catalog without the bodies of functions that no session can reach: neither by itself, nor by triggers, policies and
/// views, nor by other functions.
pub(super) async fn catalog(
    session: &Session,
    all: &Catalog,
    isolation: &Isolation,
    actors: &[&Actor],
) -> Result<Catalog, Error> {
    let mut reached = called(session, isolation, actors).await?;
    let named = all.relations.iter().flat_map(|relation| {
        let policies = relation
            .policies
            .iter()
            .flat_map(|policy| [&policy.using, &policy.with_check]);
        let defaults = relation.columns.iter().map(|column| &column.default);
        let rules = relation.rules.iter().map(|rule| rule.definition.as_str());
        let checks = relation
            .constraints
            .iter()
            .map(|constraint| constraint.definition.as_str());
        policies
            .chain(defaults)
            .chain([&relation.definition])
            .flatten()
            .map(String::as_str)
            .chain(rules)
            .chain(checks)
    });
    let mut texts: Vec<Mentions> = named.map(Mentions::of).collect();
    let bodies = all
        .functions
        .iter()
        .filter(|function| reached.contains(&function.oid.0));
    texts.extend(
        bodies
            .filter_map(|function| function.body.as_deref())
            .map(Mentions::of),
    );
    // What is called by what is called.
    while let Some(text) = texts.pop() {
        for function in all.functions.iter().filter(|function| text.name(&function.name)) {
            if reached.insert(function.oid.0) {
                texts.extend(function.body.as_deref().map(Mentions::of));
            }
        }
    }
    let mut catalog = all.clone();
    let out_of_reach = |function: &&mut Function| !reached.contains(&function.oid.0);
    for function in catalog.functions.iter_mut().filter(out_of_reach) {
        function.body = None;
    }
    Ok(catalog)
}

/// The functions that the roles of the contract may call, and those that fire by themselves.
async fn called(session: &Session, isolation: &Isolation, actors: &[&Actor]) -> Result<BTreeSet<u32>, Error> {
    let of_actors = actors
        .iter()
        .flat_map(|actor| [actor.login.as_str(), actor.effective()]);
    let others = isolation
        .roles
        .keys()
        .chain(&isolation.anonymous)
        .map(String::as_str);
    let roles: BTreeSet<&str> = of_actors.chain(others).collect();
    let known = "SELECT rolname FROM pg_catalog.pg_roles ORDER BY rolname";
    let known: Vec<String> = session
        .rows(known)
        .await?
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    let roles: Vec<String> = roles
        .into_iter()
        .filter(|role| known.iter().any(|known| known == role))
        .map(literal)
        .collect();
    let query = include_str!("reachable.sql").replace("$1", &format!("ARRAY[{}]", roles.join(", ")));
    let rows = session.rows(&query).await?;
    Ok(rows
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|oid| oid.parse().ok())
        .collect())
}
