//! What calls of functions find, and what they leave alone.

use super::super::example::{breaks_and_mends, claims};
use crate::claim::{Severity, Verdict};

#[tokio::test]
async fn the_example_is_found_until_it_is_mended() {
    breaks_and_mends(&super::VECTOR, "app.project_titles(bigint)", "").await;
}

#[tokio::test]
async fn what_a_definer_function_makes_or_shows_of_the_callers_own_is_no_leak() {
    let claims = claims(&[include_str!("function.sound.sql")], "").await;
    let accused: Vec<_> = claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Violated && claim.severity != Severity::Info)
        .collect();
    assert!(accused.is_empty(), "{accused:#?}");
    let proven = claims.iter().filter(|claim| claim.verdict == Verdict::Proven);
    let proven: Vec<&str> = proven.map(|claim| claim.object.as_str()).collect();
    for object in [
        "app.my_titles()",
        "app.task(bigint)",
        "app.add_task(bigint, text)",
    ] {
        assert!(proven.contains(&object), "{object} is not among {proven:?}");
    }
}

#[tokio::test]
async fn the_greatest_of_all_is_shown_though_it_may_be_ones_own() {
    let aggregate = "CREATE FUNCTION app.last_task() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER \
                     SET search_path = pg_catalog, pg_temp AS 'SELECT max(t.id) FROM app.tasks AS t';\n\
                     CREATE FUNCTION app.first_task() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER \
                     SET search_path = pg_catalog, pg_temp AS 'SELECT min(t.id) FROM app.tasks AS t';";
    let claims = claims(&[aggregate], "").await;
    for object in ["app.last_task()", "app.first_task()"] {
        let found =
            |claim: &crate::claim::Claim| claim.object == object && claim.verdict == Verdict::Violated;
        assert!(claims.iter().any(found), "{object}: {claims:#?}");
    }
}

/// The functions of further migrations that are accused, in order.
async fn accused(migration: &str) -> Vec<String> {
    let claims = claims(&[migration], "").await;
    let mine = claims.iter().filter(|claim| {
        claim.subject == super::VECTOR.name
            && claim.verdict == Verdict::Violated
            && claim.severity != Severity::Info
    });
    let mut objects: Vec<String> = mine.map(|claim| claim.object.clone()).collect();
    objects.sort();
    objects
}

#[tokio::test]
async fn who_checks_one_of_two_keys_lets_the_others_through() {
    let found = accused(include_str!("function.two_keys.sql")).await;
    assert_eq!(
        found,
        ["app.copied(bigint, bigint)", "app.moved(bigint, bigint)"],
        "checked are both keys, or only one of them"
    );
}

#[tokio::test]
async fn who_checks_one_element_of_an_array_lets_the_others_through() {
    let found = accused(include_str!("function.arrays.sql")).await;
    assert_eq!(
        found,
        [
            "app.any_checked(bigint[])",
            "app.first_checked(bigint[])",
            "app.json_checked(jsonb)",
            "app.last_checked(bigint[])",
        ]
    );
}

#[tokio::test]
async fn an_argument_may_be_called_like_no_column() {
    let found = accused(include_str!("function.unnamed.sql")).await;
    assert_eq!(found, ["app.free(text)"]);
}

#[tokio::test]
async fn ranges_composite_values_and_tables_are_given_too() {
    let found = accused(include_str!("function.shapes.sql")).await;
    assert_eq!(
        found,
        [
            "app.drop_in(int8range)",
            "app.dump(regclass)",
            "app.peek(app.ref)",
            "app.peek_checked(app.ref)",
            "app.titles_in(int8multirange)",
            "app.titles_in(int8range)",
        ]
    );
}

#[tokio::test]
async fn a_function_that_no_value_is_known_for_is_a_doubt_and_not_a_remark() {
    let claims = claims(&[include_str!("function.unmade.sql")], "").await;
    let of = |object: &str| claims.iter().find(|claim| claim.object == object);
    let doubted = of("app.at_place(point)").map(|claim| (claim.verdict, claim.severity));
    assert_eq!(
        doubted,
        Some((Verdict::Unproven, Severity::Warning)),
        "{claims:#?}"
    );
    let remark = of("app.nothing(bigint)").map(|claim| (claim.verdict, claim.severity));
    assert_eq!(remark, Some((Verdict::Unproven, Severity::Info)), "{claims:#?}");
}
