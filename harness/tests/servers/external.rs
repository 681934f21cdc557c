//! On a server that others run: it is left as it was found.
//!
//! It lets nobody in without TLS, so most of this needs the feature `tls`.

use super::command::Project;
use super::lent::{Lent, PASSWORD};

#[test]
fn a_server_of_others_is_refused_without_leave() {
    let outcome = Project::new().run(&[
        "verify",
        "--server",
        "postgres://boss:s3cret@127.0.0.1:1/postgres",
    ]);
    outcome.expect(2, &["--allow-external"]);
    assert!(!outcome.said().contains("s3cret"), "{}", outcome.said());
}

#[test]
fn a_password_is_neither_in_the_help_nor_in_an_error() {
    let project = Project::new();
    let server = "postgres://boss:s3cret@127.0.0.1:1/postgres";
    let help = project
        .command(&["verify", "--help"])
        .env("PGPROOF_SERVER", server)
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("s3cret"));
    let wrong = project.run(&[
        "verify",
        "--allow-external",
        "--server",
        "postgres://boss:s3cret@h:x/d",
    ]);
    wrong.expect(2, &["its port is no number"]);
    let closed = project.run(&["verify", "--allow-external", "--server", server]);
    closed.expect(6, &["failed to work on the server boss@127.0.0.1:1/postgres"]);
    for outcome in [wrong, closed] {
        assert!(!outcome.said().contains("s3cret"), "{}", outcome.said());
    }
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_build_without_encryption_says_how_to_get_it() {
    let lent = Lent::start();
    Project::new()
        .run(&["verify", "--allow-external", "--server", &lent.boss()])
        .expect(6, &["--features tls"]);
    let _ = (lent.maker(), lent.boss_elsewhere(), lent.state(), PASSWORD);
}

#[cfg(feature = "tls")]
mod encrypted {
    use nix::sys::signal::Signal;
    use rstest::rstest;

    use super::super::command::{Outcome, Project, wait_until};
    use super::{Lent, PASSWORD};

    fn verify(project: &Project, server: &str) -> Outcome {
        project.run(&[
            "verify",
            "--format",
            "json",
            "--no-snapshots",
            "--allow-external",
            "--server",
            server,
        ])
    }

    #[test]
    fn a_run_proves_as_much_as_elsewhere_and_leaves_nothing() {
        let (lent, project) = (Lent::start(), Project::new());
        let before = lent.state();
        let here = verify(&project, &lent.boss());
        here.expect(0, &[]);
        assert_eq!(here.provider(), "external");
        assert_eq!(lent.state(), before);
        assert!(!here.said().contains(PASSWORD), "{}", here.said());
        let elsewhere = project.run(&["verify", "--format", "json", "--no-snapshots"]);
        assert_eq!(here.claims(""), elsewhere.claims(""));
        assert!(
            here.claims("isolation/")
                .contains(&("isolation/read".to_owned(), "proven".to_owned()))
        );

        // The migrations' own leak is found there, too.
        let leaky = Project::of(
            "CREATE ROLE shop_app; CREATE TABLE notes (id int PRIMARY KEY, tenant text); GRANT SELECT ON notes TO shop_app;",
        );
        let found = verify(&leaky, &lent.boss());
        found.expect(1, &[]);
        assert!(
            found
                .claims("isolation/")
                .contains(&("isolation/read".to_owned(), "violated".to_owned()))
        );
        assert_eq!(lent.state(), before);
    }

    #[test]
    fn without_a_superuser_nothing_of_isolation_is_proven_and_the_rest_is() {
        let (lent, project) = (Lent::start(), Project::new());
        let before = lent.state();
        let outcome = verify(&project, &lent.maker());
        outcome.expect(1, &["maker is no superuser"]);
        assert_eq!(
            outcome.claims("isolation/"),
            [("isolation/untried".to_owned(), "unproven".to_owned())]
        );
        assert_eq!(
            outcome.claims("complete/"),
            [("complete/table".to_owned(), "proven".to_owned())]
        );
        assert_eq!(lent.state(), before);
    }

    #[test]
    fn a_certificate_that_nobody_known_signed_is_refused() {
        let (lent, project) = (Lent::start(), Project::new());
        verify(&project, &lent.boss_elsewhere()).expect(6, &["invalid peer certificate"]);
    }

    #[rstest]
    #[case::role("CREATE ROLE innocent;", &["make the role innocent", "not ours"])]
    #[case::drop("DO $$ BEGIN DROP ROLE IF EXISTS innocent; END $$;", &["change the role innocent"])]
    #[case::member("GRANT innocent TO maker;", &["membership of maker in innocent"])]
    #[case::database("ALTER DATABASE precious SET work_mem = '1MB';", &["name the database precious"])]
    #[case::system("ALTER SYSTEM SET work_mem = '1MB';", &["ALTER SYSTEM"])]
    fn what_is_not_ours_is_refused_before_the_first_statement(
        #[case] migration: &str,
        #[case] words: &[&str],
    ) {
        let lent = Lent::start();
        let before = lent.state();
        verify(&Project::of(migration), &lent.boss()).expect(6, words);
        assert_eq!(lent.state(), before);
    }

    /// A project whose first migration makes a role and then takes its time.
    fn slow() -> Project {
        Project::of("-- @no-transaction\nBEGIN; CREATE ROLE shop_app; COMMIT; SELECT pg_sleep(600);")
    }

    fn has_role(lent: &Lent) -> bool {
        lent.sql("SELECT rolname::text FROM pg_roles WHERE rolname = 'shop_app'") == "shop_app"
    }

    #[rstest]
    fn an_interrupted_run_leaves_nothing(#[values(Signal::SIGINT, Signal::SIGTERM)] signal: Signal) {
        let lent = Lent::start();
        let (before, project, server) = (lent.state(), slow(), lent.boss());
        let running = project.spawn(&["verify", "--allow-external", "--server", &server]);
        wait_until("the role is made", || has_role(&lent));
        running.signal(signal);
        running.wait().expect(130, &[]);
        assert_eq!(lent.state(), before);
    }

    #[test]
    fn what_a_killed_run_left_is_dropped_by_the_next_and_a_living_ones_is_not() {
        let lent = Lent::start();
        let (before, server) = (lent.state(), lent.boss());
        let contract = "name = \"quiet\"\n[migrations]\nconvention = \"plain\"\n";
        let quiet = Project::with(contract, "CREATE TABLE notes (id int);");
        let (lives, dies) = (slow(), Project::new());
        let mut dying = dies.spawn(&["up", "--allow-external", "--server", &server]);
        assert!(dying.first_line().contains("?sslmode=verify-full"));
        dying.signal(Signal::SIGKILL);
        drop(dying);
        assert!(has_role(&lent));

        // The next makes the same role: it could not if the other's were there.
        let living = lives.spawn(&["verify", "--allow-external", "--server", &server]);
        wait_until("the other's role is dropped and our own made", || {
            lent.sql("SELECT datname::text FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'") == "shop"
        });
        let while_living = lent.state();
        verify(&quiet, &server).expect(0, &[]);
        assert_eq!(lent.state(), while_living);
        verify(&dies, &server).expect(6, &["role shop_app"]);
        assert_eq!(lent.state(), while_living);
        living.signal(Signal::SIGINT);
        living.wait().expect(130, &[]);
        assert_eq!(lent.state(), before);
    }
}
