//! What is known of an attempt to reach what is another restaurant's. The same fields are the table's columns and the
//! names in the file of those that the database did not take.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Somebody tried what they may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Made here and not by the database, so that an entry that reaches both the database and the file is one.
    pub id: Uuid,
    /// What was tried.
    pub event_type: String,
    /// Who tried; none where nobody was logged in.
    pub user_id: Option<Uuid>,
    /// The restaurant that the user works for.
    pub authenticated_restaurant_id: Option<Uuid>,
    /// The restaurant whose data was asked for.
    pub attempted_restaurant_id: Option<Uuid>,
    /// The application's session.
    pub session_id: Option<String>,
    /// Where the request came from.
    pub ip_address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// When it was tried, and not when it was written down.
    pub created_at: Timestamp,
}

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Nothing to do.
    Info,
    /// A mistake, most likely.
    Warning,
    /// An attempt.
    Error,
    /// An attempt that calls for somebody at once.
    Critical,
}

impl Severity {
    /// As the table's CHECK spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}
