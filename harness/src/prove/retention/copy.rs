//! More rows of a table: copies of one that is there, with new keys and with what is asked for in some columns.
//!
//! They go in as a superuser whom no trigger and no foreign key sees (`session_replication_role = replica`), so that
//! nothing acts before the run does. Checks and unique indexes hold all the same.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::kin::{self, RowId};
use super::target::base_type;
use crate::catalog::{Catalog, Column, Name, Relation};
use crate::error::Error;
use crate::prove::mention::Mentions;
use crate::prove::session::Session;
use crate::sql::{identifier, literal, qualified};

/// A row to be made: what its columns get, as SQL in which `b` is the row that is copied; the others stay as they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Specimen {
    /// In words, for people: `exactly 30 days old`.
    pub(super) words: String,
    pub(super) columns: BTreeMap<String, String>,
}

impl Specimen {
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self {
            words: words.into(),
            columns: BTreeMap::new(),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, column: &str, expression: impl Into<String>) -> Self {
        self.columns.insert(column.to_owned(), expression.into());
        self
    }
}

/// Makes copies, each with keys that no other has.
#[derive(Debug)]
pub(super) struct Copier<'a> {
    catalog: &'a Catalog,
    given: Cell<u32>,
}

/// The ways in which a text is made another one that checks may take.
const STYLES: usize = 4;
/// How many parents are made for the sake of a row whose only unique columns point to them.
const DEEPEST: usize = 4;

/// What goes in, parents first, and the columns that are new as expressions of `g.n`.
struct Plan {
    statements: Vec<String>,
    fresh: BTreeMap<String, String>,
}

impl<'a> Copier<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Self {
            catalog,
            given: Cell::new(1_000),
        }
    }

    /// Copies a row once for each specimen. What could not be made is left out, with the server's reason.
    pub(super) async fn make(
        &self,
        session: &Session,
        relation: &Relation,
        base: &RowId,
        specimens: &[Specimen],
    ) -> Result<Vec<Result<RowId, String>>, Error> {
        let mut made = Vec::new();
        for specimen in specimens {
            let rows = self.copies(session, relation, base, &specimen.columns, 1).await?;
            made.push(
                rows.and_then(|mut rows| rows.pop().ok_or_else(|| "a rule or trigger made none".to_owned())),
            );
        }
        Ok(made)
    }

    /// Copies a row many times.
    pub(super) async fn copies(
        &self,
        session: &Session,
        relation: &Relation,
        base: &RowId,
        columns: &BTreeMap<String, String>,
        copies: u32,
    ) -> Result<Result<Vec<RowId>, String>, Error> {
        let mut why = String::new();
        for style in 0..STYLES {
            let start = self.given.get();
            self.given.set(start + copies);
            let plan = self.plan(relation, base, columns, (start, copies, style), 0);
            let mut statements = plan.statements;
            let last = statements.pop().unwrap_or_default();
            statements.insert(0, "SAVEPOINT copy".to_owned());
            let answer = match session.each(&statements.join(";\n")).await? {
                Ok(_) => session.ask(&last).await?,
                Err(refusal) => Err(refusal),
            };
            match answer {
                Ok(rows) => {
                    session.run("RELEASE SAVEPOINT copy").await?;
                    return Ok(Ok(rows.iter().filter_map(|row| row_id(row)).collect()));
                }
                Err(refusal) => {
                    session
                        .run("ROLLBACK TO SAVEPOINT copy; RELEASE SAVEPOINT copy")
                        .await?;
                    let telling = why.is_empty();
                    let again = matches!(
                        refusal.sqlstate.as_str(),
                        "23505" | "23514" | "22001" | "22003" | "23P01"
                    );
                    if telling {
                        why = refusal.message;
                    }
                    if !again {
                        break;
                    }
                }
            }
        }
        Ok(Err(why))
    }

    fn plan(
        &self,
        relation: &Relation,
        base: &RowId,
        columns: &BTreeMap<String, String>,
        given: (u32, u32, usize),
        depth: usize,
    ) -> Plan {
        let (start, copies, style) = given;
        let mut plan = Plan {
            statements: Vec::new(),
            fresh: BTreeMap::new(),
        };
        for index in relation.indexes.iter().filter(|index| index.unique) {
            let mentioned = Mentions::of(&index.definition);
            let names: Vec<&Column> = relation
                .columns
                .iter()
                .filter(|column| {
                    index.columns.iter().flatten().any(|name| *name == column.name)
                        || index.columns.contains(&None) && mentioned.bare(&column.name)
                })
                .collect();
            if names
                .iter()
                .any(|column| plan.fresh.contains_key(&column.name) || is_key(columns.get(&column.name)))
            {
                continue;
            }
            let points = |column: &Column| {
                kin::keys(self.catalog).any(|key| {
                    kin::lineage(self.catalog, &relation.name).contains(&key.child.name)
                        && key.constraint.columns.contains(&column.name)
                })
            };
            // A tenant's column comes first, as a rule: rather the last is made new.
            let own = names
                .iter()
                .rev()
                .filter(|column| !columns.contains_key(&column.name) && !points(column))
                .find_map(|column| Some((column.name.clone(), self.fresh(column, start, style)?)));
            if let Some((name, expression)) = own {
                plan.fresh.insert(name, expression);
            } else if depth < DEEPEST {
                self.with_parents(relation, base, &names, given, depth, &mut plan);
            }
        }
        let names: Vec<&Column> = relation
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .collect();
        let values: Vec<String> = names
            .iter()
            .map(|column| {
                let asked = columns.get(&column.name).or_else(|| plan.fresh.get(&column.name));
                match asked {
                    Some(expression) => format!("({expression})::{}", column.data_type),
                    None => format!("b.{}", identifier(&column.name)),
                }
            })
            .collect();
        let listed: Vec<String> = names.iter().map(|column| identifier(&column.name)).collect();
        let table = qualified(&relation.name.schema, &relation.name.name);
        let returning = if depth == 0 {
            include_str!("copied.sql").replace("$table", &identifier(&relation.name.name))
        } else {
            String::new()
        };
        plan.statements.push(format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM ONLY {} AS b, pg_catalog.generate_series(1, {copies}) AS g(n) \
             WHERE {} {returning}",
            table,
            listed.join(", "),
            values.join(", "),
            qualified(&base.0.schema, &base.0.name),
            base_is(&base.1),
        ));
        plan
    }

    /// Where a unique index has only columns that point to parents: a parent of its own for each copy.
    fn with_parents(
        &self,
        relation: &Relation,
        base: &RowId,
        names: &[&Column],
        given: (u32, u32, usize),
        depth: usize,
        plan: &mut Plan,
    ) {
        let lineage = kin::lineage(self.catalog, &relation.name);
        for key in kin::keys(self.catalog).filter(|key| lineage.contains(&key.child.name)) {
            let ([column], [matched]) = (
                key.constraint.columns.as_slice(),
                key.reference.columns.as_slice(),
            ) else {
                continue;
            };
            let parent = &key.reference.relation;
            let Some(parent) = self.catalog.relation(&parent.schema, &parent.name) else {
                continue;
            };
            if !names.iter().any(|name| name.name == *column) || parent.name == relation.name {
                continue;
            }
            let place = format!(
                "(SELECT p.ctid FROM {} AS p, ONLY {} AS b WHERE p.{} = b.{} AND {})",
                qualified(&parent.name.schema, &parent.name.name),
                qualified(&base.0.schema, &base.0.name),
                identifier(matched),
                identifier(column),
                base_is(&base.1),
            );
            let above = self.plan(
                parent,
                &(parent.name.clone(), format!("={place}")),
                &BTreeMap::new(),
                given,
                depth + 1,
            );
            if let Some(expression) = above.fresh.get(matched) {
                plan.fresh.insert(column.clone(), expression.clone());
                plan.statements.extend(above.statements);
                return;
            }
        }
    }

    /// A value that no row has, as SQL of `g.n`; none for types that have too few.
    fn fresh(&self, column: &Column, start: u32, style: usize) -> Option<String> {
        let name = identifier(&column.name);
        let data_type = base_type(self.catalog, &column.data_type).unwrap_or(&column.data_type);
        let bare = data_type.split('(').next().unwrap_or_default().trim();
        let n = format!("({start} + g.n)");
        Some(match bare {
            "uuid" => format!("pg_catalog.md5('pgproof' || {n}::text)::uuid"),
            "integer" | "bigint" => format!("700000000 + {n}"),
            "smallint" => format!("20000 + {n}"),
            "numeric" | "real" | "double precision" => format!("4000 + {n}"),
            "text" | "character varying" | "character" | "citext" | "public.citext" | "extensions.citext" => {
                let text = match style {
                    0 => format!("{n}::text || b.{name}::text"),
                    1 => format!("'k' || {n}::text || b.{name}::text"),
                    2 => format!("b.{name}::text || {n}::text"),
                    _ => format!("pg_catalog.md5({n}::text)"),
                };
                match length(data_type) {
                    Some(length) => format!("pg_catalog.left({text}, {length})"),
                    None => text,
                }
            }
            "bytea" => format!("pg_catalog.decode(pg_catalog.md5({n}::text), 'hex')"),
            "timestamp with time zone" | "timestamp without time zone" => {
                format!("b.{name} + {n} * pg_catalog.interval '1 microsecond'")
            }
            "date" => format!("b.{name} + {n}::integer"),
            "inet" => format!("b.{name} + {n}"),
            _ => return None,
        })
    }
}

/// Whether an expression that is asked for is itself one of a key's, so that the row is told apart by it.
fn is_key(expression: Option<&String>) -> bool {
    expression.is_some_and(|expression| expression.contains(KEY))
}

/// Marks an expression that makes a row another one.
pub(super) const KEY: &str = "/* key */";

/// True for the row `b` at that place, which may be asked for by a query.
fn base_is(place: &str) -> String {
    match place.strip_prefix('=') {
        Some(query) => format!("b.ctid = {query}"),
        None => format!("b.ctid = {}", literal(place)),
    }
}

/// `varchar(20)` has 20.
fn length(data_type: &str) -> Option<u32> {
    data_type.split_once('(')?.1.split_once(')')?.0.parse().ok()
}

fn row_id(row: &[Option<String>]) -> Option<RowId> {
    let [Some(schema), Some(name), Some(place)] = row else {
        return None;
    };
    Some((Name::new(schema.clone(), name.clone()), place.clone()))
}

/// The foreign key's columns of a child that is to hang on a row, as SQL.
pub(super) fn pointing(key: &kin::Key<'_>, parent: &RowId) -> BTreeMap<String, String> {
    let from = qualified(&parent.0.schema, &parent.0.name);
    let pairs = key.constraint.columns.iter().zip(&key.reference.columns);
    pairs
        .map(|(column, matched)| {
            let value = format!(
                "(SELECT p.{} FROM ONLY {from} AS p WHERE p.ctid = {}) {KEY}",
                identifier(matched),
                literal(&parent.1)
            );
            (column.clone(), value)
        })
        .collect()
}

/// The tables that a text of SQL names.
pub(super) fn named<'a>(catalog: &'a Catalog, sql: &str) -> Vec<&'a Relation> {
    let mentions = Mentions::of(sql);
    let mut seen = BTreeSet::new();
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() && !relation.is_partition())
        .filter(|relation| mentions.name(&relation.name) && seen.insert(&relation.name))
        .collect()
}
