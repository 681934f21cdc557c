//! How the tests call the program `oms`, and what it may have changed.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use pgproof::Database;
use pgproof::catalog::Catalog;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::fixtures::{KINDS, MIGRATIONS, count, project};

pub(crate) const PENDING: [&str; 4] = [
    "006_add_author_columns.sql",
    "007_sign_documents.sql",
    "008_audit_documents.sql",
    "009_create_audit_metrics.sql",
];

pub(crate) const SYSTEM: [&str; 4] = ["outbox", "schema_migrations", "settings", "system_tables"];

/// The URL of sessions that act as that role. The platform sees to it that it can log in.
pub(crate) fn url_as(database: &Database, role: &str) -> String {
    format!("{}&options=-c%20role%3D{role}", database.url())
}

/// A call of the program, with an empty environment.
pub(crate) struct Oms {
    arguments: Vec<String>,
    answer: &'static str,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Oms {
    pub(crate) fn new<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            arguments: arguments.into_iter().map(str::to_owned).collect(),
            answer: "",
        }
    }

    pub(crate) fn plan(database: &Database) -> Self {
        Self::new([
            "plan",
            "--database-url",
            &url_as(database, "oms_owner"),
            "--migrations",
            MIGRATIONS,
        ])
    }

    pub(crate) fn migrate(database: &Database, migrations: &Path, backup: &Path, pg_dump: &Path) -> Self {
        Self::new([
            "migrate",
            "--database-url",
            &url_as(database, "oms_owner"),
            "--migrations",
            migrations.to_str().unwrap(),
            "--backup",
            backup.to_str().unwrap(),
            "--pg-dump",
            pg_dump.to_str().unwrap(),
        ])
    }

    pub(crate) fn with(mut self, flag: &str) -> Self {
        self.arguments.push(flag.to_owned());
        self
    }

    pub(crate) fn answered(mut self, answer: &'static str) -> Self {
        self.answer = answer;
        self
    }

    pub(crate) async fn run(&self) -> Ended {
        let mut program = Command::new(env!("CARGO_BIN_EXE_oms"))
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut stdin = program.stdin.take().expect("a pipe");
        // A program that asks nothing does not read, so the pipe may be closed at the other end.
        drop(stdin.write_all(self.answer.as_bytes()).await);
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

    /// The report on standard output.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// A folder for what a run needs and leaves.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A program that stands in for `pg_dump` where only what is made of its end counts: not every PostgreSQL at hand has
    /// one.
    pub(crate) fn program(&self, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path("pg_dump");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A run with that answer, and a backup that is a line long.
    pub(crate) fn migrate(&self, database: &Database, migrations: &str) -> Oms {
        Oms::migrate(
            database,
            Path::new(migrations),
            &self.path("backup.sql"),
            &self.program("echo '-- PostgreSQL database dump complete'"),
        )
    }
}

/// Everything that could have changed: the schema, and the rows of every table.
pub(crate) async fn state(database: &Database) -> (Catalog, Vec<(String, i64)>, Vec<String>) {
    let catalog = database.catalog().await.unwrap();
    let mut rows = Vec::new();
    for table in catalog.relations.iter().filter(|table| table.kind.is_table()) {
        let (schema, name) = (&table.name.schema, &table.name.name);
        rows.push((table.name.to_string(), count(database, schema, name).await));
    }
    let mut session = database.connect().await.unwrap();
    let ledger = project().ledger_entries(&mut session).await.unwrap();
    (catalog, rows, ledger)
}

/// The tables of that kind in a report, as they were at that moment.
pub(crate) fn tables(report: &Value, moment: &str, kind: &str) -> Vec<String> {
    report[moment][kind]
        .as_array()
        .unwrap_or_else(|| panic!("{report}"))
        .iter()
        .map(|table| table["table"].as_str().unwrap().to_owned())
        .collect()
}

/// The kinds of documents, by name.
pub(crate) fn kinds() -> Vec<&'static str> {
    let mut names = KINDS.map(|kind| kind.table).to_vec();
    names.sort_unstable();
    names
}
