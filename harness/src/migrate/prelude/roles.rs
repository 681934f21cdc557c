//! The roles that migrations grant to, act as or give things to, and never make.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::claim::Location;
use crate::migrate::script::Script;
use crate::migrate::token::{Kind, significant};
use crate::sql::{identifier, literal};

/// The roles that the scripts name and none of them makes, each with the first place that names it.
pub(in crate::migrate) fn unmade<'s>(
    scripts: impl IntoIterator<Item = &'s Script>,
) -> BTreeMap<String, Location> {
    let mut found = Found::default();
    for script in scripts {
        found.read(script, &script.text, 0);
    }
    let Found { mut named, made } = found;
    named.retain(|role, _| !made.contains(role) && !is_given(role));
    named
}

/// What every server has.
fn is_given(role: &str) -> bool {
    role.starts_with("pg_") || ["postgres", "public", "none"].contains(&role)
}

/// Makes each of them, able to do nothing by itself.
pub(super) fn script<'s>(scripts: impl IntoIterator<Item = &'s Script>) -> String {
    let mut text = "-- Roles that migrations name and never make.\n".to_owned();
    for role in unmade(scripts).into_keys() {
        let _ = writeln!(
            text,
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {}) THEN CREATE ROLE {} NOLOGIN; \
             END IF; END $$;",
            literal(&role),
            identifier(&role),
        );
    }
    text
}

#[derive(Default)]
struct Found {
    named: BTreeMap<String, Location>,
    made: Vec<String>,
}

/// A token with its text.
#[derive(Clone, Copy)]
struct Piece<'t> {
    kind: Kind,
    text: &'t str,
    at: usize,
}

impl Piece<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// The role that it names, if it may name one.
    fn role(&self) -> Option<String> {
        const NO_ROLES: [&str; 5] = ["public", "current_user", "session_user", "current_role", "none"];
        match self.kind {
            Kind::QuotedName => Some(self.text.trim_matches('"').replace("\"\"", "\"")),
            Kind::Word if !NO_ROLES.contains(&self.text.to_ascii_lowercase().as_str()) => {
                Some(self.text.to_ascii_lowercase())
            }
            _ => None,
        }
    }
}

impl Found {
    /// Reads a text that begins at that byte of the script, and the bodies in it.
    fn read(&mut self, script: &Script, text: &str, start: usize) {
        let pieces: Vec<Piece<'_>> = significant(text)
            .map(|token| Piece {
                kind: token.kind,
                text: &text[token.span.clone()],
                at: start + token.span.start,
            })
            .collect();
        for piece in &pieces {
            if piece.kind == Kind::String && piece.text.starts_with('$') {
                let tag = piece.text[1..].find('$').map_or(0, |end| end + 2);
                if let Some(inner) = piece.text.get(tag..piece.text.len().saturating_sub(tag)) {
                    self.read(script, inner, piece.at + tag);
                }
            }
        }
        // In a body, statements also begin behind these words.
        let parts = pieces.split(|piece| {
            piece.kind == Kind::Semicolon
                || ["begin", "then", "else", "loop"]
                    .iter()
                    .any(|word| piece.is(word))
        });
        for statement in parts {
            self.statement(script, statement);
        }
    }

    fn statement(&mut self, script: &Script, pieces: &[Piece<'_>]) {
        let is = |at: usize, word: &str| pieces.get(at).is_some_and(|piece| piece.is(word));
        let after = |words: &[&str]| {
            (0..pieces.len())
                .find(|&at| words.iter().enumerate().all(|(n, word)| is(at + n, word)))
                .map(|at| at + words.len())
        };
        let is_about_role = |at: usize| ["role", "user", "group"].iter().any(|word| is(at, word));
        if is(0, "create") && is_about_role(1) && !is(2, "mapping") {
            let at = if is(2, "if") { 5 } else { 2 };
            self.made.extend(pieces.get(at).and_then(Piece::role));
        } else if is(0, "grant") || is(0, "revoke") {
            let to = if is(0, "grant") {
                after(&["to"])
            } else {
                after(&["from"])
            };
            // Without ON it is roles that are granted.
            if after(&["on"]).is_none() && !is(0, "revoke") {
                self.list(script, pieces, 1);
            }
            if let Some(to) = to {
                self.list(script, pieces, to);
            }
        } else if (is(0, "create") || is(0, "alter")) && is(1, "policy") {
            if let Some(to) = after(&["to"]).filter(|to| !is(to - 2, "rename")) {
                self.list(script, pieces, to);
            }
        } else if is(0, "set") {
            let at = if is(1, "local") || is(1, "session") { 2 } else { 1 };
            if is(at, "role") {
                self.list(script, pieces, at + 1);
            }
        } else if is(0, "alter") && is(1, "default") {
            for words in [["for", "role"], ["for", "user"]] {
                if let Some(at) = after(&words) {
                    self.list(script, pieces, at);
                }
            }
            if let Some(at) = after(&["to"]).or_else(|| after(&["from"])) {
                self.list(script, pieces, at);
            }
        } else if is(0, "alter") && is_about_role(1) && !is(2, "all") {
            self.list(script, pieces, 2);
        } else if is(0, "alter") {
            if let Some(at) = after(&["owner", "to"]) {
                self.list(script, pieces, at);
            }
        } else if is(0, "create")
            && is(1, "schema")
            && let Some(at) = after(&["authorization"])
        {
            self.list(script, pieces, at);
        }
    }

    /// The names at that place, between commas.
    fn list(&mut self, script: &Script, pieces: &[Piece<'_>], mut at: usize) {
        loop {
            if pieces.get(at).is_some_and(|piece| piece.is("group")) {
                at += 1;
            }
            let Some(piece) = pieces.get(at) else { return };
            if let Some(role) = piece.role() {
                self.named
                    .entry(role)
                    .or_insert_with(|| script.location(piece.at));
            }
            if pieces.get(at + 1).is_none_or(|next| next.text != ",") {
                return;
            }
            at += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        unmade([&Script::new("a.sql", text)]).into_keys().collect()
    }

    #[test]
    fn every_way_to_name_a_role_is_read() {
        assert_eq!(
            found("GRANT SELECT ON t TO reader, \"Writer\" WITH GRANT OPTION"),
            ["Writer", "reader"]
        );
        assert_eq!(found("GRANT app TO gateway;"), ["app", "gateway"]);
        assert_eq!(found("REVOKE ALL ON t FROM PUBLIC, app;"), ["app"]);
        assert_eq!(
            found("CREATE POLICY p ON t FOR SELECT TO app USING (a = b)"),
            ["app"]
        );
        assert_eq!(found("SET LOCAL ROLE app; RESET ROLE; SET ROLE NONE"), ["app"]);
        assert_eq!(
            found("ALTER TABLE a.t OWNER TO app; ALTER TABLE t RENAME TO u"),
            ["app"]
        );
        assert_eq!(
            found("ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT ALL ON TABLES TO reader"),
            ["app", "reader"]
        );
        assert_eq!(
            found("DO $$ BEGIN IF true THEN GRANT ALL ON t TO app; END IF; END $$"),
            ["app"]
        );
        assert_eq!(found("CREATE SCHEMA s AUTHORIZATION app"), ["app"]);
    }

    #[test]
    fn what_is_made_or_given_is_left_out() {
        assert_eq!(
            found("CREATE ROLE app; GRANT app TO postgres; GRANT pg_read_all_data TO app"),
            [""; 0]
        );
        assert_eq!(
            found("DO $$ BEGIN CREATE ROLE app; END $$; GRANT ALL ON t TO app"),
            [""; 0]
        );
        assert_eq!(
            found("CREATE POLICY p ON t USING (true); ALTER POLICY p ON t RENAME TO q"),
            [""; 0]
        );
        assert_eq!(
            found("SELECT 1; CREATE TABLE t (role text); SET search_path TO app;"),
            [""; 0]
        );
    }
}
