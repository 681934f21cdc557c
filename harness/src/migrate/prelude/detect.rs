//! Which platform migrations are meant for, where nobody says so.

use camino::Utf8Path;

use super::{BuiltIn, Detected, unmade};
use crate::claim::Location;
use crate::migrate::script::Script;
use crate::migrate::token::{Kind, significant};

/// What the migrations show of their platform, and the roles that they never make. `root` and its parents may hold a
/// platform's own files.
pub(crate) fn detect(root: &Utf8Path, folder: &Utf8Path, scripts: &[&Script]) -> Vec<Detected> {
    let platform =
        supabase(root, folder, scripts).or_else(|| by_schema(scripts, "hdb_catalog", BuiltIn::Hasura));
    let mut found: Vec<Detected> = platform.into_iter().collect();
    let given: Vec<Script> = found
        .iter()
        .map(|detected| detected.built_in.script([]))
        .collect();
    let unmade: Vec<(String, Location)> = unmade(scripts.iter().copied())
        .into_iter()
        .filter(|(role, _)| {
            !given
                .iter()
                .any(|script| script.text.contains(&format!("'{role}'")))
        })
        .collect();
    if let Some((_, first)) = unmade.first() {
        let names: Vec<&str> = unmade.iter().map(|(role, _)| role.as_str()).collect();
        found.push(Detected {
            built_in: BuiltIn::Roles,
            because: format!("no migration makes {}, made here as NOLOGIN", names.join(", ")),
            location: Some(first.clone()),
        });
    }
    found
}

/// Supabase by its folder, by the functions of Auth, or by its roles where nothing makes these.
fn supabase(root: &Utf8Path, folder: &Utf8Path, scripts: &[&Script]) -> Option<Detected> {
    let detected = |because: String, location| Detected {
        built_in: BuiltIn::Supabase,
        because,
        location,
    };
    if makes_schema(scripts, "auth") {
        return None;
    }
    let folder = root.join(folder);
    let own = folder.ancestors().take(3).find_map(|above| {
        [above.join("config.toml"), above.join("supabase/config.toml")]
            .into_iter()
            .find(|file| file.parent().and_then(Utf8Path::file_name) == Some("supabase") && file.exists())
    });
    if let Some(file) = own {
        return Some(detected(format!("{file} is there"), None));
    }
    if let Some(found) = by_schema(scripts, "auth", BuiltIn::Supabase) {
        return Some(found);
    }
    let unmade = unmade(scripts.iter().copied());
    let (role, location) = ["authenticated", "service_role"]
        .iter()
        .find_map(|role| Some((*role, unmade.get(*role)?)))?;
    Some(detected(
        format!("the migrations name the role {role} and never make it"),
        Some(location.clone()),
    ))
}

/// By the first place that names something in the platform's schema.
fn by_schema(scripts: &[&Script], schema: &str, built_in: BuiltIn) -> Option<Detected> {
    if makes_schema(scripts, schema) {
        return None;
    }
    let known: &[&str] = match built_in {
        BuiltIn::Supabase => &["uid", "jwt", "role", "email", "users"],
        _ => &[],
    };
    scripts.iter().find_map(|script| {
        let (at, name) = named(&script.text, schema, known)?;
        Some(Detected {
            built_in,
            because: format!("the migrations name {schema}.{name}"),
            location: Some(script.location(at)),
        })
    })
}

/// Where a text names something in that schema, in a body or not.
fn named(text: &str, schema: &str, known: &[&str]) -> Option<(usize, String)> {
    let tokens: Vec<_> = significant(text).collect();
    let bare = |at: usize| {
        tokens
            .get(at)
            .map(|token| text[token.span.clone()].trim_matches('"').to_ascii_lowercase())
    };
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::String && text[token.span.clone()].starts_with('$') {
            let body = &text[token.span.clone()];
            let tag = body[1..].find('$').map_or(0, |end| end + 2);
            let inner = body.get(tag..body.len().saturating_sub(tag)).unwrap_or_default();
            if let Some((at, name)) = named(inner, schema, known) {
                return Some((token.span.start + tag + at, name));
            }
        }
        if bare(at).as_deref() == Some(schema)
            && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Dot)
            && let Some(name) = bare(at + 2)
            && (known.is_empty() || known.contains(&name.as_str()))
        {
            return Some((token.span.start, name));
        }
    }
    None
}

/// Whether one of the scripts makes that schema.
fn makes_schema(scripts: &[&Script], schema: &str) -> bool {
    scripts.iter().any(|script| {
        let words: Vec<String> = significant(&script.text)
            .map(|token| script.text[token.span].trim_matches('"').to_ascii_lowercase())
            .collect();
        words.windows(6).any(|six| {
            six[0] == "create"
                && six[1] == "schema"
                && (six[2] == schema || six[2] == "if" && six[5] == schema)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Vec<&'static str> {
        let script = Script::new("db/a.sql", text);
        let found = detect(Utf8Path::new("nowhere"), Utf8Path::new("db"), &[&script]);
        found.iter().map(|detected| detected.built_in.name()).collect()
    }

    #[test]
    fn supabase_is_told_by_what_only_it_has() {
        assert_eq!(
            detected("create policy p on t using (auth.uid() = owner);"),
            ["supabase"]
        );
        assert_eq!(
            detected("create table p (id uuid references auth.users);"),
            ["supabase"]
        );
        assert_eq!(
            detected("grant select on t to authenticated, anon;"),
            ["supabase"]
        );
        assert_eq!(
            detected("create schema auth; create function auth.uid() returns int; ;"),
            [""; 0]
        );
        assert_eq!(
            detected("create table auth_users (id int); select auth.own();"),
            [""; 0]
        );
    }

    #[test]
    fn other_roles_are_made_beside_it() {
        assert_eq!(
            detected("select auth.uid(); grant select on t to anon, app_user;"),
            ["supabase", "roles"]
        );
        assert_eq!(detected("grant select on t to app_user;"), ["roles"]);
        assert_eq!(detected("create table t (id int);"), [""; 0]);
    }
}
