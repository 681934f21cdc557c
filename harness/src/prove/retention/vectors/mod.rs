//! What is tried: one file a vector, each with what it is about, an example that does wrong and one that does not. [`ALL`]
//! is the registry.

mod anonymise;
mod archive;
mod batch;
mod boundary;
mod cascade;
mod collateral;
mod concurrency;
mod count;
#[cfg(test)]
mod example;
mod expired;
mod growth;
mod hold;
mod infinite;
mod null_age;
mod policy_action;
mod policy_days;
mod policy_disabled;
mod policy_injection;
mod policy_keep;
mod policy_name;
mod privilege;
mod residue;
mod scope;
mod twice;
mod varied;
mod wrapper;
mod young;
mod zone;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use super::bench::Bench;
use super::finding::{Finding, Outcome};
use super::judge::Fault;
use crate::claim::Severity;
use crate::error::Error;

/// What had to stay and went.
pub(super) const TOO_EARLY: &str = "retention/removed-too-early";
/// What had to go and stayed.
pub(super) const TOO_LONG: &str = "retention/kept-too-long";
/// What the contract does not name, and was lost or changed.
pub(super) const COLLATERAL: &str = "retention/collateral";
/// What the run says of itself.
pub(super) const COUNT: &str = "retention/count";
/// What the run does a second time.
pub(super) const IDEMPOTENT: &str = "retention/idempotent";
/// What was removed and lives on elsewhere.
pub(super) const RESIDUE: &str = "retention/residue";
/// What depends on the session's zone.
pub(super) const ZONE: &str = "retention/zone";
/// What has to be moved.
pub(super) const ARCHIVE: &str = "retention/archive";
/// What has to be cleared.
pub(super) const ANONYMISE: &str = "retention/anonymise";
/// Who may run it.
pub(super) const PRIVILEGE: &str = "retention/privilege";
/// What the table of rules says.
pub(super) const POLICY: &str = "retention/policy";
/// What two sessions do at once.
pub(super) const CONCURRENCY: &str = "retention/concurrency";
/// What more rows cost.
pub(super) const GROWTH: &str = "retention/growth";

/// One thing that is tried.
pub(super) struct Vector {
    /// In a few words; the subject of its claims.
    pub(super) name: &'static str,
    /// The rules under which it is reported.
    pub(super) rules: &'static [&'static str],
    /// What it is about, for people: one or two sentences.
    pub(super) about: &'static str,
    /// Statements on top of `example.sql` that do wrong.
    pub(super) bad: &'static str,
    /// Statements on top of those that mend it.
    pub(super) good: &'static str,
    /// Tries it.
    pub(super) run: for<'a> fn(&'a Bench<'_>) -> Running<'a>,
}

/// What [`Vector::run`] gives.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Outcome>, Error>> + 'a>>;

/// All of them. Those that need what others saw come last.
pub(super) const ALL: &[Vector] = &[
    expired::VECTOR,
    boundary::VECTOR,
    varied::VECTOR,
    young::VECTOR,
    null_age::VECTOR,
    infinite::VECTOR,
    hold::VECTOR,
    scope::VECTOR,
    cascade::VECTOR,
    zone::VECTOR,
    batch::VECTOR,
    growth::VECTOR,
    twice::VECTOR,
    archive::VECTOR,
    anonymise::VECTOR,
    residue::VECTOR,
    policy_disabled::VECTOR,
    policy_action::VECTOR,
    policy_injection::VECTOR,
    policy_name::VECTOR,
    policy_keep::VECTOR,
    policy_days::VECTOR,
    privilege::VECTOR,
    wrapper::VECTOR,
    concurrency::VECTOR,
    count::VECTOR,
    collateral::VECTOR,
];

/// What a try showed of one target.
pub(super) enum Shown {
    /// These rows were done wrong to.
    Wrong(Vec<Fault>),
    /// All rows became what they had to.
    Right,
    /// It could not be seen.
    Unseen(String),
}

/// What the contract wants, in words.
const WANTED: &str = "what is strictly older than the contract keeps goes, and nothing else";

/// One outcome for each object: what is wrong on any of its targets, or what could not be seen on any of them.
pub(super) async fn conclude(
    bench: &Bench<'_>,
    rule: &'static str,
    shown: Vec<(usize, Shown)>,
) -> Result<Vec<Outcome>, Error> {
    let mut objects: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
    for (target, shown) in shown {
        let object = bench.object(target);
        let outcome = match shown {
            Shown::Wrong(faults) => Outcome::Found(finding(rule, &object, &faults)),
            Shown::Unseen(why) => Outcome::Blind {
                rule,
                object: object.clone(),
                severity: Severity::Warning,
                why,
            },
            Shown::Right if !bench.works(target).await? => Outcome::Blind {
                rule,
                object: object.clone(),
                // That it does not work is a finding of its own.
                severity: Severity::Info,
                why: format!(
                    "the run removes nothing of {}",
                    bench.targets[target].relation.name
                ),
            },
            Shown::Right if !bench.sees(target).await? => Outcome::Blind {
                rule,
                object: object.clone(),
                severity: Severity::Warning,
                why: format!(
                    "rows of {} would not be seen to stay or go",
                    bench.targets[target].relation.name
                ),
            },
            Shown::Right => Outcome::Held {
                rule,
                object: object.clone(),
            },
        };
        objects.entry(object).or_default().push(outcome);
    }
    Ok(objects.into_values().flat_map(Outcome::worst).collect())
}

/// The finding of faults that all are one claim's.
pub(super) fn finding(rule: &'static str, object: &str, faults: &[Fault]) -> Finding {
    let first = faults.first().map_or("", |fault| fault.words.as_str());
    let more = match faults.len() {
        0 | 1 => String::new(),
        2 => " (and one more)".to_owned(),
        number => format!(" (and {} more)", number - 1),
    };
    let observed: Vec<&str> = faults.iter().take(5).map(|fault| fault.words.as_str()).collect();
    let mut finding =
        Finding::new(rule, object, format!("{object}: {first}{more}")).expected(WANTED, observed.join("; "));
    if let Some(fault) = faults.first() {
        finding.zone.clone_from(&fault.zone);
    }
    finding
}

/// The wrongs of a run by target: of those rows that were made to see them.
pub(super) fn by_target(
    bench: &Bench<'_>,
    faults: &[Fault],
    is_meant: impl Fn(&Fault) -> bool,
) -> Vec<(usize, Vec<Fault>)> {
    (0..bench.targets.len())
        .map(|target| {
            let of = faults
                .iter()
                .filter(|fault| fault.target == Some(target) && is_meant(fault));
            (target, of.cloned().collect())
        })
        .collect()
}

/// The outcome where the run was refused: nothing can be seen of it.
pub(super) fn refused(
    bench: &Bench<'_>,
    rule: &'static str,
    target: usize,
    performed: &super::stage::Performed,
    severity: Severity,
) -> Option<Outcome> {
    let refusal = performed.ran.refused.as_ref()?;
    Some(Outcome::Blind {
        rule,
        object: bench.object(target),
        severity,
        why: format!("the run was refused: {}", refusal.message),
    })
}
