//! No tool's convention: every `.sql` file of the folder, in the order of the names' bytes.
//!
//! What is not a migration is known by its ending. `.down`, `.rollback`, `.undo` and `.verify` say it alone;
//! `_down`, `_rollback`, `_undo` and `_verification` may also end the name of a migration
//! (`005_take_system_down.sql`), so they count only beside the migration that they belong to. A folder `down/` or
//! `rollback/`, in the folder or beside it, holds ways back under the migrations' own names.
//!
//! A file is applied in one transaction where it allows it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::folder::{Folder, has_suffix, without_suffix};
use super::super::numbering::Number;
use super::super::split::{TransactionControl, keywords, transaction_control};
use super::super::way::statements;
use super::super::{Migration, ReadError, Script, TransactionRule, unread};
use super::Contents;

const WAYS_BACK: [&str; 3] = [".down", ".rollback", ".undo"];
const WAYS_BACK_OF_A_MIGRATION: [&str; 3] = ["_down", "_rollback", "_undo"];
const VERIFICATIONS: [&str; 2] = [".verify", ".verification"];
const VERIFICATION_OF_A_MIGRATION: &str = "_verification";
const FOLDERS_OF_WAYS_BACK: [&str; 4] = ["down", "downs", "rollback", "rollbacks"];

/// What a file is, with the stem that it shares with the others of its migration.
enum Role<'a> {
    Up(&'a str),
    Down(&'a str),
    Verification(&'a str),
}

pub(super) fn read(folder: &Folder) -> Result<Contents, ReadError> {
    let names: Vec<(&str, &str)> = folder
        .files
        .iter()
        .filter_map(|file| Some((file.as_str(), without_suffix(file, ".sql")?)))
        .collect();
    let stems: BTreeSet<&str> = names.iter().map(|(_, stem)| stem_of_up(stem)).collect();

    let mut migrations: Vec<(&str, Migration)> = Vec::new();
    let mut downs: Vec<(&str, Utf8PathBuf)> = Vec::new();
    let mut verifications: Vec<(&str, Utf8PathBuf)> = Vec::new();
    let mut claims = Vec::new();
    for (file, name) in names {
        let path = folder.path_of(file);
        match role(name, &stems) {
            Role::Down(stem) => downs.push((stem, path)),
            Role::Verification(stem) => verifications.push((stem, path)),
            Role::Up(stem) => {
                let up = folder.script(file)?;
                if has_suffix(name, VERIFICATION_OF_A_MIGRATION) && only_looks(&up) {
                    claims.push(unread(&path, "it verifies a migration that is not there"));
                } else {
                    migrations.push((stem, migration(up, stem)));
                }
            }
        }
    }
    downs.extend(in_folders_of_ways_back(folder));

    for (stem, path) in downs {
        match of_stem(&mut migrations, stem) {
            None => claims.push(unread(
                &path,
                "it is the way back of a migration that is not there",
            )),
            Some(migration) if migration.down.is_some() => {
                claims.push(unread(&path, "its migration has another way back already"));
            }
            Some(migration) => migration.down = Some(Script::read(&folder.root, &path)?),
        }
    }
    for (stem, path) in verifications {
        match of_stem(&mut migrations, stem) {
            None => claims.push(unread(&path, "it verifies a migration that is not there")),
            Some(migration) if migration.verification.is_some() => {
                claims.push(unread(&path, "its migration has another verification already"));
            }
            Some(migration) => migration.verification = Some(Script::read(&folder.root, &path)?),
        }
    }
    let mut migrations: Vec<Migration> = migrations.into_iter().map(|(_, migration)| migration).collect();
    let beside = beside(folder, &migrations);
    for (migration, path) in migrations.iter_mut().zip(beside) {
        if let (None, Some(path)) = (&migration.down, path) {
            migration.down = Some(Script::read(&folder.root, &path)?);
        }
    }
    Ok(Contents::of(migrations, claims))
}

/// The stem of a name if it is a migration's.
fn stem_of_up(name: &str) -> &str {
    [".up", "_up"]
        .iter()
        .find_map(|suffix| without_suffix(name, suffix))
        .unwrap_or(name)
}

fn role<'a>(name: &'a str, stems: &BTreeSet<&str>) -> Role<'a> {
    let ending = |suffixes: &[&str]| suffixes.iter().find_map(|suffix| without_suffix(name, suffix));
    let of_a_migration = |stem: &&str| stems.contains(stem);
    if let Some(stem) = ending(&WAYS_BACK) {
        Role::Down(stem)
    } else if let Some(stem) = ending(&VERIFICATIONS) {
        Role::Verification(stem_of_up(stem))
    } else if let Some(stem) = ending(&WAYS_BACK_OF_A_MIGRATION).filter(of_a_migration) {
        Role::Down(stem)
    } else if let Some(stem) = ending(&[VERIFICATION_OF_A_MIGRATION])
        .map(stem_of_up)
        .filter(of_a_migration)
    {
        Role::Verification(stem)
    } else {
        Role::Up(stem_of_up(name))
    }
}

/// The migration that a file with this stem belongs to: an `.up.sql` before a plain `.sql`, if there are both.
fn of_stem<'a>(migrations: &'a mut [(&str, Migration)], stem: &str) -> Option<&'a mut Migration> {
    let of = |(of, _): &(&str, Migration)| *of == stem;
    let is_marked = |(_, migration): &(&str, Migration)| has_suffix(migration.up.path.as_str(), ".up.sql");
    let marked = migrations
        .iter()
        .position(|migration| of(migration) && is_marked(migration));
    let at = marked.or_else(|| migrations.iter().position(of))?;
    migrations.get_mut(at).map(|(_, migration)| migration)
}

fn migration(up: Script, stem: &str) -> Migration {
    let (digits, rest) = Number::split(stem.strip_prefix(['v', 'V']).unwrap_or(stem));
    let version = if digits.is_empty() { stem } else { digits };
    let name = if digits.is_empty() {
        stem
    } else {
        rest.trim_start_matches(['_', '-', '.', ' '])
    };
    Migration::new(version, name, up, TransactionRule::File)
}

/// Whether a script changes nothing that stays, as a verification does; `005_add_email_verification.sql` does.
fn only_looks(script: &Script) -> bool {
    let statements = statements(script);
    let last = statements
        .last()
        .and_then(|statement| transaction_control(statement));
    let looks = |statement: &&str| {
        let words = keywords(statement);
        let first = words.first().map_or("", String::as_str);
        transaction_control(statement).is_some()
            || matches!(
                first,
                "" | "SELECT" | "WITH" | "VALUES" | "TABLE" | "SHOW" | "SET" | "RESET" | "DO" | "EXPLAIN"
            )
    };
    !statements.is_empty() && (last == Some(TransactionControl::Rollback) || statements.iter().all(looks))
}

/// The files in `down/` and the like inside the folder, each with its migration's stem.
fn in_folders_of_ways_back(folder: &Folder) -> Vec<(&str, Utf8PathBuf)> {
    let mut found = Vec::new();
    for path in &folder.below {
        let within = path.parent().map_or("", Utf8Path::as_str);
        let name = path.file_name().and_then(|name| without_suffix(name, ".sql"));
        if let (true, Some(name)) = (FOLDERS_OF_WAYS_BACK.contains(&within), name) {
            found.push((stem_in_folder(name), folder.path_of(path)));
        }
    }
    found
}

/// In a folder of ways back a name may, but need not, say once more that it is one.
fn stem_in_folder(name: &str) -> &str {
    let endings = WAYS_BACK.iter().chain(&WAYS_BACK_OF_A_MIGRATION);
    endings
        .chain(&[".up", "_up"])
        .find_map(|suffix| without_suffix(name, suffix))
        .unwrap_or(name)
}

/// For each migration, the file of its own name in a folder of ways back that lies beside the migrations folder.
fn beside(folder: &Folder, migrations: &[Migration]) -> Vec<Option<Utf8PathBuf>> {
    let parent = folder
        .path
        .parent()
        .filter(|_| folder.path != "." && !folder.single_file);
    let find = |migration: &Migration| {
        let (parent, file) = (parent?, migration.up.path.file_name()?);
        FOLDERS_OF_WAYS_BACK
            .iter()
            .map(|name| super::super::folder::normal(&parent.join(name).join(file)))
            .find(|path| {
                folder.path != path.parent().unwrap_or(Utf8Path::new("")) && folder.root.join(path).is_file()
            })
    };
    migrations.iter().map(find).collect()
}
