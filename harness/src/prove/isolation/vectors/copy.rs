//! Rows like others: copies of a row with some values changed, and values of the same form that no row has.

use crate::catalog::{Column, Relation};
use crate::prove::isolation::bench::Bench;
use crate::rows::Row;
use crate::sql::{identifier, literal_or_null, qualified};

/// Which columns an INSERT names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// All that take a value and that the attacker may write.
    All,
    /// Of those the ones that have no default: what the application leaves to the server is left to it.
    WithoutDefaults,
}

/// The row with other values in some columns.
pub(super) fn with(row: &Row, changes: &[(&str, Option<String>)]) -> Row {
    let mut copy = row.clone();
    for (column, value) in changes {
        copy.values.insert((*column).to_owned(), value.clone());
    }
    copy
}

/// Inserts the row as the attacker may; those columns are named whatever default they have.
pub(super) fn insert(
    bench: &Bench<'_>,
    relation: &Relation,
    row: &Row,
    named: Named,
    always: &[&str],
) -> String {
    let takes = |column: &&Column| {
        let name = column.name.as_str();
        let has_default = column.default.is_some() || column.identity.is_some();
        column.generated.is_none()
            && row.values.contains_key(name)
            && (always.contains(&name)
                || bench.privileges.may_with("INSERT", &relation.name, name)
                    && (named == Named::All || !has_default))
    };
    let columns: Vec<&Column> = relation.columns.iter().filter(takes).collect();
    let into: Vec<String> = columns.iter().map(|column| identifier(&column.name)).collect();
    let values: Vec<String> = columns.iter().map(|column| value(row, &column.name)).collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        qualified(&relation.name.schema, &relation.name.name),
        into.join(", "),
        values.join(", ")
    )
}

/// A value of the row as a literal.
pub(super) fn value(row: &Row, column: &str) -> String {
    nullable(row.values.get(column).and_then(Option::as_deref))
}

/// A literal or NULL.
pub(super) fn nullable(value: Option<&str>) -> String {
    literal_or_null(value)
}

/// Values that look like this one and are others: one letter or digit is the next of its kind. Whether the type and its
/// constraints take them is for the server to say.
pub(super) fn others(value: &str) -> Vec<String> {
    let letters: Vec<char> = value.chars().collect();
    let mut found: Vec<String> = Vec::new();
    let mut add = |at: usize| {
        if let Some(next) = letters.get(at).copied().and_then(next) {
            let mut changed = letters.clone();
            changed[at] = next;
            found.push(changed.into_iter().collect());
        }
    };
    // A date's or number's first digit goes further from its neighbours than its last one.
    let middle = letters.len() / 2;
    for at in [0, 1, 2, letters.len().saturating_sub(1), middle, middle + 1] {
        add(at);
    }
    let mut seen = Vec::new();
    found.retain(|text| {
        let new = !seen.contains(text);
        seen.push(text.clone());
        new && text != value
    });
    found
}

fn next(letter: char) -> Option<char> {
    Some(match letter {
        '9' => '7',
        'z' => 'q',
        'Z' => 'Q',
        'f' => 'c',
        'F' => 'C',
        'a'..='y' | 'A'..='Y' | '0'..='8' => char::from(u8::try_from(letter).ok()? + 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::others;

    #[test]
    fn other_values_are_of_the_same_form() {
        assert_eq!(others("9f-Z"), ["7f-Z", "9c-Z", "9f-Q"]);
        assert!(others("--").is_empty());
        for uuid in others("bbbbbbbb-0000-4000-8000-00000000000f") {
            assert!(uuid::Uuid::try_parse(&uuid).is_ok(), "{uuid}");
        }
    }
}
