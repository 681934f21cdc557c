//! `complete/table` and `complete/rows`: partitions, views, foreign tables, other schemas, odd names.

use pgproof::claim::Verdict;

use super::Folder;

const SCHEMA: &str = "
CREATE SCHEMA \"Odd Schema\";
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE \"Odd Schema\".\"a.b\" (id int);
CREATE VIEW v AS SELECT 1 AS one UNION ALL SELECT 2;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE far (id int) SERVER s;
INSERT INTO parts VALUES (1, '2020-05-05'), (2, '2020-05-05');
";

fn folder(complete: &str) -> Folder {
    Folder::sqlx(&format!("\n[complete]\n{complete}"), &[("1_a.sql", SCHEMA)])
}

#[tokio::test]
async fn every_table_is_told_from_what_is_none() {
    // The tool's own ledger need not be named.
    let exact = "tables = [\"parts\", \"far\", '\"Odd Schema\".\"a.b\"']\nexact = true";
    let claims = folder(exact).claims_of("complete/table").await;
    assert!(
        claims.iter().all(|(_, verdict, _)| *verdict == Verdict::Proven),
        "{claims:?}"
    );
    assert_eq!(claims.len(), 3);
    let claims = folder(&exact.replace("\"far\", ", ""))
        .claims_of("complete/table")
        .await;
    let violated: Vec<_> = claims
        .iter()
        .filter(|claim| claim.1 == Verdict::Violated)
        .map(|claim| claim.0.as_str())
        .collect();
    assert_eq!(violated, ["public.far"]);
    for none in ["v", "m", "parts_2", "\\\"Parts\\\"", "odd_schema.b"] {
        let claims = folder(&format!("tables = [\"{none}\"]"))
            .claims_of("complete/table")
            .await;
        assert_eq!(claims[0].1, Verdict::Violated, "{claims:?}");
    }
    let claims = folder("tables = [\"parts_1\", \"_sqlx_migrations\"]")
        .claims_of("complete/table")
        .await;
    assert!(
        claims.iter().all(|(_, verdict, _)| *verdict == Verdict::Proven),
        "{claims:?}"
    );
}

#[tokio::test]
async fn rows_are_counted_in_whatever_has_some() {
    for (table, count, verdict) in [
        ("public.parts", "count = 2", Verdict::Proven),
        ("public.parts", "count = 3", Verdict::Violated),
        ("public.parts", "at_least = 1", Verdict::Proven),
        ("public.parts", "at_least = 3", Verdict::Violated),
        ("public.v", "count = 2", Verdict::Proven),
        ("public.m", "count = 1", Verdict::Proven),
        ("\\\"Odd Schema\\\".\\\"a.b\\\"", "count = 0", Verdict::Proven),
        ("public.nowhere", "count = 0", Verdict::Violated),
        // The wrapper has no handler.
        ("public.far", "count = 0", Verdict::Violated),
    ] {
        let claims = folder(&format!("[[complete.rows]]\ntable = \"{table}\"\n{count}"))
            .claims_of("complete/rows")
            .await;
        assert_eq!(claims[0].1, verdict, "{claims:?}");
    }
}
