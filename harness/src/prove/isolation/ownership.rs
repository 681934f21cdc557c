//! Whose the rows of each table are: by the contract, never by a policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ConstraintKind, Name, Relation};
use crate::contract::{Isolation, TenantPath};
use crate::rows::Owner;
use crate::sql::{identifier, qualified};

/// Whose a table's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ownership {
    /// Each row belongs to the tenants that the path leads to.
    Tenants(Path),
    /// All tenants may read it and none may write it.
    Shared,
    /// Tenants reach none of it.
    Internal,
    /// Neither the contract nor a foreign key tells.
    Unknown,
}

/// From a row to its tenants, with every step's columns known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    column: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    table: Name,
    matched: String,
    column: String,
}

/// A table with what the contract says of its rows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: Name,
    pub(super) oid: u32,
    pub(super) ownership: Ownership,
    /// Predicates: rows that anyone may read; rows that anyone may read and none may write.
    pub(super) public_rows: Option<String>,
    pub(super) shared_rows: Option<String>,
}

/// The ownership of every table of the catalog.
#[derive(Debug)]
pub(in crate::prove) struct Owners {
    pub(super) tables: Vec<Table>,
}

impl Owners {
    /// Works it out: the contract's tables, the usual column, what is shared or internal, then paths of foreign keys to
    /// what is owned. A partition is its parent's.
    ///
    /// # Errors
    /// What the contract says of tables does not fit the catalog, one sentence each.
    pub(in crate::prove) fn of(
        catalog: &Catalog,
        isolation: &Isolation,
        ledger: Option<&str>,
    ) -> Result<Self, Vec<String>> {
        let wrong = unfit(catalog, isolation);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut known: BTreeMap<Name, Ownership> = BTreeMap::new();
        for relation in tables(catalog) {
            if let Some(ownership) = by_contract(catalog, relation, isolation, ledger) {
                known.insert(relation.name.clone(), ownership);
            }
        }
        // Children of children: as many rounds as the longest path has steps.
        loop {
            let found: Vec<(Name, Ownership)> = tables(catalog)
                .filter(|relation| !known.contains_key(&relation.name))
                .filter_map(|relation| Some((relation.name.clone(), by_relatives(relation, &known)?)))
                .collect();
            if found.is_empty() {
                break;
            }
            known.extend(found);
        }
        let tables = tables(catalog)
            .map(|relation| {
                let said = isolation
                    .tables
                    .iter()
                    .find(|(name, _)| is(relation, &name.schema, &name.name))
                    .map(|(_, said)| said);
                Table {
                    name: relation.name.clone(),
                    oid: relation.oid.0,
                    ownership: known.get(&relation.name).cloned().unwrap_or(Ownership::Unknown),
                    public_rows: said.and_then(|said| said.public_rows.clone()),
                    shared_rows: said.and_then(|said| said.shared_rows.clone()),
                }
            })
            .collect();
        Ok(Self { tables })
    }

    /// The column of that table that holds the tenant's key itself, and its type.
    pub(in crate::prove) fn tenant_column(
        &self,
        catalog: &Catalog,
        relation: &Relation,
    ) -> Option<(String, String)> {
        match &self.find(&relation.name)?.ownership {
            Ownership::Tenants(path) if path.steps.is_empty() => {
                let column = catalog
                    .relation(&relation.name.schema, &relation.name.name)?
                    .column(&path.column)?;
                Some((column.name.clone(), column.data_type.clone()))
            }
            _ => None,
        }
    }

    /// The types of the columns that hold tenants' keys.
    pub(in crate::prove) fn key_types(&self, catalog: &Catalog) -> Vec<String> {
        let mut types = Vec::new();
        for table in &self.tables {
            let Ownership::Tenants(path) = &table.ownership else {
                continue;
            };
            let (name, column) = match path.steps.last() {
                Some(step) => (&step.table, &step.column),
                None => (&table.name, &path.column),
            };
            let column = catalog
                .relation(&name.schema, &name.name)
                .and_then(|relation| relation.column(column));
            types.extend(column.map(|column| column.data_type.clone()));
        }
        types
    }

    pub(super) fn find(&self, name: &Name) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == *name)
    }

    /// For whoever makes the rows: how a row of that table becomes a tenant's.
    pub(in crate::prove) fn owner(&self, relation: &Relation) -> Owner {
        if let Some(Ownership::Tenants(path)) = self.find(&relation.name).map(|table| &table.ownership) {
            return match path.steps.split_first() {
                // Whoever has a row of the same group owns it: each row makes its own tenant an owner.
                Some((step, rest)) if step.table == relation.name => self.link(&step.column, rest.first()),
                first => self.link(&path.column, first.map(|(step, _)| step)),
            };
        }
        // A table that only leads to owners, such as memberships, is filled so that it does.
        for table in &self.tables {
            let Ownership::Tenants(path) = &table.ownership else {
                continue;
            };
            if let Some(at) = path.steps.iter().position(|step| step.table == relation.name) {
                return self.link(&path.steps[at].column, path.steps.get(at + 1));
            }
        }
        Owner::None
    }

    fn link(&self, column: &str, step: Option<&Step>) -> Owner {
        let Some(step) = step else {
            return Owner::Column(column.to_owned());
        };
        match self.find(&step.table) {
            Some(parent) => Owner::Parent {
                column: column.to_owned(),
                table: crate::catalog::Oid(parent.oid),
                matched: step.matched.clone(),
            },
            None => Owner::None,
        }
    }
}

impl Path {
    /// The tables that it leads through.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Name> {
        self.steps.iter().map(|step| &step.table)
    }

    /// The column of the table itself that leads to its tenant.
    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// An expression for the tenants of the row `t`, as `text[]`.
    pub(super) fn owners(&self) -> String {
        let start = format!("t.{}", identifier(&self.column));
        let Some((first, rest)) = self.steps.split_first() else {
            return format!("ARRAY[{start}::text]");
        };
        let mut from = format!("{} AS s0", qualified(&first.table.schema, &first.table.name));
        for (at, step) in rest.iter().enumerate() {
            let before = if at == 0 { first } else { &rest[at - 1] };
            from = format!(
                "{from} INNER JOIN {} AS s{} ON s{}.{}::text = s{at}.{}::text",
                qualified(&step.table.schema, &step.table.name),
                at + 1,
                at + 1,
                identifier(&step.matched),
                identifier(&before.column),
            );
        }
        let last = self.steps.last().unwrap_or(first);
        format!(
            "ARRAY(SELECT s{}.{}::text FROM {from} WHERE s0.{}::text = {start}::text)",
            self.steps.len() - 1,
            identifier(&last.column),
            identifier(&first.matched),
        )
    }
}

/// What the contract says of tables and columns that are not there.
fn unfit(catalog: &Catalog, isolation: &Isolation) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, said) in &isolation.tables {
        let Some(relation) = catalog.relation(&name.schema, &name.name) else {
            wrong.push(format!(
                "[isolation.tables] names {}.{}, which the migrations do not make",
                name.schema, name.name
            ));
            continue;
        };
        if let Some(path) = &said.tenant
            && resolve(catalog, relation, path).is_none()
        {
            wrong.push(format!(
                "the path from {} to its tenant does not fit its tables and columns",
                relation.name
            ));
        }
    }
    wrong
}

fn tables(catalog: &Catalog) -> impl Iterator<Item = &Relation> {
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
}

fn is(relation: &Relation, schema: &str, name: &str) -> bool {
    relation.name.schema == schema && relation.name.name == name
}

fn by_contract(
    catalog: &Catalog,
    relation: &Relation,
    isolation: &Isolation,
    ledger: Option<&str>,
) -> Option<Ownership> {
    let (schema, name) = (&relation.name.schema, &relation.name.name);
    let said = isolation
        .tables
        .iter()
        .find(|(said, _)| is(relation, &said.schema, &said.name))
        .map(|(_, said)| said);
    if let Some(path) = said.and_then(|said| said.tenant.as_ref()) {
        return resolve(catalog, relation, path).map(Ownership::Tenants);
    }
    // A ledger belongs to the tool that writes it.
    if isolation
        .internal
        .iter()
        .any(|pattern| pattern.matches(schema, name))
        || ledger == Some(&format!("{schema}.{name}"))
    {
        return Some(Ownership::Internal);
    }
    if isolation
        .undecided
        .iter()
        .any(|pattern| pattern.matches(schema, name))
    {
        return Some(Ownership::Unknown);
    }
    if isolation
        .shared
        .iter()
        .any(|pattern| pattern.matches(schema, name))
    {
        return Some(Ownership::Shared);
    }
    let usual = isolation.tenant.as_ref()?;
    relation.column(usual)?;
    Some(Ownership::Tenants(Path {
        column: usual.clone(),
        steps: Vec::new(),
    }))
}

/// The path with the column that each step matches: the named one, else the one that a foreign key points to, else the
/// table's only key column.
fn resolve(catalog: &Catalog, relation: &Relation, path: &TenantPath) -> Option<Path> {
    let (mut from, mut column) = (relation, path.column.clone());
    from.column(&column)?;
    let mut steps = Vec::new();
    for step in &path.steps {
        let table = catalog.relation(&step.relation.schema, &step.relation.name)?;
        let matched = step
            .matched
            .clone()
            .or_else(|| from.points_to(&column, &table.name).map(str::to_owned))
            .or_else(|| match table.primary_key()?.columns.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            })?;
        steps.push(Step {
            table: table.name.clone(),
            matched,
            column: step.column.clone(),
        });
        (from, column) = (table, step.column.clone());
    }
    Some(Path {
        column: path.column.clone(),
        steps,
    })
}

/// A partition's ownership is its parent's; another table's is that of the one owned table that its keys point to.
fn by_relatives(relation: &Relation, known: &BTreeMap<Name, Ownership>) -> Option<Ownership> {
    if let Some(parent) = relation
        .parents
        .iter()
        .flatten()
        .find_map(|parent| known.get(parent))
    {
        return Some(parent.clone());
    }
    let mut paths = BTreeSet::new();
    for constraint in relation
        .constraints
        .iter()
        .filter(|c| c.kind == ConstraintKind::ForeignKey)
    {
        let (Some(reference), [column]) = (&constraint.references, constraint.columns.as_slice()) else {
            continue;
        };
        if let (Some(Ownership::Tenants(path)), [matched]) =
            (known.get(&reference.relation), reference.columns.as_slice())
        {
            let mut steps = vec![Step {
                table: reference.relation.clone(),
                matched: matched.clone(),
                column: path.column.clone(),
            }];
            steps.extend(path.steps.iter().cloned());
            paths.insert((
                column.clone(),
                PathOrder(Path {
                    column: column.clone(),
                    steps,
                }),
            ));
        }
    }
    // Two keys may lead to two tenants (sender and recipient): whose row it is, only the contract can tell.
    match paths.pop_first() {
        Some((_, path)) if paths.is_empty() => Some(Ownership::Tenants(path.0)),
        _ => None,
    }
}

/// Paths in the order of what they print, which is all that a set needs.
#[derive(Debug, PartialEq, Eq)]
struct PathOrder(Path);

impl PartialOrd for PathOrder {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PathOrder {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.owners().cmp(&other.0.owners())
    }
}
