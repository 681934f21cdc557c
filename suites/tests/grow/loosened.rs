//! A log that others can reach after all is found: by the proof of isolation, and by the accepted schema.

use pgproof::claim::Verdict;
use rstest::rstest;

use crate::common::claims_after;

async fn is_found_by(rules: &str, sql: &str, object: &str) -> bool {
    let claims = claims_after("grow", sql, rules).await;
    claims
        .iter()
        .any(|claim| claim.verdict == Verdict::Violated && claim.object == object)
}

#[rstest]
#[case::row_level_security_off("ALTER TABLE security_audit_logs DISABLE ROW LEVEL SECURITY")]
#[case::a_policy_for_everybody(
    "ALTER POLICY security_audit_service_only ON security_audit_logs TO public USING (true) WITH CHECK (true)"
)]
#[case::reading_for_everybody("CREATE POLICY also ON security_audit_logs FOR SELECT USING (true)")]
#[case::inserting_for_everybody("CREATE POLICY also ON security_audit_logs FOR INSERT WITH CHECK (true)")]
#[case::reading_for_nobody("CREATE POLICY also ON security_audit_logs FOR SELECT TO anon USING (true)")]
#[case::emptying_for_users("GRANT TRUNCATE ON security_audit_logs TO authenticated")]
#[tokio::test]
async fn a_log_that_others_can_reach_is_found_by_trying(#[case] sql: &str) {
    assert!(is_found_by("isolation/*", sql, "public.security_audit_logs").await);
}

#[rstest]
#[case::inserting("CREATE POLICY also ON security_audit_logs FOR INSERT TO anon WITH CHECK (true)")]
#[case::emptying("GRANT TRUNCATE ON security_audit_logs TO anon")]
#[tokio::test]
async fn a_log_that_the_anonymous_role_can_write_is_found_by_trying(#[case] sql: &str) {
    assert!(is_found_by("isolation/*", sql, "public.security_audit_logs").await);
}

#[rstest]
#[case::row_level_security_off("ALTER TABLE security_audit_logs DISABLE ROW LEVEL SECURITY")]
#[case::without_its_policy("DROP POLICY security_audit_service_only ON security_audit_logs")]
#[case::a_second_policy("CREATE POLICY also ON security_audit_logs FOR SELECT USING (true)")]
#[case::a_privilege_more("GRANT TRUNCATE ON security_audit_logs TO anon")]
#[tokio::test]
async fn a_log_that_is_not_the_accepted_one_is_found_by_its_schema(#[case] sql: &str) {
    assert!(is_found_by("snapshot/*", sql, "table.public.security_audit_logs").await);
    assert!(!is_found_by("snapshot/*", "SELECT 1", "table.public.security_audit_logs").await);
}
