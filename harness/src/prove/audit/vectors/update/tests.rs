//! Triggers that fire for some changes only, or for some rows.

use super::super::example::{breaks_and_mends, breaks_and_mends_with};
use super::{MISSING, VECTOR};

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&VECTOR, MISSING, "app.tasks").await;
}

/// A table whose trigger fires under that condition, and then for every change.
async fn fires_when(schema: &str, table: &str, condition: &str) {
    let trigger = |condition: &str| {
        format!(
            "CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON {table} \
             FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION audit.record('id');"
        )
    };
    let bad = format!("{schema}\n{}", trigger(condition));
    let good = trigger("OLD.* IS DISTINCT FROM NEW.*");
    breaks_and_mends_with(&VECTOR, [&bad, &good], MISSING, table).await;
}

/// The same of pages, whose other columns are compared as they should be.
async fn compares(column: &str, condition: &str) {
    let others = ["id", "document", "word", "list"];
    let mut all: Vec<String> = others
        .iter()
        .filter(|other| **other != column)
        .map(|other| format!("OLD.{other} IS DISTINCT FROM NEW.{other}"))
        .collect();
    all.push(condition.to_owned());
    fires_when(include_str!("slight.sql"), "app.pages", &all.join(" OR ")).await;
}

#[tokio::test]
async fn a_document_that_may_gain_a_key_without_an_entry_is_found() {
    compares("document", "NOT NEW.document @> OLD.document").await;
}

#[tokio::test]
async fn a_document_that_may_lose_a_key_without_an_entry_is_found() {
    compares("document", "NOT OLD.document @> NEW.document").await;
}

#[tokio::test]
async fn a_word_whose_case_is_not_compared_is_found() {
    compares("word", "lower(OLD.word) <> lower(NEW.word)").await;
}

#[tokio::test]
async fn a_word_whose_blanks_are_not_compared_is_found() {
    compares("word", "rtrim(OLD.word) <> rtrim(NEW.word)").await;
}

#[tokio::test]
async fn a_list_that_is_compared_as_a_set_is_found() {
    compares("list", "NOT (OLD.list <@ NEW.list AND NEW.list <@ OLD.list)").await;
}

#[tokio::test]
async fn a_list_whose_order_is_not_compared_is_found() {
    compares(
        "list",
        "NOT (NEW.list <@ OLD.list AND cardinality(NEW.list) = cardinality(OLD.list))",
    )
    .await;
}

/// Rows of which the condition holds before and after an update are passed over; the column that decides comes first.
async fn passes_over(decides: &str, condition: &str) {
    let schema = include_str!("states.sql").replace("decides", decides);
    let condition = format!("NOT (OLD.{condition} AND NEW.{condition}) AND OLD.* IS DISTINCT FROM NEW.*");
    fires_when(&schema, "app.leads", &condition).await;
}

#[tokio::test]
async fn rows_that_are_passed_over_by_a_label_are_found() {
    passes_over("origin app.origin NOT NULL", "origin = 'import'").await;
}

#[tokio::test]
async fn rows_that_are_passed_over_by_a_flag_are_found() {
    passes_over("is_test boolean NOT NULL", "is_test").await;
}

#[tokio::test]
async fn rows_that_are_passed_over_by_a_word_of_a_check_are_found() {
    passes_over(
        "status text NOT NULL CHECK (status IN ('open', 'won', 'lost'))",
        "status = 'lost'",
    )
    .await;
}

#[tokio::test]
async fn rows_that_are_passed_over_for_lack_of_a_time_are_found() {
    passes_over("sent timestamptz", "sent IS NULL").await;
}

#[tokio::test]
async fn a_log_of_one_entry_a_row_and_transaction_is_found() {
    let bad = include_str!("once.bad.sql");
    breaks_and_mends_with(&VECTOR, [bad, "DROP INDEX audit.once"], MISSING, "app.meters").await;
}
