//! Which convention a folder follows: by the marks that tools leave, never by a guess.
//!
//! Marks are looked for in the folder, in its files' names, in the first words of their lines, beside the folder, and
//! in the manifests from there up to the repository's root; the first of these places that has one decides. Marks of
//! several tools in one place, and a folder that several tools would read, are errors. `plain` is left where no tool
//! left a mark.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::ReadError;
use super::super::folder::{Folder, has_suffix};
use super::super::numbering::digits;
use super::{Convention, graphile, sqlx, structure};

/// A tool, and what gave it away.
struct Mark {
    tool: Convention,
    sign: String,
}

impl Mark {
    fn new(tool: Convention, sign: impl Into<String>) -> Self {
        Self {
            tool,
            sign: sign.into(),
        }
    }
}

/// The convention of a folder, and what gave it away.
pub(in super::super) fn detect(folder: &Folder) -> Result<(Convention, Option<String>), ReadError> {
    let manifests = Manifests::above(folder);
    let places: [fn(&Folder, &Manifests) -> Vec<Mark>; 6] = if folder.single_file {
        [in_files, in_the_one_file, none, none, none, none]
    } else {
        [
            in_folder,
            in_names,
            in_files,
            in_the_one_file,
            beside,
            in_manifests,
        ]
    };
    for marks in places {
        let mut marks = marks(folder, &manifests);
        marks.dedup_by_key(|mark| mark.tool);
        match &marks[..] {
            [] => {}
            [Mark { tool, sign }] => return Ok((*tool, Some(sign.clone()))),
            several => return Err(ambiguous_by_marks(folder, several)),
        }
    }
    if !folder.single_file && fits_golang_migrate(folder) {
        return Err(ambiguous_pairs(folder));
    }
    Ok((Convention::Plain, None))
}

fn none(_: &Folder, _: &Manifests) -> Vec<Mark> {
    Vec::new()
}

/// Files and folders that only one tool makes.
fn in_folder(folder: &Folder, manifests: &Manifests) -> Vec<Mark> {
    const OWN: [(&str, Convention); 8] = [
        ("migration_lock.toml", Convention::Prisma),
        ("meta/_journal.json", Convention::Drizzle),
        ("sqitch.plan", Convention::Sqitch),
        ("sqitch.conf", Convention::Sqitch),
        ("atlas.sum", Convention::Atlas),
        (".gmrc", Convention::Graphile),
        ("flyway.toml", Convention::Flyway),
        ("flyway.conf", Convention::Flyway),
    ];
    let own = OWN.into_iter().filter(|(name, _)| folder.holds(name));
    let mut marks: Vec<Mark> = own
        .map(|(name, tool)| Mark::new(tool, format!("there is `{name}`")))
        .collect();
    let mut fizz = folder.files.iter().filter(|name| has_suffix(name, ".fizz"));
    marks.extend(
        fizz.next()
            .map(|name| Mark::new(Convention::Pop, format!("there is `{name}`"))),
    );
    if marks.is_empty() {
        let mark = |tool, path| Mark::new(tool, format!("there is `{path}`"));
        let below = |name: &str| {
            let mut below = folder.below.iter();
            below.find(|path| path.components().count() == 2 && path.ends_with(name))
        };
        let mut committed = folder.below.iter().filter(|path| graphile::is_committed(path));
        marks.extend(committed.next().map(|path| mark(Convention::Graphile, path)));
        // drizzle-kit 1.0 has a snapshot beside each `migration.sql`, which Prisma has not.
        let prisma = match below("snapshot.json") {
            Some(_) => Convention::Drizzle,
            None => Convention::Prisma,
        };
        for (name, tool) in [("migration.sql", prisma), ("up.sql", Convention::Diesel)] {
            marks.extend(below(name).map(|path| mark(tool, path)));
        }
    }
    // Atlas keeps its checksums over folders in other tools' formats, too.
    if let [
        Mark {
            tool: Convention::Atlas,
            ..
        },
    ] = marks[..]
    {
        let formats = [Convention::Goose, Convention::Dbmate, Convention::Flyway];
        let others = in_names(folder, manifests)
            .into_iter()
            .chain(in_files(folder, manifests));
        marks.extend(others.filter(|mark| formats.contains(&mark.tool)));
        if fits_golang_migrate(folder) {
            let sign = "all files are pairs of `.up.sql` and `.down.sql`";
            marks.push(Mark::new(Convention::GolangMigrate, sign));
        }
    }
    marks
}

/// One file, and it is as `pg_dump` begins one.
fn in_the_one_file(folder: &Folder, _: &Manifests) -> Vec<Mark> {
    let files: Vec<&String> = folder.sql_files().collect();
    let [file] = files[..] else {
        return Vec::new();
    };
    // A number says that others are to follow.
    if file.starts_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    if folder.below.iter().any(|path| has_suffix(path.as_str(), ".sql")) {
        return Vec::new();
    }
    let bytes = fs::read(folder.root.join(folder.path_of(file))).unwrap_or_default();
    if structure::is_dump(&String::from_utf8_lossy(&bytes)) {
        return vec![Mark::new(
            Convention::Structure,
            format!("`{file}` is as pg_dump begins a file"),
        )];
    }
    Vec::new()
}

/// `V1__x.sql` and `R__x.sql` are Flyway's; refinery has `V1__x.sql` and `U1__x.sql`.
fn in_names(folder: &Folder, manifests: &Manifests) -> Vec<Mark> {
    let versioned = |name: &&str| {
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
    // What lies below counts where nothing lies above it: an archive is no mark.
    let flat = folder.sql_files().next().is_some();
    let below = folder
        .below
        .iter()
        .filter(|_| !flat)
        .filter_map(|path| path.file_name());
    let names = folder.files.iter().map(String::as_str).chain(below);
    let versioned: Vec<&str> = names.filter(versioned).collect();
    let Some(first) = versioned.first() else {
        return Vec::new();
    };
    let sign = format!("`{first}` is named as it names files");
    let refinery = manifests
        .depend_on(&["Cargo.toml"], "refinery")
        .filter(|_| !versioned.iter().any(|name| name.starts_with(['R', 'B'])));
    let Some(refinery) = refinery else {
        return vec![Mark::new(Convention::Flyway, sign)];
    };
    let flyway = beside(folder, manifests)
        .into_iter()
        .filter(|mark| mark.tool == Convention::Flyway);
    flyway
        .chain([Mark::new(Convention::Refinery, format!("{sign}, and {refinery}"))])
        .collect()
}

/// Comments that only one tool reads, at the start of a line.
fn in_files(folder: &Folder, _: &Manifests) -> Vec<Mark> {
    const COMMENTS: [(&str, Convention); 5] = [
        ("+goose ", Convention::Goose),
        ("migrate:up", Convention::Dbmate),
        ("! previous:", Convention::Graphile),
        ("> statement-breakpoint", Convention::Drizzle),
        ("atlas:", Convention::Atlas),
    ];
    let mut marks: Vec<Mark> = Vec::new();
    for name in folder.sql_files() {
        // A file that cannot be read is reported when it is read as a migration.
        let Ok(bytes) = fs::read(folder.root.join(folder.path_of(name))) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut add = |tool: Convention, sign: String| {
            if marks.iter().all(|mark| mark.tool != tool) {
                marks.push(Mark::new(tool, sign));
            }
        };
        let (mut up, mut down) = (None, false);
        for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let Some(comment) = line.trim_start().strip_prefix("--") else {
                continue;
            };
            let comment = comment.trim_start().to_ascii_lowercase();
            let place = || format!("`{name}` has `{}` in line {}", line.trim(), number + 1);
            if let Some((_, tool)) = COMMENTS.into_iter().find(|(start, _)| comment.starts_with(start)) {
                add(tool, place());
                break;
            }
            // People head their files like this, too; only a file with both is node-pg-migrate's.
            let mut words = comment.trim_start_matches(['-', ' ', '\t']).split_whitespace();
            match (words.next(), words.next()) {
                (Some("up"), Some("migration")) => up = up.or_else(|| Some(place())),
                (Some("down"), Some("migration")) => down = true,
                _ => {}
            }
        }
        if let (Some(sign), true) = (up, down) {
            add(Convention::NodePgMigrate, sign);
        }
    }
    marks
}

/// Configuration files beside the folder.
fn beside(folder: &Folder, _: &Manifests) -> Vec<Mark> {
    const FILES: [(&str, Convention); 7] = [
        ("sqitch.plan", Convention::Sqitch),
        ("sqitch.conf", Convention::Sqitch),
        ("atlas.hcl", Convention::Atlas),
        ("flyway.conf", Convention::Flyway),
        ("flyway.toml", Convention::Flyway),
        ("diesel.toml", Convention::Diesel),
        (".gmrc", Convention::Graphile),
    ];
    let absolute = std::path::absolute(folder.root.join(&folder.path)).ok();
    let absolute = absolute.and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    let absolute = absolute.map(|path| super::super::folder::normal(&path));
    let Some(parent) = absolute.as_deref().and_then(Utf8Path::parent) else {
        return Vec::new();
    };
    let is_beside = |name: &str| parent.join(name).is_file();
    if parent.file_name() == Some("supabase") {
        let own = absolute.as_deref().and_then(Utf8Path::file_name) == Some("migrations");
        if is_beside("config.toml") {
            return vec![Mark::new(Convention::Supabase, "there is `supabase/config.toml`")];
        } else if own {
            return vec![Mark::new(
                Convention::Supabase,
                "the folder is `supabase/migrations`",
            )];
        }
    }
    let found = FILES.into_iter().filter(|(name, _)| is_beside(name));
    found
        .map(|(name, tool)| Mark::new(tool, format!("there is `{name}` beside it")))
        .collect()
}

/// Manifests of packages in JavaScript: of Node's and of Deno's.
const JAVASCRIPT: &[&str] = &["package.json", "deno.json", "deno.jsonc"];

/// Tools that a manifest names, where the files' names would fit them.
fn in_manifests(folder: &Folder, manifests: &Manifests) -> Vec<Mark> {
    use Convention::{GolangMigrate, NodePgMigrate, Pop, PostgresMigrations, Sqlx};
    let mut marks = Vec::new();
    if fits_sqlx(folder) {
        marks.extend(manifests.mark_of_sqlx().map(|sign| Mark::new(Sqlx, sign)));
    }
    let fits: [(bool, Convention, &[&str], &str); 4] = [
        (
            fits_golang_migrate(folder),
            GolangMigrate,
            &["go.mod"],
            "golang-migrate/migrate",
        ),
        (fits_golang_migrate(folder), Pop, &["go.mod"], "gobuffalo/pop"),
        (fits_sqlx(folder), NodePgMigrate, JAVASCRIPT, "node-pg-migrate"),
        (
            fits_postgres_migrations(folder),
            PostgresMigrations,
            JAVASCRIPT,
            "postgres-migrations",
        ),
    ];
    for (fits, tool, manifests_of_tool, dependency) in fits {
        if fits {
            let sign = manifests.depend_on(manifests_of_tool, dependency);
            marks.extend(sign.map(|sign| Mark::new(tool, sign)));
        }
    }
    marks
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
        self.depend_on(&["Cargo.toml"], "sqlx")
    }

    /// The nearest manifest of these names that has a dependency.
    fn depend_on(&self, names: &[&str], dependency: &str) -> Option<String> {
        let depends = |folder: &Utf8PathBuf, name: &str| {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
            match name {
                "Cargo.toml" => text
                    .parse()
                    .is_ok_and(|table| crate_depends_on(&table, dependency)),
                "go.mod" => text.contains(dependency),
                // Deno may call it otherwise, and names its registry.
                _ => text.contains(&format!("\"{dependency}\"")) || names_package(&text, dependency),
            }
        };
        let name = self.folders.iter().find_map(|folder| {
            let mut names = names.iter();
            names.find(|name| depends(folder, name))
        })?;
        Some(format!("a `{name}` has {dependency}"))
    }
}

/// Whether a text has `"npm:NAME"`, maybe with a version.
fn names_package(text: &str, name: &str) -> bool {
    let start = format!("\"npm:{name}");
    let mut found = text.match_indices(&start);
    found.any(|(at, _)| text[at + start.len()..].starts_with(['"', '@', '/']))
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
        let digits = digits(name);
        digits > 0
            && name[digits..].starts_with('_')
            && (name.ends_with(".up.sql") || name.ends_with(".down.sql"))
    };
    let mut files = folder.sql_files().peekable();
    files.peek().is_some() && files.all(|name| fits(&name))
}

/// Whether every file is `<number>-name.sql` or `<number>_name.sql`.
fn fits_postgres_migrations(folder: &Folder) -> bool {
    let fits = |name: &&String| {
        let digits = digits(name);
        digits > 0 && name[digits..].starts_with(['-', '_'])
    };
    let mut files = folder.sql_files().peekable();
    files.peek().is_some() && files.all(|name| fits(&name))
}

fn ambiguous_by_marks(folder: &Folder, marks: &[Mark]) -> ReadError {
    let signs: Vec<String> = marks
        .iter()
        .map(|mark| format!("{} ({})", mark.tool, mark.sign))
        .collect();
    ReadError::Ambiguous {
        folder: folder.path.clone(),
        candidates: marks.iter().map(|mark| mark.tool.name()).collect(),
        difference: format!("there are marks of {}", signs.join(" and of ")),
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
