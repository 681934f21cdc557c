//! Flyway's convention, as its community edition has it (`DbMigrate`, `ChecksumCalculator`, `PostgreSQLParser`).
//!
//! `V<version>__<description>.sql` by the parts of the version as numbers, in the folder and below; then
//! `R__<description>.sql` by description; `U…` takes back; on an empty database the last `B…` stands for all versions up
//! to its own. Files named as callbacks run around them. One transaction a file, unless it holds a statement that Flyway
//! knows not to run in one, or `<file>.conf` says so. Role and `search_path` are as at first before each file.

mod callbacks;
mod settings;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use sqlx::postgres::PgConnection;

use super::super::folder::Folder;
use super::super::ledger::{self, Keeps, Row, Table};
use super::super::numbering::is_number;
use super::super::split::{SegmentKind, keywords};
use super::super::way::statements;
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::{Contents, in_code, psql_only};
use crate::claim::{Claim, Severity};
use crate::sql;
use settings::Settings;

const TOOL: &str = "Flyway";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let settings = Settings::find(folder)?;
    let mut reader = Reader {
        folder,
        names: Names::of(&settings),
        settings: &settings,
        contents: Contents::of(Vec::new(), Vec::new()),
    };
    let (mut versioned, mut repeatable, mut undo, mut baselines) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut callbacks = Vec::new();
    let files = settings.files(folder)?;
    for (location, path) in files.clone() {
        let name = path.file_name().unwrap_or_default();
        if let Some(stem) = [".java", ".kt", ".class"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
        {
            reader.note_code(stem, &path);
            continue;
        }
        let Some(stem) = reader.names.stem(name) else {
            continue;
        };
        let parsed = reader.names.parse(stem);
        let file = File { location, path };
        match parsed {
            Some(Name::Versioned(name)) => versioned.push((name, file)),
            Some(Name::Undo(name)) => undo.push((name, file)),
            Some(Name::Baseline(name)) => baselines.push((name, file)),
            Some(Name::Repeatable(description)) => repeatable.push((description, file)),
            Some(Name::Callback(event)) => callbacks.push((event, file.path)),
            None => reader.contents.claims.push(unread(
                &file.path,
                &format!(
                    "Flyway passes over names that are not `{0}<version>{2}<description>.sql` or `{1}{2}<description>.sql`",
                    reader.names.versioned, reader.names.repeatable, reader.names.separator
                ),
            )),
        }
    }
    reader.outside(&files);
    for path in code_beside(folder) {
        reader.note_code(path.file_stem().unwrap_or_default(), &path);
    }
    versioned.sort();
    repeatable.sort();
    baselines.sort();
    let mut first_type = "SQL";
    if let Some((baseline, file)) = baselines.pop() {
        let (before, after): (Vec<_>, Vec<_>) = versioned
            .into_iter()
            .partition(|(name, _)| name.key <= baseline.key);
        let older = baselines.iter().chain(&before);
        let stood_for = older.map(|(_, older)| stood_for(&older.path, &file.path));
        reader.contents.claims.extend(stood_for);
        versioned = vec![(baseline, file)];
        versioned.extend(after);
        first_type = "SQL_BASELINE";
    }
    for (at, (name, file)) in versioned.iter().enumerate() {
        let kind = if at == 0 { first_type } else { "SQL" };
        reader.add(&name.version, &name.description, file, kind)?;
    }
    for (description, file) in &repeatable {
        reader.add(&format!("R__{description}"), description, file, "SQL")?;
    }
    for (name, file) in undo {
        let of = versioned.iter().position(|(up, _)| up.key == name.key);
        let down = reader.script(&file.path)?;
        let (rule, _) = reader.rule(&down);
        match of.and_then(|at| reader.contents.migrations.get_mut(at)) {
            Some(migration) => {
                migration.transaction_back = Some(rule);
                migration.down = Some(down);
            }
            None => reader
                .contents
                .claims
                .push(unread(&file.path, "it undoes a migration that is not there")),
        }
    }
    callbacks::call_back(&mut reader, callbacks)?;
    Ok(reader.finish())
}

/// A file, and the location that Flyway finds it in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct File {
    location: Utf8PathBuf,
    path: Utf8PathBuf,
}

struct Reader<'a> {
    folder: &'a Folder,
    settings: &'a Settings,
    names: Names<'a>,
    contents: Contents,
}

impl Reader<'_> {
    fn script(&self, path: &Utf8Path) -> Result<Script, ReadError> {
        let script = Script::read(&self.folder.root, path)?;
        self.settings.fill(self.folder, script)
    }

    fn add(&mut self, version: &str, description: &str, file: &File, kind: &str) -> Result<(), ReadError> {
        let up = self.script(&file.path)?;
        let claims = &mut self.contents.claims;
        claims.extend(psql_only(TOOL, &up, &[SegmentKind::MetaCommand]));
        let (rule, configured) = self.rule(&up);
        if rule == TransactionRule::File && !configured && !self.settings.is("mixed", true) {
            self.contents.claims.extend(mixed(&up));
        }
        let below = up.path.strip_prefix(&file.location).unwrap_or(&up.path);
        self.contents.migrations.push(Migration {
            record: json!({ "script": below, "type": kind }),
            ..Migration::new(version, description, up, rule)
        });
        Ok(())
    }

    /// In what transaction Flyway runs a file, and whether a setting says so. One that is to run without a transaction
    /// runs as psql runs it, which is as Flyway does.
    fn rule(&self, script: &Script) -> (TransactionRule, bool) {
        let configured = configured(self.folder, script)
            .unwrap_or_else(|| self.settings.is("executeInTransaction", false));
        if configured || statements(script).iter().any(|statement| runs_alone(statement)) {
            (TransactionRule::File, configured)
        } else {
            (TransactionRule::Always, configured)
        }
    }

    /// What lies in the folder and in none of the locations; what lies further below is told of for every convention.
    fn outside(&mut self, files: &[(Utf8PathBuf, Utf8PathBuf)]) {
        let Some(settings) = &self.settings.file else {
            return;
        };
        for name in self
            .folder
            .files
            .iter()
            .filter(|name| self.names.stem(name).is_some())
        {
            let path = self.folder.path_of(name);
            if !files.iter().any(|(_, read)| *read == path) {
                let reason = format!("it lies in none of the locations that {settings} names");
                self.contents.claims.push(unread(&path, &reason));
            }
        }
    }

    /// Classes are named as files of SQL are.
    fn note_code(&mut self, stem: &str, path: &Utf8Path) {
        let number = match self.names.parse(stem) {
            Some(Name::Versioned(name)) => name.version.parse::<u64>().ok(),
            Some(Name::Repeatable(_)) => None,
            _ => return,
        };
        self.contents.claims.push(in_code(TOOL, "Java", path));
        self.contents.in_code.extend(number);
    }

    fn finish(mut self) -> Contents {
        let migrations = &mut self.contents.migrations;
        let in_group = self.settings.is("group", true)
            && migrations
                .iter()
                .all(|migration| migration.transaction == TransactionRule::Always);
        if in_group {
            for migration in migrations {
                migration.transaction = TransactionRule::All;
            }
        }
        let schema = self.settings.schema();
        self.contents.ledger = ledger::Settings {
            schema: schema.map(str::to_owned),
            name: Some(self.settings.table().to_owned()),
            before_each: schema.map(|schema| {
                format!(
                    "RESET ROLE; RESET search_path; SELECT pg_catalog.set_config('search_path', {} || \
                     pg_catalog.current_setting('search_path'), false)",
                    sql::literal(&format!("{}, ", sql::identifier(schema)))
                )
            }),
            form: None,
        };
        self.contents
    }
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
        if !parts.iter().all(|part| is_number(part)) {
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
    /// Empty for events of other commands.
    Callback(&'static str),
}

/// How files are named.
struct Names<'a> {
    versioned: &'a str,
    undo: &'a str,
    baseline: &'a str,
    repeatable: &'a str,
    separator: &'a str,
    suffixes: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(settings: &'a Settings) -> Self {
        let suffixes = settings.list("sqlMigrationSuffixes");
        Self {
            versioned: settings.get("sqlMigrationPrefix").unwrap_or("V"),
            undo: settings.get("undoSqlMigrationPrefix").unwrap_or("U"),
            baseline: settings.get("baselineMigrationPrefix").unwrap_or("B"),
            repeatable: settings.get("repeatableSqlMigrationPrefix").unwrap_or("R"),
            separator: settings.get("sqlMigrationSeparator").unwrap_or("__"),
            suffixes: if suffixes.is_empty() {
                vec![".sql"]
            } else {
                suffixes
            },
        }
    }

    /// The name without its suffix, if it is that of a file of SQL.
    fn stem<'b>(&self, file: &'b str) -> Option<&'b str> {
        self.suffixes.iter().find_map(|suffix| file.strip_suffix(suffix))
    }

    fn parse(&self, stem: &str) -> Option<Name> {
        let (prefix, description) = stem.split_once(self.separator).unwrap_or((stem, ""));
        if let Some(event) = callbacks::event(prefix) {
            return Some(Name::Callback(event));
        }
        let description = description.replace('_', " ");
        if prefix == self.repeatable && stem.contains(self.separator) {
            return Some(Name::Repeatable(description));
        }
        // A description may be left out.
        let version = |start: &str| Versioned::parse(prefix.strip_prefix(start)?, &description);
        let undo = || version(self.undo).map(Name::Undo);
        let baseline = || version(self.baseline).map(Name::Baseline);
        version(self.versioned)
            .map(Name::Versioned)
            .or_else(undo)
            .or_else(baseline)
    }
}

/// What `<file>.conf` says of the transaction: whether there is to be none.
fn configured(folder: &Folder, script: &Script) -> Option<bool> {
    let file = folder.root.join(format!("{}.conf", script.path));
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "executeInTransaction").then(|| value.trim().eq_ignore_ascii_case("false"))
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

pub(super) const LEDGER: Table = Table {
    // It writes over a connection of its own.
    schema: Some("public"),
    name: "flyway_schema_history",
    may_be_named: true,
    version: "script",
    create: include_str!("flyway.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: |migration| migration.record["script"].as_str().unwrap_or_default().to_owned(),
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let migration = row.migration;
    let repeatable = migration.version.starts_with("R__");
    // The checksum of a repeatable migration is that of what is sent, so that new values run it again.
    let text = if repeatable {
        &migration.up.text
    } else {
        migration.up.original()
    };
    // Flyway writes over another connection, whatever role the file has taken.
    sqlx::raw_sql("RESET ROLE").execute(&mut *session).await?;
    row.write(session, include_str!("flyway_insert.sql"), |query| {
        query
            .bind(i32::try_from(row.number + 1).unwrap_or(i32::MAX))
            .bind((!repeatable).then_some(&migration.version))
            .bind(&migration.name)
            .bind(migration.record["type"].as_str())
            .bind(migration.record["script"].as_str())
            .bind(checksum(text))
            .bind(i32::try_from(row.took.as_millis()).unwrap_or(i32::MAX))
    })
    .await
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
