//! The URL of a server that others run: `postgres://user:password@host:port/database?sslmode=verify-full`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sqlx::postgres::PgSslMode;

use crate::server::address::{Address, Tls};
use crate::server::variable;

/// A server that others run, and the database there from which others are made.
#[derive(Clone)]
pub struct Target {
    pub(crate) address: Address,
    /// The one to log in to in order to make others; nothing in it is touched.
    pub(crate) database: String,
}

/// Without the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}/{}", self.address, self.database)
    }
}

/// Why a URL can't be used. The URL is not repeated: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("failed to read the URL of a server: {0}")]
pub struct TargetError(String);

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        let wrong = |what: &str| Err(TargetError(what.to_owned()));
        let Some(rest) = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
        else {
            return wrong("it begins with postgres://");
        };
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (decode(user)?, Some(decode(password)?)),
            None => (decode(login)?, None),
        };
        let (host, port) = match place.rsplit_once(':') {
            // The colons of an address of IPv6 stand in brackets.
            Some((host, port)) if !port.contains(']') => (host, Some(port.to_owned())),
            _ => (place, None),
        };
        let mut target = Parts {
            host: decode(host.trim_start_matches('[').trim_end_matches(']'))?,
            port,
            user,
            password,
            database: decode(database)?,
            mode: PgSslMode::Prefer,
            root: None,
        };
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            target.set(name, decode(value)?)?;
        }
        target.finish()
    }
}

struct Parts {
    host: String,
    port: Option<String>,
    user: String,
    password: Option<String>,
    database: String,
    mode: PgSslMode,
    root: Option<PathBuf>,
}

impl Parts {
    fn set(&mut self, name: &str, value: String) -> Result<(), TargetError> {
        match name {
            "host" => self.host = value,
            "port" => self.port = Some(value),
            "user" => self.user = value,
            "password" => self.password = Some(value),
            "dbname" => self.database = value,
            "sslmode" => {
                self.mode = PgSslMode::from_str(&value).map_err(|_| {
                    TargetError(
                        "sslmode is disable, allow, prefer, require, verify-ca or verify-full".to_owned(),
                    )
                })?;
            }
            "sslrootcert" => self.root = Some(value.into()),
            // What changes neither where it leads nor what a session does.
            "connect_timeout" | "application_name" => {}
            _ => {
                return Err(TargetError(format!(
                    "pgproof knows no parameter {name}: host, port, user, password, dbname, sslmode and sslrootcert"
                )));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Target, TargetError> {
        let Self { host, user, .. } = self;
        if user.is_empty() {
            return Err(TargetError(
                "it names no user: postgres://USER@HOST/DATABASE".to_owned(),
            ));
        }
        if host.is_empty() || host.contains(',') {
            return Err(TargetError(
                "it names no host, or several: postgres://USER@HOST/DATABASE".to_owned(),
            ));
        }
        let port = match self.port {
            None => 5432,
            Some(port) => port
                .parse()
                .map_err(|_| TargetError("its port is no number".to_owned()))?,
        };
        let tls = if host.starts_with('/') {
            PgSslMode::Disable
        } else {
            self.mode
        };
        // So that it need not stand in the list of processes.
        let password = self
            .password
            .or_else(|| variable("PGPASSWORD").map(|value| value.to_string_lossy().into_owned()));
        Ok(Target {
            database: if self.database.is_empty() {
                "postgres".to_owned()
            } else {
                self.database
            },
            address: Address {
                host,
                port,
                user,
                password,
                tls: Tls {
                    mode: tls,
                    root: self.root,
                },
                first_role: None,
            },
        })
    }
}

fn decode(text: &str) -> Result<String, TargetError> {
    percent_decode_str(text)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| TargetError("it is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_read_as_libpq_reads_it() {
        let target: Target =
            "postgresql://me:p%40ss@db.example:6543/work?sslmode=verify-full&sslrootcert=/ca.pem"
                .parse()
                .unwrap();
        assert_eq!(format!("{target:?}"), "me@db.example:6543/work");
        assert_eq!(target.address.password.as_deref(), Some("p@ss"));
        assert!(matches!(target.address.tls.mode, PgSslMode::VerifyFull));
        let target: Target = "postgres://me@[::1]".parse().unwrap();
        assert_eq!(format!("{target:?}"), "me@::1:5432/postgres");
        let target: Target = "postgres://me@/x?host=/run/pg&port=5433".parse().unwrap();
        assert_eq!(format!("{target:?}"), "me@/run/pg:5433/x");
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_password() {
        for (url, word) in [
            ("mysql://me:secret@h/d", "begins with postgres://"),
            ("postgres://:secret@h/d", "no user"),
            ("postgres://me:secret@/d", "no host"),
            ("postgres://me:secret@h:x/d", "no number"),
            ("postgres://me:secret@h/d?sslmode=maybe", "sslmode is"),
            ("postgres://me:secret@h/d?options=x", "no parameter options"),
        ] {
            let error = url.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("secret"), "{error}");
        }
    }
}
