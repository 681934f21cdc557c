//! Which foreign keys lead to another tenant, and which do not.

use super::super::example::{breaks_and_mends, claims};
use crate::claim::{Claim, Severity, Verdict};

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
}

/// The claim on tasks with these statements after the key to the project's number alone.
async fn with(more: &str) -> Claim {
    let claims = claims(&[super::VECTOR.bad, more], "").await;
    let of_tasks = |claim: &Claim| claim.subject == super::VECTOR.name && claim.object == "app.tasks";
    claims.into_iter().find(of_tasks).unwrap()
}

#[tokio::test]
async fn what_the_owner_of_the_parent_meets_is_said() {
    let claim = with("SELECT 1").await;
    assert_eq!(claim.severity, Severity::Error);
    assert!(
        claim.message.contains("can then no longer delete"),
        "{}",
        claim.message
    );
    let claim = with(
        "ALTER TABLE app.tasks DROP CONSTRAINT tasks_project_fkey;
         ALTER TABLE app.tasks ADD CONSTRAINT tasks_project_fkey
         FOREIGN KEY (project_id) REFERENCES app.projects (id) ON DELETE CASCADE",
    )
    .await;
    assert!(claim.message.contains("is removed as well"), "{}", claim.message);
}

#[tokio::test]
async fn a_parent_that_nobody_can_delete_is_only_mentioned() {
    let claim = with("REVOKE DELETE ON app.projects FROM app_user").await;
    assert_eq!(
        (claim.verdict, claim.severity),
        (Verdict::Violated, Severity::Info)
    );
}

#[tokio::test]
async fn a_policy_that_asks_whose_the_parent_is_holds() {
    let claim = with(
        "CREATE POLICY own_project ON app.tasks AS RESTRICTIVE TO app_user USING (true) WITH CHECK
         (EXISTS (SELECT 1 FROM app.projects AS p WHERE p.id = tasks.project_id))",
    )
    .await;
    assert_eq!(claim.verdict, Verdict::Proven, "{claim:#?}");
}

#[tokio::test]
async fn an_update_gets_there_where_an_insert_does_not() {
    let claim = with("REVOKE INSERT ON app.tasks FROM app_user").await;
    assert_eq!(
        (claim.verdict, claim.severity),
        (Verdict::Violated, Severity::Error)
    );
    assert!(
        claim
            .evidence
            .unwrap()
            .sql
            .iter()
            .any(|sql| sql.starts_with("UPDATE"))
    );
}
