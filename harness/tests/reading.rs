//! Reading a folder of migrations by convention: what is read, in what order, and what is said about names.

use std::error::Error as _;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::migrate::{
    Convention, Encoding, Migration, ReadError, ReadOptions, Reading, TransactionRule, read,
};
use rstest::rstest;

/// A project's folder that is removed with it.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// One with these files, each of one statement; a name that ends in `/` is a folder.
    fn of(names: &[&str]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        // Where the search for manifests ends.
        project.write(".git/HEAD", "");
        for name in names {
            project.write(name, "select 1;\n");
        }
        project
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.folder.path()).unwrap()
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    fn read_at(&self, path: &str, convention: Option<Convention>) -> Result<Reading, ReadError> {
        read(
            self.root(),
            path.into(),
            &ReadOptions {
                convention,
                ..ReadOptions::default()
            },
        )
    }

    fn plain(&self) -> Reading {
        self.read_at("db", Some(Convention::Plain)).unwrap()
    }

    fn sqlx(&self) -> Reading {
        self.read_at("db", Some(Convention::Sqlx)).unwrap()
    }

    fn detect(&self) -> Result<Convention, ReadError> {
        self.read_at("db", None).map(|reading| reading.convention)
    }
}

fn versions(reading: &Reading) -> Vec<(&str, &str)> {
    reading
        .migrations
        .iter()
        .map(|m| (m.version.as_str(), m.name.as_str()))
        .collect()
}

fn files(reading: &Reading) -> Vec<&str> {
    reading.migrations.iter().map(|m| m.up.path.as_str()).collect()
}

fn down(migration: &Migration) -> Option<&str> {
    migration.down.as_ref().map(|down| down.path.as_str())
}

/// The objects of the violated claims of a rule.
fn violated<'a>(reading: &'a Reading, rule: &str) -> Vec<&'a str> {
    let of_rule = |claim: &&Claim| claim.rule == rule && claim.verdict == Verdict::Violated;
    reading
        .claims
        .iter()
        .filter(of_rule)
        .map(|claim| claim.object.as_str())
        .collect()
}

fn proven(reading: &Reading) -> Vec<(&str, &str)> {
    let proven = reading
        .claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::Proven);
    proven
        .map(|claim| (claim.rule.as_str(), claim.object.as_str()))
        .collect()
}

mod plain {
    use super::*;

    #[test]
    fn both_files_of_one_number_apply_in_the_order_of_names_and_are_reported() {
        let project = Project::of(&[
            "db/001_initial_schema.sql",
            "db/001_initial_schema.down.sql",
            "db/002_fix_alerts_schema.up.sql",
            "db/002_fix_alerts_schema.down.sql",
            "db/002_add_missing_user_columns.sql",
            "db/002_add_missing_user_columns.down.sql",
            "db/003_x.sql",
        ]);
        let reading = project.plain();
        assert_eq!(
            versions(&reading),
            [
                ("001", "initial_schema"),
                ("002", "add_missing_user_columns"),
                ("002", "fix_alerts_schema"),
                ("003", "x")
            ]
        );
        assert_eq!(
            reading.migrations.iter().map(down).collect::<Vec<_>>(),
            [
                Some("db/001_initial_schema.down.sql"),
                Some("db/002_add_missing_user_columns.down.sql"),
                Some("db/002_fix_alerts_schema.down.sql"),
                None
            ]
        );
        assert!(
            reading
                .migrations
                .iter()
                .all(|m| m.transaction == TransactionRule::File)
        );
        let duplicate = reading
            .claims
            .iter()
            .find(|claim| claim.rule == "ledger/duplicate")
            .unwrap();
        assert_eq!(
            (duplicate.object.as_str(), duplicate.verdict, duplicate.severity),
            ("002", Verdict::Violated, Severity::Error)
        );
        assert!(
            duplicate.message.contains("db/002_add_missing_user_columns.sql"),
            "{}",
            duplicate.message
        );
        assert!(
            duplicate.message.contains("db/002_fix_alerts_schema.up.sql"),
            "{}",
            duplicate.message
        );
        let location = duplicate.location.as_ref().unwrap();
        assert_eq!(
            (location.file.as_str(), location.line),
            ("db/002_fix_alerts_schema.up.sql", 1)
        );
        assert_eq!(proven(&reading), [("ledger/gap", "db")]);
        assert_eq!(reading.claims.len(), 2);
    }

    #[test]
    fn sound_numbers_are_proven() {
        let reading = Project::of(&["db/001_a.sql", "db/002_b.sql", "db/003-c.SQL"]).plain();
        assert_eq!(versions(&reading), [("001", "a"), ("002", "b"), ("003", "c")]);
        assert_eq!(
            proven(&reading),
            [("ledger/duplicate", "db"), ("ledger/gap", "db")]
        );
        assert_eq!(reading.claims.len(), 2);
    }

    #[rstest]
    #[case("down/001_a.sql")]
    #[case("down/001_a.down.sql")]
    #[case("rollback/001_a.sql")]
    #[case("rollback/001_a_rollback.sql")]
    #[case("001_a_down.sql")]
    #[case("001_a_rollback.sql")]
    #[case("001_a.rollback.sql")]
    #[case("001_a.undo.sql")]
    #[case("001_a.DOWN.sql")]
    #[case("../rollback/001_a.sql")]
    fn a_way_back_is_known_by_ending_or_folder(#[case] file: &str) {
        for up in ["001_a.sql", "001_a.up.sql"] {
            if up == "001_a.up.sql" && file.starts_with("..") {
                continue; // Beside the folder, the whole name has to be the same.
            }
            let reading = Project::of(&[&format!("db/{up}"), &format!("db/{file}")]).plain();
            assert_eq!(files(&reading), [format!("db/{up}")], "{file}");
            let expected = format!("db/{file}").replace("db/../", "");
            assert_eq!(down(&reading.migrations[0]), Some(expected.as_str()), "{file}");
            assert!(violated(&reading, "apply/unread").is_empty(), "{file}");
        }
    }

    #[test]
    fn up_and_down_may_be_told_by_an_underscore() {
        let reading = Project::of(&[
            "db/001_up.sql",
            "db/001_down.sql",
            "db/002_b_up.sql",
            "db/002_b_down.sql",
        ])
        .plain();
        assert_eq!(files(&reading), ["db/001_up.sql", "db/002_b_up.sql"]);
        assert_eq!(down(&reading.migrations[0]), Some("db/001_down.sql"));
        assert_eq!(down(&reading.migrations[1]), Some("db/002_b_down.sql"));
    }

    #[test]
    fn a_migration_may_be_named_like_a_way_back_or_a_verification() {
        let project = Project::of(&["db/001_take_down.sql", "db/002_rollback.sql"]);
        project.write(
            "db/003_add_email_verification.sql",
            "alter table users add email_verified boolean;",
        );
        let reading = project.plain();
        assert_eq!(reading.migrations.len(), 3);
        assert!(violated(&reading, "apply/unread").is_empty());
    }

    #[rstest]
    #[case("20251111_a_verification.sql")]
    #[case("20251111_a.verify.sql")]
    #[case("20251111_a.verification.sql")]
    fn a_verification_belongs_to_its_migration(#[case] file: &str) {
        let reading = Project::of(&["db/20251111_a.sql", &format!("db/{file}")]).plain();
        assert_eq!(files(&reading), ["db/20251111_a.sql"]);
        let verification = reading.migrations[0].verification.as_ref().unwrap();
        assert_eq!(verification.path, format!("db/{file}"));
        assert_eq!(
            proven(&reading),
            [("ledger/duplicate", "db")],
            "a date has no successor"
        );
    }

    #[test]
    fn files_that_are_not_read_are_named() {
        let project = Project::of(&[
            "db/001_a.sql",
            "db/001_a.down.sql",
            "db/001_a.undo.sql",
            "db/002_b.down.sql",
            "db/002_c_verification.sql",
            "db/002_d.verify.sql",
            "db/e.psql",
            "db/f.PGSQL",
            "db/g.ddl",
            "db/h.sql.gz",
            "db/old/001_i.sql",
            "db/down/003_j.sql",
            "db/notes.txt",
            "db/001_a.sql.bak",
            "db/001_a.sql~",
            "db/.hidden/k.sql",
            "db/node_modules/x/l.sql",
            "db/other/pgproof.toml",
            "db/other/m.sql",
        ]);
        let reading = project.plain();
        assert_eq!(files(&reading), ["db/001_a.sql"]);
        assert_eq!(
            violated(&reading, "apply/unread"),
            [
                "db/001_a.undo.sql",
                "db/002_b.down.sql",
                "db/002_c_verification.sql",
                "db/002_d.verify.sql",
                "db/down/003_j.sql",
                "db/e.psql",
                "db/f.PGSQL",
                "db/g.ddl",
                "db/h.sql.gz",
                "db/old/001_i.sql",
            ]
        );
        let claim = reading
            .claims
            .iter()
            .find(|claim| claim.object == "db/old/001_i.sql")
            .unwrap();
        assert_eq!(claim.severity, Severity::Warning);
        assert_eq!(claim.location.as_ref().unwrap().file, "db/old/001_i.sql");
    }

    #[test]
    fn what_the_contract_takes_out_is_neither_read_nor_reported() {
        let project = Project::of(&[
            "prelude.sql",
            "consumers/a.sql",
            "drafts/b.sql",
            "drafts/deep/c.sql",
            "001_a.sql",
            "002_old.sql",
        ]);
        let exclude = ["drafts/*".to_owned(), "*_old.sql".to_owned()];
        let not_migrations = ["./prelude.sql".into(), Utf8PathBuf::from("consumers")];
        let options = ReadOptions {
            convention: None,
            exclude: &exclude,
            not_migrations: &not_migrations,
        };
        let reading = read(project.root(), ".".into(), &options).unwrap();
        assert_eq!(files(&reading), ["001_a.sql"]);
        assert!(violated(&reading, "apply/unread").is_empty());
    }

    #[test]
    fn numbers_that_names_put_out_of_order_are_reported() {
        let reading = Project::of(&["db/9_a.sql", "db/10_b.sql", "db/11_c.sql"]).plain();
        assert_eq!(files(&reading), ["db/10_b.sql", "db/11_c.sql", "db/9_a.sql"]);
        assert_eq!(violated(&reading, "ledger/order"), ["db/9_a.sql"]);
        assert_eq!(
            proven(&reading),
            [("ledger/duplicate", "db"), ("ledger/gap", "db")]
        );
    }

    #[rstest]
    #[case(&["001_a", "003_b", "007_c"], &["002", "004"])]
    #[case(&["1_a", "3_b"], &["2"])]
    #[case(&["005_a", "006_b"], &[])]
    #[case(&["010_a", "020_b", "040_c"], &[])]
    #[case(&["001_a", "002_b", "100_c", "101_d"], &[])]
    #[case(&["20240101000000_a", "20240301000000_b"], &[])]
    #[case(&["001_a", "002_b", "20240301_b"], &[])]
    #[case(&["240115_a", "240203_b"], &[])]
    #[case(&["202401_a", "202403_b"], &[])]
    #[case(&["2024-01-15_a", "2024-01-17_b"], &[])]
    #[case(&["1.1_a", "1.3_b"], &[])]
    #[case(&["a", "b"], &[])]
    fn a_missing_number_is_reported_where_numbers_follow_one_another(
        #[case] stems: &[&str],
        #[case] missing: &[&str],
    ) {
        let names: Vec<String> = stems.iter().map(|stem| format!("db/{stem}.sql")).collect();
        let reading = Project::of(&names.iter().map(String::as_str).collect::<Vec<_>>()).plain();
        assert_eq!(violated(&reading, "ledger/gap"), missing);
        assert!(violated(&reading, "ledger/duplicate").is_empty());
    }

    #[test]
    fn a_gap_of_several_numbers_is_one_claim_beside_the_file_after_it() {
        let reading = Project::of(&["db/003_a.sql", "db/007_b.sql"]).plain();
        let gap = reading
            .claims
            .iter()
            .find(|claim| claim.rule == "ledger/gap")
            .unwrap();
        assert_eq!(gap.severity, Severity::Warning);
        assert!(gap.message.contains("004 to 006"), "{}", gap.message);
        assert_eq!(gap.location.as_ref().unwrap().file, "db/007_b.sql");
    }

    #[test]
    fn one_number_in_two_widths_is_a_duplicate() {
        let reading = Project::of(&["db/002_a.sql", "db/2_b.sql"]).plain();
        assert_eq!(violated(&reading, "ledger/duplicate"), ["002"]);
    }

    #[test]
    fn numbers_too_wide_for_a_machine_are_compared_all_the_same() {
        let wide = "9".repeat(40);
        let reading = Project::of(&[&format!("db/{wide}_a.sql"), &format!("db/0{wide}_b.sql")]).plain();
        assert_eq!(reading.migrations[0].number, None);
        assert_eq!(violated(&reading, "ledger/duplicate"), [format!("0{wide}")]);
    }

    #[test]
    fn a_file_without_a_statement_is_reported() {
        let project = Project::of(&["db/001_a.sql"]);
        project
            .write("db/002_b.sql", "")
            .write("db/003_c.sql", "\u{feff}-- nothing\r\n/* yet */ ;\n");
        assert_eq!(
            violated(&project.plain(), "apply/empty"),
            ["db/002_b.sql", "db/003_c.sql"]
        );
    }

    #[test]
    fn a_single_file_is_one_migration() {
        let project = Project::of(&["db/structure.sql", "db/x.sql"]);
        let reading = project.read_at("db/structure.sql", None).unwrap();
        assert_eq!(reading.convention, Convention::Plain);
        assert_eq!(
            (files(&reading), versions(&reading)),
            (vec!["db/structure.sql"], vec![("structure", "structure")])
        );
    }
}

mod sqlx {
    use super::*;

    #[test]
    fn files_are_applied_in_the_order_of_numbers() {
        let reading = Project::of(&["db/10_b_c.sql", "db/9_a.sql", "db/+11_d.sql", "db/-1_e.sql"]).sqlx();
        assert_eq!(
            versions(&reading),
            [("-1", "e"), ("9", "a"), ("10", "b c"), ("11", "d")]
        );
        assert_eq!(reading.migrations[0].number, None);
        assert_eq!(reading.migrations[3].number, Some(11));
        assert!(violated(&reading, "ledger/order").is_empty());
    }

    #[test]
    fn pairs_are_made_by_number_and_may_stand_beside_simple_files() {
        let reading = Project::of(&[
            "db/1_a.up.sql",
            "db/1_other.down.sql",
            "db/2_b.sql",
            "db/2_b.down.sql",
        ])
        .sqlx();
        assert_eq!(versions(&reading), [("1", "a"), ("2", "b")]);
        assert_eq!(
            reading.migrations.iter().map(down).collect::<Vec<_>>(),
            [Some("db/1_other.down.sql"), Some("db/2_b.down.sql")]
        );
    }

    #[test]
    fn only_the_very_first_bytes_opt_out_of_the_transaction() {
        let project = Project::of(&["db/1_a.sql"]);
        project
            .write("db/2_b.sql", "-- no-transaction\nselect 1")
            .write("db/3_c.sql", "\n-- no-transaction\nselect 1")
            .write("db/4_d.sql", "\u{feff}-- no-transaction\nselect 1")
            .write("db/5_e.sql", "-- no-transaction, since …\nselect 1");
        let rules: Vec<_> = project.sqlx().migrations.iter().map(|m| m.transaction).collect();
        use TransactionRule::{Always, None};
        assert_eq!(rules, [Always, None, Always, Always, None]);
    }

    #[test]
    fn a_prefix_that_is_no_integer_stops_reading() {
        for name in ["a_b.sql", "V1_a.sql", "99999999999999999999_a.sql", "1-2_a.sql"] {
            let project = Project::of(&["db/1_a.sql", &format!("db/{name}")]);
            let error = project.read_at("db", Some(Convention::Sqlx)).unwrap_err();
            assert!(
                matches!(&error, ReadError::Refused { path, .. } if *path == format!("db/{name}")),
                "{error}"
            );
        }
    }

    #[test]
    fn names_that_sqlx_passes_over_are_named() {
        let reading = Project::of(&[
            "db/1_a.sql",
            "db/2_b.SQL",
            "db/schema.sql",
            "db/3_c.down.sql",
            "db/sub/4_d.sql",
            "db/README.md",
        ])
        .sqlx();
        assert_eq!(files(&reading), ["db/1_a.sql"]);
        assert_eq!(
            violated(&reading, "apply/unread"),
            ["db/2_b.SQL", "db/3_c.down.sql", "db/schema.sql", "db/sub/4_d.sql"]
        );
    }

    #[test]
    fn two_files_of_one_number_are_reported() {
        let reading = Project::of(&["db/1_a.sql", "db/1_b.up.sql", "db/01_c.sql"]).sqlx();
        assert_eq!(reading.migrations.len(), 3);
        assert_eq!(violated(&reading, "ledger/duplicate").len(), 1);
    }

    #[test]
    fn a_verification_that_sqlx_would_apply_is_reported() {
        let reading = Project::of(&[
            "db/1_a.sql",
            "db/1_a_verification.sql",
            "db/2_email_verification.sql",
        ])
        .sqlx();
        assert_eq!(files(&reading), ["db/1_a.sql", "db/2_email_verification.sql"]);
        assert!(reading.migrations[0].verification.is_some());
        assert_eq!(violated(&reading, "ledger/duplicate"), ["1"]);
    }

    #[test]
    fn what_only_psql_understands_is_reported() {
        let project = Project::of(&["db/1_a.sql"]);
        project
            .write("db/2_b.sql", "\u{feff}select 1;")
            .write("db/3_c.sql", "select 1;\ncopy t from stdin;\n1\n\\.\n")
            .write("db/4_d.sql", "select 1;\n\\echo x\n");
        let reading = project.sqlx();
        assert_eq!(
            violated(&reading, "apply/psql"),
            ["db/2_b.sql", "db/3_c.sql", "db/4_d.sql"]
        );
        let claim = reading
            .claims
            .iter()
            .find(|claim| claim.object == "db/4_d.sql")
            .unwrap();
        assert_eq!(claim.location.as_ref().unwrap().line, 2);
    }

    /// The figure is that of `sha384sum`.
    #[test]
    fn the_checksum_is_that_of_the_files_bytes() {
        let project = Project::of(&[]);
        project.write("db/1_a.sql", "\u{feff}select 1;\r\n");
        let sum: String = project.sqlx().migrations[0]
            .up
            .sha384()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            sum,
            "5b551fd2ccf7546b8804de59f307ebe1afa3f11e3e1df20c84172ce7f232e926eefc8921776195660328551f7d08b429"
        );
    }
}

mod detection {
    use super::*;

    #[test]
    fn a_folder_without_marks_is_plain() {
        for names in [
            &["db/001_a.sql"][..],
            &["db/a.sql"],
            &["db/001_a.sql", "db/002_b.up.sql", "db/002_b.down.sql"],
        ] {
            assert_eq!(
                Project::of(names).detect().unwrap(),
                Convention::Plain,
                "{names:?}"
            );
        }
    }

    #[rstest]
    #[case("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n")]
    #[case(
        "Cargo.toml",
        "[workspace.dependencies]\ndb = { package = \"sqlx\", version = \"0.9\" }\n"
    )]
    #[case(
        "Cargo.toml",
        "[target.'cfg(unix)'.dev-dependencies.sqlx]\nversion = \"0.9\"\n"
    )]
    #[case(".sqlx/query-1.json", "{}")]
    #[case("sqlx-data.json", "{}")]
    #[case("sqlx.toml", "")]
    fn numbered_files_with_a_mark_of_sqlx_are_its(#[case] mark: &str, #[case] contents: &str) {
        let project = Project::of(&["db/1_a.up.sql", "db/1_a.down.sql"]);
        project.write(mark, contents);
        assert_eq!(project.detect().unwrap(), Convention::Sqlx);
        // sqlx would stop at this name, so the mark must be that of a driver.
        project.write("db/b_c.sql", "select 1");
        assert_eq!(project.detect().unwrap(), Convention::Plain);
    }

    #[rstest]
    #[case("[dependencies]\nsqlx-like = \"1\"\n")]
    #[case("[package]\nname = \"sqlx\"\n")]
    #[case("this is no toml: sqlx")]
    fn a_manifest_without_sqlx_is_no_mark(#[case] manifest: &str) {
        let project = Project::of(&["db/1_a.sql"]);
        project.write("Cargo.toml", manifest);
        assert_eq!(project.detect().unwrap(), Convention::Plain);
    }

    #[test]
    fn marks_are_not_looked_for_above_the_repository() {
        let project = Project::of(&["inner/db/1_a.sql"]);
        project
            .write("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n")
            .write("inner/.git", "gitdir: elsewhere");
        assert_eq!(
            project.read_at("inner/db", None).unwrap().convention,
            Convention::Plain
        );
    }

    #[rstest]
    #[case("goose", "db/1_a.sql", "-- +goose Up\nselect 1;\n-- +goose Down\n")]
    #[case("dbmate", "db/1_a.sql", "\n--migrate:up transaction:false\nselect 1;\n")]
    #[case(
        "node-pg-migrate",
        "db/1_a.sql",
        "-- Up Migration\nselect 1;\n-- Down Migration\n"
    )]
    #[case("graphile", "db/1_a.sql", "--! Previous: -\n--! Hash: sha1:0\n")]
    #[case("drizzle", "db/0_a.sql", "select 1;\n--> statement-breakpoint\nselect 2;")]
    #[case("atlas", "db/1_a.sql", "-- atlas:txmode none\n")]
    #[case("flyway", "db/V1__a.sql", "select 1")]
    #[case("flyway", "db/V1.2_3__a.sql", "select 1")]
    #[case("flyway", "db/R__a.sql", "select 1")]
    #[case("drizzle", "db/meta/_journal.json", "{}")]
    #[case("prisma", "db/migration_lock.toml", "")]
    #[case("prisma", "db/20240101000000_a/migration.sql", "select 1")]
    #[case("diesel", "db/2024-01-01-000000_a/up.sql", "select 1")]
    #[case("sqitch", "db/sqitch.plan", "")]
    #[case("sqitch", "sqitch.conf", "")]
    #[case("atlas", "db/atlas.sum", "")]
    #[case("atlas", "atlas.hcl", "")]
    #[case("flyway", "flyway.toml", "")]
    #[case("graphile", "db/committed/000001.sql", "")]
    #[case(
        "node-pg-migrate",
        "package.json",
        r#"{"devDependencies": {"node-pg-migrate": "7"}}"#
    )]
    fn the_mark_of_a_tool_that_is_not_read_yet_is_named(
        #[case] tool: &str,
        #[case] file: &str,
        #[case] contents: &str,
    ) {
        let project = Project::of(&["db/1_x.sql"]);
        project.write(file, contents);
        let error = project.detect().unwrap_err();
        assert!(
            matches!(&error, ReadError::NotReadYet { tool: found, .. } if *found == tool),
            "{error}"
        );
        let message = error.to_string();
        assert!(
            message.contains(tool) && message.contains("`convention = \"plain\"`"),
            "{message}"
        );
        assert!(
            project.read_at("db", Some(Convention::Plain)).is_ok(),
            "what the contract says counts"
        );
    }

    #[test]
    fn supabase_and_refinery_are_known_by_what_lies_around() {
        let supabase = Project::of(&["supabase/migrations/20240101000000_a.sql", "supabase/config.toml"]);
        let error = supabase.read_at("supabase/migrations", None).unwrap_err();
        assert!(
            matches!(error, ReadError::NotReadYet { tool: "supabase", .. }),
            "{error}"
        );
        let refinery = Project::of(&["db/V1__a.sql"]);
        refinery.write("Cargo.toml", "[dependencies]\nrefinery = \"0.9\"\n");
        let error = refinery.detect().unwrap_err();
        assert!(
            matches!(error, ReadError::NotReadYet { tool: "refinery", .. }),
            "{error}"
        );
    }

    #[test]
    fn a_heading_is_no_mark() {
        let project = Project::of(&[]);
        project.write(
            "db/1_a.sql",
            "-- Up migration: adds users\nselect '\n -- x', '-- +goose Up';\n-- we had goose once",
        );
        assert_eq!(project.detect().unwrap(), Convention::Plain);
    }

    #[test]
    fn pairs_that_three_conventions_read_are_asked_about() {
        let project = Project::of(&["db/9_a.up.sql", "db/9_a.down.sql", "db/10_b.up.sql"]);
        let error = project.detect().unwrap_err();
        let message = error.to_string();
        let ReadError::Ambiguous { candidates, .. } = error else {
            panic!("{message}")
        };
        assert_eq!(candidates, ["golang-migrate", "plain", "sqlx"]);
        assert!(
            message.contains("plain applies 10_b.up.sql before 9_a.up.sql"),
            "{message}"
        );
        assert!(message.contains("set `convention`"), "{message}");

        project.write("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n");
        assert!(matches!(
            project.detect().unwrap_err(),
            ReadError::NotReadYet {
                tool: "golang-migrate",
                ..
            }
        ));
        project.write("Cargo.toml", "[dependencies]\nsqlx = \"0.9\"\n");
        let error = project.detect().unwrap_err();
        assert!(matches!(&error, ReadError::Ambiguous { .. }), "{error}");
    }

    #[test]
    fn pairs_in_an_order_that_all_share_are_asked_about_too() {
        let message = Project::of(&["db/01_a.up.sql", "db/02_b.up.sql"])
            .detect()
            .unwrap_err()
            .to_string();
        assert!(message.contains("the order is the same for all"), "{message}");
    }
}

mod errors {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = Project::of(&[]).detect().unwrap_err();
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
        let message = project.detect().unwrap_err().to_string();
        assert_eq!(
            message,
            "find a migration in `db`: plain reads files named `*.sql`"
        );
        project.write("db/up/001_a.sql", "").write("db/up/002_b.sql", "");
        let message = project.detect().unwrap_err().to_string();
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
        let message = project.detect().unwrap_err().to_string();
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
        let error = project.detect().unwrap_err();
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
        let message = project.detect().unwrap_err().to_string();
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
                let error = project.detect().unwrap_err();
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
            let message = project.detect().unwrap_err().to_string();
            assert!(message.contains("`db/002_caf\u{fffd}.sql`"), "{message}");
        }
    }
}
