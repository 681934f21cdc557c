//! node-pg-migrate's convention, as its `src/{runner,migration,sqlMigration,migrationLoader}.ts` (8, 9) have it.
//!
//! Every file of the folder that is not hidden is a migration. Numbers order them, of which 17 digits are a time in
//! UTC; then names do. In a `.sql` file the way forth begins at a comment `-- Up Migration`, the way back at
//! `-- Down Migration`; without the first, all of the file is the way forth. One transaction is around all files of a
//! run. Files named `.up.sql` and `.down.sql` are pairs, as its loader `sql` has them.

use std::cmp::Ordering;
use std::ops::Range;

use ::sqlx::postgres::PgConnection;

use super::super::folder::{Folder, has_suffix, without_suffix};
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::numbering::{Number, digits};
use super::super::{Migration, ReadError, Script, TransactionRule, finding, unread};
use super::collation::locale_compare_numerically;
use super::{Contents, in_code, refused_by_server};
use crate::claim::{Claim, Severity};

/// Endings of migrations in code.
const CODE: [&str; 6] = [".js", ".ts", ".cjs", ".mjs", ".cts", ".mts"];

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut claims = Vec::new();
    let mut names: Vec<(u128, &str)> = Vec::new();
    for file in folder.files.iter().filter(|name| !name.starts_with('.')) {
        if let Some(ending) = CODE.iter().find(|ending| has_suffix(file, ending)) {
            let language = if ending.ends_with("ts") {
                "TypeScript"
            } else {
                "JavaScript"
            };
            claims.push(in_code("node-pg-migrate", language, &folder.path_of(file)));
        } else if has_suffix(file, ".sql") {
            names.push((number(folder, file)?, file));
        }
    }
    names.sort_by(|a, b| order(*a, *b));
    let mut migrations: Vec<Migration> = Vec::new();
    for (_, file) in names
        .iter()
        .filter(|(_, file)| without_suffix(file, ".down.sql").is_none())
    {
        let script = folder.script(file)?;
        claims.extend(refused_by_server("node-pg-migrate", &script));
        let sections = sections(&script.text);
        claims.extend(down_alone(&script, &sections));
        migrations.push(migration(&script, file, sections));
    }
    for (_, file) in &names {
        let Some(stem) = without_suffix(file, ".down.sql") else {
            continue;
        };
        let path = folder.path_of(file);
        match migrations.iter_mut().find(|migration| migration.version == stem) {
            Some(migration) if has_suffix(migration.up.path.as_str(), ".up.sql") => {
                migration.down = Some(folder.script(file)?);
            }
            _ => claims.push(unread(
                &path,
                "it is the way back of a `.up.sql` that is not there",
            )),
        }
    }
    Ok(Contents::of(migrations, claims))
}

/// The digits that a name begins with, as node-pg-migrate understands them; it stops at a name without.
fn number(folder: &Folder, file: &str) -> Result<u128, ReadError> {
    let digits = &file[..digits(file)];
    let number = if digits.len() == 17 {
        milliseconds(digits)
    } else {
        digits.parse().ok()
    };
    number.ok_or_else(|| ReadError::Refused {
        path: folder.path_of(file),
        line: None,
        tool: "node-pg-migrate",
        reason: "the name begins with no number, or with one that is no time".to_owned(),
    })
}

/// `20240131120000123` as milliseconds since 1970.
fn milliseconds(digits: &str) -> Option<u128> {
    let (day, time) = digits.split_at(8);
    let (time, fraction) = time.split_at(6);
    let text = format!(
        "{}-{}-{}T{}:{}:{}.{fraction}Z",
        &day[..4],
        &day[4..6],
        &day[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    let at: jiff::Timestamp = text.parse().ok()?;
    u128::try_from(at.as_millisecond()).ok()
}

fn order(a: (u128, &str), b: (u128, &str)) -> Ordering {
    a.0.cmp(&b.0).then_with(|| locale_compare_numerically(a.1, b.1))
}

/// What the ledger calls a file.
fn name_of(file: &str) -> &str {
    [".up.sql", ".sql"]
        .iter()
        .find_map(|ending| without_suffix(file, ending))
        .unwrap_or(file)
}

fn migration(script: &Script, file: &str, sections: Sections) -> Migration {
    let name = name_of(file);
    let (digits, rest) = name.split_at(digits(name));
    let rest = rest.trim_start_matches(['_', '-']);
    let up = match &sections.up {
        Some(up) => script.only(std::slice::from_ref(up)),
        None => script.clone(),
    };
    Migration {
        // The name is what the ledger knows; several files may have one number.
        number: Number::value(digits),
        down: sections.down.map(|down| script.only(&[down])),
        ..Migration::new(name, rest, up, TransactionRule::All)
    }
}

/// The parts of a file that begin at the two comments.
struct Sections {
    up: Option<Range<usize>>,
    down: Option<Range<usize>>,
}

fn sections(text: &str) -> Sections {
    let (up, down) = (marker(text, "up"), marker(text, "down"));
    let until = |start: usize, other: Option<usize>| match other {
        Some(other) if other > start => start..other,
        _ => start..text.len(),
    };
    Sections {
        up: up.map(|start| until(start, down)),
        down: down.map(|start| until(start, up)),
    }
}

/// Where the first comment `-- Up Migration` or `-- Down Migration` begins: at the start of a line, in whatever case,
/// and with whatever blanks, line breaks and hyphens in between.
fn marker(text: &str, direction: &str) -> Option<usize> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts
        .into_iter()
        .find(|start| is_marker(&text[*start..], direction))
}

fn is_marker(text: &str, direction: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let after = |text: &'_ str, word: &str| -> Option<usize> {
        text.get(..word.len())?
            .eq_ignore_ascii_case(word)
            .then_some(word.len())
    };
    let Some(rest) = text.trim_start_matches(blank).strip_prefix("--") else {
        return false;
    };
    let rest = rest.trim_start_matches(|c| blank(c) || c == '-');
    let Some(length) = after(rest, direction) else {
        return false;
    };
    let rest = &rest[length..];
    let word = rest.trim_start_matches(blank);
    word.len() < rest.len() && after(word, "migration").is_some()
}

/// A file with the second comment and not the first is applied as a whole, way back and all.
fn down_alone(script: &Script, sections: &Sections) -> Option<Claim> {
    let (None, Some(down)) = (&sections.up, &sections.down) else {
        return None;
    };
    let blank = super::super::way::statements(&script.only(std::slice::from_ref(down))).is_empty();
    (!blank).then(|| {
        let message = format!(
            "{} has a comment `-- Down Migration` and no `-- Up Migration`: node-pg-migrate applies the whole file, way \
             back and all; put `-- Up Migration` in front",
            script.path
        );
        let line = script.position(down.start).line;
        finding("apply/section", Severity::Error, &script.path, line, message)
    })
}

/// As node-pg-migrate makes it.
pub(super) const LEDGER: Table = Table {
    schema: Some("public"),
    name: "pgmigrations",
    may_be_named: true,
    version: "name",
    create: include_str!("node_pg_migrate.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let statement = "INSERT INTO :ledger (name, run_on) VALUES ($1, now())";
    row.write(session, statement, |query| query.bind(&row.migration.version))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tried on node-pg-migrate 9.
    #[test]
    fn the_two_ways_of_a_file_begin_at_comments() {
        for (text, up, down) in [
            ("select 1", None, None),
            (
                "-- Up Migration\na\n-- Down Migration\nb",
                Some("-- Up Migration\na\n"),
                Some("-- Down Migration\nb"),
            ),
            (
                "x\n\t-- - uP \n MIGRATIONS\na",
                Some("\t-- - uP \n MIGRATIONS\na"),
                None,
            ),
            (
                "--down migration\nb\n--up migration\na",
                Some("--up migration\na"),
                Some("--down migration\nb\n"),
            ),
            ("-- down migration\nb", None, Some("-- down migration\nb")),
            ("select '-- up migration'", None, None),
            ("-- upmigration\n-- up to migration\n-- up", None, None),
        ] {
            let found = sections(text);
            assert_eq!(found.up.map(|span| &text[span]), up, "{text}");
            assert_eq!(found.down.map(|span| &text[span]), down, "{text}");
        }
    }

    #[test]
    fn seventeen_digits_are_a_time() {
        assert_eq!(milliseconds("20240101000000001"), Some(1_704_067_200_001));
        assert_eq!(milliseconds("20241301000000000"), None);
    }
}
