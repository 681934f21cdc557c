//! What the pages say is there: modules that DESIGN.md names, contracts that README.md and docs/ show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgproof::contract::Contract;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap()
}

/// The blocks of one language in a page.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    page.split(&open as &str)
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn every_path_that_the_pages_name_is_there() {
    for name in ["DESIGN.md", "README.md"] {
        let text = page(name);
        let paths: BTreeSet<&str> = text
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|code| {
                code.starts_with("harness/") || code.starts_with("suites/") || code.starts_with(".github/")
            })
            .collect();
        assert!(name == "README.md" || paths.len() > 15, "{name} names {paths:?}");
        for path in paths {
            assert!(
                repository().join(path).exists(),
                "{name} names {path}, which is not there"
            );
        }
    }
}

#[test]
fn every_module_of_the_library_is_named_in_the_design() {
    let design = page("DESIGN.md");
    for entry in std::fs::read_dir(repository().join("harness/src"))
        .unwrap()
        .map(Result::unwrap)
    {
        let name = entry.file_name().into_string().unwrap();
        if !["lib.rs", "main.rs", "snapshots"].contains(&name.as_str()) && !name.ends_with("_tests.rs") {
            assert!(
                design.contains(&format!("harness/src/{name}")),
                "DESIGN.md does not name {name}"
            );
        }
    }
}

#[test]
fn every_contract_that_the_pages_show_is_valid() {
    for name in ["README.md", "docs/contract.md"] {
        let text = page(name);
        let contracts = blocks(&text, "toml");
        assert!(!contracts.is_empty(), "{name} shows none");
        // The library's README also shows what goes into a Cargo.toml.
        for contract in contracts
            .into_iter()
            .filter(|block| !block.starts_with("[dev-dependencies]"))
        {
            Contract::parse(contract, name).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn the_page_of_the_contract_shows_the_examples_that_the_parser_is_tested_with() {
    let shown: String = blocks(&page("docs/contract.md"), "toml").concat();
    for file in ["every_key.toml", "other_forms.toml"] {
        let example = page(&format!("harness/src/contract/examples/{file}"));
        assert!(
            shown.contains(example.trim_end()),
            "docs/contract.md does not show {file}"
        );
    }
}

#[test]
fn the_readme_names_every_command() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_pgproof"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let readme = page("README.md");
    for command in commands
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
    {
        assert!(
            readme.contains(&format!("pgproof {command}")),
            "README.md does not tell of `pgproof {command}`"
        );
    }
}
