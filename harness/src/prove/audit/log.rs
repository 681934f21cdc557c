//! The log: which of its columns holds what, and the entries that a step left in it.

use super::entry::{Entry, Recorded};
use super::happened;
use super::terms::Terms;
use crate::catalog::{Catalog, Relation, RelationKind, TypeKind};
use crate::contract::{Audit, nearest};
use crate::error::Error;
use crate::prove::image::{Image, as_superuser, as_text};
use crate::prove::session::Session;
use crate::sql::{identifier, literal, qualified};

/// A table that entries are written to.
pub(super) struct Log<'a> {
    pub(super) relation: &'a Relation,
    /// The columns that the contract names, by its names for them: `op`, `row_id` …
    columns: Vec<(&'static str, &'a str)>,
    /// Reads the entries that were written since the first transaction of `$1`.
    query: String,
}

impl<'a> Log<'a> {
    /// Finds it in the catalog.
    ///
    /// # Errors
    /// It is not there, or has no such column; in words.
    pub(super) fn of(catalog: &'a Catalog, audit: &'a Audit) -> Result<Self, String> {
        let name = &audit.log;
        let Some(relation) = catalog.relation(&name.schema, &name.name) else {
            let known: Vec<String> = catalog
                .relations
                .iter()
                .map(|relation| relation.name.to_string())
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let meant = nearest(&name.to_string(), &known);
            let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            return Err(format!("no migration makes the log {name}{meant}"));
        };
        if !matches!(
            relation.kind,
            RelationKind::Table | RelationKind::PartitionedTable
        ) {
            return Err(format!("the log {name} is a {}, and no table", relation.kind));
        }
        let said = &audit.columns;
        let columns: Vec<(&'static str, &str)> = [
            ("schema", &said.schema),
            ("table", &said.table),
            ("op", &said.op),
            ("row_id", &said.row_id),
            ("old", &said.old),
            ("new", &said.new),
            ("changed", &said.changed),
            ("actor", &said.actor),
            ("at", &said.at),
        ]
        .into_iter()
        .filter_map(|(meaning, column)| Some((meaning, column.as_deref()?)))
        .collect();
        for (meaning, column) in &columns {
            if relation.column(column).is_none() {
                let known: Vec<&str> = relation.columns.iter().map(|known| known.name.as_str()).collect();
                let meant = nearest(column, &known);
                let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
                return Err(format!(
                    "the log {name} has no column {column} for `{meaning}`{meant}"
                ));
            }
        }
        let query = query(catalog, relation, &columns);
        Ok(Self {
            relation,
            columns,
            query,
        })
    }

    /// The log's column for that, as the contract has it.
    pub(super) fn column(&self, meaning: &str) -> Option<&'a str> {
        self.columns
            .iter()
            .find(|(known, _)| *known == meaning)
            .map(|(_, column)| *column)
    }

    /// Whether that table is the log or one of its partitions.
    pub(super) fn is(&self, catalog: &Catalog, relation: &Relation) -> bool {
        happened::root(catalog, relation).name == self.relation.name || relation.name == self.relation.name
    }

    /// The entries that transactions from that one on have written, in the order in which they were.
    pub(super) async fn since(&self, session: &Session, first: u64) -> Result<Vec<Entry>, Error> {
        let query = self.query.replace("$1", &first.to_string());
        let rows = session.rows(&as_superuser(&query)).await?;
        let entries = rows.into_iter().filter_map(|row| {
            let [place, fields, timely, old, new] = <[Option<String>; 5]>::try_from(row).ok()?;
            Some(Entry {
                place: place?,
                fields: serde_json::from_str(&fields?).unwrap_or_default(),
                old: recorded(old),
                new: recorded(new),
                timely: timely.map(|timely| timely == "t"),
            })
        });
        Ok(entries.collect())
    }

    /// Reads images by the type of the table that they are of, so that neither the zone nor the form of numbers that the
    /// trigger's session had makes a difference. What is no image of such a row stays as it is.
    pub(super) async fn typed(
        &self,
        session: &Session,
        terms: &Terms<'_>,
        entries: &[Entry],
    ) -> Result<Vec<Entry>, Error> {
        let mut typed = Vec::new();
        for entry in entries {
            let table =
                terms.tables.iter().copied().find(|table| {
                    entry.fits_table(terms, table, &terms.family(table)) != super::entry::Fit::No
                });
            let mut entry = entry.clone();
            if let Some(table) = table {
                entry.old = typed_image(session, terms, table, entry.old).await?;
                entry.new = typed_image(session, terms, table, entry.new).await?;
            }
            typed.push(entry);
        }
        Ok(typed)
    }
}

fn recorded(text: Option<String>) -> Recorded {
    let Some(text) = text else {
        return Recorded::Nothing;
    };
    // What the query gives of an object has a mark before it; all else is text that may be anything.
    match text.strip_prefix("row:") {
        Some(object) => match serde_json::from_str::<Image>(object) {
            Ok(image) if image.is_empty() => Recorded::Nothing,
            Ok(image) => Recorded::Row(image),
            Err(_) => Recorded::Text(object.to_owned()),
        },
        None => match text.strip_prefix("text:").unwrap_or(&text) {
            "" | "null" | "{}" => Recorded::Nothing,
            other => Recorded::Text(other.to_owned()),
        },
    }
}

async fn typed_image(
    session: &Session,
    terms: &Terms<'_>,
    table: &Relation,
    recorded: Recorded,
) -> Result<Recorded, Error> {
    let name = qualified(&table.name.schema, &table.name.name);
    let (record, known): (String, Option<Image>) = match &recorded {
        Recorded::Nothing => return Ok(recorded),
        Recorded::Row(image) => (populated(terms, table, &name, image), Some(image.clone())),
        Recorded::Text(text) if text.trim_start().starts_with('{') => {
            let object = format!("{}::jsonb", literal(text));
            let fields = as_text(&object);
            match look(session, &fields).await? {
                Some(image) => (populated(terms, table, &name, &image), Some(image)),
                None => return Ok(recorded),
            }
        }
        Recorded::Text(text) => (format!("{}::{name}", literal(text)), None),
    };
    let Some(mut typed) = look(session, &as_text(&record)).await? else {
        // Some field does not fit its column; the rest is compared as text.
        return Ok(known.map_or(recorded, Recorded::Row));
    };
    if let Some(known) = known {
        typed.retain(|column, _| known.contains_key(column));
        for (column, value) in known {
            typed.entry(column).or_insert(value);
        }
    }
    Ok(Recorded::Row(typed))
}

/// The row that an image is of, without what is masked in it.
fn populated(terms: &Terms<'_>, table: &Relation, name: &str, image: &Image) -> String {
    let fields: Vec<String> = image
        .iter()
        .filter(|(column, _)| table.column(column).is_some() && !terms.is_redacted(table, column))
        .map(|(column, value)| {
            let nested = |text: &String| text.starts_with(['[', '{']);
            let value = match value {
                None => "NULL".to_owned(),
                // What was an object or a list has to be one again.
                Some(text) if nested(text) && serde_json::from_str::<serde_json::Value>(text).is_ok() => {
                    format!("{}::jsonb", literal(text))
                }
                Some(text) => format!("{}::text", literal(text)),
            };
            format!("{}::text, {value}", literal(column))
        })
        .collect();
    // A function takes no more than a hundred arguments.
    let parts: Vec<String> = fields
        .chunks(40)
        .map(|chunk| format!("pg_catalog.jsonb_build_object({})", chunk.join(", ")))
        .collect();
    let object = if parts.is_empty() {
        "'{}'::jsonb".to_owned()
    } else {
        parts.join(" || ")
    };
    format!("pg_catalog.jsonb_populate_record(NULL::{name}, {object})")
}

/// The image that an expression gives; None where it fails.
async fn look(session: &Session, expression: &str) -> Result<Option<Image>, Error> {
    let query = format!("SELECT {expression}");
    let (begun, seen, ended) = tokio::join!(
        session.run(include_str!("../image_settings.sql")),
        session.send(&query),
        session.run("ROLLBACK TO SAVEPOINT image; RELEASE SAVEPOINT image"),
    );
    begun?;
    ended?;
    let seen = seen?;
    Ok(seen.rows.first().and_then(|text| serde_json::from_str(text).ok()))
}

fn query(catalog: &Catalog, log: &Relation, columns: &[(&str, &str)]) -> String {
    let plain: Vec<String> = columns
        .iter()
        .filter(|(meaning, _)| !matches!(*meaning, "old" | "new" | "at"))
        .map(|(meaning, column)| format!("{}, t.{}", literal(meaning), identifier(column)))
        .collect();
    let fields = as_text(&format!("pg_catalog.jsonb_build_object({})", plain.join(", ")));
    let of = |meaning: &str| {
        columns
            .iter()
            .find(|(known, _)| *known == meaning)
            .and_then(|(_, column)| log.column(column))
    };
    let image = |meaning: &str| {
        of(meaning).map_or_else(
            || "NULL".to_owned(),
            |column| {
                image(
                    catalog,
                    &format!("t.{}", identifier(&column.name)),
                    &column.data_type,
                )
            },
        )
    };
    let timely = of("at").map_or_else(
        || "NULL".to_owned(),
        |column| timely(&format!("t.{}", identifier(&column.name)), &column.data_type),
    );
    include_str!("entries.sql")
        .replace("$fields", &fields)
        .replace("$timely", &timely)
        .replace("$old", &image("old"))
        .replace("$new", &image("new"))
        .replace("$log", &qualified(&log.name.schema, &log.name.name))
}

/// An expression of the image in a column as text, with a mark that tells an object from other text.
fn image(catalog: &Catalog, column: &str, data_type: &str) -> String {
    let is_composite = || {
        catalog.types.iter().any(|known| {
            known.kind == TypeKind::Composite
                && (known.name.to_string() == data_type || known.name.name == data_type)
        }) || catalog
            .relations
            .iter()
            .any(|relation| relation.name.to_string() == data_type || relation.name.name == data_type)
    };
    let object = match data_type {
        "jsonb" => column.to_owned(),
        "json" => format!("{column}::jsonb"),
        _ if data_type.ends_with("hstore") || is_composite() => format!("pg_catalog.to_jsonb({column})"),
        _ => return format!("'text:' || {column}::text"),
    };
    format!(
        "CASE pg_catalog.jsonb_typeof({object}) WHEN 'object' THEN 'row:' || {} ELSE 'text:' || ({object})::text END",
        // Only an object has fields; the CASE keeps the rest away, but not from the planner.
        as_text(&format!(
            "CASE pg_catalog.jsonb_typeof({object}) WHEN 'object' THEN {object} END"
        ))
    )
}

/// True where the column's time is between the transaction's begin and now. A time of whole seconds may have been cut or
/// rounded. One without a zone may be in any, and these lie whole quarters of an hour apart.
fn timely(column: &str, data_type: &str) -> String {
    let text = if data_type.starts_with("timestamp") && data_type.ends_with("with time zone") {
        include_str!("timely.sql")
    } else if data_type.starts_with("timestamp") {
        include_str!("timely_without_zone.sql")
    } else {
        return "NULL".to_owned();
    };
    text.replace("$at", column)
}
