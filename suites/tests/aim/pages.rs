//! Incidents 3 and 4: pages without the tables behind them.

use pgproof::Database;
use rstest::rstest;
use sqlx::Connection as _;
use suites::aim::pages::{SdkTokens, SecurityPolicies};

use crate::fixtures::{database, organization, sqlstate, without};

#[tokio::test]
async fn without_008_the_sdk_tokens_page_fails_for_want_of_its_table() {
    let database = without(&["008"]).await;
    let mut session = database.connect().await.unwrap();
    let (_, user) = organization(&mut session, "acme.example").await;
    let page = SdkTokens::read(&mut session, user).await;
    assert_eq!(
        sqlstate(&page),
        "42P01",
        "undefined_table, which the service answers with 500"
    );
    assert!(
        page.unwrap_err()
            .to_string()
            .contains(r#"relation "sdk_tokens" does not exist"#)
    );
}

#[rstest]
#[tokio::test]
async fn with_008_the_sdk_tokens_page_of_a_new_user_is_empty_with_zero_counts(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let (_, user) = organization(&mut session, "acme.example").await;
    let page = SdkTokens::read(&mut session, user).await.unwrap();
    assert_eq!(page.tokens, [""; 0]);
    assert_eq!((page.active, page.usage, page.revoked), (0, 0, 0));
}

/// Zeros alone would also come from a page that counts nothing.
#[rstest]
#[tokio::test]
async fn the_sdk_tokens_page_counts_active_use_and_revoked_of_its_user_alone(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let (organization_id, user) = organization(&mut session, "acme.example").await;
    let (elsewhere, another) = organization(&mut session, "globex.example").await;
    for (organization, user) in [(organization_id, user), (elsewhere, another)] {
        sqlx::query(include_str!("sdk_tokens.sql"))
            .bind(user)
            .bind(organization)
            .execute(&mut session)
            .await
            .unwrap();
    }
    let page = SdkTokens::read(&mut session, user).await.unwrap();
    assert_eq!(page.tokens.len(), 4);
    assert!(
        page.tokens
            .iter()
            .all(|token| token.starts_with(&user.to_string()))
    );
    assert_eq!((page.active, page.usage, page.revoked), (2, 10, 1));
}

#[tokio::test]
async fn without_009_the_security_policies_page_has_no_table_to_read() {
    let database = without(&["009"]).await;
    let mut session = database.connect().await.unwrap();
    let (organization, _) = organization(&mut session, "acme.example").await;
    let page = SecurityPolicies::read(&mut session, organization).await;
    assert_eq!(sqlstate(&page), "42P01");
    assert!(
        page.unwrap_err()
            .to_string()
            .contains(r#"relation "security_policies" does not exist"#)
    );
}

#[rstest]
#[tokio::test]
async fn with_009_the_security_policies_page_reads_its_table_as_the_application(
    #[future(awt)] database: Database,
) {
    let mut session = database.connect().await.unwrap();
    let (organization, _) = organization(&mut session, "acme.example").await;
    let mut transaction = session.begin().await.unwrap();
    sqlx::raw_sql("SET LOCAL ROLE identity_app")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let page = SecurityPolicies::read(&mut transaction, organization)
        .await
        .unwrap();
    // That it is empty still is incident 6.
    assert_eq!(
        (page.total, page.enabled, page.monitoring, page.blocking),
        (0, 0, 0, 0)
    );
}
