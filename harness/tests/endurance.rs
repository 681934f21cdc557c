//! Starts and stops by the thousand leave nothing behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use pgproof::{Project, Settings, Template};

/// What could be left: open files, processes, files and sockets in the run folder, shared memory segments.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    open_files: usize,
    children: Vec<String>,
    run_folder: Vec<String>,
    segments: Vec<String>,
}

impl Left {
    fn now(run: &Path) -> Self {
        let names = |folder: &str| -> Vec<String> {
            let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
            entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        };
        let me = std::process::id().to_string();
        let is_child = |pid: &String| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
            after_name.split_whitespace().nth(1) == Some(&me)
        };
        let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
        // Those that no process uses, made by one that is gone: other servers of this machine come and go.
        let orphaned = segments.lines().skip(1).filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_orphaned = words[6] == "0" && !Path::new("/proc").join(words[4]).exists();
            is_orphaned.then(|| words[1].to_owned())
        });
        Self {
            open_files: names("/proc/self/fd").len(),
            children: names("/proc").into_iter().filter(is_child).collect(),
            run_folder: names(run.to_str().unwrap()),
            segments: orphaned.collect(),
        }
    }
}

#[test]
fn a_thousand_starts_and_stops_leave_nothing() {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory
    } else {
        Path::new("/tmp")
    };
    let run = tempfile::Builder::new()
        .prefix("endure-")
        .tempdir_in(parent)
        .unwrap();
    // As root, PostgreSQL runs as another user.
    fs::set_permissions(run.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // In a process of its own, since it counts what all of that has.
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["cycles", "--exact", "--ignored", "--nocapture"])
        .env("PGPROOF_RUN_DIR", run.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "the other test runs it as a process of its own"]
fn cycles() {
    let run = std::env::var("PGPROOF_RUN_DIR").unwrap();
    let run = Path::new(&run);
    let project = tempfile::tempdir().unwrap();
    fs::write(
        project.path().join("001_first.sql"),
        "CREATE TABLE first (id int);",
    )
    .unwrap();
    let cycle = |count: usize| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let project = Project::open(Utf8Path::from_path(project.path()).unwrap()).unwrap();
            for _ in 0..count {
                let template = Template::prepare(&project, &Settings::default()).await.unwrap();
                drop(template.clone_database().await.unwrap());
            }
        });
    };
    // The first makes what lasts: the cache.
    cycle(1);
    let before = Left::now(run);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| cycle(250));
        }
    });
    let deadline = Instant::now() + Duration::from_mins(1);
    while Left::now(run) != before {
        assert!(
            Instant::now() < deadline,
            "{:?}, before it {before:?}",
            Left::now(run)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
