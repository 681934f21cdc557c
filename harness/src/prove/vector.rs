//! What every area's registry holds: one thing that is tried, with an example that fails and one that does not.

use super::rules::Way;

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
}

/// Those of a rule, for whoever explains it.
pub(super) fn ways<Run: 'static>(all: &'static [Vector<Run>], rule: &str) -> impl Iterator<Item = Way> {
    all.iter()
        .filter(move |vector| vector.rule == rule)
        .map(Vector::way)
}
