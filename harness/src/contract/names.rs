//! How the contract names relations, columns and sets of them: schema-qualified, as the catalog spells them.
//!
//! Unlike in SQL nothing is folded to lower case: `public.User` is the table that SQL calls `public."User"`. Double quotes may
//! be written, and have to be where a name holds more than letters, digits, `_` and `$`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::reader::{FromText, ValueError};

/// Steps through a text of identifiers and punctuation.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Steps over `token`, and the blanks before it, if it comes next.
    pub(super) fn skip(&mut self, token: &str) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let found = trimmed.starts_with(token);
        if found {
            self.at += rest.len() - trimmed.len() + token.len();
        }
        found
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().trim().is_empty()
    }

    /// The next identifier, without its quotes.
    pub(super) fn identifier(&mut self, what: &str) -> Result<String, ValueError> {
        if self.skip("\"") {
            return self.quoted();
        }
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let length = trimmed.find(|c| !is_identifier_part(c)).unwrap_or(trimmed.len());
        let name = &trimmed[..length];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit() || c == '$') {
            return Err(self.unexpected(what));
        }
        self.at += rest.len() - trimmed.len() + length;
        Ok(name.to_owned())
    }

    fn quoted(&mut self) -> Result<String, ValueError> {
        let begin = self.at - 1;
        let mut name = String::new();
        loop {
            let Some(end) = self.rest().find('"') else {
                return Err(ValueError::new("a quoted name is not closed").within(begin..self.text.len()));
            };
            name.push_str(&self.rest()[..end]);
            self.at += end + 1;
            if !self.rest().starts_with('"') {
                break;
            }
            name.push('"');
            self.at += 1;
        }
        if name.is_empty() {
            Err(ValueError::new("a name is empty").within(begin..self.at))
        } else {
            Ok(name)
        }
    }

    /// Says what was expected at this place and what is there.
    pub(super) fn unexpected(&self, expected: &str) -> ValueError {
        let start = self.next_token();
        match self.text[start..].chars().next() {
            Some(found) => ValueError::new(format!("expected {expected}, found `{found}`"))
                .labelled(format!("expected {expected}"))
                .within(start..start + found.len_utf8()),
            None => ValueError::new(format!("expected {expected}, found the end"))
                .labelled(format!("expected {expected}"))
                .within(self.text.len()..self.text.len() + 1),
        }
    }

    /// `schema.relation`.
    pub(super) fn relation(&mut self) -> Result<RelationName, ValueError> {
        let schema = self.identifier("a schema")?;
        if !self.skip(".") {
            return Err(self.unexpected("`.` and the name of a relation"));
        }
        Ok(RelationName {
            schema,
            name: self.identifier("the name of a relation")?,
        })
    }

    /// Where the next token begins.
    pub(super) fn next_token(&self) -> usize {
        self.text.len() - self.rest().trim_start().len()
    }

    /// From `start` to here.
    pub(super) fn since(&self, start: usize) -> Range<usize> {
        start..self.at
    }
}

fn is_identifier_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

/// One part of a name, with quotes where it could not be read back without them.
pub(super) struct Quoted<'n>(pub(super) &'n str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let plain = name.chars().all(is_identifier_part)
            && !name.starts_with(|c: char| c.is_ascii_digit() || c == '$');
        if plain {
            formatter.write_str(name)
        } else {
            write!(formatter, "\"{}\"", name.replace('"', "\"\""))
        }
    }
}

/// A table, view or other relation with its schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema, as the catalog spells it.
    pub schema: String,
    /// The relation, as the catalog spells it.
    pub name: String,
}

impl fmt::Display for RelationName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", Quoted(&self.schema), Quoted(&self.name))
    }
}

impl FromText for RelationName {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(text);
        let schema = cursor.identifier("a schema")?;
        if cursor.at_end() {
            return Err(ValueError::new(format!("`{text}` lacks its schema"))
                .labelled("a relation is named with its schema here")
                .help(format!("`public.{text}`, if it is in the schema public")));
        }
        if !cursor.skip(".") {
            return Err(cursor.unexpected("`.`").help(QUOTE_HELP));
        }
        let name = cursor.identifier("the name of a relation")?;
        if !cursor.at_end() {
            return Err(cursor.unexpected("the end of the name").help(QUOTE_HELP));
        }
        Ok(Self { schema, name })
    }
}

const QUOTE_HELP: &str =
    "a name with other characters than letters, digits, _ and $ is written in double quotes";

/// A relation whose schema may be left out; it is then looked for in every schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema, where it is said.
    pub schema: Option<String>,
    /// The relation, as the catalog spells it.
    pub name: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{}.", Quoted(schema))?;
        }
        write!(formatter, "{}", Quoted(&self.name))
    }
}

impl FromText for TableName {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(text);
        let first = cursor.identifier("the name of a table")?;
        if cursor.at_end() {
            return Ok(Self {
                schema: None,
                name: first,
            });
        }
        let RelationName { schema, name } = RelationName::from_text(text)?;
        Ok(Self {
            schema: Some(schema),
            name,
        })
    }
}

/// A column with its relation and schema: `public.messages.sent_at`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnName {
    /// The relation that it belongs to.
    pub relation: RelationName,
    /// The column, as the catalog spells it.
    pub column: String,
}

impl fmt::Display for ColumnName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.relation, Quoted(&self.column))
    }
}

impl FromText for ColumnName {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(text);
        let relation = cursor.relation()?;
        if !cursor.skip(".") {
            return Err(cursor
                .unexpected("`.` and the name of a column")
                .help("schema.table.column"));
        }
        let column = cursor.identifier("the name of a column")?;
        if !cursor.at_end() {
            return Err(cursor.unexpected("the end of the name").help(QUOTE_HELP));
        }
        Ok(Self { relation, column })
    }
}

/// Which relations are meant: `schema.name`, where `*`, `?`, `[abc]` and `{a,b}` stand for more than one.
#[derive(Debug, Clone)]
pub struct RelationPattern {
    pattern: Pattern,
}

impl RelationPattern {
    /// Whether the relation `schema.name` is meant.
    pub fn matches(&self, schema: &str, name: &str) -> bool {
        self.pattern.matches(&format!("{schema}.{name}"))
    }

    /// Whether it names one relation, and not a set of them.
    pub fn is_exact(&self) -> bool {
        !self.pattern.text.contains(['*', '?', '[', '{'])
    }

    /// As it is written in the contract.
    pub fn as_str(&self) -> &str {
        &self.pattern.text
    }
}

impl PartialEq for RelationPattern {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for RelationPattern {}

impl fmt::Display for RelationPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern.fmt(formatter)
    }
}

impl FromText for RelationPattern {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        if !text.contains('.') {
            let meant = if text == "*" {
                "*.*".to_owned()
            } else {
                format!("public.{text}")
            };
            return Err(ValueError::new(format!("`{text}` lacks its schema"))
                .labelled("relations are named with their schema here")
                .help(format!("`{meant}`, perhaps")));
        }
        Ok(Self {
            pattern: Pattern::from_text(text)?,
        })
    }
}

/// A glob over any names; `*` also matches dots and slashes. A text that is just equal always matches.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Whether `name` is meant.
    pub fn matches(&self, name: &str) -> bool {
        self.text == name || self.matcher.is_match(name)
    }

    /// As it is written in the contract.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromText for Pattern {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        // `[]` is no glob: it is how a function's argument says that it is an array.
        let glob = text.replace("[]", r"\[\]");
        match GlobBuilder::new(&glob).backslash_escape(true).build() {
            Ok(glob) => Ok(Self {
                text: text.to_owned(),
                matcher: glob.compile_matcher(),
            }),
            Err(error) => Err(ValueError::new(format!("not a pattern: {}", error.kind()))),
        }
    }
}

/// Types that are written as one string: how they are parsed, serialised, and described to an editor.
macro_rules! written_as_string {
    ($($name:ident: $description:literal),+ $(,)?) => { $(
        impl FromStr for $name {
            type Err = ValueError;
            fn from_str(text: &str) -> Result<Self, ValueError> {
                Self::from_text(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description })
            }
        }
    )+ };
}
pub(super) use written_as_string;

written_as_string! {
    RelationName: "a relation with its schema: public.tasks",
    TableName: "a table, with or without its schema",
    ColumnName: "a column with its relation and schema: public.messages.sent_at",
    RelationPattern: "relations with their schema; * ? [abc] {a,b} stand for more than one: public.*",
    Pattern: "a name; * ? [abc] {a,b} stand for more than one",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_the_catalog_spells_them_and_written_so_that_they_can_be_read_back() {
        for (text, schema, name) in [
            ("public.tasks", "public", "tasks"),
            ("public.User", "public", "User"),
            (r#"public."User""#, "public", "User"),
            (r#""my schema"."a.b""#, "my schema", "a.b"),
            (r#"public."say ""hi""""#, "public", "say \"hi\""),
            ("données.été", "données", "été"),
            ("public._2024$x", "public", "_2024$x"),
        ] {
            let read: RelationName = text.parse().unwrap();
            assert_eq!((read.schema.as_str(), read.name.as_str()), (schema, name));
            assert_eq!(read.to_string().parse::<RelationName>().unwrap(), read);
        }
    }

    #[test]
    fn a_relation_without_schema_is_refused_with_what_to_write() {
        let error = "tasks".parse::<RelationName>().unwrap_err();
        assert_eq!(error.message, "`tasks` lacks its schema");
        assert_eq!(
            error.help.unwrap(),
            "`public.tasks`, if it is in the schema public"
        );
    }

    #[test]
    fn broken_names_say_where() {
        for (text, place) in [
            ("public.", 7..8),
            ("public.my-table", 9..10),
            ("public..x", 7..8),
            (r#"public."x"#, 7..9),
            (r#"public."""#, 7..9),
            ("a.b.c", 3..4),
            ("9a.b", 0..1),
        ] {
            let error = text.parse::<RelationName>().unwrap_err();
            assert_eq!(error.within, Some(place), "{text}: {error}");
        }
    }

    #[test]
    fn a_table_may_lack_its_schema_where_that_is_allowed() {
        let plain: TableName = "agents".parse().unwrap();
        assert_eq!(
            plain,
            TableName {
                schema: None,
                name: "agents".into()
            }
        );
        assert_eq!(
            "audit.log".parse::<TableName>().unwrap().schema.as_deref(),
            Some("audit")
        );
        assert!("a.b.c".parse::<TableName>().is_err());
    }

    #[test]
    fn a_column_is_named_in_full() {
        let column: ColumnName = "public.messages.sent_at".parse().unwrap();
        assert_eq!(column.to_string(), "public.messages.sent_at");
        assert!("messages.sent_at".parse::<ColumnName>().is_err());
    }

    #[test]
    fn patterns_match_whole_names() {
        let all: RelationPattern = "public.*".parse().unwrap();
        assert!(all.matches("public", "tasks") && !all.matches("audit", "public.x") && !all.is_exact());
        let one: RelationPattern = "public.task".parse().unwrap();
        assert!(one.matches("public", "task") && !one.matches("public", "tasks") && one.is_exact());
        assert!("tasks".parse::<RelationPattern>().is_err());
        assert!("public.{a".parse::<RelationPattern>().is_err());
    }

    #[test]
    fn an_array_among_a_functions_arguments_is_no_glob() {
        let function: Pattern = "public.f(integer[], text)".parse().unwrap();
        assert!(
            function.matches("public.f(integer[], text)") && !function.matches("public.f(integer, text)")
        );
        assert!(
            "public.f(*[])"
                .parse::<Pattern>()
                .unwrap()
                .matches("public.f(uuid[])")
        );
    }
}
