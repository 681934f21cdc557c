//! Whose each row is, computed once a world, before any attempt; and what has become of the rows afterwards.
//!
//! Rows are known by their ctid: attempts are taken back, so a row that nobody wrote stays where it is, in every clone
//! of the world. A row that was written, be it with the values that it had, is no longer there.

use std::collections::BTreeSet;

use super::ownership::{Owners, Ownership, Table};
use crate::catalog::{Catalog, Name, RelationKind};
use crate::error::Error;
use crate::prove::session::Session;
use crate::prove::world::refreshes;
use crate::sql::{literal, qualified};

/// The rows of one table that holds rows itself.
#[derive(Debug)]
struct Rows {
    name: Name,
    /// True for a row `t` that is somebody else's and not the actor's.
    foreign: String,
    /// True for a row that nobody may write.
    shared: String,
    /// All rows, those that the actor must not write, and those it must not see.
    known: Vec<String>,
    kept: Vec<String>,
    private: Vec<String>,
    /// The tables that decide whose its rows are, itself among them; none where a predicate may ask any.
    decided_by: Option<BTreeSet<u32>>,
    /// Counts, as [`State`] has them.
    judge: String,
}

/// A world as one actor must leave and see it.
#[derive(Debug)]
pub(super) struct Frozen {
    tables: Vec<Rows>,
    /// Removes what the actor must not see.
    removal: String,
}

/// What a write did to rows that are not the actor's to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) table: Name,
    pub(super) what: What,
    /// Whether the rows are shared ones, not another tenant's.
    pub(super) shared: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Changed, removed, or given to somebody else.
    Lost,
    /// New ones that are somebody else's.
    Added,
}

impl Frozen {
    /// For the tenant with that identity (none: nobody) among all of these.
    pub(super) async fn compute(
        session: &Session,
        catalog: &Catalog,
        owners: &Owners,
        attacker: Option<&str>,
        tenants: &[String],
    ) -> Result<Self, Error> {
        Self::by(session, catalog, owners, |table| {
            predicates(table, attacker, tenants)
        })
        .await
    }

    /// For what tenants must reach nothing of.
    pub(super) async fn internal(
        session: &Session,
        catalog: &Catalog,
        owners: &Owners,
    ) -> Result<Self, Error> {
        let all = ("true".to_owned(), "false".to_owned(), "false".to_owned());
        Self::by(session, catalog, owners, |table| {
            (table.ownership == Ownership::Internal).then(|| all.clone())
        })
        .await
    }

    async fn by(
        session: &Session,
        catalog: &Catalog,
        owners: &Owners,
        predicates: impl Fn(&Table) -> Option<(String, String, String)>,
    ) -> Result<Self, Error> {
        let mut tables = Vec::new();
        for table in &owners.tables {
            let Some(relation) = catalog.relation(&table.name.schema, &table.name.name) else {
                continue;
            };
            if relation.kind != RelationKind::Table {
                continue;
            }
            if let Some((foreign, shared, public)) = predicates(table) {
                let mut rows = rows(session, &table.name, foreign, shared, &public).await?;
                rows.decided_by = decided_by(catalog, table);
                rows.judge = judge(tables.len(), &rows);
                tables.push(rows);
            }
        }
        let removal = removal(&tables, &refreshes(catalog));
        Ok(Self { tables, removal })
    }

    /// Whether the table has rows that the actor must not see.
    pub(super) fn hides(&self, name: &Name) -> bool {
        self.tables
            .iter()
            .any(|rows| rows.name == *name && !rows.private.is_empty())
    }

    /// Makes the world in which the others have nothing private, as superuser, for the rest of the transaction.
    pub(super) fn removal(&self) -> &str {
        &self.removal
    }

    /// How the rows that the actor must not write are now, as superuser.
    pub(super) async fn state(&self, session: &Session) -> Result<State, Error> {
        self.look(session, |_| true).await
    }

    /// The same within the transaction that wrote: only of the tables that it has written, or that are decided by one
    /// that it has. Whoever writes a table holds a lock on it until the transaction ends. What is `before` is sent with the
    /// question.
    pub(super) async fn state_of_written(&self, session: &Session, before: &str) -> Result<State, Error> {
        let locks = session
            .rows_of_prepared(before, &[include_str!("../written.sql")])
            .await?;
        let written: BTreeSet<u32> = locks
            .iter()
            .filter_map(|row| row.first()?.as_deref()?.parse().ok())
            .collect();
        self.look(session, |rows| {
            rows.decided_by
                .as_ref()
                .is_none_or(|tables| !tables.is_disjoint(&written))
        })
        .await
    }

    async fn look(&self, session: &Session, looked_at: impl Fn(&Rows) -> bool) -> Result<State, Error> {
        let State(mut all) = self.untouched();
        let judges: Vec<&str> = self
            .tables
            .iter()
            .filter(|rows| looked_at(rows))
            .map(|rows| rows.judge.as_str())
            .collect();
        if judges.is_empty() {
            return Ok(State(all));
        }
        for row in session.rows_of_prepared("", &judges).await? {
            let counts: Vec<usize> = row
                .iter()
                .map(|cell| {
                    cell.as_deref()
                        .and_then(|text| text.parse().ok())
                        .unwrap_or_default()
                })
                .collect();
            if let Some(state) = counts.first().and_then(|at| all.get_mut(*at)) {
                *state = counts;
            }
        }
        Ok(State(all))
    }

    /// How they are as long as nobody has written anything.
    pub(super) fn untouched(&self) -> State {
        let counts = |(at, rows): (usize, &Rows)| vec![at, rows.kept.len(), 0, 0];
        State(self.tables.iter().enumerate().map(counts).collect())
    }

    /// What happened between two looks.
    pub(super) fn changes(&self, before: &State, after: &State) -> Vec<Change> {
        let mut changes = Vec::new();
        for (before, after) in before.0.iter().zip(&after.0) {
            let ([at, kept, foreign, shared], [_, kept_now, foreign_now, shared_now]) =
                (before.as_slice(), after.as_slice())
            else {
                continue;
            };
            let Some(rows) = self.tables.get(*at) else {
                continue;
            };
            let mut add = |what, shared| {
                changes.push(Change {
                    table: rows.name.clone(),
                    what,
                    shared,
                });
            };
            if kept_now < kept {
                add(What::Lost, rows.foreign == "false");
            }
            if foreign_now > foreign {
                add(What::Added, false);
            }
            if shared_now > shared {
                add(What::Added, true);
            }
        }
        changes
    }
}

/// For each table its number, how many rows are still there, and how many new ones are another tenant's or shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State(Vec<Vec<usize>>);

/// What makes a row foreign, shared and public; none for a table that says nothing about tenants.
pub(super) fn predicates(
    table: &Table,
    attacker: Option<&str>,
    tenants: &[String],
) -> Option<(String, String, String)> {
    let said = |rows: &Option<String>| {
        rows.as_ref()
            .map_or_else(|| "false".to_owned(), |rows| format!("({rows})"))
    };
    match &table.ownership {
        Ownership::Tenants(path) => {
            let others: Vec<String> = tenants
                .iter()
                .filter(|tenant| Some(tenant.as_str()) != attacker)
                .map(|tenant| literal(tenant))
                .collect();
            let owners = path.owners();
            let theirs = format!("({owners} && ARRAY[{}]::text[])", others.join(", "));
            let foreign = match attacker {
                Some(attacker) => format!("({theirs} AND NOT ({} = ANY ({owners})))", literal(attacker)),
                None => theirs,
            };
            Some((foreign, said(&table.shared_rows), said(&table.public_rows)))
        }
        Ownership::Shared => Some(("false".to_owned(), "true".to_owned(), "true".to_owned())),
        Ownership::Internal | Ownership::Unknown => None,
    }
}

/// True for a row `t` of one of these tenants that the attacker must not see; none for a table without such rows.
pub(super) fn private(table: &Table, attacker: &str, tenants: &[String]) -> Option<String> {
    let (foreign, shared, public) = predicates(table, Some(attacker), tenants)?;
    Some(format!(
        "(coalesce({foreign}, false) AND NOT coalesce({shared}, false) AND NOT coalesce({public}, false))"
    ))
}

async fn rows(
    session: &Session,
    name: &Name,
    foreign: String,
    shared: String,
    public: &str,
) -> Result<Rows, Error> {
    let query = format!(
        "SELECT t.ctid, coalesce({foreign}, false), coalesce({shared}, false), coalesce({public}, false) \
         FROM ONLY {} AS t ORDER BY t.ctid",
        qualified(&name.schema, &name.name)
    );
    let (mut known, mut kept, mut private) = (Vec::new(), Vec::new(), Vec::new());
    for row in session.rows(&query).await? {
        let [Some(ctid), foreign, shared, public] = row.as_slice() else {
            continue;
        };
        let [foreign, shared, public] = [foreign, shared, public].map(|flag| flag.as_deref() == Some("t"));
        known.push(ctid.clone());
        if foreign || shared {
            kept.push(ctid.clone());
        }
        if foreign && !shared && !public {
            private.push(ctid.clone());
        }
    }
    Ok(Rows {
        name: name.clone(),
        foreign,
        shared,
        known,
        kept,
        private,
        decided_by: None,
        judge: String::new(),
    })
}

/// The table itself, those that its path to the tenant leads through, and what inherits from any of them.
fn decided_by(catalog: &Catalog, table: &Table) -> Option<BTreeSet<u32>> {
    let predicates = [&table.public_rows, &table.shared_rows];
    if predicates
        .into_iter()
        .flatten()
        .any(|predicate| predicate.to_lowercase().contains("select"))
    {
        return None;
    }
    let mut names = vec![&table.name];
    if let Ownership::Tenants(path) = &table.ownership {
        names.extend(path.tables());
    }
    let mut at = 0;
    while let Some(name) = names.get(at).copied() {
        let heirs = catalog
            .relations
            .iter()
            .filter(|relation| relation.parents.iter().flatten().any(|parent| parent == name));
        names.extend(heirs.map(|relation| &relation.name));
        at += 1;
    }
    let oid = |name: &Name| {
        catalog
            .relation(&name.schema, &name.name)
            .map(|relation| relation.oid.0)
    };
    Some(names.into_iter().filter_map(oid).collect())
}

fn tids(rows: &[String]) -> String {
    let quoted: Vec<String> = rows.iter().map(|row| format!("\"{row}\"")).collect();
    format!("'{{{}}}'::pg_catalog.tid[]", quoted.join(","))
}

fn removal(tables: &[Rows], materialised: &[String]) -> String {
    // As a replica would: without triggers, foreign keys and rules.
    let mut statements = vec!["SET LOCAL session_replication_role = replica".to_owned()];
    for rows in tables.iter().filter(|rows| !rows.private.is_empty()) {
        let name = qualified(&rows.name.schema, &rows.name.name);
        statements.push(format!(
            "DELETE FROM ONLY {name} WHERE ctid = ANY ({})",
            tids(&rows.private)
        ));
    }
    statements.push("SET LOCAL session_replication_role = origin".to_owned());
    statements.extend(materialised.iter().cloned());
    statements.join(";\n")
}

fn judge(at: usize, rows: &Rows) -> String {
    let name = qualified(&rows.name.schema, &rows.name.name);
    let Rows { foreign, shared, .. } = rows;
    let (kept, known) = (tids(&rows.kept), tids(&rows.known));
    format!(
        "SELECT {at}, \
         count(*) FILTER (WHERE t.ctid = ANY ({kept}) AND (coalesce({foreign}, false) OR coalesce({shared}, false))), \
         count(*) FILTER (WHERE t.ctid <> ALL ({known}) AND {foreign}), \
         count(*) FILTER (WHERE t.ctid <> ALL ({known}) AND {shared}) FROM ONLY {name} AS t"
    )
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whose = if self.shared {
            "shared rows"
        } else {
            "rows of the other tenant"
        };
        match self.what {
            What::Lost => write!(
                f,
                "{whose} in {} were changed, removed or given to somebody else",
                self.table
            ),
            What::Added => write!(f, "new {whose} are in {}", self.table),
        }
    }
}
