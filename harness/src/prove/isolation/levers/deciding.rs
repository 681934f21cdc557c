//! The texts of a schema that decide who sees what, and which tables and columns they name.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Function, Name, Relation};

/// A policy, view, rule, trigger or function.
struct Text {
    words: BTreeSet<String>,
    /// Whether it takes whole rows, so that it need not name a column to depend on it.
    whole_rows: bool,
}

impl Text {
    fn names(&self, name: &str) -> bool {
        words(name).is_subset(&self.words)
    }
}

/// All of them.
pub(super) struct Deciding {
    texts: Vec<Text>,
    /// By trigger: the table, and its function's text.
    fired: Vec<(Name, usize)>,
}

impl Deciding {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut texts = Vec::new();
        let mut fired = Vec::new();
        for relation in &catalog.relations {
            for policy in &relation.policies {
                texts.extend(
                    [&policy.using, &policy.with_check]
                        .into_iter()
                        .flatten()
                        .map(|text| self::text(text)),
                );
            }
            texts.extend(relation.definition.as_deref().map(text));
            texts.extend(relation.rules.iter().map(|rule| text(&rule.definition)));
            texts.extend(relation.triggers.iter().map(|trigger| text(&trigger.definition)));
        }
        for function in &catalog.functions {
            let Some(body) = &function.body else { continue };
            let at = texts.len();
            // `FUNCTION visible(d documents)` need not name the table again.
            texts.push(text(&format!("{} {body}", function.arguments)));
            for relation in &catalog.relations {
                if relation
                    .triggers
                    .iter()
                    .any(|trigger| trigger.function == function.name)
                {
                    fired.push((relation.name.clone(), at));
                }
            }
        }
        Self { texts, fired }
    }

    /// Whether anything at all depends on the table's rows.
    pub(super) fn names(&self, relation: &Relation) -> bool {
        self.fired.iter().any(|(name, _)| *name == relation.name)
            || self.texts.iter().any(|text| text.names(&relation.name.name))
    }

    /// Whether anything depends on that column.
    pub(super) fn names_column(&self, relation: &Relation, column: &str) -> bool {
        // A trigger that takes whole rows writes them to a log: what decides it has to name.
        let fires = |(name, at): &(Name, usize)| *name == relation.name && self.texts[*at].names(column);
        self.fired.iter().any(fires)
            || self
                .texts
                .iter()
                .filter(|text| text.names(&relation.name.name))
                .any(|text| text.whole_rows || text.names(column))
    }
}

/// The words of a function's body; none for one that has no source.
pub(super) fn words_of(function: &Function) -> BTreeSet<String> {
    function.body.as_deref().map(words).unwrap_or_default()
}

fn text(text: &str) -> Text {
    let words = words(text);
    let rest = text.replace("(*)", "");
    let whole = ["row_to_json", "to_json", "to_jsonb", "rowtype"];
    Text {
        whole_rows: rest.contains('*') || whole.iter().any(|word| words.contains(*word)),
        words,
    }
}

/// Whatever looks like a name, in lower case; what stands in strings too, since some are names of columns.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_strings_too_and_whole_rows_depend_on_every_column() {
        let found = text("SELECT (to_jsonb(p) ->> 'role') = 'admin' FROM app.profiles AS p");
        assert!(found.words.contains("role") && found.words.contains("profiles"));
        assert!(found.whole_rows);
        assert!(!text("SELECT count(*) FROM app.profiles").whole_rows);
        assert!(text("SELECT p.* FROM app.profiles AS p").whole_rows);
    }
}
