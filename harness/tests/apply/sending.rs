//! What the tool would do, the harness does: transactions, settings of the session, and what a migration may see.

use pgproof::claim::Verdict;
use rstest::rstest;

use super::{Folder, text};

#[tokio::test]
async fn a_constraint_that_fails_at_commit_is_shown_with_its_file() {
    let deferred = "CREATE TABLE a (id int PRIMARY KEY);\n\
                    CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\n\
                    INSERT INTO b VALUES (7);\n";
    let folder = Folder::plain("", &[("001_a.sql", deferred)]);
    let error = folder.refusal().await;
    assert_eq!(error.code, 5);
    assert!(
        error.message.contains("db/001_a.sql") && error.message.contains("violates foreign key"),
        "{}",
        error.message
    );
    assert_eq!(error.location.unwrap().file, "db/001_a.sql");
    folder.write("db/001_a.sql", &deferred.replace("VALUES (7)", "VALUES (NULL)"));
    folder.database().await;
}

#[rstest]
#[case::of_its_own("BEGIN; CREATE TABLE a (id int); COMMIT;")]
#[case::concurrently_alone("CREATE INDEX CONCURRENTLY i ON base (id);")]
#[case::concurrently_with_others(
    "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY i ON a (id); CREATE TABLE c ();"
)]
#[case::vacuum("VACUUM; CREATE TABLE a (id int);")]
#[case::discard_all("DISCARD ALL;")]
#[case::deallocate_all("DEALLOCATE ALL; CREATE TABLE a ();")]
#[case::reset_all("SET search_path = nowhere; RESET ALL; CREATE TABLE a ();")]
#[case::replica("SET session_replication_role = replica; CREATE TABLE a ();")]
#[case::latin("SET client_encoding = 'LATIN1'; CREATE TABLE a ();")]
#[case::statement_timeout("SET statement_timeout = '3s'; CREATE TABLE a ();")]
#[case::transaction_control_and_more("CREATE TABLE a (); BEGIN; DROP TABLE a; ROLLBACK; CREATE TABLE c ();")]
#[case::no_search_path("SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a ();")]
#[case::read_only_afterwards(
    "CREATE TABLE a (); ALTER DATABASE probe SET default_transaction_read_only = on;"
)]
#[tokio::test]
async fn a_file_is_applied_and_nothing_is_found(#[case] sql: &str) {
    let folder = Folder::plain(
        "ledger = { table = \"ledger\", version = \"version\" }",
        &[
            ("001_base.sql", "CREATE TABLE base (id int);"),
            ("002_case.sql", sql),
        ],
    );
    let claims = folder.claims().await;
    let findings: Vec<_> = claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated)
        .map(|claim| (&claim.rule, &claim.message))
        .collect();
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn a_transaction_that_is_never_ended_is_found() {
    let folder = Folder::plain(
        "",
        &[("001_a.sql", "CREATE TABLE a (); BEGIN; CREATE TABLE b ();")],
    );
    let found = folder.claims_of("apply/open-transaction").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        text(&folder.database().await, "SELECT to_regclass('b')::text").await,
        "NULL"
    );
    folder.write(
        "db/001_a.sql",
        "CREATE TABLE a (); BEGIN; CREATE TABLE b (); COMMIT;",
    );
    assert_eq!(folder.claims_of("apply/open-transaction").await, []);
}

/// Loops that people write over everything that is there. None may meet anything of ours.
#[rstest]
#[case::schemas(
    "DO $$ DECLARE s text; BEGIN FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' \
     AND nspname <> 'information_schema' LOOP EXECUTE format('COMMENT ON SCHEMA %I IS %L', s, 'seen'); \
     INSERT INTO seen VALUES (s); END LOOP; END $$;",
    "public"
)]
#[case::functions(
    "INSERT INTO seen SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace \
     WHERE nspname NOT IN ('pg_catalog', 'information_schema');",
    "NULL"
)]
#[case::tables(
    "INSERT INTO seen SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
     WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND relkind = 'r';",
    "seen"
)]
#[tokio::test]
async fn a_loop_over_everything_meets_nothing_of_ours(#[case] sql: &str, #[case] seen: &str) {
    for role in ["", "role = \"migrator\""] {
        let folder = Folder::plain(
            role,
            &[
                ("001_seen.sql", "CREATE TABLE seen (name text);"),
                ("002_loop.sql", sql),
            ],
        );
        // The migrator does not own the schema `public`.
        if !role.is_empty() && sql.contains("COMMENT") {
            folder.write("db/002_loop.sql", &sql.replace("'^pg_' AND", "'^pg_|public' AND"));
            folder.database().await;
            continue;
        }
        let database = folder.database().await;
        let all = "SELECT string_agg(name, ',' ORDER BY name) FROM seen";
        assert_eq!(text(&database, all).await, seen);
    }
}

#[tokio::test]
async fn every_event_trigger_of_a_project_may_go_or_stay_and_refuse() {
    let trigger = "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;\n\
                   CREATE EVENT TRIGGER no ON sql_drop EXECUTE FUNCTION no();\n\
                   ALTER EVENT TRIGGER no ENABLE ALWAYS;\n";
    let folder = Folder::plain("", &[("001_no.sql", trigger)]);
    let database = folder.database().await;
    assert_eq!(
        text(
            &database,
            "SELECT string_agg(evtname::text || evtenabled::text, ',') FROM pg_event_trigger"
        )
        .await,
        "noA"
    );
    let drop_all = "DO $$ DECLARE t text; BEGIN FOR t IN SELECT evtname FROM pg_event_trigger LOOP \
                    EXECUTE format('DROP EVENT TRIGGER %I', t); END LOOP; END $$;";
    folder.write("db/002_drop.sql", drop_all);
    let database = folder.database().await;
    assert_eq!(
        text(&database, "SELECT count(*)::text FROM pg_event_trigger").await,
        "0"
    );
    assert_eq!(
        text(
            &database,
            "SELECT count(*)::text FROM pg_proc WHERE proname ~ 'pgproof'"
        )
        .await,
        "0"
    );
}

#[tokio::test]
async fn a_prelude_that_fails_is_called_a_prelude() {
    let folder = Folder::plain(
        "prelude = [\"prelude.sql\"]",
        &[
            ("./prelude.sql", "CREATE ROLE a;\nCREATE ROLE a;\n"),
            ("001_a.sql", "SELECT 1;"),
        ],
    );
    let error = folder.refusal().await;
    assert!(
        error.message.contains("prelude.sql:2") && error.message.contains("before the first migration"),
        "{}",
        error.message
    );
    folder.write("prelude.sql", "CREATE ROLE a;\n");
    folder.database().await;
}

#[tokio::test]
async fn what_a_prelude_does_to_its_session_ends_with_it() {
    let folder = Folder::plain(
        "prelude = [\"prelude.sql\"]",
        &[
            (
                "./prelude.sql",
                "CREATE ROLE a; SET search_path = nowhere; SET ROLE a; BEGIN; RESET ROLE; LOCK TABLE pg_catalog.pg_class IN SHARE MODE;",
            ),
            ("001_a.sql", "CREATE TABLE a ();"),
        ],
    );
    let error = folder.refusal().await;
    assert!(error.message.contains("never ends"), "{}", error.message);
    folder.write(
        "prelude.sql",
        "CREATE ROLE a; SET search_path = nowhere; SET ROLE a;",
    );
    folder.database().await;
}

#[tokio::test]
async fn the_role_that_migrates_may_come_from_the_prelude() {
    let folder = Folder::plain(
        "role = \"migrator\"\nprelude = [\"prelude.sql\"]\nledger = { table = \"ops.ledger\", version = \"file\" }",
        &[
            ("./prelude.sql", "CREATE ROLE migrator LOGIN CREATEROLE;"),
            ("001_a.sql", "CREATE TABLE a (); CREATE ROLE app;"),
            (
                "001_a_verification.sql",
                "DO $$ BEGIN IF current_user <> 'migrator' THEN RAISE 'no'; END IF; END $$;",
            ),
            ("001_a.down.sql", "DROP TABLE a; DROP ROLE app;"),
        ],
    );
    let claims = folder.claims().await;
    let findings: Vec<_> = claims.iter().filter(|claim| claim.is_finding()).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    let owner = "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'a'";
    assert_eq!(text(&folder.database().await, owner).await, "migrator");
}

#[tokio::test]
async fn sqlx_files_of_any_kind_run_as_sqlx_runs_them() {
    let folder = Folder::sqlx(
        "",
        &[
            ("1_a.sql", "CREATE TABLE a (id int);"),
            (
                "2_b.sql",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (id);",
            ),
            ("3_c.sql", "COMMIT; BEGIN; CREATE TABLE c ();"),
        ],
    );
    folder.database().await;
    // Two statements in one message are one implicit transaction.
    folder.write(
        "db/2_b.sql",
        "-- no-transaction\nSELECT 1; CREATE INDEX CONCURRENTLY i ON a (id);",
    );
    assert!(folder.refusal().await.message.contains("2_b.sql"));
    // In one message all strings are read as they are at its beginning.
    folder.write(
        "db/2_b.sql",
        "SET standard_conforming_strings = off; SELECT 'it\\'s';",
    );
    assert!(folder.refusal().await.message.contains("2_b.sql"));
}

#[tokio::test]
async fn a_verification_that_hangs_is_found_and_the_run_goes_on() {
    let folder = Folder::plain(
        "",
        &[
            ("001_a.sql", "SELECT 1;"),
            ("001_a_verification.sql", "SELECT pg_sleep(60);"),
        ],
    );
    let options = pgproof::prove::Options {
        settings: pgproof::Settings {
            timeout: std::time::Duration::from_millis(300),
            ..pgproof::Settings::default()
        },
        snapshots: pgproof::prove::Snapshots::Ignored,
        ..pgproof::prove::Options::default()
    };
    let report = pgproof::prove::verify(&folder.project(), &options, &|_| {}).await;
    let claim = report
        .claims
        .iter()
        .find(|claim| claim.rule == "apply/verification")
        .unwrap();
    assert_eq!(claim.verdict, Verdict::Violated);
    assert!(report.durations_ms.total < 20_000);
}
