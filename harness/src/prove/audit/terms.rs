//! What one `[[audit]]` of the contract means in this catalog: which tables, and which of their columns.

use crate::catalog::{Catalog, Column, Name, Relation};
use crate::contract::{Audit, Operation, PartitionName};
use crate::prove::image;

use super::happened;

/// The contract's entry, resolved.
pub(super) struct Terms<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) audit: &'a Audit,
    /// The tables whose changes are logged; of partitions the topmost parent alone.
    pub(super) tables: Vec<&'a Relation>,
}

impl<'a> Terms<'a> {
    /// The tables that the patterns match: no ledger, no log, no view; a partition follows its parent.
    pub(super) fn new(catalog: &'a Catalog, audit: &'a Audit, ledger: Option<&str>, logs: &[&Audit]) -> Self {
        let is_log = |name: &Name| {
            logs.iter()
                .any(|other| other.log.schema == name.schema && other.log.name == name.name)
        };
        let meant = |relation: &Relation| {
            audit
                .tables
                .iter()
                .any(|pattern| pattern.matches(&relation.name.schema, &relation.name.name))
        };
        let mut tables: Vec<&Relation> = Vec::new();
        for relation in catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table())
        {
            let root = happened::root(catalog, relation);
            // A partition that is named outright means what its parent means.
            let named = |relation: &Relation| {
                audit.tables.iter().any(|pattern| {
                    pattern.is_exact() && pattern.matches(&relation.name.schema, &relation.name.name)
                })
            };
            let said = meant(root) || named(relation);
            let is_ledger = ledger == Some(format!("{}.{}", root.name.schema, root.name.name).as_str());
            if said
                && !is_ledger
                && !is_log(&root.name)
                && !tables.iter().any(|known| known.name == root.name)
            {
                tables.push(root);
            }
        }
        Self {
            catalog,
            audit,
            tables,
        }
    }

    /// Whether an entry may bear the parent's name, and whether the partition's.
    pub(super) fn takes_parent(&self) -> bool {
        self.audit.partitions != Some(PartitionName::Child)
    }

    pub(super) fn takes_partition(&self) -> bool {
        self.audit.partitions != Some(PartitionName::Parent)
    }

    pub(super) fn logs(&self, operation: Operation) -> bool {
        self.audit.operations.contains(&operation)
    }

    /// The table's partitions at any depth, and itself.
    pub(super) fn family(&self, table: &'a Relation) -> Vec<&'a Relation> {
        let is_of = |relation: &&Relation| happened::root(self.catalog, relation).name == table.name;
        self.catalog.relations.iter().filter(is_of).collect()
    }

    /// Whether the column is one of those that never stand in the log in clear.
    pub(super) fn is_redacted(&self, table: &Relation, column: &str) -> bool {
        is_listed(&self.audit.redact, table, column)
    }

    /// Whether a change of the column alone need not be logged.
    pub(super) fn is_ignored(&self, table: &Relation, column: &str) -> bool {
        is_listed(&self.audit.ignore, table, column) && !self.must_capture(table).any(|must| must == column)
    }

    /// The columns of the table whose changes are logged however they come about.
    pub(super) fn must_capture(&self, table: &Relation) -> impl Iterator<Item = &str> {
        self.audit
            .must_capture
            .iter()
            .filter(|(name, _)| name.schema == table.name.schema && name.name == table.name.name)
            .flat_map(|(_, columns)| columns.iter().map(String::as_str))
    }

    /// Whether an image of the row has to have the column: a virtual one is nowhere stored, and triggers don't see it.
    pub(super) fn is_imaged(&self, table: &Relation, column: &str) -> bool {
        let is_virtual = |column: &Column| column.generated_kind.as_deref() == Some("virtual");
        table.column(column).is_some_and(|column| !is_virtual(column)) && !self.is_redacted(table, column)
    }

    /// Of the changed columns those that make an entry necessary.
    pub(super) fn telling<'c>(&self, table: &Relation, changed: &[&'c str]) -> Vec<&'c str> {
        changed
            .iter()
            .copied()
            .filter(|column| {
                !self.is_ignored(table, column)
                    && (self.is_imaged(table, column) || self.is_redacted(table, column))
            })
            .collect()
    }
}

/// The columns that tell a row of the table from all others.
pub(super) fn key(table: &Relation) -> Vec<String> {
    image::key(table)
}

/// `column`, `table.column` or `schema.table.column`.
fn is_listed(list: &[String], table: &Relation, column: &str) -> bool {
    list.iter().any(|listed| {
        listed == column
            || *listed == format!("{}.{column}", table.name.name)
            || *listed == format!("{}.{}.{column}", table.name.schema, table.name.name)
    })
}
