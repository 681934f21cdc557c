//! Starts a throwaway PostgreSQL, applies a project's migrations from scratch and proves what they promise.

pub mod catalog;
pub mod claim;
pub mod contract;
pub mod diagnostic;
pub mod migrate;
pub mod report;
pub mod server;
pub mod snapshot;
