//! How a file reaches the server: whether in a transaction of the tool's, and in how many messages.

use super::TransactionRule;
use super::run::Sending;
use super::script::Script;
use super::split::{SegmentKind, keywords, refuses_transaction, transaction_control};

/// How a file is sent: see `docs/conventions.md`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Whether the tool wraps the file in a transaction.
    pub(super) begins: bool,
    pub(super) sending: Sending,
}

impl Way {
    pub(super) fn of(script: &Script, rule: TransactionRule) -> Self {
        let statements = statements(script);
        let controls = statements
            .iter()
            .any(|statement| transaction_control(statement).is_some());
        let refuses = statements
            .iter()
            .any(|statement| refuses_transaction(statement).is_some());
        // Drivers send a file in one message, which is read as a whole before its first statement runs.
        let reads_anew = statements.iter().any(|statement| changes_reading(statement));
        if script.messages.is_some() {
            return Self {
                begins: !matches!(rule, TransactionRule::None | TransactionRule::Statements),
                sending: if rule == TransactionRule::Each {
                    Sending::Each
                } else {
                    Sending::Messages
                },
            };
        }
        match rule {
            // The tool sends such a file in one message and leaves the rest to the server.
            TransactionRule::None => Self {
                begins: false,
                sending: Sending::Whole,
            },
            TransactionRule::Statements => Self {
                begins: false,
                sending: Sending::ByStatement,
            },
            TransactionRule::Always | TransactionRule::All | TransactionRule::Each
                if controls || reads_anew =>
            {
                Self {
                    begins: true,
                    sending: Sending::Whole,
                }
            }
            TransactionRule::Always | TransactionRule::All | TransactionRule::Each => Self {
                begins: true,
                sending: Sending::ByStatement,
            },
            TransactionRule::Batches => Self {
                begins: !controls,
                sending: if refuses && !controls {
                    Sending::Batches
                } else {
                    Sending::ByStatement
                },
            },
            // As people do with psql: in one transaction where the file allows it.
            TransactionRule::File => Self {
                begins: !controls && !refuses,
                sending: Sending::ByStatement,
            },
        }
    }
}

/// Whether a statement changes how the server reads those after it.
fn changes_reading(statement: &str) -> bool {
    let words = keywords(statement);
    words.first().is_some_and(|word| word == "SET")
        && words.iter().any(|word| {
            matches!(
                word.as_str(),
                "STANDARD_CONFORMING_STRINGS" | "BACKSLASH_QUOTE" | "CLIENT_ENCODING" | "NAMES"
            )
        })
}

pub(super) fn statements(script: &Script) -> Vec<&str> {
    script
        .segments()
        .into_iter()
        .filter(|segment| segment.kind == SegmentKind::Statement)
        .map(|segment| &script.text[segment.span])
        .chain(script.included().into_iter().flat_map(statements))
        .collect()
}
