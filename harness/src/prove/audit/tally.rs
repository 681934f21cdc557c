//! What one vector saw of one table: each statement that was tried, and what came of all of them.

use super::bench::{Bench, Who};
use super::course::{Course, Done, Judging, Step};
use super::finding::{Finding, Outcome};
use super::problem::{Problem, What};
use super::vectors::Vector;
use crate::catalog::Relation;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::session::Refusal;

/// The sum of a vector's steps on a table.
pub(super) struct Tally<'v, 'a> {
    vector: &'v Vector,
    table: &'a Relation,
    found: Vec<Finding>,
    /// Changes that left the entries that they had to, and without these would have been found out.
    held: usize,
    refused: Vec<Refusal>,
    unclear: Option<String>,
    /// What could not be tried.
    lacking: Vec<String>,
}

impl<'v, 'a> Tally<'v, 'a> {
    pub(super) fn new(vector: &'v Vector, table: &'a Relation) -> Self {
        Self {
            vector,
            table,
            found: Vec::new(),
            held: 0,
            refused: Vec::new(),
            unclear: None,
            lacking: Vec::new(),
        }
    }

    /// Tries a statement that is to change something: as the application's role, and where this may not, or nothing
    /// comes of it, as the superuser in the same name.
    pub(super) async fn step(
        &mut self,
        bench: &Bench<'_>,
        course: &mut Course<'_, '_>,
        sql: &str,
    ) -> Result<Option<Done>, Error> {
        let judging = Judging::default();
        match course.step(&bench.one, sql, judging).await? {
            Step::Done(done) if !done.changes.is_empty() || !done.entries.is_empty() => {
                Ok(Some(self.done(course, &bench.one, sql, done)))
            }
            _ => self.step_as(course, &bench.owner, sql, judging).await,
        }
    }

    /// Tries a statement as that one. None: it was refused.
    pub(super) async fn step_as(
        &mut self,
        course: &mut Course<'_, '_>,
        who: &Who,
        sql: &str,
        judging: Judging,
    ) -> Result<Option<Done>, Error> {
        match course.step(who, sql, judging).await? {
            Step::Done(done) => Ok(Some(self.done(course, who, sql, done))),
            Step::Refused(refusal) => {
                if !self.refused.contains(&refusal) {
                    self.refused.push(refusal);
                }
                Ok(None)
            }
        }
    }

    fn done(&mut self, course: &Course<'_, '_>, who: &Who, sql: &str, done: Done) -> Done {
        for problem in &done.judged.problems {
            self.add(course, who, sql, problem);
        }
        if done.judged.problems.is_empty() {
            self.held += done.judged.required;
        }
        done
    }

    fn add(&mut self, course: &Course<'_, '_>, who: &Who, sql: &str, problem: &Problem) {
        if problem.what == What::Unclear {
            self.unclear.get_or_insert_with(|| problem.observed.clone());
            return;
        }
        let same = |finding: &&mut Finding| {
            (
                finding.problem.what,
                &finding.problem.table,
                finding.problem.operation,
            ) == (problem.what, &problem.table, problem.operation)
        };
        if let Some(known) = self.found.iter_mut().find(same) {
            for column in &problem.columns {
                if !known.problem.columns.contains(column) {
                    known.problem.columns.push(column.clone());
                }
            }
            return;
        }
        let mut statements = vec!["BEGIN".to_owned()];
        statements.extend(course.prepared.iter().cloned());
        statements.extend(who.actor.replay());
        statements.push(sql.to_owned());
        self.found.push(Finding {
            subject: self.vector.name,
            problem: problem.clone(),
            role: who.actor.effective().to_owned(),
            context: who.actor.described.clone(),
            sql: statements,
        });
    }

    /// Something that should have been tried and was not.
    pub(super) fn lacks(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.lacking.contains(&what) {
            self.lacking.push(what);
        }
    }

    /// Whether nothing was found yet.
    pub(super) fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn last_refusal(&self) -> Option<&Refusal> {
        self.refused.last()
    }

    /// What comes of it all. A denial by the application is no lack: there is nothing to log then.
    pub(super) fn outcomes(self) -> Vec<Outcome> {
        if !self.found.is_empty() {
            return self.found.into_iter().map(Outcome::Found).collect();
        }
        let object = self.table.name.to_string();
        let blind = |severity, why: String| {
            vec![Outcome::Blind {
                object: object.clone(),
                severity,
                why,
            }]
        };
        if let Some(why) = self.unclear {
            return blind(
                Severity::Warning,
                format!("an entry can't be understood: it has {why}"),
            );
        }
        if self.held > 0 && self.lacking.is_empty() {
            return vec![Outcome::Held { object }];
        }
        if !self.lacking.is_empty() {
            return blind(Severity::Warning, self.lacking.join("; "));
        }
        match self.refused.last() {
            // The application itself refuses it, whoever asks.
            Some(refusal) if refusal.sqlstate == "P0001" || refusal.sqlstate == "42501" => blind(
                Severity::Info,
                format!("it is refused, so there is nothing to log: {}", refusal.message),
            ),
            Some(refusal) => blind(Severity::Warning, refusal.message.clone()),
            None => blind(Severity::Warning, "no row of it could be changed so".to_owned()),
        }
    }
}
