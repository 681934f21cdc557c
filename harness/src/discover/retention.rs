//! `[[retention]]`, as far as functions tell it that remove what is older than some time.

use super::change::{call, has_word};
use super::guess::{Guess, Sureness};
use super::owner::relation_name;
use super::period::{of_one_kind, stated};
use super::reading::Reading;
use super::removal::{Fate, Kept};
use super::rules::{self, Rules};
use super::text::{Text, list, string};
use crate::catalog::{Catalog, Column, Function, FunctionKind};
use crate::sql::token;

/// Words in the names of what cleans up.
const WORDS: [&str; 16] = [
    "purge",
    "cleanup",
    "clean_up",
    "retention",
    "expire",
    "prune",
    "delete_old",
    "remove_old",
    "drop_old",
    "sweep",
    "trim",
    "housekeep",
    "upkeep",
    "janitor",
    "tidy",
    "rotate",
];

/// One function that removes what is old.
struct Removal<'c> {
    kept: Vec<Kept<'c>>,
    rules: Option<Rules<'c>>,
    /// The values that it is run with.
    given: Vec<String>,
    /// Where nothing of them may live on.
    refreshed: Vec<String>,
    /// How long rows are kept where a name or a comment says it, with which.
    stated: Option<(String, String)>,
}

/// The sections, and what they stand on.
pub(super) fn retention(catalog: &Catalog, application: Option<&str>) -> (Text, Vec<Guess>) {
    let (mut text, mut guesses) = (Text::default(), Vec::new());
    let runs = |function: &&Function| {
        matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure)
            && function.result.as_deref() != Some("trigger")
            && function.body.is_some()
    };
    for function in catalog.functions.iter().filter(runs) {
        let reading = Reading::of(catalog, function);
        let signature = function.signature();
        let Some(removal) = removal(&reading, function) else {
            let named = has_word(&function.name.to_string(), &WORDS);
            if named && (reading.does_more() || !reading.clauses.is_empty()) {
                text.blank().comment(&format!(
                    "guess: {signature} looks like what removes old rows, but what it removes can't be read from it:\n\
                     [[retention]]\nrun = {}\n[retention.tables.\"public.…\"]\nage = \"created_at\"\nkeep = \"30 days\"",
                    string(&call(function, &[]))
                ));
            }
            continue;
        };
        let why = match (&removal.stated, &removal.rules) {
            (Some((_, source)), _) => format!("{signature} removes what is older, and {source} says how old"),
            (None, Some(rules)) => format!("{signature} removes what rules in {} name", rules.relation.name),
            (None, None) => format!("{signature} removes what is older"),
        };
        write(&mut text, function, &removal, application, &why);
        let what = |kept: &Kept<'_>| match removal.keep(kept) {
            Some(keep) => format!("{}: {keep} by {}", kept.relation.name, kept.age),
            None => format!("{} by {}", kept.relation.name, kept.age),
        };
        let all: Vec<String> = removal.kept.iter().map(what).collect();
        guesses.push(Guess {
            area: "retention".to_owned(),
            object: String::new(),
            what: format!("what is kept ({})", all.join(", ")),
            sureness: Sureness::Likely,
            why,
        });
    }
    (text, guesses)
}

impl Removal<'_> {
    fn keep<'k>(&'k self, kept: &'k Kept<'_>) -> Option<&'k str> {
        let own = (self.rules.is_none()).then_some(kept.period.keep.as_str());
        self.stated.as_ref().map(|(keep, _)| keep.as_str()).or(own)
    }
}

/// What a function removes, and how it is run; `None` where that can't be read from it.
fn removal<'c>(reading: &Reading<'c>, function: &Function) -> Option<Removal<'c>> {
    let rules = rules::rules(reading);
    let mut kept = match &rules {
        Some(rules) if reading.does_more() => {
            let tables = rules::tables(reading, rules);
            tables
                .into_iter()
                .map(|(relation, age)| Kept::by_rule(relation, age))
                .collect()
        }
        Some(_) => reading.kept_by_rules()?,
        None if reading.does_more() => return None,
        None => reading.kept()?,
    };
    let by_variable = kept.iter().any(|kept| kept.period.variable.is_some());
    if kept.is_empty() || by_variable && rules.is_none() {
        return None;
    }
    // What is said in words counts where it is about one table.
    let stated = match kept.as_mut_slice() {
        [only] if rules.is_none() => said(function, only),
        _ => None,
    };
    let given = arguments(reading, &kept, stated.is_some())?;
    let refreshed = reading.refreshed();
    Some(Removal {
        refreshed: refreshed
            .iter()
            .map(|view| format!("{}.{}", view.name.schema, view.name.name))
            .collect(),
        kept,
        rules,
        given,
        stated,
    })
}

/// How long a comment or a name says that rows are kept, where the function says that itself and says something else.
fn said(function: &Function, kept: &Kept<'_>) -> Option<(String, String)> {
    let age = kept
        .relation
        .column(&kept.age)
        .and_then(|column| column.comment.as_deref());
    let signature = function.signature();
    let table = kept.relation.name.to_string();
    let texts = [
        (function.comment.as_deref(), format!("the comment on {signature}")),
        (Some(function.name.name.as_str()), "its name".to_owned()),
        (
            kept.relation.comment.as_deref(),
            format!("the comment on {table}"),
        ),
        (age, format!("the comment on {table}.{}", kept.age)),
    ];
    let (keep, source) = texts
        .into_iter()
        .find_map(|(text, source)| Some((stated(text?)?, source)))?;
    let fixed = kept.period.argument.is_none();
    let default = || {
        let (place, _) = kept.period.argument.as_ref()?;
        super::body::arguments(function).into_iter().nth(*place)?.default
    };
    let comparable = if fixed {
        of_one_kind(&keep, &kept.period.keep)
    } else {
        default().is_some()
    };
    comparable.then_some((keep, source))
}

/// The values to run it with; `None` where nothing tells one that it needs.
fn arguments(reading: &Reading<'_>, kept: &[Kept<'_>], stated: bool) -> Option<Vec<String>> {
    let value = |place: usize| {
        let mut told = kept.iter().filter_map(|kept| match &kept.period.argument {
            Some((at, value)) if *at == place && !stated => Some(value.clone()),
            _ => None,
        });
        let tenant = kept
            .iter()
            .any(|kept| kept.tenant.as_ref().is_some_and(|(_, at)| *at == place));
        told.next().or_else(|| tenant.then(|| "$1".to_owned()))
    };
    let last = (0..reading.arguments.len())
        .rev()
        .find(|place| value(*place).is_some());
    let mut given = Vec::new();
    for (place, argument) in reading.arguments.iter().enumerate() {
        let told = value(place);
        if told.is_none() && argument.default.is_some() && last.is_none_or(|last| place > last) {
            break;
        }
        let name = argument.name.as_deref().unwrap_or_default();
        let whole = ["integer", "bigint", "smallint"].contains(&argument.data_type.as_str());
        let size = whole && has_word(name, &["batch", "limit", "chunk", "size", "most", "max"]);
        let dry = argument.data_type == "boolean" && has_word(name, &["dry", "simulate", "preview"]);
        given.push(match told.or_else(|| argument.default.clone()) {
            Some(value) => value,
            None if size => "100".to_owned(),
            None if dry => "false".to_owned(),
            None => return None,
        });
    }
    Some(given)
}

/// The zone of times without one: what the column's default says, else what a function sets for itself or turns the time into.
fn zone(function: &Function, column: &Column) -> Option<String> {
    let set = function.settings.iter().flatten().find_map(|setting| {
        let (name, value) = setting.split_once('=')?;
        name.eq_ignore_ascii_case("timezone")
            .then(|| value.trim_matches(['"', '\'']).to_owned())
    });
    let turned = |text: &str| {
        let tokens = token::with_operators(text);
        let mut three = tokens.windows(3).filter(|three| {
            three[0].is_word("time") && three[1].is_word("zone") && three[2].kind == token::Kind::String
        });
        three.next().map(|three| three[2].value.clone())
    };
    let default = column.default.as_deref().and_then(turned);
    default
        .or(set)
        .or_else(|| function.body.as_deref().and_then(turned))
}

fn write(text: &mut Text, function: &Function, removal: &Removal<'_>, application: Option<&str>, why: &str) {
    text.section("[[retention]]");
    text.comment(&format!("likely: {why}"));
    text.string("run", &call(function, &removal.given));
    let counts = function
        .result
        .as_deref()
        .is_some_and(|result| ["bigint", "integer"].contains(&result));
    if counts {
        text.string("returns", "count");
    }
    let runner = function
        .grants
        .iter()
        .filter_map(|grant| grant.grantee.as_deref())
        .find(|role| Some(*role) != application);
    if let Some(role) = runner.filter(|_| !function.security_definer) {
        text.comment("likely: it may call it");
        text.string("run_as", role);
    }
    if let Some(role) = application {
        text.comment("likely: it is the role that the application's sessions run as");
        text.string("app_role", role);
    }
    if !removal.refreshed.is_empty() {
        text.comment("likely: the function refreshes them");
        text.list("no_copies_in", &removal.refreshed);
    }
    if let Some(rules) = &removal.rules {
        text.line(&policies(rules));
    }
    for one in &removal.kept {
        write_table(text, function, removal, one);
    }
}

fn policies(rules: &Rules<'_>) -> String {
    let columns = [
        ("table", Some(&rules.table)),
        ("age", rules.age.as_ref()),
        ("keep_days", Some(&rules.keep_days)),
        ("action", rules.action.as_ref()),
        ("enabled", rules.enabled.as_ref()),
    ];
    let columns = columns
        .into_iter()
        .filter_map(|(key, column)| Some(format!("{key} = {}", string(column?))));
    let columns: Vec<String> = columns.collect();
    let actions = rules
        .actions
        .iter()
        .map(|(word, meant)| format!("{} = {}", string(word), string(meant)));
    let actions: Vec<String> = actions.collect();
    let actions = if actions.is_empty() {
        String::new()
    } else {
        format!(", actions = {{ {} }}", actions.join(", "))
    };
    format!(
        "policies = {{ table = {}, columns = {{ {} }}{actions} }}",
        string(&relation_name(&rules.relation.name).to_string()),
        columns.join(", ")
    )
}

fn write_table(text: &mut Text, function: &Function, removal: &Removal<'_>, one: &Kept<'_>) {
    text.section(&format!(
        "[retention.tables.{}]",
        string(&relation_name(&one.relation.name).to_string())
    ));
    text.string("age", &one.age);
    if let Some(keep) = removal.keep(one) {
        text.string("keep", keep);
    }
    let column = one.relation.column(&one.age);
    if let Some(column) = column.filter(|column| column.data_type == "timestamp without time zone")
        && let Some(zone) = zone(function, column)
    {
        text.comment("likely: the column's default or the function says so");
        text.string("zone", &zone);
    }
    if let Some(null_age) = column.filter(|column| !column.not_null).and_then(undated) {
        text.comment("likely: the comment on the column says so");
        text.string("null_age", null_age);
    }
    match &one.fate {
        Fate::Deleted => {}
        Fate::Anonymised(columns) => {
            if removal.rules.is_none() {
                text.string("action", "anonymise");
            }
            text.comment("likely: it clears them, or their names say who somebody is");
            text.list("anonymise", columns);
        }
        Fate::Moved(to) => {
            text.string("action", "archive");
            text.comment("likely: it puts rows there, and has the same columns");
            text.string("archive_to", &relation_name(&to.name).to_string());
        }
    }
    if let [hold] = one.holds.as_slice() {
        text.string("hold", hold);
    } else if !one.holds.is_empty() {
        let holds: Vec<String> = one.holds.iter().map(|hold| format!("({hold})")).collect();
        text.string("hold", &holds.join(" OR "));
    }
    if !one.younger.is_empty() {
        text.line(&format!("keep_while_younger = {}", list(&one.younger)));
    }
    if let Some((tenant, _)) = &one.tenant {
        text.string("tenant", tenant);
    }
}

/// What a column's comment says of rows without that time.
fn undated(column: &Column) -> Option<&'static str> {
    let said = column.comment.as_deref()?.to_lowercase();
    let tells = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let goes = tells(&["may go", "any time", "expire", "removed", "deleted", "purged"]);
    let stays = tells(&["keep", "kept", "stay", "still", "open", "not yet", "never"]);
    match (said.contains("null"), goes, stays) {
        (true, true, false) => Some("expire"),
        (true, false, true) => Some("keep"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
