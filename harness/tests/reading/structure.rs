//! One file that `pg_dump` wrote.

use super::*;

const DUMP: &str = "\\restrict abc\n\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
                    CREATE TABLE public.schema_migrations (version character varying NOT NULL);\n\\unrestrict abc\n\n\
                    SET search_path TO \"$user\", public;\n\nINSERT INTO \"schema_migrations\" (version) VALUES\n\
                    ('20240102000000'),\n('20240101000000');\n\n";

#[test]
fn a_dump_alone_is_applied_by_statement() {
    let project = Project::of(&[
        "db/migrate/20240101000000_a.rb",
        "db/migrate/20240102000000_b.rb",
        "db/seeds.rb",
    ]);
    project.write("db/structure.sql", DUMP);
    for path in ["db", "db/structure.sql"] {
        let reading = project.read_at(path, None).unwrap();
        assert_eq!(reading.convention, Convention::Structure);
        assert_eq!(files(&reading), ["db/structure.sql"]);
        assert_eq!(reading.migrations[0].transaction, TransactionRule::Statements);
        assert_eq!(rules(&reading), [""; 0], "{path}");
    }
}

#[test]
fn a_migration_of_rails_that_the_file_does_not_have_is_found() {
    let project = Project::of(&["db/migrate/20240103000000_c.rb", "db/migrate/20240101000000_a.rb"]);
    project.write("db/structure.sql", DUMP);
    let reading = project.reading(Convention::Structure);
    assert_eq!(
        violated(&reading, "ledger/journal"),
        ["db/migrate/20240103000000_c.rb"]
    );
}

#[test]
fn a_dump_among_other_files_is_plain() {
    let project = Project::of(&["db/002_b.sql"]);
    project.write("db/001_a.sql", DUMP);
    assert_eq!(project.detect().unwrap(), Convention::Plain);
    let numbered = Project::of(&[]);
    numbered.write("db/001_baseline.sql", DUMP);
    assert_eq!(
        numbered.detect().unwrap(),
        Convention::Plain,
        "others are to follow"
    );
    let below = Project::of(&["db/migrations/001_a.sql"]);
    below.write("db/schema.sql", DUMP);
    assert_eq!(below.detect().unwrap(), Convention::Plain);
    // Given by the contract, the file of this name is the one.
    project.write("db/structure.sql", DUMP);
    let reading = project.reading(Convention::Structure);
    assert_eq!(files(&reading), ["db/structure.sql"]);
    assert_eq!(
        violated(&reading, "apply/unread"),
        ["db/001_a.sql", "db/002_b.sql"]
    );
}
