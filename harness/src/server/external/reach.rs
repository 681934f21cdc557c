//! What migrations do to a server as a whole, as far as their text tells: which roles and databases they name.
//!
//! A server that others use, too, is only lent. So this errs on the side of refusing: it reads the bodies of functions
//! and blocks, strings and comments as if they were statements, and only names that somebody else has there matter.
//! Names that are put together at run time can't be seen.

use std::collections::BTreeSet;

/// The names, as the server has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Roles that are made.
    pub(crate) makes: BTreeSet<String>,
    /// Roles that are changed, dropped or commented on.
    pub(crate) changes: BTreeSet<String>,
    /// Roles that the contract has pgproof act as.
    pub(crate) acts_as: BTreeSet<String>,
    /// Databases that are made, changed, dropped, commented on or granted on.
    pub(crate) databases: BTreeSet<String>,
    /// Roles that are granted or revoked, and to whom or from whom.
    pub(crate) grants: Vec<(Vec<String>, Vec<String>)>,
    /// What is the whole server's and nobody else's business: ALTER SYSTEM, tablespaces, settings of all roles.
    pub(crate) whole: BTreeSet<&'static str>,
}

impl Reach {
    /// Adds what a text names.
    pub(crate) fn add(&mut self, text: &str) {
        let words = words(text);
        for at in 0..words.len() {
            self.add_at(&Reader { words: &words, at });
        }
    }

    fn add_at(&mut self, here: &Reader<'_>) {
        let mut next = *here;
        let Some(first) = next.word() else { return };
        match first {
            "create" | "alter" | "drop" => {
                let Some(kind) = next.word() else { return };
                match kind {
                    "role" | "user" | "group" => {
                        let names = next.names();
                        match names.first().map(String::as_str) {
                            Some("mapping") => {}
                            Some("all") if first == "alter" => {
                                self.whole.insert("ALTER ROLE ALL");
                            }
                            _ if first == "create" => self.makes.extend(names),
                            _ => self.changes.extend(names),
                        }
                    }
                    "database" => self.databases.extend(next.names()),
                    "tablespace" => {
                        self.whole.insert("CREATE, ALTER or DROP TABLESPACE");
                    }
                    "system" if first == "alter" => {
                        self.whole.insert("ALTER SYSTEM");
                    }
                    // DROP OWNED BY
                    "owned" if first == "drop" && next.word() == Some("by") => {
                        self.changes.extend(next.names())
                    }
                    _ => {}
                }
            }
            "reassign" if next.word() == Some("owned") && next.word() == Some("by") => {
                self.changes.extend(next.names());
            }
            // COMMENT ON ROLE, SECURITY LABEL ON DATABASE, GRANT CONNECT ON DATABASE
            "on" => match next.word() {
                Some("role") => self.changes.extend(next.names()),
                Some("database") => self.databases.extend(next.names()),
                Some("tablespace") => {
                    self.whole.insert("privileges on a TABLESPACE");
                }
                Some("parameter") => {
                    self.whole.insert("privileges on a PARAMETER");
                }
                _ => {}
            },
            "grant" | "revoke" => {
                let granted = next.names();
                if matches!(next.word(), Some("to" | "from")) {
                    self.grants.push((granted, next.names()));
                }
            }
            _ => {}
        }
    }
}

/// A word or a sign.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Plain(String),
    Quoted(String),
    Sign(char),
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    words: &'a [Word],
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next word, if it is one without quotes.
    fn word(&mut self) -> Option<&'a str> {
        match self.words.get(self.at) {
            Some(Word::Plain(word)) => {
                self.at += 1;
                Some(word)
            }
            _ => None,
        }
    }

    /// Names with commas between them, after IF EXISTS, IF NOT EXISTS, and for REVOKE after ADMIN OPTION FOR.
    fn names(&mut self) -> Vec<String> {
        for skipped in [
            &["if", "not", "exists"][..],
            &["if", "exists"],
            &["admin", "option", "for"],
            &["inherit", "option", "for"],
            &["set", "option", "for"],
        ] {
            let mut after = *self;
            if skipped.iter().all(|word| after.word() == Some(word)) {
                *self = after;
            }
        }
        let mut names = Vec::new();
        while let Some(Word::Plain(name) | Word::Quoted(name)) = self.words.get(self.at) {
            names.push(name.clone());
            self.at += 1;
            if self.words.get(self.at) != Some(&Word::Sign(',')) {
                break;
            }
            self.at += 1;
        }
        names
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_alphanumeric() || first == '_' {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(rest.len());
            words.push(Word::Plain(rest[..end].to_lowercase()));
            rest = &rest[end..];
        } else if let (Some((name, after)), true) = (quoted(rest), first == '"') {
            words.push(Word::Quoted(name));
            rest = after;
        } else {
            if !first.is_whitespace() {
                words.push(Word::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    words
}

/// A name in quotes at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text.strip_prefix('"')?;
    loop {
        let end = rest.find('"')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> Reach {
        let mut reach = Reach::default();
        reach.add(text);
        reach
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn roles_are_found_wherever_they_are_made_or_changed() {
        let found = reach(
            "CREATE ROLE App; create user \"We\"\"ird\" login;
             DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'w') THEN CREATE ROLE w; END IF; END $$;
             SELECT exec('create group g'); DROP ROLE IF EXISTS a, b; COMMENT ON ROLE c IS 'x';
             DROP OWNED BY d; REASSIGN OWNED BY e TO f; ALTER SEQUENCE s OWNED BY t.c;
             CREATE USER MAPPING FOR x SERVER y;",
        );
        assert_eq!(found.makes, set(&["app", "We\"ird", "w", "g"]));
        assert_eq!(found.changes, set(&["a", "b", "c", "d", "e"]));
        assert!(found.whole.is_empty());
    }

    #[test]
    fn databases_grants_and_what_is_the_whole_servers_are_found() {
        let found = reach(
            "GRANT CONNECT, TEMP ON DATABASE shop, \"Other\" TO app; ALTER DATABASE mine SET x = 1;
             GRANT app, worker TO alice WITH ADMIN OPTION; REVOKE ADMIN OPTION FOR app FROM bob;
             GRANT SELECT ON t TO app; ALTER SYSTEM SET fsync = off; CREATE TABLESPACE fast LOCATION '/x';
             ALTER USER ALL SET a = b;",
        );
        assert_eq!(found.databases, set(&["shop", "Other", "mine"]));
        let names = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        assert_eq!(
            found.grants,
            [
                (names(&["app", "worker"]), names(&["alice"])),
                (names(&["app"]), names(&["bob"]))
            ]
        );
        assert_eq!(
            found.whole.into_iter().collect::<Vec<_>>(),
            [
                "ALTER ROLE ALL",
                "ALTER SYSTEM",
                "CREATE, ALTER or DROP TABLESPACE"
            ]
        );
    }
}
