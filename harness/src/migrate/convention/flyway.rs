//! Flyway's convention, as its community edition has it (`DbMigrate`, `ChecksumCalculator`, `PostgreSQLParser`).
//!
//! `V<version>__<description>.sql` by the parts of the version as numbers, in the folder and below; then
//! `R__<description>.sql` by description; `U…` takes back; on an empty database the last `B…` stands for all versions up
//! to its own. Files named as callbacks run around them. One transaction a file, unless it holds a statement that Flyway
//! knows not to run in one, or `<file>.conf` says so. Role and `search_path` are as at first before each file.

use camino::{Utf8Path, Utf8PathBuf};
use sqlx::postgres::PgConnection;

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table};
use super::super::split::{SegmentKind, keywords};
use super::super::way::statements;
use super::super::{Callbacks, Migration, ReadError, Script, TransactionRule, finding, unread};
use super::placeholders::{self, Dialect};
use super::{Contents, in_code, psql_only};
use crate::claim::{Claim, Severity};

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let (mut versioned, mut repeatable, mut undo, mut baselines) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut callbacks = Vec::new();
    for file in all_files(folder) {
        let path = folder.path_of(&file);
        let name = file.file_name().unwrap_or_default();
        if let Some(stem) = [".java", ".kt", ".class"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
        {
            contents.note_code(stem, &path);
            continue;
        }
        let Some(stem) = name.strip_suffix(".sql") else {
            continue;
        };
        match Name::parse(stem) {
            Some(Name::Versioned(name)) => versioned.push((name, path)),
            Some(Name::Undo(name)) => undo.push((name, path)),
            Some(Name::Baseline(name)) => baselines.push((name, path)),
            Some(Name::Repeatable(description)) => repeatable.push((description, path)),
            Some(Name::Callback(event)) => callbacks.push((event, path)),
            None => contents.claims.push(unread(
                &path,
                "Flyway passes over names that are not `V<version>__<description>.sql` or `R__<description>.sql`",
            )),
        }
    }
    for path in code_beside(folder) {
        contents.note_code(path.file_stem().unwrap_or_default(), &path);
    }
    versioned.sort();
    repeatable.sort();
    baselines.sort();
    if let Some((baseline, path)) = baselines.pop() {
        contents
            .claims
            .extend(baselines.iter().map(|(_, older)| stood_for(older, &path)));
        let (before, after): (Vec<_>, Vec<_>) = versioned
            .into_iter()
            .partition(|(name, _)| name.key <= baseline.key);
        contents
            .claims
            .extend(before.iter().map(|(_, older)| stood_for(older, &path)));
        versioned = vec![(baseline, path)];
        versioned.extend(after);
    }
    for (name, path) in &versioned {
        let up = script(folder, path)?;
        contents.add(folder, &name.version, &name.description, up);
    }
    for (description, path) in &repeatable {
        let up = script(folder, path)?;
        contents.add(folder, &format!("R__{description}"), description, up);
    }
    for (name, path) in undo {
        let of = versioned.iter().position(|(up, _)| up.key == name.key);
        match of.and_then(|at| contents.migrations.get_mut(at)) {
            Some(migration) => {
                let down = script(folder, &path)?;
                migration.transaction_back = Some(rule(folder, &down));
                migration.down = Some(down);
            }
            None => contents
                .claims
                .push(unread(&path, "it undoes a migration that is not there")),
        }
    }
    call_back(folder, &mut contents, callbacks)?;
    Ok(contents)
}

fn all_files(folder: &Folder) -> Vec<Utf8PathBuf> {
    let files = folder.files.iter().map(Utf8PathBuf::from);
    files.chain(folder.below.iter().cloned()).collect()
}

/// Java and Kotlin classes that lie where a build puts them together with the folder.
fn code_beside(folder: &Folder) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for language in ["java", "kotlin"] {
        let path = folder
            .path
            .as_str()
            .replace("src/main/resources", &format!("src/main/{language}"));
        if path == folder.path.as_str() {
            continue;
        }
        let entries = std::fs::read_dir(folder.root.join(&path))
            .into_iter()
            .flatten()
            .flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        found.extend(names.map(|name| Utf8Path::new(&path).join(name)));
    }
    found.sort();
    found
}

fn stood_for(path: &Utf8Path, baseline: &Utf8Path) -> Claim {
    unread(path, &format!("on an empty database {baseline} stands for it"))
}

/// A version and a description.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Versioned {
    key: Vec<(usize, String)>,
    version: String,
    description: String,
}

impl Versioned {
    fn parse(version: &str, description: &str) -> Option<Self> {
        let version = version.replace('_', ".");
        let parts: Vec<&str> = version.split('.').collect();
        let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !parts.iter().all(is_number) {
            return None;
        }
        let digits = parts.iter().map(|part| part.trim_start_matches('0'));
        let mut key: Vec<(usize, String)> = digits.map(|part| (part.len(), part.to_owned())).collect();
        // 1.0 is 1.
        while key.len() > 1 && key.last().is_some_and(|(length, _)| *length == 0) {
            key.pop();
        }
        Some(Self {
            key,
            version,
            description: description.to_owned(),
        })
    }
}

/// What Flyway takes a file for.
enum Name {
    Versioned(Versioned),
    Undo(Versioned),
    Baseline(Versioned),
    Repeatable(String),
    Callback(&'static str),
}

/// The callbacks of `migrate` in the order in which they come.
const EVENTS: [&str; 13] = [
    "beforeConnect",
    "afterConnect",
    "beforeValidate",
    "afterValidate",
    "createSchema",
    "beforeMigrate",
    "beforeEachMigrate",
    "afterEachMigrate",
    "afterVersioned",
    "beforeRepeatables",
    "afterMigrateApplied",
    "afterMigrate",
    "afterMigrateOperationFinish",
];

/// Words that callbacks of other commands, and those after an error, begin with.
const OTHER_EVENTS: [&str; 2] = ["before", "after"];

impl Name {
    fn parse(stem: &str) -> Option<Self> {
        let (prefix, description) = stem.split_once("__").unwrap_or((stem, ""));
        if let Some(event) = EVENTS.into_iter().find(|event| *event == prefix) {
            return Some(Self::Callback(event));
        }
        if OTHER_EVENTS.iter().any(|word| {
            prefix
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        }) {
            return Some(Self::Callback(""));
        }
        let separated = stem.contains("__");
        let description = description.replace('_', " ");
        if prefix == "R" && separated {
            return Some(Self::Repeatable(description));
        }
        // A description may be left out.
        let kind: fn(Versioned) -> Self = match prefix.chars().next()? {
            'V' => Self::Versioned,
            'U' => Self::Undo,
            'B' => Self::Baseline,
            _ => return None,
        };
        Versioned::parse(&prefix[1..], &description).map(kind)
    }
}

fn script(folder: &Folder, path: &Utf8Path) -> Result<Script, ReadError> {
    let script = Script::read(&folder.root, path)?;
    let whole = 0..script.text.len();
    placeholders::fill(folder, script, Dialect::Flyway, std::slice::from_ref(&whole))
}

impl Contents {
    fn add(&mut self, folder: &Folder, version: &str, description: &str, up: Script) {
        self.claims
            .extend(psql_only("Flyway", &up, &[SegmentKind::MetaCommand]));
        let rule = rule(folder, &up);
        if rule == TransactionRule::File && !configured(folder, &up) {
            self.claims.extend(mixed(&up));
        }
        let below = up.path.strip_prefix(&folder.path).unwrap_or(&up.path).to_string();
        self.migrations.push(Migration {
            record: below.into(),
            ..Migration::new(version, description, up, rule)
        });
    }

    /// Classes are named as files of SQL are.
    fn note_code(&mut self, stem: &str, path: &Utf8Path) {
        let number = match Name::parse(stem) {
            Some(Name::Versioned(name)) => name.version.parse::<u64>().ok(),
            Some(Name::Repeatable(_)) => None,
            _ => return,
        };
        self.claims.push(in_code("Flyway", "Java", path));
        self.in_code.extend(number);
    }
}

/// A file that is to run without a transaction runs as psql runs it, which is as Flyway does.
fn rule(folder: &Folder, script: &Script) -> TransactionRule {
    if configured(folder, script) || statements(script).iter().any(|statement| runs_alone(statement)) {
        TransactionRule::File
    } else {
        TransactionRule::Always
    }
}

/// Whether `<file>.conf` takes the transaction away.
fn configured(folder: &Folder, script: &Script) -> bool {
    let file = folder.root.join(format!("{}.conf", script.path));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().any(|line| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        key.trim() == "executeInTransaction" && value.trim().eq_ignore_ascii_case("false")
    })
}

/// What Flyway knows to run outside a transaction alone, by its first words.
fn runs_alone(statement: &str) -> bool {
    let words = keywords(statement);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["CREATE" | "DROP", "DATABASE" | "TABLESPACE" | "SUBSCRIPTION", ..]
            | ["ALTER", "SYSTEM", ..]
            | ["CREATE" | "DROP", "INDEX", "CONCURRENTLY", ..]
            | ["CREATE" | "DROP", "UNIQUE", "INDEX", "CONCURRENTLY", ..]
            | ["REINDEX", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["REINDEX", "VERBOSE", "SCHEMA" | "DATABASE" | "SYSTEM", ..]
            | ["VACUUM", ..]
            | ["DISCARD", "ALL", ..]
    )
}

fn mixed(script: &Script) -> Option<Claim> {
    let statements = statements(script);
    let alone = statements.iter().find(|statement| runs_alone(statement))?;
    statements.iter().find(|statement| !runs_alone(statement))?;
    let at = alone.as_ptr() as usize - script.text.as_ptr() as usize;
    let message = format!(
        "{} holds a statement that refuses a transaction and others besides: Flyway refuses the file, unless `mixed` is \
         set or {}.conf says `executeInTransaction=false`",
        script.path,
        script.path.file_name().unwrap_or_default()
    );
    let line = script.position(at).line;
    Some(finding(
        "apply/transaction",
        Severity::Error,
        &script.path,
        line,
        message,
    ))
}

/// Puts the callbacks of `migrate` around the migrations.
fn call_back(
    folder: &Folder,
    contents: &mut Contents,
    mut callbacks: Vec<(&'static str, Utf8PathBuf)>,
) -> Result<(), ReadError> {
    let place = |event: &str| EVENTS.iter().position(|known| *known == event);
    callbacks.sort_by_key(|(event, path)| (place(event), path.clone()));
    let first_repeatable = contents
        .migrations
        .iter()
        .position(|m| m.version.starts_with("R__"));
    let last = contents.migrations.len().saturating_sub(1);
    for (event, path) in callbacks {
        if event.is_empty() {
            // Of `clean`, `undo` and the like.
            contents.others.push(path);
            continue;
        }
        let script = script(folder, &path)?;
        let mut put = |at: usize, list: fn(&mut Callbacks) -> &mut Vec<Script>| {
            if let Some(migration) = contents.migrations.get_mut(at) {
                list(&mut migration.callbacks).push(script.clone());
            }
        };
        match event {
            "beforeEachMigrate" => (0..=last).for_each(|at| put(at, |callbacks| &mut callbacks.first)),
            "afterEachMigrate" => (0..=last).for_each(|at| put(at, |callbacks| &mut callbacks.last)),
            "afterVersioned" => match first_repeatable {
                Some(0) => {}
                Some(at) => put(at - 1, |callbacks| &mut callbacks.after),
                None => put(last, |callbacks| &mut callbacks.after),
            },
            "beforeRepeatables" => {
                if let Some(at) = first_repeatable {
                    put(at, |callbacks| &mut callbacks.before);
                }
            }
            "afterMigrateApplied" | "afterMigrate" | "afterMigrateOperationFinish" => {
                put(last, |callbacks| &mut callbacks.after);
            }
            _ => put(0, |callbacks| &mut callbacks.before),
        }
    }
    Ok(())
}

pub(super) const LEDGER: Table = Table {
    // It writes over a connection of its own.
    schema: Some("public"),
    name: "flyway_schema_history",
    version: "script",
    create: include_str!("flyway.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: |migration| migration.record.as_str().unwrap_or_default().to_owned(),
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let migration = row.migration;
    let repeatable = migration.version.starts_with("R__");
    let baseline = migration
        .up
        .path
        .file_name()
        .is_some_and(|name| name.starts_with('B'));
    // The checksum of a repeatable migration is that of what is sent, so that new values run it again.
    let text = if repeatable {
        &migration.up.text
    } else {
        migration.up.original()
    };
    // Flyway writes over another connection, whatever role the file has taken.
    sqlx::raw_sql("RESET ROLE").execute(&mut *session).await?;
    sqlx::query(
        "INSERT INTO public.flyway_schema_history (installed_rank, version, description, type, script, checksum, \
         installed_by, execution_time, success) VALUES ($1, $2, $3, $4, $5, $6, current_user, $7, true)",
    )
    .persistent(false)
    .bind(i32::try_from(row.number + 1).unwrap_or(i32::MAX))
    .bind((!repeatable).then_some(&migration.version))
    .bind(&migration.name)
    .bind(if baseline { "SQL_BASELINE" } else { "SQL" })
    .bind(migration.record.as_str())
    .bind(checksum(text))
    .bind(i32::try_from(row.took.as_millis()).unwrap_or(i32::MAX))
    .execute(session)
    .await
    .map(drop)
}

/// CRC-32 of the lines without what ends them.
fn checksum(text: &str) -> i32 {
    let bytes = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    let crc = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
        })
    });
    (!crc).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32_of_the_lines_whatever_ends_them() {
        assert_eq!(checksum("123456789"), 0xCBF4_3926_u32.cast_signed());
        assert_eq!(checksum("1234\r\n56789\n"), checksum("123456789"));
    }

    #[test]
    fn versions_compare_by_their_parts() {
        let key = |version| Versioned::parse(version, "").unwrap().key;
        assert!(key("9") < key("10") && key("13.1") < key("13.2") && key("13.2") < key("13.10"));
        assert_eq!(key("1_0"), key("01"));
        assert!(Versioned::parse("1..2", "").is_none() && Versioned::parse("", "").is_none());
    }
}
