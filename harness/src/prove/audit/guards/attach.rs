//! The log's own trigger function on a table that the application makes.

use super::attempt::attackers;
use super::function::forged;
use super::shadow::shadow;
use super::{FORGEABLE, Guard, Shown};
use crate::catalog::Relation;
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::writers;
use crate::rows::Row;
use crate::sql::{identifier, literal_or_null};

pub(super) const GUARD: Guard = Guard {
    name: "borrowed trigger",
    rule: FORGEABLE,
    about: "The application's role makes a temporary table of an audited table's name, puts the trigger function of the log on \
            it, as it is on the real one, and inserts a row. An entry that looks like one of the real table is forged: a warning where \
            the contract says hostile_sql, else information, since it takes SQL of one's own.",
    bad: include_str!("attach.bad.sql"),
    good: include_str!("attach.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let log = bench.log.relation.name.to_string();
    let Some(who) = attackers(bench).into_iter().next() else {
        return Ok(Vec::new());
    };
    let mut tried = false;
    for &table in &bench.terms.tables {
        for sql in statements(bench, table) {
            tried = true;
            let Some(observed) = forged(bench, &who, &sql).await? else {
                continue;
            };
            let role = who.actor.effective();
            let message = format!(
                "{role} can write entries that look like those of {} by the log's own trigger function",
                table.name
            );
            let shown = Shown {
                who: &who,
                prepared: &[],
                sql: &sql,
                expected: "an entry that is told apart, or permission denied",
                observed: &observed,
            };
            let mut objects = vec![log];
            objects.extend(writers::of(bench, &table.name, None).into_iter().take(1));
            let severity = if bench.hostile_sql {
                Severity::Warning
            } else {
                Severity::Info
            };
            let mut claims = GUARD.found(&objects, &message, &shown);
            for claim in &mut claims {
                claim.severity = severity;
            }
            return Ok(claims);
        }
    }
    Ok(if tried {
        vec![GUARD.held(
            &log,
            "no table of the application's own leaves entries that look like real ones",
        )]
    } else {
        Vec::new()
    })
}

/// For each trigger of the table that calls a function: the same on a temporary table.
fn statements(bench: &Bench<'_>, table: &Relation) -> Vec<String> {
    let Some(row) = bench.rows(table).into_iter().next() else {
        return Vec::new();
    };
    let name = identifier(&table.name.name);
    let functions = writers::functions(bench, &table.name, None);
    let family = bench.terms.family(table);
    let triggers = family.iter().flat_map(|relation| &relation.triggers);
    let mut calls: Vec<&str> = triggers
        .filter(|trigger| functions.iter().any(|function| function.name == trigger.function))
        .filter_map(|trigger| Some(trigger.definition.split_once("EXECUTE FUNCTION ")?.1))
        .collect();
    calls.sort_unstable();
    calls.dedup();
    calls
        .into_iter()
        .flat_map(|call| {
            let insert = insert(&name, table, row);
            let table = shadow(table);
            ["FOR EACH ROW", "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"].map(|each| {
                format!(
                    "{table}; CREATE TRIGGER pgproof AFTER INSERT ON pg_temp.{name} {each} EXECUTE FUNCTION {call}; {insert}"
                )
            })
        })
        .collect()
}

fn insert(name: &str, table: &Relation, row: &Row) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| identifier(&column.name))
        .collect();
    let values: Vec<String> = table
        .columns
        .iter()
        .map(|column| literal_or_null(row.values.get(&column.name).and_then(|value| value.as_deref())))
        .collect();
    format!(
        "INSERT INTO pg_temp.{name} ({}) VALUES ({})",
        columns.join(", "),
        values.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let hostile =
            "\n[isolation]\nrole = \"app_user\"\ncontext = { setting = \"app.actor\" }\nhostile_sql = true\n";
        breaks_and_mends(&super::GUARD, "audit.log", hostile).await;
    }
}
