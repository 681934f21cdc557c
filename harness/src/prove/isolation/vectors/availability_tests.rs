//! What makes a tenant's own rows unreadable, and what does not.

use super::super::example::{breaks_and_mends, claims};
use crate::claim::{Claim, Verdict};

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
}

async fn accused(migration: &str) -> Vec<Claim> {
    let claims = claims(&[migration], "").await;
    claims
        .into_iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.subject == super::VECTOR.name)
        .collect()
}

#[tokio::test]
async fn a_policy_that_reads_its_own_table_is_found_on_that_table() {
    let found = accused(
        "CREATE POLICY siblings ON app.tasks FOR SELECT TO app_user
         USING (EXISTS (SELECT 1 FROM app.tasks AS other WHERE other.id = tasks.id))",
    )
    .await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].object, "app.tasks");
}

#[tokio::test]
async fn a_policy_of_no_tenants_table_is_found_once_and_on_that_table() {
    let found = accused(
        "CREATE TABLE app.members (member uuid PRIMARY KEY);
         GRANT SELECT ON app.members TO app_user;
         ALTER TABLE app.members ENABLE ROW LEVEL SECURITY;
         CREATE POLICY siblings ON app.members USING (member IN (SELECT member FROM app.members));
         CREATE POLICY members ON app.tasks FOR SELECT TO app_user USING (EXISTS (SELECT FROM app.members));
         CREATE POLICY members ON app.projects FOR SELECT TO app_user USING (EXISTS (SELECT FROM app.members))",
    )
    .await;
    let objects: Vec<&str> = found.iter().map(|claim| claim.object.as_str()).collect();
    assert_eq!(objects, ["app.members"], "{found:#?}");
}

#[tokio::test]
async fn a_view_that_casts_the_tenants_own_rows_alone_is_not_accused() {
    let found = accused(
        "CREATE VIEW app.numbers WITH (security_invoker) AS
         SELECT CASE WHEN title = '' THEN title::integer END AS number FROM app.tasks;
         GRANT SELECT ON app.numbers TO app_user",
    )
    .await;
    assert!(found.is_empty(), "{found:#?}");
}
