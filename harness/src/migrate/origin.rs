//! Which file and line made an object, and which last changed it.
//!
//! A temporary event trigger says which objects each statement touched, columns and constraints among them; what event
//! triggers do not show (roles, memberships, settings, the database itself) is compared before and after each file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

use super::script::Script;
use super::split::{SegmentKind, keywords};
use crate::catalog::Address;
use crate::claim::Location;

/// The lines that made an object and last changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The statement that made it.
    pub made: Location,
    /// The last statement that changed it; the same as `made` where none did.
    pub changed: Location,
}

/// An object as `pg_depend` addresses it: the catalog that holds it, its oid there, and a column's number or 0.
type Key = (String, u32, i32);

/// The origin of every object that the migrations made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins {
    #[serde(with = "as_list")]
    objects: BTreeMap<Key, Origin>,
}

impl Origins {
    /// Where the object with that oid in the named catalog (`pg_class`, `pg_proc`, …) comes from.
    pub fn find(&self, catalog: &str, oid: u32) -> Option<&Origin> {
        self.objects.get(&(catalog.to_owned(), oid, 0))
    }

    /// Where a column of the relation with that oid comes from; `number` is its `attnum`.
    pub fn column(&self, relation: u32, number: i16) -> Option<&Origin> {
        self.objects
            .get(&("pg_class".to_owned(), relation, i32::from(number)))
    }

    /// Where the object of an address of the catalog's comes from.
    pub fn of(&self, address: &Address) -> Option<&Origin> {
        match address.number {
            0 => self.find(&address.class, address.oid),
            number => self.column(address.oid, number),
        }
    }

    fn touch(&mut self, key: Key, at: &Location) {
        self.objects
            .entry(key)
            .and_modify(|origin| origin.changed = at.clone())
            .or_insert_with(|| Origin {
                made: at.clone(),
                changed: at.clone(),
            });
    }
}

/// Keys that are tuples are no keys in JSON.
mod as_list {
    use super::{BTreeMap, Key, Origin};
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(map: &BTreeMap<Key, Origin>, to: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Key, Origin>, D::Error> {
        Ok(Vec::<(Key, Origin)>::deserialize(from)?.into_iter().collect())
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
    /// What recorder.sql makes and a catalog shows.
    pub(super) const EVENT_TRIGGER: &str = "pgproof_record";

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

    /// Reads what the script that just ran over `session` has made. `superuser` sees everything, whatever the script
    /// did to its session.
    pub(crate) async fn after(
        &mut self,
        superuser: &mut PgConnection,
        session: &mut PgConnection,
        script: &Script,
    ) -> Result<(), sqlx::Error> {
        let record = record(session).await?;
        let statements = Statements::of(script);
        let mut reader = statements.reader();
        for line in record.lines.lines() {
            let Some(command) = Command::parse(line) else {
                continue;
            };
            let at = reader.statement(&command);
            for object in command.objects.split(',') {
                let numbers: Vec<u32> = object
                    .split('.')
                    .filter_map(|number| number.parse().ok())
                    .collect();
                if let [class, oid, part] = numbers[..] {
                    let part = i32::try_from(part).unwrap_or_default();
                    self.origins.touch((class.to_string(), oid, part), &at);
                }
            }
        }
        let after = unrecorded(superuser).await?;
        for (class, oid, part, name, _) in after.difference(&self.before) {
            let (made, changed) = statements.naming(class, name);
            let key = (class.clone(), *oid, *part);
            let known = self
                .before
                .iter()
                .any(|before| (&before.0, before.1, before.2) == (class, *oid, *part));
            if !known {
                self.origins.touch(key.clone(), &made);
            }
            self.origins.touch(key, &changed);
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
            .map(|((class, oid, part), origin)| {
                ((names.get(&class).cloned().unwrap_or(class), oid, part), origin)
            });
        Ok(Origins {
            objects: objects.collect(),
        })
    }
}

/// What the event trigger has noted in the session's settings.
#[derive(Debug, Default)]
pub(super) struct Record {
    lines: String,
    /// How much of the transaction it has seen.
    seen: String,
}

/// Reads what was noted and begins anew. As text, for a script may have thrown away all prepared statements.
pub(super) async fn record(session: &mut PgConnection) -> Result<Record, sqlx::Error> {
    let row = sqlx::raw_sql(include_str!("recorder_read.sql"))
        .fetch_one(session)
        .await?;
    let text = |at: usize| -> Result<String, sqlx::Error> {
        Ok(row.try_get::<Option<String>, _>(at)?.unwrap_or_default())
    };
    Ok(Record {
        lines: text(0)?,
        seen: text(2)?,
    })
}

/// Gives back to a session what a statement would have thrown away.
pub(super) async fn put_back(session: &mut PgConnection, record: &Record) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_catalog.set_config('pgproof.record', $1, false), pg_catalog.set_config('pgproof.seen', $2, false)",
    )
    .persistent(false)
    .bind(&record.lines)
    .bind(&record.seen)
    .execute(session)
    .await
    .map(drop)
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
            last: String::new(),
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

    /// The statements that first and last were about a thing of that catalog and name; the file's first line where
    /// none bears the name.
    fn naming(&self, class: &str, name: &str) -> (Location, Location) {
        let words: &[&str] = match class {
            "pg_authid" => &["CREATE", "ALTER", "COMMENT"],
            "pg_auth_members" => &["GRANT", "REVOKE", "CREATE", "ALTER"],
            "pg_database" => &["GRANT", "REVOKE", "ALTER", "COMMENT"],
            _ => &["ALTER"],
        };
        let about = |dynamic: bool| {
            let fits = move |span: &&Range<usize>| {
                let text = &self.script.text[(*span).clone()];
                let first = keywords(text).first().cloned().unwrap_or_default();
                let fits = if dynamic {
                    matches!(first.as_str(), "DO" | "SELECT" | "CALL" | "REASSIGN" | "DROP")
                } else {
                    words.contains(&first.as_str()) && (class != "pg_authid" || is_about_role(text, name))
                };
                fits && mentions(text, name)
            };
            let mut found = self.spans.iter().filter(fits);
            let first = found.next()?;
            Some((
                self.location(first),
                self.location(found.next_back().unwrap_or(first)),
            ))
        };
        about(false)
            .or_else(|| about(true))
            .unwrap_or_else(|| (self.top(), self.top()))
    }
}

/// Whether a statement makes, changes or comments on a role of that name; a `CREATE POLICY … TO app` does not.
fn is_about_role(statement: &str, name: &str) -> bool {
    let words = keywords(statement);
    words
        .iter()
        .position(|word| matches!(word.as_str(), "ROLE" | "USER" | "GROUP"))
        .is_some_and(|at| {
            words[at + 1..]
                .first()
                .is_some_and(|word| word.trim_matches('"').eq_ignore_ascii_case(name))
        })
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

/// One line of the record: a command that the event trigger saw.
struct Command<'a> {
    /// Of the message that it came in.
    hash: &'a str,
    /// When that message came, which tells two with the same text apart.
    at: &'a str,
    tag: &'a str,
    /// What the server calls one of the objects.
    subject: String,
    objects: &'a str,
}

impl<'a> Command<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.splitn(5, '|');
        let mut next = || fields.next();
        let (hash, at, tag, subject, objects) = (next()?, next()?, next()?, next()?, next()?);
        let subject: Vec<u8> = (0..subject.len() / 2)
            .filter_map(|at| u8::from_str_radix(subject.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        Some(Self {
            hash,
            at,
            tag,
            subject: String::from_utf8_lossy(&subject).into_owned(),
            objects,
        })
    }

    /// The words of the object's name, without schema and arguments: `app.purge(integer)` gives `purge`.
    fn name(&self) -> Option<&str> {
        let subject = self.subject.split(['(', ' ']).next()?;
        subject
            .rsplit('.')
            .next()
            .map(|name| name.trim_matches('"'))
            .filter(|name| !name.is_empty())
    }
}

/// Walks over the statements in the order in which the server ran them.
struct Reader<'s, 'a> {
    statements: &'s Statements<'a>,
    /// Where to go on looking.
    next: usize,
    /// When the message came that the last command was in.
    last: String,
}

impl Reader<'_, '_> {
    /// The statement that a command belongs to: the one whose text was sent, told by its hash, or, where the whole
    /// file was sent, the next one that begins like the command, best one that names the object.
    fn statement(&mut self, command: &Command<'_>) -> Location {
        let text = &self.statements.script.text;
        let spans = &self.statements.spans;
        if let Some(at) = self.sent(command) {
            self.next = at;
            command.at.clone_into(&mut self.last);
            return self.statements.location(&spans[at]);
        }
        let tag: Vec<&str> = command.tag.split(' ').collect();
        // `CREATE OR REPLACE FUNCTION` has the tag CREATE FUNCTION, `CREATE UNIQUE INDEX` CREATE INDEX.
        let begins = |words: &[String]| {
            words.first().is_some_and(|word| word == tag[0])
                && tag
                    .last()
                    .is_some_and(|last| words.iter().any(|word| word == last))
        };
        let is_do = |at: usize| {
            keywords(&text[spans[at].clone()])
                .first()
                .is_some_and(|word| word == "DO")
        };
        let fits = |at: usize| is_do(at) || begins(&keywords(&text[spans[at].clone()]));
        let names = |at: usize| {
            command
                .name()
                .is_none_or(|name| mentions(&text[spans[at].clone()], name))
        };
        let found = (self.next..spans.len())
            .find(|&at| fits(at) && names(at))
            .or_else(|| (self.next..spans.len()).find(|&at| fits(at)))
            .or_else(|| (0..spans.len()).find(|&at| fits(at)));
        match found {
            Some(at) => {
                // A DO block may run several commands; of other statements each command is the next one's.
                self.next = if is_do(at) { at } else { at + 1 };
                self.statements.location(&spans[at])
            }
            None => self.statements.top(),
        }
    }

    /// The statement that was sent by itself with the command in it.
    fn sent(&self, command: &Command<'_>) -> Option<usize> {
        let hashes = &self.statements.hashes;
        let from = if self.last == command.at || self.last.is_empty() {
            self.next
        } else {
            self.next + 1
        };
        let rest = hashes.get(from..)?;
        rest.iter()
            .position(|hash| hash == command.hash)
            .map(|at| from + at)
            .or_else(|| hashes.iter().position(|hash| hash == command.hash))
    }
}
