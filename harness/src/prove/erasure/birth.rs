//! How rows come to be: as the application would insert them, with the triggers that copy what is new.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Name, Relation};
use crate::error::Error;
use crate::prove::image::{Image, Images, as_text};
use crate::prove::session::Session;
use crate::prove::value::{self, Telling};
use crate::sql::{identifier, literal, qualified};

/// A row that there is, and that a new one may be like.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// The table that it is stored in, and where.
    leaf: Name,
    place: String,
    pub(super) image: Image,
}

/// The rows of these tables.
pub(super) fn models(images: &Images, leaves: &[Name]) -> Vec<Model> {
    let mut models = Vec::new();
    for leaf in leaves {
        for (place, image) in images.places(leaf) {
            models.push(Model {
                leaf: leaf.clone(),
                place: place.clone(),
                image: image.clone(),
            });
        }
    }
    models
}

/// Inserts a row like that one: with these values, new ones in unique columns, and defaults where there are any. First with
/// as little else as may be, then with all that the other has. None: it was refused.
pub(super) async fn insert(
    session: &Session,
    relation: &Relation,
    model: &Model,
    given: &BTreeMap<String, Telling>,
) -> Result<Option<Image>, Error> {
    for minimal in [true, false] {
        let sql = statement(relation, model, given, minimal);
        let seen = session.send(&format!("SAVEPOINT birth; {sql}")).await?;
        if seen.is_refused() {
            session.run("ROLLBACK TO SAVEPOINT birth").await?;
            continue;
        }
        session.run("RELEASE SAVEPOINT birth").await?;
        let stored = seen.rows.first().and_then(|text| serde_json::from_str(text).ok());
        if stored.is_some() {
            return Ok(stored);
        }
    }
    Ok(None)
}

/// The statement that inserts it.
pub(super) fn statement(
    relation: &Relation,
    model: &Model,
    given: &BTreeMap<String, Telling>,
    minimal: bool,
) -> String {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in &relation.columns {
        if column.generated.is_some() {
            continue;
        }
        let now = model.image.get(&column.name).and_then(Option::as_deref);
        let points = relation.constrains(&column.name, &[crate::catalog::ConstraintKind::ForeignKey]);
        let value = if let Some(telling) = given.get(&column.name) {
            literal(&telling.text)
        } else if column.default.is_some() || column.identity.is_some() {
            continue;
        } else if relation.is_in_unique_index(&column.name) && !points {
            match value::candidates(&column.data_type, now).into_iter().next() {
                Some(telling) => literal(&telling.text),
                None => continue,
            }
        } else if minimal && !column.not_null || now.is_none() {
            continue;
        } else {
            format!("s.{}", identifier(&column.name))
        };
        columns.push(identifier(&column.name));
        values.push(value);
    }
    let table = qualified(&relation.name.schema, &relation.name.name);
    let leaf = qualified(&model.leaf.schema, &model.leaf.name);
    format!(
        "INSERT INTO {table} AS t ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM ONLY {leaf} AS s WHERE s.ctid = {} RETURNING {}",
        columns.join(", "),
        values.join(", "),
        literal(&model.place),
        as_text("t.*")
    )
}

/// The tables that store the relation's rows: itself, or its partitions.
pub(super) fn leaves(catalog: &Catalog, relation: &Relation) -> Vec<Name> {
    let mut names = vec![&relation.name];
    let mut at = 0;
    while let Some(name) = names.get(at).copied() {
        let parts = catalog.relations.iter().filter(|other| {
            other.is_partition() && other.parents.iter().flatten().any(|parent| parent == name)
        });
        names.extend(parts.map(|other| &other.name));
        at += 1;
    }
    let stores = |name: &&&Name| {
        let relation = catalog.relation(&name.schema, &name.name);
        relation.is_some_and(|relation| relation.kind == crate::catalog::RelationKind::Table)
    };
    names.iter().filter(stores).map(|name| (*name).clone()).collect()
}
