//! Processes of one run share a server: the first starts it, the last one out ends it, however they end.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pgproof::Project;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_mins(1);

/// The program of the processes: it tells where its database is, and ends when its input ends.
#[tokio::test]
#[ignore = "the other tests run it as a process of its own"]
async fn member() {
    let project = Project::open(std::env::var("PROJECT").unwrap()).unwrap();
    let database = project.database().await.unwrap();
    let mut session = database.connect().await.unwrap();
    let rows: i64 =
        sqlx::query_scalar("INSERT INTO notes DEFAULT VALUES RETURNING (SELECT count(*) FROM notes)")
            .fetch_one(&mut session)
            .await
            .unwrap();
    assert_eq!(rows, 0, "another process has written here");
    let mut transaction = project.transaction().await.unwrap();
    sqlx::query("INSERT INTO notes DEFAULT VALUES")
        .execute(&mut *transaction)
        .await
        .unwrap();
    println!("at {}", database.url());
    std::io::stdin().lines().count();
}

/// A run: its cache, the folder of its servers, its project and its name.
struct Run {
    folder: TempDir,
    name: String,
}

/// A process that has its database.
struct Member {
    process: Child,
    input: Option<ChildStdin>,
    _output: BufReader<ChildStdout>,
    url: String,
}

impl Run {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() {
            memory
        } else {
            Path::new("/tmp")
        };
        let folder = tempfile::Builder::new()
            .prefix("share-")
            .tempdir_in(parent)
            .unwrap();
        let open = |path: &Path| {
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        };
        open(folder.path());
        for name in ["run", "project"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            open(&folder.path().join(name));
        }
        fs::write(
            folder.path().join("project/001_notes.sql"),
            "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
        )
        .unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
        Self { folder, name }
    }

    fn spawn(&self) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["member", "--exact", "--ignored", "--nocapture"])
            .env("PROJECT", self.folder.path().join("project"))
            .env(
                "PGPROOF_CACHE",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
            )
            .env("PGPROOF_RUN_DIR", self.folder.path().join("run"))
            .env("PGPROOF_RUN", &self.name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn pgproof(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgproof"));
        command
            .args(arguments)
            .current_dir(self.folder.path().join("project"))
            .env(
                "PGPROOF_CACHE",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
            )
            .env("PGPROOF_RUN_DIR", self.folder.path().join("run"))
            .stdin(Stdio::null());
        command
    }

    fn members(&self, count: usize) -> Vec<Member> {
        let spawned: Vec<Child> = (0..count).map(|_| self.spawn()).collect();
        spawned.into_iter().map(Member::of).collect()
    }

    /// The folders of servers that are there.
    fn servers(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("run")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn assert_ends(&self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.servers().is_empty() {
            assert!(
                Instant::now() < deadline,
                "the server stays: {:?}",
                self.servers()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Member {
    fn of(mut process: Child) -> Self {
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("at ") {
            line.clear();
            assert!(
                output.read_line(&mut line).unwrap() > 0,
                "a member has ended early"
            );
        }
        Self {
            process,
            input,
            _output: output,
            url: line["at ".len()..].trim().to_owned(),
        }
    }

    fn server(&self) -> &str {
        self.url.split_once("?host=").unwrap().1
    }

    fn leave(mut self) {
        self.input = None;
        assert!(self.process.wait().unwrap().success());
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn twenty_processes_share_a_server_and_each_has_a_database_of_its_own() {
    let run = Run::new();
    let members = run.members(20);
    let servers: BTreeSet<&str> = members.iter().map(Member::server).collect();
    assert_eq!(servers.len(), 1, "{servers:?}");
    let databases: BTreeSet<&str> = members.iter().map(|member| &*member.url).collect();
    assert_eq!(databases.len(), 20);
    assert_eq!(run.servers().len(), 1);
    for member in members {
        member.leave();
    }
    run.assert_ends();
}

#[test]
fn whoever_is_killed_the_others_go_on_and_the_last_one_out_ends_it() {
    let run = Run::new();
    // The one that starts the server goes first.
    let mut members = run.members(1);
    members.extend(run.members(3));
    let server = members[0].server().to_owned();
    for _ in 0..3 {
        members.remove(0).kill();
        let newcomer = run.members(1).remove(0);
        assert_eq!(newcomer.server(), server);
        newcomer.kill();
    }
    members.remove(0).kill();
    run.assert_ends();
}

#[test]
fn who_comes_after_the_end_starts_a_server_anew() {
    let run = Run::new();
    let first = run.members(1).remove(0);
    let before = first.server().to_owned();
    first.leave();
    // Soon after it is still there.
    let second = run.members(1).remove(0);
    assert_eq!(second.server(), before);
    second.leave();
    run.assert_ends();
    let third = run.members(1).remove(0);
    assert_ne!(third.server(), before);
    third.leave();
    run.assert_ends();
}

#[test]
fn other_runs_have_other_servers() {
    let one = Run::new();
    let other = Run::new();
    let (mine, yours) = (one.members(1).remove(0), other.members(1).remove(0));
    assert_ne!(mine.server(), yours.server());
    mine.leave();
    yours.leave();
}

#[tokio::test]
async fn what_dead_processes_leave_is_dropped_and_what_the_living_have_is_not() {
    let run = Run::new();
    let living = run.members(1).remove(0);
    // More than are left alone.
    for _ in 0..5 {
        for member in run.members(9) {
            member.kill();
        }
    }
    let mut session = PgConnection::connect(&living.url).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Each newcomer looks for them, and may be too early for the server to have seen that a process is dead.
        let newcomer = run.members(1).remove(0);
        let clones: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname ~ '_pgproof_[0-9a-f]{8}_'")
                .fetch_one(&mut session)
                .await
                .unwrap();
        newcomer.leave();
        // The server leaves a few alone, and has those of the two that live.
        if clones <= 34 {
            break;
        }
        assert!(Instant::now() < deadline, "{clones} are left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    session.close().await.unwrap();
    living.leave();
    run.assert_ends();
}

#[test]
fn under_exec_all_use_the_server_of_exec() {
    let run = Run::new();
    let mut command = run.pgproof(&["exec", "--", "sh", "-c"]);
    // Two members, one after the other; `exec` itself holds the server in between.
    command
        .arg("for _ in 1 2; do \"$MEMBER\" member --exact --ignored --nocapture </dev/null || exit 9; done; echo \"$DATABASE_URL\"")
        .env("MEMBER", std::env::current_exe().unwrap())
        .env("PROJECT", run.folder.path().join("project"));
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let servers: BTreeSet<&str> = said
        .lines()
        .filter_map(|line| Some(line.split_once("?host=")?.1.split('&').next().unwrap()))
        .collect();
    assert_eq!(servers.len(), 1, "{said}");
    assert_eq!(said.matches("?host=").count(), 3, "{said}");
    assert_eq!(run.servers(), Vec::<PathBuf>::new(), "it ends with `exec`");
}

#[test]
fn a_set_up_script_of_nextest_gives_all_tests_one_server() {
    if !Command::new("cargo")
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("skipped: cargo-nextest is not installed");
        return;
    }
    let run = Run::new();
    let tests = run.folder.path().join("tests");
    for folder in ["src", ".config"] {
        fs::create_dir_all(tests.join(folder)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(tests.join(name), text).unwrap();
    write(
        "Cargo.toml",
        "[package]\nname = \"tests\"\nedition = \"2024\"\n[workspace]\n",
    );
    write(
        "src/lib.rs",
        r#"
            #[cfg(test)]
            fn has_its_database() {
                let url = std::env::var("DATABASE_URL").unwrap();
                let status = std::process::Command::new("psql")
                    .args(["-X", "-v", "ON_ERROR_STOP=1", "-c", "INSERT INTO notes DEFAULT VALUES", &url])
                    .status();
                assert!(status.unwrap().success());
            }
            #[test]
            fn one() { has_its_database() }
            #[test]
            fn other() { has_its_database() }
        "#,
    );
    write(
        ".config/nextest.toml",
        r#"
            experimental = ["setup-scripts"]
            [scripts.setup.database]
            command = "./database"
            [[profile.default.scripts]]
            filter = "all()"
            setup = "database"
        "#,
    );
    let pgproof = run.pgproof(&["up", "--while", "$PPID"]);
    let script = format!(
        "#!/bin/sh\nexec '{}' up --while $PPID '{}'\n",
        pgproof.get_program().display(),
        run.folder.path().join("project").display()
    );
    write("database", &script);
    fs::set_permissions(
        tests.join("database"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let mut nextest = Command::new("cargo");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("NEXTEST")) {
        nextest.env_remove(name);
    }
    let output = nextest
        .args(["nextest", "run", "--offline", "--no-fail-fast"])
        .current_dir(&tests)
        .env("CARGO_TARGET_DIR", tests.join("target"))
        .envs(
            pgproof
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("2 tests run: 2 passed"), "{said}");
    run.assert_ends();
}
