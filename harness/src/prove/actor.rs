//! Who acts: a role, its settings and a tenant's context, for one transaction.

use serde_json::Value;

use super::session::Session;
use crate::contract::{Context, Isolation};
use crate::error::Error;
use crate::sql::{identifier, literal};

/// A role with a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Actor {
    /// The role that logs in.
    pub(super) login: String,
    /// The roles that the session becomes then, one after the other.
    pub(super) becomes: Vec<String>,
    /// What `ALTER ROLE … SET` and `ALTER DATABASE … SET` give a session of the login.
    pub(super) settings: Vec<String>,
    /// The statements that make the context.
    pub(super) context: Vec<String>,
    /// In words, for people: `tenant A`.
    pub(super) described: String,
    /// Whether it is no tenant, to whom all tenants are somebody else.
    pub(super) nobody: bool,
}

impl Actor {
    /// A session of the contract's n-th tenant.
    pub(super) fn tenant(isolation: &Isolation, number: usize, identity: &str) -> Option<Self> {
        let (login, becomes) = match &isolation.context {
            Context::Roles { roles, login } => {
                let role = roles.get(number)?.clone();
                match login {
                    Some(login) => (login.clone(), vec![role]),
                    None => (role, Vec::new()),
                }
            }
            _ => (isolation.role.clone()?, Vec::new()),
        };
        let letter = char::from(b'A' + u8::try_from(number).ok()?);
        Some(Self {
            login,
            becomes,
            settings: Vec::new(),
            context: context(&isolation.context, identity),
            described: format!("tenant {letter}"),
            nobody: false,
        })
    }

    /// A session of that role without any context.
    pub(super) fn role(role: &str) -> Self {
        Self {
            login: role.to_owned(),
            becomes: Vec::new(),
            settings: Vec::new(),
            context: Vec::new(),
            described: format!("role {role}"),
            nobody: true,
        }
    }

    /// The same role in a context that is no tenant's.
    #[must_use]
    pub(super) fn as_nobody(&self, context: Vec<String>, described: impl Into<String>) -> Self {
        Self {
            context,
            described: described.into(),
            nobody: true,
            ..self.clone()
        }
    }

    /// The same tenant in a session that the role could make otherwise.
    #[must_use]
    pub(super) fn with_context(&self, context: Vec<String>, described: impl Into<String>) -> Self {
        Self {
            context,
            described: described.into(),
            ..self.clone()
        }
    }

    /// The role whose privileges count in the end.
    pub(super) fn effective(&self) -> &str {
        self.becomes.last().unwrap_or(&self.login)
    }

    /// The same with the settings that a login would give it, which no `SET SESSION AUTHORIZATION` does.
    pub(super) async fn with_settings(mut self, session: &Session, database: &str) -> Result<Self, Error> {
        let query = include_str!("completeness/queries/role_settings.sql")
            .replace("$1", &literal(&self.login))
            .replace("$2", &literal(database))
            .replace("$3", "true");
        session.run("BEGIN").await?;
        let rows = session.rows(&query).await?;
        session.run("ROLLBACK").await?;
        for row in rows {
            let [Some(name), Some(value)] = row.as_slice() else {
                continue;
            };
            if name == "role" {
                if value != "none" {
                    self.becomes.insert(0, value.clone());
                }
            } else {
                self.settings.push(set_config(name, value));
            }
        }
        Ok(self)
    }

    /// What makes a superuser's transaction that actor's, until the transaction or `RESET SESSION AUTHORIZATION`.
    pub(super) fn enter(&self) -> String {
        let mut statements = self.settings.clone();
        statements.push(format!(
            "SET LOCAL SESSION AUTHORIZATION {}",
            identifier(&self.login)
        ));
        statements.extend(
            self.becomes
                .iter()
                .map(|role| format!("SET LOCAL ROLE {}", identifier(role))),
        );
        statements.extend(self.context.iter().cloned());
        statements.join(";\n")
    }

    /// What a session that has logged in as [`login`](Self::login) sends to be that actor, inside a transaction.
    pub(super) fn begin(&self) -> Vec<String> {
        let roles = self
            .becomes
            .iter()
            .map(|role| format!("SET LOCAL ROLE {}", identifier(role)));
        roles.chain(self.context.iter().cloned()).collect()
    }

    /// The statements that replay it in psql, by a superuser.
    pub(super) fn replay(&self) -> Vec<String> {
        let enter = format!("SET LOCAL SESSION AUTHORIZATION {}", identifier(&self.login));
        let settings = self.settings.iter().cloned();
        settings.chain([enter]).chain(self.begin()).collect()
    }
}

/// The statements by which a session becomes that tenant's.
pub(super) fn context(context: &Context, identity: &str) -> Vec<String> {
    match context {
        Context::Setting { setting, claims } => {
            let value = claims
                .as_ref()
                .map_or_else(|| identity.to_owned(), |claims| in_json(claims, identity));
            vec![set_config(setting, &value)]
        }
        Context::Roles { .. } => Vec::new(),
        // As a literal without a type it fits whatever type the application's function takes, as a bound value does.
        Context::Sql { sql } => sql
            .iter()
            .map(|text| text.replace("$1", &literal(identity)))
            .collect(),
    }
}

/// A setting of the transaction.
pub(super) fn set_config(setting: &str, value: &str) -> String {
    format!(
        "SELECT pg_catalog.set_config({}, {}, true)",
        literal(setting),
        literal(value)
    )
}

/// `$1` in JSON stands for the inside of a JSON string.
pub(super) fn in_json(claims: &str, identity: &str) -> String {
    let escaped = Value::from(identity).to_string();
    claims.replace("$1", &escaped[1..escaped.len() - 1])
}
