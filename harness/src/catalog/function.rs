//! Functions, procedures, aggregates and window functions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::grant::Grant;
use super::name::{Name, Oid, Owner};

/// A function, procedure, aggregate or window function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// In `pg_proc`.
    pub oid: Oid,
    /// Schema and name.
    #[serde(flatten)]
    pub name: Name,
    /// What it is.
    pub kind: FunctionKind,
    /// The types of the arguments that a caller gives; with the name they tell overloads apart.
    pub input_types: Vec<String>,
    /// With names and modes, as ALTER FUNCTION takes them.
    pub identity_arguments: String,
    /// The same with defaults.
    pub arguments: String,
    /// `None` for a procedure.
    pub result: Option<String>,
    /// The role it belongs to, and acts as where it is a SECURITY DEFINER.
    pub owner: Owner,
    /// `sql`, `plpgsql` …
    pub language: String,
    /// SECURITY DEFINER.
    pub security_definer: bool,
    /// SET clauses, as `name=value`, sorted.
    pub settings: Option<Vec<String>>,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// LEAKPROOF.
    pub leakproof: bool,
    /// `safe`, `restricted` or `unsafe`.
    pub parallel: String,
    /// Whether it is not called with a NULL.
    pub strict: bool,
    /// COST where it is not the default.
    pub cost: Option<String>,
    /// ROWS where it is not the default.
    pub rows: Option<String>,
    /// The planner's support function.
    pub support: Option<String>,
    /// TRANSFORM FOR TYPE.
    pub transforms: Option<Vec<String>>,
    /// The file of a C function.
    pub library: Option<String>,
    /// An aggregate's parts by their name in CREATE AGGREGATE.
    pub aggregate: Option<BTreeMap<String, String>>,
    /// The source, with the ends of its lines as LF; one between BEGIN ATOMIC and END as PostgreSQL prints it.
    pub body: Option<String>,
    /// The comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Who may call it.
    #[serde(default)]
    pub grants: Vec<Grant>,
}

impl Function {
    /// `app.find_people(text, integer)`: what tells it from all others, for people.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.input_types.join(", "))
    }
}

/// What a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FunctionKind {
    /// Called in an expression.
    #[serde(rename = "function")]
    Function,
    /// Called by CALL.
    #[serde(rename = "procedure")]
    Procedure,
    /// Over many rows.
    #[serde(rename = "aggregate")]
    Aggregate,
    /// Only with OVER.
    #[serde(rename = "window function")]
    Window,
}

/// As SQL says it, in lower case.
impl fmt::Display for FunctionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Window => "window function",
        })
    }
}
