//! One session for one tenant after the other, as an application's pool gives it, over a real connection and with real
//! commits: what the first leaves behind for the next.

use crate::catalog::{Function, Relation};
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt::{Attempt, Look};
use crate::prove::isolation::bench::Bench;
use crate::prove::mention::Mentions;
use crate::prove::session::{Seen, Session, short};
use crate::sql::qualified;

/// How the second tenant looks at what the first one has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Anew,
    /// By the prepared statement of the first.
    Prepared,
}

/// What the second saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// What is the first one's, and what it would not have seen on a connection of its own.
    Left(String),
    /// Not that, and it would have been seen to.
    Nothing,
    /// The first saw nothing that could have been told from what is the second one's.
    Alike,
}

/// Whether one session can serve both tenants.
pub(super) fn is_shared(bench: &Bench<'_>) -> bool {
    bench.attacker.login == bench.victim.login
}

/// Lets the victim look at each, and commit, and then the other actor on the same session and on one of its own. None:
/// nobody can log in.
pub(super) async fn compare(
    bench: &Bench<'_>,
    world: &[String],
    next: &Actor,
    again: Again,
    looks: &[Look],
) -> Result<Option<Vec<Told>>, Error> {
    let database = bench.own_clone().await?;
    let superuser = Session::open(&database).await?;
    if !world.is_empty() {
        superuser.run(&world.join(";\n")).await?;
    }
    let logins = [&bench.victim.login, &next.login];
    let mut sessions = Vec::new();
    for login in logins {
        sessions.extend(Session::login_once(&database, &superuser, login).await?);
    }
    let [pooled, fresh] = sessions.as_slice() else {
        return Ok(None);
    };
    let plain: Vec<String> = looks.iter().map(|look| look.sql.clone()).collect();
    let numbered = |form: fn(usize, &str) -> String| -> Vec<String> {
        plain.iter().enumerate().map(|(at, sql)| form(at, sql)).collect()
    };
    let prepare = numbered(|at, sql| format!("PREPARE pooled_{at} AS {sql}"));
    let execute = numbered(|at, _| format!("EXECUTE pooled_{at}"));
    let (first, repeated) = match again {
        Again::Anew => (&plain, &plain),
        Again::Prepared => {
            turn(pooled, &bench.victim, &prepare).await?;
            (&execute, &execute)
        }
    };
    let mut theirs = turn(pooled, &bench.victim, first).await?;
    // What one of them opens another may then read from.
    for (seen, more) in theirs.iter_mut().zip(turn(pooled, &bench.victim, first).await?) {
        seen.rows.extend(more.rows);
    }
    let own = turn(fresh, next, &plain).await?;
    let left = turn(pooled, next, repeated).await?;
    let canaries: Vec<&str> = bench
        .world
        .canaries('b')
        .map(|canary| canary.text.as_str())
        .collect();
    let told = theirs.iter().zip(&own).zip(&left).map(|((theirs, own), left)| {
        let is_theirs = |row: &&String| {
            !own.rows.contains(row)
                && !["", "NULL"].contains(&row.as_str())
                && (theirs.rows.contains(row) || canaries.iter().any(|canary| row.contains(canary)))
        };
        match left.rows.iter().find(is_theirs) {
            Some(row) => Told::Left(short(row)),
            None if theirs.rows.iter().any(|row| is_theirs(&row)) => Told::Nothing,
            None => Told::Alike,
        }
    });
    Ok(Some(told.collect()))
}

/// A transaction of that actor's with each statement in it, committed.
async fn turn(session: &Session, actor: &Actor, statements: &[String]) -> Result<Vec<Seen>, Error> {
    session
        .run("BEGIN; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '5s'")
        .await?;
    let mut all = Vec::new();
    let mut refused = false;
    for statement in actor.begin() {
        refused |= session.send(&statement).await?.is_refused();
    }
    for statement in statements {
        if refused {
            all.push(Seen::default());
            continue;
        }
        let seen = session
            .send(&format!("SAVEPOINT turn; {statement}\n; RELEASE SAVEPOINT turn"))
            .await?;
        if seen.is_refused() {
            session.run("ROLLBACK TO SAVEPOINT turn").await?;
        }
        all.push(seen);
    }
    // What can't be committed is rolled back by it.
    session.send("COMMIT").await?;
    Ok(all)
}

/// The same in a form that can be read: the first tenant's turn, and the second one's look.
pub(super) fn attempt(bench: &Bench<'_>, next: &Actor, again: Again, look: &str) -> Attempt {
    let mut world = bench.victim.replay();
    let last = match again {
        Again::Anew => {
            world.push(look.to_owned());
            look.to_owned()
        }
        Again::Prepared => {
            world.push(format!("PREPARE pooled AS {look}"));
            world.push("EXECUTE pooled".to_owned());
            "EXECUTE pooled".to_owned()
        }
    };
    world.extend(["COMMIT", "BEGIN"].map(str::to_owned));
    Attempt {
        world,
        ..Attempt::reading(next, last)
    }
}

/// Every relation with tenants' rows, every view, and every function that takes no argument.
pub(super) async fn looks(bench: &Bench<'_>) -> Result<Vec<Look>, Error> {
    let owned: Vec<&Relation> = bench.owned_tables().collect();
    let relations: Vec<&Relation> = bench
        .catalog
        .relations
        .iter()
        .filter(|relation| !relation.kind.is_table() || owned.iter().any(|table| table.name == relation.name))
        .filter(|relation| bench.privileges.reaches(&relation.name))
        .collect();
    let mut looks = super::select::looks(bench, &relations);
    for callable in bench.callables().await? {
        if callable.inputs().count() <= callable.defaults {
            looks.push(Look {
                object: callable.function.signature(),
                sql: callable.call(&[]),
            });
        }
    }
    Ok(looks)
}

/// Functions that are said to depend on nothing but their arguments, and that seem to depend on the session or on rows:
/// their answer may be kept from one tenant to the next.
pub(super) fn falsely_immutable<'a>(bench: &'a Bench<'_>) -> Vec<&'a Function> {
    let functions = &bench.catalog.functions;
    let bodies: Vec<Mentions> = functions.iter().map(words).collect();
    let depends = [
        "current_setting",
        "current_user",
        "session_user",
        "current_role",
        "user",
        "from",
        "perform",
        "execute",
    ];
    let mut impure: Vec<bool> = bodies.iter().map(|body| body.any(&depends)).collect();
    loop {
        let more: Vec<usize> = (0..functions.len())
            .filter(|&at| !impure[at])
            .filter(|&at| {
                functions
                    .iter()
                    .zip(&impure)
                    .any(|(other, impure)| *impure && bodies[at].bare(&other.name.name))
            })
            .collect();
        if more.is_empty() {
            break;
        }
        for at in more {
            impure[at] = true;
        }
    }
    functions
        .iter()
        .zip(impure)
        .filter(|(function, impure)| *impure && function.volatility == "immutable")
        .map(|(function, _)| function)
        .collect()
}

/// The words of a function's body, those behind a point as well.
pub(super) fn words(function: &Function) -> Mentions {
    Mentions::of(&function.body.as_deref().unwrap_or_default().replace('.', " "))
}

/// What makes the planner ask the function anew.
pub(super) fn as_stable(function: &Function) -> String {
    format!(
        "ALTER FUNCTION {}({}) STABLE",
        qualified(&function.name.schema, &function.name.name),
        function.identity_arguments
    )
}

/// The functions that a relation's policies or query name, and those that these name.
pub(super) fn functions_behind<'a>(bench: &'a Bench<'_>, object: &str) -> Vec<&'a Function> {
    let Some(relation) = bench
        .catalog
        .relations
        .iter()
        .find(|relation| relation.name.to_string() == object)
    else {
        return Vec::new();
    };
    let policies = relation
        .policies
        .iter()
        .flat_map(|policy| [&policy.using, &policy.with_check]);
    let texts: Vec<&str> = policies
        .chain([&relation.definition])
        .flatten()
        .map(String::as_str)
        .collect();
    let mut mentions = vec![Mentions::of(&texts.join(" "))];
    let mut found: Vec<&Function> = Vec::new();
    while let Some(mention) = mentions.pop() {
        for function in &bench.catalog.functions {
            let known = found
                .iter()
                .any(|known| known.signature() == function.signature());
            if !known && mention.name(&function.name) {
                mentions.push(Mentions::of(function.body.as_deref().unwrap_or_default()));
                found.push(function);
            }
        }
    }
    found
}
