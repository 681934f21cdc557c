//! A throwaway cluster for these tests, from a folder of PostgreSQL's programs: `initdb`, `pg_ctl`, `postgres`.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};
use tempfile::TempDir;

/// The folders to test with: `PGPROOF_TEST_PG`, separated by colons, or what is installed.
pub(crate) fn folders() -> Vec<PathBuf> {
    if let Ok(folders) = env::var("PGPROOF_TEST_PG") {
        return folders.split(':').map(PathBuf::from).collect();
    }
    let usual = PathBuf::from("/usr/lib/postgresql/15/bin");
    if usual.exists() {
        return vec![usual];
    }
    let found = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .expect("pg_config, or PGPROOF_TEST_PG");
    vec![PathBuf::from(
        String::from_utf8(found.stdout).expect("a path").trim(),
    )]
}

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Server {
    programs: PathBuf,
    folder: TempDir,
}

impl Server {
    pub(crate) fn start(programs: &Path) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            TempDir::new_in(memory)
        } else {
            TempDir::new()
        }
        .expect("a folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("a folder open to all");
        let server = Self {
            programs: programs.to_owned(),
            folder,
        };
        let data = server.data();
        server.run(&format!(
            "initdb -D {data} -U postgres -A trust -N --no-locale -E UTF8"
        ));
        let options = format!(
            "-c listen_addresses= -c fsync=off -c wal_level=logical -k {}",
            server.folder.path().display()
        );
        server.run(&format!("pg_ctl -D {data} -l {data}/log -w -o '{options}' start"));
        server
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// Runs one of the programs, as `postgres` where we are root, since PostgreSQL refuses to be.
    fn run(&self, command: &str) {
        let command = format!("{}/{command} >/dev/null", self.programs.display());
        let mut shell = if nix::unistd::geteuid().is_root() {
            let mut su = Command::new("su");
            su.args(["postgres", "-s", "/bin/sh", "-c", &command]);
            su
        } else {
            let mut sh = Command::new("sh");
            sh.args(["-c", &command]);
            sh
        };
        let status = shell.current_dir("/").status().expect("a shell");
        assert!(status.success(), "{command}: {status}");
    }

    pub(crate) async fn connect(&self, database: &str) -> PgConnection {
        PgConnectOptions::new()
            .socket(self.folder.path())
            .username("postgres")
            .database(database)
            .connect()
            .await
            .expect("a connection")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run(&format!("pg_ctl -D {} -m immediate -w stop", self.data()));
    }
}

/// Runs SQL of one or more statements.
pub(crate) async fn run(connection: &mut PgConnection, sql: &str) {
    if let Err(error) = try_to_run(connection, sql).await {
        panic!("{sql}: {error}");
    }
}

pub(crate) async fn try_to_run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .map(drop)
}
