//! What the run says that it did.

use super::boundary::edges;
use super::{COUNT, Vector};
use crate::contract::Returns;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};

pub(super) const VECTOR: Vector = Vector {
    name: "count",
    rules: &[COUNT],
    about: "Where the contract says `returns = \"count\"`, what every run of all vectors returned has to be the number of rows of \
            the contract's tables that really went, with or without those that went by cascade; of several rows or columns the sum.",
    bad: include_str!("count.bad.sql"),
    good: include_str!("count.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    if bench.entry.returns != Some(Returns::Count) || bench.plain().await?.ran.refused.is_some() {
        return Ok(Vec::new());
    }
    edges(bench).await?;
    // With nothing to do it says so, too.
    let mut stage = bench.stage(bench.zone()).await?;
    stage.perform().await?;
    stage.end().await?;
    let object = bench.object(0);
    let miscounts = bench.miscounts.borrow();
    let Some(first) = miscounts.first() else {
        return Ok(vec![if bench.counted.get() > 0 {
            Outcome::Held { rule: COUNT, object }
        } else {
            Outcome::Blind {
                rule: COUNT,
                object,
                severity: crate::claim::Severity::Info,
                why: "no run removed anything".to_owned(),
            }
        }]);
    };
    let went = if first.least == first.most {
        first.most.to_string()
    } else {
        format!("{} to {}", first.least, first.most)
    };
    let returned = first
        .returned
        .map_or_else(|| "no number".to_owned(), |number| number.to_string());
    let message = format!("{object}: it returns {returned} where {went} rows of the contract's tables went");
    Ok(vec![Outcome::Found(
        Finding::new(COUNT, object, message).expected(went, returned),
    )])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::COUNT).await;
    }
}
