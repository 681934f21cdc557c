//! The whole set: what is there after the last migration, and everything that the contract asks for, proven.

use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::prove::{self, Options, Snapshots};
use pgproof::{Database, Project, Settings, report};
use rstest::rstest;

use crate::fixtures::{database, findings, project, verify};
use crate::servers::installations;

/// The objects of the claims of a rule, each proven.
fn proven<'a>(report: &'a report::Project, rule: &str) -> Vec<&'a str> {
    assert_eq!(report.error, None);
    assert_eq!(findings(report, rule), [] as [&Claim; 0]);
    let of_rule = report.claims.iter().filter(|claim| claim.rule == rule);
    of_rule.map(|claim| claim.object.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn there_are_exactly_the_thirteen_tables(#[future(awt)] database: Database) {
    let catalog = database.catalog().await.unwrap();
    let tables: Vec<String> = catalog
        .relations
        .iter()
        .map(|relation| relation.name.to_string())
        .collect();
    assert_eq!(
        tables,
        [
            "public.agents",
            "public.alerts",
            "public.api_keys",
            "public.audit_logs",
            "public.mcp_servers",
            "public.organizations",
            "public.schema_migrations",
            "public.sdk_tokens",
            "public.security_policies",
            "public.system_config",
            "public.trust_scores",
            "public.users",
            "public.verification_events",
        ]
    );
}

#[rstest]
#[tokio::test]
async fn the_ledger_has_one_row_a_file_and_both_files_of_002(project: Project) {
    let database = project.database().await.unwrap();
    let mut session = database.connect().await.unwrap();
    let entries = project.ledger_entries(&mut session).await.unwrap();
    assert_eq!(
        entries,
        [
            "001_initial_schema.sql",
            "002_add_missing_user_columns.sql",
            "002_fix_alerts_schema.up.sql",
            "003_add_missing_agent_columns.sql",
            "004_create_mcp_servers_table.sql",
            "005_create_verification_events_table.sql",
            "006_add_password_hash_column.sql",
            "007_create_system_config_table.sql",
            "008_create_sdk_tokens_table.sql",
            "009_create_security_policies_table.sql",
        ]
    );
    let undated: i64 = sqlx::query_scalar("SELECT count(*) FROM schema_migrations WHERE applied_at IS NULL")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(undated, 0);
}

#[rstest]
#[tokio::test]
async fn both_files_of_002_are_applied_in_the_order_of_their_names(project: Project) {
    let second = project
        .migrations()
        .iter()
        .filter(|migration| migration.version == "002");
    let files: Vec<&str> = second.map(|migration| migration.up.path.as_str()).collect();
    assert_eq!(
        files,
        ["002_add_missing_user_columns.sql", "002_fix_alerts_schema.up.sql"]
    );
}

#[rstest]
#[tokio::test]
async fn every_statement_of_the_consumers_is_proven(project: Project) {
    let report = verify(&project).await;
    let statements = proven(&report, "complete/query");
    let mut written = 0;
    for file in ["bootstrap.sql", "login.sql", "pages.sql"] {
        let text = std::fs::read_to_string(project.root().join("consumers").join(file)).unwrap();
        written += text.matches("-- pgproof:").count();
    }
    assert_eq!(statements.len(), written);
    assert!(statements.contains(&"bootstrap: insert administrator"));
}

#[rstest]
#[tokio::test]
async fn every_migration_has_a_way_back_that_leads_back(project: Project) {
    let report = verify(&project).await;
    let files: Vec<&str> = project
        .migrations()
        .iter()
        .map(|migration| migration.up.path.as_str())
        .collect();
    assert_eq!(proven(&report, "apply/down"), files);
}

#[rstest]
#[tokio::test]
async fn each_way_back_leads_to_the_schema_that_was_there_before(project: Project) {
    crate::ways_back::each_leads_back(&project).await;
}

#[rstest]
#[tokio::test]
async fn the_duplicate_002_is_reported_with_the_reason_why_it_is_accepted(project: Project) {
    let report = verify(&project).await;
    let duplicates = findings(&report, "ledger/duplicate");
    let [duplicate] = duplicates.as_slice() else {
        panic!("{duplicates:?}");
    };
    assert_eq!(duplicate.object, "002");
    assert_eq!(
        (duplicate.verdict, duplicate.severity),
        (Verdict::Violated, Severity::Info)
    );
    for words in [
        "002_add_missing_user_columns.sql",
        "002_fix_alerts_schema.up.sql",
        "accepted: ",
        "history is not rewritten",
    ] {
        assert!(duplicate.message.contains(words), "{}", duplicate.message);
    }
}

/// A set with one 002 has no duplicate, whichever of the two is left.
#[rstest]
#[tokio::test]
async fn one_002_alone_is_no_duplicate(
    project: Project,
    #[values("002_add_missing_user_columns.sql", "002_fix_alerts_schema.up.sql")] file: &str,
) {
    let report = verify(&project.without(&[file]).unwrap()).await;
    let found = findings(&report, "ledger/duplicate");
    assert_eq!(found, [] as [&Claim; 0]);
}

#[rstest]
#[tokio::test]
async fn on_every_major_at_hand_nothing_is_left_unproven_and_the_schema_is_as_accepted(project: Project) {
    for installation in installations(&project) {
        let options = Options {
            settings: Settings::of(&installation),
            snapshots: Snapshots::Compared,
            majors: project.majors(),
            ..Options::default()
        };
        let report = prove::verify(&project, &options, &|_| {}).await;
        assert_eq!(report.error, None);
        let is_finding = |claim: &&Claim| claim.verdict != Verdict::Proven;
        let found: Vec<&str> = report
            .claims
            .iter()
            .filter(is_finding)
            .map(|claim| claim.rule.as_str())
            .collect();
        // That which is accepted.
        assert_eq!(
            found,
            ["ledger/duplicate"],
            "on PostgreSQL {}",
            installation.version
        );
        assert!(report.claims.iter().any(|claim| claim.rule == "snapshot/differs"));
    }
}
