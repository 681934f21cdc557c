//! Rows that come by COPY, and are committed.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{MISSING, Vector};
use crate::catalog::Relation;
use crate::contract::Operation;
use crate::error::Error;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::audit::course::Course;
use crate::prove::audit::finding::Outcome;
use crate::prove::audit::tally::Tally;
use crate::prove::audit::workload;
use crate::prove::session::Session;
use crate::rows::Row;
use crate::sql::identifier;

pub(super) const VECTOR: Vector = Vector {
    name: "copy",
    rule: MISSING,
    about: "A row is sent by COPY FROM, and committed. It has to leave the entry that an INSERT leaves.",
    bad: include_str!("copy.bad.sql"),
    good: include_str!("copy.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    if !bench.terms.logs(Operation::Insert) {
        return Ok(outcomes);
    }
    // What commits has a clone of its own.
    let database = bench.pristine.duplicate().await?;
    let session = Session::open(&database).await?;
    let mut sender = database.connect().await?;
    let mut course = Course::begin_on(bench, &session).await?;
    for table in bench.terms.tables.iter().copied() {
        let mut tally = Tally::new(&VECTOR, table);
        if let Some(row) = bench.rows(table).into_iter().next() {
            let take_away = format!(
                "SET session_replication_role = replica; {}; RESET session_replication_role",
                workload::take_away(table, row)
            );
            sqlx::raw_sql(AssertSqlSafe(take_away))
                .execute(&mut sender)
                .await?;
            course.catch_up().await?;
            for who in &bench.people[0].people {
                match send(&mut sender, who, table, row).await? {
                    Ok(sql) => {
                        let done = course.observe(who).await?;
                        tally.done(&course, who, &sql, done);
                        break;
                    }
                    Err(message) => tally.is_refused("", &message),
                }
            }
        }
        outcomes.extend(tally.outcomes());
    }
    course.end().await?;
    sender.close().await?;
    Ok(outcomes)
}

/// Sends the row as somebody: the statement, or why it was refused.
async fn send(
    sender: &mut PgConnection,
    who: &Who,
    table: &Relation,
    row: &Row,
) -> Result<Result<String, String>, Error> {
    let columns: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.generated.is_none() && row.values.contains_key(&column.name))
        .map(|column| column.name.as_str())
        .collect();
    let names: Vec<String> = columns.iter().copied().map(identifier).collect();
    let cells: Vec<String> = columns
        .iter()
        .map(|column| cell(row.values.get(*column).and_then(|value| value.as_deref())))
        .collect();
    let copy = format!("COPY {} ({}) FROM STDIN", workload::sql(table), names.join(", "));
    let enter = format!("BEGIN; {}", who.actor.enter());
    let copied = async {
        sqlx::raw_sql(AssertSqlSafe(enter)).execute(&mut *sender).await?;
        let mut sending = sender.copy_in_raw(&copy).await?;
        sending
            .send(format!("{}\n", cells.join("\t")).into_bytes())
            .await?;
        sending.finish().await
    }
    .await;
    let end = if copied.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::raw_sql(end).execute(&mut *sender).await;
    match copied.and(ended.map(|_| 0)) {
        Ok(_) => Ok(Ok(copy)),
        Err(sqlx::Error::Database(refusal)) => Ok(Err(refusal.message().to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// A value in COPY's text format.
fn cell(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "\\N".to_owned();
    };
    value
        .replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t")
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::MISSING, "app.tasks").await;
    }
}
