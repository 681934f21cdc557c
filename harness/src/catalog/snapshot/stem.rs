//! A file's name for a relation, which every file system takes and tells apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::{Relation, RelationKind};

/// What is encoded: all but letters, digits, `_` and `-`. The dot, since it parts schema and name.
const ODD: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// Longer ones end in a hash: most file systems take 255 bytes, and an extension must fit.
const LONGEST: usize = 200;

/// The relations by their stem.
pub(super) fn stems(relations: &[Relation]) -> BTreeMap<String, &Relation> {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for relation in relations {
        *alike.entry(stem(relation).to_lowercase()).or_default() += 1;
    }
    relations
        .iter()
        .map(|relation| {
            let stem = stem(relation);
            // Two that differ by case alone would be one file on macOS and Windows.
            let stem = if alike[&stem.to_lowercase()] > 1 {
                without_capitals(&stem)
            } else {
                stem
            };
            (shortened(stem), relation)
        })
        .collect()
}

fn stem(relation: &Relation) -> String {
    let kind = match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => "table",
        RelationKind::ForeignTable => "foreign_table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized_view",
    };
    let encoded = |part: &str| utf8_percent_encode(part, ODD).to_string();
    format!(
        "{kind}.{}.{}",
        encoded(&relation.name.schema),
        encoded(&relation.name.name)
    )
}

/// Capitals encoded too, but for those of what is encoded already.
fn without_capitals(stem: &str) -> String {
    let mut plain = String::new();
    let mut digits_of_code = 0;
    for character in stem.chars() {
        if character.is_ascii_uppercase() && digits_of_code == 0 {
            let _ = write!(plain, "%{:02X}", u32::from(character));
        } else {
            plain.push(character);
        }
        digits_of_code = if character == '%' {
            2
        } else {
            usize::saturating_sub(digits_of_code, 1)
        };
    }
    plain
}

fn shortened(stem: String) -> String {
    if stem.len() <= LONGEST {
        return stem;
    }
    let hash = blake3::hash(stem.as_bytes()).to_hex();
    format!("{}~{}", &stem[..LONGEST - 17], &hash[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_encoded_and_codes_are_not_encoded_again() {
        assert_eq!(without_capitals("table.app.A%2FbC%2F"), "table.app.%41%2Fb%43%2F");
    }

    #[test]
    fn a_stem_that_is_too_long_keeps_its_beginning_and_ends_in_a_hash() {
        let (one, other) = (shortened("x".repeat(300)), shortened("x".repeat(301)));
        assert_eq!((one.len(), other.len()), (LONGEST, LONGEST));
        assert_ne!(one, other);
    }
}
