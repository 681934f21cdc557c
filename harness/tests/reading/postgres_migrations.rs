//! The convention of postgres-migrations, as version 5 has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_numbers() {
    let project = Project::of(&["db/2-b_c.sql", "db/1_a.SQL", "db/03.sql", "db/README.md"]);
    project.write("db/4-d.js", "module.exports.generateSql = () => ''");
    project.write("db/5-e.sql", "-- postgres-migrations disable-transaction\nvacuum");
    let reading = project.reading(Convention::PostgresMigrations);
    assert_eq!(
        versions(&reading),
        [("1", "a"), ("2", "b_c"), ("3", "03.sql"), ("5", "e")]
    );
    assert_eq!(reading.migrations[3].transaction, TransactionRule::None);
    assert!(
        messages(&reading, "ledger/gap").is_empty(),
        "4 is there, in JavaScript"
    );
    assert_eq!(messages(&reading, "apply/in-code").len(), 1);
}

#[rstest]
#[case::gap(&["db/1_a.sql", "db/3_b.sql"], "db/3_b.sql has the number 3 where 2 is due")]
#[case::from_two(&["db/2_a.sql"], "db/2_a.sql has the number 2 where 1 is due")]
#[case::zero(&["db/0_a.sql", "db/1_b.sql"], "db/0_a.sql has the number 0 where 1 is due")]
fn numbers_that_do_not_count_from_one_are_an_error(#[case] names: &[&str], #[case] why: &str) {
    let reading = Project::of(names).reading(Convention::PostgresMigrations);
    let errors: Vec<_> = reading
        .claims
        .iter()
        .filter(|claim| claim.rule == "ledger/gap" && claim.severity == Severity::Error)
        .map(|claim| claim.message.as_str())
        .collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains(why), "{errors:?}");
}

#[test]
fn a_name_without_a_number_stops_it() {
    let message = Project::of(&["db/1_a.sql", "db/x.sql"]).refusal(Convention::PostgresMigrations);
    assert!(
        message.contains("`db/x.sql` as postgres-migrations does"),
        "{message}"
    );
}
