//! Folders and files that cannot be read.

use super::*;

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Project::of(&[]).read_at("db", None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "find the migrations: there is neither a folder nor a file `db`"
    );
}

#[test]
fn a_file_that_is_no_sql_is_no_migration() {
    let project = Project::of(&["notes.txt"]);
    let error = project.read_at("notes.txt", None).unwrap_err();
    assert!(matches!(error, ReadError::NotSql { .. }), "{error}");
}

#[test]
fn a_folder_without_migrations_says_what_was_looked_for_and_what_is_there() {
    let project = Project::of(&["db/README.md"]);
    let message = project.read_at("db", None).unwrap_err().to_string();
    assert_eq!(
        message,
        "find a migration in `db`: plain reads files named `*.sql`"
    );
    project.write("db/up/001_a.sql", "").write("db/up/002_b.sql", "");
    let message = project.read_at("db", None).unwrap_err().to_string();
    assert!(
        message.ends_with("; 2 `.sql` files lie in folders below, such as `db/up`"),
        "{message}"
    );
    let message = project
        .read_at("db", Some(Convention::Sqlx))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("sqlx reads files named `<number>_<description>.sql`"),
        "{message}"
    );
}

#[test]
fn a_folder_that_the_contract_empties_says_so() {
    let project = Project::of(&["db/001_a.sql"]);
    let exclude = ["*.sql".to_owned()];
    let options = ReadOptions {
        exclude: &exclude,
        ..ReadOptions::default()
    };
    let message = read(project.root(), "db".into(), &options)
        .unwrap_err()
        .to_string();
    assert!(
        message.ends_with("; 1 `.sql` file taken out by the contract"),
        "{message}"
    );
}

#[test]
fn a_pattern_that_is_no_glob_is_named() {
    let project = Project::of(&["db/001_a.sql"]);
    let exclude = ["a{".to_owned()];
    let options = ReadOptions {
        exclude: &exclude,
        ..ReadOptions::default()
    };
    let error = read(project.root(), "db".into(), &options).unwrap_err();
    assert_eq!(error.to_string(), "understand the pattern `a{` of `exclude`");
    assert!(error.source().is_some());
}

#[test]
fn text_that_is_not_utf8_is_shown_by_its_place() {
    let project = Project::of(&[]);
    project.write("db/001_a.sql", b"-- \xc3\xa9\r\nselect '\xc3\xa9\xe9';\n");
    let message = project.read_at("db", None).unwrap_err().to_string();
    assert!(message.contains("`db/001_a.sql`"), "{message}");
    assert!(
        message.contains("the byte 0xe9 at line 2, column 10"),
        "{message}"
    );
}

#[rstest]
#[case(b"\xff\xfes\0e\0", Encoding::Utf16LittleEndian)]
#[case(b"\xfe\xff\0s\0e", Encoding::Utf16BigEndian)]
#[case(b"s\0e\0l\0e\0c\0t\0 \x001\0", Encoding::Utf16LittleEndian)]
#[case(b"\0s\0e\0l\0e\0c\0t\0 \x001", Encoding::Utf16BigEndian)]
fn utf16_is_recognised(#[case] contents: &[u8], #[case] expected: Encoding) {
    let project = Project::of(&[]);
    project.write("db/001_a.sql", contents);
    let error = project.read_at("db", None).unwrap_err();
    assert!(
        matches!(error, ReadError::Encoding { encoding, .. } if encoding == expected),
        "{error}"
    );
    assert!(error.to_string().contains("UTF-16"), "{error}");
}

#[test]
fn a_nul_is_shown_by_its_place() {
    let project = Project::of(&[]);
    project.write("db/001_a.sql", "select 1;\nselect '\0';");
    let message = project.read_at("db", None).unwrap_err().to_string();
    assert!(message.contains("NUL character at line 2, column 9"), "{message}");
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_errors_with_the_systems_reason() {
        for target in ["nowhere", "002_b.sql"] {
            let project = Project::of(&["db/001_a.sql"]);
            symlink(target, project.root().join("db/002_b.sql")).unwrap();
            let error = project.read_at("db", None).unwrap_err();
            assert_eq!(error.to_string(), "read `db/002_b.sql`");
            assert!(error.source().is_some());
        }
    }

    #[test]
    fn a_loop_of_folders_is_walked_once() {
        let project = Project::of(&["db/001_a.sql", "db/old/x.sql"]);
        symlink("..", project.root().join("db/old/up")).unwrap();
        symlink("loop", project.root().join("db/loop")).unwrap();
        let reading = project.plain();
        assert_eq!(files(&reading), ["db/001_a.sql"]);
        assert_eq!(violated(&reading, "apply/unread"), ["db/old/x.sql"]);
    }

    #[test]
    fn a_linked_migration_is_read() {
        let project = Project::of(&["shared/a.sql"]);
        project.write("db/README.md", "");
        symlink("../shared/a.sql", project.root().join("db/001_a.sql")).unwrap();
        assert_eq!(files(&project.plain()), ["db/001_a.sql"]);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_an_error_where_it_could_be_a_migration() {
        let project = Project::of(&["db/001_a.sql"]);
        let name = |bytes: &[u8]| project.folder.path().join("db").join(OsStr::from_bytes(bytes));
        fs::write(name(b"caf\xe9.txt"), "").unwrap();
        assert!(project.detect().is_ok());
        fs::write(name(b"002_caf\xe9.sql"), "").unwrap();
        let message = project.read_at("db", None).unwrap_err().to_string();
        assert!(message.contains("`db/002_caf\u{fffd}.sql`"), "{message}");
    }
}
