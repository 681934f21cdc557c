//! `apply/search-path`: a migration puts a schema first in `search_path` that is not there. PostgreSQL passes over it
//! without a word, and what the migration makes lands in the next one.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;

use super::Migration;
use super::script::Script;
use super::split::{SegmentKind, keywords};
use super::token::{Kind, name_of, significant};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::sql::identifier;

/// The schemas that a migration puts first and that are not there after it.
pub(super) async fn missing(
    session: &mut PgConnection,
    migration: &Migration,
) -> Result<Vec<Claim>, sqlx::Error> {
    let mut asked = BTreeMap::new();
    for script in migration.applied().flat_map(Script::with_included) {
        collect(script, &mut asked);
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&String> = asked.keys().collect();
    let missing: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name \
         WHERE pg_catalog.to_regnamespace(pg_catalog.quote_ident(name)) IS NULL ORDER BY name",
    )
    .persistent(false)
    .bind(names)
    .fetch_all(session)
    .await?;
    let claims = missing
        .into_iter()
        .filter_map(|name| Some(claim(&name, asked.remove(&name)?)));
    Ok(claims.collect())
}

fn claim(schema: &str, location: Location) -> Claim {
    let schema = identifier(schema);
    let message = format!(
        "{} puts the schema {schema} first in search_path, and there is none of that name: what the file makes without a \
         schema's name lands in the next one; if the platform makes it, name a file with `CREATE SCHEMA {schema};` under [migrations] prelude",
        location.file
    );
    Claim::new(
        "apply/search-path",
        schema,
        "",
        Verdict::Violated,
        Severity::Warning,
        message,
    )
    .at(Some(location))
}

/// The schemas that are first when a script makes something, but for those that it makes itself, and where it puts them
/// there first.
fn collect(script: &Script, asked: &mut BTreeMap<String, Location>) {
    let mut made = Vec::new();
    let mut first: Option<(String, Location)> = None;
    for segment in script.segments() {
        if segment.kind != SegmentKind::Statement {
            continue;
        }
        let statement = &script.text[segment.span.clone()];
        let words = keywords(statement);
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["CREATE", "SCHEMA", ..] => made.extend(words[2..].iter().map(|word| name_of(word))),
            ["CREATE", ..] => {
                if let Some((schema, location)) = first.take() {
                    asked.entry(schema).or_insert(location);
                }
            }
            ["RESET", "SEARCH_PATH" | "ALL", ..] | ["DISCARD", "ALL", ..] => first = None,
            ["SET", "SEARCH_PATH", ..] | ["SET", "SESSION" | "LOCAL", "SEARCH_PATH", ..] => {
                let location = Location {
                    column: None,
                    ..script.location(segment.span.start)
                };
                first = first_schema(statement).map(|schema| (schema, location));
            }
            _ => {}
        }
    }
    asked.retain(|schema, _| !made.contains(schema));
}

/// What `SET search_path TO a, b` puts first: the schema that things are made in, if it is there.
fn first_schema(statement: &str) -> Option<String> {
    let mut tokens = significant(statement).skip(1).peekable();
    let is =
        |token: &super::token::Token, word: &str| statement[token.span.clone()].eq_ignore_ascii_case(word);
    tokens.next_if(|token| is(token, "SESSION") || is(token, "LOCAL"));
    tokens.next().filter(|token| is(token, "search_path"))?;
    tokens.next().filter(|token| is(token, "TO") || is(token, "="))?;
    let names = tokens.filter(|token| matches!(token.kind, Kind::Word | Kind::QuotedName | Kind::String));
    let mut names = names.map(|token| {
        let is_default = is(&token, "DEFAULT");
        (name_of(&statement[token.span]), is_default)
    });
    // Nobody makes anything in pg_catalog, and each has a schema for temporary things.
    let (first, is_default) =
        names.find(|(name, _)| !matches!(name.as_str(), "$user" | "pg_catalog" | "pg_temp" | ""))?;
    (!is_default).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_schema_is_the_one_that_things_are_made_in() {
        for (statement, expected) in [
            ("SET search_path TO app, public;", Some("app")),
            (
                "set local /* x */ search_path = \"$user\", \"My App\"",
                Some("My App"),
            ),
            ("SET SESSION SEARCH_PATH = 'app, public';", Some("app, public")),
            ("SET search_path TO pg_catalog, PUBLIC", Some("public")),
            ("SET search_path = ''", None),
            ("SET search_path TO DEFAULT", None),
            ("SET search_path FROM CURRENT", None),
            ("SET role TO app", None),
            ("SET", None),
        ] {
            assert_eq!(first_schema(statement).as_deref(), expected, "{statement}");
        }
    }
}
