//! How a row finds its tenant: a column, or a path over other tables to a column that holds the tenant's key.
//!
//! ```text
//! path := column ( "->" schema.table [ "(" matched ")" ] "." column )*
//! ```

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::names::{Cursor, Quoted, RelationName, written_as_string};
use super::reader::{FromText, ValueError};

const GRAMMAR: &str = "column -> schema.table.column, or schema.table(matched).column where no foreign key says what is matched";

/// From a row to the tenants that own it. Several rows at the end mean several owners, and NULL none.
///
/// ```
/// use pgproof::contract::TenantPath;
/// let path: TenantPath = "org_id -> public.memberships(org_id).user_id".parse().unwrap();
/// assert_eq!(path.column, "org_id");
/// assert_eq!(path.steps[0].matched.as_deref(), Some("org_id"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantPath {
    /// The column of the table itself: the tenant's key, or where the path begins.
    pub column: String,
    /// The tables that the path goes over, in order; none where `column` is the tenant's key.
    pub steps: Vec<TenantStep>,
}

/// One table on the way to the tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantStep {
    /// The table.
    pub relation: RelationName,
    /// Its column that equals the value so far; where it is not said, the one that a foreign key points to.
    pub matched: Option<String>,
    /// Its column that goes on: the tenant's key, in the last step.
    pub column: String,
}

impl FromText for TenantPath {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(text);
        let column = cursor.identifier("a column")?;
        let mut steps = Vec::new();
        while cursor.skip("->") {
            steps.push(step(&mut cursor)?);
        }
        if cursor.at_end() {
            return Ok(Self { column, steps });
        }
        Err(cursor.unexpected("`->` or the end of the path").help(GRAMMAR))
    }
}

fn step(cursor: &mut Cursor<'_>) -> Result<TenantStep, ValueError> {
    let start = cursor.next_token();
    let relation = cursor.relation().map_err(|error| error.help(GRAMMAR))?;
    let mut matched = None;
    if cursor.skip("(") {
        matched = Some(cursor.identifier("the column that is matched")?);
        if !cursor.skip(")") {
            return Err(cursor.unexpected("`)`").help(GRAMMAR));
        }
    }
    if cursor.skip(".") {
        return Ok(TenantStep {
            relation,
            matched,
            column: cursor.identifier("a column")?,
        });
    }
    if matched.is_none() && (cursor.at_end() || cursor.skip("->")) {
        // `-> sessions.user_id` reads as a schema and a table. That is what one forgets, so it is said.
        return Err(ValueError::new(format!(
            "`{relation}` is a schema and a table, and no column follows"
        ))
        .labelled("no column")
        .help(GRAMMAR)
        .within(cursor.since(start)));
    }
    Err(cursor.unexpected("`.` and a column").help(GRAMMAR))
}

impl fmt::Display for TenantPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Quoted(&self.column))?;
        for step in &self.steps {
            write!(formatter, " -> {}", step.relation)?;
            if let Some(matched) = &step.matched {
                write!(formatter, "({})", Quoted(matched))?;
            }
            write!(formatter, ".{}", Quoted(&step.column))?;
        }
        Ok(())
    }
}

written_as_string! {
    TenantPath: "a column, or a path to the tenant's key: column -> schema.table(matched).column -> …",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_alone_is_the_tenants_key() {
        let path: TenantPath = "tenant_id".parse().unwrap();
        assert_eq!(
            path,
            TenantPath {
                column: "tenant_id".into(),
                steps: Vec::new()
            }
        );
    }

    #[test]
    fn a_path_goes_over_tables_with_and_without_a_matched_column() {
        let path: TenantPath = r#"a->public.b.c  -> "my schema".d("e f") . g"#.parse().unwrap();
        assert_eq!(path.steps.len(), 2);
        assert_eq!(path.steps[0].relation.to_string(), "public.b");
        assert_eq!(path.steps[0].matched, None);
        assert_eq!(path.steps[1].relation.schema, "my schema");
        assert_eq!(path.steps[1].matched.as_deref(), Some("e f"));
        assert_eq!(path.steps[1].column, "g");
        assert_eq!(path.to_string(), r#"a -> public.b.c -> "my schema".d("e f").g"#);
        assert_eq!(path.to_string().parse::<TenantPath>().unwrap(), path);
    }

    #[test]
    fn a_broken_path_says_where() {
        for (text, place) in [
            ("", 0..1),
            ("session_id > public.s.user_id", 11..12),
            ("session_id ->", 13..14),
            ("session_id -> sessions", 22..23),
            ("session_id -> sessions.user_id", 14..30),
            ("a -> sessions.user_id -> b.c.d", 5..24),
            ("a -> b.c(d.e", 10..11),
            ("a -> b.c().e", 9..10),
            ("a -> b.c(d)e", 11..12),
            ("a -> b.c.d.e", 10..11),
            ("a.b", 1..2),
            (r#""a -> b.c.d"#, 0..11),
        ] {
            let error = text.parse::<TenantPath>().unwrap_err();
            assert_eq!(error.within, Some(place), "{text}: {error}");
        }
    }

    #[test]
    fn a_forgotten_schema_is_named_as_such() {
        let error = "session_id -> sessions.user_id"
            .parse::<TenantPath>()
            .unwrap_err();
        assert_eq!(
            error.message,
            "`sessions.user_id` is a schema and a table, and no column follows"
        );
    }
}
