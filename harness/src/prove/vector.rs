//! What every area's registry holds: one thing that is tried, with an example that fails and one that does not.

use super::location;
use super::rules::Way;
use crate::claim::{Claim, Severity, Verdict};
use crate::database::Template;
use crate::rows::World;

/// One thing that is tried; `Run` is the function of its area that tries it.
#[derive(Debug)]
pub(super) struct Vector<Run> {
    /// In a few words; the subject of its claims.
    pub(super) name: &'static str,
    /// The rule under which it is reported.
    pub(super) rule: &'static str,
    /// What it is about, for people: one or two sentences.
    pub(super) about: &'static str,
    /// Statements on top of the area's `example.sql` that break it.
    pub(super) bad: &'static str,
    /// Statements on top of those that mend it.
    pub(super) good: &'static str,
    /// Tries it.
    pub(super) run: Run,
}

impl<Run> Vector<Run> {
    /// For whoever explains it.
    pub(super) fn way(&self) -> Way {
        Way {
            name: self.name,
            about: self.about,
            bad: self.bad,
            good: self.good,
        }
    }

    /// The claim that nothing was found on the object, and would have been.
    pub(super) fn proven(&self, template: &Template, object: String, message: String) -> Claim {
        let at = location::of(template, &object);
        Claim::new(
            self.rule,
            object,
            self.name,
            Verdict::Proven,
            Severity::Error,
            message,
        )
        .at(at)
    }

    /// The claim that it could not be tried on the object. Rows that could not be made are the better reason.
    pub(super) fn untried(
        &self,
        template: &Template,
        world: &World,
        object: String,
        severity: Severity,
        why: String,
    ) -> Claim {
        let lacking = world.lacking.iter().find(|lacking| lacking.table == object);
        let why = lacking.map_or(why, |lacking| {
            format!("not every row to try with could be made: {}", lacking.message)
        });
        let message = format!("{} could not be tried on {object}: {why}", self.name);
        let at = location::of(template, &object);
        Claim::new(self.rule, object, self.name, Verdict::Unproven, severity, message).at(at)
    }
}

/// Those of a rule, for whoever explains it.
pub(super) fn ways<Run: 'static>(all: &'static [Vector<Run>], rule: &str) -> impl Iterator<Item = Way> {
    all.iter()
        .filter(move |vector| vector.rule == rule)
        .map(Vector::way)
}
