//! The command line of the bootstrap program. Everything is a flag; of the environment only libpq's own variables count,
//! where the URL leaves something open (`PGPASSWORD`).
//!
//! Once the program was deployed with `ADMIN_EMAIL` and the like in the environment, found nothing and failed. What
//! is lacking is therefore refused with the name of the flag, and with a word about a variable that looks like it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Makes the first organization of an identity service, with its administrator, the settings and the default policies.
///
/// All of it happens in one transaction. What is there already stays as it is, so it may run again.
#[derive(Debug, Parser)]
#[command(name = "aim-bootstrap", version)]
pub struct Arguments {
    /// The URL of the database, as libpq reads it
    #[arg(long, value_name = "URL")]
    pub database_url: String,
    /// The organization's name
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub organization: String,
    /// The domain by which the organization is known, as example.org
    #[arg(long, value_parser = domain)]
    pub domain: String,
    /// The administrator's e-mail address, which is the name to log in with
    #[arg(long, value_name = "ADDRESS", value_parser = email)]
    pub admin_email: String,
    /// The administrator's name
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub admin_name: String,
    /// The file that holds the administrator's password; - for standard input
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: PathBuf,
    /// Do not ask before writing
    #[arg(long)]
    pub yes: bool,
}

/// Each flag with the variables that people have put in its place.
const VARIABLES: [(&str, &[&str]); 6] = [
    ("--database-url", &["DATABASE_URL"]),
    (
        "--organization",
        &["ORGANIZATION", "ORGANIZATION_NAME", "ORG_NAME"],
    ),
    ("--domain", &["DOMAIN", "ORGANIZATION_DOMAIN", "ORG_DOMAIN"]),
    ("--admin-email", &["ADMIN_EMAIL"]),
    ("--admin-name", &["ADMIN_NAME"]),
    (
        "--admin-password-file",
        &["ADMIN_PASSWORD", "ADMIN_PASSWORD_FILE"],
    ),
];

impl Arguments {
    /// Reads the command line. `is_set` tells whether a variable is in the environment; its value is never looked at.
    ///
    /// # Errors
    /// A flag is lacking, unknown or has a bad value, or help was asked for.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        is_set: impl Fn(&str) -> bool,
    ) -> Result<Self, clap::Error> {
        Self::try_parse_from(arguments).map_err(|mut error| {
            let tips = tips(&error, is_set);
            if !tips.is_empty() {
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
            }
            error
        })
    }
}

/// A word about each variable that is set where the flag is lacking.
fn tips(error: &clap::Error, is_set: impl Fn(&str) -> bool) -> Vec<clap::builder::StyledStr> {
    let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(lacking))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return Vec::new();
    };
    let is_lacking = |flag: &str| lacking.iter().any(|usage| usage.split(' ').next() == Some(flag));
    VARIABLES
        .iter()
        .filter(|(flag, _)| is_lacking(flag))
        .flat_map(|(flag, variables)| variables.iter().map(move |variable| (flag, variable)))
        .filter(|(_, variable)| is_set(variable))
        .map(|(flag, variable)| {
            format!("{variable} is set in the environment, where this program does not look: pass {flag}")
                .into()
        })
        .collect()
}

/// Why a value is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum BadValue {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than 255 characters")]
    Long,
    #[error("it holds a control character")]
    Control,
    #[error("an e-mail address looks like admin@example.org")]
    Email,
    #[error("a domain looks like example.org")]
    Domain,
}

/// What fits a column of the tables: the server would refuse it too, but later and less clearly.
fn name(value: &str) -> Result<String, BadValue> {
    let value = value.trim();
    if value.is_empty() {
        Err(BadValue::Empty)
    } else if value.chars().count() > 255 {
        Err(BadValue::Long)
    } else if value.contains(char::is_control) {
        Err(BadValue::Control)
    } else {
        Ok(value.to_owned())
    }
}

/// Domains are the same in any case, and the column is not, so they are kept in lower case.
fn domain(value: &str) -> Result<String, BadValue> {
    let value = name(value)?.to_lowercase();
    let is_label = |label: &str| {
        label.contains(char::is_alphanumeric) && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if value.contains('.') && value.split('.').all(is_label) {
        Ok(value)
    } else {
        Err(BadValue::Domain)
    }
}

fn email(value: &str) -> Result<String, BadValue> {
    let value = name(value)?;
    match value.rsplit_once('@') {
        Some((user, host))
            if !user.is_empty() && !value.contains(char::is_whitespace) && domain(host).is_ok() =>
        {
            Ok(value)
        }
        _ => Err(BadValue::Email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_flags_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_required_flag_has_the_variables_that_people_might_set() {
        use clap::CommandFactory as _;
        let command = Arguments::command();
        let required: Vec<String> = command
            .get_arguments()
            .filter(|argument| argument.is_required_set())
            .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
            .collect();
        assert_eq!(required, VARIABLES.map(|(flag, _)| flag));
    }

    #[test]
    fn values_are_refused_by_what_is_wrong_with_them() {
        assert_eq!(name("  \t"), Err(BadValue::Empty));
        assert_eq!(name("a\0b"), Err(BadValue::Control));
        assert_eq!(name(&"é".repeat(255)).as_deref(), Ok(&*"é".repeat(255)));
        assert_eq!(name(&"é".repeat(256)), Err(BadValue::Long));
        assert_eq!(domain("Acme.Example").as_deref(), Ok("acme.example"));
        for bad in [
            "acme",
            "acme..example",
            ".example",
            "https://acme.example",
            "a@b.c",
        ] {
            assert_eq!(domain(bad), Err(BadValue::Domain), "{bad}");
        }
        assert_eq!(email("root@acme.example").as_deref(), Ok("root@acme.example"));
        for bad in [
            "root",
            "@acme.example",
            "root@",
            "root@acme",
            "ro ot@acme.example",
        ] {
            assert_eq!(email(bad), Err(BadValue::Email), "{bad}");
        }
    }
}
