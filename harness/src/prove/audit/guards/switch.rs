//! Settings that switch the log off.

use std::collections::BTreeSet;

use super::plain::{self, Plain, is_missing};
use super::{BYPASS, Guard, Shown};
use crate::catalog::Function;
use crate::claim::{Claim, Severity};
use crate::contract;
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::writers;
use crate::prove::mention::Mentions;
use crate::sql::{literal, qualified};

pub(super) const GUARD: Guard = Guard {
    name: "switches",
    rule: BYPASS,
    about: "Every setting that the trigger functions, and what these call, read by `current_setting`, application_name too, is \
            set to each word that they compare with and to the usual yes and no; the session is in other time zones; \
            functions that set something are called before. Each change must leave its entry all the same.",
    bad: include_str!("switch.bad.sql"),
    good: include_str!("switch.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// What switches are set to.
const WORDS: &[&str] = &["on", "off", "true", "false", "1", "0", "yes", "no", "t", "skip"];
/// What a function may decide by that is the same in every try.
const UNVARIED: &[&str] = &[
    "current_query",
    "inet_client_addr",
    "inet_client_port",
    "pg_stat_activity",
    "random",
    "to_regclass",
];
/// So many words of the functions are tried.
const MOST: usize = 24;
/// Zones from fourteen hours ahead to twelve behind: in one of them it is whatever hour one looks for.
fn zones() -> impl Iterator<Item = String> {
    (-14..=12).map(|behind| format!("Etc/GMT{behind:+}"))
}

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::new();
    let plain = bench.plain().await?;
    let mut course = Course::begin(bench).await?;
    for &table in &bench.terms.tables {
        let changes: Vec<&Plain<'_>> = plain
            .iter()
            .filter(|plain| plain.table.name == table.name)
            .collect();
        let object = table.name.to_string();
        if changes.is_empty() {
            claims.push(GUARD.blind(&object, Severity::Info, "no change of it leaves an entry"));
            continue;
        }
        let functions = writers::functions(bench, &table.name, None);
        let family = bench.terms.family(table);
        let triggers = family.iter().flat_map(|relation| &relation.triggers);
        let definitions = triggers.map(|trigger| trigger.definition.as_str());
        let sets = switches(bench, &functions, definitions).into_iter();
        let mut befores: Vec<(String, Option<String>)> = sets.map(|set| (set, None)).collect();
        befores.extend(callable(bench));
        let mut found = Vec::new();
        // An INSERT stands for all, unless the operations have functions of their own.
        'tried: for plain in &changes {
            for (before, calls) in &befores {
                let done = plain::again(&mut course, plain, &[], &plain.who, before).await?;
                if done.done().is_none_or(|done| !is_missing(&done)) {
                    continue;
                }
                let writer = functions.first().map(|function| function.signature());
                let mut objects: Vec<String> = calls.iter().cloned().chain(writer).collect();
                objects.push(object.clone());
                let message = format!("after {before} a change of {object} leaves no entry");
                let shown = Shown {
                    who: &plain.who,
                    prepared: &course.prepared,
                    sql: &format!("{before}; {}", plain.sql),
                    expected: "an entry",
                    observed: "none",
                };
                found = GUARD.found(&objects, &message, &shown);
                break 'tried;
            }
        }
        let unvaried = unvaried(&functions);
        if found.is_empty() && !unvaried.is_empty() {
            let why = format!(
                "its functions look at {}, which is not varied",
                unvaried.join(", ")
            );
            found.push(GUARD.blind(&object, Severity::Info, why));
        } else if found.is_empty() {
            let message = format!(
                "{} ways to set something before, and each change leaves its entry",
                befores.len()
            );
            found.push(GUARD.held(&object, message));
        }
        claims.extend(found);
    }
    course.end().await?;
    Ok(claims)
}

/// What the functions look at that no setting changes.
fn unvaried(functions: &[&Function]) -> Vec<&'static str> {
    let bodies = functions.iter().filter_map(|function| function.body.as_deref());
    let mentions: Vec<Mentions> = bodies.map(Mentions::of).collect();
    let words = UNVARIED.iter().copied();
    words
        .filter(|word| mentions.iter().any(|mentions| mentions.any(&[word])))
        .collect()
}

/// Statements that set what the functions look at.
fn switches<'t>(
    bench: &Bench<'_>,
    functions: &[&'t Function],
    definitions: impl Iterator<Item = &'t str>,
) -> Vec<String> {
    let texts: Vec<&str> = functions
        .iter()
        .filter_map(|function| function.body.as_deref())
        .chain(definitions)
        .collect();
    let quoted: BTreeSet<&str> = texts
        .iter()
        .flat_map(|text| text.split('\'').skip(1).step_by(2))
        .collect();
    let actor = match &bench.terms.audit.actor {
        Some(contract::Actor::Setting { setting, .. }) => Some(setting.as_str()),
        _ => None,
    };
    let mut settings: BTreeSet<&str> = quoted
        .iter()
        .copied()
        .filter(|word| is_setting(word) && Some(*word) != actor)
        .collect();
    if texts.iter().any(|text| text.contains("application_name")) {
        settings.insert("application_name");
    }
    let words: Vec<&str> = quoted
        .iter()
        .copied()
        .filter(|word| !word.is_empty() && word.len() < 40 && !is_setting(word))
        .take(MOST)
        .chain(WORDS.iter().copied())
        .collect();
    let mut all: Vec<String> = settings
        .iter()
        .flat_map(|setting| words.iter().map(|word| set(setting, word)))
        .collect();
    // Somebody whom the functions know by name.
    let named = quoted.iter().filter(|word| !word.is_empty() && !is_setting(word));
    all.extend(
        actor
            .into_iter()
            .flat_map(|actor| named.clone().take(MOST).map(|word| set(actor, word))),
    );
    let by_time = texts.iter().any(|text| {
        Mentions::of(text).any(&[
            "now",
            "current_time",
            "localtime",
            "current_timestamp",
            "localtimestamp",
            "clock_timestamp",
            "extract",
            "date_part",
        ])
    });
    if by_time {
        all.extend(zones().map(|zone| format!("SET LOCAL TimeZone = {}", literal(&zone))));
    }
    all
}

fn set(setting: &str, word: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config({}, {}, true)",
        literal(setting),
        literal(word)
    )
}

/// `app.skip`: a setting that is not PostgreSQL's own has a point in its name.
fn is_setting(word: &str) -> bool {
    word.split_once('.').is_some_and(|(class, name)| {
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        };
        plain(class) && plain(name) && !class.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Calls of functions that set something, by name or otherwise, with what is called.
fn callable(bench: &Bench<'_>) -> Vec<(String, Option<String>)> {
    let functions = bench.terms.catalog.functions.iter().filter(|function| {
        let sets_itself = function.settings.iter().flatten();
        let replica = sets_itself
            .into_iter()
            .any(|setting| setting.starts_with("session_replication_role"));
        let body = function
            .body
            .as_deref()
            .map(str::to_lowercase)
            .unwrap_or_default();
        function.result.as_deref() != Some("trigger")
            && !replica
            && ["session_replication_role", "set_config", "disable trigger"]
                .iter()
                .any(|word| body.contains(word))
    });
    functions
        .flat_map(|function| {
            let name = qualified(&function.name.schema, &function.name.name);
            let verb = if function.result.is_none() {
                "CALL"
            } else {
                "SELECT"
            };
            let choices: [&str; 2] = ["true", "false"];
            choices.map(|choice| {
                let arguments: Vec<String> = function
                    .input_types
                    .iter()
                    .map(|data_type| match data_type.as_str() {
                        "boolean" => choice.to_owned(),
                        "text" | "character varying" => literal("on"),
                        other => format!("NULL::{other}"),
                    })
                    .collect();
                (
                    format!("{verb} {name}({})", arguments.join(", ")),
                    Some(function.signature()),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, "audit.record()", "").await;
    }
}
