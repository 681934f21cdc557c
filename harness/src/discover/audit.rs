//! `[[audit]]`, as far as triggers tell it: a function that writes the row before or after a change, and the command, into
//! another table.

use std::collections::{BTreeMap, BTreeSet};

use super::expression::Expr;
use super::guess::{Guess, Sureness};
use super::owner::{self, Source, relation_name};
use super::roles::{self, Access};
use super::text::{Text, list, string};
use super::trigger::{self, Insert, Made, OPERATIONS};
use crate::catalog::{Catalog, Function, Name, Relation};
use crate::contract::{AuditColumns, Operation};
use crate::sql::token;
use crate::sql::token::with_operators;

/// Words in the names of logs.
const LOG_WORDS: [&str; 10] = [
    "audit", "log", "history", "journal", "trail", "change", "version", "revision", "event", "archive",
];

/// Words in the names of columns that say who acted.
const ACTOR_WORDS: [&str; 10] = [
    "actor",
    "user",
    "changed_by",
    "who",
    "person",
    "author",
    "operator",
    "performed_by",
    "modified_by",
    "role",
];

/// Words in the names of columns that say something else of the session.
const ABOUT_THE_SESSION: [&str; 9] = [
    "session",
    "request",
    "service",
    "application",
    "reason",
    "comment",
    "ip",
    "agent",
    "client_addr",
];

/// Words in the names of columns that nobody should read in a log.
const SECRET_WORDS: [&str; 14] = [
    "password",
    "passwd",
    "secret",
    "token",
    "hash",
    "cipher",
    "nonce",
    "salt",
    "api_key",
    "private",
    "credential",
    "ssn",
    "card",
    "account_number",
];

/// One log with what is written to it.
struct Log<'c> {
    relation: &'c Relation,
    functions: BTreeSet<Name>,
    columns: AuditColumns,
    actor: Option<Source>,
    operations: Vec<Operation>,
    /// Those of them that no trigger fires on.
    unfired: Vec<Operation>,
    tables: Vec<&'c Relation>,
    /// Tables that are like those, and have no trigger.
    forgotten: Vec<&'c Relation>,
    redact: Vec<String>,
    ignore: Vec<String>,
    sureness: Sureness,
    why: String,
}

/// The sections, and what they stand on.
pub(super) fn audit(catalog: &Catalog) -> (Text, Vec<Guess>) {
    let mut by_log: BTreeMap<Name, Vec<(&Function, Insert)>> = BTreeMap::new();
    let functions = catalog
        .functions
        .iter()
        .filter(|function| function.result.as_deref() == Some("trigger"));
    for function in functions {
        if trigger::called_by(catalog, function).is_empty() {
            continue;
        }
        for insert in trigger::inserts(catalog, function) {
            if let Some(relation) = owner::relation(catalog, &insert.table) {
                by_log
                    .entry(relation.name.clone())
                    .or_default()
                    .push((function, insert));
            }
        }
    }
    let names: BTreeSet<&Name> = by_log.keys().collect();
    let (mut text, mut guesses) = (Text::default(), Vec::new());
    for (name, inserts) in &by_log {
        let found = catalog
            .relation(&name.schema, &name.name)
            .filter(|relation| relation.kind.is_table())
            .and_then(|relation| log(catalog, relation, inserts, &names));
        if let Some(log) = found {
            guesses.extend(write(catalog, &log, &mut text));
        }
    }
    (text, guesses)
}

fn log<'c>(
    catalog: &'c Catalog,
    relation: &'c Relation,
    inserts: &[(&'c Function, Insert)],
    logs: &BTreeSet<&Name>,
) -> Option<Log<'c>> {
    let mut functions: Vec<&Function> = inserts.iter().map(|(function, _)| *function).collect();
    functions.dedup_by_key(|function| function.signature());
    let mut tables: Vec<&Relation> = Vec::new();
    let mut fires: BTreeMap<&str, usize> = BTreeMap::new();
    for function in &functions {
        for (table, triggers) in trigger::called_by(catalog, function) {
            if !tables.iter().any(|known| known.name == table.name) {
                tables.push(table);
            }
            let operations: BTreeSet<&str> = triggers
                .iter()
                .flat_map(|one| trigger::events(one).0)
                .map(Operation::as_str)
                .collect();
            for operation in operations {
                *fires.entry(operation).or_default() += 1;
            }
        }
    }
    tables.retain(|table| table.name != relation.name);
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    let made = merged(inserts);
    let keys: BTreeSet<&str> = tables
        .iter()
        .filter_map(|table| table.primary_key())
        .flat_map(|key| &key.columns)
        .map(String::as_str)
        .collect();
    let (columns, actor) = columns(catalog, relation, &made, &keys);
    let of_several = columns.table.is_some() || tables.len() == 1;
    let telling =
        columns.op.is_some() && (columns.old.is_some() && columns.new.is_some() || columns.row_id.is_some());
    let named = LOG_WORDS
        .iter()
        .any(|word| relation.name.name.contains(word) || relation.name.schema.contains(word));
    if !telling || !of_several || !named || tables.is_empty() {
        return None;
    }
    let most = fires.values().copied().max()?;
    let of_most = |one: &Operation| fires.get(one.as_str()).is_some_and(|count| count * 2 > most);
    // What the function tells from the rest, though no trigger calls it then.
    let unfired: Vec<Operation> = OPERATIONS
        .into_iter()
        .filter(|one| {
            !fires.contains_key(one.as_str()) && functions.iter().any(|function| tells(function, *one))
        })
        .collect();
    let operations = OPERATIONS
        .iter()
        .filter(|one| of_most(one) || unfired.contains(one));
    let (redact, ignore) = left_out(catalog, &functions, &tables);
    let whole = columns.old.is_some() && columns.new.is_some();
    let by: Vec<String> = functions.iter().map(|function| function.signature()).collect();
    Some(Log {
        forgotten: forgotten(catalog, &functions, &tables, logs),
        operations: operations.copied().collect(),
        unfired,
        why: format!(
            "{}, called by triggers of {}, puts {} into it",
            by.join(" and "),
            roles::tables(tables.len()),
            if whole {
                "the command and the row before and after"
            } else {
                "the command and the row's key"
            }
        ),
        sureness: if whole { Sureness::Sure } else { Sureness::Likely },
        relation,
        functions: functions.iter().map(|function| function.name.clone()).collect(),
        columns,
        actor,
        tables,
        redact,
        ignore,
    })
}

/// Whether a function compares the command with that one.
fn tells(function: &Function, operation: Operation) -> bool {
    let tokens = with_operators(function.body.as_deref().unwrap_or_default());
    tokens.windows(3).any(|three| {
        three[0].is_word("tg_op")
            && ["=", "<>", "!="].iter().any(|operator| three[1].is(operator))
            && three[2].kind == token::Kind::String
            && three[2].value.eq_ignore_ascii_case(operation.as_str())
    })
}

/// What is put into each column, whichever of the statements does.
fn merged(inserts: &[(&Function, Insert)]) -> BTreeMap<String, Vec<Made>> {
    let mut all: BTreeMap<String, Vec<Made>> = BTreeMap::new();
    for (column, made) in inserts.iter().flat_map(|(_, insert)| &insert.columns) {
        let known = all.entry(column.clone()).or_default();
        if !known.contains(made) {
            known.push(made.clone());
        }
    }
    all
}

/// Which column of the log holds what, and which value of the session names who acted.
fn columns(
    catalog: &Catalog,
    log: &Relation,
    made: &BTreeMap<String, Vec<Made>>,
    keys: &BTreeSet<&str>,
) -> (AuditColumns, Option<Source>) {
    let mut found = AuditColumns::default();
    let mut actors: Vec<(String, Source)> = Vec::new();
    let mut ids: Vec<(usize, String)> = Vec::new();
    for column in &log.columns {
        let name = &column.name;
        let values = made.get(name).cloned().unwrap_or_default();
        let any = |is: &dyn Fn(&Made) -> bool| values.iter().any(is);
        let is_word = |made: &Made| made.constant.as_deref().is_some_and(is_operation);
        let changed = name.contains("chang") || name.contains("diff");
        let image = |made: &Made| made.old || made.new;
        let slot = if any(&|made| made.operation) || !values.is_empty() && values.iter().all(is_word) {
            &mut found.op
        } else if any(&|made| made.table) {
            &mut found.table
        } else if any(&|made| made.schema) {
            &mut found.schema
        } else if changed && is_list(&column.data_type) && !any(&|made| made.old != made.new) {
            &mut found.changed
        } else if any(&image) {
            let (old, new) = (any(&|made| made.old), any(&|made| made.new));
            match (old, new) {
                (true, false) => &mut found.old,
                (false, true) => &mut found.new,
                _ => continue,
            }
        } else {
            let default = column
                .default
                .as_deref()
                .filter(|_| values.is_empty())
                .and_then(Expr::parse);
            let mut sources: BTreeSet<Source> = values.iter().flat_map(|made| made.sources.clone()).collect();
            sources.extend(
                default
                    .as_ref()
                    .and_then(|default| owner::context(catalog, default)),
            );
            // A time that the function does not give is meant to be that of the entry, whatever its default is.
            let is_clock = any(&|made| made.clock) || default.is_some();
            if let Some(source) = sources.pop_first() {
                actors.push((name.clone(), source));
            } else if is_clock && column.data_type.starts_with("timestamp") {
                if found.at.is_none() {
                    found.at = Some(name.clone());
                }
            } else if any(&|made| !made.fields.is_empty()) && !names_actor(name) {
                let by_key = any(&|made| made.fields.iter().any(|field| keys.contains(field.as_str())));
                let by_name = ["id", "key", "pk", "record"]
                    .iter()
                    .any(|word| name.contains(word));
                ids.push((usize::from(!by_key) * 2 + usize::from(!by_name), name.clone()));
            }
            continue;
        };
        if slot.is_none() {
            *slot = Some(name.clone());
        }
    }
    ids.sort();
    found.row_id = ids.into_iter().next().map(|(_, name)| name);
    actors.retain(|(name, source)| {
        !ABOUT_THE_SESSION.iter().any(|word| name.contains(word)) && tells_who(source)
    });
    let named = actors.iter().position(|(name, _)| names_actor(name));
    let actor = match named {
        Some(at) => Some(actors.swap_remove(at)),
        None if actors.len() == 1 => actors.pop(),
        None => None,
    };
    found.actor = actor.as_ref().map(|(name, _)| name.clone());
    (found, actor.map(|(_, source)| source))
}

fn is_operation(constant: &str) -> bool {
    OPERATIONS.iter().any(|one| {
        one.as_str().eq_ignore_ascii_case(constant)
            || constant.len() == 1 && one.as_str().starts_with(&constant.to_uppercase())
    })
}

/// Whether a value of the session says who it is.
fn tells_who(source: &Source) -> bool {
    source
        .setting
        .as_deref()
        .is_none_or(|setting| setting.contains('.'))
}

fn is_list(data_type: &str) -> bool {
    data_type.ends_with("[]")
        || ["jsonb", "json", "text", "hstore"]
            .iter()
            .any(|name| data_type.ends_with(name))
}

fn names_actor(column: &str) -> bool {
    ACTOR_WORDS.iter().any(|word| column.contains(word)) || column.ends_with("_by") || column == "by"
}

/// What the functions name to leave out: secrets, and columns whose change alone is none.
fn left_out(catalog: &Catalog, functions: &[&Function], tables: &[&Relation]) -> (Vec<String>, Vec<String>) {
    let mut texts: Vec<&str> = functions
        .iter()
        .filter_map(|function| function.body.as_deref())
        .collect();
    let helpers = catalog.functions.iter().filter(|helper| {
        let called = |function: &&Function| {
            function
                .body
                .as_deref()
                .is_some_and(|body| body.contains(&format!("{}(", helper.name.name)))
        };
        functions.iter().any(called)
    });
    texts.extend(helpers.filter_map(|helper| helper.body.as_deref()));
    let names: BTreeSet<&str> = functions
        .iter()
        .map(|function| function.name.name.as_str())
        .collect();
    let triggers = tables
        .iter()
        .flat_map(|table| &table.triggers)
        .filter(|trigger| names.contains(trigger.function.name.as_str()));
    let arguments: Vec<&str> = triggers.map(|trigger| trigger.definition.as_str()).collect();
    let from_here = texts.len();
    texts.extend(arguments);
    let mut words: BTreeSet<String> = BTreeSet::new();
    let mut compared: BTreeSet<String> = BTreeSet::new();
    for (number, text) in texts.into_iter().enumerate() {
        let tokens = with_operators(text);
        for (at, token) in tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.kind == token::Kind::String)
        {
            let parts = token.value.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let parts: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_owned).collect();
            // What a trigger is given by name, or what is taken out of a row by name.
            if number >= from_here || at > 0 && tokens[at - 1].is("-") {
                compared.extend(parts.iter().cloned());
            }
            words.extend(parts);
        }
    }
    let is_column = |word: &&String| tables.iter().any(|table| table.column(word).is_some());
    let has = |word: &str, words: &[&str]| words.iter().any(|part| word.contains(part));
    let redact = words
        .iter()
        .filter(is_column)
        .filter(|word| has(word, &SECRET_WORDS));
    let is_key = |word: &str| {
        tables
            .iter()
            .filter_map(|table| table.primary_key())
            .any(|key| key.columns.iter().any(|column| column == word))
    };
    let ignore = compared
        .iter()
        .filter(is_column)
        .filter(|word| !has(word, &SECRET_WORDS) && !is_key(word));
    (redact.cloned().collect(), ignore.cloned().collect())
}

/// Tables that sessions write like the others, where all but a few of these have the trigger.
fn forgotten<'c>(
    catalog: &'c Catalog,
    functions: &[&Function],
    tables: &[&Relation],
    logs: &BTreeSet<&Name>,
) -> Vec<&'c Relation> {
    let Some(role) = writer(catalog, tables) else {
        return Vec::new();
    };
    let access = Access::of(catalog, &role);
    let schemas: BTreeSet<&str> = tables.iter().map(|table| table.name.schema.as_str()).collect();
    let written = |relation: &&Relation| {
        let commands = access.commands(catalog, relation);
        ["UPDATE", "DELETE"]
            .iter()
            .any(|command| commands.contains(command))
    };
    let missing: Vec<&Relation> = catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() && !relation.is_partition())
        .filter(|relation| schemas.contains(relation.name.schema.as_str()) && !logs.contains(&relation.name))
        .filter(|relation| !tables.iter().any(|table| table.name == relation.name))
        .filter(written)
        .filter(|relation| relation.primary_key().is_some())
        .collect();
    // An event trigger that puts the trigger on each new table is meant for all.
    let attaches = |function: &&Function| {
        let body = function.body.as_deref().unwrap_or_default().to_lowercase();
        function.result.as_deref() == Some("event_trigger")
            && body.contains("create trigger")
            && functions
                .iter()
                .any(|called| body.contains(&format!("{}(", called.name.name)))
    };
    let by_event = catalog.functions.iter().any(|function| attaches(&function));
    if by_event || tables.len() >= 3 && missing.len() * 4 <= tables.len() {
        missing
    } else {
        Vec::new()
    }
}

/// The role that writes most of the tables, and works for the application.
fn writer(catalog: &Catalog, tables: &[&Relation]) -> Option<String> {
    let writes = |role: &str| {
        let access = Access::of(catalog, role);
        let written = |table: &&&Relation| {
            let commands = access.commands(catalog, table);
            !access.owns(table)
                && ["INSERT", "UPDATE", "DELETE"]
                    .iter()
                    .any(|command| commands.contains(command))
        };
        tables.iter().filter(written).count()
    };
    let mut roles: Vec<(usize, bool, String)> = catalog
        .roles
        .iter()
        .filter(|role| !role.superuser && !roles::is_nobody(&role.name))
        .map(|role| {
            (
                writes(&role.name),
                !roles::works_behind(&role.name),
                role.name.clone(),
            )
        })
        .filter(|(count, ..)| *count > 0)
        .collect();
    roles.sort_by(|one, other| {
        (other.1, other.0)
            .cmp(&(one.1, one.0))
            .then_with(|| one.2.cmp(&other.2))
    });
    roles.into_iter().next().map(|(.., role)| role)
}

fn write(catalog: &Catalog, log: &Log<'_>, text: &mut Text) -> Vec<Guess> {
    let object = log.relation.name.to_string();
    let guess = |object: &str, what: String, sureness: Sureness, why: String| Guess {
        area: "audit".to_owned(),
        object: object.to_owned(),
        what,
        sureness,
        why,
    };
    let mut guesses = vec![guess(
        "",
        format!("{object} is a log"),
        log.sureness,
        log.why.clone(),
    )];
    text.section("[[audit]]");
    let mut tables: Vec<String> = log
        .tables
        .iter()
        .map(|table| format!("{}.{}", table.name.schema, table.name.name))
        .collect();
    for table in &log.forgotten {
        let why = format!(
            "{} of its schema have the trigger, and it has not",
            roles::tables(log.tables.len())
        );
        text.comment(&format!("- {} (likely: {why})", table.name));
        guesses.push(guess(
            &table.name.to_string(),
            format!("changes logged in {object}"),
            Sureness::Likely,
            why,
        ));
        tables.push(format!("{}.{}", table.name.schema, table.name.name));
    }
    text.list("tables", &tables);
    text.comment(&format!("{}: {}", log.sureness, log.why));
    text.string("log", &relation_name(&log.relation.name).to_string());
    let columns = &log.columns;
    let columns: Vec<String> = [
        ("schema", &columns.schema),
        ("table", &columns.table),
        ("op", &columns.op),
        ("row_id", &columns.row_id),
        ("old", &columns.old),
        ("new", &columns.new),
        ("changed", &columns.changed),
        ("actor", &columns.actor),
        ("at", &columns.at),
    ]
    .into_iter()
    .filter_map(|(key, column)| Some(format!("{key} = {}", string(column.as_deref()?))))
    .collect();
    text.comment(&format!("{}: by what is put into each", log.sureness));
    text.line(&format!("columns = {{ {} }}", columns.join(", ")));
    let operations: Vec<&str> = log
        .operations
        .iter()
        .map(|operation| operation.as_str())
        .collect();
    text.comment("sure: what most of the triggers fire on");
    text.list("operations", &operations);
    if let Some(actor) = &log.actor {
        text.comment("sure: what is put into its column");
        text.line(&format!("actor = {}", actor_text(actor)));
        guesses.push(guess(
            "",
            format!("who acts is told by {actor}"),
            Sureness::Sure,
            "its column is given that".to_owned(),
        ));
    }
    for (key, names, why) in [
        (
            "redact",
            &log.redact,
            "the trigger's function names them, and their names are those of secrets",
        ),
        (
            "ignore",
            &log.ignore,
            "the triggers or their function name them to leave them out",
        ),
    ] {
        if !names.is_empty() {
            text.comment(&format!("likely: {why}"));
            text.list(key, names);
            guesses.push(guess(
                "",
                format!("{key} {}", list(names)),
                Sureness::Sure,
                why.to_owned(),
            ));
        }
    }
    if let Some(role) = writer(catalog, &log.tables) {
        text.comment("likely: it writes the tables");
        text.string("app_role", &role);
        guesses.push(guess(
            "",
            format!("the application's role {role}"),
            Sureness::Sure,
            "it writes the tables".to_owned(),
        ));
    }
    for table in &log.tables {
        let triggers = table
            .triggers
            .iter()
            .filter(|trigger| log.functions.contains(&trigger.function));
        if triggers
            .into_iter()
            .all(|trigger| trigger::events(trigger).1.is_empty())
        {
            continue;
        }
        guesses.push(guess(
            &table.name.to_string(),
            "columns that its trigger does not name are left out, or forgotten".to_owned(),
            Sureness::Guess,
            "its trigger is FOR UPDATE OF some".to_owned(),
        ));
    }
    for operation in &log.unfired {
        let what = "to be logged, too,".to_owned();
        let why = "the function tells it from the rest, though no trigger fires on it".to_owned();
        guesses.push(guess(operation.as_str(), what, Sureness::Likely, why));
    }
    guesses
}

fn actor_text(actor: &Source) -> String {
    match &actor.setting {
        None => "{ role = true }".to_owned(),
        Some(setting) if actor.path.is_empty() => format!("{{ setting = {} }}", string(setting)),
        Some(setting) => {
            let mut document = serde_json::Map::new();
            super::tenancy::put(&mut document, &actor.path);
            let claims = serde_json::Value::Object(document).to_string();
            format!(
                "{{ setting = {}, claims = {} }}",
                string(setting),
                string(&claims)
            )
        }
    }
}
