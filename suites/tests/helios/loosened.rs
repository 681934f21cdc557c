//! Row level security that is switched off, and a policy that is dropped or loosened, on any one of the twelve tables: each is
//! found at once, on that table and on no other. The fault is one migration more on a copy of the project.

use std::collections::BTreeSet;

use pgproof::claim::{Claim, Verdict};
use rstest::rstest;

use crate::common::claims_after;
use crate::fixtures::{TABLES, USERS};

/// What the proof of isolation does not call proven with that as the last migration.
async fn isolation_findings_after(sql: &str) -> Vec<Claim> {
    let mut claims = claims_after("helios", sql, "isolation/*").await;
    claims.retain(|claim| claim.verdict != Verdict::Proven);
    claims
}

/// The rules that are violated, each with its vector; on the table and on no other.
fn violated<'a>(findings: &'a [Claim], table: &str) -> BTreeSet<(&'a str, &'a str)> {
    findings
        .iter()
        .map(|claim| {
            assert_eq!(claim.verdict, Verdict::Violated, "{}", claim.message);
            assert_eq!(claim.object, format!("public.{table}"), "{}", claim.message);
            (claim.rule.as_str(), claim.subject.as_str())
        })
        .collect()
}

#[rstest]
#[tokio::test]
async fn row_level_security_that_is_switched_off_on_one_table_is_found_there(
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)] number: usize,
) {
    let table = TABLES[number];
    let sql = format!("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table.name);
    let found = isolation_findings_after(&sql).await;
    let mut expected = BTreeSet::from([
        ("isolation/context", "no tenant"),
        ("isolation/read", "select"),
        ("isolation/write", "update"),
    ]);
    if table != USERS {
        // The application has no privilege to do these to accounts.
        expected.extend([("isolation/write", "delete"), ("isolation/write", "insert")]);
    }
    assert_eq!(violated(&found, table.name), expected);
}

#[rstest]
#[tokio::test]
async fn a_policy_that_is_loosened_on_one_table_is_found_there(
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)] number: usize,
) {
    let table = TABLES[number].name;
    let sql = format!("ALTER POLICY {table}_isolation ON {table} USING (true)");
    // What it opens to writing is much the same as without row level security, so only reading is tried.
    let mut found = claims_after("helios", &sql, "isolation/[cr]*").await;
    found.retain(|claim| claim.verdict != Verdict::Proven);
    let expected = BTreeSet::from([("isolation/context", "no tenant"), ("isolation/read", "select")]);
    assert_eq!(violated(&found, table), expected);
}

/// Reading stays as it was, so only an attempt to write shows it. All in one go: what one table lets in opens no other. Of
/// accounts the application can write nothing that a check would refuse.
#[tokio::test]
async fn policies_that_check_no_more_what_is_written_are_found_on_every_table_that_takes_rows() {
    let tables = TABLES.iter().filter(|table| **table != USERS);
    let sql: Vec<String> = tables
        .clone()
        .map(|table| format!("ALTER POLICY {0}_isolation ON {0} WITH CHECK (true);", table.name))
        .collect();
    let found = isolation_findings_after(&sql.join("\n")).await;
    for table in tables {
        let object = format!("public.{}", table.name);
        let is_found = |claim: &Claim| {
            claim.verdict == Verdict::Violated
                && claim.rule == "isolation/write"
                && claim.subject == "insert"
                && claim.object == object
        };
        assert!(found.iter().any(is_found), "{object}");
    }
}

/// With row level security on and no policy nobody sees or writes anything: a service that is down, and no leak. So what
/// finds it is the accepted schema, table by table.
#[tokio::test]
async fn policies_that_are_dropped_leak_nothing_and_are_found_in_the_schema_of_each_table() {
    let drops = TABLES.map(|table| format!("DROP POLICY {0}_isolation ON {0};", table.name));
    let mut found = claims_after("helios", &drops.join("\n"), "{isolation,snapshot}/*").await;
    found.retain(|claim| claim.verdict == Verdict::Violated);
    let leaks = ["isolation/context", "isolation/read", "isolation/write"];
    assert!(
        !found.iter().any(|claim| leaks.contains(&claim.rule.as_str())),
        "{found:?}"
    );
    let differing: BTreeSet<&str> = found
        .iter()
        .filter(|claim| claim.rule == "snapshot/differs")
        .map(|claim| claim.object.as_str())
        .collect();
    let tables = TABLES.map(|table| format!("table.public.{}", table.name));
    assert_eq!(differing, tables.iter().map(String::as_str).collect());
}

/// The same on a copy without a fault: what is found above is the fault's.
#[tokio::test]
async fn a_copy_without_a_fault_has_no_findings() {
    assert_eq!(isolation_findings_after("SELECT 1").await, []);
}
