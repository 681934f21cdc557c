//! An entry's operation, images, list of changed columns and time against the change that it is about.

use super::entry::{Entry, Recorded};
use super::happened::{Change, Stored};
use super::matching::image;
use super::problem::{Problem, What};
use super::terms::Terms;
use crate::catalog::Relation;
use crate::contract::Operation;
use crate::prove::image::Image;
use crate::prove::session::short;

/// Everything that is wrong with the entry of a change, its table and key aside.
pub(super) fn problems(terms: &Terms<'_>, table: &Relation, change: &Change, entry: &Entry) -> Vec<Problem> {
    let mut problems = Vec::new();
    let operation = change.operation();
    let mut wrong = |what: What, columns: Vec<String>, expected: String, observed: String| {
        problems.push(Problem {
            what,
            table: Some(table.name.clone()),
            operation: Some(operation),
            columns,
            expected,
            observed,
        });
    };
    match entry.operation() {
        Err(word) => wrong(
            What::Unclear,
            Vec::new(),
            operation.to_string(),
            format!("the operation {word:?}, which names no command"),
        ),
        Ok(Some(said)) if said != operation => {
            wrong(
                What::Wrong("op"),
                Vec::new(),
                operation.to_string(),
                said.to_string(),
            );
        }
        Ok(_) => {}
    }
    let changed = change.changed();
    let telling = terms.telling(table, &changed);
    for (meaning, recorded, stored) in [
        ("old", &entry.old, change.old.as_ref()),
        ("new", &entry.new, change.new.as_ref()),
    ] {
        if !is_kept(terms, meaning) {
            continue;
        }
        // One column may hold whichever image there is.
        let stored = match (shares_column(terms), operation) {
            (true, Operation::Insert) => change.new.as_ref(),
            (true, Operation::Delete) => change.old.as_ref(),
            (true, _) => {
                let fits = |stored: &Option<Stored>| {
                    stored.as_ref().is_some_and(|stored| {
                        misfit(terms, table, recorded, stored, &telling, true).is_none()
                    })
                };
                if fits(&change.old) {
                    continue;
                }
                change.new.as_ref()
            }
            (false, _) => stored,
        };
        match stored {
            None if *recorded == Recorded::Nothing => {}
            None => wrong(
                What::Wrong(meaning_of(meaning)),
                Vec::new(),
                "nothing, since there is no such row".to_owned(),
                text(recorded),
            ),
            Some(stored) => {
                let partly = operation == Operation::Update;
                if let Some((column, expected, observed)) =
                    misfit(terms, table, recorded, stored, &telling, partly)
                {
                    let columns = column.iter().cloned().collect();
                    let of = column.map_or_else(String::new, |column| format!("{column} = "));
                    let what = match recorded {
                        // What is no image at all may be one in a form that is not known here.
                        Recorded::Text(_) => What::Unclear,
                        _ => What::Wrong(meaning_of(meaning)),
                    };
                    wrong(
                        what,
                        columns,
                        format!("{of}{expected}"),
                        format!("{of}{observed}"),
                    );
                }
            }
        }
    }
    if operation == Operation::Update
        && let Some((columns, expected, observed)) = listed(terms, table, &changed, entry)
    {
        wrong(What::Wrong("changed"), columns, expected, observed);
    }
    if entry.timely == Some(false) {
        wrong(
            What::Wrong("at"),
            Vec::new(),
            "the time of the change".to_owned(),
            "another time".to_owned(),
        );
    }
    problems
}

fn meaning_of(meaning: &str) -> &'static str {
    if meaning == "old" { "old" } else { "new" }
}

fn is_kept(terms: &Terms<'_>, meaning: &str) -> bool {
    let columns = &terms.audit.columns;
    if meaning == "old" {
        columns.old.is_some()
    } else {
        columns.new.is_some()
    }
}

fn shares_column(terms: &Terms<'_>) -> bool {
    let columns = &terms.audit.columns;
    columns.old.is_some() && columns.old == columns.new
}

/// The first column in which an image is not the stored row, what it has to be and what it is.
fn misfit(
    terms: &Terms<'_>,
    table: &Relation,
    recorded: &Recorded,
    stored: &Stored,
    telling: &[&str],
    partly: bool,
) -> Option<(Option<String>, String, String)> {
    let value = |value: Option<&Option<String>>| match value {
        Some(Some(value)) => short(value),
        Some(None) => "NULL".to_owned(),
        None => "nothing".to_owned(),
    };
    let Some(image) = image(recorded) else {
        let needed = !partly || telling.iter().any(|column| terms.is_imaged(table, column));
        return (needed || *recorded != Recorded::Nothing).then(|| {
            (
                None,
                format!("the row {}", short(&row_text(&stored.image))),
                text(recorded),
            )
        });
    };
    stored
        .image
        .iter()
        .filter(|(column, _)| terms.is_imaged(table, column))
        .find(|(column, stored)| match image.get(*column) {
            Some(recorded) => recorded != *stored,
            None => telling.contains(&column.as_str()) || !partly && !terms.is_ignored(table, column),
        })
        .map(|(column, stored)| {
            (
                Some(column.clone()),
                value(Some(stored)),
                value(image.get(column)),
            )
        })
}

/// What is wrong with the list of the changed columns.
fn listed(
    terms: &Terms<'_>,
    table: &Relation,
    changed: &[&str],
    entry: &Entry,
) -> Option<(Vec<String>, String, String)> {
    terms.audit.columns.changed.as_ref()?;
    let telling = terms.telling(table, changed);
    let listed = entry.changed().unwrap_or_default();
    let is_redacted = |column: &&&str| terms.is_redacted(table, column);
    let lacking: Vec<&str> = telling
        .iter()
        .filter(|column| !is_redacted(column) && !listed.iter().any(|known| known == **column))
        .copied()
        .collect();
    let beyond: Vec<&String> = listed
        .iter()
        .filter(|column| !changed.contains(&column.as_str()) && !terms.is_redacted(table, column))
        .collect();
    if lacking.is_empty() && beyond.is_empty() {
        return None;
    }
    let columns = lacking.iter().map(|column| (*column).to_owned()).collect();
    Some((columns, telling.join(", "), listed.join(", ")))
}

/// Whether several entries of one row lead from what was to what is, each going on where the one before ended.
pub(super) fn chains(terms: &Terms<'_>, table: &Relation, change: &Change, order: &[&Entry]) -> bool {
    let mut there = change.old.is_some();
    let mut at: Option<&Image> = change.old.as_ref().map(|stored| &stored.image);
    for (number, entry) in order.iter().enumerate() {
        let is_last = number + 1 == order.len();
        let Ok(Some(operation)) = entry.operation() else {
            return false;
        };
        if there == (operation == Operation::Insert)
            || operation == Operation::Truncate
            || entry.timely == Some(false)
        {
            return false;
        }
        if operation != Operation::Insert && !goes_on(terms, table, at, &entry.old, "old") {
            return false;
        }
        there = operation != Operation::Delete;
        at = image(&entry.new);
        if is_last && there {
            let end = change.new.as_ref().map(|stored| &stored.image);
            if !goes_on(terms, table, end, &entry.new, "new") {
                return false;
            }
        }
    }
    there == change.new.is_some()
}

/// Whether an image is that row, as far as it goes.
fn goes_on(
    terms: &Terms<'_>,
    table: &Relation,
    row: Option<&Image>,
    recorded: &Recorded,
    meaning: &str,
) -> bool {
    if !is_kept(terms, meaning) {
        return true;
    }
    match (row, image(recorded)) {
        (Some(row), Some(image)) => image
            .iter()
            .filter(|(column, _)| terms.is_imaged(table, column))
            .all(|(column, value)| row.get(column).is_none_or(|known| known == value)),
        // The one before kept no image to go on from.
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

/// The key's values, for people.
pub(super) fn key_text(key: &[String], change: &Change) -> String {
    let Some(stored) = change.either() else {
        return String::new();
    };
    let values: Vec<String> = key
        .iter()
        .map(|column| {
            let value = stored.image.get(column).cloned().flatten();
            format!("{column} = {}", value.unwrap_or_else(|| "NULL".to_owned()))
        })
        .collect();
    values.join(", ")
}

/// The row, for people: its table and key.
pub(super) fn described(key: &[String], change: &Change) -> String {
    let leaf = change
        .either()
        .map_or_else(|| change.table.to_string(), |stored| stored.leaf.to_string());
    let row = if key.is_empty() {
        change
            .either()
            .map_or_else(String::new, |stored| short(&row_text(&stored.image)))
    } else {
        key_text(key, change)
    };
    format!("{leaf} ({row})")
}

fn row_text(image: &Image) -> String {
    let fields: Vec<String> = image
        .iter()
        .map(|(column, value)| format!("{column} = {}", value.as_deref().unwrap_or("NULL")))
        .collect();
    fields.join(", ")
}

fn text(recorded: &Recorded) -> String {
    match recorded {
        Recorded::Nothing => "nothing".to_owned(),
        Recorded::Row(image) => short(&row_text(image)),
        Recorded::Text(text) => short(text),
    }
}
