//! The migrated schema against the accepted one.

use std::sync::Arc;

use tokio::sync::watch;

use super::Options;
use crate::claim::{Claim, Evidence, Location, Severity, Verdict};
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;
use crate::snapshot::{Kind, Majors, Update};
use crate::{catalog, snapshot};

pub(super) const RULE: &str = "snapshot/differs";

/// What is done about accepted snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Snapshots {
    /// They are not looked at.
    Ignored,
    /// They are compared, and nothing is written.
    #[default]
    Compared,
    /// They are compared, and what differs is written beside them for review, unless `CI` or `INSTA_UPDATE` forbid.
    Pending,
}

/// Who compares snapshots first where several majors of a project are proved side by side: the base, since what is pending
/// there is not asked for again.
#[derive(Debug, Clone, Default)]
pub struct BaseFirst(Option<Turn>);

#[derive(Debug, Clone)]
enum Turn {
    /// The others wait until this is gone.
    Base {
        _until_dropped: Arc<watch::Sender<()>>,
    },
    After(watch::Receiver<()>),
}

impl BaseFirst {
    /// One for each of so many majors, of which the first is the base.
    pub fn turns(majors: usize) -> Vec<Self> {
        let (sender, receiver) = watch::channel(());
        let base = Turn::Base {
            _until_dropped: Arc::new(sender),
        };
        let others = std::iter::repeat_with(|| Turn::After(receiver.clone()));
        let turns = std::iter::once(base).chain(others).take(majors);
        turns.map(|turn| Self(Some(turn))).collect()
    }

    /// Returns once the base has compared its snapshots, or never will.
    pub(super) async fn wait(&self) {
        if let Some(Turn::After(base)) = &self.0 {
            // Nothing is ever sent: the sender goes away.
            let _ = base.clone().changed().await;
        }
    }
}

pub(super) fn prove(project: &Project, options: &Options, template: &Template) -> Result<Vec<Claim>, Error> {
    if options.snapshots == Snapshots::Ignored {
        return Ok(Vec::new());
    }
    let applied = template.applied();
    let texts = applied.catalog.without(&applied.baseline).snapshots();
    let major = template.server().version().major;
    let majors = Majors {
        this: major,
        base: project.first_major().unwrap_or(major),
    };
    let folder = project.snapshot_folder();
    // Without a contract nobody has asked for snapshots, unless some are there.
    if project.contract_file().is_none() && !folder.exists() {
        return Ok(Vec::new());
    }
    let comparison = snapshot::compare(&folder, &texts, majors, &catalog::varies_by_version)?;
    if options.snapshots == Snapshots::Pending {
        comparison.write(project.root().as_str(), Update::from_env()?)?;
    }
    if comparison.differences.is_empty() {
        let message = format!("the schema is as accepted: {} files in {folder}", texts.len());
        return Ok(vec![Claim::new(
            RULE,
            folder.as_str(),
            "",
            Verdict::Proven,
            Severity::Error,
            message,
        )]);
    }
    Ok(comparison
        .differences
        .iter()
        .map(|difference| claim(difference, majors, template))
        .collect())
}

fn claim(difference: &snapshot::Difference, majors: Majors, template: &Template) -> Claim {
    let what = match difference.kind {
        Kind::New => "has no accepted snapshot",
        Kind::Changed => "differs from its accepted snapshot",
        Kind::Gone => "was accepted and is not made any more",
    };
    let next = if difference.pending.is_some() {
        "`pgproof snapshot review` shows and accepts it".to_owned()
    } else {
        format!(
            "PostgreSQL {} is the base: what it gives is accepted first (--pg {})",
            majors.base, majors.base
        )
    };
    let message = format!("{} {what}; {next}", difference.stem);
    Claim::new(
        RULE,
        difference.stem.clone(),
        "",
        Verdict::Violated,
        Severity::Error,
        message,
    )
    .at(origin(&difference.stem, template))
    .shown_by(Evidence {
        expected: difference.file.to_string(),
        observed: difference.diff().trim_end().to_owned(),
        ..Evidence::default()
    })
}

/// The line that last changed the table that the snapshot is of.
fn origin(stem: &str, template: &Template) -> Option<Location> {
    let name = stem.strip_prefix("table.")?;
    let applied = template.applied();
    let table = applied
        .catalog
        .relations
        .iter()
        .find(|relation| relation.name.to_string() == name)?;
    Some(applied.origins.find("pg_class", table.oid.0)?.changed.clone())
}
