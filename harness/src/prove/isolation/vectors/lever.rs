//! Two steps: rows of one's own that decide what one sees.

use super::{READ, Vector};
use crate::claim::Severity;
use crate::error::Error;
use crate::prove::isolation::attempt::Attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::{Finding, Outcome};
use crate::prove::isolation::levers;

pub(super) const VECTOR: Vector = Vector {
    name: "two steps",
    rule: READ,
    about: "A tenant writes whatever it may into rows of its own (another tenant's key, each role, label and flag), makes and \
            removes such rows, and calls every function that changes something. After each, it must see no more of the \
            others than before.",
    bad: include_str!("lever.bad.sql"),
    good: include_str!("lever.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let pulled = bench.pulled.get_or_try_init(|| levers::pull(bench)).await?;
    let outcomes = pulled.iter().map(|pulled| {
        let object = pulled.object.clone();
        if let Some(shown) = &pulled.leak {
            let attempt = Attempt {
                steps: shown.steps.clone(),
                ..Attempt::reading(&bench.attacker, &shown.look.sql)
            };
            let message = format!(
                "by what a tenant may do with {object}, it comes to see other tenants' rows in {}",
                shown.look.object
            );
            let finding = VECTOR.finding(&object, message, shown.observed.clone(), &attempt);
            return Outcome::Found(Finding {
                replayable: !shown.is_copy,
                ..finding
            });
        }
        match &pulled.unseen {
            None => Outcome::Held { object },
            Some(why) => Outcome::Blind {
                object,
                severity: Severity::Info,
                why: why.clone(),
            },
        }
    });
    Ok(outcomes.collect())
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::{Claim, Severity, Verdict};

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        let contract = r#"
[isolation.tables."app.reports"]
tenant = "team -> app.members(team).tenant_id"
"#;
        breaks_and_mends(&super::VECTOR, "app.members", contract).await;
    }

    #[tokio::test]
    async fn what_only_some_rows_hold_can_be_copied_into_ones_own() {
        let copy = "ALTER TABLE app.tasks ADD COLUMN label text;\n\
                    CREATE FUNCTION app.copy_label(p_into bigint, p_of bigint) RETURNS void LANGUAGE sql \
                    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'UPDATE app.tasks SET label = \
                    (SELECT s.label FROM app.tasks AS s WHERE s.id = p_of) \
                    WHERE id = p_into AND tenant_id = app.tenant()'";
        let claims = claims(&[copy], "").await;
        let found =
            |claim: &Claim| claim.object.starts_with("app.copy_label(") && claim.verdict == Verdict::Violated;
        assert!(claims.iter().any(found), "{claims:#?}");
    }

    #[tokio::test]
    async fn sharing_leaving_and_inviting_are_no_findings() {
        let contract = r#"
[isolation.tables."app.organisations"]
tenant = "id -> app.memberships(organisation_id).user_id"
[isolation.tables."app.memberships"]
tenant = "user_id"
[isolation.tables."app.notes"]
tenant = "organisation_id -> app.memberships(organisation_id).user_id"
"#;
        let claims = claims(&[include_str!("lever.organisations.sql")], contract).await;
        let accused: Vec<_> = claims
            .iter()
            .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
            .collect();
        assert!(accused.is_empty(), "{accused:#?}");
        for subject in ["two steps", "denial"] {
            let about = |claim: &&Claim| claim.subject == subject && claim.object == "app.memberships";
            assert_eq!(claims.iter().find(about).unwrap().verdict, Verdict::Proven);
        }
    }
}
