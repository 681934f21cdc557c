//! Prisma Migrate's convention, as `packages/migrate/src/utils/listMigrations.ts` and the schema engine
//! (`commands/apply_migrations.rs`, `sql_migration_persistence.rs`; 6 and 7) have it.
//!
//! Each folder is a migration whose statements are in `migration.sql`; files beside the folders are not looked at. A
//! file is sent in one message with no transaction around it, so the server runs it in an implicit one. The ledger is
//! there before the first file and is written to by its bare name: a file that empties `search_path` for the session
//! stops Prisma.

use ::sqlx::postgres::PgConnection;
use camino::Utf8Path;

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::{Number, digits};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::collation::locale_compare;
use super::{Contents, refused_by_server};
use crate::checksum::sha256;
use crate::claim::{Claim, Severity};

const FILE: &str = "migration.sql";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    of_postgresql(folder)?;
    let mut names: Vec<&String> = folder.folders.iter().collect();
    names.sort_by(|a, b| locale_compare(a, b));
    let mut migrations = Vec::new();
    let mut claims = Vec::new();
    for name in names {
        let at = Utf8Path::new(name);
        if !folder.below.contains(&at.join(FILE)) {
            claims.push(without_file(&folder.path_of(at)));
            continue;
        }
        let up = folder.script(at.join(FILE))?;
        claims.extend(refused_by_server("Prisma", &up));
        let mut migration = migration(name, up);
        if folder.below.contains(&at.join("down.sql")) {
            migration.down = Some(folder.script(at.join("down.sql"))?);
        }
        migrations.push(migration);
    }
    for path in folder.sql_files() {
        claims.push(unread(
            &folder.path_of(path),
            "Prisma reads the folders below, and there the files `migration.sql`",
        ));
    }
    Ok(Contents::of(migrations, claims))
}

/// Prisma keeps in a lock file for which database it made the migrations, and stops at another.
fn of_postgresql(folder: &Folder) -> Result<(), ReadError> {
    const LOCK: &str = "migration_lock.toml";
    if !folder.holds(LOCK) {
        return Ok(());
    }
    let lock = folder.script(LOCK)?;
    let provider = lock.lines().find_map(|(number, _, line)| {
        let (key, value) = line.split_once('=')?;
        // A comment may follow.
        let provider = value.trim().trim_start_matches('"').split('"').next()?;
        (key.trim() == "provider").then(|| (number, provider.to_owned()))
    });
    match provider {
        Some((line, provider)) if provider != "postgresql" => Err(ReadError::Refused {
            path: lock.path,
            line: Some(line),
            tool: "Prisma",
            reason: format!("the migrations are made for `{provider}`, not for `postgresql`"),
        }),
        _ => Ok(()),
    }
}

fn migration(name: &str, up: Script) -> Migration {
    let (digits, description) = name.split_at(digits(name));
    let description = description.trim_start_matches('_');
    Migration {
        number: Number::value(digits),
        ..Migration::new(name, description, up, TransactionRule::None)
    }
}

fn without_file(path: &Utf8Path) -> Claim {
    finding(
        "ledger/journal",
        Severity::Error,
        path,
        1,
        format!(
            "{path} has no `{FILE}`: Prisma takes each folder for a migration and stops here (P3015); put the file back \
             or take the folder away"
        ),
    )
}

/// As the schema engine makes it.
pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "_prisma_migrations",
    may_be_named: false,
    version: "migration_name",
    create: include_str!("prisma.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    row.write(session, include_str!("prisma_insert.sql"), |query| {
        query
            .bind(uuid::Uuid::new_v4().to_string())
            .bind(sha256(row.migration.up.file_text()))
            .bind(&row.migration.version)
            .bind(row.took.as_secs_f64())
    })
    .await
}
