//! The way from a catalogue to a world: table by table, tenant by tenant, with another plan where one was refused.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgConnection};

use super::insert::{Stored, Triggers, insert};
use super::mention::{self, Texts, Variant};
use super::order::{self, Unit};
use super::plan::{Ground, Made, Plan, Wish};
use super::session::{self as session_of, Refusal, attempt};
use super::table::{self, Table};
use super::types::Types;
use super::value::{Candidate, Mark};
use super::{Canary, Lack, Lacking, Owner, Request, RowsError, Tenant, World, finish, solve};
use crate::sql::{identifier, literal};

/// How often a row is planned anew where values collide with those of other rows.
pub(super) const TRIES: u32 = 14;
/// The most rows of a table that are made for a tenant so that each row of another table is pointed to.
const FOLLOWED: usize = 40;
/// The most labels for each of which a membership is made.
const LABELS: usize = 6;
/// The most values of a table's columns that a tenant's rows are to take.
const VARIANTS: usize = 120;
const CHECK_VIOLATION: &str = "23514";
const UNIQUE_VIOLATION: &str = "23505";
const EXCLUSION_VIOLATION: &str = "23P01";
/// What the server says to `INSERT … RETURNING` where a rule does something instead.
const FEATURE_NOT_SUPPORTED: &str = "0A000";

pub(super) struct Making<'a, 'r> {
    pub(super) request: &'r Request<'a>,
    context: &'r dyn Fn(&Tenant) -> String,
    /// The tenant in whose context the session is.
    within: Option<char>,
    pub(super) ground: Ground<'a>,
    pub(super) canaries: Vec<Canary>,
    pub(super) lacking: BTreeSet<Lacking>,
    /// Why a table has no row of a tenant.
    pub(super) refusals: BTreeMap<(usize, char), Refusal>,
    number: u32,
    texts: Texts<'a>,
}

pub(super) async fn world(
    session: &mut PgConnection,
    request: &Request<'_>,
    context: &dyn Fn(&Tenant) -> String,
) -> Result<World, RowsError> {
    let types = Types::read(session).await?;
    let mut tables = table::read(session, request, &types).await?;
    order::turn_round(&mut tables);
    let units = order::units(&tables);
    let index = order::index(&tables);
    let mut making = Making {
        request,
        context,
        within: None,
        ground: Ground {
            types,
            tables,
            index,
            pools: BTreeMap::new(),
            found: BTreeMap::new(),
            taken: BTreeMap::new(),
        },
        canaries: Vec::new(),
        lacking: BTreeSet::new(),
        refusals: BTreeMap::new(),
        number: 0,
        texts: Texts::new(request.catalog),
    };
    // What is deferred speaks up at once, so that it is known which row it refuses.
    sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE")
        .execute(&mut *session)
        .await?;
    session_of::open(session).await?;
    for unit in &units {
        making.fill(session, unit).await?;
    }
    for unit in &units {
        for &(table, key) in &unit.postponed {
            making.point(session, table, key).await?;
        }
    }
    finish::refresh_views(session, request.catalog).await?;
    let world = finish::world(session, making).await?;
    session_of::close(session).await?;
    Ok(world)
}

impl Making<'_, '_> {
    /// Acts as the application would for that tenant from here on.
    async fn enter(&mut self, session: &mut PgConnection, label: char) -> Result<(), RowsError> {
        if self.within == Some(label) {
            return Ok(());
        }
        let tenant = self.request.tenants.iter().find(|tenant| tenant.label == label);
        let statements = tenant.map(|tenant| (self.context)(tenant)).unwrap_or_default();
        if !statements.is_empty() {
            // Behind the savepoint, else the next refusal would undo it.
            let message = format!("{statements};\nRELEASE SAVEPOINT pgproof_try; SAVEPOINT pgproof_try");
            sqlx::raw_sql(AssertSqlSafe(message)).execute(session).await?;
        }
        self.within = Some(label);
        Ok(())
    }

    async fn fill(&mut self, session: &mut PgConnection, unit: &Unit) -> Result<(), RowsError> {
        if let [table] = unit.tables.as_slice()
            && self.ground.tables[*table].is_partitioned()
        {
            return Ok(());
        }
        let request = self.request;
        for tenant in request.tenants {
            self.enter(session, tenant.label).await?;
            let mut turn = 0;
            while turn < self.rows_wanted(unit, tenant) {
                let made = self
                    .put(session, unit, tenant, turn, &[], TRIES, Triggers::Off)
                    .await?;
                if let Err(refusal) = made {
                    let adopted = match unit.tables.as_slice() {
                        [table] if refusal.code == UNIQUE_VIOLATION && turn == 0 => {
                            self.adopt(session, *table, tenant).await?
                        }
                        _ => false,
                    };
                    if turn == 0 && !adopted {
                        for &table in &unit.tables {
                            self.refusals.insert((table, tenant.label), refusal.clone());
                        }
                    }
                    break;
                }
                turn += 1;
            }
        }
        // Where one of them has a single row, the others may have more all the same.
        if unit.tables.len() > 1 {
            for &table in &unit.tables {
                let alone = Unit {
                    tables: vec![table],
                    postponed: BTreeSet::new(),
                };
                for tenant in request.tenants {
                    self.enter(session, tenant.label).await?;
                    let oid = self.ground.tables[table].oid();
                    for turn in self.rows_of(oid, tenant.label)..self.rows_wanted(&alone, tenant) {
                        let _ = self
                            .put(session, &alone, tenant, turn, &[], TRIES, Triggers::On)
                            .await?;
                    }
                }
            }
        }
        if let [table] = unit.tables.as_slice() {
            let (variants, of_checks) =
                mention::variants(&self.texts, &self.ground.types, &self.ground.tables[*table]);
            for (turn, variant) in variants.iter().enumerate() {
                for tenant in request.tenants {
                    self.enter(session, tenant.label).await?;
                    self.vary(
                        session,
                        unit,
                        tenant,
                        turn,
                        &variants,
                        of_checks.contains(variant),
                    )
                    .await?;
                }
            }
        }
        Ok(())
    }

    fn rows_wanted(&self, unit: &Unit, tenant: &Tenant) -> usize {
        let tables = || unit.tables.iter().map(|&at| &self.ground.tables[at]);
        if tables().any(|table| table.single) {
            return 1;
        }
        tables()
            .flat_map(|table| table.follows.iter())
            .map(|oid| self.rows_of(*oid, tenant.label))
            .max()
            .unwrap_or(0)
            .max(if self.is_paired(unit) { 3 } else { 2 })
            .max(self.roles_below(unit))
            .min(FOLLOWED)
    }

    /// Whether some row points to two rows of a table of the unit: of three there are several pairs.
    fn is_paired(&self, unit: &Unit) -> bool {
        unit.tables.iter().any(|&at| {
            let oid = self.ground.tables[at].oid();
            self.ground
                .tables
                .iter()
                .any(|table| table.keys.iter().filter(|key| key.parent == oid).count() > 1)
        })
    }

    /// Where a tenant has one row for each row of the unit, as with memberships: as many as that may have labels.
    fn roles_below(&self, unit: &Unit) -> usize {
        let oids: Vec<u32> = unit
            .tables
            .iter()
            .map(|&at| self.ground.tables[at].oid())
            .collect();
        self.ground
            .tables
            .iter()
            .filter(|table| oids.iter().any(|oid| table.follows.contains(oid)))
            .flat_map(|table| &table.columns)
            .filter_map(|column| self.ground.types.get(column.type_oid))
            .map(|known| known.labels.len().min(LABELS))
            .max()
            .unwrap_or(0)
    }

    fn rows_of(&self, oid: u32, side: char) -> usize {
        self.ground
            .pools
            .get(&oid)
            .map_or(0, |pool| pool.iter().filter(|row| row.side == side).count())
    }

    /// A row with that value, unless there is one.
    async fn vary(
        &mut self,
        session: &mut PgConnection,
        unit: &Unit,
        tenant: &Tenant,
        turn: usize,
        variants: &[Variant],
        of_checks: bool,
    ) -> Result<(), RowsError> {
        let variant = &variants[turn];
        let at = unit.tables[0];
        let table = &self.ground.tables[at];
        let (column, value) = variant;
        let (name, type_oid) = (table.columns[*column].name, table.columns[*column].type_oid);
        let shared = table.owner == Owner::None;
        let there = self.ground.pools.get(&table.oid()).is_some_and(|pool| {
            pool.iter()
                .any(|row| (shared || row.side == tenant.label) && row.values.get(name) == Some(value))
        });
        if there || self.refusals.contains_key(&(at, tenant.label)) {
            return Ok(());
        }
        // A value that the column can never have lacks nobody.
        if let Some(text) = value
            && !solve::takes(session, self.ground.types.name(type_oid), text).await?
        {
            return Ok(());
        }
        let candidate = value.as_ref().map_or(Candidate::NULL, Candidate::plain);
        let (types, table) = (&self.ground.types, &self.ground.tables[at]);
        if solve::of_column(session, types, table, *column, vec![candidate])
            .await?
            .is_empty()
        {
            return Ok(());
        }
        let lacking = Lacking {
            table: table.relation.name.to_string(),
            what: Lack::Value {
                tenant: tenant.label,
                column: name.to_owned(),
                value: value.clone(),
            },
            constraint: None,
            message: String::new(),
        };
        if table.single || turn >= VARIANTS {
            let message = if table.single {
                "a tenant has one row here, and that has another value"
            } else {
                "there are too many values to make a row of each"
            };
            self.lacking.insert(Lacking {
                message: message.to_owned(),
                ..lacking
            });
            return Ok(());
        }
        let wanted = std::slice::from_ref(variant);
        let made = self
            .put(session, unit, tenant, turn, wanted, 5, Triggers::On)
            .await?;
        if let Err(refusal) = made {
            let full = [UNIQUE_VIOLATION, EXCLUSION_VIOLATION].contains(&refusal.code.as_str());
            if (full || refusal.is_of_code())
                && self
                    .change(session, unit, tenant, turn, variant, variants)
                    .await?
            {
                return Ok(());
            }
            // What a check names it may name to forbid it.
            if of_checks && refusal.code == CHECK_VIOLATION {
                return Ok(());
            }
            if (refusal.is_of_code() || refusal.code == FEATURE_NOT_SUPPORTED)
                && self
                    .put(session, unit, tenant, turn, wanted, 1, Triggers::Off)
                    .await?
                    .is_ok()
            {
                return Ok(());
            }
            self.lacking.insert(Lacking {
                constraint: self.obstacle(at, &refusal),
                message: refusal.message,
                ..lacking
            });
        }
        Ok(())
    }

    /// The constraint or trigger that a refusal is about.
    pub(super) fn obstacle(&self, table: usize, refusal: &Refusal) -> Option<String> {
        let relation = self.ground.tables[table].relation;
        let trigger = relation
            .triggers
            .iter()
            .find(|trigger| refusal.context.contains(&format!("{}(", trigger.function.name)));
        let from_code = trigger
            .filter(|_| refusal.is_of_code())
            .map(|trigger| trigger.name.clone());
        let rule = relation.rules.iter().find(|rule| rule.event == "INSERT");
        let rule = rule.filter(|_| refusal.code == FEATURE_NOT_SUPPORTED);
        from_code
            .or_else(|| rule.map(|rule| rule.name.clone()))
            .or_else(|| refusal.constraint.clone())
    }

    /// Puts a row into each table of the unit; with triggers off if need be and that may be.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a side of what is wanted of the rows"
    )]
    pub(super) async fn put(
        &mut self,
        session: &mut PgConnection,
        unit: &Unit,
        tenant: &Tenant,
        turn: usize,
        wanted: &[Variant],
        tries: u32,
        triggers: Triggers,
    ) -> Result<Result<(), Refusal>, RowsError> {
        let mut last = Refusal::default();
        // The first plan is the richest.
        let mut first = None;
        for attempt in 0..tries {
            let plans = match self
                .plans(session, unit, tenant, turn, wanted, attempt, &last)
                .await?
            {
                Ok(plans) => plans,
                Err(refusal) => return Ok(Err(refusal)),
            };
            match self.send(session, unit, &plans, Triggers::On).await? {
                Ok(stored) => {
                    self.keep(unit, tenant, wanted, stored);
                    return Ok(Ok(()));
                }
                Err(refusal) => last = refusal,
            }
            first.get_or_insert(plans);
            let worth = match last.code.as_str() {
                UNIQUE_VIOLATION | EXCLUSION_VIOLATION => tries,
                _ if last.is_of_code() => 10,
                _ => 7,
            };
            if attempt + 1 >= worth {
                break;
            }
        }
        let (at, code) = (unit.tables[0], last.is_of_code());
        let ruled = last.code == FEATURE_NOT_SUPPORTED && !self.ground.tables[at].relation.rules.is_empty();
        if (code || ruled)
            && triggers == Triggers::Off
            && let Some(plans) = first
            && let Ok(stored) = self.send(session, unit, &plans, Triggers::Off).await?
        {
            self.lacking.insert(Lacking {
                table: self.ground.tables[at].relation.name.to_string(),
                what: Lack::Triggers,
                constraint: self.obstacle(at, &last),
                message: last.message,
            });
            self.keep(unit, tenant, wanted, stored);
            return Ok(Ok(()));
        }
        Ok(Err(last))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is a side of what is wanted of the rows"
    )]
    async fn plans(
        &mut self,
        session: &mut PgConnection,
        unit: &Unit,
        tenant: &Tenant,
        turn: usize,
        wanted: &[Variant],
        attempt: u32,
        last: &Refusal,
    ) -> Result<Result<Vec<Plan>, Refusal>, RowsError> {
        let mut plans = Vec::new();
        for &table in &unit.tables {
            let number = self.next_number();
            let open = self.open(unit, table);
            let wish = Wish {
                table,
                tenant,
                turn: turn + attempt as usize,
                number,
                wanted,
                open: &open,
                again: attempt > 0,
                minimal: (last.is_of_code() && attempt >= 2) || (4..6).contains(&attempt),
            };
            match self.ground.plan(session, &wish).await? {
                Ok(plan) => plans.push(plan),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        self.tie(unit, &mut plans);
        Ok(Ok(plans))
    }

    /// The keys that do not point to a row that is in already.
    fn open(&self, unit: &Unit, table: usize) -> BTreeSet<usize> {
        let known = &self.ground.tables[table];
        (0..known.keys.len())
            .filter(|&key| {
                let parent = self.ground.index.get(&known.keys[key].parent);
                unit.postponed.contains(&(table, key))
                    || parent.is_some_and(|parent| *parent != table && unit.tables.contains(parent))
            })
            .collect()
    }

    /// Lets the rows of a unit point to each other.
    fn tie(&self, unit: &Unit, plans: &mut [Plan]) {
        // As often as a value may have to be handed on.
        for _ in 0..unit.tables.len().saturating_sub(1) {
            for (at, &table) in unit.tables.iter().enumerate() {
                let known = &self.ground.tables[table];
                for (place, key) in known.keys.iter().enumerate() {
                    let parent = self.ground.index.get(&key.parent);
                    let Some(to) =
                        parent.and_then(|parent| unit.tables.iter().position(|table| table == parent))
                    else {
                        continue;
                    };
                    if to == at || unit.postponed.contains(&(table, place)) {
                        continue;
                    }
                    let matched = &self.ground.tables[unit.tables[to]].columns;
                    for (&column, name) in key.columns.iter().zip(&key.matched) {
                        if let Some(from) = matched.iter().position(|column| column.name == name) {
                            plans[at][column] = Candidate {
                                mark: Mark::None,
                                ..plans[to][from].clone()
                            };
                        }
                    }
                }
            }
        }
    }

    async fn send(
        &self,
        session: &mut PgConnection,
        unit: &Unit,
        plans: &[Plan],
        triggers: Triggers,
    ) -> Result<Result<Vec<Stored>, Refusal>, RowsError> {
        let rows: Vec<(&Table<'_>, &Plan)> = unit
            .tables
            .iter()
            .map(|&at| &self.ground.tables[at])
            .zip(plans)
            .collect();
        insert(session, &self.ground.types, &rows, triggers).await
    }

    fn keep(&mut self, unit: &Unit, tenant: &Tenant, wanted: &[Variant], stored: Vec<Stored>) {
        for (&at, stored) in unit.tables.iter().zip(stored) {
            self.recognise(at, tenant, stored.marks);
            let row = Made {
                side: tenant.label,
                wanted: wanted.iter().map(|(column, _)| *column).collect(),
                values: stored.values,
            };
            self.ground.add(at, &row);
        }
    }

    pub(super) fn recognise(&mut self, at: usize, tenant: &Tenant, marks: Vec<(String, String)>) {
        let table = &self.ground.tables[at].relation.name;
        self.canaries
            .extend(marks.into_iter().map(|(column, text)| Canary {
                tenant: tenant.label,
                table: table.clone(),
                column,
                text,
            }));
    }

    /// Another one for each row and each try.
    pub(super) fn next_number(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    /// Fills in a key that had nothing to point to when its rows were made.
    async fn point(&mut self, session: &mut PgConnection, at: usize, key: usize) -> Result<(), RowsError> {
        let rows = self.ground.pools.get(&self.ground.tables[at].oid());
        let sides: BTreeSet<char> = rows.into_iter().flatten().map(|row| row.side).collect();
        for side in sides {
            self.enter(session, side).await?;
            self.point_of(session, at, key, side).await?;
        }
        Ok(())
    }

    async fn point_of(
        &mut self,
        session: &mut PgConnection,
        at: usize,
        key: usize,
        side: char,
    ) -> Result<(), RowsError> {
        let table = &self.ground.tables[at];
        let key = &table.keys[key];
        let rows = self.ground.pools.get(&table.oid()).cloned().unwrap_or_default();
        let targets = self.ground.pools.get(&key.parent).cloned().unwrap_or_default();
        let shared = self
            .ground
            .index
            .get(&key.parent)
            .is_some_and(|&parent| self.ground.tables[parent].owner == Owner::None);
        let names = table.key();
        let mut refused = BTreeMap::new();
        for (turn, row) in rows.iter().enumerate() {
            if row.side != side || key.columns.iter().any(|column| row.wanted.contains(column)) {
                continue;
            }
            let mut own: Vec<&Made> = targets.iter().filter(|target| target.side == row.side).collect();
            if own.is_empty() && shared {
                own = targets.iter().collect();
            }
            if own.is_empty() {
                continue;
            }
            let target = own[turn % own.len()];
            let values: Vec<String> = key
                .columns
                .iter()
                .zip(&key.matched)
                .map(|(&column, matched)| {
                    let value = target.values.get(matched).cloned().flatten();
                    let value = value.map_or_else(|| "NULL".to_owned(), |value| literal(&value));
                    format!("{} = {value}", identifier(table.columns[column].name))
                })
                .collect();
            let conditions: Vec<String> = row
                .values
                .iter()
                .filter(|(name, _)| names.is_empty() || names.contains(name))
                .map(|(name, value)| {
                    let value = value
                        .as_ref()
                        .map_or_else(|| "NULL".to_owned(), |value| literal(value));
                    format!("{}::text IS NOT DISTINCT FROM {value}", identifier(name))
                })
                .collect();
            let statement = format!(
                "UPDATE {} SET {} WHERE {}",
                table.sql,
                values.join(", "),
                conditions.join(" AND ")
            );
            match attempt(session, statement).await? {
                Ok(_) => refused.insert(row.side, None),
                Err(refusal) => {
                    let refusal = refused.get(&row.side).cloned().unwrap_or(Some(refusal));
                    refused.insert(row.side, refusal)
                }
            };
        }
        let lacking: Vec<Lacking> = refused
            .into_iter()
            .filter_map(|(tenant, refusal)| {
                let refusal = refusal?;
                Some(Lacking {
                    table: table.relation.name.to_string(),
                    what: Lack::Value {
                        tenant,
                        column: table.columns[key.columns[0]].name.to_owned(),
                        value: Some(format!("a key of {}", key.parent_sql)),
                    },
                    constraint: self.obstacle(at, &refusal),
                    message: refusal.message,
                })
            })
            .collect();
        self.lacking.extend(lacking);
        Ok(())
    }
}
