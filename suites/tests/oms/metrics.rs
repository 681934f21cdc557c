//! The metrics that Prometheus reads, and the alerts on them.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use pgproof::Database;
use rstest::rstest;
use sqlx::Executor as _;

use crate::fixtures::{ANNA, BILLING, application, database, tried};
use crate::program::{Oms, url_as};

const ALERTS: &str = include_str!("../../../migrations/oms/alerts.yml");

/// The database after a few changes, two of which the log did not take.
async fn in_use(database: &Database) {
    let mut anna = application(database, ANNA).await;
    tried(&mut anna, "UPDATE orders SET note = 'x'").await.unwrap();
    let mut billing = application(database, BILLING).await;
    tried(
        &mut billing,
        "UPDATE invoices SET total = 1; DELETE FROM payments",
    )
    .await
    .unwrap();
    let mut superuser = database.connect().await.unwrap();
    superuser
        .execute("REVOKE INSERT ON audit.events FROM oms_owner")
        .await
        .unwrap();
    tried(
        &mut billing,
        "UPDATE invoices SET total = 2; UPDATE orders SET note = 'y'",
    )
    .await
    .unwrap();
}

async fn printed(database: &Database) -> String {
    let ended = Oms::new(["metrics", "--database-url", &url_as(database, "oms_metrics")])
        .run()
        .await
        .well();
    ended.stdout
}

#[rstest]
#[tokio::test]
async fn they_are_printed_as_prometheus_reads_them(#[future(awt)] database: Database) {
    in_use(&database).await;
    let text = printed(&database).await;
    let age = r#"oms_audit_dlq_oldest_event_age_seconds{dlq_type="unavailable"} "#;
    let without_age: Vec<&str> = text
        .lines()
        .map(|line| {
            if line.starts_with(age) {
                age.trim_end()
            } else {
                line
            }
        })
        .collect();
    insta::assert_snapshot!(without_age.join("\n"), @r#"
    # HELP oms_audit_events_total Changes of documents, by whether their event could be stored.
    # TYPE oms_audit_events_total counter
    oms_audit_events_total{action="DELETE",resource_type="payments",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="customers",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="invoices",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="order_lines",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="orders",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="payments",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="prices",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="products",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="quote_lines",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="quotes",success="true"} 1
    oms_audit_events_total{action="INSERT",resource_type="shipments",success="true"} 1
    oms_audit_events_total{action="UPDATE",resource_type="invoices",success="false"} 1
    oms_audit_events_total{action="UPDATE",resource_type="invoices",success="true"} 1
    oms_audit_events_total{action="UPDATE",resource_type="orders",success="false"} 1
    oms_audit_events_total{action="UPDATE",resource_type="orders",success="true"} 1
    # HELP oms_audit_dlq_size Events among the dead letters that wait to be stored.
    # TYPE oms_audit_dlq_size gauge
    oms_audit_dlq_size{dlq_type="refused"} 0
    oms_audit_dlq_size{dlq_type="unavailable"} 2
    # HELP oms_audit_dlq_oldest_event_age_seconds For how long the oldest event among the dead letters has waited; 0 where none does.
    # TYPE oms_audit_dlq_oldest_event_age_seconds gauge
    oms_audit_dlq_oldest_event_age_seconds{dlq_type="refused"} 0
    oms_audit_dlq_oldest_event_age_seconds{dlq_type="unavailable"}
    # HELP oms_service_account_operations_total Changes of documents by services.
    # TYPE oms_service_account_operations_total counter
    oms_service_account_operations_total{service_name="billing",operation="DELETE"} 1
    oms_service_account_operations_total{service_name="billing",operation="UPDATE"} 3
    oms_service_account_operations_total{service_name="import",operation="INSERT"} 10
    "#);
    let age: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix(age))
        .unwrap()
        .parse()
        .unwrap();
    assert!(age > 0.0);
}

#[rstest]
#[tokio::test]
async fn without_a_dead_letter_both_queues_are_there_and_empty(#[future(awt)] database: Database) {
    let text = printed(&database).await;
    for dlq_type in ["refused", "unavailable"] {
        for metric in ["oms_audit_dlq_size", "oms_audit_dlq_oldest_event_age_seconds"] {
            let line = format!("\n{metric}{{dlq_type=\"{dlq_type}\"}} 0\n");
            assert!(text.contains(&line), "{text}");
        }
    }
}

/// Whoever scrapes sees numbers, and no event and no document.
#[rstest]
#[case("SELECT FROM audit.events")]
#[case("SELECT FROM audit.dead_letters")]
#[case("SELECT FROM orders")]
#[tokio::test]
async fn the_metrics_role_reads_nothing_else(#[future(awt)] database: Database, #[case] statement: &str) {
    let mut session = database.connect().await.unwrap();
    session.execute("SET ROLE oms_metrics").await.unwrap();
    let refused = tried(&mut session, statement).await;
    assert_eq!(crate::common::sqlstate(&refused), "42501");
}

#[rstest]
#[tokio::test]
async fn the_alerts_watch_metrics_that_are_printed_above_100_events_and_3600_seconds(
    #[future(awt)] database: Database,
) {
    let text = printed(&database).await;
    let expressions: Vec<&str> = ALERTS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert_eq!(
        expressions,
        [
            "oms_audit_dlq_size > 100",
            "oms_audit_dlq_oldest_event_age_seconds > 3600"
        ]
    );
    for expression in expressions {
        let metric = expression.split(' ').next().unwrap();
        assert!(text.contains(&format!("\n{metric}{{")), "{metric} is not printed");
    }
}

/// Prometheus' own checker, where it is at hand.
#[rstest]
#[tokio::test]
async fn prometheus_own_checker_takes_the_metrics_and_the_alerts(#[future(awt)] database: Database) {
    let Some(promtool) = on_path("promtool") else {
        eprintln!("skipped: there is no promtool on the PATH");
        return;
    };
    in_use(&database).await;
    let mut check = Command::new(&promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let text = printed(&database).await;
    check.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(check.wait().unwrap().success());

    // `promtool test rules` reads the rules from a path relative to the test's file.
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("alerts.yml", ALERTS);
    write("alerts_test.yml", include_str!("alerts_test.yml"));
    for arguments in [
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ] {
        let status = Command::new(&promtool)
            .args(arguments)
            .current_dir(folder.path())
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
