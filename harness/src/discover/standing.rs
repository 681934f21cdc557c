//! Which guesses a claim stands on, said in the claim.

use super::guess::{Guess, Sureness};
use super::{Discovered, Open};
use crate::claim::{Claim, Severity, Verdict};
use crate::report::{Command, Reach, Reached};

/// What is shown by statements that a gateway does not send for anybody.
const BEYOND_GATEWAY: [&str; 3] = ["truncate", "trigger", "references"];

impl Discovered {
    /// Says on every finding what it is guessed from; one that stands on a weak guess is a warning.
    pub(crate) fn qualify(&self, claims: &mut [Claim]) {
        let is_remark =
            |claim: &Claim| claim.verdict == Verdict::Unproven && claim.severity == Severity::Info;
        let findings = claims
            .iter_mut()
            .filter(|claim| claim.is_finding() && !is_remark(claim));
        for claim in findings {
            let guesses = self.behind(claim);
            let Some(weakest) = guesses.iter().map(|guess| guess.sureness).min() else {
                continue;
            };
            let told = guesses.iter().filter(|guess| !guess.object.is_empty()).copied();
            let told: Vec<&Guess> = told.collect();
            let told = if told.is_empty() { guesses } else { told };
            let said: Vec<String> = told
                .iter()
                .map(|guess| format!("{guess} ({})", guess.sureness))
                .collect();
            let said = format!("guess: {}", said.join("; "));
            claim.message = format!("{} [{said}]", claim.message);
            if let Some(evidence) = &mut claim.evidence {
                evidence.expected = format!("{} [{said}]", evidence.expected);
            }
            if self.behind_gateway && BEYOND_GATEWAY.contains(&claim.subject.as_str()) {
                claim.severity = Severity::Info;
                claim.message.push_str(
                    " [the platform grants this on every table, and its gateway sends no such statement]",
                );
            }
            // One sort of finding rests on the guess alone that nothing was left out on purpose.
            if weakest == Sureness::Guess && claim.rule == "audit/missing" && claim.subject == "update" {
                claim.severity = Severity::Info;
            }
            if weakest < Sureness::Sure && claim.severity == Severity::Error {
                claim.severity = Severity::Warning;
            }
        }
    }

    /// Takes back what was proven of reading a table of which the tenant did not even see its own rows: where the way to be
    /// a tenant is guessed, that may be because the guess lacks something.
    pub(crate) fn doubt(&self, claims: &mut [Claim], matrix: &[Reach]) {
        let unseen = |table: &String| {
            matrix.iter().any(|cell| {
                cell.relation == *table
                    && cell.command == Command::Select
                    && matches!(cell.reached, Reached::None | Reached::Untried)
                    && self.readable.contains(&(table.clone(), cell.role.clone()))
            })
        };
        for claim in claims {
            if claim.rule == "isolation/read" && claim.verdict == Verdict::Proven && unseen(&claim.object) {
                claim.verdict = Verdict::Unproven;
                claim.severity = Severity::Info;
                claim.message = format!(
                    "not even a tenant's own rows of {} were seen, so that nothing is shown by not seeing others': perhaps a \
                     session needs more than is guessed; say how one becomes a tenant's in [isolation]",
                    claim.object
                );
            }
        }
    }

    /// The guesses of the claim's area that are about all of it, or about a table that the claim names.
    fn behind(&self, claim: &Claim) -> Vec<&Guess> {
        let area = claim.rule.split('/').next().unwrap_or_default();
        let named = |object: &str| {
            let is_in = |text: &str| {
                text.match_indices(object).any(|(at, _)| {
                    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
                    !text[..at].ends_with(part) && !text[at + object.len()..].starts_with(part)
                })
            };
            let observed = claim
                .evidence
                .as_ref()
                .map_or("", |evidence| evidence.observed.as_str());
            [&claim.object, &claim.message, observed].into_iter().any(is_in)
        };
        self.guesses
            .iter()
            .filter(|guess| guess.area == area && (guess.object.is_empty() || named(&guess.object)))
            .collect()
    }

    /// What is not known of the areas, as claims that accuse nobody.
    pub(crate) fn claims(&self) -> Vec<Claim> {
        let claim = |open: &Open| {
            Claim::new(
                "isolation/untried",
                format!("[{}]", open.area),
                "",
                Verdict::Unproven,
                Severity::Info,
                open.why.clone(),
            )
        };
        self.open.iter().map(claim).collect()
    }
}
