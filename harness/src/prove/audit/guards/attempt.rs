//! One try against the log itself, and what became of its rows.

use crate::catalog::{Name, Relation, RelationKind};
use crate::error::Error;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::image::{Change, Images};
use crate::prove::run;

/// What came of it.
pub(super) struct Tried {
    /// Whether it was refused.
    pub(super) refused: bool,
    /// What became of the log's rows.
    pub(super) changes: Vec<Change>,
}

impl Tried {
    /// An entry that was there and is changed or gone.
    pub(super) fn lost(&self) -> Option<&Change> {
        self.changes.iter().find(|change| change.old.is_some())
    }

    /// An entry that is new.
    pub(super) fn added(&self) -> Option<&Change> {
        self.changes.iter().find(|change| change.old.is_none())
    }
}

/// Does it in a transaction that is taken back.
pub(super) async fn attempt(bench: &Bench<'_>, prepared: &str, who: &Who, sql: &str) -> Result<Tried, Error> {
    let session = &bench.session;
    session.run("BEGIN; SET LOCAL lock_timeout = '5s'").await?;
    let tried = async {
        if !prepared.is_empty() {
            session.run(prepared).await?;
        }
        let names = leaves(bench);
        let before = Images::of(session, &names).await?;
        // Apart, for of a message that can't be parsed nothing is done.
        session.run("SAVEPOINT attempt").await?;
        let text = format!(
            "{}\n; {sql}\n; SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION",
            who.actor.enter()
        );
        let seen = session.send(&text).await?;
        if seen.is_refused() {
            session.run("ROLLBACK TO SAVEPOINT attempt").await?;
        }
        let after = Images::of(session, &names).await?;
        let changes = before.changes(bench.terms.catalog, &after);
        Ok(Tried {
            refused: seen.is_refused(),
            changes,
        })
    }
    .await;
    session.run("ROLLBACK").await?;
    tried
}

/// The tables in which the log's rows are stored.
pub(super) fn leaves<'a>(bench: &'a Bench<'_>) -> Vec<&'a Name> {
    family(bench)
        .into_iter()
        .filter(|relation| relation.kind == RelationKind::Table)
        .map(|relation| &relation.name)
        .collect()
}

/// The log and its partitions.
pub(super) fn family<'a>(bench: &'a Bench<'_>) -> Vec<&'a Relation> {
    let catalog = bench.terms.catalog;
    let relations = catalog.relations.iter();
    relations
        .filter(|relation| relation.kind.is_table() && bench.log.is(catalog, relation))
        .collect()
}

/// The application's role, and the same after SET ROLE to each that it is a member of. Nobody, where the contract names
/// no such role.
pub(super) fn attackers(bench: &Bench<'_>) -> Vec<Who> {
    let role = bench.one.actor.effective();
    if role == bench.superuser() {
        return Vec::new();
    }
    let mut all = vec![bench.one.clone()];
    for role in run::becomes(bench.terms.catalog, role) {
        let mut who = bench.one.clone();
        who.actor.becomes.push(role);
        all.push(who);
    }
    all
}
