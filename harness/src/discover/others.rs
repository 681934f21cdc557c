//! Roles beside the application's that may use tenants' tables: which are tenants' as well, which are meant to reach
//! everything, and of which it can't be told.

use std::collections::BTreeSet;

use super::guess::Sureness;
use super::policy::{Branch, Lets, branches};
use super::roles::{self, Access, Found};
use super::tables::{Belongs, Table};
use crate::catalog::{Catalog, Relation, RelationKind, Role};
use crate::contract::Context;

/// What another role is taken for.
#[derive(Debug)]
pub(super) struct Other {
    pub(super) role: String,
    pub(super) taken: Taken,
    pub(super) sureness: Sureness,
    pub(super) why: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Its sessions are tenants'; beside that it is meant to read and write these.
    Tenants {
        reads: Vec<String>,
        writes: Vec<String>,
    },
    /// It is meant to reach the rows of all.
    All,
    Unknown,
}

/// What the tables' own grants and policies say of a role.
#[derive(Debug, Default)]
struct Standing {
    /// Tables with row level security that it may use.
    guarded: usize,
    /// Tables with a policy TO it that compares rows with who is asking.
    kept: usize,
    /// Tables where a policy that holds for everybody does.
    kept_by_all: usize,
    /// Tables where a part of a policy that is for it alone lets it at whoever's rows.
    opened: usize,
}

/// The roles that are given something of tenants' tables, by a grant or a policy, that the application's is not. What the
/// platform made is the platform's.
pub(super) fn others(
    catalog: &Catalog,
    given: &Catalog,
    application: &Found<'_>,
    of_tenants: &[&Relation],
    tables: &[Table],
) -> Vec<Other> {
    let roles = catalog.roles.iter().filter(|role| {
        !role.superuser && !roles::is_nobody(&role.name) && role.name != application.role.name
    });
    let mut found = Vec::new();
    for role in roles {
        let access = Access::of(catalog, &role.name);
        let is_platforms = || given.roles.iter().any(|known| known.name == role.name);
        if !has_more(catalog, application, &access, of_tenants) || role.bypass_rls && is_platforms() {
            continue;
        }
        found.push(judged(
            catalog,
            given,
            application,
            role,
            &access,
            of_tenants,
            tables,
        ));
    }
    found
}

fn has_more(catalog: &Catalog, application: &Found<'_>, access: &Access, tables: &[&Relation]) -> bool {
    let more: BTreeSet<&String> = access.names.difference(&application.access.names).collect();
    tables.iter().any(|table| {
        let columns = table.columns.iter().flat_map(|column| &column.grants);
        let granted = table.grants.iter().chain(columns);
        let granted = granted.filter_map(|grant| grant.grantee.as_ref());
        let meant = table
            .policies
            .iter()
            .flat_map(|policy| policy.roles.iter().flatten());
        !access.owns(table)
            && granted.chain(meant).any(|name| more.contains(&name))
            && !access.commands(catalog, table).is_empty()
    })
}

fn judged(
    catalog: &Catalog,
    given: &Catalog,
    application: &Found<'_>,
    role: &Role,
    access: &Access,
    of_tenants: &[&Relation],
    tables: &[Table],
) -> Other {
    let other = |taken, sureness, why| Other {
        role: role.name.clone(),
        taken,
        sureness,
        why,
    };
    if role.bypass_rls {
        let why = "row level security does not hold for it (BYPASSRLS)".to_owned();
        return other(Taken::All, Sureness::Likely, why);
    }
    let standing = standing(catalog, application, access, of_tenants);
    let behind = roles::works_behind(&role.name);
    let kept_everywhere = standing.kept_by_all > 0 && standing.opened * 2 < standing.guarded;
    if standing.kept == 0 && standing.opened > 0 && (behind || !kept_everywhere) {
        let why = format!(
            "policies of {} that are for it alone let it at all rows{}, and none that is TO it compares rows with who is asking",
            roles::tables(standing.opened),
            if behind {
                ", its name says that it works behind the application"
            } else {
                ""
            },
        );
        return other(Taken::All, Sureness::Likely, why);
    }
    let why = if standing.kept > 0 {
        format!(
            "policies of {} that compare rows with who is asking are TO it",
            roles::tables(standing.kept)
        )
    } else if standing.kept_by_all > 0 {
        format!(
            "policies of {} that compare rows with who is asking hold for it",
            roles::tables(standing.kept_by_all)
        )
    } else {
        let why = "no policy that holds for it compares rows with who is asking".to_owned();
        return other(Taken::Unknown, Sureness::Guess, why);
    };
    let sure = standing.kept > 0 && !behind;
    match beside(catalog, given, application, access, tables) {
        Some((reads, writes)) => {
            let sureness = if sure { Sureness::Sure } else { Sureness::Likely };
            other(Taken::Tenants { reads, writes }, sureness, why)
        }
        None => other(
            Taken::Unknown,
            Sureness::Guess,
            "policies let it at tables that are for no tenant or for all".to_owned(),
        ),
    }
}

fn standing(catalog: &Catalog, application: &Found<'_>, access: &Access, tables: &[&Relation]) -> Standing {
    let mut standing = Standing::default();
    let used = tables
        .iter()
        .filter(|table| table.row_security && !access.commands(catalog, table).is_empty());
    for table in used {
        standing.guarded += 1;
        let for_application = branches(catalog, table, &application.access);
        let for_it = branches(catalog, table, access);
        let owned = |branch: &&Branch<'_>| matches!(branch.lets, Lets::Owned(_));
        let is_its = |branch: &&Branch<'_>| {
            let named = branch.policy.roles.iter().flatten();
            let mut named = named.filter(|name| access.names.contains(*name));
            named.any(|name| !application.access.names.contains(name))
        };
        // A policy for everybody may open for one role: `current_user = 'billing'`.
        let alone = |branch: &&Branch<'_>| {
            is_its(branch)
                || !for_application
                    .iter()
                    .any(|known| known.policy.name == branch.policy.name && known.lets == branch.lets)
        };
        let opens = |branch: &&Branch<'_>| {
            branch.policy.permissive && matches!(branch.lets, Lets::Everything | Lets::Unknown)
        };
        standing.kept += usize::from(for_it.iter().filter(owned).any(|branch| is_its(&branch)));
        standing.kept_by_all += usize::from(for_it.iter().any(|branch| owned(&branch)));
        standing.opened += usize::from(for_it.iter().filter(alone).any(|branch| opens(&branch)));
    }
    standing
}

/// What it may read and write that is no tenant's, and views that are for it alone; `None` where policies decide that.
fn beside(
    catalog: &Catalog,
    given: &Catalog,
    application: &Found<'_>,
    access: &Access,
    tables: &[Table],
) -> Option<(Vec<String>, Vec<String>)> {
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for relation in &catalog.relations {
        let commands = access.commands(catalog, relation);
        if commands.is_empty() || access.owns(relation) {
            continue;
        }
        let name = format!("{}.{}", relation.name.schema, relation.name.name);
        if matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView) {
            if application.access.commands(catalog, relation).is_empty() {
                reads.push(name);
            }
            continue;
        }
        let told = tables.iter().find(|table| table.name == relation.name);
        let internal = match told.map(|table| &table.belongs) {
            Some(Belongs::Internal) => true,
            Some(Belongs::Shared) => false,
            None if given.relations.contains(relation) => true,
            _ => continue,
        };
        let lets_in = |branch: &Branch<'_>| branch.policy.permissive && branch.lets != Lets::Special;
        if relation.row_security {
            if branches(catalog, relation, access).iter().any(lets_in) {
                return None;
            }
            continue;
        }
        if internal && commands.contains("SELECT") {
            reads.push(name.clone());
        }
        if ["INSERT", "UPDATE", "DELETE"]
            .iter()
            .any(|command| commands.contains(command))
        {
            writes.push(name);
        }
    }
    Some((reads, writes))
}

/// The context of a tenant's session of another role: a token says which.
pub(super) fn context(of_application: &Context, application: &str, role: &str) -> Context {
    let Context::Setting {
        setting,
        claims: Some(claims),
    } = of_application
    else {
        return of_application.clone();
    };
    let mut document: serde_json::Value = serde_json::from_str(claims).unwrap_or_default();
    if let Some(named) = document.get_mut("role").filter(|named| **named == application) {
        *named = role.into();
        return Context::Setting {
            setting: setting.clone(),
            claims: Some(document.to_string()),
        };
    }
    of_application.clone()
}
