//! What names an object: its oid, its qualified name, its owner.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object's number in this database. It differs from database to database, so any two are equal: what is compared
/// and printed is never the number. It is serialised, so that it survives a cache, and links an object to the
/// migration that made it.
///
/// ```
/// use pgproof::catalog::Oid;
/// assert_eq!(Oid(16384), Oid(20000));
/// ```
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Oid(pub u32);

impl PartialEq for Oid {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Oid {}

/// A column's `attnum`. Dropped columns leave gaps that say nothing, so any two are equal, as with [`Oid`].
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttributeNumber(pub i16);

impl PartialEq for AttributeNumber {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for AttributeNumber {}

/// A schema and a name in it, both as they are and not as SQL writes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

impl Name {
    /// The name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

/// For people: `app.people`, with quotes only where a part would be ambiguous without.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", readable(&self.schema), readable(&self.name))
    }
}

/// An identifier for people. Key words stay bare, so this is no SQL.
pub(super) fn readable(identifier: &str) -> String {
    let plain = identifier.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && identifier
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        identifier.to_owned()
    } else {
        format!("\"{}\"", identifier.replace('"', "\"\""))
    }
}

/// The role that an object belongs to.
///
/// The database's owner and the bootstrap superuser own what nobody gave away, and are called differently from
/// server to server: they are the *usual* owners, equal to each other, and not printed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Owner {
    /// The role's name.
    pub role: String,
    /// Whether it is the database's owner or the bootstrap superuser.
    pub usual: bool,
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        self.usual == other.usual && (self.usual || self.role == other.role)
    }
}

impl Eq for Owner {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_only_where_they_would_be_misread() {
        assert_eq!(Name::new("app", "people").to_string(), "app.people");
        assert_eq!(
            Name::new("Odd Names", "a.\"b").to_string(),
            "\"Odd Names\".\"a.\"\"b\""
        );
    }

    #[test]
    fn usual_owners_are_equal_whatever_they_are_called_and_others_are_not() {
        let owner = |role: &str, usual| Owner {
            role: role.to_owned(),
            usual,
        };
        assert_eq!(owner("postgres", true), owner("rdsadmin", true));
        assert_ne!(owner("app", false), owner("boss", false));
        assert_ne!(owner("app", false), owner("app", true));
    }
}
