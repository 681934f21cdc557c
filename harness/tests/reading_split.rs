//! Splitting files into statements, COPY data and psql's commands.

use pgproof::migrate::split::{
    Segment, SegmentKind, copy_rows, keywords, refuses_transaction, segments, transaction_control,
};
use proptest::prelude::*;
use rstest::rstest;

use SegmentKind::{Blank, CopyData, MetaCommand, Statement};

/// The pieces that are not blank, with their text.
fn pieces(text: &str) -> Vec<(SegmentKind, &str)> {
    let pieces = segments(text)
        .into_iter()
        .map(|Segment { kind, span }| (kind, &text[span]));
    pieces.filter(|(kind, _)| *kind != Blank).collect()
}

fn assert_is_one_statement(text: &str) {
    assert_eq!(
        pieces(&format!("{text};\nselect 2")),
        [(Statement, &*format!("{text};")), (Statement, "select 2")]
    );
}

#[rstest]
#[case("select 'a;''b;'")]
#[case(r"select '\'")]
#[case(r"select E'it\'s;'")]
#[case(r"select E'a\\'")]
#[case("select E'a'\n  'b\\'c;'")]
#[case(r"select U&'d\0061;', U&'\'")]
#[case("select B'1', X'1F', N'x;'")]
#[case("select \"a;\"\"b;\" from t")]
#[case("select $$a;b$$, $x$;$$;$y$;$x$")]
#[case("select $é$;$é$, a$b$c from t where x = $1")]
#[case("select 1 /* a; /* b; */ c; */ + 1 -- ;'\n + 1")]
#[case("select 2*/*;*/3, 5-- ;\n")]
#[case("select 1e3, .5, 1., 0x1F, 1_000")]
#[case("create rule r as on update to t do also (select 1; select (2); select 3)")]
#[case("do $body$ begin; perform 1; end; $body$")]
fn a_semicolon_inside_a_token_or_parentheses_ends_nothing(#[case] statement: &str) {
    assert_is_one_statement(statement);
}

#[rstest]
#[case("create function f() returns int begin atomic select 1; select 2; end")]
#[case(
    "CREATE OR REPLACE FUNCTION f(a int DEFAULT (1)) RETURNS int LANGUAGE sql BEGIN /* x */ ATOMIC; SELECT 1; END"
)]
#[case(
    "create procedure p() begin atomic select case when a then case b when 1 then 2 end end; select 1; end"
)]
#[case(
    "create or replace procedure p() begin atomic insert into t values (case when true then 1 end); select 1; end"
)]
#[case(
    "create function f() returns int begin atomic select x.end, x.case, 1 as end, 2 as case from x; select 1; end"
)]
#[case("create function f(begin int) returns int return begin + case when true then 1 end")]
#[case("create function f(begin atomic) returns int return 1")]
fn the_body_of_a_routine_belongs_to_it(#[case] statement: &str) {
    assert_is_one_statement(statement);
}

#[test]
fn begin_atomic_outside_of_a_routine_opens_no_body() {
    assert_eq!(
        pieces("begin atomic; select 1; create table begin (atomic int); end"),
        [
            (Statement, "begin atomic;"),
            (Statement, "select 1;"),
            (Statement, "create table begin (atomic int);"),
            (Statement, "end"),
        ]
    );
}

#[test]
fn statements_begin_at_their_first_token_and_comments_between_them_are_blank() {
    let text = "-- head\n/* x */ select 1 -- inside\n ; ; -- between\nselect 2 -- after\n";
    let found: Vec<_> = segments(text)
        .into_iter()
        .map(|s| (s.kind, &text[s.span]))
        .collect();
    assert_eq!(
        found,
        [
            (Blank, "-- head\n/* x */ "),
            (Statement, "select 1 -- inside\n ;"),
            (Blank, " ; -- between\n"),
            (Statement, "select 2"),
            (Blank, " -- after\n"),
        ]
    );
}

#[rstest]
#[case("'abc; select 2")]
#[case("$$ abc; select 2")]
#[case("$x$ abc; $$; select 2")]
#[case("\"abc; select 2")]
#[case("(1; select 2;")]
#[case("/* abc; /* */ select 2")]
#[case(r"E'\'; select 2")]
fn what_never_ends_goes_to_the_server_as_it_is(#[case] rest: &str) {
    let text = format!("select 1; select {rest}");
    assert_eq!(pieces(&text)[0], (Statement, "select 1;"));
    let (kind, last) = pieces(&text)[1];
    assert_eq!((kind, pieces(&text).len()), (Statement, 2), "{text}");
    assert!(last == format!("select {rest}"), "{last}");
}

#[test]
fn a_block_comment_that_never_ends_is_a_statement_of_its_own() {
    assert_eq!(
        pieces("select 1; /* a; select 2"),
        [(Statement, "select 1;"), (Statement, "/* a; select 2")]
    );
}

#[rstest]
#[case("copy t from stdin;", "\n1\ta;b\n2\t'\n\\.\n", "1\ta;b\n2\t'\n")]
#[case(
    "COPY app.\"T\" (a, b) FROM STDIN WITH (FORMAT csv, HEADER);",
    "\na,b\n1,\"x;\ny\"\n\\.\n",
    "a,b\n1,\"x;\ny\"\n"
)]
#[case("copy t from stdin;", " -- note\r\n1\r\n\\.\r\n", "1\r\n")]
#[case("copy t from /* ; */ stdin where a > 1;", "\n\\.\n", "")]
fn the_lines_after_copy_from_stdin_are_data(#[case] copy: &str, #[case] data: &str, #[case] rows: &str) {
    let text = format!("{copy}{data}select 1;");
    assert_eq!(
        pieces(&text),
        [(Statement, copy), (CopyData, data), (Statement, "select 1;")]
    );
    assert_eq!(copy_rows(data), rows);
}

#[test]
fn copy_data_without_an_end_go_on_to_the_end_of_the_file() {
    assert_eq!(
        pieces("copy t from stdin;\n1\n2"),
        [(Statement, "copy t from stdin;"), (CopyData, "\n1\n2")]
    );
    assert_eq!(copy_rows("\n1\n2"), "1\n2");
    assert_eq!(pieces("copy t from stdin;"), [(Statement, "copy t from stdin;")]);
}

#[test]
fn a_row_that_only_ends_in_a_backslash_and_a_dot_does_not_end_the_data() {
    let data = "\nx\\.\n \\.\n\\.\n";
    assert_eq!(
        pieces(&format!("copy t from stdin;{data}")),
        [(Statement, "copy t from stdin;"), (CopyData, data)]
    );
    assert_eq!(copy_rows(data), "x\\.\n \\.\n");
}

#[rstest]
#[case("copy t to stdout;\nselect 1;")]
#[case("copy (select stdin from stdin) to stdout;\nselect 1;")]
#[case("copy t from \"stdin\";\nselect 1;")]
#[case("copy t from 'stdin';\nselect 1;")]
#[case("select a from stdin;\nselect 1;")]
fn other_statements_have_no_data(#[case] text: &str) {
    assert_eq!(
        pieces(text).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        [Statement, Statement]
    );
}

#[test]
fn a_statement_in_the_line_of_a_copy_is_not_swallowed_by_its_data() {
    assert_eq!(
        pieces("copy t from stdin; select 1;\n1\n\\.\n"),
        [
            (Statement, "copy t from stdin;"),
            (Statement, "select 1;"),
            (CopyData, "\n1\n\\.\n")
        ]
    );
}

#[test]
fn commands_of_psql_are_told_from_statements() {
    assert_eq!(
        pieces(
            "\\restrict aB1\nselect 1; \\echo it's; fine\nselect 2 \\gset x_\nselect 3\n\\gexec\n  \\unrestrict aB1"
        ),
        [
            (MetaCommand, "\\restrict aB1"),
            (Statement, "select 1;"),
            (MetaCommand, "\\echo it's; fine"),
            (Statement, "select 2"),
            (MetaCommand, "\\gset x_"),
            (Statement, "select 3"),
            (MetaCommand, "\\gexec"),
            (MetaCommand, "\\unrestrict aB1"),
        ]
    );
}

#[test]
fn sql_after_a_command_and_two_backslashes_is_not_lost() {
    assert_eq!(
        pieces("\\echo ' \\\\ ' \\\\ select 1;\n\\! echo \\\\ x\r\n\\!ls \\\\ x\nselect 2;"),
        [
            (MetaCommand, "\\echo ' \\\\ ' \\\\"),
            (Statement, "select 1;"),
            (MetaCommand, "\\! echo \\\\ x"),
            (MetaCommand, "\\!ls \\\\ x"),
            (Statement, "select 2;"),
        ]
    );
}

#[test]
fn the_data_of_a_copy_by_psql_are_data() {
    assert_eq!(
        pieces("\\copy t (a) from stdin csv\n1\n\\.\nselect 1;\n\\copy t from 'stdin'\nselect 2"),
        [
            (MetaCommand, "\\copy t (a) from stdin csv"),
            (CopyData, "\n1\n\\.\n"),
            (Statement, "select 1;"),
            (MetaCommand, "\\copy t from 'stdin'"),
            (Statement, "select 2"),
        ]
    );
}

#[test]
fn a_backslash_that_is_no_command_of_psql_is_left_to_the_server() {
    assert_eq!(
        pieces("select 1 \\ 2; select 3"),
        [(Statement, "select 1 \\ 2;"), (Statement, "select 3")]
    );
}

#[test]
fn strings_follow_the_setting_that_old_dumps_make() {
    let text = "SET standard_conforming_strings = off;\nselect 'it\\'s;';\n\
                set session standard_conforming_strings to 'on';\nselect 'a\\';\nselect 2;";
    let found: Vec<_> = pieces(text).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        found[1..],
        [
            "select 'it\\'s;';",
            "set session standard_conforming_strings to 'on';",
            "select 'a\\';",
            "select 2;"
        ]
    );
}

/// Text with what matters to the splitter close together.
fn confusing() -> impl Strategy<Value = String> {
    const PARTS: [&str; 40] = [
        ";",
        "'",
        "\"",
        "$$",
        "$a$",
        "$",
        "/*",
        "*/",
        "--",
        "\n",
        "\r\n",
        " ",
        "(",
        ")",
        "\\",
        "\\.",
        "\\g",
        "\\copy ",
        "E'",
        "U&'",
        "begin ",
        "atomic ",
        "end ",
        "case ",
        "as ",
        ".",
        "create ",
        "or replace ",
        "function ",
        "copy t from stdin",
        "from ",
        "stdin ",
        "set standard_conforming_strings = off;",
        "é",
        "\u{feff}",
        "0x",
        "1e",
        "\0",
        "select ",
        "b'",
    ];
    prop::collection::vec(prop::sample::select(&PARTS[..]), 0..40).prop_map(|parts| parts.concat())
}

fn assert_covers(text: &str) {
    let mut at = 0;
    for Segment { kind, span } in segments(text) {
        assert_eq!(span.start, at, "{text:?}");
        assert!(span.end > span.start, "{text:?}");
        let piece = &text[span.clone()];
        if kind == Statement {
            assert!(!piece.starts_with(char::is_whitespace) || piece.starts_with(|c: char| !c.is_ascii()));
        }
        let _ = (
            keywords(piece),
            transaction_control(piece),
            refuses_transaction(piece),
            copy_rows(piece),
        );
        at = span.end;
    }
    assert_eq!(at, text.len(), "{text:?}");
}

/// Statements that are whole, none of them COPY, so that each stands for itself anywhere.
fn statement() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "select 1",
        "select 'a;b', 'it''s'",
        r"select E'a\';\\'",
        "select $x$;$$;$x$",
        "select \"a;\"\"\" from t",
        "select (1), array[2] -- ;\n",
        "select /* ; /* ' */ */ 1",
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end",
        "create or replace procedure p() begin atomic; end",
        "create rule r as on delete to t do (select 1; select 2)",
        "do $$ begin null; end $$",
        "begin",
        "end",
        "copy t to stdout",
        "insert into t values ('\\')",
        "select 1 as \"end\"",
        "create view v as select case when a then 1 end from t",
    ])
}

proptest! {
    #[test]
    fn the_pieces_of_any_text_cover_every_byte(text in any::<String>()) {
        assert_covers(&text);
    }

    #[test]
    fn the_pieces_of_a_confusing_text_cover_every_byte(text in confusing()) {
        assert_covers(&text);
    }

    #[test]
    fn joined_statements_come_apart_as_they_were(
        statements in prop::collection::vec(statement(), 1..8),
        joint in prop::sample::select(vec![";\n", ";", "; -- x;\n", ";/* ; */\r\n", ";;"]),
    ) {
        let text = statements.join(joint);
        let found: Vec<&str> = pieces(&text)
            .into_iter()
            .map(|(kind, piece)| {
                assert_eq!(kind, Statement);
                piece.trim_end_matches(';').trim_end()
            })
            .collect();
        let expected: Vec<&str> = statements.iter().map(|statement| statement.trim_end()).collect();
        // The last statement's own trailing comment is blank, since nothing ends it.
        let last = expected.len() - 1;
        prop_assert_eq!(&found[..last], &expected[..last]);
        prop_assert!(expected[last].starts_with(found[last]));
    }
}
