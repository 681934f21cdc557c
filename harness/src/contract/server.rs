//! `[server]` and `[snapshots]`: which PostgreSQL, and where the accepted snapshots lie.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use camino::Utf8PathBuf;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::reader::{FromText, FromToml, Problems, Table, Value, ValueError};

/// The majors that pgproof knows.
const MAJORS: std::ops::RangeInclusive<u16> = 14..=18;

/// A major version of PostgreSQL, from 14 to 18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Major(u16);

impl Major {
    /// The number.
    pub fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Major {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromText for Major {
    fn from_text(text: &str) -> Result<Self, ValueError> {
        let known = format!("{} to {}", MAJORS.start(), MAJORS.end());
        if let Some((major, _)) = text.split_once('.') {
            return Err(ValueError::new(format!("`{text}` is not a major version"))
                .help(format!("`{major}`: the newest minor at hand is taken")));
        }
        let major = text.parse().ok().filter(|number| MAJORS.contains(number));
        major.map(Self).ok_or_else(|| {
            ValueError::new(format!("`{text}` is no major version that pgproof knows"))
                .help(format!("one of {known}"))
        })
    }
}

impl FromStr for Major {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::from_text(text)
    }
}

impl Serialize for Major {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Major {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Major".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let majors: Vec<String> = MAJORS.map(|major| major.to_string()).collect();
        json_schema!({ "type": "string", "description": "a major version of PostgreSQL", "enum": majors })
    }
}

/// Which PostgreSQL the project runs on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Server {
    /// The majors. The first is proved by default and gives the snapshots their base; those that are not run are named.
    /// Left out: the newest at hand.
    #[schemars(default, length(min = 1))]
    pub postgres: Vec<Major>,
}

impl FromToml for Server {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[server]", problems)?;
        let majors: Option<Vec<Major>> = table.optional("postgres");
        if let Some(majors) = &majors {
            if majors.is_empty() {
                table.add(
                    "postgres",
                    ValueError::new("no version is named").help("postgres = [\"17\"]"),
                );
            }
            let twice = majors
                .iter()
                .enumerate()
                .find(|(at, major)| majors[..*at].contains(major));
            if let Some((_, major)) = twice {
                table.add(
                    "postgres",
                    ValueError::new(format!("major {major} is named twice")),
                );
            }
        }
        table.close();
        Some(Self {
            postgres: majors.unwrap_or_default(),
        })
    }
}

/// The accepted state of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Snapshots {
    /// The folder of the accepted snapshots, relative to the contract.
    #[schemars(with = "String", default = "default_path")]
    pub path: Utf8PathBuf,
}

fn default_path() -> Utf8PathBuf {
    "snapshots".into()
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { path: default_path() }
    }
}

impl FromToml for Snapshots {
    fn from_toml(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let mut table = Table::open(value, "[snapshots]", problems)?;
        let path = table.optional("path").unwrap_or_else(default_path);
        table.close();
        Some(Self { path })
    }
}
