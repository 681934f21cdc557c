//! A guess: what is taken for meant, how sure that is, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How sure a guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sureness {
    /// Little speaks for it: it is not proved, and `pgproof init` writes it commented out.
    Guess,
    /// One thing speaks for it: what is found on it is a warning.
    Likely,
    /// Several things speak for it.
    Sure,
}

impl fmt::Display for Sureness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Guess => "guess",
            Self::Likely => "likely",
            Self::Sure => "sure",
        })
    }
}

/// What was inferred where no contract says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guess {
    /// The area that it is for: `isolation`, `audit` …
    pub area: String,
    /// The object that it is about; empty where it is about all of the area.
    #[serde(default)]
    pub object: String,
    /// What is taken for meant: `tenant column org_id`.
    pub what: String,
    /// How sure that is.
    pub sureness: Sureness,
    /// What speaks for it.
    pub why: String,
}

/// `tenant column org_id of public.invoices, since …`
impl fmt::Display for Guess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if !self.object.is_empty() {
            write!(formatter, " of {}", self.object)?;
        }
        write!(formatter, ", since {}", self.why)
    }
}
