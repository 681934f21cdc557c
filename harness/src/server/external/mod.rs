//! A server that others run. pgproof works there in databases that it makes and drops itself, and roles that the
//! migrations make are dropped with them; nothing else is touched.
//!
//! What a run has made stands in its *register*, a database of its own, and a session that stays open in there says
//! that the run lives. What a killed run has left the next one drops: the register is marked as ours and nobody is
//! connected to it. Databases are known by their names, which begin with the register's, or by their oid; roles by
//! the oid that was written down right after they were made.

mod reach;
mod register;
mod target;

use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::ServerError;
use super::address::Address;
use super::find::Version;
use super::worker::Worker;
pub(crate) use reach::Reach;
use register::Register;
pub use target::{Target, TargetError};

/// How often it is looked for roles that a migration has just made.
const WHILE_APPLYING: Duration = Duration::from_millis(50);

/// How often the register's session shows that it is in use.
const AFTERWARDS: Duration = Duration::from_secs(10);

/// Our stay on a server that others run. What it made goes when this value is dropped.
#[derive(Debug)]
pub(crate) struct External {
    pub(crate) address: Address,
    /// The database that others are made from.
    pub(crate) maintenance: String,
    pub(crate) version: Version,
    /// Whether the login is a superuser.
    pub(crate) superuser: bool,
    /// What the names of all our databases begin with.
    pub(crate) prefix: String,
    /// The name that migrations see: the project's, or one of ours where somebody has that.
    pub(crate) seen: String,
    worker: Worker<Ask>,
}

/// What the register's task is asked.
#[derive(Debug)]
enum Ask {
    /// To write a database down that was just made, and to give it another name.
    Claim {
        from: String,
        to: String,
        done: oneshot::Sender<Result<(), sqlx::Error>>,
    },
    /// The migrations are applied: from now on roles come and go no more.
    Applied,
    /// Whether the server still answers.
    Lives(mpsc::Sender<bool>),
}

/// What the task tells when the register is there.
struct Opened {
    address: Address,
    version: Version,
    superuser: bool,
    prefix: String,
    seen: String,
}

impl External {
    /// Logs in, drops what killed runs have left, sees to it that the migrations collide with nobody, and opens a
    /// register.
    pub(crate) async fn start(target: &Target, reach: Reach, seen: &str) -> Result<Self, ServerError> {
        let (say_opened, opened) = oneshot::channel();
        let worker = Worker::start({
            let (target, seen) = (target.clone(), seen.to_owned());
            move |asked| async move { hold(&target, &reach, &seen, asked, say_opened).await }
        })?;
        let opened = opened.await.map_err(|_| ServerError::External {
            server: format!("{target:?}"),
            reason: "the task that speaks with it has ended".to_owned(),
        })??;
        Ok(Self {
            address: opened.address,
            maintenance: target.database.clone(),
            version: opened.version,
            superuser: opened.superuser,
            prefix: opened.prefix,
            seen: opened.seen,
            worker,
        })
    }

    /// Writes a database down that was just made, and gives it another name.
    pub(crate) async fn claim(&self, from: &str, to: &str) -> Result<(), sqlx::Error> {
        let (done, outcome) = oneshot::channel();
        let ask = Ask::Claim {
            from: from.to_owned(),
            to: to.to_owned(),
            done,
        };
        match self.worker.ask(ask) {
            Some(()) => outcome.await.unwrap_or(Err(sqlx::Error::WorkerCrashed)),
            None => Err(sqlx::Error::WorkerCrashed),
        }
    }

    /// The migrations are applied.
    pub(crate) fn applied(&self) {
        self.worker.ask(Ask::Applied);
    }

    /// Why it can't be used any more, if so.
    pub(crate) fn lost(&self) -> Option<ServerError> {
        let (say, answer) = mpsc::channel();
        self.worker.ask(Ask::Lives(say))?;
        let lives = answer.recv_timeout(Duration::from_secs(2)).ok()?;
        (!lives).then(|| ServerError::Lost {
            version: self.version.clone(),
            reason: "it does not answer any more".to_owned(),
            log: String::new(),
        })
    }
}

/// Opens the register, does what it is asked, and removes all of it when nobody asks any more.
async fn hold(
    target: &Target,
    reach: &Reach,
    seen: &str,
    mut asked: UnboundedReceiver<Ask>,
    say_opened: oneshot::Sender<Result<Opened, ServerError>>,
) {
    let (mut register, opened) = match Register::open(target, reach, seen).await {
        Ok(register) => register,
        Err(error) => {
            let _ = say_opened.send(Err(error));
            return;
        }
    };
    let _ = say_opened.send(Ok(opened));
    let mut ticks = tokio::time::interval(WHILE_APPLYING);
    loop {
        tokio::select! {
            ask = asked.recv() => match ask {
                None => break,
                Some(Ask::Claim { from, to, done }) => {
                    let _ = done.send(register.claim(&from, &to).await);
                }
                Some(Ask::Applied) => {
                    let _ = register.note_roles().await;
                    ticks = tokio::time::interval(AFTERWARDS);
                }
                Some(Ask::Lives(say)) => {
                    let _ = say.send(register.note_roles().await.is_ok());
                }
            },
            _ = ticks.tick() => {
                // Should the connection break, whoever works there sees it first.
                let _ = register.note_roles().await;
            }
        }
    }
    register.close().await;
}
