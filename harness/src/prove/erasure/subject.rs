//! A person: its row, and what is put there and around it so that it can be recognised.

use std::collections::BTreeMap;

use super::birth;
use crate::catalog::{Catalog, ConstraintKind, Name, Relation};
use crate::contract::Erasure;
use crate::error::Error;
use crate::prove::image::{self, Image, Images};
use crate::prove::session::Session;
use crate::prove::trace::Trace;
use crate::prove::value::{self, Telling};
use crate::rows::World;
use crate::sql::{identifier, literal, qualified};

/// Names of columns in which people write what they like.
const FREE_TEXT: &[&str] = &[
    "about",
    "bio",
    "biography",
    "body",
    "comment",
    "comments",
    "content",
    "description",
    "free_text",
    "memo",
    "message",
    "note",
    "notes",
    "remark",
    "remarks",
    "summary",
];

/// So many rows are taken for models of new ones.
const MODELS: usize = 6;

/// One person with what tells it from everybody else.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// The values of the key's columns, in the contract's order.
    pub(super) key: Vec<String>,
    /// Its row when it was found or born.
    row: Image,
    /// What was put in, by column of the person's row: what is there now, and what was there before.
    pub(super) traces: Vec<Mark>,
    /// Personal columns that nothing recognisable could be put into.
    pub(super) untold: Vec<String>,
}

/// A value that is this person's.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    pub(super) column: String,
    pub(super) value: String,
    pub(super) trace: Trace,
}

impl Subject {
    /// The person of a row.
    pub(super) fn of(erasure: &Erasure, row: &Image) -> Option<Self> {
        let key: Option<Vec<String>> = erasure
            .subject
            .key
            .iter()
            .map(|column| row.get(column).cloned().flatten())
            .collect();
        Some(Self {
            row: row.clone(),
            ..Self::with_key(key?)
        })
    }

    /// The person of a key, of whom nothing else is known.
    pub(super) fn with_key(key: Vec<String>) -> Self {
        Self {
            key,
            row: Image::new(),
            traces: Vec::new(),
            untold: Vec::new(),
        }
    }

    /// New persons, inserted as the application would, and rows that point to them; less than two where the table takes no
    /// new row. Where the key has several parts there is somebody with each of them in common with the first.
    pub(super) async fn some(
        session: &Session,
        catalog: &Catalog,
        erasure: &Erasure,
        relation: &Relation,
        rows: &Images,
    ) -> Result<Vec<Self>, Error> {
        let born = |common| Self::born(session, catalog, erasure, relation, rows, common);
        let Some(one) = born(None).await? else {
            return Ok(Vec::new());
        };
        let mut persons = Vec::new();
        let parts = erasure.subject.key.iter().zip(&one.key);
        for part in parts.filter(|_| one.key.len() > 1) {
            persons.extend(born(Some(part)).await?);
        }
        persons.extend(born(None).await?);
        persons.insert(0, one);
        Ok(persons)
    }

    async fn born(
        session: &Session,
        catalog: &Catalog,
        erasure: &Erasure,
        relation: &Relation,
        rows: &Images,
        common: Option<(&String, &String)>,
    ) -> Result<Option<Self>, Error> {
        let models = birth::models(rows, &birth::leaves(catalog, relation));
        for model in models.iter().take(MODELS) {
            // Free ones first, then some of the form of what is there.
            for last in [false, true] {
                let tellings = erasure.subject.pii.iter().filter_map(|column| {
                    let known = relation
                        .column(column)
                        .filter(|known| known.generated.is_none())?;
                    let now = model.image.get(column).and_then(Option::as_deref);
                    let candidates = value::candidates(&known.data_type, now);
                    let candidate = if last {
                        candidates.last()
                    } else {
                        candidates.first()
                    };
                    Some((column.clone(), candidate?.clone()))
                });
                let common = common.map(|(column, value)| (column.clone(), Telling::whole(value.clone())));
                let given: BTreeMap<String, Telling> = tellings.chain(common).collect();
                let Some(row) = birth::insert(session, relation, model, &given).await? else {
                    continue;
                };
                let Some(mut person) = Self::of(erasure, &row) else {
                    continue;
                };
                for (column, telling) in given {
                    if !erasure.subject.pii.contains(&column) {
                        continue;
                    }
                    let stored = row.get(&column).cloned().flatten();
                    person.remember(column, telling, stored);
                }
                for child in children(catalog, relation) {
                    person.bear(session, catalog, &child, rows).await?;
                }
                return Ok(Some(person));
            }
        }
        Ok(None)
    }

    /// Inserts a row that points to the person, with the same values in columns of the same name.
    async fn bear(
        &self,
        session: &Session,
        catalog: &Catalog,
        child: &Child<'_>,
        rows: &Images,
    ) -> Result<(), Error> {
        let mut given = BTreeMap::new();
        for (column, matched) in &child.columns {
            let Some(value) = self.value(matched) else {
                return Ok(());
            };
            given.insert(column.clone(), Telling::whole(value.to_owned()));
        }
        for mark in &self.traces {
            if child.relation.column(&mark.column).is_some() {
                given.insert(mark.column.clone(), Telling::whole(mark.value.clone()));
            }
        }
        for model in birth::models(rows, &birth::leaves(catalog, child.relation))
            .iter()
            .take(MODELS)
        {
            if birth::insert(session, child.relation, model, &given)
                .await?
                .is_some()
            {
                break;
            }
        }
        Ok(())
    }

    /// Keeps what was put in, if it is there and is recognised.
    fn remember(&mut self, column: String, telling: Telling, stored: Option<String>) -> bool {
        let Some((trace, stored)) = Trace::of(&telling.sought).zip(stored) else {
            return false;
        };
        if trace.found(&stored).is_none() {
            return false;
        }
        self.traces.push(Mark {
            column,
            value: telling.text,
            trace: trace.inside(&stored),
        });
        true
    }

    /// What it was called when its row was made, as far as that is recognisable and nobody else's.
    pub(super) fn was_born(&mut self, erasure: &Erasure, world: &World, rows: &[&Image]) {
        let Some(mine) = rows.iter().find(|row| self.has(erasure, row)) else {
            return;
        };
        for column in &erasure.subject.pii {
            let Some(value) = mine.get(column).cloned().flatten() else {
                continue;
            };
            let telling = world.is_canary(column, &value);
            let Some(trace) = Trace::of(&value).filter(|_| telling) else {
                continue;
            };
            let others = rows.iter().filter(|row| !self.has(erasure, row));
            let shared = others
                .flat_map(|row| row.values().flatten())
                .any(|other| trace.found(other).is_some());
            if !shared {
                self.traces.push(Mark {
                    column: column.clone(),
                    value,
                    trace,
                });
            }
        }
    }

    /// What a column of the person's row held at first: keys stay.
    pub(super) fn value(&self, column: &str) -> Option<&str> {
        self.row.get(column)?.as_deref()
    }

    /// True for the person's row `t`.
    pub(super) fn is_row(&self, erasure: &Erasure) -> String {
        let columns = erasure.subject.key.iter().zip(&self.key);
        let conditions: Vec<String> = columns
            .map(|(column, value)| format!("t.{}::text = {}", identifier(column), literal(value)))
            .collect();
        conditions.join(" AND ")
    }

    /// Whether it is the person's row.
    pub(super) fn has(&self, erasure: &Erasure, row: &Image) -> bool {
        let mut columns = erasure.subject.key.iter().zip(&self.key);
        columns.all(|(column, value)| row.get(column).and_then(Option::as_ref) == Some(value))
    }

    /// Whether something of the person is in the row.
    pub(super) fn is_in(&self, row: &Image) -> bool {
        let mut values = row.values().flatten();
        values.any(|value| self.traces.iter().any(|mark| mark.trace.found(value).is_some()))
    }

    /// Lives: puts recognisable values into the person's columns, twice, so that there is a past; then into its own JSON
    /// and free text, and into columns of the same name in rows that point to it. Triggers act as they do in production.
    pub(super) async fn live(
        &mut self,
        session: &Session,
        catalog: &Catalog,
        erasure: &Erasure,
        relation: &Relation,
    ) -> Result<(), Error> {
        let condition = self.is_row(erasure);
        for column in &erasure.subject.pii {
            // A key stays what it is.
            let is_key = erasure.subject.key.contains(column);
            for _ in (0..2).filter(|_| !is_key) {
                self.mark(session, relation, column, &condition).await?;
            }
            if !self.traces.iter().any(|mark| mark.column == *column) {
                self.untold.push(column.clone());
            }
        }
        self.mention(session, erasure, relation, &condition).await?;
        for child in children(catalog, relation) {
            self.mark_child(session, erasure, &child).await?;
        }
        Ok(())
    }

    async fn mark(
        &mut self,
        session: &Session,
        relation: &Relation,
        column: &str,
        condition: &str,
    ) -> Result<bool, Error> {
        let Some(known) = relation.column(column) else {
            return Ok(false);
        };
        let name = qualified(&relation.name.schema, &relation.name.name);
        let quoted = identifier(column);
        let now = format!("SELECT t.{quoted}::text FROM {name} AS t WHERE {condition}");
        let now = session.rows(&now).await?.into_iter().flatten().next().flatten();
        for telling in value::candidates(&known.data_type, now.as_deref()) {
            if Trace::of(&telling.sought).is_none() {
                continue;
            }
            let update = format!(
                "UPDATE {name} AS t SET {quoted} = {} WHERE {condition}",
                literal(&telling.text)
            );
            if !send(session, &update).await? && !send(session, &without_triggers(&update)).await? {
                continue;
            }
            let image = format!(
                "SELECT {} FROM {name} AS t WHERE {condition}",
                image::as_text("t.*")
            );
            let stored: Option<Image> = session
                .rows(&image)
                .await?
                .into_iter()
                .flatten()
                .next()
                .flatten()
                .and_then(|text| serde_json::from_str(&text).ok());
            let stored = stored.and_then(|row| row.get(column).cloned().flatten());
            if self.remember(column.to_owned(), telling, stored) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes what the person is called into its own JSON and free text.
    async fn mention(
        &self,
        session: &Session,
        erasure: &Erasure,
        relation: &Relation,
        condition: &str,
    ) -> Result<(), Error> {
        let name = qualified(&relation.name.schema, &relation.name.name);
        let values: Vec<&str> = self.traces.iter().map(|mark| mark.value.as_str()).collect();
        let text = values.join(" ");
        let json = serde_json::json!({ "pgproof": values }).to_string();
        for column in &relation.columns {
            if erasure.subject.pii.contains(&column.name)
                || erasure.subject.key.contains(&column.name)
                || column.generated.is_some()
            {
                continue;
            }
            let quoted = identifier(&column.name);
            let new = match column.data_type.as_str() {
                "jsonb" => vec![
                    format!("coalesce(t.{quoted}, '{{}}') || {}::jsonb", literal(&json)),
                    format!("{}::jsonb", literal(&json)),
                ],
                "json" => vec![format!("{}::json", literal(&json))],
                data_type if is_free_text(&column.name, data_type) => vec![literal(&text)],
                _ => continue,
            };
            for value in new {
                let update = format!("UPDATE {name} AS t SET {quoted} = {value} WHERE {condition}");
                if send(session, &update).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn mark_child(&self, session: &Session, erasure: &Erasure, child: &Child<'_>) -> Result<(), Error> {
        let name = qualified(&child.relation.name.schema, &child.relation.name.name);
        let mut conditions = Vec::new();
        for (column, matched) in &child.columns {
            let Some(value) = self.value(matched) else {
                return Ok(());
            };
            conditions.push(format!("t.{}::text = {}", identifier(column), literal(value)));
        }
        let condition = conditions.join(" AND ");
        for column in &erasure.subject.pii {
            let last = self.traces.iter().rfind(|mark| mark.column == *column);
            if let (Some(known), Some(mark)) = (child.relation.column(column), last)
                && known.generated.is_none()
            {
                let update = format!(
                    "UPDATE {name} AS t SET {} = {} WHERE {condition}",
                    identifier(column),
                    literal(&mark.value)
                );
                send(session, &update).await?;
            }
        }
        Ok(())
    }
}

/// Whether people write there what they like.
pub(super) fn is_free_text(name: &str, data_type: &str) -> bool {
    FREE_TEXT.contains(&name.to_lowercase().as_str())
        && ["text", "character varying"]
            .iter()
            .any(|kind| data_type.starts_with(kind))
}

/// A table whose rows point to persons.
#[derive(Debug)]
pub(super) struct Child<'a> {
    pub(super) relation: &'a Relation,
    /// Its columns, with those of the persons' table that they point to.
    pub(super) columns: Vec<(String, String)>,
}

/// The tables with a foreign key to the person's row.
pub(super) fn children<'a>(catalog: &'a Catalog, subject: &Relation) -> Vec<Child<'a>> {
    let mut children = Vec::new();
    for relation in catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        for constraint in &relation.constraints {
            let Some(reference) = &constraint.references else {
                continue;
            };
            if constraint.kind == ConstraintKind::ForeignKey && points_to(&reference.relation, subject) {
                let pairs = constraint
                    .columns
                    .iter()
                    .cloned()
                    .zip(reference.columns.iter().cloned());
                children.push(Child {
                    relation,
                    columns: pairs.collect(),
                });
            }
        }
    }
    children
}

fn points_to(name: &Name, relation: &Relation) -> bool {
    *name == relation.name
}

/// In a savepoint. Whether it went through.
async fn send(session: &Session, sql: &str) -> Result<bool, Error> {
    let seen = session
        .send(&format!("SAVEPOINT live; {sql}; RELEASE SAVEPOINT live"))
        .await?;
    if seen.is_refused() {
        session.run("ROLLBACK TO SAVEPOINT live").await?;
    }
    Ok(!seen.is_refused())
}

/// As a replica does, without triggers: what they refuse now may have stood there from the beginning.
fn without_triggers(sql: &str) -> String {
    format!(
        "SET LOCAL session_replication_role = replica; {sql}; SET LOCAL session_replication_role = origin"
    )
}
