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

/// The schema and the name of a relation as a contract writes it: `public.users`, `users` (in `public`), or with
/// quotes where a name holds a dot: `"my.schema".users`. Names are taken as they stand: nothing is folded.
///
/// ```
/// let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
/// assert_eq!(pgproof::sql::split_name("audit.log"), pair("audit", "log"));
/// assert_eq!(pgproof::sql::split_name("users"), pair("public", "users"));
/// assert_eq!(pgproof::sql::split_name("\"my.schema\".\"a\"\"b\""), pair("my.schema", "a\"b"));
/// ```
pub fn split_name(name: &str) -> (String, String) {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut parts, '"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            other => push(&mut parts, other),
        }
    }
    let relation = parts.pop().unwrap_or_default();
    let schema = if parts.is_empty() { "public".to_owned() } else { parts.join(".") };
    (schema, relation)
}

fn push(parts: &mut [String], character: char) {
    if let Some(last) = parts.last_mut() {
        last.push(character);
    }
}
