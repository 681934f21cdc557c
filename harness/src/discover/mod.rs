//! What migrations promise where no contract says it: guessed from the migrated catalog, with how sure each guess is.
//!
//! ```text
//! catalog ─► roles ──► policy ──► tenancy ──► tables ─┐
//!              (expression, body, owner: what is read) ├─► text of a pgproof.toml ─► Contract
//!                     audit, retention, erasure ───────┘          and the guesses it stands on
//! ```
//!
//! It only reads: what is proved is proved by `prove`, against the contract that this text is. So a run without a
//! contract and one with what `pgproof init` wrote claim the same. What a policy lets everybody do never tells that it is
//! meant to.

mod audit;
mod body;
mod change;
mod clause;
mod erasure;
mod expression;
mod guess;
mod isolation;
mod others;
mod owner;
mod parse;
mod period;
mod policy;
mod query;
mod reading;
mod removal;
mod retention;
mod roles;
mod rules;
mod session;
mod standing;
mod tables;
mod tenancy;
mod text;
mod trigger;
mod views;

pub use guess::{Guess, Sureness};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, DefaultPrivileges};
use crate::contract::Contract;
use crate::database::Template;
use crate::error::Error;
use crate::migrate::Applied;
use crate::project::{Project, Settings};

use others::{Other, Taken};
use text::Text;

/// Applies the migrations and says what they promise.
///
/// # Errors
/// No server can be had, or a migration fails.
pub async fn discover(project: &Project, settings: &Settings) -> Result<Discovered, Error> {
    let template = Template::prepare(project, settings).await?;
    Ok(Discovered::with_contract(project, template.applied()).0)
}

/// What was guessed of a project without a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovered {
    /// The `pgproof.toml` that says so, with a comment on each value.
    pub toml: String,
    /// What it says, and how sure that is.
    pub guesses: Vec<Guess>,
    /// What is not promised, or could not be told, by area, with what to write.
    pub open: Vec<Open>,
    /// Whether a gateway stands between the tenants and the database, which sends none of their SQL but reads and writes of
    /// rows, and whose platform grants more than that on every table.
    #[serde(default)]
    pub behind_gateway: bool,
    /// Tables of which a tenant is meant to see its own rows, as which role.
    #[serde(default)]
    pub(crate) readable: Vec<(String, String)>,
}

/// An area of which nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// `isolation`, `audit` …
    pub area: String,
    /// Why, and what to write.
    pub why: String,
}

impl Discovered {
    /// Reads the catalog of a project whose migrations were applied.
    /// `given` is what was there before the first migration.
    pub(crate) fn of(project: &Project, catalog: &Catalog, given: &Catalog) -> Self {
        let mut text = head(project);
        let (mut guesses, mut open, mut readable) = (Vec::new(), Vec::new(), Vec::new());
        let with_views = views::as_policies(catalog);
        match isolation::isolation(&with_views, given, project.ledger_table().as_deref()) {
            isolation::Isolation::Found {
                text: found,
                guesses: of_it,
                readable: of_tenants,
                others,
            } => {
                text.blank().append(&found);
                guesses.extend(of_it);
                readable = of_tenants;
                open.extend(others.iter().filter_map(of_another_role));
            }
            isolation::Isolation::Unknown(why) => {
                text.blank().comment(&why);
                open.push(Open {
                    area: "isolation".to_owned(),
                    why,
                });
            }
        }
        open.extend(guesses.iter().filter_map(of_the_policy_itself));
        let (found, of_audit) = audit::audit(catalog);
        text.append(&found);
        guesses.extend(of_audit);
        let application = isolation::application(&with_views);
        for (found, of_it) in [
            retention::retention(catalog, application.as_deref()),
            erasure::erasure(catalog),
        ] {
            text.append(&found);
            guesses.extend(of_it);
        }
        let behind_gateway = guesses
            .iter()
            .any(|guess| guess.what.contains("request.jwt.claim"))
            && catalog.default_privileges.iter().any(grants_truncate);
        Self {
            toml: text.into_string(),
            guesses,
            open,
            behind_gateway,
            readable,
        }
    }

    /// The same, and the contract that it is.
    pub(crate) fn with_contract(project: &Project, applied: &Applied) -> (Self, Contract) {
        let discovered = Self::of(project, &applied.catalog, &applied.baseline);
        match Contract::parse(&discovered.toml, crate::contract::FILE_NAME) {
            Ok(contract) => (discovered, contract),
            // A name that no contract can hold, say: then nothing is known but that.
            Err(error) => {
                let why = format!("what the catalog tells can't be written as a contract: {error}");
                let open = Open {
                    area: "isolation".to_owned(),
                    why,
                };
                let toml = head(project).into_string();
                let nothing = Self {
                    toml,
                    guesses: Vec::new(),
                    open: vec![open],
                    behind_gateway: false,
                    readable: Vec::new(),
                };
                (nothing, project.contract().clone())
            }
        }
    }
}

/// That anyone may read rows is told by nothing but the policy that lets them: it is proved as if it were meant, and said.
fn of_the_policy_itself(guess: &Guess) -> Option<Open> {
    guess.what.starts_with("public_rows").then(|| Open {
        area: format!("isolation.tables.{}", guess.object),
        why: format!(
            "that anyone may read rows of {} is taken for meant since {}; if it is not, that is a leak: write a pgproof.toml \
             (`pgproof init`) without `public_rows` for it",
            guess.object, guess.why
        ),
    })
}

/// A role that is not tried, and why.
fn of_another_role(other: &Other) -> Option<Open> {
    let Other { role, why, .. } = other;
    let why = match other.taken {
        Taken::Tenants { .. } => return None,
        Taken::All => format!(
            "role {role} is taken for meant to reach all tenants' rows, since {why}, and is not tried; if it is not, that is a \
             leak: give it the tenants' context in [isolation.roles.{role}]"
        ),
        Taken::Unknown => format!(
            "{role} may use tables of tenants, too, and is not tried, since {why}: say in [isolation.roles.{role}] what it is \
             meant to reach, or give it the tenants' context there to have it tried as one of theirs"
        ),
    };
    Some(Open {
        area: format!("isolation.roles.{role}"),
        why,
    })
}

fn grants_truncate(defaults: &DefaultPrivileges) -> bool {
    defaults.objects == "tables" && defaults.grants.iter().any(|grant| grant.allows("TRUNCATE"))
}

/// What is known without the catalog.
fn head(project: &Project) -> Text {
    let mut text = Text::default();
    text.comment(
        "What pgproof guessed from the migrated schema. Each value says how sure it is: `sure` stands on several things,\n\
         `likely` on one. Correct what is wrong: from here on this file says what is meant.",
    );
    text.blank();
    text.string("name", project.name());
    text.section("[migrations]");
    text.string("path", project.contract().migrations.path.as_str());
    text.comment("sure: by the names of the files");
    text.string("convention", &project.convention().to_string());
    let preludes = project.prelude_names();
    if !preludes.is_empty() {
        text.comment("likely: what the migrations take for given, and pgproof makes before the first");
        text.list("prelude", &preludes);
    }
    text
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
