//! How a server is reached: host, port, user, password and encryption, in the forms that drivers, people and libpq's
//! variables take.

use std::fmt;
use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The session's setting that holds [`Address::first_role`].
pub(crate) const FIRST_ROLE: &str = "pgproof.first_role";

/// How a server is reached by whoever pgproof works as there.
#[derive(Clone)]
pub(crate) struct Address {
    /// libpq's `PGHOST`: the folder of a socket, or a name.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    /// Nothing where the server trusts whoever reaches it.
    pub(crate) password: Option<String>,
    pub(crate) tls: Tls,
    /// On a server that others use, too: the smallest oid of the roles that count. Those before it are others'.
    pub(crate) first_role: Option<u32>,
}

/// Whether a connection is encrypted, in libpq's words.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    pub(crate) mode: PgSslMode,
    /// The file of the certificates that the server's must be signed by.
    pub(crate) root: Option<PathBuf>,
}

impl Tls {
    pub(crate) const OFF: Self = Self {
        mode: PgSslMode::Disable,
        root: None,
    };

    /// Whether there is no connection without encryption.
    pub(crate) fn is_needed(&self) -> bool {
        matches!(
            self.mode,
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull
        )
    }

    /// The word for it in a URL.
    pub(crate) fn word(&self) -> &'static str {
        match self.mode {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        }
    }
}

/// Without the password: this ends up in panics and logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}", self.user, self.host, self.port)
    }
}

impl Address {
    /// Whether the host is the folder of a socket.
    pub(crate) fn socket_folder(&self) -> Option<&Path> {
        self.host.starts_with('/').then(|| Path::new(&self.host))
    }

    /// The same for another role.
    #[must_use]
    pub(crate) fn of(&self, user: &str, password: Option<String>) -> Self {
        Self {
            user: user.to_owned(),
            password,
            ..self.clone()
        }
    }

    pub(crate) fn options(&self, database: &str) -> PgConnectOptions {
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .database(database)
            // Else the environment's, which an audit trigger may write down.
            .application_name("pgproof")
            .ssl_mode(self.tls.mode);
        if let Some(password) = &self.password {
            options = options.password(password);
        }
        if let Some(root) = &self.tls.root {
            options = options.ssl_root_cert(root);
        }
        if let Some(first) = self.first_role {
            options = options.options([(FIRST_ROLE, first)]);
        }
        options
    }

    /// A URL, as libpq and other drivers read it. It holds the password, where there is one.
    pub(crate) fn url(&self, database: &str) -> String {
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let login = match &self.password {
            Some(password) => format!("{}:{}", encode(&self.user), encode(password)),
            None => encode(&self.user),
        };
        let (database, mode) = (encode(database), self.tls.word());
        let mut url = match self.socket_folder() {
            Some(_) => format!(
                "postgres://{login}@localhost:{}/{database}?host={}&sslmode={mode}",
                self.port,
                encode(&self.host)
            ),
            None => format!(
                "postgres://{login}@{}:{}/{database}?sslmode={mode}",
                bracketed(&self.host),
                self.port
            ),
        };
        if let Some(root) = &self.tls.root {
            url = format!("{url}&sslrootcert={}", encode(&root.to_string_lossy()));
        }
        url
    }

    /// The variables that libpq and most drivers look at.
    pub(crate) fn variables(&self, database: &str) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("DATABASE_URL", self.url(database)),
            ("PGHOST", self.host.clone()),
            ("PGPORT", self.port.to_string()),
            ("PGUSER", self.user.clone()),
            ("PGDATABASE", database.to_owned()),
            ("PGSSLMODE", self.tls.word().to_owned()),
        ];
        if let Some(password) = &self.password {
            variables.push(("PGPASSWORD", password.clone()));
        }
        if let Some(root) = &self.tls.root {
            variables.push(("PGSSLROOTCERT", root.display().to_string()));
        }
        variables
    }
}

/// An address of IPv6 as URLs have it.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, password: Option<&str>) -> Address {
        Address {
            host: host.to_owned(),
            port: 5432,
            user: "me@work".to_owned(),
            password: password.map(str::to_owned),
            tls: Tls::OFF,
            first_role: None,
        }
    }

    #[test]
    fn a_url_says_everything_that_a_driver_needs() {
        assert_eq!(
            address("/run/my pg", None).url("shop"),
            "postgres://me%40work@localhost:5432/shop?host=%2Frun%2Fmy%20pg&sslmode=disable"
        );
        assert_eq!(
            address("::1", Some("p:w/")).url("shop"),
            "postgres://me%40work:p%3Aw%2F@[::1]:5432/shop?sslmode=disable"
        );
    }

    #[test]
    fn a_password_is_not_in_what_is_logged() {
        let logged = format!("{:?}", address("db", Some("secret")));
        assert!(
            !logged.contains("secret") && logged.contains("db:5432"),
            "{logged}"
        );
    }
}
