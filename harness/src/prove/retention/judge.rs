//! What a run did, held against what the contract wants: row by row, in every table.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;
use super::fates::Fate;
use super::kin::{self, RowId};
use super::stage::Performed;
use super::target;
use crate::catalog::{Name, Relation};
use crate::contract::{Action, Returns};
use crate::prove::image::{Change, Image, key};

/// What a run did wrong to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It had to stay, and is gone or anonymised.
    TooEarly,
    /// It had to go, and is there.
    TooLong,
    /// It had to be anonymised, and is gone.
    Removed,
    /// A column that had to be cleared still tells what was in it.
    Uncleared,
    /// It is gone, and not, or not whole, in the archive.
    Unarchived,
    /// It had to stay, and something else of it was changed.
    Changed,
    /// Numbers or times of it were changed, as counters are.
    Counted,
    /// It is of a table that the contract does not name.
    Beside,
}

/// One row that was done wrong to.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) wrong: Wrong,
    pub(super) row: RowId,
    /// The number of the target that it is of.
    pub(super) target: Option<usize>,
    /// What happened, for people.
    pub(super) words: String,
    /// In whose zone.
    pub(super) zone: String,
}

/// A number that came back and does not fit what went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Miscount {
    pub(super) returned: Option<i64>,
    pub(super) least: usize,
    pub(super) most: usize,
}

/// All that a run did.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    pub(super) faults: Vec<Fault>,
    /// The rows of the contract's tables that are gone or were anonymised.
    pub(super) went: BTreeSet<RowId>,
    /// How many of them it has to count at least: those that can have gone by cascade need not be.
    pub(super) least: usize,
    /// How many it may count at most: with what else went with its parents.
    pub(super) most: usize,
}

/// What became of the rows of all tables. A row of another key is another row: what a run removed and what a trigger wrote
/// meanwhile have nothing to do with each other.
pub(super) fn changes(bench: &Bench<'_>, performed: &Performed) -> Vec<Change> {
    let mut changes = Vec::new();
    for change in performed.before.changes(bench.catalog, &performed.after) {
        let relation = bench.catalog.relation(&change.table.schema, &change.table.name);
        let key = relation.map(key).unwrap_or_default();
        match (&change.old, &change.new) {
            (Some(old), Some(new)) if key.iter().any(|column| old.get(column) != new.get(column)) => {
                let (mut gone, mut made) = (change.clone(), change);
                gone.new = None;
                made.old = None;
                made.place = None;
                changes.extend([gone, made]);
            }
            _ => changes.push(change),
        }
    }
    changes
}

/// What the run did, and what of it is wrong.
pub(super) fn of(bench: &Bench<'_>, performed: &Performed) -> Judgement {
    let changes = changes(bench, performed);
    let by_row: BTreeMap<RowId, &Change> = changes
        .iter()
        .filter_map(|change| Some(((change.table.clone(), change.place.clone()?), change)))
        .collect();
    let gone: BTreeSet<RowId> = by_row
        .iter()
        .filter(|(_, change)| change.new.is_none())
        .map(|(row, _)| row.clone())
        .collect();
    let mut judging = Judging {
        bench,
        performed,
        gone: &gone,
        archived: BTreeMap::new(),
        cleared: cleared(&changes),
        found: Judgement::default(),
    };
    let mut rewritten = 0;
    for (row, known) in &performed.fates {
        let change = by_row.get(row).copied();
        let target = &bench.targets[known.target];
        // Written without clearing anything: there was nothing in it.
        rewritten += usize::from(target.is_anonymised() && change.is_some_and(|change| change.new.is_some()));
        judging.contracted(row, known.target, known.fate, change);
    }
    let mut others = 0;
    for (row, change) in &by_row {
        if !performed.fates.contains_key(row) {
            others += usize::from(judging.beside(row, change));
        }
    }
    let mut found = judging.found;
    let cascaded = found
        .went
        .iter()
        .filter(|row| gone.contains(*row) && performed.kin.hangs_on(row, &gone))
        .count();
    found.least = found.went.len() - cascaded;
    let cleared = found.went.iter().filter(|row| !gone.contains(*row)).count();
    found.most = found.went.len() + others + rewritten - cleared;
    found
}

struct Judging<'j, 'b, 'a> {
    bench: &'b Bench<'a>,
    performed: &'j Performed,
    gone: &'j BTreeSet<RowId>,
    /// For each target that is archived the rows that are new there.
    archived: BTreeMap<usize, BTreeSet<Vec<Option<String>>>>,
    /// What the run writes over what it clears, by table and column.
    cleared: BTreeSet<(Name, String, String)>,
    found: Judgement,
}

/// What two rows or more, of which each held something else, hold after the run.
fn cleared(changes: &[Change]) -> BTreeSet<(Name, String, String)> {
    let mut before: BTreeMap<(Name, String, String), BTreeSet<Option<String>>> = BTreeMap::new();
    for change in changes {
        let (Some(old), Some(new)) = (&change.old, &change.new) else {
            continue;
        };
        for (column, written) in new {
            if let (Some(written), Some(was)) = (written, old.get(column))
                && was.as_ref() != Some(written)
            {
                let place = (change.table.clone(), column.clone(), written.clone());
                before.entry(place).or_default().insert(was.clone());
            }
        }
    }
    let several = before.into_iter().filter(|(_, was)| was.len() > 1);
    several.map(|(place, _)| place).collect()
}

impl Judging<'_, '_, '_> {
    /// A row of one of the contract's tables.
    fn contracted(&mut self, row: &RowId, number: usize, fate: Fate, change: Option<&Change>) {
        let target = &self.bench.targets[number];
        let Some(change) = change.filter(|change| change.old != change.new) else {
            let had = self
                .performed
                .before
                .0
                .get(&row.0)
                .and_then(|rows| rows.get(&row.1));
            let nothing_to_clear = target.is_anonymised()
                && had.is_some_and(|image| {
                    target
                        .rule
                        .anonymise
                        .iter()
                        .all(|column| match value(image, column) {
                            None => true,
                            // It was cleared before.
                            Some(text) => {
                                let place = (row.0.clone(), column.clone(), text.to_owned());
                                self.cleared.contains(&place)
                            }
                        })
                });
            if fate == Fate::Go && !nothing_to_clear {
                let what = if target.is_anonymised() {
                    "was not anonymised"
                } else {
                    "is still there"
                };
                self.fault(Wrong::TooLong, row, Some(number), what);
            }
            return;
        };
        let (Some(old), new) = (&change.old, &change.new) else {
            return;
        };
        let Some(new) = new else {
            self.found.went.insert(row.clone());
            match (fate, target.rule.action) {
                (Fate::Stay, _) => {
                    let how = if self.performed.kin.hangs_on(row, self.gone) {
                        "went with the row that it hangs on"
                    } else {
                        "was removed"
                    };
                    self.fault(Wrong::TooEarly, row, Some(number), how);
                }
                (_, Action::Anonymise) => {
                    // What hangs on a row that went has no choice.
                    if !self.performed.kin.hangs_on(row, self.gone) {
                        self.fault(Wrong::Removed, row, Some(number), "was removed, not anonymised");
                    }
                }
                (_, Action::Archive) => self.archived(row, number, old),
                (_, Action::Delete) => {}
            }
            return;
        };
        let cleared = target.is_anonymised()
            && target
                .rule
                .anonymise
                .iter()
                .any(|column| value(old, column) != value(new, column));
        if cleared {
            self.found.went.insert(row.clone());
        }
        match fate {
            Fate::Open => {}
            Fate::Stay if cleared => {
                self.fault(Wrong::TooEarly, row, Some(number), "was anonymised");
            }
            Fate::Stay => self.changed(row, Some(number), old, new),
            Fate::Go if target.is_anonymised() => {
                for column in &target.rule.anonymise {
                    // What holds what the run writes over everything needs no clearing.
                    let is_cleared = |now: &String| {
                        let place = (row.0.clone(), column.clone(), now.clone());
                        self.cleared.contains(&place)
                    };
                    if let (Some(was), Some(now)) = (value(old, column), value(new, column))
                        && tells(was, now)
                        && !(was == now && is_cleared(now))
                    {
                        let what = format!("still has {column} {:?}", super::super::session::short(was));
                        self.fault(Wrong::Uncleared, row, Some(number), &what);
                    }
                }
            }
            Fate::Go => {
                let what = format!("is still there, with {} changed", listed(&differing(old, new)));
                self.fault(Wrong::TooLong, row, Some(number), &what);
            }
        }
    }

    /// A row of a table that the contract does not name. Whether it went with a row that it hung on.
    fn beside(&mut self, row: &RowId, change: &Change) -> bool {
        let Some(old) = &change.old else {
            return false;
        };
        let name = &row.0;
        let lineage = kin::lineage(self.bench.catalog, name);
        let is = |known: &Name| lineage.contains(known);
        // What the run is to clear of copies, and what it archives to, it may write.
        let scrubbed = self.bench.entry.no_copies_in.iter().any(|pattern| {
            lineage
                .iter()
                .any(|name| pattern.matches(&name.schema, &name.name))
        });
        // Of its own rules a run may note what became of them, not what they say.
        let is_rule = self.bench.rules.as_ref().is_some_and(|rules| {
            is(rules.relation_name())
                && change
                    .new
                    .as_ref()
                    .is_some_and(|new| rules.says_the_same(old, new))
        });
        let archive = self
            .bench
            .targets
            .iter()
            .filter_map(|target| target.rule.archive_to.as_ref())
            .any(|archive| is(&target::name(archive)));
        match &change.new {
            None if self.performed.kin.hangs_on(row, self.gone) => return true,
            None if !scrubbed => self.fault(Wrong::Beside, row, None, "was removed"),
            Some(new) if !scrubbed && !archive && !is_rule => self.changed(row, None, old, new),
            _ => {}
        }
        false
    }

    /// A row that had to stay as it was.
    fn changed(&mut self, row: &RowId, number: Option<usize>, old: &Image, new: &Image) {
        let Some(relation) = self.bench.catalog.relation(&row.0.schema, &row.0.name) else {
            return;
        };
        // What pointed to a row that went, and lets go of it, is as it has to be.
        let let_go: BTreeSet<&String> = self
            .performed
            .kin
            .parents(row)
            .iter()
            .filter(|link| link.lets_go && self.gone.contains(&link.other))
            .flat_map(|link| &link.columns)
            .collect();
        let columns: Vec<&String> = differing(old, new)
            .into_iter()
            .filter(|column| !let_go.contains(column))
            .collect();
        if columns.is_empty() {
            return;
        }
        let counts = columns
            .iter()
            .all(|column| is_counter(relation, column, old, new));
        let wrong = match (counts, number) {
            (true, _) => Wrong::Counted,
            (false, Some(_)) => Wrong::Changed,
            (false, None) => Wrong::Beside,
        };
        let what = format!("was changed in {}", listed(&columns));
        self.fault(wrong, row, number, &what);
    }

    /// A row that is gone has to be in the archive, as far as that has the columns.
    fn archived(&mut self, row: &RowId, number: usize, old: &Image) {
        let Some(archive) = &self.bench.targets[number].rule.archive_to else {
            return;
        };
        let archive = target::name(archive);
        let Some(relation) = self.bench.catalog.relation(&archive.schema, &archive.name) else {
            return;
        };
        let common: Vec<&String> = old
            .keys()
            .filter(|column| relation.column(column).is_some())
            .collect();
        let of = |image: &Image| -> Vec<Option<String>> {
            common
                .iter()
                .map(|column| value(image, column).cloned())
                .collect()
        };
        let bench = self.bench;
        let performed = self.performed;
        let archived = self.archived.entry(number).or_insert_with(|| {
            let holders = performed
                .after
                .0
                .iter()
                .filter(|(name, _)| kin::lineage(bench.catalog, name).contains(&archive));
            let new = holders.flat_map(|(name, rows)| {
                let before = performed.before.0.get(name);
                rows.iter()
                    .filter(move |(place, _)| before.is_none_or(|before| !before.contains_key(*place)))
            });
            new.map(|(_, image)| of(image)).collect()
        });
        let whole = of(old);
        if archived.contains(&whole) {
            return;
        }
        let lacks = |there: &Vec<Option<String>>| -> Vec<&String> {
            let pairs = common.iter().zip(there.iter().zip(&whole));
            pairs
                .filter(|(_, (there, was))| there != was)
                .map(|(column, _)| *column)
                .collect()
        };
        let best = archived.iter().map(lacks).min_by_key(Vec::len);
        let what = match best {
            Some(lacks) if lacks.len() * 2 <= common.len() => {
                format!("is in {archive} with another {}", listed(&lacks))
            }
            _ => format!("was removed and is not in {archive}"),
        };
        self.fault(Wrong::Unarchived, row, Some(number), &what);
    }

    fn fault(&mut self, wrong: Wrong, row: &RowId, target: Option<usize>, what: &str) {
        let words = format!("{} {what}", described(self.bench, self.performed, row));
        self.found.faults.push(Fault {
            wrong,
            row: row.clone(),
            target,
            words,
            zone: self.performed.zone.clone(),
        });
    }
}

/// A row for people: its table, what it was made for, its key and its age.
pub(super) fn described(bench: &Bench<'_>, performed: &Performed, row: &RowId) -> String {
    let table = kin::lineage(bench.catalog, &row.0)
        .last()
        .map_or_else(|| row.0.to_string(), Name::to_string);
    let image = performed.before.0.get(&row.0).and_then(|rows| rows.get(&row.1));
    let mut about = Vec::new();
    if let (Some(image), Some(relation)) = (image, bench.catalog.relation(&row.0.schema, &row.0.name)) {
        about.extend(key(relation).iter().map(|column| {
            let value = value(image, column).map_or("NULL", String::as_str);
            format!("{column} {}", super::super::session::short(value))
        }));
    }
    let known = performed.fates.get(row);
    if let Some(target) = known.and_then(|known| bench.targets.get(known.target)) {
        let age = known.and_then(|known| known.age.as_deref()).unwrap_or("NULL");
        about.push(format!("{} {age}", target.age.name));
    }
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    match performed.labels.get(row) {
        Some(label) => format!("a row of {table} that is {label}{about}"),
        None => format!("a row of {table}{about}"),
    }
}

pub(super) fn value<'i>(image: &'i Image, column: &str) -> Option<&'i String> {
    image.get(column)?.as_ref()
}

fn differing<'i>(old: &'i Image, new: &Image) -> Vec<&'i String> {
    old.keys()
        .filter(|column| old.get(*column) != new.get(*column))
        .collect()
}

fn listed(columns: &[&String]) -> String {
    columns
        .iter()
        .map(|column| column.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether a value still tells what it was before.
fn tells(was: &str, now: &str) -> bool {
    if was == now {
        return true;
    }
    let now = now.to_lowercase();
    strings(was)
        .iter()
        .any(|part| part.chars().count() >= 4 && now.contains(&part.to_lowercase()))
}

/// A text, or the texts in a document of JSON.
pub(super) fn strings(text: &str) -> Vec<String> {
    fn collect(document: &serde_json::Value, found: &mut Vec<String>) {
        match document {
            serde_json::Value::String(text) => found.push(text.clone()),
            serde_json::Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
            serde_json::Value::Object(parts) => parts.values().for_each(|part| collect(part, found)),
            _ => {}
        }
    }
    match serde_json::from_str(text) {
        Ok(document @ (serde_json::Value::Object(_) | serde_json::Value::Array(_))) => {
            let mut found = Vec::new();
            collect(&document, &mut found);
            found
        }
        _ => vec![text.to_owned()],
    }
}

/// Numbers that change, and times that move on, are what counters and "last changed" are kept in. What becomes NULL is lost.
fn is_counter(relation: &Relation, column: &str, old: &Image, new: &Image) -> bool {
    let (Some(was), Some(now)) = (value(old, column), value(new, column)) else {
        return value(old, column).is_none();
    };
    let of = |types: &[&str]| {
        relation
            .column(column)
            .is_some_and(|column| types.iter().any(|name| column.data_type.starts_with(name)))
    };
    of(&["integer", "bigint", "smallint", "numeric", "real", "double"])
        || of(&["timestamp", "date"]) && now > was
}

impl Bench<'_> {
    /// Notes what a run of the contract did in passing, and whether it counted right.
    pub(super) fn note(&self, performed: &Performed) {
        if performed.ran.refused.is_some() {
            return;
        }
        let judgement = of(self, performed);
        let is_in_passing = |fault: &&Fault| !matches!(fault.wrong, Wrong::TooEarly | Wrong::TooLong);
        self.passing
            .borrow_mut()
            .extend(judgement.faults.iter().filter(is_in_passing).cloned());
        if self.entry.returns == Some(Returns::Count) {
            let returned = performed.ran.count();
            self.counted.set(self.counted.get() + judgement.most);
            let fits = returned
                .and_then(|returned| usize::try_from(returned).ok())
                .is_some_and(|returned| (judgement.least..=judgement.most).contains(&returned));
            if !fits {
                self.miscounts.borrow_mut().push(Miscount {
                    returned,
                    least: judgement.least,
                    most: judgement.most,
                });
            }
        }
    }
}
