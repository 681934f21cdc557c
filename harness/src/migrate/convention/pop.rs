//! pop's convention, as version 6 has it (`migrator.go`, `migration_content.go`, `match.go`).
//!
//! `<digits>_<name>[.<database>].up.sql` and `.down.sql`, in the folder and below, in the order of the digits as text; a
//! file for `postgres` is taken before one for all databases, and others are passed over. Files are templates of Go's.
//! One transaction a file, and the file is one message. `.fizz` files are in a language of pop's own.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix};
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::is_number;
use super::super::sent::Edit;
use super::super::{Migration, ReadError, Script, TransactionRule, unread};
use super::{Contents, in_code, refused_by_server};

const TOOL: &str = "pop";

/// What pop finds in a name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name<'a> {
    version: &'a str,
    /// Whether it is for all databases; those for PostgreSQL alone come first.
    for_all: bool,
    title: &'a str,
    up: bool,
    fizz: bool,
}

enum Parsed<'a> {
    Migration(Name<'a>),
    OtherDatabase,
}

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let files: Vec<Utf8PathBuf> = folder.files.iter().map(Utf8PathBuf::from).collect();
    let mut names = Vec::new();
    for file in files.iter().chain(&folder.below) {
        let path = folder.path_of(file);
        match parse(file.file_name().unwrap_or_default()) {
            Some(Parsed::Migration(name)) => names.push((name, path)),
            Some(Parsed::OtherDatabase) => contents.others.push(path),
            None if has_suffix(file.as_str(), ".sql") => {
                let reason = "pop passes over names that are not `<digits>_<name>.up.sql` or `.down.sql`";
                contents.claims.push(unread(&path, reason));
            }
            None => {}
        }
    }
    names.sort();
    let (ups, downs): (Vec<_>, Vec<_>) = names.into_iter().partition(|(name, _)| name.up);
    let mut seen = BTreeSet::new();
    for (name, path) in ups {
        if !seen.insert(name.version.to_owned()) {
            let reason = "pop takes it for applied, since another file of its version was";
            contents.claims.push(unread(&path, reason));
        } else if name.fizz {
            contents.claims.push(in_code(TOOL, "fizz", &path));
            contents.in_code.extend(name.version.parse::<u64>());
        } else {
            let up = template(folder, &path)?.in_one_message();
            contents.claims.extend(refused_by_server(TOOL, &up));
            let migration = Migration::new(name.version, name.title, up, TransactionRule::Always);
            contents.migrations.push(migration);
        }
    }
    for (name, path) in downs {
        let of = contents
            .migrations
            .iter_mut()
            .find(|up| up.version == name.version);
        match of {
            Some(migration) if migration.down.is_none() && !name.fizz => {
                migration.down = Some(template(folder, &path)?.in_one_message());
            }
            Some(_) => contents
                .claims
                .push(unread(&path, "its migration has another way back already")),
            None if name.fizz
                || contents
                    .in_code
                    .iter()
                    .any(|number| name.version.parse() == Ok(*number)) =>
            {
                contents.others.push(path);
            }
            None => contents.claims.push(unread(
                &path,
                "it is the way back of a migration that is not there",
            )),
        }
    }
    Ok(contents)
}

fn parse(file: &str) -> Option<Parsed<'_>> {
    let (rest, fizz) = match (file.strip_suffix(".sql"), file.strip_suffix(".fizz")) {
        (Some(rest), _) => (rest, false),
        (None, rest) => (rest?, true),
    };
    let (rest, up) = match (rest.strip_suffix(".up"), rest.strip_suffix(".down")) {
        (Some(rest), _) => (rest, true),
        (None, rest) => (rest?, false),
    };
    let (version, rest) = rest.split_once('_')?;
    if !is_number(version) {
        return None;
    }
    let (name, database) = match rest.split_once('.') {
        Some((name, database)) => (name, Some(database)),
        None => (rest, None),
    };
    let is_database = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match database {
        None | Some("postgres" | "postgresql" | "pg") if !name.is_empty() => Some(Parsed::Migration(Name {
            version,
            for_all: database.is_none(),
            title: name,
            up,
            fizz,
        })),
        Some(other) if !other.is_empty() && other.chars().all(is_database) => Some(Parsed::OtherDatabase),
        _ => None,
    }
}

/// A file with its `{{ index .Options "NAME" }}` and `{{ .Name }}` filled in.
fn template(folder: &Folder, path: &Utf8Path) -> Result<Script, ReadError> {
    let script = Script::read(&folder.root, path)?;
    let mut edits = Vec::new();
    let mut from = 0;
    while let Some(start) = script.text[from..].find("{{").map(|at| from + at) {
        let line = script.position(start).line;
        let refused = |reason: String| ReadError::Refused {
            path: path.to_owned(),
            line: Some(line),
            tool: TOOL,
            reason,
        };
        let end = script.text[start..].find("}}").map(|at| start + at);
        let end = end.ok_or_else(|| refused("a template's `{{` has no `}}`".to_owned()))?;
        let action = script.text[start + 2..end].trim_matches(|c: char| c == '-' || c.is_whitespace());
        let name = option(action).ok_or_else(|| {
            refused(format!(
                "pgproof evaluates no more of Go's templates than `index .Options \"NAME\"` and `.Name`, and this is \
                 `{action}`"
            ))
        })?;
        let value = folder
            .placeholders
            .get(name)
            .ok_or_else(|| ReadError::Placeholder {
                path: path.to_owned(),
                line,
                placeholder: script.text[start..end + 2].to_owned(),
                name: name.to_owned(),
            })?;
        from = end + 2;
        edits.push(Edit {
            span: start..from,
            text: value.clone(),
        });
    }
    Ok(script.filled(&edits))
}

/// The name of the option that an action stands for.
fn option(action: &str) -> Option<&str> {
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if let Some(field) = action.strip_prefix('.') {
        return Some(field.strip_prefix("Options.").unwrap_or(field)).filter(is_name);
    }
    let quoted = action
        .strip_prefix("index")?
        .trim_start()
        .strip_prefix(".Options")?;
    quoted.trim().strip_prefix('"')?.strip_suffix('"').filter(is_name)
}

pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "schema_migration",
    may_be_named: true,
    version: "version",
    create: include_str!("pop.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let statement = "INSERT INTO :ledger (version) VALUES ($1)";
    row.write(session, statement, |query| query.bind(&row.migration.version))
        .await
}
