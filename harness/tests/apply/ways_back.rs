//! `apply/down`: each kind of incomplete way back is found, and the right migration blamed.

use pgproof::claim::{Claim, Severity, Verdict};

use super::Folder;

const RULE: &str = "apply/down";

/// The migrations whose way back is at fault, with what is said.
async fn blamed(folder: &Folder) -> Vec<(String, String)> {
    let claims = folder.claims_of(RULE).await;
    claims
        .into_iter()
        .filter(|(_, verdict, _)| *verdict == Verdict::Violated)
        .map(|(object, _, message)| (object, message))
        .collect()
}

/// The findings about ways back, in the order of the migrations.
async fn findings(folder: &Folder) -> Vec<Claim> {
    let mut claims = folder.claims().await;
    claims.retain(|claim| claim.rule == RULE && claim.is_finding());
    claims.sort_by(|a, b| a.object.cmp(&b.object));
    claims
}

/// Three sound migrations.
fn three() -> Folder {
    Folder::plain(
        "ledger = { table = \"ledger\", version = \"version\" }",
        &[
            (
                "001_a.up.sql",
                "CREATE TABLE IF NOT EXISTS a (id int PRIMARY KEY); CREATE ROLE r1;",
            ),
            ("001_a.down.sql", "DROP TABLE a; DROP ROLE r1;"),
            (
                "002_b.up.sql",
                "CREATE TABLE IF NOT EXISTS b (id int); ALTER TABLE a ADD COLUMN IF NOT EXISTS x int DEFAULT 0; GRANT SELECT ON a TO r1;",
            ),
            (
                "002_b.down.sql",
                "DROP TABLE b; ALTER TABLE a DROP COLUMN x; REVOKE SELECT ON a FROM r1;",
            ),
            (
                "003_c.up.sql",
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE INDEX IF NOT EXISTS i ON a (x);",
            ),
            ("003_c.down.sql", "DROP FUNCTION f(); DROP INDEX i;"),
        ],
    )
}

#[tokio::test]
async fn a_sound_way_back_is_proven_and_each_fault_is_blamed_on_its_migration() {
    let folder = three();
    assert_eq!(blamed(&folder).await, []);
    let faults = [
        // What is left behind is hidden by IF NOT EXISTS when the migration runs again.
        (
            "002_b",
            "ALTER TABLE a DROP COLUMN x; REVOKE SELECT ON a FROM r1;",
            "public.b",
        ),
        ("002_b", "DROP TABLE b; REVOKE SELECT ON a FROM r1;", "column x"),
        ("002_b", "DROP TABLE b; ALTER TABLE a DROP COLUMN x;", "r1"),
        ("003_c", "DROP FUNCTION f();", "index i"),
        ("003_c", "DROP INDEX i;", "f()"),
        // Nothing at all.
        ("003_c", "SELECT 1;", "f()"),
        // More than the migration made.
        (
            "003_c",
            "DROP FUNCTION f(); DROP INDEX i; DROP TABLE b;",
            "public.b",
        ),
    ];
    let sound = three();
    for (migration, down, telling) in faults {
        let file = format!("db/{migration}.down.sql");
        let before = std::fs::read_to_string(sound.root().join(&file)).unwrap();
        folder.write(&file, down);
        let found = blamed(&folder).await;
        assert_eq!(found.len(), 1, "{down}: {found:?}");
        assert_eq!(found[0].0, format!("db/{migration}.up.sql"), "{down}: {found:?}");
        assert!(found[0].1.contains(telling), "{down}: {found:?}");
        folder.write(&file, &before);
    }
    assert_eq!(blamed(&folder).await, []);
}

#[tokio::test]
async fn a_way_back_that_fails_is_shown_in_its_file() {
    let folder = three();
    folder.write("db/002_b.down.sql", "DROP TABLE b;\nDROP TABLE nowhere;");
    let claims = folder.claims().await;
    let found: Vec<_> = claims
        .iter()
        .filter(|c| c.rule == RULE && c.verdict == Verdict::Violated)
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    let location = found[0].location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("db/002_b.down.sql", 2));
    assert_eq!(found[0].object, "db/002_b.up.sql");
    // The others lead back all the same.
    for sound in ["db/001_a.up.sql", "db/003_c.up.sql"] {
        let proven = claims
            .iter()
            .any(|c| c.rule == RULE && c.verdict == Verdict::Proven && c.object == sound);
        assert!(proven, "{claims:#?}");
    }
}

#[tokio::test]
async fn each_of_several_faults_is_told_whatever_the_others_leave_behind() {
    let folder = Folder::plain(
        "",
        &[
            (
                "001_a.up.sql",
                "CREATE TABLE a (id integer); CREATE INDEX a_id ON a (id);",
            ),
            ("001_a.down.sql", "DROP TABLE a;\nDROP INDEX a_id;"),
            ("002_b.up.sql", "CREATE TABLE b ();"),
            ("002_b.down.sql", "DROP TABLE b;"),
            ("003_c.up.sql", "ALTER TABLE a ALTER COLUMN id TYPE bigint;"),
            ("003_c.down.sql", "ALTER TABLE a ALTER COLUMN id TYPE bigint;"),
            (
                "004_d.up.sql",
                "INSERT INTO a VALUES (1); CREATE UNIQUE INDEX ON a (id);",
            ),
            ("004_d.down.sql", "DROP INDEX a_id_idx;"),
            ("005_e.up.sql", "CREATE TABLE e ();"),
            ("005_e.down.sql", "DROP TABLE e; DROP TABLE nowhere;"),
        ],
    );
    let found = findings(&folder).await;
    let [first, third, fourth, fifth] = &found[..] else {
        panic!("{found:#?}")
    };
    assert!(
        first.message.contains("index \"a_id\" does not exist"),
        "{first:#?}"
    );
    assert_eq!(first.location.as_ref().unwrap().line, 2);
    assert!(
        third.message.contains("db/003_c.down.sql does not lead back: "),
        "{third:#?}"
    );
    assert!(fourth.message.contains("can't be applied again"), "{fourth:#?}");
    assert!(
        fifth.message.contains("table \"nowhere\" does not exist"),
        "{fifth:#?}"
    );
    assert!(
        found.iter().all(|claim| claim.follows_from.is_none()),
        "{found:#?}"
    );
}

#[tokio::test]
async fn what_a_way_back_leaves_is_listed_once() {
    let folder = three();
    folder.write("db/002_b.down.sql", "SELECT 1;");
    let found = findings(&folder).await;
    let observed = &found[0].evidence.as_ref().unwrap().observed;
    assert!(observed.lines().count() > 1, "{observed}");
    assert!(
        !observed.lines().any(|line| found[0].message.contains(line)),
        "{}\n{observed}",
        found[0].message
    );
    assert!(
        found[0].message.contains("table public.b"),
        "{}",
        found[0].message
    );
}

#[tokio::test]
async fn an_extension_that_stays_is_a_warning_where_the_migration_does_not_mind_it() {
    let up = "CREATE EXTENSION IF NOT EXISTS earthdistance CASCADE; CREATE TABLE b ();";
    let folder = Folder::plain(
        "",
        &[
            ("001_a.up.sql", "CREATE TABLE a ();"),
            ("001_a.down.sql", "DROP TABLE a;"),
            ("002_b.up.sql", up),
            ("002_b.down.sql", "DROP TABLE b;"),
        ],
    );
    let severities = async |folder: &Folder| -> Vec<(String, Severity)> {
        let found = findings(folder).await.into_iter();
        found.map(|claim| (claim.object, claim.severity)).collect()
    };
    let warned = vec![("db/002_b.up.sql".to_owned(), Severity::Warning)];
    assert_eq!(severities(&folder).await, warned);
    let file = "db/002_b.up.sql";
    folder.write(
        file,
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS hstore; END $$; CREATE TABLE b ();",
    );
    assert_eq!(severities(&folder).await, warned);
    // Not what else stays, nor where the migration fails on it.
    let refused = vec![("db/002_b.up.sql".to_owned(), Severity::Error)];
    for (up, down) in [
        (up, "SELECT 1;"),
        ("CREATE EXTENSION hstore; CREATE TABLE b ();", "DROP TABLE b;"),
        (
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS hstore; CREATE EXTENSION citext; END $$;",
            "SELECT 1;",
        ),
        (
            "CREATE EXTENSION IF NOT EXISTS hstore;",
            "ALTER TABLE a ADD x int;",
        ),
    ] {
        folder.write(file, up).write("db/002_b.down.sql", down);
        assert_eq!(severities(&folder).await, refused, "{up} {down}");
    }
    // Its own way back ends it.
    folder.write(file, up).write(
        "db/002_b.down.sql",
        "DROP TABLE b; DROP EXTENSION earthdistance, cube;",
    );
    assert_eq!(severities(&folder).await, []);
}

#[tokio::test]
async fn a_role_that_is_left_behind_makes_the_migration_fail_when_it_comes_again() {
    let folder = three();
    folder.write("db/001_a.down.sql", "DROP TABLE a;");
    let blamed = blamed(&folder).await;
    assert_eq!(blamed.len(), 1, "{blamed:?}");
    assert_eq!(blamed[0].0, "db/001_a.up.sql");
    assert!(blamed[0].1.contains("r1"), "{blamed:?}");
}

#[tokio::test]
async fn a_migration_that_can_t_come_again_is_found() {
    // The way back restores the schema, but leaves a row that the migration inserts again.
    let folder = Folder::plain(
        "",
        &[
            ("001_a.up.sql", "CREATE TABLE a (id int PRIMARY KEY);"),
            ("001_a.down.sql", "DROP TABLE a;"),
            ("002_rows.up.sql", "INSERT INTO a VALUES (1);"),
            ("002_rows.down.sql", "SELECT 1;"),
            ("003_c.up.sql", "CREATE TABLE c ();"),
            ("003_c.down.sql", "DROP TABLE c;"),
        ],
    );
    let blamed1 = blamed(&folder).await;
    assert_eq!(blamed1.len(), 1, "{blamed1:?}");
    assert_eq!(blamed1[0].0, "db/002_rows.up.sql");
    folder.write("db/002_rows.down.sql", "DELETE FROM a WHERE id = 1;");
    assert_eq!(blamed(&folder).await, []);
}

#[tokio::test]
async fn a_way_back_that_is_missing_in_the_middle_ends_the_way() {
    let folder = three();
    std::fs::remove_file(folder.root().join("db/002_b.down.sql")).unwrap();
    let claims = folder.claims_of(RULE).await;
    let verdicts: Vec<_> = claims
        .iter()
        .map(|(object, verdict, _)| (object.as_str(), *verdict))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("db/001_a.up.sql", Verdict::Unproven),
            ("db/002_b.up.sql", Verdict::Unproven),
            ("db/003_c.up.sql", Verdict::Proven)
        ]
    );
}

#[tokio::test]
async fn each_sqlx_file_has_a_transaction_rule_of_its_own() {
    let files = [
        ("1_a.up.sql", "CREATE TABLE a (id int);"),
        ("1_a.down.sql", "DROP TABLE a;"),
        (
            "2_i.up.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (id);",
        ),
        ("2_i.down.sql", "-- no-transaction\nDROP INDEX CONCURRENTLY i;"),
        ("3_j.up.sql", "CREATE INDEX j ON a (id);"),
        ("3_j.down.sql", "-- no-transaction\nDROP INDEX CONCURRENTLY j;"),
    ];
    let folder = Folder::sqlx("", &files);
    assert_eq!(blamed(&folder).await, []);
    folder.write("db/2_i.down.sql", "DROP INDEX CONCURRENTLY i;");
    let blamed = blamed(&folder).await;
    assert!(
        blamed
            .iter()
            .any(|(object, message)| object == "db/2_i.up.sql" && message.contains("transaction block")),
        "{blamed:?}"
    );
}
