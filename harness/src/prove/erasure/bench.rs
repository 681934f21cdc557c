//! Where erasures are tried: a clone in which two persons have lived, and what is in it before and after.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::birth;
use super::residue::{self, Residue};
use super::subject::{Subject, children, is_free_text};
use crate::catalog::{Catalog, Function, Name, Relation};
use crate::claim::{Claim, Evidence, Severity, Verdict};
use crate::contract::Erasure;
use crate::database::{Database, Template};
use crate::error::Error;
use crate::prove::actor::{self, Actor};
use crate::prove::image::{Image, Images};
use crate::prove::session::{Seen, Session};
use crate::prove::world::{Tenancy, refreshes};
use crate::prove::{location, run};
use crate::sql::{identifier, literal, qualified};

/// 2D000: a procedure wanted to commit inside a transaction.
const INVALID_TRANSACTION_TERMINATION: &str = "2D000";

/// Everything that an attempt needs.
pub(super) struct Bench<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) erasure: &'a Erasure,
    pub(super) template: &'a Template,
    /// The table of persons.
    pub(super) relation: &'a Relation,
    /// That table, or the partitions that hold its rows.
    pub(super) own: Vec<Name>,
    /// What is to be mended where the erasure does wrong.
    pub(super) object: String,
    /// Who is erased, and somebody else.
    pub(super) subject: Subject,
    pub(super) other: Subject,
    pub(super) before: Images,
    /// The roles that tenants' sessions run as, by the contract.
    pub(super) roles: Vec<Actor>,
    /// Whether the statement commits by itself, so that each try takes a clone of its own.
    commits: bool,
    once: OnceCell<Ran>,
    left: OnceCell<BTreeMap<Name, Vec<Residue>>>,
    lived: Database,
    _attacked: Database,
    pub(super) session: Session,
}

/// What came of running something.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub(super) seen: Seen,
    pub(super) after: Images,
}

/// Why nothing can be tried.
pub(super) enum NoBench {
    Untried(String),
    Failed(Error),
}

impl<E: Into<Error>> From<E> for NoBench {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<'a> Bench<'a> {
    pub(super) async fn new(
        template: &'a Template,
        tenancy: &Tenancy<'_>,
        erasure: &'a Erasure,
        roles: Vec<Actor>,
        lived: Database,
    ) -> Result<Self, NoBench> {
        let catalog = &template.applied().catalog;
        let name = &erasure.subject.table;
        let relation = catalog
            .relation(&name.schema, &name.name)
            .ok_or_else(|| NoBench::Untried(format!("there is no table {name}")))?;
        let named = erasure.subject.key.iter().chain(&erasure.subject.pii);
        for column in named {
            if relation.column(column).is_none() {
                let why = format!("{name} has no column {column}");
                return Err(NoBench::Untried(why));
            }
        }
        let world = tenancy
            .populate(&lived, catalog)
            .await?
            .map_err(|error| NoBench::Untried(format!("no rows could be made to try with: {error}")))?;
        let session = Session::open(&lived).await?;
        session.run("BEGIN").await?;
        let rows = Images::read(&session, catalog).await?;
        let own = birth::leaves(catalog, relation);
        if let (Some(isolation), Some(identity)) = (tenancy.isolation, tenancy.identities.first()) {
            for statement in actor::context(&isolation.context, identity) {
                session.look(&statement).await?;
            }
        }
        let mut persons = Subject::some(&session, catalog, erasure, relation, &rows).await?;
        let all: Vec<&Image> = own.iter().flat_map(|name| rows.rows(name)).collect();
        for row in &all {
            if persons.len() < 2
                && let Some(mut person) = Subject::of(erasure, row)
            {
                person.was_born(erasure, &world, &all);
                persons.push(person);
            }
        }
        persons.truncate(2);
        let Ok([mut subject, mut other]) = <[Subject; 2]>::try_from(persons) else {
            return Err(NoBench::Untried(format!("no two rows of {name} could be made")));
        };
        for person in [&mut subject, &mut other] {
            person.live(&session, catalog, erasure, relation).await?;
        }
        session.run("COMMIT").await?;
        for statement in refreshes(catalog) {
            session.send(&statement).await?;
        }
        drop(session);
        let attacked = lived.duplicate().await?;
        let session = Session::open(&attacked).await?;
        session.run("BEGIN").await?;
        let before = everything(&session).await?;
        session.run("ROLLBACK").await?;
        let object = run::function(catalog, &erasure.run)
            .map_or_else(|| relation.name.to_string(), Function::signature);
        let mut bench = Self {
            catalog,
            erasure,
            template,
            relation,
            own,
            object,
            subject,
            other,
            before,
            roles,
            commits: false,
            once: OnceCell::new(),
            left: OnceCell::new(),
            lived,
            _attacked: attacked,
            session,
        };
        let refused = bench.once().await?.seen.refused.as_ref();
        if refused.is_some_and(|refusal| refusal.sqlstate == INVALID_TRANSACTION_TERMINATION) {
            bench.commits = true;
            bench.once = OnceCell::new();
        }
        Ok(bench)
    }

    /// The contract's statement for that key.
    pub(super) fn statement(&self, key: &[String]) -> String {
        let values: Vec<String> = key.iter().map(|value| literal(value)).collect();
        self.statement_with(&values)
    }

    /// The same with expressions in the place of values.
    pub(super) fn statement_with(&self, values: &[String]) -> String {
        let numbered = values.iter().enumerate().rev();
        numbered.fold(self.erasure.run.clone(), |sql, (at, value)| {
            sql.replace(&format!("${}", at + 1), value)
        })
    }

    /// What comes of erasing the person once.
    pub(super) async fn once(&self) -> Result<&Ran, Error> {
        self.once
            .get_or_try_init(|| async {
                let ran = self.run(&[self.statement(&self.subject.key)]).await?;
                Ok(ran.into_iter().next().unwrap_or_default())
            })
            .await
    }

    /// What is left of the person then, by relation.
    pub(super) async fn left(&self) -> Result<&BTreeMap<Name, Vec<Residue>>, Error> {
        self.left
            .get_or_try_init(|| async { Ok(residue::find(self, &self.once().await?.after)) })
            .await
    }

    /// Runs statements in a transaction that is taken back: what each said, and how everything was after it.
    pub(super) async fn run(&self, statements: &[String]) -> Result<Vec<Ran>, Error> {
        if self.commits {
            return self.run_committing(statements).await;
        }
        self.session
            .run("BEGIN; SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '5s'")
            .await?;
        let ran = async {
            let mut all = Vec::new();
            for statement in statements {
                let seen = self
                    .session
                    .send(&format!(
                        "SAVEPOINT run; {statement}\n; SET CONSTRAINTS ALL IMMEDIATE; RELEASE SAVEPOINT run"
                    ))
                    .await?;
                if seen.is_refused() {
                    self.session.run("ROLLBACK TO SAVEPOINT run").await?;
                }
                // Whoever it was that ran it.
                self.session.run("RESET SESSION AUTHORIZATION").await?;
                let after = everything(&self.session).await?;
                all.push(Ran { seen, after });
            }
            Ok(all)
        }
        .await;
        self.session.run("ROLLBACK").await?;
        ran
    }

    /// The same in a clone of its own, where each statement is a transaction of its own.
    pub(super) async fn run_committing(&self, statements: &[String]) -> Result<Vec<Ran>, Error> {
        let database = self.lived.duplicate().await?;
        let session = Session::open(&database).await?;
        let mut all = Vec::new();
        for statement in statements {
            let seen = session.send(statement).await?;
            session.run("RESET SESSION AUTHORIZATION; BEGIN").await?;
            let after = everything(&session).await?;
            session.run("ROLLBACK").await?;
            all.push(Ran { seen, after });
        }
        Ok(all)
    }

    /// Columns of the person, and of rows that point to it, that take any text and that the contract says nothing of.
    pub(super) fn free_columns(&self) -> Vec<String> {
        let named = |name: &String| {
            self.erasure.subject.pii.contains(name) || self.erasure.subject.key.contains(name)
        };
        let own = self.relation.columns.iter().filter(|column| {
            column.data_type == "text"
                && !named(&column.name)
                && !is_free_text(&column.name, &column.data_type)
        });
        let mut columns: Vec<String> = own.map(|column| column.name.clone()).collect();
        for child in children(self.catalog, self.relation) {
            let free = child.relation.columns.iter().filter(|column| {
                let json = column.data_type.starts_with("json");
                !named(&column.name) && (json || is_free_text(&column.name, &column.data_type))
            });
            columns.extend(free.map(|column| format!("{}.{}", child.relation.name, column.name)));
        }
        columns.sort();
        columns.dedup();
        columns
    }

    /// The persons' rows.
    pub(super) fn persons<'i>(&'i self, images: &'i Images) -> impl Iterator<Item = &'i Image> {
        self.own.iter().flat_map(|name| images.rows(name))
    }

    /// A claim about an object, with what shows it where it is a finding.
    pub(super) fn claim(
        &self,
        rule: &str,
        object: &str,
        subject: &str,
        verdict: Verdict,
        message: impl Into<String>,
    ) -> Claim {
        Claim::new(rule, object, subject, verdict, Severity::Error, message)
            .at(location::of(self.template, object))
    }

    /// What was done to see it.
    pub(super) fn evidence(&self, expected: &str, observed: &str, statement: &str) -> Evidence {
        Evidence {
            role: None,
            context: None,
            sql: self.lives().into_iter().chain([statement.to_owned()]).collect(),
            expected: expected.to_owned(),
            observed: observed.to_owned(),
        }
    }

    /// The statements by which the person got the values that are looked for.
    fn lives(&self) -> Vec<String> {
        let name = qualified(&self.relation.name.schema, &self.relation.name.name);
        let condition = self.subject.is_row(self.erasure);
        let marks = self.subject.traces.iter();
        marks
            .map(|mark| {
                let column = identifier(&mark.column);
                format!(
                    "UPDATE {name} AS t SET {column} = {} WHERE {condition}",
                    literal(&mark.value)
                )
            })
            .collect()
    }
}

/// Whatever is stored anywhere, by relation and place.
async fn everything(session: &Session) -> Result<Images, Error> {
    let names: Vec<Name> = session
        .rows(include_str!("relations.sql"))
        .await?
        .into_iter()
        .filter_map(|row| match row.as_slice() {
            [Some(schema), Some(name)] => Some(Name::new(schema, name)),
            _ => None,
        })
        .collect();
    let names: Vec<&Name> = names.iter().collect();
    let mut images = Images::of(session, &names).await?;
    let pages = session.rows(include_str!("large_objects.sql")).await?;
    let pages = pages.into_iter().filter_map(|mut row| {
        let data = row.pop()?;
        let place = row.pop()??;
        Some((place, Arc::new(Image::from([("data".to_owned(), data)]))))
    });
    images.0.insert(
        Name::new("pg_catalog", "pg_largeobject"),
        Arc::new(pages.collect()),
    );
    Ok(images)
}
