//! What a single statement is, by its leading words: whether it begins or ends a transaction, and whether
//! PostgreSQL refuses it inside one.
//!
//! The list of what is refused comes from the callers of `PreventInTransactionBlock` in PostgreSQL's source
//! (14 to 18), and was tried on real servers.

use super::token::{Kind, significant};

/// How a statement changes the transaction that it is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransactionControl {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit,
    /// `COMMIT AND CHAIN`: the transaction ends and the next one has begun.
    CommitAndChain,
    /// `ROLLBACK`, `ABORT`; not `ROLLBACK TO`.
    Rollback,
    /// `ROLLBACK AND CHAIN`.
    RollbackAndChain,
    /// `PREPARE TRANSACTION`: the session has left the transaction, which waits for `COMMIT PREPARED`.
    Prepare,
}

/// The leading words of a statement in capitals, at most eight, comments skipped.
///
/// It stops at the first token that is neither a word nor the dot inside a name; a quoted identifier is given
/// as it is written, with its quotes, so it cannot be taken for a keyword.
///
/// ```
/// use pgproof::migrate::split::keywords;
/// assert_eq!(keywords("create /* a */ table app.\"x\" (id int)"), ["CREATE", "TABLE", "APP", "\"x\""]);
/// ```
#[must_use]
pub fn keywords(statement: &str) -> Vec<String> {
    significant(statement)
        .take_while(|token| matches!(token.kind, Kind::Word | Kind::QuotedName | Kind::Dot))
        .filter(|token| token.kind != Kind::Dot)
        .take(8)
        .map(|token| word(token.kind, &statement[token.span]))
        .collect()
}

/// How a statement changes the transaction it is in; savepoints do not, nor does `COMMIT PREPARED`.
#[must_use]
pub fn transaction_control(statement: &str) -> Option<TransactionControl> {
    use TransactionControl::{Begin, Commit, CommitAndChain, Prepare, Rollback, RollbackAndChain};
    let words = keywords(statement);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    let first = *words.first()?;
    if matches!(words.get(1), Some(&"WORK" | &"TRANSACTION")) && first != "START" && first != "PREPARE" {
        words.remove(1);
    }
    match (first, &words[1..]) {
        ("BEGIN", _) | ("START", ["TRANSACTION", ..]) => Some(Begin),
        ("COMMIT" | "ROLLBACK", ["PREPARED", ..]) | ("ROLLBACK" | "ABORT", ["TO", ..]) => None,
        ("COMMIT" | "END", ["AND", "CHAIN", ..]) => Some(CommitAndChain),
        ("COMMIT" | "END", _) => Some(Commit),
        ("ROLLBACK" | "ABORT", ["AND", "CHAIN", ..]) => Some(RollbackAndChain),
        ("ROLLBACK" | "ABORT", _) => Some(Rollback),
        ("PREPARE", ["TRANSACTION", ..]) => Some(Prepare),
        _ => None,
    }
}

/// The name of a statement that PostgreSQL refuses inside a transaction block (SQLSTATE 25001).
///
/// Judged by its words alone, so it cannot know of: `REINDEX TABLE`, `REINDEX INDEX` and `CLUSTER` of a
/// partitioned table (refused), and `DROP SUBSCRIPTION` of one without a slot (allowed).
#[must_use]
pub fn refuses_transaction(statement: &str) -> Option<&'static str> {
    let words = Words::of(statement);
    let outside: Vec<&str> = words.outside.iter().map(String::as_str).collect();
    match outside[..] {
        ["CREATE", "INDEX", "CONCURRENTLY", ..] | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..] => {
            Some("CREATE INDEX CONCURRENTLY")
        }
        ["DROP", "INDEX", "CONCURRENTLY", ..] => Some("DROP INDEX CONCURRENTLY"),
        ["REINDEX", _, "CONCURRENTLY", ..] => Some("REINDEX CONCURRENTLY"),
        ["REINDEX", ..] if words.option("CONCURRENTLY") == Some(true) => Some("REINDEX CONCURRENTLY"),
        ["REINDEX", "SCHEMA", ..] => Some("REINDEX SCHEMA"),
        ["REINDEX", "DATABASE", ..] => Some("REINDEX DATABASE"),
        ["REINDEX", "SYSTEM", ..] => Some("REINDEX SYSTEM"),
        ["VACUUM", ..] => Some("VACUUM"),
        ["CLUSTER"] | ["CLUSTER", "VERBOSE"] => Some("CLUSTER without a table"),
        ["CREATE", "DATABASE", ..] => Some("CREATE DATABASE"),
        ["DROP", "DATABASE", ..] => Some("DROP DATABASE"),
        ["ALTER", "DATABASE", _, "SET", "TABLESPACE", ..] => Some("ALTER DATABASE SET TABLESPACE"),
        ["CREATE", "TABLESPACE", ..] => Some("CREATE TABLESPACE"),
        ["DROP", "TABLESPACE", ..] => Some("DROP TABLESPACE"),
        ["ALTER", "SYSTEM", ..] => Some("ALTER SYSTEM"),
        ["CREATE", "SUBSCRIPTION", ..]
            if words.option("CONNECT") != Some(false) && words.option("CREATE_SLOT") != Some(false) =>
        {
            Some("CREATE SUBSCRIPTION with a replication slot")
        }
        ["DROP", "SUBSCRIPTION", ..] => Some("DROP SUBSCRIPTION"),
        ["ALTER", "SUBSCRIPTION", _, "REFRESH", ..] => Some("ALTER SUBSCRIPTION REFRESH PUBLICATION"),
        [
            "ALTER",
            "SUBSCRIPTION",
            _,
            "SET" | "ADD" | "DROP",
            "PUBLICATION",
            ..,
        ] if words.option("REFRESH") != Some(false) => Some("ALTER SUBSCRIPTION with refresh"),
        ["ALTER", "TABLE", ..] if words.detaches_concurrently() => {
            Some("ALTER TABLE DETACH PARTITION CONCURRENTLY")
        }
        ["DISCARD", "ALL", ..] => Some("DISCARD ALL"),
        ["COMMIT", "PREPARED", ..] => Some("COMMIT PREPARED"),
        ["ROLLBACK", "PREPARED", ..] => Some("ROLLBACK PREPARED"),
        _ => None,
    }
}

/// A statement's words and strings, those in parentheses apart.
struct Words {
    outside: Vec<String>,
    inside: Vec<String>,
}

impl Words {
    fn of(statement: &str) -> Self {
        let mut words = Self {
            outside: Vec::new(),
            inside: Vec::new(),
        };
        let mut parentheses = 0_usize;
        for token in significant(statement) {
            let text = &statement[token.span];
            match token.kind {
                Kind::Open => parentheses += 1,
                Kind::Close => parentheses = parentheses.saturating_sub(1),
                Kind::Word | Kind::QuotedName if parentheses == 0 => {
                    words.outside.push(word(token.kind, text));
                }
                Kind::Semicolon if parentheses == 0 => break,
                Kind::String | Kind::Other | Kind::Word | Kind::QuotedName if parentheses > 0 => {
                    words
                        .inside
                        .push(text.trim_matches(['\'', '"']).to_ascii_uppercase());
                }
                _ => {}
            }
        }
        words
    }

    /// The boolean option of this name in parentheses; one without a value is on.
    fn option(&self, name: &str) -> Option<bool> {
        let at = self.inside.iter().position(|word| word == name)?;
        let value = self.inside[at + 1..].iter().find(|word| *word != "=");
        Some(!value.is_some_and(|value| matches!(value.as_str(), "FALSE" | "OFF" | "0" | "NO")))
    }

    fn detaches_concurrently(&self) -> bool {
        let detach = self
            .outside
            .windows(2)
            .position(|pair| pair == ["DETACH", "PARTITION"]);
        detach.is_some_and(|at| self.outside[at..].iter().any(|word| word == "CONCURRENTLY"))
    }
}

fn word(kind: Kind, text: &str) -> String {
    if kind == Kind::QuotedName {
        text.to_owned()
    } else {
        text.to_ascii_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_skip_comments_and_stop_at_punctuation() {
        assert_eq!(
            keywords("-- a\n/* b /* c */ */ Drop table If exists x;"),
            ["DROP", "TABLE", "IF", "EXISTS", "X"]
        );
        assert_eq!(keywords("\"SELECT\" 1"), ["\"SELECT\""]);
        assert_eq!(keywords("a b c d e f g h i j").len(), 8);
        assert!(keywords("(select 1)").is_empty());
        assert!(keywords("").is_empty());
    }

    #[test]
    fn transaction_statements_are_told_apart() {
        use TransactionControl::{Begin, Commit, CommitAndChain, Prepare, Rollback, RollbackAndChain};
        for (statement, control) in [
            ("begin", Some(Begin)),
            ("BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE;", Some(Begin)),
            ("start transaction read only", Some(Begin)),
            ("/* x */ commit;", Some(Commit)),
            ("end work", Some(Commit)),
            ("commit and no chain", Some(Commit)),
            ("commit work and chain", Some(CommitAndChain)),
            ("end and chain", Some(CommitAndChain)),
            ("rollback", Some(Rollback)),
            ("abort transaction", Some(Rollback)),
            ("rollback and no chain", Some(Rollback)),
            ("rollback transaction and chain", Some(RollbackAndChain)),
            ("prepare transaction 'x'", Some(Prepare)),
            ("rollback to a", None),
            ("rollback work to savepoint a", None),
            ("savepoint a", None),
            ("release a", None),
            ("commit prepared 'x'", None),
            ("rollback prepared 'x'", None),
            ("prepare q as select 1", None),
            ("select 1", None),
            ("\"begin\"", None),
            ("create function f() returns int begin atomic select 1; end", None),
        ] {
            assert_eq!(transaction_control(statement), control, "{statement}");
        }
    }

    #[test]
    fn what_postgresql_refuses_in_a_transaction_is_known() {
        for statement in [
            "create index concurrently i on t (a)",
            "create unique index concurrently if not exists i on t (a)",
            "drop index concurrently if exists i",
            "reindex index concurrently i",
            "reindex (verbose, concurrently) table t",
            "reindex (concurrently true) table t",
            "reindex schema s",
            "reindex database",
            "reindex system d",
            "vacuum",
            "vacuum (analyze) t",
            "cluster",
            "cluster verbose;",
            "cluster (verbose);",
            "create database d",
            "drop database if exists d",
            "alter database d set tablespace s",
            "create tablespace s location '/x'",
            "drop tablespace s",
            "alter system set work_mem = '1MB'",
            "create subscription s connection 'x' publication p",
            "create subscription s connection 'x' publication p with (slot_name = 'create_slot', enabled = false)",
            "drop subscription s",
            "alter subscription s refresh publication",
            "alter subscription s set publication p",
            "alter table only app.t detach partition app.p concurrently",
            "discard all",
            "commit prepared 'x'",
            "rollback prepared 'x'",
        ] {
            assert!(refuses_transaction(statement).is_some(), "{statement}");
        }
    }

    #[test]
    fn what_postgresql_allows_in_a_transaction_is_not_refused() {
        for statement in [
            "create index i on t (a)",
            "create index i on t (concurrently)",
            "create index \"CONCURRENTLY\" on t (a)",
            "drop index i",
            "reindex table t",
            "reindex (concurrently false) table t",
            "analyze t",
            "cluster t",
            "cluster verbose t",
            "alter database d set work_mem = '1MB'",
            "alter tablespace s rename to r",
            "create subscription s connection 'x' publication p with (connect = false)",
            "create subscription s connection 'x' publication p with (create_slot = 'off', slot_name = none)",
            "alter subscription s set publication p with (refresh = false)",
            "alter subscription s disable",
            "alter table t detach partition p",
            "alter table t detach partition p finalize",
            "refresh materialized view concurrently m",
            "alter type e add value 'x'",
            "discard plans",
            "call p()",
            "do $$ begin vacuum; end $$",
            "select 1; vacuum",
            "",
        ] {
            assert_eq!(refuses_transaction(statement), None, "{statement}");
        }
    }
}
