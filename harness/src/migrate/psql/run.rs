//! Running a script as psql does: its commands are done, or refused by name at their place.

use std::ops::Range;
use std::time::Duration;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Column as _, Row as _};

use super::argument::{Command, Variables, in_statement};
use super::sends_the_query;
use super::taken::{Content, Copy, Source};
use crate::diagnostic::NoteKind;
use crate::migrate::run::{self, ScriptError};
use crate::migrate::script::Script;
use crate::migrate::sent::{Edit, Sent};
use crate::migrate::split::{Segment, SegmentKind, copy_rows};
use crate::sql::identifier;

/// Commands about what psql shows, and to whom, which change nothing in the database.
const SHOWING: [&str; 30] = [
    "?",
    "C",
    "H",
    "T",
    "a",
    "conninfo",
    "copyright",
    "echo",
    "errverbose",
    "f",
    "h",
    "help",
    "l",
    "list",
    "o",
    "out",
    "p",
    "print",
    "pset",
    "qecho",
    "restrict",
    "sf",
    "sv",
    "t",
    "timing",
    "unrestrict",
    "warn",
    "x",
    "z",
    "s",
];

/// Runs a script that [`take_in`](super::take_in) has read.
pub(in crate::migrate) async fn run(
    connection: &mut PgConnection,
    script: &Script,
    timeout: Duration,
) -> Result<(), ScriptError> {
    let mut psql = Psql {
        variables: Variables::new(),
        conditions: Vec::new(),
        acts_as_another: false,
        timeout,
    };
    let outcome = psql.file(connection, script).await;
    if psql.acts_as_another && outcome.is_ok() {
        // The next script has a psql of its own.
        let reset = sqlx::raw_sql("RESET SESSION AUTHORIZATION")
            .execute(connection)
            .await;
        reset.map_err(|error| run::failure(script, 0..0, error))?;
    }
    outcome.map(drop)
}

struct Psql {
    variables: Variables,
    /// Of each `\if` that is open.
    conditions: Vec<Condition>,
    acts_as_another: bool,
    timeout: Duration,
}

/// A branch of an `\if`.
#[derive(Clone, Copy)]
struct Condition {
    /// Whether what stands in it runs.
    runs: bool,
    /// Whether one of the branches has run, or none may.
    is_done: bool,
}

/// What follows a command.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Quit,
}

impl Psql {
    fn runs(&self) -> bool {
        self.conditions.last().is_none_or(|condition| condition.runs)
    }

    async fn file(&mut self, connection: &mut PgConnection, script: &Script) -> Result<Next, ScriptError> {
        let open = self.conditions.len();
        let segments: Vec<Segment> = script
            .segments()
            .into_iter()
            .filter(|segment| segment.kind != SegmentKind::Blank)
            .collect();
        let mut rest = segments.iter().peekable();
        while let Some(segment) = rest.next() {
            let span = segment.span.clone();
            let data = rest
                .peek()
                .filter(|next| next.kind == SegmentKind::CopyData)
                .map(|next| next.span.clone());
            match segment.kind {
                SegmentKind::Statement if self.runs() => {
                    let sender = rest.peek().filter(|next| {
                        next.kind == SegmentKind::MetaCommand
                            && !script.text[span.clone()].trim_end().ends_with(';')
                            && script.text[next.span.clone()]
                                .strip_prefix('\\')
                                .is_some_and(sends_the_query)
                    });
                    match (sender, data) {
                        (Some(sender), _) => {
                            self.sent_by(connection, script, span, sender.span.clone())
                                .await?;
                            rest.next();
                        }
                        (None, Some(data)) => run::copy(connection, script, span, data, self.timeout).await?,
                        (None, None) => {
                            run::send_one(connection, script, self.sent(script, span), self.timeout).await?;
                        }
                    }
                }
                SegmentKind::MetaCommand => {
                    let next = Box::pin(self.command(connection, script, span, data)).await?;
                    if next == Next::Quit {
                        self.conditions.truncate(open);
                        return Ok(Next::GoOn);
                    }
                }
                SegmentKind::Statement | SegmentKind::CopyData | SegmentKind::Blank => {}
            }
        }
        if self.conditions.len() > open {
            let end = script.text.trim_end().len();
            return Err(run::refused(script, end..end, "an `\\if` has no `\\endif`", None));
        }
        Ok(Next::GoOn)
    }

    /// A statement with the variables in it replaced.
    fn sent(&self, script: &Script, span: Range<usize>) -> Sent {
        let mut edits = in_statement(&script.text[span.clone()], span.start, &self.variables);
        edits.retain(|edit| {
            let overlaps =
                |other: &Edit| other.span.start < edit.span.end && edit.span.start < other.span.end;
            !script.edits.iter().any(overlaps)
        });
        edits.extend(script.edits.iter().cloned());
        edits.sort_by_key(|edit| edit.span.start);
        Sent::with(script, span, edits)
    }

    async fn command(
        &mut self,
        connection: &mut PgConnection,
        script: &Script,
        span: Range<usize>,
        data: Option<Range<usize>>,
    ) -> Result<Next, ScriptError> {
        let text = &script.text[span.clone()];
        let command = Command::read(text, &self.variables);
        let name = command.name.as_str();
        if let "if" | "elif" | "else" | "endif" = name {
            return self.condition(script, span, &command).map(|()| Next::GoOn);
        }
        if !self.runs() {
            return Ok(Next::GoOn);
        }
        let refuse = |why: &str| {
            Err(run::refused(
                script,
                span.clone(),
                &format!("`\\{name}` is not done: {why}"),
                None,
            ))
        };
        match name {
            "i" | "include" | "ir" | "include_relative" => match script.taken(span.start) {
                Some(Content::Script(inner)) => {
                    let took = script.location(span.start);
                    self.file(connection, inner).await.map_err(|error| {
                        let note = format!("it was taken in at {}:{}", took.file, took.line);
                        error.with(NoteKind::Note, &note)
                    })?;
                }
                Some(Content::Missing(why)) => return refuse(why),
                Some(Content::Data(_)) | None => return refuse("the file was not read"),
            },
            "copy" => {
                return self
                    .copy(connection, script, span, data)
                    .await
                    .map(|()| Next::GoOn);
            }
            "set" => {
                let Some(variable) = command.argument(0) else {
                    return Ok(Next::GoOn);
                };
                let value = command.arguments[1..].concat();
                if variable == "AUTOCOMMIT" && !truth(&value).unwrap_or(true) {
                    return refuse("without AUTOCOMMIT psql begins transactions by itself");
                }
                self.variables.insert(variable.to_owned(), value);
            }
            "unset" => {
                self.variables.remove(command.argument(0).unwrap_or_default());
            }
            "c" | "connect" => {
                return self
                    .connect(connection, script, span, &command)
                    .await
                    .map(|()| Next::GoOn);
            }
            "encoding" => {
                let encoding = command.argument(0).unwrap_or("UTF8").to_ascii_uppercase();
                if !["UTF8", "UTF-8", "UNICODE"].contains(&encoding.as_str()) {
                    return refuse("migrations are read as UTF-8");
                }
            }
            "q" | "quit" => return Ok(Next::Quit),
            _ if SHOWING.contains(&name) || name.starts_with('d') || sends_the_query(name) => {}
            _ => return Err(run::meta_command(script, span)),
        }
        Ok(Next::GoOn)
    }

    fn condition(
        &mut self,
        script: &Script,
        span: Range<usize>,
        command: &Command,
    ) -> Result<(), ScriptError> {
        let name = command.name.as_str();
        let wrong = |why: &str| run::refused(script, span.clone(), why, None);
        let asked = command.arguments.join(" ");
        let is_true = || {
            truth(&asked).ok_or_else(|| wrong(&format!("`\\{name}` needs true or false, and has `{asked}`")))
        };
        if name == "if" {
            let outer = self.runs();
            let runs = outer && is_true()?;
            self.conditions.push(Condition {
                runs,
                is_done: runs || !outer,
            });
            return Ok(());
        }
        let Some(mut last) = self.conditions.pop() else {
            return Err(wrong(&format!("`\\{name}` has no `\\if`")));
        };
        match name {
            "elif" => {
                last.runs = !last.is_done && is_true()?;
                last.is_done |= last.runs;
            }
            "else" => {
                last.runs = !last.is_done;
                last.is_done = true;
            }
            _ => return Ok(()),
        }
        self.conditions.push(last);
        Ok(())
    }

    async fn copy(
        &mut self,
        connection: &mut PgConnection,
        script: &Script,
        span: Range<usize>,
        data: Option<Range<usize>>,
    ) -> Result<(), ScriptError> {
        let refuse = |why: &str| {
            Err(run::refused(
                script,
                span.clone(),
                &format!("`\\copy` is not done: {why}"),
                None,
            ))
        };
        let Some(copy) = Copy::read(&script.text[span.clone()]) else {
            return refuse("it writes a file");
        };
        let rows = match (&copy.from, script.taken(span.start), data) {
            (Source::Stdin, _, Some(data)) => copy_rows(&script.text[data]).as_bytes(),
            (Source::File(_), Some(Content::Data(rows)), _) => rows.as_slice(),
            (Source::File(_), Some(Content::Missing(why)), _) => return refuse(why),
            (Source::Other, ..) => return refuse("it runs a program, or reads what psql is given"),
            _ => return refuse("there are no data"),
        };
        run::copy_rows_in(connection, script, span, &copy.statement(), rows, self.timeout).await
    }

    async fn connect(
        &mut self,
        connection: &mut PgConnection,
        script: &Script,
        span: Range<usize>,
        command: &Command,
    ) -> Result<(), ScriptError> {
        let failed = |error| run::failure(script, span.clone(), error);
        let here: String = sqlx::query_scalar("SELECT pg_catalog.current_database()::text")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
        let bare = |text: &str| text.trim_matches('"').to_owned();
        let database = command.argument(0).map_or_else(|| here.clone(), bare);
        if database != "-" && database != here {
            let why = format!(
                "`\\{} {database}` is not done: the migrations are applied to the database {here}",
                command.name
            );
            let help = "name that database by `database` under [migrations] in pgproof.toml, or leave the command out";
            return Err(run::refused(script, span, &why, Some(help)));
        }
        if let Some(role) = command.argument(1).map(bare).filter(|role| role != "-") {
            let statement = format!("SET SESSION AUTHORIZATION {}", identifier(&role));
            sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(connection)
                .await
                .map_err(failed)?;
            self.acts_as_another = true;
        }
        Ok(())
    }

    /// A query that a command sends: what it gives is run, or kept.
    async fn sent_by(
        &mut self,
        connection: &mut PgConnection,
        script: &Script,
        span: Range<usize>,
        sender: Range<usize>,
    ) -> Result<(), ScriptError> {
        let command = Command::read(&script.text[sender.clone()], &self.variables);
        let sent = self.sent(script, span.clone());
        match command.name.as_str() {
            "g" | "gx" | "crosstabview" => run::send_one(connection, script, sent, self.timeout).await,
            "gdesc" => Ok(()),
            "gexec" => {
                for row in rows(connection, script, &sent).await? {
                    for text in (0..row.len()).filter_map(|cell| value(&row, cell)) {
                        let whole = Edit {
                            span: span.clone(),
                            text,
                        };
                        let made = Sent::with(script, span.clone(), vec![whole]);
                        run::send_one(connection, script, made, self.timeout).await?;
                    }
                }
                Ok(())
            }
            "gset" => {
                let found = rows(connection, script, &sent).await?;
                let [row] = found.as_slice() else {
                    let why = format!("`\\gset` needs one row, and the query gives {}", found.len());
                    return Err(run::refused(script, sender, &why, None));
                };
                let prefix = command.argument(0).unwrap_or_default();
                for (cell, column) in row.columns().iter().enumerate() {
                    let name = format!("{prefix}{}", column.name());
                    match value(row, cell) {
                        Some(value) => self.variables.insert(name, value),
                        None => self.variables.remove(&name),
                    };
                }
                Ok(())
            }
            _ => Err(run::meta_command(script, sender)),
        }
    }
}

/// The rows of a query, as text.
async fn rows(
    connection: &mut PgConnection,
    script: &Script,
    sent: &Sent,
) -> Result<Vec<PgRow>, ScriptError> {
    let found = sqlx::raw_sql(AssertSqlSafe(sent.text.clone()))
        .fetch_all(connection)
        .await;
    found.map_err(|error| run::failure_of(script, sent, error, 0))
}

/// Without a prepared statement, values come as text whatever their type.
fn value(row: &PgRow, cell: usize) -> Option<String> {
    row.try_get_unchecked::<Option<String>, _>(cell).ok().flatten()
}

/// psql's booleans, and the beginnings of them.
fn truth(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    let begins = |word: &str| !text.is_empty() && word.starts_with(&text);
    match text.as_str() {
        "1" | "on" => Some(true),
        "0" | "off" | "of" => Some(false),
        _ if begins("true") || begins("yes") => Some(true),
        _ if begins("false") || begins("no") => Some(false),
        _ => None,
    }
}
