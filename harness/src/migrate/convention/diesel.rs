//! Diesel's convention, as `migrations_internals` and `diesel_migrations` (2.3) have it.
//!
//! Each folder is a migration with `up.sql` and maybe `down.sql`; one without `up.sql` stops Diesel. The version is the
//! name up to the first `_`, without hyphens, and versions are ordered as text: not as the folders' names are. A
//! transaction is around each file, unless its `metadata.toml` says otherwise, in which `run_in_transaction` is false
//! where it is not mentioned. The ledger is there before the first file.

use ::sqlx::postgres::PgConnection;
use camino::Utf8Path;

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::{Contents, refused_by_server};
use crate::claim::{Claim, Severity};

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut migrations = Vec::new();
    let mut claims = Vec::new();
    for name in &folder.folders {
        let at = Utf8Path::new(name);
        if !folder.below.contains(&at.join("up.sql")) {
            claims.push(without_file(&folder.path_of(at)));
            continue;
        }
        let up = folder.script(at.join("up.sql"))?;
        claims.extend(refused_by_server("Diesel", &up));
        claims.extend(no_byte(&up));
        let mut migration = migration(name, up, transaction(folder, at)?);
        if folder.below.contains(&at.join("down.sql")) {
            migration.down = Some(folder.script(at.join("down.sql"))?);
        }
        migrations.push(migration);
    }
    migrations.sort_by(|a, b| a.version.cmp(&b.version));
    for path in folder.sql_files() {
        claims.push(unread(
            &folder.path_of(path),
            "Diesel reads the folders below, and there `up.sql` and `down.sql`",
        ));
    }
    Ok(Contents::of(migrations, claims))
}

/// The version of a folder's name, and the rest.
fn version(name: &str) -> (String, &str) {
    let (version, rest) = name.split_once('_').unwrap_or((name, ""));
    (version.replace('-', ""), rest)
}

fn migration(name: &str, up: Script, transaction: TransactionRule) -> Migration {
    let (version, rest) = version(name);
    Migration::new(version, rest, up, transaction)
}

/// What `metadata.toml` says; one that is no TOML, or gives the key another type, is passed over.
fn transaction(folder: &Folder, at: &Utf8Path) -> Result<TransactionRule, ReadError> {
    let path = at.join("metadata.toml");
    if !folder.below.contains(&path) {
        return Ok(TransactionRule::Always);
    }
    Ok(rule(&folder.script(path)?.text))
}

fn rule(metadata: &str) -> TransactionRule {
    let Ok(table) = metadata.parse::<toml::Table>() else {
        return TransactionRule::Always;
    };
    match table.get("run_in_transaction") {
        None | Some(toml::Value::Boolean(false)) => TransactionRule::None,
        Some(_) => TransactionRule::Always,
    }
}

fn without_file(path: &Utf8Path) -> Claim {
    finding(
        "ledger/journal",
        Severity::Error,
        path,
        1,
        format!(
            "{path} has no `up.sql`: Diesel takes each folder for a migration and stops here; put the file back or take \
             the folder away"
        ),
    )
}

fn no_byte(up: &Script) -> Option<Claim> {
    up.file_text().is_empty().then(|| {
        let message = format!(
            "{} is empty, at which Diesel stops; a comment is enough for it",
            up.path
        );
        finding("apply/empty", Severity::Error, &up.path, 1, message)
    })
}

/// As Diesel makes it.
pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "__diesel_schema_migrations",
    may_be_named: false,
    version: "version",
    create: include_str!("diesel.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let statement = "INSERT INTO __diesel_schema_migrations (version) VALUES ($1)";
    row.write(session, statement, |query| query.bind(&row.migration.version))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_does_not_mention_the_transaction_does_without() {
        for (metadata, expected) in [
            ("run_in_transaction = true", TransactionRule::Always),
            ("run_in_transaction = false", TransactionRule::None),
            ("", TransactionRule::None),
            ("author = 'x'", TransactionRule::None),
            ("run_in_transaction = 'no'", TransactionRule::Always),
            ("run_in_transaction", TransactionRule::Always),
        ] {
            assert_eq!(rule(metadata), expected, "{metadata}");
        }
    }

    #[test]
    fn a_version_has_no_hyphens() {
        assert_eq!(
            version("2024-01-31-120000_a_b"),
            ("20240131120000".to_owned(), "a_b")
        );
        assert_eq!(version("x-y"), ("xy".to_owned(), ""));
    }
}
