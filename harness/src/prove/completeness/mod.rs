//! What must be there: tables, rows, and everything that the application's statements need.

mod queries;
mod rows;
mod tables;

use std::sync::Arc;

use super::Options;
use crate::claim::Claim;
use crate::database::Template;
use crate::error::Error;
use crate::project::Project;

pub(super) async fn prove(
    project: &Project,
    options: &Options,
    template: &Arc<Template>,
) -> Result<Vec<Claim>, Error> {
    let Some(complete) = &project.contract().complete else {
        return Ok(Vec::new());
    };
    let mut claims = tables::prove(complete, project.ledger_table().as_deref(), template.applied());
    let queries = queries::read(project)?;
    if complete.rows.is_empty() && queries.is_empty() {
        return Ok(claims);
    }
    let database = template.clone_database().await?;
    let mut session = database.connect().await?;
    claims.extend(rows::prove(complete, &mut session).await?);
    claims.extend(queries::prove(project, &queries, &database, options.settings.timeout).await?);
    Ok(claims)
}
