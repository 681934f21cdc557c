//! A server that others run: a real one on a port of 127.0.0.1, which lets nobody in without TLS and a password, with a
//! database and a role of theirs.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User, chown};
use tempfile::TempDir;

use super::command::wait_until;

pub(crate) const PASSWORD: &str = "s3cret-of-boss";
pub(crate) const MAKERS_PASSWORD: &str = "s3cret-of-maker";

pub(crate) struct Lent {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
    server: Child,
}

impl Lent {
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("lent-")
            .tempdir_in("/tmp")
            .unwrap();
        let bin = pgproof::server::find::choose(None, &[]).unwrap().bin;
        certificates(folder.path());
        give_away(folder.path());
        let data = folder.path().join("data");
        let made = as_server(bin.join("initdb"))
            .args([
                "--username=boss",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .arg("--pgdata")
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = as_server(bin.join("postgres"));
        command.arg("-D").arg(&data).arg("-k").arg(folder.path());
        for (name, value) in [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("fsync", "off".to_owned()),
            ("ssl", "on".to_owned()),
            (
                "ssl_cert_file",
                folder.path().join("server.pem").display().to_string(),
            ),
            (
                "ssl_key_file",
                folder.path().join("server.key").display().to_string(),
            ),
        ] {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let server = command
            .stderr(Stdio::from(log))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let lent = Self {
            folder,
            bin,
            port,
            server,
        };
        wait_until("the server lets us in", || lent.try_sql("SELECT 1").is_some());
        lent.sql(&format!("ALTER ROLE boss PASSWORD '{PASSWORD}'"));
        lent.sql(&format!(
            "CREATE ROLE maker LOGIN CREATEDB CREATEROLE PASSWORD '{MAKERS_PASSWORD}'"
        ));
        lent.sql("CREATE ROLE innocent");
        lent.sql("CREATE DATABASE precious OWNER innocent");
        lent
    }

    /// The URL of its superuser.
    pub(crate) fn boss(&self) -> String {
        self.url("boss", PASSWORD, &self.file("ca.pem"))
    }

    /// The URL of a login that may make databases and roles and is no superuser.
    pub(crate) fn maker(&self) -> String {
        self.url("maker", MAKERS_PASSWORD, &self.file("ca.pem"))
    }

    /// The same as the first with certificates that did not sign the server's.
    pub(crate) fn boss_elsewhere(&self) -> String {
        self.url("boss", PASSWORD, &self.file("other.pem"))
    }

    fn url(&self, user: &str, password: &str, root: &str) -> String {
        format!(
            "postgres://{user}:{password}@127.0.0.1:{}/postgres?sslmode=verify-full&sslrootcert={root}",
            self.port
        )
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// What a statement of the superuser's gives.
    pub(crate) fn sql(&self, statement: &str) -> String {
        self.try_sql(statement).unwrap()
    }

    fn try_sql(&self, statement: &str) -> Option<String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .host(&self.folder.path().to_string_lossy())
            .port(self.port)
            .username("boss")
            .database("postgres");
        runtime.block_on(async {
            use sqlx::{Connection as _, Row as _};
            let mut session = sqlx::PgConnection::connect_with(&options).await.ok()?;
            let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
                .fetch_all(&mut session)
                .await
                .ok()?;
            session.close().await.ok()?;
            let text = |row: &sqlx::postgres::PgRow| row.try_get::<String, _>(0).unwrap_or_default();
            Some(rows.iter().map(text).collect::<Vec<_>>().join(" "))
        })
    }

    /// Its databases and roles, and who is a member of what.
    pub(crate) fn state(&self) -> String {
        self.sql(
            "SELECT name FROM (
                SELECT 'database ' || datname || ' of ' || datdba::regrole AS name FROM pg_database
                UNION ALL SELECT 'role ' || rolname || ' ' || coalesce(rolpassword, '') FROM pg_authid
                UNION ALL SELECT 'member ' || member::regrole || ' ' || roleid::regrole FROM pg_auth_members
            ) AS all_of_it ORDER BY name",
        )
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // PostgreSQL's immediate shutdown.
        let _ = kill(
            Pid::from_raw(self.server.id().try_into().unwrap()),
            Signal::SIGQUIT,
        );
        let _ = self.server.wait();
        let _ = &self.bin;
    }
}

/// PostgreSQL refuses to run as root.
fn server_user() -> Option<User> {
    Uid::effective().is_root().then(|| {
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).unwrap())
            .unwrap()
    })
}

fn as_server(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_remove("PGPORT");
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

fn give_away(folder: &Path) {
    let Some(user) = server_user() else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        chown(&entry.unwrap().path(), Some(user.uid), Some(user.gid)).unwrap();
    }
    chown(folder, Some(user.uid), Some(user.gid)).unwrap();
}

/// A certificate for 127.0.0.1, who signed it, and who did not.
fn certificates(folder: &Path) {
    std::fs::write(
        folder.join("names"),
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .unwrap();
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca",
        "req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other",
        "req -newkey rsa:2048 -nodes -keyout server.key -out request.pem -subj /CN=server",
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    ] {
        let done = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}
