//! The commands of the matrix as attempts: each says which rows it reached.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, Ground, MOST, Whose};
use crate::catalog::ConstraintKind;
use crate::error::Error;
use crate::prove::isolation::attempt::BEGIN;
use crate::prove::isolation::vectors::insert;
use crate::prove::session::Refusal;
use crate::rows::Row;
use crate::sql::{identifier, literal_or_null, qualified};

impl Ground<'_> {
    pub(super) async fn select(&self) -> Result<Cell, Error> {
        let name = &self.relation.name;
        let privileges = &self.role.privileges;
        let by_column = || {
            let mut columns = self.relation.columns.iter();
            columns.any(|column| privileges.may_with("SELECT", name, &column.name))
        };
        if !privileges.may("SELECT", name) && by_column() {
            return self.select_by_difference().await;
        }
        let text = format!(
            "{BEGIN};\n{};\nSELECT t.tableoid, t.ctid FROM {} AS t",
            self.role.actor.enter(),
            self.name
        );
        let ended = self.session.each(&text).await?;
        self.session.run("ROLLBACK").await?;
        Ok(match ended {
            Ok(answers) => Ok(answers
                .iter()
                .flat_map(|answer| &answer.rows)
                .filter_map(|row| self.known.get(row).copied())
                .collect()),
            Err(refusal) => refused(refusal),
        })
    }

    /// Who may read only some columns can't say where the rows are: what is missed tells which ones were seen.
    async fn select_by_difference(&self) -> Result<Cell, Error> {
        const SEEN: &str = "rows seen";
        let look = format!(
            "{};\nSELECT '{SEEN}', count(*) FROM {};\nRESET SESSION AUTHORIZATION",
            self.role.actor.enter(),
            self.name
        );
        let kinds = [
            (Whose::Other, "other"),
            (Whose::Public, "public"),
            (Whose::Shared, "shared"),
            (Whose::Own, "own"),
        ];
        let mut text = format!("{BEGIN};\n{look}");
        for (_, kind) in kinds {
            let removal = as_replica(&format!(
                "DELETE FROM {} AS t WHERE {} = '{kind}'",
                self.name, self.whose
            ));
            text = format!("{text};\n{removal};\nDISCARD PLANS;\n{look}");
        }
        let ended = self.session.each(&text).await?;
        self.session.run("ROLLBACK").await?;
        let answers = match ended {
            Ok(answers) => answers,
            Err(refusal) => return Ok(refused(refusal)),
        };
        let counts: Vec<&String> = answers
            .iter()
            .flat_map(|answer| &answer.rows)
            .filter(|row| row.starts_with(SEEN))
            .collect();
        Ok(Ok(kinds
            .iter()
            .zip(counts.windows(2))
            .filter(|(_, counts)| counts[0] != counts[1])
            .map(|((whose, _), _)| *whose)
            .collect()))
    }

    /// Sets a column to the value that a row of A's has there: no policy's check is why that would be refused.
    pub(super) async fn update(&self) -> Result<Cell, Error> {
        let mut last = Err("it has no column that could be written".to_owned());
        for column in self.columns_to_update() {
            let rows = self.rows();
            let value = rows
                .iter()
                .find(|row| row.tenant == Some('a'))
                .or_else(|| rows.first())
                .and_then(|row| row.values.get(&column));
            let Some(value) = value else { continue };
            let value = literal_or_null(value.as_deref());
            let statement = format!("UPDATE {} SET {} = {value}", self.name, identifier(&column));
            last = self.write(&statement).await?;
            if last.is_ok() {
                break;
            }
        }
        Ok(last)
    }

    /// Those that the role may write, or (to be refused) all; those that no key needs first.
    fn columns_to_update(&self) -> Vec<String> {
        let writable = |column: &&crate::catalog::Column| {
            column.generated.is_none() && column.identity.as_deref() != Some("always")
        };
        let may = |name: &str| self.role.privileges.may_with("UPDATE", &self.relation.name, name);
        let is_key = |name: &str| {
            let constraints = &self.relation.constraints;
            let indexes = &self.relation.indexes;
            let among = |columns: &[String]| columns.iter().any(|column| column == name);
            constraints
                .iter()
                .any(|one| one.kind != ConstraintKind::Check && among(&one.columns))
                || indexes
                    .iter()
                    .any(|index| index.unique && index.columns.iter().flatten().any(|column| column == name))
        };
        let mut columns: Vec<&str> = self
            .relation
            .columns
            .iter()
            .filter(writable)
            .map(|column| column.name.as_str())
            .collect();
        columns.sort_by_key(|name| (!may(name), is_key(name)));
        if columns.first().is_some_and(|name| may(name)) {
            columns.retain(|name| may(name));
        }
        columns.into_iter().take(MOST).map(str::to_owned).collect()
    }

    /// Blindly on all rows; where foreign keys refuse it, without them; then on one row alone, if that is not told yet.
    pub(super) async fn write(&self, statement: &str) -> Result<Cell, Error> {
        let mut world = String::new();
        let mut ended = self.attempt(&world, statement).await?;
        if ended.as_ref().is_err_and(by_foreign_key) {
            world = self.without_foreign_keys();
            ended = self.attempt(&world, statement).await?;
        }
        let refusal = match ended {
            Ok(after) => return Ok(Ok(self.gone(&after))),
            Err(refusal) if is_denied(&refusal) && !by_policy(&refusal) => return Ok(Ok(BTreeSet::new())),
            Err(refusal) => refusal,
        };
        let mut reached = BTreeSet::new();
        let mut doubt = None;
        for whose in [Whose::Own, Whose::Shared, Whose::Public, Whose::Other] {
            for (place, _) in self.known.iter().filter(|(_, known)| **known == whose).take(MOST) {
                let Some((table, ctid)) = place.split_once(" | ") else {
                    continue;
                };
                let removal = as_replica(&format!(
                    "DELETE FROM {} WHERE NOT (tableoid = {table} AND ctid = '{ctid}')",
                    self.name
                ));
                match self.attempt(&format!("{world};\n{removal}"), statement).await? {
                    Ok(after) if after.contains_key(place) => {}
                    Ok(_) => {
                        reached.insert(whose);
                    }
                    Err(refused) if by_policy(&refused) => {}
                    Err(_) => doubt = Some(refusal.message.clone()),
                }
            }
        }
        Ok(settled(reached, doubt))
    }

    /// A row of each kind, taken away before, so that no key stands in its way.
    pub(super) async fn insert(&self) -> Result<Cell, Error> {
        let mut reached = BTreeSet::new();
        let mut doubt = None;
        for tenant in [Some('a'), Some('b'), None] {
            let mut refusals = Vec::new();
            for row in self.rows().iter().filter(|row| row.tenant == tenant).take(MOST) {
                let world = insert::take_away(self.relation, row);
                match self.attempt(&world, &self.insertion(row)).await? {
                    Ok(after) => {
                        let new = after.iter().filter(|(place, _)| !self.known.contains_key(*place));
                        reached.extend(new.map(|(_, whose)| *whose));
                        refusals.clear();
                        break;
                    }
                    Err(refusal) => refusals.push(refusal),
                }
            }
            let telling = refusals.into_iter().find(|refusal| !is_denied(refusal));
            doubt = doubt.or(telling.map(|refusal| refusal.message));
        }
        Ok(settled(reached, doubt))
    }

    /// With the columns that the role may name, or (to be refused) all.
    fn insertion(&self, row: &Row) -> String {
        let privileges = &self.role.privileges;
        let may = |name: &str| privileges.may_with("INSERT", &self.relation.name, name);
        let none = !row.values.keys().any(|name| may(name));
        let (columns, values): (Vec<String>, Vec<String>) = row
            .values
            .iter()
            .filter(|(name, _)| {
                let stored = self.relation.column(name).is_some_and(|c| c.generated.is_none());
                stored && (none || may(name))
            })
            .map(|(name, value)| {
                let value = literal_or_null(value.as_deref());
                (identifier(name), value)
            })
            .unzip();
        if columns.is_empty() {
            return format!("INSERT INTO {} DEFAULT VALUES", self.name);
        }
        format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
            self.name,
            columns.join(", "),
            values.join(", ")
        )
    }

    /// The rows that were made in the table.
    fn rows(&self) -> &[Row] {
        let name = &self.relation.name;
        let table = self.bench.world.table(&name.schema, &name.name);
        table.map(|table| table.rows.as_slice()).unwrap_or_default()
    }

    /// Whose the rows are that are no longer where they were.
    fn gone(&self, after: &BTreeMap<String, Whose>) -> BTreeSet<Whose> {
        self.known
            .iter()
            .filter(|(place, _)| !after.contains_key(*place))
            .map(|(_, whose)| *whose)
            .collect()
    }

    /// Takes away the foreign keys that lead to the table. Rows that point to it stay: policies may ask them.
    fn without_foreign_keys(&self) -> String {
        let mut statements = Vec::new();
        for child in self
            .bench
            .catalog
            .relations
            .iter()
            .filter(|child| !child.is_partition())
        {
            for constraint in &child.constraints {
                let points = constraint.kind == ConstraintKind::ForeignKey
                    && constraint.references.as_ref().is_some_and(|reference| {
                        reference.relation == self.relation.name
                            || self
                                .relation
                                .parents
                                .iter()
                                .flatten()
                                .any(|parent| *parent == reference.relation)
                    });
                if points {
                    statements.push(format!(
                        "ALTER TABLE {} DROP CONSTRAINT {}",
                        qualified(&child.name.schema, &child.name.name),
                        identifier(&constraint.name)
                    ));
                }
            }
        }
        statements.join(";\n")
    }
}

/// A doubt counts unless the worst is known anyway.
fn settled(reached: BTreeSet<Whose>, doubt: Option<String>) -> Cell {
    match doubt {
        Some(why) if !reached.contains(&Whose::Other) => Err(why),
        _ => Ok(reached),
    }
}

/// A refusal for want of a privilege or by a policy reaches nothing; any other tells nothing.
fn refused(refusal: Refusal) -> Cell {
    if is_denied(&refusal) {
        Ok(BTreeSet::new())
    } else {
        Err(refusal.message)
    }
}

/// 42501: insufficient privilege, and what a policy's check refuses.
fn is_denied(refusal: &Refusal) -> bool {
    refusal.sqlstate == "42501"
}

fn by_policy(refusal: &Refusal) -> bool {
    is_denied(refusal) && refusal.message.contains("row-level security")
}

/// 23503 and 23001: a key's row is pointed to; 0A000: a table that is pointed to can't be truncated.
fn by_foreign_key(refusal: &Refusal) -> bool {
    ["23503", "23001", "0A000"].contains(&refusal.sqlstate.as_str())
}

/// Without triggers, foreign keys and rules.
fn as_replica(sql: &str) -> String {
    format!(
        "SET LOCAL session_replication_role = replica; {sql}; SET LOCAL session_replication_role = origin"
    )
}
