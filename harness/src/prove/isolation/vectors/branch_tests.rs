//! How conditions are split, and which part of one is said not to have been tried.

use super::super::example::claims;
use super::disjuncts;
use crate::claim::{Claim, Severity, Verdict};

fn parts(expression: &str) -> Vec<&str> {
    disjuncts(expression)
        .into_iter()
        .map(|part| &expression[part])
        .collect()
}

#[test]
fn a_condition_is_split_at_or_and_at_and() {
    assert_eq!(parts("((a = 1) AND (b = 2))"), ["a = 1", "b = 2"]);
    assert_eq!(
        parts("((a = 1) OR ((b = 2) AND (c = ' OR ')))"),
        ["a = 1", "b = 2", "c = ' OR '"]
    );
    assert_eq!(
        parts("((a = 1) AND (EXISTS ( SELECT 1 FROM t WHERE ((t.x = 1) OR (t.y = 2)))))"),
        [
            "a = 1",
            "EXISTS ( SELECT 1 FROM t WHERE ((t.x = 1) OR (t.y = 2)))"
        ]
    );
    assert_eq!(
        parts("(CASE WHEN (a = 1) THEN (b = 2) ELSE false END AND (c = 3))"),
        ["a = 1", "b = 2", "false", "c = 3"]
    );
    assert_eq!(
        parts("CASE WHEN (a = 1) THEN ((b = 2) AND (c = 3)) ELSE false END"),
        ["a = 1", "b = 2", "c = 3", "false"]
    );
}

async fn of_tasks(migration: &str) -> Claim {
    let claims = claims(&[migration], "").await;
    claims
        .into_iter()
        .find(|claim| claim.rule == "isolation/branch" && claim.object == "app.tasks")
        .unwrap()
}

#[tokio::test]
async fn a_part_that_no_row_has_met_is_a_doubt_until_a_row_can() {
    let claim = of_tasks(super::VECTOR.bad).await;
    assert_eq!(
        (claim.verdict, claim.severity),
        (Verdict::Unproven, Severity::Warning),
        "{claim:#?}"
    );
    let claim = of_tasks(&format!("{}{}", super::VECTOR.bad, super::VECTOR.good)).await;
    assert_eq!(claim.verdict, Verdict::Proven, "{claim:#?}");
}

#[tokio::test]
async fn a_part_that_asks_who_the_tenant_is_is_only_mentioned() {
    let claim = of_tasks(
        "DROP POLICY tenant ON app.tasks;
         CREATE POLICY tenant ON app.tasks TO app_user
         USING (tenant_id = app.tenant() OR current_setting('app.role', true) = 'support')
         WITH CHECK (tenant_id = app.tenant());",
    )
    .await;
    assert_eq!(
        (claim.verdict, claim.severity),
        (Verdict::Unproven, Severity::Info),
        "{claim:#?}"
    );
}
