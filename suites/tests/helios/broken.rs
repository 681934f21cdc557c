//! One thing that is broken in what is logged, kept or forgotten: the proof finds it, and says where. The fault is one
//! migration more on a copy of the project.

use pgproof::claim::{Claim, Severity, Verdict};
use rstest::rstest;

use crate::common::claims_after;
use crate::fixtures::guarded;

/// What is not proven with that as the last migration, but for what is only told for information.
async fn findings_after(sql: &str, rules: &str) -> Vec<Claim> {
    let mut claims = claims_after("helios", sql, rules).await;
    claims.retain(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info);
    claims
}

fn objects(claims: &[Claim]) -> Vec<(&str, &str)> {
    let mut all: Vec<(&str, &str)> = claims
        .iter()
        .map(|claim| (claim.rule.as_str(), claim.object.as_str()))
        .collect();
    all.dedup();
    all
}

/// Tables that hold nothing of a user, and are written down all the same.
const OTHERS: [&str; 2] = ["cross_service_auth", "data_retention_policies"];

#[rstest]
#[tokio::test]
async fn a_single_audit_trigger_that_is_dropped_or_switched_off_is_found_in_the_schema_of_its_table(
    #[values(
        "DROP TRIGGER audit_trigger_{table} ON {table}",
        "ALTER TABLE {table} DISABLE TRIGGER audit_trigger_{table}"
    )]
    fault: &str,
    #[values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)] number: usize,
) {
    let tables = guarded().map(|table| table.name).chain(OTHERS);
    let table = tables.collect::<Vec<_>>()[number];
    let found = findings_after(&fault.replace("{table}", table), "snapshot/*").await;
    assert_eq!(
        objects(&found),
        [("snapshot/differs", format!("table.public.{table}").as_str())]
    );
}

#[rstest]
#[case::dropped("DROP TRIGGER audit_trigger_chat_messages ON chat_messages", "chat_messages")]
#[case::switched_off("ALTER TABLE users DISABLE TRIGGER audit_trigger_users", "users")]
#[case::for_two_operations_of_three(
    "CREATE OR REPLACE TRIGGER audit_trigger_documents AFTER INSERT OR UPDATE ON documents \
     FOR EACH ROW EXECUTE FUNCTION audit.log_change()",
    "documents"
)]
#[case::for_some_columns(
    "CREATE OR REPLACE TRIGGER audit_trigger_user_profiles AFTER INSERT OR DELETE OR UPDATE OF bio ON user_profiles \
     FOR EACH ROW EXECUTE FUNCTION audit.log_change('user_id')",
    "user_profiles"
)]
#[tokio::test]
async fn a_change_that_is_not_logged_is_found_on_its_table_alone(#[case] fault: &str, #[case] table: &str) {
    let found = findings_after(fault, "audit/*").await;
    assert_eq!(
        objects(&found),
        [("audit/missing", format!("public.{table}").as_str())]
    );
}

/// The function as it is, but for one thing.
fn with(file: &str, function: &str, from: &str, to: &str) -> String {
    let start = file.find(&format!("CREATE FUNCTION {function}")).unwrap();
    let end = start + file[start..].find("\n$$;").unwrap() + "\n$$;".len();
    let definition = file[start..end].replacen("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1);
    assert_eq!(definition.matches(from).count(), 1, "{from}");
    definition.replace(from, to)
}

const ERASURE: &str = include_str!("../../../migrations/helios/016_create_erasure.sql");

/// What the contract calls personal stands in the own record and, as its past, in the log. What else a person leaves behind is
/// searched for in `erasure.rs`.
#[rstest]
#[case::the_name("display_name = '[anonymized]',", "", "public.anonymize_user_data(uuid)")]
#[case::the_log(
    "old_values = audit.without_content(old_values),\n        new_values = audit.without_content(new_values)",
    "old_values = old_values",
    "audit.audit_log"
)]
#[case::one_image_of_two(
    "old_values = audit.without_content(old_values),\n        new_values = audit.without_content(new_values)",
    "new_values = audit.without_content(new_values)",
    "audit.audit_log"
)]
#[case::by_a_hash(
    "email = subject || '@anonymized.invalid',",
    "email = md5(email) || '@anonymized.invalid',",
    "public.anonymize_user_data(uuid)"
)]
#[tokio::test]
async fn an_erasure_that_forgets_one_place_is_found_there(
    #[case] from: &str,
    #[case] to: &str,
    #[case] object: &str,
) {
    let found = findings_after(&with(ERASURE, "anonymize_user_data", from, to), "erasure/*").await;
    assert!(
        objects(&found).contains(&("erasure/residue", object)),
        "{:?}",
        objects(&found)
    );
}

/// The privilege alone is worth nothing: the function works with the rights of whoever calls it.
#[rstest]
#[case::with_the_caller_s_rights("INVOKER", &[])]
#[case::with_its_owner_s("DEFINER", &[("erasure/privilege", "public.anonymize_user_data(uuid)")])]
#[tokio::test]
async fn an_erasure_that_the_application_can_do_is_found(
    #[case] rights: &str,
    #[case] expected: &[(&str, &str)],
) {
    let fault = format!(
        "ALTER FUNCTION anonymize_user_data(UUID) SECURITY {rights};
         GRANT EXECUTE ON FUNCTION anonymize_user_data(UUID) TO app_user"
    );
    let found = findings_after(&fault, "erasure/privilege").await;
    assert_eq!(objects(&found), expected);
}

#[tokio::test]
async fn an_erasure_that_takes_somebody_else_s_along_is_found() {
    let fault = with(
        ERASURE,
        "anonymize_user_data",
        "DELETE FROM public.agent_context_states WHERE user_id = subject",
        "DELETE FROM public.agent_context_states",
    );
    let found = findings_after(&fault, "erasure/*").await;
    assert!(
        found.iter().any(|claim| claim.rule == "erasure/collateral"),
        "{found:?}"
    );
}

const RETENTION: &str = include_str!("../../../migrations/helios/015_create_retention.sql");

const CLEANUP: &str = "audit.cleanup_old_data()";

#[rstest]
#[case::what_is_exactly_as_old(
    "WHERE %3$I < $1 RETURNING",
    "WHERE %3$I <= $1 RETURNING",
    ("retention/removed-too-early", "boundary", CLEANUP)
)]
#[case::what_is_a_day_older(
    "%3$I < $1 AND",
    "%3$I < $1 - INTERVAL ''1 day'' AND",
    ("retention/kept-too-long", "boundary", CLEANUP)
)]
#[case::what_the_log_has_seen("entry.record_id = ANY ($1) OR ", "", ("retention/residue", "residue", "audit.audit_log"))]
#[case::what_it_says(
    "total := total + cardinality(affected)",
    "total := total + 1",
    ("retention/count", "count", CLEANUP)
)]
#[case::what_is_switched_off("WHERE rule.is_enabled ORDER", "ORDER", ("retention/policy", "disabled rule", CLEANUP))]
#[tokio::test]
async fn a_clean_up_that_is_wrong_about_one_thing_is_found(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: (&str, &str, &str),
) {
    let found = findings_after(&with(RETENTION, CLEANUP, from, to), "retention/*").await;
    let told: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|claim| (claim.rule.as_str(), claim.subject.as_str(), claim.object.as_str()))
        .collect();
    assert!(told.contains(&expected), "{told:?}");
}
