//! One row's values: what keys and the owner say first, then candidates, as far as the checks take them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row as _};

use super::session::{Refusal, attempt};
use super::solve::{self, Combination};
use super::table::{Key, Table};
use super::types::Types;
use super::value::{self, Candidate, Mark, Seed, Stream};
use super::{Owner, RowsError, Tenant};
use crate::sql::identifier;

/// How often candidates are mixed anew where none of their combinations fits the checks.
const MIXED: usize = 8;
/// The most rows that a key may point to that checks choose from.
const TARGETS: usize = 12;

/// A row that is in.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// The tenant that it was made for.
    pub(super) side: char,
    /// Columns that were to be just so, and stay.
    pub(super) wanted: BTreeSet<usize>,
    pub(super) values: BTreeMap<String, Option<String>>,
}

/// What rows are made of.
pub(super) struct Ground<'a> {
    pub(super) types: Types,
    pub(super) tables: Vec<Table<'a>>,
    pub(super) index: BTreeMap<u32, usize>,
    /// Rows by their table's oid; a partitioned table has those of its partitions.
    pub(super) pools: BTreeMap<u32, Vec<Made>>,
    /// Rows that were there before, of tables that nobody filled, by the question that found them.
    pub(super) found: BTreeMap<String, Vec<Vec<Option<String>>>>,
    /// Whether a type takes a text, where that was asked.
    pub(super) taken: BTreeMap<(u32, String), bool>,
}

/// What is wanted of a row.
#[derive(Clone)]
pub(super) struct Wish<'w> {
    pub(super) table: usize,
    pub(super) tenant: &'w Tenant,
    /// Which of the rows that a key may point to it points to.
    pub(super) turn: usize,
    /// Makes values differ.
    pub(super) number: u32,
    /// These columns are to be just so.
    pub(super) wanted: &'w [(usize, Option<String>)],
    /// These keys stay NULL, or are filled in by the caller.
    pub(super) open: &'w BTreeSet<usize>,
    /// Only what has no default and takes no NULL gets a value.
    pub(super) minimal: bool,
    /// An earlier plan was refused: values that are no canaries anyway may be others.
    pub(super) again: bool,
}

/// A value for each column that takes one, in the table's order.
pub(super) type Plan = Vec<Candidate>;

impl Ground<'_> {
    /// A row is in; the tables that its table is a part of have it, too.
    pub(super) fn add(&mut self, at: usize, row: &Made) {
        let mut table = Some(at);
        while let Some(known) = table.map(|at| &self.tables[at]) {
            self.pools.entry(known.oid()).or_default().push(row.clone());
            table = known.parent.and_then(|parent| self.index.get(&parent).copied());
        }
    }

    /// A row has other values now; one of them is to stay.
    pub(super) fn replace(
        &mut self,
        at: usize,
        row: &Made,
        values: &BTreeMap<String, Option<String>>,
        stays: Option<usize>,
    ) {
        let mut table = Some(at);
        while let Some(known) = table.map(|at| &self.tables[at]) {
            let pool = self.pools.get_mut(&known.oid());
            let known_row = pool
                .into_iter()
                .flatten()
                .find(|known| known.side == row.side && known.values == row.values);
            if let Some(known_row) = known_row {
                known_row.values.clone_from(values);
                known_row.wanted.extend(stays);
            }
            table = known.parent.and_then(|parent| self.index.get(&parent).copied());
        }
    }

    /// Plans a row. It is refused only where a key has nothing to point to.
    pub(super) async fn plan(
        &mut self,
        session: &mut PgConnection,
        wish: &Wish<'_>,
    ) -> Result<Result<Plan, Refusal>, RowsError> {
        let mut fixed: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
        for (column, value) in wish.wanted {
            let candidate = value.as_ref().map_or(Candidate::NULL, Candidate::plain);
            fixed.insert(*column, vec![candidate]);
        }
        for &column in &self.tables[wish.table].identity {
            fixed
                .entry(column)
                .or_insert_with(|| vec![Candidate::plain(&wish.tenant.identity)]);
        }
        let mut own = Vec::new();
        for at in 0..self.tables[wish.table].keys.len() {
            match self.follow(session, wish, at, &mut fixed).await? {
                Ok(Followed::Fixed) => {}
                Ok(Followed::Itself) => own.push(at),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        let mut plan = self.choose(session, wish, &fixed).await?;
        // A row that must point to a row of its own table, the first of them, points to itself.
        let table = &self.tables[wish.table];
        for key in own.into_iter().map(|at| &table.keys[at]) {
            for (&column, matched) in key.columns.iter().zip(&key.matched) {
                let to = table.columns.iter().position(|known| known.name == matched);
                if let Some(to) = to {
                    plan[column] = Candidate {
                        mark: Mark::None,
                        ..plan[to].clone()
                    };
                }
            }
        }
        Ok(Ok(plan))
    }

    /// Fixes a key's columns to a row of the same tenant.
    async fn follow(
        &mut self,
        session: &mut PgConnection,
        wish: &Wish<'_>,
        at: usize,
        fixed: &mut BTreeMap<usize, Vec<Candidate>>,
    ) -> Result<Result<Followed, Refusal>, RowsError> {
        let table = &self.tables[wish.table];
        let key = &table.keys[at];
        if wish.open.contains(&at) {
            for &column in key
                .columns
                .iter()
                .filter(|&&column| table.columns[column].nullable)
            {
                fixed.entry(column).or_insert_with(|| vec![Candidate::NULL]);
            }
            return Ok(Ok(Followed::Fixed));
        }
        // One of its columns is to be NULL: then the key points nowhere.
        if key.columns.iter().any(|column| {
            fixed
                .get(column)
                .is_some_and(|fixed| fixed.first().is_some_and(|first| first.text.is_none()))
        }) {
            return Ok(Ok(Followed::Fixed));
        }
        if key
            .columns
            .iter()
            .all(|column| fixed.contains_key(column) && !table.columns[*column].nullable)
            && key.columns.iter().all(|column| table.identity.contains(column))
        {
            return Ok(Ok(Followed::Fixed));
        }
        let mut rows = self.targets(key, wish);
        if rows.is_empty() && key.parent == table.oid() {
            if key.mandatory {
                return Ok(Ok(Followed::Itself));
            }
        } else if rows.is_empty() {
            rows = self.rows_before(session, wish.table, at).await?;
        }
        let table = &self.tables[wish.table];
        let key = &table.keys[at];
        let fits = |row: &&Vec<Option<String>>| {
            row.iter().all(Option::is_some)
                && key.columns.iter().zip(row.iter()).all(|(column, value)| {
                    fixed
                        .get(column)
                        .is_none_or(|fixed| fixed.first().is_some_and(|first| first.text == *value))
                })
        };
        let fitting: Vec<&Vec<Option<String>>> = rows.iter().filter(fits).collect();
        if !fitting.is_empty() {
            // The second key goes on by one more each time round, so that two keys come to all pairs.
            let turn = wish.turn + at * (wish.turn / fitting.len());
            let row = fitting[turn % fitting.len()];
            for (&column, value) in key.columns.iter().zip(row) {
                let mut candidates: Vec<Candidate> = value.iter().map(Candidate::plain).collect();
                if key.columns.len() == 1 {
                    // A check that binds it to another column may want another row.
                    let others =
                        (1..fitting.len().min(TARGETS)).map(|on| fitting[(turn + on) % fitting.len()]);
                    candidates.extend(others.flatten().flatten().map(Candidate::plain));
                }
                if table.columns[column].nullable && key.constraint.is_some() {
                    candidates.push(Candidate::NULL);
                }
                fixed.entry(column).or_insert(candidates);
            }
            return Ok(Ok(Followed::Fixed));
        }
        let free = key
            .columns
            .iter()
            .find(|column| table.columns[**column].nullable && !fixed.contains_key(column));
        if let Some(&free) = free.filter(|_| key.constraint.is_some()) {
            fixed.insert(free, vec![Candidate::NULL]);
            return Ok(Ok(Followed::Fixed));
        }
        if key.columns.iter().all(|column| fixed.contains_key(column)) {
            // The values are given; whether what they point to is there the server will say.
            return Ok(Ok(Followed::Fixed));
        }
        Ok(Err(Refusal {
            constraint: key.constraint.clone(),
            ..Refusal::ours(format!("{} has no row that it could point to", key.parent_sql))
        }))
    }

    /// What a key may point to: the tenant's rows, else shared ones.
    fn targets(&self, key: &Key, wish: &Wish<'_>) -> Vec<Vec<Option<String>>> {
        let Some(pool) = self.pools.get(&key.parent) else {
            return Vec::new();
        };
        let of = |row: &Made| -> Vec<Option<String>> {
            key.matched
                .iter()
                .map(|column| row.values.get(column).cloned().flatten())
                .collect()
        };
        let own: Vec<_> = pool
            .iter()
            .filter(|row| row.side == wish.tenant.label)
            .map(of)
            .collect();
        if !own.is_empty() {
            return own;
        }
        let shared = self
            .index
            .get(&key.parent)
            .is_some_and(|&at| self.tables[at].owner == Owner::None);
        if shared {
            pool.iter().map(of).collect()
        } else {
            own
        }
    }

    /// Rows that migrations or a platform put there.
    async fn rows_before(
        &mut self,
        session: &mut PgConnection,
        table: usize,
        at: usize,
    ) -> Result<Vec<Vec<Option<String>>>, RowsError> {
        let key = &self.tables[table].keys[at];
        // Whose rows of an owned table are nobody knows.
        let owned = self
            .index
            .get(&key.parent)
            .is_some_and(|&at| self.tables[at].owner != Owner::None);
        if owned || key.parent_sql.is_empty() {
            return Ok(Vec::new());
        }
        let columns: Vec<String> = key
            .matched
            .iter()
            .map(|column| format!("{}::text", identifier(column)))
            .collect();
        let question = format!(
            "SELECT ARRAY[{}]::text[] FROM {} ORDER BY 1 LIMIT 50",
            columns.join(", "),
            key.parent_sql
        );
        if let Some(known) = self.found.get(&question) {
            return Ok(known.clone());
        }
        let rows: Vec<Vec<Option<String>>> = match attempt(session, question.clone()).await? {
            Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
            Err(_) => Vec::new(),
        };
        self.found.insert(question, rows.clone());
        Ok(rows)
    }

    /// A candidate for each column.
    async fn choose(
        &mut self,
        session: &mut PgConnection,
        wish: &Wish<'_>,
        fixed: &BTreeMap<usize, Vec<Candidate>>,
    ) -> Result<Plan, RowsError> {
        let count = self.tables[wish.table].columns.len();
        let mut first = BTreeMap::new();
        for column in (0..count).filter(|column| !fixed.contains_key(column)) {
            if !self.is_default(wish, column) {
                first.insert(column, self.made(session, wish, column, 0).await?);
            }
        }
        let mut fitting = solve::of_columns(session, &self.types, &self.tables[wish.table], &first).await?;
        let mut candidates = Vec::with_capacity(count);
        for column in 0..count {
            candidates.push(match (fixed.get(&column), first.get(&column)) {
                (Some(fixed), _) => fixed.clone(),
                (None, None) => vec![Candidate::DEFAULT],
                (None, Some(first)) => {
                    let unfit = first.first().cloned();
                    let kept = fitting.remove(&column).unwrap_or_default();
                    self.free(session, wish, column, kept, unfit).await?
                }
            });
        }
        let table = &self.tables[wish.table];
        let mut stream = Stream::new(&[&table.sql, &wish.number.to_string()]);
        for (columns, checks) in solve::bound(table) {
            let columns: Vec<usize> = columns.into_iter().collect();
            let undecided = |at: &usize| candidates[*at].first().is_none_or(|best| best.default);
            if columns.iter().any(undecided) {
                continue;
            }
            // Not every combination fits into one question, so what comes first is mixed anew for the next.
            for _ in 0..MIXED {
                let of: Vec<&[Candidate]> = columns.iter().map(|&at| candidates[at].as_slice()).collect();
                let combined = solve::combine(session, &self.types, table, &columns, &of, &checks).await?;
                if let Combination::Found(places) = combined {
                    for (&column, place) in columns.iter().zip(places) {
                        candidates[column].swap(0, place);
                    }
                    break;
                }
                // In the end the server has the last word on the row as a whole.
                for &column in &columns {
                    let middle = stream.below(candidates[column].len());
                    candidates[column].rotate_left(middle);
                }
                if matches!(combined, Combination::Unknown) {
                    break;
                }
            }
        }
        Ok(candidates
            .into_iter()
            .map(|of| of.into_iter().next().unwrap_or(Candidate::NULL))
            .collect())
    }

    /// Whether a column gets no value of ours.
    fn is_default(&self, wish: &Wish<'_>, at: usize) -> bool {
        let column = &self.tables[wish.table].columns[at];
        column.generated.is_some() || wish.minimal && column.default
    }

    /// Candidates for a column that its type takes.
    async fn made(
        &mut self,
        session: &mut PgConnection,
        wish: &Wish<'_>,
        at: usize,
        round: u32,
    ) -> Result<Vec<Candidate>, RowsError> {
        let table = &self.tables[wish.table];
        let column = &table.columns[at];
        let seed = Seed {
            tenant: wish.tenant.label,
            table: &table.sql,
            column: column.name,
            number: wish.number + (round << 20),
        };
        let made = value::candidates(
            &self.types,
            column.type_oid,
            column.modifier,
            &seed,
            &column.hints,
        );
        let type_oid = column.type_oid;
        self.certain(session, type_oid, made).await
    }

    /// Candidates for a column that nothing fixes, given those of the first round that fit.
    async fn free(
        &mut self,
        session: &mut PgConnection,
        wish: &Wish<'_>,
        at: usize,
        mut kept: Vec<Candidate>,
        mut unfit: Option<Candidate>,
    ) -> Result<Vec<Candidate>, RowsError> {
        let null = self.tables[wish.table].columns[at]
            .nullable
            .then_some(Candidate::NULL);
        // Where no candidate fits, as with the hash of a partition, others may.
        for round in 1..16 {
            if !kept.is_empty() {
                break;
            }
            let sure = self.made(session, wish, at, round).await?;
            unfit = sure.first().cloned();
            kept = solve::of_column(session, &self.types, &self.tables[wish.table], at, sure).await?;
        }
        if wish.again && kept.first().is_some_and(|best| best.mark == Mark::None) {
            let middle = wish.number as usize % kept.len();
            kept.rotate_left(middle);
        }
        if wish.minimal {
            kept.splice(0..0, null);
        } else {
            kept.extend(null);
        }
        if kept.is_empty() && self.tables[wish.table].columns[at].default {
            kept.push(Candidate::DEFAULT);
        }
        if kept.is_empty() {
            // So that the server names the constraint that nothing fits.
            kept.extend(unfit);
        }
        Ok(kept)
    }

    /// The candidates that the type takes.
    async fn certain(
        &mut self,
        session: &mut PgConnection,
        type_oid: u32,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, RowsError> {
        // Values of a domain are filtered by its checks; here it is about their form.
        let type_oid = self.types.undomained(type_oid, -1).0;
        let mut kept = Vec::new();
        for candidate in candidates {
            let takes = match &candidate.text {
                Some(text) if !candidate.sure => {
                    let key = (type_oid, text.clone());
                    if let Some(known) = self.taken.get(&key) {
                        *known
                    } else {
                        let takes = solve::takes(session, self.types.name(type_oid), text).await?;
                        self.taken.insert(key, takes);
                        takes
                    }
                }
                _ => true,
            };
            if takes {
                kept.push(candidate);
            }
        }
        Ok(kept)
    }
}

enum Followed {
    Fixed,
    Itself,
}
