//! One try: rows are set up, the run is made, and all tables are compared. Everything is taken back, or lies in a clone
//! that is thrown away.

use std::collections::BTreeMap;

use super::bench::Bench;
use super::copy::Specimen;
use super::fates::Fates;
use super::kin::{Kin, RowId};
use super::policies::Rule;
use crate::catalog::Relation;
use crate::database::Database;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::image::Images;
use crate::prove::run::{self, Ran};
use crate::prove::session::Session;
use crate::sql::literal;

/// A try that is being set up.
pub(super) struct Stage<'b, 'a> {
    bench: &'b Bench<'a>,
    /// A clone of its own, where the run ends transactions itself.
    own: Option<(Database, Session)>,
    zone: String,
    /// The rows that were made, by what they are for.
    pub(super) labels: BTreeMap<RowId, String>,
    /// What could not be made, and why.
    pub(super) lacking: Vec<String>,
    /// The rules that the table of rules is to hold; none: one for each target.
    pub(super) rules: Option<Vec<Rule>>,
    /// What a superuser does between setting up and the run.
    pub(super) pause: Option<&'static str>,
}

/// What a run did.
#[derive(Debug, Default)]
pub(super) struct Performed {
    pub(super) before: Images,
    pub(super) after: Images,
    pub(super) fates: Fates,
    pub(super) kin: Kin,
    pub(super) labels: BTreeMap<RowId, String>,
    pub(super) ran: Ran,
    pub(super) zone: String,
    /// Why a rule could not be put into the table of rules.
    pub(super) no_rule: Option<String>,
}

impl Performed {
    /// Whether the run failed over a number or a time that is out of range: what the rows were made with may be beyond what
    /// the project ever holds, and says nothing of the run.
    pub(super) fn overflowed(&self) -> bool {
        let refused = self.ran.refused.as_ref();
        refused.is_some_and(|refusal| matches!(refusal.sqlstate.as_str(), "22003" | "22008" | "22015"))
    }

    /// The rows that were made in that target's table.
    pub(super) fn specimens_of(&self, target: usize) -> impl Iterator<Item = &RowId> {
        self.labels
            .keys()
            .filter(move |row| self.fates.get(row).is_some_and(|known| known.target == target))
    }
}

/// A statement may not run longer than that.
const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '20s'; SET LOCAL lock_timeout = '5s'";

impl<'b, 'a> Stage<'b, 'a> {
    pub(super) async fn begin(
        bench: &'b Bench<'a>,
        own: Option<(Database, Session)>,
        zone: &str,
    ) -> Result<Self, Error> {
        let stage = Self {
            bench,
            own,
            zone: zone.to_owned(),
            labels: BTreeMap::new(),
            lacking: Vec::new(),
            rules: None,
            pause: None,
        };
        stage
            .session()
            .run(&format!(
                "{BEGIN}; {}; SET LOCAL session_replication_role = replica",
                in_zone(zone)
            ))
            .await?;
        Ok(stage)
    }

    pub(super) fn session(&self) -> &Session {
        self.own
            .as_ref()
            .map_or(&self.bench.session, |(_, session)| session)
    }

    /// Makes rows in a target's table; those that can't be made are noted.
    pub(super) async fn make(
        &mut self,
        target: usize,
        specimens: &[Specimen],
    ) -> Result<Vec<Option<RowId>>, Error> {
        let Some(base) = self.bench.bases.get(target).cloned().flatten() else {
            return Ok(vec![None; specimens.len()]);
        };
        let relation = self.bench.targets[target].relation;
        self.make_of(relation, &base, specimens).await
    }

    /// The same in any table, as copies of that row.
    pub(super) async fn make_of(
        &mut self,
        relation: &Relation,
        base: &RowId,
        specimens: &[Specimen],
    ) -> Result<Vec<Option<RowId>>, Error> {
        let made = self
            .bench
            .copier
            .make(self.session(), relation, base, specimens)
            .await?;
        let mut rows = Vec::new();
        for (row, specimen) in made.into_iter().zip(specimens) {
            match row {
                Ok(row) => {
                    self.labels.insert(row.clone(), specimen.words.clone());
                    rows.push(Some(row));
                }
                Err(why) => {
                    self.lacking.push(format!(
                        "a row of {} that is {}: {why}",
                        relation.name, specimen.words
                    ));
                    rows.push(None);
                }
            }
        }
        Ok(rows)
    }

    /// Makes the same row of a target's table many times; how many there are then.
    pub(super) async fn make_many(
        &mut self,
        target: usize,
        specimen: &Specimen,
        copies: u32,
    ) -> Result<usize, Error> {
        let Some(base) = self.bench.bases.get(target).cloned().flatten() else {
            return Ok(0);
        };
        let relation = self.bench.targets[target].relation;
        let made = self
            .bench
            .copier
            .copies(self.session(), relation, &base, &specimen.columns, copies)
            .await?;
        match made {
            Ok(rows) => {
                let number = rows.len();
                self.labels
                    .extend(rows.into_iter().map(|row| (row, specimen.words.clone())));
                Ok(number)
            }
            Err(why) => {
                self.lacking
                    .push(format!("many rows of {}: {why}", relation.name));
                Ok(0)
            }
        }
    }

    /// Something else that a superuser does, unseen by triggers; false: it was refused, and nothing of it is left.
    pub(super) async fn set(&self, sql: &str) -> Result<bool, Error> {
        let session = self.session();
        session.run("SAVEPOINT step").await?;
        let seen = session.send(sql).await?;
        if seen.is_refused() {
            session.run("ROLLBACK TO SAVEPOINT step").await?;
        }
        session.run("RELEASE SAVEPOINT step").await?;
        Ok(!seen.is_refused())
    }

    /// The run of the contract.
    pub(super) async fn perform(&mut self) -> Result<Performed, Error> {
        let statement = self.bench.run.clone();
        let actor = self.bench.actor.clone();
        let performed = self.perform_as(actor.as_ref(), &statement).await?;
        self.bench.note(&performed);
        Ok(performed)
    }

    /// Another statement, as somebody else.
    pub(super) async fn perform_as(
        &mut self,
        actor: Option<&Actor>,
        statement: &str,
    ) -> Result<Performed, Error> {
        let mut performed = Performed {
            zone: self.zone.clone(),
            ..Performed::default()
        };
        if let Some(rules) = &self.bench.rules {
            let wanted = self.rules.take().unwrap_or_else(|| self.bench.plain_rules());
            performed.no_rule = rules.put(self.bench, self.session(), &wanted).await?;
        }
        self.session()
            .run("SET LOCAL session_replication_role = origin")
            .await?;
        if self.own.is_none()
            && let Some(pause) = self.pause
        {
            self.session().run(pause).await?;
        }
        let before = Images::read(self.session(), self.bench.catalog).await?;
        (performed.fates, performed.kin) = self.bench.fates(self.session(), &before).await?;
        performed.before = before;
        self.once_more(actor, statement, &mut performed).await?;
        performed.labels = self.labels.clone();
        Ok(performed)
    }

    /// Runs, and looks at what is there then.
    async fn once_more(
        &self,
        actor: Option<&Actor>,
        statement: &str,
        performed: &mut Performed,
    ) -> Result<(), Error> {
        let catalog = self.bench.catalog;
        match &self.own {
            None => {
                let session = self.session();
                performed.ran = run::within(session, actor, &in_zone(&self.zone), statement).await?;
                performed.after = performed.before.after(session, catalog).await?;
            }
            Some((database, session)) => {
                session.run("COMMIT").await?;
                performed.ran = run::apart(database, session, actor, &self.zone, statement).await?;
                session.run(BEGIN).await?;
                performed.after = Images::read_left(session, catalog).await?;
                session.run(&in_zone(&self.zone)).await?;
            }
        }
        Ok(())
    }

    /// The same run again, right after the first.
    pub(super) async fn again(&self, first: &Performed) -> Result<Performed, Error> {
        if self.own.is_none() {
            // The end of the first run's transaction would have done that.
            self.session().run(include_str!("temporary.sql")).await?;
        }
        let (fates, kin) = self.bench.fates(self.session(), &first.after).await?;
        let mut second = Performed {
            before: first.after.clone(),
            fates,
            kin,
            zone: self.zone.clone(),
            labels: BTreeMap::new(),
            ..Performed::default()
        };
        self.once_more(self.bench.actor.as_ref(), &self.bench.run, &mut second)
            .await?;
        Ok(second)
    }

    /// Ends the setting up for whoever runs in sessions of their own, in a clone of their own: the clone, the superuser's
    /// session, and what is there before anything runs.
    pub(super) async fn commit(self) -> Result<(Database, Session, Performed), Error> {
        let mut performed = Performed {
            zone: self.zone.clone(),
            ..Performed::default()
        };
        if let Some(rules) = &self.bench.rules {
            performed.no_rule = rules
                .put(self.bench, self.session(), &self.bench.plain_rules())
                .await?;
        }
        performed.before = Images::read(self.session(), self.bench.catalog).await?;
        (performed.fates, performed.kin) = self.bench.fates(self.session(), &performed.before).await?;
        self.session().run("COMMIT").await?;
        performed.labels = self.labels;
        if let Some((database, session)) = self.own {
            return Ok((database, session, performed));
        }
        let database = self.bench.own_clone().await?;
        let session = Session::open(&database).await?;
        Ok((database, session, performed))
    }

    /// Takes everything back.
    pub(super) async fn end(self) -> Result<(), Error> {
        self.session().run("ROLLBACK").await
    }
}

/// What puts the transaction into a zone.
pub(super) fn in_zone(zone: &str) -> String {
    format!("SET LOCAL TimeZone = {}", literal(zone))
}
