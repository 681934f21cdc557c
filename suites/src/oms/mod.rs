//! The order management system `oms`: the program that brings a database with documents to author tracking, and that
//! shows the audit's metrics.
//!
//! ```text
//! oms plan ───► ledger, documents ──────────────────────────────────────► report
//! oms migrate ► ledger, documents ► ask ► backup ► apply ► documents ───► report
//! oms metrics ► the counts of the log ► Prometheus' text
//! ```

pub mod arguments;
pub mod backup;
pub mod documents;
pub mod files;
pub mod metrics;
pub mod migrate;
pub mod report;
