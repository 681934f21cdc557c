//! The migration files of a folder, and which of them the ledger of a database has.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;

/// A migration's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    /// Its name, which is what the ledger knows it by.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Why it is not known what is to be applied.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The folder, or a file in it, can't be read.
    #[error("read the migrations in {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is the wrong folder.
    #[error("find a migration in {}: there is no file such as 001_name.sql", .0.display())]
    Empty(PathBuf),
    /// The ledger can't be read.
    #[error("read the ledger public.schema_migrations: is it a database of the order service?")]
    Ledger(#[source] sqlx::Error),
    /// The folder is older than the database, or another's.
    #[error("use this folder: the ledger has {0}, which is not in it")]
    Unknown(String),
    /// Applying it now would be another history than the files'.
    #[error("apply {lacking}: {applied} is applied already, and comes after it")]
    OutOfOrder {
        /// What is not applied.
        lacking: String,
        /// What is.
        applied: String,
    },
}

/// The migrations of a folder in the order of their names, as `pgproof` reads a folder of the convention `plain`: ways
/// back, the prelude and what is in folders below are none.
///
/// # Errors
/// The folder can't be read, or has none.
pub fn read(folder: &Path) -> Result<Vec<MigrationFile>, FilesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FilesError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let is_migration = name.starts_with(|first: char| first.is_ascii_digit())
            && name
                .strip_suffix(".sql")
                .is_some_and(|stem| stem.strip_suffix(".down").is_none());
        if is_migration {
            let name = name.to_owned();
            let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
            files.push(MigrationFile { name, text });
        }
    }
    if files.is_empty() {
        return Err(FilesError::Empty(folder.to_owned()));
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Those that the ledger lacks.
///
/// # Errors
/// There is no ledger, or it and the folder do not fit.
pub async fn pending<'f>(
    session: &mut PgConnection,
    files: &'f [MigrationFile],
) -> Result<&'f [MigrationFile], FilesError> {
    let mut applied: Vec<String> = sqlx::query_scalar("SELECT version FROM public.schema_migrations")
        .fetch_all(session)
        .await
        .map_err(FilesError::Ledger)?;
    // Here, and not by the server, whose collation may sort names otherwise.
    applied.sort();
    after(&applied, files)
}

fn after<'f>(applied: &[String], files: &'f [MigrationFile]) -> Result<&'f [MigrationFile], FilesError> {
    let is_file = |version: &&String| files.iter().any(|file| file.name == **version);
    if let Some(unknown) = applied.iter().find(|version| !is_file(version)) {
        return Err(FilesError::Unknown(unknown.clone()));
    }
    for (file, version) in files.iter().zip(applied) {
        if file.name != *version {
            return Err(FilesError::OutOfOrder {
                lacking: file.name.clone(),
                applied: version.clone(),
            });
        }
    }
    Ok(&files[applied.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<MigrationFile> {
        let file = |name: &str| MigrationFile {
            name: name.to_owned(),
            text: String::new(),
        };
        ["1.sql", "2.sql", "3.sql"].map(file).into()
    }

    fn pending(applied: &[&str]) -> Result<Vec<String>, String> {
        let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
        match after(&applied, &files()) {
            Ok(files) => Ok(files.iter().map(|file| file.name.clone()).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_follows_the_ledger_s_last_is_pending() {
        assert_eq!(pending(&["1.sql"]).unwrap(), ["2.sql", "3.sql"]);
        assert_eq!(pending(&["1.sql", "2.sql", "3.sql"]).unwrap(), [] as [&str; 0]);
    }

    #[test]
    fn a_ledger_of_another_history_is_refused() {
        assert!(pending(&["1.sql", "9.sql"]).unwrap_err().contains("9.sql"));
        assert!(
            pending(&["1.sql", "3.sql"])
                .unwrap_err()
                .contains("apply 2.sql: 3.sql")
        );
    }
}
