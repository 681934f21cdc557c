//! The isolation matrix: what each role was seen to reach of each table, command by command. It judges nothing; the claims do.
//!
//! Each cell is an observation in a transaction that is taken back: who wrote a row is known by the rows that are no
//! longer where they were. Where something else than a privilege or a policy refuses, the same is tried on one row
//! alone; a cell that stays in doubt says so.

mod commands;

use std::collections::{BTreeMap, BTreeSet};

use super::attempt::BEGIN;
use super::bench::Bench;
use super::finding::Finding;
use super::frozen;
use super::ownership::Ownership;
use super::privileges::Privileges;
use super::vectors::role_meant;
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::session::{Refusal, Session};
use crate::report::{Command, Reach, Reached};
use crate::sql::{literal, qualified};

/// Columns that an UPDATE is tried on, and rows of a kind that are tried alone.
const MOST: usize = 3;

/// Whose a row is to the one who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Own,
    Shared,
    /// Another's that anyone may read.
    Public,
    /// Another's, or internal.
    Other,
}

/// Who acts.
struct Role {
    name: String,
    actor: Actor,
    identity: Option<String>,
    privileges: Privileges,
}

/// One role before one table.
struct Ground<'a> {
    bench: &'a Bench<'a>,
    session: &'a Session,
    role: &'a Role,
    relation: &'a Relation,
    /// Quoted.
    name: String,
    /// SQL that says whose a row `t` is.
    whose: String,
    /// Every row by where it is.
    known: BTreeMap<String, Whose>,
}

/// What one cell will say: rows of these kinds were reached, or why that can't be told.
type Cell = Result<BTreeSet<Whose>, String>;

/// Fills the matrix. What vectors have found is in it, too: they try more than this does.
pub(super) async fn observe(bench: &Bench<'_>, findings: &[Finding]) -> Result<Vec<Reach>, Error> {
    let mut matrix = Vec::new();
    for role in roles(bench).await? {
        // On a backend of its own no other's context was ever set.
        let session = bench.fresh_session().await?;
        let entered = session.each(&format!("{BEGIN};\n{}", role.actor.enter())).await?;
        session.run("ROLLBACK").await?;
        for relation in &bench.catalog.relations {
            let Some(ground) = Ground::look(bench, &session, &role, relation).await? else {
                continue;
            };
            for command in Command::ALL {
                let mut cell = match &entered {
                    Ok(_) => ground.observe(command).await?,
                    Err(refusal) => Err(refusal.message.clone()),
                };
                for whose in found(bench, findings, &role, relation, command) {
                    let mut reached = cell.unwrap_or_default();
                    reached.insert(whose);
                    cell = Ok(reached);
                }
                matrix.push(ground.reach(command, cell));
            }
        }
    }
    Ok(matrix)
}

/// The tenants' role as A, the anonymous one, and the contract's others.
async fn roles(bench: &Bench<'_>) -> Result<Vec<Role>, Error> {
    let mut roles = vec![Role {
        name: bench.attacker.effective().to_owned(),
        actor: bench.attacker.clone(),
        identity: bench.identities.first().cloned(),
        privileges: Privileges::read(&bench.session, bench.attacker.effective()).await?,
    }];
    let exists = |role: &&String| bench.catalog.roles.iter().any(|known| known.name == **role);
    if let Some(anonymous) = bench.isolation.anonymous.as_ref().filter(exists) {
        let actor = Actor::role(anonymous)
            .with_settings(&bench.session, bench.database_name())
            .await?;
        roles.push(Role {
            name: anonymous.clone(),
            privileges: Privileges::read(&bench.session, actor.effective()).await?,
            actor,
            identity: None,
        });
    }
    for other in role_meant::others(bench).await? {
        let tenant = other.tenant.as_ref();
        roles.push(Role {
            name: other.actor.login.clone(),
            identity: tenant.and(bench.identities.first()).cloned(),
            actor: other.tenant.unwrap_or(other.actor),
            privileges: other.privileges,
        });
    }
    // One name, two contexts: the matrix must not show two rows as one.
    let mut names = BTreeSet::new();
    for role in &mut roles {
        if !names.insert(role.name.clone()) {
            role.name = format!("{} (no tenant)", role.name);
        }
    }
    Ok(roles)
}

/// What a vector reached by that command as that role.
fn found(
    bench: &Bench<'_>,
    findings: &[Finding],
    role: &Role,
    relation: &Relation,
    command: Command,
) -> Vec<Whose> {
    let object = relation.name.to_string();
    let subject = command.to_string().to_lowercase();
    let concerns = |finding: &&Finding| {
        finding.subject == subject
            && finding.object == object
            && finding.severity == Severity::Error
            && finding.attempt.actor == role.actor
            && role.actor == bench.attacker
            // A write may have reached rows of another table.
            && (command == Command::Select || finding.observed.split(' ').any(|word| word == object))
    };
    findings
        .iter()
        .filter(concerns)
        .map(|finding| {
            if command != Command::Select && finding.observed.contains("shared rows") {
                Whose::Shared
            } else {
                Whose::Other
            }
        })
        .collect()
}

impl<'a> Ground<'a> {
    /// None: nobody says whose the table's rows are, or it is a partition that the role can't name.
    async fn look(
        bench: &'a Bench<'a>,
        session: &'a Session,
        role: &'a Role,
        relation: &'a Relation,
    ) -> Result<Option<Self>, Error> {
        if !relation.kind.is_table() || relation.is_partition() && !role.privileges.reaches(&relation.name) {
            return Ok(None);
        }
        let Some(table) = bench.owners.find(&relation.name) else {
            return Ok(None);
        };
        let predicates = match table.ownership {
            Ownership::Internal => Some(("true".to_owned(), "false".to_owned(), "false".to_owned())),
            _ => frozen::predicates(table, role.identity.as_deref(), &bench.identities),
        };
        let Some((foreign, shared, public)) = predicates else {
            return Ok(None);
        };
        let own = match (&table.ownership, &role.identity) {
            (Ownership::Tenants(path), Some(identity)) => {
                format!("{} = ANY ({})", literal(identity), path.owners())
            }
            _ => "false".to_owned(),
        };
        let mut ground = Self {
            bench,
            session,
            role,
            relation,
            name: qualified(&relation.name.schema, &relation.name.name),
            whose: format!(
                "CASE WHEN {shared} THEN 'shared' WHEN {foreign} AND {public} THEN 'public' \
                 WHEN {foreign} THEN 'other' WHEN {own} THEN 'own' ELSE 'shared' END"
            ),
            known: BTreeMap::new(),
        };
        if let Ok(answers) = session.each(&ground.listing()).await? {
            ground.known = listed(
                answers
                    .last()
                    .map(|answer| answer.rows.as_slice())
                    .unwrap_or_default(),
            );
        }
        Ok(Some(ground))
    }

    /// Where each row is, and whose.
    fn listing(&self) -> String {
        format!(
            "SELECT t.tableoid, t.ctid, {} FROM {} AS t",
            self.whose, self.name
        )
    }

    async fn observe(&self, command: Command) -> Result<Cell, Error> {
        if let Some(why) = self.lacks_rows() {
            return Ok(Err(why.to_owned()));
        }
        match command {
            Command::Select => self.select().await,
            Command::Insert => self.insert().await,
            Command::Update => self.update().await,
            Command::Delete => self.write(&format!("DELETE FROM {}", self.name)).await,
            Command::Truncate => self.write(&format!("TRUNCATE {}", self.name)).await,
        }
    }

    /// What reaches nothing where nothing is says nothing.
    fn lacks_rows(&self) -> Option<&'static str> {
        let has = |whose: &[Whose]| self.known.values().any(|known| whose.contains(known));
        let tenants = self
            .bench
            .owners
            .find(&self.relation.name)
            .is_some_and(|table| matches!(table.ownership, Ownership::Tenants(_)));
        if self.known.is_empty() {
            Some("there are no rows to reach")
        } else if tenants && !has(&[Whose::Other, Whose::Public]) {
            Some("there is no row of another tenant")
        } else if tenants && self.role.identity.is_some() && !has(&[Whose::Own]) {
            Some("there is no row of its own")
        } else {
            None
        }
    }

    /// Sends statements as superuser, then one as the actor, and lists the rows at its end, before all is taken back.
    async fn attempt(
        &self,
        world: &str,
        sql: &str,
    ) -> Result<Result<BTreeMap<String, Whose>, Refusal>, Error> {
        let text = format!(
            "{BEGIN};\n{world};\n{};\n{sql}\n; SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; {}",
            self.role.actor.enter(),
            self.listing()
        );
        let ended = self.session.each(&text).await?;
        self.session.run("ROLLBACK").await?;
        Ok(ended.map(|answers| {
            listed(
                answers
                    .last()
                    .map(|last| last.rows.as_slice())
                    .unwrap_or_default(),
            )
        }))
    }

    fn reach(&self, command: Command, cell: Cell) -> Reach {
        let (reached, why) = match cell {
            Ok(whose) => (reached(command, &whose), None),
            Err(why) => (Reached::Untried, Some(why)),
        };
        Reach {
            role: self.role.name.clone(),
            relation: self.relation.name.to_string(),
            command,
            reached,
            why,
        }
    }
}

fn reached(command: Command, whose: &BTreeSet<Whose>) -> Reached {
    let has = |one| whose.contains(&one);
    let reading = command == Command::Select;
    let shared = has(Whose::Shared) || reading && has(Whose::Public);
    if has(Whose::Other) || !reading && has(Whose::Public) {
        Reached::All
    } else if has(Whose::Own) && shared {
        Reached::OwnAndShared
    } else if has(Whose::Own) {
        Reached::Own
    } else if shared {
        Reached::Shared
    } else {
        Reached::None
    }
}

fn listed(rows: &[String]) -> BTreeMap<String, Whose> {
    let whose = |text| match text {
        "own" => Whose::Own,
        "public" => Whose::Public,
        "other" => Whose::Other,
        _ => Whose::Shared,
    };
    rows.iter()
        .filter_map(|row| row.rsplit_once(" | "))
        .map(|(place, text)| (place.to_owned(), whose(text)))
        .collect()
}

#[cfg(test)]
mod tests;
