//! The files that a contract names: patterns of them, and whether they are there.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use toml::de::{DeTable, DeValue};

use super::names::written_as_string;
use super::reader::{FromText, Problems, Value, ValueError, nearest};
use super::{Contract, ContractError};
use crate::migrate::prelude::{self, BuiltIn};

/// A path relative to the contract, where `*` stands for any name and `**` for any folders.
#[derive(Debug, Clone)]
pub struct FileGlob {
    text: String,
    matcher: GlobMatcher,
}

impl FileGlob {
    /// Whether the path is meant, relative to the contract and with `/`.
    pub fn matches(&self, path: &Utf8Path) -> bool {
        let path = path.strip_prefix(".").unwrap_or(path);
        self.matcher.is_match(path)
    }

    /// As it is written in the contract.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The files that it means, sorted; `root` is the contract's folder, and the paths begin with it.
    ///
    /// Hidden folders, `target` and `node_modules` are not entered unless they are named.
    pub fn files(&self, root: &Utf8Path) -> io::Result<Vec<Utf8PathBuf>> {
        let pattern = Utf8Path::new(&self.text);
        // Everything before the first wildcard is a folder as it stands: `../app/queries/*.sql` leads out of the root.
        let fixed: Utf8PathBuf = pattern
            .components()
            .take_while(|part| !part.as_str().contains(['*', '?', '[', '{']))
            .collect();
        if fixed == pattern {
            let file = root.join(pattern);
            return Ok(if file.is_file() { vec![file] } else { Vec::new() });
        }
        let mut found = Vec::new();
        self.collect(root, &fixed, &mut found)?;
        found.sort();
        Ok(found)
    }

    fn collect(&self, root: &Utf8Path, folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) -> io::Result<()> {
        let entries = match root.join(folder).read_dir_utf8() {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            // `file_type` does not follow links, so a link to a folder can't make it go round in circles.
            if entry.file_type()?.is_dir() {
                if !is_skipped(entry.file_name()) {
                    self.collect(root, &path, found)?;
                }
            } else if self.matches(&path) && root.join(&path).is_file() {
                found.push(root.join(&path));
            }
        }
        Ok(())
    }
}

/// Folders that hold no project's files.
pub(super) fn is_skipped(folder: &str) -> bool {
    folder.starts_with('.') || matches!(folder, "target" | "node_modules")
}

impl PartialEq for FileGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for FileGlob {}

impl fmt::Display for FileGlob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromText for FileGlob {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let plain = text.strip_prefix("./").unwrap_or(text);
        match GlobBuilder::new(plain).literal_separator(true).build() {
            Ok(glob) => Ok(Self {
                text: plain.to_owned(),
                matcher: glob.compile_matcher(),
            }),
            Err(error) => Err(ValueError::new(format!(
                "not a pattern of files: {}",
                error.kind()
            ))),
        }
    }
}

written_as_string! {
    FileGlob: "files, relative to the contract; * stands for any name, ** for any folders: consumers/*.sql",
}

impl Contract {
    /// Whether the files are there that the contract names. `root` is the contract's folder.
    ///
    /// This is a step of its own, so that a contract can be parsed, checked against its schema and shown without its files.
    pub fn check_files(&self, root: &Utf8Path) -> Result<(), ContractError> {
        let mut problems = Problems::new(&self.file, &self.text);
        let (tree, _) = DeTable::parse_recoverable(&self.text);
        let place = |path: &[&str], item: usize| at(tree.get_ref(), path, item);

        let path = &self.migrations.path;
        if !root.join(path).exists() {
            problems.add(place(&["migrations", "path"], 0), missing(root, path));
        }
        for (item, path) in self.migrations.prelude.iter().enumerate() {
            if root.join(path).is_file() || BuiltIn::named(root, path).is_some() {
                continue;
            }
            let error = if prelude::is_name(path) {
                ValueError::new(prelude::unknown(path))
            } else {
                missing(root, path)
            };
            problems.add(place(&["migrations", "prelude"], item), error);
        }
        let complete = self.complete.as_ref();
        if let Some(path) = complete.and_then(|complete| complete.sqlx_cache.as_ref())
            && !root.join(path).is_dir()
        {
            problems.add(place(&["complete", "sqlx_cache"], 0), missing(root, path));
        }
        for (item, glob) in complete
            .into_iter()
            .flat_map(|complete| complete.queries.iter().enumerate())
        {
            let error = match glob.files(root) {
                Ok(files) if files.is_empty() => ValueError::new(format!("no file matches `{glob}`"))
                    .labelled("nothing to check")
                    .help("paths are relative to the contract's folder"),
                Ok(_) => continue,
                Err(error) => ValueError::new(format!("failed to look for `{glob}`: {error}")),
            };
            problems.add(place(&["complete", "queries"], item), error);
        }
        ContractError::unless_empty(problems.into_found())
    }
}

/// The place of a value in the contract; the beginning where the value is a default.
fn at(tree: &DeTable<'_>, path: &[&str], item: usize) -> std::ops::Range<usize> {
    let mut table = tree;
    let mut found: Option<&Value<'_>> = None;
    for key in path {
        found = table.get(*key);
        if let Some(DeValue::Table(inner)) = found.map(toml::Spanned::get_ref) {
            table = inner;
        }
    }
    match found.map(|value| (value, value.get_ref())) {
        Some((_, DeValue::Array(items))) if items.len() > item => items[item].span(),
        Some((value, _)) => value.span(),
        None => 0..0,
    }
}

/// Says that a path is missing, and which one beside it was probably meant.
fn missing(root: &Utf8Path, path: &Utf8Path) -> ValueError {
    let error = ValueError::new(format!("`{path}` is not there")).labelled("not there");
    let near = nearest_sibling(&root.join(path));
    match near {
        Some(near) => error.help(format!("did you mean `{}`?", path.with_file_name(near))),
        None => error.help("paths are relative to the contract's folder"),
    }
}

/// The name in the same folder that is nearest to the one that is missing.
pub(super) fn nearest_sibling(path: &Utf8Path) -> Option<String> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_str().is_empty())
        .unwrap_or(Utf8Path::new("."));
    let mut names: Vec<String> = parent
        .read_dir_utf8()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_owned()))
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    nearest(path.file_name()?, &names).map(ToOwned::to_owned)
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
