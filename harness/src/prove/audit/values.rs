//! Other values for a column: those of other rows, those that its keys point to, and some made of its type.

use super::bench::Bench;
use crate::catalog::{Catalog, Column, ConstraintKind, Relation, TypeKind};
use crate::rows::Row;
use crate::sql::{identifier, literal};

/// How many values of other rows are tried.
const MOST: usize = 4;

/// Expressions that may be set in place of what the row of `t` holds, the likeliest first.
pub(super) fn others(bench: &Bench<'_>, table: &Relation, column: &Column, row: &Row) -> Vec<String> {
    let held = row.values.get(&column.name).and_then(|value| value.as_deref());
    let mut known: Vec<&Option<String>> = bench
        .rows(table)
        .into_iter()
        .filter_map(|other| other.values.get(&column.name))
        .collect();
    for constraint in &table.constraints {
        let (Some(reference), ConstraintKind::ForeignKey) = (&constraint.references, constraint.kind) else {
            continue;
        };
        let at = constraint.columns.iter().position(|name| *name == column.name);
        let matched = at.and_then(|at| reference.columns.get(at));
        let parents = bench
            .world
            .table(&reference.relation.schema, &reference.relation.name);
        if let (Some(matched), Some(parents)) = (matched, parents) {
            known.extend(
                parents
                    .rows
                    .iter()
                    .filter_map(|parent| parent.values.get(matched)),
            );
        }
    }
    let mut values: Vec<&str> = Vec::new();
    for value in known.into_iter().flatten() {
        if Some(value.as_str()) != held && !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    let mut expressions: Vec<String> = values.into_iter().take(MOST).map(literal).collect();
    expressions.extend(made(bench.terms.catalog, column));
    expressions
}

/// The value of the column's type that is hardly one, where there is such a value.
pub(super) fn empty(catalog: &Catalog, column: &Column) -> Option<&'static str> {
    let data_type = base(catalog, &column.data_type);
    match data_type.split('(').next().unwrap_or_default().trim() {
        "boolean" => Some("false"),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Some("0"),
        "text" | "character varying" | "citext" => Some("''"),
        _ => None,
    }
}

/// Expressions that differ from what the column holds, whatever that is.
fn made(catalog: &Catalog, column: &Column) -> Vec<String> {
    let c = format!("t.{}", identifier(&column.name));
    let data_type = base(catalog, &column.data_type);
    let plain = data_type.split('(').next().unwrap_or_default().trim();
    if let Some(labels) = labels(catalog, plain) {
        return labels.iter().map(|label| literal(label)).collect();
    }
    let list: Vec<String> = if plain.ends_with("[]") {
        vec!["'{}'".to_owned(), format!("{c} || {c}")]
    } else {
        match plain {
            "boolean" => vec![format!("NOT coalesce({c}, false)")],
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
                vec![
                    format!("coalesce({c}, 0) + 1"),
                    format!("coalesce({c}, 2) - 1"),
                    "0".to_owned(),
                ]
            }
            "text" | "character varying" | "citext" => vec![
                format!("coalesce({c}, '') || 'x'"),
                "'x'".to_owned(),
                "'y'".to_owned(),
            ],
            "character" | "\"char\"" => vec!["'x'".to_owned(), "'y'".to_owned()],
            "uuid" => vec!["pg_catalog.gen_random_uuid()".to_owned()],
            "date" => vec![format!("coalesce({c}, current_date) + 1"), format!("{c} - 1")],
            "interval" => vec![format!("coalesce({c}, '0') + interval '1 day'")],
            "jsonb" | "json" => vec![
                "'{\"pgproof\": 1}'".to_owned(),
                "'[]'".to_owned(),
                "'{}'".to_owned(),
            ],
            "bytea" => vec!["'\\x00ff'".to_owned()],
            "inet" | "cidr" => vec!["'192.0.2.7'".to_owned(), "'192.0.2.8'".to_owned()],
            "tsvector" | "tsquery" => vec!["'pgproof'".to_owned()],
            "xml" => vec!["'<pgproof/>'".to_owned()],
            _ if plain.ends_with("range") => vec!["'empty'".to_owned()],
            _ if data_type.starts_with("timestamp") => vec![
                format!("coalesce({c}, now()) + interval '1 day'"),
                format!("coalesce({c}, now()) - interval '1 day'"),
            ],
            _ if data_type.starts_with("time") => vec![format!("coalesce({c}, '12:00') + interval '1 hour'")],
            _ => Vec::new(),
        }
    };
    list
}

/// Expressions that differ slightly from what the column then holds, to be set one after the other: each is a change that
/// a careless comparison takes for none. Where there may be nothing to change so, the one before brings it about.
pub(super) fn slight(catalog: &Catalog, column: &Column) -> Vec<String> {
    let c = format!("t.{}", identifier(&column.name));
    let data_type = base(catalog, &column.data_type);
    let plain = data_type.split('(').next().unwrap_or_default().trim();
    if let Some(element) = plain.strip_suffix("[]") {
        return slight_array(catalog, &c, element);
    }
    match plain {
        // As the column's own type, for this may not tell case or blanks apart.
        "text" | "character varying" | "citext" | "character" => [
            format!("coalesce({c}, '') || 'Ab'"),
            format!("CASE WHEN {c}::text = upper({c}::text) THEN lower({c}::text) ELSE upper({c}::text) END"),
            format!("{c} || ' '"),
        ]
        .map(|value| format!("({value})::{}", column.data_type))
        .to_vec(),
        "jsonb" | "json" => {
            let j = format!("{c}::jsonb");
            let object = format!("(CASE WHEN jsonb_typeof({j}) = 'object' THEN {j} ELSE '{{}}' END)");
            vec![
                format!("(CASE WHEN jsonb_typeof({j}) = 'array' THEN {j} || '[\"pgproof\"]' ELSE {j} END)"),
                format!("({object} || '{{\"pgproof\": {{\"a\": 1}}}}')"),
                format!("({object} || '{{\"pgproof\": {{\"a\": 2}}}}')"),
                format!("({object} - 'pgproof')"),
            ]
        }
        "numeric" | "real" | "double precision" => vec![format!("({c} + 0.01)"), format!("(- {c})")],
        "smallint" | "integer" | "bigint" => vec![format!("(- {c})")],
        _ if data_type.starts_with("time") => vec![format!("({c} + interval '1 millisecond')")],
        _ => Vec::new(),
    }
}

/// Another order, an element twice, and once again.
fn slight_array(catalog: &Catalog, c: &str, element: &str) -> Vec<String> {
    let two = match element.split('(').next().unwrap_or_default().trim() {
        "text" | "character varying" | "citext" => Some("{pgproof,other}".to_owned()),
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            Some("{1,2}".to_owned())
        }
        "uuid" => {
            Some("{aaaaaaaa-0000-4000-8000-000000000001,bbbbbbbb-0000-4000-8000-000000000002}".to_owned())
        }
        plain => labels(catalog, plain).and_then(|labels| match labels.as_slice() {
            [one, other, ..] => {
                let quoted = |label: &String| format!("{label:?}");
                Some(format!("{{{},{}}}", quoted(one), quoted(other)))
            }
            _ => None,
        }),
    };
    let mut values: Vec<String> = two
        .map(|two| format!("({c} || {})", literal(&two)))
        .into_iter()
        .collect();
    values.extend([
        format!(
            "(CASE WHEN array_ndims({c}) = 1 THEN ARRAY(SELECT e FROM unnest({c}) WITH ORDINALITY AS u (e, n) \
             ORDER BY n DESC) ELSE {c} END)"
        ),
        format!("(CASE WHEN array_ndims({c}) = 1 THEN array_append({c}, {c}[1]) ELSE {c} END)"),
        format!("(CASE WHEN array_ndims({c}) = 1 THEN {c}[1:cardinality({c}) - 1] ELSE {c} END)"),
    ]);
    values
}

/// Whether the column holds `json` or `jsonb`.
pub(super) fn is_json(catalog: &Catalog, column: &Column) -> bool {
    matches!(base(catalog, &column.data_type).as_str(), "json" | "jsonb")
}

/// Whether the column holds a point in time.
pub(super) fn is_time(catalog: &Catalog, column: &Column) -> bool {
    let data_type = base(catalog, &column.data_type);
    data_type == "date" || data_type.starts_with("timestamp")
}

/// All values of a column that has few by its type: labels, or true and false.
pub(super) fn kinds(catalog: &Catalog, column: &Column) -> Option<Vec<String>> {
    let data_type = base(catalog, &column.data_type);
    if data_type == "boolean" {
        return Some(vec!["true".to_owned(), "false".to_owned()]);
    }
    labels(catalog, &data_type).cloned()
}

/// What a domain is made of, however many lie between.
fn base(catalog: &Catalog, data_type: &str) -> String {
    let mut at = data_type.to_owned();
    while let Some(domain) = catalog.types.iter().find(|known| {
        known.kind == TypeKind::Domain && (known.name.to_string() == at || known.name.name == at)
    }) {
        match &domain.base_type {
            Some(base) if *base != at => at.clone_from(base),
            _ => break,
        }
    }
    at
}

fn labels<'a>(catalog: &'a Catalog, data_type: &str) -> Option<&'a Vec<String>> {
    catalog
        .types
        .iter()
        .find(|known| {
            known.kind == TypeKind::Enum
                && (known.name.to_string() == data_type || known.name.name == data_type)
        })
        .and_then(|known| known.labels.as_ref())
}
