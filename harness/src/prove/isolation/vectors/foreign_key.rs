//! Foreign keys from one tenant's rows to another's: they don't ask a policy, and neither does what they set off.

use super::copy::{self, Named};
use super::{Vector, delete, insert};
use crate::catalog::{Catalog, Constraint, ConstraintKind, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{self, Attempt, act};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::ownership::Ownership;
use crate::prove::session::{Refusal, Seen};
use crate::rows::Row;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "foreign key",
    rule: "isolation/reference",
    about: "A tenant makes a row of its own that points to another tenant's row, and the other tenant then deletes what is \
            its own: a foreign key passes by row level security, and so do ON DELETE CASCADE, SET NULL and RESTRICT.",
    bad: include_str!("foreign_key.bad.sql"),
    good: include_str!("foreign_key.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// Rows of the attacker's that are copied, and rows of the victim's that they are pointed to: each may meet another
/// branch of a policy.
const MOST: usize = 4;

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    // A partition has its keys from its parent.
    for child in bench.owned_tables().filter(|relation| !relation.is_partition()) {
        let mut of_keys = Vec::new();
        for key in keys(bench, child) {
            of_keys.extend(key.outcome(bench).await?);
        }
        outcomes.extend(Outcome::worst(of_keys));
    }
    Ok(outcomes)
}

/// A foreign key from rows of tenants to rows of tenants.
struct Key<'a> {
    child: &'a Relation,
    parent: &'a Relation,
    constraint: &'a Constraint,
    /// The child's columns and the parent's, in the same order.
    columns: Vec<&'a str>,
    matched: Vec<&'a str>,
    /// The child's column that says whose it is.
    tenant: &'a str,
    /// An expression for the tenants of the child `t`.
    owners: String,
}

/// What a way of pointing to the other tenant's row came to.
enum Tried {
    Found(Box<Finding>),
    /// It was refused, and the same with a row of the attacker's own was not.
    Held,
    /// The attacker can't do it with rows of its own either.
    Denied,
    Unclear(String),
}

/// What the other tenant's DELETE of its own row meets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Blocked,
    Removed,
    Changed,
    /// Nothing, or it can't delete the row in any case.
    None,
}

fn keys<'a>(bench: &'a Bench<'_>, child: &'a Relation) -> Vec<Key<'a>> {
    let owned = |relation: &Relation| {
        bench
            .owners
            .find(&relation.name)
            .and_then(|table| match &table.ownership {
                Ownership::Tenants(path) => Some(path),
                _ => None,
            })
    };
    let Some(path) = owned(child) else {
        return Vec::new();
    };
    let key = |constraint: &'a Constraint| {
        let reference = constraint
            .references
            .as_ref()
            .filter(|_| constraint.kind == ConstraintKind::ForeignKey && constraint.enforced)?;
        let parent = bench
            .catalog
            .relation(&reference.relation.schema, &reference.relation.name)?;
        owned(parent)?;
        let key = Key {
            child,
            parent,
            constraint,
            columns: constraint.columns.iter().map(String::as_str).collect(),
            matched: reference.columns.iter().map(String::as_str).collect(),
            tenant: path.column(),
            owners: path.owners(),
        };
        let may = |privilege| {
            key.pointing()
                .all(|column| bench.privileges.may_with(privilege, &child.name, column))
        };
        let tells = key.pointing().next().is_some();
        (tells && (may("INSERT") || may("UPDATE"))).then_some(key)
    };
    child.constraints.iter().filter_map(key).collect()
}

type Values = Vec<Option<String>>;

impl<'a> Key<'a> {
    /// The child's columns but for the one that says whose it is, which stays the attacker's.
    fn pointing(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.columns
            .iter()
            .copied()
            .filter(|column| *column != self.tenant)
    }

    fn changes(&self, parent: &Values) -> Vec<(&'a str, Option<String>)> {
        let pairs = self.columns.iter().copied().zip(parent.iter().cloned());
        pairs.filter(|(column, _)| *column != self.tenant).collect()
    }

    /// True for a child `t` that points to that parent.
    fn points(&self, parent: &Values) -> String {
        same("t", &self.columns, parent)
    }

    async fn outcome(&self, bench: &Bench<'_>) -> Result<Option<Outcome>, Error> {
        let object = self.child.name.to_string();
        let blind = |why: String| Outcome::Blind {
            object: object.clone(),
            severity: Severity::Info,
            why,
        };
        let theirs = bench.private_rows(self.parent, &self.matched, MOST).await?;
        let own = self.own_parents(bench);
        let (Some(first), Some(own)) = (theirs.first(), own.first()) else {
            return Ok(Some(blind(format!(
                "there are no rows of {} to point to",
                self.parent.name
            ))));
        };
        let mut held = false;
        let mut unclear = None;
        for way in [Way::Insert, Way::Update] {
            let may = self.pointing().all(|column| {
                bench
                    .privileges
                    .may_with(way.privilege(), &self.child.name, column)
            });
            if !may {
                continue;
            }
            match self.try_way(bench, way, &theirs, first, own).await? {
                Tried::Found(finding) => return Ok(Some(Outcome::Found(*finding))),
                Tried::Held => held = true,
                Tried::Denied => {}
                Tried::Unclear(why) => unclear = Some(why),
            }
        }
        Ok(match unclear {
            Some(why) => Some(blind(why)),
            None => held.then_some(Outcome::Held { object }),
        })
    }

    /// What rows of the attacker's are there to point to.
    fn own_parents(&self, bench: &Bench<'_>) -> Vec<Values> {
        let name = &self.parent.name;
        let rows = bench.world.table(&name.schema, &name.name);
        let values = |row: &Row| {
            let value = |column: &&str| row.values.get(*column).cloned().flatten();
            self.matched.iter().map(value).collect::<Values>()
        };
        rows.into_iter()
            .flat_map(|rows| rows.of('a'))
            .map(values)
            .collect()
    }

    async fn try_way(
        &self,
        bench: &Bench<'_>,
        way: Way,
        theirs: &[Values],
        first: &Values,
        own: &Values,
    ) -> Result<Tried, Error> {
        let rows = bench.world.table(&self.child.name.schema, &self.child.name.name);
        let rows: Vec<&Row> = rows
            .into_iter()
            .flat_map(|rows| rows.of('a'))
            .take(MOST)
            .collect();
        let mut tried = Tried::Denied;
        for (number, row) in rows.iter().enumerate() {
            bench.session.run(attempt::BEGIN).await?;
            let parents = if number == 0 {
                theirs
            } else {
                std::slice::from_ref(first)
            };
            let result = self.try_row(bench, way, row, parents, own).await;
            bench.session.run("ROLLBACK").await?;
            match result? {
                found @ Tried::Found(_) => return Ok(found),
                Tried::Held => tried = Tried::Held,
                unclear @ Tried::Unclear(_) if !matches!(tried, Tried::Held) => tried = unclear,
                Tried::Unclear(_) | Tried::Denied => {}
            }
        }
        Ok(tried)
    }

    async fn try_row(
        &self,
        bench: &Bench<'_>,
        way: Way,
        row: &Row,
        theirs: &[Values],
        own: &Values,
    ) -> Result<Tried, Error> {
        let world = self.world(way, row, theirs);
        bench.session.run(&world).await?;
        // As it works with a row of the attacker's own, if it does.
        let mut refused: Option<Refusal> = None;
        let mut works = None;
        for statement in way.statements() {
            let (done, seen) = self.point(bench, statement, row, own).await?;
            if done {
                bench.session.run("ROLLBACK TO SAVEPOINT act").await?;
                works = Some(statement);
                break;
            }
            refused = refused.or(seen.refused);
        }
        let statements = works.map_or_else(|| way.statements().to_vec(), |statement| vec![statement]);
        let mut unclear = None;
        for parent in theirs {
            for statement in &statements {
                let (done, seen) = self.point(bench, *statement, row, parent).await?;
                if done {
                    let effect = self.effect(bench, parent).await?;
                    bench.session.run("ROLLBACK TO SAVEPOINT act").await?;
                    let last = self.sql(bench, *statement, row, parent);
                    let attempt = Attempt {
                        world: vec![world.clone()],
                        ..Attempt::writing(&bench.attacker, last)
                    };
                    return Ok(Tried::Found(Box::new(self.finding(bench, effect, &attempt))));
                }
                if let Some(refusal) = seen.refused.filter(|refusal| !is_denial(refusal)) {
                    unclear = Some(refusal.message);
                }
            }
            // That somebody has a row with a certain number or uuid tells nothing.
            if let (Some(statement), Way::Insert, Severity::Warning) =
                (works, way, self.oracle_severity(bench.catalog))
                && let Some(finding) = self.oracle(bench, statement, row, parent, &world).await?
            {
                return Ok(Tried::Found(Box::new(finding)));
            }
        }
        Ok(match (works, unclear, refused) {
            (Some(_), None, _) => Tried::Held,
            (_, Some(why), _) => Tried::Unclear(why),
            (None, None, Some(refusal)) if refusal.sqlstate != "42501" => Tried::Unclear(refusal.message),
            (None, None, _) => Tried::Denied,
        })
    }

    /// Nothing is in the way of the attempt: neither the row that is copied, nor what the others have there.
    fn world(&self, way: Way, row: &Row, theirs: &[Values]) -> String {
        let child = qualified(&self.child.name.schema, &self.child.name.name);
        let parents: Vec<String> = theirs.iter().map(|parent| self.points(parent)).collect();
        let mut world = format!(
            "SET LOCAL session_replication_role = replica; DELETE FROM {child} AS t WHERE {}; \
             SET LOCAL session_replication_role = origin",
            parents.join(" OR ")
        );
        if way == Way::Insert {
            world = format!("{world};\n{}", insert::take_away(self.child, row));
        }
        world
    }

    fn sql(&self, bench: &Bench<'_>, statement: Statement, row: &Row, parent: &Values) -> String {
        let changes = self.changes(parent);
        if let Statement::Insert(named) = statement {
            let columns: Vec<&str> = self.pointing().collect();
            return copy::insert(bench, self.child, &copy::with(row, &changes), named, &columns);
        }
        let set: Vec<String> = changes
            .iter()
            .map(|(column, value)| format!("{} = {}", identifier(column), copy::nullable(value.as_deref())))
            .collect();
        let child = qualified(&self.child.name.schema, &self.child.name.name);
        let update = format!("UPDATE {child} SET {}", set.join(", "));
        match self.child.primary_key() {
            Some(key) if statement == Statement::UpdateOne => {
                let columns: Vec<&str> = key.columns.iter().map(String::as_str).collect();
                let values: Values = columns
                    .iter()
                    .map(|column| row.values.get(*column).cloned().flatten())
                    .collect();
                let table = identifier(&self.child.name.name);
                format!("{update} WHERE {}", same(&table, &columns, &values))
            }
            _ => update,
        }
    }

    /// Makes the attacker's row point there; whether it does now. If so it is still done.
    async fn point(
        &self,
        bench: &Bench<'_>,
        statement: Statement,
        row: &Row,
        parent: &Values,
    ) -> Result<(bool, Seen), Error> {
        let attacker = bench.identities.first().map_or("", String::as_str);
        let child = qualified(&self.child.name.schema, &self.child.name.name);
        // By their places: a row that was written is somewhere else, be it with the values that it had.
        let places = format!(
            "SELECT t.ctid FROM {child} AS t WHERE {} AND {} = ANY ({})",
            self.points(parent),
            literal(attacker),
            self.owners
        );
        let before = bench.session.rows(&places).await?;
        let seen = act(
            &bench.session,
            &bench.attacker,
            &self.sql(bench, statement, row, parent),
        )
        .await?;
        if seen.is_refused() {
            return Ok((false, seen));
        }
        let after = bench.session.rows(&places).await?;
        let done = after.iter().any(|place| !before.contains(place));
        if !done {
            bench.session.run("ROLLBACK TO SAVEPOINT act").await?;
        }
        Ok((done, seen))
    }

    /// Whether it can be told from the answer that the other tenant has such a row.
    async fn oracle(
        &self,
        bench: &Bench<'_>,
        statement: Statement,
        row: &Row,
        parent: &Values,
        world: &str,
    ) -> Result<Option<Finding>, Error> {
        let (_, theirs) = self.point(bench, statement, row, parent).await?;
        let Some(theirs) = theirs.refused else {
            return Ok(None);
        };
        let Some(missing) = self.missing(bench, parent).await? else {
            return Ok(None);
        };
        let (_, seen) = self.point(bench, statement, row, &missing).await?;
        let Some(nobodys) = seen.refused.filter(|nobodys| nobodys.sqlstate != theirs.sqlstate) else {
            return Ok(None);
        };
        let attempt = Attempt {
            world: vec![world.to_owned()],
            ..Attempt::writing(&bench.attacker, self.sql(bench, statement, row, parent))
        };
        let message = format!(
            "a tenant learns whether another tenant has a row of {} with a certain key, since {} answers otherwise than for \
             a missing one",
            self.parent.name, self.constraint.name
        );
        let finding = VECTOR.finding(
            &self.child.name.to_string(),
            message,
            format!(
                "{} {}; for a missing key {} {}",
                theirs.sqlstate, theirs.message, nobodys.sqlstate, nobodys.message
            ),
            &attempt,
        );
        Ok(Some(Finding {
            severity: Severity::Warning,
            expected: "the same answer as for a missing key".to_owned(),
            replayable: false,
            ..finding
        }))
    }

    async fn missing(&self, bench: &Bench<'_>, parent: &Values) -> Result<Option<Values>, Error> {
        let Some(at) = self.columns.iter().position(|column| *column != self.tenant) else {
            return Ok(None);
        };
        let name = qualified(&self.parent.name.schema, &self.parent.name.name);
        let value = parent.get(at).and_then(Option::as_deref).unwrap_or_default();
        for other in copy::others(value) {
            let mut missing = parent.clone();
            missing[at] = Some(other);
            let query = format!(
                "SELECT FROM {name} AS t WHERE {}",
                same("t", &self.matched, &missing)
            );
            if bench.session.rows(&query).await?.is_empty() {
                return Ok(Some(missing));
            }
        }
        Ok(None)
    }

    /// Numbers and uuids tell nothing: nobody chose them.
    fn oracle_severity(&self, catalog: &Catalog) -> Severity {
        let nobody_chose = self.pointing().all(|column| {
            self.child
                .column(column)
                .is_some_and(|column| super::unique::is_number_or_uuid(catalog, &column.data_type))
        });
        if nobody_chose {
            Severity::Info
        } else {
            Severity::Warning
        }
    }

    /// What the victim meets when it deletes the row that the attacker's now points to.
    async fn effect(&self, bench: &Bench<'_>, parent: &Values) -> Result<Effect, Error> {
        let session = &bench.session;
        let (child, table) = [self.child, self.parent]
            .map(|relation| qualified(&relation.name.schema, &relation.name.name))
            .into();
        let attacker = literal(bench.identities.first().map_or("", String::as_str));
        let points = self.points(parent);
        // The victim's own rows that point there would be in the way of its DELETE, too.
        let mut clear = vec!["SET LOCAL session_replication_role = replica".to_owned()];
        for name in delete::descendants(bench, self.parent) {
            let rows = qualified(&name.schema, &name.name);
            clear.push(if *name == self.child.name {
                format!("DELETE FROM {rows} AS t WHERE ({points}) IS NOT TRUE")
            } else {
                format!("DELETE FROM {rows}")
            });
        }
        clear.push("SET LOCAL session_replication_role = origin".to_owned());
        session.run(&clear.join(";\n")).await?;
        let count = format!(
            "SELECT (SELECT count(*) FROM {table} AS t WHERE {}), (SELECT count(*) FROM {child} AS t WHERE {points}), \
             (SELECT count(*) FROM {child} AS t WHERE {attacker} = ANY ({}))",
            same("t", &self.matched, parent),
            self.owners
        );
        let there = session.rows(&count).await?;
        let name = identifier(&self.parent.name.name);
        let mut seen = Seen::default();
        for sql in [
            format!("DELETE FROM {table} WHERE {}", same(&name, &self.matched, parent)),
            format!("DELETE FROM {table}"),
        ] {
            seen = act(session, &bench.victim, &sql).await?;
            let Some(refusal) = &seen.refused else {
                let left = session.rows(&count).await?;
                session.run("ROLLBACK TO SAVEPOINT act").await?;
                return Ok(effect_on(&there, &left));
            };
            // Both that a key is still pointed to: 18 says RESTRICT by a state of its own.
            if ["23503", "23001"].contains(&refusal.sqlstate.as_str()) {
                break;
            }
        }
        if !seen
            .refused
            .is_some_and(|refusal| ["23503", "23001"].contains(&refusal.sqlstate.as_str()))
        {
            return Ok(Effect::None);
        }
        // Whether it is the attacker's row that is in the way.
        session
            .run(&format!(
                "SET LOCAL session_replication_role = replica; DELETE FROM {child} AS t WHERE {points}; \
                 SET LOCAL session_replication_role = origin"
            ))
            .await?;
        let sql = format!("DELETE FROM {table} WHERE {}", same(&name, &self.matched, parent));
        let seen = act(session, &bench.victim, &sql).await?;
        if seen.is_refused() {
            return Ok(Effect::None);
        }
        let left = session.rows(&count).await?;
        session.run("ROLLBACK TO SAVEPOINT act").await?;
        Ok(if number(&left, 0) == 0 {
            Effect::Blocked
        } else {
            Effect::None
        })
    }

    fn finding(&self, bench: &Bench<'_>, effect: Effect, attempt: &Attempt) -> Finding {
        let (child, parent, key) = (&self.child.name, &self.parent.name, &self.constraint.name);
        let points =
            format!("a tenant's row of {child} may point to another tenant's row of {parent} ({key})");
        let (severity, what) = match effect {
            Effect::Blocked => (
                Severity::Error,
                "the other tenant can then no longer delete its own row",
            ),
            Effect::Removed => (
                Severity::Error,
                "when the other tenant deletes its own row, the one that points to it is removed as well",
            ),
            Effect::Changed => (
                Severity::Error,
                "when the other tenant deletes its own row, the one that points to it is changed",
            ),
            Effect::None => (
                self.oracle_severity(bench.catalog),
                "which tells whether there is one, as a missing one is refused",
            ),
        };
        let finding = VECTOR.finding(
            &child.to_string(),
            format!("{points}: {what}"),
            format!("the row is accepted; {what}"),
            attempt,
        );
        Finding {
            severity,
            expected: "the row is refused".to_owned(),
            replayable: false,
            ..finding
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Insert,
    Update,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Statement {
    Insert(Named),
    /// Without a WHERE, which would need a SELECT privilege.
    Update,
    /// Of one row, where a key must stay unique.
    UpdateOne,
}

impl Way {
    fn privilege(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
        }
    }

    fn statements(self) -> [Statement; 2] {
        match self {
            Self::Insert => [
                Statement::Insert(Named::All),
                Statement::Insert(Named::WithoutDefaults),
            ],
            Self::Update => [Statement::Update, Statement::UpdateOne],
        }
    }
}

/// What became of the row that was pointed to, of the pointers, and of the attacker's rows.
fn effect_on(before: &[Values], after: &[Values]) -> Effect {
    if number(after, 0) > 0 {
        Effect::None
    } else if number(after, 2) < number(before, 2) {
        Effect::Removed
    } else if number(after, 1) < number(before, 1) {
        Effect::Changed
    } else {
        Effect::None
    }
}

fn number(rows: &[Values], at: usize) -> i64 {
    let cell = rows
        .first()
        .and_then(|row| row.get(at))
        .and_then(Option::as_deref);
    cell.and_then(|text| text.parse().ok()).unwrap_or(-1)
}

/// A policy's, a key's, a view's or a trigger's no.
fn is_denial(refusal: &Refusal) -> bool {
    ["42501", "23503", "23514", "44000", "P0001"].contains(&refusal.sqlstate.as_str())
}

fn same(table: &str, columns: &[&str], values: &Values) -> String {
    let pairs: Vec<String> = columns
        .iter()
        .zip(values)
        .map(|(column, value)| match value {
            Some(value) => format!("{table}.{}::text = {}", identifier(column), literal(value)),
            None => format!("{table}.{} IS NULL", identifier(column)),
        })
        .collect();
    pairs.join(" AND ")
}

#[cfg(test)]
#[path = "foreign_key_tests.rs"]
mod tests;
