//! From the paths on a command line to projects: contracts, and folders of bare migrations.
//!
//! What the files in a folder of bare migrations are is for `migrate` to say; here it is enough that there are some.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{is_skipped, nearest_sibling};
use super::{Contract, FILE_NAME, ReadError};

/// A project: a folder, and what it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder that the contract's paths are relative to, as the user named it.
    pub root: Utf8PathBuf,
    /// What it promises.
    pub contract: Contract,
    /// The contract's file; `None` for bare migrations.
    pub contract_file: Option<Utf8PathBuf>,
}

/// Why no projects could be had from the paths.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A path that does not exist.
    #[error("{path} is not there{}", suggestion(near.as_deref()))]
    Missing {
        /// The path.
        path: Utf8PathBuf,
        /// The path beside it that was perhaps meant.
        near: Option<Utf8PathBuf>,
    },
    /// A folder of several projects without contracts.
    #[error("{path} holds migrations in {}: name one of them", in_words(places))]
    Several {
        /// The folder.
        path: Utf8PathBuf,
        /// Where they lie.
        places: Vec<Utf8PathBuf>,
    },
    /// The path is a file that holds no migrations.
    #[error("{path} is a file and no `.sql` file: name a folder, or the contract with --config")]
    File {
        /// The path.
        path: Utf8PathBuf,
    },
    /// A folder with neither a contract nor migrations.
    #[error(
        "{path} holds no {FILE_NAME}, no folders with one and no migrations: name a folder that does{}",
        deeper(below)
    )]
    Empty {
        /// The folder.
        path: Utf8PathBuf,
        /// Folders further below that do.
        below: Vec<Utf8PathBuf>,
    },
    /// A contract named with `--config` and several paths.
    #[error("--config names one contract, and {count} paths are given: name one path, or none")]
    ConfigForSeveral {
        /// How many.
        count: usize,
    },
    /// The same project by two paths.
    #[error("{first} and {second} are the same project: name it once")]
    Twice {
        /// One way to it.
        first: Utf8PathBuf,
        /// The other.
        second: Utf8PathBuf,
    },
    /// Two projects of one name: their snapshots and reports would be mixed up.
    #[error(
        "two projects are called `{name}`: {first} and {second}; give one another `name` in its {FILE_NAME}"
    )]
    SameName {
        /// The name.
        name: String,
        /// One project's folder.
        first: Utf8PathBuf,
        /// The other's.
        second: Utf8PathBuf,
    },
    /// Contracts that could not be read: all of them.
    #[error("{}", joined(errors))]
    Contracts {
        /// One error a contract.
        errors: Vec<ReadError>,
    },
    /// A folder that could not be read.
    #[error("failed to look into {path}")]
    Folder {
        /// The folder.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn suggestion(near: Option<&Utf8Path>) -> String {
    near.map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

fn deeper(below: &[Utf8PathBuf]) -> String {
    const MOST: usize = 3;
    let shown: Vec<&str> = below.iter().take(MOST).map(|path| path.as_str()).collect();
    match below.len() {
        0 => String::new(),
        1..=MOST => format!(", perhaps {}", shown.join(" or ")),
        count => format!(", perhaps {} or one of {} more", shown.join(", "), count - MOST),
    }
}

fn joined(errors: &[ReadError]) -> String {
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    errors.join("\n\n")
}

/// The projects that `paths` name, each path's in the order of their folders' names.
///
/// A path is a folder with a contract, a folder of such folders at any depth, or a folder of bare migrations: `.sql` files, or a
/// sub-folder `migrations`. Without paths it is the folder we are in: its contract, else those in `migrations/*`, else the nearest
/// one upward to the root of the git repository. `config` names the contract itself; a path is then the folder that it is
/// applied to.
pub fn find(paths: &[Utf8PathBuf], config: Option<&Utf8Path>) -> Result<Vec<Project>, ProjectError> {
    let found = match (config, paths) {
        (Some(config), _) => vec![with_config(paths, config)?],
        (None, []) => from_here(Utf8Path::new("."))?,
        (None, paths) => {
            let mut found = Vec::new();
            for path in paths {
                found.extend(in_path(path)?);
            }
            found
        }
    };
    let found = read(found)?;
    check_distinct(&found)?;
    Ok(found)
}

/// A project whose contract is not read yet.
#[derive(Debug)]
enum Candidate {
    Contract {
        root: Utf8PathBuf,
        file: Utf8PathBuf,
    },
    Bare {
        root: Utf8PathBuf,
        migrations: Utf8PathBuf,
    },
}

fn with_config(paths: &[Utf8PathBuf], config: &Utf8Path) -> Result<Candidate, ProjectError> {
    let root = match paths {
        [] => config
            .parent()
            .filter(|parent| !parent.as_str().is_empty())
            .unwrap_or(Utf8Path::new(".")),
        [path] => {
            check_folder(path)?;
            path
        }
        _ => return Err(ProjectError::ConfigForSeveral { count: paths.len() }),
    };
    if !config.exists() {
        return Err(missing(config));
    }
    Ok(Candidate::Contract {
        root: root.to_owned(),
        file: config.to_owned(),
    })
}

fn in_path(path: &Utf8Path) -> Result<Vec<Candidate>, ProjectError> {
    let is_sql = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("sql"));
    if let (true, true, Some(parent), Some(name)) = (is_sql, path.is_file(), path.parent(), path.file_name())
    {
        let here = parent.as_str().is_empty();
        return Ok(vec![Candidate::Bare {
            root: if here {
                Utf8PathBuf::from(".")
            } else {
                parent.to_owned()
            },
            migrations: name.into(),
        }]);
    }
    check_folder(path)?;
    let found = contracts_below(path)?;
    if !found.is_empty() {
        return Ok(found);
    }
    match bare(path)? {
        Some(bare) => Ok(vec![bare]),
        None => Err(ProjectError::Empty {
            below: migrations_below(path)?,
            path: path.to_owned(),
        }),
    }
}

/// What is meant where no path is named.
fn from_here(here: &Utf8Path) -> Result<Vec<Candidate>, ProjectError> {
    if let Some(found) = contract_in(here) {
        return Ok(vec![found]);
    }
    let migrations = here.join("migrations");
    if migrations.is_dir() {
        let found = contracts_below(&migrations)?;
        if !found.is_empty() {
            return Ok(found.into_iter().map(without_dot).collect());
        }
    }
    if let Some(found) = upward(here)? {
        return Ok(vec![found]);
    }
    in_path(here).map(|found| found.into_iter().map(without_dot).collect())
}

/// `./migrations/aim` reads better as `migrations/aim`.
fn without_dot(candidate: Candidate) -> Candidate {
    let strip = |path: Utf8PathBuf| match path.strip_prefix(".") {
        Ok(rest) if !rest.as_str().is_empty() => rest.to_owned(),
        _ => path,
    };
    match candidate {
        Candidate::Contract { root, file } => Candidate::Contract {
            root: strip(root),
            file: strip(file),
        },
        Candidate::Bare { root, migrations } => Candidate::Bare {
            root: strip(root),
            migrations,
        },
    }
}

/// The nearest contract in the folders above, up to the root of the git repository. Outside of one nothing is looked for:
/// a stray contract in a home folder must not become the project of everything below.
fn upward(here: &Utf8Path) -> Result<Option<Candidate>, ProjectError> {
    let absolute = here.canonicalize_utf8().map_err(|source| ProjectError::Folder {
        path: here.to_owned(),
        source,
    })?;
    let Some(git_root) = absolute.ancestors().find(|folder| folder.join(".git").exists()) else {
        return Ok(None);
    };
    let between = absolute
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(git_root));
    let mut up = Utf8PathBuf::from("..");
    for folder in between {
        if folder.join(FILE_NAME).is_file() {
            return Ok(Some(Candidate::Contract {
                file: up.join(FILE_NAME),
                root: up,
            }));
        }
        up.push("..");
    }
    Ok(None)
}

fn contract_in(folder: &Utf8Path) -> Option<Candidate> {
    let file = folder.join(FILE_NAME);
    let file = if folder == "." {
        Utf8PathBuf::from(FILE_NAME)
    } else {
        file
    };
    file.is_file().then(|| Candidate::Contract {
        root: folder.to_owned(),
        file,
    })
}

/// The contract in `folder`, or else those in the folders below, by name. A contract's own folder is not searched further.
fn contracts_below(folder: &Utf8Path) -> Result<Vec<Candidate>, ProjectError> {
    if let Some(found) = contract_in(folder) {
        return Ok(vec![found]);
    }
    let mut found = Vec::new();
    for name in sub_folders(folder)? {
        found.extend(contracts_below(&folder.join(name))?);
    }
    Ok(found)
}

/// The folders below `folder` that hold migrations. One's own folder is not searched further.
fn migrations_below(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, ProjectError> {
    let mut found = Vec::new();
    for name in sub_folders(folder)? {
        let path = folder.join(name);
        if holds_migrations(&path)? {
            found.push(path);
        } else {
            found.extend(migrations_below(&path)?);
        }
    }
    Ok(found)
}

/// The names of the folders in `folder`, sorted, without those that hold no project. Links are not followed.
fn sub_folders(folder: &Utf8Path) -> Result<BTreeSet<String>, ProjectError> {
    let failed = |source| ProjectError::Folder {
        path: folder.to_owned(),
        source,
    };
    let mut names = BTreeSet::new();
    for entry in folder.read_dir_utf8().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() && !is_skipped(entry.file_name()) {
            names.insert(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

/// Where tools keep migrations that lie neither right here nor in `migrations`.
const PLACES: [&str; 7] = [
    "db/migrations",
    "db/migration",
    "supabase/migrations",
    "prisma/migrations",
    "drizzle",
    "src/main/resources/db/migration",
    "db/structure.sql",
];

/// Migrations without a contract: right here, in the sub-folder `migrations`, or in one of the places where tools keep
/// them.
fn bare(root: &Utf8Path) -> Result<Option<Candidate>, ProjectError> {
    let candidate = |migrations: &str| Candidate::Bare {
        root: root.to_owned(),
        migrations: migrations.into(),
    };
    let holds = |place: &str| {
        let path = root.join(place);
        Ok(path.is_file() || path.is_dir() && holds_migrations(&path)?)
    };
    for here in [".", "migrations"] {
        if holds(here)? {
            return Ok(Some(candidate(here)));
        }
    }
    let mut found = Vec::new();
    for place in PLACES {
        if holds(place)? {
            found.push(place);
        }
    }
    match found[..] {
        [] => Ok(None),
        [place] => Ok(Some(candidate(place))),
        _ => Err(ProjectError::Several {
            path: root.to_owned(),
            places: found.into_iter().map(|place| root.join(place)).collect(),
        }),
    }
}

/// Whether there are SQL files or pop's own, folders with one migration each as Prisma and Diesel make them, or what sqitch
/// and graphile-migrate keep theirs by.
fn holds_migrations(folder: &Utf8Path) -> Result<bool, ProjectError> {
    let failed = |source| ProjectError::Folder {
        path: folder.to_owned(),
        source,
    };
    let kept_by = ["sqitch.plan", "sqitch.conf", "committed/000001.sql"];
    if kept_by.iter().any(|name| folder.join(name).is_file()) {
        return Ok(true);
    }
    for entry in folder.read_dir_utf8().map_err(failed)? {
        let path = entry.map_err(failed)?.into_path();
        let is_migration = path.extension().is_some_and(|extension| {
            ["sql", "fizz"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        if is_migration && path.is_file()
            || path.join("migration.sql").is_file()
            || path.join("up.sql").is_file()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn check_folder(path: &Utf8Path) -> Result<(), ProjectError> {
    if path.is_dir() {
        Ok(())
    } else if path.exists() {
        Err(ProjectError::File {
            path: path.to_owned(),
        })
    } else {
        Err(missing(path))
    }
}

fn in_words(places: &[Utf8PathBuf]) -> String {
    let names: Vec<&str> = places.iter().map(|place| place.as_str()).collect();
    names.join(" and in ")
}

fn missing(path: &Utf8Path) -> ProjectError {
    let near = nearest_sibling(path).map(|name| path.with_file_name(name));
    ProjectError::Missing {
        path: path.to_owned(),
        near,
    }
}

/// Reads all contracts before it says what is wrong with any.
fn read(candidates: Vec<Candidate>) -> Result<Vec<Project>, ProjectError> {
    let (mut projects, mut errors) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate {
            Candidate::Contract { root, file } => match Contract::read(&file) {
                Ok(mut contract) => {
                    let shown = seen_from(&root, &file);
                    for allow in &mut contract.allow {
                        allow.location.file.clone_from(&shown);
                    }
                    projects.push(Project {
                        root,
                        contract,
                        contract_file: Some(file),
                    });
                }
                Err(error) => errors.push(error),
            },
            Candidate::Bare { root, migrations } => {
                let name = name_of(&root);
                projects.push(Project {
                    contract: Contract::discovered(&name, &migrations),
                    root,
                    contract_file: None,
                });
            }
        }
    }
    if errors.is_empty() {
        Ok(projects)
    } else {
        Err(ProjectError::Contracts { errors })
    }
}

/// The contract's file as claims name files: relative to the project's folder. A contract named with `--config` that lies
/// elsewhere is named in full.
fn seen_from(root: &Utf8Path, file: &Utf8Path) -> String {
    let absolute = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
    let (root, file) = (absolute(root), absolute(file));
    file.strip_prefix(&root).unwrap_or(&file).to_string()
}

/// The folder's name; `db/migrations` and the like are called after the folder around them.
fn name_of(root: &Utf8Path) -> String {
    let absolute = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
    let telling = absolute.ancestors().filter_map(Utf8Path::file_name).find(|name| {
        !matches!(
            *name,
            "migrations"
                | "migration"
                | "db"
                | "database"
                | "sql"
                | "prisma"
                | "drizzle"
                | "supabase"
                | "resources"
        )
    });
    telling.unwrap_or("project").to_owned()
}

fn check_distinct(projects: &[Project]) -> Result<(), ProjectError> {
    let mut by_place: BTreeMap<Utf8PathBuf, &Project> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, &Project> = BTreeMap::new();
    for project in projects {
        let place = project
            .root
            .canonicalize_utf8()
            .unwrap_or_else(|_| project.root.clone());
        if let Some(first) = by_place.insert(place, project) {
            return Err(ProjectError::Twice {
                first: first.root.clone(),
                second: project.root.clone(),
            });
        }
        if let Some(first) = by_name.insert(&project.contract.name, project) {
            return Err(ProjectError::SameName {
                name: project.contract.name.clone(),
                first: first.root.clone(),
                second: project.root.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "projects_tests.rs"]
mod tests;
