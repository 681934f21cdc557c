//! refinery's convention, as version 0.9 has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_numbers_wherever_they_lie() {
    let project = Project::of(&[
        "db/V10__b.sql",
        "db/deep/U9__a_b.sql",
        "db/V11__c-d.sql",
        "db/V12_e.sql",
        "db/R__f.sql",
        "db/V13__g.rs",
        "db/mod.rs",
        "db/V14__h.sql",
    ]);
    let reading = project.reading(Convention::Refinery);
    assert_eq!(versions(&reading), [("9", "a_b"), ("10", "b"), ("14", "h")]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/R__f.sql", "db/V11__c-d.sql", "db/V12_e.sql"]
    );
    let code = messages(&reading, "apply/in-code");
    assert!(code.len() == 1 && code[0].starts_with("db/V13__g.rs"), "{code:?}");
}

#[rstest]
#[case("V1.5__a.sql")]
#[case("V20260101000000__a.sql")]
fn a_version_that_is_no_integer_of_32_bits_stops_it(#[case] name: &str) {
    let message = Project::of(&[&format!("db/{name}")]).refusal(Convention::Refinery);
    assert!(message.contains(name) && message.contains("32 bits"), "{message}");
}
