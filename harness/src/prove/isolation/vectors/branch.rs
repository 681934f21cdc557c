//! Branches of policies that no row has taken.
//!
//! A policy's condition is split at AND, OR and CASE. A part that was true for no row, and that would let another
//! tenant's rows through if it were, says that the other attempts have not seen all that the policy may let through.

use std::ops::Range;

use squawk_lexer::TokenKind;

use super::Vector;
use crate::catalog::{Catalog, Policy, Relation};
use crate::claim::Severity;
use crate::contract::Context;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::isolation::attempt;
use crate::prove::isolation::bench::Bench;
use crate::prove::isolation::finding::Outcome;
use crate::prove::isolation::frozen;
use crate::prove::mention::Mentions;
use crate::sql::qualified;

pub(super) const VECTOR: Vector = Vector {
    name: "branches",
    rule: "isolation/branch",
    about: "Each part of a policy's condition that AND, OR and CASE join is evaluated for every row, in each tenant's \
            context. One that would open another tenant's rows, and that was never true, was not tried.",
    bad: include_str!("branch.bad.sql"),
    good: include_str!("branch.good.sql"),
    run: |bench| Box::pin(run(bench)),
};

async fn run(bench: &Bench<'_>) -> Result<Vec<Outcome>, Error> {
    let mut outcomes = Vec::new();
    // A superuser evaluates them, who is none of the tenants' roles.
    if matches!(bench.isolation.context, Context::Roles { .. }) {
        return Ok(outcomes);
    }
    for relation in bench.owned_tables().filter(|relation| relation.row_security) {
        let mut of_policies = Vec::new();
        for policy in relation.policies.iter().filter(|policy| opens(policy)) {
            if let Some(using) = &policy.using {
                of_policies.extend(branches(bench, relation, policy, using).await?);
            }
        }
        outcomes.extend(Outcome::worst(of_policies));
    }
    Ok(outcomes)
}

fn opens(policy: &Policy) -> bool {
    policy.permissive && policy.command != "INSERT"
}

async fn branches(
    bench: &Bench<'_>,
    relation: &Relation,
    policy: &Policy,
    using: &str,
) -> Result<Option<Outcome>, Error> {
    let parts: Vec<Range<usize>> = disjuncts(using)
        .into_iter()
        .filter(|part| !asks_for_the_role(&using[part.clone()]))
        .collect();
    if parts.is_empty() {
        return Ok(None);
    }
    bench.session.run(attempt::BEGIN).await?;
    let outcome = evaluate(bench, relation, policy, using, &parts).await;
    bench.session.run("ROLLBACK").await?;
    outcome
}

async fn evaluate(
    bench: &Bench<'_>,
    relation: &Relation,
    policy: &Policy,
    using: &str,
    parts: &[Range<usize>],
) -> Result<Option<Outcome>, Error> {
    let name = qualified(&relation.name.schema, &relation.name.name);
    let columns: Vec<String> = parts
        .iter()
        .map(|part| format!("coalesce(bool_or({}), false)", &using[part.clone()]))
        .collect();
    let query = format!("SELECT {} FROM {name}", columns.join(", "));
    let mut met = vec![false; parts.len()];
    for actor in [&bench.victim, &bench.attacker] {
        let Some(flags) = flags(bench, actor, &query).await? else {
            // What a superuser can't evaluate is seen by the other attempts alone.
            return Ok(None);
        };
        for (met, flag) in met.iter_mut().zip(flags) {
            *met |= flag;
        }
    }
    let object = relation.name.to_string();
    let table = bench.owners.find(&relation.name);
    let attacker = bench.identities.first().map_or("", String::as_str);
    let Some(private) = table.and_then(|table| frozen::private(table, attacker, &bench.identities)) else {
        return Ok(None);
    };
    let mut worst = Outcome::Held {
        object: object.clone(),
    };
    for (part, _) in parts.iter().zip(&met).filter(|(_, met)| !**met) {
        let opened = format!("{}true{}", &using[..part.start], &using[part.end..]);
        let query = format!(
            "SELECT coalesce(bool_or({opened}), false) FROM {name} WHERE (tableoid, ctid) IN \
             (SELECT t.tableoid, t.ctid FROM {name} AS t WHERE {private})"
        );
        if flags(bench, &bench.attacker, &query)
            .await?
            .is_none_or(|flags| flags != [true])
        {
            continue;
        }
        let text = &using[part.clone()];
        let outcome = Outcome::Blind {
            object: object.clone(),
            severity: severity(bench.catalog, relation, text),
            why: format!(
                "no row was there for which the policy {} lets others' rows through by {text}",
                policy.name
            ),
        };
        worst = Outcome::worst([worst, outcome]).unwrap_or_else(|| Outcome::Held {
            object: object.clone(),
        });
    }
    Ok(Some(worst))
}

async fn flags(bench: &Bench<'_>, actor: &Actor, query: &str) -> Result<Option<Vec<bool>>, Error> {
    let session = &bench.session;
    for statement in &actor.context {
        let seen = session.send(&format!("SAVEPOINT context; {statement}")).await?;
        if seen.is_refused() {
            session.run("ROLLBACK TO SAVEPOINT context").await?;
            return Ok(None);
        }
    }
    let seen = session.look(query).await?;
    if seen.is_refused() {
        return Ok(None);
    }
    let row = seen.rows.first().map(String::as_str).unwrap_or_default();
    Ok(Some(row.split(" | ").map(|flag| flag == "t").collect()))
}

/// What a part says of a row's columns alone, be it by functions of PostgreSQL's own, some row could meet; what asks who
/// the tenant is, other tables, or functions of the application's, the contract has to say.
fn severity(catalog: &Catalog, relation: &Relation, part: &str) -> Severity {
    let words = Mentions::of(&part.replace('.', " "));
    let of_a_column = relation.columns.iter().any(|column| words.bare(&column.name));
    let asks_more = part.contains("SELECT")
        || part.contains("current_setting")
        || catalog
            .functions
            .iter()
            .any(|function| part.contains(&format!("{}(", function.name.name)));
    if of_a_column && !asks_more {
        Severity::Warning
    } else {
        Severity::Info
    }
}

/// Whether it depends on a role, which a superuser is not.
fn asks_for_the_role(part: &str) -> bool {
    Mentions::of(part).any(&[
        "current_user",
        "session_user",
        "user",
        "current_role",
        "pg_has_role",
    ])
}

/// The parts that a condition is joined of by OR, AND and CASE.
fn disjuncts(expression: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    split(expression, 0..expression.len(), &mut found);
    found
}

/// A word of a condition, outside of parentheses and CASE.
struct Word {
    text: String,
    at: Range<usize>,
}

fn split(expression: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let range = stripped(expression, range);
    let words = words(expression, &range);
    let is = |word: &&Word, text: &str| word.text == text;
    for joint in ["or", "and"] {
        let joints: Vec<&Word> = words.iter().filter(|word| is(word, joint)).collect();
        if joints.is_empty() {
            continue;
        }
        let mut start = range.start;
        for word in joints {
            split(expression, start..word.at.start, found);
            start = word.at.end;
        }
        split(expression, start..range.end, found);
        return;
    }
    if words
        .first()
        .is_some_and(|first| is(&first, "case") && first.at.start == range.start)
    {
        // CASE WHEN condition THEN result … ELSE result END: each of them decides.
        let joints: Vec<&Word> = words
            .iter()
            .filter(|word| ["when", "then", "else", "end"].contains(&word.text.as_str()))
            .collect();
        for pair in joints.windows(2) {
            split(expression, pair[0].at.end..pair[1].at.start, found);
        }
        return;
    }
    found.push(range);
}

/// Without blanks and the parentheses around the whole.
fn stripped(expression: &str, range: Range<usize>) -> Range<usize> {
    let text = &expression[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.end - (text.len() - text.trim_end().len());
    if start >= end {
        return start..start;
    }
    let mut depth = 0_usize;
    let mut at = start;
    for token in squawk_lexer::tokenize(&expression[start..end]) {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += token.len as usize;
        if depth == 0 {
            break;
        }
    }
    let whole = expression[start..].starts_with('(') && at == end;
    if whole {
        stripped(expression, start + 1..end - 1)
    } else {
        start..end
    }
}

fn words(expression: &str, range: &Range<usize>) -> Vec<Word> {
    let mut found = Vec::new();
    let (mut depth, mut cases) = (0_usize, 0_usize);
    let mut at = range.start;
    for token in squawk_lexer::tokenize(&expression[range.clone()]) {
        let end = at + token.len as usize;
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => depth = depth.saturating_sub(1),
            TokenKind::Ident if depth == 0 => {
                let text = expression[at..end].to_lowercase();
                let opens = text == "case";
                let closes = text == "end";
                cases += usize::from(opens);
                // The words of the outermost CASE count when the whole is one.
                if cases == 0 || cases == 1 && at >= range.start && (opens || starts_case(expression, range))
                {
                    found.push(Word { text, at: at..end });
                }
                cases = cases.saturating_sub(usize::from(closes));
            }
            _ => {}
        }
        at = end;
    }
    found
}

fn starts_case(expression: &str, range: &Range<usize>) -> bool {
    expression[range.clone()]
        .get(..4)
        .is_some_and(|word| word.eq_ignore_ascii_case("case"))
}

#[cfg(test)]
#[path = "branch_tests.rs"]
mod tests;
