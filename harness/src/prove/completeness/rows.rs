//! `complete/rows`: the rows that migrations insert.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::claim::{Claim, Severity, Verdict};
use crate::contract::Complete;
use crate::error::Error;
use crate::sql::qualified;

const RULE: &str = "complete/rows";

pub(super) async fn prove(complete: &Complete, session: &mut PgConnection) -> Result<Vec<Claim>, Error> {
    let mut claims = Vec::with_capacity(complete.rows.len());
    for rows in &complete.rows {
        let object = rows.table.to_string();
        let statement = format!(
            "SELECT count(*) FROM {}",
            qualified(&rows.table.schema, &rows.table.name)
        );
        let counted: Result<i64, sqlx::Error> = sqlx::query_scalar(AssertSqlSafe(statement.clone()))
            .fetch_one(&mut *session)
            .await;
        let counted = match counted {
            Ok(counted) => u64::try_from(counted).unwrap_or_default(),
            Err(sqlx::Error::Database(error)) => {
                let message = format!("the rows of {object} can't be counted: {}", error.message());
                claims.push(Claim::new(
                    RULE,
                    object,
                    "",
                    Verdict::Violated,
                    Severity::Error,
                    message,
                ));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let (fits, wanted) = match (rows.count, rows.at_least) {
            (Some(count), _) => (counted == count, format!("exactly {count}")),
            (None, Some(least)) => (counted >= least, format!("at least {least}")),
            (None, None) => continue,
        };
        let verdict = if fits { Verdict::Proven } else { Verdict::Violated };
        let message = if fits {
            format!("{object} has {counted} rows")
        } else {
            format!("{object} has {counted} rows, and the contract asks for {wanted}")
        };
        let mut claim = Claim::new(RULE, object, "", verdict, Severity::Error, message)
            .expected(format!("{wanted} rows"), format!("{counted} rows"));
        if let Some(evidence) = &mut claim.evidence {
            evidence.sql.push(statement);
        }
        claims.push(claim);
    }
    Ok(claims)
}
