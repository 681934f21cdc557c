//! `[isolation]`: who the tenants are, how a session becomes one of them, and what belongs to whom.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::context::Context;
use super::names::{RelationName, RelationPattern};
use super::reader::{FromToml, Problems, Table, Value, ValueError};
use super::tenant_path::TenantPath;

/// What one tenant may see and do of another's: nothing but what is said here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Isolation {
    /// The role that sessions of tenants run as. Needed unless the context gives each tenant a role of its own.
    pub role: Option<String>,
    /// The role of nobody, if there is one.
    pub anonymous: Option<String>,
    /// How a session becomes one tenant's.
    pub context: Context,
    /// The keys of two tenants or more. Left out: made up to fit the column.
    #[schemars(default)]
    pub tenants: Vec<String>,
    /// The column that usually holds the tenant's key.
    pub tenant: Option<String>,
    /// Relations that all tenants may read and none may write.
    #[schemars(default)]
    pub shared: Vec<RelationPattern>,
    /// Relations that tenants reach nothing of.
    #[schemars(default)]
    pub internal: Vec<RelationPattern>,
    /// Relations of which it is not decided yet whose they are: nothing of them is tried, and a remark says so.
    #[schemars(default)]
    pub undecided: Vec<RelationPattern>,
    /// Claims of the token that a user can change.
    #[schemars(default)]
    pub user_editable_claims: Vec<String>,
    /// Whether a context that the tenant's role may set itself is a violation; else it is information. All other SQL is tried
    /// either way.
    #[schemars(default)]
    pub hostile_sql: bool,
    /// What belongs to whom, table by table.
    #[schemars(default)]
    pub tables: BTreeMap<RelationName, TenantTable>,
    /// Other roles, and what they are meant to reach.
    #[schemars(default)]
    pub roles: BTreeMap<String, OtherRole>,
}

impl FromToml for Isolation {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[isolation]", problems)?;
        let context: Option<Context> = table.required("context");
        if let Some(error) = context.as_ref().and_then(Context::same_for_all_tenants) {
            table.add("context", error);
        }
        let role = match context {
            Some(Context::Roles { .. }) | None => table.optional("role"),
            Some(_) => table.required("role"),
        };
        let tenants: Vec<String> = table.or_default("tenants");
        if let Some(error) = unfit_tenants(&tenants, table.has("tenants"), context.as_ref()) {
            table.add("tenants", error);
        }
        let anonymous = table.optional("anonymous");
        let tenant = table.optional("tenant");
        let shared = table.or_default("shared");
        let internal = table.or_default("internal");
        let undecided = table.or_default("undecided");
        let user_editable_claims = table.or_default("user_editable_claims");
        let hostile_sql = table.or_default("hostile_sql");
        let tables = table.or_default("tables");
        let roles = table.or_default("roles");
        table.close();
        Some(Self {
            role,
            anonymous,
            context: context?,
            tenants,
            tenant,
            shared,
            internal,
            undecided,
            user_editable_claims,
            hostile_sql,
            tables,
            roles,
        })
    }
}

/// Isolation is between two: one tenant, or the same twice, would prove nothing.
fn unfit_tenants(tenants: &[String], written: bool, context: Option<&Context>) -> Option<ValueError> {
    if !written || tenants.is_empty() && context.is_none() {
        return None;
    }
    if let Some((_, twice)) = tenants
        .iter()
        .enumerate()
        .find(|(at, tenant)| tenants[..*at].contains(tenant))
    {
        return Some(ValueError::new(format!("tenant `{twice}` is named twice")));
    }
    if tenants.len() < 2 {
        return Some(ValueError::new("isolation is between two tenants or more").labelled("too few"));
    }
    match context {
        Some(Context::Roles { roles, .. }) if roles.len() != tenants.len() => Some(ValueError::new(format!(
            "{} tenants, but {} roles: the context needs one for each",
            tenants.len(),
            roles.len()
        ))),
        _ => None,
    }
}

/// Whose the rows of a table are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TenantTable {
    /// The column with the tenant's key, or the path to it. Left out: the usual column, or a path of foreign keys.
    pub tenant: Option<TenantPath>,
    /// A predicate: rows that anyone may read.
    pub public_rows: Option<String>,
    /// A predicate: rows that anyone may read and no tenant may write.
    pub shared_rows: Option<String>,
}

impl FromToml for TenantTable {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "a table of [isolation.tables]", problems)?;
        let read = Self {
            tenant: table.optional("tenant"),
            public_rows: table.optional("public_rows"),
            shared_rows: table.optional("shared_rows"),
        };
        table.close();
        Some(read)
    }
}

/// Another role, and what it is meant to reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OtherRole {
    /// How a session of the role is set up; constants are allowed here. Where it tells tenants apart, as the tenants' own
    /// does, the role is one of tenants, too: each of its sessions must see and change one tenant's rows alone.
    pub context: Option<Context>,
    /// What it is meant to read.
    #[schemars(default)]
    pub reads: Vec<RelationPattern>,
    /// What it is meant to write.
    #[schemars(default)]
    pub writes: Vec<RelationPattern>,
}

impl FromToml for OtherRole {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "a role of [isolation.roles]", problems)?;
        let read = Self {
            context: table.optional("context"),
            reads: table.or_default("reads"),
            writes: table.or_default("writes"),
        };
        table.close();
        Some(read)
    }
}
