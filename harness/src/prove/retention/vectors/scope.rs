//! Rows of other tenants.

use super::{ARCHIVE, Shown, TOO_EARLY, TOO_LONG, Vector, conclude};
use crate::catalog::ConstraintKind;
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::image::Images;
use crate::prove::retention::bench::Bench;
use crate::prove::retention::copy::KEY;
use crate::prove::retention::finding::Outcome;
use crate::prove::retention::judge::{self, Fault, Wrong};
use crate::prove::retention::kin::{self, RowId};
use crate::sql::{identifier, literal};

pub(super) const VECTOR: Vector = Vector {
    name: "another tenant",
    rules: &[TOO_EARLY, TOO_LONG, ARCHIVE],
    about: "Where the contract names the tenant's column: a row of another tenant, or of none, stays, be it as old, when the run is for one \
            tenant; and a young row of another tenant that has the same key otherwise stays in any run. Joins that forget \
            the tenant remove it.",
    bad: include_str!("scope.bad.sql"),
    good: include_str!("scope.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    for number in 0..bench.targets.len() {
        let young = try_one(bench, number, false).await?;
        let is_seen = !young
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Blind { .. }));
        outcomes.extend(young);
        if is_seen && bench.tenant.is_none() {
            outcomes.extend(try_one(bench, number, true).await?);
        }
    }
    Ok(outcomes)
}

/// Tries rows of others in one table: young ones with the same key as an old one, or `both` old.
async fn try_one(bench: &Bench<'_>, number: usize, both: bool) -> Result<Vec<Outcome>, Error> {
    let target = &bench.targets[number];
    let Some(column) = &target.rule.tenant else {
        return Ok(Vec::new());
    };
    let mut stage = bench.stage(bench.zone()).await?;
    let first = stage.make(number, &[bench.old(number)]).await?.pop().flatten();
    let images = Images::read(stage.session(), bench.catalog).await?;
    let image = first.as_ref().and_then(|row| images.0.get(&row.0)?.get(&row.1));
    let own = image.and_then(|image| image.get(column).cloned().flatten());
    let (Some(first), Some(own)) = (first, own) else {
        stage.end().await?;
        let why = format!("no row of {} could be made for a tenant", target.relation.name);
        return unseen(bench, number, both, why).await;
    };
    // Somebody else, and a row of theirs to copy.
    let other = images.0.iter().find_map(|(name, rows)| {
        if !kin::lineage(bench.catalog, name).contains(&target.relation.name) {
            return None;
        }
        rows.iter().find_map(|(place, image)| {
            let value = image.get(column)?.clone()?;
            (value != own).then(|| ((name.clone(), place.clone()), value))
        })
    });
    let base: RowId = other
        .as_ref()
        .map_or_else(|| first.clone(), |(row, _)| row.clone());
    let theirs = other.map_or_else(
        || {
            made_up(
                target
                    .relation
                    .column(column)
                    .map_or("text", |c| c.data_type.as_str()),
            )
        },
        |(_, value)| value,
    );
    let keys: Vec<&String> = target
        .relation
        .constraints
        .iter()
        .filter(|constraint| {
            matches!(
                constraint.kind,
                ConstraintKind::PrimaryKey | ConstraintKind::Unique
            )
        })
        .filter(|constraint| constraint.columns.contains(column))
        .flat_map(|constraint| &constraint.columns)
        .filter(|name| *name != column)
        .collect();
    let from = crate::sql::qualified(&first.0.schema, &first.0.name);
    let same_key = |words: &str, age: &str| {
        let mut specimen = bench
            .aged(number, words, age)
            .with(column, format!("{} {KEY}", literal(&theirs)));
        for name in &keys {
            let value = format!(
                "(SELECT p.{} FROM ONLY {from} AS p WHERE p.ctid = {}) {KEY}",
                identifier(name),
                literal(&first.1)
            );
            specimen = specimen.with(name, value);
        }
        specimen
    };
    let mut specimens = Vec::new();
    if bench.tenant.is_some() {
        specimens.push(
            bench
                .aged(number, "another tenant's and too old by days", &target.old())
                .with(column, literal(&theirs)),
        );
        if target
            .relation
            .column(column)
            .is_some_and(|column| !column.not_null)
        {
            let words = "no tenant's and too old by days";
            specimens.push(bench.aged(number, words, &target.old()).with(column, "NULL"));
        }
    }
    if !keys.is_empty() {
        specimens.push(if both {
            same_key(
                "another tenant's with the same key, and too old by days",
                &target.old(),
            )
        } else {
            same_key("another tenant's with the same key, and young", &target.young())
        });
    }
    let made: Vec<RowId> = stage
        .make_of(target.relation, &base, &specimens)
        .await?
        .into_iter()
        .flatten()
        .collect();
    let performed = stage.perform().await?;
    stage.end().await?;
    if let Some(refusal) = &performed.ran.refused {
        let why = format!("the run fails: {}", refusal.message);
        return unseen(bench, number, both, why).await;
    }
    if made.is_empty() {
        return Ok(if both {
            Vec::new()
        } else {
            vec![untold(bench, number, keys.is_empty())]
        });
    }
    let faults = judge::of(bench, &performed).faults;
    if both {
        let mut outcomes = Vec::new();
        for (wrong, rule) in [(Wrong::TooLong, TOO_LONG), (Wrong::Unarchived, ARCHIVE)] {
            let is_one =
                |fault: &&Fault| fault.wrong == wrong && (made.contains(&fault.row) || fault.row == first);
            let wrong: Vec<Fault> = faults.iter().filter(is_one).cloned().collect();
            if !wrong.is_empty() {
                outcomes.extend(conclude(bench, rule, vec![(number, Shown::Wrong(wrong))]).await?);
            }
        }
        return Ok(outcomes);
    }
    let faults: Vec<Fault> = faults
        .into_iter()
        .filter(|fault| fault.wrong == Wrong::TooEarly && made.contains(&fault.row))
        .collect();
    let shown = if faults.is_empty() {
        Shown::Right
    } else {
        Shown::Wrong(faults)
    };
    conclude(bench, TOO_EARLY, vec![(number, shown)]).await
}

async fn unseen(bench: &Bench<'_>, number: usize, both: bool, why: String) -> Result<Vec<Outcome>, Error> {
    let rule = if both { TOO_LONG } else { TOO_EARLY };
    conclude(bench, rule, vec![(number, Shown::Unseen(why))]).await
}

fn untold(bench: &Bench<'_>, number: usize, no_key: bool) -> Outcome {
    Outcome::Blind {
        rule: TOO_EARLY,
        object: bench.object(number),
        severity: if bench.tenant.is_none() && no_key {
            Severity::Info
        } else {
            Severity::Warning
        },
        why: format!(
            "the statement does not tell which tenant it is for, and no key of {} has the tenant in it",
            bench.targets[number].relation.name
        ),
    }
}

/// A tenant that there is not yet.
fn made_up(data_type: &str) -> String {
    match data_type {
        "uuid" => "eeeeeeee-0000-4000-8000-000000000005".to_owned(),
        "integer" | "bigint" | "smallint" | "numeric" => "1005".to_owned(),
        _ => "tenant-e".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::prove::example::accused;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, super::TOO_EARLY).await;
    }

    #[tokio::test]
    async fn of_old_rows_with_one_key_all_tenants_have_to_go() {
        let once_a_key = "
            CREATE OR REPLACE FUNCTION retention.carts() RETURNS bigint
            LANGUAGE sql SET search_path = pg_catalog, pg_temp
            AS $$
                WITH gone AS (
                    DELETE FROM app.carts WHERE (shop_id, id) IN (
                        SELECT DISTINCT ON (id) shop_id, id FROM app.carts
                        WHERE left_at < now() - interval '30 days' ORDER BY id, shop_id
                    )
                    RETURNING id
                )
                SELECT count(*) FROM gone
            $$;";
        let claims = claims(None, &[once_a_key], "").await;
        let found = accused(&claims);
        assert!(
            found
                .iter()
                .any(|claim| claim.rule == super::TOO_LONG && claim.subject == super::VECTOR.name),
            "{found:#?}"
        );
    }
}
