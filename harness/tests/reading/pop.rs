//! pop's convention, as version 6 has it.

use super::*;

#[test]
fn files_are_applied_in_the_order_of_their_digits_as_text() {
    let project = Project::of(&[
        "db/20260102000000_b.up.sql",
        "db/20260102000000_b.down.sql",
        "db/deep/20260101000000_a.postgres.up.sql",
        "db/20260101000000_a.up.sql",
        "db/20260101000000_a.mysql.up.sql",
        "db/20260103000000_c.up.fizz",
        "db/20260103000000_c.down.fizz",
        "db/20260104000000_d.sql",
        "db/schema.sql",
    ]);
    let reading = project.reading(Convention::Pop);
    assert_eq!(
        files(&reading),
        [
            "db/deep/20260101000000_a.postgres.up.sql",
            "db/20260102000000_b.up.sql"
        ]
    );
    assert_eq!(down(&reading.migrations[1]), Some("db/20260102000000_b.down.sql"));
    assert_eq!(
        violated(&reading, "apply/unread"),
        [
            "db/20260101000000_a.up.sql",
            "db/20260104000000_d.sql",
            "db/schema.sql"
        ]
    );
    let code = messages(&reading, "apply/in-code");
    assert!(code.len() == 1 && code[0].contains("in fizz"), "{code:?}");
}

#[test]
fn options_are_filled_in_and_more_of_a_template_is_refused() {
    let project = Project::with(&[(
        "1_a.up.sql",
        "select 1;\nselect '{{ index .Options \"Namespace\" }}_x', '{{- .Options.Other -}}';",
    )]);
    let refusal = project.refusal(Convention::Pop);
    assert!(
        refusal.contains("db/1_a.up.sql:2") && refusal.contains("\"Namespace\""),
        "{refusal}"
    );
    let placeholders = [("Namespace", "n"), ("Other", "o")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let placeholders = placeholders.into();
    let options = ReadOptions {
        convention: Some(Convention::Pop),
        placeholders: Some(&placeholders),
        ..ReadOptions::default()
    };
    let reading = read(project.root(), "db".into(), &options).unwrap();
    assert_eq!(sent(&reading.migrations[0].up), ["select 1;\nselect 'n_x', 'o';"]);
    project.write(
        "db/1_a.up.sql",
        "select 1;\n{{ if .IsPostgres }} select 2; {{ end }}",
    );
    let refusal = project.refusal(Convention::Pop);
    assert!(
        refusal.contains("db/1_a.up.sql:2") && refusal.contains("`if .IsPostgres`"),
        "{refusal}"
    );
}
