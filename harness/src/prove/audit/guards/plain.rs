//! A plain change of an audited table that leaves its entry: what the guards try to get around.

use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::audit::bench::{Bench, Who};
use crate::prove::audit::course::{Course, Done, Judging, Step};
use crate::prove::audit::problem::What;
use crate::prove::audit::workload;
use crate::sql::{identifier, literal};

/// A change that leaves its entry as it should.
pub(in crate::prove::audit) struct Plain<'a> {
    pub(super) table: &'a Relation,
    /// What a superuser does beforehand.
    pub(super) prepare: Vec<String>,
    pub(super) sql: String,
    /// The application's role where it may, else the superuser in its name.
    pub(super) who: Who,
}

impl Plain<'_> {
    /// INSERT, UPDATE or DELETE.
    pub(super) fn operation(&self) -> &str {
        self.sql.split(' ').next().unwrap_or_default()
    }

    /// Prepares for it; whether that could be done.
    pub(super) async fn is_prepared(&self, course: &mut Course<'_, '_>) -> Result<bool, Error> {
        for statement in &self.prepare {
            if !course.prepare(statement).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// For each audited table an INSERT, an UPDATE and a DELETE that work and leave an entry, as far as there are any.
pub(in crate::prove::audit) async fn changes<'a>(bench: &Bench<'a>) -> Result<Vec<Plain<'a>>, Error> {
    let mut all = Vec::new();
    let mut course = Course::begin(bench).await?;
    for &table in &bench.terms.tables {
        for candidates in candidates(bench, table) {
            'found: for (prepare, sql) in candidates {
                for who in [&bench.one, &bench.owner] {
                    course.back().await?;
                    let mut ready = true;
                    for statement in &prepare {
                        ready = ready && course.prepare(statement).await?;
                    }
                    if !ready {
                        break;
                    }
                    if let Step::Done(done) = course.step(who, &sql, Judging::default()).await?
                        && is_logged(&done)
                    {
                        let who = who.clone();
                        all.push(Plain {
                            table,
                            prepare,
                            sql,
                            who,
                        });
                        break 'found;
                    }
                }
            }
        }
    }
    course.end().await?;
    Ok(all)
}

/// Whether something happened, and the log says so.
fn is_logged(done: &Done) -> bool {
    !done.changes.is_empty()
        && done.judged.required > 0
        && !done
            .judged
            .problems
            .iter()
            .any(|problem| problem.what == What::Missing)
}

type Candidates = Vec<(Vec<String>, String)>;

fn candidates(bench: &Bench<'_>, table: &Relation) -> [Candidates; 3] {
    let rows = bench.rows(table);
    let children = workload::without_children(bench.terms.catalog, table);
    let alone = |statement: String| {
        let mut prepare = vec![statement];
        if !children.is_empty() {
            prepare.insert(0, children.clone());
        }
        prepare
    };
    let (mut inserts, mut updates, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows.iter().take(3) {
        for defaults in [true, false] {
            let insert = workload::insert(table, row, defaults);
            inserts.push((alone(workload::take_away(table, row)), insert));
        }
        for column in table.columns.iter().filter(|column| column.generated.is_none()) {
            let other = rows.iter().find_map(|other| {
                let value = other.values.get(&column.name)?.as_ref()?;
                (row.values.get(&column.name)?.as_ref() != Some(value)).then_some(value)
            });
            if let Some(value) = other {
                let update = format!(
                    "UPDATE {} SET {} = {} WHERE {}",
                    workload::sql(table),
                    identifier(&column.name),
                    literal(value),
                    workload::is_row(table, row)
                );
                updates.push((Vec::new(), update));
            }
        }
        let prepare = if children.is_empty() {
            Vec::new()
        } else {
            vec![children.clone()]
        };
        deletes.push((prepare, workload::take_away(table, row)));
    }
    updates.truncate(12);
    [inserts, updates, deletes]
}

/// What came of trying a change once more.
pub(super) enum Again {
    /// What was to be arranged for it could not be: nothing was tried.
    Unready,
    /// It was refused, or nothing happened.
    Refused,
    Done(Done),
}

impl Again {
    /// What it did and left, if it did anything.
    pub(super) fn done(self) -> Option<Done> {
        match self {
            Self::Done(done) => Some(done),
            Self::Unready | Self::Refused => None,
        }
    }
}

/// Tries the change once more after something was arranged.
pub(super) async fn again(
    course: &mut Course<'_, '_>,
    plain: &Plain<'_>,
    arranged: &[String],
    who: &Who,
    before: &str,
) -> Result<Again, Error> {
    course.back().await?;
    if !plain.is_prepared(course).await? {
        return Ok(Again::Unready);
    }
    for statement in arranged {
        if !course.arrange(statement).await? {
            return Ok(Again::Unready);
        }
    }
    let sql = if before.is_empty() {
        plain.sql.clone()
    } else {
        format!("{before}\n; {}", plain.sql)
    };
    Ok(match course.step(who, &sql, Judging::default()).await? {
        Step::Done(done) if !done.changes.is_empty() => Again::Done(done),
        _ => Again::Refused,
    })
}

/// Whether an entry is missing.
pub(super) fn is_missing(done: &Done) -> bool {
    done.judged
        .problems
        .iter()
        .any(|problem| problem.what == What::Missing)
}
