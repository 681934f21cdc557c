//! Views that are the only guard of their tables: what they compare rows with counts as a policy of the table's would.

use std::borrow::Cow;

use super::clause::{Clause, clauses};
use super::expression::Expr;
use super::owner;
use super::roles::Access;
use crate::catalog::{Catalog, Policy, Relation, RelationKind};

/// The catalog with a policy for each such view.
pub(super) fn as_policies(catalog: &Catalog) -> Cow<'_, Catalog> {
    let views = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::View);
    let found: Vec<(&Relation, Policy)> = views.filter_map(|view| guard(catalog, view)).collect();
    if found.is_empty() {
        return Cow::Borrowed(catalog);
    }
    let mut all = catalog.clone();
    for (table, policy) in found {
        let told = all
            .relations
            .iter_mut()
            .find(|relation| relation.name == table.name);
        if let Some(relation) = told {
            relation.policies.push(policy);
        }
    }
    Cow::Owned(all)
}

/// The table that a view shows the asking session's rows of, to roles that can't reach it otherwise.
fn guard<'c>(catalog: &'c Catalog, view: &Relation) -> Option<(&'c Relation, Policy)> {
    let invoker = |option: &String| option.starts_with("security_invoker") && !option.ends_with("false");
    if view.options.iter().flatten().any(invoker) {
        return None;
    }
    let clauses = clauses(catalog, view.definition.as_deref()?);
    let [clause] = clauses.as_slice() else { return None };
    let [source] = clause.sources.as_slice() else {
        return None;
    };
    let table = source.relation.filter(|table| !table.row_security)?;
    let condition = condition(clause);
    let parsed = Expr::parse(&condition)?;
    let compares = !owner::owners(catalog, table, &parsed).is_empty()
        || parsed
            .conjuncts()
            .into_iter()
            .any(|part| owner::loosely(catalog, table, part).is_some());
    let readers = view.grants.iter().filter(|grant| grant.allows("SELECT"));
    let readers = readers.filter_map(|grant| grant.grantee.clone());
    let only_by_view = |role: &String| {
        let access = Access::of(catalog, role);
        !access.owns(view) && access.commands(catalog, table).is_empty()
    };
    let roles: Vec<String> = readers.filter(only_by_view).collect();
    (compares && !roles.is_empty()).then(|| {
        let policy = Policy {
            oid: view.oid,
            name: format!("view {}", view.name),
            command: "ALL".to_owned(),
            permissive: true,
            roles: Some(roles),
            using: Some(condition),
            with_check: None,
            comment: None,
        };
        (table, policy)
    })
}

/// Its condition as one of the table's would be written.
fn condition(clause: &Clause<'_>) -> String {
    let parts: Vec<String> = clause
        .parts
        .iter()
        .map(|part| format!("({})", clause.told(part)))
        .collect();
    parts.join(" AND ")
}
