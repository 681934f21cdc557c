//! Names in SQL: quoting them and taking qualified ones apart. Values are never pasted, they are bound.

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
