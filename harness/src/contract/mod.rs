//! `pgproof.toml`: what a project promises, parsed, checked and described.
//!
//! One file a section. `reader` finds all problems of a file at once; [`projects`] finds the contracts on a disk; `allow`
//! applies what is accepted on purpose. Whether the database fits the contract is for the proofs to say, not for this module.

mod allow;
mod audit;
mod complete;
mod context;
mod erasure;
mod files;
mod interval;
mod isolation;
mod migrations;
mod names;
pub mod projects;
mod reader;
mod retention;
mod server;
mod tenant_path;

use std::fmt;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeTable;

pub(crate) use allow::UNUSED_ALLOW;
pub use allow::{Allow, apply, apply_to_some};
pub use audit::{Actor, Audit, AuditColumns, Operation, PartitionName};
pub use complete::{Complete, Rows};
pub use context::Context;
pub use erasure::{Erasure, Subject};
pub use files::FileGlob;
pub use interval::Interval;
pub use isolation::{Isolation, OtherRole, TenantTable};
pub use migrations::{Convention, Ledger, LedgerValue, Migrations};
pub use names::{ColumnName, Pattern, RelationName, RelationPattern, TableName};
pub use reader::ValueError;
pub(crate) use reader::nearest;
pub use retention::{Action, NullAge, Policies, PolicyColumns, RetainedTable, Retention, Returns};
pub use server::{Major, Server, Snapshots};
pub use tenant_path::{TenantPath, TenantStep};

use crate::diagnostic::Diagnostic;
use reader::{Problems, Table};

/// The name of the file.
pub const FILE_NAME: &str = "pgproof.toml";

/// What a project promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "pgproof.toml")]
pub struct Contract {
    /// The project's name. Left out: the name of the contract's folder.
    #[schemars(with = "Option<String>")]
    pub name: String,
    /// Where the migrations are and how they are applied.
    #[schemars(default)]
    pub migrations: Migrations,
    /// Which PostgreSQL the project runs on.
    #[schemars(default)]
    pub server: Server,
    /// The accepted state of the schema.
    #[schemars(default)]
    pub snapshots: Snapshots,
    /// What one tenant may see and do of another's.
    pub isolation: Option<Isolation>,
    /// Changes that have to leave an entry in a log.
    #[schemars(default)]
    pub audit: Vec<Audit>,
    /// What goes when it is old.
    #[schemars(default)]
    pub retention: Vec<Retention>,
    /// How one person is forgotten.
    #[schemars(default)]
    pub erasure: Vec<Erasure>,
    /// What has to be there after the last migration.
    pub complete: Option<Complete>,
    /// Findings that are accepted on purpose.
    #[schemars(default)]
    pub allow: Vec<Allow>,
    /// The contract's file as a user would type it; empty where it was discovered.
    #[serde(skip)]
    #[schemars(skip)]
    file: String,
    /// Its text, to draw messages with.
    #[serde(skip)]
    #[schemars(skip)]
    text: String,
}

impl Contract {
    /// The roles that it names, for whoever acts as them.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let isolation = self.isolation.iter().flat_map(|isolation| {
            let of_context = match &isolation.context {
                Context::Roles { roles, login } => roles.iter().chain(login).collect(),
                Context::Setting { .. } | Context::Sql { .. } => Vec::new(),
            };
            isolation
                .role
                .iter()
                .chain(&isolation.anonymous)
                .chain(isolation.roles.keys())
                .chain(of_context)
        });
        let audit = self.audit.iter().flat_map(|audit| &audit.app_role);
        let retention = self
            .retention
            .iter()
            .flat_map(|retention| retention.run_as.iter().chain(&retention.app_role));
        isolation.chain(audit).chain(retention).map(String::as_str)
    }

    /// Reads a contract. `file` is its path as messages show it; the folder in it names the project if the contract does not.
    ///
    /// ```
    /// use pgproof::contract::Contract;
    /// let contract = Contract::parse("name = \"helios\"\n[server]\npostgres = [\"17\"]\n", "pgproof.toml").unwrap();
    /// assert_eq!(contract.database(), "helios");
    /// ```
    pub fn parse(text: &str, file: &str) -> Result<Self, ContractError> {
        let folder = Utf8Path::new(file)
            .parent()
            .and_then(Utf8Path::file_name)
            .unwrap_or("project");
        Self::parse_in(text, file, folder)
    }

    fn parse_in(text: &str, file: &str, folder: &str) -> Result<Self, ContractError> {
        let mut problems = Problems::new(file, text);
        let contract = Self::read_tree(text, file, folder, &mut problems);
        ContractError::unless_empty(problems.into_found())?;
        // Whatever could not be read left a problem behind, so that this never stands alone.
        contract.ok_or_else(|| ContractError { problems: Vec::new() })
    }

    fn read_tree(text: &str, file: &str, folder: &str, problems: &mut Problems<'_>) -> Option<Self> {
        let (tree, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            // What a broken file seems to lack may stand right behind the break: say only what is broken.
            for error in errors {
                problems.add(error.span().unwrap_or(0..0), ValueError::new(error.message()));
            }
            return None;
        }
        let mut table = Table::root(tree.get_ref(), 0..0, "the contract", problems);
        let name: Option<String> = table.optional("name");
        if name
            .as_ref()
            .is_some_and(|name| name.contains(['/', '\\']) || name.contains(char::is_control))
        {
            table.add(
                "name",
                ValueError::new("a project's name also names files: no slashes, no control characters"),
            );
        }
        let contract = Self {
            name: name.unwrap_or_else(|| folder.to_owned()),
            migrations: table.or_default("migrations"),
            server: table.or_default("server"),
            snapshots: table.or_default("snapshots"),
            isolation: table.optional("isolation"),
            audit: table.or_default("audit"),
            retention: table.or_default("retention"),
            erasure: table.or_default("erasure"),
            complete: table.optional("complete"),
            allow: table.or_default("allow"),
            file: file.to_owned(),
            text: text.to_owned(),
        };
        table.close();
        Some(contract)
    }

    /// Reads the contract at `path`; messages show that path.
    pub fn read(path: &Utf8Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path).map_err(|source| ReadError::Open {
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = String::from_utf8_lossy(before).matches('\n').count() + 1;
            ReadError::NotUtf8 {
                path: path.to_owned(),
                line,
            }
        })?;
        let absolute = path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        let folder = absolute
            .parent()
            .and_then(Utf8Path::file_name)
            .unwrap_or("project");
        Ok(Self::parse_in(&text, path.as_str(), folder)?)
    }

    /// The contract of a folder of bare migrations: all defaults.
    pub fn discovered(name: &str, migrations: &Utf8Path) -> Self {
        Self {
            name: name.to_owned(),
            migrations: Migrations {
                path: migrations.to_owned(),
                ..Migrations::default()
            },
            server: Server::default(),
            snapshots: Snapshots::default(),
            isolation: None,
            audit: Vec::new(),
            retention: Vec::new(),
            erasure: Vec::new(),
            complete: None,
            allow: Vec::new(),
            file: String::new(),
            text: String::new(),
        }
    }

    /// The name of the database that migrations see.
    pub fn database(&self) -> &str {
        self.migrations.database.as_deref().unwrap_or(&self.name)
    }

    /// The JSON schema of `pgproof.toml`, for editors.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// What is wrong with a contract: everything at once, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractError {
    /// Each problem with its place.
    pub problems: Vec<Diagnostic>,
}

impl ContractError {
    fn unless_empty(problems: Vec<Diagnostic>) -> Result<(), Self> {
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Self { problems })
        }
    }

    /// Draws all problems, with colours where `styled`.
    pub fn render(&self, styled: bool) -> String {
        let drawn: Vec<String> = self
            .problems
            .iter()
            .map(|problem| problem.render(styled))
            .collect();
        drawn.join("\n\n")
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for ContractError {}

/// Why a contract could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("failed to read the contract {path}")]
    Open {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no text.
    #[error("the contract {path} is not UTF-8 text: see line {line}")]
    NotUtf8 {
        /// The file.
        path: Utf8PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// The file is no contract.
    #[error(transparent)]
    Contract(#[from] ContractError),
}

#[cfg(test)]
#[path = "contract_tests.rs"]
mod tests;
