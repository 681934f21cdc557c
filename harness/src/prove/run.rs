//! The statements that the contract runs to remove or erase: which function they call, running them as a role, and what
//! came back.

use std::time::{Duration, Instant};

use super::actor::Actor;
use super::mention::Mentions;
use super::session::{Refusal, Session};
use crate::catalog::{Catalog, Function};
use crate::database::Database;
use crate::error::Error;
use crate::sql::{identifier, literal};

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Ran {
    /// What it returned, cell by cell.
    pub(super) rows: Vec<Vec<Option<String>>>,
    pub(super) refused: Option<Refusal>,
    pub(super) took: Duration,
}

impl Ran {
    /// The number that it returned: of several the sum, be they in columns, rows, a record or JSON. None: no number.
    pub(super) fn count(&self) -> Option<i64> {
        let numbers: Vec<i64> = self
            .rows
            .iter()
            .flatten()
            .flatten()
            .filter_map(|cell| number(cell))
            .collect();
        (!numbers.is_empty()).then(|| numbers.iter().sum())
    }
}

/// The number in a cell.
fn number(cell: &str) -> Option<i64> {
    if let Ok(number) = cell.parse() {
        return Some(number);
    }
    if let Some(record) = cell.strip_prefix('(').and_then(|cell| cell.strip_suffix(')')) {
        let numbers: Vec<i64> = record.split(',').filter_map(|part| part.parse().ok()).collect();
        return (!numbers.is_empty()).then(|| numbers.iter().sum());
    }
    let document = serde_json::from_str::<serde_json::Value>(cell).ok()?;
    let mut numbers = Vec::new();
    in_json(&document, &mut numbers);
    (!numbers.is_empty()).then(|| numbers.iter().sum())
}

fn in_json(document: &serde_json::Value, numbers: &mut Vec<i64>) {
    match document {
        serde_json::Value::Number(number) => numbers.extend(number.as_i64()),
        serde_json::Value::Array(parts) => parts.iter().for_each(|part| in_json(part, numbers)),
        serde_json::Value::Object(parts) => parts.values().for_each(|part| in_json(part, numbers)),
        _ => {}
    }
}

/// Runs it inside a superuser's transaction as the actor, or as the superuser, with what `before` sets; what is deferred
/// acts at once. Refused, it leaves nothing; else it stays done until `ROLLBACK TO SAVEPOINT run`.
pub(super) async fn within(
    session: &Session,
    actor: Option<&Actor>,
    before: &str,
    statement: &str,
) -> Result<Ran, Error> {
    let mut enter = actor.map_or_else(String::new, Actor::enter);
    if !before.is_empty() {
        enter.push_str(";\n");
        enter.push_str(before);
    }
    let entered = session.send(&format!("SAVEPOINT run; {enter}")).await?;
    if let Some(refused) = entered.refused {
        session.run("ROLLBACK TO SAVEPOINT run").await?;
        return Ok(Ran {
            refused: Some(refused),
            ..Ran::default()
        });
    }
    let mut ran = outside(session, statement).await?;
    if ran.refused.is_none() {
        let deferred = session.send("SET CONSTRAINTS ALL IMMEDIATE").await?;
        ran.refused = deferred.refused;
    }
    if ran.refused.is_some() {
        session.run("ROLLBACK TO SAVEPOINT run").await?;
    } else {
        session.run("RESET SESSION AUTHORIZATION").await?;
    }
    Ok(ran)
}

/// Runs it as the session is, in no transaction of ours.
pub(super) async fn outside(session: &Session, statement: &str) -> Result<Ran, Error> {
    let begun = Instant::now();
    let answer = session.ask(statement).await?;
    let took = begun.elapsed();
    Ok(match answer {
        Ok(rows) => Ran {
            rows,
            refused: None,
            took,
        },
        Err(refused) => Ran {
            rows: Vec::new(),
            refused: Some(refused),
            took,
        },
    })
}

/// Runs it with transactions of its own, over a connection logged in as the actor, or as the superuser.
pub(super) async fn apart(
    database: &Database,
    superuser: &Session,
    actor: Option<&Actor>,
    zone: &str,
    statement: &str,
) -> Result<Ran, Error> {
    let login = actor.map_or_else(
        || database.template().server().user(),
        |actor| actor.login.as_str(),
    );
    let Some(session) = Session::login_once(database, superuser, login).await? else {
        return Ok(Ran {
            refused: Some(Refusal {
                sqlstate: "28000".to_owned(),
                message: format!("nobody can log in as {login}"),
            }),
            ..Ran::default()
        });
    };
    if let Some(refused) = session.send(&begin(actor, zone)).await?.refused {
        return Ok(Ran {
            refused: Some(refused),
            ..Ran::default()
        });
    }
    outside(&session, statement).await
}

/// What a session that has logged in as the actor sends first, outside any transaction.
pub(super) fn begin(actor: Option<&Actor>, zone: &str) -> String {
    let mut statements = vec![
        "SET statement_timeout = '20s'".to_owned(),
        format!("SET TimeZone = {}", literal(zone)),
    ];
    let roles = actor.into_iter().flat_map(|actor| &actor.becomes);
    statements.extend(roles.map(|role| format!("SET ROLE {}", identifier(role))));
    statements.join("; ")
}

/// The roles that a role can become by `SET ROLE`, itself left out.
pub(super) fn becomes(catalog: &Catalog, role: &str) -> Vec<String> {
    let mut reached = vec![role.to_owned()];
    let mut at = 0;
    while let Some(member) = reached.get(at).cloned() {
        for membership in &catalog.memberships {
            if membership.member == member
                && membership.set != Some(false)
                && !reached.contains(&membership.role)
            {
                reached.push(membership.role.clone());
            }
        }
        at += 1;
    }
    reached.split_off(1)
}

/// The functions that call this one, be it by way of others.
pub(super) fn callers<'a>(catalog: &'a Catalog, function: &Function) -> Vec<&'a Function> {
    let mut found: Vec<&Function> = Vec::new();
    let mut open = vec![function];
    while let Some(called) = open.pop() {
        for caller in &catalog.functions {
            let calls = || {
                let body = caller.body.as_deref().unwrap_or_default();
                Mentions::of(body).name(&called.name)
            };
            let known = std::iter::once(function)
                .chain(found.iter().copied())
                .any(|known| known.signature() == caller.signature());
            if !known && calls() {
                found.push(caller);
                open.push(caller);
            }
        }
    }
    found.sort_by_key(|caller| caller.signature());
    found
}

/// Whether one of them is granted to call it.
pub(super) async fn may_call<'a>(
    session: &Session,
    function: &Function,
    actors: impl IntoIterator<Item = &'a Actor>,
) -> Result<bool, Error> {
    for actor in actors {
        let role = literal(actor.effective());
        let query = format!(
            "SELECT pg_catalog.has_function_privilege({role}, {}::oid, 'EXECUTE') \
             AND pg_catalog.has_schema_privilege({role}, {}, 'USAGE')",
            function.oid.0,
            literal(&function.name.schema),
        );
        if session
            .rows(&query)
            .await?
            .into_iter()
            .flatten()
            .flatten()
            .any(|answer| answer == "t")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The statement with every number in it, outside strings, replaced: `purge(30)` becomes `purge(0)`.
pub(super) fn with_numbers(statement: &str, number: &str) -> String {
    let mut out = String::new();
    let (mut quoted, mut in_number, mut before) = (false, false, ' ');
    for character in statement.chars() {
        let starts =
            character.is_ascii_digit() && !before.is_alphanumeric() && before != '_' && before != '$';
        if character == '\'' {
            quoted = !quoted;
        }
        if !quoted && (starts || in_number && (character.is_ascii_digit() || character == '.')) {
            if !in_number {
                out.push_str(number);
            }
            in_number = true;
        } else {
            in_number = false;
            out.push(character);
        }
        before = character;
    }
    out
}

/// The function that the statement calls: what has to be mended where it does wrong. None: it calls none of the project's.
pub(super) fn function<'a>(catalog: &'a Catalog, statement: &str) -> Option<&'a Function> {
    let mentions = Mentions::of(statement);
    let called: Vec<&Function> = catalog
        .functions
        .iter()
        .filter(|function| mentions.name(&function.name))
        .collect();
    let given = arguments(statement);
    called
        .iter()
        .find(|function| function.input_types.len() == given)
        .or(called.first())
        .copied()
}

/// How many arguments stand between the first pair of parentheses.
fn arguments(statement: &str) -> usize {
    let Some(open) = statement.find('(') else {
        return 0;
    };
    let (mut depth, mut quoted, mut commas, mut any) = (0_usize, false, 0, false);
    for character in statement[open + 1..].chars() {
        any |= !character.is_whitespace() && (character != ')' || depth > 0);
        match character {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    if any { commas + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_between_the_outer_parentheses() {
        assert_eq!(arguments("SELECT retention.run()"), 0);
        assert_eq!(arguments("SELECT retention.purge(30)"), 1);
        assert_eq!(
            arguments("SELECT purge('a,b', make_interval(0, 1), ARRAY[1, 2])"),
            3
        );
        assert_eq!(arguments("DELETE FROM t"), 0);
    }

    #[test]
    fn numbers_are_replaced_where_they_are_values() {
        assert_eq!(
            with_numbers("SELECT purge2(30, '7', t1.x)", "0"),
            "SELECT purge2(0, '7', t1.x)"
        );
        assert_eq!(with_numbers("SELECT f($1, 1.5)", "0"), "SELECT f($1, 0)");
    }

    #[test]
    fn numbers_that_came_back_are_added_up_in_whatever_form() {
        let ran = |cells: &[&str]| Ran {
            rows: cells.iter().map(|cell| vec![Some((*cell).to_owned())]).collect(),
            ..Ran::default()
        };
        assert_eq!(ran(&["3"]).count(), Some(3));
        assert_eq!(ran(&["(events,2)", "(calls,1)"]).count(), Some(3));
        assert_eq!(ran(&[r#"{"events": 2, "calls": [1]}"#]).count(), Some(3));
        assert_eq!(ran(&["", "gone"]).count(), None);
    }
}
