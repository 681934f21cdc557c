//! Acceptance: what matches, what follows, what has expired, what is not needed.

use super::*;
use crate::contract::Contract;

const TODAY: Date = jiff::civil::date(2026, 11, 22);

fn allows(text: &str) -> Vec<Allow> {
    Contract::parse(text, "pgproof.toml")
        .unwrap_or_else(|error| panic!("{error}"))
        .allow
}

fn one(rule: &str, object: &str, until: &str) -> Vec<Allow> {
    let until = if until.is_empty() {
        String::new()
    } else {
        format!("until = '{until}'\n")
    };
    allows(&format!(
        "# a contract\n[[allow]]\nrule = '{rule}'\nobject = '{object}'\nreason = 'by design'\n{until}"
    ))
}

fn finding(rule: &str, object: &str) -> Claim {
    Claim::new(
        rule,
        object,
        "",
        Verdict::Violated,
        Severity::Error,
        "a leak was shown",
    )
}

#[test]
fn an_accepted_finding_stays_as_information_with_the_reason() {
    let mut claims = vec![
        finding("isolation/read", "public.users"),
        finding("isolation/read", "public.tasks"),
    ];
    apply(
        &one("isolation/*", "public.users", "2027-06-30"),
        &mut claims,
        TODAY,
    );
    assert_eq!(claims.len(), 2);
    assert_eq!(
        (claims[0].verdict, claims[0].severity),
        (Verdict::Violated, Severity::Info)
    );
    assert_eq!(claims[0].message, "a leak was shown (accepted: by design)");
    assert_eq!(claims[1], finding("isolation/read", "public.tasks"));
}

#[test]
fn what_was_not_tried_can_be_accepted_too() {
    let mut claims = vec![Claim {
        verdict: Verdict::Unproven,
        ..finding("audit/forge", "audit.log")
    }];
    apply(&one("audit/forge", "audit.*", ""), &mut claims, TODAY);
    assert_eq!(
        (claims.len(), claims[0].verdict, claims[0].severity),
        (1, Verdict::Unproven, Severity::Info)
    );
}

#[test]
fn an_allow_that_matches_nothing_or_only_what_is_proven_is_a_finding() {
    let proven = Claim {
        verdict: Verdict::Proven,
        ..finding("isolation/read", "public.users")
    };
    let mut claims = vec![proven.clone()];
    apply(&one("isolation/read", "public.users", ""), &mut claims, TODAY);
    assert_eq!(claims[0], proven);
    let unused = &claims[1];
    assert_eq!(
        (unused.rule.as_str(), unused.severity),
        ("lint/unused-allow", Severity::Warning)
    );
    assert_eq!(unused.verdict, Verdict::Violated);
    let location = unused.location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("pgproof.toml", 2));
}

#[test]
fn where_only_some_proofs_were_made_an_allow_without_its_finding_says_nothing() {
    let mut claims = Vec::new();
    apply_to_some(&one("isolation/read", "public.users", ""), &mut claims, TODAY);
    assert!(claims.is_empty());
}

#[test]
fn an_allow_holds_through_its_last_day_and_no_longer() {
    let allows = one("isolation/read", "public.users", "2026-11-22");
    let mut claims = vec![finding("isolation/read", "public.users")];
    apply(&allows, &mut claims, TODAY);
    assert_eq!((claims.len(), claims[0].severity), (1, Severity::Info));

    let mut claims = vec![finding("isolation/read", "public.users")];
    apply(&allows, &mut claims, TODAY.tomorrow().unwrap());
    assert_eq!(claims[0], finding("isolation/read", "public.users"));
    assert_eq!(claims.len(), 2, "an expired allow is not also called unused");
    assert_eq!(
        (claims[1].rule.as_str(), claims[1].severity),
        ("lint/expired-allow", Severity::Error)
    );
    assert_eq!(
        claims[1].message,
        "`isolation/read` on `public.users` was allowed until 2026-11-22"
    );
}

#[test]
fn what_only_follows_from_an_accepted_finding_is_accepted_with_it() {
    let cause = finding("isolation/read", "public.sales");
    let follower = Claim {
        follows_from: Some(cause.fingerprint.clone()),
        ..finding("isolation/read", "public.totals")
    };
    let further = Claim {
        follows_from: Some(follower.fingerprint.clone()),
        ..finding("isolation/read", "public.report")
    };
    let mut claims = vec![further, follower, cause];
    apply(&one("isolation/read", "public.sales", ""), &mut claims, TODAY);
    assert!(
        claims.iter().all(|claim| claim.severity == Severity::Info),
        "{claims:#?}"
    );
    assert_eq!(
        claims[0].message,
        "a leak was shown (accepted with its cause: by design)"
    );
    assert_eq!(claims.len(), 3);
}

#[test]
fn accepting_what_follows_does_not_accept_the_cause() {
    let cause = finding("isolation/read", "public.sales");
    let follower = Claim {
        follows_from: Some(cause.fingerprint.clone()),
        ..finding("isolation/read", "public.totals")
    };
    let mut claims = vec![cause, follower];
    apply(&one("isolation/read", "public.totals", ""), &mut claims, TODAY);
    assert_eq!(
        (claims[0].severity, claims[1].severity),
        (Severity::Error, Severity::Info)
    );
}

#[test]
fn two_allows_for_one_finding_are_both_used() {
    let text = "[[allow]]\nrule='a/*'\nobject='x'\nreason='first'\n[[allow]]\nrule='a/b'\nobject='*'\nreason='second'\n";
    let mut claims = vec![finding("a/b", "x")];
    apply(&allows(text), &mut claims, TODAY);
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].message, "a leak was shown (accepted: first)");
}
