//! The types of the server, by oid.

use std::collections::BTreeMap;

use serde::Deserialize;
use sqlx::{PgConnection, Row as _};

use super::RowsError;

/// A type, as far as making a value of it takes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Type {
    pub(super) oid: u32,
    /// As a cast takes it, without a length.
    pub(super) name: String,
    /// `typname`.
    pub(super) plain: String,
    /// `typtype`: b, c, d, e, r, m.
    pub(super) kind: char,
    /// `typcategory`.
    pub(super) category: char,
    /// Of an array.
    pub(super) element: Option<u32>,
    /// Of a domain.
    pub(super) base: Option<u32>,
    /// Of a domain.
    pub(super) base_modifier: i32,
    /// What a range is of, or the range that a multirange is of.
    pub(super) range: Option<u32>,
    pub(super) labels: Vec<String>,
    /// Types and modifiers of a composite type's attributes.
    pub(super) attributes: Vec<(u32, i32)>,
    /// A domain's.
    pub(super) checks: Vec<String>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Types(BTreeMap<u32, Type>);

impl Types {
    pub(super) async fn read(session: &mut PgConnection) -> Result<Self, RowsError> {
        let mut types = BTreeMap::new();
        for row in sqlx::raw_sql(include_str!("sql/types.sql"))
            .fetch_all(session)
            .await?
        {
            let read: Type = serde_json::from_str(&row.try_get::<String, _>("item")?)?;
            types.insert(read.oid, read);
        }
        Ok(Self(types))
    }

    pub(super) fn get(&self, oid: u32) -> Option<&Type> {
        self.0.get(&oid)
    }

    /// As a cast takes it; `text` for what is not known, so that the statement says what is wrong.
    pub(super) fn name(&self, oid: u32) -> &str {
        self.get(oid).map_or("text", |known| &known.name)
    }

    /// The type under all domains, its modifier, and the checks on the way there.
    pub(super) fn undomained(&self, oid: u32, modifier: i32) -> (u32, i32, Vec<&str>) {
        let (mut oid, mut modifier) = (oid, modifier);
        let mut checks = Vec::new();
        while let Some(domain) = self.get(oid).filter(|known| known.kind == 'd') {
            checks.extend(domain.checks.iter().map(String::as_str));
            let Some(base) = domain.base else { break };
            oid = base;
            if domain.base_modifier != -1 {
                modifier = domain.base_modifier;
            }
        }
        (oid, modifier, checks)
    }

    /// Whether a domain is part of the type, so that its values have to be tried.
    pub(super) fn has_domain(&self, oid: u32) -> bool {
        self.get(oid).is_some_and(|known| {
            known.kind == 'd'
                || known.element.is_some_and(|element| self.has_domain(element))
                || known.range.is_some_and(|of| self.has_domain(of))
                || known.attributes.iter().any(|(of, _)| self.has_domain(*of))
        })
    }
}
