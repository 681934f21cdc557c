//! What the tests start from: the project, a database, the bootstrap program.

use std::process::Stdio;

use pgproof::claim::{Claim, Verdict};
use pgproof::prove::{self, Options, Snapshots};
use pgproof::{Database, Project, report};
use rstest::fixture;
use sqlx::PgConnection;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use uuid::Uuid;

/// The migrations, seen from where cargo runs the tests of this crate.
pub(crate) const MIGRATIONS: &str = "../migrations/aim";

pub(crate) const EMAIL: &str = "root@acme.example";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// The project with its contract.
#[fixture]
pub(crate) fn project() -> Project {
    Project::open(MIGRATIONS).expect("migrations/aim is a project")
}

/// A fresh database with every migration applied.
#[fixture]
pub(crate) async fn database() -> Database {
    pgproof::database(MIGRATIONS).await.expect("the migrations apply")
}

/// The database that production had before the migrations of these versions or files.
pub(crate) async fn without(migrations: &[&str]) -> Database {
    project()
        .without(migrations)
        .expect("migrations of these names")
        .database()
        .await
        .expect("the others apply")
}

/// Everything that pgproof says of a project, without its accepted snapshots: those are of the whole set.
pub(crate) async fn verify(project: &Project) -> report::Project {
    let options = Options {
        snapshots: Snapshots::Ignored,
        ..Options::default()
    };
    prove::verify(project, &options, &|_| {}).await
}

/// The claims of a rule that are not proven, by what they are about.
pub(crate) fn findings<'a>(report: &'a report::Project, rule: &str) -> Vec<&'a Claim> {
    report
        .claims
        .iter()
        .filter(|claim| claim.rule == rule && claim.verdict != Verdict::Proven)
        .collect()
}

/// The URL of sessions that act as the application. Its role can't log in, since in production the platform sees to
/// that; to let it would be a change for every test of this process, for roles belong to the server.
pub(crate) fn application_url(database: &Database) -> String {
    format!("{}&options=-c%20role%3Didentity_app", database.url())
}

/// An organization with an administrator, made the way it was before there was a bootstrap program that worked.
pub(crate) async fn organization(session: &mut PgConnection, domain: &str) -> (Uuid, Uuid) {
    sqlx::query_as(include_str!("organization.sql"))
        .bind(domain)
        .fetch_one(session)
        .await
        .expect("the tables of 001 are there")
}

/// How many rows a table has.
pub(crate) async fn count(session: &mut PgConnection, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM {}", pgproof::sql::identifier(table));
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .fetch_one(session)
        .await
        .expect("the table is there")
}

/// The SQLSTATE with which the server refused.
pub(crate) fn sqlstate<T: std::fmt::Debug>(outcome: &Result<T, sqlx::Error>) -> String {
    match outcome {
        Err(sqlx::Error::Database(error)) => error.code().unwrap_or_default().into_owned(),
        other => panic!("the server did not refuse: {other:?}"),
    }
}

/// A call of the program `aim-bootstrap` with every flag that it needs, the password on its standard input and an
/// empty environment.
pub(crate) struct Bootstrap {
    flags: Vec<(&'static str, String)>,
    variables: Vec<(&'static str, &'static str)>,
    password: String,
    yes: bool,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bootstrap {
    pub(crate) fn of(url: &str) -> Self {
        let flags = [
            ("--database-url", url),
            ("--organization", "Acme"),
            ("--domain", "acme.example"),
            ("--admin-email", EMAIL),
            ("--admin-name", "Root"),
            ("--admin-password-file", "-"),
        ];
        Self {
            flags: flags.map(|(flag, value)| (flag, value.to_owned())).into(),
            variables: Vec::new(),
            password: format!("{PASSWORD}\n"),
            yes: true,
        }
    }

    pub(crate) fn with(mut self, flag: &'static str, value: &str) -> Self {
        self = self.without(flag);
        self.flags.push((flag, value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, flag: &str) -> Self {
        self.flags.retain(|(name, _)| *name != flag);
        self
    }

    pub(crate) fn with_variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    pub(crate) fn with_password(mut self, password: &str) -> Self {
        password.clone_into(&mut self.password);
        self
    }

    pub(crate) fn without_yes(mut self) -> Self {
        self.yes = false;
        self
    }

    pub(crate) async fn run(&self) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aim-bootstrap"));
        for (flag, value) in &self.flags {
            command.args([*flag, value]);
        }
        if self.yes {
            command.arg("--yes");
        }
        let mut program = command
            .env_clear()
            .envs(self.variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut stdin = program.stdin.take().expect("a pipe");
        // A program that refuses its flags does not read, so the pipe may be closed at the other end.
        drop(stdin.write_all(self.password.as_bytes()).await);
        drop(stdin);
        let output = program.wait_with_output().await.expect("the program ends");
        Ended {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Ended {
    /// The same, having made sure that it went well.
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.status, Some(0), "{}", self.stderr);
        self
    }
}
