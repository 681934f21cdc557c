//! One try: who sends what to which world, and the verdict.

use super::frozen::{Change, Frozen};
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::session::{Seen, Session};

/// Statements of one actor, the last of which is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) actor: Actor,
    /// What a superuser does to the world before: nothing that opens it.
    pub(super) world: Vec<String>,
    /// What the actor sends before; if one fails, the attempt was not made.
    pub(super) steps: Vec<String>,
    pub(super) last: String,
    pub(super) judged: Judged,
}

/// By what an attempt is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// What comes back must not depend on what the actor must not see.
    Reading,
    /// What the actor must not write must be as it was.
    Writing,
}

/// A relation or function, and a statement that shows what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) object: String,
    pub(super) sql: String,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It worked.
    Leak {
        observed: String,
        changes: Vec<Change>,
        seen: Seen,
        /// What was seen without the others' rows, if it was reading.
        alone: Seen,
    },
    /// It was made and did not.
    Held(Seen),
    /// It could not be made or judged.
    Inconclusive(String),
}

impl Verdict {
    pub(super) fn is_leak(&self) -> bool {
        matches!(self, Self::Leak { .. })
    }
}

/// A statement may not run longer than that.
pub(super) const BEGIN: &str = "BEGIN; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'";

impl Attempt {
    pub(super) fn reading(actor: &Actor, last: impl Into<String>) -> Self {
        Self {
            actor: actor.clone(),
            world: Vec::new(),
            steps: Vec::new(),
            last: last.into(),
            judged: Judged::Reading,
        }
    }

    pub(super) fn writing(actor: &Actor, last: impl Into<String>) -> Self {
        Self {
            judged: Judged::Writing,
            ..Self::reading(actor, last)
        }
    }

    pub(super) fn is_reading(&self) -> bool {
        self.judged == Judged::Reading
    }

    /// Makes it in a transaction that is taken back.
    pub(super) async fn judge(&self, session: &Session, frozen: &Frozen) -> Result<Verdict, Error> {
        match self.judged {
            Judged::Reading => {
                let look = Look {
                    object: String::new(),
                    sql: self.last.clone(),
                };
                let looks = sweep(session, frozen, &self.actor, &self.world, &self.steps, &[look]).await?;
                let verdict = looks.and_then(|mut verdicts| verdicts.pop());
                Ok(verdict
                    .unwrap_or_else(|| Verdict::Inconclusive("a step before it was refused".to_owned())))
            }
            Judged::Writing => self.write(session, frozen).await,
        }
    }

    async fn write(&self, session: &Session, frozen: &Frozen) -> Result<Verdict, Error> {
        let verdict = self.write_in_transaction(session, frozen).await;
        session.run("ROLLBACK").await?;
        verdict
    }

    async fn write_in_transaction(&self, session: &Session, frozen: &Frozen) -> Result<Verdict, Error> {
        let begin = arrange(session, &self.world).await?;
        let before = if self.world.is_empty() {
            frozen.untouched()
        } else {
            frozen.state_of_written(session, "").await?
        };
        if let Some(refused) = enter(session, begin, &self.actor, &self.steps).await? {
            return Ok(Verdict::Inconclusive(refused));
        }
        // What is deferred acts now, as the attacker.
        let seen = session
            .send(&format!("{}\n; SET CONSTRAINTS ALL IMMEDIATE", self.last))
            .await?;
        if seen.is_refused() {
            return Ok(Verdict::Held(seen));
        }
        let after = frozen
            .state_of_written(session, "RESET SESSION AUTHORIZATION")
            .await?;
        let changes = frozen.changes(&before, &after);
        Ok(match changes.first() {
            None => Verdict::Held(seen),
            Some(change) => Verdict::Leak {
                observed: change.to_string(),
                changes,
                seen,
                alone: Seen::default(),
            },
        })
    }
}

/// Begins a transaction and does what a superuser does to the world before. What is still to be sent: where there is
/// nothing of the kind, the begin goes along with what follows.
async fn arrange(session: &Session, world: &[String]) -> Result<&'static str, Error> {
    if world.is_empty() {
        return Ok(BEGIN);
    }
    session.run(BEGIN).await?;
    for statement in world {
        session.run(statement).await?;
    }
    Ok("")
}

/// Becomes the actor, after what is `before`, and sends its first steps; what refused, if something did.
async fn enter(
    session: &Session,
    before: &str,
    actor: &Actor,
    steps: &[String],
) -> Result<Option<String>, Error> {
    let become_actor = actor.enter();
    // A plan made for somebody else, or before a step made temporary tables, hides what this one would get.
    let discard = if session.changes_hands(&become_actor) || !steps.is_empty() {
        "DISCARD PLANS"
    } else {
        ""
    };
    let first = format!("{before};\n{discard};\n{become_actor}");
    for statement in std::iter::once(&first).chain(steps) {
        if let Some(refusal) = session.send(statement).await?.refused {
            return Ok(Some(refusal.message));
        }
    }
    Ok(None)
}

/// Looks at each in a world with and without what the actor must not see, after the steps. None: a step was refused.
pub(super) async fn sweep(
    session: &Session,
    frozen: &Frozen,
    actor: &Actor,
    world: &[String],
    steps: &[String],
    looks: &[Look],
) -> Result<Option<Vec<Verdict>>, Error> {
    let verdicts = sweep_in_transaction(session, frozen, actor, world, steps, looks).await;
    session.run("ROLLBACK").await?;
    verdicts
}

async fn sweep_in_transaction(
    session: &Session,
    frozen: &Frozen,
    actor: &Actor,
    world: &[String],
    steps: &[String],
    looks: &[Look],
) -> Result<Option<Vec<Verdict>>, Error> {
    let begin = arrange(session, world).await?;
    if enter(session, begin, actor, steps).await?.is_some() {
        return Ok(None);
    }
    let mut with = Vec::new();
    for look in looks {
        with.push(session.look(&look.sql).await?);
    }
    session
        .run(&format!(
            "RESET SESSION AUTHORIZATION; SAVEPOINT world;\n{};\nDISCARD PLANS",
            frozen.removal()
        ))
        .await?;
    if enter(session, "", actor, &[]).await?.is_some() {
        return Ok(None);
    }
    let mut alone = Vec::new();
    for (look, seen) in looks.iter().zip(&with) {
        // What is refused for want of a privilege depends on nobody's rows, and what takes too long tells nothing.
        alone.push(if is_denied(seen) || is_late(seen) {
            seen.clone()
        } else {
            session.look(&look.sql).await?
        });
    }
    // What differs is looked at once more in the first world, for it may differ by itself.
    let differs = |(seen, alone): (&Seen, &Seen)| seen != alone && !is_late(seen) && !is_late(alone);
    if with.iter().zip(&alone).any(differs) {
        session
            .run("RESET SESSION AUTHORIZATION; ROLLBACK TO SAVEPOINT world; DISCARD PLANS")
            .await?;
        if enter(session, "", actor, &[]).await?.is_some() {
            return Ok(None);
        }
    }
    let mut verdicts = Vec::new();
    for ((look, seen), alone) in looks.iter().zip(with).zip(alone) {
        if is_late(&seen) || is_late(&alone) {
            verdicts.push(Verdict::Inconclusive("it took longer than it may".to_owned()));
            continue;
        }
        if seen == alone {
            verdicts.push(Verdict::Held(seen));
            continue;
        }
        let again = session.look(&look.sql).await?;
        let observed = if seen == again {
            Some(seen.beyond(&alone))
        } else {
            seen.lasting(&again, &alone)
        };
        verdicts.push(match observed {
            Some(observed) => Verdict::Leak {
                observed,
                changes: Vec::new(),
                seen,
                alone,
            },
            None => Verdict::Inconclusive("it differs from one look to the next".to_owned()),
        });
    }
    Ok(Some(verdicts))
}

/// What each look shows in the world in which the others have nothing private. None: the actor was refused.
pub(super) async fn sweep_without(
    session: &Session,
    frozen: &Frozen,
    actor: &Actor,
    world: &[String],
    looks: &[Look],
) -> Result<Option<Vec<Seen>>, Error> {
    session.run(BEGIN).await?;
    let seen = async {
        for statement in world {
            session.run(statement).await?;
        }
        session.run(frozen.removal()).await?;
        if enter(session, "", actor, &[]).await?.is_some() {
            return Ok(None);
        }
        let mut all = Vec::new();
        for look in looks {
            all.push(session.look(&look.sql).await?);
        }
        Ok(Some(all))
    }
    .await;
    session.run("ROLLBACK").await?;
    seen
}

/// Does something as the actor, inside a transaction of the superuser's, whom it then is again; what was deferred acts at
/// once. It stays done until `ROLLBACK TO SAVEPOINT act`; if it was refused, nothing of it is left.
pub(super) async fn act(session: &Session, actor: &Actor, sql: &str) -> Result<Seen, Error> {
    let enter = actor.enter();
    let seen = session
        .send(&format!(
            "SAVEPOINT act; {enter}\n; {sql}\n; SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION"
        ))
        .await?;
    if seen.is_refused() {
        session.run("ROLLBACK TO SAVEPOINT act").await?;
    }
    Ok(seen)
}

/// 42501: insufficient privilege.
pub(super) fn is_denied(seen: &Seen) -> bool {
    seen.refused
        .as_ref()
        .is_some_and(|refusal| refusal.sqlstate == "42501")
}

/// 57014: it ran into `statement_timeout`.
fn is_late(seen: &Seen) -> bool {
    seen.refused
        .as_ref()
        .is_some_and(|refusal| refusal.sqlstate == "57014")
}
