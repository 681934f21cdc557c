//! Files that a contract names, there and not there.

use std::fs;

use super::*;

/// A folder with these (empty) files.
fn folder(files: &[&str]) -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    for file in files {
        let file = path.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    (folder, path)
}

const CONTRACT: &str = "[migrations]
path = \"sql\"
prelude = [\"prelude.sql\", \"roles.sql\"]

[complete]
queries = [\"consumers/*.sql\", \"pages/**/*.sql\"]
sqlx_cache = \".sqlx\"
";

#[test]
fn files_that_are_there_are_no_problem() {
    let (_guard, root) = folder(&[
        "sql/001.sql",
        "prelude.sql",
        "roles.sql",
        "consumers/a.sql",
        "pages/x/y/b.sql",
        ".sqlx/query-1.json",
    ]);
    Contract::parse(CONTRACT, "pgproof.toml")
        .unwrap()
        .check_files(&root)
        .unwrap();
}

#[test]
fn each_file_that_is_missing_is_named_at_its_place() {
    let (_guard, root) = folder(&["sqll/001.sql", "prelude.sql", "role.sql", "consumers/a.txt"]);
    let error = Contract::parse(CONTRACT, "pgproof.toml")
        .unwrap()
        .check_files(&root)
        .unwrap_err();
    let places: Vec<(u32, Option<u32>, &str, &str)> = error
        .problems
        .iter()
        .map(|problem| {
            let place = problem.location();
            (
                place.line,
                place.column,
                problem.message.as_str(),
                problem.notes[0].1.as_str(),
            )
        })
        .collect();
    let relative = "paths are relative to the contract's folder";
    assert_eq!(
        places,
        [
            (2, Some(8), "`sql` is not there", "did you mean `sqll`?"),
            (
                3,
                Some(27),
                "`roles.sql` is not there",
                "did you mean `role.sql`?"
            ),
            (6, Some(12), "no file matches `consumers/*.sql`", relative),
            (6, Some(31), "no file matches `pages/**/*.sql`", relative),
            (7, Some(14), "`.sqlx` is not there", relative),
        ]
    );
}

#[test]
fn a_pattern_means_files_in_order_and_can_lead_out_of_the_folder() {
    let (_guard, root) = folder(&[
        "p/pgproof.toml",
        "app/b.sql",
        "app/a.sql",
        "app/deep/c.sql",
        "app/.git/d.sql",
    ]);
    let files = |glob: &str| -> Vec<String> {
        let found = FileGlob::from_text(glob).unwrap().files(&root.join("p")).unwrap();
        found
            .iter()
            .map(|file| file.strip_prefix(root.join("p")).unwrap().to_string())
            .collect()
    };
    assert_eq!(files("../app/*.sql"), ["../app/a.sql", "../app/b.sql"]);
    assert_eq!(
        files("../app/**/*.sql"),
        ["../app/a.sql", "../app/b.sql", "../app/deep/c.sql"]
    );
    assert_eq!(files("../app/a.sql"), ["../app/a.sql"]);
    assert_eq!(files("./pgproof.toml"), ["pgproof.toml"]);
    assert!(files("nowhere/*.sql").is_empty());
}

#[test]
fn a_pattern_matches_paths_relative_to_the_contract() {
    let glob = FileGlob::from_text("./drafts/*").unwrap();
    assert!(glob.matches(Utf8Path::new("drafts/x.sql")) && glob.matches(Utf8Path::new("./drafts/x.sql")));
    assert!(!glob.matches(Utf8Path::new("drafts/deep/x.sql")) && !glob.matches(Utf8Path::new("x.sql")));
}
