//! Unique keys over all tenants: they are checked without row level security.

use super::copy::{self, Named};
use super::{Vector, WRITE, insert};
use crate::catalog::{Catalog, ConstraintKind, Index, Relation, TypeKind};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt, Verdict, act};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::ownership::Ownership;
use crate::rows::Row;
use crate::sql::{identifier, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "unique",
    rule: "isolation/unique-oracle",
    about: "A tenant inserts a row of its own with the natural key of another tenant's row, and one with a key that nobody \
            has. Both must be answered alike, or the answer tells what the other tenant has.",
    bad: include_str!("unique.bad.sql"),
    good: include_str!("unique.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of each tenant that are tried an index.
const MOST: usize = 3;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    // A partition has its keys from its parent.
    for relation in bench.owned_tables().filter(|relation| !relation.is_partition()) {
        let mut of_keys = Vec::new();
        for (number, key) in keys(bench, relation).iter().enumerate() {
            if number == 0
                && let Some(finding) = key.overwritten(bench).await?
            {
                outcomes.push(Outcome::Found(finding));
            }
            if !key.nobody_chose(bench.catalog) {
                of_keys.extend(key.outcome(bench).await?);
            }
        }
        outcomes.extend(Outcome::worst(of_keys));
    }
    Ok(outcomes)
}

/// A unique index, or that of an exclusion constraint.
struct Key<'a> {
    relation: &'a Relation,
    index: &'a Index,
    /// Those of its columns that a tenant may choose freely, and those on which it depends whether the row is in it.
    chosen: Vec<&'a str>,
    condition: Vec<&'a str>,
}

/// What came of a row with certain values.
enum Tried {
    Accepted,
    /// The index refused it.
    Taken(String),
    Refused(String),
    Denied,
}

fn keys<'a>(bench: &'a Bench<'_>, relation: &'a Relation) -> Vec<Key<'a>> {
    let Some(Ownership::Tenants(path)) = bench.owners.find(&relation.name).map(|table| &table.ownership)
    else {
        return Vec::new();
    };
    // What belongs to a tenant, or to something of a tenant's, stays the attacker's.
    let mut kept = vec![path.column()];
    for constraint in &relation.constraints {
        let to_tenants = constraint.references.as_ref().is_some_and(|reference| {
            bench
                .owners
                .find(&reference.relation)
                .is_some_and(|table| matches!(table.ownership, Ownership::Tenants(_)))
        });
        if to_tenants {
            kept.extend(constraint.columns.iter().map(String::as_str));
        }
    }
    let unique = |index: &&Index| {
        let excludes = index.constraint.as_ref().is_some_and(|name| {
            relation
                .constraints
                .iter()
                .any(|constraint| constraint.name == *name && constraint.kind == ConstraintKind::Exclude)
        });
        index.valid && (index.unique || excludes)
    };
    let all: Vec<&Index> = relation.indexes.iter().filter(unique).collect();
    let mut keys: Vec<Key<'a>> = Vec::new();
    for index in all {
        let columns = columns(relation, &index.definition, index);
        let chosen: Vec<&str> = columns
            .iter()
            .copied()
            .filter(|column| !kept.contains(column))
            .collect();
        let may = chosen
            .iter()
            .all(|column| bench.privileges.may_with("INSERT", &relation.name, column));
        // With the columns of another key it is unique anyway.
        let wider = |known: &Key<'_>| known.chosen.iter().all(|column| chosen.contains(column));
        if chosen.is_empty() || !may || index.predicate.is_none() && keys.iter().any(wider) {
            continue;
        }
        let condition = index
            .predicate
            .as_deref()
            .map(|predicate| mentioned(relation, predicate))
            .unwrap_or_default()
            .into_iter()
            .filter(|column| !kept.contains(column) && !chosen.contains(column))
            .filter(|column| bench.privileges.may_with("INSERT", &relation.name, column))
            .collect();
        keys.push(Key {
            relation,
            index,
            chosen,
            condition,
        });
    }
    keys
}

/// The columns that a row is in the index by; a generated one by those that it is made of.
fn columns<'a>(relation: &'a Relation, definition: &str, index: &Index) -> Vec<&'a str> {
    let named: Vec<&str> = if index.columns.iter().all(Option::is_some) {
        let names = index.columns.iter().flatten();
        names
            .filter_map(|name| relation.column(name))
            .map(|column| column.name.as_str())
            .collect()
    } else {
        // `CREATE UNIQUE INDEX … ON … USING btree (lower(code)) INCLUDE (…) WHERE …`
        let key = definition
            .split_once(" USING ")
            .map_or(definition, |(_, key)| key);
        let key = key.split(" INCLUDE ").next().unwrap_or(key);
        mentioned(relation, key.split(" WHERE ").next().unwrap_or(key))
    };
    let mut all = Vec::new();
    for name in named {
        let generated = relation
            .column(name)
            .and_then(|column| column.generated.as_deref());
        let sources = generated.map_or_else(|| vec![name], |expression| mentioned(relation, expression));
        for source in sources {
            if !all.contains(&source) {
                all.push(source);
            }
        }
    }
    all
}

/// The relation's columns that an expression names, or seems to.
fn mentioned<'a>(relation: &'a Relation, expression: &str) -> Vec<&'a str> {
    let words: Vec<&str> = expression
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .collect();
    relation
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| words.contains(name) || expression.contains(&identifier(name)))
        .collect()
}

type Changes<'a> = Vec<(&'a str, Option<String>)>;

impl<'a> Key<'a> {
    async fn outcome(&self, bench: &Bench<'_>) -> Result<Option<Outcome>, Error> {
        let object = self.relation.name.to_string();
        let mut unclear = None;
        let mut held = false;
        for row in self.own(bench) {
            for theirs in self.theirs(bench).await? {
                for named in [Named::All, Named::WithoutDefaults] {
                    bench.session.run(attempt::BEGIN).await?;
                    let tried = self.compare(bench, row, &theirs, named).await;
                    bench.session.run("ROLLBACK").await?;
                    match tried? {
                        Compared::Told(finding) => return Ok(Some(Outcome::Found(*finding))),
                        Compared::Alike => {
                            held = true;
                            break;
                        }
                        Compared::Unclear(why) => unclear = Some(why),
                        Compared::Denied => {}
                    }
                }
            }
            // What is in the index depends on nothing else.
            if held && self.index.predicate.is_none() {
                break;
            }
        }
        Ok(match unclear {
            _ if held => Some(Outcome::Held { object }),
            Some(why) => Some(Outcome::Blind {
                object,
                severity: Severity::Info,
                why,
            }),
            None => None,
        })
    }

    /// A number that a sequence gives, or what is drawn by chance: that somebody has it tells nothing.
    fn nobody_chose(&self, catalog: &Catalog) -> bool {
        self.chosen.iter().all(|column| {
            self.relation.column(column).is_some_and(|column| {
                let by_chance = column
                    .default
                    .as_deref()
                    .is_some_and(|default| default.contains("random") || default.contains("uuid"));
                by_chance || self.chosen.len() == 1 && is_number_or_uuid(catalog, &column.data_type)
            })
        })
    }

    /// Rows of the attacker's to copy.
    fn own<'b>(&self, bench: &'b Bench<'_>) -> Vec<&'b Row> {
        let name = &self.relation.name;
        let rows = bench.world.table(&name.schema, &name.name);
        rows.into_iter()
            .flat_map(|rows| rows.of('a'))
            .take(MOST)
            .collect()
    }

    /// Keys of the victim's rows that the attacker must not see.
    async fn theirs(&self, bench: &Bench<'_>) -> Result<Vec<Changes<'a>>, Error> {
        let columns: Vec<&'a str> = self.chosen.iter().chain(&self.condition).copied().collect();
        let rows = bench.private_rows(self.relation, &columns, MOST).await?;
        let key = self.chosen.len();
        let theirs: Vec<Changes<'a>> = rows
            .into_iter()
            .filter(|row| row.iter().take(key).all(Option::is_some))
            .map(|row| columns.iter().copied().zip(row).collect())
            .collect();
        // A key that the attacker has as well is a duplicate of its own.
        let mine = bench
            .world
            .table(&self.relation.name.schema, &self.relation.name.name);
        let is_mine = |theirs: &Changes<'a>| {
            let mut rows = mine.into_iter().flat_map(|rows| rows.of('a'));
            rows.any(|row| {
                let mut key = theirs.iter().take(key);
                key.all(|(column, value)| row.values.get(*column) == Some(value))
            })
        };
        let alone: Vec<Changes<'a>> = theirs.iter().filter(|theirs| !is_mine(theirs)).cloned().collect();
        Ok(if alone.is_empty() { theirs } else { alone })
    }

    /// A row with their key, one with a key that nobody has, and one with a key that the attacker itself has.
    async fn compare(
        &self,
        bench: &Bench<'_>,
        row: &Row,
        theirs: &Changes<'a>,
        named: Named,
    ) -> Result<Compared, Error> {
        let world = insert::take_away(self.relation, row);
        bench.session.run(&world).await?;
        let last = self.sql(bench, row, theirs, named);
        match self.insert(bench, &last).await? {
            Tried::Denied => Ok(Compared::Denied),
            Tried::Refused(why) => Ok(Compared::Unclear(why)),
            Tried::Accepted => Ok(match self.insert(bench, &last).await? {
                Tried::Taken(_) => Compared::Alike,
                // The row is not in the index.
                _ => Compared::Denied,
            }),
            Tried::Taken(refusal) => {
                for at in 0..self.chosen.len() {
                    let value = theirs[at].1.as_deref().unwrap_or_default();
                    for other in copy::others(value) {
                        let mut fresh = theirs.clone();
                        fresh[at].1 = Some(other);
                        let fresh = self.sql(bench, row, &fresh, named);
                        if matches!(self.insert(bench, &fresh).await?, Tried::Accepted) {
                            let attempt = Attempt {
                                world: vec![world],
                                ..Attempt::writing(&bench.attacker, last)
                            };
                            return Ok(Compared::Told(Box::new(self.finding(refusal, &attempt))));
                        }
                    }
                }
                Ok(Compared::Unclear(
                    "no key that nobody has was accepted either".to_owned(),
                ))
            }
        }
    }

    fn sql(&self, bench: &Bench<'_>, row: &Row, changes: &Changes<'a>, named: Named) -> String {
        let columns: Vec<&str> = changes.iter().map(|(column, _)| *column).collect();
        copy::insert(bench, self.relation, &copy::with(row, changes), named, &columns)
    }

    async fn insert(&self, bench: &Bench<'_>, sql: &str) -> Result<Tried, Error> {
        let seen = act(&bench.session, &bench.attacker, sql).await?;
        Ok(match seen.refused {
            None => Tried::Accepted,
            // 23505 is a unique key's no, 23P01 that of an exclusion constraint.
            Some(refusal)
                if ["23505", "23P01"].contains(&refusal.sqlstate.as_str())
                    && refusal.message.contains(&format!("\"{}\"", self.index.name)) =>
            {
                Tried::Taken(refusal.message)
            }
            Some(refusal) if refusal.sqlstate == "42501" => Tried::Denied,
            Some(refusal) => Tried::Refused(refusal.message),
        })
    }

    fn finding(&self, observed: String, attempt: &Attempt) -> Finding {
        let (relation, index) = (&self.relation.name, &self.index.name);
        let finding = VECTOR.finding(
            &relation.to_string(),
            format!(
                "a tenant learns from an INSERT into {relation} which values of {index} another tenant has"
            ),
            observed,
            attempt,
        );
        Finding {
            severity: Severity::Warning,
            expected: "the same answer as for a value that nobody has".to_owned(),
            replayable: false,
            ..finding
        }
    }

    /// Whether ON CONFLICT DO UPDATE gets at the row that stands in the way.
    async fn overwritten(&self, bench: &Bench<'_>) -> Result<Option<Finding>, Error> {
        let may = |column: &&str| bench.privileges.may_with("UPDATE", &self.relation.name, column);
        let names = self.relation.columns.iter().map(|column| column.name.as_str());
        let changed = names
            .clone()
            .filter(|name| !self.chosen.contains(name))
            .chain(names)
            .find(may);
        let (Some(changed), Some(row), true) = (changed, self.own(bench).first().copied(), self.index.unique)
        else {
            return Ok(None);
        };
        for theirs in self.theirs(bench).await?.iter().take(1) {
            for named in [Named::All, Named::WithoutDefaults] {
                let insert = self.sql(bench, row, theirs, named);
                let (target, column) = (self.target(), identifier(changed));
                let sql = format!("{insert} ON CONFLICT {target} DO UPDATE SET {column} = EXCLUDED.{column}");
                let attempt = Attempt {
                    world: vec![insert::take_away(self.relation, row)],
                    ..Attempt::writing(&bench.attacker, sql)
                };
                if let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? {
                    let name = &self.relation.name;
                    let message = format!(
                        "a tenant's INSERT … ON CONFLICT DO UPDATE changes another tenant's row of {name} that has the same {}",
                        self.index.name
                    );
                    let mut finding = VECTOR.finding(&name.to_string(), message, observed, &attempt);
                    finding.rule = WRITE;
                    return Ok(Some(finding));
                }
            }
        }
        Ok(None)
    }

    /// What ON CONFLICT calls the index.
    fn target(&self) -> String {
        if let Some(constraint) = &self.index.constraint {
            return format!("ON CONSTRAINT {}", identifier(constraint));
        }
        let columns: Vec<String> = self
            .index
            .columns
            .iter()
            .flatten()
            .map(|name| identifier(name))
            .collect();
        let key = if columns.len() == self.index.columns.len() {
            format!("({})", columns.join(", "))
        } else {
            let key = self
                .index
                .definition
                .split_once(" USING ")
                .map_or("", |(_, key)| key);
            let key = key.split_once(' ').map_or(key, |(_, key)| key);
            let key = key.split(" INCLUDE ").next().unwrap_or(key);
            key.split(" WHERE ").next().unwrap_or(key).to_owned()
        };
        self.index
            .predicate
            .as_ref()
            .map_or_else(|| key.clone(), |predicate| format!("{key} WHERE {predicate}"))
    }
}

/// What the answers to the same row with different keys told.
enum Compared {
    Told(Box<Finding>),
    Alike,
    Unclear(String),
    Denied,
}

/// Whether a key of that type is a number that a sequence gives, or one that is drawn by chance.
pub(super) fn is_number_or_uuid(catalog: &Catalog, data_type: &str) -> bool {
    let base = catalog.types.iter().find_map(|known| {
        let qualified = qualified(&known.name.schema, &known.name.name).replace('"', "");
        (known.kind == TypeKind::Domain && (qualified == data_type || known.name.to_string() == data_type))
            .then_some(known.base_type.as_deref()?)
    });
    match base {
        Some(base) if base != data_type => is_number_or_uuid(catalog, base),
        _ => ["smallint", "integer", "bigint", "uuid"].contains(&data_type),
    }
}

#[cfg(test)]
#[path = "unique_tests.rs"]
mod tests;
