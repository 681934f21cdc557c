//! Makes clones ahead and drops those that are done with, in a thread of its own: a test's runtime ends with its test.

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::clone::LONGEST_NAME;
use super::template::wait_until_empty;
use crate::sql;

/// So many statements run at once: copying files is mostly waiting for checkpoints, which many share.
const AT_ONCE: usize = 8;

/// So many clones are made ahead for a process that goes on asking.
const AHEAD: usize = 8;

/// So many clones that nobody uses any more are left alone: the server is thrown away, and a short run never pays for
/// dropping them.
const LEFT: usize = 32;

/// After so long without work the sessions are closed.
const IDLE: Duration = Duration::from_millis(100);

/// For so long whoever has just taken a clone has the machine for itself, where enough others are ready: a test begins
/// with a session and a query, which take about as long.
const GRACE: Duration = Duration::from_millis(5);

/// What clones are made from, and how.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) admin: PgConnectOptions,
    /// The database that clones are made from.
    pub(super) migrated: String,
    /// The name that the migrations saw, or what ours begin with on a server that others run.
    pub(super) database: String,
    pub(super) owner: String,
    /// What follows `CREATE DATABASE … TEMPLATE …`.
    pub(super) strategy: &'static str,
    /// Whether clones must be given settings and grants, which no copy takes along.
    pub(super) has_settings: bool,
    pub(super) naming: Naming,
    /// Whether the cluster came with a clone of the name that the migrations saw.
    pub(super) has_first: bool,
}

/// How clones are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// The first bears the name that the migrations saw, so that what depends on it works.
    AsMigrated,
    /// None does, and each tells whose it is: other processes make clones on the same server.
    Apart,
    /// None does, and all begin alike: others run the server, so few are made ahead and none is left.
    Lent,
}

impl Source {
    fn is_shared(&self) -> bool {
        self.naming == Naming::Apart
    }

    fn is_lent(&self) -> bool {
        self.naming == Naming::Lent
    }
}

/// The clones of one template that this process uses.
#[derive(Debug)]
pub(super) struct Pool {
    source: Source,
    requests: OnceLock<mpsc::UnboundedSender<Request>>,
}

type Reply = oneshot::Sender<Result<String, sqlx::Error>>;

enum Request {
    /// A clone of the template.
    Take(Reply),
    /// A clone of the first under the name of the second.
    Make(String, Option<String>, Reply),
    /// A database that nobody uses any more.
    Finished(String),
}

impl Pool {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            requests: OnceLock::new(),
        }
    }

    /// The name of a fresh clone of the template, which is the caller's alone.
    pub(super) async fn take(&self) -> Result<String, sqlx::Error> {
        self.ask(Request::Take).await
    }

    /// The name of a copy of that database.
    pub(super) async fn duplicate(&self, database: String) -> Result<String, sqlx::Error> {
        self.ask(|reply| Request::Make(database, None, reply)).await
    }

    /// Makes a clone of the template under that name.
    pub(super) async fn make(&self, name: String) -> Result<String, sqlx::Error> {
        self.ask(|reply| Request::Make(self.source.migrated.clone(), Some(name), reply))
            .await
    }

    /// The name of the clone in which all transactions run.
    pub(super) fn common(&self) -> String {
        if self.source.is_lent() {
            return format!("{}_transactions", self.source.database);
        }
        with_suffix(&self.source.database, "_pgproof_transactions")
    }

    /// Takes back a database that nobody uses any more.
    pub(super) fn finished(&self, database: String) {
        // The thread ends with its server, and then there is nothing to drop.
        let _ = self.requests().send(Request::Finished(database));
    }

    async fn ask(&self, request: impl FnOnce(Reply) -> Request) -> Result<String, sqlx::Error> {
        let (reply, answer) = oneshot::channel();
        if self.requests().send(request(reply)).is_err() {
            return Err(sqlx::Error::WorkerCrashed);
        }
        answer.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    fn requests(&self) -> &mpsc::UnboundedSender<Request> {
        self.requests.get_or_init(|| {
            let (sender, receiver) = mpsc::unbounded_channel();
            let source = self.source.clone();
            // Where no thread can be had the receiver goes, and whoever asks is told.
            let _ = std::thread::Builder::new()
                .name("pgproof-clones".to_owned())
                .spawn(move || serve(source, receiver));
            sender
        })
    }
}

fn serve(source: Source, requests: mpsc::UnboundedReceiver<Request>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(Worker::new(source).serve(requests));
    }
}

/// What one session is to do.
enum Job {
    Clone(String),
    /// The clone that the cluster came with gets another name.
    Rename(String),
    Make(String, String, Reply),
    Drop(String),
    FindOrphans,
}

/// What came of it.
enum Done {
    Cloned(Result<String, sqlx::Error>),
    /// Told to who asked, or dropped.
    Nothing,
    Orphans(Vec<String>),
}

struct Worker {
    source: Source,
    /// What tells our clones and sessions from those of other processes.
    token: String,
    number: u32,
    /// Whether the clone that the cluster came with is still to be given a name of its own.
    has_first: bool,
    taken: usize,
    last_taken: Option<Instant>,
    /// How many clones may be ready; none after one could not be made.
    ahead: usize,
    at_once: usize,
    ready: VecDeque<String>,
    /// Clones that are being made.
    making: usize,
    waiting: VecDeque<Reply>,
    /// Clones that were asked for by name, or of another database.
    asked: VecDeque<(String, Option<String>, Reply)>,
    finished: VecDeque<String>,
    has_sought_orphans: bool,
    idle: Vec<PgConnection>,
    jobs: JoinSet<(Option<PgConnection>, Done)>,
}

impl Worker {
    fn new(source: Source) -> Self {
        let first = (source.has_first && !source.is_shared()).then(|| source.database.clone());
        Self {
            token: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
            number: u32::from(first.is_some()),
            has_first: source.has_first && source.is_shared(),
            taken: 0,
            last_taken: None,
            ahead: if source.is_lent() { 1 } else { AHEAD },
            // Of many processes each has few sessions, so that all find room.
            at_once: if source.is_shared() || source.is_lent() {
                2
            } else {
                AT_ONCE
            },
            ready: first.into_iter().collect(),
            making: 0,
            waiting: VecDeque::new(),
            asked: VecDeque::new(),
            finished: VecDeque::new(),
            has_sought_orphans: !source.is_shared(),
            idle: Vec::new(),
            jobs: JoinSet::new(),
            source,
        }
    }

    async fn serve(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.accept(request),
                    None => return,
                },
                Some(done) = self.jobs.join_next(), if !self.jobs.is_empty() => {
                    if let Ok((session, done)) = done {
                        self.idle.extend(session);
                        self.finish(done);
                    }
                }
                () = tokio::time::sleep(GRACE), if self.waits_a_little() => {}
                // A session in `template1` is in the way of whoever makes a database from it.
                () = tokio::time::sleep(IDLE), if !self.source.is_shared() && !self.idle.is_empty() && self.jobs.is_empty() => {
                    for session in self.idle.drain(..) {
                        // One that broke is closed as well.
                        let _ = session.close().await;
                    }
                }
            }
            while self.jobs.len() < self.at_once
                && let Some(job) = self.next()
            {
                let (session, admin) = (self.idle.pop(), self.admin());
                self.jobs.spawn(run(job, session, admin, self.source.clone()));
            }
        }
    }

    fn accept(&mut self, request: Request) {
        match request {
            Request::Take(reply) => {
                self.taken += 1;
                self.last_taken = Some(Instant::now());
                self.waiting.push_back(reply);
                self.hand_out();
            }
            Request::Make(from, name, reply) => self.asked.push_back((from, name, reply)),
            Request::Finished(database) => self.finished.push_back(database),
        }
    }

    fn finish(&mut self, done: Done) {
        match done {
            Done::Cloned(outcome) => {
                self.making -= 1;
                match outcome {
                    Ok(name) => self.ready.push_back(name),
                    Err(error) => {
                        self.ahead = 0;
                        if let Some(reply) = self.waiting.pop_front() {
                            let _ = reply.send(Err(error));
                        }
                    }
                }
                self.hand_out();
            }
            Done::Orphans(names) => self.finished.extend(names),
            Done::Nothing => {}
        }
    }

    /// Gives what is ready to those who wait. Who has stopped waiting leaves it to the next.
    fn hand_out(&mut self) {
        while !self.ready.is_empty()
            && let Some(reply) = self.waiting.pop_front()
        {
            if let Some(name) = self.ready.pop_front()
                && let Err(Ok(name)) = reply.send(Ok(name))
            {
                self.ready.push_front(name);
            }
        }
    }

    fn next(&mut self) -> Option<Job> {
        if let Some((from, name, reply)) = self.asked.pop_front() {
            let name = name.unwrap_or_else(|| self.name());
            return Some(Job::Make(from, name, reply));
        }
        if self.waits_a_little() {
            return None;
        }
        // Who asks once gets one; who goes on asking finds ever more of them ready.
        let ahead = self.ahead.min(self.taken.saturating_sub(1));
        if self.making < self.waiting.len() + ahead.saturating_sub(self.ready.len()) {
            self.making += 1;
            let name = self.name();
            return Some(if std::mem::take(&mut self.has_first) {
                Job::Rename(name)
            } else {
                Job::Clone(name)
            });
        }
        // By the session that has just made a clone: a short process needs no second one.
        if self.taken > 0 && self.making == 0 && !std::mem::replace(&mut self.has_sought_orphans, true) {
            return Some(Job::FindOrphans);
        }
        let left = if self.source.is_lent() { 0 } else { LEFT };
        (self.finished.len() > left)
            .then(|| self.finished.pop_front().map(Job::Drop))
            .flatten()
    }

    /// Whether the work ahead can wait for whoever has just been served.
    fn waits_a_little(&self) -> bool {
        self.waiting.is_empty()
            && self.ready.len() > self.ahead / 2
            && self.finished.len() <= 2 * LEFT
            && self.last_taken.is_some_and(|taken| taken.elapsed() < GRACE)
    }

    fn name(&mut self) -> String {
        let number = self.number;
        self.number += 1;
        let suffix = match number {
            _ if self.source.is_shared() => format!("_pgproof_{}_{number}", self.token),
            _ if self.source.is_lent() => format!("_{number}"),
            0 => return self.source.database.clone(),
            _ => format!("_{}", number + 1),
        };
        with_suffix(&self.source.database, &suffix)
    }

    /// By its application's name a session shows to other processes that we live.
    fn admin(&self) -> PgConnectOptions {
        if self.source.is_lent() {
            // There they bear the run's name.
            return self.source.admin.clone();
        }
        self.source
            .admin
            .clone()
            .application_name(&format!("pgproof {}", self.token))
    }
}

fn with_suffix(database: &str, suffix: &str) -> String {
    let kept = database.floor_char_boundary(LONGEST_NAME - suffix.len());
    format!("{}{suffix}", &database[..kept])
}

async fn run(
    job: Job,
    session: Option<PgConnection>,
    admin: PgConnectOptions,
    source: Source,
) -> (Option<PgConnection>, Done) {
    let mut session = match session {
        Some(session) => Ok(session),
        None => PgConnection::connect_with(&admin).await,
    };
    let outcome = match &mut session {
        Ok(session) => attempt(&job, session, &source).await,
        Err(_) => Ok(Vec::new()),
    };
    // A session that has failed is not used again.
    let (session, outcome) = match (session, outcome) {
        (Ok(session), Ok(names)) => (Some(session), Ok(names)),
        (Ok(_), Err(error)) | (Err(error), _) => (None, Err(error)),
    };
    let done = match job {
        Job::Clone(name) | Job::Rename(name) => Done::Cloned(outcome.map(|_| name)),
        Job::Make(_, name, reply) => {
            let _ = reply.send(outcome.map(|_| name));
            Done::Nothing
        }
        Job::FindOrphans => Done::Orphans(outcome.unwrap_or_default()),
        Job::Drop(_) => Done::Nothing,
    };
    (session, done)
}

/// The names that were found, where names were sought.
async fn attempt(job: &Job, session: &mut PgConnection, source: &Source) -> Result<Vec<String>, sqlx::Error> {
    match job {
        Job::Clone(name) => clone(session, source, &source.migrated, name).await?,
        Job::Rename(name) => {
            let statement = format!(
                "ALTER DATABASE {} RENAME TO {}",
                sql::identifier(&source.database),
                sql::identifier(name)
            );
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(session).await?;
        }
        Job::Make(from, name, _) => {
            wait_until_empty(session, from).await?;
            clone(session, source, from, name).await?;
        }
        Job::Drop(name) => {
            let ended = sqlx::query(
                "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1",
            )
            .bind(name)
            .execute(&mut *session)
            .await?;
            if ended.rows_affected() > 0 {
                wait_until_empty(session, name).await?;
            }
            let statement = format!("DROP DATABASE IF EXISTS {}", sql::identifier(name));
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(session).await?;
        }
        Job::FindOrphans => {
            return sqlx::query_scalar(include_str!("orphans.sql"))
                .fetch_all(session)
                .await;
        }
    }
    Ok(Vec::new())
}

pub(super) async fn clone(
    session: &mut PgConnection,
    source: &Source,
    from: &str,
    name: &str,
) -> Result<(), sqlx::Error> {
    let statement = format!(
        "CREATE DATABASE {} OWNER {} TEMPLATE {}{}",
        sql::identifier(name),
        sql::identifier(&source.owner),
        sql::identifier(from),
        source.strategy,
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut *session)
        .await?;
    if source.has_settings {
        sqlx::raw_sql("SET allow_system_table_mods = on")
            .execute(&mut *session)
            .await?;
        sqlx::query(include_str!("clone_settings.sql"))
            .bind(name)
            .bind(&source.migrated)
            .execute(session)
            .await?;
    }
    Ok(())
}
