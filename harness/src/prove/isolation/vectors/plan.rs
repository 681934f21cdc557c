//! Plans that were made for another tenant.

use super::Vector;
use super::pooled::{self, Again, Told};
use crate::error::Error;
use crate::prove::isolation::attempt::Look;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};

pub(super) const VECTOR: Vector = Vector {
    name: "stale plan",
    rule: "isolation/plan",
    about: "A statement is prepared and executed as one tenant, and executed once more as the next tenant of the pooled \
            session: what the planner has worked out for the first, since a function is marked IMMUTABLE that is not, must \
            not decide for the second.",
    bad: include_str!("plan.bad.sql"),
    good: include_str!("plan.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let looks: Vec<Look> = pooled::looks(bench)
        .await?
        .into_iter()
        .filter(|look| !look.sql.starts_with("CALL"))
        .collect();
    let Some(told) = pooled::compare(bench, &[], &bench.attacker, Again::Prepared, &looks).await? else {
        return Ok(Vec::new());
    };
    let mut outcomes = Vec::new();
    let mut left: Vec<(Look, String)> = Vec::new();
    for (look, told) in looks.into_iter().zip(told) {
        match told {
            Told::Left(observed) => left.push((look, observed)),
            Told::Nothing => outcomes.push(Outcome::Held { object: look.object }),
            Told::Alike => {}
        }
    }
    // A function is what is wrong if marking it rightly helps.
    for function in pooled::falsely_immutable(bench) {
        if left.is_empty() {
            break;
        }
        let looks: Vec<Look> = left.iter().map(|(look, _)| look.clone()).collect();
        let mend = pooled::as_stable(function);
        let Some(told) = pooled::compare(bench, &[mend], &bench.attacker, Again::Prepared, &looks).await?
        else {
            break;
        };
        let mut still = Vec::new();
        for ((look, observed), told) in left.into_iter().zip(told) {
            if matches!(told, Told::Left(_)) {
                still.push((look, observed));
                continue;
            }
            let message = format!(
                "{0} is marked IMMUTABLE and is not: a plan of {1} that was made for one tenant shows its rows to the next",
                function.signature(),
                look.object
            );
            outcomes.push(Outcome::Found(finding(
                bench,
                &function.signature(),
                message,
                &look,
                observed,
            )));
        }
        left = still;
    }
    // What is carried over without a prepared statement, too, is no matter of plans.
    let looks: Vec<Look> = left.iter().map(|(look, _)| look.clone()).collect();
    if !looks.is_empty()
        && let Some(told) = pooled::compare(bench, &[], &bench.attacker, Again::Anew, &looks).await?
    {
        for ((look, observed), _) in left
            .into_iter()
            .zip(told)
            .filter(|(_, told)| !matches!(told, Told::Left(_)))
        {
            let message = format!(
                "a plan of {} that was made for one tenant shows its rows to the next",
                look.object
            );
            let object = look.object.clone();
            outcomes.push(Outcome::Found(finding(bench, &object, message, &look, observed)));
        }
    }
    Ok(outcomes)
}

fn finding(bench: &Bench<'_>, object: &str, message: String, look: &Look, observed: String) -> Finding {
    let attempt = pooled::attempt(bench, &bench.attacker, Again::Prepared, &look.sql);
    Finding {
        expected: "the same as by a statement of its own".to_owned(),
        replayable: false,
        ..VECTOR.finding(object, message, observed, &attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tenant()", "").await;
    }
}
