//! Clones: everything of the database comes along, whatever it is called, and many are made at once.

use pgproof::claim::Verdict;
use rstest::rstest;
use sqlx::Connection as _;

use super::{Folder, text};

#[tokio::test]
async fn what_belongs_to_the_database_comes_along_with_each_clone() {
    let folder = Folder::plain(
        "",
        &[(
            "001_a.sql",
            "CREATE ROLE app LOGIN; CREATE ROLE boss;
             CREATE TABLE t (id serial, note text); INSERT INTO t (note) VALUES ('a'), ('b');
             ALTER DATABASE probe SET search_path = \"$user\", 'odd, one', public;
             ALTER ROLE app IN DATABASE probe SET work_mem = '7MB';
             REVOKE CONNECT ON DATABASE probe FROM PUBLIC; GRANT CONNECT ON DATABASE probe TO app;
             ALTER DATABASE probe OWNER TO boss; ALTER DATABASE probe CONNECTION LIMIT 7;
             COMMENT ON DATABASE probe IS 'ours';",
        )],
    );
    let project = folder.project();
    let template = project.template().await.unwrap();
    for expected in ["probe", "probe_2", "probe_3"] {
        let database = template.clone_database().await.unwrap();
        assert_eq!(database.name(), expected);
        assert_eq!(
            text(&database, "SHOW search_path").await,
            "\"$user\", \"odd, one\", public"
        );
        assert_eq!(
            text(&database, "INSERT INTO t (note) VALUES ('c') RETURNING id::text").await,
            "3"
        );
        let row = "SELECT concat_ws(' ', datconnlimit, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'), \
                   has_database_privilege('app', oid, 'CONNECT'), datacl::text LIKE '%{=Tc/%') \
                   FROM pg_database WHERE datname = current_database()";
        assert_eq!(text(&database, row).await, "7 boss ours t f");
        let mut session = database.connect_as("app").await.unwrap();
        let work_mem: String = sqlx::query_scalar("SHOW work_mem")
            .fetch_one(&mut session)
            .await
            .unwrap();
        assert_eq!(work_mem, "7MB");
        assert_eq!(
            database
                .catalog()
                .await
                .unwrap()
                .differences(&database.template().applied().catalog),
            []
        );
    }
}

#[rstest]
#[case::capitals_and_spaces("My Data Base")]
#[case::quotes("it's \\\"quoted\\\"")]
#[case::of_63_bytes("a23456789012345678901234567890123456789012345678901234567890123")]
#[case::of_63_bytes_with_wide_characters("ä34567890123456789012345678901234567890123456789012345678901ß")]
#[case::postgres("postgres")]
#[tokio::test]
async fn a_database_may_be_called_as_it_likes(#[case] name: &str) {
    let folder = Folder::plain(
        &format!("database = \"{name}\""),
        &[
            (
                "001_a.sql",
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''7MB''', current_database()); END $$;",
            ),
            (
                "001_a.down.sql",
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END $$;",
            ),
        ],
    );
    let name = name.replace("\\\"", "\"");
    let project = folder.project();
    let template = project.template().await.unwrap();
    let databases = [
        template.clone_database().await.unwrap(),
        template.clone_database().await.unwrap(),
        template.clone_database().await.unwrap(),
    ];
    for database in &databases {
        assert_eq!(text(database, "SHOW work_mem").await, "7MB");
        assert_eq!(
            text(database, "SELECT current_database()::text").await,
            database.name()
        );
        assert!(database.name().len() <= 63);
        let url = database
            .url()
            .parse::<sqlx::postgres::PgConnectOptions>()
            .unwrap();
        sqlx::PgConnection::connect_with(&url).await.unwrap();
    }
    assert_eq!(databases[0].name(), name);
    databases[0].template().add_standard_databases().await.unwrap();
    let claims = folder.claims_of("apply/down").await;
    assert_eq!(claims[0].1, Verdict::Proven, "{claims:?}");
}

#[rstest]
#[case::too_long(
    "x234567890123456789012345678901234567890123456789012345678901234",
    "63 bytes"
)]
#[case::template1("template1", "template1")]
#[case::ours("pgproof_template", "pgproof_template")]
fn a_name_that_a_database_can_t_have_is_refused_before_anything_starts(
    #[case] name: &str,
    #[case] why: &str,
) {
    let folder = Folder::plain(&format!("database = \"{name}\""), &[("001_a.sql", "SELECT 1;")]);
    let error = pgproof::Project::open(folder.root()).unwrap_err();
    assert!(error.exit() == 2 && error.to_string().contains(why), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clones_are_made_at_once_and_know_nothing_of_each_other() {
    let folder = Folder::plain(
        "",
        &[("001_a.sql", "CREATE TABLE t (id int); INSERT INTO t VALUES (0);")],
    );
    let project = folder.project();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..50 {
        let project = project.clone();
        tasks.spawn(async move {
            let database = project.database().await.unwrap();
            let mut session = database.connect().await.unwrap();
            sqlx::query("INSERT INTO t VALUES ($1)")
                .bind(number)
                .execute(&mut session)
                .await
                .unwrap();
            let rows: Vec<i32> = sqlx::query_scalar("SELECT id FROM t ORDER BY id")
                .fetch_all(&mut session)
                .await
                .unwrap();
            assert_eq!(rows, if number == 0 { vec![0, 0] } else { vec![0, number] });
            database
        });
    }
    let mut names: Vec<String> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|database| database.name().to_owned())
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 50);
    // They are finished now: most are left alone for the server's short life, but their number does not grow.
    let database = project.database().await.unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'probe%'";
    loop {
        let left: usize = text(&database, left).await.parse().unwrap();
        // Thirty-two that are done with, eight that were made ahead and the one at hand.
        if left <= 41 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{left} are left");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let mut options = database.options();
    options = options.database("pgproof_template");
    assert!(sqlx::PgConnection::connect_with(&options).await.is_err());
}
