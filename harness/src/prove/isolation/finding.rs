//! What attempts showed, and the claims that come of it.

use super::attempt::Attempt;
use crate::claim::Severity;

/// What one vector has to say of one object.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there are few, and none is kept for long"
)]
pub(super) enum Outcome {
    /// It leaks.
    Found(Finding),
    /// It was tried, nothing came through, and the same attempt was seen to work with the defence gone.
    Held { object: String },
    /// It could not be tried, or not so that a leak would have been seen.
    Blind {
        object: String,
        severity: Severity,
        why: String,
    },
}

impl Outcome {
    /// Of several that would be the same claim the one that says most: a leak, then a doubt, then a remark.
    pub(super) fn worst(outcomes: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut worst: Option<Self> = None;
        for outcome in outcomes {
            if worst
                .as_ref()
                .is_none_or(|worst| worst.weight() < outcome.weight())
            {
                worst = Some(outcome);
            }
        }
        worst
    }

    fn weight(&self) -> u8 {
        match self {
            Self::Held { .. } => 0,
            Self::Found(finding) => match finding.severity {
                Severity::Info => 1,
                Severity::Warning => 3,
                Severity::Error => 4,
            },
            Self::Blind { .. } => 2,
        }
    }
}

/// A leak.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) rule: &'static str,
    /// What has to be mended.
    pub(super) object: String,
    /// The vector's name.
    pub(super) subject: &'static str,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) observed: String,
    pub(super) attempt: Attempt,
    /// Whether the attempt is all of it, so that it can be repeated in another world and over a login; else the vector
    /// has confirmed it in a way of its own.
    pub(super) replayable: bool,
}

impl Finding {
    /// Whether both would be the same claim.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.rule, &self.object, self.subject) == (other.rule, &other.object, other.subject)
    }
}
