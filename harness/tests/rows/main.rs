//! Worlds: every table of every schema gets rows of both tenants, and nothing of one is found in the other's.

mod checks;
mod demanding;
mod generated;
mod keys;
mod kinds;
mod values;

use std::collections::BTreeSet;

use pgproof::catalog::{Catalog, Relation};
use pgproof::rows::{self, Lack, Owner, Request, Tenant, World};
use pgproof::{Database, Project};
use sqlx::PgConnection;

pub(crate) const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

/// A database with that schema. The folder may go once it is there.
pub(crate) async fn database(schema: &str) -> Database {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("001_schema.sql"), schema).unwrap();
    let path = camino::Utf8Path::from_path(folder.path()).unwrap();
    let project = Project::open(path).unwrap();
    project
        .database()
        .await
        .unwrap_or_else(|error| panic!("{}", error.message()))
}

pub(crate) fn tenants(a: &str, b: &str) -> Vec<Tenant> {
    [('a', a), ('b', b)]
        .map(|(label, identity)| Tenant {
            label,
            identity: identity.to_owned(),
        })
        .into()
}

/// Owned where there is a column `tenant_id`, and tenants themselves by their key.
pub(crate) fn by_tenant_id(relation: &Relation) -> Owner {
    if relation.name.name == "tenants" {
        Owner::Column("id".to_owned())
    } else if relation.column("tenant_id").is_some() {
        Owner::Column("tenant_id".to_owned())
    } else {
        Owner::None
    }
}

pub(crate) async fn make(
    session: &mut PgConnection,
    tenants: &[Tenant],
    owner: &dyn Fn(&Relation) -> Owner,
) -> (Catalog, World) {
    let catalog = Catalog::read(session).await.unwrap();
    let request = Request {
        catalog: &catalog,
        tenants,
        owner,
    };
    let world = rows::make(session, &request).await.unwrap();
    (catalog, world)
}

/// The world of a schema whose tables have a `tenant_id uuid`; it is also checked as every world is.
pub(crate) async fn world(schema: &str) -> World {
    let database = database(schema).await;
    let mut session = database.connect().await.unwrap();
    let (catalog, world) = make(&mut session, &tenants(A, B), &by_tenant_id).await;
    check(&catalog, &world, &by_tenant_id);
    world
}

/// What holds of every world in which nothing is lacking.
pub(crate) fn check(catalog: &Catalog, world: &World, owner: &dyn Fn(&Relation) -> Owner) {
    let rows_lacking: Vec<_> = world
        .lacking
        .iter()
        .filter(|lacking| matches!(lacking.what, Lack::Rows(_)))
        .collect();
    assert!(rows_lacking.is_empty(), "{rows_lacking:#?}");
    for relation in catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table())
    {
        let rows = world.table(&relation.name.schema, &relation.name.name).unwrap();
        if owner(relation) == Owner::None || relation.is_partition() {
            assert!(!rows.rows.is_empty(), "{} has no rows", relation.name);
            continue;
        }
        for tenant in ['a', 'b'] {
            assert!(
                rows.of(tenant).next().is_some(),
                "{} has no row of {tenant}",
                relation.name
            );
        }
    }
    keys_stay_home(catalog, world);
    nothing_is_shared(world);
}

/// A row of a tenant points to rows of the same tenant, or to nobody's.
pub(crate) fn keys_stay_home(catalog: &Catalog, world: &World) {
    for relation in &catalog.relations {
        for constraint in &relation.constraints {
            let Some(reference) = &constraint.references else {
                continue;
            };
            let rows = world.table(&relation.name.schema, &relation.name.name).unwrap();
            let parents = world
                .table(&reference.relation.schema, &reference.relation.name)
                .unwrap();
            for row in rows.rows.iter().filter(|row| row.tenant.is_some()) {
                let key: Vec<_> = constraint.columns.iter().map(|name| &row.values[name]).collect();
                if key.iter().any(|value| value.is_none()) {
                    continue;
                }
                let parent = parents
                    .rows
                    .iter()
                    .find(|parent| {
                        let values = reference.columns.iter().map(|name| &parent.values[name]);
                        values.eq(key.iter().copied())
                    })
                    .unwrap_or_else(|| panic!("{} points to no row of the world", constraint.name));
                assert!(
                    parent.tenant.is_none() || parent.tenant == row.tenant,
                    "{} of {} leads to another tenant",
                    constraint.name,
                    relation.name
                );
            }
        }
    }
}

/// No canary of one tenant stands in a row of another one.
pub(crate) fn nothing_is_shared(world: &World) {
    for tenant in ['a', 'b'] {
        let other = if tenant == 'a' { 'b' } else { 'a' };
        let values: Vec<&String> = world
            .tables
            .iter()
            .flat_map(|table| table.of(other))
            .flat_map(|row| row.values.values().flatten())
            .collect();
        let mut count = 0;
        for canary in world.canaries(tenant) {
            count += 1;
            assert!(canary.text.len() >= 8, "{canary:?} may occur by chance");
            assert!(
                !values.iter().any(|value| value.contains(&canary.text)),
                "{canary:?} is in a row of {other}"
            );
        }
        assert!(count > 0, "nothing of {tenant} is recognisable");
    }
}

/// The values that a tenant's rows of a table have in a column.
pub(crate) fn values(world: &World, table: &str, column: &str, tenant: char) -> BTreeSet<Option<String>> {
    let rows = world.table("public", table).unwrap();
    rows.of(tenant).map(|row| row.values[column].clone()).collect()
}

pub(crate) fn set(values: &[&str]) -> BTreeSet<Option<String>> {
    values.iter().map(|value| Some((*value).to_owned())).collect()
}
