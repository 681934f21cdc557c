//! What is in tables, as a superuser sees it, row level security or not: read before and after something happened, and
//! what became of each row between.
//!
//! A row is known by the place where it lies (its `ctid`): as long as nobody writes it, it stays there, in every clone of
//! a database. A row that was written lies elsewhere, be it with the values that it had; which row it was before is told
//! by its key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::session::Session;
use crate::catalog::{Catalog, ConstraintKind, Name, Relation, RelationKind};
use crate::error::Error;
use crate::sql::qualified;

/// A row's columns as text, as `jsonb` has them, in UTC; `None` is NULL.
pub(super) type Image = BTreeMap<String, Option<String>>;

/// The rows of one table, by place.
pub(super) type Rows = BTreeMap<String, Arc<Image>>;

/// The rows of some tables. Copies of it share what they have in common: most attempts change few rows or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Images(pub(super) BTreeMap<Name, Arc<Rows>>);

/// What became of one row, or of two that nothing tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) table: Name,
    /// Where the old row lay.
    pub(super) place: Option<String>,
    /// None: it is new.
    pub(super) old: Option<Image>,
    /// None: it is gone.
    pub(super) new: Option<Image>,
}

impl Images {
    /// Every table that holds rows itself, in schemas that are not PostgreSQL's.
    pub(super) async fn read(session: &Session, catalog: &Catalog) -> Result<Self, Error> {
        let tables: Vec<&Name> = tables(catalog).map(|relation| &relation.name).collect();
        Self::of(session, &tables).await
    }

    /// The same after something that may have dropped some of them: those have no rows.
    pub(super) async fn read_left(session: &Session, catalog: &Catalog) -> Result<Self, Error> {
        let tables: Vec<&Relation> = tables(catalog).collect();
        let left = left(session, &tables).await?;
        let mut images = Self::of(session, &left).await?;
        for table in tables {
            images.0.entry(table.name.clone()).or_default();
        }
        Ok(images)
    }

    /// These tables alone. It takes a transaction, whoever acts in it: the session is left as it was.
    pub(super) async fn of(session: &Session, tables: &[&Name]) -> Result<Self, Error> {
        let queries: Vec<String> = tables
            .iter()
            .enumerate()
            .map(|(number, name)| query(number, name))
            .collect();
        if queries.is_empty() {
            return Ok(Self::default());
        }
        let mut images = vec![Rows::new(); tables.len()];
        for row in session
            .rows(&as_superuser(&queries.join("\nUNION ALL\n")))
            .await?
        {
            let [Some(number), Some(place), Some(image)] = row.as_slice() else {
                continue;
            };
            let number: Option<usize> = number.parse().ok();
            if let Some(rows) = number.and_then(|number| images.get_mut(number)) {
                rows.insert(place.clone(), session.image(image));
            }
        }
        let names = tables.iter().map(|name| (*name).clone());
        Ok(Self(names.zip(images.into_iter().map(Arc::new)).collect()))
    }

    /// The same again within the transaction that wrote: only tables that it has written are read anew. Whoever writes a
    /// table holds a lock on it until the transaction ends. A table that is gone has no rows.
    pub(super) async fn after(&self, session: &Session, catalog: &Catalog) -> Result<Self, Error> {
        let written = written(session, "", catalog).await?;
        let left = left(session, &written).await?;
        let mut images = self.clone();
        images
            .0
            .extend(written.iter().map(|gone| (gone.name.clone(), Arc::default())));
        images.0.extend(Self::of(session, &left).await?.0);
        Ok(images)
    }

    /// The rows of a table, in the order of their places.
    pub(super) fn rows(&self, table: &Name) -> impl Iterator<Item = &Image> {
        self.places(table).map(|(_, image)| image)
    }

    /// The same with their places.
    pub(super) fn places(&self, table: &Name) -> impl Iterator<Item = (&String, &Image)> {
        let rows = self.0.get(table).into_iter().flat_map(|rows| rows.iter());
        rows.map(|(place, image)| (place, &**image))
    }

    /// What became of the rows by then, table by table. A row that was written with the values that it had is a change,
    /// too. Where a table has no key, or the key itself was changed, what is gone and what is new are paired only if there
    /// is one of each.
    pub(super) fn changes(&self, catalog: &Catalog, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (name, before) in &self.0 {
            let now = after.0.get(name);
            let mut gone: Vec<(&String, &Image)> = before
                .iter()
                .filter(|(place, _)| now.is_none_or(|now| !now.contains_key(*place)))
                .map(|(place, image)| (place, &**image))
                .collect();
            let mut new: Vec<&Image> = after
                .places(name)
                .filter(|(place, _)| !before.contains_key(*place))
                .map(|(_, image)| image)
                .collect();
            let key = catalog
                .relation(&name.schema, &name.name)
                .map(key)
                .unwrap_or_default();
            let mut add = |old: Option<(&String, &Image)>, new: Option<&Image>| {
                changes.push(Change {
                    table: name.clone(),
                    place: old.map(|(place, _)| place.clone()),
                    old: old.map(|(_, image)| image.clone()),
                    new: new.cloned(),
                });
            };
            if !key.is_empty() {
                // By its key, so that thousands of rows are paired at once.
                let of = |image: &Image| -> Vec<Option<String>> {
                    key.iter()
                        .map(|column| image.get(column).cloned().flatten())
                        .collect()
                };
                let mut places: BTreeMap<Vec<Option<String>>, usize> = new
                    .iter()
                    .enumerate()
                    .map(|(at, image)| (of(image), at))
                    .collect();
                let mut paired = BTreeSet::new();
                gone.retain(|old| match places.remove(&of(old.1)) {
                    Some(at) => {
                        add(Some(*old), new.get(at).copied());
                        paired.insert(at);
                        false
                    }
                    None => true,
                });
                let mut at = 0;
                new.retain(|_| {
                    at += 1;
                    !paired.contains(&(at - 1))
                });
            }
            if let ([old], [new]) = (gone.as_slice(), new.as_slice()) {
                add(Some(*old), Some(new));
                continue;
            }
            for old in gone {
                add(Some(old), None);
            }
            for new in new {
                add(None, Some(new));
            }
        }
        changes
    }
}

/// Those that have not been dropped since.
async fn left<'a>(session: &Session, tables: &[&'a Relation]) -> Result<Vec<&'a Name>, Error> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let oids: Vec<String> = tables.iter().map(|table| table.oid.0.to_string()).collect();
    let query = format!(
        "SELECT oid FROM pg_catalog.pg_class WHERE oid IN ({}) ORDER BY oid",
        oids.join(", ")
    );
    let rows = session.rows(&query).await?;
    let is_left = |table: &Relation| {
        rows.iter()
            .any(|row| row.first().and_then(Option::as_deref) == Some(table.oid.0.to_string().as_str()))
    };
    Ok(tables
        .iter()
        .filter(|table| is_left(table))
        .map(|table| &table.name)
        .collect())
}

/// The columns that tell a row from all others: of the primary key, else of a unique constraint on columns that take no
/// NULL; none where there is no such thing.
pub(super) fn key(relation: &Relation) -> Vec<String> {
    if let Some(primary) = relation.primary_key() {
        return primary.columns.clone();
    }
    let takes_no_null = |name: &String| relation.column(name).is_some_and(|column| column.not_null);
    relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::Unique)
        .find(|constraint| constraint.columns.iter().all(takes_no_null))
        .map(|constraint| constraint.columns.clone())
        .unwrap_or_default()
}

/// The tables that this transaction has written, and perhaps a few more. What is `before` is sent with the question.
pub(super) async fn written<'a>(
    session: &Session,
    before: &str,
    catalog: &'a Catalog,
) -> Result<Vec<&'a Relation>, Error> {
    let locks = session
        .rows_of_prepared(before, &[include_str!("written.sql")])
        .await?;
    let locked: BTreeSet<u32> = locks
        .iter()
        .filter_map(|row| row.first()?.as_deref()?.parse().ok())
        .collect();
    Ok(tables(catalog)
        .filter(|relation| locked.contains(&relation.oid.0))
        .collect())
}

/// The tables that hold rows themselves.
pub(super) fn tables(catalog: &Catalog) -> impl Iterator<Item = &Relation> {
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::Table)
}

/// A query of the superuser's, whoever acts in this transaction; the session is left as it was. Together in one text: the
/// way there and back takes longer than the query.
pub(super) fn as_superuser(query: &str) -> String {
    let settings = include_str!("image_settings.sql");
    format!("{settings};\n{query};\nROLLBACK TO SAVEPOINT image; RELEASE SAVEPOINT image")
}

fn query(number: usize, name: &Name) -> String {
    format!(
        "SELECT {number}, t.ctid, pg_catalog.to_jsonb(t.*)::text FROM ONLY {} AS t",
        qualified(&name.schema, &name.name)
    )
}

/// The image of a record, from its text as `jsonb`: each field as `jsonb_each_text` gives it, which takes the server
/// longer than all else about a row.
pub(super) fn of_record(text: &str) -> Option<Image> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let fields = fields.into_iter().map(|(column, value)| {
        let value = match value.get() {
            "null" => None,
            text if text.starts_with('"') => Some(serde_json::from_str(text).ok()?),
            text => Some(text.to_owned()),
        };
        Some((column, value))
    });
    fields.collect()
}

/// The expression of a record's image, as JSON text. A row of the alias `t` is `t.*`: `t` alone may be a column.
pub(super) fn as_text(record: &str) -> String {
    format!(
        "(SELECT coalesce(pg_catalog.jsonb_object_agg(f.key, f.value), '{{}}')::text \
         FROM pg_catalog.jsonb_each_text(pg_catalog.to_jsonb({record})) AS f)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_its_text_an_object_as_it_stands_and_null_nothing() {
        let record = r#"{"a": null, "b": "null", "c": 1.50, "d": {"e": "\"f\\n"}, "g": "\"h\u0001\n", "i": [1, true], "j": true}"#;
        let image = of_record(record).unwrap();
        let fields: Vec<(&str, Option<&str>)> = image
            .iter()
            .map(|(column, value)| (column.as_str(), value.as_deref()))
            .collect();
        assert_eq!(
            fields,
            [
                ("a", None),
                ("b", Some("null")),
                ("c", Some("1.50")),
                ("d", Some(r#"{"e": "\"f\\n"}"#)),
                ("g", Some("\"h\u{1}\n")),
                ("i", Some("[1, true]")),
                ("j", Some("true")),
            ]
        );
    }
}
