//! Proving a project: from its migrations and contract to claims.

mod actor;
mod areas;
mod audit;
mod completeness;
mod erasure;
#[cfg(test)]
mod example;
mod image;
mod isolation;
mod lint;
mod location;
mod mention;
mod needles;
mod retention;
pub mod rules;
mod run;
mod session;
pub mod shard;
mod snapshots;
mod trace;
mod value;
mod vector;
mod ways_back;
mod world;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use crate::claim::{Claim, Severity, Verdict};
use crate::contract;
use crate::database::Template;
use crate::discover::Discovered;
use crate::error::Error;
use crate::migrate::extension::stand_in::{self, StandIn};
use crate::project::{Project, Settings};
use crate::report;

use shard::Share;

pub use lint::Lint;
pub use shard::Shard;
pub use snapshots::{BaseFirst, Snapshots};

/// What to prove and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Servers and time.
    pub settings: Settings,
    /// Whether and how accepted snapshots are compared.
    pub snapshots: Snapshots,
    /// The majors that this run proves beside the one at hand, so that they are not called unproven.
    pub majors: Vec<u16>,
    /// Only rules that match one of these patterns; all where there is none.
    pub only: Vec<globset::GlobMatcher>,
    /// No rules that match one of these.
    pub skip: Vec<globset::GlobMatcher>,
    /// A folder that gets a psql script for each finding that an attempt showed.
    pub replay: Option<camino::Utf8PathBuf>,
    /// How many areas are proved at once; as many as there are cores where it is `None`.
    pub at_once: Option<NonZeroUsize>,
    /// The part of the work to do; all of it where there is none.
    pub shard: Option<Shard>,
    /// Which files are linted; none where it is `None`.
    pub lint: Option<Lint>,
    /// Where other majors of the project are proved at the same time: whose snapshots are compared first.
    pub base_first: BaseFirst,
}

impl Options {
    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().ok();
        self.at_once.or_else(cores).map_or(1, NonZeroUsize::get)
    }

    fn wants(&self, rule: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|glob| glob.is_match(rule)))
            && !self.skip.iter().any(|glob| glob.is_match(rule))
    }
}

/// What a run does at the moment, for whoever shows progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Finding, starting or filling the server.
    Applying {
        /// How many migrations there are.
        migrations: usize,
    },
    /// Making claims.
    Proving,
}

/// Proves a project on one server and reports it. Whatever goes wrong is in the report.
pub async fn verify(
    project: &Project,
    options: &Options,
    progress: &(dyn Fn(Step) + Sync),
) -> report::Project {
    let started = Instant::now();
    let mut report = report::Project::new(project.name(), project.root().as_str());
    report.held.inputs = shard::inputs(project, options);
    if project.contract_file().is_none() {
        report.convention = Some(match project.convention_mark() {
            Some(mark) => format!("{} ({mark})", project.convention()),
            None => project.convention().to_string(),
        });
    }
    progress(Step::Applying {
        migrations: project.migrations().len(),
    });
    match Template::prepare(project, &options.settings).await {
        Ok(template) => {
            progress(Step::Proving);
            let proving = Instant::now();
            fill(&mut report, &template);
            match proof(project, options, &template).await {
                Ok(proof) => {
                    report.claims = proof.claims;
                    report.matrix = proof.matrix;
                    report.durations_ms.areas = proof.took;
                    report.held.unused_allows = proof.unused_allows;
                    report.discovered = proof.discovered;
                }
                Err(error) => report.error = Some(error.in_report(project.root())),
            }
            report.durations_ms.prove = milliseconds(proving.elapsed());
        }
        Err(error) => report.error = Some(error.in_report(project.root())),
    }
    report.durations_ms.total = milliseconds(started.elapsed());
    report
}

fn fill(report: &mut report::Project, template: &Template) {
    report.server = Some(report::Server {
        provider: template.server().provider().to_owned(),
        version: template.server().version().to_string(),
    });
    report.migrations.clone_from(&template.applied().runs);
    report.durations_ms.server = milliseconds(template.durations().server);
    report.durations_ms.migrate = milliseconds(template.durations().migrate);
}

/// Every claim about a project whose migrations were applied, findings first.
///
/// # Errors
/// The server went away, or a file that the contract names can't be read.
pub async fn claims(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    Ok(proof(project, options, template).await?.claims)
}

/// What was proved, and what came to light beside it.
struct Proof {
    claims: Vec<Claim>,
    /// What each role reached.
    matrix: Vec<report::Reach>,
    /// How long each area took, in milliseconds.
    took: BTreeMap<String, u64>,
    /// Of a shard: allows that nothing needed so far.
    unused_allows: Vec<Claim>,
    /// What the contract was guessed to be where there is none.
    discovered: Option<Discovered>,
}

async fn proof(project: &Project, options: &Options, template: &Arc<Template>) -> Result<Proof, Error> {
    let discovered = discovered(project, template);
    let meant = match &discovered {
        Some((_, contract)) => &project.clone().with_contract(contract.clone()),
        None => project,
    };
    match Box::pin(every_claim(meant, options, template)).await {
        Ok(mut proof) => {
            if let Some((discovered, _)) = discovered {
                let share = Share::of(meant, options);
                let open = discovered.claims();
                let open = open.into_iter().filter(|claim| options.wants(&claim.rule));
                for claim in open {
                    if share.reports(&claim)? {
                        proof.claims.push(claim);
                    }
                }
                discovered.doubt(&mut proof.claims, &proof.matrix);
                discovered.qualify(&mut proof.claims);
                proof.claims.sort_by(Claim::in_report);
                proof.discovered = Some(discovered);
            }
            Ok(proof)
        }
        Err(error) => Err(error.or_lost(template.server()).await),
    }
}

/// What a project without a contract is taken to mean.
fn discovered(project: &Project, template: &Template) -> Option<(Discovered, contract::Contract)> {
    if project.contract_file().is_some() {
        return None;
    }
    Some(Discovered::with_contract(project, template.applied()))
}

async fn every_claim(project: &Project, options: &Options, template: &Arc<Template>) -> Result<Proof, Error> {
    let share = Share::of(project, options);
    let mut claims = Vec::new();
    if share.takes(shard::MIGRATIONS) {
        claims.extend(project.reading().claims.iter().cloned());
        claims.extend(template.applied().claims.iter().cloned());
        claims.extend(template.applied().stand_ins.iter().map(StandIn::claim));
        if let Some(lint) = &options.lint {
            claims.extend(lint::prove(project, lint, template.server().version().major));
        }
        claims.extend(other_majors(project, options, template));
    }
    // The ways back have a server of their own, so they run beside the rest.
    let (back, rest) = tokio::join!(
        async {
            if options.wants(ways_back::RULE) && share.takes(ways_back::RULE) {
                ways_back::prove(project, options, template).await
            } else {
                Ok(Vec::new())
            }
        },
        async {
            let complete = if share.takes(shard::COMPLETE) {
                completeness::prove(project, options, template).await?
            } else {
                Vec::new()
            };
            Ok::<_, Error>((complete, areas::prove(project, options, template).await?))
        },
    );
    claims.extend(back?);
    let (complete, proved) = rest?;
    claims.extend(complete);
    let (mut matrix, mut took) = (Vec::new(), BTreeMap::new());
    for area in proved {
        took.insert(area.name.to_owned(), milliseconds(area.took));
        claims.extend(area.claims);
        matrix.extend(area.matrix);
    }
    if options.wants(snapshots::RULE) && share.takes(snapshots::RULE) {
        options.base_first.wait().await;
        claims.extend(snapshots::prove(project, options, template)?);
    }
    claims.retain(|claim| options.wants(&claim.rule));
    for claim in &mut claims {
        stand_in::mention(&template.applied().stand_ins, claim);
    }
    let today = jiff::Zoned::now().date();
    let allows = &project.contract().allow;
    let all_tried = template.server().unproven_because().is_none();
    if options.only.is_empty() && options.skip.is_empty() && all_tried {
        // Without snapshots an allow about them has nothing to match.
        let left_out = |allow: &&contract::Allow| {
            options.snapshots == Snapshots::Ignored && allow.rule.matches(snapshots::RULE)
        };
        let judged: Vec<contract::Allow> = allows.iter().filter(|allow| !left_out(allow)).cloned().collect();
        contract::apply(&judged, &mut claims, today);
    } else {
        contract::apply_to_some(allows, &mut claims, today);
    }
    // What no finding of this shard needs, one of another's may.
    let is_unused = |claim: &mut Claim| !share.is_whole() && claim.rule == contract::UNUSED_ALLOW;
    let unused_allows = claims.extract_if(.., is_unused).collect();
    let mut reported = Vec::with_capacity(claims.len());
    for claim in claims {
        if share.reports(&claim)? {
            reported.push(claim);
        }
    }
    reported.sort_by(Claim::in_report);
    Ok(Proof {
        claims: reported,
        matrix,
        took,
        unused_allows,
        discovered: None,
    })
}

/// The majors of the contract that this run leaves out.
fn other_majors(project: &Project, options: &Options, template: &Template) -> Option<Claim> {
    let here = template.server().version().major;
    let left: Vec<String> = project
        .majors()
        .iter()
        .filter(|major| **major != here && !options.majors.contains(major))
        .map(u16::to_string)
        .collect();
    (!left.is_empty()).then(|| {
        Claim::new(
            "apply/other-majors",
            format!("PostgreSQL {}", left.join(", ")),
            "",
            Verdict::Unproven,
            Severity::Info,
            format!("this run proves PostgreSQL {here} alone; --pg all proves the others, too"),
        )
    })
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
