//! A transaction in which one statement after the other is tried and judged: what it did to the tables, what it left in
//! the log, and whether these agree. At the end all is rolled back.

use std::collections::BTreeSet;

use super::bench::{Bench, Who};
use super::entry::Entry;
use super::happened::{self, Change};
use super::matching::{self, Judged};
use crate::catalog::Name;
use crate::error::Error;
use crate::prove::image::{self, Images};
use crate::prove::session::{Refusal, Session};

/// The transaction.
pub(super) struct Course<'b, 'a> {
    bench: &'b Bench<'a>,
    session: &'b Session,
    /// The tables as they are now, the log aside.
    pub(super) images: Images,
    /// The entries that are known already.
    known: BTreeSet<String>,
    /// What a superuser did beforehand, to be shown with a finding.
    pub(super) prepared: Vec<String>,
}

/// What came of a statement.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing of it is left.
    Refused(Refusal),
    Done(Done),
}

/// What a statement did and left.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) changes: Vec<Change>,
    pub(super) entries: Vec<Entry>,
    pub(super) judged: Judged,
}

/// How a step is judged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Judging {
    /// Whether the entries' actor is looked at.
    pub(super) actor: bool,
    /// Whether one entry of a TRUNCATE stands for all rows that are gone.
    pub(super) truncated: bool,
}

impl<'b, 'a> Course<'b, 'a> {
    /// Begins on the bench's own session.
    pub(super) async fn begin(bench: &'b Bench<'a>) -> Result<Self, Error> {
        Self::begin_on(bench, &bench.session).await
    }

    /// Begins on another session of the bench's clone.
    pub(super) async fn begin_on(bench: &'b Bench<'a>, session: &'b Session) -> Result<Self, Error> {
        session.run(include_str!("course.sql")).await?;
        Ok(Self {
            bench,
            session,
            images: bench.images.clone(),
            known: BTreeSet::new(),
            prepared: Vec::new(),
        })
    }

    /// Back to where it began.
    pub(super) async fn back(&mut self) -> Result<(), Error> {
        self.session.run("ROLLBACK TO SAVEPOINT course").await?;
        self.images = self.bench.images.clone();
        self.known.clear();
        self.prepared.clear();
        Ok(())
    }

    pub(super) async fn end(self) -> Result<(), Error> {
        self.session.run("ROLLBACK").await
    }

    /// Does something as the superuser without triggers, keys and rules, which is not judged. False: it was refused.
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<bool, Error> {
        let sql = format!(
            "SET LOCAL session_replication_role = replica; {sql}; SET LOCAL session_replication_role = origin"
        );
        self.arrange(&sql).await
    }

    /// The same with whatever acts then.
    pub(super) async fn arrange(&mut self, sql: &str) -> Result<bool, Error> {
        let (begun, seen) = tokio::join!(self.session.run("SAVEPOINT step"), self.session.send(sql));
        begun?;
        if seen?.is_refused() {
            self.session
                .run("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
                .await?;
            return Ok(false);
        }
        self.prepared.push(sql.to_owned());
        let fresh = self.fresh().await?;
        self.images.0.extend(fresh.0);
        let entries = self.entries().await?;
        self.known.extend(entries.into_iter().map(|entry| entry.place));
        Ok(true)
    }

    /// Does something as somebody, whatever was deferred at once, and judges it. If it was refused, nothing of it is left.
    pub(super) async fn step(&mut self, who: &Who, sql: &str, judging: Judging) -> Result<Step, Error> {
        let text = format!(
            "{}\n; {sql}\n; SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION",
            who.actor.enter()
        );
        let (begun, seen) = tokio::join!(self.session.run("SAVEPOINT step"), self.session.send(&text));
        begun?;
        if let Some(refusal) = seen?.refused {
            self.session
                .run("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
                .await?;
            return Ok(Step::Refused(refusal));
        }
        let fresh = self.fresh().await?;
        Ok(Step::Done(self.judge(who, fresh, judging).await?))
    }

    /// Judges what another session has committed.
    pub(super) async fn observe(&mut self, who: &Who) -> Result<Done, Error> {
        let fresh = self.all().await?;
        self.judge(who, fresh, Judging::default()).await
    }

    /// Takes what another session has committed as it is.
    pub(super) async fn catch_up(&mut self) -> Result<(), Error> {
        self.images = self.all().await?;
        let entries = self.entries().await?;
        self.known.extend(entries.into_iter().map(|entry| entry.place));
        Ok(())
    }

    /// Every table, read anew.
    async fn all(&self) -> Result<Images, Error> {
        let names: Vec<&Name> = self.images.0.keys().collect();
        Images::of(self.session, &names).await
    }

    async fn judge(&mut self, who: &Who, fresh: Images, judging: Judging) -> Result<Done, Error> {
        let catalog = self.bench.terms.catalog;
        let changes = happened::changes(catalog, &self.images.0, &fresh.0);
        self.images.0.extend(fresh.0);
        let entries = self.entries().await?;
        let actors = |observed: Option<&str>| who.expects(observed);
        let actors: matching::Actors<'_> = if judging.actor { Some(&actors) } else { None };
        let terms = &self.bench.terms;
        let mut judged = matching::judge(terms, &changes, &entries, actors, judging.truncated);
        if judged.is_about_images() {
            let typed = self.bench.log.typed(self.session, terms, &entries).await?;
            judged = matching::judge(terms, &changes, &typed, actors, judging.truncated);
        }
        self.known.extend(entries.iter().map(|entry| entry.place.clone()));
        Ok(Done {
            changes,
            entries,
            judged,
        })
    }

    /// The tables that were written, read anew, once the step is taken.
    async fn fresh(&self) -> Result<Images, Error> {
        let release = "RELEASE SAVEPOINT step";
        let written = image::written(self.session, release, self.bench.terms.catalog).await?;
        let names: Vec<_> = written
            .into_iter()
            .filter(|relation| !self.bench.log.is(self.bench.terms.catalog, relation))
            .map(|relation| &relation.name)
            .collect();
        Images::of(self.session, &names).await
    }

    /// The entries that are not known yet.
    async fn entries(&self) -> Result<Vec<Entry>, Error> {
        let mut entries = self.bench.log.since(self.session, self.bench.first).await?;
        entries.retain(|entry| !self.known.contains(&entry.place));
        Ok(entries)
    }
}
