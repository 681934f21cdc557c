//! `complete/table`: the tables that the contract names, and no others where it says so.

use std::collections::BTreeSet;

use crate::claim::{Claim, Severity, Verdict};
use crate::contract::Complete;
use crate::migrate::Applied;
use crate::sql::split_name;

const RULE: &str = "complete/table";

pub(super) fn prove(complete: &Complete, applied: &Applied) -> Vec<Claim> {
    let there: BTreeSet<(String, String)> = applied.catalog.table_names().collect();
    let given: BTreeSet<(String, String)> = applied.baseline.table_names().collect();
    let wanted: BTreeSet<(String, String)> = complete.tables.iter().map(|name| split_name(name)).collect();
    let mut claims: Vec<Claim> = wanted
        .iter()
        .map(|name| {
            let object = dotted(name);
            if there.contains(name) {
                return Claim::new(RULE, &*object, "", Verdict::Proven, Severity::Error, format!("{object} is there"));
            }
            let mut message = format!("no migration makes the table {object}");
            if let Some(similar) = nearest(&object, &there) {
                message.push_str(&format!("; {similar} is there: is it meant?"));
            }
            Claim::new(RULE, &*object, "", Verdict::Violated, Severity::Error, message)
        })
        .collect();
    if complete.exact {
        let extra = there.iter().filter(|name| !wanted.contains(name) && !given.contains(name));
        claims.extend(extra.map(|name| {
            let object = dotted(name);
            let message = format!("the table {object} is there, and the contract does not name it");
            let location = applied
                .catalog
                .table(&object)
                .and_then(|oid| applied.origins.find("pg_class", oid))
                .map(|origin| origin.made.clone());
            Claim::new(RULE, &*object, "", Verdict::Violated, Severity::Error, message).at(location)
        }));
    }
    claims
}

fn dotted((schema, table): &(String, String)) -> String {
    format!("{schema}.{table}")
}

fn nearest(object: &str, there: &BTreeSet<(String, String)>) -> Option<String> {
    there
        .iter()
        .map(dotted)
        .map(|name| (strsim::jaro_winkler(object, &name), name))
        .filter(|(likeness, _)| *likeness > 0.93)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
