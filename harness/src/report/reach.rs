//! The isolation matrix: what each role was seen to reach of each table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One cell: how far a role got with a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The role; for that of the tenants, as tenant A.
    pub role: String,
    /// The table, with its schema.
    pub relation: String,
    /// What was sent.
    pub command: Command,
    /// Which rows it reached.
    pub reached: Reached,
    /// Why it is untried; null where it is not.
    pub why: Option<String>,
}

/// A command on a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "they are SQL's")]
pub enum Command {
    Select,
    Insert,
    Update,
    Delete,
    Truncate,
}

impl Command {
    /// In the order of the matrix's columns.
    pub const ALL: [Self; 5] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Truncate,
    ];
}

/// Which rows a command reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reached {
    /// Rows that are another tenant's (to a role that is no tenant, any tenant's), or internal.
    All,
    /// The actor's own and shared ones.
    #[serde(rename = "own+shared")]
    OwnAndShared,
    /// The actor's own.
    Own,
    /// Those that are no single tenant's: shared ones and those of nobody, and for SELECT what anyone may read.
    Shared,
    /// It was refused, or there was no row for it.
    None,
    /// It could not be told.
    Untried,
}

/// As SQL has it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Truncate => "TRUNCATE",
        })
    }
}

/// As in JSON.
impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::OwnAndShared => "own+shared",
            Self::Own => "own",
            Self::Shared => "shared",
            Self::None => "none",
            Self::Untried => "untried",
        })
    }
}

/// The cells as the rows of a table: role, relation, and one text a command.
pub fn rows(matrix: &[Reach]) -> Vec<(&str, &str, [String; 5])> {
    let mut rows: Vec<(&str, &str, [String; 5])> = Vec::new();
    for reach in matrix {
        let (role, relation) = (reach.role.as_str(), reach.relation.as_str());
        if !rows.iter().any(|row| (row.0, row.1) == (role, relation)) {
            rows.push((role, relation, Default::default()));
        }
        let row = rows.iter_mut().find(|row| (row.0, row.1) == (role, relation));
        let column = Command::ALL.iter().position(|command| *command == reach.command);
        if let (Some(row), Some(column)) = (row, column) {
            row.2[column] = reach.reached.to_string();
        }
    }
    rows
}
