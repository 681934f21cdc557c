//! Everything about a migrated database that matters, and nothing that varies: read from PostgreSQL 14 to 18 into one
//! sorted model, from which the snapshot's text and the differences between two databases are made.
//!
//! ```text
//! sql/*.sql ─ read ─► Catalog ─┬─ without(baseline) ─► Catalog
//!                              ├─ snapshots()        ─► file stem → text
//!                              └─ differences(other) ─► Vec<Difference>
//! ```
//!
//! Not here: which migration made an object (that goes by [`Address`]), and any judgement of what was found.

mod address;
mod difference;
mod function;
mod grant;
mod name;
mod other;
mod read;
mod relation;
mod role;
mod sequence;
mod snapshot;
mod types;

use serde::{Deserialize, Serialize};

pub use self::address::Address;
pub use self::difference::Difference;
pub use self::function::{Function, FunctionKind};
pub use self::grant::Grant;
pub use self::name::{AttributeNumber, Name, Oid, Owner};
pub use self::other::{Database, Extension, Other, Schema, SystemObject};
pub use self::read::CatalogError;
pub use self::relation::{
    Column, Constraint, ConstraintKind, Enabled, Index, Policy, Reference, Relation, RelationKind, Rule,
    Statistics, Trigger,
};
pub use self::role::{DefaultPrivileges, Membership, Role, Setting};
pub use self::sequence::{OwnedBy, Sequence};
pub use self::snapshot::varies_by_version;
pub use self::types::{Type, TypeKind};

/// A database's schema, sorted, so that two readings of the same schema are equal.
///
/// Left out are `pg_catalog`, `information_schema`, temporary schemas, the schema `pgproof`, members of extensions, and
/// what stands in tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The database itself; `None` where it is as in the baseline.
    pub database: Option<Database>,
    /// By name.
    pub schemas: Vec<Schema>,
    /// By name.
    pub extensions: Vec<Extension>,
    /// By name.
    pub roles: Vec<Role>,
    /// By role and member.
    pub memberships: Vec<Membership>,
    /// By role, scope and parameter.
    pub settings: Vec<Setting>,
    /// By role, schema and kind of object.
    pub default_privileges: Vec<DefaultPrivileges>,
    /// By schema and name.
    pub types: Vec<Type>,
    /// By schema and name; those of identity columns are at their column.
    pub sequences: Vec<Sequence>,
    /// Tables, foreign tables, views and materialised views, by schema and name.
    pub relations: Vec<Relation>,
    /// By schema, name and argument types.
    pub functions: Vec<Function>,
    /// By kind and name.
    pub others: Vec<Other>,
    /// By kind and name.
    pub system_objects: Vec<SystemObject>,
}

impl Catalog {
    /// Reads the catalogue of the database that the connection is to, best as a superuser.
    ///
    /// It takes one round trip and changes nothing, in a transaction of the caller's or without. If it fails in a
    /// transaction of the caller's, that is aborted, as by any failed statement.
    pub async fn read(connection: &mut sqlx::PgConnection) -> Result<Self, CatalogError> {
        read::read(connection).await
    }

    /// What is not the same in the baseline, such as what a platform gave before the first migration. An object that
    /// differs in anything stays whole; one that is only in the baseline leaves no trace.
    #[must_use]
    pub fn without(&self, baseline: &Self) -> Self {
        fn left<T: Clone + PartialEq>(all: &[T], known: &[T]) -> Vec<T> {
            all.iter()
                .filter(|object| !known.contains(object))
                .cloned()
                .collect()
        }
        Self {
            database: self
                .database
                .clone()
                .filter(|database| baseline.database.as_ref() != Some(database)),
            schemas: left(&self.schemas, &baseline.schemas),
            extensions: left(&self.extensions, &baseline.extensions),
            roles: left(&self.roles, &baseline.roles),
            memberships: left(&self.memberships, &baseline.memberships),
            settings: left(&self.settings, &baseline.settings),
            default_privileges: left(&self.default_privileges, &baseline.default_privileges),
            types: left(&self.types, &baseline.types),
            sequences: left(&self.sequences, &baseline.sequences),
            relations: left(&self.relations, &baseline.relations),
            functions: left(&self.functions, &baseline.functions),
            others: left(&self.others, &baseline.others),
            system_objects: left(&self.system_objects, &baseline.system_objects),
        }
    }

    /// The same, with only those extensions' versions that `keep` names, for a version says more about the server than
    /// about the migrations unless one of them asked for it. The snapshot's text has the versions that are left.
    #[must_use]
    pub fn without_extension_versions(mut self, keep: &[&str]) -> Self {
        for extension in &mut self.extensions {
            extension.version = extension
                .version
                .take()
                .filter(|_| keep.contains(&extension.name.as_str()));
        }
        self
    }

    /// The relation of a schema and name.
    #[must_use]
    pub fn relation(&self, schema: &str, name: &str) -> Option<&Relation> {
        self.relations
            .iter()
            .find(|relation| relation.name.schema == schema && relation.name.name == name)
    }

    fn sort(&mut self) {
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        self.extensions.sort_by(|a, b| a.name.cmp(&b.name));
        self.roles.sort_by(|a, b| a.name.cmp(&b.name));
        self.memberships.sort();
        self.settings.sort();
        self.default_privileges
            .sort_by(|a, b| (&a.role, &a.schema, &a.objects).cmp(&(&b.role, &b.schema, &b.objects)));
        self.types.sort_by(|a, b| a.name.cmp(&b.name));
        self.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        self.relations.sort_by(|a, b| a.name.cmp(&b.name));
        self.functions
            .sort_by(|a, b| (&a.name, &a.input_types).cmp(&(&b.name, &b.input_types)));
        self.others
            .sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        self.system_objects
            .sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
        for relation in &mut self.relations {
            relation.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            relation.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            relation.policies.sort_by(|a, b| a.name.cmp(&b.name));
            relation.triggers.sort_by(|a, b| a.name.cmp(&b.name));
            relation.rules.sort_by(|a, b| a.name.cmp(&b.name));
            relation.statistics.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for data_type in &mut self.types {
            data_type.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
}
