//! Tables of one's own that point to tenants' tables.

use super::{PRIVILEGE, Vector};
use crate::catalog::{ConstraintKind, Relation};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "references",
    rule: PRIVILEGE,
    about: "A tenant that may create tables, and has REFERENCES on a table of tenants, makes one that points to it. A foreign \
            key looks past row level security: whether an insert is taken tells whether another tenant has that key.",
    bad: include_str!("references.bad.sql"),
    good: include_str!("references.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    let tables: Vec<&Relation> = bench
        .owned_tables()
        .filter(|relation| {
            bench.frozen.hides(&relation.name) && bench.privileges.may("REFERENCES", &relation.name)
        })
        .collect();
    if tables.is_empty() {
        return Ok(outcomes);
    }
    let Some(schema) = schema(bench).await? else {
        return Ok(outcomes);
    };
    for relation in tables {
        let object = relation.name.to_string();
        for constraint in relation.constraints.iter().filter(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey | ConstraintKind::Unique
            ) && !constraint.deferrable
        }) {
            let Some(attempt) = attempt(bench, &schema, relation, &constraint.columns) else {
                continue;
            };
            let Verdict::Leak { observed, .. } = bench.attempt(&attempt).await? else {
                continue;
            };
            let message = format!(
                "a tenant can make a table that points to {object}, and so learns which keys ({}) others have there",
                constraint.columns.join(", ")
            );
            let mut finding = VECTOR.finding(&object, message, observed, &attempt);
            finding.severity = if guessable(relation, &constraint.columns) {
                Severity::Warning
            } else {
                Severity::Info
            };
            outcomes.push(Outcome::Found(finding));
            break;
        }
    }
    Ok(outcomes)
}

/// Whether the key is one whose values mean something: a single number or uuid says nothing to whoever meets it.
fn guessable(relation: &Relation, columns: &[String]) -> bool {
    let [only] = columns else { return true };
    relation
        .column(only)
        .is_none_or(|column| !["uuid", "smallint", "integer", "bigint"].contains(&column.data_type.as_str()))
}

/// A schema in which the attacker may create tables.
async fn schema(bench: &Bench<'_>) -> Result<Option<String>, Error> {
    let role = literal(bench.attacker.effective());
    let query = format!(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema)' \
         AND pg_catalog.has_schema_privilege({role}, oid, 'CREATE') AND pg_catalog.has_schema_privilege({role}, oid, 'USAGE') \
         ORDER BY nspname LIMIT 1"
    );
    Ok(bench
        .session
        .rows(&query)
        .await?
        .pop()
        .and_then(|mut row| row.pop().flatten()))
}

/// Points to a key that the victim has, from a table of the attacker's own.
fn attempt(bench: &Bench<'_>, schema: &str, relation: &Relation, columns: &[String]) -> Option<Attempt> {
    let row = bench
        .world
        .table(&relation.name.schema, &relation.name.name)?
        .of('b')
        .next()?;
    let (mut definitions, mut values) = (Vec::new(), Vec::new());
    for column in columns {
        definitions.push(format!(
            "{} {}",
            identifier(column),
            relation.column(column)?.data_type
        ));
        values.push(literal(row.values.get(column)?.as_deref()?));
    }
    let names: Vec<String> = columns.iter().map(|column| identifier(column)).collect();
    let names = names.join(", ");
    let own = qualified(schema, "points_to_it");
    Some(Attempt {
        steps: vec![format!(
            "CREATE TABLE {own} ({}, FOREIGN KEY ({names}) REFERENCES {} ({names}))",
            definitions.join(", "),
            qualified(&relation.name.schema, &relation.name.name)
        )],
        ..Attempt::reading(
            &bench.attacker,
            format!("INSERT INTO {own} VALUES ({})", values.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::{Severity, Verdict};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.accounts", "").await;
    }

    #[tokio::test]
    async fn whether_a_number_is_a_key_is_only_information() {
        let claims = claims(
            &["GRANT REFERENCES ON app.tasks TO app_user; GRANT CREATE ON SCHEMA app TO app_user;"],
            "",
        )
        .await;
        let found: Vec<_> = claims
            .iter()
            .filter(|claim| claim.verdict == Verdict::Violated && claim.subject == "references")
            .collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(
            (found[0].subject.as_str(), found[0].severity),
            ("references", Severity::Info)
        );
    }
}
