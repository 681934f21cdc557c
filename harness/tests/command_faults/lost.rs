//! Servers that do not start, and servers that end under us.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rstest::rstest;

use super::kill::{segment, segments_now};
use super::running::{Place, Running, postmaster, wait_until};

/// A run inside a migration that sleeps.
fn asleep(arguments: &[&str]) -> (Place, Running) {
    let place = Place::new();
    let sql = place.mark_and_sleep();
    let place = place.migration(sql);
    let running = place.spawn(arguments);
    place.wait_for_mark();
    (place, running)
}

#[rstest]
fn a_server_that_is_killed_is_one_clear_error(
    #[values(&["verify"][..], &["plan"], &["exec", "--", "true"])] arguments: &[&str],
) {
    let (place, running) = asleep(arguments);
    let folder = place.server_folder();
    let pid_file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    kill(postmaster(&folder), Signal::SIGKILL).unwrap();
    let outcome = running.wait();
    outcome.expect(6, &["failed to keep PostgreSQL", "it was ended by SIGKILL"]);
    assert_eq!(outcome.said().matches("error").count(), 1, "{}", outcome.said());
    place.assert_nothing_left();
    assert!(
        !segments_now().contains(&segment(&pid_file)),
        "its shared memory is left"
    );
}

#[test]
fn json_is_printed_though_the_server_is_killed() {
    let (place, running) = asleep(&["verify", "--format", "json"]);
    kill(postmaster(&place.server_folder()), Signal::SIGKILL).unwrap();
    let outcome = running.wait();
    outcome.expect(6, &[]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["projects"][0]["error"]["code"], 6);
    assert_eq!(report["summary"]["exit"], 6);
    place.assert_nothing_left();
}

#[test]
fn a_server_that_is_killed_while_proofs_run_is_one_clear_error() {
    let place = Place::new();
    let sleep = place.mark_and_sleep();
    let place = place
        .migration("CREATE TABLE first (id int);")
        .file("project/001_first.down.sql", &sleep);
    let running = place.spawn(&["verify"]);
    place.wait_for_mark();
    for entry in fs::read_dir(place.run_folder()).unwrap() {
        kill(postmaster(&entry.unwrap().path()), Signal::SIGKILL).unwrap();
    }
    running
        .wait()
        .expect(6, &["failed to keep PostgreSQL", "it was ended by SIGKILL"]);
    place.assert_nothing_left();
}

#[test]
fn up_ends_when_its_server_is_killed() {
    let place = Place::new().migration("CREATE TABLE first (id int);");
    let mut running = place.spawn(&["up"]);
    running.first_line();
    kill(postmaster(&place.server_folder()), Signal::SIGKILL).unwrap();
    running
        .wait()
        .expect(6, &["failed to keep PostgreSQL", "it was ended by SIGKILL"]);
    place.assert_nothing_left();
}

#[test]
fn exec_tells_why_its_command_lost_its_server() {
    let place = Place::new().migration("CREATE TABLE first (id int);");
    let script = "kill -9 $(head -1 \"$PGHOST/data/postmaster.pid\"); sleep 0.5; exit 3";
    place
        .run(&["exec", "--", "sh", "-c", script])
        .expect(3, &["failed to keep PostgreSQL", "it was ended by SIGKILL"]);
}

#[test]
fn a_session_that_crashes_is_told_with_what_it_ran() {
    let (place, running) = asleep(&["verify"]);
    let folder = place.server_folder();
    // The session's title names its database and what it does; its command is the one that sleeps.
    let mut session: Option<i32> = None;
    wait_until("a session says what it runs", || {
        session = fs::read_dir("/proc").unwrap().find_map(|entry| {
            let entry = entry.unwrap();
            let line = fs::read_to_string(entry.path().join("cmdline")).ok()?;
            let inside = fs::read_link(entry.path().join("cwd")).ok()?.starts_with(&folder);
            (inside && line.contains("SELECT")).then(|| entry.file_name().to_str()?.parse().ok())?
        });
        session.is_some()
    });
    kill(Pid::from_raw(session.unwrap()), Signal::SIGKILL).unwrap();
    running.wait().expect(
        6,
        &[
            "failed to keep PostgreSQL",
            "was terminated by signal 9",
            "Failed process was running: SELECT pg_sleep(600)",
        ],
    );
    place.assert_nothing_left();
}

#[rstest]
fn without_its_watchdog_a_server_still_ends_with_its_run(
    #[values(Signal::SIGINT, Signal::SIGKILL)] end: Signal,
) {
    let place = Place::new().migration("CREATE TABLE first (id int);");
    let mut running = place.spawn(&["up"]);
    running.first_line();
    let server = postmaster(&place.server_folder());
    let stat = fs::read_to_string(format!("/proc/{server}/stat")).unwrap();
    let parent = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap();
    kill(Pid::from_raw(parent.parse().unwrap()), Signal::SIGKILL).unwrap();
    if end == Signal::SIGINT {
        // It is noticed at once: nobody would tell how the server ends.
        running
            .wait()
            .expect(6, &["the shell that watches over it was ended"]);
        assert!(place.left().is_empty(), "{:?}", place.left());
    } else {
        running.signal(end);
        drop(running);
        // Nobody is there to remove the folder; but the server and its memory must go.
        wait_until("the server has ended", || place.left().len() <= 1);
    }
}

#[test]
fn a_server_that_does_not_start_shows_the_end_of_its_log() {
    // It is set for the next start, which is that of the template.
    let place = Place::with_own_cache()
        .migration(
            "CREATE TABLE first (id int);\nALTER SYSTEM SET shared_preload_libraries = 'no_such_library';",
        )
        .file("project/pgproof.toml", format!("{}\n", super::running::CONTRACT));
    place.run(&["verify"]).expect(
        6,
        &[
            "failed to start PostgreSQL",
            "exit status 1",
            "could not access file \"no_such_library\"",
        ],
    );
}

#[test]
fn a_migration_cannot_move_the_server_or_open_it() {
    let place = Place::with_own_cache().migration(
        "ALTER SYSTEM SET port = 6000;\n\
         ALTER SYSTEM SET listen_addresses = '*';\n\
         ALTER SYSTEM SET unix_socket_directories = '/tmp';\n\
         ALTER SYSTEM SET logging_collector = on;\n\
         ALTER SYSTEM SET unix_socket_permissions = 511;",
    );
    let script =
        "ls -a \"$PGHOST\"; sed -n 6p \"$PGHOST/data/postmaster.pid\"; ls -l \"$PGHOST\"/.s.PGSQL.54329";
    let outcome = place.run(&["exec", "--", "sh", "-c", script]);
    outcome.expect(0, &[".s.PGSQL.54329", "srwx------"]);
    assert!(
        !outcome.stdout.contains('*') && !outcome.stdout.contains("6000"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_server_that_can_not_write_its_checkpoint_is_not_kept() {
    let sql = "CREATE TABLE first (id int);\n\
               COPY (SELECT 1) TO PROGRAM 'mv global/pg_control global/elsewhere';";
    let place = Place::with_own_cache().migration(sql);
    for _ in 0..2 {
        place
            .run(&["verify"])
            .expect(6, &["failed to keep PostgreSQL", "global/pg_control"]);
    }
}
