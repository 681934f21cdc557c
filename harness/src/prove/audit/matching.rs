//! What really happened against what the log says: one entry a change, and each field of it.

use std::collections::BTreeSet;

use super::entry::{Entry, Fit, Recorded};
use super::happened::Change;
use super::images;
use super::problem::{Problem, What};
use super::terms::{self, Terms};
use crate::catalog::Relation;
use crate::contract::Operation;

/// What came of comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) problems: Vec<Problem>,
    /// How many changes had to leave an entry.
    pub(super) required: usize,
}

impl Judged {
    /// Whether some field could only be judged with its image read by type.
    pub(super) fn is_about_images(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| !matches!(problem.what, What::Missing | What::Actor))
    }
}

/// Who an entry may name as the one who acted; None where nothing is asked.
pub(super) type Actors<'a> = Option<&'a dyn Fn(Option<&str>) -> Option<String>>;

/// Compares the changes of a step with the entries that it left.
pub(super) fn judge(
    terms: &Terms<'_>,
    changes: &[Change],
    entries: &[Entry],
    actors: Actors<'_>,
    truncated: bool,
) -> Judged {
    let mut judged = Judged::default();
    let mut left: Vec<&Entry> = entries.iter().filter(|entry| is_ours(terms, entry)).collect();
    if let Some(actors) = actors {
        judge_actors(terms, &left, actors, &mut judged);
    }
    for table in &terms.tables {
        let mut changes: Vec<&Change> = changes
            .iter()
            .filter(|change| change.table == table.name)
            .collect();
        let on = OnTable {
            terms,
            relation: table,
            key: terms::key(table),
        };
        if truncated {
            on.judge_truncation(&mut changes, &mut left, &mut judged);
        }
        judged.required += changes
            .iter()
            .filter(|change| is_required(terms, table, change))
            .count();
        on.judge(&changes, &mut left, &mut judged);
    }
    // What is left tells of something that did not happen.
    for entry in left {
        let table = terms
            .tables
            .iter()
            .find(|table| fits_table(terms, table, &[], entry) == Fit::Yes);
        judged.problems.push(Problem {
            what: What::Extra,
            table: table.map(|table| table.name.clone()),
            operation: entry.operation().ok().flatten(),
            columns: Vec::new(),
            expected: "no entry, since nothing of the kind happened".to_owned(),
            observed: format!("an entry: {}", entry.described()),
        });
    }
    judged
}

/// Whether an entry is about a table of the contract's, or about none that there is.
fn is_ours(terms: &Terms<'_>, entry: &Entry) -> bool {
    let ours = terms.tables.iter().any(|table| any_name(terms, table, entry));
    let others = || {
        terms.catalog.relations.iter().any(|relation| {
            entry
                .field("table")
                .is_some_and(|text| super::entry::names_relation(text, relation))
        })
    };
    ours || !others()
}

/// Whether the entry bears the table's name or a partition's, whichever the contract wants.
fn any_name(terms: &Terms<'_>, table: &Relation, entry: &Entry) -> bool {
    let Some(text) = entry.field("table") else {
        return true;
    };
    terms.catalog.relations.iter().any(|relation| {
        super::happened::root(terms.catalog, relation).name == table.name
            && super::entry::names_relation(text, relation)
    })
}

fn fits_table(terms: &Terms<'_>, table: &Relation, changes: &[&Change], entry: &Entry) -> Fit {
    let leaves: Vec<&Relation> = if changes.is_empty() {
        terms
            .catalog
            .relations
            .iter()
            .filter(|relation| super::happened::root(terms.catalog, relation).name == table.name)
            .collect()
    } else {
        changes
            .iter()
            .flat_map(|change| change.old.iter().chain(&change.new))
            .filter_map(|stored| terms.catalog.relation(&stored.leaf.schema, &stored.leaf.name))
            .collect()
    };
    entry.fits_table(terms, table, &leaves)
}

fn judge_actors(
    terms: &Terms<'_>,
    entries: &[&Entry],
    actors: &dyn Fn(Option<&str>) -> Option<String>,
    judged: &mut Judged,
) {
    for entry in entries {
        let observed = entry.field("actor");
        if let Some(expected) = actors(observed) {
            let table = terms.tables.iter().find(|table| any_name(terms, table, entry));
            judged.problems.push(Problem {
                what: What::Actor,
                table: table.map(|table| table.name.clone()),
                operation: entry.operation().ok().flatten(),
                columns: Vec::new(),
                expected,
                observed: observed.unwrap_or("NULL").to_owned(),
            });
        }
    }
}

/// Whether a change has to leave an entry.
pub(super) fn is_required(terms: &Terms<'_>, table: &Relation, change: &Change) -> bool {
    let operation = change.operation();
    terms.logs(operation)
        && (operation != Operation::Update || !terms.telling(table, &change.changed()).is_empty())
}

/// One table's changes.
struct OnTable<'t, 'a> {
    terms: &'t Terms<'a>,
    relation: &'a Relation,
    key: Vec<String>,
}

impl OnTable<'_, '_> {
    /// Rows that a TRUNCATE took: one entry stands for all of them, or each has its own.
    fn judge_truncation(&self, changes: &mut Vec<&Change>, left: &mut Vec<&Entry>, judged: &mut Judged) {
        let gone: Vec<&Change> = changes
            .iter()
            .copied()
            .filter(|change| change.operation() == Operation::Delete)
            .collect();
        changes.retain(|change| change.operation() != Operation::Delete);
        let is_truncation = |entry: &&Entry| {
            entry.operation() == Ok(Some(Operation::Truncate))
                && fits_table(self.terms, self.relation, &[], entry) != Fit::No
        };
        let entries = left.iter().filter(|entry| is_truncation(entry)).count();
        left.retain(|entry| !is_truncation(entry));
        if gone.is_empty() {
            return;
        }
        judged.required += 1;
        if entries > 0 {
            return;
        }
        let has_its_own = |change: &&Change| left.iter().any(|entry| self.is_about(change, entry));
        if gone.iter().all(has_its_own) {
            self.judge(&gone, left, judged);
            return;
        }
        judged.problems.push(Problem {
            what: What::Missing,
            table: Some(self.relation.name.clone()),
            operation: Some(Operation::Truncate),
            columns: Vec::new(),
            expected: format!(
                "an entry of the TRUNCATE of {}, or of each row",
                self.relation.name
            ),
            observed: format!("none, and {} rows are gone", gone.len()),
        });
    }

    fn judge(&self, changes: &[&Change], left: &mut Vec<&Entry>, judged: &mut Judged) {
        let mut unmatched: Vec<&Change> = Vec::new();
        for change in changes {
            let about: Vec<&Entry> = left
                .iter()
                .copied()
                .filter(|entry| self.is_about(change, entry))
                .collect();
            if about.is_empty() {
                unmatched.push(change);
                continue;
            }
            let (used, problems) = self.chain(change, &about);
            left.retain(|entry| !used.contains(&entry.place.as_str()));
            judged.problems.extend(problems);
        }
        self.transient(left);
        self.loosely(&mut unmatched, left);
        for change in unmatched {
            let problem = self.unmatched(change, left);
            if problem.what != What::Missing || is_required(self.terms, self.relation, change) {
                judged.problems.push(problem);
            }
        }
    }

    /// Whether the entry tells of that row: by its key, or of a table without one by its images.
    fn is_about(&self, change: &Change, entry: &Entry) -> bool {
        if fits_table(self.terms, self.relation, &[change], entry) == Fit::No {
            return false;
        }
        match entry.fits_change(self.relation, &self.key, change) {
            Fit::Yes => true,
            Fit::Unsaid => {
                entry
                    .operation()
                    .is_ok_and(|operation| operation.is_none_or(|operation| operation == change.operation()))
                    && images::problems(self.terms, self.relation, change, entry).is_empty()
                    && entry.field("op").is_some()
            }
            _ => false,
        }
    }

    /// What is wrong with the entries of one row, and which of them were told apart by it. Of several, each goes on
    /// where the one before ended.
    fn chain<'e>(&self, change: &Change, about: &[&'e Entry]) -> (Vec<&'e str>, Vec<Problem>) {
        let orders: Vec<Vec<&Entry>> = if about.len() <= 4 {
            permutations(about)
        } else {
            vec![about.to_vec()]
        };
        let places = |entries: &[&'e Entry]| entries.iter().map(|entry| entry.place.as_str()).collect();
        if about.len() > 1
            && orders
                .iter()
                .any(|order| images::chains(self.terms, self.relation, change, order))
        {
            return (places(about), Vec::new());
        }
        let mut best: Option<(&Entry, Vec<Problem>)> = None;
        for entry in about {
            let problems = images::problems(self.terms, self.relation, change, entry);
            if best
                .as_ref()
                .is_none_or(|(_, least)| problems.len() < least.len())
            {
                best = Some((entry, problems));
            }
        }
        match best {
            // A row that moves, or gets another key, may go and come again: then one of both is not there.
            Some((entry, _))
                if change.operation() == Operation::Update
                    && (change.moved() || self.has_another_key(change))
                    && matches!(entry.operation(), Ok(Some(Operation::Insert | Operation::Delete))) =>
            {
                let lacking = match entry.operation() {
                    Ok(Some(Operation::Insert)) => Operation::Delete,
                    _ => Operation::Insert,
                };
                let problem = Problem {
                    operation: Some(lacking),
                    expected: format!(
                        "an UPDATE, or a DELETE and an INSERT, of {}",
                        images::described(&self.key, change)
                    ),
                    observed: format!("{} alone", entry.described()),
                    ..self.missing(change)
                };
                (vec![entry.place.as_str()], vec![problem])
            }
            Some((entry, problems)) => (vec![entry.place.as_str()], problems),
            None => (Vec::new(), Vec::new()),
        }
    }

    /// Rows that came and went in one step: their entries end where they began.
    fn transient(&self, left: &mut Vec<&Entry>) {
        if self.key.is_empty() {
            return;
        }
        let mut rows: BTreeSet<String> = BTreeSet::new();
        for entry in left.iter() {
            let is_new = entry.operation() == Ok(Some(Operation::Insert));
            if let Some(row) = entry.field("row_id").filter(|_| is_new) {
                rows.insert(row.to_owned());
            }
        }
        for row in rows {
            let of_row = |entry: &&&Entry| {
                entry.field("row_id") == Some(&row)
                    && fits_table(self.terms, self.relation, &[], entry) != Fit::No
            };
            let inserted = left
                .iter()
                .filter(of_row)
                .filter(|entry| entry.operation() == Ok(Some(Operation::Insert)))
                .count();
            let deleted = left
                .iter()
                .filter(of_row)
                .filter(|entry| entry.operation() == Ok(Some(Operation::Delete)))
                .count();
            if inserted == deleted {
                left.retain(|entry| !of_row(&entry));
            }
        }
    }

    /// Rows that no key pairs: an UPDATE takes one that is gone and one that is new.
    fn loosely(&self, unmatched: &mut Vec<&Change>, left: &mut Vec<&Entry>) {
        let mut at = 0;
        while at < left.len() {
            let entry = left[at];
            at += 1;
            if entry.operation() != Ok(Some(Operation::Update)) {
                continue;
            }
            let gone: Vec<usize> = (0..unmatched.len())
                .filter(|number| unmatched[*number].new.is_none())
                .collect();
            let new: Vec<usize> = (0..unmatched.len())
                .filter(|number| unmatched[*number].old.is_none())
                .collect();
            let pair = gone.iter().find_map(|old| {
                new.iter().find_map(|new| {
                    let change = Change {
                        table: self.relation.name.clone(),
                        old: unmatched[*old].old.clone(),
                        new: unmatched[*new].new.clone(),
                    };
                    let fits = fits_table(self.terms, self.relation, &[&change], entry) != Fit::No
                        && matches!(
                            entry.fits_change(self.relation, &self.key, &change),
                            Fit::Yes | Fit::Unsaid
                        )
                        && images::problems(self.terms, self.relation, &change, entry).is_empty();
                    fits.then_some((*old, *new))
                })
            });
            if let Some((old, new)) = pair {
                unmatched.remove(old.max(new));
                unmatched.remove(old.min(new));
                at -= 1;
                left.remove(at);
            }
        }
    }

    /// Why a change has no entry of its own: there is none, or one that lies about which row or table it was.
    fn unmatched(&self, change: &Change, left: &mut Vec<&Entry>) -> Problem {
        let mut problem = self.missing(change);
        let is_like = |entry: &Entry| {
            entry.operation().map_or(true, |operation| {
                operation.is_none_or(|operation| operation == change.operation())
            })
        };
        let by_table = left.iter().position(|entry| {
            is_like(entry) && fits_table(self.terms, self.relation, &[change], entry) != Fit::No
        });
        let by_row = || {
            left.iter().position(|entry| {
                is_like(entry) && entry.fits_change(self.relation, &self.key, change) == Fit::Yes
            })
        };
        if let Some(at) = by_table {
            let entry = left.remove(at);
            let observed = entry.field("row_id").unwrap_or("NULL").to_owned();
            if let Err(word) = entry.operation() {
                problem.what = What::Unclear;
                problem.observed = format!("the operation {word:?}, which names no command");
                return problem;
            }
            match entry.fits_change(self.relation, &self.key, change) {
                Fit::Unsaid => {
                    return images::problems(self.terms, self.relation, change, entry)
                        .into_iter()
                        .next()
                        .unwrap_or(problem);
                }
                Fit::Strange if !Self::is_another_value(change, entry) => {
                    problem.what = What::Unclear;
                    problem.observed =
                        format!("the row is called {observed:?}, and nothing tells how its key is written");
                }
                _ => {
                    problem.what = What::Wrong("row_id");
                    problem.expected = images::key_text(&self.key, change);
                    problem.observed = observed;
                }
            }
        } else if let Some(at) = by_row() {
            let entry = left.remove(at);
            let (field, expected) = match entry.field("table") {
                Some(text) if super::entry::names_relation(text, self.relation) => {
                    ("schema", self.relation.name.schema.clone())
                }
                _ => ("table", self.relation.name.to_string()),
            };
            problem.what = What::Wrong(field);
            problem.expected = expected;
            entry
                .field(field)
                .unwrap_or("NULL")
                .clone_into(&mut problem.observed);
        }
        problem
    }

    /// A change without an entry.
    fn missing(&self, change: &Change) -> Problem {
        let row = images::described(&self.key, change);
        Problem {
            what: What::Missing,
            table: Some(self.relation.name.clone()),
            operation: Some(change.operation()),
            columns: self
                .terms
                .telling(self.relation, &change.changed())
                .into_iter()
                .map(str::to_owned)
                .collect(),
            expected: format!("an entry of the {} of {row}", change.operation()),
            observed: "none".to_owned(),
        }
    }

    fn has_another_key(&self, change: &Change) -> bool {
        let changed = change.changed();
        self.key.iter().any(|column| changed.contains(&column.as_str()))
    }

    /// Whether the entry names the row by a value of it that is not its key, or of another row: that tells no two apart.
    fn is_another_value(change: &Change, entry: &Entry) -> bool {
        let Some(text) = entry.field("row_id") else {
            return true;
        };
        change
            .old
            .iter()
            .chain(&change.new)
            .any(|stored| stored.image.values().any(|value| value.as_deref() == Some(text)))
    }
}

/// All orders of a few.
fn permutations<'e>(all: &[&'e Entry]) -> Vec<Vec<&'e Entry>> {
    if all.len() <= 1 {
        return vec![all.to_vec()];
    }
    let mut orders = Vec::new();
    for at in 0..all.len() {
        let mut rest = all.to_vec();
        let first = rest.remove(at);
        for mut order in permutations(&rest) {
            order.insert(0, first);
            orders.push(order);
        }
    }
    orders
}

/// What an entry holds of a row, for whoever compares.
pub(super) fn image(recorded: &Recorded) -> Option<&crate::prove::image::Image> {
    match recorded {
        Recorded::Row(image) => Some(image),
        _ => None,
    }
}
