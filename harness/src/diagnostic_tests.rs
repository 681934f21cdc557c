//! Texts that break naive column arithmetic: tabs, CRLF, wide characters, ends of files, lines of 100 kB.

use super::*;

fn at(source: &str, span: Range<usize>) -> Diagnostic {
    Diagnostic::new("a.sql", source, span, "it is wrong").labelled("here")
}

/// The line of carets and the line of source above it.
fn drawn(diagnostic: &Diagnostic) -> (String, String) {
    let text = diagnostic.render(false);
    let lines: Vec<&str> = text.lines().collect();
    let carets = lines
        .iter()
        .position(|line| line.contains('^'))
        .unwrap_or_else(|| panic!("no caret in\n{text}"));
    (lines[carets - 1].to_owned(), lines[carets].to_owned())
}

fn place(diagnostic: &Diagnostic) -> (u32, u32) {
    let location = diagnostic.location();
    let column = location.column.unwrap();
    let header = format!("--> a.sql:{}:{column}", location.line);
    let text = diagnostic.render(false);
    assert!(text.contains(&header), "{header} is not in\n{text}");
    (location.line, column)
}

#[test]
fn the_caret_stands_under_the_span() {
    let diagnostic = at("select 1;\ncreate tabel x ();\n", 17..22)
        .with(NoteKind::Help, "write `table`")
        .with(NoteKind::Note, "PostgreSQL 15 said so");
    insta::assert_snapshot!(diagnostic.render(false));
    assert_eq!(place(&diagnostic), (2, 8));
}

#[test]
fn colours_are_drawn_only_where_asked_for() {
    let diagnostic = at("select", 0..6);
    assert!(!diagnostic.render(false).contains('\u{1b}'));
    assert!(diagnostic.render(true).contains('\u{1b}'));
}

#[test]
fn a_tab_is_one_column_and_the_caret_stays_below() {
    let diagnostic = at("\t\tselect bad", 9..12);
    assert_eq!(place(&diagnostic), (1, 10));
    let (source, carets) = drawn(&diagnostic);
    assert_eq!(source.find("bad"), carets.find("^^^"));
}

#[test]
fn crlf_ends_a_line_and_is_not_part_of_it() {
    let diagnostic = at("one\r\ntwo\r\n", 5..10);
    assert_eq!(place(&diagnostic), (2, 1));
    assert_eq!(drawn(&diagnostic).1.matches('^').count(), 3);
    assert!(!diagnostic.render(false).contains('\r'));
}

#[test]
fn columns_count_characters_and_not_bytes() {
    let source = "-- naïve ☃ bad";
    let start = source.find("bad").unwrap();
    assert_eq!(place(&at(source, start..start + 3)), (1, 12));
}

#[test]
fn a_span_inside_a_character_moves_to_its_beginning() {
    assert_eq!(place(&at("x☃y", 2..3)), (1, 2));
    assert_eq!(place(&at("x☃y", 0..2)), (1, 1));
}

#[test]
fn a_byte_order_mark_is_no_column() {
    assert_eq!(place(&at("\u{feff}select", 3..9)), (1, 1));
    assert_eq!(place(&at("\u{feff}", 0..3)), (1, 1));
}

#[test]
fn the_end_of_the_file_is_shown_behind_its_last_line() {
    assert_eq!(place(&at("select 1\n", 9..9)), (1, 9));
    assert_eq!(place(&at("select 1\r\n\r\n", 12..12)), (1, 9));
    assert_eq!(place(&at("select 1", 8..8)), (1, 9));
    assert_eq!(place(&at("", 0..0)), (1, 1));
    assert_eq!(place(&at("\n", 1..1)), (1, 1));
}

#[test]
fn a_span_beyond_the_file_does_not_panic() {
    assert_eq!(place(&at("ab\ncd", 90..99)), (2, 3));
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "a caller's mistake must not end in a panic"
    )]
    let reversed = at("abcd", 3..1);
    assert_eq!(place(&reversed), (1, 4));
}

#[test]
fn a_span_of_many_lines_is_shown_by_its_first() {
    let diagnostic = at("select 1,\n  2,\n  3;", 0..19);
    assert_eq!(place(&diagnostic), (1, 1));
    assert!(!diagnostic.render(false).contains("  3;"));
}

#[test]
fn a_line_of_100_kb_is_cut_around_the_caret() {
    let row = "(1, 'some value'), ";
    let source = format!(
        "insert into t values {}broken{}",
        row.repeat(3000),
        row.repeat(3000)
    );
    let start = source.find("broken").unwrap();
    let diagnostic = at(&source, start..start + 6);
    assert_eq!(place(&diagnostic), (1, u32::try_from(start).unwrap() + 1));
    let (line, carets) = drawn(&diagnostic);
    assert!(
        line.chars().count() <= WIDTH + 8,
        "{} characters: {line}",
        line.chars().count()
    );
    assert_eq!(line.find("broken"), carets.find("^^^^^^"), "\n{line}\n{carets}");
    assert!(line.contains("(1, 'some value'), broken(1,"), "{line}");
}

#[test]
fn a_span_of_100_kb_is_underlined_only_at_its_beginning() {
    let source = format!("insert into t values {}", "(1), ".repeat(20_000));
    let diagnostic = at(&source, 0..source.len());
    assert!(diagnostic.render(false).len() < 1000);
    let (line, carets) = drawn(&diagnostic);
    assert!(line.contains("insert into t values (1)"), "{line}");
    assert_eq!(carets.matches('^').count(), LONGEST_UNDERLINE);
}

#[test]
fn control_characters_of_a_file_cannot_steer_the_terminal() {
    let diagnostic = Diagnostic::new("a\u{1b}[2J", "\u{1b}[31mx", 0..1, "bad \u{1b}[0m")
        .labelled("\u{7}")
        .with(NoteKind::Note, "\u{1b}]0;title");
    let text = diagnostic.render(false);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_and_no_span_makes_it_panic(source in "[a☃\t\r\n\u{feff}'\u{1b}é]{0,40}", start in 0usize..100, length in 0usize..100) {
        let diagnostic = at(&source, start..start + length);
        let header = format!("a.sql:{}:", diagnostic.location().line);
        let drawn = diagnostic.render(false).contains(&header);
        proptest::prop_assert!(drawn, "another line was drawn");
    }
}
