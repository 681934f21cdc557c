//! The names in a text of SQL, strings in it too, since they may be run.

use std::collections::BTreeSet;

use crate::catalog::Name;

/// What a text names.
#[derive(Debug, Clone, Default)]
pub(super) struct Mentions {
    /// Names without a schema before them, in lower case unless they are quoted.
    bare: BTreeSet<String>,
    /// Names behind a point, with what stands before it.
    qualified: BTreeSet<(String, String)>,
    text: String,
}

impl Mentions {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self {
            text: text.to_ascii_lowercase(),
            ..Self::default()
        };
        let mut before: Option<String> = None;
        let mut at = 0;
        while let Some(first) = text[at..].chars().next() {
            let end = at + name_length(&text[at..]);
            if end == at {
                if first != '.' && !first.is_whitespace() {
                    before = None;
                }
                at += first.len_utf8();
                continue;
            }
            let name = unquoted(&text[at..end]);
            match before.take().filter(|_| text[..at].trim_end().ends_with('.')) {
                Some(schema) => {
                    found.qualified.insert((schema, name.clone()));
                }
                None => {
                    found.bare.insert(name.clone());
                }
            }
            before = Some(name);
            at = end;
        }
        found
    }

    /// Whether it names that object, with its schema or without.
    pub(super) fn name(&self, name: &Name) -> bool {
        self.bare(&name.name) || self.qualified.contains(&(name.schema.clone(), name.name.clone()))
    }

    /// Whether a column of that name may be meant, with or without what stands before it.
    pub(super) fn column(&self, name: &str) -> bool {
        self.bare(name) || self.qualified.iter().any(|(_, column)| column == name)
    }

    /// Whether that name stands there without a schema.
    pub(super) fn bare(&self, name: &str) -> bool {
        self.bare.contains(name)
    }

    /// Whether one of these words stands there.
    pub(super) fn any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.bare.contains(*word))
    }

    /// The keys that it takes out of JSON: what stands in quotes behind `->`, `->>` or `?`.
    pub(super) fn json_keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        for (at, _) in self.text.match_indices("->") {
            let rest = self.text[at + 2..].trim_start_matches('>').trim_start();
            if let Some((key, _)) = rest.strip_prefix('\'').and_then(|rest| rest.split_once('\''))
                && !keys.iter().any(|known| known == key)
            {
                keys.push(key.to_owned());
            }
        }
        keys
    }
}

/// The bytes of the name that the text begins with; zero if it begins with none.
fn name_length(text: &str) -> usize {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.find('"').map_or(0, |end| end + 2);
    }
    let first = text.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic());
    if !first {
        return 0;
    }
    text.find(|c: char| c != '_' && c != '$' && !c.is_alphanumeric())
        .unwrap_or(text.len())
}

fn unquoted(name: &str) -> String {
    name.strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
        .map_or_else(|| name.to_lowercase(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_what_stands_before_them() {
        let mentions = Mentions::of(
            "SELECT m.org FROM memberships AS m JOIN app . Users ON true JOIN \"App\".\"Team\" t",
        );
        assert!(mentions.bare("memberships") && mentions.bare("m"));
        assert!(!mentions.bare("users") && !mentions.bare("org"));
        assert!(mentions.name(&Name::new("app", "users")));
        assert!(mentions.column("org") && mentions.column("users") && !mentions.column("id"));
        assert!(mentions.name(&Name::new("App", "Team")) && !mentions.name(&Name::new("app", "team")));
    }

    #[test]
    fn keys_of_json_are_what_stands_behind_an_arrow() {
        let mentions = Mentions::of("p ->> 'task_id', p->'done', p->0, x -> y");
        assert_eq!(mentions.json_keys(), ["task_id", "done"]);
    }
}
