//! What one vector saw of one table: each statement that was tried, and what came of all of them.

use super::bench::{Bench, People, Who};
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
    /// Why there is nothing to try, and that is all right.
    passed: Option<String>,
    /// Who acts, where it is not the first.
    people: Option<People>,
    judging: Judging,
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
            passed: None,
            people: None,
            judging: Judging::default(),
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
        let (people, judging) = (
            self.people.clone().unwrap_or_else(|| bench.people[0].clone()),
            self.judging,
        );
        match course.step(people.application(), sql, judging).await? {
            Step::Done(done) if !done.changes.is_empty() || !done.entries.is_empty() => {
                Ok(Some(self.done(course, people.application(), sql, done)))
            }
            _ => self.step_as(course, people.superuser(), sql, judging).await,
        }
    }

    /// From now on these act, and the entries have to name them.
    pub(super) fn acting(&mut self, people: &People, named: bool) {
        self.people = Some(people.clone());
        self.judging.actor = named;
    }

    /// Tries a statement that is to change so many rows at least, which the application's role may not all see. False:
    /// it did not.
    pub(super) async fn step_on(
        &mut self,
        bench: &Bench<'_>,
        course: &mut Course<'_, '_>,
        sql: &str,
        least: usize,
    ) -> Result<bool, Error> {
        let superuser = bench.people[0].superuser();
        let done = self.step_as(course, superuser, sql, self.judging).await?;
        Ok(done.is_some_and(|done| done.changes.len() >= least))
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
                // The last is the last, whether or not it is the first of its kind.
                self.refused.retain(|known| *known != refusal);
                self.refused.push(refusal);
                Ok(None)
            }
        }
    }

    /// Takes what a statement did into account.
    pub(super) fn done(&mut self, course: &Course<'_, '_>, who: &Who, sql: &str, done: Done) -> Done {
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

    /// A statement was refused with these words.
    pub(super) fn is_refused(&mut self, sqlstate: &str, message: &str) {
        self.refused.push(Refusal {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
        });
    }

    /// Whether some change left an entry, be it the right one or not.
    pub(super) fn has_seen(&self) -> bool {
        self.held > 0 || !self.found.is_empty()
    }

    /// Something that should have been tried and was not.
    pub(super) fn lacks(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.lacking.contains(&what) {
            self.lacking.push(what);
        }
    }

    /// There is nothing to try, for a good reason.
    pub(super) fn passes(&mut self, why: impl Into<String>) {
        self.passed = Some(why.into());
    }

    /// A step that was to leave nothing in the log did so.
    pub(super) fn nothing_happened(&mut self) {
        self.held += 1;
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
        if let Some(why) = self.passed {
            return blind(Severity::Info, why);
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
