//! dbmate's convention, tried on dbmate 2.37 (`pkg/dbmate/{migration,db}.go`).
//!
//! `<digits>….sql` in the order of the names; the version is the digits. A file holds both ways below
//! `-- migrate:up` and `-- migrate:down`, and several of such pairs, if it likes: each section goes to the server in one
//! message and a transaction of its own, unless it is marked `transaction:false`. Sections are taken back in reverse.

use std::ops::Range;

use camino::Utf8Path;
use sqlx::postgres::PgConnection;

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::digits;
use super::super::split::{SegmentKind, refuses_transaction, segments};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::{Contents, refused_by_server};
use crate::claim::{Claim, Severity};
use crate::sql;

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut migrations = Vec::new();
    let mut claims = Vec::new();
    for file in folder.sql_files() {
        let path = folder.path_of(file);
        let digits = digits(file);
        let Some(name) = file[digits..].strip_suffix(".sql").filter(|_| digits > 0) else {
            claims.push(unread(
                &path,
                "dbmate passes over names that are not `<digits>_<name>.sql`",
            ));
            continue;
        };
        let script = Script::read(&folder.root, &path)?;
        let sections = Section::all(&script).map_err(|(line, reason)| ReadError::Refused {
            path: path.clone(),
            line: Some(line),
            tool: "dbmate",
            reason: reason.to_owned(),
        })?;
        let (ups, mut downs): (Vec<_>, Vec<_>) = sections.into_iter().partition(|section| section.up);
        downs.reverse();
        let (up, rule) = part(&script, &ups, &mut claims);
        claims.extend(refused_by_server("dbmate", &up));
        let (down, rule_back) = part(&script, &downs, &mut claims);
        let mut migration = Migration::new(&file[..digits], name.trim_start_matches('_'), up, rule);
        if holds_a_statement(&down) {
            migration.down = Some(down);
            migration.transaction_back = Some(rule_back);
        }
        migrations.push(migration);
    }
    Ok(Contents::of(migrations, claims))
}

fn holds_a_statement(script: &Script) -> bool {
    let mut segments = script.segments().into_iter();
    segments.any(|segment| segment.kind != SegmentKind::Blank)
}

/// The text below a marker.
struct Section {
    up: bool,
    span: Range<usize>,
    line: u32,
    transaction: bool,
}

impl Section {
    /// The sections of a file, or the line and the reason why dbmate stops.
    fn all(script: &Script) -> Result<Vec<Self>, (u32, &'static str)> {
        const NO_UP: &str = "it asks for a line `-- migrate:up`, with nothing before it";
        if script.byte_order_mark {
            return Err((1, "it does not see `-- migrate:up` behind a byte-order mark"));
        }
        let mut sections: Vec<Self> = Vec::new();
        let mut before = None;
        for (number, span, line) in script.lines() {
            let Some((up, transaction)) = marker(line) else {
                if let Some(section) = sections.last_mut() {
                    section.span.end = span.end;
                } else if !line.trim().is_empty() && !line.trim_start().starts_with("--") {
                    before = before.or(Some(number));
                }
                continue;
            };
            match (up, sections.last().map(|last| last.up)) {
                (true, Some(true)) => {
                    return Err((number, "each `-- migrate:up` needs a `-- migrate:down` behind it"));
                }
                (false, Some(false)) => {
                    return Err((number, "each `-- migrate:down` needs a `-- migrate:up` before it"));
                }
                (false, None) => return Err((number, NO_UP)),
                _ => {}
            }
            sections.push(Self {
                up,
                span: span.end..span.end,
                line: number,
                transaction,
            });
        }
        match (sections.last(), before) {
            (None, _) => Err((1, NO_UP)),
            (Some(_), Some(line)) => Err((line, "it allows no statement before the first `-- migrate:up`")),
            (Some(last), None) if last.up => Err((
                last.line,
                "each `-- migrate:up` needs a `-- migrate:down` behind it; that section may be empty",
            )),
            _ => Ok(sections),
        }
    }
}

/// Whether the marker is for the way up, and whether the section has a transaction.
fn marker(line: &str) -> Option<(bool, bool)> {
    let comment = line.strip_prefix("--")?.trim_start();
    let (up, options) = match comment.strip_prefix("migrate:up") {
        Some(options) => (true, options),
        None => (false, comment.strip_prefix("migrate:down")?),
    };
    if !options.is_empty() && !options.starts_with(char::is_whitespace) {
        return None;
    }
    let transaction = options
        .split_whitespace()
        .rfind(|option| option.starts_with("transaction:"))
        .is_none_or(|option| option != "transaction:false");
    Some((up, transaction))
}

/// The script of the sections of one way, and how it runs.
fn part(script: &Script, sections: &[Section], claims: &mut Vec<Claim>) -> (Script, TransactionRule) {
    let spans: Vec<Range<usize>> = sections.iter().map(|section| section.span.clone()).collect();
    let mut part = script.only(&spans);
    let rule = match sections {
        [one] if one.transaction => TransactionRule::Always,
        [_] => TransactionRule::None,
        several => {
            claims.extend(several.iter().filter_map(|section| refused(&part, section)));
            TransactionRule::Each
        }
    };
    part.messages = Some(spans);
    (part, rule)
}

/// A section with a transaction around a statement that PostgreSQL refuses in one.
fn refused(script: &Script, section: &Section) -> Option<Claim> {
    let text = &script.text[section.span.clone()];
    let what = segments(text)
        .into_iter()
        .find_map(|segment| refuses_transaction(&text[segment.span]))
        .filter(|_| section.transaction)?;
    let message = format!(
        "{} holds {what} in a section with a transaction, which the server refuses: mark the section \
         `transaction:false`",
        script.path
    );
    let path: &Utf8Path = &script.path;
    Some(finding(
        "apply/transaction",
        Severity::Error,
        path,
        section.line,
        message,
    ))
}

pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "schema_migrations",
    may_be_named: true,
    version: "version",
    create: include_str!("dbmate.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    // It looks anew for the schema that is the current one, whatever the file has made of `search_path`.
    let table = if row.ledger.has_schema() {
        ":ledger".to_owned()
    } else {
        let schema: Option<String> = sqlx::query_scalar("SELECT pg_catalog.current_schema()::text")
            .persistent(false)
            .fetch_one(&mut *session)
            .await?;
        format!(
            "{}.\":name\"",
            sql::identifier(schema.as_deref().unwrap_or("public"))
        )
    };
    let statement = format!("INSERT INTO {table} (version) VALUES ($1)");
    row.write(session, &statement, |query| query.bind(&row.migration.version))
        .await
}
