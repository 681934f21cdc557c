//! What the contract asks for and this version does not try: said, so that nobody takes silence for proof.

use crate::claim::{Claim, Severity, Verdict};
use crate::project::Project;

pub(super) fn claims(project: &Project) -> Vec<Claim> {
    let contract = project.contract();
    let sections = [
        ("audit/untried", "[[audit]]", contract.audit.len()),
        ("retention/untried", "[[retention]]", contract.retention.len()),
        ("erasure/untried", "[[erasure]]", contract.erasure.len()),
    ];
    let mut claims = Vec::new();
    for (rule, section, count) in sections {
        for number in 1..=count {
            let message =
                format!("{section} is not proved yet by this version of pgproof: no attempt was made");
            let subject = if count > 1 {
                format!("entry {number}")
            } else {
                String::new()
            };
            claims.push(Claim::new(
                rule,
                section,
                subject,
                Verdict::Unproven,
                Severity::Warning,
                message,
            ));
        }
    }
    claims
}
