//! sqlx's convention, as `resolve_blocking_with_config` in `sqlx-core/src/migrate/source.rs` (0.9) has it.
//!
//! `<i64>_<description>.sql`, split at the first `_`, in the order of the numbers; `.up.sql` and `.down.sql` pair
//! by number alone, and may stand beside simple files. Folders below, and names without `_` or that do not end in
//! `.sql` exactly, are passed over; a prefix that is no integer stops it.

use ::sqlx::AssertSqlSafe;
use ::sqlx::postgres::PgConnection;
use camino::Utf8Path;

use super::super::folder::{Folder, has_suffix, without_suffix};
use super::super::ledger::{Keeps, Row, Table};
use super::super::numbering::Number;
use super::super::{Migration, ReadError, Script, TransactionRule, first_line, unread};
use super::{Contents, refused_by_server};
use crate::claim::{Claim, Severity, Verdict};

/// A name that sqlx takes for a migration.
pub(super) struct Name<'a> {
    pub(super) version: i64,
    /// The digits as they are written.
    prefix: &'a str,
    description: &'a str,
    down: bool,
}

/// In small letters alone, as sqlx wants it.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "sqlx passes over `.SQL`"
)]
fn is_sql(name: &str) -> bool {
    name.ends_with(".sql")
}

/// What sqlx makes of a name: nothing, a migration, or a reason to stop.
pub(super) fn parse(name: &str) -> Option<Result<Name<'_>, String>> {
    let (prefix, rest) = name.split_once('_').filter(|(_, rest)| is_sql(rest))?;
    let Ok(version) = prefix.parse() else {
        return Some(Err(format!(
            "sqlx stops at a name whose part before the first `_` is no integer of 64 bits, and `{prefix}` is none"
        )));
    };
    let suffix = [".up.sql", ".down.sql"]
        .into_iter()
        .find(|suffix| rest.ends_with(suffix))
        .unwrap_or(".sql");
    let description = rest.trim_end_matches(suffix);
    Some(Ok(Name {
        version,
        prefix,
        description,
        down: suffix == ".down.sql",
    }))
}

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut claims = Vec::new();
    let mut names = Vec::new();
    for file in &folder.files {
        let path = folder.path_of(file);
        match parse(file) {
            Some(Ok(name)) => names.push((name, path)),
            Some(Err(reason)) => {
                return Err(ReadError::Refused {
                    path,
                    line: None,
                    tool: "sqlx",
                    reason,
                });
            }
            None if has_suffix(file, ".sql") => {
                claims.push(unread(
                    &path,
                    "sqlx passes over names that are not `<number>_<description>.sql`",
                ));
            }
            None => {}
        }
    }
    // sqlx leaves files of one number in the order in which the system happens to list them; here, by name.
    names.sort_by_key(|(name, _)| name.version);
    let (downs, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|(name, _)| name.down);
    let (verifications, ups): (Vec<_>, Vec<_>) = others.iter().partition(|(name, _)| {
        verifies(name).is_some_and(|of| {
            others
                .iter()
                .any(|(up, _)| up.version == name.version && up.description == of)
        })
    });

    let mut migrations = Vec::new();
    for (name, path) in &ups {
        let up = Script::read(&folder.root, path)?;
        claims.extend(refused_by_server("sqlx", &up));
        migrations.push(migration(up, name));
    }
    for (name, path) in &downs {
        let mut of_version = migrations
            .iter_mut()
            .zip(&ups)
            .filter(|(_, (up, _))| up.version == name.version);
        match of_version.next() {
            None => claims.push(unread(
                path,
                "it is the way back of a migration that is not there",
            )),
            Some((migration, _)) if migration.down.is_some() => {
                claims.push(unread(path, "its migration has another way back already"));
            }
            Some((migration, _)) => {
                let down = Script::read(&folder.root, path)?;
                migration.transaction_back = Some(transaction(&down));
                migration.down = Some(down);
            }
        }
    }
    for (name, path) in &verifications {
        let verified = migrations
            .iter_mut()
            .zip(&ups)
            .find(|(_, (up, _))| up.version == name.version && verifies(name) == Some(up.description));
        if let Some((migration, _)) = verified {
            claims.push(also_a_migration(path, migration));
            migration.verification = Some(Script::read(&folder.root, path)?);
        }
    }
    Ok(Contents::of(migrations, claims))
}

fn migration(up: Script, name: &Name<'_>) -> Migration {
    let transaction = transaction(&up);
    let plain_digits = Number::parse(name.prefix).is_some();
    let version = if plain_digits {
        name.prefix.to_owned()
    } else {
        name.version.to_string()
    };
    Migration {
        number: name.version.try_into().ok(),
        ..Migration::new(version, name.description.replace('_', " "), up, transaction)
    }
}

/// In what transaction sqlx runs a file, on the way up or back.
fn transaction(script: &Script) -> TransactionRule {
    // sqlx looks at the file's first bytes, so a byte-order mark hides the comment from it.
    if !script.byte_order_mark && script.text.starts_with("-- no-transaction") {
        TransactionRule::None
    } else {
        TransactionRule::Always
    }
}

/// The description of the migration that a file with this name verifies, if there is one.
fn verifies<'a>(name: &Name<'a>) -> Option<&'a str> {
    ["_verification", ".verification", ".verify"]
        .iter()
        .find_map(|suffix| without_suffix(name.description, suffix))
}

/// pgproof takes a verification for no migration, but sqlx does, and fails at the second row for one version.
fn also_a_migration(path: &Utf8Path, up: &Migration) -> Claim {
    let message = format!(
        "version {} is that of {} and of {path}: sqlx takes the verification for a migration, too; move it to \
         another folder",
        up.version, up.up.path
    );
    Claim::new(
        "ledger/duplicate",
        &up.version,
        "verification",
        Verdict::Violated,
        Severity::Error,
        message,
    )
    .at(Some(first_line(path)))
}

/// As sqlx-postgres 0.9 makes it.
pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "_sqlx_migrations",
    may_be_named: true,
    version: "version",
    create: include_str!("sqlx.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry,
};

fn entry(migration: &Migration) -> String {
    migration
        .number
        .map_or_else(|| migration.version.clone(), |number| number.to_string())
}

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let statement = row.ledger.statement(
        "INSERT INTO :ledger (version, description, success, checksum, execution_time) VALUES ($1, $2, TRUE, $3, $4)",
    );
    // Prepared and kept, as sqlx does: a migration that throws it away ends sqlx's run, too.
    ::sqlx::query(AssertSqlSafe(statement))
        .bind(entry(row.migration).parse::<i64>().unwrap_or_default())
        .bind(&row.migration.name)
        .bind(row.migration.up.sha384().to_vec())
        .bind(i64::try_from(row.took.as_nanos()).unwrap_or(i64::MAX))
        .execute(session)
        .await
        .map(drop)
}
