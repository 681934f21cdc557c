//! What ten times as many rows cost.

use std::time::Duration;

use super::batch::{MANY, many};
use super::{GROWTH, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::finding::{Finding, Outcome};

pub(super) const VECTOR: Vector = Vector {
    name: "ten times the rows",
    rules: &[GROWTH],
    about: "The run with 105 and with 1,050 rows that are too old. The times are told for information; where ten times the rows \
            took far more than ten times as long, and long enough to be measured, it is a warning.",
    bad: include_str!("growth.bad.sql"),
    good: include_str!("growth.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

/// From here on ten times the rows are no accident of measuring.
const FAR_WORSE: f64 = 30.0;
/// Shorter runs are not compared.
const MEASURABLE: Duration = Duration::from_millis(1_500);

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let Some(much) = bench.many.get() else {
        return Ok(Vec::new());
    };
    let (performed, made) = many(bench, MANY / 10).await?;
    if performed.ran.refused.is_some() || made.contains(&0) {
        return Ok(Vec::new());
    }
    let little = performed.ran.took;
    let ratio = much.as_secs_f64() / little.as_secs_f64().max(0.000_001);
    let object = bench.object(0);
    if ratio > FAR_WORSE && much > MEASURABLE {
        let message = format!(
            "{object}: {} rows took {} ms, and ten times as many {} ms",
            MANY / 10,
            little.as_millis(),
            much.as_millis()
        );
        return Ok(vec![Outcome::Found(
            Finding::new(GROWTH, object, message)
                .weighing(Severity::Warning)
                .expected("some ten times as long", format!("{ratio:.0} times as long")),
        )]);
    }
    Ok(vec![Outcome::Held { rule: GROWTH, object }])
}

#[cfg(test)]
mod tests {
    use super::super::example::breaks_and_mends;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::GROWTH).await;
    }
}
