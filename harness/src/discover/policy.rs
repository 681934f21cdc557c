//! What the policies of a table let through for a role, part by part.

use std::collections::BTreeSet;

use super::expression::{Expr, disjuncts};
use super::owner::{self, Owner, Source};
use super::roles::Access;
use crate::catalog::{Catalog, Policy, Relation};

/// One part of a policy's condition, of those that OR joins.
#[derive(Debug, Clone)]
pub(super) struct Branch<'c> {
    pub(super) policy: &'c Policy,
    pub(super) lets: Lets,
}

/// Which rows a part lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lets {
    /// Somebody's own.
    Owned(BTreeSet<Owner>),
    /// All, for whoever is signed in or whoever asks.
    Everything,
    /// Those of which this is true, whoever asks.
    Rows(String),
    /// None, unless the session is a special one.
    Special,
    /// It can't be told.
    Unknown,
}

/// What the policies that are for the role let through.
pub(super) fn branches<'c>(catalog: &'c Catalog, relation: &'c Relation, access: &Access) -> Vec<Branch<'c>> {
    let mut found = Vec::new();
    for policy in relation.policies.iter().filter(|policy| access.is_meant(policy)) {
        for clause in [&policy.using, &policy.with_check].into_iter().flatten() {
            for part in disjuncts(clause) {
                let lets = lets(catalog, relation, access, part);
                // What narrows opens nothing, but it may tell whose the rows are.
                if !policy.permissive && !matches!(lets, Lets::Owned(_)) {
                    continue;
                }
                let branch = Branch { policy, lets };
                if !found
                    .iter()
                    .any(|known: &Branch<'_>| known.policy.name == policy.name && known.lets == branch.lets)
                {
                    found.push(branch);
                }
            }
        }
    }
    found
}

fn lets(catalog: &Catalog, relation: &Relation, access: &Access, part: &str) -> Lets {
    match Expr::parse(part) {
        Some(condition) => of_condition(catalog, relation, access, &condition, part),
        None => Lets::Unknown,
    }
}

fn of_condition(
    catalog: &Catalog,
    relation: &Relation,
    access: &Access,
    condition: &Expr,
    text: &str,
) -> Lets {
    let mut owned = owner::owners(catalog, relation, condition);
    // Where each of several ways is somebody's own, what they have in common is.
    for part in condition.conjuncts() {
        let Expr::Or(ways) = part else { continue };
        let mut ways = ways
            .iter()
            .filter_map(|way| match of_condition(catalog, relation, access, way, "") {
                Lets::Owned(owners) => Some(owners),
                Lets::Special => None,
                _ => Some(BTreeSet::new()),
            });
        if let Some(first) = ways.next() {
            owned.extend(ways.fold(first, |both, way| &both & &way));
        }
    }
    let parts = condition.conjuncts();
    if owned.is_empty() {
        owned.extend(
            parts
                .iter()
                .filter_map(|part| owner::loosely(catalog, relation, part)),
        );
    }
    if !owned.is_empty() {
        return Lets::Owned(owned);
    }
    if parts.iter().any(|part| matches!(part, Expr::Bool(false))) {
        return Lets::Special;
    }
    let of_row = parts.iter().any(|part| names_row(relation, part));
    if !of_row {
        let open = parts.iter().all(|part| holds_for_all(catalog, access, part));
        return if open { Lets::Everything } else { Lets::Special };
    }
    if parts.iter().any(|part| asks_more(catalog, part)) {
        return if parts
            .iter()
            .any(|part| !names_row(relation, part) && !holds_for_all(catalog, access, part))
        {
            Lets::Special
        } else {
            Lets::Unknown
        };
    }
    Lets::Rows(text.to_owned())
}

/// Whether it reads a column of the row.
fn names_row(relation: &Relation, part: &Expr) -> bool {
    let mut found = false;
    part.walk(&mut |expression| {
        if let Expr::Name(name) = expression {
            let table = name.len().checked_sub(2).map(|at| name[at].as_str());
            let column = name.last().map_or("", String::as_str);
            found |=
                table.is_none_or(|table| table == relation.name.name) && relation.column(column).is_some();
        }
    });
    found
}

/// Whether it asks for more than the row's columns: the session, another table, a function of the project.
fn asks_more(catalog: &Catalog, part: &Expr) -> bool {
    let mut found = false;
    part.walk(&mut |expression| {
        found |= match expression {
            Expr::Query(_) | Expr::Exists(_) => true,
            Expr::Call { name, .. } => {
                owner::function(catalog, name).is_some() || owner::context(catalog, expression).is_some()
            }
            _ => false,
        };
    });
    found
}

/// Whether a condition that names no column is true for every session of the role: `true`, *somebody is signed in*, *the
/// token's role is the role*.
fn holds_for_all(catalog: &Catalog, access: &Access, part: &Expr) -> bool {
    let source = |side: &Expr| owner::context(catalog, side);
    match part {
        Expr::Bool(value) => *value,
        Expr::IsNull { of, not: true } => source(of).is_some(),
        Expr::Binary {
            operator,
            left,
            right,
        } if operator == "=" || operator == "<>" => {
            let (context, constant) = match (&**left, &**right) {
                (side, Expr::Constant(constant)) | (Expr::Constant(constant), side) => {
                    (source(side), constant)
                }
                _ => return false,
            };
            let is_role = |source: Source| {
                source.setting.is_none() || source.path.last().is_some_and(|key| key == "role")
            };
            let same = access.names.contains(constant);
            context.is_some_and(|context| {
                if operator == "=" {
                    is_role(context) && same
                } else {
                    constant.is_empty() || (is_role(context) && !same)
                }
            })
        }
        _ => false,
    }
}
