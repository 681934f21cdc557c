//! Reading: one message to the server, one row an object or part of one, put together by oid.
//!
//! Every statement under `sql/` gives rows of one shape: the kind, the oid of the object that it is a part of, and the
//! rest as JSON under the model's names.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Column as _, PgConnection, Row};

use super::grant::{Grant, Grantable};
use super::{Catalog, Column, Constraint, Relation, Sequence, Type};

/// Why a catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The server refused a statement, or went away.
    #[error("read the system catalogues")]
    Query(#[from] sqlx::Error),
    /// The server's version is not known, so neither is what it calls a full set of privileges.
    #[error("learn the server's version, which it did not say when the connection began")]
    Version,
    /// A row is not of the shape that the model asks for: this server's major is not supported.
    #[error("understand a {kind} in the system catalogues; is this a PostgreSQL of 14 to 18?")]
    Row {
        /// What the row is about.
        kind: String,
        /// What is missing or wrong in it.
        source: serde_json::Error,
    },
}

macro_rules! sql {
    ($($file:literal),* $(,)?) => { concat!($(include_str!(concat!("sql/", $file, ".sql"))),*) };
}

/// What every supported version understands.
const EVERYWHERE: &str = sql!(
    "schemas",
    "database",
    "relations",
    "columns",
    "constraints",
    "indexes",
    "policies",
    "triggers",
    "rules",
    "statistics",
    "sequences",
    "functions",
    "types",
    "roles",
    "memberships",
    "settings",
    "default_privileges",
    "extensions",
    "others",
    "security_labels",
    "comments",
    "grants",
    "system_grants",
);
const BEFORE_15: &str = sql!("publication_members_14");
const SINCE_15: &str = sql!("publication_members", "parameter_grants");

pub(super) async fn read(connection: &mut PgConnection) -> Result<Catalog, CatalogError> {
    let version = connection.server_version_num().ok_or(CatalogError::Version)?;
    let message = [
        sql!("settings_on"),
        EVERYWHERE,
        if version < 150_000 { BEFORE_15 } else { SINCE_15 },
        sql!("settings_off"),
    ]
    .concat();
    let rows = sqlx::raw_sql(AssertSqlSafe(message))
        .fetch_all(connection)
        .await?;
    let mut reading = Reading {
        version,
        ..Reading::default()
    };
    for row in &rows {
        // The statements that only set something answer too.
        if row
            .columns()
            .first()
            .is_some_and(|column| column.name() == "kind")
        {
            reading.take(row)?;
        }
    }
    Ok(reading.assemble())
}

/// What belongs to objects of any class, by class, oid and column.
#[derive(Default)]
struct Attached<T>(BTreeMap<String, BTreeMap<(u32, i32), T>>);

impl<T> Attached<T> {
    fn put(&mut self, class: String, oid: u32, number: i32, value: T) {
        self.0.entry(class).or_default().insert((oid, number), value);
    }

    fn take(&mut self, class: &str, oid: u32, number: i32) -> Option<T> {
        self.0.get_mut(class)?.remove(&(oid, number))
    }
}

/// What was read, not yet put together.
#[derive(Default)]
struct Reading {
    version: u32,
    catalog: Catalog,
    relations: BTreeMap<u32, Relation>,
    types: BTreeMap<u32, Type>,
    columns: Vec<(u32, Column)>,
    domain_constraints: Vec<(u32, Constraint)>,
    sequences: Vec<Sequence>,
    comments: Attached<String>,
    grants: Attached<Vec<Grant>>,
}

#[derive(Deserialize)]
struct Comment {
    class: String,
    oid: u32,
    number: i32,
    text: String,
}

#[derive(Deserialize)]
struct AccessList {
    class: String,
    oid: u32,
    #[serde(default)]
    number: i32,
    kind: Grantable,
    owner: String,
    entries: Vec<Grant>,
}

fn parse<T: DeserializeOwned>(kind: &str, item: &str) -> Result<T, CatalogError> {
    serde_json::from_str(item).map_err(|source| CatalogError::Row {
        kind: kind.to_owned(),
        source,
    })
}

/// A column of a row in the text format, the only one that a simple query's answer has.
fn text(row: &PgRow, index: usize) -> Result<&str, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    value.as_str().map_err(|source| sqlx::Error::ColumnDecode {
        index: index.to_string(),
        source,
    })
}

impl Reading {
    fn take(&mut self, row: &PgRow) -> Result<(), CatalogError> {
        let kind = text(row, 0)?;
        let item = text(row, 2)?;
        let parent = || -> Result<u32, CatalogError> { parse(kind, text(row, 1)?) };
        macro_rules! part_of_relation {
            ($field:ident) => {{
                let part = parse(kind, item)?;
                if let Some(relation) = self.relations.get_mut(&parent()?) {
                    relation.$field.push(part);
                }
            }};
        }
        match kind {
            "database" => self.catalog.database = Some(parse(kind, item)?),
            "schema" => self.catalog.schemas.push(parse(kind, item)?),
            "extension" => self.catalog.extensions.push(parse(kind, item)?),
            "role" => self.catalog.roles.push(parse(kind, item)?),
            "membership" => self.catalog.memberships.push(parse(kind, item)?),
            "setting" => self.catalog.settings.push(parse(kind, item)?),
            "default privileges" => self.catalog.default_privileges.push(parse(kind, item)?),
            "function" => self.catalog.functions.push(parse(kind, item)?),
            "other" => self.catalog.others.push(parse(kind, item)?),
            "sequence" => self.sequences.push(parse(kind, item)?),
            "relation" => {
                let relation: Relation = parse(kind, item)?;
                self.relations.insert(relation.oid.0, relation);
            }
            "type" => {
                let data_type: Type = parse(kind, item)?;
                self.types.insert(data_type.oid.0, data_type);
            }
            "column" => self.columns.push((parent()?, parse(kind, item)?)),
            "domain constraint" => self.domain_constraints.push((parent()?, parse(kind, item)?)),
            "constraint" => part_of_relation!(constraints),
            "index" => part_of_relation!(indexes),
            "policy" => part_of_relation!(policies),
            "trigger" => part_of_relation!(triggers),
            "rule" => part_of_relation!(rules),
            "statistics" => part_of_relation!(statistics),
            "comment" => {
                let Comment {
                    class,
                    oid,
                    number,
                    text,
                } = parse(kind, item)?;
                self.comments.put(class, oid, number, text);
            }
            "grants" => {
                let list: AccessList = parse(kind, item)?;
                // A schema's default privileges come with the number 1: they add to others, as a column's do.
                let whole = list.number == 0;
                let grants = list.kind.listed(list.entries, &list.owner, whole, self.version);
                self.grants.put(list.class, list.oid, list.number, grants);
            }
            "system object" => {
                let list: AccessList = parse(kind, item)?;
                let mut object: super::SystemObject = parse(kind, item)?;
                object.grants = list.kind.listed(list.entries, &list.owner, true, self.version);
                self.catalog.system_objects.push(object);
            }
            unknown => unreachable!("no statement gives rows of the kind {unknown}"),
        }
        Ok(())
    }

    fn assemble(mut self) -> Catalog {
        self.place_columns();
        self.place_sequences();
        self.attach_to_relations();
        self.attach_to_types();
        let Self {
            version,
            mut catalog,
            relations,
            types,
            mut comments,
            mut grants,
            ..
        } = self;
        let mut grants_on = |class: &str, oid: u32, kind: Grantable| {
            grants
                .take(class, oid, 0)
                .unwrap_or_else(|| kind.by_default(version))
        };
        if let Some(database) = &mut catalog.database {
            database.comment = comments.take("pg_database", database.oid.0, 0);
            database.grants = grants_on("pg_database", database.oid.0, Grantable::Database);
        }
        for schema in &mut catalog.schemas {
            schema.comment = comments.take("pg_namespace", schema.oid.0, 0);
            schema.grants = grants_on("pg_namespace", schema.oid.0, Grantable::Schema);
        }
        for role in &mut catalog.roles {
            role.comment = comments.take("pg_authid", role.oid.0, 0);
        }
        for function in &mut catalog.functions {
            function.comment = comments.take("pg_proc", function.oid.0, 0);
            function.grants = grants_on("pg_proc", function.oid.0, Grantable::Function);
            // Where a file was checked out decides how its lines end; what the function does, it does not.
            function.body = function.body.take().map(|body| body.replace("\r\n", "\n"));
        }
        for other in &mut catalog.others {
            other.comment = comments.take(&other.class, other.oid.0, 0);
            // Of these classes languages alone are PUBLIC's by default; a server stands for all the rest.
            let kind = if other.class == "pg_language" {
                Grantable::Language
            } else {
                Grantable::ForeignServer
            };
            other.grants = grants_on(&other.class, other.oid.0, kind);
        }
        for privileges in &mut catalog.default_privileges {
            let number = i32::from(privileges.schema.is_some());
            privileges.grants = grants
                .take("pg_default_acl", privileges.oid.0, number)
                .unwrap_or_default();
        }
        catalog.relations = relations.into_values().collect();
        catalog.types = types.into_values().collect();
        catalog.sort();
        catalog
    }

    fn place_columns(&mut self) {
        let composites: BTreeMap<u32, u32> = self
            .types
            .values()
            .filter_map(|of| Some((of.relation_oid?.0, of.oid.0)))
            .collect();
        for (parent, mut column) in std::mem::take(&mut self.columns) {
            let number = i32::from(column.number.0);
            column.comment = self.comments.take("pg_class", parent, number);
            column.grants = self.grants.take("pg_class", parent, number).unwrap_or_default();
            if let Some(relation) = self.relations.get_mut(&parent) {
                relation.columns.push(column);
            } else if let Some(composite) = composites.get(&parent).and_then(|oid| self.types.get_mut(oid)) {
                composite.attributes.push(column);
            }
        }
    }

    fn place_sequences(&mut self) {
        for mut sequence in std::mem::take(&mut self.sequences) {
            sequence.comment = self.comments.take("pg_class", sequence.oid.0, 0);
            sequence.grants = self
                .grants
                .take("pg_class", sequence.oid.0, 0)
                .unwrap_or_default();
            match &sequence.owned_by {
                Some(owner) if owner.identity => {
                    let column = self.relations.get_mut(&owner.oid.0).and_then(|relation| {
                        relation
                            .columns
                            .iter_mut()
                            .find(|column| column.name == owner.column)
                    });
                    if let Some(column) = column {
                        column.identity_sequence = Some(sequence);
                    }
                }
                _ => self.catalog.sequences.push(sequence),
            }
        }
    }

    fn attach_to_relations(&mut self) {
        let comments = &mut self.comments;
        for (&oid, relation) in &mut self.relations {
            relation.comment = comments.take("pg_class", oid, 0);
            relation.grants = self.grants.take("pg_class", oid, 0).unwrap_or_default();
            for constraint in &mut relation.constraints {
                constraint.comment = comments.take("pg_constraint", constraint.oid.0, 0);
            }
            for index in &mut relation.indexes {
                index.comment = comments.take("pg_class", index.oid.0, 0);
            }
            for policy in &mut relation.policies {
                policy.comment = comments.take("pg_policy", policy.oid.0, 0);
            }
            for trigger in &mut relation.triggers {
                trigger.comment = comments.take("pg_trigger", trigger.oid.0, 0);
            }
            for rule in &mut relation.rules {
                rule.comment = comments.take("pg_rewrite", rule.oid.0, 0);
            }
            for statistics in &mut relation.statistics {
                statistics.comment = comments.take("pg_statistic_ext", statistics.oid.0, 0);
            }
        }
    }

    fn attach_to_types(&mut self) {
        for (parent, constraint) in std::mem::take(&mut self.domain_constraints) {
            if let Some(domain) = self.types.get_mut(&parent) {
                domain.constraints.push(constraint);
            }
        }
        for (&oid, data_type) in &mut self.types {
            data_type.comment = self.comments.take("pg_type", oid, 0);
            data_type.grants = self
                .grants
                .take("pg_type", oid, 0)
                .unwrap_or_else(|| Grantable::Type.by_default(self.version));
            for constraint in &mut data_type.constraints {
                constraint.comment = self.comments.take("pg_constraint", constraint.oid.0, 0);
            }
        }
    }
}
