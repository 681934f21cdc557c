//! Where statements are tried: a clone of the world, who acts on it, and the log.

use tokio::sync::OnceCell;

use super::course::{Course, Judging, Step};
use super::guards::plain::{self, Plain};
use super::log::Log;
use super::terms::Terms;
use super::workload;
use crate::catalog::Relation;
use crate::contract;
use crate::database::Database;
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::image::{Images, tables};
use crate::prove::session::Session;
use crate::prove::world::Tenancy;
use crate::rows::{Row, World};
use crate::sql::literal;

/// Everything that a vector needs.
pub(super) struct Bench<'a> {
    pub(super) terms: Terms<'a>,
    pub(super) log: Log<'a>,
    pub(super) world: &'a World,
    /// The application's role in the name of somebody, and of somebody else.
    pub(super) one: Who,
    pub(super) other: Who,
    /// The superuser in the name of the first: for what the application's role has no privilege for.
    pub(super) owner: Who,
    /// Both as either.
    pub(super) people: [People; 2],
    /// The tables of the world, the log aside.
    pub(super) images: Images,
    /// The first transaction on the clone: what is older is the world's.
    pub(super) first: u64,
    pub(super) session: Session,
    /// The clone itself.
    pub(super) database: Database,
    /// The world that clones are made of; nobody is connected to it.
    pub(super) pristine: &'a Database,
    /// Whether tenants send SQL of their own, by the contract.
    pub(super) hostile_sql: bool,
    plain: OnceCell<Vec<Plain<'a>>>,
}

/// Somebody who acts, and whom the log has to name then.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) actor: Actor,
    /// What the log may say. Empty: it is not known, or nobody.
    pub(super) names: Vec<String>,
    /// Whether nobody is named, which the log has to say so.
    pub(super) nobody: bool,
}

/// The same one as the application's role, and as the superuser: for what the application's role may not do.
#[derive(Debug, Clone)]
pub(super) struct People {
    pub(super) people: [Who; 2],
}

impl People {
    pub(super) fn application(&self) -> &Who {
        &self.people[0]
    }

    pub(super) fn superuser(&self) -> &Who {
        &self.people[1]
    }

    /// The same in another way.
    pub(super) fn map(self, change: impl Fn(Who) -> Who) -> Self {
        Self {
            people: self.people.map(change),
        }
    }
}

impl Who {
    /// Whom the log should have named, where it named somebody else.
    pub(super) fn expects(&self, observed: Option<&str>) -> Option<String> {
        if self.nobody {
            let is_explicit = observed.is_none_or(says_nobody);
            let is_role = observed.is_some_and(|observed| self.names.iter().any(|name| name == observed));
            return (!is_explicit && !is_role).then(|| "nobody: NULL, '' or a word that says so".to_owned());
        }
        if self.names.is_empty()
            || observed.is_some_and(|observed| self.names.iter().any(|name| is(observed, name)))
        {
            return None;
        }
        self.names.first().cloned()
    }
}

/// Equal as text, as JSON strings, or as the uuid that is written in either case.
fn is(observed: &str, name: &str) -> bool {
    observed == name || observed.trim_matches('"').eq_ignore_ascii_case(name)
}

/// Whether the text says that nobody is known.
fn says_nobody(text: &str) -> bool {
    let words = [
        "",
        "unknown",
        "system",
        "anonymous",
        "anon",
        "none",
        "nobody",
        "null",
        "n/a",
        "-",
        "unset",
        "0",
        "00000000-0000-0000-0000-000000000000",
    ];
    words.contains(&text.trim().to_ascii_lowercase().as_str())
}

impl<'a> Bench<'a> {
    pub(super) async fn new(
        terms: Terms<'a>,
        log: Log<'a>,
        world: &'a World,
        tenancy: &Tenancy<'a>,
        pristine: &'a Database,
    ) -> Result<Self, Error> {
        let database = pristine.duplicate().await?;
        let session = Session::open(&database).await?;
        let watched: Vec<_> = tables(terms.catalog)
            .filter(|relation| !log.is(terms.catalog, relation))
            .map(|relation| &relation.name)
            .collect();
        session.run("BEGIN").await?;
        let images = Images::of(&session, &watched).await?;
        session.run("ROLLBACK").await?;
        let first = session
            .rows("SELECT pg_catalog.pg_current_xact_id()::text")
            .await?
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .and_then(|text| text.parse().ok())
            .ok_or(Error::Bug("a transaction has no number"))?;
        let who = Who {
            actor: Actor::role(pristine.template().server().user()),
            names: Vec::new(),
            nobody: false,
        };
        let nobody = People {
            people: [who.clone(), who.clone()],
        };
        let mut bench = Self {
            terms,
            log,
            world,
            one: who.clone(),
            other: who.clone(),
            owner: who,
            people: [nobody.clone(), nobody],
            images,
            first,
            session,
            database,
            pristine,
            hostile_sql: tenancy.isolation.is_some_and(|isolation| isolation.hostile_sql),
            plain: OnceCell::new(),
        };
        let pairs = bench.identities(tenancy);
        let mut best: Option<(usize, [People; 2])> = None;
        for pair in pairs {
            let one = bench.people(tenancy, &pair, 0).await?;
            let other = bench.people(tenancy, &pair, 1).await?;
            let refusals = bench.refusals(one.superuser()).await?;
            if best.as_ref().is_none_or(|(least, _)| refusals < *least) {
                best = Some((refusals, [one, other]));
            }
            if refusals == 0 {
                break;
            }
        }
        if let Some((_, [one, other])) = best {
            bench.one = one.application().clone();
            bench.other = other.application().clone();
            bench.owner = one.superuser().clone();
            bench.people = [one, other];
        }
        Ok(bench)
    }

    /// Changes of the audited tables that leave their entries as they should.
    pub(super) async fn plain(&self) -> Result<&[Plain<'a>], Error> {
        let plain = self.plain.get_or_try_init(|| plain::changes(self)).await?;
        Ok(plain)
    }

    /// The rows that a table has in the world, the first tenant's first.
    pub(super) fn rows(&self, table: &Relation) -> Vec<&'a Row> {
        let rows = self.world.table(&table.name.schema, &table.name.name);
        let mut rows: Vec<&Row> = rows.into_iter().flat_map(|rows| &rows.rows).collect();
        rows.sort_by_key(|row| match row.tenant {
            Some('a') => 0,
            None => 1,
            Some(_) => 2,
        });
        rows
    }

    /// Pairs of values for the setting that says who acts, the likeliest first.
    fn identities(&self, tenancy: &Tenancy<'_>) -> Vec<[String; 2]> {
        let pair = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        let uuids = pair(
            "aaaaaaaa-0000-4000-8000-000000000001",
            "bbbbbbbb-0000-4000-8000-000000000002",
        );
        let mut pairs = Vec::new();
        if tenancy.isolation.is_some()
            && let [one, other, ..] = tenancy.identities.as_slice()
        {
            pairs.push([one.clone(), other.clone()]);
        }
        let column = self.log.column("actor");
        // A column that points to the people has to name two that there are.
        let reference = self.log.relation.constraints.iter().find_map(|constraint| {
            let at = constraint
                .columns
                .iter()
                .position(|name| Some(name.as_str()) == column)?;
            let reference = constraint.references.as_ref()?;
            Some((&reference.relation, reference.columns.get(at)?))
        });
        if let Some((table, matched)) = reference
            && let Some(rows) = self.world.table(&table.schema, &table.name)
        {
            let mut values: Vec<&String> = Vec::new();
            for value in rows
                .rows
                .iter()
                .filter_map(|row| row.values.get(matched)?.as_ref())
            {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            if let [one, other, ..] = values.as_slice() {
                pairs.push([(*one).clone(), (*other).clone()]);
            }
        }
        pairs.extend([uuids, pair("1001", "1002"), pair("pgproof-a", "pgproof-b")]);
        pairs
    }

    /// The first or the second of a pair.
    async fn people(
        &self,
        tenancy: &Tenancy<'_>,
        pair: &[String; 2],
        number: usize,
    ) -> Result<People, Error> {
        Ok(People {
            people: [
                self.who(tenancy, pair, number, false).await?,
                self.who(tenancy, pair, number, true).await?,
            ],
        })
    }

    /// The server's major version.
    pub(super) fn major(&self) -> u16 {
        self.pristine.template().server().version().major
    }

    /// The server's superuser.
    pub(super) fn superuser(&self) -> &str {
        self.pristine.template().server().user()
    }

    async fn who(
        &self,
        tenancy: &Tenancy<'_>,
        pair: &[String; 2],
        number: usize,
        superuser: bool,
    ) -> Result<Who, Error> {
        let identity = &pair[number];
        let isolation = tenancy.isolation;
        let tenant = tenancy.identities.get(number).unwrap_or(identity);
        let tenants = isolation.and_then(|isolation| Actor::tenant(isolation, number, tenant));
        let role = self.terms.audit.app_role.as_deref();
        let mut actor = match (tenants.clone(), role) {
            _ if superuser => Actor::role(self.superuser()),
            (Some(tenants), None) => tenants,
            (Some(tenants), Some(role)) if tenants.login == role || tenants.effective() == role => tenants,
            (_, Some(role)) => Actor::role(role),
            (None, None) => Actor::role(self.superuser()),
        };
        actor.context = tenants.map(|tenants| tenants.context).unwrap_or_default();
        actor.described = format!("actor {}", if number == 0 { "A" } else { "B" });
        actor.nobody = false;
        let setting = match &self.terms.audit.actor {
            Some(contract::Actor::Setting { setting, .. }) => Some(setting.as_str()),
            _ => None,
        };
        let sets = isolation.is_some_and(|isolation| match &isolation.context {
            contract::Context::Setting { setting: known, .. } => Some(known.as_str()) == setting,
            contract::Context::Roles { .. } => false,
            contract::Context::Sql { sql } => {
                setting.is_some_and(|setting| sql.iter().any(|text| text.contains(setting)))
            }
        });
        if let Some(setting) = setting.filter(|_| !sets) {
            actor.context.push(match &self.terms.audit.actor {
                Some(contract::Actor::Setting {
                    claims: Some(claims), ..
                }) => actor::set_config(setting, &actor::in_json(claims, identity)),
                _ => actor::set_config(setting, identity),
            });
        }
        let actor = actor.with_settings(&self.session, self.pristine.name()).await?;
        let names = match &self.terms.audit.actor {
            None => Vec::new(),
            Some(contract::Actor::Role { .. }) => vec![actor.effective().to_owned(), actor.login.clone()],
            Some(contract::Actor::Setting { setting, .. }) => {
                let mut names = vec![
                    self.current(&actor, setting)
                        .await?
                        .unwrap_or_else(|| identity.clone()),
                ];
                // Where the setting holds claims, the log may name the one whom they are about.
                if names[0].starts_with('{') {
                    names.push(if sets { tenant.clone() } else { identity.clone() });
                }
                names
            }
        };
        Ok(Who {
            actor,
            names,
            nobody: false,
        })
    }

    /// What the setting holds once the actor has entered.
    async fn current(&self, actor: &Actor, setting: &str) -> Result<Option<String>, Error> {
        let query = format!(
            "SELECT nullif(pg_catalog.current_setting({}, true), '') AS pgproof",
            literal(setting)
        );
        self.session.run("BEGIN").await?;
        let entered = self.session.send(&actor.enter()).await?;
        let rows = if entered.is_refused() {
            Vec::new()
        } else {
            self.session.rows(&query).await?
        };
        self.session.run("ROLLBACK").await?;
        Ok(rows.into_iter().flatten().flatten().next())
    }

    /// How many of a few plain statements are refused for the value that says who acts.
    async fn refusals(&self, who: &Who) -> Result<usize, Error> {
        let mut refusals = 0;
        let mut course = Course::begin(self).await?;
        for table in self.terms.tables.iter().take(6) {
            let Some(row) = self.rows(table).into_iter().next() else {
                continue;
            };
            course.back().await?;
            if !course.prepare(&workload::take_away(table, row)).await? {
                continue;
            }
            let insert = workload::insert(table, row, true);
            if let Step::Refused(refusal) = course.step(who, &insert, Judging::default()).await?
                // Of another type, too long, or nobody who is known.
                && (refusal.sqlstate.starts_with("22") || refusal.sqlstate == "23503")
            {
                refusals += 1;
            }
        }
        course.end().await?;
        Ok(refusals)
    }
}
