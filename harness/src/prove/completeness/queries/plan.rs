//! What a plan shows and EXPLAIN does not look at: privileges on sequences, which are asked for only when a value is
//! drawn, and materialised views that hold nothing yet.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::attempt::{Failure, execute};

/// What was read out of a plan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Schema and name.
    relations: Vec<(String, String)>,
    calls: Vec<Call>,
    /// The tables of commands whose expressions EXPLAIN does not show in full.
    hidden: Vec<(String, String)>,
    /// Whether the statement speaks of sequences where EXPLAIN shows nothing.
    speaks_of_sequences: bool,
}

/// A call of a function that looks at privileges on a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    function: &'static str,
    /// The sequence as it is written there; `None` where the statement works it out.
    sequence: Option<String>,
}

/// What the statement would be refused for when it runs.
pub(super) enum Lack {
    /// It is sure to be.
    Refused { message: String, sqlstate: &'static str },
    /// It can't be told, and why.
    Unknown(String),
}

/// The generic plan of a prepared statement, with NULL for its parameters.
pub(super) async fn of(
    session: &mut PgConnection,
    prepared_as: &str,
    statement: &str,
) -> Result<Plan, Failure> {
    let parameters: Vec<(String, bool)> = sqlx::query_as(include_str!("parameters.sql"))
        .persistent(false)
        .bind(prepared_as)
        .fetch_all(&mut *session)
        .await?;
    let mut name = prepared_as.to_owned();
    if parameters.iter().any(|(_, of_domain)| *of_domain) {
        name.push_str("_base");
        let types: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        let prepare = format!("PREPARE {name} ({}) AS {statement}", types.join(", "));
        execute(session, prepare).await.map_err(Failure::of_statement)?;
    }
    let nulls = vec!["NULL"; parameters.len()].join(", ");
    let arguments = if nulls.is_empty() {
        nulls
    } else {
        format!("({nulls})")
    };
    execute(
        session,
        "SET LOCAL plan_cache_mode = force_generic_plan".to_owned(),
    )
    .await?;
    let explain = format!("EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {name}{arguments}");
    let row = sqlx::raw_sql(sqlx::AssertSqlSafe(explain))
        .fetch_one(session)
        .await
        .map_err(Failure::of_statement)?;
    let tree: Value = row.try_get(0)?;
    let mut plan = Plan::default();
    read(&tree, &mut plan);
    let lower = statement.to_lowercase();
    plan.speaks_of_sequences = FUNCTIONS.iter().any(|(name, _)| lower.contains(name));
    Ok(plan)
}

/// What the role lacks, by the role's own eyes.
pub(super) async fn lacks(session: &mut PgConnection, plan: &Plan) -> Result<Option<Lack>, sqlx::Error> {
    let (schemas, names): (Vec<&str>, Vec<&str>) = plan
        .relations
        .iter()
        .map(|(schema, name)| (schema.as_str(), name.as_str()))
        .unzip();
    let unpopulated: Vec<String> = sqlx::query_scalar(include_str!("unpopulated.sql"))
        .persistent(false)
        .bind(schemas)
        .bind(names)
        .fetch_all(&mut *session)
        .await?;
    if let Some(view) = unpopulated.first() {
        return Ok(Some(Lack::Refused {
            message: format!("materialized view \"{view}\" has not been populated (SQLSTATE 55000)"),
            sqlstate: "55000",
        }));
    }
    for call in &plan.calls {
        let Some(sequence) = &call.sequence else {
            return Ok(Some(Lack::Unknown(format!(
                "which sequence {} is about is told only when it runs",
                call.function
            ))));
        };
        let privileges = FUNCTIONS
            .iter()
            .find(|(name, _)| *name == call.function)
            .map_or("", |(_, privileges)| privileges);
        let may: bool = sqlx::query_scalar("SELECT pg_catalog.has_sequence_privilege($1::text, $2::text)")
            .persistent(false)
            .bind(sequence)
            .bind(privileges)
            .fetch_one(&mut *session)
            .await?;
        if !may {
            return Ok(Some(Lack::Refused {
                message: format!("permission denied for sequence {sequence} (SQLSTATE 42501)"),
                sqlstate: "42501",
            }));
        }
    }
    for (schema, name) in &plan.hidden {
        let lacks: bool = sqlx::query_scalar(include_str!("defaults.sql"))
            .persistent(false)
            .bind(schema)
            .bind(name)
            .fetch_one(&mut *session)
            .await?;
        if lacks || plan.speaks_of_sequences {
            return Ok(Some(Lack::Unknown(format!(
                "whether it draws from a sequence behind {schema}.{name} is told only when it runs"
            ))));
        }
    }
    Ok(None)
}

/// The functions that look at privileges on a sequence, and those of which one is enough.
const FUNCTIONS: [(&str, &str); 4] = [
    ("nextval", "USAGE, UPDATE"),
    ("currval", "USAGE, SELECT"),
    ("lastval", "USAGE, SELECT"),
    ("setval", "UPDATE"),
];

fn read(tree: &Value, plan: &mut Plan) {
    match tree {
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let (Some(schema), Some(name)) = (text("Schema"), text("Relation Name")) {
                let relation = (schema.to_owned(), name.to_owned());
                if text("Operation") == Some("Merge") || text("Conflict Resolution") == Some("UPDATE") {
                    plan.hidden.push(relation.clone());
                }
                plan.relations.push(relation);
            }
            fields.values().for_each(|value| read(value, plan));
        }
        Value::Array(items) => items.iter().for_each(|item| read(item, plan)),
        Value::String(expression) => plan.calls.extend(calls(expression)),
        _ => {}
    }
}

/// The calls in an expression as EXPLAIN writes it. That of an identity column, which asks for no privilege, is
/// written without `::regclass`.
fn calls(expression: &str) -> Vec<Call> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = expression[at..].chars().next() {
        if next == '\'' {
            at = literal(expression, at).1;
            continue;
        }
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '$');
        let begins = !expression[..at].ends_with(is_name);
        let call = FUNCTIONS.iter().find(|(name, _)| {
            begins
                && expression[at..]
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('('))
        });
        let Some((function, _)) = call else {
            at += next.len_utf8();
            continue;
        };
        at += function.len() + 1;
        let (sequence, end) = if expression[at..].starts_with('\'') {
            literal(expression, at)
        } else {
            (String::new(), at)
        };
        let rest = &expression[end..];
        let is_constant = end > at && rest.starts_with("::regclass") && !rest.starts_with("::regclass::");
        if end > at && rest.starts_with(')') {
            continue;
        }
        found.push(Call {
            function,
            sequence: is_constant.then_some(sequence),
        });
    }
    found
}

/// The text of the literal that begins there, and where it ends.
fn literal(expression: &str, at: usize) -> (String, usize) {
    let mut text = String::new();
    let mut rest = expression[at + 1..].char_indices().peekable();
    while let Some((offset, c)) = rest.next() {
        if c != '\'' {
            text.push(c);
        } else if rest.peek().is_some_and(|(_, next)| *next == '\'') {
            rest.next();
            text.push(c);
        } else {
            return (text, at + 1 + offset + 1);
        }
    }
    (text, expression.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_and_texts_and_identity_columns_are_passed_over() {
        let sequences = |expression: &str| -> Vec<Option<String>> {
            calls(expression).into_iter().map(|call| call.sequence).collect()
        };
        assert_eq!(
            sequences("COALESCE(nextval('\"it''s\"'::regclass), 1) + setval('a.b'::regclass, '5'::bigint)"),
            [Some("\"it's\"".to_owned()), Some("a.b".to_owned())]
        );
        assert_eq!(sequences("nextval('t_id_seq')"), []);
        assert_eq!(sequences("(note = 'nextval(''x''::regclass)'::text)"), []);
        assert_eq!(sequences("app.nextval('x'::regclass)"), []);
        assert_eq!(sequences("nextval(($1)::regclass)"), [None]);
        assert_eq!(sequences("lastval()"), [None]);
    }
}
