//! Values that are made of others: ranges around what a row holds, composite values, the names of tables.

use super::fit::Family;
use super::{MOST_ROWS, MOST_TABLES, MOST_VALUES, Stock};
use crate::prove::isolation::callable::Argument;
use crate::sql::qualified;

impl Stock<'_> {
    /// Of a range those around that tenant's values, of a table's name those of tenants' tables; else none.
    pub(super) fn shapes(&self, tenant: char, argument: &Argument) -> Vec<String> {
        match (argument.family(), argument.base.as_str()) {
            (Family::Range, _) => self.ranges(tenant, argument),
            // As a definer whoever made the function reads them all, whatever the caller may.
            (_, "regclass") => {
                let names = self.bench.owned_tables().map(|relation| &relation.name);
                let names = names.map(|name| qualified(&name.schema, &name.name));
                names.take(MOST_VALUES).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The range of everything, and those of one value each: a function may refuse what has no bounds.
    fn ranges(&self, tenant: char, argument: &Argument) -> Vec<String> {
        let within = |range: String| {
            if argument.is_multirange() {
                format!("{{{range}}}")
            } else {
                range
            }
        };
        let mut ranges = vec![within("(,)".to_owned())];
        let Some(subtype) = &argument.subtype else {
            return ranges;
        };
        let mut single = argument.clone();
        single.base.clone_from(subtype);
        for (relation, column) in self.compared(&single) {
            for value in self.column(relation, &column, tenant).into_iter().take(MOST_ROWS) {
                let value = quoted(&value);
                ranges.push(within(format!("[{value},{value}]")));
            }
        }
        ranges
    }

    /// The rows that a tenant's values make: of one table's row each, of each field's likeliest, and of the other's one
    /// field among one's own.
    pub(super) fn composites(&self, tenant: char, argument: &Argument) -> Vec<String> {
        let fields: Vec<&Argument> = argument.fields.iter().collect();
        let likely: Vec<Option<String>> = fields.iter().map(|field| self.likely(tenant, field)).collect();
        let mut rows: Vec<Vec<Option<String>>> = Vec::new();
        let fitting = self
            .tables
            .iter()
            .filter(|relation| fields.iter().any(|field| field.column(relation).is_some()));
        for relation in fitting.take(MOST_TABLES) {
            for row in self.rows_of(relation, tenant).into_iter().take(MOST_ROWS) {
                let values = fields.iter().zip(&likely).map(|(field, likely)| {
                    let column = field.column(relation);
                    match column.and_then(|column| row.values.get(&column).cloned()) {
                        Some(value) => value.map(|value| field.wrap(vec![value])),
                        None => likely.clone(),
                    }
                });
                rows.push(values.collect());
            }
        }
        rows.truncate(MOST_VALUES / 2);
        rows.push(likely);
        if tenant == 'b' {
            rows.extend(self.cross(&fields));
        }
        rows.retain(|row| row.iter().any(Option::is_some));
        let mut values: Vec<String> = Vec::new();
        for row in rows {
            let value = argument.wrap(vec![literal(&row)]);
            if values.len() < MOST_VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}

/// A composite value as text.
fn literal(fields: &[Option<String>]) -> String {
    let fields = fields
        .iter()
        .map(|field| field.as_deref().map(quoted).unwrap_or_default());
    format!("({})", fields.collect::<Vec<_>>().join(","))
}

/// As it stands in the text of a range or a composite value.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_composite_value_keeps_quotes_and_tells_null_from_nothing() {
        let fields = [Some("a\"b\\".to_owned()), None, Some(String::new())];
        assert_eq!(literal(&fields), r#"("a\"b\\",,"")"#);
    }
}
