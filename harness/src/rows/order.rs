//! In which order tables are filled: what is pointed to comes first; what points in a circle goes in together, or is
//! pointed to later.

use std::collections::{BTreeMap, BTreeSet};

use super::table::Table;

/// Tables whose rows go in with one statement; nearly always it is one table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) tables: Vec<usize>,
    /// Keys, by table and place, that are NULL at first since what they point to is not there yet.
    pub(super) postponed: BTreeSet<(usize, usize)>,
}

/// Takes a way to the owner out of the keys where the owner's table itself points here: whoever has a membership owns
/// the organisation, and the membership points to it. Then each row here needs a row there.
pub(super) fn turn_round(tables: &mut [Table<'_>]) {
    let index = index(tables);
    let edges = edges(tables, &index, true);
    for at in 0..tables.len() {
        let oid = tables[at].oid();
        let Some(key) = tables[at].keys.iter().position(|key| key.constraint.is_none()) else {
            continue;
        };
        let Some(&parent) = index.get(&tables[at].keys[key].parent) else {
            continue;
        };
        if reachable(parent, &edges).contains(&at) {
            tables[at].keys.remove(key);
            tables[parent].follows.insert(oid);
        }
    }
}

pub(super) fn index(tables: &[Table<'_>]) -> BTreeMap<u32, usize> {
    tables
        .iter()
        .enumerate()
        .map(|(at, table)| (table.oid(), at))
        .collect()
}

type Edges = Vec<BTreeSet<usize>>;

/// What must be there before each table's rows; with `optional` also what would better be.
fn edges(tables: &[Table<'_>], index: &BTreeMap<u32, usize>, optional: bool) -> Edges {
    let mut edges: Edges = tables
        .iter()
        .enumerate()
        .map(|(at, table)| {
            table
                .keys
                .iter()
                .filter(|key| (key.mandatory || optional) && key.constraint.is_some())
                .filter_map(|key| index.get(&key.parent).copied())
                .filter(|&parent| parent != at)
                .collect()
        })
        .collect();
    // A partitioned table is full when its partitions are.
    for (at, table) in tables.iter().enumerate() {
        if let Some(&parent) = table.parent.and_then(|parent| index.get(&parent)) {
            edges[parent].insert(at);
        }
    }
    // A partitioned table itself takes no rows, so its keys are its partitions' matter.
    for (at, table) in tables.iter().enumerate() {
        if table.is_partitioned() {
            let partitions: BTreeSet<usize> = edges[at]
                .iter()
                .copied()
                .filter(|&other| tables[other].parent == Some(table.oid()))
                .collect();
            edges[at] = partitions;
        }
    }
    edges
}

fn with_owners(tables: &[Table<'_>], index: &BTreeMap<u32, usize>, mut edges: Edges) -> Edges {
    for (at, table) in tables.iter().enumerate() {
        for key in table.keys.iter().filter(|key| key.constraint.is_none()) {
            if let Some(&parent) = index.get(&key.parent).filter(|&&parent| parent != at) {
                edges[at].insert(parent);
            }
        }
    }
    edges
}

fn reachable(from: usize, edges: &Edges) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<usize> = edges[from].iter().copied().collect();
    while let Some(next) = waiting.pop() {
        if found.insert(next) {
            waiting.extend(&edges[next]);
        }
    }
    found
}

/// Every table once.
pub(super) fn units(tables: &[Table<'_>]) -> Vec<Unit> {
    let index = index(tables);
    let all = with_owners(tables, &index, edges(tables, &index, true));
    let mandatory = with_owners(tables, &index, edges(tables, &index, false));
    let mut done: BTreeSet<usize> = BTreeSet::new();
    let mut units = Vec::new();
    while done.len() < tables.len() {
        let left: Vec<usize> = (0..tables.len()).filter(|at| !done.contains(at)).collect();
        let ready = |edges: &Edges| left.iter().copied().find(|&at| edges[at].is_subset(&done));
        let next = match ready(&all).or_else(|| ready(&mandatory)) {
            Some(one) => vec![one],
            None => circle(&left, &mandatory, &done),
        };
        let postponed = next
            .iter()
            .flat_map(|&at| {
                let (index, next, done) = (&index, &next, &done);
                tables[at]
                    .keys
                    .iter()
                    .enumerate()
                    .filter(move |(_, key)| {
                        !key.mandatory
                            && index.get(&key.parent).is_some_and(|parent| {
                                *parent != at
                                    && !done.contains(parent)
                                    && (next.len() == 1 || !next.contains(parent))
                            })
                    })
                    .map(move |(key, _)| (at, key))
            })
            .collect();
        done.extend(&next);
        units.push(Unit {
            tables: next,
            postponed,
        });
    }
    units
}

/// The smallest set of tables that point only to each other and to what is done.
fn circle(left: &[usize], edges: &Edges, done: &BTreeSet<usize>) -> Vec<usize> {
    left.iter()
        .map(|&at| -> BTreeSet<usize> {
            let mut round: BTreeSet<usize> = reachable(at, edges).difference(done).copied().collect();
            round.insert(at);
            round
        })
        .min_by_key(BTreeSet::len)
        .unwrap_or_default()
        .into_iter()
        .collect()
}
