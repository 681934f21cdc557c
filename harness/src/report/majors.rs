//! Where one project's majors differ.

use std::collections::BTreeMap;

use super::model::Project;
use crate::claim::{Claim, Severity, Verdict};

/// A claim that did not end the same on all majors that made it, or a finding that not all of them made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MajorDifference {
    /// The rule.
    pub rule: String,
    /// The object.
    pub object: String,
    /// The aspect of it.
    pub subject: String,
    /// How it ended on each, in the order of the projects, by the server's version; `None`: no such claim there.
    pub verdicts: Vec<(String, Option<Verdict>)>,
}

/// What differs between the entries of one project, of which each was proved on another major. Those that could not be
/// proved are left out.
pub fn differences(majors: &[Project]) -> Vec<MajorDifference> {
    let proved: Vec<(&str, &Project)> = majors
        .iter()
        .filter(|project| project.error.is_none())
        .filter_map(|project| Some((project.server.as_ref()?.version.as_str(), project)))
        .collect();
    let mut claims: BTreeMap<(&str, &str, &str), Vec<Option<&Claim>>> = BTreeMap::new();
    for (at, (_, project)) in proved.iter().enumerate() {
        for claim in &project.claims {
            let key = (claim.rule.as_str(), claim.object.as_str(), claim.subject.as_str());
            let on = claims.entry(key).or_insert_with(|| vec![None; proved.len()]);
            on[at].get_or_insert(claim);
        }
    }
    let differs = |on: &[Option<&Claim>]| {
        let made: Vec<&Claim> = on.iter().copied().flatten().collect();
        let lacks = made.len() < on.len();
        let accuses = |claim: &&Claim| claim.is_finding() && claim.severity != Severity::Info;
        made.windows(2).any(|pair| pair[0].verdict != pair[1].verdict) || lacks && made.iter().any(accuses)
    };
    claims
        .into_iter()
        .filter(|(_, on)| differs(on))
        .map(|((rule, object, subject), on)| MajorDifference {
            rule: rule.to_owned(),
            object: object.to_owned(),
            subject: subject.to_owned(),
            verdicts: proved
                .iter()
                .zip(on)
                .map(|((version, _), claim)| ((*version).to_owned(), claim.map(|claim| claim.verdict)))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::model::Server;
    use super::*;

    fn on(version: &str, claims: &[(&str, Verdict, Severity)]) -> Project {
        let claims = claims.iter().map(|(object, verdict, severity)| {
            Claim::new("isolation/read", *object, "view", *verdict, *severity, "")
        });
        Project {
            server: Some(Server {
                provider: "embedded".to_owned(),
                version: version.to_owned(),
            }),
            claims: claims.collect(),
            ..Project::new("p", "p")
        }
    }

    #[test]
    fn what_ends_differently_and_what_is_found_on_some_alone_is_told() {
        use Severity::{Error, Info};
        use Verdict::{Proven, Unproven, Violated};
        let old = [
            ("a.same", Proven, Error),
            ("a.leaks", Proven, Error),
            ("a.gone", Violated, Error),
            ("a.proven here alone", Proven, Error),
            ("a.noted here alone", Unproven, Info),
        ];
        let new = [("a.same", Proven, Error), ("a.leaks", Violated, Error)];
        let majors = [on("15.1", &old), on("18.2", &new)];
        let told: Vec<_> = differences(&majors)
            .into_iter()
            .map(|one| {
                (
                    one.object,
                    one.verdicts
                        .into_iter()
                        .map(|(_, verdict)| verdict)
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a.gone".to_owned(), vec![Some(Violated), None]),
                ("a.leaks".to_owned(), vec![Some(Proven), Some(Violated)]),
            ]
        );
        assert!(differences(&majors[..1]).is_empty());
    }
}
