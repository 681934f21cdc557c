//! The convention of postgres-migrations, as version 5 has it (`dist/{file-name-parser,files-loader,run-migration}.js`).
//!
//! `<integer>[-_]<name>.sql`, which must count from 1 without a gap; 0 is the tool's own, which makes the ledger. It
//! stops at any other name that ends in `.sql` or `.js`. One transaction a file, and the file is one message; none where
//! it holds `-- postgres-migrations disable-transaction`.

use camino::Utf8PathBuf;
use sha1::{Digest as _, Sha1};
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, without_suffix};
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::{Migration, ReadError, Script, TransactionRule, finding};
use super::{Contents, in_code, refused_by_server};
use crate::checksum::hex;
use crate::claim::Severity;

const TOOL: &str = "postgres-migrations";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let mut numbers: Vec<(i64, Utf8PathBuf)> = Vec::new();
    for file in &folder.files {
        let path = folder.path_of(file);
        let (stem, is_code) = match (without_suffix(file, ".sql"), without_suffix(file, ".js")) {
            (Some(stem), _) => (stem, false),
            (None, Some(stem)) => (stem, true),
            (None, None) => continue,
        };
        let Some((number, name)) = parse(stem) else {
            return Err(ReadError::Refused {
                path,
                line: None,
                tool: TOOL,
                reason: "it stops at a name that does not begin with an integer".to_owned(),
            });
        };
        numbers.push((number, path.clone()));
        if is_code {
            contents.claims.push(in_code(TOOL, "JavaScript", &path));
            contents.in_code.extend(u64::try_from(number));
            continue;
        }
        let up = Script::read(&folder.root, &path)?.in_one_message();
        contents.claims.extend(refused_by_server(TOOL, &up));
        let rule = if up.text.contains("-- postgres-migrations disable-transaction") {
            TransactionRule::None
        } else {
            TransactionRule::Always
        };
        let migration = Migration::new(
            number.to_string(),
            if name.is_empty() { file } else { name },
            up,
            rule,
        );
        contents.migrations.push(migration);
    }
    contents.migrations.sort_by_key(|migration| migration.number);
    numbers.sort();
    numbers.dedup_by_key(|(number, _)| *number);
    let stops = (1..).zip(&numbers).find(|(wanted, (number, _))| wanted != number);
    if let Some((wanted, (number, path))) = stops {
        let message = format!(
            "{path} has the number {number} where {wanted} is due: postgres-migrations refuses the whole folder, for \
             numbers must count from 1 without a gap"
        );
        contents
            .claims
            .push(finding("ledger/gap", Severity::Error, path, 1, message));
    }
    Ok(contents)
}

/// The number and the name.
fn parse(stem: &str) -> Option<(i64, &str)> {
    let digits = stem.strip_prefix('-').unwrap_or(stem);
    let end = stem.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = stem[..end].parse().ok()?;
    Some((
        number,
        stem[end..].strip_prefix(['-', '_']).unwrap_or(&stem[end..]),
    ))
}

pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "migrations",
    may_be_named: false,
    version: "id",
    create: include_str!("postgres_migrations.sql"),
    first: &["0"],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let script = &row.migration.up;
    let mut hasher = Sha1::new();
    hasher.update(script.path.file_name().unwrap_or_default());
    hasher.update(script.file_text());
    let statement = "INSERT INTO migrations (id, name, hash) VALUES ($1, $2, $3)";
    row.write(session, statement, |query| {
        query
            .bind(row.migration.version.parse::<i32>().unwrap_or_default())
            .bind(&row.migration.name)
            .bind(hex(hasher.finalize()))
    })
    .await
}
