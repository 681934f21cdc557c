//! Which convention a folder follows: by the marks that tools leave, never by a guess.
//!
//! A mark of a tool that is not read yet, and a folder that several tools would read, are errors. `plain` is left
//! where no tool left a mark. Marks are looked for in the folder, in the first words of its files' lines, beside
//! the folder, and in the manifests from there up to the repository's root.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::ReadError;
use super::super::folder::{Folder, has_suffix};
use super::Convention;
use super::sqlx;

/// Both directions are in one file, so `plain` would apply the way back after the way forth.
const BOTH_DIRECTIONS: &str = ", with the way back that each file has, too";
/// Migrations are folders, of which `plain` reads nothing.
const FOLDERS: &str = ", but this tool's migrations lie in folders below";
/// The tool's order is not that of names.
const OWN_ORDER: &str = ", which is not this tool's order";

/// A tool that is not read yet, and what gave it away.
struct Mark {
    tool: &'static str,
    sign: String,
    caveat: &'static str,
}

impl Mark {
    fn new(tool: &'static str, sign: impl Into<String>, caveat: &'static str) -> Self {
        Self {
            tool,
            sign: sign.into(),
            caveat,
        }
    }
}

/// The convention of a folder.
pub(in super::super) fn detect(folder: &Folder) -> Result<Convention, ReadError> {
    let mark = if folder.single_file {
        mark_in_files(folder)
    } else {
        let manifests = Manifests::above(folder);
        let sqlx = fits_sqlx(folder).then(|| manifests.mark_of_sqlx()).flatten();
        let found = mark_in_folder(folder)
            .or_else(|| mark_in_names(folder, &manifests))
            .or_else(|| mark_in_files(folder))
            .or_else(|| mark_beside(folder));
        if found.is_none() {
            let other = manifests.mark_of_another(folder);
            match (sqlx, other) {
                (Some(sqlx), Some(other)) => return Err(ambiguous_by_marks(folder, &sqlx, &other)),
                (Some(_), None) => return Ok(Convention::Sqlx),
                (None, Some(other)) => return Err(not_read_yet(folder, other)),
                (None, None) if fits_golang_migrate(folder) => return Err(ambiguous_pairs(folder)),
                (None, None) => {}
            }
        }
        found
    };
    mark.map_or(Ok(Convention::Plain), |mark| Err(not_read_yet(folder, mark)))
}

fn not_read_yet(folder: &Folder, Mark { tool, sign, caveat }: Mark) -> ReadError {
    ReadError::NotReadYet {
        folder: folder.path.clone(),
        tool,
        mark: sign,
        caveat,
    }
}

/// Files and folders that only one tool makes.
fn mark_in_folder(folder: &Folder) -> Option<Mark> {
    let own: [(&str, &str, &str); 7] = [
        ("migration_lock.toml", "prisma", FOLDERS),
        ("meta/_journal.json", "drizzle", OWN_ORDER),
        ("sqitch.plan", "sqitch", FOLDERS),
        ("sqitch.conf", "sqitch", FOLDERS),
        ("atlas.sum", "atlas", ""),
        ("committed/000001.sql", "graphile", FOLDERS),
        (".gmrc", "graphile", FOLDERS),
    ];
    if let Some((name, tool, caveat)) = own.into_iter().find(|(name, ..)| folder.holds(name)) {
        return Some(Mark::new(tool, format!("there is `{name}`"), caveat));
    }
    let below = |name: &str| {
        let found = folder
            .below
            .iter()
            .find(|path| path.components().count() == 2 && path.ends_with(name));
        found.map(|path| format!("there is `{path}`"))
    };
    below("migration.sql")
        .map(|mark| Mark::new("prisma", mark, FOLDERS))
        .or_else(|| below("up.sql").map(|mark| Mark::new("diesel", mark, FOLDERS)))
}

/// `V1__x.sql` and `R__x.sql` are Flyway's; refinery has `V1__x.sql` and `U1__x.sql`.
fn mark_in_names(folder: &Folder, manifests: &Manifests) -> Option<Mark> {
    let versioned = |name: &&String| {
        let Some((prefix, rest)) = name.split_once("__") else {
            return false;
        };
        let number = prefix.get(1..).unwrap_or_default();
        let is_version = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
        has_suffix(rest, ".sql")
            && (prefix == "R"
                || prefix.starts_with(['V', 'U', 'B'])
                    && !number.is_empty()
                    && number.chars().all(is_version))
    };
    let name = folder.files.iter().find(versioned)?;
    let refinery = !name.starts_with(['R', 'B']) && manifests.depend_on("Cargo.toml", "refinery").is_some();
    let tool = if refinery { "refinery" } else { "flyway" };
    Some(Mark::new(
        tool,
        format!("`{name}` is named as it names files"),
        OWN_ORDER,
    ))
}

/// Comments that only one tool reads, at the start of a line.
fn mark_in_files(folder: &Folder) -> Option<Mark> {
    const COMMENTS: [(&str, &str, &str); 5] = [
        ("+goose ", "goose", BOTH_DIRECTIONS),
        ("migrate:up", "dbmate", BOTH_DIRECTIONS),
        ("! previous:", "graphile", ""),
        ("> statement-breakpoint", "drizzle", OWN_ORDER),
        ("atlas:", "atlas", ""),
    ];
    for name in folder.files.iter().filter(|name| has_suffix(name, ".sql")) {
        // A file that cannot be read is reported when it is read as a migration.
        let Ok(bytes) = fs::read(folder.root.join(folder.path_of(name))) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let (mut up, mut down) = (None, false);
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("--") else {
                continue;
            };
            let comment = comment.trim_start().to_ascii_lowercase();
            let place = || format!("`{name}` has `{}` in line {}", line.trim(), number + 1);
            if let Some((_, tool, caveat)) = COMMENTS
                .into_iter()
                .find(|(start, ..)| comment.starts_with(start))
            {
                return Some(Mark::new(tool, place(), caveat));
            }
            // People head their files like this, too; only a file with both is node-pg-migrate's.
            let mut words = comment.trim_start_matches(['-', ' ', '\t']).split_whitespace();
            match (words.next(), words.next()) {
                (Some("up"), Some("migration")) => up = up.or_else(|| Some(place())),
                (Some("down"), Some("migration")) => down = true,
                _ => {}
            }
        }
        if let (Some(mark), true) = (up, down) {
            return Some(Mark::new("node-pg-migrate", mark, BOTH_DIRECTIONS));
        }
    }
    None
}

/// Configuration files beside the folder.
fn mark_beside(folder: &Folder) -> Option<Mark> {
    let absolute = std::path::absolute(folder.root.join(&folder.path)).ok();
    let absolute = absolute.and_then(|path| Utf8PathBuf::from_path_buf(path).ok())?;
    let absolute = super::super::folder::normal(&absolute);
    let parent = absolute.parent()?;
    let beside = |name: &str| parent.join(name).is_file();
    if parent.file_name() == Some("supabase") && beside("config.toml") {
        return Some(Mark::new("supabase", "there is `supabase/config.toml`", ""));
    }
    let files: [(&str, &str, &str); 7] = [
        ("sqitch.plan", "sqitch", FOLDERS),
        ("sqitch.conf", "sqitch", FOLDERS),
        ("atlas.hcl", "atlas", ""),
        ("flyway.conf", "flyway", OWN_ORDER),
        ("flyway.toml", "flyway", OWN_ORDER),
        ("diesel.toml", "diesel", FOLDERS),
        (".gmrc", "graphile", FOLDERS),
    ];
    let (name, tool, caveat) = files.into_iter().find(|(name, ..)| beside(name))?;
    Some(Mark::new(tool, format!("there is `{name}` beside it"), caveat))
}

/// The folders from the migrations folder up to the repository's root, nearest first.
struct Manifests {
    folders: Vec<Utf8PathBuf>,
}

impl Manifests {
    fn above(folder: &Folder) -> Self {
        let absolute = fs::canonicalize(folder.root.join(&folder.path)).ok();
        let absolute = absolute.and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
        let mut folders = Vec::new();
        for above in absolute.iter().flat_map(|path| path.ancestors()) {
            folders.push(above.to_owned());
            if above.join(".git").exists() {
                break;
            }
        }
        Self { folders }
    }

    fn mark_of_sqlx(&self) -> Option<String> {
        for name in [".sqlx", "sqlx-data.json", "sqlx.toml"] {
            if self.folders.iter().any(|folder| folder.join(name).exists()) {
                return Some(format!("there is `{name}`"));
            }
        }
        self.depend_on("Cargo.toml", "sqlx")
    }

    /// A tool that a manifest of another language names, where the files' names would fit it.
    fn mark_of_another(&self, folder: &Folder) -> Option<Mark> {
        if fits_golang_migrate(folder) {
            let mark = self.depend_on("go.mod", "golang-migrate/migrate");
            return mark.map(|mark| Mark::new("golang-migrate", mark, OWN_ORDER));
        }
        let mark = self.depend_on("package.json", "node-pg-migrate")?;
        fits_sqlx(folder).then(|| Mark::new("node-pg-migrate", mark, OWN_ORDER))
    }

    fn depend_on(&self, manifest: &str, dependency: &str) -> Option<String> {
        let depends = self.folders.iter().any(|folder| {
            let text = fs::read_to_string(folder.join(manifest)).unwrap_or_default();
            match manifest {
                "Cargo.toml" => text
                    .parse()
                    .is_ok_and(|table| crate_depends_on(&table, dependency)),
                "package.json" => text.contains(&format!("\"{dependency}\"")),
                _ => text.contains(dependency),
            }
        });
        depends.then(|| format!("a `{manifest}` has {dependency}"))
    }
}

/// Whether a Cargo manifest has a dependency, under its own name or another.
fn crate_depends_on(table: &toml::Table, name: &str) -> bool {
    table.iter().any(|(key, value)| {
        let Some(inner) = value.as_table() else {
            return false;
        };
        if key.ends_with("dependencies") {
            let renamed =
                |value: &toml::Value| value.get("package").and_then(toml::Value::as_str) == Some(name);
            inner.contains_key(name) || inner.values().any(renamed)
        } else {
            crate_depends_on(inner, name)
        }
    })
}

/// Whether sqlx finds migrations in the folder and stops at none of the names.
fn fits_sqlx(folder: &Folder) -> bool {
    let mut parsed = folder
        .files
        .iter()
        .filter_map(|name| sqlx::parse(name))
        .peekable();
    parsed.peek().is_some() && parsed.all(|name| name.is_ok())
}

/// Whether every file is one of a pair that golang-migrate (`source/parse.go`) reads.
fn fits_golang_migrate(folder: &Folder) -> bool {
    let fits = |name: &&String| {
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && name[digits..].starts_with('_')
            && (name.ends_with(".up.sql") || name.ends_with(".down.sql"))
    };
    let mut files = folder
        .files
        .iter()
        .filter(|name| has_suffix(name, ".sql"))
        .peekable();
    files.peek().is_some() && files.all(|name| fits(&name))
}

fn ambiguous_by_marks(folder: &Folder, sqlx: &str, other: &Mark) -> ReadError {
    ReadError::Ambiguous {
        folder: folder.path.clone(),
        candidates: vec!["sqlx", other.tool, "plain"],
        difference: format!("{sqlx}, but {}", other.sign),
    }
}

fn ambiguous_pairs(folder: &Folder) -> ReadError {
    let ups: Vec<&String> = folder
        .files
        .iter()
        .filter(|name| name.ends_with(".up.sql"))
        .collect();
    let number = |name: &Utf8Path| {
        let digits: String = name.as_str().chars().take_while(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0').to_owned();
        (digits.len(), digits)
    };
    let inverted = ups
        .windows(2)
        .find(|pair| number(pair[0].as_str().into()) > number(pair[1].as_str().into()));
    let order = inverted.map_or_else(
        || "the order is the same for all".to_owned(),
        |pair| {
            format!(
                "plain applies {} before {}, the others by number",
                pair[0], pair[1]
            )
        },
    );
    ReadError::Ambiguous {
        folder: folder.path.clone(),
        candidates: vec!["golang-migrate", "plain", "sqlx"],
        difference: format!(
            "{order}, but ledgers differ, and golang-migrate begins no transaction where the others put one around \
             each file"
        ),
    }
}
