//! `apply/down`: each way back gives the schema that was there before its migration, and the migration again the same
//! as the first time.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _};

use super::Options;
use crate::catalog::{Catalog, Difference};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::database::{Database, Template};
use crate::error::Error;
use crate::migrate::apply::{Plan, apply_one, take_back};
use crate::migrate::extension::stand_in;
use crate::migrate::{ApplyError, Migration, Script};
use crate::project::Project;
use crate::server::Provider;
use crate::sql::identifier;

pub(super) const RULE: &str = "apply/down";

/// What the ways back have shown. Going back and forward takes longer than everything else together and gives the same
/// each time, so what is proven is kept with the template.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Template,
) -> Result<Vec<Claim>, Error> {
    let about = about(project);
    if let Some(known) = template.recall(&about).await {
        return Ok(known);
    }
    let claims = Box::pin(go_all(project, options)).await?;
    let is_error = |claim: &Claim| claim.verdict == Verdict::Violated && claim.severity == Severity::Error;
    if !claims.iter().any(is_error) {
        template.keep(&about, &claims).await;
    }
    Ok(claims)
}

/// Everything that the claims depend on and the template's name does not tell: the files of the ways back.
fn about(project: &Project) -> String {
    let mut about = RULE.to_owned();
    for migration in project.migrations() {
        let down = migration
            .down
            .as_ref()
            .map(|down| (down.path.as_str(), down.text.as_str()));
        about = format!("{about}\n{} {down:?}", migration.up.path);
    }
    about
}

async fn go_all(project: &Project, options: &Options) -> Result<Vec<Claim>, Error> {
    let migrations = project.migrations();
    // The way back leads from the newest down to the first that has none.
    let reachable = migrations
        .iter()
        .rposition(|migration| migration.down.is_none())
        .map_or(0, |at| at + 1);
    let mut claims = unreachable(&migrations[..reachable]);
    let tried: Vec<(&Migration, &Script)> = migrations[reachable..]
        .iter()
        .filter_map(|migration| Some((migration, migration.down.as_ref()?)))
        .collect();
    if tried.is_empty() {
        return Ok(claims);
    }
    if let Provider::External(_) = options.settings.provider {
        claims.extend(tried.iter().map(|(migration, down)| {
            let message = format!(
                "{} is not tried: the ways back drop roles, so they need a server of their own and not one that others \
                 run; --server embedded and --server container have one",
                down.path
            );
            claim(migration, Verdict::Unproven, Severity::Warning, message)
        }));
        return Ok(claims);
    }
    let mut findings = BTreeMap::new();
    let mut top = migrations.len();
    let mut at_hand = None;
    // A fault leaves something behind, so those before it are tried where it was never applied.
    while top > reachable {
        let project = project.clone().up_to(top);
        let own = match at_hand.take() {
            Some(own) => own,
            None => Template::prepare(&project, &options.settings).await?,
        };
        let outcome = Box::pin(go_from(&project, options, &own, reachable, &mut findings)).await;
        let Some(fault) = (match outcome {
            Ok(fault) => fault,
            Err(error) => return Err(error.or_lost(own.server()).await),
        }) else {
            break;
        };
        top = fault.number;
        at_hand = fault.before;
        findings.insert(fault.number, fault.claim);
    }
    claims.extend(tried.iter().zip(reachable..).map(|((migration, down), number)| {
        findings.remove(&number).unwrap_or_else(|| {
            let message = format!(
                "{} leads back to the schema before, and {} forward again to the same",
                down.path, migration.up.path
            );
            claim(migration, Verdict::Proven, Severity::Error, message)
        })
    }));
    Ok(claims)
}

/// Goes from the state after the last of the project's migrations down to the first that was reachable, and up again.
///
/// Roles belong to the whole server and a way back may drop them, so `own` has a server of its own, with no other
/// database on it that has grants to the same roles.
async fn go_from(
    project: &Project,
    options: &Options,
    own: &Arc<Template>,
    reachable: usize,
    findings: &mut BTreeMap<usize, Claim>,
) -> Result<Option<Fault>, Error> {
    let database = own.take_database().await?;
    let mut superuser = database.connect().await?;
    let at_hand = stand_in::at_hand(&mut superuser).await?;
    let (project, stand_ins) = project
        .clone()
        .with_stand_ins(&at_hand, options.settings.stub_extensions);
    if !stand_ins.is_empty() {
        stand_in::install(&mut superuser).await?;
    }
    superuser.close().await?;
    let mut trip = Trip {
        plan: Plan::new(
            project.migrations(),
            project.ledger(),
            options.settings.timeout,
            true,
        ),
        project: &project,
        options,
        own,
        database: &database,
        warnings: BTreeMap::new(),
    };
    let fault = trip.run(reachable).await?;
    findings.append(&mut trip.warnings);
    Ok(fault)
}

/// Everything down and everything up. On the way down each migration is also taken back and applied again by itself,
/// for what it leaves behind may go with the table that an older one drops.
struct Trip<'a> {
    project: &'a Project,
    plan: Plan<'a>,
    options: &'a Options,
    own: &'a Arc<Template>,
    database: &'a Database,
    /// What is no fault and worth a word, by the number of the migration.
    warnings: BTreeMap<usize, Claim>,
}

/// A way back that does not do what it should; the trip ends there.
struct Fault {
    /// The number of the migration.
    number: usize,
    claim: Claim,
    /// The extensions that are left, where they are all that is.
    extensions: Option<Vec<String>>,
    /// What the migrations before it make, where that was already needed.
    before: Option<Arc<Template>>,
}

/// Which way a migration goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forward,
}

impl Trip<'_> {
    async fn run(&mut self, reachable: usize) -> Result<Option<Fault>, Error> {
        let last = self.project.migrations().len();
        for number in (reachable..last).rev() {
            if let Some(fault) = self.there_and_back(number).await? {
                return Ok(Some(fault));
            }
        }
        for number in reachable..last {
            if let Some(claim) = self.go(number, Way::Forward).await? {
                return Ok(Some(Fault::of(number, claim)));
            }
        }
        // Each alone leads back; all together may not.
        let differences = differences(&self.database.catalog().await?, &self.own.applied().catalog);
        let what = "all ways back and all migrations again give another schema";
        Ok((!differences.is_empty())
            .then(|| Fault::of(reachable, self.differs(reachable, what, &differences))))
    }

    /// Takes one migration back, applies it again and takes it back once more.
    async fn there_and_back(&mut self, number: usize) -> Result<Option<Fault>, Error> {
        if let Some(claim) = self.go(number, Way::Back).await? {
            return Ok(Some(Fault::of(number, claim)));
        }
        let left = self.compare(number, Way::Back).await?;
        if left.as_ref().is_some_and(|fault| fault.extensions.is_none()) {
            return Ok(left);
        }
        if let Some(claim) = self.go(number, Way::Forward).await? {
            return Ok(Some(Fault::of(number, claim)));
        }
        if let Some(fault) = self.compare(number, Way::Forward).await? {
            return Ok(Some(fault));
        }
        if let Some(claim) = self.go(number, Way::Back).await? {
            return Ok(Some(Fault::of(number, claim)));
        }
        match left {
            Some(fault) if self.dropped(&fault).await? => {
                self.warnings.insert(number, fault.claim);
                Ok(None)
            }
            left => Ok(left),
        }
    }

    /// Whether the extensions that a way back leaves could be taken away, so that the others can go on from there.
    async fn dropped(&self, fault: &Fault) -> Result<bool, Error> {
        let Some(extensions) = &fault.extensions else {
            return Ok(false);
        };
        let names: Vec<String> = extensions.iter().map(|name| identifier(name)).collect();
        let mut superuser = self.database.connect().await?;
        let statement = format!("DROP EXTENSION {}", names.join(", "));
        Ok(sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut superuser)
            .await
            .is_ok())
    }

    /// Takes one migration back, or applies it again, in a session of its own; the finding, if it fails.
    async fn go(&self, number: usize, way: Way) -> Result<Option<Claim>, Error> {
        let migration = &self.project.migrations()[number];
        let Some(down) = &migration.down else {
            return Ok(None);
        };
        let mut session = match self.project.role() {
            Some(role) => self.database.connect_as(role).await?,
            None => self.database.connect().await?,
        };
        let (outcome, what) = match way {
            Way::Back => (
                take_back(&self.plan, &mut session, number, down).await,
                "the way back fails",
            ),
            Way::Forward => (
                apply_one(&self.plan, &mut session, number).await.map(drop),
                "after the way back the migration can't be applied again",
            ),
        };
        let Err(error) = outcome else {
            session.close().await?;
            return Ok(None);
        };
        // A server that ends is no fault of the migration that is just under way.
        let error = match Error::Apply(error).or_lost(self.own.server()).await {
            Error::Apply(error) => error,
            lost => return Err(lost),
        };
        let reason = match &error {
            ApplyError::Script(script) => script.diagnostic.message.clone(),
            other => other.to_string(),
        };
        let message = format!("{what}: {reason}");
        let claim = claim(migration, Verdict::Violated, Severity::Error, message);
        Ok(Some(claim.at(error.location())))
    }

    /// Compares the schema with what was there before the migration was first applied, or after it.
    async fn compare(&self, number: usize, way: Way) -> Result<Option<Fault>, Error> {
        let (state, what) = match way {
            Way::Back => (number, "does not lead back"),
            Way::Forward => (number + 1, "and the migration again give another schema"),
        };
        let applied = self.own.applied();
        let now = self.database.catalog().await?;
        if applied
            .steps
            .get(state)
            .is_some_and(|step| *step == now.fingerprint())
        {
            return Ok(None);
        }
        let mut before = None;
        let wanted = if state == 0 {
            &applied.start
        } else if state == applied.steps.len() {
            &applied.catalog
        } else {
            let project = self.project.clone().up_to(state);
            let template = Template::prepare(&project, &self.options.settings).await?;
            &before.insert(template).applied().catalog
        };
        let differences = differences(&now, wanted);
        if differences.is_empty() {
            return Ok(None);
        }
        let migration = &self.project.migrations()[number];
        let down = migration.down.as_ref().map_or("", |down| down.path.as_str());
        let extensions = match way {
            Way::Back => extensions_alone(migration, &differences),
            Way::Forward => None,
        };
        let mut claim = self.differs(number, &format!("{down} {what}"), &differences);
        if let Some(extensions) = &extensions {
            claim.severity = Severity::Warning;
            claim.message = format!(
                "{down} leaves the extension {}, which the migration does not mind when it comes again; drop it there, \
                 or accept it under [[allow]] if it is to stay",
                extensions.join(" and the extension ")
            );
        }
        Ok(Some(Fault {
            number,
            claim,
            extensions,
            // What comes before goes on from there, if it was needed.
            before: before.filter(|_| state == number),
        }))
    }

    fn differs(&self, number: usize, what: &str, differences: &[Difference]) -> Claim {
        let migration = &self.project.migrations()[number];
        let list: Vec<String> = differences.iter().map(ToString::to_string).collect();
        claim(
            migration,
            Verdict::Violated,
            Severity::Error,
            format!("{what}: {}", summary(differences)),
        )
        .at(migration.down.as_ref().map(|down| Location {
            file: down.path.to_string(),
            line: 1,
            column: None,
        }))
        .expected("the same catalog as before", list.join("\n"))
    }
}

impl Fault {
    fn of(number: usize, claim: Claim) -> Self {
        Self {
            number,
            claim,
            extensions: None,
            before: None,
        }
    }
}

/// What differs. No way back can put a column where it was.
fn differences(now: &Catalog, wanted: &Catalog) -> Vec<Difference> {
    let mut differences = now.differences(wanted);
    differences.retain(|difference| !difference.aspect.starts_with("order of columns"));
    differences
}

/// One difference in full; of several the objects, for the differences stand below.
fn summary(differences: &[Difference]) -> String {
    const MOST: usize = 3;
    if let [one] = differences {
        return one.to_string();
    }
    let mut objects: Vec<String> = differences
        .iter()
        .map(|difference| format!("{} {}", difference.kind, difference.object))
        .collect();
    objects.dedup();
    match objects.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{} and {more} more", objects[..MOST].join(", ")),
        _ => objects.join(", "),
    }
}

/// The extensions that are left, where nothing else is and the migration asks for them `IF NOT EXISTS`.
fn extensions_alone(migration: &Migration, differences: &[Difference]) -> Option<Vec<String>> {
    let asked = stand_in::made_if_absent(&migration.up);
    let name = |difference: &Difference| {
        let is_left = difference.kind == "extension" && difference.other.is_none();
        let name = difference.object.trim_matches('"');
        let is_asked_for = asked.iter().any(|one| one.name == name || one.cascades);
        (is_left && is_asked_for).then(|| name.to_owned())
    };
    differences.iter().map(name).collect()
}

fn claim(migration: &Migration, verdict: Verdict, severity: Severity, message: String) -> Claim {
    Claim::new(RULE, migration.up.path.as_str(), "", verdict, severity, message)
}

/// What has no way back, and what lies before it.
fn unreachable(migrations: &[Migration]) -> Vec<Claim> {
    let claim = |object: &str, message: String| {
        Claim::new(RULE, object, "", Verdict::Unproven, Severity::Info, message)
    };
    if migrations.iter().all(|migration| migration.down.is_none()) {
        return migrations
            .last()
            .map(|last| {
                let message = match migrations.len() {
                    1 => format!("{} has no way back", last.up.path),
                    count => format!("{count} migrations have no way back"),
                };
                claim(last.up.path.as_str(), message)
            })
            .into_iter()
            .collect();
    }
    migrations
        .iter()
        .map(|migration| {
            let message = if migration.down.is_some() {
                format!(
                    "{} is not tried: a later migration has no way back",
                    migration.up.path
                )
            } else {
                format!("{} has no way back", migration.up.path)
            };
            claim(migration.up.path.as_str(), message)
        })
        .collect()
}
