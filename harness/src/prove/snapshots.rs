//! The migrated schema against the accepted one.

use camino::Utf8PathBuf;

use super::Options;
use crate::claim::{Claim, Evidence, Location, Severity, Verdict};
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;
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

pub(super) fn prove(project: &Project, options: &Options, template: &Template) -> Result<Vec<Claim>, Error> {
    if options.snapshots == Snapshots::Ignored {
        return Ok(Vec::new());
    }
    let applied = template.applied();
    let texts = applied.catalog.without(&applied.baseline).snapshots();
    let major = template.server().version().major;
    let base = project.first_major().unwrap_or(major);
    let folder = folder(project);
    let differences = snapshot::compare(&folder, &texts, major, base, &catalog::varies_by_version)?;
    if options.snapshots == Snapshots::Pending {
        snapshot::write_pending(&folder, &differences, project.name())?;
    }
    if differences.is_empty() {
        let message = format!("the schema is as accepted: {} files in {folder}", texts.len());
        return Ok(vec![Claim::new(RULE, folder.as_str(), "", Verdict::Proven, Severity::Error, message)]);
    }
    Ok(differences.iter().map(|difference| claim(difference, template)).collect())
}

/// The folder of a project's snapshots: the contract's, or `snapshots/` beside it.
pub(crate) fn folder(project: &Project) -> Utf8PathBuf {
    snapshot::tidy(&project.root().join(&project.contract().snapshots.path))
}

fn claim(difference: &snapshot::Difference, template: &Template) -> Claim {
    let message = match difference.kind {
        snapshot::Kind::New => format!("{} is new; `pgproof snapshot review` accepts it", difference.file),
        snapshot::Kind::Changed => {
            format!("{} differs from what was accepted; `pgproof snapshot review` shows and accepts it", difference.file)
        }
        snapshot::Kind::Gone => {
            format!("{} was accepted and is not made any more; `pgproof snapshot review` removes it", difference.file)
        }
    };
    Claim::new(RULE, difference.stem.clone(), "", Verdict::Violated, Severity::Error, message)
        .at(origin(&difference.stem, template))
        .shown_by(Evidence {
            expected: difference.file.to_string(),
            observed: difference.diff(),
            ..Evidence::default()
        })
}

/// The line that last changed the table that the snapshot is of.
fn origin(stem: &str, template: &Template) -> Option<Location> {
    let name = stem.strip_prefix("table.")?;
    let applied = template.applied();
    let table = applied.catalog.table(name)?;
    Some(applied.origins.find("pg_class", table)?.changed.clone())
}
