//! What squawk says, and of which files.

use std::process::Command;

use pgproof::claim::{Claim, Severity, Verdict};
use pgproof::prove::{Lint, Options, Snapshots, verify};

use super::Folder;

async fn claims(folder: &Folder, lint: Lint) -> Vec<Claim> {
    let options = Options {
        lint: Some(lint),
        snapshots: Snapshots::Ignored,
        only: vec![globset::Glob::new("lint/*").unwrap().compile_matcher()],
        ..Options::default()
    };
    let report = verify(&folder.project(), &options, &|_| {}).await;
    if let Some(error) = report.error {
        panic!("{}", error.message);
    }
    report.claims
}

fn git(folder: &Folder, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-C"])
        .arg(folder.root())
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

const BREAKS: &str =
    "ALTER TABLE t RENAME COLUMN a TO b;\nCOPY t FROM stdin;\n1\t2\t3\n\\.\nALTER TABLE t DROP COLUMN c;\n";

#[tokio::test]
async fn all_files_give_a_claim_a_rule_for_information_and_new_ones_a_warning_a_place() {
    let folder = Folder::plain(
        "",
        &[
            ("001_t.sql", "CREATE TABLE t (a int, c int, d int);\n"),
            ("002_old.sql", BREAKS),
        ],
    );
    let found = claims(&folder, Lint::All).await;
    let rules: Vec<_> = found
        .iter()
        .map(|claim| {
            (
                claim.rule.as_str(),
                claim.severity,
                claim.location.as_ref().unwrap().line,
            )
        })
        .collect();
    assert_eq!(
        rules,
        [
            ("lint/ban-drop-column", Severity::Info, 5),
            ("lint/renaming-column", Severity::Info, 1),
            ("lint/require-lock-timeout", Severity::Info, 1),
        ]
    );
    std::fs::remove_dir_all(folder.root().join(".git")).unwrap();
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "old"]);
    let since = || Lint::since(folder.root(), "HEAD").unwrap();
    assert!(claims(&folder, since()).await.is_empty(), "nothing is new");
    // One that git knows and one that it does not.
    folder.write(
        "db/003_new.sql",
        "SET lock_timeout = '1s';\nALTER TABLE t DROP COLUMN b;\n",
    );
    git(&folder, &["add", "."]);
    folder.write(
        "db/004_newer.sql",
        "-- squawk-ignore ban-drop-table\nDROP TABLE t;\nDROP TABLE IF EXISTS u;\n",
    );
    let found = claims(&folder, since()).await;
    let places: Vec<_> = found
        .iter()
        .filter(|claim| claim.rule != "lint/require-lock-timeout")
        .map(|claim| {
            (
                claim.rule.as_str(),
                claim.object.as_str(),
                claim.severity,
                claim.verdict,
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            (
                "lint/ban-drop-column",
                "db/003_new.sql",
                Severity::Warning,
                Verdict::Violated
            ),
            (
                "lint/ban-drop-table",
                "db/004_newer.sql",
                Severity::Warning,
                Verdict::Violated
            ),
        ]
    );
    let error = Lint::since(folder.root(), "no-such-revision").unwrap_err();
    assert_eq!(error.exit(), 2);
    assert!(error.message().contains("no-such-revision"));
}

const CREATES: &str = "CREATE TABLE app.t (a int, b int);\nCREATE INDEX ON app.t (a);\nALTER TABLE app.t ADD CHECK (a > 0);\n\
                       ALTER TABLE app.t ADD UNIQUE (b);\n";

#[tokio::test]
async fn nobody_waits_for_a_table_that_the_same_file_has_created() {
    let named = async |folder: &Folder| -> Vec<String> {
        let found = claims(folder, Lint::All).await;
        found
            .into_iter()
            .map(|claim| format!("{} {}", claim.rule, claim.object))
            .collect()
    };
    let schema = ("001_schema.sql", "SET lock_timeout = '1s';\nCREATE SCHEMA app;\n");
    // Whether in one transaction or not.
    let alone = format!("{CREATES}CREATE INDEX CONCURRENTLY ON app.t (b);\n");
    for text in [CREATES, &alone] {
        let folder = Folder::plain("", &[schema, ("002_t.sql", text)]);
        assert_eq!(named(&folder).await, [""; 0], "{text}");
    }
    let (table, rest) = CREATES.split_once('\n').unwrap();
    let folder = Folder::plain("", &[schema, ("002_t.sql", table), ("003_rest.sql", rest)]);
    assert_eq!(
        named(&folder).await,
        [
            "lint/constraint-missing-not-valid db/003_rest.sql",
            "lint/disallowed-unique-constraint db/003_rest.sql",
            "lint/require-concurrent-index-creation db/003_rest.sql",
            "lint/require-lock-timeout db/003_rest.sql",
        ]
    );
}

#[tokio::test]
async fn a_number_with_a_sign_is_no_reason_to_write_a_table_anew() {
    for (default, expected) in [("-1", 0), ("+ 0.5", 0), ("-random()", 1)] {
        let folder = Folder::plain(
            "",
            &[
                ("001_t.sql", "CREATE TABLE t (a int);\n"),
                (
                    "002_more.sql",
                    &format!(
                        "SET lock_timeout = '1s';\nALTER TABLE t ADD COLUMN b float8 DEFAULT {default};\n"
                    ),
                ),
            ],
        );
        let found = claims(&folder, Lint::All).await;
        assert_eq!(found.len(), expected, "{default}: {found:?}");
    }
}
