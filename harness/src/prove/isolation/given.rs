//! What a platform gives and the migrations leave as it is: its tables and functions are not the project's to be judged by,
//! unless the contract names them. They are attacked all the same, for what they make reachable of the project's.

use crate::catalog::Name;
use crate::claim::Claim;
use crate::contract::Isolation;
use crate::migrate::Applied;
use crate::project::Project;

/// Leaves out the claims about such objects.
pub(super) fn leave_out(
    claims: &mut Vec<Claim>,
    project: &Project,
    isolation: &Isolation,
    applied: &Applied,
) {
    let (all, changed) = (&applied.catalog, applied.catalog.without(&applied.baseline));
    let is_given = |name: &Name| project.is_given_schema(&name.schema);
    let is_named = |name: &Name| {
        let patterns = isolation.shared.iter().chain(&isolation.internal);
        isolation
            .tables
            .keys()
            .any(|table| table.schema == name.schema && table.name == name.name)
            || patterns
                .into_iter()
                .any(|pattern| pattern.matches(&name.schema, &name.name))
    };
    let relations = all.relations.iter().filter(|relation| {
        is_given(&relation.name)
            && !is_named(&relation.name)
            && !changed.relations.iter().any(|other| other.name == relation.name)
    });
    let functions = all.functions.iter().filter(|function| {
        is_given(&function.name)
            && !changed
                .functions
                .iter()
                .any(|other| other.signature() == function.signature())
    });
    let given: Vec<String> = relations
        .map(|relation| relation.name.to_string())
        .chain(functions.map(crate::catalog::Function::signature))
        .collect();
    claims.retain(|claim| !given.contains(&claim.object));
}
