//! Who may go into which restaurant. Whoever may not is turned away first and written down then: that the log fails
//! opens no door.

use std::net::IpAddr;

use jiff::Timestamp;
use uuid::Uuid;

use super::log::{Kept, LogError, SecurityLog};
use super::violation::{Severity, Violation};

/// A user who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who.
    pub user_id: Uuid,
    /// The restaurant that they work for.
    pub restaurant_id: Uuid,
    /// The application's session.
    pub session_id: String,
    /// Where the request came from.
    pub ip_address: IpAddr,
    /// What the client calls itself.
    pub user_agent: String,
}

/// The visitor must not go in.
#[derive(Debug, thiserror::Error)]
#[error("let user {} into another restaurant than their own", .violation.user_id.unwrap_or_default())]
pub struct Refused {
    /// What they tried.
    pub violation: Violation,
    /// Where that is written down.
    pub kept: Result<Kept, LogError>,
}

/// Lets the visitor into their own restaurant and into no other.
///
/// # Errors
/// The restaurant is not the visitor's. Also where the attempt could not be written down.
pub async fn enter(log: &SecurityLog, visitor: &Visitor, restaurant: Uuid) -> Result<(), Box<Refused>> {
    if visitor.restaurant_id == restaurant {
        return Ok(());
    }
    let violation = Violation {
        id: Uuid::new_v4(),
        event_type: "cross_restaurant_access".to_owned(),
        user_id: Some(visitor.user_id),
        authenticated_restaurant_id: Some(visitor.restaurant_id),
        attempted_restaurant_id: Some(restaurant),
        session_id: Some(visitor.session_id.clone()),
        ip_address: Some(visitor.ip_address),
        user_agent: Some(visitor.user_agent.clone()),
        severity: Severity::Error,
        created_at: Timestamp::now(),
    };
    let kept = log.keep(&violation).await;
    Err(Box::new(Refused { violation, kept }))
}
