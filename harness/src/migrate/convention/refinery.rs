//! refinery's convention, as version 0.9 has it (`refinery_core/src/{util,runner,drivers/postgres}.rs`).
//!
//! `V<number>__<name>.sql` and `U<number>__<name>.sql` in the folder and below, in the order of the numbers: a `U` may be
//! added before what was applied already. `.rs` files are modules. Other names are passed over with a warning. One
//! transaction a file, and the file is one message.

use std::hash::{Hash as _, Hasher as _};

use camino::Utf8PathBuf;
use siphasher::sip::SipHasher13;
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix};
use super::super::ledger::{Keeps, Row, Table, by_number};
use super::super::numbering::is_number;
use super::super::{Migration, ReadError, Script, TransactionRule, unread};
use super::{Contents, in_code, refused_by_server};

const TOOL: &str = "refinery";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let below = folder.below.iter().cloned();
    for file in folder.files.iter().map(Utf8PathBuf::from).chain(below) {
        let path = folder.path_of(&file);
        let name = file.file_name().unwrap_or_default();
        if let Some((version, _)) = name.strip_suffix(".rs").and_then(parse) {
            contents.claims.push(in_code(TOOL, "Rust", &path));
            contents.in_code.extend(version.parse::<u64>());
            continue;
        }
        let Some((version, name)) = name.strip_suffix(".sql").and_then(parse) else {
            if has_suffix(name, ".sql") {
                let reason = "refinery passes over names that are not `V<number>__<name>.sql`";
                contents.claims.push(unread(&path, reason));
            }
            continue;
        };
        if version.parse::<i32>().is_err() {
            return Err(ReadError::Refused {
                path,
                line: None,
                tool: TOOL,
                reason: format!("it stops at the version {version}, which is no integer of 32 bits"),
            });
        }
        let up = Script::read(&folder.root, &path)?.in_one_message();
        contents.claims.extend(refused_by_server(TOOL, &up));
        contents
            .migrations
            .push(Migration::new(version, name, up, TransactionRule::Always));
    }
    contents.migrations.sort_by_key(|migration| migration.number);
    Ok(contents)
}

/// The version and the name.
fn parse(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.strip_prefix(['U', 'V'])?.split_once("__")?;
    let fits = match version.split_once('.') {
        Some((whole, part)) => is_number(whole) && is_number(part),
        None => is_number(version),
    };
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (fits && is_word).then_some((version, name))
}

pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "refinery_schema_history",
    may_be_named: true,
    version: "version",
    create: include_str!("refinery.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_number,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let migration = row.migration;
    let version = migration.version.parse::<i32>().unwrap_or_default();
    let mut hasher = SipHasher13::new();
    migration.name.hash(&mut hasher);
    version.hash(&mut hasher);
    migration.up.file_text().hash(&mut hasher);
    let statement = "INSERT INTO :ledger (version, name, applied_on, checksum) VALUES ($1, $2, \
                     to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), $3)";
    row.write(session, statement, |query| {
        query
            .bind(version)
            .bind(&migration.name)
            .bind(hasher.finish().to_string())
    })
    .await
}
