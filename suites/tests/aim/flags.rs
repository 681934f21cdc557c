//! Incident 5: the bootstrap program wants flags, and was given environment variables. What it lacks or can't use it
//! refuses with the flag's name and exit status 2, before it goes near a database.

use pgproof::Database;
use rstest::rstest;

use crate::fixtures::{Bootstrap, EMAIL, application_url, count, database};

/// A server that is not there: who only reads flags does not notice.
const NOWHERE: &str = "postgres://app:a-secret@nowhere.invalid/identity";

const FLAGS: [&str; 6] = [
    "--database-url",
    "--organization",
    "--domain",
    "--admin-email",
    "--admin-name",
    "--admin-password-file",
];

#[rstest]
#[tokio::test]
async fn environment_variables_in_place_of_flags_are_refused_by_the_names_of_the_flags(
    #[future(awt)] database: Database,
) {
    let url = application_url(&database).leak();
    let mut program = Bootstrap::of(url);
    for flag in FLAGS {
        program = program.without(flag);
    }
    let variables = [
        ("--database-url", "DATABASE_URL", &*url),
        ("--organization", "ORGANIZATION_NAME", "Acme"),
        ("--domain", "DOMAIN", "acme.example"),
        ("--admin-email", "ADMIN_EMAIL", EMAIL),
        ("--admin-name", "ADMIN_NAME", "Root"),
        (
            "--admin-password-file",
            "ADMIN_PASSWORD",
            "a password in plain sight",
        ),
    ];
    for (_, variable, value) in variables {
        program = program.with_variable(variable, value);
    }
    let refused = program.run().await;
    assert_eq!(refused.status, Some(2));
    assert_eq!(refused.stdout, "");
    for (flag, variable, _) in variables {
        let tip =
            format!("{variable} is set in the environment, where this program does not look: pass {flag}");
        assert!(refused.stderr.contains(&tip), "{}", refused.stderr);
    }
    assert!(!refused.stderr.contains("plain sight"), "{}", refused.stderr);
    let mut session = database.connect().await.unwrap();
    assert_eq!(count(&mut session, "organizations").await, 0);
    // With the same as flags it works.
    Bootstrap::of(url).run().await.well();
    assert_eq!(count(&mut session, "organizations").await, 1);
}

#[tokio::test]
async fn one_variable_among_the_flags_is_refused_by_its_flag_alone() {
    let program = Bootstrap::of(NOWHERE).without("--admin-email");
    let refused = program
        .with_variable("ADMIN_EMAIL", EMAIL)
        .with_variable("ADMIN_NAME", "Root")
        .run()
        .await;
    assert_eq!(refused.status, Some(2));
    insta::assert_snapshot!(refused.stderr, @r"
    error: the following required arguments were not provided:
      --admin-email <ADDRESS>

      tip: ADMIN_EMAIL is set in the environment, where this program does not look: pass --admin-email

    Usage: aim-bootstrap --database-url <URL> --organization <NAME> --domain <DOMAIN> --admin-email <ADDRESS> --admin-name <NAME> --admin-password-file <FILE> --yes

    For more information, try '--help'.
    ");
}

#[rstest]
#[tokio::test]
async fn a_variable_beside_its_flag_changes_nothing(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let program = Bootstrap::of(&url).with_variable("ADMIN_EMAIL", "other@acme.example");
    program.run().await.well();
    let mut session = database.connect().await.unwrap();
    let emails: Vec<String> = sqlx::query_scalar("SELECT email FROM users")
        .fetch_all(&mut session)
        .await
        .unwrap();
    assert_eq!(emails, [EMAIL]);
}

#[rstest]
#[tokio::test]
async fn a_flag_that_is_lacking_is_named(
    #[values(
        "--database-url",
        "--organization",
        "--domain",
        "--admin-email",
        "--admin-name",
        "--admin-password-file"
    )]
    flag: &str,
) {
    let refused = Bootstrap::of(NOWHERE).without(flag).run().await;
    assert_eq!(refused.status, Some(2));
    let lacking = refused
        .stderr
        .lines()
        .filter(|line| line.starts_with("  --"))
        .count();
    assert!(
        refused.stderr.contains(&format!("\n  {flag} <")),
        "{}",
        refused.stderr
    );
    assert_eq!(lacking, 1, "no other is: {}", refused.stderr);
    assert!(
        !refused.stderr.contains("environment"),
        "no variable is set: {}",
        refused.stderr
    );
}

#[rstest]
#[case::an_address_without_a_host("--admin-email", "root", "an e-mail address looks like")]
#[case::an_empty_name("--organization", " ", "it is empty")]
#[case::a_name_that_fits_no_column("--admin-name", &"x".repeat(256), "it is longer than 255 characters")]
#[case::a_url_for_a_domain("--domain", "https://acme.example", "a domain looks like")]
#[case::a_database_that_is_no_url("--database-url", "identity", "read the URL of --database-url")]
#[case::a_password_file_that_is_not_there("--admin-password-file", "no/such/file", "no/such/file")]
#[tokio::test]
async fn a_value_that_can_t_be_used_is_refused_with_what_is_wrong(
    #[case] flag: &'static str,
    #[case] value: &str,
    #[case] why: &str,
) {
    let refused = Bootstrap::of(NOWHERE).with(flag, value).run().await;
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
    assert!(!refused.stderr.contains("a-secret"), "{}", refused.stderr);
}

#[rstest]
#[case::that_is_empty("", "fewer than 12 characters")]
#[case::that_is_short("short\n", "fewer than 12 characters")]
#[case::whose_end_bcrypt_would_ignore(&"x".repeat(72), "bcrypt would ignore what exceeds 71 bytes")]
#[tokio::test]
async fn a_password_is_refused(#[case] password: &str, #[case] why: &str) {
    let refused = Bootstrap::of(NOWHERE).with_password(password).run().await;
    assert_eq!(refused.status, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
}

#[rstest]
#[tokio::test]
async fn without_yes_and_without_a_terminal_nothing_is_written(#[future(awt)] database: Database) {
    let url = application_url(&database);
    let refused = Bootstrap::of(&url).without_yes().run().await;
    assert_eq!(refused.status, Some(2));
    assert!(refused.stderr.contains("pass --yes"), "{}", refused.stderr);
    let mut session = database.connect().await.unwrap();
    assert_eq!(count(&mut session, "organizations").await, 0);
}

#[tokio::test]
async fn a_database_that_can_t_be_reached_is_no_wrong_input() {
    let failed = Bootstrap::of(NOWHERE).run().await;
    assert_eq!(failed.status, Some(1), "{}", failed.stderr);
    assert!(
        failed
            .stderr
            .contains("connect to the database of --database-url"),
        "{}",
        failed.stderr
    );
    assert!(!failed.stderr.contains("a-secret"), "{}", failed.stderr);
}
