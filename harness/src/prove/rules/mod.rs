//! Every rule and its page: what is wrong, why it matters, a bad and a good example. `pgproof explain` prints it.

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name, the area first: `ledger/gap`.
    pub name: &'static str,
    /// Its page, in Markdown; the first line is its summary.
    pub page: &'static str,
}

impl Rule {
    /// One sentence: what is wrong when the rule is violated.
    pub fn summary(&self) -> &'static str {
        self.page.lines().next().unwrap_or_default()
    }
}

/// All rules, by name.
pub const RULES: &[Rule] = &[
    Rule {
        name: "apply/down",
        page: include_str!("apply-down.md"),
    },
    Rule {
        name: "apply/empty",
        page: include_str!("apply-empty.md"),
    },
    Rule {
        name: "apply/in-code",
        page: include_str!("apply-in-code.md"),
    },
    Rule {
        name: "apply/open-transaction",
        page: include_str!("apply-open-transaction.md"),
    },
    Rule {
        name: "apply/other-majors",
        page: include_str!("apply-other-majors.md"),
    },
    Rule {
        name: "apply/prelude",
        page: include_str!("apply-prelude.md"),
    },
    Rule {
        name: "apply/psql",
        page: include_str!("apply-psql.md"),
    },
    Rule {
        name: "apply/search-path",
        page: include_str!("apply-search-path.md"),
    },
    Rule {
        name: "apply/section",
        page: include_str!("apply-section.md"),
    },
    Rule {
        name: "apply/stub",
        page: include_str!("apply-stub.md"),
    },
    Rule {
        name: "apply/transaction",
        page: include_str!("apply-transaction.md"),
    },
    Rule {
        name: "apply/unread",
        page: include_str!("apply-unread.md"),
    },
    Rule {
        name: "apply/verification",
        page: include_str!("apply-verification.md"),
    },
    Rule {
        name: "audit/actor",
        page: include_str!("audit-actor.md"),
    },
    Rule {
        name: "audit/bypass",
        page: include_str!("audit-bypass.md"),
    },
    Rule {
        name: "audit/extra",
        page: include_str!("audit-extra.md"),
    },
    Rule {
        name: "audit/forgeable",
        page: include_str!("audit-forgeable.md"),
    },
    Rule {
        name: "audit/missing",
        page: include_str!("audit-missing.md"),
    },
    Rule {
        name: "audit/mutable",
        page: include_str!("audit-mutable.md"),
    },
    Rule {
        name: "audit/secret",
        page: include_str!("audit-secret.md"),
    },
    Rule {
        name: "audit/swallowed",
        page: include_str!("audit-swallowed.md"),
    },
    Rule {
        name: "audit/untried",
        page: include_str!("audit-untried.md"),
    },
    Rule {
        name: "audit/wrong",
        page: include_str!("audit-wrong.md"),
    },
    Rule {
        name: "complete/query",
        page: include_str!("complete-query.md"),
    },
    Rule {
        name: "complete/rows",
        page: include_str!("complete-rows.md"),
    },
    Rule {
        name: "complete/table",
        page: include_str!("complete-table.md"),
    },
    Rule {
        name: "erasure/collateral",
        page: include_str!("erasure-collateral.md"),
    },
    Rule {
        name: "erasure/idempotent",
        page: include_str!("erasure-idempotent.md"),
    },
    Rule {
        name: "erasure/privilege",
        page: include_str!("erasure-privilege.md"),
    },
    Rule {
        name: "erasure/residue",
        page: include_str!("erasure-residue.md"),
    },
    Rule {
        name: "erasure/untried",
        page: include_str!("erasure-untried.md"),
    },
    Rule {
        name: "isolation/availability",
        page: include_str!("isolation-availability.md"),
    },
    Rule {
        name: "isolation/barrier",
        page: include_str!("isolation-barrier.md"),
    },
    Rule {
        name: "isolation/branch",
        page: include_str!("isolation-branch.md"),
    },
    Rule {
        name: "isolation/claim",
        page: include_str!("isolation-claim.md"),
    },
    Rule {
        name: "isolation/context",
        page: include_str!("isolation-context.md"),
    },
    Rule {
        name: "isolation/context-spoof",
        page: include_str!("isolation-context-spoof.md"),
    },
    Rule {
        name: "isolation/leakproof",
        page: include_str!("isolation-leakproof.md"),
    },
    Rule {
        name: "isolation/plan",
        page: include_str!("isolation-plan.md"),
    },
    Rule {
        name: "isolation/privilege",
        page: include_str!("isolation-privilege.md"),
    },
    Rule {
        name: "isolation/read",
        page: include_str!("isolation-read.md"),
    },
    Rule {
        name: "isolation/reference",
        page: include_str!("isolation-reference.md"),
    },
    Rule {
        name: "isolation/role",
        page: include_str!("isolation-role.md"),
    },
    Rule {
        name: "isolation/roles",
        page: include_str!("isolation-roles.md"),
    },
    Rule {
        name: "isolation/search-path",
        page: include_str!("isolation-search-path.md"),
    },
    Rule {
        name: "isolation/unclassified",
        page: include_str!("isolation-unclassified.md"),
    },
    Rule {
        name: "isolation/unique-oracle",
        page: include_str!("isolation-unique-oracle.md"),
    },
    Rule {
        name: "isolation/untried",
        page: include_str!("isolation-untried.md"),
    },
    Rule {
        name: "isolation/write",
        page: include_str!("isolation-write.md"),
    },
    Rule {
        name: "ledger/checksum",
        page: include_str!("ledger-checksum.md"),
    },
    Rule {
        name: "ledger/complete",
        page: include_str!("ledger-complete.md"),
    },
    Rule {
        name: "ledger/duplicate",
        page: include_str!("ledger-duplicate.md"),
    },
    Rule {
        name: "ledger/gap",
        page: include_str!("ledger-gap.md"),
    },
    Rule {
        name: "ledger/journal",
        page: include_str!("ledger-journal.md"),
    },
    Rule {
        name: "ledger/order",
        page: include_str!("ledger-order.md"),
    },
    Rule {
        name: "lint/adding-field-with-default",
        page: include_str!("lint-adding-field-with-default.md"),
    },
    Rule {
        name: "lint/adding-foreign-key-constraint",
        page: include_str!("lint-adding-foreign-key-constraint.md"),
    },
    Rule {
        name: "lint/adding-not-nullable-field",
        page: include_str!("lint-adding-not-nullable-field.md"),
    },
    Rule {
        name: "lint/adding-required-field",
        page: include_str!("lint-adding-required-field.md"),
    },
    Rule {
        name: "lint/adding-serial-primary-key-field",
        page: include_str!("lint-adding-serial-primary-key-field.md"),
    },
    Rule {
        name: "lint/ban-alter-domain-with-add-constraint",
        page: include_str!("lint-ban-alter-domain-with-add-constraint.md"),
    },
    Rule {
        name: "lint/ban-concurrent-index-creation-in-transaction",
        page: include_str!("lint-ban-concurrent-index-creation-in-transaction.md"),
    },
    Rule {
        name: "lint/ban-drop-column",
        page: include_str!("lint-ban-drop-column.md"),
    },
    Rule {
        name: "lint/ban-drop-database",
        page: include_str!("lint-ban-drop-database.md"),
    },
    Rule {
        name: "lint/ban-drop-not-null",
        page: include_str!("lint-ban-drop-not-null.md"),
    },
    Rule {
        name: "lint/ban-drop-table",
        page: include_str!("lint-ban-drop-table.md"),
    },
    Rule {
        name: "lint/ban-duplicate-column-assignments",
        page: include_str!("lint-ban-duplicate-column-assignments.md"),
    },
    Rule {
        name: "lint/ban-truncate-cascade",
        page: include_str!("lint-ban-truncate-cascade.md"),
    },
    Rule {
        name: "lint/ban-uncommitted-transaction",
        page: include_str!("lint-ban-uncommitted-transaction.md"),
    },
    Rule {
        name: "lint/changing-column-type",
        page: include_str!("lint-changing-column-type.md"),
    },
    Rule {
        name: "lint/constraint-missing-not-valid",
        page: include_str!("lint-constraint-missing-not-valid.md"),
    },
    Rule {
        name: "lint/disallowed-unique-constraint",
        page: include_str!("lint-disallowed-unique-constraint.md"),
    },
    Rule {
        name: "lint/expired-allow",
        page: include_str!("lint-expired-allow.md"),
    },
    Rule {
        name: "lint/identifier-too-long",
        page: include_str!("lint-identifier-too-long.md"),
    },
    Rule {
        name: "lint/renaming-column",
        page: include_str!("lint-renaming-column.md"),
    },
    Rule {
        name: "lint/renaming-table",
        page: include_str!("lint-renaming-table.md"),
    },
    Rule {
        name: "lint/require-concurrent-index-creation",
        page: include_str!("lint-require-concurrent-index-creation.md"),
    },
    Rule {
        name: "lint/require-concurrent-index-deletion",
        page: include_str!("lint-require-concurrent-index-deletion.md"),
    },
    Rule {
        name: "lint/require-concurrent-partition-detach",
        page: include_str!("lint-require-concurrent-partition-detach.md"),
    },
    Rule {
        name: "lint/require-concurrent-reindex",
        page: include_str!("lint-require-concurrent-reindex.md"),
    },
    Rule {
        name: "lint/require-lock-timeout",
        page: include_str!("lint-require-lock-timeout.md"),
    },
    Rule {
        name: "lint/transaction-nesting",
        page: include_str!("lint-transaction-nesting.md"),
    },
    Rule {
        name: "lint/unused-allow",
        page: include_str!("lint-unused-allow.md"),
    },
    Rule {
        name: "retention/anonymise",
        page: include_str!("retention-anonymise.md"),
    },
    Rule {
        name: "retention/archive",
        page: include_str!("retention-archive.md"),
    },
    Rule {
        name: "retention/collateral",
        page: include_str!("retention-collateral.md"),
    },
    Rule {
        name: "retention/concurrency",
        page: include_str!("retention-concurrency.md"),
    },
    Rule {
        name: "retention/count",
        page: include_str!("retention-count.md"),
    },
    Rule {
        name: "retention/growth",
        page: include_str!("retention-growth.md"),
    },
    Rule {
        name: "retention/idempotent",
        page: include_str!("retention-idempotent.md"),
    },
    Rule {
        name: "retention/kept-too-long",
        page: include_str!("retention-kept-too-long.md"),
    },
    Rule {
        name: "retention/policy",
        page: include_str!("retention-policy.md"),
    },
    Rule {
        name: "retention/privilege",
        page: include_str!("retention-privilege.md"),
    },
    Rule {
        name: "retention/removed-too-early",
        page: include_str!("retention-removed-too-early.md"),
    },
    Rule {
        name: "retention/residue",
        page: include_str!("retention-residue.md"),
    },
    Rule {
        name: "retention/untried",
        page: include_str!("retention-untried.md"),
    },
    Rule {
        name: "retention/zone",
        page: include_str!("retention-zone.md"),
    },
    Rule {
        name: "snapshot/differs",
        page: include_str!("snapshot-differs.md"),
    },
];

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The ways in that are tried under a rule: what each is called and does, with statements that open and close it.
pub fn vectors(rule: &str) -> impl Iterator<Item = Way> {
    super::isolation::vectors(rule)
        .chain(super::audit::vectors(rule))
        .chain(super::retention::vectors(rule))
        .chain(super::erasure::vectors(rule))
}

/// A way in that is tried under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// What claims call it: their subject.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// SQL that opens it.
    pub bad: &'static str,
    /// SQL that closes it again.
    pub good: &'static str,
}

/// The rule whose name is most like it, if one is like it at all.
pub fn nearest(name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .map(|rule| (strsim::jaro_winkler(rule.name, name), rule))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, rule)| rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_rule_that_the_code_names_has_a_page_and_every_page_is_named() {
        let mut named = std::collections::BTreeSet::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut named);
        let pages: std::collections::BTreeSet<String> =
            RULES.iter().map(|rule| rule.name.to_owned()).collect();
        assert_eq!(named, pages);
    }

    /// Whatever stands in quotes and has the form `area/name`, outside the registry itself.
    fn collect(folder: &Path, named: &mut std::collections::BTreeSet<String>) {
        let areas = [
            "apply",
            "ledger",
            "complete",
            "snapshot",
            "lint",
            "isolation",
            "audit",
            "retention",
            "erasure",
        ];
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("rules") {
                collect(&path, named);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                    for quoted in line.split('"').skip(1).step_by(2) {
                        let is_rule = quoted.split_once('/').is_some_and(|(area, name)| {
                            areas.contains(&area)
                                && !name.is_empty()
                                && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                        });
                        if is_rule {
                            named.insert(quoted.to_owned());
                        }
                    }
                }
            }
        }
    }

    /// Tests, and the report that the formats are tested with, make up rules of their own.
    fn is_test(path: &Path) -> bool {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with("tests.rs") || name == "sample.rs"
    }

    #[test]
    fn a_page_begins_with_its_summary_and_shows_a_bad_and_a_good_example() {
        for rule in RULES {
            assert!(rule.summary().ends_with('.'), "{}", rule.name);
            assert!(
                rule.page.contains("\nBad:\n") && rule.page.contains("\nGood:\n"),
                "{}",
                rule.name
            );
        }
    }

    #[test]
    fn a_misspelt_rule_finds_the_one_that_was_meant() {
        assert_eq!(nearest("ledger/dublicate").unwrap().name, "ledger/duplicate");
    }
}
