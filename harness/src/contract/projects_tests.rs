//! Folders as people lay them out, and the projects that are found in them.

use std::fs;

use super::*;

struct Tree {
    _guard: tempfile::TempDir,
    root: Utf8PathBuf,
}

/// A folder with these files; a contract's content is what follows a `=`.
fn tree(files: &[&str]) -> Tree {
    let guard = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(guard.path().canonicalize().unwrap()).unwrap();
    for file in files {
        let (path, content) = file.split_once('=').unwrap_or((file, ""));
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    Tree { _guard: guard, root }
}

impl Tree {
    fn find(&self, paths: &[&str]) -> Result<Vec<Project>, ProjectError> {
        let paths: Vec<Utf8PathBuf> = paths.iter().map(|path| self.root.join(path)).collect();
        find(&paths, None)
    }

    fn error(&self, paths: &[&str]) -> String {
        let error = self.find(paths).expect_err("no error");
        error.to_string().replace(self.root.as_str(), "ROOT")
    }

    fn shown(&self, path: &Utf8Path) -> String {
        path.as_str().replace(self.root.as_str(), "ROOT")
    }
}

fn names(projects: &[Project]) -> Vec<&str> {
    projects
        .iter()
        .map(|project| project.contract.name.as_str())
        .collect()
}

#[test]
fn a_folder_with_a_contract_is_one_project() {
    let tree = tree(&[
        "helios/pgproof.toml",
        "helios/001.sql",
        "helios/inner/pgproof.toml",
    ]);
    let found = tree.find(&["helios"]).unwrap();
    assert_eq!(names(&found), ["helios"]);
    assert_eq!(tree.shown(&found[0].root), "ROOT/helios");
    assert_eq!(
        tree.shown(found[0].contract_file.as_ref().unwrap()),
        "ROOT/helios/pgproof.toml"
    );
}

#[test]
fn a_folder_of_projects_is_searched_at_any_depth_in_the_order_of_names() {
    let tree = tree(&[
        "m/oms/pgproof.toml",
        "m/aim/pgproof.toml",
        "m/group/deep/grow/pgproof.toml",
        "m/.hidden/pgproof.toml",
        "m/target/x/pgproof.toml",
        "m/node_modules/x/pgproof.toml",
        "m/README.md",
    ]);
    assert_eq!(names(&tree.find(&["m"]).unwrap()), ["aim", "grow", "oms"]);
}

#[test]
fn bare_migrations_get_a_contract_of_defaults() {
    let tree = tree(&[
        "shop/001_init.sql",
        "app/db/migrations/V1__x.SQL",
        "web/migrations/1.sql",
        "blog/20240101_init/migration.sql",
        "wiki/migrations/0001_init/up.sql",
    ]);
    let found = tree
        .find(&["shop", "app/db/migrations", "web", "blog", "wiki"])
        .unwrap();
    assert_eq!(names(&found), ["shop", "app", "web", "blog", "wiki"]);
    assert_eq!(found[0].contract.migrations.path, ".");
    assert_eq!(found[2].contract.migrations.path, "migrations");
    assert!(found.iter().all(|project| project.contract_file.is_none()));
}

#[test]
fn without_a_path_the_contract_here_comes_first_then_those_in_migrations_then_the_ones_above() {
    let tree = tree(&[
        "all/pgproof.toml=name='all'",
        "all/migrations/aim/pgproof.toml",
        "many/migrations/oms/pgproof.toml",
        "many/migrations/aim/pgproof.toml",
        "repo/.git/HEAD",
        "repo/pgproof.toml=name='repo'",
        "repo/src/deep/main.rs",
        "outer/pgproof.toml=name='outer'",
        "outer/inner/.git/HEAD",
        "outer/inner/src/main.rs",
        "loose/pgproof.toml=name='loose'",
        "loose/src/main.rs",
    ]);
    let from = |folder: &str| from_here(&tree.root.join(folder)).and_then(read);
    assert_eq!(names(&from("all").unwrap()), ["all"]);
    assert_eq!(names(&from("many").unwrap()), ["aim", "oms"]);
    let Some(Candidate::Contract { root, file }) = upward(&tree.root.join("repo/src/deep")).unwrap() else {
        panic!("nothing found above")
    };
    assert_eq!((root.as_str(), file.as_str()), ("../..", "../../pgproof.toml"));
    // Nothing above the repository counts, and outside of one nothing above at all.
    assert!(upward(&tree.root.join("outer/inner/src")).unwrap().is_none());
    assert!(matches!(from("loose/src"), Err(ProjectError::Empty { .. })));
}

#[test]
fn migrations_further_below_are_named_where_there_are_none_here() {
    let tree = tree(&[
        "one/a/b/1.sql",
        "many/a/1.up.fizz",
        "many/b/1.sql",
        "many/c/1.sql",
        "many/d/e/1.sql",
    ]);
    let said = |folder: &str| {
        let error = in_path(&tree.root.join(folder)).unwrap_err().to_string();
        error
            .split_once(", perhaps ")
            .map(|(_, said)| said.replace(tree.root.as_str(), ""))
    };
    assert_eq!(said("one").as_deref(), Some("/one/a/b"));
    assert_eq!(
        said("many").as_deref(),
        Some("/many/a, /many/b, /many/c or one of 1 more")
    );
}

#[test]
fn a_named_contract_is_applied_to_the_named_folder() {
    let tree = tree(&["c/prod.toml=name='prod'", "m/001.sql"]);
    let config = tree.root.join("c/prod.toml");
    let found = find(&[tree.root.join("m")], Some(&config)).unwrap();
    assert_eq!(
        (names(&found), tree.shown(&found[0].root)),
        (vec!["prod"], "ROOT/m".to_owned())
    );
    let found = find(&[], Some(&config)).unwrap();
    assert_eq!(tree.shown(&found[0].root), "ROOT/c");
    let two = [tree.root.join("m"), tree.root.join("c")];
    assert!(matches!(
        find(&two, Some(&config)),
        Err(ProjectError::ConfigForSeveral { count: 2 })
    ));
    assert!(matches!(
        find(&[], Some(&tree.root.join("c/pro.toml"))),
        Err(ProjectError::Missing { near: Some(_), .. })
    ));
}

#[test]
fn migrations_are_found_where_tools_keep_them() {
    let tree = tree(&[
        "shop/prisma/migrations/1_a/migration.sql",
        "blog/db/structure.sql",
        "both/db/migrations/1.sql",
        "both/drizzle/0000_a.sql",
    ]);
    for (path, name, migrations) in [
        ("shop", "shop", "prisma/migrations"),
        ("shop/prisma", "shop", "migrations"),
        ("shop/prisma/migrations", "shop", "."),
        ("blog", "blog", "db/structure.sql"),
        ("blog/db/structure.sql", "blog", "structure.sql"),
    ] {
        let found = tree.find(&[path]).unwrap();
        assert_eq!(names(&found), [name]);
        assert_eq!(found[0].contract.migrations.path, migrations);
    }
    assert_eq!(
        tree.error(&["both"]),
        "ROOT/both holds migrations in ROOT/both/db/migrations and in ROOT/both/drizzle: name one of them"
    );
}

#[test]
fn paths_that_are_no_projects_say_what_to_do() {
    let tree = tree(&[
        "helios/pgproof.toml",
        "docs/README.md",
        "a.sql",
        "oms/pgproof.toml=name='helios'",
    ]);
    assert_eq!(
        tree.error(&["helois"]),
        "ROOT/helois is not there: did you mean ROOT/helios?"
    );
    assert_eq!(tree.error(&["zzz"]), "ROOT/zzz is not there");
    assert_eq!(
        tree.error(&["docs/README.md"]),
        "ROOT/docs/README.md is a file and no `.sql` file: name a folder, or the contract with --config"
    );
    assert!(
        tree.error(&["docs"])
            .starts_with("ROOT/docs holds no pgproof.toml,")
    );
    assert_eq!(
        tree.error(&["helios", "helios/../helios"]),
        "ROOT/helios and ROOT/helios/../helios are the same project: name it once"
    );
    assert_eq!(
        tree.error(&["helios", "oms"]),
        "two projects are called `helios`: ROOT/helios and ROOT/oms; give one another `name` in its pgproof.toml"
    );
}

#[test]
fn mistakes_of_all_contracts_are_reported_together() {
    let tree = tree(&[
        "m/a/pgproof.toml=nmae = 'x'",
        "m/b/pgproof.toml=name = 3",
        "m/c/pgproof.toml",
    ]);
    let error = tree.error(&["m"]);
    assert!(
        error.contains("ROOT/m/a/pgproof.toml:1:1") && error.contains("ROOT/m/b/pgproof.toml:1:8"),
        "{error}"
    );
}

#[test]
fn an_allow_names_its_contract_as_claims_name_files() {
    let allow = "[[allow]]\nrule='a/b'\nobject='c'\nreason='d'";
    let tree = tree(&[
        &format!("m/a/pgproof.toml={allow}"),
        &format!("c/prod.toml={allow}"),
    ]);
    let found = tree.find(&["m"]).unwrap();
    assert_eq!(found[0].contract.allow[0].location.file, "pgproof.toml");
    let found = find(&[tree.root.join("m/a")], Some(&tree.root.join("c/prod.toml"))).unwrap();
    assert_eq!(
        tree.shown(Utf8Path::new(&found[0].contract.allow[0].location.file)),
        "ROOT/c/prod.toml"
    );
}
