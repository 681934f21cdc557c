//! Row level security that is switched off, and a policy that is dropped or loosened, on any one of the users' tables: each is
//! found at once, on that table and on no other. The fault is one migration more on a copy of the project.
//!
//! What somebody without a context sees is tried table by table. What a user reads and writes of another's takes the proof
//! longer, and is tried with the fault on all tables at once: what lets a row of one table through opens no other.

use std::collections::BTreeSet;

use pgproof::claim::{Claim, Severity, Verdict};
use rstest::rstest;

use crate::common::claims_after;
use crate::fixtures::{TABLES, USERS, guarded};

/// What the proof of isolation does not call proven with that as the last migration, by the rules that match; what it
/// only tells for information is no finding.
async fn findings_after(sql: &str, rules: &str) -> Vec<Claim> {
    let mut claims = claims_after("helios", sql, rules).await;
    claims.retain(|claim| claim.verdict != Verdict::Proven && claim.severity != Severity::Info);
    claims
}

/// The fault on all tables but accounts, of which the application can write nothing that a policy's check would refuse.
fn on_all(fault: &str) -> String {
    let tables = TABLES.iter().filter(|table| **table != USERS);
    tables
        .map(|table| fault.replace("{table}", table.name))
        .collect::<Vec<_>>()
        .join(";\n")
}

#[rstest]
#[tokio::test]
async fn a_fault_on_one_table_is_found_there_and_nowhere_else(
    #[values(
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY {table}_isolation ON {table} USING (true)"
    )]
    fault: &str,
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)] number: usize,
) {
    let table = guarded().nth(number).unwrap().name;
    let found = findings_after(&fault.replace("{table}", table), "isolation/context").await;
    for claim in &found {
        assert_eq!(claim.verdict, Verdict::Violated, "{}", claim.message);
        assert_eq!(claim.object, format!("public.{table}"), "{}", claim.message);
    }
    assert!(
        found.iter().any(|claim| claim.subject == "no tenant"),
        "{found:?}"
    );
}

#[rstest]
#[case::off("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")]
#[case::for_everybody("ALTER POLICY {table}_isolation ON {table} USING (true)")]
#[tokio::test]
async fn reading_that_a_fault_lets_through_is_found_on_every_table(#[case] fault: &str) {
    let on_each = guarded().map(|table| fault.replace("{table}", table.name));
    let found = findings_after(&on_each.collect::<Vec<_>>().join(";\n"), "isolation/read").await;
    let read: BTreeSet<&str> = found
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.subject == "select")
        .map(|claim| claim.object.as_str())
        .collect();
    let tables: Vec<String> = guarded().map(|table| format!("public.{}", table.name)).collect();
    assert_eq!(read, tables.iter().map(String::as_str).collect());
}

#[rstest]
#[case::off("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", &["delete", "insert", "update"])]
// Reading stays as it was, so only an attempt to write shows it.
#[case::without_a_check("ALTER POLICY {table}_isolation ON {table} WITH CHECK (true)", &["insert"])]
#[tokio::test]
async fn writing_that_a_fault_lets_through_is_found_on_every_table_that_takes_rows(
    #[case] fault: &str,
    #[case] vectors: &[&str],
) {
    let found = findings_after(&on_all(fault), "isolation/write").await;
    for table in TABLES.iter().filter(|table| **table != USERS) {
        let object = format!("public.{}", table.name);
        for vector in vectors {
            let is_found = |claim: &Claim| {
                claim.verdict == Verdict::Violated && claim.object == object && claim.subject == *vector
            };
            assert!(found.iter().any(is_found), "{vector} on {object}");
        }
    }
}

/// Where a key takes the user along, one column alone can't be set to the other user's: `SET user_id = …, session_id = …`.
#[tokio::test]
async fn a_row_that_can_be_given_away_by_two_columns_at_once_is_found() {
    let sql = "ALTER POLICY chat_messages_isolation ON chat_messages WITH CHECK (true)";
    let found = findings_after(sql, "isolation/write").await;
    let is_found = |claim: &Claim| claim.object == "public.chat_messages" && claim.subject == "update";
    assert!(found.iter().any(is_found), "{found:?}");
}

/// With row level security on and no policy nobody sees or writes anything: a service that is down, and no leak. So what
/// finds it is the accepted schema, table by table.
#[tokio::test]
async fn policies_that_are_dropped_leak_nothing_and_are_found_in_the_schema_of_each_table() {
    let drops = guarded().map(|table| format!("DROP POLICY {0}_isolation ON {0};\n", table.name));
    let mut found = claims_after("helios", &drops.collect::<String>(), "{isolation,snapshot}/*").await;
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
    let tables: Vec<String> = guarded()
        .map(|table| format!("table.public.{}", table.name))
        .collect();
    assert_eq!(differing, tables.iter().map(String::as_str).collect());
}

/// The same on a copy without a fault: what is found above is the fault's.
#[tokio::test]
async fn a_copy_without_a_fault_has_no_findings() {
    assert_eq!(findings_after("SELECT 1", "isolation/*").await, []);
}
