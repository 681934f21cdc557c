//! Putting planned rows in, and what the server made of them.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::RowsError;
use super::plan::Plan;
use super::session::{Refusal, attempt};
use super::solve::typed;
use super::table::Table;
use super::types::Types;
use super::value::{Candidate, Mark};
use crate::sql::{identifier, literal};

/// Whether triggers and rules act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Triggers {
    On,
    Off,
}

/// A row as it is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) values: BTreeMap<String, Option<String>>,
    /// What is recognisable in it, by column.
    pub(super) marks: Vec<(String, String)>,
}

/// Inserts one row into each table, with one statement, so that rows may point to each other.
pub(super) async fn insert(
    session: &mut PgConnection,
    types: &Types,
    rows: &[(&Table<'_>, &Plan)],
    triggers: Triggers,
) -> Result<Result<Vec<Stored>, Refusal>, RowsError> {
    let inserts: Vec<String> = rows
        .iter()
        .map(|(table, plan)| statement(types, table, plan))
        .collect();
    let statement = if let [one] = inserts.as_slice() {
        one.clone()
    } else {
        let parts: Vec<String> = inserts
            .iter()
            .enumerate()
            .map(|(at, insert)| format!("pgproof_r{at} (pgproof_s{at}, pgproof_g{at}) AS ({insert})"))
            .collect();
        let names: Vec<String> = (0..rows.len()).map(|at| format!("pgproof_r{at}")).collect();
        format!("WITH {} SELECT * FROM {}", parts.join(", "), names.join(", "))
    };
    let statement = match triggers {
        Triggers::On => statement,
        // A refusal undoes the first; the session is one where triggers act, else there were nothing to turn off.
        Triggers::Off => format!(
            "SET LOCAL session_replication_role = replica;\n{statement};\nSET LOCAL session_replication_role = origin"
        ),
    };
    match attempt(session, statement).await? {
        Err(refusal) => Ok(Err(refusal)),
        Ok(answer) => match answer.first() {
            Some(row) => Ok(Ok(stored(row, rows)?)),
            None => Ok(Err(Refusal {
                context: "function".to_owned(),
                ..Refusal::ours("a trigger or rule passed over the row")
            })),
        },
    }
}

fn statement(types: &Types, table: &Table<'_>, plan: &Plan) -> String {
    let given: Vec<(&str, &Candidate)> = table
        .columns
        .iter()
        .zip(plan)
        .filter(|(column, _)| column.generated.is_none())
        .map(|(column, candidate)| (column.name, candidate))
        .collect();
    let returning = format!("RETURNING {}, {}", table.as_text(), echo(types, table, plan));
    if given.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES {returning}", table.sql);
    }
    let columns: Vec<String> = given.iter().map(|(name, _)| identifier(name)).collect();
    let values: Vec<String> = given
        .iter()
        .map(|(_, candidate)| match &candidate.text {
            _ if candidate.default => "DEFAULT".to_owned(),
            // Without a cast: an explicit one would cut what is too long.
            Some(text) => literal(text),
            None => "NULL".to_owned(),
        })
        .collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({}) {returning}",
        table.sql,
        columns.join(", "),
        values.join(", ")
    )
}

/// The values that are recognisable as a whole, as the server prints them.
pub(super) fn echo(types: &Types, table: &Table<'_>, plan: &Plan) -> String {
    let values: Vec<String> = table
        .columns
        .iter()
        .zip(plan)
        .map(|(column, candidate)| match candidate.mark {
            Mark::Whole => format!("{}::text", typed(candidate, types.name(column.type_oid))),
            _ => "NULL".to_owned(),
        })
        .collect();
    format!("ARRAY[{}]::text[]", values.join(", "))
}

/// The rows of an answer that has, for each table, its columns and an [`echo`].
pub(super) fn stored(row: &PgRow, rows: &[(&Table<'_>, &Plan)]) -> Result<Vec<Stored>, RowsError> {
    rows.iter()
        .enumerate()
        .map(|(at, (table, plan))| {
            let values: Vec<Option<String>> = row.try_get(2 * at)?;
            let echo: Vec<Option<String>> = row.try_get(2 * at + 1)?;
            let marks = table
                .columns
                .iter()
                .zip(plan.iter())
                .zip(values.iter().zip(echo))
                .filter_map(|((column, candidate), (stored, echo))| {
                    let stored = stored.as_deref()?;
                    // A trigger may have put something else there.
                    let mark = match &candidate.mark {
                        Mark::None => None,
                        Mark::Whole => echo.filter(|echo| echo == stored),
                        Mark::Part(part) => stored.contains(part.as_str()).then(|| part.clone()),
                    };
                    Some((column.name.to_owned(), mark?))
                })
                .collect();
            Ok(Stored {
                values: table
                    .columns
                    .iter()
                    .map(|column| column.name.to_owned())
                    .zip(values)
                    .collect(),
                marks,
            })
        })
        .collect()
}
