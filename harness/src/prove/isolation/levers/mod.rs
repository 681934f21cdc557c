//! Two steps: whatever the attacker can write of its own, and every function that it can call, is a lever. Each is
//! pulled, and then everything is looked at once more: by the attacker, who may see more than before, and by the
//! victim, who may see less.
//!
//! Deeper than that is not tried, but for one thing: a row that is made and then given to a function, as an invitation
//! is.

mod calls;
mod deciding;
mod rows;

use super::attempt::{self, Look, Verdict};
use super::bench::Bench;
use crate::catalog::Relation;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::needles::Needles;
use crate::prove::session::{Refusal, Session, short};
use deciding::Deciding;

/// What came of all levers of one table, or of one function.
#[derive(Debug)]
pub(super) struct Pulled {
    /// The table or function.
    pub(super) object: String,
    /// The attacker sees what it must not.
    pub(super) leak: Option<Shown>,
    /// The victim sees less of its own.
    pub(super) denial: Option<Shown>,
    /// Whether a leak would have been seen: why not, if not.
    pub(super) unseen: Option<String>,
    /// Whether the victim saw rows that it could have lost sight of.
    pub(super) victim_sees: bool,
}

/// A lever that works.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) steps: Vec<String>,
    pub(super) look: Look,
    pub(super) observed: String,
    /// Whether it is a copy, which stays when the row that it came from is gone: no second world shows it.
    pub(super) is_copy: bool,
}

/// How one lever ended.
#[expect(clippy::large_enum_variant, reason = "one at a time, and read at once")]
enum End {
    Refused,
    /// It was let through and changed nothing.
    Idle,
    Pulled {
        leak: Option<Shown>,
        denial: Option<Shown>,
    },
}

/// What both see before any lever is pulled.
struct Base {
    attacker: Vec<(Look, Rows)>,
    /// Of the victim's tables, only its own private rows.
    victim: Vec<(Look, Rows)>,
    /// One of the relations in which a leak would be seen with the defences gone.
    control: Vec<Look>,
    /// What tells of the others' private rows, and is nowhere in what the attacker sees.
    unseen: Needles,
}

pub(super) type Rows = Vec<String>;

/// Pulls all of them.
pub(super) async fn pull(bench: &Bench<'_>) -> Result<Vec<Pulled>, Error> {
    let deciding = Deciding::of(bench.catalog);
    let functions = calls::writing(bench).await?;
    let tables: Vec<(&Relation, Vec<String>)> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| relation.kind.is_table() && bench.privileges.reaches(&relation.name))
        .filter(|relation| deciding.names(relation))
        .map(|relation| (relation, rows::statements(bench, &deciding, relation)))
        .filter(|(_, statements)| !statements.is_empty())
        .collect();
    if tables.is_empty() && functions.is_empty() {
        return Ok(Vec::new());
    }
    let base = Base::of(bench).await?;
    let mut all = Vec::new();
    for (relation, statements) in tables {
        let levers: Vec<Vec<String>> = statements
            .iter()
            .map(|statement| vec![statement.clone()])
            .collect();
        let then: Vec<String> = functions
            .iter()
            .filter(|function| deciding::words_of(function).contains(&relation.name.name))
            .filter_map(|function| calls::with_keys_of(function, relation))
            .collect();
        all.push(pull_each(bench, &base, &relation.name.to_string(), levers, &then).await?);
    }
    for function in functions {
        let levers = calls::calls(bench, function)
            .into_iter()
            .map(|call| vec![call])
            .collect();
        all.push(pull_each(bench, &base, &function.signature(), levers, &[]).await?);
    }
    Ok(all)
}

/// Pulls the levers of one object, those that work also with a function called after.
async fn pull_each(
    bench: &Bench<'_>,
    base: &Base,
    object: &str,
    levers: Vec<Vec<String>>,
    then: &[String],
) -> Result<Pulled, Error> {
    let mut pulled = Pulled {
        object: object.to_owned(),
        leak: None,
        denial: None,
        unseen: None,
        victim_sees: !base.victim.is_empty(),
    };
    let mut worked = Vec::new();
    for steps in &levers {
        if let End::Pulled { leak, denial } = pull_one(bench, base, steps).await? {
            pulled.leak = pulled.leak.or(leak);
            pulled.denial = pulled.denial.or(denial);
            worked.push(steps.clone());
        }
        if pulled.leak.is_some() && pulled.denial.is_some() {
            return Ok(pulled);
        }
    }
    if pulled.leak.is_some() {
        return Ok(pulled);
    }
    for steps in &worked {
        for call in then {
            let mut steps = steps.clone();
            steps.push(call.clone());
            if let End::Pulled { leak: Some(leak), .. } = pull_one(bench, base, &steps).await? {
                pulled.leak = Some(leak);
                return Ok(pulled);
            }
        }
    }
    worked.extend(levers);
    pulled.unseen = unseen(bench, base, &worked).await?;
    Ok(pulled)
}

/// Why a leak after one of these would not have been seen; none: it would.
async fn unseen(bench: &Bench<'_>, base: &Base, levers: &[Vec<String>]) -> Result<Option<String>, Error> {
    if base.control.is_empty() {
        return Ok(Some(
            "the attacker can look at no relation that has private rows".to_owned(),
        ));
    }
    for steps in levers {
        let seen = bench
            .sweep_unguarded(&bench.attacker, steps, &base.control)
            .await?;
        if seen.is_some_and(|verdicts| verdicts.iter().any(Verdict::is_leak)) {
            return Ok(None);
        }
    }
    Ok(Some(
        "none of the values at hand is taken, even with the defences gone".to_owned(),
    ))
}

/// The relations of which the attacker may read something, and a look at each.
pub(super) fn readable<'a>(bench: &Bench<'a>) -> (Vec<&'a Relation>, Vec<Look>) {
    let relations: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| {
            let readable = |column: &crate::catalog::Column| {
                bench.privileges.may_with("SELECT", &relation.name, &column.name)
            };
            relation.columns.iter().any(readable)
        })
        .collect();
    let looks = relations
        .iter()
        .map(|relation| Look {
            object: relation.name.to_string(),
            sql: bench.privileges.select(relation),
        })
        .collect();
    (relations, looks)
}

/// What the attacker sees, but for what leaks anyhow, which is found elsewhere, and what is refused.
pub(super) async fn visible(bench: &Bench<'_>, looks: &[Look]) -> Result<Vec<(Look, Rows)>, Error> {
    let verdicts = bench
        .sweep(&bench.attacker, &[], looks)
        .await?
        .unwrap_or_default();
    Ok(looks
        .iter()
        .zip(verdicts)
        .filter_map(|(look, verdict)| match verdict {
            Verdict::Held(seen) if !seen.is_refused() => Some((look.clone(), seen.rows)),
            _ => None,
        })
        .collect())
}

impl Base {
    async fn of(bench: &Bench<'_>) -> Result<Self, Error> {
        let (relations, looks) = readable(bench);
        let attacker = visible(bench, &looks).await?;
        let control = relations
            .iter()
            .zip(&looks)
            .filter(|(relation, _)| bench.frozen.hides(&relation.name))
            .map(|(_, look)| look.clone())
            .take(3)
            .collect();
        let tables: Vec<Look> = relations
            .iter()
            .zip(looks)
            .filter(|(relation, _)| relation.kind.is_table() && bench.frozen.hides(&relation.name))
            .map(|(_, look)| look)
            .collect();
        let victim = Self::victims(bench, tables).await?;
        let private = bench
            .world
            .canaries('b')
            .filter(|canary| bench.frozen.hides(&canary.table));
        let is_seen = |text: &str| {
            attacker
                .iter()
                .flat_map(|(_, rows)| rows)
                .any(|row| row.contains(text))
        };
        let unseen = private
            .map(|canary| canary.text.clone())
            .filter(|text| !is_seen(text))
            .collect();
        Ok(Self {
            attacker,
            victim,
            control,
            unseen,
        })
    }

    /// The victim's own private rows as it sees them.
    async fn victims(bench: &Bench<'_>, looks: Vec<Look>) -> Result<Vec<(Look, Rows)>, Error> {
        let session = &bench.session;
        session.run(attempt::BEGIN).await?;
        let all: Vec<&Look> = looks.iter().collect();
        let with = look_at(session, &bench.victim, &all).await?;
        let again = look_at(session, &bench.victim, &all).await?;
        session.run("RESET SESSION AUTHORIZATION").await?;
        session.run(bench.frozen.removal()).await?;
        let without = look_at(session, &bench.victim, &all).await?;
        session.run("ROLLBACK").await?;
        let own = looks.into_iter().zip(with.into_iter().zip(again).zip(without));
        Ok(own
            .filter_map(|(look, ((with, again), without))| {
                let (with, without) = (with?, without?);
                let own = beyond(&with, &without);
                (Some(&with) == again.as_ref() && !own.is_empty()).then_some((look, own))
            })
            .collect())
    }
}

async fn pull_one(bench: &Bench<'_>, base: &Base, steps: &[String]) -> Result<End, Error> {
    let end = pull_in_transaction(bench, base, steps).await;
    bench.session.run("ROLLBACK").await?;
    end
}

async fn pull_in_transaction(bench: &Bench<'_>, base: &Base, steps: &[String]) -> Result<End, Error> {
    let session = &bench.session;
    let enter = format!("{};\n{}", attempt::BEGIN, bench.attacker.enter());
    if session.each(&enter).await?.is_err() {
        return Ok(End::Refused);
    }
    for step in steps {
        match session
            .each(&format!("{step}\n; SET CONSTRAINTS ALL IMMEDIATE"))
            .await?
        {
            Err(_) => return Ok(End::Refused),
            Ok(answers) if answers.first().is_none_or(|answer| answer.touched == 0) => return Ok(End::Idle),
            Ok(_) => {}
        }
    }
    let looks: Vec<&Look> = base.attacker.iter().map(|(look, _)| look).collect();
    let now = look_at(session, &bench.attacker, &looks).await?;
    let changed: Vec<(&Look, Rows)> = base
        .attacker
        .iter()
        .zip(now)
        .filter_map(|((look, before), now)| now.filter(|now| now != before).map(|now| (look, now)))
        .collect();
    let denial = denied(bench, base, steps).await?;
    let leak = match copied(base, &changed, steps) {
        Some(shown) => Some(shown),
        None => leaked(bench, changed, steps).await?,
    };
    Ok(End::Pulled { leak, denial })
}

/// A value of another tenant's that the attacker now sees and neither saw before nor wrote itself: a copy of it stays
/// when the row that it came from is gone.
fn copied(base: &Base, changed: &[(&Look, Rows)], steps: &[String]) -> Option<Shown> {
    for (look, now) in changed {
        let before = base.attacker.iter().find(|(known, _)| known == *look);
        let is_new = |row: &&String| before.is_none_or(|(_, rows)| rows.binary_search(row).is_err());
        for row in now.iter().filter(is_new) {
            if base.unseen.any_in(row, steps) {
                return Some(Shown {
                    steps: steps.to_vec(),
                    look: (*look).clone(),
                    observed: short(row),
                    is_copy: true,
                });
            }
        }
    }
    None
}

/// What the attacker now sees that comes of rows that it must not see.
async fn leaked(
    bench: &Bench<'_>,
    changed: Vec<(&Look, Rows)>,
    steps: &[String],
) -> Result<Option<Shown>, Error> {
    if changed.is_empty() {
        return Ok(None);
    }
    let session = &bench.session;
    let looks: Vec<&Look> = changed.iter().map(|(look, _)| *look).collect();
    let again = look_at(session, &bench.attacker, &looks).await?;
    session
        .run(&format!(
            "RESET SESSION AUTHORIZATION;\n{};\nDISCARD PLANS",
            bench.frozen.removal()
        ))
        .await?;
    let alone = look_at(session, &bench.attacker, &looks).await?;
    for ((look, now), (again, alone)) in changed.into_iter().zip(again.into_iter().zip(alone)) {
        let (Some(again), Some(alone)) = (again, alone) else {
            continue;
        };
        if now == again
            && let Some(row) = beyond(&now, &alone).first()
        {
            return Ok(Some(Shown {
                steps: steps.to_vec(),
                look: look.clone(),
                observed: short(row),
                is_copy: false,
            }));
        }
    }
    Ok(None)
}

/// What the victim no longer sees although it is still there.
async fn denied(bench: &Bench<'_>, base: &Base, steps: &[String]) -> Result<Option<Shown>, Error> {
    let looks: Vec<&Look> = base.victim.iter().map(|(look, _)| look).collect();
    let now = look_at(&bench.session, &bench.victim, &looks).await?;
    for ((look, own), now) in base.victim.iter().zip(now) {
        let lost = beyond(own, now.as_ref().unwrap_or(&Vec::new()));
        let Some(row) = lost.first() else { continue };
        // A row that was itself changed is another matter.
        bench.session.run("RESET SESSION AUTHORIZATION").await?;
        let state = bench.frozen.state(&bench.session).await?;
        let changes = bench.frozen.changes(&bench.frozen.untouched(), &state);
        if changes
            .iter()
            .any(|change| change.table.to_string() == look.object)
        {
            continue;
        }
        return Ok(Some(Shown {
            steps: steps.to_vec(),
            look: look.clone(),
            observed: short(row),
            is_copy: false,
        }));
    }
    Ok(None)
}

/// Looks as that actor at all of these; none for what is refused.
pub(super) async fn look_at(
    session: &Session,
    actor: &Actor,
    looks: &[&Look],
) -> Result<Vec<Option<Rows>>, Error> {
    let enter = format!("RESET SESSION AUTHORIZATION;\n{};\nSAVEPOINT look", actor.enter());
    if session.each(&enter).await?.is_err() {
        session.run("ROLLBACK; BEGIN").await?;
        return Ok(vec![None; looks.len()]);
    }
    let texts: Vec<&str> = looks.iter().map(|look| look.sql.as_str()).collect();
    let answers: Result<_, Refusal> = session.each(&texts.join(";\n")).await?;
    session
        .run("ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look")
        .await?;
    if let Ok(answers) = answers {
        return Ok(answers.into_iter().map(|answer| Some(answer.rows)).collect());
    }
    // One of them is refused: one by one.
    let mut all = Vec::new();
    for text in texts {
        let seen = session.look(text).await?;
        all.push((!seen.is_refused()).then_some(seen.rows));
    }
    Ok(all)
}

/// The rows of one that the other has not; both are sorted, and a row may be there twice.
fn beyond(all: &[String], others: &[String]) -> Rows {
    let mut rest: Vec<&String> = others.iter().collect();
    all.iter()
        .filter(|row| match rest.iter().position(|other| other == row) {
            Some(at) => {
                rest.swap_remove(at);
                false
            }
            None => true,
        })
        .cloned()
        .collect()
}
