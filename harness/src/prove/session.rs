//! A connection that attempts are made on: statements go in; rows as text, errors and notices come out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::{Client, SimpleQueryMessage};

use super::image::{self, Image};
use crate::database::Database;
use crate::error::Error;
use crate::server::line::{Heard, Line, line};
use crate::sql::{identifier, literal};

/// What came back for one text of statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Rows as text, sorted; how many rows a statement that returns none touched.
    pub(super) rows: Vec<String>,
    pub(super) refused: Option<Refusal>,
    /// Notices, warnings and notifications, in order.
    pub(super) heard: Vec<String>,
}

/// What stands between the cells of a row.
const BETWEEN: &str = " | ";
/// What one statement of several gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// As text, sorted.
    pub(super) rows: Vec<String>,
    /// How many rows it returned or wrote.
    pub(super) touched: u64,
}

/// The server's no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) sqlstate: String,
    pub(super) message: String,
}

impl Seen {
    /// Everything that stands in it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let refused = self.refused.iter().map(|refusal| refusal.message.as_str());
        self.rows
            .iter()
            .map(String::as_str)
            .chain(refused)
            .chain(self.heard.iter().map(String::as_str))
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The cells of all rows.
    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flat_map(|row| row.split(BETWEEN))
    }

    /// A cell that two looks have in common and a third has not: what else they show may be random or the time of day.
    pub(super) fn lasting(&self, again: &Self, alone: &Self) -> Option<String> {
        let telling = |cell: &&str| cell.len() > 3 && cell.parse::<f64>().is_err();
        self.cells()
            .filter(telling)
            .find(|cell| {
                again.cells().any(|other| other == *cell) && alone.cells().all(|other| other != *cell)
            })
            .map(str::to_owned)
    }

    /// The first thing that is here and not there, for people.
    pub(super) fn beyond(&self, other: &Self) -> String {
        if let Some(more) = self.rows.iter().find(|row| !other.rows.contains(row)) {
            return short(more);
        }
        if self.refused != other.refused {
            return match (&self.refused, &other.refused) {
                (Some(refusal), _) => short(&refusal.message),
                (None, Some(refusal)) => format!(
                    "nothing, and without the others' rows: {}",
                    short(&refusal.message)
                ),
                (None, None) => String::new(),
            };
        }
        if let Some(more) = self.heard.iter().find(|notice| !other.heard.contains(notice)) {
            return short(more);
        }
        other
            .rows
            .iter()
            .find(|row| !self.rows.contains(row))
            .map_or_else(
                || {
                    format!(
                        "{} rows, and {} without the others'",
                        self.rows.len(),
                        other.rows.len()
                    )
                },
                |less| format!("without the others' rows: {}", short(less)),
            )
    }
}

/// As much of a value as a finding shows.
pub(super) fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Triggers that call each other without end are refused in a twentieth of the time: it grows with the square of the depth.
/// Some hundred calls in each other are still possible.
pub(super) const SHALLOW: &str = "SET max_stack_depth = '256kB'";

/// So many images are remembered: some worlds are larger than is worth the memory.
const MOST_IMAGES: usize = 10_000;

/// A session of its own, closed when it is dropped.
pub(super) struct Session {
    client: Client,
    heard: Heard,
    /// Queries of ours that are prepared here.
    prepared: Mutex<BTreeSet<String>>,
    /// The images that came, by their texts: most rows are read time and again, and are what they were.
    images: Mutex<BTreeMap<String, Arc<Image>>>,
    /// Who acted last: another one must not meet plans that were made for this one.
    acted: Mutex<String>,
}

impl Session {
    /// As the superuser, who becomes somebody else for each attempt.
    pub(super) async fn open(database: &Database) -> Result<Self, Error> {
        let session = Self::login(database, database.template().server().user()).await?;
        session.run(SHALLOW).await?;
        Ok(session)
    }

    /// As a role that logs in.
    pub(super) async fn login(database: &Database, role: &str) -> Result<Self, Error> {
        let Line { client, heard } = line(database.template().server(), role, database.name()).await?;
        Ok(Self {
            client,
            heard,
            prepared: Mutex::default(),
            images: Mutex::default(),
            acted: Mutex::default(),
        })
    }

    /// As a role that may not log in, made able to for this one time. None: it can't be done even so.
    pub(super) async fn login_once(
        database: &Database,
        superuser: &Self,
        role: &str,
    ) -> Result<Option<Self>, Error> {
        let could = format!(
            "SELECT FROM pg_catalog.pg_roles WHERE rolname = {} AND rolcanlogin",
            literal(role)
        );
        let lacks_login = superuser.rows(&could).await?.is_empty();
        let role_sql = identifier(role);
        if lacks_login {
            superuser.run(&format!("ALTER ROLE {role_sql} LOGIN")).await?;
        }
        let session = Self::login(database, role).await;
        if lacks_login {
            superuser.run(&format!("ALTER ROLE {role_sql} NOLOGIN")).await?;
        }
        match session {
            Ok(session) => Ok(Some(session)),
            Err(Error::Attempt(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends statements as one text and waits for all that comes back.
    pub(super) async fn send(&self, sql: &str) -> Result<Seen, Error> {
        let answer = self.client.simple_query(sql).await;
        // What was said before the answer was complete belongs to it.
        let heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        let mut seen = Seen {
            heard,
            ..Seen::default()
        };
        match answer {
            Ok(messages) => {
                for message in messages {
                    if let SimpleQueryMessage::Row(row) = message {
                        seen.rows.push(text(&row));
                    }
                }
                seen.rows.sort();
            }
            Err(error) => match error.as_db_error() {
                Some(refusal) => {
                    seen.refused = Some(Refusal {
                        sqlstate: refusal.code().code().to_owned(),
                        message: [Some(refusal.message()), refusal.detail()]
                            .into_iter()
                            .flatten()
                            .collect::<Vec<_>>()
                            .join(": "),
                    });
                }
                None => return Err(error.into()),
            },
        }
        Ok(seen)
    }

    /// Sends statements as one text: what each gave, or what refused one of them and with it all.
    pub(super) async fn each(&self, sql: &str) -> Result<Result<Vec<Answer>, Refusal>, Error> {
        let answer = self.client.simple_query(sql).await;
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let messages = match answer {
            Ok(messages) => messages,
            Err(error) => {
                return match error.as_db_error() {
                    Some(refusal) => Ok(Err(Refusal {
                        sqlstate: refusal.code().code().to_owned(),
                        message: refusal.message().to_owned(),
                    })),
                    None => Err(error.into()),
                };
            }
        };
        let (mut answers, mut rows) = (Vec::new(), Vec::new());
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => rows.push(text(&row)),
                SimpleQueryMessage::CommandComplete(touched) => {
                    rows.sort();
                    answers.push(Answer {
                        rows: std::mem::take(&mut rows),
                        touched,
                    });
                }
                _ => {}
            }
        }
        Ok(Ok(answers))
    }

    /// Rows of one statement that the server may refuse, column by column and in the order in which they came.
    pub(super) async fn ask(&self, sql: &str) -> Result<Result<Vec<Vec<Option<String>>>, Refusal>, Error> {
        match self.rows(sql).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(Error::Attempt(error)) => match error.as_db_error() {
                Some(refusal) => Ok(Err(Refusal {
                    sqlstate: refusal.code().code().to_owned(),
                    message: refusal.message().to_owned(),
                })),
                None => Err(error.into()),
            },
            Err(error) => Err(error),
        }
    }

    /// Sends what can only fail by a fault of ours or of the server's.
    pub(super) async fn run(&self, sql: &str) -> Result<(), Error> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Sends a statement inside a savepoint and takes it back: what was seen is all that is left.
    pub(super) async fn look(&self, sql: &str) -> Result<Seen, Error> {
        // Sent by itself, since a text with a fault in its syntax is not begun at all; one after the other on the way.
        let (begun, seen, ended) = tokio::join!(
            self.run("SAVEPOINT look"),
            self.send(sql),
            self.run("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look"),
        );
        begun?;
        ended?;
        seen
    }

    /// The row that this is the text of, as `jsonb`.
    pub(super) fn image(&self, text: &str) -> Arc<Image> {
        let mut known = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = known.get(text) {
            return Arc::clone(image);
        }
        if known.len() >= MOST_IMAGES {
            known.clear();
        }
        let image = Arc::new(image::of_record(text).unwrap_or_default());
        known.insert(text.to_owned(), Arc::clone(&image));
        image
    }

    /// Rows of queries that are asked time and again: each is planned once. What is `before` is sent with them.
    pub(super) async fn rows_of_prepared(
        &self,
        before: &str,
        queries: &[&str],
    ) -> Result<Vec<Vec<Option<String>>>, Error> {
        let mut text = before.to_owned();
        for sql in queries {
            let name = format!("pgproof_{}", &blake3::hash(sql.as_bytes()).to_hex()[..16]);
            let is_new = |names: &Mutex<BTreeSet<String>>| {
                names
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(name.clone())
            };
            if is_new(&self.prepared) {
                self.run(&format!("PREPARE {name} AS {sql}")).await?;
            }
            text = format!("{text}; EXECUTE {name}");
        }
        self.rows(&text).await
    }

    /// Whether somebody else acted on this session before; from now on it is this one.
    pub(super) fn changes_hands(&self, actor: &str) -> bool {
        let mut acted = self.acted.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = *acted != actor;
        if changes {
            actor.clone_into(&mut acted);
        }
        changes
    }

    /// Rows of a query of ours, column by column.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
        let messages = self.client.simple_query(sql).await?;
        Ok(messages
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
                }
                _ => None,
            })
            .collect())
    }
}

fn text(row: &tokio_postgres::SimpleQueryRow) -> String {
    let values = (0..row.len()).map(|at| row.get(at).unwrap_or("NULL"));
    values.collect::<Vec<_>>().join(BETWEEN)
}
