//! golang-migrate's convention, as version 4 has it (`source/parse.go`, `database/postgres/postgres.go`).
//!
//! `<number>_<title>.up.<anything>` and `.down.<anything>` in the order of the numbers; other names are passed over
//! without a word. The file goes to the server in one message and without a transaction of the tool's, so the server
//! makes one of it unless it begins or ends its own. Its ledger has one row, of the last version.

use camino::Utf8PathBuf;
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix};
use super::super::ledger::{Keeps, Row, Table, by_number};
use super::super::numbering::is_number;
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::{Contents, refused_by_server};
use crate::claim::{Claim, Severity};

struct Name<'a> {
    number: u64,
    version: &'a str,
    title: &'a str,
    up: bool,
}

/// What golang-migrate makes of a name.
fn parse(file: &str) -> Option<Name<'_>> {
    let (version, rest) = file.split_once('_')?;
    if !is_number(version) {
        return None;
    }
    // The title is as long as can be.
    let (at, up) = [(rest.rfind(".up."), true), (rest.rfind(".down."), false)]
        .into_iter()
        .filter_map(|(at, up)| Some((at?, up)))
        .max_by_key(|(at, _)| *at)?;
    Some(Name {
        number: version.parse().ok()?,
        version,
        title: &rest[..at],
        up,
    })
}

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut claims = Vec::new();
    let mut names: Vec<(Name<'_>, Utf8PathBuf)> = Vec::new();
    for file in &folder.files {
        let path = folder.path_of(file);
        match parse(file) {
            Some(name) => names.push((name, path)),
            None if has_suffix(file, ".sql") => {
                claims.push(unread(
                    &path,
                    "golang-migrate passes over names that are not `<number>_<title>.up.sql` or `.down.sql`",
                ));
            }
            None => {}
        }
    }
    names.sort_by_key(|(name, _)| name.number);
    let (ups, downs): (Vec<_>, Vec<_>) = names.iter().partition(|(name, _)| name.up);
    let mut migrations = Vec::new();
    for (name, path) in &ups {
        let up = Script::read(&folder.root, path)?;
        claims.extend(refused_by_server("golang-migrate", &up));
        migrations.push(Migration::new(
            name.version,
            name.title.replace('_', " "),
            up,
            TransactionRule::None,
        ));
    }
    for (name, path) in &downs {
        let of_number = |migration: &&mut Migration| migration.number == Some(name.number);
        match migrations.iter_mut().find(of_number) {
            None => claims.push(unread(
                path,
                "it is the way back of a migration that is not there; golang-migrate notes its version all the same \
                 and runs nothing",
            )),
            Some(migration) => match &migration.down {
                Some(first) => claims.push(second_down(&first.path, path)),
                None => migration.down = Some(Script::read(&folder.root, path)?),
            },
        }
    }
    Ok(Contents::of(migrations, claims))
}

fn second_down(first: &Utf8PathBuf, second: &Utf8PathBuf) -> Claim {
    let message = format!("{second} is of the version of {first}: golang-migrate refuses the whole folder");
    finding("ledger/duplicate", Severity::Error, second, 1, message)
}

pub(super) const LEDGER: Table = Table {
    // It asks for the schema once, when it connects.
    schema: Some("public"),
    name: "schema_migrations",
    may_be_named: true,
    version: "version",
    create: include_str!("golang_migrate.sql"),
    first: &[],
    keeps: Keeps::LastFile,
    entry: by_number,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    row.write(session, "TRUNCATE :ledger", |query| query).await?;
    let statement = "INSERT INTO :ledger (version, dirty) VALUES ($1, false)";
    row.write(session, statement, |query| query.bind(row.version()))
        .await
}
