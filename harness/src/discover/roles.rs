//! Which of the roles the application's sessions run as, by what is granted to them and which policies are for them.

use std::collections::BTreeSet;

use super::guess::Sureness;
use super::policy::{Lets, branches};
use crate::catalog::{Catalog, Grant, Policy, Relation, Role};

/// Names that nobody's role goes by.
const NOBODY: [&str; 7] = [
    "anon",
    "anonymous",
    "web_anon",
    "guest",
    "nobody",
    "visitor",
    "public_user",
];

/// Words in the names of roles that work behind the application.
const BEHIND: [&str; 28] = [
    "service",
    "admin",
    "worker",
    "owner",
    "migrat",
    "monitor",
    "report",
    "readonly",
    "read_only",
    "reader",
    "backup",
    "super",
    "replic",
    "cron",
    "job",
    "batch",
    "maint",
    "operator",
    "auditor",
    "analyt",
    "dba",
    "deploy",
    "etl",
    "root",
    // Those of platforms.
    "supabase",
    "dashboard",
    "authenticator",
    "pgbouncer",
];

/// A role with all that it is a member of, whose privileges and policies it has.
#[derive(Debug, Clone, Default)]
pub(super) struct Access {
    pub(super) names: BTreeSet<String>,
}

impl Access {
    pub(super) fn of(catalog: &Catalog, role: &str) -> Self {
        let mut names = BTreeSet::from([role.to_owned()]);
        let mut open = vec![role.to_owned()];
        while let Some(member) = open.pop() {
            let of_member = catalog
                .memberships
                .iter()
                .filter(|membership| membership.member == member);
            let inherits = catalog
                .roles
                .iter()
                .find(|role| role.name == member)
                .is_none_or(|role| role.inherit);
            for membership in of_member.filter(|membership| membership.inherit.unwrap_or(inherits)) {
                if names.insert(membership.role.clone()) {
                    open.push(membership.role.clone());
                }
            }
        }
        Self { names }
    }

    /// Whether a policy is for it.
    pub(super) fn is_meant(&self, policy: &Policy) -> bool {
        let named = |roles: &Vec<String>| roles.iter().any(|role| self.names.contains(role));
        policy.roles.as_ref().is_none_or(named)
    }

    fn has(&self, grant: &Grant) -> bool {
        grant
            .grantee
            .as_ref()
            .is_none_or(|role| self.names.contains(role))
    }

    /// Whether it is meant to see rows of a relation: it has the privilege, and where there is row level security, a policy.
    pub(super) fn reads(&self, catalog: &Catalog, relation: &Relation) -> bool {
        let opens = |policy: &Policy| {
            policy.permissive && ["ALL", "SELECT"].contains(&policy.command.as_str()) && self.is_meant(policy)
        };
        self.commands(catalog, relation).contains("SELECT")
            && (!relation.row_security || relation.policies.iter().any(opens))
    }

    pub(super) fn owns(&self, relation: &Relation) -> bool {
        self.names.contains(&relation.owner.role)
    }

    /// The commands on a relation that it has the privilege for, and may come to by the schema.
    pub(super) fn commands(&self, catalog: &Catalog, relation: &Relation) -> BTreeSet<&'static str> {
        let schema = catalog
            .schemas
            .iter()
            .find(|schema| schema.name == relation.name.schema);
        let enters = schema.is_none_or(|schema| {
            self.names.contains(&schema.owner.role)
                || schema
                    .grants
                    .iter()
                    .any(|grant| self.has(grant) && grant.allows("USAGE"))
        });
        let columns = relation.columns.iter().flat_map(|column| &column.grants);
        let grants: Vec<&Grant> = relation
            .grants
            .iter()
            .chain(columns)
            .filter(|grant| self.has(grant))
            .collect();
        ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"]
            .into_iter()
            .filter(|command| {
                enters && (self.owns(relation) || grants.iter().any(|grant| grant.allows(command)))
            })
            .collect()
    }
}

/// The application's role, and how it is known.
#[derive(Debug, Clone)]
pub(super) struct Found<'c> {
    pub(super) role: &'c Role,
    pub(super) access: Access,
    pub(super) sureness: Sureness,
    pub(super) why: String,
}

/// What speaks for a role.
struct Standing<'c> {
    role: &'c Role,
    access: Access,
    /// Tables with a policy that names it, and compares rows with who is asking.
    named: usize,
    /// Tables that such a policy protects from it, named or not.
    protected: usize,
    /// Tables that it may use.
    granted: usize,
    owned: usize,
}

/// The application's role; none where nothing tells.
pub(super) fn application(catalog: &Catalog) -> Option<Found<'_>> {
    let roles = catalog
        .roles
        .iter()
        .filter(|role| !role.superuser && !is_nobody(&role.name));
    let mut all: Vec<Standing<'_>> = roles.map(|role| standing(catalog, role)).collect();
    let known = all.len();
    let eligible = |one: &Standing<'_>| {
        one.named > 0 || one.protected > 0 && one.granted > 0 && one.owned == 0 && !one.role.bypass_rls
    };
    if !all.iter().any(eligible) {
        return owner(all);
    }
    all.retain(eligible);
    let behind = |one: &Standing<'_>| BEHIND.iter().any(|word| one.role.name.contains(word));
    all.sort_by_key(|one| {
        (
            behind(one),
            std::cmp::Reverse((one.named, one.protected, one.granted)),
            one.role.name.clone(),
        )
    });
    let rivals = all.iter().filter(|one| !behind(one)).count();
    let one = all.into_iter().next()?;
    let alone = rivals <= 1 || known == 1;
    Some(Found {
        sureness: if one.named > 0 || alone {
            Sureness::Sure
        } else {
            Sureness::Likely
        },
        why: if one.named > 0 {
            format!(
                "policies of {} that compare rows with who is asking are TO it",
                tables(one.named)
            )
        } else {
            format!(
                "it may use {}, and policies of {} hold for it",
                tables(one.granted),
                tables(one.protected)
            )
        },
        role: one.role,
        access: one.access,
    })
}

/// Where nobody but their owner may use the tables, the policies can only be meant for the owner.
fn owner(all: Vec<Standing<'_>>) -> Option<Found<'_>> {
    let granted = all.iter().any(|one| one.owned == 0 && one.granted > 0);
    let mut owners: Vec<Standing<'_>> = all
        .into_iter()
        .filter(|one| one.owned > 0 && one.protected > 0)
        .collect();
    // Who is a member of the owner is the one that logs in.
    let members: Vec<String> = owners
        .iter()
        .flat_map(|one| {
            one.access
                .names
                .iter()
                .filter(|name| **name != one.role.name)
                .cloned()
        })
        .collect();
    owners.retain(|one| !members.contains(&one.role.name));
    let mut owners = owners.into_iter();
    let (one, None) = (owners.next()?, owners.next()) else {
        return None;
    };
    (!granted).then(|| Found {
        sureness: Sureness::Likely,
        why: format!(
            "it owns {} with policies, and nobody else may use them",
            tables(one.owned)
        ),
        role: one.role,
        access: one.access,
    })
}

/// Where no policy tells: the one role that may use tables with row level security, and does not work behind the application.
pub(super) fn by_grants(catalog: &Catalog) -> Option<Found<'_>> {
    let guarded = |relation: &&Relation| relation.kind.is_table() && relation.row_security;
    let reaches = |role: &&Role| {
        let access = Access::of(catalog, &role.name);
        let mut guarded = catalog.relations.iter().filter(guarded);
        guarded.any(|relation| !access.owns(relation) && !access.commands(catalog, relation).is_empty())
    };
    let behind = |role: &&Role| BEHIND.iter().any(|word| role.name.contains(word));
    let roles = catalog
        .roles
        .iter()
        .filter(|role| !role.superuser && !role.bypass_rls && !is_nobody(&role.name));
    let mut roles = roles.filter(|role| !behind(role)).filter(reaches);
    let (role, None) = (roles.next()?, roles.next()) else {
        return None;
    };
    Some(Found {
        role,
        access: Access::of(catalog, &role.name),
        sureness: Sureness::Likely,
        why: "it is the only role of an application that may use tables with row level security".to_owned(),
    })
}

/// The only role that may use any table and does not work behind the application.
pub(super) fn only(catalog: &Catalog) -> Option<String> {
    let uses = |role: &&Role| {
        let access = Access::of(catalog, &role.name);
        let tables = catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table());
        tables
            .into_iter()
            .any(|relation| !access.owns(relation) && !access.commands(catalog, relation).is_empty())
    };
    let roles = catalog
        .roles
        .iter()
        .filter(|role| !role.superuser && !is_nobody(&role.name) && !works_behind(&role.name));
    let mut roles = roles.filter(uses);
    match (roles.next(), roles.next()) {
        (Some(only), None) => Some(only.name.clone()),
        _ => None,
    }
}

fn standing<'c>(catalog: &'c Catalog, role: &'c Role) -> Standing<'c> {
    let access = Access::of(catalog, &role.name);
    let mut standing = Standing {
        role,
        access: access.clone(),
        named: 0,
        protected: 0,
        granted: 0,
        owned: 0,
    };
    for relation in catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        let owned: Vec<&Policy> = branches(catalog, relation, &access)
            .into_iter()
            .filter(|branch| matches!(branch.lets, Lets::Owned(_)))
            .map(|branch| branch.policy)
            .collect();
        let names_it = |policy: &&Policy| {
            policy
                .roles
                .iter()
                .flatten()
                .any(|name| access.names.contains(name))
        };
        standing.named += usize::from(owned.iter().any(names_it));
        let owns = access.owns(relation);
        let may_use = !access.commands(catalog, relation).is_empty();
        standing.protected += usize::from(!owned.is_empty() && may_use);
        standing.granted += usize::from(!owns && may_use);
        standing.owned += usize::from(owns);
    }
    standing
}

pub(super) fn tables(count: usize) -> String {
    if count == 1 {
        "1 table".to_owned()
    } else {
        format!("{count} tables")
    }
}

/// The role of whoever is not signed in.
pub(super) fn anonymous(catalog: &Catalog) -> Option<&Role> {
    catalog
        .roles
        .iter()
        .find(|role| is_nobody(&role.name) && !role.superuser)
}

/// Whether a role's name says that it works behind the application.
pub(super) fn works_behind(role: &str) -> bool {
    BEHIND.iter().any(|word| role.contains(word))
}

pub(super) fn is_nobody(role: &str) -> bool {
    NOBODY.contains(&role)
}
