//! Where servers may lie and who may run them: full disks, closed folders, odd names, root and not.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;
use rstest::rstest;

use super::running::{Outcome, Place, Running, is_root, skip};

/// A small file system, unmounted when dropped.
pub(crate) struct Small(PathBuf);

impl Small {
    /// Mounts one of that size at the folder; `None` where that is not allowed.
    pub(crate) fn mount(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=777"), "tmpfs"])
            .arg(&at)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        skip("mounting is refused here");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn table() -> Place {
    Place::new().migration("CREATE TABLE first (id int);")
}

#[test]
fn no_room_for_a_cluster_is_told_and_leaves_nothing() {
    let place = Place::with_own_cache().migration("CREATE TABLE first (id int);");
    let Some(_small) = Small::mount(place.run_folder(), "8m") else {
        return;
    };
    let run = place.text("run");
    place.run(&["verify"]).expect(
        6,
        &[
            "failed to make a cluster with",
            &run,
            "No space left on device",
            "MB free",
        ],
    );
}

#[test]
fn no_room_for_a_server_is_told_and_leaves_nothing() {
    let place = table();
    // The shared cache has it from here on.
    place.run(&["exec", "--", "true"]).expect(0, &[]);
    let Some(_small) = Small::mount(place.run_folder(), "8m") else {
        return;
    };
    let run = place.text("run");
    place.run(&["verify"]).expect(
        6,
        &[
            "failed to write the server's files",
            &run,
            "No space left on device",
            "0 MB free",
        ],
    );
    assert!(place.left().is_empty());
}

#[test]
fn a_disk_that_fills_up_while_migrations_run_is_told_with_the_statement() {
    let place = Place::new().migration(
        "CREATE TABLE first (id int, t text);\n\
         INSERT INTO first SELECT n, repeat('x', 1000) FROM generate_series(1, 200000) n;",
    );
    let Some(_small) = Small::mount(place.run_folder(), "96m") else {
        return;
    };
    let outcome = place.run(&["verify"]);
    // Where the log of transactions fills it first, the server itself ends.
    assert!([5, 6].contains(&outcome.status), "{}", outcome.said());
    outcome.expect(outcome.status, &["No space left on device"]);
    assert!(place.left().is_empty());
}

/// The command in a world of its own where `/dev/shm` is small.
fn with_small_memory(place: &Place, arguments: &[&str], temporary: &Path) -> Option<Outcome> {
    let mut inner = place.pgproof(arguments);
    inner.env_remove("PGPROOF_RUN_DIR");
    let mut command = Command::new("unshare");
    command
        .args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=16m tmpfs /dev/shm || exit 99; exec \"$@\"",
            "sh",
        ])
        .arg(inner.get_program())
        .args(inner.get_args())
        // What lies in memory is covered there.
        .current_dir("/")
        .env("PGPROOF_CACHE", &place.cache)
        .env("TMPDIR", temporary)
        .process_group(0);
    let output = command.output().ok()?;
    let outcome = Outcome::of(&output);
    if outcome.status == 99 || outcome.stderr.contains("unshare:") {
        skip("mounting is refused here");
        return None;
    }
    Some(outcome)
}

#[test]
fn a_small_shared_memory_is_left_alone_and_a_note_says_so_once() {
    let project = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(
        project.path().join("001_first.sql"),
        "CREATE TABLE first (id int);",
    )
    .unwrap();
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    fs::set_permissions(temporary.path(), Permissions::from_mode(0o777)).unwrap();
    let project = project.path().to_str().unwrap();
    let arguments = ["exec", project, "--", "sh", "-c", "echo $PGHOST"];
    let Some(outcome) = with_small_memory(&Place::new(), &arguments, temporary.path()) else {
        return;
    };
    outcome.expect(
        0,
        &["note: PostgreSQL runs on disk", "/dev/shm has only 16 MB free"],
    );
    assert_eq!(outcome.stderr.matches("on disk").count(), 1);
    assert!(
        outcome.stdout.starts_with(temporary.path().to_str().unwrap()),
        "{}",
        outcome.stdout
    );
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_temporary_folder_that_the_servers_user_cannot_enter_is_not_used() {
    if !is_root() {
        return skip("only root runs the server as somebody else");
    }
    let project = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(
        project.path().join("001_first.sql"),
        "CREATE TABLE first (id int);",
    )
    .unwrap();
    // Open itself, below a closed one.
    let closed = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in("/tmp")
        .unwrap();
    let temporary = closed.path().join("open");
    fs::create_dir(&temporary).unwrap();
    fs::set_permissions(&temporary, Permissions::from_mode(0o777)).unwrap();
    let arguments = [
        "exec",
        project.path().to_str().unwrap(),
        "--",
        "sh",
        "-c",
        "echo $PGHOST",
    ];
    let Some(outcome) = with_small_memory(&Place::new(), &arguments, &temporary) else {
        return;
    };
    outcome.expect(0, &[]);
    assert!(outcome.stdout.starts_with("/tmp/pgproof-"), "{}", outcome.stdout);
    assert!(!Path::new(outcome.stdout.trim()).exists());
}

#[test]
fn a_run_folder_that_the_servers_user_cannot_use_is_told() {
    if !is_root() {
        return skip("only root runs the server as somebody else");
    }
    let place = table();
    place.run(&["exec", "--", "true"]).expect(0, &[]);
    // Where it may enter and not write, it could start, and nobody would remove its folder after a kill.
    for mode in [0o700, 0o755] {
        for cache in [place.cache.clone(), place.path("empty-cache")] {
            fs::set_permissions(place.run_folder(), Permissions::from_mode(mode)).unwrap();
            let mut command = place.pgproof(&["verify"]);
            let outcome = place.run_command(command.env("PGPROOF_CACHE", cache));
            let why = format!("who can't write in {}", place.text("run"));
            outcome.expect(
                6,
                &["failed to make the server's folder", &why, "PGPROOF_RUN_DIR"],
            );
            assert!(place.left().is_empty());
        }
    }
}

#[test]
fn a_run_folder_that_is_not_there_or_is_a_file_is_told() {
    let place = table().file("file", "");
    for (name, why) in [
        ("nowhere", "No such file or directory"),
        ("file", "Not a directory"),
    ] {
        let mut command = place.pgproof(&["verify"]);
        place
            .run_command(command.env("PGPROOF_RUN_DIR", place.path(name)))
            .expect(
                6,
                &["failed to make the server's folder", name, why, "PGPROOF_RUN_DIR"],
            );
    }
}

#[rstest]
fn odd_names_of_a_run_folder_work(
    #[values("with space", "-dash", "quote\"s'", "$(date)", "a?b%20&c")] name: &str,
) {
    let place = table();
    let folder = place.run_folder().join(name);
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
    // Seen from the folder above it, as `PGPROOF_RUN_DIR=run` is.
    let mut command = place.pgproof(&[
        "exec",
        &place.text("project"),
        "--",
        "sh",
        "-c",
        "echo \"$PGHOST\"",
    ]);
    let outcome = Outcome::of(
        &command
            .current_dir(place.run_folder())
            .env("PGPROOF_RUN_DIR", name)
            .output()
            .unwrap(),
    );
    outcome.expect(0, &[&format!("{}/pgproof-", folder.display())]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[rstest]
#[case::comma("a,b", "has a comma")]
#[case::long(
    "this-name-is-so-long-that-no-socket-can-lie-in-it-since-its-path-must-fit-into-108-bytes",
    "too long"
)]
fn names_that_no_client_could_use_are_told(#[case] name: &str, #[case] why: &str) {
    let place = table();
    fs::create_dir(place.run_folder().join(name)).unwrap();
    let mut command = place.pgproof(&["verify"]);
    let outcome = Outcome::of(
        &command
            .env("PGPROOF_RUN_DIR", place.run_folder().join(name))
            .output()
            .unwrap(),
    );
    outcome.expect(6, &[why, "PGPROOF_RUN_DIR names another place"]);
}

#[test]
fn a_working_folder_that_is_closed_or_gone_does_not_matter() {
    let place = table();
    fs::create_dir(place.path("closed")).unwrap();
    fs::set_permissions(place.path("closed"), Permissions::from_mode(0o700)).unwrap();
    let project = place.text("project");
    let mut command = place.pgproof(&["exec", &project, "--", "true"]);
    place
        .run_command(command.current_dir(place.path("closed")))
        .expect(0, &[]);
    let script = "cd \"$1\"; rmdir \"$1\"; shift; exec \"$@\"";
    let inner = place.pgproof(&["exec", &project, "--", "true"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .arg(place.path("closed"))
        .arg(inner.get_program())
        .args(inner.get_args())
        .env("PGPROOF_CACHE", place.path("own-cache"))
        .env("PGPROOF_RUN_DIR", place.run_folder());
    place.run_command(&mut command).expect(0, &[]);
}

#[test]
fn an_ordinary_user_needs_nobody_else() {
    if !is_root() {
        return skip("every other test shows it, since this is no root");
    }
    let place = table();
    let program = place.path("pgproof");
    fs::copy(env!("CARGO_BIN_EXE_pgproof"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(place.path("home")).unwrap();
    std::os::unix::fs::chown(place.path("home"), Some(65534), Some(65534)).unwrap();
    for _ in 0..2 {
        let mut command = Command::new(&program);
        command
            .args(["verify", "--no-snapshots"])
            .current_dir(place.path("project"))
            .env("HOME", place.path("home"))
            .env("PGPROOF_RUN_DIR", place.run_folder())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("PGPROOF_CACHE")
            .uid(65534)
            .gid(65534);
        place.run_command(&mut command).expect(0, &["proven"]);
    }
    let cache = place.path("home/.cache/pgproof/v2");
    let mode = fs::metadata(&cache).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "others could put a cluster of theirs there");
}

#[test]
fn two_users_of_one_machine_do_not_meet() {
    if !is_root() {
        return skip("only root can be two users");
    }
    // PostgreSQL asks for the name of whom it runs as.
    let users = ["nobody", "daemon"].map(|name| nix::unistd::User::from_name(name).unwrap());
    let [Some(one), Some(other)] = users.map(|user| Some(user?.uid.as_raw())) else {
        return skip("there are no users `nobody` and `daemon`");
    };
    let place = table();
    let program = place.path("pgproof");
    fs::copy(env!("CARGO_BIN_EXE_pgproof"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let command = |user: u32, arguments: &[&str]| {
        let home = place.path(&format!("home-{user}"));
        let _ = fs::create_dir(&home);
        std::os::unix::fs::chown(&home, Some(user), Some(user)).unwrap();
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .current_dir(place.path("project"))
            .env("HOME", home)
            .env("PGPROOF_RUN_DIR", place.run_folder())
            .env_remove("XDG_CACHE_HOME")
            .env_remove("PGPROOF_CACHE")
            .stdin(Stdio::null())
            .process_group(0)
            .uid(user)
            .gid(user);
        command
    };
    let mut servers: Vec<Running> = [one, other]
        .map(|user| Running::of(&mut command(user, &["up"])))
        .into();
    let urls: Vec<String> = servers.iter_mut().map(Running::first_line).collect();
    assert_ne!(urls[0], urls[1]);
    // Neither gets into the other's server, nor into the other's cache.
    let psql = |user: u32, url: &str| {
        let mut psql = command(user, &["exec", "--", "psql", "-X", "-c", "SELECT 1", url]);
        Outcome::of(&psql.output().unwrap())
    };
    psql(one, &urls[0]).expect(0, &[]);
    psql(one, &urls[1]).expect(2, &["Permission denied"]);
    let mut intruder = command(other, &["verify"]);
    let cache = place.path(&format!("home-{one}/.cache/pgproof"));
    Outcome::of(&intruder.env("PGPROOF_CACHE", &cache).output().unwrap())
        .expect(6, &["failed to use the cache", "another user"]);
    for server in servers {
        server.signal(Signal::SIGINT);
        server.wait().expect(0, &[]);
    }
    place.assert_nothing_left();
}

#[test]
fn the_environment_of_a_client_reaches_no_server() {
    let place = Place::new().migration(
        "CREATE TABLE first (id int DEFAULT 1);\n\
         DO $$ BEGIN\n\
           ASSERT current_setting('DateStyle') = 'ISO, MDY', current_setting('DateStyle');\n\
           ASSERT current_setting('search_path') = '\"$user\", public', current_setting('search_path');\n\
           ASSERT current_setting('TimeZone') = 'UTC', current_setting('TimeZone');\n\
           ASSERT current_setting('lc_messages') = 'C', current_setting('lc_messages');\n\
           ASSERT current_setting('lc_numeric') = 'C', current_setting('lc_numeric');\n\
         END $$;",
    );
    let script = "echo \"$PGHOSTADDR$PGSERVICE$PGPASSWORD$PGOPTIONS, server:\"; \
                  tr '\\0' '\\n' <\"/proc/$(head -1 \"$PGHOST/data/postmaster.pid\")/environ\" | grep -E '^(PG|LC_|TZ)'; true";
    let mut command = place.pgproof(&["exec", "--", "sh", "-c", script]);
    command
        .env("PGPORT", "6000")
        .env("PGHOSTADDR", "203.0.113.1")
        .env("PGHOST", "production.example")
        .env("PGSERVICE", "production")
        .env("PGUSER", "nobody")
        .env("PGPASSWORD", "secret")
        .env("PGDATABASE", "production")
        .env("PGDATESTYLE", "German, DMY")
        .env("PGTZ", "Asia/Tokyo")
        .env("TZ", "Asia/Tokyo")
        .env("LC_ALL", "de_DE.UTF-8")
        .env("PGOPTIONS", "-c search_path=pg_catalog")
        .env("PGPROOF_CACHE", place.path("cache"));
    let outcome = place.run_command(&mut command);
    outcome.expect(0, &[]);
    // The command gets its options, which are for psql, and nothing that leads it to another server; the server gets the
    // time zone that all have.
    assert_eq!(outcome.stdout, "-c search_path=pg_catalog, server:\nTZ=UTC\n");
}

#[test]
fn an_empty_path_is_enough() {
    let place = table();
    let programs = super::running::programs();
    let mut command = place.pgproof(&["verify", "--no-snapshots"]);
    command.env("PATH", "").env("PGPROOF_PG_BIN", &programs);
    place.run_command(&mut command).expect(0, &["proven"]);
    let mut command = place.pgproof(&["up"]);
    let mut running = Running::of(command.env("PATH", "").env("PGPROOF_PG_BIN", &programs));
    running.first_line();
    running.signal(Signal::SIGKILL);
    place.assert_nothing_left();
}
