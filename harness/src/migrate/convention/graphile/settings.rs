//! `.gmrc`: the values of placeholders, and the SQL files that are run around the migrations.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::Value;

use super::super::super::folder::{Folder, above, normal};
use super::super::super::sent::Edit;
use super::super::super::{ReadError, Script};
use super::super::json5;
use super::TOOL;

/// What `.gmrc` and the contract say.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `:NAME` and its value; none where it comes from the environment.
    placeholders: BTreeMap<String, Option<String>>,
    /// SQL files that are run before the first migration, relative to the folder of the migrations.
    pub(super) before: Vec<String>,
    /// And after the last.
    pub(super) after: Vec<String>,
}

impl Settings {
    /// Looks for `.gmrc` in the folder of the migrations and the one above.
    pub(super) fn find(folder: &Folder, base: &Utf8Path) -> Result<Self, ReadError> {
        let mut settings = Self::default();
        let path = [base, &above(base)]
            .map(|at| normal(&at.join(".gmrc")))
            .into_iter()
            .find(|path| folder.root.join(path).is_file());
        if let Some(path) = path {
            settings.read(&Script::read(&folder.root, &path)?)?;
        }
        for (name, value) in &folder.placeholders {
            let name = name.trim_start_matches(':');
            settings
                .placeholders
                .insert(format!(":{name}"), Some(value.clone()));
        }
        for own in [":DATABASE_NAME", ":DATABASE_OWNER"] {
            settings.placeholders.entry(own.to_owned()).or_default();
        }
        Ok(settings)
    }

    fn read(&mut self, file: &Script) -> Result<(), ReadError> {
        let value = json5::parse(&file.text).map_err(|error| ReadError::Refused {
            path: file.path.clone(),
            line: u32::try_from(error.line()).ok(),
            tool: TOOL,
            reason: format!("it is no JSON5 ({error})"),
        })?;
        for (name, value) in value
            .get("placeholders")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let value = value.as_str().filter(|value| *value != "!ENV");
            self.placeholders.insert(name.clone(), value.map(str::to_owned));
        }
        let actions = |key| sql_files(&value, key);
        self.before = actions("afterReset");
        self.before.extend(actions("beforeAllMigrations"));
        self.after = actions("afterAllMigrations");
        Ok(())
    }

    /// The script with the placeholders' values. graphile-migrate looks for them anywhere, in strings and comments, too.
    pub(super) fn fill(&self, script: Script) -> Result<Script, ReadError> {
        let mut edits = Vec::new();
        for (at, _) in script.text.match_indices(':') {
            let from = &script.text[at..];
            let found = self.placeholders.iter().find(|(name, _)| {
                from.strip_prefix(name.as_str())
                    .is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
            });
            let Some((name, value)) = found else { continue };
            let value = value.as_ref().ok_or_else(|| ReadError::Placeholder {
                path: script.path.clone(),
                line: script.position(at).line,
                placeholder: name.clone(),
                name: name.trim_start_matches(':').to_owned(),
            })?;
            edits.push(Edit {
                span: at..at + name.len(),
                text: value.clone(),
            });
        }
        Ok(script.filled(&edits))
    }
}

/// The SQL files among the actions of a key; commands are left out.
fn sql_files(value: &Value, key: &str) -> Vec<String> {
    let Some(actions) = value.get(key) else {
        return Vec::new();
    };
    let list = actions
        .as_array()
        .map_or(std::slice::from_ref(actions), Vec::as_slice);
    let file = |action: &Value| match action {
        Value::String(file) => Some(file.trim_start_matches('!').to_owned()),
        // An action may be meant for the shadow database alone.
        action if action.get("shadow") == Some(&Value::Bool(true)) => None,
        action => action.get("file").and_then(Value::as_str).map(str::to_owned),
    };
    list.iter().filter_map(file).collect()
}
