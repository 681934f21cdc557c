//! Who the tenants are: the value of the session that policies compare rows with, and the column that usually holds it.

use std::collections::BTreeMap;

use super::guess::Sureness;
use super::owner::{self, Owner, Source};
use super::policy::{Branch, Lets, branches};
use super::roles::Access;
use crate::catalog::{Catalog, Relation};
use crate::contract::Context;

/// A table as the application's role meets it.
#[derive(Debug)]
pub(super) struct Met<'c> {
    pub(super) relation: &'c Relation,
    /// What the policies for the role, or for nobody's role, let through.
    pub(super) branches: Vec<Branch<'c>>,
    /// The commands that either has the privilege for.
    pub(super) commands: Vec<&'static str>,
}

impl Met<'_> {
    /// The owners that one part of its policies names, part by part.
    pub(super) fn owned(&self) -> impl Iterator<Item = &std::collections::BTreeSet<Owner>> {
        self.branches.iter().filter_map(|branch| match &branch.lets {
            Lets::Owned(owners) => Some(owners),
            _ => None,
        })
    }

    /// The column that its policies compare with that value of the session, where it is one.
    pub(super) fn direct(&self, source: &Source) -> Option<&str> {
        let mut columns = self
            .owned()
            .flatten()
            .filter(|owner| owner.source == *source && owner.path.steps.is_empty())
            .map(|owner| owner.path.column.as_str());
        let first = columns.next()?;
        columns.all(|column| column == first).then_some(first)
    }
}

/// The tables that hold rows of their own, but for partitions, which follow their parents.
pub(super) fn meet<'c>(
    catalog: &'c Catalog,
    access: &Access,
    nobody: Option<&Access>,
    ledger: Option<&str>,
) -> Vec<Met<'c>> {
    let tables = catalog.relations.iter().filter(|relation| {
        relation.kind.is_table() && !relation.is_partition() && ledger != Some(&relation.name.to_string())
    });
    tables
        .map(|relation| {
            let mut commands: Vec<&str> = access.commands(catalog, relation).into_iter().collect();
            commands.extend(
                nobody
                    .iter()
                    .flat_map(|nobody| nobody.commands(catalog, relation)),
            );
            commands.sort_unstable();
            commands.dedup();
            Met {
                relation,
                branches: branches(catalog, relation, access),
                commands,
            }
        })
        .collect()
}

/// How a session becomes a tenant's.
#[derive(Debug, Clone)]
pub(super) struct Tenancy {
    /// The value that tells one tenant from another.
    pub(super) source: Source,
    pub(super) context: Context,
    /// The names of the tenants where they are roles.
    pub(super) tenants: Vec<String>,
    pub(super) sureness: Sureness,
    pub(super) why: String,
    /// The column that most tables hold the tenant's key in, its type, and which tables' policies say so.
    pub(super) usual: Option<Usual>,
}

/// The usual column.
#[derive(Debug, Clone)]
pub(super) struct Usual {
    pub(super) column: String,
    pub(super) data_type: String,
    /// The tables whose own policies compare it with the tenant.
    pub(super) tables: Vec<String>,
    /// The tables with a policy that compares anything with the tenant.
    pub(super) of: usize,
}

/// Works it out from the policies; none where they compare nothing with who is asking.
pub(super) fn tenancy(catalog: &Catalog, met: &[Met<'_>], role: &str) -> Option<Tenancy> {
    let mut votes: BTreeMap<&Source, usize> = BTreeMap::new();
    for table in met {
        let mut sources: Vec<&Source> = table.owned().flatten().map(|owner| &owner.source).collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            *votes.entry(source).or_default() += 1;
        }
    }
    let most = votes.values().copied().max()?;
    let source = votes
        .iter()
        .find(|(_, count)| **count == most)
        .map(|(source, _)| (*source).clone())?;
    let usual = usual(met, &source);
    let (context, tenants) = if source.setting.is_none() {
        by_role(catalog, met)?
    } else {
        let is_uuid = usual.as_ref().is_none_or(|usual| usual.data_type == "uuid");
        (by_settings(catalog, &source, &votes, role, is_uuid), Vec::new())
    };
    let rivals = votes.values().filter(|count| **count == most).count();
    Some(Tenancy {
        why: format!("policies of {} compare rows with it", super::roles::tables(most)),
        sureness: if rivals == 1 {
            Sureness::Sure
        } else {
            Sureness::Likely
        },
        source,
        context,
        tenants,
        usual,
    })
}

fn usual(met: &[Met<'_>], source: &Source) -> Option<Usual> {
    let mut columns: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let mut of = 0;
    for table in met {
        of += usize::from(table.owned().flatten().any(|owner| owner.source == *source));
        let column = table
            .direct(source)
            .and_then(|column| table.relation.column(column));
        if let Some(column) = column {
            let key = (column.name.as_str(), column.data_type.as_str());
            columns
                .entry(key)
                .or_default()
                .push(table.relation.name.to_string());
        }
    }
    // `id` is whatever row's own key, and the tenant's only in the table of tenants.
    let rank = |(name, _): &(&str, &str), tables: &[String]| (*name != "id", tables.len());
    let ((column, data_type), tables) = columns.into_iter().max_by(|(one, tables), (other, others)| {
        rank(one, tables)
            .cmp(&rank(other, others))
            .then_with(|| other.cmp(one))
    })?;
    Some(Usual {
        column: column.to_owned(),
        data_type: data_type.to_owned(),
        tables,
        of,
    })
}

/// The setting, and what else the policies read of it: a token says more than who asks.
fn by_settings(
    catalog: &Catalog,
    source: &Source,
    votes: &BTreeMap<&Source, usize>,
    role: &str,
    is_uuid: bool,
) -> Context {
    let setting = source.setting.as_deref().unwrap_or_default();
    let claims = |paths: &[&[String]]| {
        let mut document = serde_json::Map::new();
        for path in paths {
            put(&mut document, path);
        }
        document
    };
    let others: Vec<&Source> = votes
        .keys()
        .copied()
        .filter(|other| **other != *source && other.setting.is_some())
        .collect();
    if !source.path.is_empty() {
        let of_same = others
            .iter()
            .filter(|other| other.setting == source.setting && !other.path.is_empty());
        let mut paths: Vec<&[String]> = vec![&source.path];
        paths.extend(of_same.map(|other| other.path.as_slice()));
        let mut document = claims(&paths);
        // What reads a token's role takes it for the session's.
        if setting == "request.jwt.claims" {
            document.insert("role".to_owned(), role.into());
            // Every token names its user. Where nothing reads that, any name will do; else it has to be one that can be cast.
            let is_known = paths.iter().any(|path| *path == ["sub"]);
            if !is_known && (is_uuid || !reads_sub(catalog)) {
                document.insert("sub".to_owned(), if is_uuid { "$1" } else { "user-of-$1" }.into());
            }
        }
        return Context::Setting {
            setting: setting.to_owned(),
            claims: Some(serde_json::Value::Object(document).to_string()),
        };
    }
    let plain: Vec<&str> = others
        .iter()
        .filter(|other| other.path.is_empty())
        .filter_map(|other| other.setting.as_deref())
        .collect();
    if plain.is_empty() {
        return Context::Setting {
            setting: setting.to_owned(),
            claims: None,
        };
    }
    let set = |setting: &str| format!("select set_config({}, $1, true)", crate::sql::literal(setting));
    Context::Sql {
        sql: std::iter::once(setting).chain(plain).map(set).collect(),
    }
}

/// Whether anything takes the user out of a token.
fn reads_sub(catalog: &Catalog) -> bool {
    let bodies = catalog
        .functions
        .iter()
        .filter_map(|function| function.body.as_deref());
    let policies = catalog.relations.iter().flat_map(|relation| &relation.policies);
    let conditions = policies
        .flat_map(|policy| [&policy.using, &policy.with_check])
        .flatten();
    bodies
        .chain(conditions.map(String::as_str))
        .any(|text| text.contains("'sub'"))
}

/// Puts `$1` where the keys lead.
fn put(document: &mut serde_json::Map<String, serde_json::Value>, path: &[String]) {
    match path {
        [] => {}
        [key] => {
            document.insert(key.clone(), "$1".into());
        }
        [key, rest @ ..] => {
            let inner = document
                .entry(key.clone())
                .or_insert_with(|| serde_json::Value::Object(serde_json::Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest);
            }
        }
    }
}

/// A role for each tenant: those that policies let in by their name, and the login that becomes them.
fn by_role(catalog: &Catalog, met: &[Met<'_>]) -> Option<(Context, Vec<String>)> {
    let guarded: Vec<&Met<'_>> = met
        .iter()
        .filter(|table| table.owned().next().is_some())
        .collect();
    let reaches = |access: &Access| {
        guarded
            .iter()
            .any(|table| !access.commands(catalog, table.relation).is_empty())
    };
    let is_group = |name: &str| {
        catalog
            .memberships
            .iter()
            .any(|membership| membership.role == name)
    };
    let mut roles: Vec<&str> = catalog
        .roles
        .iter()
        .filter(|role| !role.superuser && !role.bypass_rls && !super::roles::is_nobody(&role.name))
        .filter(|role| guarded.iter().all(|table| table.relation.owner.role != role.name))
        .map(|role| role.name.as_str())
        .filter(|role| reaches(&Access::of(catalog, role)))
        .collect();
    // Who is in all the others is the one that logs in, and whose members are here is the group that the grants are to.
    let members = |login: &str| {
        let of = |role: &&&str| {
            catalog
                .memberships
                .iter()
                .any(|one| one.member == login && one.role == ***role)
        };
        roles.iter().filter(of).count()
    };
    let login = catalog
        .roles
        .iter()
        .find(|role| members(&role.name) >= 2)
        .map(|role| role.name.clone());
    roles.retain(|role| Some(*role) != login.as_deref());
    let leaves: Vec<&str> = roles.iter().copied().filter(|role| !is_group(role)).collect();
    if login.is_none() && leaves.len() >= 2 {
        roles = leaves;
    } else if let Some(login) = &login {
        roles.retain(|role| {
            catalog
                .memberships
                .iter()
                .any(|one| one.member == *login && one.role == *role)
        });
    }
    if roles.len() < 2 {
        return None;
    }
    let roles: Vec<String> = roles.into_iter().map(str::to_owned).collect();
    Some((
        Context::Roles {
            roles: roles.clone(),
            login,
        },
        roles,
    ))
}

/// The value that a function of the project tells, where no policy compares a row with any: `auth.uid()` and the like.
pub(super) fn told_by_function(catalog: &Catalog, role: &str) -> Option<Tenancy> {
    let mut found: Vec<(Source, String)> = catalog
        .functions
        .iter()
        .filter(|function| function.input_types.is_empty())
        .filter_map(|function| {
            let call = super::expression::Expr::Call {
                name: vec![function.name.schema.clone(), function.name.name.clone()],
                arguments: Vec::new(),
            };
            Some((owner::context(catalog, &call)?, function.signature()))
        })
        .filter(|(source, _)| source.setting.is_some())
        .collect();
    let last = |source: &Source| {
        source
            .path
            .last()
            .cloned()
            .or_else(|| source.setting.clone())
            .unwrap_or_default()
    };
    let tells_who = |source: &Source| {
        let last = last(source);
        last == "sub"
            || ["user_id", "tenant", "org_id", "account_id", "uid"]
                .iter()
                .any(|word| last.ends_with(word))
    };
    found.retain(|(source, _)| tells_who(source));
    let (source, function) = found.into_iter().next()?;
    Some(Tenancy {
        context: by_settings(catalog, &source, &BTreeMap::new(), role, true),
        source,
        tenants: Vec::new(),
        sureness: Sureness::Likely,
        why: format!("{function} tells it, and no policy compares a row with anything else"),
        usual: None,
    })
}
