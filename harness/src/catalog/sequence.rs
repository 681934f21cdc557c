//! Sequences, those of identity columns too.

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{Name, Oid, Owner};

/// A sequence. Where it stands is no part of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// In `pg_class`.
    pub oid: Oid,
    /// Schema and name.
    #[serde(flatten)]
    pub name: Name,
    /// The role it belongs to.
    pub owner: Owner,
    /// Whether it is UNLOGGED (15 and later).
    pub unlogged: bool,
    /// `smallint`, `integer` or `bigint`.
    #[serde(rename = "type")]
    pub data_type: String,
    /// START WITH.
    pub start: i64,
    /// INCREMENT BY.
    pub increment: i64,
    /// MINVALUE.
    pub minimum: i64,
    /// MAXVALUE.
    pub maximum: i64,
    /// CACHE.
    pub cache: i64,
    /// CYCLE.
    pub cycle: bool,
    /// The column that it goes with.
    pub owned_by: Option<OwnedBy>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Privileges on it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

/// The column that a sequence goes with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnedBy {
    /// The table's.
    pub oid: Oid,
    /// The table.
    #[serde(flatten)]
    pub relation: Name,
    /// Its column.
    pub column: String,
    /// Whether it is an identity column; its sequence is then found there.
    pub identity: bool,
}

impl Sequence {
    /// What CREATE SEQUENCE would have to say, without defaults: `as integer start 100 increment 5`.
    #[must_use]
    pub fn parameters(&self) -> String {
        let limit = match self.data_type.as_str() {
            "smallint" => i64::from(i16::MAX),
            "integer" => i64::from(i32::MAX),
            _ => i64::MAX,
        };
        let (minimum, maximum) = if self.increment > 0 {
            (1, limit)
        } else {
            (-limit - 1, -1)
        };
        let start = if self.increment > 0 {
            self.minimum
        } else {
            self.maximum
        };
        let mut words = vec![format!("as {}", self.data_type)];
        for (word, value, default) in [
            ("start", self.start, start),
            ("increment", self.increment, 1),
            ("minimum", self.minimum, minimum),
            ("maximum", self.maximum, maximum),
            ("cache", self.cache, 1),
        ] {
            if value != default {
                words.push(format!("{word} {value}"));
            }
        }
        if self.cycle {
            words.push("cycle".to_owned());
        }
        words.join(" ")
    }
}
