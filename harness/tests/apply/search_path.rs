//! `apply/search-path`: a schema that leads `search_path` and is not there is named, and no other.

use pgproof::claim::{Severity, Verdict};

use super::Folder;

const RULE: &str = "apply/search-path";

#[tokio::test]
async fn a_schema_that_is_not_there_is_named_where_it_is_first_asked_for() {
    let folder = Folder::plain(
        "",
        &[
            (
                "001_a.sql",
                "CREATE TABLE a ();\nSET search_path TO \"Nowhere\", public;\nCREATE TABLE t ();",
            ),
            ("002_b.sql", "SET search_path TO \"Nowhere\", public;"),
        ],
    );
    let mut claims = folder.claims().await;
    claims.retain(|claim| claim.rule == RULE);
    let [claim] = &claims[..] else {
        panic!("{claims:#?}")
    };
    assert_eq!(
        (claim.object.as_str(), claim.verdict, claim.severity),
        ("\"Nowhere\"", Verdict::Violated, Severity::Warning)
    );
    let location = claim.location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("db/001_a.sql", 2));
    assert!(
        claim.message.contains("CREATE SCHEMA \"Nowhere\""),
        "{}",
        claim.message
    );

    folder.write("prelude.sql", "CREATE SCHEMA \"Nowhere\";");
    let contract = std::fs::read_to_string(folder.root().join("pgproof.toml")).unwrap();
    folder.write(
        "pgproof.toml",
        &format!("{contract}prelude = [\"prelude.sql\"]\n"),
    );
    assert_eq!(folder.claims_of(RULE).await, []);
}

#[tokio::test]
async fn a_search_path_that_means_no_schema_or_one_that_was_there_is_sound() {
    let folder = Folder::plain(
        "",
        &[
            (
                "001_a.sql",
                "SET search_path = \"$user\", public; CREATE TABLE a ();",
            ),
            (
                "002_b.sql",
                "SET LOCAL search_path TO ''; SET search_path TO DEFAULT; SET SESSION search_path TO public, later;",
            ),
            (
                "003_c.sql",
                "SET search_path TO later; CREATE SCHEMA later; CREATE TABLE t ();",
            ),
            (
                "004_d.sql",
                "CREATE SCHEMA \"For now\"; SET search_path = 'For now'; DROP SCHEMA \"For now\"; RESET search_path;",
            ),
            (
                "005_e.sql",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = nowhere AS 'SELECT 1';",
            ),
            (
                "004_e.sql",
                "SET search_path TO nowhere; RESET search_path; CREATE TABLE e (); SET search_path TO nowhere, public;",
            ),
            ("006_f.sql", "DROP SCHEMA later CASCADE;"),
        ],
    );
    assert_eq!(folder.claims_of(RULE).await, []);
}
