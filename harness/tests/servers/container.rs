//! Servers in containers, by a real engine: `.ci/engine` starts one and says in `PGPROOF_TEST_IMAGE` what to start there.

use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::process::Command;

use nix::sys::signal::Signal;
use pgproof::server::Provider;
use pgproof::{Project as Library, Settings};
use rstest::rstest;

use super::command::{Project, Running, wait_until};

/// The image, or why there is no test.
fn image() -> Option<String> {
    let image = std::env::var("PGPROOF_TEST_IMAGE")
        .ok()
        .filter(|image| !image.is_empty());
    if image.is_none() {
        let engine = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "/var/run/docker.sock".to_owned());
        eprintln!(
            "skipped: no container engine with an image of PostgreSQL at {engine}; `bash .ci/engine just test` has one"
        );
    }
    image
}

/// The containers of a process, running or not.
fn containers(process: u32) -> String {
    let listed = Command::new("docker")
        .args(["ps", "--all", "--quiet", "--filter"])
        .arg(format!("label=org.pgproof.process={process}"))
        .output()
        .unwrap();
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    String::from_utf8(listed.stdout).unwrap()
}

#[test]
fn a_container_proves_what_an_embedded_server_proves() {
    let Some(image) = image() else { return };
    let project = Project::new();
    let server = format!("container:{image}");
    let here = project.run(&[
        "verify",
        "--format",
        "json",
        "--no-snapshots",
        "--server",
        &server,
    ]);
    here.expect(0, &[]);
    assert_eq!(here.provider(), "container");
    assert!(
        here.claims("isolation/")
            .contains(&("isolation/read".to_owned(), "proven".to_owned()))
    );
    let elsewhere = project.run(&["verify", "--format", "json", "--no-snapshots"]);
    assert_eq!(here.claims(""), elsewhere.claims(""));

    let failing = Project::of("CREATE TABLE notes (id nonsense);");
    let running = failing.spawn(&["verify", "--server", &server]);
    let process = running.id();
    running.wait().expect(5, &["nonsense"]);
    assert_eq!(containers(process), "");
}

/// An address of TCP at which the engine of a socket answers, too, until the test ends.
fn over_tcp(socket: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let engine = UnixStream::connect(&socket).unwrap();
            let (mut to, mut from) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                to.shutdown(Shutdown::Write)
            });
            let (mut to, mut from) = (client, engine);
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                to.shutdown(Shutdown::Write)
            });
        }
    });
    format!("tcp://{address}")
}

#[rstest]
fn an_engine_elsewhere_is_reached_over_tcp(#[values(false, true)] is_killed: bool) {
    let Some(image) = image() else { return };
    let engine = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    let Some(socket) = engine.strip_prefix("unix://") else {
        eprintln!("skipped: the engine is reached over TCP in all tests");
        return;
    };
    let project = Project::new();
    let mut command = project.command(&["up", "--server", &format!("container:{image}")]);
    let mut running = Running::of(command.env("DOCKER_HOST", over_tcp(socket.to_owned())));
    let process = running.id();
    let url = running.first_line();
    assert!(
        url.starts_with("postgres://postgres:") && url.contains("@127.0.0.1:"),
        "{url}"
    );
    running.signal(if is_killed {
        Signal::SIGKILL
    } else {
        Signal::SIGINT
    });
    running.wait();
    wait_until("the container is gone", || containers(process).is_empty());
}

#[rstest]
fn nothing_is_left_however_a_run_ends(
    #[values(Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL)] signal: Signal,
    #[values(false, true)] is_up: bool,
) {
    let Some(image) = image() else { return };
    let project = Project::new();
    let mut running = project.spawn(&["up", "--server", &format!("container:{image}")]);
    let process = running.id();
    if is_up {
        assert!(running.first_line().starts_with("postgres://postgres:"));
    } else {
        wait_until("the container is made", || !containers(process).is_empty());
    }
    running.signal(signal);
    let ended = running.wait();
    if matches!(signal, Signal::SIGINT | Signal::SIGTERM) {
        // Nobody has to wait for it.
        assert_eq!(
            ended.status,
            Some(if is_up { 0 } else { 130 }),
            "{}",
            ended.said()
        );
        assert_eq!(containers(process), "");
    }
    wait_until("the container is gone", || containers(process).is_empty());
}

#[test]
fn a_container_that_is_ended_by_others_is_told() {
    let Some(image) = image() else { return };
    let project = Project::new();
    let mut running = project.spawn(&["up", "--server", &format!("container:{image}")]);
    running.first_line();
    let process = running.id();
    let id = containers(process);
    assert!(
        Command::new("docker")
            .args(["kill", id.trim()])
            .output()
            .unwrap()
            .status
            .success()
    );
    running.wait().expect(6, &["its container has ended"]);
    assert_eq!(containers(process), "");
}

#[tokio::test]
async fn a_role_logs_in_and_settings_are_those_of_a_throwaway_server() {
    let Some(image) = image() else { return };
    let project = Project::new();
    let library = Library::open(camino::Utf8Path::from_path(project.path()).unwrap()).unwrap();
    let settings = Settings {
        provider: Provider::Container { image: Some(image) },
        ..Settings::default()
    };
    let database = library.on(settings).database().await.unwrap();
    assert_eq!(database.name(), "shop");
    let mut session = database.connect_as("shop_app").await.unwrap();
    let who: String = sqlx::query_scalar("SELECT session_user::text")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(who, "shop_app");
    let fsync: String = sqlx::query_scalar("SHOW fsync")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(fsync, "off");
    let locale: String = sqlx::query_scalar("SHOW lc_collate")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(locale, "C");
}

#[test]
fn an_image_that_can_not_be_had_is_told() {
    if image().is_none() {
        return;
    }
    Project::new()
        .run(&["verify", "--server", "container:pgproof-test/none:0"])
        .expect(6, &["pgproof-test/none:0", "can't be pulled"]);
}

#[test]
fn another_major_than_was_asked_for_is_refused() {
    let Some(image) = image() else { return };
    Project::new()
        .run(&["verify", "--pg", "14", "--server", &format!("container:{image}")])
        .expect(6, &["PostgreSQL 14 was asked for"]);
}

#[test]
fn without_an_engine_it_says_where_it_looked() {
    let nowhere = "unix:///nowhere/docker.sock";
    let project = Project::new();
    let outcome = project
        .command(&["verify", "--server", "container"])
        .env("DOCKER_HOST", nowhere)
        .output()
        .unwrap();
    assert_eq!(outcome.status.code(), Some(6));
    let said = String::from_utf8_lossy(&outcome.stdout);
    assert!(said.contains(nowhere) && said.contains("DOCKER_HOST"), "{said}");
}
