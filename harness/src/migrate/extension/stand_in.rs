//! Stand-ins: what is done in place of `CREATE EXTENSION` where the server lacks the extension and `--stub-extensions` allows
//! it.
//!
//! The statement keeps its place and its transaction: another one is sent for it, which makes what SQL can make of the
//! extension and enters it into `pg_extension`. Nothing is put into PostgreSQL's own folders.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;

use super::find;
use crate::catalog::Name;
use crate::checksum::hex;
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::migrate::psql::Content;
use crate::migrate::script::Script;
use crate::migrate::sent::Edit;
use crate::migrate::split::{SegmentKind, keywords};
use crate::migrate::token::{Kind, name_of, significant};
use crate::migrate::{Callbacks, Migration, apply};
use crate::sql::literal;

/// An extension that a stand-in took the place of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StandIn {
    /// What `CREATE EXTENSION` calls it.
    pub extension: String,
    /// Whether anything of it is there, or just its name.
    pub is_empty: bool,
    /// The schema that the statement names.
    pub schema: Option<String>,
    /// The statement that asked for it.
    pub location: Location,
    /// What depends on it after the last migration, as claims name objects.
    pub dependents: BTreeSet<String>,
}

/// The extensions that a server has and can make.
pub(crate) async fn at_hand(session: &mut PgConnection) -> Result<BTreeSet<String>, sqlx::Error> {
    let (names, preloaded): (Vec<String>, String) = sqlx::query_as(
        "SELECT array(SELECT name::text FROM pg_catalog.pg_available_extensions ORDER BY name), \
         pg_catalog.current_setting('shared_preload_libraries')",
    )
    .fetch_one(session)
    .await?;
    let is_loaded = |name: &str| preloaded.split(',').any(|library| library.trim() == name);
    Ok(names
        .into_iter()
        .filter(|name| find(name).is_none_or(|known| !known.preloaded || is_loaded(name)))
        .collect())
}

/// Every script of the migrations.
pub(crate) fn scripts(migrations: &mut [Migration]) -> impl Iterator<Item = &mut Script> {
    migrations.iter_mut().flat_map(|migration| {
        let Callbacks {
            before,
            first,
            last,
            after,
        } = &mut migration.callbacks;
        let callbacks = [before, first, last, after].into_iter().flatten();
        [
            Some(&mut migration.up),
            migration.down.as_mut(),
            migration.verification.as_mut(),
        ]
        .into_iter()
        .flatten()
        .chain(callbacks)
    })
}

/// Makes the function that stand-ins are made with. Whoever migrates calls it.
pub(crate) async fn install(superuser: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(include_str!("install.sql"))
        .execute(superuser)
        .await
        .map(drop)
}

pub(crate) async fn remove(superuser: &mut PgConnection) -> Result<(), sqlx::Error> {
    apply::execute(
        superuser,
        "DROP FUNCTION IF EXISTS pg_catalog.pgproof_stand_in(text, text, text, boolean, text)",
    )
    .await
}

/// Finds out what depends on the stand-ins.
pub(crate) async fn find_dependents(
    stand_ins: &mut [StandIn],
    superuser: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    let found: Vec<(String, String, String, Option<String>)> = sqlx::query_as(include_str!("dependents.sql"))
        .bind(
            stand_ins
                .iter()
                .map(|stand_in| stand_in.extension.clone())
                .collect::<Vec<_>>(),
        )
        .fetch_all(superuser)
        .await?;
    for (extension, schema, name, arguments) in found {
        let object = format!("{}{}", Name { schema, name }, arguments.unwrap_or_default());
        for stand_in in stand_ins
            .iter_mut()
            .filter(|stand_in| stand_in.extension == extension)
        {
            stand_in.dependents.insert(object.clone());
        }
    }
    Ok(())
}

impl StandIn {
    /// Where the project asks for it; nowhere, where a prelude of pgproof's does.
    fn location_in_project(&self) -> Option<Location> {
        (!self.location.file.starts_with('<')).then(|| self.location.clone())
    }

    /// What is to be said about it.
    pub(crate) fn claim(&self) -> Claim {
        let name = &self.extension;
        let what = if self.is_empty {
            format!(
                "an empty stand-in took the place of the extension {name}, of which pgproof knows nothing"
            )
        } else {
            format!("a stand-in took the place of the extension {name}")
        };
        let message = format!("{what}: claims about what depends on it hold for the stand-in alone");
        Claim::new("apply/stub", name, "", Verdict::Unproven, Severity::Info, message)
            .at(self.location_in_project())
    }
}

/// Says in a claim which stand-ins its object depends on.
pub(crate) fn mention(stand_ins: &[StandIn], claim: &mut Claim) {
    let names: Vec<&str> = stand_ins
        .iter()
        .filter(|stand_in| stand_in.dependents.contains(&claim.object))
        .map(|stand_in| stand_in.extension.as_str())
        .collect();
    if !names.is_empty() {
        let _ = write!(
            claim.message,
            "; tried with a stand-in for the extension {}",
            names.join(", ")
        );
    }
}

/// Puts stand-ins in place of what the server lacks into a script. Says for which extensions, each once.
pub(crate) fn put_into(script: &mut Script, at_hand: &BTreeSet<String>, found: &mut Vec<StandIn>) {
    let mut edits = Vec::new();
    for segment in script.segments() {
        if segment.kind != SegmentKind::Statement {
            continue;
        }
        let statement = &script.text[segment.span.clone()];
        let words = keywords(statement);
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["CREATE", "EXTENSION", ..] => {
                if let Some(created) = Created::all(statement, segment.span.start).into_iter().next() {
                    created.replace("SELECT", script, at_hand, found, &mut edits);
                }
            }
            ["ALTER", "EXTENSION", _, "UPDATE", ..] => {
                let name = significant(statement)
                    .nth(2)
                    .map(|token| name_of(&statement[token.span]));
                if name.is_some_and(|name| !at_hand.contains(&name)) {
                    edits.push(Edit {
                        span: segment.span,
                        text: "SELECT;".to_owned(),
                    });
                }
            }
            ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..] if !at_hand.contains("vector") => {
                edits.extend(storage_of_vectors(statement, segment.span.start));
            }
            ["DO", ..] => {
                if let Some((start, body)) = body_of(statement) {
                    for created in Created::all(body, segment.span.start + start) {
                        created.replace("PERFORM", script, at_hand, found, &mut edits);
                    }
                }
            }
            _ => {}
        }
    }
    script.edits = edits;
    for taken in script.psql.iter_mut().flatten() {
        if let Content::Script(inner) = &mut taken.content {
            put_into(inner, at_hand, found);
        }
    }
}

/// The text in dollars of a DO block, and where in the statement it begins.
fn body_of(statement: &str) -> Option<(usize, &str)> {
    let body = significant(statement)
        .find(|token| token.kind == Kind::String && statement[token.span.clone()].starts_with('$'))?;
    let text = &statement[body.span.clone()];
    let tag = text[1..].find('$').map_or(0, |end| end + 2);
    let inner = text.get(tag..text.len().saturating_sub(tag)).unwrap_or_default();
    Some((body.span.start + tag, inner))
}

/// What a script asks for by `CREATE EXTENSION IF NOT EXISTS`.
pub(crate) fn made_if_absent(script: &Script) -> Vec<Created> {
    let mut found = Vec::new();
    for script in script.with_included() {
        for segment in script.segments() {
            let statement = &script.text[segment.span.clone()];
            match (segment.kind, keywords(statement).first().map(String::as_str)) {
                (SegmentKind::Statement, Some("CREATE")) => {
                    found.extend(Created::all(statement, 0).into_iter().next());
                }
                (SegmentKind::Statement, Some("DO")) => {
                    found.extend(
                        body_of(statement)
                            .into_iter()
                            .flat_map(|(_, body)| Created::all(body, 0)),
                    );
                }
                _ => {}
            }
        }
    }
    found.retain(|created| created.if_not_exists);
    found
}

/// A `CREATE EXTENSION`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) name: String,
    /// Whether what it needs is made along with it.
    pub(crate) cascades: bool,
    schema: Option<String>,
    version: Option<String>,
    if_not_exists: bool,
    /// In the file, its semicolon included.
    span: Range<usize>,
}

impl Created {
    /// Those in a text that begins at byte `start` of the file.
    fn all(text: &str, start: usize) -> Vec<Self> {
        let tokens: Vec<_> = significant(text).collect();
        let word = |at: usize| {
            tokens
                .get(at)
                .filter(|token| token.kind == Kind::Word)
                .map(|token| text[token.span.clone()].to_ascii_uppercase())
                .unwrap_or_default()
        };
        let mut found = Vec::new();
        for at in 0..tokens.len() {
            if word(at) != "CREATE" || word(at + 1) != "EXTENSION" {
                continue;
            }
            let if_not_exists = word(at + 2) == "IF";
            let mut next = at + if if_not_exists { 5 } else { 2 };
            let named = |at: usize| tokens.get(at).map(|token| name_of(&text[token.span.clone()]));
            let Some(name) = named(next) else { continue };
            let mut created = Self {
                name,
                cascades: false,
                schema: None,
                version: None,
                if_not_exists,
                span: start + tokens[at].span.start..start + tokens[next].span.end,
            };
            next += 1;
            while let Some(token) = tokens.get(next) {
                created.span.end = start + token.span.end;
                match word(next).as_str() {
                    "SCHEMA" => created.schema = named(next + 1),
                    "VERSION" => created.version = named(next + 1),
                    "CASCADE" => created.cascades = true,
                    _ if token.kind == Kind::Semicolon => break,
                    _ => {}
                }
                next += 1;
            }
            found.push(created);
        }
        found
    }

    /// Sends something else for it, where the server lacks the extension.
    fn replace(
        self,
        call: &str,
        script: &Script,
        at_hand: &BTreeSet<String>,
        found: &mut Vec<StandIn>,
        edits: &mut Vec<Edit>,
    ) {
        if at_hand.contains(&self.name) {
            return;
        }
        let body = find(&self.name).and_then(|known| known.stand_in);
        if !found.iter().any(|stand_in| stand_in.extension == self.name) {
            found.push(StandIn {
                extension: self.name.clone(),
                is_empty: body.is_none(),
                schema: self.schema.clone(),
                location: script.location(self.span.start),
                dependents: BTreeSet::new(),
            });
        }
        let schema = self
            .schema
            .as_deref()
            .map_or_else(|| "pg_catalog.current_schema()::text".to_owned(), literal);
        // In digits, so that it ends no quotation that it stands in.
        let digits = hex(body.unwrap_or_default());
        edits.push(Edit {
            span: self.span,
            text: format!(
                "{call} pg_catalog.pgproof_stand_in({}, {schema}, {}, {}, \
                 pg_catalog.convert_from(pg_catalog.decode('{digits}', 'hex'), 'UTF8'));",
                literal(&self.name),
                crate::sql::literal_or_null(self.version.as_deref()),
                self.if_not_exists,
            ),
        });
    }
}

/// The storage parameters of an index on vectors, which no access method of PostgreSQL's own takes.
fn storage_of_vectors(statement: &str, start: usize) -> Option<Edit> {
    let tokens: Vec<_> = significant(statement).collect();
    let is = |at: usize, word: &str| {
        tokens
            .get(at)
            .is_some_and(|token| statement[token.span.clone()].eq_ignore_ascii_case(word))
    };
    let using =
        (0..tokens.len()).find(|&at| is(at, "USING") && (is(at + 1, "hnsw") || is(at + 1, "ivfflat")))?;
    let with = (using..tokens.len()).find(|&at| is(at, "WITH") && is(at + 1, "("))?;
    let close = (with..tokens.len()).find(|&at| tokens[at].kind == Kind::Close)?;
    Some(Edit {
        span: start + tokens[with].span.start..start + tokens[close].span.end,
        text: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_ask_for_an_extension_is_read() {
        let text =
            "CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH SCHEMA extensions VERSION '1.1' CASCADE;";
        assert_eq!(
            Created::all(text, 10),
            [Created {
                name: "uuid-ossp".to_owned(),
                cascades: true,
                schema: Some("extensions".to_owned()),
                version: Some("1.1".to_owned()),
                if_not_exists: true,
                span: 10..10 + text.len(),
            }]
        );
        let several = Created::all(
            "if x then create extension Vector; end if; create extension pg_cron",
            0,
        );
        let names: Vec<&str> = several.iter().map(|created| created.name.as_str()).collect();
        assert_eq!(names, ["vector", "pg_cron"]);
    }

    #[test]
    fn only_what_the_server_lacks_is_replaced() {
        let mut script = Script::new(
            "a.sql",
            "create extension citext;\ndo $x$ begin create extension vector; end $x$;\n\
             create index on t using hnsw (e vector_l2_ops) with (m = 16);",
        );
        let mut found = Vec::new();
        put_into(&mut script, &["citext".to_owned()].into(), &mut found);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].extension.as_str(), found[0].location.line),
            ("vector", 2)
        );
        let replaced: Vec<&str> = script
            .edits
            .iter()
            .map(|edit| &script.text[edit.span.clone()])
            .collect();
        assert_eq!(replaced, ["create extension vector;", "with (m = 16)"]);
        assert!(
            script.edits[0]
                .text
                .starts_with("PERFORM pg_catalog.pgproof_stand_in('vector', ")
        );
    }
}
