//! Killed, interrupted, hung up: nothing is left.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use rstest::rstest;

use super::cache::archives;
use super::running::{Place, Running, counting_programs, initdb_runs, wait_until};

/// Where a run is when it is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    Initdb,
    Start,
    Applying,
    Proving,
    Exec,
    Up,
}

/// A run that has come to that moment.
fn run_until(moment: Moment) -> (Place, Running) {
    let place = if moment == Moment::Initdb {
        Place::with_own_cache()
    } else {
        Place::new()
    };
    let place = match moment {
        Moment::Applying => {
            let sql = place.mark_and_sleep();
            place.migration(sql)
        }
        // What sleeps in a way back keeps the run from ending before the signal comes.
        Moment::Start | Moment::Proving => {
            let sql = place.mark_and_sleep();
            place
                .migration("CREATE TABLE first (id int);")
                .file("project/001_first.down.sql", sql)
        }
        _ => place.migration("CREATE TABLE first (id int);"),
    };
    let shell = format!("echo $$ >'{}'; exec sleep 600", place.text("marks/here"));
    let exec = ["exec", "--", "sh", "-c", &shell];
    let mut running = place.spawn(match moment {
        Moment::Exec => &exec,
        Moment::Up => &["up"],
        _ => &["verify"],
    });
    match moment {
        Moment::Initdb => wait_until("initdb is at work", || {
            fs::read_dir(place.run_folder())
                .unwrap()
                .any(|entry| entry.unwrap().path().join("data/base").exists())
        }),
        Moment::Start => wait_until("a server starts", || {
            fs::read_dir(place.run_folder())
                .unwrap()
                .any(|entry| entry.unwrap().path().join("data/postmaster.pid").exists())
        }),
        Moment::Up => assert!(running.first_line().starts_with("postgres://")),
        Moment::Applying | Moment::Proving | Moment::Exec => place.wait_for_mark(),
    }
    assert!(!place.left().is_empty(), "nothing runs yet");
    (place, running)
}

#[rstest]
fn a_kill_leaves_nothing_behind(
    #[values(
        Moment::Initdb,
        Moment::Start,
        Moment::Applying,
        Moment::Proving,
        Moment::Exec,
        Moment::Up
    )]
    moment: Moment,
) {
    let (place, running) = run_until(moment);
    running.signal(Signal::SIGKILL);
    place.assert_nothing_left();
    if moment == Moment::Exec {
        // The command of `exec` is the user's; it lives on.
        let command = fs::read_to_string(place.path("marks/here")).unwrap();
        let command = nix::unistd::Pid::from_raw(command.trim().parse().unwrap());
        nix::sys::signal::kill(command, Signal::SIGKILL).unwrap();
    }
    assert_eq!(running.wait().status, 137);
}

#[test]
fn a_hundred_kills_at_any_time_leave_nothing_behind() {
    let place = Place::with_own_cache().migration("CREATE TABLE first (id int);");
    let before = orphaned_segments();
    for step in 0..100_u64 {
        // The cache is emptied now and then, so that the kills spread over initdb and the rest.
        if step % 4 == 0 {
            let _ = fs::remove_dir_all(&place.cache);
        }
        let running = place.spawn(&["verify"]);
        // One in each hundredth of the time that a run takes, at random within it.
        let within = u64::from(uuid::Uuid::new_v4().as_bytes()[0]) * 5_000 / 256;
        let moment = Duration::from_micros(step * 5_000 + within);
        std::thread::sleep(moment);
        running.signal(Signal::SIGKILL);
        drop(running);
        eprintln!("killed after {moment:?}");
        place.assert_nothing_left();
    }
    wait_until("no shared memory segment is left", || {
        orphaned_segments().iter().all(|segment| before.contains(segment))
    });
    // What the killed ones left in the cache is no harm.
    place.run(&["verify", "--no-snapshots"]).expect(0, &[]);
}

#[rstest]
fn an_interrupt_ends_a_run_at_once_with_130(
    #[values(Moment::Initdb, Moment::Start, Moment::Applying, Moment::Proving)] moment: Moment,
    #[values(Signal::SIGINT, Signal::SIGTERM)] signal: Signal,
) {
    let (place, running) = run_until(moment);
    running.signal_group(signal);
    running.wait().expect(130, &["interrupted"]);
    place.assert_nothing_left();
}

#[rstest]
fn up_ends_on_a_signal(#[values(Signal::SIGINT, Signal::SIGTERM)] signal: Signal) {
    let (place, running) = run_until(Moment::Up);
    running.signal_group(signal);
    running.wait().expect(0, &["Ctrl-C ends it"]);
    assert_eq!(
        place.left(),
        Vec::<String>::new(),
        "it is gone when the command has ended"
    );
}

#[test]
fn an_interrupted_plan_still_prints_json() {
    let place = Place::new();
    let sql = place.mark_and_sleep();
    let place = place.migration(sql);
    let running = place.spawn(&["plan", "--format", "json"]);
    place.wait_for_mark();
    running.signal(Signal::SIGTERM);
    let outcome = running.wait();
    outcome.expect(130, &[]);
    let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(plan["projects"][0]["error"]["code"], 130);
}

#[test]
fn a_closed_terminal_leaves_nothing_behind() {
    let (place, running) = run_until(Moment::Up);
    running.signal(Signal::SIGHUP);
    place.assert_nothing_left();
    assert_eq!(running.wait().status, 129);
}

#[test]
fn under_nohup_it_outlives_its_terminal() {
    let place = Place::new().migration("CREATE TABLE first (id int);");
    let mut command = Command::new("nohup");
    let up = place.pgproof(&["up"]);
    command
        .arg(up.get_program())
        .args(up.get_args())
        .current_dir(up.get_current_dir().unwrap())
        .envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(std::process::Stdio::null())
        .process_group(0);
    let mut running = Running::of(&mut command);
    assert!(running.first_line().starts_with("postgres://"));
    running.signal(Signal::SIGHUP);
    std::thread::sleep(Duration::from_millis(200));
    assert!(running.is_running());
    running.signal(Signal::SIGINT);
    running.wait().expect(0, &[]);
    place.assert_nothing_left();
}

#[test]
fn twenty_processes_that_start_at_once_make_one_cluster_between_them() {
    let place = Place::with_own_cache().migration("CREATE TABLE first (id int);");
    let bin = counting_programs(&place);
    let arguments = ["exec", "--pg-bin", bin.to_str().unwrap(), "--", "true"];
    let all: Vec<Running> = (0..20).map(|_| place.spawn(&arguments)).collect();
    for one in all {
        one.wait().expect(0, &[]);
    }
    assert_eq!(initdb_runs(&place), 1);
    assert_eq!(archives(&place, "cluster-").len(), 1);
    place.assert_nothing_left();
}

/// The shared memory segment that a `postmaster.pid` names.
pub(crate) fn segment(postmaster_pid: &str) -> String {
    let line = postmaster_pid.lines().nth(6).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// The shared memory segments of this machine.
pub(crate) fn segments_now() -> Vec<String> {
    let list = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    list.lines()
        .filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned))
        .collect()
}

/// Those that no process uses and whose maker is gone.
fn orphaned_segments() -> Vec<String> {
    let list = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    list.lines()
        .skip(1)
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_orphaned = words[6] == "0" && !std::path::Path::new("/proc").join(words[4]).exists();
            is_orphaned.then(|| words[1].to_owned())
        })
        .collect()
}
