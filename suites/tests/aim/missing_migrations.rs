//! Production lacked migrations, and the application told its users so. pgproof tells it before.

use pgproof::Project;
use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::report;
use rstest::rstest;

use crate::fixtures::{findings, project, verify};

/// What finds that a migration is missing: the file that then fails to apply, or the claims that are not proven.
fn found(report: &report::Project) -> Vec<String> {
    if let Some(error) = &report.error {
        let place = error.location.as_ref().expect("a place in a migration");
        let message = error.message.lines().next().unwrap_or_default();
        return vec![format!("{}: {message}", place.file)];
    }
    let is_accusation = |claim: &&Claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info;
    let claims = report.claims.iter().filter(is_accusation);
    claims
        .map(|claim| format!("{}: {}", claim.rule, claim.object))
        .collect()
}

#[rstest]
#[case::that_002_needs_users(
    "001_initial_schema.sql",
    &["002_add_missing_user_columns.sql: error: relation \"users\" does not exist (SQLSTATE 42P01)"],
)]
#[case::that_bootstrap_log_in_and_the_users_page_know_a_status(
    "002_add_missing_user_columns.sql",
    &[
        "complete/query: bootstrap: insert administrator",
        "complete/query: login: note the time",
        "complete/query: login: user by email",
        "complete/query: users page: list",
        "lint/unused-allow: 002",
    ],
)]
#[case::that_the_alerts_page_knows_titles(
    "002_fix_alerts_schema.up.sql",
    &[
        "complete/query: alerts page: acknowledge",
        "complete/query: alerts page: list",
        "complete/query: alerts page: raise",
        "lint/unused-allow: 002",
    ],
)]
#[case::that_the_agents_page_knows_versions(
    "003_add_missing_agent_columns.sql",
    &[
        "complete/query: agents page: list",
        "complete/query: agents page: one agent",
        "complete/query: agents page: register",
        "complete/query: api key: by hash",
        "ledger/gap: 003",
    ],
)]
#[case::that_005_refers_to_mcp_servers(
    "004_create_mcp_servers_table.sql",
    &["005_create_verification_events_table.sql: error: relation \"mcp_servers\" does not exist (SQLSTATE 42P01)"],
)]
#[case::the_table_and_its_page(
    "005_create_verification_events_table.sql",
    &[
        "complete/query: verification events page: list",
        "complete/query: verification events page: totals",
        "complete/table: public.verification_events",
        "ledger/gap: 005",
    ],
)]
#[case::incident_1(
    "006_add_password_hash_column.sql",
    &[
        "complete/query: bootstrap: insert administrator",
        "complete/query: login: change password",
        "complete/query: login: user by email",
        "complete/query: users page: list",
        "ledger/gap: 006",
    ],
)]
#[case::incident_2(
    "007_create_system_config_table.sql",
    &[
        "complete/query: bootstrap: read back counts",
        "complete/query: bootstrap: upsert system config",
        "complete/table: public.system_config",
        "ledger/gap: 007",
    ],
)]
#[case::incident_3(
    "008_create_sdk_tokens_table.sql",
    &[
        "complete/query: sdk token: use",
        "complete/query: sdk tokens page: counts",
        "complete/query: sdk tokens page: create",
        "complete/query: sdk tokens page: list",
        "complete/query: sdk tokens page: revoke",
        "complete/table: public.sdk_tokens",
        "ledger/gap: 008",
    ],
)]
#[case::incident_4(
    "009_create_security_policies_table.sql",
    &[
        "complete/query: bootstrap: insert default policies",
        "complete/query: bootstrap: read back counts",
        "complete/query: security policies page: list",
        "complete/query: security policies page: switch",
        "complete/query: security policies page: totals",
        "complete/table: public.security_policies",
    ],
)]
#[tokio::test]
async fn a_set_that_lacks_any_one_of_its_migrations_is_found_out_by(
    project: Project,
    #[case] migration: &str,
    #[case] expected: &[&str],
) {
    assert_eq!(
        found(&verify(&project.without(&[migration]).unwrap()).await),
        expected
    );
}

/// The incidents as the contract tells them: the statement, its file, and the very word at fault.
#[rstest]
#[case::for_want_of_006(
    "006",
    "bootstrap: insert administrator",
    "consumers/bootstrap.sql",
    "password_hash,",
    "can't run as identity_app: column \"password_hash\" of relation \"users\" does not exist (SQLSTATE 42703)"
)]
#[case::for_want_of_007(
    "007",
    "bootstrap: upsert system config",
    "consumers/bootstrap.sql",
    "system_config (",
    "can't run as identity_app: relation \"system_config\" does not exist (SQLSTATE 42P01)"
)]
#[case::for_want_of_008(
    "008",
    "sdk tokens page: list",
    "consumers/pages.sql",
    "sdk_tokens",
    "can't run as identity_app: relation \"sdk_tokens\" does not exist (SQLSTATE 42P01)"
)]
#[case::for_want_of_009(
    "009",
    "security policies page: list",
    "consumers/pages.sql",
    "security_policies",
    "can't run as identity_app: relation \"security_policies\" does not exist (SQLSTATE 42P01)"
)]
#[tokio::test]
async fn the_contract_names_the_statement_that_would_fail_and_its_line(
    project: Project,
    #[case] missing: &str,
    #[case] statement: &str,
    #[case] file: &str,
    #[case] word: &str,
    #[case] message: &str,
) {
    let consumers = std::fs::read_to_string(project.root().join(file)).unwrap();
    let report = verify(&project.without(&[missing]).unwrap()).await;
    let claims = findings(&report, "complete/query");
    let claim = claims.iter().find(|claim| claim.object == statement).unwrap();
    assert_eq!(
        (claim.verdict, claim.severity),
        (Verdict::Violated, Severity::Error)
    );
    assert_eq!(claim.message, message);
    let place = claim.location.as_ref().unwrap();
    assert_eq!(place.file, file);
    let line = consumers.lines().nth(place.line as usize - 1).unwrap();
    let at = &line[place.column.unwrap() as usize - 1..];
    assert!(at.starts_with(word), "line {}: {at}", place.line);
    let header = consumers
        .lines()
        .take(place.line as usize)
        .filter(|line| line.starts_with("-- pgproof:"));
    assert!(
        header
            .last()
            .unwrap()
            .ends_with(&format!("name = \"{statement}\""))
    );
}
