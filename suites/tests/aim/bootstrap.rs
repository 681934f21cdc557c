//! Incidents 1, 2 and 5: what the bootstrap program does to a database, and to one that lacks migrations.

use std::time::Duration;

use pgproof::Database;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use suites::aim::bootstrap::{self, Made};
use suites::aim::consumers::BOOTSTRAP;
use suites::aim::pages::SecurityPolicies;
use suites::consumers::statement;
use uuid::Uuid;

use crate::fixtures::{Bootstrap, EMAIL, PASSWORD, application_url, count, database, organization, without};

/// What each table has that the program writes to.
async fn rows(session: &mut PgConnection, tables: &[&str]) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in tables {
        counts.push(count(session, table).await);
    }
    counts
}

const TABLES: [&str; 4] = ["organizations", "users", "system_config", "security_policies"];

/// The incidents, and more than they: whatever step fails, nothing of those before it stays.
#[rstest]
#[case::without_006(
    "006",
    "insert the administrator",
    r#"column "password_hash" of relation "users" does not exist"#
)]
#[case::without_007("007", "write the settings", r#"relation "system_config" does not exist"#)]
#[case::without_009(
    "009",
    "insert the default policies",
    r#"relation "security_policies" does not exist"#
)]
#[tokio::test]
async fn the_bootstrap_fails_and_leaves_nothing(
    #[case] missing: &str,
    #[case] step: &str,
    #[case] why: &str,
) {
    let database = without(&[missing]).await;
    let url = application_url(&database);
    let failed = Bootstrap::of(&url).run().await;
    assert_eq!(failed.status, Some(1));
    assert_eq!(failed.stdout, "");
    assert!(
        failed.stderr.starts_with(&format!("error: failed to {step}: ")),
        "{}",
        failed.stderr
    );
    assert!(failed.stderr.contains(why), "{}", failed.stderr);
    let mut session = database.connect().await.unwrap();
    let there: Vec<&str> = database
        .catalog()
        .await
        .unwrap()
        .relations
        .iter()
        .filter_map(|relation| TABLES.into_iter().find(|table| *table == relation.name.name))
        .collect();
    assert_eq!(
        rows(&mut session, &there).await,
        vec![0; there.len()],
        "{there:?}"
    );
}

#[rstest]
#[tokio::test]
async fn with_every_migration_the_bootstrap_makes_everything(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let ended = Bootstrap::of(&url).run().await.well();
    assert_eq!(ended.stderr, "");
    assert!(
        ended
            .stdout
            .ends_with("1 administrators, 3 settings, 3 policies\n"),
        "{}",
        ended.stdout
    );
    let mut session = database.connect().await.unwrap();
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 3, 3]);

    let (hash, rest): (String, Value) = sqlx::query_as(include_str!("administrator.sql"))
        .bind(EMAIL)
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert!(bcrypt::verify(PASSWORD, &hash).unwrap());
    assert!(hash.starts_with("$2b$12$"), "{hash}");
    assert_eq!(
        rest,
        json!({
            "organization": "Acme",
            "domain": "acme.example",
            "name": "Root",
            "role": "admin",
            "status": "active",
            "provider": "local",
            "email_verified": true,
            "force_password_change": false,
        })
    );
}

#[rstest]
#[tokio::test]
async fn the_settings_tell_what_was_made(#[future(awt)] database: Database) {
    let url = application_url(&database);
    Bootstrap::of(&url).run().await.well();
    let mut session = database.connect().await.unwrap();
    let made: Uuid = sqlx::query_scalar("SELECT id FROM organizations")
        .fetch_one(&mut session)
        .await
        .unwrap();
    let settings: Vec<(String, String)> = sqlx::query_as("SELECT key, value FROM system_config ORDER BY key")
        .fetch_all(&mut session)
        .await
        .unwrap();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (&**key, &**value)).collect();
    assert_eq!(
        settings,
        [
            ("bootstrap_admin_email", EMAIL),
            ("bootstrap_completed", "true"),
            ("bootstrap_organization_id", &made.to_string()),
        ]
    );
}

/// So the incident with the empty page can't come back by way of a new installation.
#[rstest]
#[tokio::test]
async fn the_bootstrap_makes_the_very_policies_that_the_backfill_makes(#[future(awt)] database: Database) {
    let url = application_url(&database);
    Bootstrap::of(&url).run().await.well();
    let mut session = database.connect().await.unwrap();
    let made: Uuid = sqlx::query_scalar("SELECT id FROM organizations")
        .fetch_one(&mut session)
        .await
        .unwrap();
    let (another, _) = organization(&mut session, "globex.example").await;
    sqlx::raw_sql(include_str!("../../fixtures/aim/backfill_default_policies.sql"))
        .execute(&mut session)
        .await
        .unwrap();
    let page = SecurityPolicies::read(&mut session, made).await.unwrap();
    assert_eq!(
        (page.total, page.enabled, page.monitoring, page.blocking),
        (3, 3, 3, 0)
    );
    assert_eq!(page, SecurityPolicies::read(&mut session, another).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn running_it_twice_changes_nothing_and_keeps_the_password(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let first = Bootstrap::of(&url).run().await.well();
    let again = Bootstrap::of(&url)
        .with_password("another password")
        .run()
        .await
        .well();
    assert_eq!(first.stdout.matches(": made\n").count(), 2, "{}", first.stdout);
    assert_eq!(again.stdout, first.stdout.replace(": made\n", ": was there\n"));
    let mut session = database.connect().await.unwrap();
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 3, 3]);
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM users")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert!(bcrypt::verify(PASSWORD, &hash).unwrap());
}

#[rstest]
#[tokio::test]
async fn two_programs_at_once_both_end_well_and_make_one_of_each(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let program = Bootstrap::of(&url);
    let (one, another) = tokio::join!(program.run(), program.run());
    let said = [one.well().stdout, another.well().stdout].concat();
    assert_eq!(said.matches(": made\n").count(), 2, "{said}");
    let mut session = database.connect().await.unwrap();
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 3, 3]);
}

/// What the test above can only hope for: a run that meets another between its first row and its end.
#[rstest]
#[case::that_commits_and_uses_its_rows(true)]
#[case::that_fails_and_makes_its_own(false)]
#[tokio::test]
async fn a_run_waits_for_another(#[future(awt)] database: Database, #[case] commits: bool) {
    let url = application_url(&database);
    let mut session = database.connect().await.unwrap();
    // A stricter level than the program needs must not make it fail.
    let stricter = format!(
        "ALTER DATABASE {} SET default_transaction_isolation = 'serializable'",
        pgproof::sql::identifier(database.name())
    );
    sqlx::raw_sql(AssertSqlSafe(stricter))
        .execute(&mut session)
        .await
        .unwrap();
    let mut other = session.begin().await.unwrap();
    let others: Uuid = sqlx::query_scalar(statement(BOOTSTRAP, "bootstrap: insert organization"))
        .bind("Acme")
        .bind("acme.example")
        .fetch_one(&mut *other)
        .await
        .unwrap();
    let program = Bootstrap::of(&url);
    let ending = async {
        let mut looking = database.connect().await.unwrap();
        until_somebody_waits(&mut looking).await;
        if commits {
            other.commit().await.unwrap();
        } else {
            other.rollback().await.unwrap();
        }
    };
    let (ended, ()) = tokio::join!(program.run(), ending);
    ended.well();
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM organizations")
        .fetch_all(&mut session)
        .await
        .unwrap();
    assert_eq!((ids.len(), ids.contains(&others)), (1, commits));
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 3, 3]);
}

async fn until_somebody_waits(session: &mut PgConnection) {
    for _ in 0..2000 {
        let waiting: bool = sqlx::query_scalar(include_str!("somebody_waits.sql"))
            .fetch_one(&mut *session)
            .await
            .unwrap();
        if waiting {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the program never came to the row of the other");
}

#[rstest]
#[tokio::test]
async fn eight_sessions_at_once_make_one_of_each(#[future(awt)] database: Database) {
    let application = database.options().options([("role", "identity_app")]);
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut session = PgConnection::connect_with(&application).await.unwrap();
        let wanted = wanted();
        runs.spawn(async move { wanted.run(&mut session).await });
    }
    let outcomes: Vec<_> = runs.join_all().await.into_iter().map(Result::unwrap).collect();
    let made =
        |of: fn(&bootstrap::Outcome) -> Made| outcomes.iter().filter(|outcome| of(outcome).is_new).count();
    assert_eq!(made(|outcome| outcome.organization), 1);
    assert_eq!(made(|outcome| outcome.administrator), 1);
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.organization.id == outcomes[0].organization.id)
    );
    let mut session = database.connect().await.unwrap();
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 3, 3]);
}

fn wanted() -> bootstrap::Bootstrap {
    bootstrap::Bootstrap {
        organization: "Acme".to_owned(),
        domain: "acme.example".to_owned(),
        admin_email: EMAIL.to_owned(),
        admin_name: "Root".to_owned(),
        password_hash: bcrypt::hash(PASSWORD, 4).unwrap(),
    }
}

#[rstest]
#[tokio::test]
async fn an_address_of_another_organization_does_not_become_an_administrator_here(
    #[future(awt)] database: Database,
) {
    let url = application_url(&database);
    let mut session = database.connect().await.unwrap();
    organization(&mut session, "globex.example").await;
    let refused = Bootstrap::of(&url)
        .with("--admin-email", "admin@globex.example")
        .run()
        .await;
    assert_eq!(refused.status, Some(1));
    assert!(
        refused
            .stderr
            .contains("the address belongs to another organization"),
        "{}",
        refused.stderr
    );
    assert_eq!(
        rows(&mut session, &TABLES).await,
        [1, 1, 0, 0],
        "the organization of before alone"
    );
}

#[rstest]
#[tokio::test]
async fn a_deactivated_organization_gets_no_new_administrator(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let mut session = database.connect().await.unwrap();
    organization(&mut session, "acme.example").await;
    sqlx::raw_sql("UPDATE organizations SET is_active = FALSE")
        .execute(&mut session)
        .await
        .unwrap();
    let refused = Bootstrap::of(&url).run().await;
    assert_eq!(refused.status, Some(1));
    assert!(
        refused.stderr.contains("it is there already, and deactivated"),
        "{}",
        refused.stderr
    );
    assert_eq!(rows(&mut session, &TABLES).await, [1, 1, 0, 0]);
}

#[rstest]
#[tokio::test]
async fn an_organization_of_before_gets_what_it_lacks(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let mut session = database.connect().await.unwrap();
    organization(&mut session, "acme.example").await;
    let ended = Bootstrap::of(&url).run().await.well();
    assert!(
        ended.stdout.contains(": was there\nadministrator "),
        "{}",
        ended.stdout
    );
    assert!(
        ended
            .stdout
            .ends_with("2 administrators, 3 settings, 3 policies\n"),
        "{}",
        ended.stdout
    );
    assert_eq!(rows(&mut session, &TABLES).await, [1, 2, 3, 3]);
}

#[rstest]
#[tokio::test]
async fn the_password_may_come_from_a_file(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let file = std::env::temp_dir().join(format!("aim-bootstrap-{}", std::process::id()));
    std::fs::write(&file, "a password in a file\n").unwrap();
    let program = Bootstrap::of(&url).with("--admin-password-file", file.to_str().unwrap());
    let ended = program.run().await;
    std::fs::remove_file(&file).unwrap();
    ended.well();
    let mut session = database.connect().await.unwrap();
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM users")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert!(bcrypt::verify("a password in a file", &hash).unwrap());
}
