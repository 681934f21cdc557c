//! Flyway's callbacks: files of SQL that run around the migrations, or around each of them.

use camino::Utf8PathBuf;

use super::super::super::{Callbacks, ReadError, Script};
use super::Reader;

/// The callbacks of `migrate` in the order in which they come.
const EVENTS: [&str; 13] = [
    "beforeConnect",
    "afterConnect",
    "beforeValidate",
    "afterValidate",
    "createSchema",
    "beforeMigrate",
    "beforeEachMigrate",
    "afterEachMigrate",
    "afterVersioned",
    "beforeRepeatables",
    "afterMigrateApplied",
    "afterMigrate",
    "afterMigrateOperationFinish",
];

/// Words that callbacks of other commands, and those after an error, begin with.
const OTHER_EVENTS: [&str; 2] = ["before", "after"];

/// The event that a name means: empty where it is of another command, or comes after an error.
pub(super) fn event(name: &str) -> Option<&'static str> {
    let is_other = |word: &&str| {
        let rest = name.strip_prefix(*word);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    EVENTS
        .into_iter()
        .find(|event| *event == name)
        .or_else(|| OTHER_EVENTS.iter().any(is_other).then_some(""))
}

/// Puts the callbacks of `migrate` around the migrations.
pub(super) fn call_back(
    reader: &mut Reader<'_>,
    mut callbacks: Vec<(&'static str, Utf8PathBuf)>,
) -> Result<(), ReadError> {
    let place = |event: &str| EVENTS.iter().position(|known| *known == event);
    callbacks.sort_by_key(|(event, path)| (place(event), path.clone()));
    let migrations = &reader.contents.migrations;
    let first_repeatable = migrations.iter().position(|m| m.version.starts_with("R__"));
    let last = migrations.len().saturating_sub(1);
    for (event, path) in callbacks {
        if event.is_empty() {
            // Of `clean`, `undo` and the like.
            reader.contents.others.push(path);
            continue;
        }
        let script = reader.script(&path)?;
        let mut put = |at: usize, list: fn(&mut Callbacks) -> &mut Vec<Script>| {
            if let Some(migration) = reader.contents.migrations.get_mut(at) {
                list(&mut migration.callbacks).push(script.clone());
            }
        };
        match event {
            "beforeEachMigrate" => (0..=last).for_each(|at| put(at, |callbacks| &mut callbacks.first)),
            "afterEachMigrate" => (0..=last).for_each(|at| put(at, |callbacks| &mut callbacks.last)),
            "afterVersioned" => match first_repeatable {
                Some(0) => {}
                Some(at) => put(at - 1, |callbacks| &mut callbacks.after),
                None => put(last, |callbacks| &mut callbacks.after),
            },
            "beforeRepeatables" => {
                if let Some(at) = first_repeatable {
                    put(at, |callbacks| &mut callbacks.before);
                }
            }
            "afterMigrateApplied" | "afterMigrate" | "afterMigrateOperationFinish" => {
                put(last, |callbacks| &mut callbacks.after);
            }
            _ => put(0, |callbacks| &mut callbacks.before),
        }
    }
    Ok(())
}
