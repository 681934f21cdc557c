//! Turning triggers off.

use super::attempt::attackers;
use super::plain::{self, is_missing};
use super::{BYPASS, Guard, Shown};
use crate::claim::{Claim, Severity};
use crate::error::Error;
use crate::prove::audit::bench::Bench;
use crate::prove::audit::course::Course;
use crate::prove::audit::workload;

pub(super) const GUARD: Guard = Guard {
    name: "triggers turned off",
    rule: BYPASS,
    about: "The application's role, also after SET ROLE to each role that it is a member of, sets session_replication_role, \
            and disables the triggers of each audited table, and changes it then.",
    bad: include_str!("replica.bad.sql"),
    good: include_str!("replica.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// What only this one explains.
const PARAMETER: &str = "parameter session_replication_role";

async fn run(bench: &Bench<'_>) -> Result<Vec<Claim>, Error> {
    let attackers = attackers(bench);
    if attackers.is_empty() {
        let why = "the contract names no app_role";
        return Ok(vec![GUARD.blind(PARAMETER, Severity::Info, why)]);
    }
    let plain = bench.plain().await?;
    let mut course = Course::begin(bench).await?;
    let mut claims: Vec<Claim> = Vec::new();
    let mut control = false;
    for plain in plain {
        let table = plain.table.name.to_string();
        let ways = [
            (
                PARAMETER.to_owned(),
                "SET LOCAL session_replication_role = replica".to_owned(),
            ),
            (
                table.clone(),
                format!("ALTER TABLE {} DISABLE TRIGGER USER", workload::sql(plain.table)),
            ),
        ];
        for (object, before) in ways {
            if claims.iter().any(|claim| claim.object == object) {
                continue;
            }
            for who in &attackers {
                let Some(done) = plain::again(&mut course, plain, &[], who, &before).await?.done() else {
                    continue;
                };
                if is_missing(&done) {
                    let role = who.actor.effective();
                    let message = format!("{role} can turn the triggers off: {before}");
                    let shown = Shown {
                        who,
                        prepared: &course.prepared,
                        sql: &format!("{before}; {}", plain.sql),
                        expected: "permission denied",
                        observed: "a change without an entry",
                    };
                    claims.extend(GUARD.found(&[object], &message, &shown));
                    break;
                }
            }
            // For a superuser it works, and is seen.
            if !control {
                let done = plain::again(&mut course, plain, &[], &bench.owner, &before).await?;
                control = done.done().is_some_and(|done| is_missing(&done));
            }
        }
    }
    course.end().await?;
    if claims.is_empty() {
        claims.push(if control {
            GUARD.held(
                PARAMETER,
                "the application can't turn triggers off, and a change without them is seen",
            )
        } else if plain.is_empty() {
            GUARD.blind(
                PARAMETER,
                Severity::Info,
                "no change of an audited table leaves an entry",
            )
        } else {
            // Triggers that fire ALWAYS do so for everybody.
            GUARD.held(PARAMETER, "not even a superuser's change goes by the triggers")
        });
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::GUARD, super::PARAMETER, "").await;
    }
}
