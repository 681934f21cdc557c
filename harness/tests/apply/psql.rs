//! What psql's own commands do in files that are given to psql.

use pgproof::Project;
use pgproof::claim::Verdict;
use rstest::rstest;

use super::{Folder, text};

#[tokio::test]
async fn files_that_a_file_takes_in_are_applied_in_its_place_and_not_once_more() {
    let main = "\\set ON_ERROR_STOP on\nCREATE SCHEMA app;\n\\i db/parts/tables.sql\n\\ir parts/rows.sql\n\\ir 002_views.sql\n\
                \\copy app.t from 'data/t.csv' with (format csv)\n";
    let folder = Folder::plain(
        "",
        &[
            ("001_main.sql", main),
            (
                "002_views.sql",
                "CREATE VIEW app.v AS SELECT count(*)::text AS n FROM app.t;\n",
            ),
            (
                "db/parts/tables.sql",
                "-- the table\nCREATE TABLE app.t (id int PRIMARY KEY, n text);\n",
            ),
            ("db/parts/rows.sql", "INSERT INTO app.t VALUES (1, 'one');\n"),
            ("data/t.csv", "2,two\n3,\"three, too\"\n"),
        ],
    );
    let project = folder.project();
    assert_eq!(project.migrations().len(), 1);
    let database = folder.database().await;
    assert_eq!(text(&database, "SELECT n FROM app.v").await, "3");
    let template = project.template().await.unwrap();
    let applied = template.applied();
    let table = applied.catalog.relation("app", "t").unwrap();
    let made = &applied.origins.find("pg_class", table.oid.0).unwrap().made;
    assert_eq!((made.file.as_str(), made.line), ("db/parts/tables.sql", 2));
    assert!(folder.claims_of("apply/unread").await.is_empty());
    // What it takes in counts for what it is, and errors are in the file that has them.
    folder.write(
        "db/parts/rows.sql",
        "INSERT INTO app.t VALUES (1, 'one');\nINSERT INTO app.t VALUES (1, 'again');\n",
    );
    let error = folder.refusal().await;
    let place = error.location.unwrap();
    assert_eq!(
        (place.file.as_str(), place.line),
        ("db/parts/rows.sql", 2),
        "{}",
        error.message
    );
    assert!(
        error.message.contains("taken in at db/001_main.sql:4"),
        "{}",
        error.message
    );
    folder.write("db/parts/rows.sql", "INSERT INTO app.t VALUES (1, 'one');\n");
    folder.write("data/t.csv", "2,two\n");
    assert_eq!(text(&folder.database().await, "SELECT n FROM app.v").await, "2");
}

#[rstest]
#[case::variables(
    "\\set t my_table\n\\set v 'it''s'\nCREATE TABLE :\"t\" (v text DEFAULT :'v');\nINSERT INTO :t DEFAULT VALUES;\n"
)]
#[case::conditions(
    "\\if false\nCREATE TABEL no;\n\\elif yes\nCREATE TABLE my_table (v text DEFAULT 'it''s');\n\\else\nnor this;\n\\endif\n\
     \\if :{?nowhere}\n\\i nowhere.sql\n\\endif\nINSERT INTO my_table DEFAULT VALUES;\n"
)]
#[case::gexec(
    "CREATE TABLE my_table (v text);\n\
     SELECT format('INSERT INTO my_table VALUES (%L)', x) FROM (VALUES ('it''s')) AS v (x) \\gexec\n"
)]
#[case::gset("SELECT 'it''s' AS value \\gset my_\nCREATE TABLE my_table AS SELECT :'my_value'::text AS v;\n")]
#[case::showing(
    "\\echo making\n\\timing on\n\\pset pager off\n\\encoding UTF8\n\\restrict abc\nCREATE TABLE my_table AS SELECT 'it''s' AS v;\n\
     \\dt\n\\unrestrict abc\n\\q\nnever reached\n"
)]
#[case::connect(
    "CREATE ROLE maker; GRANT CREATE ON SCHEMA public TO maker;\n\\c probe maker\nCREATE TABLE my_table AS SELECT 'it''s' AS v;\n\
                 DO $$ BEGIN ASSERT session_user = 'maker'; END $$;\n"
)]
#[tokio::test]
async fn commands_of_psql_are_done(#[case] sql: &str) {
    let folder = Folder::plain(
        "",
        &[
            ("001_a.sql", sql),
            ("002_b.sql", "CREATE TABLE b AS SELECT session_user AS who;"),
        ],
    );
    let database = folder.database().await;
    assert_eq!(text(&database, "SELECT v FROM my_table").await, "it's");
    assert_ne!(text(&database, "SELECT who::text FROM b").await, "maker");
}

#[rstest]
#[case::elsewhere("SELECT 1;\n\\connect other\n", "\\connect other", 2)]
#[case::program("\\copy t from program 'cat x'\n", "runs a program", 1)]
#[case::lacking("SELECT 1;\n\\i nowhere.sql\n", "no file nowhere.sql", 2)]
#[case::shell("\\! ls\n", "`\\!` is a command of psql", 1)]
#[case::autocommit("\\set AUTOCOMMIT off\n", "AUTOCOMMIT", 1)]
#[case::no_end("\\if true\nSELECT 1;\n", "no `\\endif`", 2)]
#[case::no_truth("\\if maybe\n\\endif\n", "has `maybe`", 1)]
#[case::rows("SELECT 1 AS a UNION SELECT 2 \\gset\n", "needs one row", 1)]
#[tokio::test]
async fn commands_that_are_not_done_are_named_at_their_place(
    #[case] sql: &str,
    #[case] words: &str,
    #[case] line: u32,
) {
    let folder = Folder::plain("", &[("001_a.sql", sql)]);
    let error = folder.refusal().await;
    assert!(error.message.contains(words), "{}", error.message);
    assert_eq!(error.location.unwrap().line, line, "{}", error.message);
}

#[tokio::test]
async fn a_tool_that_does_not_use_psql_is_given_none_of_it() {
    let folder = Folder::sqlx(
        "",
        &[
            ("1_a.sql", "\\set v 1\nCREATE TABLE t (id int);\n"),
            ("v.sql", ""),
        ],
    );
    let project = Project::open(folder.root()).unwrap();
    assert_eq!(project.migrations().len(), 1);
    let error = folder.refusal().await;
    assert!(
        error.message.contains("is a command of psql, not SQL"),
        "{}",
        error.message
    );
    // With psql it is fine.
    let folder = Folder::plain("", &[("1_a.sql", "\\set v 1\nCREATE TABLE t (id int);\n")]);
    let claims = folder.claims().await;
    assert!(
        claims.iter().all(|claim| claim.verdict != Verdict::Violated),
        "{claims:#?}"
    );
}
