//! Which candidates fit a table's checks: the server evaluates the checks' own expressions over them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{PgConnection, Row as _};

use super::RowsError;
use super::expression;
use super::session::attempt;
use super::table::{Check, Table};
use super::types::Types;
use super::value::Candidate;
use crate::sql::{identifier, literal};

/// The most combinations that one question asks about.
const COMBINATIONS: usize = 20_000;
/// How often a question that can't be answered is asked again about fewer candidates.
const SHORTENED: usize = 4;

/// A candidate as an expression of that type.
pub(super) fn typed(candidate: &Candidate, type_name: &str) -> String {
    match &candidate.text {
        Some(text) => format!("{}::{type_name}", literal(text)),
        None => format!("NULL::{type_name}"),
    }
}

fn values(candidates: &[Candidate], type_name: &str, alias: &str, ordinal: &str, column: &str) -> String {
    let rows: Vec<String> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| format!("({at}, {})", typed(candidate, type_name)))
        .collect();
    format!("(VALUES {}) AS {alias} ({ordinal}, {column})", rows.join(", "))
}

/// The candidates that conditions on one column alone do not refuse, in their order. Where one can't even be evaluated
/// for some candidate, each is asked about by itself.
async fn fitting(
    session: &mut PgConnection,
    candidates: Vec<Candidate>,
    type_name: &str,
    column: &str,
    conditions: &str,
    joins: &str,
) -> Result<Vec<Candidate>, RowsError> {
    let question = |some: &[Candidate]| {
        format!(
            "SELECT pgproof_o::int4 FROM {}{joins} WHERE {conditions} ORDER BY 1",
            values(some, type_name, "pgproof_v", "pgproof_o", column)
        )
    };
    if let Ok(rows) = attempt(session, question(&candidates)).await? {
        let fitting: BTreeSet<i32> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
        let fits = |at| i32::try_from(at).is_ok_and(|at| fitting.contains(&at));
        return Ok(keep(candidates, fits));
    }
    let mut kept = Vec::new();
    for candidate in candidates {
        if let Ok(rows) = attempt(session, question(std::slice::from_ref(&candidate))).await?
            && !rows.is_empty()
        {
            kept.push(candidate);
        }
    }
    Ok(kept)
}

fn keep(candidates: Vec<Candidate>, fits: impl Fn(usize) -> bool) -> Vec<Candidate> {
    candidates
        .into_iter()
        .enumerate()
        .filter(|(at, _)| fits(*at))
        .map(|(_, candidate)| candidate)
        .collect()
}

fn all_of<'a>(expressions: impl Iterator<Item = &'a str>) -> String {
    let conditions: Vec<String> = expressions
        .map(|expression| format!("({expression}) IS NOT FALSE"))
        .collect();
    if conditions.is_empty() {
        "true".to_owned()
    } else {
        conditions.join(" AND ")
    }
}

/// The generated columns that checks name, computed from the others.
fn generated(table: &Table<'_>, checks: &[&Check]) -> String {
    let named = |column: &str| {
        checks.iter().any(|check| {
            expression::places(&expression::tokens(&check.expression), column)
                .next()
                .is_some()
        })
    };
    let joins: Vec<String> = table
        .columns
        .iter()
        .filter_map(|column| Some((column.name, column.generated?)))
        .filter(|(name, _)| named(name))
        .map(|(name, of)| {
            let alias = identifier(&format!("pgproof_{name}"));
            let name = identifier(name);
            format!(" CROSS JOIN LATERAL (SELECT ({of}) AS {name}) AS {alias}")
        })
        .collect();
    joins.concat()
}

/// What [`of_column`] leaves of the candidates of several columns, with one question about all of them if it can be
/// answered.
pub(super) async fn of_columns(
    session: &mut PgConnection,
    types: &Types,
    table: &Table<'_>,
    candidates: &BTreeMap<usize, Vec<Candidate>>,
) -> Result<BTreeMap<usize, Vec<Candidate>>, RowsError> {
    let mut fitting = BTreeMap::new();
    let mut questions = Vec::new();
    for (&at, candidates) in candidates {
        let column = &table.columns[at];
        let checks = own_checks(table, at);
        let domain = types.has_domain(column.type_oid);
        if candidates.is_empty() || checks.is_empty() && !domain {
            fitting.insert(at, candidates.clone());
        } else if !domain {
            questions.push(format!(
                "(SELECT {at}, pgproof_o::int4 FROM {}{} WHERE {})",
                values(
                    candidates,
                    types.name(column.type_oid),
                    "pgproof_v",
                    "pgproof_o",
                    &identifier(column.name)
                ),
                generated(table, &checks),
                all_of(checks.iter().map(|check| check.expression.as_str())),
            ));
        }
    }
    let mut answered = None;
    if !questions.is_empty() {
        answered = attempt(session, questions.join("\nUNION ALL ")).await?.ok();
    }
    let mut places: BTreeSet<(i32, i32)> = BTreeSet::new();
    for row in answered.iter().flatten() {
        places.insert((row.try_get(0)?, row.try_get(1)?));
    }
    let number = |place: usize| i32::try_from(place).unwrap_or(-1);
    for (&at, candidates) in candidates {
        if fitting.contains_key(&at) {
            continue;
        }
        let kept = if answered.is_some() && !types.has_domain(table.columns[at].type_oid) {
            keep(candidates.clone(), |place| {
                places.contains(&(number(at), number(place)))
            })
        } else {
            of_column(session, types, table, at, candidates.clone()).await?
        };
        fitting.insert(at, kept);
    }
    Ok(fitting)
}

/// The checks on this column alone.
fn own_checks<'t>(table: &'t Table<'_>, at: usize) -> Vec<&'t Check> {
    table
        .checks
        .iter()
        .filter(|check| check.columns.len() == 1 && check.columns.contains(&at))
        .collect()
}

/// What the checks on this column alone, and those of its domain, leave of the candidates.
pub(super) async fn of_column(
    session: &mut PgConnection,
    types: &Types,
    table: &Table<'_>,
    at: usize,
    mut candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, RowsError> {
    let column = &table.columns[at];
    let (base, _, domain_checks) = types.undomained(column.type_oid, column.modifier);
    if !domain_checks.is_empty() && !candidates.is_empty() {
        let conditions = all_of(
            domain_checks
                .iter()
                .filter_map(|check| expression::of_check(check)),
        );
        candidates = fitting(session, candidates, types.name(base), "value", &conditions, "").await?;
    }
    let checks = own_checks(table, at);
    if !checks.is_empty() && !candidates.is_empty() {
        let conditions = all_of(checks.iter().map(|check| check.expression.as_str()));
        candidates = fitting(
            session,
            candidates,
            types.name(column.type_oid),
            &identifier(column.name),
            &conditions,
            &generated(table, &checks),
        )
        .await?;
    }
    Ok(candidates)
}

/// Columns that checks bind together, each set with its checks.
pub(super) fn bound<'t>(table: &'t Table<'_>) -> Vec<(BTreeSet<usize>, Vec<&'t Check>)> {
    let mut sets: Vec<(BTreeSet<usize>, Vec<&Check>)> = Vec::new();
    for check in table.checks.iter().filter(|check| check.columns.len() > 1) {
        let (touched, mut others): (Vec<_>, Vec<_>) = sets
            .into_iter()
            .partition(|(columns, _)| !columns.is_disjoint(&check.columns));
        let mut merged = (check.columns.clone(), vec![check]);
        for (columns, checks) in touched {
            merged.0.extend(columns);
            merged.1.extend(checks);
        }
        others.push(merged);
        sets = others;
    }
    sets
}

/// What came of asking for a combination.
pub(super) enum Combination {
    /// For each column the place of its candidate.
    Found(Vec<usize>),
    /// No combination of the candidates fits.
    None,
    /// The server could not evaluate the checks.
    Unknown,
}

/// The best combination of candidates for columns that checks bind together.
pub(super) async fn combine(
    session: &mut PgConnection,
    types: &Types,
    table: &Table<'_>,
    columns: &[usize],
    candidates: &[&[Candidate]],
    checks: &[&Check],
) -> Result<Combination, RowsError> {
    let mut most = COMBINATIONS;
    let mut sizes = vec![1; columns.len()];
    // Widened one by one, so that a column with few candidates leaves room for the others.
    'widen: loop {
        let before = sizes.clone();
        for at in 0..columns.len() {
            if sizes[at] < candidates[at].len() {
                let product: usize = sizes.iter().product();
                if product / sizes[at] * (sizes[at] + 1) > most {
                    break 'widen;
                }
                sizes[at] += 1;
            }
        }
        if before == sizes {
            break;
        }
        most = COMBINATIONS;
    }
    let ordinals: Vec<String> = (0..columns.len()).map(|at| format!("pgproof_o{at}")).collect();
    // Some checks can't be evaluated for every candidate, such as for infinite times, which come last.
    for _ in 0..SHORTENED {
        let sources: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(at, &column)| {
                let column = &table.columns[column];
                values(
                    &candidates[at][..sizes[at]],
                    types.name(column.type_oid),
                    &format!("pgproof_v{at}"),
                    &format!("pgproof_o{at}"),
                    &identifier(column.name),
                )
            })
            .collect();
        let question = format!(
            "SELECT ARRAY[{}]::int4[] FROM {}{} WHERE {} ORDER BY {} LIMIT 1",
            ordinals.join(", "),
            sources.join(" CROSS JOIN "),
            generated(table, checks),
            all_of(checks.iter().map(|check| check.expression.as_str())),
            ordinals.join(" + "),
        );
        let Ok(rows) = attempt(session, question).await? else {
            for size in &mut sizes {
                *size = size.div_ceil(2);
            }
            continue;
        };
        let Some(row) = rows.first() else {
            return Ok(Combination::None);
        };
        let places: Vec<i32> = row.try_get(0)?;
        return Ok(Combination::Found(
            places
                .into_iter()
                .map(|place| usize::try_from(place).unwrap_or_default())
                .collect(),
        ));
    }
    Ok(Combination::Unknown)
}

/// Whether a type takes a text.
pub(super) async fn takes(
    session: &mut PgConnection,
    type_name: &str,
    text: &str,
) -> Result<bool, RowsError> {
    let question = format!("SELECT {}::{type_name}::text", literal(text));
    Ok(attempt(session, question).await?.is_ok())
}
