//! Relations and what hangs on them: columns, constraints, indexes, policies, triggers, rules, statistics.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{AttributeNumber, Name, Oid, Owner};
use super::sequence::Sequence;

/// A table, partitioned table, foreign table, view or materialised view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// In `pg_class`.
    pub oid: Oid,
    /// Schema and name.
    #[serde(flatten)]
    pub name: Name,
    /// What it is.
    pub kind: RelationKind,
    /// The role it belongs to.
    pub owner: Owner,
    /// Whether it is UNLOGGED.
    pub unlogged: bool,
    /// The access method, where it is not `heap`.
    pub access_method: Option<String>,
    /// The tablespace, where it is not the database's.
    pub tablespace: Option<String>,
    /// The composite type of a table made OF it.
    pub of_type: Option<String>,
    /// Storage parameters and view options, as `name=value`, sorted; those of the TOAST table begin with `toast.`.
    pub options: Option<Vec<String>>,
    /// Whether row level security is enabled.
    pub row_security: bool,
    /// Whether it is forced on the owner.
    pub force_row_security: bool,
    /// REPLICA IDENTITY where it is not the default: `full`, `nothing` or `index`.
    pub replica_identity: Option<String>,
    /// What it is partitioned by.
    pub partition_key: Option<String>,
    /// The bound of a partition.
    pub partition_bound: Option<String>,
    /// What it inherits from or is a partition of, in order.
    pub parents: Option<Vec<Name>>,
    /// The server of a foreign table.
    pub server: Option<String>,
    /// The options of a foreign table.
    pub server_options: Option<Vec<String>>,
    /// The query of a view; printed differently by different majors.
    pub definition: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// In the order that `SELECT *` gives.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// By name.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// By name.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// By name.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// By name.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// By name.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// By name.
    #[serde(default)]
    pub statistics: Vec<Statistics>,
    /// On the whole relation.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

impl Relation {
    /// The column of `to` that a foreign key over that column points to.
    pub(crate) fn points_to(&self, column: &str, to: &Name) -> Option<&str> {
        self.constraints.iter().find_map(|constraint| {
            let reference = constraint
                .references
                .as_ref()
                .filter(|reference| reference.relation == *to)?;
            let at = constraint.columns.iter().position(|name| name == column)?;
            reference.columns.get(at).map(String::as_str)
        })
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints
            .iter()
            .find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// Whether the column is part of a constraint of one of these kinds.
    #[must_use]
    pub fn constrains(&self, column: &str, kinds: &[ConstraintKind]) -> bool {
        self.constraints
            .iter()
            .filter(|constraint| kinds.contains(&constraint.kind))
            .any(|constraint| constraint.columns.iter().any(|name| name == column))
    }

    /// Whether the column is part of a unique index, be it a constraint's or not.
    #[must_use]
    pub fn is_in_unique_index(&self, column: &str) -> bool {
        self.indexes
            .iter()
            .any(|index| index.unique && index.columns.iter().flatten().any(|name| name == column))
    }

    /// Whether it is a partition of another table.
    #[must_use]
    pub fn is_partition(&self) -> bool {
        self.partition_bound.is_some()
    }
}

/// What a relation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RelationKind {
    /// An ordinary table, a partition too.
    #[serde(rename = "table")]
    Table,
    /// A table that has partitions.
    #[serde(rename = "partitioned table")]
    PartitionedTable,
    /// A table on another server.
    #[serde(rename = "foreign table")]
    ForeignTable,
    /// A view.
    #[serde(rename = "view")]
    View,
    /// A view whose rows are stored.
    #[serde(rename = "materialized view")]
    MaterializedView,
}

impl RelationKind {
    /// Whether it holds rows of its own and takes policies: a table, partitioned or not.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::PartitionedTable)
    }
}

/// As SQL says it, in lower case.
impl fmt::Display for RelationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::PartitionedTable => "partitioned table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
        })
    }
}

/// A column of a relation, or an attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// With the relation's oid it names the column in `pg_attribute`.
    pub number: AttributeNumber,
    /// The name.
    pub name: String,
    /// The type with its modifiers, schema-qualified unless it is built in.
    #[serde(rename = "type")]
    pub data_type: String,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Whether NOT NULL was added NOT VALID, so that older rows may hold NULL (18).
    #[serde(default)]
    pub not_null_unchecked: bool,
    /// The default's expression.
    pub default: Option<String>,
    /// The expression of a generated column.
    pub generated: Option<String>,
    /// `stored` or `virtual`.
    pub generated_kind: Option<String>,
    /// `always` or `by default`.
    pub identity: Option<String>,
    /// The sequence of an identity column.
    #[serde(default)]
    pub identity_sequence: Option<Sequence>,
    /// The collation where it is not the type's.
    pub collation: Option<String>,
    /// The storage where it is not the type's.
    pub storage: Option<String>,
    /// The compression where one was set.
    pub compression: Option<String>,
    /// The statistics target where one was set.
    pub statistics_target: Option<i32>,
    /// Attribute options, and a foreign table's column options.
    pub options: Option<Vec<String>>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// On this column alone.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// A constraint of a table or of a domain. NOT NULL is said at the column.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own in PostgreSQL"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// In `pg_constraint`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ConstraintKind,
    /// As SQL, with NOT VALID, DEFERRABLE and the like.
    pub definition: String,
    /// The columns, in the constraint's order; those that a check names.
    pub columns: Vec<String>,
    /// What a foreign key points to.
    pub references: Option<Reference>,
    /// Whether it was checked against the rows that were there.
    pub validated: bool,
    /// Whether it is enforced (18 knows NOT ENFORCED).
    pub enforced: bool,
    /// Whether it can be deferred.
    pub deferrable: bool,
    /// Whether it is, unless a transaction says otherwise.
    pub deferred: bool,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConstraintKind {
    /// PRIMARY KEY.
    #[serde(rename = "primary key")]
    PrimaryKey,
    /// UNIQUE.
    #[serde(rename = "unique")]
    Unique,
    /// FOREIGN KEY.
    #[serde(rename = "foreign key")]
    ForeignKey,
    /// CHECK.
    #[serde(rename = "check")]
    Check,
    /// EXCLUDE.
    #[serde(rename = "exclude")]
    Exclude,
}

/// The far side of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table pointed to.
    #[serde(flatten)]
    pub relation: Name,
    /// Its columns, in the order of the key's.
    pub columns: Vec<String>,
    /// `no action`, `restrict`, `cascade`, `set null` or `set default`.
    pub on_update: String,
    /// The same, for DELETE.
    pub on_delete: String,
}

/// An index.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own in PostgreSQL"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// In `pg_class`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// As SQL.
    pub definition: String,
    /// `btree`, `gin` …
    pub method: String,
    /// The key's columns in order, without INCLUDE; `None` is an expression.
    pub columns: Vec<Option<String>>,
    /// The condition of a partial index.
    pub predicate: Option<String>,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether NULLs are equal to it (15 and later).
    pub nulls_not_distinct: bool,
    /// The constraint that it serves.
    pub constraint: Option<String>,
    /// Whether queries and writes use it: false after a failed CREATE INDEX CONCURRENTLY.
    pub valid: bool,
    /// Whether it is the replica identity.
    pub replica_identity: bool,
    /// Whether CLUSTER uses it.
    pub clustered: bool,
    /// The tablespace, where it is not the database's.
    pub tablespace: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A row level security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// In `pg_policy`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// Permissive policies widen, restrictive ones narrow.
    pub permissive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// Sorted; `None` is PUBLIC.
    pub roles: Option<Vec<String>>,
    /// Which rows are seen.
    pub using: Option<String>,
    /// Which rows may be written; where it is missing, `using` serves.
    pub with_check: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A trigger that somebody made, or that a partition has from its parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// In `pg_trigger`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// As SQL.
    pub definition: String,
    /// When it fires, by `session_replication_role`.
    pub enabled: Enabled,
    /// What it calls.
    pub function: Name,
    /// Whether a partition has it from its parent.
    pub from_parent: bool,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// When a trigger or rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enabled {
    /// As usual: not in replication.
    Origin,
    /// Never.
    Disabled,
    /// Only in replication.
    Replica,
    /// In replication too.
    Always,
}

/// A rewrite rule, but for the one that makes a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// In `pg_rewrite`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub event: String,
    /// Whether it is done instead.
    pub instead: bool,
    /// When it fires.
    pub enabled: Enabled,
    /// As SQL; printed differently by different majors.
    pub definition: String,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// In `pg_statistic_ext`.
    pub oid: Oid,
    /// Schema and name, for they may lie in another schema than their table.
    #[serde(flatten)]
    pub name: Name,
    /// As SQL.
    pub definition: String,
    /// The statistics target where one was set.
    pub target: Option<i32>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}
