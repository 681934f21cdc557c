//! What really became of the rows of a step, as a superuser saw them before and after: by table, a partition's rows as
//! its parent's, so that a row that moves is one row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::{Catalog, Name, Relation};
use crate::contract::Operation;
use crate::prove::image::{self, Image, Rows};

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// The table that holds it: the partition, where there are any.
    pub(super) leaf: Name,
    pub(super) image: Image,
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The table that the contract means: the topmost parent of a partition.
    pub(super) table: Name,
    /// None: it is new.
    pub(super) old: Option<Stored>,
    /// None: it is gone.
    pub(super) new: Option<Stored>,
}

impl Change {
    pub(super) fn operation(&self) -> Operation {
        match (&self.old, &self.new) {
            (None, _) => Operation::Insert,
            (Some(_), None) => Operation::Delete,
            (Some(_), Some(_)) => Operation::Update,
        }
    }

    /// The columns whose values differ, in their order. Of a row that is new or gone: none.
    pub(super) fn changed(&self) -> Vec<&str> {
        let (Some(old), Some(new)) = (&self.old, &self.new) else {
            return Vec::new();
        };
        let differs = |(column, value): &(&String, &Option<String>)| old.image.get(*column) != Some(*value);
        new.image
            .iter()
            .filter(differs)
            .map(|(column, _)| column.as_str())
            .collect()
    }

    /// Before, else after.
    pub(super) fn either(&self) -> Option<&Stored> {
        self.old.as_ref().or(self.new.as_ref())
    }

    /// Whether it went from one partition to another.
    pub(super) fn moved(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.leaf != new.leaf)
    }
}

/// The table whose partition this is, at the top; itself where it is none.
pub(super) fn root<'a>(catalog: &'a Catalog, relation: &'a Relation) -> &'a Relation {
    let mut at = relation;
    while at.is_partition() {
        let parent = at.parents.iter().flatten().next();
        match parent.and_then(|name| catalog.relation(&name.schema, &name.name)) {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}

/// What became of the rows of the tables that were written, and were read before and after.
pub(super) fn changes(
    catalog: &Catalog,
    before: &BTreeMap<Name, Arc<Rows>>,
    after: &BTreeMap<Name, Arc<Rows>>,
) -> Vec<Change> {
    let mut roots: BTreeMap<&Name, (&Relation, Vec<Stored>, Vec<Stored>)> = BTreeMap::new();
    for (name, now) in after {
        let Some(relation) = catalog.relation(&name.schema, &name.name) else {
            continue;
        };
        let root = root(catalog, relation);
        let (_, gone, new) = roots
            .entry(&root.name)
            .or_insert_with(|| (root, Vec::new(), Vec::new()));
        let stored = |image: &Image| Stored {
            leaf: name.clone(),
            image: image.clone(),
        };
        let then = before.get(name);
        let was = |place: &String| then.is_some_and(|then| then.contains_key(place));
        gone.extend(
            then.into_iter()
                .flat_map(|then| then.iter())
                .filter(|(place, _)| !now.contains_key(*place))
                .map(|(_, image)| stored(image)),
        );
        new.extend(
            now.iter()
                .filter(|(place, _)| !was(place))
                .map(|(_, image)| stored(image)),
        );
    }
    let mut changes = Vec::new();
    for (table, (root, gone, new)) in roots {
        pair(table, &image::key(root), gone, new, &mut changes);
    }
    changes
}

/// Pairs what is gone with what is new: by key, or where there is one of each.
fn pair(table: &Name, key: &[String], gone: Vec<Stored>, mut new: Vec<Stored>, changes: &mut Vec<Change>) {
    let mut add = |old: Option<Stored>, new: Option<Stored>| {
        changes.push(Change {
            table: table.clone(),
            old,
            new,
        });
    };
    let mut unpaired = Vec::new();
    for old in gone {
        let same = |new: &Stored| {
            key.iter()
                .all(|column| old.image.get(column) == new.image.get(column))
        };
        match new.iter().position(|new| !key.is_empty() && same(new)) {
            Some(at) => add(Some(old), Some(new.remove(at))),
            None => unpaired.push(old),
        }
    }
    if unpaired.len() == 1 && new.len() == 1 {
        add(unpaired.pop(), new.pop());
        return;
    }
    for old in unpaired {
        add(Some(old), None);
    }
    for new in new {
        add(None, Some(new));
    }
}
