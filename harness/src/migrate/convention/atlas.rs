//! Atlas's convention, as `sql/migrate/{dir,migrate}.go` of ariga/atlas have it; for folders in Atlas's own format.
//!
//! All `.sql` files in the order of their names, and `atlas.sum`, a chain of checksums over names and contents without
//! which, or with an edited file, Atlas applies nothing. A transaction is around each file, where a first comment
//! `-- atlas:txmode none` does not say otherwise. On an empty database Atlas begins at the last checkpoint.

use ::sqlx::postgres::PgConnection;
use camino::Utf8Path;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::folder::Folder;
use super::super::ledger::{Keeps, Row, Table, by_version};
use super::super::way::statements;
use super::super::{Migration, ReadError, Script, TransactionRule, finding, proven, unread};
use super::{Contents, refused_by_server};
use crate::checksum::base64;
use crate::claim::{Claim, Severity};

const SUM: &str = "atlas.sum";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let mut scripts = Vec::new();
    // Go's `*.sql` has no capitals.
    for file in folder.sql_files() {
        scripts.push((file.as_str(), folder.script(file)?));
    }
    let sums = chain(&scripts);
    let mut claims = checked(folder, &sums)?;
    let from = scripts
        .iter()
        .rposition(|(_, script)| directive(script, "checkpoint").is_some());
    let mut migrations = Vec::new();
    for (at, ((file, script), sum)) in scripts.into_iter().zip(sums).enumerate() {
        if from.is_some_and(|from| at < from) {
            claims.push(unread(
                &script.path,
                "a checkpoint comes later, at which Atlas begins on an empty database",
            ));
            continue;
        }
        unsupported(&script)?;
        claims.extend(refused_by_server("Atlas", &script));
        migrations.push(migration(file, script, &sum));
    }
    Ok(Contents::of(migrations, claims))
}

fn migration(file: &str, script: Script, sum: &Sum) -> Migration {
    let stem = &file[..file.len() - ".sql".len()];
    let (version, description) = stem.split_once('_').unwrap_or((stem, ""));
    let transaction = match directive(&script, "txmode") {
        Some("none") => TransactionRule::Statements,
        _ => TransactionRule::Always,
    };
    let record = json!({ "hash": sum.hash, "statements": statements(&script).len() });
    Migration {
        record,
        ..Migration::new(version, description, script, transaction)
    }
}

/// A file's line in `atlas.sum`; those with `atlas:sum ignore` have none.
struct Sum {
    name: String,
    hash: String,
    listed: bool,
}

/// The checksums of files in their order: each goes over all before it, too.
fn chain(scripts: &[(&str, Script)]) -> Vec<Sum> {
    let mut hasher = Sha256::new();
    let mut sums = Vec::new();
    for (name, script) in scripts {
        hasher.update(name);
        let listed = directive(script, "sum") != Some("ignore");
        if listed {
            hasher.update(script.file_text());
        }
        sums.push(Sum {
            name: (*name).to_owned(),
            hash: base64(hasher.clone().finalize()),
            listed,
        });
    }
    sums
}

/// The first line of `atlas.sum`: over the names and checksums below.
fn total<'a>(lines: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut hasher = Sha256::new();
    for (name, hash) in lines {
        hasher.update(name);
        hasher.update(hash);
    }
    base64(hasher.finalize())
}

/// What Atlas would say to `atlas.sum`.
fn checked(folder: &Folder, sums: &[Sum]) -> Result<Vec<Claim>, ReadError> {
    const MEND: &str = "undo the change, or, where it was meant, run `atlas migrate hash`";
    let path = folder.path_of(SUM);
    if !folder.holds(SUM) {
        let message =
            format!("{path} is missing, without which Atlas applies nothing; `atlas migrate hash` makes it");
        return Ok(vec![finding(
            "ledger/checksum",
            Severity::Error,
            &path,
            1,
            message,
        )]);
    }
    let script = folder.script(SUM)?;
    let (first, lines) = parse(&script)?;
    let mut claims = Vec::new();
    let mut claim = |object: &Utf8Path, line: u32, message: String| {
        let claim = finding("ledger/checksum", Severity::Error, object, line, message);
        claims.push(claim.at(Some(script.location_of_line(line))));
    };
    let mut broken = false;
    for sum in sums.iter().filter(|sum| sum.listed) {
        let file = folder.path_of(&sum.name);
        match lines.iter().find(|(_, name, _)| *name == sum.name) {
            None => claim(
                &file,
                1,
                format!("{path} has no line for {file}, so Atlas applies nothing; {MEND}"),
            ),
            // A file's checksum goes over those before it: the first that differs is the one that was changed.
            Some((line, _, hash)) if *hash != sum.hash && !broken => {
                broken = true;
                let message = format!(
                    "{file}, or a file's name before it, is not as {path} has it, so Atlas applies nothing; {MEND}"
                );
                claim(&file, *line, message);
            }
            Some(_) => {}
        }
    }
    for (line, name, _) in &lines {
        if !sums.iter().any(|sum| sum.name == *name) {
            let file = folder.path_of(name);
            claim(
                &file,
                *line,
                format!("{path} lists {file}, which is not there, so Atlas applies nothing; {MEND}"),
            );
        }
    }
    let own = total(lines.iter().map(|(_, name, hash)| (*name, *hash)));
    if claims.is_empty() && first != own {
        let message =
            format!("the first line of {path} does not fit those below it, so Atlas applies nothing; {MEND}");
        claims.push(finding("ledger/checksum", Severity::Error, &path, 1, message));
    }
    if claims.is_empty() {
        let message = format!("{} files are as {path} has them", lines.len());
        claims.push(proven("ledger/checksum", &folder.path, Severity::Error, message));
    }
    Ok(claims)
}

/// The number, name and checksum of a line of `atlas.sum`.
type Line<'a> = (u32, &'a str, &'a str);

/// The total, and the lines below it.
fn parse(script: &Script) -> Result<(&str, Vec<Line<'_>>), ReadError> {
    let mut lines = script.lines();
    let total = lines
        .next()
        .map_or("", |(_, _, line)| line.trim_start_matches("h1:"));
    let mut found = Vec::new();
    for (number, _, line) in lines {
        let Some((name, hash)) = line.split_once("h1:") else {
            return Err(ReadError::Refused {
                path: script.path.clone(),
                line: Some(number),
                tool: "Atlas",
                reason: "each line holds a file's name and its checksum, as in `1_a.sql h1:…`".to_owned(),
            });
        };
        found.push((number, name.trim(), hash));
    }
    Ok((total, found))
}

/// The value of a comment `-- atlas:NAME value` at the head of a file, which a blank line parts from the statements.
fn directive<'a>(script: &'a Script, name: &str) -> Option<&'a str> {
    let mut found = None;
    for (_, _, line) in script.lines() {
        if !line.starts_with("--") && !line.starts_with('#') {
            // Without a blank line the comments belong to the first statement.
            return found.filter(|_| line.is_empty());
        }
        let value = line
            .split_once("atlas:")
            .map(|(_, rest)| rest.split_once(' ').unwrap_or((rest, "")));
        if let Some((key, value)) = value
            && key.trim_end() == name
            && found.is_none()
        {
            found = Some(value.trim());
        }
    }
    found
}

/// Forms of files that are not read.
fn unsupported(script: &Script) -> Result<(), ReadError> {
    for name in ["delimiter", "txtar"] {
        if directive(script, name).is_some() {
            return Err(ReadError::Refused {
                path: script.path.clone(),
                line: Some(1),
                tool: "Atlas",
                reason: format!("pgproof does not read files with `atlas:{name}`"),
            });
        }
    }
    Ok(())
}

/// As Atlas makes it where its URL names no schema.
pub(super) const LEDGER: Table = Table {
    schema: Some("atlas_schema_revisions"),
    name: "atlas_schema_revisions",
    may_be_named: false,
    version: "version",
    create: include_str!("atlas.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry: by_version,
};

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let record = &row.migration.record;
    row.write(session, include_str!("atlas_insert.sql"), |query| {
        query
            .bind(&row.migration.version)
            .bind(&row.migration.name)
            .bind(record["statements"].as_i64())
            .bind(i64::try_from(row.took.as_nanos()).unwrap_or(i64::MAX))
            .bind(record["hash"].as_str())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_stand_at_the_head_and_a_blank_line_follows() {
        for (text, mode) in [
            ("-- atlas:txmode none\n\nselect 1", Some("none")),
            ("-- why\r\n-- atlas:txmode none\r\n\r\nselect 1", Some("none")),
            ("-- atlas:txmode none\nselect 1", None),
            ("select 1;\n-- atlas:txmode none\n\n", None),
            ("-- atlas:txmode none", Some("none")),
            ("-- atlas:nolint\n\n", None),
        ] {
            assert_eq!(directive(&Script::new("1.sql", text), "txmode"), mode, "{text}");
        }
    }
}
