//! `--shard K/N`: which part of a run's work one of N machines does.
//!
//! The work is cut into units before anything is tried: by the contract's entries and the registries of vectors, which
//! are the same on every machine, and never by what a run comes upon. The units lie in the order in which they are
//! worked off, and each shard takes a stretch of them, so that it has to set up few areas. A unit whose parts need one
//! another (`retention`, where some vectors judge the runs of all others) is not cut.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Options, audit, erasure, isolation, retention, snapshots, ways_back};
use crate::claim::Claim;
use crate::error::Error;
use crate::project::Project;

/// What is known from reading and applying the migrations.
pub(super) const MIGRATIONS: &str = "migrations";
/// What has to be there.
pub(super) const COMPLETE: &str = "complete";

/// One of several parts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, counted from 1.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

/// Why a text is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is not two numbers.
    #[error("expected K/N, such as 1/4 for the first of four")]
    Form,
    /// There is no such part.
    #[error("there is no shard {index} of {count}: they are counted from 1 to N")]
    Range {
        /// What was asked for.
        index: u32,
        /// Of how many.
        count: u32,
    },
}

impl Shard {
    /// That one of so many.
    ///
    /// # Errors
    /// It is not from 1 to `count`.
    pub fn new(index: u32, count: u32) -> Result<Self, ShardError> {
        if index == 0 || index > count {
            return Err(ShardError::Range { index, count });
        }
        Ok(Self { index, count })
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits
                .then(|| text.parse().ok())
                .flatten()
                .ok_or(ShardError::Form)
        };
        let (index, count) = text.split_once('/').ok_or(ShardError::Form)?;
        Self::new(number(index)?, number(count)?)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// How long units take beside each other, in hundredths of a second on a large project. Nothing depends on these numbers
/// but how even the shards are.
const COSTS: &[(&str, u64)] = &[
    (ways_back::RULE, 100),
    (COMPLETE, 20),
    ("isolation: commands", 410),
    ("isolation: trigger or rule", 780),
    ("isolation: two steps", 730),
    ("isolation: foreign key", 50),
    ("isolation: what a role is for", 47),
    ("isolation: internal", 34),
    ("isolation: function", 33),
    ("isolation: unique", 21),
    ("isolation: no tenant writes", 21),
    ("isolation: left over", 19),
    ("audit: switches", 280),
    ("audit: secrets", 310),
    ("audit: actor", 300),
    ("audit: swallowed errors", 290),
    ("audit: update", 200),
    ("audit: insert", 150),
    ("audit: cascade", 140),
    ("audit: shadowed log", 90),
    ("audit: copy", 70),
    ("audit: changing entries", 70),
    ("audit: delete", 70),
    ("audit: large values", 60),
    ("audit: changes by triggers", 60),
    ("audit: triggers turned off", 60),
    ("audit: functions that write it", 46),
    ("audit: entries", 46),
];

/// What a vector takes that is not in the list.
const USUAL: u64 = 10;
/// An entry of `[[retention]]`.
const RETENTION: u64 = 650;
/// An entry of `[[erasure]]`.
const ERASURE: u64 = 430;

/// The part of a project's work that this run does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    /// None: all of it.
    part: Option<Stretch>,
}

/// What one shard takes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    units: BTreeSet<String>,
    /// What is on the list of no shard is the first one's: nothing may be lost.
    others: Option<BTreeSet<String>>,
}

impl Stretch {
    fn takes(&self, unit: &str) -> bool {
        let is_other = |others: &BTreeSet<String>| !others.contains(unit);
        self.units.contains(unit) || self.others.as_ref().is_some_and(is_other)
    }
}

impl Share {
    pub(super) fn of(project: &Project, options: &Options) -> Self {
        let part = options
            .shard
            .map(|shard| stretch(&units(project, options), shard));
        Self { part }
    }

    /// Whether the unit is this run's.
    pub(super) fn takes(&self, unit: &str) -> bool {
        self.part.as_ref().is_none_or(|part| part.takes(unit))
    }

    /// Whether any unit of the area is.
    pub(super) fn takes_any(&self, area: &str) -> bool {
        let of_area = |unit: &String| unit.split(':').next() == Some(area);
        self.part
            .as_ref()
            .is_none_or(|part| part.units.iter().any(of_area))
    }

    /// Whether there is nothing that other shards do.
    pub(super) fn is_whole(&self) -> bool {
        self.part.is_none()
    }

    /// Whether the claim is this run's to report. Whoever has to know what a finding follows from makes the claims of other
    /// shards as well.
    pub(super) fn reports(&self, claim: &Claim) -> Result<bool, Error> {
        let area = claim.rule.split('/').next().unwrap_or_default();
        let unit = match area {
            "isolation" => isolation::unit(&claim.subject),
            "audit" => audit::unit(&claim.subject),
            "lint" => Some(MIGRATIONS.to_owned()),
            // These are made only by those who report them.
            _ => return Ok(true),
        };
        // To report it nowhere would be to lose it.
        let unit = unit.ok_or(Error::Bug("a claim belongs to no part of the work"))?;
        Ok(self.takes(&unit))
    }
}

/// A hash of everything that has to be the same for all shards of a run, but for the server.
pub(super) fn inputs(project: &Project, options: &Options) -> String {
    let patterns = |globs: &[globset::GlobMatcher]| {
        let patterns: Vec<&str> = globs.iter().map(|glob| glob.glob().glob()).collect();
        patterns.join(",")
    };
    let contract = serde_json::to_string(project.contract()).unwrap_or_default();
    let text = format!(
        "{} {contract} {:?} {:?} {} only {} skip {}",
        project.key(),
        options.snapshots,
        options.lint,
        options.settings.stub_extensions,
        patterns(&options.only),
        patterns(&options.skip)
    );
    blake3::hash(text.as_bytes()).to_hex()[..24].to_owned()
}

/// All units of a project and what they cost, in the order in which they are worked off.
fn units(project: &Project, options: &Options) -> Vec<(String, u64)> {
    let contract = project.contract();
    let mut units = vec![(MIGRATIONS.to_owned(), 1)];
    let mut add = |unit: String, cost: u64| match units.iter_mut().find(|(known, _)| *known == unit) {
        Some((_, known)) => *known += cost,
        None => units.push((unit, cost)),
    };
    let cost = |unit: &str| {
        let known = COSTS.iter().find(|(known, _)| *known == unit);
        known.map_or(USUAL, |(_, cost)| *cost)
    };
    let goes_back =
        options.wants(ways_back::RULE) && project.migrations().iter().any(|one| one.down.is_some());
    add(
        ways_back::RULE.to_owned(),
        if goes_back { cost(ways_back::RULE) } else { 0 },
    );
    add(COMPLETE.to_owned(), cost(COMPLETE));
    if contract.isolation.is_some() {
        let known = isolation::units(options);
        let costs = known.iter().map(|unit| cost(unit)).collect::<Vec<_>>();
        known
            .into_iter()
            .zip(costs)
            .for_each(|(unit, cost)| add(unit, cost));
    }
    for _ in &contract.audit {
        for unit in audit::units(options) {
            let cost = cost(&unit);
            add(unit, cost);
        }
    }
    if !contract.retention.is_empty() {
        let entries = contract.retention.len() as u64;
        add(
            retention::UNIT.to_owned(),
            if retention::is_wanted(options) {
                RETENTION * entries
            } else {
                0
            },
        );
    }
    for entry in &contract.erasure {
        add(
            erasure::unit(entry),
            if erasure::is_wanted(options) { ERASURE } else { 0 },
        );
    }
    add(snapshots::RULE.to_owned(), 1);
    units
}

/// Those that the shard takes: where the middle of a unit lies, so that over all shards each is taken once.
fn stretch(units: &[(String, u64)], shard: Shard) -> Stretch {
    let total: u64 = units.iter().map(|(_, cost)| cost).sum::<u64>().max(1);
    let mut before = 0;
    let mut taken = BTreeSet::new();
    for (unit, cost) in units {
        let middle = 2 * before + cost;
        let owner = (middle * u64::from(shard.count) / (2 * total)).min(u64::from(shard.count) - 1);
        if owner + 1 == u64::from(shard.index) {
            taken.insert(unit.clone());
        }
        before += cost;
    }
    let all = || units.iter().map(|(unit, _)| unit.clone()).collect();
    Stretch {
        units: taken,
        others: (shard.index == 1).then(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_two_numbers_of_which_the_first_is_not_the_greater() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        assert_eq!("1/1".parse(), Ok(Shard { index: 1, count: 1 }));
        for wrong in [
            "",
            "2",
            "a/b",
            "1/",
            "/4",
            "-1/4",
            "+1/4",
            "1/4/2",
            "1 / 4",
            "1/99999999999",
        ] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError::Form), "{wrong}");
        }
        for (wrong, index, count) in [("0/3", 0, 3), ("4/3", 4, 3), ("1/0", 1, 0)] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError::Range { index, count }));
        }
    }

    #[test]
    fn every_unit_is_taken_once_however_many_shards_there_are() {
        let costs = [1, 0, 500, 3, 3, 3, 90, 0, 700, 1];
        let units: Vec<(String, u64)> = (0..).map(|number| format!("a/{number}")).zip(costs).collect();
        for count in [1, 2, 3, 7, 50] {
            let mut taken = Vec::new();
            for index in 1..=count {
                taken.extend(stretch(&units, Shard { index, count }).units);
            }
            taken.sort();
            let all: Vec<String> = units.iter().map(|(unit, _)| unit.clone()).collect();
            assert_eq!(taken, all, "{count}");
        }
        let takers = (1..=3).filter(|index| {
            stretch(
                &units,
                Shard {
                    index: *index,
                    count: 3,
                },
            )
            .takes("b/unheard of")
        });
        assert_eq!(
            takers.collect::<Vec<_>>(),
            [1],
            "what nobody lists is done by one"
        );
    }

    #[test]
    fn shards_of_many_units_cost_much_the_same() {
        let units: Vec<(String, u64)> = (0..200)
            .map(|number| (format!("a/{number}"), 5 + number % 7))
            .collect();
        let total: u64 = units.iter().map(|(_, cost)| cost).sum();
        for index in 1..=4 {
            let taken = stretch(&units, Shard { index, count: 4 });
            let cost: u64 = units
                .iter()
                .filter(|(unit, _)| taken.takes(unit))
                .map(|(_, cost)| cost)
                .sum();
            assert!(
                cost.abs_diff(total / 4) <= 11,
                "shard {index} has {cost} of {total}"
            );
        }
    }
}
