//! Sending a script to the server the way its tool would, and saying where it failed.

use std::ops::Range;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgDatabaseError, PgErrorPosition};

use super::class::FailureClass;
use super::script::Script;
use super::sent::Sent;
use super::split::{
    self, Segment, SegmentKind, copy_rows, keywords, refuses_transaction, segments, transaction_control,
};
use super::{origin, psql};
use crate::diagnostic::{Diagnostic, NoteKind};

/// How a script reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    /// One statement after the other, as `psql` sends them.
    ByStatement,
    /// All in one message, as drivers send a file; the server then runs it in one implicit transaction.
    Whole,
    /// In the messages that the tool makes of it: see [`Script::messages`].
    Messages,
    /// The same, with a transaction around each, but for those that hold a statement that refuses to be in one.
    Each,
    /// One statement after the other; the transaction around them ends before one that refuses to be in it, and
    /// another begins behind it.
    Batches,
}

/// A script that did not run to its end.
#[derive(Debug, thiserror::Error)]
#[error("{diagnostic}")]
pub struct ScriptError {
    /// What failed and where.
    pub diagnostic: Box<Diagnostic>,
    /// The server's SQLSTATE, where the server refused it.
    pub sqlstate: Option<String>,
    /// Whose fault it is, where that was asked.
    pub class: Option<FailureClass>,
    /// The driver's error, where there is one.
    #[source]
    pub source: Option<Box<sqlx::Error>>,
}

impl ScriptError {
    /// The statement that failed, as it stands in the file.
    pub(crate) fn statement(&self) -> Option<&str> {
        let Diagnostic { source, span, .. } = &*self.diagnostic;
        split::segments(source)
            .into_iter()
            .filter(|segment| segment.kind == SegmentKind::Statement)
            .find(|segment| segment.span.start <= span.start && span.start < segment.span.end)
            .map(|segment| &source[segment.span])
    }

    /// The same with a note below it.
    pub(crate) fn with(mut self, kind: NoteKind, note: &str) -> Self {
        self.diagnostic.notes.push((kind, note.to_owned()));
        self
    }
}

/// Runs a script. Statements are sent as they stand in the file, so that what the server says fits the file.
pub(crate) async fn run(
    connection: &mut PgConnection,
    script: &Script,
    sending: Sending,
    timeout: Duration,
) -> Result<(), ScriptError> {
    if script.psql.is_some() {
        return psql::run(connection, script, timeout).await;
    }
    let pieces = script.segments();
    if let Some(segment) = pieces
        .iter()
        .find(|s| s.kind == SegmentKind::MetaCommand && !is_harmless(script, s))
    {
        return Err(meta_command(script, segment.span.clone()));
    }
    let has_data = pieces.iter().any(|segment| segment.kind == SegmentKind::CopyData);
    if sending == Sending::Whole && !has_data {
        return match send(connection, script, 0..script.text.len(), timeout).await {
            Ok(()) => Ok(()),
            Err(error) => Err(located(connection, script, &pieces, error, timeout).await),
        };
    }
    if let (Sending::Messages | Sending::Each, Some(messages)) = (sending, &script.messages) {
        return send_messages(connection, script, messages, sending, timeout).await;
    }
    let mut rest = pieces.iter().peekable();
    while let Some(segment) = rest.next() {
        if segment.kind != SegmentKind::Statement {
            continue;
        }
        if sending == Sending::Batches && refuses_transaction(&script.text[segment.span.clone()]).is_some() {
            control(connection, script, &segment.span, "COMMIT").await?;
            send(connection, script, segment.span.clone(), timeout).await?;
            control(connection, script, &segment.span, "BEGIN").await?;
            continue;
        }
        match rest.peek() {
            Some(data) if data.kind == SegmentKind::CopyData => {
                copy(
                    connection,
                    script,
                    segment.span.clone(),
                    data.span.clone(),
                    timeout,
                )
                .await?;
            }
            _ => {
                let sent = Sent::of(script, segment.span.clone());
                send_one(connection, script, sent, timeout).await?;
            }
        }
    }
    Ok(())
}

/// The error of a file that was sent whole, at its statement: the server names a place only where it can't read the
/// text. The file was taken back as a whole, so it can be run again, one statement at a time.
async fn located(
    connection: &mut PgConnection,
    script: &Script,
    pieces: &[Segment],
    mut error: ScriptError,
    timeout: Duration,
) -> ScriptError {
    let server = error
        .source
        .as_ref()
        .and_then(|source| source.as_database_error());
    let server = server.and_then(|server| server.try_downcast_ref::<PgDatabaseError>());
    if server.is_none_or(|server| server.position().is_some()) {
        return error;
    }
    let statements: Vec<Range<usize>> = pieces
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Statement)
        .map(|segment| segment.span.clone())
        .collect();
    if let [only] = &statements[..] {
        error.diagnostic.span = first_line(&script.text, only.clone());
        return error;
    }
    let controls = |span: &Range<usize>| transaction_control(&script.text[span.clone()]).is_some();
    // BEGIN is refused where the file was in a transaction, which has failed now.
    if statements.iter().any(controls) || sqlx::raw_sql("BEGIN").execute(&mut *connection).await.is_err() {
        return error;
    }
    for span in statements {
        if let Err(again) = send(connection, script, span, timeout).await {
            if again.sqlstate == error.sqlstate {
                error = again;
            }
            break;
        }
    }
    // The first error is what counts.
    let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
    error
}

/// Sends the messages that the tool makes of a script. Where each has a transaction, one has begun before the first
/// and one is open after the last.
async fn send_messages(
    connection: &mut PgConnection,
    script: &Script,
    messages: &[Range<usize>],
    sending: Sending,
    timeout: Duration,
) -> Result<(), ScriptError> {
    for (number, span) in messages.iter().enumerate() {
        if sending == Sending::Messages {
            send(connection, script, span.clone(), timeout).await?;
            continue;
        }
        let text = &script.text[span.clone()];
        let refuses = segments(text)
            .into_iter()
            .any(|segment| refuses_transaction(&text[segment.span]).is_some());
        if refuses || number > 0 {
            control(connection, script, span, "COMMIT").await?;
        }
        if !refuses && number > 0 {
            control(connection, script, span, "BEGIN").await?;
        }
        send(connection, script, span.clone(), timeout).await?;
        if refuses {
            control(connection, script, span, "BEGIN").await?;
        }
    }
    Ok(())
}

/// Ends or begins a transaction at a statement.
async fn control(
    connection: &mut PgConnection,
    script: &Script,
    at: &Range<usize>,
    command: &'static str,
) -> Result<(), ScriptError> {
    let done = sqlx::raw_sql(command).execute(connection).await;
    done.map(drop).map_err(|error| failure(script, at.clone(), error))
}

/// Lets the server end what runs longer, until the transaction ends.
pub(crate) async fn set_timeout(connection: &mut PgConnection, timeout: Duration) -> Result<(), sqlx::Error> {
    let statement = format!(
        "SET LOCAL statement_timeout = {}",
        timeout.as_millis().clamp(1, 2_147_483_647)
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(drop)
}

/// Whether the statement throws away all settings of the session, ours among them.
fn forgets_settings(statement: &str) -> bool {
    let words = keywords(statement);
    matches!(words.first().map(String::as_str), Some("RESET" | "DISCARD"))
        && words.get(1).is_some_and(|word| word == "ALL")
}

/// Runs one statement of a script, and keeps what is noted of the session where the statement throws that away.
pub(super) async fn send_one(
    connection: &mut PgConnection,
    script: &Script,
    sent: Sent,
    timeout: Duration,
) -> Result<(), ScriptError> {
    let record = if forgets_settings(&sent.text) {
        origin::record(connection).await.ok()
    } else {
        None
    };
    let span = sent.span.clone();
    send_as(connection, script, sent, timeout).await?;
    if let Some(record) = record {
        let put_back = origin::put_back(connection, &record).await;
        put_back.map_err(|error| failure(script, span, error))?;
    }
    Ok(())
}

/// Runs one statement of a script.
pub(crate) async fn send(
    connection: &mut PgConnection,
    script: &Script,
    span: Range<usize>,
    timeout: Duration,
) -> Result<(), ScriptError> {
    send_as(connection, script, Sent::of(script, span), timeout).await
}

async fn send_as(
    connection: &mut PgConnection,
    script: &Script,
    sent: Sent,
    timeout: Duration,
) -> Result<(), ScriptError> {
    let running = sqlx::raw_sql(AssertSqlSafe(sent.text.clone())).execute(connection);
    match tokio::time::timeout(timeout, running).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(failure_of(script, &sent, error, 0)),
        Err(_) => Err(too_slow(script, sent.span, timeout)),
    }
}

/// Runs a COPY with the data that follow it.
pub(super) async fn copy(
    connection: &mut PgConnection,
    script: &Script,
    span: Range<usize>,
    data: Range<usize>,
    timeout: Duration,
) -> Result<(), ScriptError> {
    let statement = script.text[span.clone()]
        .trim_end()
        .trim_end_matches(';')
        .to_owned();
    let rows = copy_rows(&script.text[data]).as_bytes();
    copy_rows_in(connection, script, span, &statement, rows, timeout).await
}

/// Runs a COPY with these data.
pub(super) async fn copy_rows_in(
    connection: &mut PgConnection,
    script: &Script,
    span: Range<usize>,
    statement: &str,
    rows: &[u8],
    timeout: Duration,
) -> Result<(), ScriptError> {
    let work = async {
        let mut sink = connection.copy_in_raw(statement).await?;
        sink.send(rows).await?;
        sink.finish().await
    };
    match tokio::time::timeout(timeout, work).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(failure(script, span, error)),
        Err(_) => Err(too_slow(script, span, timeout)),
    }
}

/// `\restrict` and `\unrestrict`, which `pg_dump` writes, bind psql alone.
fn is_harmless(script: &Script, segment: &Segment) -> bool {
    let text = script.text[segment.span.clone()].trim_start();
    text.starts_with("\\restrict") || text.starts_with("\\unrestrict")
}

pub(super) fn meta_command(script: &Script, span: Range<usize>) -> ScriptError {
    let span = trimmed(&script.text, span);
    let command = script.text[span.clone()]
        .split_whitespace()
        .next()
        .unwrap_or("\\");
    let diagnostic = diagnostic(
        script,
        span.clone(),
        format!("`{command}` is a command of psql, not SQL"),
    )
    .with(
        NoteKind::Help,
        "pgproof sends files to the server itself; write what the command does as SQL, or leave it out",
    );
    ScriptError {
        diagnostic: Box::new(diagnostic),
        sqlstate: None,
        class: None,
        source: None,
    }
}

/// Something that is not done, at its place.
pub(super) fn refused(script: &Script, span: Range<usize>, why: &str, help: Option<&str>) -> ScriptError {
    let mut diagnostic = diagnostic(script, trimmed(&script.text, span), why);
    diagnostic
        .notes
        .extend(help.map(|help| (NoteKind::Help, help.to_owned())));
    ScriptError {
        diagnostic: Box::new(diagnostic),
        sqlstate: None,
        class: None,
        source: None,
    }
}

fn too_slow(script: &Script, span: Range<usize>, timeout: Duration) -> ScriptError {
    let message = format!("the statement still ran after {} s", timeout.as_secs_f32());
    let diagnostic = diagnostic(script, first_line(&script.text, span), message)
        .with(NoteKind::Help, "--timeout gives it longer");
    ScriptError {
        diagnostic: Box::new(diagnostic),
        sqlstate: None,
        class: None,
        source: None,
    }
}

/// What the server said at the end of the transaction, shown at the script's last statement.
pub(super) fn at_commit(script: &Script, error: sqlx::Error) -> ScriptError {
    failure(script, last_statement(script), error).with(
        NoteKind::Note,
        "at the COMMIT after the file, when deferred constraints and triggers are checked",
    )
}

/// A script that begins a transaction and leaves it open.
pub(super) fn never_ends(script: &Script) -> ScriptError {
    let span = first_line(&script.text, last_statement(script));
    ScriptError {
        diagnostic: Box::new(diagnostic(
            script,
            span,
            "the file begins a transaction and never ends it",
        )),
        sqlstate: None,
        class: None,
        source: None,
    }
}

/// What the server would say when the statement runs, shown in the file.
pub(crate) fn refusal(
    script: &Script,
    statement: Range<usize>,
    message: &str,
    sqlstate: &str,
) -> ScriptError {
    ScriptError {
        diagnostic: Box::new(diagnostic(script, first_line(&script.text, statement), message)),
        sqlstate: Some(sqlstate.to_owned()),
        class: None,
        source: None,
    }
}

fn last_statement(script: &Script) -> Range<usize> {
    script
        .segments()
        .into_iter()
        .rfind(|segment| segment.kind == SegmentKind::Statement)
        .map_or(0..0, |segment| segment.span)
}

/// What the server said about a statement, shown in the file.
pub(crate) fn failure(script: &Script, statement: Range<usize>, error: sqlx::Error) -> ScriptError {
    failure_behind(script, statement, error, 0)
}

/// The same where that many characters of ours stood in front of the statement.
pub(crate) fn failure_behind(
    script: &Script,
    statement: Range<usize>,
    error: sqlx::Error,
    ours: usize,
) -> ScriptError {
    failure_of(script, &Sent::with(script, statement, Vec::new()), error, ours)
}

pub(super) fn failure_of(script: &Script, sent: &Sent, error: sqlx::Error, ours: usize) -> ScriptError {
    let statement = sent.span.clone();
    let Some(server) = error
        .as_database_error()
        .and_then(|e| e.try_downcast_ref::<PgDatabaseError>())
    else {
        let diagnostic = diagnostic(
            script,
            first_line(&script.text, statement),
            format!("the connection failed: {error}"),
        );
        return ScriptError {
            diagnostic: Box::new(diagnostic),
            sqlstate: None,
            class: None,
            source: Some(Box::new(error)),
        };
    };
    let text = &script.text[statement.clone()];
    let mut notes = Vec::new();
    let span = match server.position() {
        Some(PgErrorPosition::Original(position)) => {
            word_at(&script.text, sent.byte_in_file(position.saturating_sub(ours)))
        }
        Some(PgErrorPosition::Internal { query, .. }) => {
            notes.push((NoteKind::Note, format!("the server ran: {}", query.trim())));
            line_in_body(text, server.r#where()).map_or_else(
                || first_line(&script.text, statement.clone()),
                |line| statement.start + line.start..statement.start + line.end,
            )
        }
        None => line_in_body(text, server.r#where()).map_or_else(
            || first_line(&script.text, statement.clone()),
            |line| statement.start + line.start..statement.start + line.end,
        ),
    };
    if let Some(detail) = server.detail() {
        notes.push((NoteKind::Note, detail.to_owned()));
    }
    // What a stand-in runs is none of the user's.
    if let Some(place) = server
        .r#where()
        .filter(|place| !place.contains("pgproof_stand_in"))
    {
        notes.push((NoteKind::Note, format!("at {}", place.replace('\n', "; "))));
    }
    if let Some(hint) = server.hint() {
        notes.push((NoteKind::Help, hint.to_owned()));
    }
    if let Some(advice) = advice(server.code(), server.message()) {
        notes.push((NoteKind::Help, advice.to_owned()));
    }
    let mut diagnostic = diagnostic(
        script,
        span,
        format!("{} (SQLSTATE {})", server.message(), server.code()),
    );
    diagnostic.notes = notes;
    let sqlstate = Some(server.code().to_owned());
    ScriptError {
        diagnostic: Box::new(diagnostic),
        sqlstate,
        class: None,
        source: Some(Box::new(error)),
    }
}

/// What pgproof knows beyond the server's own hint.
fn advice(sqlstate: &str, message: &str) -> Option<&'static str> {
    match sqlstate {
        "42710" if message.starts_with("role ") => Some(
            "roles belong to the whole server: make it in one place, or guard it by a look into pg_roles",
        ),
        "55P04" => {
            Some("the new value can be used only after a COMMIT: what uses it needs a file of its own")
        }
        "25001" => Some("a statement that refuses a transaction needs a file of its own"),
        _ => None,
    }
}

fn diagnostic(script: &Script, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(script.path.as_str(), script.text.clone(), span, message)
}

/// The word that begins there, or the one character.
fn word_at(text: &str, at: usize) -> Range<usize> {
    let rest = &text[at.min(text.len())..];
    let length = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let length = if length == 0 {
        rest.chars().next().map_or(0, char::len_utf8)
    } else {
        length
    };
    at..at + length
}

fn first_line(text: &str, span: Range<usize>) -> Range<usize> {
    let line = text[span.clone()]
        .find('\n')
        .map_or(span.end, |end| span.start + end);
    trimmed(text, span.start..line)
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// The line of a DO block that failed: the server counts from the line of the opening dollar quote.
fn line_in_body(statement: &str, place: Option<&str>) -> Option<Range<usize>> {
    let number: usize = place?
        .lines()
        .find_map(|line| line.strip_prefix("PL/pgSQL function inline_code_block line "))?
        .split(' ')
        .next()?
        .parse()
        .ok()?;
    let open = statement.find('$')?;
    let body = open + 1 + statement[open + 1..].find('$')? + 1;
    let mut start = body;
    for _ in 1..number {
        start += statement[start..].find('\n')? + 1;
    }
    let end = statement[start..]
        .find('\n')
        .map_or(statement.len(), |end| start + end);
    Some(trimmed(statement, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_do_block_is_counted_from_the_dollar_quote() {
        let statement = "DO $x$\nBEGIN\n  RAISE 'no';\nEND $x$;";
        let place = "PL/pgSQL function inline_code_block line 3 at RAISE";
        assert_eq!(
            &statement[line_in_body(statement, Some(place)).unwrap()],
            "RAISE 'no';"
        );
        assert_eq!(
            line_in_body(statement, Some("PL/pgSQL function f() line 3 at RAISE")),
            None
        );
    }
}
