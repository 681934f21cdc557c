//! Which rows hang on which: foreign keys between tables, and from row to row by what is in them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Constraint, ConstraintKind, Name, Reference, Relation};
use crate::prove::image::{Image, Images, tables};

/// A row: the table that holds it itself, and the place where it lay.
pub(super) type RowId = (Name, String);

/// A foreign key.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) child: &'a Relation,
    pub(super) constraint: &'a Constraint,
    pub(super) reference: &'a Reference,
}

/// The foreign keys of tables, those that partitions have from their parents left out.
pub(super) fn keys(catalog: &Catalog) -> impl Iterator<Item = Key<'_>> {
    let children = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() && !relation.is_partition());
    children.flat_map(|child| {
        child.constraints.iter().filter_map(move |constraint| {
            let reference = constraint.references.as_ref()?;
            (constraint.kind == ConstraintKind::ForeignKey).then_some(Key {
                child,
                constraint,
                reference,
            })
        })
    })
}

/// Those that point to a table, or to the one that it is a partition of.
pub(super) fn to<'a>(catalog: &'a Catalog, parent: &Relation) -> Vec<Key<'a>> {
    let names = lineage(catalog, &parent.name);
    keys(catalog)
        .filter(|key| names.contains(&key.reference.relation))
        .collect()
}

/// Whether foreign keys lead from one table to another, be it by way of further tables.
pub(super) fn leads_to(catalog: &Catalog, child: &Relation, parent: &Relation) -> bool {
    let mut reached: Vec<Name> = vec![parent.name.clone()];
    let mut at = 0;
    while let Some(name) = reached.get(at).cloned() {
        let Some(relation) = catalog.relation(&name.schema, &name.name) else {
            return false;
        };
        for key in to(catalog, relation) {
            if key.child.name == child.name || lineage(catalog, &child.name).contains(&key.child.name) {
                return true;
            }
            if !reached.contains(&key.child.name) {
                reached.push(key.child.name.clone());
            }
        }
        at += 1;
    }
    false
}

/// A table, and what it is a partition of or inherits from.
pub(super) fn lineage(catalog: &Catalog, name: &Name) -> Vec<Name> {
    let mut names = vec![name.clone()];
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        let relation = catalog.relation(&name.schema, &name.name);
        for parent in relation
            .and_then(|relation| relation.parents.as_ref())
            .into_iter()
            .flatten()
        {
            if !names.contains(parent) {
                names.push(parent.clone());
            }
        }
        at += 1;
    }
    names
}

/// A link from one row to its parent.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) other: RowId,
    /// The key's columns in the child.
    pub(super) columns: Vec<String>,
    /// Whether the child is only let go: `SET NULL` or `SET DEFAULT`.
    pub(super) lets_go: bool,
}

/// The rows of a database and what they point to.
#[derive(Debug, Default)]
pub(super) struct Kin {
    parents: BTreeMap<RowId, Vec<Link>>,
    children: BTreeMap<RowId, Vec<Link>>,
}

impl Kin {
    pub(super) fn of(catalog: &Catalog, images: &Images) -> Self {
        let mut kin = Self::default();
        let holders: Vec<(&Name, Vec<Name>)> = tables(catalog)
            .map(|relation| (&relation.name, lineage(catalog, &relation.name)))
            .collect();
        let of = |name: &Name| -> Vec<&Name> {
            holders
                .iter()
                .filter(|(_, lineage)| lineage.contains(name))
                .map(|(holder, _)| *holder)
                .collect()
        };
        for key in keys(catalog) {
            let mut places: BTreeMap<Vec<&String>, RowId> = BTreeMap::new();
            for holder in of(&key.reference.relation) {
                for (place, image) in images.places(holder) {
                    if let Some(values) = values(image, &key.reference.columns) {
                        places.insert(values, (holder.clone(), place.clone()));
                    }
                }
            }
            let lets_go = key.reference.on_delete.starts_with("set");
            for holder in of(&key.child.name) {
                for (place, image) in images.places(holder) {
                    let parent =
                        values(image, &key.constraint.columns).and_then(|values| places.get(&values));
                    let Some(parent) = parent else {
                        continue;
                    };
                    let child: RowId = (holder.clone(), place.clone());
                    let link = |other: &RowId| Link {
                        other: other.clone(),
                        columns: key.constraint.columns.clone(),
                        lets_go,
                    };
                    kin.children.entry(parent.clone()).or_default().push(link(&child));
                    kin.parents.entry(child.clone()).or_default().push(link(parent));
                }
            }
        }
        kin
    }

    pub(super) fn parents(&self, row: &RowId) -> &[Link] {
        self.parents.get(row).map_or(&[], Vec::as_slice)
    }

    /// Every row that hangs on it, however far below.
    pub(super) fn below(&self, row: &RowId) -> Vec<&Link> {
        let mut seen: BTreeSet<&RowId> = BTreeSet::new();
        let mut found = Vec::new();
        let mut open = vec![row];
        while let Some(row) = open.pop() {
            for link in self.children.get(row).into_iter().flatten() {
                if seen.insert(&link.other) {
                    found.push(link);
                    if !link.lets_go {
                        open.push(&link.other);
                    }
                }
            }
        }
        found
    }

    /// Whether one of the rows that it hangs on, however far above, is among those.
    pub(super) fn hangs_on(&self, row: &RowId, rows: &BTreeSet<RowId>) -> bool {
        let mut seen: BTreeSet<&RowId> = BTreeSet::new();
        let mut open = vec![row];
        while let Some(row) = open.pop() {
            for link in self.parents(row) {
                if rows.contains(&link.other) {
                    return true;
                }
                if seen.insert(&link.other) {
                    open.push(&link.other);
                }
            }
        }
        false
    }
}

/// The values of a key, where none is NULL.
fn values<'a>(image: &'a Image, columns: &[String]) -> Option<Vec<&'a String>> {
    columns.iter().map(|column| image.get(column)?.as_ref()).collect()
}
