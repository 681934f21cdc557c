//! Two pages of the web application, as far as they read the database. The service answers 500 to any error here.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::consumers::PAGES;
use crate::consumers::statement;

const TOKENS: &str = statement(PAGES, "sdk tokens page: list");
const TOKEN_COUNTS: &str = statement(PAGES, "sdk tokens page: counts");
const POLICIES: &str = statement(PAGES, "security policies page: list");
const POLICY_TOTALS: &str = statement(PAGES, "security policies page: totals");

/// The page of a user's SDK tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkTokens {
    /// The tokens' public ids, newest first.
    pub tokens: Vec<String>,
    /// How many may still be used.
    pub active: i64,
    /// How often all of them were used.
    pub usage: i64,
    /// How many were revoked.
    pub revoked: i64,
}

impl SdkTokens {
    /// Reads the page of a user.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn read(session: &mut PgConnection, user: Uuid) -> Result<Self, sqlx::Error> {
        let tokens = sqlx::query(TOKENS).bind(user).fetch_all(&mut *session).await?;
        let tokens = tokens.iter().map(|row| row.try_get("token_id"));
        let tokens = tokens.collect::<Result<_, _>>()?;
        let (active, usage, revoked) = sqlx::query_as(TOKEN_COUNTS).bind(user).fetch_one(session).await?;
        Ok(Self {
            tokens,
            active,
            usage,
            revoked,
        })
    }
}

/// The page of an organization's security policies.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityPolicies {
    /// Highest priority first.
    pub policies: Vec<SecurityPolicy>,
    /// How many there are.
    pub total: i64,
    /// How many are switched on.
    pub enabled: i64,
    /// How many only alert.
    pub monitoring: i64,
    /// How many block.
    pub blocking: i64,
}

/// What an organization watches for.
#[derive(Debug, Clone, PartialEq)]
pub struct SecurityPolicy {
    /// Unique in the organization.
    pub name: String,
    /// What is looked at.
    pub policy_type: String,
    /// What follows.
    pub enforcement_action: String,
    /// The conditions; their form depends on the type.
    pub rules: Value,
    /// The highest is looked at first.
    pub priority: i32,
    /// Whether it is switched on.
    pub is_enabled: bool,
}

impl SecurityPolicies {
    /// Reads the page of an organization.
    ///
    /// # Errors
    /// The server refused or is gone.
    pub async fn read(session: &mut PgConnection, organization: Uuid) -> Result<Self, sqlx::Error> {
        let policies = sqlx::query(POLICIES)
            .bind(organization)
            .fetch_all(&mut *session)
            .await?;
        let policies = policies.iter().map(SecurityPolicy::of);
        let policies = policies.collect::<Result<_, _>>()?;
        let (total, enabled, monitoring, blocking) = sqlx::query_as(POLICY_TOTALS)
            .bind(organization)
            .fetch_one(session)
            .await?;
        Ok(Self {
            policies,
            total,
            enabled,
            monitoring,
            blocking,
        })
    }
}

impl SecurityPolicy {
    fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            policy_type: row.try_get("policy_type")?,
            enforcement_action: row.try_get("enforcement_action")?,
            rules: row.try_get("rules")?,
            priority: row.try_get("priority")?,
            is_enabled: row.try_get("is_enabled")?,
        })
    }
}
