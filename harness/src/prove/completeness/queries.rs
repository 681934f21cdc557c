//! `complete/query`: every statement that the application sends is prepared and planned as the role that sends it.
//!
//! PREPARE alone looks at names and types; privileges are looked at when the plan is started, which EXPLAIN EXECUTE
//! does without running it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::claim::{Claim, Evidence, Location, Severity, Verdict};
use crate::diagnostic::{Diagnostic, NoteKind};
use crate::error::Error;
use crate::migrate::Script;
use crate::migrate::run::{ScriptError, failure_behind};
use crate::migrate::split::{SegmentKind, keywords, refuses_transaction, transaction_control};
use crate::project::Project;
use crate::sql::identifier;

const RULE: &str = "complete/query";

/// A statement of an application.
#[derive(Debug)]
pub(super) struct Query {
    script: Script,
    span: Range<usize>,
    header: Header,
    /// Its name, or its file and its number there.
    name: String,
}

/// What a `-- pgproof:` comment says of the statements below it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// The role that sends them.
    #[serde(rename = "as")]
    role: Option<String>,
    /// What people call them.
    name: Option<String>,
}

/// Reads the consumer files that the contract names.
pub(super) fn read(project: &Project) -> Result<Vec<Query>, Error> {
    let mut queries = Vec::new();
    for file in project.query_files()? {
        let script = Script::read(project.root(), &file)?;
        queries.extend(of_script(&script)?);
    }
    let role = project
        .contract()
        .isolation
        .as_ref()
        .and_then(|isolation| isolation.role.clone());
    for query in &mut queries {
        if query.header.role.is_none() {
            query.header.role.clone_from(&role);
        }
    }
    Ok(queries)
}

fn of_script(script: &Script) -> Result<Vec<Query>, Error> {
    let mut header = Header::default();
    let mut queries: Vec<Query> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for segment in script.segments() {
        match segment.kind {
            SegmentKind::Blank => {
                if let Some(found) = header_in(script, segment.span)? {
                    header = found;
                }
            }
            SegmentKind::Statement => {
                let base = header.name.clone().unwrap_or_else(|| script.path.to_string());
                let count = seen.entry(base.clone()).or_default();
                *count += 1;
                let name = if *count > 1 || header.name.is_none() {
                    format!("{base} ({count})")
                } else {
                    base
                };
                queries.push(Query {
                    script: script.clone(),
                    span: segment.span,
                    header: header.clone(),
                    name,
                });
            }
            SegmentKind::CopyData | SegmentKind::MetaCommand => {
                let found = Diagnostic::new(
                    script.path.as_str(),
                    script.text.clone(),
                    segment.span,
                    "a consumer file holds statements of an application, which sends no psql commands and no COPY data",
                );
                return Err(Error::Usage(found.to_string()));
            }
        }
    }
    Ok(queries)
}

/// The last header among the comments of a gap between statements.
fn header_in(script: &Script, gap: Range<usize>) -> Result<Option<Header>, Error> {
    let mut header = None;
    let mut at = gap.start;
    for line in script.text[gap].split_inclusive('\n') {
        let text = line.trim_start().strip_prefix("--").map(str::trim_start);
        if let Some(fields) = text.and_then(|text| text.strip_prefix("pgproof:")) {
            let table: Result<BTreeMap<String, Header>, _> =
                toml::from_str(&format!("header = {{ {} }}", fields.trim()));
            header = match table {
                Ok(mut table) => table.remove("header"),
                Err(error) => {
                    let span = at..at + line.trim_end().len();
                    let found = Diagnostic::new(
                        script.path.as_str(),
                        script.text.clone(),
                        span,
                        format!("the header can't be read: {}", error.message()),
                    )
                    .with(
                        NoteKind::Help,
                        "write -- pgproof: as = \"app_user\", name = \"sign in\"",
                    );
                    return Err(Error::Usage(found.to_string()));
                }
            };
        }
        at += line.len();
    }
    Ok(header)
}

/// Tries each statement in a transaction that is rolled back.
pub(super) async fn prove(
    project: &Project,
    queries: &[Query],
    session: &mut PgConnection,
    timeout: Duration,
) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::with_capacity(queries.len());
    let database = project.database_name();
    for (number, query) in queries.iter().enumerate() {
        // A prepared statement outlives the transaction, so each has a name of its own.
        let prepared_as = format!("pgproof_query_{number}");
        execute(session, "BEGIN".to_owned()).await?;
        let outcome = attempt(query, &prepared_as, session, database, timeout).await;
        execute(session, "ROLLBACK".to_owned()).await?;
        claims.push(judge(query, outcome?));
    }
    Ok(claims)
}

/// How an attempt ended.
enum Outcome {
    /// The server would run it.
    Planned,
    /// The server refused it.
    Refused(ScriptError),
    /// The role that the header names is not there.
    NoRole(String),
    /// It was not tried, and why.
    Untried(String),
}

async fn attempt(
    query: &Query,
    prepared_as: &str,
    session: &mut PgConnection,
    database: &str,
    timeout: Duration,
) -> Result<Outcome, Error> {
    let statement = &query.script.text[query.span.clone()];
    if let Some(role) = &query.header.role
        && !become_role(session, role, database).await?
    {
        return Ok(Outcome::NoRole(role.clone()));
    }
    if transaction_control(statement).is_some() {
        return Ok(Outcome::Untried("it controls the transaction".to_owned()));
    }
    if let Some(what) = refuses_transaction(statement) {
        return Ok(Outcome::Untried(format!(
            "{what} can't run inside a transaction, so it can't be taken back"
        )));
    }
    let prepared = is_preparable(statement);
    let prefix = if prepared {
        format!("PREPARE {prepared_as} AS ")
    } else {
        String::new()
    };
    let sent = async {
        execute(session, format!("{prefix}{statement}")).await?;
        if prepared {
            let parameters: i32 = sqlx::query_scalar(
                "SELECT cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements WHERE name = $1",
            )
            .bind(prepared_as)
            .fetch_one(&mut *session)
            .await?;
            let nulls = vec!["NULL"; usize::try_from(parameters).unwrap_or_default()].join(", ");
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
            execute(session, format!("EXPLAIN EXECUTE {prepared_as}{arguments}")).await?;
        }
        Ok(())
    };
    let Ok(outcome) = tokio::time::timeout(timeout, sent).await else {
        return Ok(Outcome::Untried(format!(
            "it still ran after {} s",
            timeout.as_secs_f32()
        )));
    };
    match outcome {
        Ok(()) => Ok(Outcome::Planned),
        Err(error @ sqlx::Error::Database(_)) => {
            let failure = failure_behind(&query.script, query.span.clone(), error, prefix.len());
            Ok(match failure.sqlstate.as_deref() {
                // A driver may give the types that the text alone does not tell.
                Some("42P18" | "42P08") if prepared => Outcome::Untried(format!(
                    "{}; a cast such as $1::text tells the type",
                    failure.diagnostic.message
                )),
                _ => Outcome::Refused(failure),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes the role on, with the settings that it would have after logging in.
async fn become_role(session: &mut PgConnection, role: &str, database: &str) -> Result<bool, sqlx::Error> {
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)")
            .bind(role)
            .fetch_one(&mut *session)
            .await?;
    if there {
        sqlx::query(include_str!("role_settings.sql"))
            .bind(role)
            .bind(database)
            .execute(&mut *session)
            .await?;
        execute(
            session,
            format!("SET LOCAL SESSION AUTHORIZATION {}", identifier(role)),
        )
        .await?;
    }
    Ok(there)
}

/// Whether PREPARE takes the statement.
fn is_preparable(statement: &str) -> bool {
    let first = keywords(statement);
    // `(SELECT …) UNION …` begins with a parenthesis and has no leading keyword.
    first.first().is_none_or(|word| {
        [
            "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH", "TABLE",
        ]
        .contains(&word.as_str())
    })
}

fn judge(query: &Query, outcome: Outcome) -> Claim {
    let position = query.script.position(query.span.start);
    let here = Location {
        file: query.script.path.to_string(),
        line: position.line,
        column: None,
    };
    let role = query.header.role.clone();
    let evidence = |observed: String| Evidence {
        role: role.clone(),
        sql: vec![query.script.text[query.span.clone()].to_owned()],
        expected: "the server would run it".to_owned(),
        observed,
        ..Evidence::default()
    };
    let claim = |verdict, severity, message| Claim::new(RULE, &*query.name, "", verdict, severity, message);
    match outcome {
        Outcome::Planned => match &role {
            Some(role) => claim(Verdict::Proven, Severity::Error, format!("runs as {role}")).at(Some(here)),
            None => claim(
                Verdict::Unproven,
                Severity::Warning,
                "every name is there, but no role is named, so privileges were not looked at; \
                 write -- pgproof: as = \"…\" above it"
                    .to_owned(),
            )
            .at(Some(here)),
        },
        Outcome::Refused(failure) => {
            let message = failure.diagnostic.message.clone();
            let message = role.as_ref().map_or_else(
                || message.clone(),
                |role| format!("can't run as {role}: {message}"),
            );
            claim(Verdict::Violated, Severity::Error, message)
                .at(Some(failure.diagnostic.location()))
                .shown_by(evidence(failure.diagnostic.to_string()))
        }
        Outcome::NoRole(role) => claim(
            Verdict::Violated,
            Severity::Error,
            format!("the role {role}, which sends it, does not exist"),
        )
        .at(Some(here)),
        Outcome::Untried(why) => {
            claim(Verdict::Unproven, Severity::Warning, format!("not tried: {why}")).at(Some(here))
        }
    }
}

async fn execute(session: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(session)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str) -> Script {
        Script::new("consumers/app.sql", text)
    }

    #[test]
    fn a_header_is_valid_until_the_next() {
        let text = "-- pgproof: as = \"app\", name = \"sign in\"\nSELECT 1;\nSELECT 2;\n\
                    -- a remark\n-- pgproof: as = \"admin\"\nSELECT 3;";
        let queries = of_script(&script(text)).unwrap();
        let seen: Vec<_> = queries
            .iter()
            .map(|q| (q.name.as_str(), q.header.role.as_deref().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [
                ("sign in", "app"),
                ("sign in (2)", "app"),
                ("consumers/app.sql (1)", "admin")
            ]
        );
    }

    #[test]
    fn a_header_with_a_typo_is_shown_in_its_file() {
        let error = of_script(&script("-- x\n-- pgproof: has = \"app\"\nSELECT 1;"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("consumers/app.sql:2:1") && error.contains("has"),
            "{error}"
        );
    }
}
