//! The Supabase CLI's convention, as version 2.11x has it (`pkg/migration/{list,file,history,apply}.go` and the shell
//! in TypeScript that took over from it).
//!
//! `<digits>_<name>.sql` in the order of the digits as text; other names are skipped with a message, and so is a first
//! file `<14 digits>_init.sql` from before 2021-12-09. A file's statements and its row in the ledger make one
//! transaction; a statement that PostgreSQL refuses in one is sent alone between two. A file that begins or ends
//! transactions itself is sent statement by statement. Settings are reset before each file.

use camino::Utf8Path;
use sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix};
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::is_number;
use super::super::split::SegmentKind;
use super::super::{Migration, ReadError, Script, TransactionRule, unread};
use super::{Contents, psql_only};
use crate::claim::Claim;

/// A first file of the name `init` with an earlier version was written by the first versions of the CLI.
const FIRST_INIT: u64 = 20_211_209_000_000;

/// What begins a file that is to run without a transaction.
const NO_TRANSACTION: &str = "-- pg-delta: transaction=false";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut claims = Vec::new();
    let mut names = Vec::new();
    for (at, file) in folder.files.iter().enumerate() {
        let path = folder.path_of(file);
        match parse(file) {
            Some((version, "init")) if at == 0 && is_first_init(version) => {
                claims.push(unread(
                    &path,
                    "Supabase skips a first file of this name from before 2021-12-09; give it another name",
                ));
            }
            Some((version, name)) => names.push((version, name, path)),
            None => claims.extend(skipped(file, &path)),
        }
    }
    names.sort();
    let mut migrations = Vec::new();
    for (version, name, path) in names {
        let up = Script::read(&folder.root, &path)?;
        let kinds = [SegmentKind::CopyData, SegmentKind::MetaCommand];
        claims.extend(psql_only("Supabase", &up, &kinds));
        let rule = if up.text.lines().next().map(str::trim_end) == Some(NO_TRANSACTION) {
            TransactionRule::None
        } else {
            TransactionRule::Batches
        };
        migrations.push(Migration::new(version, name, by_statement(up, rule), rule));
    }
    Ok(Contents::of(migrations, claims))
}

/// The version and the name.
fn parse(file: &str) -> Option<(&str, &str)> {
    let (version, name) = file.strip_suffix(".sql")?.split_once('_')?;
    is_number(version).then_some((version, name))
}

fn is_first_init(version: &str) -> bool {
    version.len() == 14 && version.parse::<u64>().is_ok_and(|version| version < FIRST_INIT)
}

fn skipped(file: &str, path: &Utf8Path) -> Option<Claim> {
    has_suffix(file, ".sql").then(|| {
        unread(
            path,
            "Supabase skips names that are not `<timestamp>_name.sql`, in small letters",
        )
    })
}

/// Outside a transaction each statement is a message of its own, too.
fn by_statement(mut script: Script, rule: TransactionRule) -> Script {
    if rule == TransactionRule::None {
        let statements = script.segments().into_iter();
        let statements = statements.filter(|segment| segment.kind == SegmentKind::Statement);
        script.messages = Some(statements.map(|segment| segment.span).collect());
    }
    script
}

pub(super) const LEDGER: Table = Table {
    schema: Some("supabase_migrations"),
    name: "schema_migrations",
    may_be_named: false,
    version: "version",
    create: include_str!("supabase.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), sqlx::Error> {
    let statement =
        "INSERT INTO supabase_migrations.schema_migrations (version, name, statements) VALUES ($1, $2, $3)";
    row.write(session, statement, |query| {
        query
            .bind(&row.migration.version)
            .bind(&row.migration.name)
            .bind(statements(&row.migration.up))
    })
    .await
}

/// The file's statements as the CLI keeps them: each with the comments before it and without its semicolon; comments
/// after the last are a statement, too.
fn statements(script: &Script) -> Vec<String> {
    let mut found = vec![String::new()];
    for segment in script.segments() {
        let text = &script.text[segment.span];
        if let Some(last) = found.last_mut() {
            last.push_str(text);
        }
        if segment.kind == SegmentKind::Statement {
            found.push(String::new());
        }
    }
    let is_around = |c: char| c == ';' || c.is_whitespace();
    found
        .iter()
        .map(|statement| {
            statement
                .trim_start_matches(is_around)
                .trim_end()
                .trim_end_matches(';')
                .trim()
        })
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_kept_with_their_comments_and_without_semicolons() {
        let script = Script::new(
            "a.sql",
            "-- first; of all\nselect ';';;\r\ncreate function f() returns int begin atomic; select 1; end;\n-- end\n",
        );
        assert_eq!(
            statements(&script),
            [
                "-- first; of all\nselect ';'",
                "create function f() returns int begin atomic; select 1; end",
                "-- end"
            ]
        );
    }
}
