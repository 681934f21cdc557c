//! Who somebody is, the token says, or nothing is written: a token that is lacking, broken or at odds with itself is
//! refused with a word on what is wrong, and without a word of what it says.

use pgproof::Database;
use rstest::rstest;
use serde_json::json;
use sqlx::Row as _;

use crate::common::sqlstate;
use crate::fixtures::{ANNA, BILLING, KINDS, application, count, database, tried, written};

#[rstest]
#[case::empty("", "there is none")]
#[case::blank("  ", "there is none")]
#[case::no_json("{\"sub\":\"u-secret\"", "it is not JSON")]
#[case::a_nul_that_no_text_can_hold(r#"{"sub":"u-secret\u0000","username":"x"}"#, "it is not JSON")]
#[case::json_that_is_too_deep(&"[".repeat(100_000), "it is not JSON")]
#[case::a_list(r#"["u-secret"]"#, "it is no JSON object")]
#[case::a_string(r#""u-secret""#, "it is no JSON object")]
#[case::null("null", "it is no JSON object")]
#[case::nobody(r#"{"username":"u-secret"}"#, "\"sub\" is lacking")]
#[case::an_empty_sub(r#"{"sub":"","username":"u-secret"}"#, "\"sub\" is lacking")]
#[case::a_number_for_a_sub(r#"{"sub":1,"username":"u-secret"}"#, "\"sub\" is lacking")]
#[case::a_sub_with_a_blank_before_it(
    r#"{"sub":" svc_billing","username":"u-secret"}"#,
    "\"sub\" is no identifier"
)]
#[case::a_sub_of_two_lines(r#"{"sub":"u-secret\nu-anna","username":"x"}"#, "\"sub\" is no identifier")]
#[case::no_username(r#"{"sub":"u-secret"}"#, "\"username\" is lacking")]
#[case::a_blank_username(r#"{"sub":"u-secret","username":" "}"#, "\"username\" is lacking")]
#[case::a_username_of_two_lines(r#"{"sub":"u-secret","username":"a\nb"}"#, "\"username\" is no name")]
#[case::a_service_without_the_prefix(
    r#"{"sub":"u-secret","username":"x","service_account":true}"#,
    "does not begin with svc_"
)]
#[case::a_prefix_without_a_name(
    r#"{"sub":"svc_","username":"u-secret","service_account":true}"#,
    "does not begin with svc_"
)]
#[case::a_person_with_the_prefix(r#"{"sub":"svc_secret","username":"x"}"#, "it is no service's")]
#[case::a_person_who_says_so(
    r#"{"sub":"svc_secret","username":"x","service_account":false}"#,
    "it is no service's"
)]
#[case::a_person_with_something_like_the_prefix(
    r#"{"sub":"SVC_secret","username":"x"}"#,
    "it is no service's"
)]
#[case::a_service_in_words(
    r#"{"sub":"svc_secret","username":"x","service_account":"true"}"#,
    "\"service_account\" is neither true nor false"
)]
#[case::roles_that_are_no_list(
    r#"{"sub":"u-secret","username":"x","roles":"admin"}"#,
    "\"roles\" is no list of names"
)]
#[case::roles_that_are_no_names(
    r#"{"sub":"u-secret","username":"x","roles":["a",1]}"#,
    "\"roles\" is no list of names"
)]
#[tokio::test]
async fn nothing_is_written_with_a_token_that_is_refused(
    #[future(awt)] database: Database,
    #[case] claims: &str,
    #[case] why: &str,
) {
    let mut session = application(&database, claims).await;
    let events = count(&database, "audit", "events").await;
    for kind in KINDS {
        let delete = format!("DELETE FROM {}", kind.table);
        for statement in [kind.insert(), kind.update(), delete] {
            let refused = tried(&mut session, &statement).await;
            if statement.starts_with("DELETE") && sqlstate(&refused) == "23503" {
                // Something refers to it, which is found out first.
                continue;
            }
            assert_eq!(sqlstate(&refused), "28000", "{statement}");
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
            assert!(!message.to_lowercase().contains("secret"), "{message}");
        }
        assert_eq!(count(&database, "public", kind.table).await, 1, "{}", kind.table);
    }
    assert_eq!(count(&database, "audit", "events").await, events);
}

/// The superuser, too: what nobody can be asked about later is not written.
#[rstest]
#[tokio::test]
async fn a_session_that_never_had_a_token_writes_nothing(#[future(awt)] database: Database) {
    let mut session = database.connect().await.unwrap();
    let refused = tried(&mut session, "UPDATE orders SET note = 'x'").await;
    assert_eq!(sqlstate(&refused), "28000");
}

/// A pool's session goes from one request to the next.
#[rstest]
#[tokio::test]
async fn a_token_ends_with_its_transaction(#[future(awt)] database: Database) {
    let mut session = application(&database, "").await;
    let request = format!(
        "BEGIN; SELECT set_config('request.jwt.claims', '{ANNA}', true); UPDATE orders SET note = 'x'; COMMIT"
    );
    tried(&mut session, &request).await.unwrap();
    let refused = tried(&mut session, "UPDATE orders SET note = 'y'").await;
    assert_eq!(sqlstate(&refused), "28000");
}

#[rstest]
#[case::a_person(ANNA, "u-anna", "Anna", false, json!(["clerk"]))]
#[case::a_service(BILLING, "svc_billing", "Billing", true, json!([]))]
#[case::a_person_who_says_so(
    r#"{"sub":"u-1","username":"Éva Ő","service_account":false,"roles":[],"exp":1}"#,
    "u-1", "Éva Ő", false, json!([])
)]
#[case::somebody_whose_name_begins_alike(
    r#"{"sub":"svcs","username":"x"}"#, "svcs", "x", false, json!([])
)]
#[tokio::test]
async fn a_service_is_told_from_a_person(
    #[future(awt)] database: Database,
    #[case] claims: &str,
    #[case] sub: &str,
    #[case] username: &str,
    #[case] is_service: bool,
    #[case] roles: serde_json::Value,
) {
    let mut session = application(&database, claims).await;
    for kind in KINDS {
        let document = written(&mut session, &kind.insert()).await;
        assert_eq!(document["_created_by"], sub, "{}", kind.table);
        let event = sqlx::query(
            "SELECT actor_id, actor_username, actor_is_service, to_jsonb(actor_roles)
             FROM audit.events ORDER BY id DESC LIMIT 1",
        )
        .fetch_one(&mut database.connect().await.unwrap())
        .await
        .unwrap();
        let (id, name): (String, String) = (event.get(0), event.get(1));
        assert_eq!((id.as_str(), name.as_str()), (sub, username), "{}", kind.table);
        assert_eq!(event.get::<bool, _>(2), is_service, "{}", kind.table);
        assert_eq!(event.get::<serde_json::Value, _>(3), roles, "{}", kind.table);
    }
}
