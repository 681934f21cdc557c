//! What the bootstrap program does to the database, in one transaction: all of it, or nothing.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

use super::consumers::BOOTSTRAP;
use crate::consumers::statement;

const ORGANIZATION_BY_DOMAIN: &str = statement(BOOTSTRAP, "bootstrap: organization by domain");
const INSERT_ORGANIZATION: &str = statement(BOOTSTRAP, "bootstrap: insert organization");
const INSERT_ADMINISTRATOR: &str = statement(BOOTSTRAP, "bootstrap: insert administrator");
const ADMINISTRATOR_BY_EMAIL: &str = statement(BOOTSTRAP, "bootstrap: administrator by email");
const UPSERT_SYSTEM_CONFIG: &str = statement(BOOTSTRAP, "bootstrap: upsert system config");
const INSERT_DEFAULT_POLICIES: &str = statement(BOOTSTRAP, "bootstrap: insert default policies");
const READ_BACK_COUNTS: &str = statement(BOOTSTRAP, "bootstrap: read back counts");

/// What is to be there afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// The organization's name.
    pub organization: String,
    /// The domain by which it is known.
    pub domain: String,
    /// The administrator's e-mail address.
    pub admin_email: String,
    /// The administrator's name.
    pub admin_name: String,
    /// The bcrypt hash of the administrator's password.
    pub password_hash: String,
}

/// What is there afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The organization.
    pub organization: Made,
    /// The administrator.
    pub administrator: Made,
    /// How many administrators the organization has.
    pub administrators: i64,
    /// How many settings the installation has.
    pub settings: i64,
    /// How many policies the organization has.
    pub policies: i64,
}

/// A row that was made, or was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: Uuid,
    /// Whether this run made it.
    pub is_new: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A step failed; what was done before it is rolled back.
    #[error("{step}")]
    Step {
        /// What was tried.
        step: &'static str,
        /// What the server said.
        source: sqlx::Error,
    },
    /// Nobody could log in, so there is nothing to be made.
    #[error("use the organization of {domain}: it is there already, and deactivated")]
    Deactivated {
        /// Its domain.
        domain: String,
    },
    /// Another's account is not made an administrator's.
    #[error(
        "make {email} the administrator of {domain}: the address belongs to another organization, \
         or to somebody who is no administrator"
    )]
    Taken {
        /// The address.
        email: String,
        /// The organization's domain.
        domain: String,
    },
}

/// Adds what a failed step was about.
trait During<T> {
    fn during(self, step: &'static str) -> Result<T, BootstrapError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, step: &'static str) -> Result<T, BootstrapError> {
        self.map_err(|source| BootstrapError::Step { step, source })
    }
}

impl Bootstrap {
    /// Makes what is lacking. Two runs at once both end well: the later waits for the earlier at the first row that
    /// both would make, and then finds it.
    ///
    /// # Errors
    /// A statement failed, or what is there stands in the way; nothing is changed then.
    pub async fn run(&self, session: &mut PgConnection) -> Result<Outcome, BootstrapError> {
        // By name, since under a stricter level that a role may be set to, the later would not see the earlier's rows.
        let mut transaction = session
            .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
            .await
            .during("begin the transaction")?;
        let organization = self.organization(&mut transaction).await?;
        let administrator = self.administrator(&mut transaction, organization.id).await?;
        self.settings(&mut transaction, organization.id).await?;
        sqlx::query(INSERT_DEFAULT_POLICIES)
            .bind(organization.id)
            .bind(administrator.id)
            .execute(&mut *transaction)
            .await
            .during("insert the default policies")?;
        let (administrators, settings, policies) = sqlx::query_as(READ_BACK_COUNTS)
            .bind(organization.id)
            .fetch_one(&mut *transaction)
            .await
            .during("read back what was made")?;
        transaction.commit().await.during("commit")?;
        Ok(Outcome {
            organization,
            administrator,
            administrators,
            settings,
            policies,
        })
    }

    async fn organization(&self, transaction: &mut PgConnection) -> Result<Made, BootstrapError> {
        let inserted = sqlx::query_scalar(INSERT_ORGANIZATION)
            .bind(&self.organization)
            .bind(&self.domain)
            .fetch_optional(&mut *transaction)
            .await
            .during("insert the organization")?;
        if let Some(id) = inserted {
            return Ok(Made { id, is_new: true });
        }
        // A statement later, so that it sees the row whose maker the insert may have waited for.
        let there: PgRow = sqlx::query(ORGANIZATION_BY_DOMAIN)
            .bind(&self.domain)
            .fetch_one(&mut *transaction)
            .await
            .during("read the organization of the domain")?;
        let read = || Ok((there.try_get("id")?, there.try_get("is_active")?));
        let (id, is_active): (Uuid, bool) = read().during("read the organization of the domain")?;
        if is_active {
            Ok(Made { id, is_new: false })
        } else {
            Err(BootstrapError::Deactivated {
                domain: self.domain.clone(),
            })
        }
    }

    async fn administrator(
        &self,
        transaction: &mut PgConnection,
        organization: Uuid,
    ) -> Result<Made, BootstrapError> {
        let inserted = sqlx::query_scalar(INSERT_ADMINISTRATOR)
            .bind(organization)
            .bind(&self.admin_email)
            .bind(&self.admin_name)
            .bind(&self.password_hash)
            .fetch_optional(&mut *transaction)
            .await
            .during("insert the administrator")?;
        if let Some(id) = inserted {
            return Ok(Made { id, is_new: true });
        }
        let there: Option<Uuid> = sqlx::query_scalar(ADMINISTRATOR_BY_EMAIL)
            .bind(organization)
            .bind(&self.admin_email)
            .fetch_optional(&mut *transaction)
            .await
            .during("read the administrator of the address")?;
        let id = there.ok_or_else(|| BootstrapError::Taken {
            email: self.admin_email.clone(),
            domain: self.domain.clone(),
        })?;
        Ok(Made { id, is_new: false })
    }

    async fn settings(
        &self,
        transaction: &mut PgConnection,
        organization: Uuid,
    ) -> Result<(), BootstrapError> {
        // In the order of their keys: runs at once that lock rows in different orders would wait for each other.
        let settings = [
            (
                "bootstrap_admin_email",
                &*self.admin_email,
                "Who administers the installation",
            ),
            (
                "bootstrap_completed",
                "true",
                "Whether the bootstrap program has run to its end",
            ),
            (
                "bootstrap_organization_id",
                &organization.to_string(),
                "The organization that the bootstrap program made",
            ),
        ];
        for (key, value, description) in settings {
            sqlx::query(UPSERT_SYSTEM_CONFIG)
                .bind(key)
                .bind(value)
                .bind(description)
                .execute(&mut *transaction)
                .await
                .during("write the settings")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other way round the compiler sees to it.
    #[test]
    fn the_program_sends_every_statement_that_the_contract_says_it_sends() {
        let sent = [
            ORGANIZATION_BY_DOMAIN,
            INSERT_ORGANIZATION,
            INSERT_ADMINISTRATOR,
            ADMINISTRATOR_BY_EMAIL,
            UPSERT_SYSTEM_CONFIG,
            INSERT_DEFAULT_POLICIES,
            READ_BACK_COUNTS,
        ];
        assert_eq!(BOOTSTRAP.matches("-- pgproof:").count(), sent.len());
        // Each is its own, and one statement.
        for (number, one) in sent.iter().enumerate() {
            assert_eq!(one.lines().filter(|line| line.ends_with(';')).count(), 1, "{one}");
            assert!(!sent[..number].contains(one), "{one}");
        }
    }
}
