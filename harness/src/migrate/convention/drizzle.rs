//! Drizzle's convention, as `drizzle-orm`'s `migrator.ts` and `pg-core/dialect.ts` (0.45) have it.
//!
//! `meta/_journal.json` says which files there are and in which order; other files are not looked at. A file is cut at
//! each `--> statement-breakpoint`, wherever that stands, and each piece is sent by itself. One transaction is around
//! all files of a run. The ledger is there before the first. Where it has entries, only files whose `when` is later
//! than the last one's are applied: an earlier `when` further down never comes to a database that has the former.
//!
//! From 1.0 on (`drizzle-orm/src/{migrator,migrator.utils}.ts` of its betas) there is no journal: each folder with a
//! `migration.sql` is a migration, in the order of the names, and the ledger knows it by its name, which begins with a
//! time. One whose name the ledger lacks is applied, wherever it comes.

use std::ops::Range;

use ::sqlx::postgres::PgConnection;
use camino::Utf8Path;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::{Number, digits};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, proven, unread};
use super::collation::locale_compare;
use super::{Contents, refused_by_server};
use crate::checksum::sha256;
use crate::claim::{Claim, Severity};

const JOURNAL: &str = "meta/_journal.json";
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Debug, Deserialize)]
struct Journal {
    dialect: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    /// The file's name without `.sql`.
    tag: String,
    /// Milliseconds since 1970.
    when: i64,
}

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    if !folder.holds(JOURNAL) {
        let contents = read_folders(folder)?;
        if contents.migrations.is_empty() {
            return Err(ReadError::Refused {
                path: folder.path_of(JOURNAL),
                line: None,
                tool: "Drizzle",
                reason: "there is no such file, and no folder with a `migration.sql`, as drizzle-kit 1.0 makes them"
                    .to_owned(),
            });
        }
        return Ok(contents);
    }
    let text = folder.script(JOURNAL)?;
    let journal = parse(&text)?;
    let mut migrations = Vec::new();
    let mut claims = too_early(&text, &journal.entries);
    for entry in &journal.entries {
        let file = format!("{}.sql", entry.tag);
        if !folder.root.join(folder.path_of(&file)).is_file() {
            claims.push(without_file(&text, entry, &folder.path_of(&file)));
            continue;
        }
        let up = folder.script(&file)?;
        claims.extend(refused_by_server("Drizzle", &up));
        migrations.push(migration(cut(up), entry));
    }
    if !claims.iter().any(|claim| claim.rule == "ledger/journal") {
        let message = format!(
            "{JOURNAL} has {} entries, and their files are there",
            migrations.len()
        );
        claims.push(proven("ledger/journal", &folder.path, Severity::Error, message));
    }
    for file in folder.sql_files() {
        let stem = &file[..file.len() - ".sql".len()];
        if !journal.entries.iter().any(|entry| entry.tag == stem) {
            claims.push(unread(
                &folder.path_of(file),
                "`meta/_journal.json` has no entry for it, so Drizzle passes over it",
            ));
        }
    }
    Ok(Contents::of(migrations, claims))
}

/// As drizzle-kit 1.0 has them.
fn read_folders(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    contents.ledger.form = Some(&LEDGER_OF_FOLDERS);
    let mut names: Vec<&String> = folder.folders.iter().collect();
    names.sort_by(|a, b| locale_compare(a, b));
    for name in names {
        let file = Utf8Path::new(name).join("migration.sql");
        if !folder.below.contains(&file) {
            continue;
        }
        let when = milliseconds(name).ok_or_else(|| ReadError::Refused {
            path: folder.path_of(name),
            line: None,
            tool: "Drizzle",
            reason: "the folder's name does not begin with a time, as in `20240131120000_name`".to_owned(),
        })?;
        let up = folder.script(&file)?;
        contents.claims.extend(refused_by_server("Drizzle", &up));
        let (digits, rest) = name.split_at(digits(name));
        contents.migrations.push(Migration {
            number: Number::value(digits),
            record: json!({ "when": when, "name": name }),
            ..Migration::new(
                name.as_str(),
                rest.trim_start_matches('_'),
                cut(up),
                TransactionRule::All,
            )
        });
        contents
            .others
            .push(folder.path_of(Utf8Path::new(name).join("snapshot.json")));
    }
    for file in folder.sql_files() {
        contents.claims.push(unread(
            &folder.path_of(file),
            "Drizzle reads the folders beside it, and there the files `migration.sql`",
        ));
    }
    Ok(contents)
}

/// The time that a name begins with, as milliseconds since 1970.
fn milliseconds(name: &str) -> Option<i64> {
    let time = name.get(..14).filter(|time| digits(time) == time.len())?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", time).ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn parse(text: &Script) -> Result<Journal, ReadError> {
    let refused = |line: Option<u32>, reason: String| ReadError::Refused {
        path: text.path.clone(),
        line,
        tool: "Drizzle",
        reason,
    };
    let journal: Journal = serde_json::from_str(&text.text).map_err(|error| {
        let line = u32::try_from(error.line()).ok();
        refused(line, format!("it is no journal of migrations ({error})"))
    })?;
    match journal.dialect.as_deref() {
        None | Some("postgresql" | "pg") => Ok(journal),
        Some(other) => {
            let line = line_of(text, other);
            Err(refused(
                Some(line),
                format!("the migrations are made for `{other}`, not for `postgresql`"),
            ))
        }
    }
}

fn line_of(text: &Script, word: &str) -> u32 {
    let quoted = format!("\"{word}\"");
    text.text.find(&quoted).map_or(1, |at| text.position(at).line)
}

fn migration(up: Script, entry: &Entry) -> Migration {
    let (digits, name) = entry.tag.split_at(digits(&entry.tag));
    let name = name.trim_start_matches('_');
    Migration {
        number: Number::value(digits),
        record: json!({ "when": entry.when }),
        ..Migration::new(entry.tag.as_str(), name, up, TransactionRule::All)
    }
}

/// The pieces between the breakpoints. What stands for a breakpoint ends a statement that has no `;`, and is empty
/// where it has one.
fn cut(up: Script) -> Script {
    let mut messages: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for (at, _) in up.text.match_indices(BREAKPOINT) {
        messages.push(start..at);
        start = at + BREAKPOINT.len();
    }
    if messages.is_empty() {
        return up;
    }
    messages.push(start..up.text.len());
    let stand_in = format!(";{}", " ".repeat(BREAKPOINT.len() - 1));
    let text = up.text.replace(BREAKPOINT, &stand_in);
    let mut cut = up.rewritten(text);
    cut.messages = Some(messages);
    cut
}

fn without_file(journal: &Script, entry: &Entry, file: &Utf8Path) -> Claim {
    let message = format!(
        "{} names {file}, which is not there: Drizzle stops here; put the file back or take its entry away",
        journal.path
    );
    finding(
        "ledger/journal",
        Severity::Error,
        file,
        line_of(journal, &entry.tag),
        message,
    )
    .at(Some(journal.location_of_line(line_of(journal, &entry.tag))))
}

/// The entries that a database which has an earlier one never gets.
fn too_early(journal: &Script, entries: &[Entry]) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut latest: Option<&Entry> = None;
    for entry in entries {
        match latest {
            Some(before) if entry.when <= before.when => {
                let line = line_of(journal, &entry.tag);
                let message = format!(
                    "`{}` comes after `{}` in {}, but its `when` ({}) is not later ({}): Drizzle never applies it to a \
                     database that has the former; give it a later `when`",
                    entry.tag, before.tag, journal.path, entry.when, before.when
                );
                claims.push(
                    finding(
                        "ledger/order",
                        Severity::Error,
                        Utf8Path::new(&entry.tag),
                        line,
                        message,
                    )
                    .at(Some(journal.location_of_line(line))),
                );
            }
            _ => latest = Some(entry),
        }
    }
    claims
}

/// As drizzle-orm makes it.
pub(super) const LEDGER: Table = Table {
    schema: Some("drizzle"),
    name: "__drizzle_migrations",
    may_be_named: true,
    version: "created_at",
    create: include_str!("drizzle.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry,
};

/// The same from 1.0 on.
const LEDGER_OF_FOLDERS: Table = Table {
    version: "name",
    create: include_str!("drizzle_folders.sql"),
    entry: by_version,
    ..LEDGER
};

fn entry(migration: &Migration) -> String {
    migration.record["when"].to_string()
}

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let record = &row.migration.record;
    // Up to 0.45 the table has no column for the name.
    let statement = match record["name"] {
        Value::Null => r#"INSERT INTO :ledger ("hash", "created_at") VALUES ($1, $2)"#,
        _ => r#"INSERT INTO :ledger ("hash", "created_at", "name") VALUES ($1, $2, $3)"#,
    };
    row.write(session, statement, |query| {
        let query = query
            .bind(sha256(row.migration.up.file_text()))
            .bind(record["when"].as_i64());
        match record["name"].as_str() {
            Some(name) => query.bind(name),
            None => query,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_name_begins_with_a_time() {
        assert_eq!(milliseconds("20240101000001_x"), Some(1_704_067_201_000));
        for name in ["20241301000000_x", "0000_init", "2024010100000_x", "é"] {
            assert_eq!(milliseconds(name), None, "{name}");
        }
    }

    #[test]
    fn a_file_is_cut_at_breakpoints_and_every_byte_stays_where_it_is() {
        let text = "create table a (id int)--> statement-breakpoint\ncreate table b (id int);--> statement-breakpoint\n";
        let script = cut(Script::new("a.sql", text));
        assert_eq!(script.text.len(), text.len());
        assert_eq!(script.original(), text);
        let pieces: Vec<&str> = script
            .messages
            .iter()
            .flatten()
            .map(|span| &script.text[span.clone()])
            .collect();
        assert_eq!(
            pieces,
            ["create table a (id int)", "\ncreate table b (id int);", "\n"]
        );
        let statements = super::super::super::way::statements(&script);
        assert_eq!(
            statements,
            ["create table a (id int);", "create table b (id int);"]
        );
        assert_eq!(cut(Script::new("a.sql", "select 1")).messages, None);
    }
}
