//! Which unique keys tell of another tenant, and which do not.

use super::super::example::{breaks_and_mends, claims};
use crate::claim::{Claim, Severity, Verdict};

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
}

async fn with(migration: &str) -> Vec<Claim> {
    let claims = claims(&[migration], "").await;
    let mine = |claim: &Claim| claim.subject == super::VECTOR.name && claim.object == "app.tasks";
    claims.into_iter().filter(mine).collect()
}

#[tokio::test]
async fn a_key_for_each_tenant_is_proven() {
    let claims = with("CREATE UNIQUE INDEX tasks_title ON app.tasks (title, tenant_id)").await;
    assert_eq!(claims.len(), 1, "{claims:#?}");
    assert_eq!(claims[0].verdict, Verdict::Proven);
}

#[tokio::test]
async fn a_partial_index_tells_of_the_rows_that_are_in_it() {
    let claims = with("CREATE UNIQUE INDEX tasks_title ON app.tasks (title) WHERE done").await;
    assert_eq!(claims.len(), 1, "{claims:#?}");
    assert_eq!(
        (claims[0].verdict, claims[0].severity),
        (Verdict::Violated, Severity::Warning)
    );
    assert!(claims[0].message.contains("tasks_title"), "{}", claims[0].message);
}

#[tokio::test]
async fn what_a_tenant_can_not_choose_tells_nothing() {
    let claims = with(
        "CREATE UNIQUE INDEX tasks_title ON app.tasks (title);
         REVOKE INSERT ON app.tasks FROM app_user;
         GRANT INSERT (tenant_id, project_id) ON app.tasks TO app_user",
    )
    .await;
    assert!(claims.is_empty(), "{claims:#?}");
}
