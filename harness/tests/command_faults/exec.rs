//! `exec` and `up`: a database for any program, and the program's own exit status.

use nix::sys::signal::Signal;
use rstest::rstest;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::running::{Place, skip, wait_until};

fn table() -> Place {
    Place::new().migration("CREATE TABLE first (id int);")
}

#[rstest]
#[case::fine("exit 0", 0)]
#[case::its_own("exit 3", 3)]
#[case::like_one_of_ours("exit 130", 130)]
#[case::killed("kill -KILL $$", 137)]
#[case::ended("kill -TERM $$", 143)]
fn the_status_of_the_command_is_passed_on(#[case] script: &str, #[case] status: i32) {
    table()
        .run(&["exec", "--", "sh", "-c", script])
        .expect(status, &[]);
}

#[test]
fn a_command_that_cannot_be_run_is_told_as_a_shell_tells_it() {
    let place = table().file("project/text", "no program");
    place
        .run(&["exec", "--", "no-such-command"])
        .expect(127, &["error: failed to run no-such-command"]);
    place
        .run(&["exec", "--", "./text"])
        .expect(126, &["error: failed to run ./text"]);
    place.run(&["exec", "--"]).expect(2, &["<CMD>"]);
}

#[test]
fn the_commands_own_output_is_all_that_stdout_gets() {
    let outcome = table().run(&["exec", "--", "echo", "hello"]);
    outcome.expect(0, &[]);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("hello\n", "")
    );
}

#[test]
fn psql_finds_the_database_by_its_url_and_by_the_variables() {
    if std::process::Command::new("psql")
        .arg("--version")
        .output()
        .is_err()
    {
        return skip("there is no psql");
    }
    let place = table();
    let query = "SELECT current_database() || count(*) FROM first";
    for script in [
        format!("psql -XAtc '{query}' \"$DATABASE_URL\""),
        format!("psql -XAtc '{query}'"),
    ] {
        let outcome = place.run(&["exec", "--", "sh", "-c", &script]);
        outcome.expect(0, &[]);
        assert_eq!(outcome.stdout, "faults0\n");
    }
    // Clients connect to `postgres` to make databases of their own.
    let script =
        "psql -Xqc 'CREATE DATABASE another TEMPLATE template0' postgres && psql -XAtc 'SELECT 1' another";
    place.run(&["exec", "--", "sh", "-c", script]).expect(0, &["1\n"]);
}

#[tokio::test]
async fn sqlx_finds_the_database_by_the_url_that_up_prints() {
    let place = table();
    let mut running = place.spawn(&["up"]);
    let url = running.first_line();
    let mut session = PgConnection::connect(&url).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM first")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(count, 0);
    // With a session that is still open it ends as soon.
    running.signal_group(Signal::SIGINT);
    let outcome = running.wait();
    outcome.expect(0, &["is running"]);
    assert_eq!(outcome.stdout, "", "the URL is all of it");
    assert!(place.left().is_empty(), "{:?}", place.left());
}

#[rstest]
fn the_command_decides_how_it_ends_on_a_signal(#[values(Signal::SIGINT, Signal::SIGTERM)] signal: Signal) {
    let place = table();
    let script = format!(
        "trap 'exit 42' {}; : >'{}'; while :; do sleep 0.05; done",
        signal.as_str().trim_start_matches("SIG"),
        place.text("marks/here")
    );
    let running = place.spawn(&["exec", "--", "sh", "-c", &script]);
    place.wait_for_mark();
    // Only pgproof gets it, as from a supervisor.
    running.signal(signal);
    running.wait().expect(42, &[]);
    assert!(place.left().is_empty(), "{:?}", place.left());
}

#[test]
fn on_a_terminal_ctrl_c_is_not_passed_on_a_second_time() {
    let place = table();
    // In a session of its own the command is out of the terminal's reach: what comes, comes from pgproof.
    let script = format!(
        "trap 'exit 42' INT; : >{}/here; n=0; while [ $n -lt 20 ]; do sleep 0.05; n=$((n+1)); done; exit 7",
        place.text("marks")
    );
    // `script` gives it a terminal, whose Ctrl-C goes to everything that runs there.
    let inner = place.pgproof(&["exec", "--", "setsid", "sh", "-c", &script]);
    let quoted: Vec<String> = std::iter::once(inner.get_program())
        .chain(inner.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap().replace('\'', r"'\''")))
        .collect();
    // A shell that stays between dies of the Ctrl-C itself, as dash does: what it runs takes its place.
    let replaced = format!("exec {}", quoted.join(" "));
    let mut command = std::process::Command::new("script");
    command
        .args(["--quiet", "--return", "--command", &replaced, "/dev/null"])
        .current_dir(place.path("project"))
        .env("PGPROOF_CACHE", &place.cache)
        .env("PGPROOF_RUN_DIR", place.run_folder())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null());
    let Ok(mut child) = command.spawn() else {
        return skip("there is no `script`");
    };
    place.wait_for_mark();
    let mut keyboard = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut keyboard, &[3]).unwrap();
    wait_until("it has ended", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(7));
    place.assert_nothing_left();
}

#[test]
fn several_projects_are_refused_by_name() {
    let place = Place::new();
    let place = place
        .file("project/a/001_first.sql", "SELECT 1;")
        .file("project/a/pgproof.toml", super::running::CONTRACT)
        .file("project/b/001_first.sql", "SELECT 1;")
        .file(
            "project/b/pgproof.toml",
            super::running::CONTRACT.replace("faults", "others"),
        );
    place
        .run(&["exec", "--", "true"])
        .expect(2, &["several projects are there", "name one"]);
}
