//! `complete/table`: the tables that the contract names, and no others where it says so.

use crate::catalog::{Catalog, Relation, RelationKind};
use crate::claim::{Claim, Severity, Verdict};
use crate::contract::{Complete, TableName};
use crate::migrate::Applied;

const RULE: &str = "complete/table";

pub(super) fn prove(complete: &Complete, ledger: Option<&str>, applied: &Applied) -> Vec<Claim> {
    let there: Vec<&Relation> = tables(&applied.catalog).collect();
    let mut claims: Vec<Claim> = complete.tables.iter().map(|name| named(name, &there)).collect();
    if complete.exact {
        let given: Vec<String> = tables(&applied.baseline)
            .map(|table| table.name.to_string())
            .collect();
        // A partition belongs to its parent.
        let of_their_own = there.iter().filter(|table| !table.is_partition());
        let extra = of_their_own.filter(|table| {
            let name = table.name.to_string();
            // The ledger is the tool's, and what the platform gives is the platform's.
            !complete.tables.iter().any(|name| is_meant(name, table))
                && !given.contains(&name)
                && ledger != Some(format!("{}.{}", table.name.schema, table.name.name).as_str())
        });
        claims.extend(extra.map(|table| {
            let object = table.name.to_string();
            let message = format!("the table {object} is there, and the contract does not name it");
            let origin = applied.origins.find("pg_class", table.oid.0);
            Claim::new(RULE, object, "", Verdict::Violated, Severity::Error, message)
                .at(origin.map(|origin| origin.made.clone()))
        }));
    }
    claims
}

/// Everything that `CREATE TABLE` and `CREATE FOREIGN TABLE` make.
fn tables(catalog: &Catalog) -> impl Iterator<Item = &Relation> {
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() || relation.kind == RelationKind::ForeignTable)
}

fn is_meant(name: &TableName, table: &Relation) -> bool {
    name.name == table.name.name && name.schema.as_deref().unwrap_or("public") == table.name.schema
}

fn named(name: &TableName, there: &[&Relation]) -> Claim {
    if let Some(table) = there.iter().find(|table| is_meant(name, table)) {
        let object = table.name.to_string();
        let message = format!("{object} is there");
        return Claim::new(RULE, object, "", Verdict::Proven, Severity::Error, message);
    }
    let object = name
        .schema
        .as_ref()
        .map_or_else(|| format!("public.{name}"), |_| name.to_string());
    let mut message = format!("no migration makes the table {object}");
    if let Some(similar) = nearest(&object, there) {
        message = format!("{message}; {similar} is there: is it meant?");
    }
    Claim::new(RULE, object, "", Verdict::Violated, Severity::Error, message)
}

fn nearest(object: &str, there: &[&Relation]) -> Option<String> {
    there
        .iter()
        .map(|table| table.name.to_string())
        .map(|name| (strsim::jaro_winkler(object, &name), name))
        .filter(|(likeness, _)| *likeness > 0.93)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
