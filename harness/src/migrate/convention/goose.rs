//! goose's convention, as version 3 has it (`internal/sqlparser/parser.go`, `collect_sources.go`).
//!
//! `<number>_<name>.sql` in the order of the numbers, or the same with `.go`, which is code. A file holds both ways
//! below `-- +goose Up` and `-- +goose Down`. Outside `StatementBegin` and `StatementEnd` a statement ends with a line
//! that ends in `;`, whatever it is in. One transaction a file, none with `-- +goose NO TRANSACTION`.

use std::ops::Range;

use camino::Utf8Path;
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix};
use super::super::ledger::{Keeps, Row, Table, by_number};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::placeholders;
use super::{Contents, in_code, refused_by_server};
use crate::claim::Severity;

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let mut numbered = Vec::new();
    for file in &folder.files {
        let path = folder.path_of(file);
        let refused = |reason: &str| ReadError::Refused {
            path: path.clone(),
            line: None,
            tool: "goose",
            reason: reason.to_owned(),
        };
        if let Some(stem) = file.strip_suffix(".sql") {
            numbered.push((number(stem).map_err(refused)?, stem, path));
        } else if has_suffix(file, ".sql") {
            let reason = "goose passes over names that do not end in `.sql`";
            contents.claims.push(unread(&path, reason));
        } else if let Some(stem) = file.strip_suffix(".go").filter(|stem| !stem.ends_with("_test"))
            && let Ok((number, _)) = number(stem)
        {
            contents.claims.push(in_code("goose", "Go", &path));
            contents.in_code.extend(u64::try_from(number));
        }
    }
    numbered.sort_by_key(|((number, _), ..)| *number);
    for ((_, name), stem, path) in numbered {
        let script = Script::read(&folder.root, &path)?;
        let version = stem.split('_').next().unwrap_or(stem);
        contents
            .migrations
            .push(migration(folder, version, name, script, &mut contents.claims)?);
    }
    Ok(contents)
}

/// The number that a name begins with, and the rest.
fn number(stem: &str) -> Result<(i64, &str), &'static str> {
    let (digits, name) = stem.split_once('_').ok_or("it stops at a name without `_`")?;
    match digits.parse::<i64>() {
        Ok(number) if number > 0 => Ok((number, name)),
        Ok(_) => Err("it stops at a version that is not greater than zero"),
        Err(_) => Err("it stops at a name whose part before the first `_` is no integer of 64 bits"),
    }
}

fn migration(
    folder: &Folder,
    version: &str,
    name: &str,
    script: Script,
    claims: &mut Vec<crate::claim::Claim>,
) -> Result<Migration, ReadError> {
    let path = script.path.clone();
    // goose joins the lines it has read by line feeds, in the bodies of functions, too.
    let script = if script.text.contains('\r') {
        let text = script.text.replace("\r\n", "\n");
        script.rewritten(text)
    } else {
        script
    };
    let refused = |(line, reason): (u32, String)| ReadError::Refused {
        path: path.clone(),
        line: Some(line),
        tool: "goose",
        reason,
    };
    let mut parts = Parts::of(&script).map_err(refused)?;
    let script = placeholders::fill(folder, script, &parts.filled)?;
    if !parts.filled.is_empty() {
        // The values may be longer or shorter than the placeholders.
        parts = Parts::of(&script).map_err(refused)?;
    }
    if let Some(line) = parts.unfinished {
        return Err(refused((line, UNFINISHED.to_owned())));
    }
    let rule = if parts.transaction {
        TransactionRule::Always
    } else {
        TransactionRule::None
    };
    let part = |statements: &[Range<usize>]| {
        let mut part = script.only(statements);
        part.messages = Some(statements.to_vec());
        part
    };
    let up = part(&parts.up);
    claims.extend(refused_by_server("goose", &up));
    let mut migration = Migration::new(version, name, up, rule);
    match parts.unfinished_back {
        Some(line) => claims.push(unfinished_back(&path, line)),
        None if !parts.down.is_empty() => migration.down = Some(part(&parts.down)),
        None => {}
    }
    Ok(migration)
}

const UNFINISHED: &str = "the statement that begins here does not end in a line with `;` at its end, nor between \
                          `-- +goose StatementBegin` and `-- +goose StatementEnd`";

fn unfinished_back(path: &Utf8Path, line: u32) -> crate::claim::Claim {
    let message = format!("{path} can't be taken back: goose stops, for {UNFINISHED}");
    finding("apply/down", Severity::Error, path, line, message)
}

/// What goose finds in a file.
#[derive(Default)]
struct Parts {
    up: Vec<Range<usize>>,
    down: Vec<Range<usize>>,
    transaction: bool,
    /// The lines in which placeholders are filled in.
    filled: Vec<Range<usize>>,
    /// Where a statement begins that does not end.
    unfinished: Option<u32>,
    unfinished_back: Option<u32>,
}

/// Where in a file a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Up,
    UpStatement,
    Down,
    DownStatement,
}

impl Parts {
    fn of(script: &Script) -> Result<Self, (u32, String)> {
        let mut parts = Self {
            transaction: true,
            ..Self::default()
        };
        let mut place = Place::Start;
        let mut fills = false;
        let mut open: Option<(u32, Range<usize>)> = None;
        if script.byte_order_mark {
            return Err((
                1,
                "it does not see `-- +goose Up` behind a byte-order mark".to_owned(),
            ));
        }
        for (number, span, line) in script.lines() {
            let fail = |reason: &str| Err((number, reason.to_owned()));
            let blank = line.trim().is_empty();
            let comment = line.trim_start().starts_with("--");
            if place == Place::Start && blank {
                continue;
            }
            if comment && line.contains("+goose") {
                match (annotation(line).map_err(|reason| (number, reason))?, place) {
                    (Annotation::Up, Place::Start) => place = Place::Up,
                    (Annotation::Up, _) => return fail("there is a second `-- +goose Up`"),
                    (Annotation::Down, Place::Up) => {
                        parts.leave(&mut open, place);
                        place = Place::Down;
                    }
                    (Annotation::Down, _) => return fail("`-- +goose Down` must follow `-- +goose Up`"),
                    (Annotation::StatementBegin, Place::Up) => place = Place::UpStatement,
                    (Annotation::StatementBegin, Place::Down) => place = Place::DownStatement,
                    (Annotation::StatementEnd, Place::UpStatement) => {
                        parts.up.extend(open.take().map(|(_, span)| span));
                        place = Place::Up;
                    }
                    (Annotation::StatementEnd, Place::DownStatement) => {
                        parts.down.extend(open.take().map(|(_, span)| span));
                        place = Place::Down;
                    }
                    (Annotation::StatementBegin, _) => {
                        return fail(
                            "`-- +goose StatementBegin` must follow `-- +goose Up` or `-- +goose Down`",
                        );
                    }
                    (Annotation::StatementEnd, _) => {
                        return fail("`-- +goose StatementEnd` must follow `-- +goose StatementBegin`");
                    }
                    (Annotation::NoTransaction, _) => parts.transaction = false,
                    (Annotation::EnvsubOn, _) => fills = true,
                    (Annotation::EnvsubOff, _) => fills = false,
                }
                continue;
            }
            if open.is_none() && (comment || blank) {
                continue;
            }
            if place == Place::Start {
                return fail("a file must begin with `-- +goose Up`");
            }
            if fills {
                parts.filled.push(span.clone());
            }
            let start = open
                .take()
                .map_or((number, span.start), |(line, open)| (line, open.start));
            let statement = start.1..span.end;
            match place {
                Place::Up if ends(line) => parts.up.push(statement),
                Place::Down if ends(line) => parts.down.push(statement),
                _ => open = Some((start.0, statement)),
            }
        }
        match place {
            Place::Start => Err((1, "a file must begin with `-- +goose Up`".to_owned())),
            Place::UpStatement | Place::DownStatement => {
                let line = open.map_or(1, |(line, _)| line);
                Err((line, "a `-- +goose StatementEnd` is missing".to_owned()))
            }
            Place::Up | Place::Down => {
                parts.leave(&mut open, place);
                Ok(parts)
            }
        }
    }

    /// What is left where a section ends never ended.
    fn leave(&mut self, open: &mut Option<(u32, Range<usize>)>, place: Place) {
        let line = open.take().map(|(line, _)| line);
        match place {
            Place::Down => self.unfinished_back = self.unfinished_back.or(line),
            _ => self.unfinished = self.unfinished.or(line),
        }
    }
}

#[derive(Clone, Copy)]
enum Annotation {
    Up,
    Down,
    StatementBegin,
    StatementEnd,
    NoTransaction,
    EnvsubOn,
    EnvsubOff,
}

fn annotation(line: &str) -> Result<Annotation, String> {
    const KNOWN: [(&str, Annotation); 7] = [
        ("up", Annotation::Up),
        ("down", Annotation::Down),
        ("statementbegin", Annotation::StatementBegin),
        ("statementend", Annotation::StatementEnd),
        ("no transaction", Annotation::NoTransaction),
        ("envsub on", Annotation::EnvsubOn),
        ("envsub off", Annotation::EnvsubOff),
    ];
    if line.starts_with([' ', '\t']) {
        return Err("nothing may stand before an annotation in its line".to_owned());
    }
    let words = line.replace("--", "").replacen("+goose", "", 1);
    let words = words.trim().to_ascii_lowercase();
    let known = KNOWN.into_iter().find(|(name, _)| *name == words);
    known
        .map(|(_, annotation)| annotation)
        .ok_or_else(|| format!("it knows no annotation `{words}`"))
}

/// Whether the last word before a comment ends in `;`.
fn ends(line: &str) -> bool {
    line.split_whitespace()
        .take_while(|word| !word.starts_with("--"))
        .last()
        .is_some_and(|word| word.ends_with(';'))
}

pub(super) const LEDGER: Table = Table {
    schema: None,
    name: "goose_db_version",
    may_be_named: true,
    version: "version_id",
    create: include_str!("goose.sql"),
    first: &["0"],
    keeps: Keeps::EachFile,
    entry: by_number,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let statement = "INSERT INTO :ledger (version_id, is_applied) VALUES ($1, true)";
    row.write(session, statement, |query| query.bind(row.version()))
        .await
}
