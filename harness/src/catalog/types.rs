//! Types that somebody made: enums, domains, composite types, ranges, base types.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{Name, Oid, Owner};
use super::relation::{Column, Constraint};

/// A type. Array, row and multirange types come with others and are not listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Type {
    /// In `pg_type`.
    pub oid: Oid,
    /// Schema and name.
    #[serde(flatten)]
    pub name: Name,
    /// What it is.
    pub kind: TypeKind,
    /// The role it belongs to.
    pub owner: Owner,
    /// An enum's labels, in their order.
    pub labels: Option<Vec<String>>,
    /// What a domain is made on.
    pub base_type: Option<String>,
    /// Whether a domain refuses NULL.
    pub not_null: bool,
    /// A domain's default.
    pub default: Option<String>,
    /// A domain's collation where it is not its base type's.
    pub collation: Option<String>,
    /// The row in `pg_class` of a composite type.
    pub relation_oid: Option<Oid>,
    /// What a range is of.
    pub subtype: Option<String>,
    /// The rest of a range's definition.
    pub range: Option<String>,
    /// What makes a base type.
    pub functions: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// A composite type's, in their order.
    #[serde(default)]
    pub attributes: Vec<Column>,
    /// A domain's, by name.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// Who may use it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypeKind {
    /// A list of labels.
    Enum,
    /// A type with conditions.
    Domain,
    /// A row.
    Composite,
    /// A range.
    Range,
    /// Made of C functions.
    Base,
    /// Named, and not yet made.
    Shell,
}

/// As SQL says it, in lower case.
impl fmt::Display for TypeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enum => "enum",
            Self::Domain => "domain",
            Self::Composite => "composite",
            Self::Range => "range",
            Self::Base => "base type",
            Self::Shell => "shell type",
        })
    }
}
