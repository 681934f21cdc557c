//! A later migration that takes something of this away is named by `pgproof verify`, before it comes to production.

use pgproof::claim::Verdict;
use rstest::rstest;

use crate::common::claims_after;

#[rstest]
#[case::a_column_that_goes(
    "DROP VIEW open_orders; ALTER TABLE orders DROP COLUMN _updated_by",
    "complete/query",
    "authors of orders"
)]
#[case::a_privilege_that_goes(
    "REVOKE SELECT ON shipments FROM oms_app",
    "complete/query",
    "authors of shipments"
)]
#[case::a_trigger_that_is_switched_off(
    "ALTER TABLE prices DISABLE TRIGGER zz_sign",
    "snapshot/differs",
    "table.public.prices"
)]
#[case::a_function_that_believes_the_statement(
    "ALTER FUNCTION tracking.sign_document() RESET search_path",
    "snapshot/differs",
    "functions"
)]
#[case::a_log_that_is_not_written_for_one_table(
    "DROP TRIGGER record ON invoices",
    "audit/missing",
    "public.invoices"
)]
#[case::a_log_that_is_not_written_for_some_rows(
    "DROP TRIGGER record ON quotes; CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON quotes
     FOR EACH ROW WHEN (pg_trigger_depth() > 0) EXECUTE FUNCTION audit.record_change('id')",
    "audit/missing",
    "public.quotes"
)]
#[case::a_system_table_that_nobody_listed(
    "CREATE TABLE carts (id INTEGER)",
    "complete/table",
    "public.carts"
)]
#[case::a_document_that_is_declared_none(
    "INSERT INTO system_tables VALUES ('orders', 'none')",
    "complete/rows",
    "public.system_tables"
)]
#[tokio::test]
async fn it_is_found(#[case] sql: &str, #[case] rule: &str, #[case] object: &str) {
    let claims = claims_after("oms", sql, rule).await;
    let is_found = claims
        .iter()
        .any(|claim| claim.object == object && claim.verdict == Verdict::Violated);
    let objects: Vec<&str> = claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated)
        .map(|claim| claim.object.as_str())
        .collect();
    assert!(is_found, "{objects:?}");
}
