//! Preludes that pgproof brings along: what a platform gives before the first migration, by the platform's name, and roles that
//! migrations name and never make.

mod detect;
mod roles;

use camino::{Utf8Path, Utf8PathBuf};

use super::psql;
use super::script::Script;
use super::{ReadError, Reading};
use crate::claim::{Claim, Location, Severity, Verdict};
use crate::contract::nearest;

use detect::detect;
pub(super) use roles::unmade;

/// What is run before the first migration.
#[derive(Debug, Clone)]
pub(crate) struct Prelude {
    /// The file, or the name of what pgproof knows.
    pub(crate) name: String,
    pub(crate) script: Script,
    /// Whether pgproof brings it along.
    pub(crate) is_built_in: bool,
}

impl Prelude {
    /// Whether it is a platform's, and makes that schema.
    pub(crate) fn gives(&self, schema: &str) -> bool {
        self.is_built_in && of_schema(schema).is_some_and(|platform| platform.name() == self.name)
    }

    /// Those that a contract names.
    pub(crate) fn named(
        root: &Utf8Path,
        entries: &[Utf8PathBuf],
        reading: &Reading,
    ) -> Result<Vec<Self>, ReadError> {
        let mut preludes: Vec<Self> = Vec::new();
        for entry in entries {
            let built_in = BuiltIn::named(root, entry);
            let script = if let Some(built_in) = built_in {
                let before = preludes.iter().map(|prelude| &prelude.script);
                built_in.script(before.chain(reading.scripts()))
            } else {
                let mut script = Script::read(root, entry)?;
                psql::take_in(root, &mut script)?;
                script
            };
            preludes.push(Self {
                name: entry.to_string(),
                script,
                is_built_in: built_in.is_some(),
            });
        }
        Ok(preludes)
    }

    /// Those that the migrations show to be meant, with a claim about each.
    pub(crate) fn detected(root: &Utf8Path, reading: &mut Reading) -> Vec<Self> {
        let scripts: Vec<&Script> = reading.scripts().collect();
        let found = detect(root, &reading.folder, &scripts);
        let mut preludes: Vec<Self> = Vec::new();
        for detected in &found {
            let before = preludes.iter().map(|prelude| &prelude.script);
            let script = detected.built_in.script(before.chain(scripts.iter().copied()));
            preludes.push(Self {
                name: detected.built_in.name().to_owned(),
                script,
                is_built_in: true,
            });
        }
        reading.claims.extend(found.iter().map(Detected::claim));
        preludes
    }
}

/// A prelude that `[migrations] prelude` can name without a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BuiltIn {
    Supabase,
    Postgrest,
    Hasura,
    /// The roles that migrations name and never make.
    Roles,
}

impl BuiltIn {
    pub(crate) const ALL: [Self; 4] = [Self::Supabase, Self::Postgrest, Self::Hasura, Self::Roles];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Supabase => "supabase",
            Self::Postgrest => "postgrest",
            Self::Hasura => "hasura",
            Self::Roles => "roles",
        }
    }

    /// As people write it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Supabase => "Supabase",
            Self::Postgrest => "PostgREST",
            Self::Hasura => "Hasura",
            Self::Roles => "the installation",
        }
    }

    /// The one that an entry of `prelude` means: a bare word, where no file is called so.
    pub(crate) fn named(root: &Utf8Path, entry: &Utf8Path) -> Option<Self> {
        let built_in = Self::ALL
            .into_iter()
            .find(|built_in| built_in.name() == entry.as_str())?;
        (!root.join(entry).exists()).then_some(built_in)
    }

    /// What is run, before these scripts.
    pub(crate) fn script<'s>(self, scripts: impl IntoIterator<Item = &'s Script>) -> Script {
        let text = match self {
            Self::Supabase => include_str!("supabase.sql").to_owned(),
            Self::Postgrest => include_str!("postgrest.sql").to_owned(),
            Self::Hasura => include_str!("hasura.sql").to_owned(),
            Self::Roles => roles::script(scripts),
        };
        Script::new(format!("<prelude {}>", self.name()), text)
    }
}

/// Whether an entry of `prelude` looks like a name and not like a file.
pub(crate) fn is_name(entry: &Utf8Path) -> bool {
    entry.extension().is_none() && entry.components().count() == 1
}

/// What is wrong with an entry that is no file and no name.
pub(crate) fn unknown(entry: &Utf8Path) -> String {
    let names = BuiltIn::ALL.map(BuiltIn::name);
    let meant = nearest(entry.as_str(), &names).map(|name| format!(", did you mean `{name}`?"));
    format!(
        "pgproof has no prelude `{entry}`{}: it has {}, or name a file that is there",
        meant.unwrap_or_default(),
        names.join(", ")
    )
}

/// A prelude that nobody named, and what gave it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detected {
    pub(crate) built_in: BuiltIn,
    /// What it was told by, for people.
    pub(crate) because: String,
    pub(crate) location: Option<Location>,
}

impl Detected {
    /// What is to be said about it.
    pub(crate) fn claim(&self) -> Claim {
        let name = self.built_in.name();
        let message = format!(
            "no contract names a prelude, and {name} was taken (detected: {}); `prelude = [\"{name}\"]` under [migrations] in \
             pgproof.toml says so for good",
            self.because
        );
        Claim::new(
            "apply/prelude",
            name,
            "",
            Verdict::Unproven,
            Severity::Info,
            message,
        )
        .at(self.location.clone())
    }
}

/// The platform that has a role of that name.
pub(super) fn of_role(name: &str) -> Option<BuiltIn> {
    match name {
        "anon" | "authenticated" | "service_role" | "dashboard_user" | "authenticator" => {
            Some(BuiltIn::Supabase)
        }
        "web_anon" | "web_user" | "webuser" => Some(BuiltIn::Postgrest),
        _ if name.starts_with("supabase_") => Some(BuiltIn::Supabase),
        _ => None,
    }
}

/// The platform that has a schema of that name.
pub(super) fn of_schema(name: &str) -> Option<BuiltIn> {
    match name {
        "auth" | "storage" | "realtime" | "_realtime" | "extensions" | "vault" | "graphql"
        | "graphql_public" | "pgbouncer" | "supabase_functions" => Some(BuiltIn::Supabase),
        "hdb_catalog" | "hdb_views" => Some(BuiltIn::Hasura),
        _ => None,
    }
}

pub(super) fn of_publication(name: &str) -> Option<BuiltIn> {
    (name == "supabase_realtime").then_some(BuiltIn::Supabase)
}
