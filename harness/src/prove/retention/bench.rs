//! Where runs are tried: a clone with rows, who runs what, and what the contract wants of the tables.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tokio::sync::OnceCell;

use super::copy::{Copier, Specimen};
use super::fates::{self, Fates};
use super::kin::{self, Kin, RowId};
use super::policies::{Rule, Rules};
use super::stage::{Performed, Stage};
use super::target::Target;
use crate::catalog::{Catalog, Function, Relation};
use crate::contract::{Isolation, Retention};
use crate::database::Database;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::session::Session;
use crate::rows::World;
use crate::sql::{identifier, literal};

/// Everything that a vector needs.
pub(super) struct Bench<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) entry: &'a Retention,
    pub(super) isolation: Option<&'a Isolation>,
    /// The tenants of the rows, as their keys.
    pub(super) identities: &'a [String],
    pub(super) world: &'a World,
    /// The function that the entry runs, if it calls one of the project's.
    pub(super) function: Option<&'a Function>,
    pub(super) targets: Vec<Target<'a>>,
    /// Who runs it; none: the superuser.
    pub(super) actor: Option<Actor>,
    /// The statement, with the tenant in it.
    pub(super) run: String,
    /// The tenant that it is for, where it is for one.
    pub(super) tenant: Option<String>,
    /// Where rules live in a table: how they are written.
    pub(super) rules: Option<Rules<'a>>,
    /// Whether the run ends transactions itself, so that each try needs a clone of its own.
    pub(super) commits: Cell<bool>,
    pub(super) copier: Copier<'a>,
    /// The clone that is copied; nobody is connected to it.
    pristine: &'a Database,
    database: Database,
    pub(super) session: Session,
    /// The row that each target's copies are made of.
    pub(super) bases: Vec<Option<RowId>>,
    /// What every copy of a target's row gets beside: nothing in the columns by which a run knows what it has done already.
    undone: Vec<BTreeMap<String, String>>,
    /// What the plainest run did.
    pub(super) plain: OnceCell<Performed>,
    /// For each target whether the judge sees what is wrong when nothing, or everything, is removed.
    pub(super) seeing: OnceCell<Vec<bool>>,
    /// For each target whether the plain run removed what was too old.
    working: OnceCell<Vec<bool>>,
    /// What became of rows of every age around the one that is too old.
    pub(super) edges: OnceCell<Performed>,
    /// The run on rows of every kind, once made.
    pub(super) varied: OnceCell<Performed>,
    /// How long the run of many rows took.
    pub(super) many: Cell<Option<std::time::Duration>>,
    /// Faults in passing: what any run did beside what it was tried for.
    pub(super) passing: RefCell<Vec<super::judge::Fault>>,
    /// Counts that did not fit, in the words of the claim.
    pub(super) miscounts: RefCell<Vec<super::judge::Miscount>>,
    /// How many counts were compared.
    pub(super) counted: Cell<usize>,
}

/// What a bench is made from.
pub(super) struct Parts<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) entry: &'a Retention,
    pub(super) isolation: Option<&'a Isolation>,
    /// The tenants of the rows, as their keys.
    pub(super) identities: &'a [String],
    pub(super) world: &'a World,
    pub(super) function: Option<&'a Function>,
    pub(super) targets: Vec<Target<'a>>,
    pub(super) actor: Option<Actor>,
    pub(super) pristine: &'a Database,
}

impl<'a> Bench<'a> {
    pub(super) async fn new(parts: Parts<'a>) -> Result<Result<Self, String>, Error> {
        let Parts {
            catalog,
            entry,
            isolation,
            identities,
            world,
            function,
            targets,
            actor,
            pristine,
        } = parts;
        make_young(pristine, &targets).await?;
        let database = pristine.duplicate().await?;
        let session = Session::open(&database).await?;
        let actor = match actor {
            Some(actor) => Some(actor.with_settings(&session, pristine.name()).await?),
            None => None,
        };
        let rules = match &entry.policies {
            Some(policies) => match Rules::find(&session, catalog, policies).await? {
                Ok(rules) => Some(rules),
                Err(why) => return Ok(Err(why)),
            },
            None => None,
        };
        let mut bench = Self {
            catalog,
            entry,
            isolation,
            identities,
            world,
            function,
            targets,
            actor,
            run: entry.run.clone(),
            tenant: None,
            rules,
            commits: Cell::new(false),
            copier: Copier::new(catalog),
            pristine,
            database,
            session,
            bases: Vec::new(),
            undone: Vec::new(),
            plain: OnceCell::new(),
            seeing: OnceCell::new(),
            working: OnceCell::new(),
            edges: OnceCell::new(),
            varied: OnceCell::new(),
            many: Cell::new(None),
            passing: RefCell::default(),
            miscounts: RefCell::default(),
            counted: Cell::new(0),
        };
        (bench.tenant, bench.run) = super::tenant::of(&bench).await?;
        Ok(Ok(bench))
    }

    /// Sees whether what the contract says can be asked of the server, and how rules have to be written. Some: why nothing
    /// can be tried.
    pub(super) async fn settle(&mut self) -> Result<Option<String>, Error> {
        for target in &self.targets {
            let query = format!(
                "SELECT {}, {} FROM {} LIMIT 0",
                target.fate(self.tenant.as_deref()),
                target.held(),
                target.sql()
            );
            if let Err(refusal) = self.session.ask(&query).await? {
                return Ok(Some(format!(
                    "what the contract says of {} is refused: {}",
                    target.relation.name, refusal.message
                )));
            }
        }
        let found: Vec<Option<RowId>> = {
            let mut found = Vec::new();
            for target in &self.targets {
                found.push(self.base(target).await?);
            }
            found
        };
        self.bases = found;
        self.undone = vec![BTreeMap::new(); self.targets.len()];
        let why = self.settle_rules().await?;
        if why.is_none() {
            self.settle_undone().await?;
        }
        Ok(why)
    }

    /// Where rows are anonymised and stay, a run may note in other columns that it has been there. The row that copies are
    /// made of may look as if it had.
    async fn settle_undone(&mut self) -> Result<(), Error> {
        for number in 0..self.targets.len() {
            if !self.targets[number].is_anonymised() || self.works_alone(number).await?.0 {
                continue;
            }
            let target = &self.targets[number];
            let columns = target.relation.columns.iter().filter(|column| {
                column.name != target.age.name
                    && column.generated.is_none()
                    && !target.rule.anonymise.contains(&column.name)
            });
            let mut undone: BTreeMap<String, String> = BTreeMap::new();
            for column in columns {
                if column.data_type == "boolean" {
                    undone.insert(column.name.clone(), "false".to_owned());
                } else if !column.not_null
                    && super::target::age_type(self.catalog, &column.data_type).is_some()
                {
                    undone.insert(column.name.clone(), "NULL".to_owned());
                }
            }
            if undone.is_empty() {
                continue;
            }
            self.undone[number] = undone;
            if !self.works_alone(number).await?.0 {
                self.undone[number].clear();
            }
        }
        Ok(())
    }

    /// The columns beside the contract's that the plain run writes when it anonymises a row, and what was in them before.
    pub(super) async fn marks(&self, number: usize) -> Result<BTreeMap<String, Option<String>>, Error> {
        let target = &self.targets[number];
        let mut marks = BTreeMap::new();
        if !target.is_anonymised() {
            return Ok(marks);
        }
        let plain = self.plain().await?;
        for change in super::judge::changes(self, plain) {
            let (Some(place), Some(old), Some(new)) = (&change.place, &change.old, &change.new) else {
                continue;
            };
            if self.target_of(&(change.table.clone(), place.clone())) == Some(number) {
                let written = old
                    .iter()
                    .filter(|(column, value)| new.get(*column) != Some(*value));
                let beside = written.filter(|(column, _)| !target.rule.anonymise.contains(column));
                marks.extend(beside.map(|(column, value)| (column.clone(), value.clone())));
            }
        }
        Ok(marks)
    }

    /// Sees how a rule has to name a table, and which tables take rules at all.
    async fn settle_rules(&mut self) -> Result<Option<String>, Error> {
        if self.rules.is_none() {
            return Ok(None);
        }
        // Rules count in days.
        for number in 0..self.targets.len() {
            let query = format!(
                "SELECT (EXTRACT(epoch FROM {}::pg_catalog.interval) / 86400)::integer",
                literal(&self.targets[number].keep)
            );
            let rows = self.session.rows(&query).await?;
            if let Some(days) = rows.first().and_then(|row| row.first().cloned().flatten()) {
                self.targets[number].keep = format!("{days} days");
            }
        }
        let mut working: Vec<bool> = Vec::new();
        let mut refused = None;
        for number in 0..self.targets.len() {
            let name = &self.targets[number].relation.name;
            let mut works = false;
            for with_schema in [false, true] {
                if let Some(rules) = &self.rules {
                    rules.write_schema(name, with_schema);
                }
                let why;
                (works, why) = self.works_alone(number).await?;
                refused = refused.or(why);
                if works {
                    break;
                }
            }
            if let Some(rules) = self.rules.as_ref().filter(|_| !works) {
                rules.write_schema(name, false);
            }
            working.push(works);
        }
        // Where the contract names no tables, those that the run does not touch for a rule are none of its.
        if self.entry.tables.is_empty() {
            if !working.contains(&true) {
                let why = refused.map_or_else(String::new, |why| format!(" ({why})"));
                return Ok(Some(format!(
                    "no rule that was put into the table of rules made the run remove anything{why}"
                )));
            }
            let mut is_working = working.iter();
            self.targets.retain(|_| is_working.next() == Some(&true));
            let mut is_working = working.iter();
            self.bases.retain(|_| is_working.next() == Some(&true));
            self.undone = vec![BTreeMap::new(); self.targets.len()];
        }
        Ok(None)
    }

    /// Whether a rule for that target alone makes the run remove what is too old; what refused it.
    async fn works_alone(&self, number: usize) -> Result<(bool, Option<String>), Error> {
        for _ in 0..2 {
            let mut stage = self.stage(self.zone()).await?;
            let made = stage.make(number, &[self.old(number)]).await?;
            stage.rules = self
                .rules
                .as_ref()
                .and_then(|rules| rules.of(&self.targets[number]))
                .map(|rule| vec![rule]);
            let performed = stage.perform_as(self.actor.as_ref(), &self.run).await?;
            stage.end().await?;
            if let Some(refusal) = &performed.ran.refused {
                if ends_transactions(&refusal.sqlstate) && !self.commits.replace(true) {
                    continue;
                }
                return Ok((false, Some(refusal.message.clone())));
            }
            let judgement = super::judge::of(self, &performed);
            let went = made.iter().flatten().any(|row| judgement.went.contains(row));
            return Ok((went, performed.no_rule));
        }
        Ok((false, None))
    }

    /// The zone that runs are made in where nothing is said of zones.
    pub(super) fn zone(&self) -> &str {
        let mut named = self
            .targets
            .iter()
            .filter_map(|target| target.rule.zone.as_deref());
        named.next().unwrap_or("UTC")
    }

    /// What has to be mended where the run does wrong to a target.
    pub(super) fn object(&self, target: usize) -> String {
        match (self.function, self.targets.get(target)) {
            (Some(function), _) => function.signature(),
            (None, Some(target)) => target.object(),
            (None, None) => "[[retention]]".to_owned(),
        }
    }

    /// A transaction, or a clone of its own, to set rows up in and run in.
    pub(super) async fn stage(&self, zone: &str) -> Result<Stage<'_, 'a>, Error> {
        if self.commits.get() {
            let database = self.pristine.duplicate().await?;
            let session = Session::open(&database).await?;
            Stage::begin(self, Some((database, session)), zone).await
        } else {
            Stage::begin(self, None, zone).await
        }
    }

    /// The world once more, for whoever commits.
    pub(super) async fn own_clone(&self) -> Result<Database, Error> {
        self.pristine.duplicate().await
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// What the contract wants of every row there is.
    pub(super) async fn fates(
        &self,
        session: &Session,
        images: &crate::prove::image::Images,
    ) -> Result<(Fates, Kin), Error> {
        let fates = fates::of(
            session,
            self.catalog,
            &self.targets,
            self.tenant.as_deref(),
            images,
        )
        .await?;
        // That it can be asked was seen before the bench was set up.
        Ok(fates.unwrap_or_default())
    }

    /// A row to make others of: of the tenant that the run is for, held by nothing.
    async fn base(&self, target: &Target<'_>) -> Result<Option<RowId>, Error> {
        let mut wanted = vec![format!("({}) IS NOT TRUE", target.held())];
        if let (Some(column), Some(tenant)) = (&target.rule.tenant, &self.tenant) {
            wanted.push(format!("{}::text = {}", target.column(column), literal(tenant)));
        }
        for column in &target.rule.anonymise {
            wanted.push(format!("{} IS NOT NULL", target.column(column)));
        }
        // Rather one in which every condition is met than none.
        while !wanted.is_empty() {
            if let Some(row) = self.first(target, &wanted.join(" AND ")).await? {
                return Ok(Some(row));
            }
            wanted.pop();
        }
        self.first(target, "true").await
    }

    async fn first(&self, target: &Target<'_>, condition: &str) -> Result<Option<RowId>, Error> {
        let table = identifier(&target.relation.name.name);
        let query = format!(
            "SELECT {table}.tableoid, {table}.ctid FROM {} WHERE {condition} ORDER BY {table}.tableoid, {table}.ctid LIMIT 1",
            target.sql()
        );
        let Ok(rows) = self.session.ask(&query).await? else {
            return Ok(None);
        };
        Ok(rows.first().and_then(|row| {
            let [Some(table), Some(place)] = row.as_slice() else {
                return None;
            };
            let oid: u32 = table.parse().ok()?;
            let relation = self
                .catalog
                .relations
                .iter()
                .find(|relation| relation.oid.0 == oid)?;
            Some((relation.name.clone(), place.clone()))
        }))
    }

    /// A row of any table.
    pub(super) fn any_row(&self, images: &crate::prove::image::Images, relation: &Relation) -> Option<RowId> {
        images
            .0
            .iter()
            .filter(|(name, _)| kin::lineage(self.catalog, name).contains(&relation.name))
            .find_map(|(name, rows)| Some((name.clone(), rows.keys().next()?.clone())))
    }

    /// Who runs it, for people.
    pub(super) fn described(&self) -> String {
        self.actor
            .as_ref()
            .map_or_else(|| "the superuser".to_owned(), |actor| actor.login.clone())
    }

    /// The rules that the table of rules holds in a plain run: one for each target.
    pub(super) fn plain_rules(&self) -> Vec<Rule> {
        self.targets
            .iter()
            .filter_map(|target| self.rules.as_ref()?.of(target))
            .collect()
    }

    /// The number of the target that a row is of.
    pub(super) fn target_of(&self, row: &RowId) -> Option<usize> {
        let lineage = kin::lineage(self.catalog, &row.0);
        self.targets
            .iter()
            .position(|target| lineage.contains(&target.relation.name))
    }

    /// A row of a target of that age: of the tenant that the run is for.
    pub(super) fn aged(&self, target_number: usize, words: impl Into<String>, age: &str) -> Specimen {
        let target = &self.targets[target_number];
        let mut specimen = Specimen::new(words);
        specimen
            .columns
            .extend(self.undone.get(target_number).cloned().unwrap_or_default());
        specimen = specimen.with(&target.age.name, age);
        if let (Some(column), Some(tenant)) = (&target.rule.tenant, &self.tenant) {
            specimen = specimen.with(column, literal(tenant));
        }
        specimen
    }

    /// A row of a target that is too old by days.
    pub(super) fn old(&self, target: usize) -> Specimen {
        self.aged(target, "days too old", &self.targets[target].old())
    }

    /// A row of a target that is far from too old.
    pub(super) fn young(&self, target: usize) -> Specimen {
        self.aged(target, "half as old as it may be", &self.targets[target].young())
    }

    /// The plainest run: in each table a row that is days too old, and one that is young.
    pub(super) async fn plain(&self) -> Result<&Performed, Error> {
        self.plain
            .get_or_try_init(|| async {
                let performed = self.try_plain().await?;
                let ends = performed
                    .ran
                    .refused
                    .as_ref()
                    .is_some_and(|refusal| ends_transactions(&refusal.sqlstate));
                if ends && !self.commits.get() {
                    self.commits.set(true);
                    return self.try_plain().await;
                }
                Ok(performed)
            })
            .await
    }

    async fn try_plain(&self) -> Result<Performed, Error> {
        let mut stage = self.stage(self.zone()).await?;
        for number in 0..self.targets.len() {
            stage
                .make(number, &[self.old(number), self.young(number)])
                .await?;
        }
        let performed = stage.perform().await?;
        stage.end().await?;
        Ok(performed)
    }

    /// Whether the plain run removed or anonymised what was too old in that table: without that nothing else of it can be
    /// judged.
    pub(super) async fn works(&self, target: usize) -> Result<bool, Error> {
        let working = self
            .working
            .get_or_try_init(|| async {
                let plain = self.plain().await?;
                let judgement = super::judge::of(self, plain);
                let works = |target: usize| {
                    plain.ran.refused.is_none()
                        && plain.specimens_of(target).any(|row| judgement.went.contains(row))
                };
                Ok::<_, Error>((0..self.targets.len()).map(works).collect::<Vec<bool>>())
            })
            .await?;
        Ok(working.get(target).copied().unwrap_or_default())
    }
}

/// 2D000: it may not end a transaction of ours; 25001: it has to be outside one.
fn ends_transactions(sqlstate: &str) -> bool {
    matches!(sqlstate, "2D000" | "25001")
}

/// Makes what was there young, so that only rows that were made to be too old are; where that is refused, rows keep the
/// ages that they were made with.
async fn make_young(database: &Database, targets: &[Target<'_>]) -> Result<(), Error> {
    let session = Session::open(database).await?;
    session.run("SET session_replication_role = replica").await?;
    for target in targets {
        let query = format!(
            "UPDATE {} SET {} = ({})::{}",
            target.sql(),
            identifier(&target.age.name),
            target.young(),
            target.age.data_type
        );
        session.send(&query).await?;
    }
    Ok(())
}
