//! One report out of those of the shards: what a run that was not split would have said, but for its durations.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::model::{ExitRules, Project, ProjectError, Report, SCHEMA, precedence};
use crate::claim::Claim;
use crate::prove::Shard;

/// What a shard's report says beside its claims, so that it can be merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Which part of the run it is.
    #[serde(flatten)]
    pub shard: Shard,
    /// Whether warnings failed the run.
    pub strict: bool,
    /// Whether what is unproven did not.
    pub allow_unproven: bool,
    /// In the order of the report's projects.
    pub projects: Vec<Held>,
}

/// What a shard can't judge by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// A hash of the files, the contract and the options: parts of different runs must not be taken for one.
    pub inputs: String,
    /// The contract's allows that none of this shard's findings needed. They are claims if none of any shard's did.
    pub unused_allows: Vec<Claim>,
}

/// Why reports can't be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// It is something else.
    #[error(
        "{file} is no report of pgproof's: {why}; merge takes what `pgproof verify --shard K/N --format json` wrote"
    )]
    NotAReport {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is whole already.
    #[error("{file} is the report of a whole run, not of a shard: make it with --shard K/N")]
    NotAShard {
        /// The file.
        file: String,
    },
    /// Something that must be the same everywhere is not.
    #[error("{file} does not belong to {other}: {what}")]
    Differs {
        /// The file.
        file: String,
        /// The one that it was compared with.
        other: String,
        /// What differs.
        what: String,
    },
    /// One is there twice.
    #[error("{file} and {other} are both shard {shard}")]
    Twice {
        /// The file.
        file: String,
        /// The other.
        other: String,
        /// Which shard.
        shard: Shard,
    },
    /// Some are not there.
    #[error("the reports of these shards are missing: {}", .0.join(", "))]
    Missing(Vec<String>),
}

/// Reads a shard's report.
///
/// # Errors
/// It is none.
pub fn read_shard(file: &str, text: &str) -> Result<Report, MergeError> {
    let no_report = |why: String| MergeError::NotAReport {
        file: file.to_owned(),
        why,
    };
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| no_report(error.to_string()))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) => return Err(no_report(format!("its schema is `{other}`, not `{SCHEMA}`"))),
        None => return Err(no_report("it has no `schema`".to_owned())),
    }
    let mut report: Report = serde_json::from_value(value).map_err(|error| no_report(error.to_string()))?;
    let Some(part) = &report.shard else {
        return Err(MergeError::NotAShard {
            file: file.to_owned(),
        });
    };
    if Shard::new(part.shard.index, part.shard.count).is_err() {
        return Err(no_report(format!("there is no shard {}", part.shard)));
    }
    if part.projects.len() != report.projects.len() {
        return Err(no_report("its `shard` does not fit its projects".to_owned()));
    }
    report.rules = ExitRules {
        strict: part.strict,
        allow_unproven: part.allow_unproven,
    };
    Ok(report)
}

/// The report of all shards, each with the name of its file.
///
/// # Errors
/// They are not all the shards of one run.
pub fn merge(mut reports: Vec<(String, Report)>) -> Result<Report, MergeError> {
    reports.sort_by_key(|(_, report)| report.shard.as_ref().map(|part| part.shard));
    let parts: Vec<(&str, &Report, &Part)> = reports
        .iter()
        .map(|(file, report)| match &report.shard {
            Some(part) => Ok((file.as_str(), report, part)),
            None => Err(MergeError::NotAShard { file: file.clone() }),
        })
        .collect::<Result<_, _>>()?;
    let Some(first) = parts.first() else {
        return Err(MergeError::Missing(vec!["1/1".to_owned()]));
    };
    for pair in parts.windows(2) {
        if pair[0].2.shard == pair[1].2.shard {
            return Err(MergeError::Twice {
                file: pair[1].0.to_owned(),
                other: pair[0].0.to_owned(),
                shard: pair[0].2.shard,
            });
        }
    }
    for part in &parts[1..] {
        if let Some(what) = difference(first, part) {
            return Err(MergeError::Differs {
                file: part.0.to_owned(),
                other: first.0.to_owned(),
                what,
            });
        }
    }
    let there: BTreeSet<u32> = parts.iter().map(|(_, _, part)| part.shard.index).collect();
    let count = first.2.shard.count;
    // A number that somebody made up may be huge.
    let missing: Vec<String> = (1..=count)
        .filter(|index| !there.contains(index))
        .take(100)
        .map(|index| format!("{index}/{count}"))
        .collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing(missing));
    }
    let projects = (0..first.1.projects.len())
        .map(|number| {
            one(&parts
                .iter()
                .map(|part| (&part.1.projects[number], &part.2.projects[number]))
                .collect::<Vec<_>>())
        })
        .collect();
    Ok(Report::new(projects, first.1.rules))
}

/// What keeps two shards' reports from being parts of one run.
fn difference(first: &(&str, &Report, &Part), other: &(&str, &Report, &Part)) -> Option<String> {
    let (one, two) = (first.1, other.1);
    if one.tool != two.tool {
        return Some(format!(
            "it is by pgproof {}, not {}",
            two.tool.version, one.tool.version
        ));
    }
    if first.2.shard.count != other.2.shard.count {
        return Some(format!(
            "it is one of {} shards, not of {}",
            other.2.shard.count, first.2.shard.count
        ));
    }
    if one.rules != two.rules {
        return Some("only one of them was made with --strict or --allow-unproven".to_owned());
    }
    let interrupted = |report: &Report| {
        let mut errors = report
            .projects
            .iter()
            .filter_map(|project| project.error.as_ref());
        errors.any(|error| error.code == 130)
    };
    let names = |report: &Report| {
        report
            .projects
            .iter()
            .map(|project| project.name.clone())
            .collect::<Vec<_>>()
    };
    if names(one) != names(two) {
        return Some(if interrupted(one) || interrupted(two) {
            "one of them was interrupted".to_owned()
        } else {
            format!(
                "it is about {}, not {}",
                names(two).join(", "),
                names(one).join(", ")
            )
        });
    }
    (0..one.projects.len()).find_map(|number| {
        let (a, b) = (&one.projects[number], &two.projects[number]);
        let name = &a.name;
        if let (Some(a), Some(b)) = (&a.server, &b.server)
            && a != b
        {
            return Some(format!(
                "{name} was proved on PostgreSQL {} ({}), not {} ({})",
                b.version, b.provider, a.version, a.provider
            ));
        }
        let applied = |project: &Project| {
            let runs = project.migrations.iter();
            runs.map(|run| (run.file.clone(), run.checksum.clone()))
                .collect::<Vec<_>>()
        };
        if a.error.is_none() && b.error.is_none() && applied(a) != applied(b) {
            return Some(format!("the migrations of {name} are not the same"));
        }
        let (a, b) = (&first.2.projects[number].inputs, &other.2.projects[number].inputs);
        (a != b).then(|| {
            format!("the files, the contract or the options that {name} was proved with are not the same")
        })
    })
}

/// One project on one server, of all shards.
fn one(parts: &[(&Project, &Held)]) -> Project {
    let mut merged = parts[0].0.clone();
    let errors = parts.iter().filter_map(|(project, _)| project.error.as_ref());
    // Of several the one that decides the exit status.
    merged.error = errors
        .min_by_key(|error: &&ProjectError| precedence(error.code))
        .cloned();
    merged.claims.clear();
    merged.matrix.clear();
    for (project, _) in parts {
        if merged.server.is_none() {
            merged.server.clone_from(&project.server);
        }
        if merged.migrations.is_empty() {
            merged.migrations.clone_from(&project.migrations);
        }
        // They ran side by side.
        let (all, took) = (&mut merged.durations_ms, &project.durations_ms);
        all.server = all.server.max(took.server);
        all.migrate = all.migrate.max(took.migrate);
        all.prove = all.prove.max(took.prove);
        all.total = all.total.max(took.total);
        for (area, took) in &took.areas {
            let longest = all.areas.entry(area.clone()).or_default();
            *longest = (*longest).max(*took);
        }
    }
    if merged.error.is_some() {
        return merged;
    }
    for (project, _) in parts {
        merged.claims.extend(project.claims.iter().cloned());
        merged.matrix.extend(project.matrix.iter().cloned());
    }
    let unused = parts[0].1.unused_allows.iter().filter(|allow| {
        let same = |other: &Claim| other.fingerprint == allow.fingerprint;
        parts.iter().all(|(_, held)| held.unused_allows.iter().any(same))
    });
    merged.claims.extend(unused.cloned());
    merged.claims.sort_by(Claim::in_report);
    merged
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
