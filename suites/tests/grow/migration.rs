//! The migration: that it applies, what it makes, that it goes back and forward, and everything else that the contract
//! asks for, on every major.

use std::time::Duration;

use pgproof::catalog::{Catalog, ConstraintKind, Relation};
use pgproof::{Database, Project, Settings};
use rstest::rstest;

use crate::common::{findings, installations, proven, verify_on};
use crate::fixtures::{before, database, project};

fn table(catalog: &Catalog) -> &Relation {
    catalog
        .relation("public", "security_audit_logs")
        .expect("the table")
}

/// How long it takes is the benchmark's to tell (`cargo bench -p suites --bench grow_insert`). Here no statement gets more
/// than the five seconds in which all of it has to be done: the server itself would end it, and it needs some milliseconds.
#[rstest]
#[tokio::test]
async fn it_applies_where_no_statement_may_take_longer_than_five_seconds(project: Project) {
    let settings = Settings {
        timeout: Duration::from_secs(5),
        ..Settings::default()
    };
    let database = project.on(settings).database().await.unwrap();
    assert!(
        database
            .catalog()
            .await
            .unwrap()
            .relation("public", "security_audit_logs")
            .is_some()
    );
}

#[rstest]
#[tokio::test]
async fn there_are_the_ten_columns_and_the_five_indexes(#[future(awt)] database: Database) {
    let catalog = database.catalog().await.unwrap();
    let table = table(&catalog);
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        columns,
        [
            "id",
            "event_type",
            "user_id",
            "authenticated_restaurant_id",
            "attempted_restaurant_id",
            "session_id",
            "ip_address",
            "user_agent",
            "severity",
            "created_at"
        ]
    );
    let indexes: Vec<&str> = table
        .indexes
        .iter()
        .filter(|index| index.constraint.is_none())
        .map(|index| index.name.as_str())
        .collect();
    assert_eq!(
        indexes,
        [
            "idx_security_audit_logs_attempted",
            "idx_security_audit_logs_created_at",
            "idx_security_audit_logs_event_type",
            "idx_security_audit_logs_severe",
            "idx_security_audit_logs_user_id"
        ]
    );
}

#[rstest]
#[tokio::test]
async fn there_is_one_policy_for_all_commands_that_asks_for_the_service_role(
    #[future(awt)] database: Database,
) {
    let catalog = database.catalog().await.unwrap();
    let table = table(&catalog);
    assert!(table.row_security);
    let [policy] = table.policies.as_slice() else {
        panic!("{:?}", table.policies)
    };
    assert_eq!(policy.name, "security_audit_service_only");
    assert_eq!(policy.command, "ALL");
    assert_eq!(
        policy.using.as_deref(),
        Some("(auth.role() = 'service_role'::text)")
    );
    assert_eq!(policy.with_check, policy.using);
}

#[rstest]
#[tokio::test]
async fn the_table_and_each_of_its_columns_is_explained(#[future(awt)] database: Database) {
    let catalog = database.catalog().await.unwrap();
    let table = table(&catalog);
    assert!(table.comment.is_some());
    let silent: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.comment.is_none())
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(silent, [] as [&str; 0]);
}

#[rstest]
#[tokio::test]
async fn a_severity_is_one_of_the_four(#[future(awt)] database: Database) {
    let catalog = database.catalog().await.unwrap();
    let checks = table(&catalog)
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::Check);
    assert_eq!(checks.count(), 1);
    let mut session = database.connect().await.unwrap();
    for severity in ["INFO", "WARNING", "ERROR", "CRITICAL", "info", "FATAL", ""] {
        let outcome = sqlx::query("INSERT INTO security_audit_logs (event_type, severity) VALUES ('x', $1)")
            .bind(severity)
            .execute(&mut session)
            .await;
        let is_known = ["INFO", "WARNING", "ERROR", "CRITICAL"].contains(&severity);
        assert_eq!(outcome.is_ok(), is_known, "{severity}");
    }
}

#[rstest]
#[tokio::test]
async fn dropping_it_leads_back_and_applying_it_again_leads_to_the_same(project: Project) {
    let (before, database) = (
        before().await.catalog().await.unwrap(),
        project.database().await.unwrap(),
    );
    let after = database.catalog().await.unwrap();
    let migration = &project.migrations()[0];
    for round in ["once", "twice"] {
        database.run(migration.down.as_ref().unwrap()).await.unwrap();
        assert_eq!(
            database.catalog().await.unwrap().differences(&before),
            [],
            "{round}"
        );
        database.run(&migration.up).await.unwrap();
        assert_eq!(
            database.catalog().await.unwrap().differences(&after),
            [],
            "{round}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn on_every_major_everything_that_the_contract_asks_for_is_proven(project: Project) {
    for installation in installations(&project) {
        let report = verify_on(&project, &installation).await;
        let found = findings(&report);
        // What the platform grants on later tables is accepted, with its reason.
        let others = found
            .iter()
            .filter(|line| !line.starts_with("isolation/privilege "));
        assert_eq!(
            others.collect::<Vec<_>>(),
            [] as [&str; 0],
            "on PostgreSQL {}",
            installation.version
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("accepted: "), "{found:?}");
        let file = ["20251111_add_security_audit_logs.sql"];
        assert_eq!(proven(&report, "apply/down"), file);
        assert_eq!(proven(&report, "apply/verification"), file);
        assert_eq!(proven(&report, "complete/query").len(), 4);
        assert_eq!(proven(&report, "isolation/read"), ["public.security_audit_logs"]);
    }
}
