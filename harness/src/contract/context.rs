//! `context`: how a session becomes one tenant's.

use schemars::JsonSchema;
use serde::Serialize;

use super::reader::{FromText, FromToml, Problems, Table, Value, ValueError};

/// How a session becomes one tenant's. `$1` stands for the tenant's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(untagged, deny_unknown_fields)]
pub enum Context {
    /// By a setting of the transaction.
    Setting {
        /// The setting: `set_config(setting, tenant, true)`.
        setting: String,
        /// The value, where it is more than the tenant's key: JSON, in which `$1` is the key, escaped for JSON.
        #[serde(skip_serializing_if = "Option::is_none")]
        claims: Option<String>,
    },
    /// By a role for each tenant.
    Roles {
        /// The tenants' roles.
        roles: Vec<String>,
        /// The role that logs in and becomes them.
        #[serde(skip_serializing_if = "Option::is_none")]
        login: Option<String>,
    },
    /// By the application's own statements.
    Sql {
        /// The statements, in order; `$1` is bound.
        sql: Vec<String>,
    },
}

impl Context {
    /// Whether it makes a session of one tenant differ from one of another, both of one role.
    pub(crate) fn tells_tenants_apart(&self) -> bool {
        !matches!(self, Self::Roles { .. }) && self.same_for_all_tenants().is_none()
    }

    /// What is wrong with a context that does not tell one tenant from another.
    pub(super) fn same_for_all_tenants(&self) -> Option<ValueError> {
        let (text, named) = match self {
            Self::Setting {
                claims: Some(claims), ..
            } => (claims.clone(), "`claims`"),
            Self::Sql { sql } => (sql.join(";"), "`sql`"),
            Self::Setting { claims: None, .. } | Self::Roles { .. } => return None,
        };
        (!text.contains("$1")).then(|| {
            ValueError::new(format!(
                "{named} does not mention $1, the tenant: every session would be the same"
            ))
            .labelled("no $1")
        })
    }
}

const FORMS: [&str; 3] = ["setting", "roles", "sql"];

impl FromToml for Context {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "`context`", problems)?;
        let forms: Vec<&str> = FORMS.into_iter().filter(|form| table.has(form)).collect();
        let setting: Option<SettingName> = table.optional("setting");
        let claims: Option<Claims> = table.optional("claims");
        let roles: Option<Vec<String>> = table.optional("roles");
        let login = table.optional("login");
        let sql: Option<Vec<String>> = table.optional("sql");

        let all = "exactly one of `setting`, `roles` and `sql` says how a session becomes a tenant's";
        match forms.as_slice() {
            [] => table.add_here(ValueError::new("the context says nothing").help(all)),
            [_] => {}
            [first, second, ..] => {
                table.add(
                    second,
                    ValueError::new(format!("both `{first}` and `{second}`")).help(all),
                );
            }
        }
        for (key, form) in [("claims", "setting"), ("login", "roles")] {
            if table.has(key) && !table.has(form) {
                table.add(key, ValueError::new(format!("`{key}` goes with `{form}` only")));
            }
        }
        if let Some(roles) = &roles {
            let twice = roles
                .iter()
                .enumerate()
                .find(|(at, role)| roles[..*at].contains(role));
            if let Some((_, role)) = twice {
                table.add("roles", ValueError::new(format!("role `{role}` is named twice")));
            } else if roles.len() < 2 {
                table.add(
                    "roles",
                    ValueError::new("isolation is between two tenants or more").labelled("too few"),
                );
            }
        }
        if sql.as_ref().is_some_and(Vec::is_empty) {
            table.add("sql", ValueError::new("no statement is named"));
        }
        table.close();
        match (setting, roles, sql) {
            (Some(setting), None, None) => Some(Self::Setting {
                setting: setting.0,
                claims: claims.map(|claims| claims.0),
            }),
            (None, Some(roles), None) => Some(Self::Roles { roles, login }),
            (None, None, Some(sql)) => Some(Self::Sql { sql }),
            _ => None,
        }
    }
}

/// The name of a setting, as `SET` takes it.
pub(super) struct SettingName(pub(super) String);

impl FromText for SettingName {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let part = |part: &str| {
            part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        };
        if text.split('.').all(part) {
            return Ok(Self(text.to_owned()));
        }
        Err(ValueError::new(format!("`{text}` is no name of a setting"))
            .help("names joined by dots, such as `app.current_user_id`"))
    }
}

/// A text of JSON with `$1` in it, in a string or in place of a number.
pub(super) struct Claims(pub(super) String);

impl FromText for Claims {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        match serde_json::from_str::<serde_json::Value>(&text.replace("$1", "10")) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(ValueError::new(format!("the claims are no JSON: {error}"))
                .help(r#"for example '{"sub":"$1","role":"authenticated"}'"#)),
        }
    }
}
