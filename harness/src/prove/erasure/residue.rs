//! Looking for a person in everything that is stored.

use std::collections::BTreeMap;

use super::bench::Bench;
use crate::catalog::Name;
use crate::prove::image::{Image, Images};
use crate::prove::trace::Form;

/// Where something of the person was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Residue {
    /// The column that it stands in.
    pub(super) column: String,
    /// The person's column that it comes from.
    pub(super) of: String,
    pub(super) form: Form,
}

/// What is found of the person, by relation, each place in it once.
pub(super) fn find(bench: &Bench<'_>, images: &Images) -> BTreeMap<Name, Vec<Residue>> {
    let mut all: BTreeMap<Name, Vec<Residue>> = BTreeMap::new();
    for (name, rows) in &images.0 {
        for row in rows.values() {
            for residue in in_row(bench, name, row) {
                let known = all.entry(name.clone()).or_default();
                if !known.contains(&residue) {
                    known.push(residue);
                }
            }
        }
    }
    all
}

fn in_row(bench: &Bench<'_>, name: &Name, row: &Image) -> Vec<Residue> {
    let own = bench.own.contains(name);
    let mut found = Vec::new();
    for (column, value) in row {
        let Some(value) = value else { continue };
        for mark in &bench.subject.traces {
            // The contract lets other places hold it.
            if !own && bench.erasure.may_keep.contains(&mark.column) {
                continue;
            }
            if let Some(form) = mark.trace.found(value) {
                found.push(Residue {
                    column: column.clone(),
                    of: mark.column.clone(),
                    form,
                });
            }
        }
    }
    found
}

impl std::fmt::Display for Residue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} still holds the person's {} {}",
            self.column, self.of, self.form
        )
    }
}
