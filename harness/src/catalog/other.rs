//! Schemas, the database, extensions, and what is rare enough in migrations for a line each.

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{Oid, Owner};

/// A schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// In `pg_namespace`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// The role it belongs to.
    pub owner: Owner,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Privileges on it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// The database itself, but for its name, which differs from clone to clone, and its locale, which differs from build
/// to build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// In `pg_database`.
    pub oid: Oid,
    /// The role it belongs to.
    pub owner: Owner,
    /// CONNECTION LIMIT, where there is one.
    pub connection_limit: Option<i32>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Privileges on it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// An extension. Its members are nowhere in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// In `pg_extension`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// Where its members are.
    pub schema: String,
    /// `None` where versions shall not count; see [`super::Catalog::without_extension_versions`].
    pub version: Option<String>,
}

/// A cast, operator, collation, event trigger, publication … : whatever has no type of its own here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// In the catalogue that `class` names.
    #[serde(default)]
    pub oid: Oid,
    /// `pg_cast`, `pg_operator` …
    pub class: String,
    /// As `pg_identify_object` says: `event trigger`, `text search configuration` …
    pub kind: String,
    /// As `pg_identify_object` says: schema-qualified and quoted, with argument types.
    pub name: String,
    /// The role it belongs to, if it is of a kind that belongs to one.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// In words that follow SQL's.
    #[serde(default)]
    pub definition: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Privileges on it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// An object that PostgreSQL or an extension brought, or a parameter, whose privileges are no longer those that it came
/// with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemObject {
    /// In the catalogue that `class` names.
    pub oid: Oid,
    /// `pg_proc`, `pg_class` …
    pub class: String,
    /// `function`, `relation`, `parameter` …
    pub kind: String,
    /// As `pg_identify_object` says.
    pub name: String,
    /// All that is granted on it now.
    #[serde(default)]
    pub grants: Vec<Grant>,
}
