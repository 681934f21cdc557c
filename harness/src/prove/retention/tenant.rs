//! Which tenant a run is for, where it is for one: told by `$1`, or by the value that stands in the statement.

use super::bench::Bench;
use crate::error::Error;
use crate::prove::mention::Mentions;
use crate::sql::{literal, qualified};

/// The tenant, and the statement with it put in. None: the run is for all tenants, or it can't be told.
pub(super) async fn of(bench: &Bench<'_>) -> Result<(Option<String>, String), Error> {
    let statement = bench.entry.run.clone();
    let Some((target, column)) = bench
        .targets
        .iter()
        .find_map(|target| Some((target, target.rule.tenant.as_deref()?)))
    else {
        return Ok((None, statement));
    };
    let query = format!(
        "SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY 1",
        column = crate::sql::identifier(column),
        table = qualified(&target.relation.name.schema, &target.relation.name.name),
    );
    let known: Vec<String> = bench
        .session
        .rows(&query)
        .await?
        .into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect();
    if statement.contains("$1") {
        let tenant = known.first().cloned();
        let value = tenant.as_deref().map_or_else(|| "NULL".to_owned(), literal);
        return Ok((tenant, statement.replace("$1", &value)));
    }
    let data_type = target
        .relation
        .column(column)
        .map_or("text", |column| column.data_type.as_str());
    let tenant = match values(&statement).as_slice() {
        [] => None,
        given => chosen(
            bench,
            given,
            &known,
            data_type,
            column,
            target.rule.keep.as_ref().map(crate::contract::Interval::as_str),
        ),
    };
    Ok((tenant, statement))
}

/// The one of the statement's values that is a tenant's.
fn chosen(
    bench: &Bench<'_>,
    given: &[(usize, String)],
    known: &[String],
    data_type: &str,
    column: &str,
    keep: Option<&str>,
) -> Option<String> {
    // The parameter that is called like the column says it best.
    let parameter = bench.function.and_then(|function| {
        function.identity_arguments.split(',').position(|argument| {
            let stem = column.trim_end_matches("_id");
            Mentions::of(argument).any(&[
                column,
                stem,
                &format!("p_{column}"),
                &format!("_{column}"),
                &format!("p_{stem}"),
            ]) || argument.contains(stem)
        })
    });
    if let Some(position) = parameter
        && let Some((_, value)) = given.iter().find(|(at, _)| *at == position)
    {
        return Some(value.clone());
    }
    let is_number = |value: &str| value.parse::<i64>().is_ok();
    let fits = |value: &str| match data_type {
        "uuid" => uuid::Uuid::parse_str(value).is_ok(),
        "integer" | "bigint" | "smallint" | "numeric" => {
            is_number(value) && keep.is_none_or(|keep| !keep.split_whitespace().any(|part| part == value))
        }
        _ => known.iter().any(|known| known == value) && !is_number(value),
    };
    let mut fitting = given.iter().filter(|(_, value)| fits(value));
    match (fitting.next(), fitting.next()) {
        (Some((_, value)), None) => Some(value.clone()),
        _ => None,
    }
}

/// The constants in a statement, each with the number of the argument that it stands in.
fn values(statement: &str) -> Vec<(usize, String)> {
    let (mut found, mut argument, mut rest) = (Vec::new(), 0, statement);
    rest = rest.split_once('(').map_or("", |(_, rest)| rest);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let inside = &rest[1..];
            let end = inside.find('\'').unwrap_or(inside.len());
            found.push((argument, inside[..end].to_owned()));
            rest = inside.get(end + 1..).unwrap_or_default();
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            found.push((argument, rest[..end].to_owned()));
            rest = &rest[end..];
        } else {
            if first == ',' {
                argument += 1;
            }
            rest = &rest[first.len_utf8()..];
            if first.is_alphanumeric() || first == '_' {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                rest = &rest[end..];
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn constants_are_told_with_their_argument() {
        let found = values("SELECT * FROM purge_for('acme', make_interval(days => 30), 7::int)");
        let found: Vec<(usize, &str)> = found.iter().map(|(at, value)| (*at, value.as_str())).collect();
        assert_eq!(found, [(0, "acme"), (1, "30"), (2, "7")]);
    }
}
