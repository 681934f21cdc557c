//! What the contract wants of each row of its tables, worked out by the server before the run.

use std::collections::BTreeMap;

use super::kin::{Kin, RowId};
use super::target::Target;
use crate::catalog::Catalog;
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::session::{Refusal, Session};
use crate::sql::qualified;

/// What has to become of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Stay,
    /// It goes, or is anonymised.
    Go,
    /// The contract does not say.
    Open,
}

/// A row of one of the contract's tables.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The number of its target.
    pub(super) target: usize,
    pub(super) fate: Fate,
    /// What the hold's predicate says of it.
    pub(super) held: Option<bool>,
    /// Its age as text; NULL is `None`.
    pub(super) age: Option<String>,
    /// Whether it stays only because something younger hangs on it.
    pub(super) shielded: bool,
}

/// By row.
pub(super) type Fates = BTreeMap<RowId, Known>;

/// Asks the server, in the zone that the session is in, and looks at what hangs on each row.
pub(super) async fn of(
    session: &Session,
    catalog: &Catalog,
    targets: &[Target<'_>],
    tenant: Option<&str>,
    images: &Images,
) -> Result<Result<(Fates, Kin), Refusal>, Error> {
    let mut fates = Fates::new();
    for (number, target) in targets.iter().enumerate() {
        let query = format!(
            "SELECT {table}.tableoid, {table}.ctid, {}, {}, {}::text FROM {}",
            target.fate(tenant),
            target.held(),
            target.column(&target.age.name),
            target.sql(),
            table = crate::sql::identifier(&target.relation.name.name),
        );
        let rows = match session.ask(&query).await? {
            Ok(rows) => rows,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for row in rows {
            let [table, Some(place), fate, held, age] = row.as_slice() else {
                continue;
            };
            let Some(row) = row_id(catalog, table.as_deref(), place) else {
                continue;
            };
            let known = Known {
                target: number,
                fate: match fate.as_deref() {
                    Some("go") => Fate::Go,
                    Some("stay") => Fate::Stay,
                    _ => Fate::Open,
                },
                held: held.as_deref().map(|held| held == "t"),
                age: age.clone(),
                shielded: false,
            };
            fates.insert(row, known);
        }
    }
    let kin = Kin::of(catalog, images);
    for (number, target) in targets.iter().enumerate() {
        for younger in &target.rule.keep_while_younger {
            let Some(compared) = target.younger(catalog, younger) else {
                continue;
            };
            let table = crate::sql::identifier(&younger.relation.name);
            let query = format!(
                "SELECT {table}.tableoid, {table}.ctid, {compared} FROM {}",
                qualified(&younger.relation.schema, &younger.relation.name),
            );
            for row in session.rows(&query).await? {
                let [table, Some(place), Some(compared)] = row.as_slice() else {
                    continue;
                };
                if let Some(row) = row_id(catalog, table.as_deref(), place) {
                    shield(&mut fates, &kin, number, &row, compared);
                }
            }
        }
    }
    // What has to go can't go without taking along, or being held by, what has to stay.
    let bound: Vec<RowId> = fates
        .iter()
        .filter(|(_, known)| known.fate == Fate::Go && !is_anonymised(targets, known))
        .filter(|(row, _)| {
            kin.below(row).iter().any(|link| {
                !link.lets_go
                    && fates
                        .get(&link.other)
                        .is_some_and(|child| child.fate != Fate::Go || is_anonymised(targets, child))
            })
        })
        .map(|(row, _)| row.clone())
        .collect();
    for row in bound {
        if let Some(known) = fates.get_mut(&row) {
            known.fate = Fate::Open;
        }
    }
    Ok(Ok((fates, kin)))
}

fn is_anonymised(targets: &[Target<'_>], known: &Known) -> bool {
    targets.get(known.target).is_some_and(Target::is_anonymised)
}

/// A child that is younger keeps every row of the target that it hangs on.
fn shield(fates: &mut Fates, kin: &Kin, target: usize, child: &RowId, compared: &str) {
    if compared == "o" {
        return;
    }
    let mut open = vec![child.clone()];
    let mut seen = Vec::new();
    while let Some(row) = open.pop() {
        for link in kin.parents(&row) {
            if seen.contains(&link.other) {
                continue;
            }
            seen.push(link.other.clone());
            open.push(link.other.clone());
            if let Some(known) = fates
                .get_mut(&link.other)
                .filter(|known| known.target == target && known.fate == Fate::Go)
            {
                known.shielded = true;
                if compared == "y" {
                    known.fate = Fate::Stay;
                } else {
                    known.fate = Fate::Open;
                }
            }
        }
    }
}

fn row_id(catalog: &Catalog, table: Option<&str>, place: &str) -> Option<RowId> {
    let oid: u32 = table?.parse().ok()?;
    let relation = catalog.relations.iter().find(|relation| relation.oid.0 == oid)?;
    Some((relation.name.clone(), place.to_owned()))
}
