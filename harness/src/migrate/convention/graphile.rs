//! graphile-migrate's convention, as its `src/{migration,hash,settings,actions}.ts` (1.4) have it.
//!
//! `committed/000001.sql` and so on, each with a header that names its own checksum and that of the one before it; a
//! file that does not fit the chain stops graphile-migrate. A transaction is around each body, unless that begins with
//! `--! no-transaction`. Placeholders such as `:ADMIN` have their values in `.gmrc`, from which come the SQL files that
//! are run around the migrations, too.

mod header;
mod settings;

use ::sqlx::postgres::PgConnection;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::super::folder::{Folder, above, normal};
use super::super::ledger::{Keeps, Row, Table};
use super::super::numbering::digits;
use super::super::way::statements;
use super::super::{Migration, ReadError, Script, TransactionRule, finding, proven, unread};
use super::{Contents, refused_by_server};
use crate::checksum::hex;
use crate::claim::{Claim, Severity};
use header::Header;
use settings::Settings;

const TOOL: &str = "graphile-migrate";

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let place = Place::of(folder);
    let settings = Settings::find(folder, &place.base)?;
    let mut contents = Contents::of(Vec::new(), Vec::new());
    let mut files: Vec<(&str, &Utf8PathBuf)> = Vec::new();
    for path in &place.committed {
        match number(path.file_name().unwrap_or_default()) {
            Some(number) => files.push((number, path)),
            None => contents.claims.push(unread(
                path,
                "graphile-migrate passes over names that are not `<number>.sql` or `<number>-<message>.sql`",
            )),
        }
    }
    files.sort_by(|a, b| a.0.cmp(b.0));
    let mut previous: Option<String> = None;
    for (number, path) in files {
        let script = Script::read(&folder.root, path)?;
        let header = Header::parse(&script)?;
        contents
            .claims
            .extend(chained(&script, &header, previous.as_deref()));
        contents.claims.extend(refused_by_server(TOOL, &script));
        // A chain that is broken is told of; what it holds can be applied all the same.
        let before = previous.replace(header.hash.clone());
        contents
            .migrations
            .push(migration(number, &script, &header, before.as_deref(), &settings)?);
    }
    if !contents
        .claims
        .iter()
        .any(|claim| claim.rule == "ledger/checksum")
    {
        let message = format!(
            "{} files have the checksums that they say",
            contents.migrations.len()
        );
        contents
            .claims
            .push(proven("ledger/checksum", &folder.path, Severity::Error, message));
    }
    contents.claims.extend(current(folder, &place)?);
    let scripts = |files: &[String]| -> Result<Vec<Script>, ReadError> {
        let paths = files.iter().map(|file| normal(&place.base.join(file)));
        paths
            .map(|path| settings.fill(Script::read(&folder.root, &path)?))
            .collect()
    };
    let (before, after) = (scripts(&settings.before)?, scripts(&settings.after)?);
    if let Some(first) = contents.migrations.first_mut() {
        first.callbacks.before = before;
    }
    if let Some(last) = contents.migrations.last_mut() {
        last.callbacks.after = after;
    }
    contents.others.extend(place.others);
    Ok(contents)
}

/// Where the parts of a project are, relative to the project's folder.
struct Place {
    /// The folder that holds `committed/` and `current.sql`.
    base: Utf8PathBuf,
    committed: Vec<Utf8PathBuf>,
    /// Files that graphile-migrate knows and that are no migrations.
    others: Vec<Utf8PathBuf>,
}

impl Place {
    /// The folder given may be `migrations/`, the `committed/` in it, or the one with `.gmrc` above it.
    fn of(folder: &Folder) -> Self {
        let sql = |path: &Utf8Path| path.extension() == Some("sql");
        let within = ["committed", "migrations/committed"].into_iter().find(|within| {
            folder
                .below
                .iter()
                .any(|path| path.parent() == Some(Utf8Path::new(within)))
        });
        let Some(within) = within else {
            let files = folder.files.iter().map(Utf8Path::new).filter(|path| sql(path));
            return Self {
                base: above(&folder.path),
                committed: files.map(|path| folder.path_of(path)).collect(),
                others: Vec::new(),
            };
        };
        let committed = folder
            .below
            .iter()
            .filter(|path| path.parent() == Some(Utf8Path::new(within)));
        let base = Utf8Path::new(within).parent().unwrap_or(Utf8Path::new(""));
        let others = ["current", "fixtures", "hooks"];
        let others = folder
            .below
            .iter()
            .filter(|path| others.iter().any(|name| path.starts_with(base.join(name))));
        Self {
            base: folder.path_of(base),
            committed: committed
                .filter(|path| sql(path))
                .map(|path| folder.path_of(path))
                .collect(),
            others: others.map(|path| folder.path_of(path)).collect(),
        }
    }
}

/// Whether a path is that of a committed file, seen from the folder of the migrations.
pub(super) fn is_committed(path: &Utf8Path) -> bool {
    path.parent() == Some(Utf8Path::new("committed"))
        && path.file_name().is_some_and(|name| number(name).is_some())
}

/// The digits of `000001.sql` and `000001-some-words.sql`.
fn number(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(".sql")?;
    let (number, rest) = stem.split_at(digits(stem));
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let sound = rest.is_empty() || rest.starts_with('-') && rest.chars().all(word);
    (!number.is_empty() && sound).then_some(number)
}

fn migration(
    number: &str,
    script: &Script,
    header: &Header,
    previous: Option<&str>,
    settings: &Settings,
) -> Result<Migration, ReadError> {
    let first = header.body_of(script).lines().next().unwrap_or_default();
    let transaction = match first.strip_prefix("--!").map(str::trim_start) {
        Some(rest) if is_no_transaction(rest) => TransactionRule::None,
        _ => TransactionRule::Always,
    };
    let stem = script.path.file_stem().unwrap_or_default();
    let name = stem[number.len()..].trim_start_matches('-').to_owned();
    let record = json!({ "hash": header.hash, "previous": previous });
    let body = settings.fill(script.only(std::slice::from_ref(&header.body)))?;
    Ok(Migration {
        record,
        ..Migration::new(number, name, body, transaction)
    })
}

fn is_no_transaction(text: &str) -> bool {
    text.strip_prefix("no-transaction")
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The checksum of a body that comes after another.
fn checksum(body: &str, previous: Option<&str>) -> String {
    let text = format!("{}\n{}", previous.unwrap_or_default(), body.trim());
    format!("sha1:{}", hex(Sha1::digest(format!("{}\n", text.trim()))))
}

/// What graphile-migrate stops at: a header that does not name the file before, and a body that was edited.
fn chained(script: &Script, header: &Header, before: Option<&str>) -> Vec<Claim> {
    let path = &script.path;
    let claim = |line: u32, message: String| finding("ledger/checksum", Severity::Error, path, line, message);
    let mut claims = Vec::new();
    if header.previous.as_deref() != before {
        let message = format!(
            "{path} says that it comes after {}, but before it comes {}: {TOOL} stops here",
            header.previous.as_deref().unwrap_or("nothing"),
            before.unwrap_or("nothing")
        );
        claims.push(claim(header.line_of_previous, message));
    }
    let own = checksum(header.body_of(script), header.previous.as_deref());
    let message = match (own == header.hash, header.allows_another) {
        (false, false) => format!(
            "{path} was edited after it was committed: its checksum is {own}, its header says {}, and {TOOL} stops here",
            header.hash
        ),
        (true, true) => format!(
            "{path} says `AllowInvalidHash`, but its checksum is the one in its header, at which {TOOL} stops"
        ),
        _ => return claims,
    };
    claims.push(claim(header.line_of_hash, message));
    claims
}

/// What is not committed yet is not applied.
fn current(folder: &Folder, place: &Place) -> Result<Option<Claim>, ReadError> {
    let path = normal(&place.base.join("current.sql"));
    if !folder.root.join(&path).is_file() {
        return Ok(None);
    }
    let script = Script::read(&folder.root, &path)?;
    let empty = statements(&script).is_empty();
    Ok((!empty).then(|| {
        unread(
            &path,
            "it is not committed yet, and `graphile-migrate migrate` applies what is",
        )
    }))
}

/// As graphile-migrate makes it.
pub(super) const LEDGER: Table = Table {
    schema: Some("graphile_migrate"),
    name: "migrations",
    may_be_named: false,
    version: "filename",
    create: include_str!("graphile.sql"),
    first: &[],
    keeps: Keeps::EachFile,
    entry,
};

fn entry(migration: &Migration) -> String {
    format!("{}.sql", migration.version)
}

pub(super) async fn insert(session: &mut PgConnection, row: &Row<'_>) -> Result<(), ::sqlx::Error> {
    let record = &row.migration.record;
    let statement =
        "INSERT INTO graphile_migrate.migrations (hash, previous_hash, filename) VALUES ($1, $2, $3)";
    row.write(session, statement, |query| {
        query
            .bind(record["hash"].as_str())
            .bind(record["previous"].as_str())
            .bind(entry(row.migration))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_that_words_may_follow() {
        for (file, expected) in [
            ("000001.sql", Some("000001")),
            ("000002-add_users-2.sql", Some("000002")),
            ("1-.sql", Some("1")),
            ("000003_x.sql", None),
            ("000004-é.sql", None),
            ("x.sql", None),
            ("000005.SQL", None),
        ] {
            assert_eq!(number(file), expected, "{file}");
        }
    }

    #[test]
    fn a_first_line_of_the_body_does_without_a_transaction() {
        for (line, expected) in [
            ("no-transaction", true),
            ("no-transaction, since", true),
            ("no-transactions", false),
            ("transaction", false),
        ] {
            assert_eq!(is_no_transaction(line), expected, "{line}");
        }
    }
}
