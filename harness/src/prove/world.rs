//! The rows that proofs begin with: a clone in which every table has some, of as many tenants as are asked for.

use sqlx::Connection as _;

use super::actor;
use super::isolation::Owners;
use super::session::SHALLOW;
use crate::catalog::{Catalog, Relation, RelationKind};
use crate::contract::{Context, Isolation};
use crate::database::Database;
use crate::error::Error;
use crate::project::Project;
use crate::rows::{self, Owner, Request, RowsError, Tenant, World};
use crate::sql::qualified;

/// Who has rows: by the contract's `[isolation]`, or, where there is none, nobody in particular.
#[derive(Debug)]
pub(super) struct Tenancy<'a> {
    pub(super) isolation: Option<&'a Isolation>,
    pub(super) owners: Option<Owners>,
    /// Of A, B and whoever else there is.
    pub(super) identities: Vec<String>,
}

impl<'a> Tenancy<'a> {
    /// What the contract says. Where that does not fit the catalog there are no owners: isolation says what is wrong.
    pub(super) fn of(project: &'a Project, catalog: &Catalog) -> Self {
        let isolation = project.contract().isolation.as_ref();
        let owners = isolation
            .and_then(|isolation| Owners::of(catalog, isolation, project.ledger_table().as_deref()).ok());
        let identities = match (isolation, &owners) {
            (Some(isolation), Some(owners)) => identities(catalog, isolation, owners),
            _ => made_up(&[]),
        };
        Self {
            isolation,
            owners,
            identities,
        }
    }

    /// Makes their rows in the database and leaves it. Triggers act as they would in production.
    pub(super) async fn populate(
        &self,
        database: &Database,
        catalog: &Catalog,
    ) -> Result<Result<World, RowsError>, Error> {
        let owner = |relation: &Relation| {
            let owners = self.owners.as_ref();
            owners.map_or(Owner::None, |owners| owners.owner(relation))
        };
        let context = self.isolation.map(|isolation| &isolation.context);
        populate(database, catalog, &owner, context, &self.identities).await
    }
}

/// Makes rows of every tenant in all tables, and leaves the database.
pub(super) async fn populate(
    database: &Database,
    catalog: &Catalog,
    owner: &dyn Fn(&Relation) -> Owner,
    context: Option<&Context>,
    identities: &[String],
) -> Result<Result<World, RowsError>, Error> {
    let tenants: Vec<Tenant> = ('a'..)
        .zip(identities)
        .map(|(label, identity)| Tenant {
            label,
            identity: identity.clone(),
        })
        .collect();
    let request = Request {
        catalog,
        tenants: &tenants,
        owner,
    };
    // Triggers want to know who acts; a context that needs the role is one that they can't be given here.
    let context = |tenant: &Tenant| match context {
        Some(context @ Context::Setting { .. }) => actor::context(context, &tenant.identity).join(";\n"),
        _ => String::new(),
    };
    let mut session = database.connect().await?;
    sqlx::raw_sql(SHALLOW).execute(&mut session).await?;
    let world = rows::make_in(&mut session, &request, &context).await;
    session.close().await?;
    if world.is_ok() {
        settle(database, catalog).await?;
    }
    Ok(world)
}

/// Brings materialised views up to date in a clone that is then left alone.
async fn settle(database: &Database, catalog: &Catalog) -> Result<(), Error> {
    let mut session = database.connect().await?;
    for statement in refreshes(catalog) {
        // One that can't be refreshed without a tenant stays as the migrations left it.
        let _ = sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&mut session)
            .await;
    }
    session.close().await?;
    Ok(())
}

/// Statements that bring every materialised view up to date.
pub(super) fn refreshes(catalog: &Catalog) -> Vec<String> {
    catalog
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::MaterializedView)
        .map(|view| {
            format!(
                "REFRESH MATERIALIZED VIEW {}",
                qualified(&view.name.schema, &view.name.name)
            )
        })
        .collect()
}

/// The contract's, or made up to fit the columns that hold them.
pub(super) fn identities(catalog: &Catalog, isolation: &Isolation, owners: &Owners) -> Vec<String> {
    if isolation.tenants.len() >= 2 {
        return isolation.tenants.clone();
    }
    made_up(&owners.key_types(catalog))
}

/// Two, of a kind that those types take.
fn made_up(types: &[String]) -> Vec<String> {
    let fits = |kind: &str| types.iter().any(|name| name.contains(kind));
    let pair = if fits("uuid") {
        [
            "aaaaaaaa-0000-4000-8000-000000000001",
            "bbbbbbbb-0000-4000-8000-000000000002",
        ]
    } else if fits("int") || fits("numeric") {
        ["1001", "1002"]
    } else {
        ["tenant-a", "tenant-b"]
    };
    pair.map(str::to_owned).to_vec()
}
