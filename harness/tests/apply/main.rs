//! Applying and judging on a real server: small projects that the authors did not think of, broken and mended.

mod clones;
mod completeness;
mod conventions;
mod ledger;
mod lint;
mod origins;
mod platform;
mod psql;
mod queries;
mod search_path;
mod sending;
mod tools;
mod ways_back;

use std::fs;

use camino::Utf8Path;
use pgproof::claim::{Claim, Verdict};
use pgproof::prove::{Options, verify};
use pgproof::report::ProjectError;
use pgproof::{Database, Project};
use sqlx::Row as _;

/// A project's folder that is removed with it.
struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    /// One with these files.
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        // Where the search for manifests ends.
        folder.write(".git/HEAD", "");
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    /// One whose files lie in `db/` and follow the convention `plain`, with more lines for the contract.
    fn plain(contract: &str, files: &[(&str, &str)]) -> Self {
        Self::with_convention("plain", contract, files)
    }

    /// The same for sqlx.
    fn sqlx(contract: &str, files: &[(&str, &str)]) -> Self {
        Self::with_convention("sqlx", contract, files)
    }

    fn with_convention(convention: &str, contract: &str, files: &[(&str, &str)]) -> Self {
        let folder = Self::of(&[]);
        let (migrations, rest) = match contract.find("\n[") {
            Some(at) => contract.split_at(at),
            None => (contract, ""),
        };
        folder.write(
            "pgproof.toml",
            &format!(
                "name = \"probe\"\n[migrations]\npath = \"db\"\nconvention = \"{convention}\"\n{migrations}\n{rest}\n"
            ),
        );
        for (name, text) in files {
            let name = if name.contains('/') {
                (*name).to_owned()
            } else {
                format!("db/{name}")
            };
            folder.write(&name, text);
        }
        folder
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn project(&self) -> Project {
        Project::open(self.root()).unwrap()
    }

    async fn database(&self) -> Database {
        self.project()
            .database()
            .await
            .unwrap_or_else(|error| panic!("{}", error.message()))
    }

    /// Why it can't be applied.
    async fn refusal(&self) -> ProjectError {
        let report = verify(&self.project(), &Options::default(), &|_| {}).await;
        report.error.expect("the project is refused")
    }

    /// What is claimed about it, but for snapshots.
    async fn claims(&self) -> Vec<Claim> {
        let options = Options {
            snapshots: pgproof::prove::Snapshots::Ignored,
            ..Options::default()
        };
        let report = verify(&self.project(), &options, &|_| {}).await;
        if let Some(error) = report.error {
            panic!("{}", error.message);
        }
        report.claims
    }

    /// The claims of one rule: object, verdict, message.
    async fn claims_of(&self, rule: &str) -> Vec<(String, Verdict, String)> {
        let mut claims: Vec<_> = self
            .claims()
            .await
            .into_iter()
            .filter(|claim| claim.rule == rule)
            .map(|claim| (claim.object, claim.verdict, claim.message))
            .collect();
        claims.sort();
        claims
    }
}

/// One text of a database.
async fn text(database: &Database, statement: &'static str) -> String {
    let mut session = database.connect().await.unwrap();
    let row = sqlx::raw_sql(statement).fetch_one(&mut session).await.unwrap();
    row.try_get::<Option<String>, _>(0)
        .unwrap()
        .unwrap_or_else(|| "NULL".to_owned())
}
