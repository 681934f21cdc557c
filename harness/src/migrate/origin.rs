//! Which file and line made an object, and which last changed it.
//!
//! A temporary event trigger says which objects each statement touched; what event triggers do not show (grants in
//! full, roles, memberships, settings) is compared before and after each file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

use super::script::Script;
use super::split::{SegmentKind, keywords};
use crate::claim::Location;

/// The lines that made an object and last changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The statement that made it.
    pub made: Location,
    /// The last statement that changed it; the same as `made` where none did.
    pub changed: Location,
}

/// An object as `pg_depend` addresses it: the catalog that holds it and its oid there.
type Address = (String, u32);

/// The origin of every object that the migrations made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins {
    #[serde(with = "as_list")]
    objects: BTreeMap<Address, Origin>,
}

impl Origins {
    /// Where the object with that oid in the named catalog (`pg_class`, `pg_proc`, …) comes from.
    pub fn find(&self, catalog: &str, oid: u32) -> Option<&Origin> {
        self.objects.get(&(catalog.to_owned(), oid))
    }

    fn touch(&mut self, address: Address, at: &Location) {
        self.objects
            .entry(address)
            .and_modify(|origin| origin.changed = at.clone())
            .or_insert_with(|| Origin {
                made: at.clone(),
                changed: at.clone(),
            });
    }
}

/// Keys that are pairs are no keys in JSON.
mod as_list {
    use super::{Address, BTreeMap, Origin};
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<Address, Origin>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<BTreeMap<Address, Origin>, D::Error> {
        Ok(Vec::<(Address, Origin)>::deserialize(from)?.into_iter().collect())
    }
}

/// One row of `unrecorded.sql`: catalog, oid, what in it, name, state.
type Unrecorded = (String, u32, i32, String, Option<String>);

/// Follows a run of migrations over one connection.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    origins: Origins,
    before: BTreeSet<Unrecorded>,
}

impl Recorder {
    /// Puts the event trigger in place. `superuser` is a connection to the migrated database.
    pub(crate) async fn install(superuser: &mut PgConnection) -> Result<Self, sqlx::Error> {
        sqlx::raw_sql(include_str!("recorder.sql"))
            .execute(&mut *superuser)
            .await?;
        Ok(Self {
            origins: Origins::default(),
            before: unrecorded(superuser).await?,
        })
    }

    /// Reads what the script that just ran over `session` has made.
    pub(crate) async fn after(
        &mut self,
        session: &mut PgConnection,
        script: &Script,
    ) -> Result<(), sqlx::Error> {
        let record: Option<String> =
            sqlx::query_scalar("SELECT pg_catalog.current_setting('pgproof.record', true)")
                .fetch_one(&mut *session)
                .await?;
        sqlx::raw_sql("SELECT pg_catalog.set_config('pgproof.record', '', false)")
            .execute(&mut *session)
            .await?;
        let statements = Statements::of(script);
        let mut reader = statements.reader();
        for line in record.unwrap_or_default().lines() {
            let mut fields = line.splitn(3, '|');
            let (Some(hash), Some(tag), Some(objects)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let at = reader.statement(hash, tag);
            for object in objects.split(',') {
                let mut numbers = object.split('.').filter_map(|number| number.parse::<u32>().ok());
                if let (Some(class), Some(oid)) = (numbers.next(), numbers.next()) {
                    self.origins.touch((class.to_string(), oid), &at);
                }
            }
        }
        let after = unrecorded(session).await?;
        for (class, oid, _, name, _) in after.difference(&self.before) {
            self.origins
                .touch((class.clone(), *oid), &statements.naming(name));
        }
        self.before = after;
        Ok(())
    }

    /// Takes the event trigger away and returns what was learnt, with catalogs by name.
    pub(crate) async fn remove(self, superuser: &mut PgConnection) -> Result<Origins, sqlx::Error> {
        sqlx::raw_sql(include_str!("recorder_off.sql"))
            .execute(&mut *superuser)
            .await?;
        let catalogs: Vec<(i64, String)> = sqlx::query_as(
            "SELECT oid::int8, relname::text FROM pg_catalog.pg_class WHERE relnamespace = 11 AND oid < 16384 ORDER BY oid",
        )
        .fetch_all(superuser)
        .await?;
        let names: BTreeMap<String, String> = catalogs
            .into_iter()
            .map(|(oid, name)| (oid.to_string(), name))
            .collect();
        let objects = self
            .origins
            .objects
            .into_iter()
            .map(|((class, oid), origin)| ((names.get(&class).cloned().unwrap_or(class), oid), origin));
        let mut origins = Origins::default();
        for (address, origin) in objects {
            // Numbered by the trigger, named by the comparison: the same object may come from both.
            origins
                .objects
                .entry(address)
                .and_modify(|known| known.changed = known.changed.clone().max(origin.changed.clone()))
                .or_insert(origin);
        }
        Ok(origins)
    }
}

async fn unrecorded(session: &mut PgConnection) -> Result<BTreeSet<Unrecorded>, sqlx::Error> {
    let rows: Vec<(String, Oid, i32, String, Option<String>)> =
        sqlx::query_as(include_str!("unrecorded.sql"))
            .fetch_all(session)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(class, oid, sub, name, state)| (class, oid.0, sub, name, state))
        .collect())
}

/// The statements of one script, to find the one that the server speaks of.
struct Statements<'a> {
    script: &'a Script,
    spans: Vec<Range<usize>>,
    /// Of each statement, as `recorder.sql` prints it.
    hashes: Vec<String>,
}

impl<'a> Statements<'a> {
    fn of(script: &'a Script) -> Self {
        let statements = script
            .segments()
            .into_iter()
            .filter(|segment| segment.kind == SegmentKind::Statement);
        let spans: Vec<_> = statements.map(|segment| segment.span).collect();
        let hashes = spans
            .iter()
            .map(|span| sha256(&script.text[span.clone()]))
            .collect();
        Self {
            script,
            spans,
            hashes,
        }
    }

    fn reader(&self) -> Reader<'_, 'a> {
        Reader {
            statements: self,
            next: 0,
        }
    }

    fn location(&self, span: &Range<usize>) -> Location {
        let position = self.script.position(span.start);
        Location {
            file: self.script.path.to_string(),
            line: position.line,
            column: None,
        }
    }

    fn top(&self) -> Location {
        Location {
            file: self.script.path.to_string(),
            line: 1,
            column: None,
        }
    }

    /// The last statement that is about privileges, roles or settings and bears the name; the first line if none does.
    fn naming(&self, name: &str) -> Location {
        let about = |span: &&Range<usize>| {
            let text = &self.script.text[(*span).clone()];
            let first = keywords(text);
            let fits = first.first().is_some_and(|word| {
                [
                    "GRANT", "REVOKE", "ALTER", "CREATE", "DO", "REASSIGN", "SELECT", "CALL",
                ]
                .contains(&word.as_str())
            });
            fits && mentions(text, name)
        };
        self.spans
            .iter()
            .rfind(about)
            .map_or_else(|| self.top(), |span| self.location(span))
    }
}

fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    sha2::Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Whether a name stands in the text as a whole word, in any case.
fn mentions(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name)
        .any(|(at, found)| !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part))
}

/// Walks over the statements in the order in which the server ran them.
struct Reader<'s, 'a> {
    statements: &'s Statements<'a>,
    next: usize,
}

impl Reader<'_, '_> {
    /// The statement that a command belongs to: the one whose text was sent, told by its hash, or, where the whole
    /// file was sent, the next one that begins like the command.
    fn statement(&mut self, hash: &str, tag: &str) -> Location {
        let text = &self.statements.script.text;
        let Statements { spans, hashes, .. } = self.statements;
        let begins = |span: &Range<usize>| {
            let words = keywords(&text[span.clone()]);
            let tag: Vec<&str> = tag.split(' ').collect();
            // `CREATE OR REPLACE FUNCTION` has the tag CREATE FUNCTION, `CREATE UNIQUE INDEX` CREATE INDEX.
            words.first().is_some_and(|word| word == tag[0])
                && tag
                    .last()
                    .is_some_and(|last| words.iter().any(|word| word == last))
                || words.first().is_some_and(|word| word == "DO")
        };
        let found = (self.next..spans.len())
            .find(|&at| hashes[at] == hash)
            .or_else(|| (self.next..spans.len()).find(|&at| begins(&spans[at])))
            .or_else(|| spans.iter().position(begins));
        match found {
            Some(at) => {
                // One statement may run several commands (a DO block, CREATE SCHEMA with elements); sent whole, each
                // command is the next statement's.
                self.next = if hashes[at] == hash { at } else { at + 1 };
                self.statements.location(&spans[at])
            }
            None => self.statements.top(),
        }
    }
}
