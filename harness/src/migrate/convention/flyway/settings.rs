//! `flyway.toml` and `flyway.conf`: what they say of where the migrations are, what they are called, of placeholders, the
//! schema and the ledger. The nearest one counts, from the folder of the migrations up to the repository's root.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use toml::Value;

use super::super::super::folder::{Folder, above, normal};
use super::super::super::script::Script;
use super::super::super::sent::Edit;
use super::super::super::{ReadError, ReadOptions};
use super::TOOL;

const FILES: [&str; 2] = ["flyway.toml", "flyway.conf"];

/// What the file says, by keys as `flyway.conf` has them, without `flyway.`; lists are joined by commas.
#[derive(Debug, Default)]
pub(super) struct Settings {
    values: BTreeMap<String, String>,
    /// The file and its folder, relative to the project's.
    pub(super) file: Option<Utf8PathBuf>,
    base: Utf8PathBuf,
}

impl Settings {
    pub(super) fn find(folder: &Folder) -> Result<Self, ReadError> {
        let mut base = folder.path.clone();
        loop {
            let at = |name: &&str| folder.root.join(&base).join(name).is_file();
            if let Some(name) = FILES.iter().find(|name| at(name)) {
                let script = Script::read(&folder.root, &normal(&base.join(name)))?;
                let mut values = if name.ends_with("toml") {
                    of_toml(&script)?
                } else {
                    of_properties(&script.text)
                };
                // What comes from the environment is not known here.
                values.retain(|key, value| key == "placeholderPrefix" || !value.contains("${"));
                return Ok(Self {
                    values,
                    file: Some(script.path),
                    base,
                });
            }
            let here = fs::canonicalize(folder.root.join(&base)).ok();
            if here.is_none_or(|here| here.parent().is_none() || here.join(".git").exists()) {
                return Ok(Self::default());
            }
            base = above(&base);
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    pub(super) fn is(&self, key: &str, value: bool) -> bool {
        self.get(key).and_then(|text| text.parse().ok()) == Some(value)
    }

    pub(super) fn list(&self, key: &str) -> Vec<&str> {
        let items = self.get(key).into_iter().flat_map(|list| list.split(','));
        items.map(str::trim).filter(|item| !item.is_empty()).collect()
    }

    /// The schema that the session begins in and the ledger is in.
    pub(super) fn schema(&self) -> Option<&str> {
        self.get("defaultSchema")
            .or_else(|| self.list("schemas").first().copied())
    }

    pub(super) fn table(&self) -> &str {
        self.get("table").unwrap_or("flyway_schema_history")
    }

    /// The script with the values of its placeholders: the contract's, else the file's, else Flyway's own.
    pub(super) fn fill(&self, folder: &Folder, script: Script) -> Result<Script, ReadError> {
        if self.is("placeholderReplacement", false) {
            return Ok(script);
        }
        let (prefix, suffix) = (
            self.get("placeholderPrefix").unwrap_or("${"),
            self.get("placeholderSuffix").unwrap_or("}"),
        );
        let mut edits = Vec::new();
        let mut from = 0;
        while let Some(start) = script.text[from..].find(prefix).map(|at| from + at) {
            let inside = start + prefix.len();
            let end = script.text[inside..].find(suffix).map(|at| inside + at);
            let name = end.map_or("", |end| &script.text[inside..end]);
            let Some(end) = end.filter(|_| !name.is_empty() && !name.contains('\n')) else {
                from = inside;
                continue;
            };
            from = end + suffix.len();
            let value = self
                .value(folder, &script, name)
                .ok_or_else(|| ReadError::Placeholder {
                    path: script.path.clone(),
                    line: script.position(start).line,
                    placeholder: script.text[start..from].to_owned(),
                    name: name.to_owned(),
                })?;
            edits.push(Edit {
                span: start..from,
                text: value.to_owned(),
            });
        }
        Ok(script.filled(&edits))
    }

    fn value<'a>(&'a self, folder: &'a Folder, script: &'a Script, name: &str) -> Option<&'a str> {
        let key = format!("placeholders.{name}");
        let mut given = folder.placeholders.iter();
        let given = given.find(|(key, _)| key.eq_ignore_ascii_case(name));
        let mut own = self.values.iter();
        let value = given.or_else(|| own.find(|(own, _)| own.eq_ignore_ascii_case(&key)));
        value.map(|(_, value)| value.as_str()).or_else(|| match name {
            "flyway:defaultSchema" => Some(self.schema().unwrap_or("public")),
            "flyway:table" => Some(self.table()),
            "flyway:filename" => script.path.file_name(),
            _ => None,
        })
    }

    /// The files of the locations, each with the location that it lies in, relative to the project's folder. The folder
    /// that was given is a location where none of those in the file has to do with it.
    pub(super) fn files(&self, folder: &Folder) -> Result<Vec<(Utf8PathBuf, Utf8PathBuf)>, ReadError> {
        let own = folder.files.iter().map(Utf8PathBuf::from);
        let own: Vec<Utf8PathBuf> = own.chain(folder.below.iter().cloned()).collect();
        let all = || own.iter().map(|file| (folder.path.clone(), folder.path_of(file)));
        let Ok(here) = fs::canonicalize(folder.root.join(&folder.path)) else {
            return Ok(all().collect());
        };
        let locations = self.locations(folder);
        let related = |(_, at): &&(_, PathBuf)| at.starts_with(&here) || here.starts_with(at);
        if folder.single_file || !locations.iter().any(|location| related(&location)) {
            return Ok(all().collect());
        }
        let mut files = Vec::new();
        if locations.iter().any(|(_, at)| here.starts_with(at)) {
            files.extend(all());
        }
        for (location, at) in &locations {
            match at.strip_prefix(&here) {
                _ if here.starts_with(at) => {}
                Ok(within) => {
                    let within = own.iter().filter(|file| file.as_std_path().starts_with(within));
                    let within = within.map(|file| folder.path_of(file));
                    files.extend(within.map(|file| (location.clone(), file)));
                }
                Err(_) => {
                    let other = Folder::list(&folder.root, location, &ReadOptions::default())?;
                    let names = other.files.iter().map(Utf8PathBuf::from);
                    let names = names.chain(other.below.iter().cloned());
                    files.extend(names.map(|file| (location.clone(), other.path_of(file))));
                }
            }
        }
        // A location may lie in another.
        files.sort_by(|a, b| (&a.1, a.0.as_str().len()).cmp(&(&b.1, b.0.as_str().len())));
        files.dedup_by(|b, a| a.1 == b.1);
        Ok(files)
    }

    /// The folders that `locations` names and that are there, relative to the project's folder and as they are.
    fn locations(&self, folder: &Folder) -> Vec<(Utf8PathBuf, PathBuf)> {
        let resources = Utf8Path::new("src/main/resources");
        let mut found = Vec::new();
        for location in self.list("locations") {
            let (scheme, path) = location.split_once(':').unwrap_or(("", location));
            let path = Utf8Path::new(path.trim_start_matches('/'));
            let places = match scheme {
                "filesystem" => vec![Utf8PathBuf::from(&location["filesystem:".len()..])],
                "classpath" => vec![resources.join(path)],
                "" => vec![path.to_owned(), resources.join(path)],
                _ => Vec::new(),
            };
            let places = places.into_iter().map(|place| normal(&self.base.join(place)));
            found.extend(places.filter_map(|place| {
                let at = fs::canonicalize(folder.root.join(&place)).ok()?;
                at.is_dir().then_some((place, at))
            }));
        }
        found
    }
}

/// `[flyway]`, and the schemas of its environment.
fn of_toml(script: &Script) -> Result<BTreeMap<String, String>, ReadError> {
    let table: toml::Table = script.text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| script.position(span.start).line);
        ReadError::Refused {
            path: script.path.clone(),
            line,
            tool: TOOL,
            reason: format!("it is no TOML ({})", error.message()),
        }
    })?;
    let mut values = BTreeMap::new();
    let flyway = table.get("flyway").and_then(Value::as_table);
    for (key, value) in flyway.into_iter().flatten() {
        if let (Some(inner), "placeholders") = (value.as_table(), key.as_str()) {
            values.extend(
                inner
                    .iter()
                    .map(|(name, value)| (format!("placeholders.{name}"), text_of(value))),
            );
        } else {
            values.insert(key.clone(), text_of(value));
        }
    }
    let environment = values.get("environment").map_or("default", String::as_str);
    let schemas = table
        .get("environments")
        .and_then(|environments| environments.get(environment)?.get("schemas"));
    if let Some(schemas) = schemas.map(text_of) {
        values.entry("schemas".to_owned()).or_insert(schemas);
    }
    Ok(values)
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(text_of).collect();
            items.join(",")
        }
        other => other.to_string(),
    }
}

/// `flyway.key = value`, as Java's properties are written.
fn of_properties(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with(['#', '!']));
    lines
        .filter_map(|line| line.split_once('='))
        .filter_map(|(key, value)| {
            let key = key.trim().strip_prefix("flyway.")?;
            Some((key.to_owned(), value.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_say_the_same() {
        let toml = "[flyway]\nenvironment = 'test'\nlocations = [\"filesystem:sql\", \"filesystem:more\"]\nmixed = true\n\
                    [flyway.placeholders]\nWho = \"me\"\n[environments.test]\nschemas = [\"app\", \"log\"]\n";
        let conf = "# comment\nflyway.environment=test\nflyway.locations = filesystem:sql,filesystem:more\n\
                    flyway.mixed=true\nflyway.placeholders.Who=me\nflyway.schemas=app,log\nother.key=x\n";
        let values = of_toml(&Script::new("flyway.toml", toml)).unwrap();
        assert_eq!(values, of_properties(conf));
        let settings = Settings {
            values,
            ..Settings::default()
        };
        assert_eq!(settings.list("locations"), ["filesystem:sql", "filesystem:more"]);
        assert_eq!(settings.schema(), Some("app"));
        assert!(settings.is("mixed", true) && !settings.is("group", true));
    }

    #[test]
    fn what_is_no_toml_is_refused_by_its_line() {
        let error = of_toml(&Script::new("flyway.toml", "[flyway]\ntable = \n")).unwrap_err();
        assert!(
            error.to_string().contains("`flyway.toml:2` as Flyway does"),
            "{error}"
        );
    }
}
