//! Reading a folder of migrations by convention: what is read, in what order, and what is said about names.

mod atlas;
mod dbmate;
mod detection;
mod diesel;
mod drizzle;
mod errors;
mod flyway;
mod golang_migrate;
mod goose;
mod graphile;
mod node_pg_migrate;
mod plain;
mod pop;
mod postgres_migrations;
mod prisma;
mod refinery;
mod sqitch;
mod sqlx;
mod structure;
mod supabase;

use std::error::Error as _;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::migrate::{
    Convention, Encoding, Migration, ReadError, ReadOptions, Reading, Script, TransactionRule, detect, read,
};
use rstest::rstest;

/// A project's folder that is removed with it.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// One with these files, each of one statement; a name that ends in `/` is a folder.
    fn of(names: &[&str]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        // Where the search for manifests ends.
        project.write(".git/HEAD", "");
        for name in names {
            project.write(name, "select 1;\n");
        }
        project
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    fn read_at(&self, path: &str, convention: Option<Convention>) -> Result<Reading, ReadError> {
        read(
            self.root(),
            path.into(),
            &ReadOptions {
                convention,
                ..ReadOptions::default()
            },
        )
    }

    fn plain(&self) -> Reading {
        self.read_at("db", Some(Convention::Plain)).unwrap()
    }

    fn sqlx(&self) -> Reading {
        self.read_at("db", Some(Convention::Sqlx)).unwrap()
    }

    /// One with these files in `db/`.
    fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::of(&[]);
        for (name, text) in files {
            project.write(&format!("db/{name}"), text);
        }
        project
    }

    fn reading(&self, convention: Convention) -> Reading {
        self.read_at("db", Some(convention))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Why the folder is not read.
    fn refusal(&self, convention: Convention) -> String {
        self.read_at("db", Some(convention)).unwrap_err().to_string()
    }

    fn detect(&self) -> Result<Convention, ReadError> {
        self.detect_at("db")
    }

    fn detect_at(&self, path: &str) -> Result<Convention, ReadError> {
        detect(self.root(), path.into(), &ReadOptions::default()).map(|(convention, _)| convention)
    }
}

fn versions(reading: &Reading) -> Vec<(&str, &str)> {
    reading
        .migrations
        .iter()
        .map(|m| (m.version.as_str(), m.name.as_str()))
        .collect()
}

fn files(reading: &Reading) -> Vec<&str> {
    reading.migrations.iter().map(|m| m.up.path.as_str()).collect()
}

fn down(migration: &Migration) -> Option<&str> {
    migration.down.as_ref().map(|down| down.path.as_str())
}

/// The objects of the violated claims of a rule.
fn violated<'a>(reading: &'a Reading, rule: &str) -> Vec<&'a str> {
    let of_rule = |claim: &&Claim| claim.rule == rule && claim.verdict == Verdict::Violated;
    reading
        .claims
        .iter()
        .filter(of_rule)
        .map(|claim| claim.object.as_str())
        .collect()
}

/// The messages of the claims of a rule that are not proven.
fn messages<'a>(reading: &'a Reading, rule: &str) -> Vec<&'a str> {
    let of_rule = |claim: &&Claim| claim.rule == rule && claim.verdict != Verdict::Proven;
    reading
        .claims
        .iter()
        .filter(of_rule)
        .map(|claim| claim.message.as_str())
        .collect()
}

/// The messages that the tool makes of a script.
fn sent(script: &Script) -> Vec<&str> {
    let messages = script.messages.as_deref().unwrap_or_default();
    messages
        .iter()
        .map(|span| script.text[span.clone()].trim())
        .collect()
}

fn proven(reading: &Reading) -> Vec<(&str, &str)> {
    let proven = reading
        .claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Proven);
    proven
        .map(|claim| (claim.rule.as_str(), claim.object.as_str()))
        .collect()
}

/// The rules of the violated claims, each once.
fn rules(reading: &Reading) -> Vec<&str> {
    let violated = reading
        .claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated);
    let mut rules: Vec<&str> = violated.map(|claim| claim.rule.as_str()).collect();
    rules.dedup();
    rules
}
