//! Rules of retention that live in a table: which there are is for pgproof to say while it tries.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;
use super::copy::Specimen;
use super::kin::RowId;
use super::target::Target;
use crate::catalog::{Catalog, Name, Relation};
use crate::contract::{Action, Policies};
use crate::error::Error;
use crate::prove::image::{Image, key};
use crate::prove::session::Session;
use crate::sql::{identifier, literal, literal_or_null, qualified};

/// How rules are written into their table.
pub(super) struct Rules<'a> {
    policies: &'a Policies,
    relation: &'a Relation,
    /// A rule that is there, for the columns that the contract does not speak of.
    base: RowId,
    /// The tables that rules name with their schema: seen to work.
    with_schema: RefCell<BTreeSet<Name>>,
}

/// A rule to be put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) table: String,
    pub(super) age: String,
    pub(super) keep_days: Option<String>,
    pub(super) action: Option<String>,
    pub(super) enabled: bool,
    /// What is in other columns, or instead: texts by column.
    pub(super) others: BTreeMap<String, String>,
}

/// The days of a rule where the contract says nothing else.
pub(super) const KEEP_DAYS: &str = "30";

impl<'a> Rules<'a> {
    /// The table of rules. What does not fit the catalog is said in words.
    pub(super) async fn find(
        session: &Session,
        catalog: &'a Catalog,
        policies: &'a Policies,
    ) -> Result<Result<Self, String>, Error> {
        let relation = match super::target::table(catalog, &policies.table) {
            Ok(relation) => relation,
            Err(why) => return Ok(Err(why)),
        };
        let columns = &policies.columns;
        let needed = [Some(&columns.table), Some(&columns.keep_days)]
            .into_iter()
            .chain([
                columns.age.as_ref(),
                columns.action.as_ref(),
                columns.enabled.as_ref(),
            ]);
        if let Some(missing) = needed.flatten().find(|name| relation.column(name).is_none()) {
            return Ok(Err(format!("{} has no column {missing}", relation.name)));
        }
        let names: Vec<String> = catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table())
            .flat_map(|relation| [relation.name.name.clone(), relation.name.to_string()])
            .map(|name| literal(&name))
            .collect();
        // One that the migrations put there says best what a rule looks like.
        let query = format!(
            "SELECT t.ctid FROM {} AS t ORDER BY (t.{}::text IN ({})) DESC, t.ctid LIMIT 1",
            qualified(&relation.name.schema, &relation.name.name),
            identifier(&policies.columns.table),
            names.join(", "),
        );
        let rows = session.ask(&query).await?.unwrap_or_default();
        let place = rows.first().and_then(|row| row.first().cloned().flatten());
        Ok(match place {
            Some(place) => Ok(Self {
                policies,
                relation,
                base: (relation.name.clone(), place),
                with_schema: RefCell::default(),
            }),
            None => Err(format!("no rule could be made in {}", relation.name)),
        })
    }

    /// The table that they live in.
    pub(super) fn table(&self) -> &Name {
        &self.relation.name
    }

    /// The word for an action; none where rules have no action, `Err` where they have no such action.
    pub(super) fn word(&self, action: Action) -> Result<Option<String>, ()> {
        if self.policies.columns.action.is_none() {
            return if action == Action::Delete {
                Ok(None)
            } else {
                Err(())
            };
        }
        let words = &self.policies.actions;
        let word = words.iter().find(|(_, meant)| **meant == action);
        word.map(|(word, _)| Some(word.clone())).ok_or(())
    }

    /// Whether rules can be switched off.
    pub(super) fn can_be_disabled(&self) -> bool {
        self.policies.columns.enabled.is_some()
    }

    /// Whether rules name the column that the age is counted from.
    pub(super) fn name_the_age(&self) -> bool {
        self.policies.columns.age.is_some()
    }

    /// Whether rules name an action.
    pub(super) fn name_the_action(&self) -> bool {
        self.policies.columns.action.is_some()
    }

    /// Columns of text beside those of the names and the action: whoever writes rules may write anything there.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let columns = &self.policies.columns;
        self.relation
            .columns
            .iter()
            .filter(|column| {
                let bare = column.data_type.split('(').next().unwrap_or_default();
                column.generated.is_none() && matches!(bare, "text" | "character varying" | "citext")
            })
            .map(|column| column.name.as_str())
            .filter(|name| {
                *name != columns.table
                    && ![&columns.age, &columns.action, &columns.enabled]
                        .iter()
                        .any(|known| known.as_deref() == Some(*name))
            })
    }

    /// The table of rules.
    pub(super) fn relation_name(&self) -> &Name {
        &self.relation.name
    }

    /// Whether a rule that was written over says what it said, in all columns that the contract speaks of and in its key.
    pub(super) fn says_the_same(&self, old: &Image, new: &Image) -> bool {
        let columns = &self.policies.columns;
        let key = key(self.relation);
        let spoken_of = [
            Some(&columns.table),
            Some(&columns.keep_days),
            columns.age.as_ref(),
            columns.action.as_ref(),
            columns.enabled.as_ref(),
        ];
        spoken_of
            .into_iter()
            .flatten()
            .chain(&key)
            .all(|column| old.get(column) == new.get(column))
    }

    /// The rule of a target.
    pub(super) fn of(&self, target: &Target<'_>) -> Option<Rule> {
        let action = self.word(target.rule.action).ok()?;
        Some(Rule {
            table: self.name(&target.relation.name),
            age: target.age.name.clone(),
            keep_days: target.keep.split_whitespace().next().map(str::to_owned),
            action,
            enabled: true,
            others: BTreeMap::new(),
        })
    }

    /// From now on rules name that table with its schema, or without.
    pub(super) fn write_schema(&self, name: &Name, with_schema: bool) {
        if with_schema {
            self.with_schema.borrow_mut().insert(name.clone());
        } else {
            self.with_schema.borrow_mut().remove(name);
        }
    }

    /// A table's name as rules write it.
    pub(super) fn name(&self, name: &Name) -> String {
        self.name_like(name, name)
    }

    /// The same in the way in which another table's is written.
    pub(super) fn name_like(&self, other: &Name, name: &Name) -> String {
        let column = self.relation.column(&self.policies.columns.table);
        if column.is_some_and(|column| column.data_type == "regclass") {
            qualified(&name.schema, &name.name)
        } else if self.with_schema.borrow().contains(other) {
            format!("{}.{}", name.schema, name.name)
        } else {
            name.name.clone()
        }
    }

    /// The same with its schema, whether or not rules usually have that.
    pub(super) fn qualified_name(&self, name: &Name) -> String {
        let usual = self.name(name);
        if usual == name.name {
            format!("{}.{}", name.schema, name.name)
        } else {
            usual
        }
    }

    /// Makes these the only rules, as anybody who may write them could: triggers that look at them act. Some: one of them
    /// was refused, for that reason.
    pub(super) async fn put(
        &self,
        bench: &Bench<'_>,
        session: &Session,
        rules: &[Rule],
    ) -> Result<Option<String>, Error> {
        let table = qualified(&self.relation.name.schema, &self.relation.name.name);
        session
            .run(&format!(
                "SET LOCAL session_replication_role = replica; DROP TABLE IF EXISTS pg_temp.pgproof_rule; \
                 CREATE TEMPORARY TABLE pgproof_rule AS SELECT * FROM {table} WHERE ctid = {}; DELETE FROM {table}; \
                 SET LOCAL session_replication_role = origin",
                literal(&self.base.1)
            ))
            .await?;
        let base = (Name::new("pg_temp", "pgproof_rule"), "(0,1)".to_owned());
        let specimens: Vec<Specimen> = rules.iter().map(|rule| self.specimen(rule)).collect();
        let made = bench
            .copier
            .make(session, self.relation, &base, &specimens)
            .await?;
        session.run("DROP TABLE pg_temp.pgproof_rule").await?;
        Ok(made.into_iter().find_map(Result::err))
    }

    fn specimen(&self, rule: &Rule) -> Specimen {
        let columns = &self.policies.columns;
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        // The name of the table tells a rule from the others, where anything has to.
        values.insert(
            columns.table.clone(),
            format!("{} {}", literal(&rule.table), super::copy::KEY),
        );
        if let Some(age) = &columns.age {
            values.insert(age.clone(), literal(&rule.age));
        }
        values.insert(columns.keep_days.clone(), self.days(rule.keep_days.as_deref()));
        if let (Some(column), Some(action)) = (&columns.action, &rule.action) {
            values.insert(column.clone(), literal(action));
        }
        if let Some(enabled) = &columns.enabled {
            values.insert(
                enabled.clone(),
                literal(if rule.enabled { "true" } else { "false" }),
            );
        }
        let others = rule.others.iter();
        values.extend(others.map(|(column, text)| (column.clone(), literal(text))));
        Specimen {
            words: rule.table.clone(),
            columns: values,
        }
    }

    /// Days as the column takes them: a number, or an interval.
    fn days(&self, days: Option<&str>) -> String {
        let is_interval = self
            .relation
            .column(&self.policies.columns.keep_days)
            .is_some_and(|column| column.data_type.starts_with("interval"));
        if is_interval {
            literal_or_null(days.map(|days| format!("{days} days")).as_deref())
        } else {
            literal_or_null(days)
        }
    }
}

/// The column that a table's ages are most likely counted from: of an instant rather than of a day, and one that says when
/// the row was made rather than another.
pub(super) fn time_column(catalog: &Catalog, relation: &Relation) -> Option<String> {
    let weight = |column: &&crate::catalog::Column| {
        let name = column.name.to_lowercase();
        let made = ["created", "occurred", "logged", "recorded", "sent", "started"]
            .iter()
            .any(|word| name.contains(word));
        let future = ["expire", "until", "due", "scheduled", "deleted", "archived"]
            .iter()
            .any(|word| name.contains(word));
        let kind = super::target::age_type(catalog, &column.data_type);
        (
            future,
            !made,
            kind != Some(super::target::AgeType::Instant),
            column.number.0,
        )
    };
    relation
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
        .filter(|column| super::target::age_type(catalog, &column.data_type).is_some())
        .min_by_key(weight)
        .map(|column| column.name.clone())
}
