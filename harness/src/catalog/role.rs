//! Roles, their memberships, the settings of roles and databases, and default privileges.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{Oid, readable};

/// A role. PostgreSQL's own and the bootstrap superuser are not listed; passwords are not read.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the attributes of CREATE ROLE"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// In `pg_authid`.
    pub oid: Oid,
    /// The name.
    pub name: String,
    /// SUPERUSER.
    pub superuser: bool,
    /// INHERIT.
    pub inherit: bool,
    /// CREATEROLE.
    pub create_role: bool,
    /// CREATEDB.
    pub create_database: bool,
    /// LOGIN.
    pub login: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypass_rls: bool,
    /// CONNECTION LIMIT, where there is one.
    pub connection_limit: Option<i32>,
    /// VALID UNTIL, in UTC.
    pub valid_until: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// That one role is a member of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// The role whose privileges are had.
    pub role: String,
    /// The role that has them.
    pub member: String,
    /// WITH ADMIN OPTION.
    pub admin: bool,
    /// WITH INHERIT, where it is not the member's own attribute (16 and later).
    pub inherit: Option<bool>,
    /// WITH SET, where it is false (16 and later).
    pub set: Option<bool>,
}

/// `ALTER ROLE … SET`, `ALTER DATABASE … SET`, or `ALTER ROLE … IN DATABASE … SET` of this database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// The role; `None` is every role.
    pub role: Option<String>,
    /// Whether it holds in this database alone, or in all.
    pub in_database: bool,
    /// The parameter.
    pub name: String,
    /// Its value, as `pg_db_role_setting` keeps it.
    pub value: String,
}

/// What a role's new objects will be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultPrivileges {
    /// In `pg_default_acl`.
    pub oid: Oid,
    /// Whose new objects.
    pub role: String,
    /// In which schema; `None` is everywhere.
    pub schema: Option<String>,
    /// `tables`, `sequences`, `functions`, `types`, `schemas` or `large objects`.
    pub objects: String,
    /// Without a schema, all that will be granted; with one, what is added.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// `new tables of rich_owner in schema app`.
impl fmt::Display for DefaultPrivileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "new {} of {}", self.objects, readable(&self.role))?;
        self.schema
            .as_deref()
            .map_or(Ok(()), |schema| write!(f, " in schema {}", readable(schema)))
    }
}

/// `rich_app is in rich_group with admin option`.
impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is in {}", readable(&self.member), readable(&self.role))?;
        if self.admin {
            write!(f, " with admin option")?;
        }
        if let Some(inherit) = self.inherit {
            write!(f, " with inherit {inherit}")?;
        }
        self.set.map_or(Ok(()), |set| write!(f, " with set {set}"))
    }
}

impl Setting {
    /// `role rich_app in this database`.
    pub(super) fn scope(&self) -> String {
        match (&self.role, self.in_database) {
            (Some(role), true) => format!("role {} in this database", readable(role)),
            (Some(role), false) => format!("role {}", readable(role)),
            (None, true) => "this database".to_owned(),
            (None, false) => "all roles".to_owned(),
        }
    }
}
