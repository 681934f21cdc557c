//! Incident 6: no organization had the default policies.

use pgproof::Database;
use rstest::rstest;
use serde_json::json;
use sqlx::{PgConnection, Row as _};
use suites::aim::pages::SecurityPolicies;
use uuid::Uuid;

use crate::fixtures::{count, database, organization};

const BACKFILL: &str = include_str!("../../fixtures/aim/backfill_default_policies.sql");

/// Runs it as an operator does, and gives the organization of each row that it has inserted.
async fn backfill(session: &mut PgConnection) -> Vec<Uuid> {
    let rows = sqlx::raw_sql(BACKFILL).fetch_all(session).await.unwrap();
    rows.iter().map(|row| row.get("organization_id")).collect()
}

#[rstest]
#[tokio::test]
async fn the_page_shows_nothing_until_the_backfill_has_run(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let (organization, _) = organization(&mut session, "acme.example").await;
    let page = SecurityPolicies::read(&mut session, organization).await.unwrap();
    assert_eq!(page.total, 0, "the incident");

    backfill(&mut session).await;

    let page = SecurityPolicies::read(&mut session, organization).await.unwrap();
    assert_eq!(
        (page.total, page.enabled, page.monitoring, page.blocking),
        (3, 3, 3, 0)
    );
}

#[rstest]
#[tokio::test]
async fn the_backfill_makes_exactly_the_three_policies_and_they_only_alert(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let (organization, administrator) = organization(&mut session, "acme.example").await;
    backfill(&mut session).await;
    let page = SecurityPolicies::read(&mut session, organization).await.unwrap();
    let policies: Vec<_> = page
        .policies
        .iter()
        .map(|policy| {
            (
                &*policy.name,
                policy.priority,
                &*policy.policy_type,
                policy.rules.clone(),
            )
        })
        .collect();
    assert_eq!(
        policies,
        [
            (
                "Capability Violation Detection",
                100,
                "capability_violation",
                json!({"check_capability_match": true, "block_unauthorized": false}),
            ),
            (
                "Low Trust Score Monitoring",
                90,
                "trust_score_low",
                json!({"trust_threshold": 70.0, "monitor_low_trust": true, "block_low_trust": false}),
            ),
            (
                "Unusual Activity Detection",
                80,
                "unusual_activity",
                json!({"rate_limit_threshold": 100, "detect_anomalies": true, "block_anomalies": false}),
            ),
        ]
    );
    for policy in &page.policies {
        assert_eq!(policy.enforcement_action, "alert_only", "{}", policy.name);
        assert!(policy.is_enabled, "{}", policy.name);
    }
    let makers: Vec<Uuid> = sqlx::query_scalar("SELECT DISTINCT created_by FROM security_policies")
        .fetch_all(&mut session)
        .await
        .unwrap();
    assert_eq!(makers, [administrator]);
}

#[rstest]
#[tokio::test]
async fn every_organization_gets_its_own_three_and_the_backfill_again_adds_none(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let (acme, _) = organization(&mut session, "acme.example").await;
    let (globex, _) = organization(&mut session, "globex.example").await;
    let mut inserted = backfill(&mut session).await;
    inserted.sort();
    let mut wanted = [acme, acme, acme, globex, globex, globex];
    wanted.sort();
    assert_eq!(inserted, wanted);

    assert!(backfill(&mut session).await.is_empty());
    assert_eq!(count(&mut session, "security_policies").await, 6);
}

#[rstest]
#[tokio::test]
async fn a_policy_that_an_organization_has_switched_off_stays_off(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let (organization, _) = organization(&mut session, "acme.example").await;
    backfill(&mut session).await;
    sqlx::raw_sql("UPDATE security_policies SET is_enabled = FALSE, enforcement_action = 'block_and_alert' WHERE priority = 90")
        .execute(&mut session)
        .await
        .unwrap();
    assert!(backfill(&mut session).await.is_empty());
    let page = SecurityPolicies::read(&mut session, organization).await.unwrap();
    assert_eq!(
        (page.total, page.enabled, page.monitoring, page.blocking),
        (3, 2, 2, 1)
    );
}

#[rstest]
#[tokio::test]
async fn an_organization_that_lacks_one_gets_that_one(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let (organization, _) = organization(&mut session, "acme.example").await;
    backfill(&mut session).await;
    sqlx::raw_sql("DELETE FROM security_policies WHERE priority = 80")
        .execute(&mut session)
        .await
        .unwrap();
    assert_eq!(backfill(&mut session).await, [organization]);
    assert_eq!(count(&mut session, "security_policies").await, 3);
}
