//! Retention: what is too old goes, by the contract's own reckoning, and nothing else does.

use std::sync::Arc;

use super::Options;
use crate::claim::{Claim, Severity, Verdict};
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;

const UNTRIED: &str = "retention/untried";

/// Every claim that the contract's `[[retention]]` asks for.
pub(super) async fn prove(
    project: &Project,
    options: &Options,
    _template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    if !options.wants(UNTRIED) {
        return Ok(Vec::new());
    }
    let entries = &project.contract().retention;
    Ok((1..=entries.len())
        .map(|number| untried(number, "no attempt was made"))
        .collect())
}

fn untried(number: usize, why: &str) -> Claim {
    Claim::new(
        UNTRIED,
        "[[retention]]",
        format!("entry {number}"),
        Verdict::Unproven,
        Severity::Warning,
        format!("nothing was tried: {why}"),
    )
}

/// The vectors of a rule, for whoever explains it.
pub(super) fn vectors(_rule: &str) -> impl Iterator<Item = super::rules::Way> {
    std::iter::empty()
}
