//! Tables that the tenants' role owns.

use super::{PRIVILEGE, Vector};
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::isolation::attempt::{Attempt, Verdict};
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::sql::{identifier, literal, qualified};

pub(super) const VECTOR: Vector = Vector {
    name: "owner",
    rule: PRIVILEGE,
    about: "A tenant's session switches row level security off. FORCE holds an owner to its policies, but can't keep it from \
            changing the table: so tenants' sessions must not own it, nor become its owner.",
    bad: include_str!("owner.bad.sql"),
    good: include_str!("owner.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let role = bench.attacker.effective();
    // A superuser needs no DDL to see everything.
    let query = format!(
        "SELECT 1 FROM pg_catalog.pg_roles WHERE rolsuper AND rolname = {}",
        literal(role)
    );
    if !bench.session.rows(&query).await?.is_empty() {
        return Ok(Vec::new());
    }
    let owners = may_become(bench).await?;
    let mut outcomes = Vec::new();
    for relation in bench
        .owned_tables()
        .filter(|relation| bench.frozen.hides(&relation.name))
    {
        let object = relation.name.to_string();
        let attempt = opened(
            bench,
            relation,
            owners
                .contains(&relation.owner.role)
                .then_some(&relation.owner.role),
        );
        match bench.attempt(&attempt).await? {
            Verdict::Leak { observed, .. } => {
                // What shows without that is another matter.
                let plain = Attempt::reading(&bench.attacker, &attempt.last);
                if !bench.attempt(&plain).await?.is_leak() {
                    let message =
                        format!("a tenant's session owns {object} and can switch its row level security off");
                    outcomes.push(Outcome::Found(
                        VECTOR.finding(&object, message, observed, &attempt),
                    ));
                }
            }
            Verdict::Held(_) | Verdict::Inconclusive(_) => {
                let name = qualified(&relation.name.schema, &relation.name.name);
                let owned = Attempt {
                    world: vec![format!("ALTER TABLE {name} OWNER TO {}", identifier(role))],
                    ..opened(bench, relation, None)
                };
                if bench.attempt(&owned).await?.is_leak() {
                    outcomes.push(Outcome::Held { object });
                }
            }
        }
    }
    Ok(outcomes)
}

/// Reads the table after switching its row level security off.
fn opened(bench: &Bench<'_>, relation: &Relation, owner: Option<&String>) -> Attempt {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let mut steps = vec![
        format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"),
        format!(
            "GRANT SELECT ON {name} TO {}",
            identifier(bench.attacker.effective())
        ),
    ];
    if let Some(owner) = owner.filter(|owner| *owner != bench.attacker.effective()) {
        steps.insert(0, format!("SET LOCAL ROLE {}", identifier(owner)));
        steps.push(format!(
            "SET LOCAL ROLE {}",
            identifier(bench.attacker.effective())
        ));
    }
    Attempt {
        steps,
        ..Attempt::reading(&bench.attacker, bench.privileges.select(relation))
    }
}

/// The owners of tables that the attacker's role is, or is a member of.
async fn may_become(bench: &Bench<'_>) -> Result<Vec<String>, Error> {
    let query = format!(
        "SELECT DISTINCT r.rolname FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_roles AS r ON c.relowner = r.oid \
         WHERE pg_catalog.pg_has_role({}, r.oid, 'MEMBER') ORDER BY r.rolname",
        literal(bench.attacker.effective())
    );
    let rows = bench.session.rows(&query).await?;
    Ok(rows
        .into_iter()
        .filter_map(|mut row| row.pop().flatten())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::example::{breaks_and_mends, claims};
    use crate::claim::Verdict;

    #[tokio::test]
    async fn the_example_is_found_until_it_is_mended() {
        breaks_and_mends(&super::VECTOR, "app.tasks", "").await;
    }

    #[tokio::test]
    async fn a_table_of_a_role_that_may_become_the_tenants_is_not_theirs() {
        let sql = "CREATE ROLE app_owner; GRANT app_user TO app_owner; GRANT USAGE ON SCHEMA app TO app_owner; \
                   ALTER TABLE app.tasks OWNER TO app_owner;";
        let claims = claims(&[sql], "").await;
        let owner = |claim: &&crate::claim::Claim| claim.subject == "owner" && claim.object == "app.tasks";
        assert_eq!(claims.iter().find(owner).unwrap().verdict, Verdict::Proven);
    }
}
