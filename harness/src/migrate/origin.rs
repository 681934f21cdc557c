//! Which file and line made an object, and which last changed it.
//!
//! A temporary event trigger says which objects each statement touched, columns and constraints among them; what event
//! triggers do not show (roles, memberships, settings, the database itself) is compared before and after each file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use sqlx::postgres::types::Oid;

use super::recorded::{Command, Statements};
use super::script::Script;
use crate::catalog::Address;
use crate::claim::Location;

/// The lines that made an object and last changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The statement that made it.
    pub made: Location,
    /// The last statement that changed it; the same as `made` where none did.
    pub changed: Location,
}

/// An object as `pg_depend` addresses it: the catalog that holds it, its oid there, and a column's number or 0.
type Key = (String, u32, i32);

/// The origin of every object that the migrations made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origins {
    #[serde(with = "as_list")]
    objects: BTreeMap<Key, Origin>,
}

impl Origins {
    /// Where the object with that oid in the named catalog (`pg_class`, `pg_proc`, …) comes from.
    pub fn find(&self, catalog: &str, oid: u32) -> Option<&Origin> {
        self.objects.get(&(catalog.to_owned(), oid, 0))
    }

    /// Where a column of the relation with that oid comes from; `number` is its `attnum`.
    pub fn column(&self, relation: u32, number: i16) -> Option<&Origin> {
        self.objects
            .get(&("pg_class".to_owned(), relation, i32::from(number)))
    }

    /// Where the object of an address of the catalog's comes from.
    pub fn of(&self, address: &Address) -> Option<&Origin> {
        match address.number {
            0 => self.find(&address.class, address.oid),
            number => self.column(address.oid, number),
        }
    }

    fn touch(&mut self, key: Key, at: &Location) {
        self.objects
            .entry(key)
            .and_modify(|origin| origin.changed = at.clone())
            .or_insert_with(|| Origin {
                made: at.clone(),
                changed: at.clone(),
            });
    }
}

/// Keys that are tuples are no keys in JSON.
mod as_list {
    use super::{BTreeMap, Key, Origin};
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(map: &BTreeMap<Key, Origin>, to: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Key, Origin>, D::Error> {
        Ok(Vec::<(Key, Origin)>::deserialize(from)?.into_iter().collect())
    }
}

/// One row of `unrecorded.sql`: catalog, oid, what in it, name, state.
type Unrecorded = (String, u32, i32, String, Option<String>);

/// Follows a run of migrations over one connection.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    origins: Origins,
    before: BTreeSet<Unrecorded>,
    /// Whether the event trigger is there.
    triggered: bool,
}

impl Recorder {
    /// What recorder.sql makes and a catalog shows.
    pub(super) const EVENT_TRIGGER: &str = "pgproof_record";

    /// Puts the event trigger in place, where that is allowed. `superuser` is a connection to the migrated database.
    pub(crate) async fn install(superuser: &mut PgConnection, triggered: bool) -> Result<Self, sqlx::Error> {
        if triggered {
            sqlx::raw_sql(include_str!("recorder.sql"))
                .execute(&mut *superuser)
                .await?;
        }
        Ok(Self {
            triggered,
            origins: Origins::default(),
            before: unrecorded(superuser).await?,
        })
    }

    /// Reads what the script that just ran over `session` has made. `superuser` sees everything, whatever the script
    /// did to its session; it is not given where the transaction has not ended, and only the session sees it.
    pub(crate) async fn after(
        &mut self,
        superuser: Option<&mut PgConnection>,
        session: &mut PgConnection,
        script: &Script,
    ) -> Result<(), sqlx::Error> {
        let record = record(session).await?;
        let statements = Statements::of(script);
        let mut reader = statements.reader();
        for line in record.lines.lines() {
            let Some(command) = Command::parse(line) else {
                continue;
            };
            let at = reader.statement(&command);
            for object in command.objects.split(',') {
                let numbers: Vec<u32> = object
                    .split('.')
                    .filter_map(|number| number.parse().ok())
                    .collect();
                if let [class, oid, part] = numbers[..] {
                    let part = i32::try_from(part).unwrap_or_default();
                    self.origins.touch((class.to_string(), oid, part), &at);
                }
            }
        }
        let after = unrecorded(superuser.unwrap_or(session)).await?;
        for (class, oid, part, name, _) in after.difference(&self.before) {
            let (made, changed) = statements.naming(class, name);
            let key = (class.clone(), *oid, *part);
            let known = self
                .before
                .iter()
                .any(|before| (&before.0, before.1, before.2) == (class, *oid, *part));
            if !known {
                self.origins.touch(key.clone(), &made);
            }
            self.origins.touch(key, &changed);
        }
        self.before = after;
        Ok(())
    }

    /// Takes the event trigger away and returns what was learnt, with catalogs by name.
    pub(crate) async fn remove(self, superuser: &mut PgConnection) -> Result<Origins, sqlx::Error> {
        if self.triggered {
            sqlx::raw_sql(include_str!("recorder_off.sql"))
                .execute(&mut *superuser)
                .await?;
        }
        let catalogs: Vec<(i64, String)> = sqlx::query_as(
            "SELECT oid::int8, relname::text FROM pg_catalog.pg_class WHERE relnamespace = 11 AND oid < 16384 ORDER BY oid",
        )
        .fetch_all(superuser)
        .await?;
        let names: BTreeMap<String, String> = catalogs
            .into_iter()
            .map(|(oid, name)| (oid.to_string(), name))
            .collect();
        let objects = self
            .origins
            .objects
            .into_iter()
            .map(|((class, oid, part), origin)| {
                ((names.get(&class).cloned().unwrap_or(class), oid, part), origin)
            });
        Ok(Origins {
            objects: objects.collect(),
        })
    }
}

/// What the event trigger has noted in the session's settings.
#[derive(Debug, Default)]
pub(super) struct Record {
    lines: String,
    /// How much of the transaction it has seen.
    seen: String,
}

/// Reads what was noted and begins anew. As text, for a script may have thrown away all prepared statements.
pub(super) async fn record(session: &mut PgConnection) -> Result<Record, sqlx::Error> {
    let row = sqlx::raw_sql(include_str!("recorder_read.sql"))
        .fetch_one(session)
        .await?;
    let text = |at: usize| -> Result<String, sqlx::Error> {
        Ok(row.try_get::<Option<String>, _>(at)?.unwrap_or_default())
    };
    Ok(Record {
        lines: text(0)?,
        seen: text(2)?,
    })
}

/// Gives back to a session what a statement would have thrown away.
pub(super) async fn put_back(session: &mut PgConnection, record: &Record) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_catalog.set_config('pgproof.record', $1, false), pg_catalog.set_config('pgproof.seen', $2, false)",
    )
    .persistent(false)
    .bind(&record.lines)
    .bind(&record.seen)
    .execute(session)
    .await
    .map(drop)
}

async fn unrecorded(session: &mut PgConnection) -> Result<BTreeSet<Unrecorded>, sqlx::Error> {
    let rows: Vec<(String, Oid, i32, String, Option<String>)> =
        sqlx::query_as(include_str!("unrecorded.sql"))
            .fetch_all(session)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(class, oid, sub, name, state)| (class, oid.0, sub, name, state))
        .collect())
}
