//! Conventions: how each migration tool names, orders and applies its files. One file a convention.
//!
//! To add one: a variant, its arms in the `match`es below, a file with `read`, and its name goes from
//! [`NOT_READ_YET`] to [`Convention::ALL`].

mod detect;
mod plain;
pub(super) mod sqlx;

use std::fmt;
use std::str::FromStr;

pub(super) use detect::detect;

use super::folder::Folder;
use super::{Migration, ReadError};
use crate::claim::Claim;

/// The migration tool whose rules a folder follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Convention {
    /// No tool: all `.sql` files in the order of their names.
    Plain,
    /// sqlx (`sqlx migrate`, `sqlx::migrate!`).
    Sqlx,
}

/// The names of conventions that are known, but whose files are not read yet.
pub const NOT_READ_YET: [&str; 13] = [
    "supabase",
    "golang-migrate",
    "goose",
    "dbmate",
    "flyway",
    "refinery",
    "node-pg-migrate",
    "prisma",
    "drizzle",
    "diesel",
    "sqitch",
    "atlas",
    "graphile",
];

impl Convention {
    /// All conventions that are read.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Sqlx];

    /// The name that a contract gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sqlx => "sqlx",
        }
    }

    /// Whether files are given to psql, or to something that may be psql: only psql reads the data below a
    /// `COPY … FROM stdin` and its own commands. A tool that sends files to the server fails at both.
    #[must_use]
    pub fn may_use_psql(self) -> bool {
        match self {
            Self::Plain => true,
            Self::Sqlx => false,
        }
    }

    /// The names that it takes for migrations.
    pub(super) fn looks_for(self) -> &'static str {
        match self {
            Self::Plain => "files named `*.sql`",
            Self::Sqlx => "files named `<number>_<description>.sql`",
        }
    }

    /// The migrations of a folder in the order in which they are applied, and what there is to say about names.
    pub(super) fn read(self, folder: &Folder) -> Result<(Vec<Migration>, Vec<Claim>), ReadError> {
        match self {
            Self::Plain => plain::read(folder),
            Self::Sqlx => sqlx::read(folder),
        }
    }
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a name is no convention that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseConventionError {
    /// A tool that is known, but not read yet.
    #[error(
        "read the convention `{0}`: it is not read yet; `plain` applies `.sql` files in the order of their names"
    )]
    NotReadYet(&'static str),
    /// No tool that is known.
    #[error("understand the convention `{name}`{}", nearest.map_or_else(String::new, |near| format!(": did you mean `{near}`?")))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The known name most like it.
        nearest: Option<&'static str>,
    },
}

impl FromStr for Convention {
    type Err = ParseConventionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some(convention) = Self::ALL.into_iter().find(|convention| convention.name() == name) {
            return Ok(convention);
        }
        if let Some(known) = NOT_READ_YET.into_iter().find(|known| *known == name) {
            return Err(ParseConventionError::NotReadYet(known));
        }
        let nearest = Self::ALL
            .into_iter()
            .map(Self::name)
            .chain(NOT_READ_YET)
            .map(|known| (strsim::damerau_levenshtein(known, &name.to_lowercase()), known))
            .filter(|(distance, known)| *distance <= known.len() / 2)
            .min();
        Err(ParseConventionError::Unknown {
            name: name.to_owned(),
            nearest: nearest.map(|(_, known)| known),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_convention_that_is_read_answers_to_its_name() {
        for convention in Convention::ALL {
            assert_eq!(convention.to_string().parse(), Ok(convention));
        }
    }

    #[test]
    fn a_tool_that_is_not_read_yet_is_told_from_a_name_that_is_wrong() {
        for name in NOT_READ_YET {
            assert_eq!(
                name.parse::<Convention>(),
                Err(ParseConventionError::NotReadYet(name))
            );
        }
        let error = "flywya".parse::<Convention>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "understand the convention `flywya`: did you mean `flyway`?"
        );
        let error = "xyz".parse::<Convention>().unwrap_err();
        assert_eq!(error.to_string(), "understand the convention `xyz`");
    }
}
