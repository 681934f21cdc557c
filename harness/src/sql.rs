//! Names in SQL: quoting them and taking qualified ones apart. Values are bound; where a statement can't bind them, they
//! are quoted by [`literal`] and by nothing else.

pub(crate) mod token;

/// A name quoted for SQL.
///
/// ```
/// assert_eq!(pgproof::sql::identifier("a\"b"), "\"a\"\"b\"");
/// ```
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A schema and a name quoted for SQL.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(name))
}

/// A value quoted for SQL, whatever `standard_conforming_strings` says.
///
/// ```
/// assert_eq!(pgproof::sql::literal(r"it's"), r"'it''s'");
/// assert_eq!(pgproof::sql::literal(r"a\b"), r"E'a\\b'");
/// ```
pub fn literal(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// The same, or NULL.
///
/// ```
/// assert_eq!(pgproof::sql::literal_or_null(None), "NULL");
/// ```
pub fn literal_or_null(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), literal)
}
