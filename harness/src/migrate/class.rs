//! What kind of failure it is when a migration does not apply: the project's own, something that is expected around it and
//! not there, or a PostgreSQL that is too old. What to do about it is said with it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::extension;
use super::prelude;
use super::run::ScriptError;
use super::script::Script;
use super::split::{SegmentKind, segments};
use super::token::{Kind, significant};
use crate::diagnostic::NoteKind;

/// Whose fault it is that a migration does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The migrations' own.
    Project,
    /// An extension, or a role, schema, type or function of a platform, is not there, and the migrations are not meant to
    /// make it.
    MissingDependency,
    /// The migrations apply on a newer PostgreSQL that is at hand.
    NewerPostgresql,
}

impl fmt::Display for FailureClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Project => "the migrations' own fault",
            Self::MissingDependency => "a missing dependency",
            Self::NewerPostgresql => "a newer PostgreSQL is needed",
        })
    }
}

/// Says what kind of failure it is, with what to do. `scripts` are all that is applied, and `major` is the server's.
pub(crate) fn judge(error: &mut ScriptError, scripts: &[&Script], major: u16) {
    let Some(sqlstate) = error.sqlstate.as_deref() else {
        return;
    };
    let message = error.diagnostic.message.clone();
    let class = match missing(sqlstate, &message, scripts, major) {
        Some(missing) => {
            if let Some(better) = missing.message {
                let said = std::mem::replace(&mut error.diagnostic.message, better);
                error
                    .diagnostic
                    .notes
                    .push((NoteKind::Note, format!("the server said: {said}")));
            }
            let what = "this is lacking around the migrations, and no fault of theirs";
            error.diagnostic.notes.push((NoteKind::Note, what.to_owned()));
            error.diagnostic.notes.retain(|(kind, text)| {
                *kind == NoteKind::Note || !text.starts_with("The extension must first")
            });
            error.diagnostic.notes.extend(missing.notes);
            FailureClass::MissingDependency
        }
        None => FailureClass::Project,
    };
    error.class = Some(class);
}

/// What is not there, for people.
struct Missing {
    /// In place of the server's message, where that says too little.
    message: Option<String>,
    notes: Vec<(NoteKind, String)>,
}

impl Missing {
    fn with_help(help: Vec<String>) -> Self {
        Self {
            message: None,
            notes: help.into_iter().map(|help| (NoteKind::Help, help)).collect(),
        }
    }
}

fn missing(sqlstate: &str, message: &str, scripts: &[&Script], major: u16) -> Option<Missing> {
    if let Some(name) = lacking_extension(sqlstate, message) {
        let state = format!(" (SQLSTATE {sqlstate})");
        return Some(Missing {
            message: Some(format!(
                "the extension {name} is not installed beside this PostgreSQL{state}"
            )),
            ..Missing::with_help(extension::how_to_get(&name, major))
        });
    }
    if message.contains("shared_preload_libraries") {
        let help = "the server has to load it when it starts: name a server that does by --server, or let a stand-in take its \
                    place with --stub-extensions";
        return Some(Missing::with_help(vec![help.to_owned()]));
    }
    let thing = lacking_object(sqlstate, message)?;
    if thing.is_made_by(scripts) {
        return None;
    }
    thing.advice(scripts).map(Missing::with_help)
}

/// The extension whose files the server lacks.
fn lacking_extension(sqlstate: &str, message: &str) -> Option<String> {
    let named = || {
        Some(
            message
                .strip_prefix("extension \"")?
                .split_once('"')?
                .0
                .to_owned(),
        )
    };
    match sqlstate {
        "0A000" if message.contains("is not available") => named(),
        // 14 says no more than which file it did not find.
        "58P01" if message.starts_with("could not open extension control file") => {
            let path = message.split('"').nth(1)?;
            Some(path.rsplit('/').next()?.strip_suffix(".control")?.to_owned())
        }
        "58P01" => {
            let library = message.strip_prefix("could not access file \"$libdir/")?;
            Some(library.split_once('"')?.0.to_owned())
        }
        "22023" if message.contains("has no installation script nor update path") => named(),
        _ => None,
    }
}

/// An object that the server does not know.
#[derive(Debug, PartialEq, Eq)]
struct Lacking<'a> {
    kind: &'static str,
    schema: Option<&'a str>,
    name: &'a str,
}

fn lacking_object<'a>(sqlstate: &str, message: &'a str) -> Option<Lacking<'a>> {
    let kinds: &[&'static str] = match sqlstate {
        "3F000" => &["schema"],
        "42P01" => &["relation"],
        "42883" => &["function"],
        "42704" => &["role", "type", "publication", "language", "schema"],
        _ => return None,
    };
    let before = message
        .split(" does not exist")
        .next()
        .filter(|b| b.len() < message.len())?;
    let (kind, named) = kinds
        .iter()
        .find_map(|kind| Some((*kind, before.strip_prefix(kind)?.strip_prefix(' ')?)))?;
    let named = named.split('(').next()?.trim_matches('"');
    let (schema, name) = match named.split_once('.') {
        Some((schema, name)) if kind != "role" && kind != "schema" => (Some(schema), name),
        _ => (None, named),
    };
    Some(Lacking { kind, schema, name })
}

impl Lacking<'_> {
    /// Whether the migrations make it: then it is their order that is wrong.
    fn is_made_by(&self, scripts: &[&Script]) -> bool {
        let words: &[&str] = match self.kind {
            "role" => &["ROLE", "USER", "GROUP"],
            "schema" => &["SCHEMA"],
            "relation" => &["TABLE", "VIEW"],
            "function" => &["FUNCTION"],
            "type" => &["TYPE", "DOMAIN"],
            "publication" => &["PUBLICATION"],
            _ => &["EXTENSION", "LANGUAGE"],
        };
        makes(scripts, words, self.name)
    }

    fn advice(&self, scripts: &[&Script]) -> Option<Vec<String>> {
        let platform = match self.kind {
            "role" => prelude::of_role(self.name),
            "schema" => prelude::of_schema(self.name),
            "publication" => prelude::of_publication(self.name),
            _ => self.schema.and_then(prelude::of_schema),
        };
        if let Some(platform) = platform {
            let shown = match self.schema {
                Some(schema) => format!("{schema}.{}", self.name),
                None => self.name.to_owned(),
            };
            return Some(vec![format!(
                "no migration makes {shown}: {} gives it before the first one. Write `prelude = [\"{}\"]` under [migrations] \
                 in pgproof.toml",
                platform.title(),
                platform.name()
            )]);
        }
        match self.kind {
            "role" => Some(vec![
                "no migration makes that role, so something outside of them does. Write `prelude = [\"roles\"]` under \
                 [migrations] in pgproof.toml to have every such role, or name a script that makes it as it is in production"
                    .to_owned(),
            ]),
            "function" | "type" | "language" => {
                let known = extension::that_has(self.name)?;
                let created = makes(scripts, &["EXTENSION"], known);
                let help = if created {
                    format!("it belongs to the extension {known}: is its schema in the search_path?")
                } else {
                    format!(
                        "it belongs to the extension {known}, which no migration creates; if the platform does, write \
                         `CREATE EXTENSION \"{known}\";` into a script and name that under `prelude` in [migrations]"
                    )
                };
                (!created).then(|| vec![help])
            }
            _ => None,
        }
    }
}

/// Whether one of the scripts has `CREATE … <word> … <name>`, in a body or not.
fn makes(scripts: &[&Script], words: &[&str], name: &str) -> bool {
    scripts.iter().any(|script| {
        segments(&script.text)
            .into_iter()
            .filter(|segment| segment.kind == SegmentKind::Statement)
            .any(|segment| statement_makes(&script.text[segment.span], words, name))
    })
}

fn statement_makes(statement: &str, words: &[&str], name: &str) -> bool {
    let mut created = false;
    let mut kind = false;
    for token in significant(statement) {
        let text = &statement[token.span.clone()];
        match token.kind {
            // A body: of DO, or what an EXECUTE in it runs.
            Kind::String if text.len() > name.len() + 2 => {
                let inner = text.trim_matches(|c| c == '\'' || c == '$');
                if inner.len() < text.len() && statement_makes(inner, words, name) {
                    return true;
                }
            }
            Kind::Word | Kind::QuotedName => {
                let bare = text.trim_matches('"');
                if kind && bare.eq_ignore_ascii_case(name) {
                    return true;
                }
                if text.eq_ignore_ascii_case("create") {
                    (created, kind) = (true, false);
                } else if created && words.iter().any(|word| text.eq_ignore_ascii_case(word)) {
                    kind = true;
                } else if kind
                    && !["if", "not", "exists", "only"].contains(&text.to_ascii_lowercase().as_str())
                {
                    // A schema, before the dot.
                    kind = statement[token.span.end..].trim_start().starts_with('.');
                    created = kind;
                }
            }
            Kind::Dot => {}
            Kind::Semicolon => (created, kind) = (false, false),
            _ => kind = false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_that_is_lacking_is_read_from_the_servers_message() {
        let lacking = |sqlstate, message| {
            let lacking: Option<Lacking<'_>> = lacking_object(sqlstate, message);
            lacking.map(|l| (l.kind, l.schema.unwrap_or_default().to_owned(), l.name.to_owned()))
        };
        let is = |kind, schema: &str, name: &str| Some((kind, schema.to_owned(), name.to_owned()));
        assert_eq!(
            lacking("42704", "role \"anon\" does not exist (SQLSTATE 42704)"),
            is("role", "", "anon")
        );
        assert_eq!(
            lacking("42883", "function auth.uid() does not exist"),
            is("function", "auth", "uid")
        );
        assert_eq!(
            lacking("42P01", "relation \"auth.users\" does not exist"),
            is("relation", "auth", "users")
        );
        assert_eq!(lacking("42601", "syntax error at or near \"TABEL\""), None);
        assert_eq!(
            lacking("42704", "role \"a.b\" does not exist"),
            is("role", "", "a.b")
        );
    }

    #[test]
    fn what_the_scripts_make_is_found_in_bodies_and_behind_schemas() {
        let makes = |text: &str, words: &[&str], name| makes(&[&Script::new("a.sql", text)], words, name);
        assert!(makes(
            "create role if not exists x; create role \"app\" login;",
            &["ROLE"],
            "app"
        ));
        assert!(makes("DO $$ BEGIN CREATE ROLE app; END $$;", &["ROLE"], "app"));
        assert!(makes(
            "DO $$ BEGIN EXECUTE 'CREATE ROLE app'; END $$;",
            &["ROLE"],
            "app"
        ));
        assert!(makes(
            "create or replace function auth.uid() returns int",
            &["FUNCTION"],
            "uid"
        ));
        assert!(!makes(
            "create table app (id int); grant all on app to app;",
            &["ROLE"],
            "app"
        ));
        assert!(!makes("create policy p on t to app;", &["ROLE"], "app"));
        assert!(!makes("create role x; grant x to app;", &["ROLE"], "app"));
    }

    #[test]
    fn an_extension_that_is_lacking_is_named_on_every_major() {
        for (sqlstate, message) in [
            ("0A000", "extension \"vector\" is not available (SQLSTATE 0A000)"),
            (
                "58P01",
                "could not open extension control file \"/usr/share/postgresql/14/extension/vector.control\": No such file",
            ),
            (
                "58P01",
                "could not access file \"$libdir/vector\": No such file or directory",
            ),
        ] {
            assert_eq!(
                lacking_extension(sqlstate, message).as_deref(),
                Some("vector"),
                "{message}"
            );
        }
        assert_eq!(
            lacking_extension("42704", "extension \"vector\" does not exist"),
            None
        );
    }
}
